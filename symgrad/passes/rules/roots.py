"""Differences of roots and lengths, which cancel, and their reciprocals.

Where the sign of x tells on which side they do, the other side stays as it is. Higham, "Accuracy
and Stability of Numerical Algorithms", sections 1.7 and 1.8.
"""

from dataclasses import replace

from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.arithmetic import absolute
from ...ops.elementary import arcsin, arcsinh, cbrt, hypot, sin, sqrt, tanh
from ...ops.nearby import cos_angle, square_difference, versin_angle
from ...ops.selection import equal, where
from ...ops.stable import sqrt1pm1, sqrt_difference, sqrt_step
from ..matching import Bindings
from ..proofs import proves
from ..rule import Patterns, Rule, of_number, rule
from .cancellation import of_one_size, one_size
from .stabilize import positive

patterns = Patterns()
x, y, z = patterns.any("x", "y", "z")
(a,) = patterns.number("a")


def same_sizes(found: Bindings, node: Expr) -> bool:
    """No more is computed than before: the difference of x and y has one shape with the rest."""
    return node.shape == found["x"].shape == found["y"].shape


no_arcsinh = of_number("a", lambda a: abs(a) != 1)
"""The logarithm of x + √(1 + x²) is known to another rule."""


def far(root: Expr, above: Expr = x > 0) -> Expr:
    """root + x where x is above, else root - x, which does not cancel there."""
    return root + where(above, x, -x)


def near(root: Expr, below: Expr = x < 0) -> Expr:
    """root - x where x is below, else root + x."""
    return root + where(below, -x, x)


def cube_roots(u: Expr, v: Expr) -> Expr:
    """u - v, where a = u³ - v³."""
    return a / (u**2 + u * v + v**2)


def unless_kept_apart(r: Rule) -> Rule:
    """The rule, unless the sign of x is proved to be one with which nothing cancels."""
    compared = {n.op.name for n in ancestors([r.right])} & {"greater", "less"}
    wrong = "nonpositive" if "greater" in compared else "nonnegative"

    def may_cancel(found: Bindings, node: Expr) -> bool:
        return not proves(found["x"], wrong) and (r.when is None or r.when(found, node))

    return replace(r, when=may_cancel) if compared else r


less_root, more_root = sqrt(x**2 - y), sqrt(x**2 + y)
root_of_rest = sqrt(square_difference(1.0, x))
both = sqrt(x + a) + sqrt(x)
both_roots = sqrt(x + z) + sqrt(y + z)
h, to_number = hypot(x, y), hypot(x, a)
size = absolute(y)  # up to there nothing cancels, and beyond y is finite where x is
leg = sqrt(square_difference(x, y))

ROOTS = [
    rule(hypot(1.0, x) - 1, x * tanh(0.5 * arcsinh(x)), at=1e-10),
    rule(
        to_number - a,
        x * tanh(0.5 * arcsinh(x / a)),
        at={"x": 1e-10, "number_a": 2.0},
        when=positive,
    ),
    rule(sqrt(1 + x) - 1, sqrt1pm1(x), at=1e-20),
    rule(sqrt(1 - x) - 1, sqrt1pm1(-x), at=1e-20),
    rule(1 - sqrt(1 + x), -sqrt1pm1(x), at=1e-20),
    rule(1 - sqrt(1 - x), -sqrt1pm1(-x), at=1e-20),
    rule(1 - root_of_rest, x**2 / (1 + root_of_rest), at=1e-10),
    rule(1 / root_of_rest - 1, x**2 / (root_of_rest * (1 + root_of_rest)), at=1e-10),
    rule(sqrt((1 + x) / (1 - x)) - 1, 2 * x / ((1 - x) + root_of_rest), at=1e-20),
    rule(sqrt1pm1(x) / x, 1 / (1 + sqrt(1 + x)), at=1e-20),
    rule(sqrt(x + a) - sqrt(x), a / both, at={"x": 1e40, "number_a": 2.0}, when=positive),
    rule(sqrt(x) - sqrt(x + a), -a / both, at={"x": 1e40, "number_a": 2.0}, when=positive),
    rule(sqrt(1 + x) - sqrt(1 - x), 2 * sin(0.5 * arcsin(x)), at=1e-20),
    rule(sqrt(x + y) - sqrt(x), sqrt_step(x, y), at={"x": 1e20, "y": 1e-3}, when=one_size),
    rule(
        sqrt(x + z) - sqrt(y + z),
        (x - y) / where(equal(both_roots, 0), 1.0, both_roots),
        at={"x": 3.0 + 1e-12, "y": 3.0, "z": 1e3},
        when=same_sizes,
    ),
    rule(sqrt(x) - sqrt(y), sqrt_difference(x, y), at={"x": 3.0 + 1e-12, "y": 3.0}),
    rule(
        sqrt(x + 1) - 2 * sqrt(x) + sqrt(x - 1),
        -2 / (sqrt(x) + sqrt(x - 1)) / (sqrt(x) + sqrt(x + 1)) / (sqrt(x + 1) + sqrt(x - 1)),
        at=1e10,
    ),
    rule(cbrt(x + a) - cbrt(x), cube_roots(cbrt(x + a), cbrt(x)), at={"x": 1e20, "number_a": 2.0}),
    rule(
        (x + a) ** (1 / 3) - x ** (1 / 3),
        cube_roots((x + a) ** (1 / 3), x ** (1 / 3)),
        at={"x": 1e20, "number_a": 2.0},
    ),
    rule(
        1 / sqrt(x) - 1 / sqrt(x + a),
        a / sqrt(x) / sqrt(x + a) / both,
        at={"x": 1e20, "number_a": 2.0},
        when=positive,
    ),
]

LENGTHS = [
    rule(less_root - x, where(x > 0, -y / far(less_root), far(less_root)), at={"x": 1e9, "y": 4.0}),
    rule(x - less_root, where(x > 0, y / far(less_root), -far(less_root)), at={"x": 1e9, "y": 4.0}),
    rule(
        -x - less_root,
        where(x < 0, y / near(less_root), -near(less_root)),
        at={"x": -1e9, "y": 4.0},
    ),
    rule(
        less_root + x, where(x < 0, -y / near(less_root), near(less_root)), at={"x": -1e9, "y": 4.0}
    ),
    rule(more_root - x, where(x > 0, y / far(more_root), far(more_root)), at={"x": 1e9, "y": 4.0}),
    rule(leg - x, where(x > 0, -y * (y / far(leg)), far(leg)), at={"x": 1e9, "y": 4.0}),
    rule(x - leg, where(x > 0, y * (y / far(leg)), -far(leg)), at={"x": 1e9, "y": 4.0}),
    rule(
        to_number - x,
        where(x > 0, a * (a / far(to_number)), far(to_number)),
        at={"x": 1e9, "number_a": 2.0},
    ),
    rule(
        x - to_number,
        where(x > 0, -a * (a / far(to_number)), -far(to_number)),
        at={"x": 1e9, "number_a": 2.0},
    ),
    rule(
        to_number + x,
        where(x < 0, a * (a / near(to_number)), near(to_number)),
        at={"x": -1e9, "number_a": 2.0},
        when=no_arcsinh,
    ),
    rule(
        h - x,
        where(x > size, y * (y / far(h, x > size)), far(h, x > size)),
        at={"x": 1e9, "y": 4.0},
        when=one_size,
    ),
    rule(
        h + x,
        where(x < -size, y * (y / near(h, x < -size)), near(h, x < -size)),
        at={"x": -1e9, "y": 4.0},
        when=one_size,
    ),
    rule(x**2 / (x**2 + y**2), cos_angle(x, y) ** 2, at={"x": 1e200, "y": 3.0}, when=one_size),
    rule(x / h, cos_angle(x, y), at={"x": 1e10, "y": 3.0}, when=of_one_size),
    rule(1 - cos_angle(x, y), versin_angle(x, y), at={"x": 1e9, "y": 4.0}),
]

QUADRATICS = [
    r
    for root in (sqrt(y), hypot(x, y))
    for r in (
        rule(root / z - x / z, (root - x) / z),
        rule(x / z - root / z, (x - root) / z),
        rule(x / z + root / z, (x + root) / z),
        rule((-x) / z - root / z, (-x - root) / z),
        rule((-x) / z + root / z, (root - x) / z),
    )
]
"""Solutions of quadratic equations as two quotients: what cancels in them stands together.

No sum overflows that did not before, as a root is at most 1e154 and a length is above |x|.
"""

RULES = [*ROOTS, *map(unless_kept_apart, LENGTHS), *QUADRATICS]
