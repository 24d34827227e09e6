"""Differences of powers and logarithms, which cancel; logarithms of lengths.

As in `nearby`, slopes are those of the function at each point. Rewriting finds them
(`symgrad.passes`). Higham, "Accuracy and Stability of Numerical Algorithms", section 1.7.
"""

from __future__ import annotations

from ..graph.graph import Expr
from .arithmetic import absolute, base_cotangent
from .elementary import hypot, log
from .literals import as_written
from .op import Op
from .selection import equal, logical_and, where
from .special import own_function
from .stable import log_ratio

log1p_difference = own_function(
    "log1p_difference(x, y)",
    """log(1 + x) - log(1 + y), accurate near x = y and near 0.""",
    [lambda g, r, x, y: g / (1 + x), lambda g, r, x, y: -g / (1 + y)],
    "log(1 + x) - log(1 + y)",
    domain=("positive", "positive"),
)
power_gap: Op = own_function(
    "power_gap(x, y, z)",
    """x**z - y**z, accurate near x = y.""",
    [
        lambda g, r, x, y, z: base_cotangent(g, r, x, as_written(z)),
        lambda g, r, x, y, z: -base_cotangent(g, r, y, as_written(z)),
        lambda g, r, x, y, z: g * _gap_of_growth(r, x, y, z),
    ],
    "x ** z - y ** z",
    domain=("positive", "positive", "reals"),
)


def _growth(x: Expr, z: Expr) -> Expr:
    """x**z log(x), and 0 where x is 0."""
    return x**z * log(where(equal(x, 0), 1.0, x))


def _gap_of_growth(r: Expr, x: Expr, y: Expr, z: Expr) -> Expr:
    """x**z log(x) - y**z log(y), where x and y are near by their quotient."""
    near = logical_and(absolute(x - y) < absolute(y) / 2, x > 0)
    u, v = where(near, x, 1.0), where(near, y, 1.0)
    inner = where(near, r, 0.0) * log(u) + v**z * log_ratio(u, v)
    u, v = where(near, 1.0, x), where(near, 1.0, y)
    return where(near, inner, _growth(u, z) - _growth(v, z))


def _over_square(x: Expr, y: Expr) -> Expr:
    """x/(x² + y²), and 0 at the origin."""
    r = hypot(x, y)
    r = where(equal(r, 0), 1.0, r)
    return x / r / r


log_hypot = own_function(
    "log_hypot(x, y)",
    """log(√(x² + y²)), accurate near the unit circle: the logarithm of a complex number.""",
    [lambda g, r, x, y: g * _over_square(x, y), lambda g, r, x, y: g * _over_square(y, x)],
    "log(sqrt(x ** 2 + y ** 2))",
    latex=r"\log\sqrt{{{x}^2 + {y}^2}}",
    domain=("positive", "reals"),
)
