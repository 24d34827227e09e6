"""Quotients that are slopes of other rows, with their limits where an operand is infinite.

They stay functions in emitted code: to test for infinity costs a call little, and open code much.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from ..graph.graph import Expr, operations
from .elementary import sqrt
from .op import Op
from .selection import clip, equal, where
from .special import own_function


def finite(x: Expr) -> Expr:
    """An operand without infinities: over a sum it is then no inf / inf."""
    most = float(np.finfo(x.dtype).max)
    return clip(x, -most, most)


def of_positives(signature: str, sentence: str, vjp: Any, meaning: str, **columns: Any) -> Op:
    """A row of two positive numbers."""
    return own_function(
        signature, sentence, vjp, meaning, domain=("positive", "positive"), **columns
    )


portion: Op = of_positives(
    "portion(x, y)",
    """x/(x + y), and 1 of an infinite x: a `share` that is not written out.""",
    [lambda g, r, x, y: g * (portion(y, x) / (x + y)), lambda g, r, x, y: -g * (r / (x + y))],
    "x / (x + y)",
)


excess = of_positives(
    "excess(x, y)",
    """(x - y)/y, what x is more than y, relative to y, and its accurate slopes.""",
    [lambda g, r, x, y: g / y, lambda g, r, x, y: g * (-x / y / y)],
    "(x - y) / y",
)
pole_sum: Op = own_function(
    "pole_sum(x, y)",
    """1/(x - y) + 1/(x + y), and its accurate slopes.""",
    [
        lambda g, r, x, y: g * (-1 / (x - y) / (x - y) - 1 / (x + y) / (x + y)),
        lambda g, r, x, y: g * (r * (2 * (y / (x - y)) / (x + y))),
    ],
    "(1 / (x - y) if x != y else inf) + 1 / (x + y)",
    latex=r"\left(\frac{{1}}{{{x} - {y}}} + \frac{{1}}{{{x} + {y}}}\right)",
    domain=("above_one", "unit"),
)
reciprocal_square_step = of_positives(
    "reciprocal_square_step(x, h)",
    """1/(x + h)² - 1/x², accurate for small h, and its accurate slopes.""",
    [
        lambda g, r, x, h: g * (-2 * _cube_step(1 / (x + h), 1 / x, x, h)),
        lambda g, r, x, h: g * (-2 / (x + h) / (x + h) / (x + h)),
    ],
    "1 / (x + h) ** 2 - 1 / x ** 2",
)


def _cube_step(a: Expr, b: Expr, x: Expr, h: Expr) -> Expr:
    """a³ - b³ of a = 1/(x + h) and b = 1/x."""
    return operations["reciprocal_step"](x, h) * _squares(a, b)


sqrt_gap_slope = own_function(
    "sqrt_gap_slope(x, y, z)",
    """1/√(x + z) - 1/√(y + z), accurate where z is large: twice a slope of `sqrt_gap`.""",
    [
        lambda g, r, x, y, z: g * (-0.5 * _over_root(x + z) ** 3),
        lambda g, r, x, y, z: g * (0.5 * _over_root(y + z) ** 3),
        lambda g, r, x, y, z: g * (-0.5 * r * _squares(_over_root(x + z), _over_root(y + z))),
    ],
    "1 / sqrt(x + z) - 1 / sqrt(y + z)",
    domain=("positive", "positive", "positive"),
    kinks="0 where a root is 0, and a slope is infinite",
)


def _over_root(x: Expr) -> Expr:
    """1 / sqrt(x), and 0 where x is 0."""
    return 1 / sqrt(where(equal(x, 0), inf, x))


def _squares(a: Expr, b: Expr) -> Expr:
    """What a - b divides a³ - b³ into."""
    return a * a + a * b + b * b


root_over = of_positives(
    "root_over(r, x)",
    """r/x of a root r: 0 where r is 0, and where x is infinite, which r then is as well.""",
    [
        lambda g, s, r, x: g / where(equal(r, 0), inf, x),
        lambda g, s, r, x: -g * (s / where(equal(r, 0), inf, x)),
    ],
    "r / x",
    latex=r"\frac{{{r}}}{{{x}}}",
    kinks="0 where r is 0, and the slope of a root is infinite",
)


def _or_one(y: Expr) -> Expr:
    """A length to divide by: at the origin slopes are 0."""
    return where(equal(y, 0), 1.0, y)


scaled_ratio = own_function(
    "scaled_ratio(z, x, y)",
    """z x/y of a part x of y, though x/y may be too small for a float: a slope of a length.""",
    [
        lambda g, r, z, x, y: g * (x / _or_one(y)),
        lambda g, r, z, x, y: g * (z / _or_one(y)),
        lambda g, r, z, x, y: -g * (r / _or_one(y)),
    ],
    "z * x / y",
    latex=r"{z} \, \frac{{{x}}}{{{y}}}",
    domain=("reals", "unit", "positive"),
)
