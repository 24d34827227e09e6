"""Functions less the first terms of their series, which cancel near 0 as they are written."""

from __future__ import annotations

from typing import Any

from ..graph.graph import Expr
from .elementary import expm1
from .op import Op
from .selection import equal, where
from .special import special_function
from .stable import coshm1, log_ratio, versin


def _row(signature: str, sentence: str, vjp: Any, meaning: str, **columns: Any) -> Op:
    return special_function(signature, sentence, [vjp], meaning, scipy=None, **columns)


expm1_less = _row(
    "expm1_less(x)",
    """exp(x) - 1 - x, accurate near 0.""",
    lambda g, y, x: g * expm1(x),
    "exp(x) - 1 - x",
    latex=r"\left(e^{{{x}}} - 1 - {x}\right)",
)
log1p_less = _row(
    "log1p_less(x)",
    """log(1 + x) - x, accurate near 0.""",
    lambda g, y, x: g * (-x / (1 + x)),
    "log(1 + x) - x",
    domain="positive",
    latex=r"\left(\log\left(1 + {x}\right) - {x}\right)",
)
log_less = _row(
    "log_less(x)",
    """log(x) - (x - 1), accurate near 1.""",
    lambda g, y, x: g * ((1 - x) / x),
    "log(x) - (x - 1)",
    domain="positive",
    needs=["log1p_less"],
    latex=r"\left(\log\left({x}\right) - {x} + 1\right)",
)
divergence = special_function(
    "divergence(x, y)",
    """x log(x/y) - x + y, accurate near x = y: a term of a divergence, half a Poisson deviance.""",
    [
        lambda g, r, x, y: g * _log_ratio(x, y),
        lambda g, r, x, y: g * _share_left(x, y),
    ],
    "x * log(x / y) - x + y",
    scipy=None,
    needs=["log1p_less", "log_ratio"],
    domain=("positive", "positive"),
    kinks="-1 toward x where x is 0",
)


def _log_ratio(x: Expr, y: Expr) -> Expr:
    """log(x / y), and -1 where x is 0, as differentiation of x log(x / y) - x has it."""
    zero = equal(x, 0)
    return where(zero, -1.0, log_ratio(where(zero, 1.0, x), where(zero, 1.0, y)))


def _share_left(x: Expr, y: Expr) -> Expr:
    """1 - x / y, and 1 where x is 0, also where y is."""
    divisor = where(equal(x, 0), 1.0, y)
    return (divisor - x) / divisor


sin_less = _row(
    "sin_less(x)",
    """sin(x) - x, accurate near 0.""",
    lambda g, y, x: -g * versin(x),
    "sin(x) - x",
    latex=r"\left(\sin\left({x}\right) - {x}\right)",
)
sinh_less = _row(
    "sinh_less(x)",
    """sinh(x) - x, accurate near 0.""",
    lambda g, y, x: g * coshm1(x),
    "sinh(x) - x",
    latex=r"\left(\sinh\left({x}\right) - {x}\right)",
)
