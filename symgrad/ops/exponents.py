"""Exponentials of sums: the rounding of x + y is magnified |x + y| times, and so is made good.

The rounding error of a sum is a float, known exactly (Knuth, "The Art of Computer Programming",
volume 2, section 4.2.2); it is a first order correction. Rewriting finds them (`symgrad.passes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from ..graph.graph import Expr
from . import typing as t
from .arithmetic import add
from .elementary import exp, tanh
from .op import Op, case, op
from .special import own_function

exponent_sum: Op = op(
    "exponent_sum(x, y)",
    """x + y as an exponent: rewriting makes `exp_sum` of its exponential, in the end.""",
    type=t.arithmetic,
    vjp=[lambda g, r, x, y: g, lambda g, r, x, y: g],
    arithmetic=True,
    numpy="np.add({x}, {y})",
    latex="{x} + {y}",
    meaning="x + y",
)
exp_sum: Op = own_function(
    "exp_sum([xs])",
    """exp(x + y + ...) as exp(x) exp(y) ... has it, without overflow.""",
    lambda i, g, r: g * r,
    lambda *xs: np.exp(sum(xs)),
    latex=r"\exp \sum {xs}",
    cases=[case("[4]", "[4]"), case("[4]", "[3, 4]", "[]")],
)
sigmoid_sum: Op = own_function(
    "sigmoid_sum([xs])",
    """sigmoid(x + y + ...) as 1/(1 + exp(-x) exp(-y) ...) has it, without overflow.""",
    lambda i, g, r: g * sigmoid_slope_sum(r.args),
    lambda *xs: 1 / (1 + np.exp(-sum(xs))),
    latex=r"\sigma \sum {xs}",
    cases=[case("[4]", "[4]"), case("[4]", "[3, 4]", "[]")],
)
sigmoid_slope_sum: Op = own_function(
    "sigmoid_slope_sum([xs])",
    """Slope of the sigmoid of x + y + ..., as exp(x) exp(y) ... has it, without overflow.""",
    lambda i, g, r: -g * (r * tanh(0.5 * reduce(add, r.args))),
    lambda *xs: 0.25 / np.cosh(sum(xs) / 2) ** 2,
    latex=r"\sigma' \sum {xs}",
    cases=[case("[4]", "[4]"), case("[4]", "[3, 4]", "[]")],
)
exp_share: Op = own_function(
    "exp_share(x, y)",
    """exp(x)/(exp(x) + exp(y)): the softmax of two, without overflow.""",
    [
        lambda g, r, x, y: g * sigmoid_slope_sum([x, -y]),
        lambda g, r, x, y: -(g * sigmoid_slope_sum([x, -y])),
    ],
    "exp(x) / (exp(x) + exp(y))",
)


def _slope_of_shares(i: int, r: Expr, xs: Sequence[Expr]) -> Expr:
    """In all parts, of which no digit cancels."""
    shares = [exp_shares([x, *xs[:k], *xs[k + 1 :]]) for k, x in enumerate(xs) if k]
    return -(r * shares[i - 1]) if i else r * reduce(add, shares)


exp_shares: Op = own_function(
    "exp_shares([xs])",
    """exp(x)/(exp(x) + exp(y) + ...): the softmax of some for the first, without overflow.""",
    lambda i, g, r: g * _slope_of_shares(i, r, r.args),
    lambda *xs: np.exp(xs[0]) / sum(np.exp(x) for x in xs),
    latex=r"\operatorname{{softmax}}_1 {xs}",
    cases=[case("[4]", "[4]", "[4]"), case("[4]", "[3, 4]", "[]")],
)
exp_step: Op = own_function(
    "exp_step(x, h)",
    """exp(x + h) - exp(x), accurate for small h.""",
    [lambda g, r, x, h: g * r, lambda g, r, x, h: g * exp(x + h)],
    "exp(x + h) - exp(x)",
    safe=[0.0, 0.0],
)
