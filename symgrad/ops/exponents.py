"""Exponentials of sums: the rounding of x + y is magnified |x + y| times, and so is made good.

The rounding error of a sum is a float, known exactly (Knuth, "The Art of Computer Programming",
volume 2, section 4.2.2); it is a first order correction. Rewriting finds them (`symgrad.passes`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.graph import Expr
from . import batching
from . import typing as t
from .elementary import exp
from .emitted import Source
from .op import Op, case, op
from .special import special_function


def _row(signature: str, sentence: str, vjp: Any, meaning: str, **columns: Any) -> Op:
    """A row that SciPy does not have."""
    return special_function(signature, sentence, vjp, meaning, **{"scipy": None, **columns})


exponent_sum: Op = op(
    "exponent_sum(x, y)",
    """x + y as an exponent: rewriting makes `exp_sum` of its exponential, in the end.""",
    type=t.arithmetic,
    vjp=[lambda g, r, x, y: g, lambda g, r, x, y: g],
    lazy=True,
    arithmetic=True,
    numpy="np.add({x}, {y})",
    latex="{x} + {y}",
    meaning="x + y",
)
exp_sum: Op = op(
    "exp_sum([xs])",
    """exp(x + y + ...) as exp(x) exp(y) ... has it, without overflow.""",
    batch=batching.elementwise,
    type=t.elementwise,
    floating=True,
    vjp=lambda i, g, r, *xs: g * r,
    lazy=True,
    flops=1,
    transcendentals=1,
    numpy="exp_sum({xs})",
    helper=Source("exp_sum"),
    latex=r"\exp \sum {xs}",
    meaning=lambda *xs: np.exp(sum(xs)),
    cases=[case("[4]", "[4]"), case("[4]", "[3, 4]", "[]")],
)


def _slope(r: Expr, x: Expr, y: Expr) -> Expr:
    """In both parts, of which no digit cancels."""
    return r * exp_share(y, x)


exp_share: Op = _row(
    "exp_share(x, y)",
    """exp(x)/(exp(x) + exp(y)): the softmax of two, without overflow.""",
    [lambda g, r, x, y: g * _slope(r, x, y), lambda g, r, x, y: -(g * _slope(r, x, y))],
    "exp(x) / (exp(x) + exp(y))",
    latex=r"\frac{{e^{{{x}}}}}{{e^{{{x}}} + e^{{{y}}}}}",
    needs=["exp_sum"],
)
exp_step: Op = _row(
    "exp_step(x, h)",
    """exp(x + h) - exp(x), accurate for small h.""",
    [lambda g, r, x, h: g * r, lambda g, r, x, h: g * exp(x + h)],
    "exp(x + h) - exp(x)",
    latex=r"\left(e^{{{x} + {h}}} - e^{{{x}}}\right)",
    safe=[0.0, 0.0],
)
