"""Roots of sums of squares, and less what they are nearly equal to, with their accurate slopes.

Rewriting finds them (`symgrad.passes`). Higham, "Accuracy and Stability of Numerical Algorithms",
section 1.8.
"""

from __future__ import annotations

from math import inf

from ..graph.graph import Expr
from .elementary import hypot, sqrt
from .nearby import cos_angle, versin_angle
from .op import Op
from .selection import equal, where
from .special import own_function
from .stable import sqrt_product


def _divisor(root: Expr) -> Expr:
    """A root to divide by: quotients are 0 where it is 0."""
    return where(equal(root, 0), inf, root)


root_plus = own_function(
    "root_plus(x, y)",
    """√(x² + y), though x² may be too large for a float.""",
    [lambda g, r, x, y: g * (x / _divisor(r)), lambda g, r, x, y: 0.5 * g / _divisor(r)],
    "sqrt(x ** 2 + y)",
    domain=("reals", "positive"),
    kinks="0 where the root is 0, and its slope is infinite",
)
leg = own_function(
    "leg(x, y)",
    """√(x² - y²), the leg of a right triangle, though the squares may be too large for floats.""",
    [lambda g, r, x, y: g * (x / _divisor(r)), lambda g, r, x, y: -g * (y / _divisor(r))],
    "sqrt(x ** 2 - y ** 2)",
    domain=("above_one", "unit"),
    kinks="0 where the root is 0, and its slope is infinite",
)


def _root(x: Expr, y: Expr) -> Expr:
    return _divisor(sqrt(x**2 + y))


def _leg(x: Expr, y: Expr) -> Expr:
    return _divisor(sqrt_product(x - y, x + y))


root_less = own_function(
    "root_less(x, y)",
    """√(x² + y) - x, accurate where x is large, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * root_less_slope(x, y),
        lambda g, r, x, y: 0.5 * g / _root(x, y),
    ],
    "sqrt(x ** 2 + y) - x",
    domain=("reals", "positive"),
    kinks="-1 toward x, 0 toward y where the root is 0, and its slope is infinite",
)
root_less_slope: Op = own_function(
    "root_less_slope(x, y)",
    """x/√(x² + y) - 1, the slope of `root_less` to x, -1 where the root is 0.""",
    [
        lambda g, r, x, y: g * (y / _root(x, y) / _root(x, y) / _root(x, y)),
        lambda g, r, x, y: g * (-0.5 * x / _root(x, y) / _root(x, y) / _root(x, y)),
    ],
    "x / sqrt(x ** 2 + y) - 1",
    domain=("reals", "positive"),
    kinks="0 where the root is 0",
)
hypot_less = own_function(
    "hypot_less(x, y)",
    """√(x² + y²) - x, accurate where x is large, and its accurate slopes.""",
    [
        lambda g, r, x, y: -g * versin_angle(x, where(equal(hypot(x, y), 0), 1.0, y)),
        lambda g, r, x, y: g * cos_angle(y, where(equal(hypot(x, y), 0), 1.0, x)),
    ],
    "sqrt(x ** 2 + y ** 2) - x",
    kinks="-1 toward x, 0 toward y at (0, 0)",
)
leg_less = own_function(
    "leg_less(x, y)",
    """√(x² - y²) - x, accurate where x is large, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * leg_less_slope(x, y),
        lambda g, r, x, y: -g * ((1 + leg_less_slope(x, y)) * (y / _divisor(x))),
    ],
    "sqrt(x ** 2 - y ** 2) - x if abs(y) <= abs(x) else nan",
    latex=r"\left(\sqrt{{{{{x}}}^2 - {{{y}}}^2}} - {x}\right)",
    domain=("above_one", "unit"),
    kinks="-1 toward x, 0 toward y where the root is 0, and its slope is infinite",
)
leg_less_slope: Op = own_function(
    "leg_less_slope(x, y)",
    """x/√(x² - y²) - 1, the slope of `leg_less` to x, -1 where the root is 0.""",
    [
        lambda g, r, x, y: -g * (y / _leg(x, y) * (y / _leg(x, y)) / _leg(x, y)),
        lambda g, r, x, y: g * (x / _leg(x, y) * (y / _leg(x, y)) / _leg(x, y)),
    ],
    "x / sqrt(x ** 2 - y ** 2) - 1 if abs(y) < abs(x) else -1 if abs(y) == abs(x) else nan",
    latex=r"\left(\frac{{{x}}}{{\sqrt{{{{{x}}}^2 - {{{y}}}^2}}}} - 1\right)",
    domain=("above_one", "unit"),
    kinks="0 where the root is 0",
)
