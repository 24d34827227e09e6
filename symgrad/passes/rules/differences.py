"""Differences of two functions, or of one at two points, by rows that keep their digits."""

from collections.abc import Callable

from ...graph.graph import Expr
from ...ops.arithmetic import absolute
from ...ops.elementary import (
    arccos,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cos,
    cosh,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    sin,
    sinh,
    sqrt,
    tanh,
)
from ...ops.gaps import log1p_difference, log_hypot, power_gap
from ...ops.nearby import (
    log_share,
    parallel,
    reciprocal_difference,
    sigmoid_difference,
    square_difference,
)
from ...ops.relative import exprel, exprel_slope, j0_slope, spherical_j0
from ...ops.remainders import sin_less, sinh_less, tan_less, tanh_less
from ...ops.roots import hypot_less, root_less
from ...ops.selection import where
from ...ops.stable import log_ratio, sqrt_gap, versin
from ...ops.units import is_layer
from ..facts.exponentials import literal
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, mirrored, rule
from .cancellation import CLOSER, of_one_shape, one_size
from .quotients import is_unbounded
from .stabilize import no_numbers, same_shape

patterns = Patterns()
w, x, y, z = patterns.any("w", "x", "y", "z")
(a,) = patterns.number("a")
small = absolute(x) < 1
near, far = where(small, x, 0.0), where(small, 1.0, x)
root_of_rest = sqrt(square_difference(1.0, x))


def any_arctanh(u: Expr) -> Expr:
    """arctanh(u), and beyond 1 that of the reciprocal."""
    inside = absolute(u) <= 1
    return where(inside, arctanh(where(inside, u, 0.0)), arctanh(1 / where(inside, 2.0, u)))


def arc_rest(arc: Callable[[Expr], Expr], rest: Callable[[Expr], Expr], u: Expr) -> Expr:
    """arc(u) - u: where they are near by what the inverse of the arc is less its argument."""
    small = absolute(u) < 0.5
    far = where(small, 0.5, u)
    return where(small, -rest(arc(where(small, u, 0.0))), arc(far) - far)


def no_units(found: Bindings, node: Expr) -> bool:
    """They are not units of a layer, whose values are kept for their slopes."""
    return one_size(found, node) and not is_layer(found["x"])


def no_complements(found: Bindings, node: Expr) -> bool:
    """They are not 1 less probabilities, of whose logarithms other rules know what is 0 times."""
    return one_size(found, node) and found["x"].op != "negative" != found["y"].op


def of_powers(found: Bindings, node: Expr) -> bool:
    """The exponent is not one of a polynomial, which other rules know."""
    z = found["z"]
    is_other = z.type.is_floating and literal(z) not in (-1, 0, 0.5, *range(1, 9))
    return is_other and one_size(found, node)


def arc_of_law(p: Expr, q: Expr, turn: Expr) -> Expr:
    """The angle between directions of latitudes p and q, by sine and cosine. Vincenty, 1975."""
    across = sin(p) * cos(q)
    near = sin(q - p) + across * versin(turn)
    apart = where(absolute(q - p) < 0.5, near, cos(p) * sin(q) - across * cos(turn))
    sine = hypot(cos(q) * sin(turn), apart)
    return arctan2(sine, sin(p) * sin(q) + cos(p) * cos(q) * cos(turn))


def angle_of_triangle() -> Expr:
    """The angle between sides of like length. Kahan, "Miscalculating area and angles", 2014."""
    alike = absolute(x - y) < absolute(x + y) / 3
    p, q, opposite = (where(alike, side, 1.0) for side in (x, y, z))
    root = sqrt(square_difference(opposite, p - q))
    near = 2 * arctan2(root, sqrt(square_difference(p + q, opposite)))
    return where(alike, near, arccos((x**2 + y**2 - where(alike, x, z) ** 2) / (2 * x * y)))


def is_third(found: Bindings, node: Expr) -> bool:
    """The third side is not what the rule itself has made."""
    return same_shape(found, node) and found["z"].op != "where"


LOGARITHMS = [
    rule(log(absolute((1 + x) / (1 - x))), 2 * any_arctanh(x), at=1e-10, when=is_unbounded),
    rule(log1p(x) - log1p(y), log1p_difference(x, y), at=CLOSER, when=no_complements),
    rule(log(hypot_less(-x, 1.0)), arcsinh(x), at=1e-9),
    rule(log(hypot_less(x, 1.0)), -arcsinh(x), at=1e-9),
    rule(log(hypot(x, y)), log_hypot(x, y), at={"x": 1.0, "y": 1e-9}, when=no_numbers),
    rule(exp(log_hypot(x, y)), hypot(x, y)),
    rule(log_ratio(1 + root_of_rest, x), -log_share(x, (1 - x) + root_of_rest), at=1 - 2**-52),
]

ARCS = [
    *(
        rule(arc(x) - x, arc_rest(arc, rest, x), at=1e-5, when=is_unbounded)
        for arc, rest in (
            (arcsin, sin_less),
            (arctan, tan_less),
            (arcsinh, sinh_less),
            (arctanh, tanh_less),
        )
    ),
    rule(
        arccos(sin(x) * sin(y) + cos(x) * cos(y) * cos(z)),
        arc_of_law(x, y, z),
        at={"x": 0.5, "y": 0.5 + 1.2345e-9, "z": 1e-9},
    ),
    rule(
        arccos((x**2 + y**2 - z**2) / (2 * x * y)),
        angle_of_triangle(),
        at={"x": 1.0, "y": 1.0, "z": 1e-9},
        when=is_third,
    ),
]

QUOTIENTS = [
    rule((sin(x) - x * cos(x)) / x**2, -j0_slope(x), at=1e-5, when=is_unbounded),
    rule(sin(x) / x**2 - cos(x) / x, -j0_slope(x), at=1e-5, when=is_unbounded),
    rule(spherical_j0(x) - cos(x), -x * j0_slope(x), at=1e-9, when=is_unbounded),
    rule(
        exprel(x) - exp(x),
        where(small, -near * exprel_slope(near), exprel(far) - exp(far)),
        at=1e-9,
        when=is_unbounded,
    ),
    rule((x * exp(x) - exp(x) + 1) / x**2, exprel_slope(x), at=1e-9, when=is_unbounded),
    *(
        r
        for u, at in ((x, -800.0), (-x, 800.0))
        for r in (
            rule(exp(u) * cosh(x), 0.5 * (exp(2 * u) + 1), at=at),
            rule(exp(u) * sinh(x), 0.5 * expm1(2 * u) if u is x else -0.5 * expm1(2 * u), at=at),
        )
    ),
    rule(cosh(x) / exp(x), 0.5 * (exp(-2 * x) + 1), at=800.0),
    rule(sinh(x) / exp(x), -0.5 * expm1(-2 * x), at=800.0),
    rule(1 / reciprocal_difference(x, y), -parallel(-x, y), at={"x": 1e-200, "y": 3e-200}),
]

POINTS = [
    rule(tanh(x) - tanh(y), 2 * sigmoid_difference(2 * x, 2 * y), at=CLOSER, when=no_units),
    rule(
        reciprocal_difference(x**a, y**a),
        power_gap(x, y, -a),
        at=CLOSER | {"number_a": 2.0},
        when=one_size,
    ),
    rule(x**z - y**z, power_gap(x, y, z), at=CLOSER | {"z": 0.3}, when=of_powers),
]

ROOTS = [
    rule(x / 2 - sqrt(x**2 / 4 - y), -root_less(x / 2, -y), at={"x": 1e9, "y": 4.0}),
    rule(
        sqrt_gap(y, 0.0, x) / y,
        1 / (sqrt(x + y) + sqrt(x)),
        at={"x": 1e5, "y": 1e-9},
        when=no_numbers,
    ),
    rule(absolute(x) - hypot(x, y), -hypot_less(absolute(x), y), at={"x": 1e9, "y": 1.0}),
]

HALVES = [
    rule((x + y + z) / 2 - term, rest / 2, at={"x": 1.0, "y": 1.0, "z": far}, when=of_one_shape)
    for term, rest, far in (
        (x, (y - x) + z, 1e-10),
        (z, (x + y) - z, 2 - 1.2345e-10),
    )
]
"""Half a perimeter less a side, as in Heron's formula: the sides themselves are subtracted."""

RULES = mirrored([*LOGARITHMS, *ARCS, *QUOTIENTS, *POINTS, *ROOTS, *HALVES])
