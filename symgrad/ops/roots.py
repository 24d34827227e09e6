"""Roots of sums of squares less what they are nearly equal to, and their accurate slopes.

Rewriting finds them (`symgrad.passes`). Higham, "Accuracy and Stability of Numerical Algorithms",
section 1.8.
"""

from __future__ import annotations

from math import inf

from ..graph.graph import Expr
from .elementary import hypot, sqrt
from .nearby import cos_angle, square_difference
from .selection import equal, logical_and, where
from .special import own_function


def _over(x: Expr, root: Expr) -> Expr:
    """x / root, and 0 where the root is 0."""
    return x / where(equal(root, 0), inf, root)


def _less(r: Expr, x: Expr, root: Expr, a: Expr | float, b: Expr) -> Expr:
    """The slope of r = root - x to x: x/root - 1, by root - |x| where these two are near.

    The root of x² + ab less -x is ab/r. So no slope of this slope cancels.
    """
    above, below = (logical_and(root > 0, near) for near in (2 * r < root, 2 * r > 3 * root))
    part = where(above, -r, where(below, a * (b / where(below, r, 1.0)), x))
    return _over(part, root) - where(above, 0.0, where(below, 2.0, 1.0))


root_less = own_function(
    "root_less(x, y)",
    """√(x² + y) - x, accurate where x is large, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * _less(r, x, sqrt(x**2 + y), 1.0, y),
        lambda g, r, x, y: _over(g, 2 * sqrt(x**2 + y)),
    ],
    "sqrt(x ** 2 + y) - x",
    latex=r"\left(\sqrt{{{{{x}}}^2 + {y}}} - {x}\right)",
    domain=("reals", "positive"),
    kinks="-1 toward x, 0 toward y where the root is 0, and its slope is infinite",
)
hypot_less = own_function(
    "hypot_less(x, y)",
    """√(x² + y²) - x, accurate where x is large, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * _less(r, x, hypot(x, y), y, y),
        lambda g, r, x, y: g * cos_angle(y, where(equal(hypot(x, y), 0), 1.0, x)),
    ],
    "sqrt(x ** 2 + y ** 2) - x",
    latex=r"\left(\sqrt{{{{{x}}}^2 + {{{y}}}^2}} - {x}\right)",
    kinks="-1 toward x, 0 toward y at (0, 0)",
)
leg_less = own_function(
    "leg_less(x, y)",
    """√(x² - y²) - x, accurate where x is large, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * _less(r, x, sqrt(square_difference(x, y)), -y, y),
        lambda g, r, x, y: g * -_over(y, sqrt(square_difference(x, y))),
    ],
    "sqrt(x ** 2 - y ** 2) - x if abs(y) <= abs(x) else nan",
    latex=r"\left(\sqrt{{{{{x}}}^2 - {{{y}}}^2}} - {x}\right)",
    domain=("above_one", "unit"),
    kinks="-1 toward x, 0 toward y where the root is 0, and its slope is infinite",
)
