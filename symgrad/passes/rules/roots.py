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
from ...ops.remainders import sin_less
from ...ops.roots import hypot_less, leg_less, root_less
from ...ops.selection import where
from ...ops.stable import sqrt1pm1, sqrt_difference, sqrt_gap, sqrt_product
from ..facts.proofs import proves
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, Rule, mirrored, rule
from .cancellation import of_one_size, one_size
from .quotients import is_unbounded
from .stabilize import no_numbers_no_grid, positive

patterns = Patterns()
x, y, z = patterns.any("x", "y", "z")
(a,) = patterns.number("a")


def same_sizes(found: Bindings, node: Expr) -> bool:
    """No more is computed than before: the difference of x and y has one shape with the rest."""
    return node.shape == found["x"].shape == found["y"].shape


def cube_roots(u: Expr, v: Expr) -> Expr:
    """u - v, where a = u³ - v³."""
    return a / (u**2 + u * v + v**2)


def unless_kept_apart(r: Rule) -> Rule:
    """The rule, unless the sign of x is proved to be one with which nothing cancels."""
    rows = [n for n in ancestors([r.right]) if n.op.name.endswith("_less")]
    wrong = "nonpositive" if rows and rows[0].args[0] is x else "nonnegative"

    def may_cancel(found: Bindings, node: Expr) -> bool:
        return not proves(found["x"], wrong) and (r.when is None or r.when(found, node))

    return replace(r, when=may_cancel) if rows else r


def less_of_multiple(a: Expr | float) -> Expr:
    """sqrt(x² + a x) - x, which is a / 2 far out, with its slope."""
    below, above = where(x > a, 0.0, x), where(x > a, x, a)
    return where(x > a, a / (1 + sqrt(1 + a / above)), root_less(below, a * below))


def less_of_sine() -> Expr:
    """sqrt(x² - sin(x)²) - x, from a root that is accurate near 0."""
    above = x > 1  # below, neither cancels
    far = -(sin(x) ** 2) / (leg_of_sine + where(above, x, 1.0))
    return where(above, far, leg_of_sine) - where(above, 0.0, x)


def of_positive_multiple(found: Bindings, node: Expr) -> bool:
    """The factor a is positive, and x is not what the rule itself has made."""
    return is_unbounded(found, node) and ("number_a" not in found or positive(found, node))


root_of_rest = sqrt(square_difference(1.0, x))
both = sqrt(x + a) + sqrt(x)
h, leg = hypot(x, y), sqrt(square_difference(x, y))
h_of_ratio = hypot(1.0, y / x)
leg_of_number = sqrt(square_difference(x, a))
leg_of_sine = sqrt(-sin_less(x) * (x + sin(x)))

ROOTS = [
    rule(hypot(1.0, x) - 1, hypot_less(1.0, x), at=1e-10),
    rule(hypot(x, a) - a, hypot_less(a, x), at={"x": 1e-10, "number_a": 2.0}, when=positive),
    rule(sqrt(hypot_less(1.0, x)), sqrt_product(x, tanh(0.5 * arcsinh(x))), at=1e-200),
    rule(sqrt(1 + x) - 1, sqrt1pm1(x), at=1e-20),
    rule(sqrt(1 - x) - 1, sqrt1pm1(-x), at=1e-20),
    rule(1 - root_of_rest, x**2 / (1 + root_of_rest), at=1e-10),
    rule(1 / root_of_rest - 1, x**2 / (root_of_rest * (1 + root_of_rest)), at=1e-10),
    rule(sqrt((1 + x) / (1 - x)) - 1, 2 * x / ((1 - x) + root_of_rest), at=1e-20),
    rule(sqrt1pm1(x) / x, 1 / (1 + sqrt(1 + x)), at=1e-20),
    rule(sqrt(x + a) - sqrt(x), a / both, at={"x": 1e40, "number_a": 2.0}, when=positive),
    rule(sqrt(x) - sqrt(x + a), -a / both, at={"x": 1e40, "number_a": 2.0}, when=positive),
    rule(
        hypot(x, a) - leg_of_number,
        2 * a * (a / (hypot(x, a) + leg_of_number)),
        at={"x": 1e9, "number_a": 4.0},
        when=positive,
    ),
    rule(sqrt(1 + x) - sqrt(1 - x), 2 * sin(0.5 * arcsin(x)), at=1e-20),
    rule(
        sqrt(x + z) - sqrt(y + z),
        sqrt_gap(x, y, z),
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
        1 / sqrt(x) - 1 / sqrt(x + a),
        a / sqrt(x) / sqrt(x + a) / both,
        at={"x": 1e20, "number_a": 2.0},
        when=positive,
    ),
]

LENGTHS = [
    *(
        rule(root - x, root_less(x, rest), at={"x": 1e9, "y": 4.0})
        for root, rest in ((sqrt(x**2 - y), -y), (sqrt(x**2 + y), y))
    ),
    *(
        rule(root_less(x, rest), right, at=at, when=of_positive_multiple)
        for rest, right, at in (
            (x, less_of_multiple(1.0), {"x": 1e200}),
            (a * x, less_of_multiple(a), {"x": 1e200, "number_a": 4.0}),
        )
    ),
    rule(leg - x, leg_less(x, y), at={"x": 1e9, "y": 4.0}),
    rule(leg_of_sine - x, less_of_sine(), at=1e9),
    rule(h - x, hypot_less(x, y), at={"x": 1e9, "y": 4.0}, when=of_one_size),
    rule(h + x, hypot_less(-x, y), at={"x": -1e9, "y": 4.0}, when=of_one_size),
    rule(h_of_ratio * absolute(x), h, at={"x": 1e-200, "y": 1.0}, when=no_numbers_no_grid),
    rule(x**2 / (x**2 + y**2), cos_angle(x, y) ** 2, at={"x": 1e200, "y": 3.0}, when=one_size),
    rule(x / h, cos_angle(x, y), at={"x": 1e10, "y": 3.0}, when=of_one_size),
    rule(1 - cos_angle(x, y), versin_angle(x, y), at={"x": 1e9, "y": 4.0}),
    rule(1 - 1 / hypot(1.0, x), versin_angle(1.0, x), at=1e-10),
]
SUMS = [
    *(
        r
        for root, rest in ((sqrt(x**2 - y), -y), (sqrt(x**2 + y), y))
        for r in (
            rule(-x - root, -root_less(-x, rest), at={"x": -1e9, "y": 4.0}),
            rule(root + x, root_less(-x, rest), at={"x": -1e9, "y": 4.0}),
        )
    ),
    *(
        r
        for root in (sqrt((x / 2) ** 2 - y), sqrt(x**2 / 4 - y))
        for r in (
            rule(root + (-x) / 2, root_less(x / 2, -y), at={"x": 1e9, "y": 4.0}),
            rule((-x) / 2 - root, -root_less((-x) / 2, -y), at={"x": -1e9, "y": 4.0}),
        )
    ),
]
"""Mirrored, the differences are sums."""

QUADRATICS = [
    r
    for root in (sqrt(y), hypot(x, y))
    for r in (
        rule(root / z - x / z, (root - x) / z),
        rule(x / z - root / z, (x - root) / z),
        rule(x / z + root / z, (x + root) / z),
    )
]
"""Solutions of quadratic equations as two quotients: what cancels in them stands together.

No sum overflows that did not before, as a root is at most 1e154 and a length is above |x|.
"""

HALVES = [
    r
    for root in (root_less(x, y), -root_less(x, y))
    for r in (rule(root / 2 / z, root / (2 * z)), rule(0.5 * root / z, root / (2 * z)))
]
"""Solutions by one quotient, by 2 a, as `families.factors.solution_of_quadratic` reads them."""

RULES = [
    *mirrored(ROOTS),
    *map(unless_kept_apart, [*mirrored(LENGTHS), *SUMS]),
    *QUADRATICS,
    *HALVES,
]
