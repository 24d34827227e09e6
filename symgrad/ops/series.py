"""Power series, which stand for slopes near 0, where quotients of theirs cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

from ..graph.graph import Expr
from .arithmetic import absolute
from .selection import where
from .special import polynomial

Slope = Callable[[Expr], Expr]


def series(x: Expr, coefficients: Sequence[float]) -> Any:
    """A polynomial, which may be a number."""
    return polynomial(x, coefficients=coefficients) if len(coefficients) > 1 else coefficients[0]


def parts(x: Expr, border: float, far: Slope, near: Slope) -> Expr:
    """A function in two parts, one far from 0 and one near 0."""
    small = absolute(x) < border
    return where(small, near(where(small, x, 0.0)), far(where(small, 0.5, x)))


def even(coefficients: Sequence[float]) -> list[float]:
    """Of the slope over x, from those of a series in x²."""
    return [2 * k * c for k, c in enumerate(coefficients)][1:]


def odd_series(first: float, start: int, terms: int) -> list[float]:
    """Of an odd function whose slope is a number less its square, from its first coefficient.

    tanh(x) = x - ... is one, from 1 on; 1/tanh(x) - 1/x = x/3 - ..., less its double over x, is
    another, from 2 on.
    """
    found = [first]
    for k in range(start, start + terms - 1):
        found.append(-sum(a * b for a, b in zip(found, found[::-1], strict=True)) / (2 * k + 1))
    return found


def bernoulli_series(terms: int) -> list[float]:
    """Of x/(exp(x) - 1), by its product with (exp(x) - 1)/x: the even terms after 1 - x/2."""
    found = [1.0]
    for n in range(1, terms):
        found.append(-sum(c / factorial(n + 1 - k) for k, c in enumerate(found)))
    return found[2::2]
