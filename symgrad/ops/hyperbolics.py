"""Quotients by differences of exponentials, whose slopes neither overflow nor cancel.

Rewriting finds them (`symgrad.passes`). As products with 1/(exp(y) - 1) and 1/sinh(y) they would
overflow where y is tiny and x is, too.
"""

from __future__ import annotations

from typing import Any

from .elementary import tanh
from .relative import bose_einstein
from .special import own_function
from .stable import csch


def _row(signature: str, sentence: str, vjp: list[Any], meaning: str, **columns: Any) -> Any:
    """A row of a quotient x / f(y) with f(0) = 0."""
    return own_function(signature, sentence, vjp, meaning, domain=("reals", "nonzero"), **columns)


over_expm1 = _row(
    "over_expm1(x, y)",
    """x/(exp(y) - 1), as in Planck's law.""",
    [lambda g, r, x, y: g * bose_einstein(y), lambda g, r, x, y: g * (r * bose_einstein(-y))],
    "x / (exp(y) - 1)",
    latex=r"\frac{{{x}}}{{e^{{{y}}} - 1}}",
)
over_sinh = _row(
    "over_sinh(x, y)",
    """x/sinh(y). DLMF 4.28.1.""",
    [lambda g, r, x, y: g * csch(y), lambda g, r, x, y: -g * (r / tanh(y))],
    "x / sinh(y)",
    latex=r"\frac{{{x}}}{{\sinh\left({y}\right)}}",
)
