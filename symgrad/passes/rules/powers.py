"""Powers of 1 + x, as interest is compounded, and powers less 1.

What 1 + x is rounded by is magnified by the exponent; 1 less a power near 1 has few digits left.
"""

from math import inf

from ...graph.graph import Expr
from ...ops.arithmetic import absolute
from ...ops.compound import box_cox, compound, compoundm1, log_compound, log_power, powm1
from ...ops.elementary import exp, log, logaddexp, sqrt
from ...ops.gaps import power_gap
from ...ops.nearby import square_difference
from ...ops.selection import equal, logical_and, maximum, minimum, where
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, mirrored, of_number, rule
from .quotients import is_unbounded
from .stabilize import is_known, no_grid

patterns = Patterns()
w, x, y, z = patterns.any("w", "x", "y", "z")
a, b = patterns.number("a", "b")


def is_open(found: Bindings, node: Expr) -> bool:
    """The exponent y is no number, which differentiation would have as an integer or a root."""
    return not is_known(found["y"]) and found["y"].type.is_floating and node.type.is_floating


SMALL = {"x": 1e-20, "number_a": 3.0}
no_root = of_number("a", lambda a: a not in (-1, 0, 0.5, 1, 2) and abs(a) < float("inf"))
"""The power is no root, and has more than one or two terms."""


def power_step(step: Expr) -> Expr:
    """(x + step)**b - x**b, where the step changes little, by their quotient."""
    far = x > absolute(step) * maximum(absolute(b), 2.0)
    base, near = where(far, x, 1.0), where(far, 2 * absolute(step), x)
    large = base**b * compoundm1(where(far, step, 0.0) / base, b)
    return where(far, large, power_gap(near + step, near, b))


STEPS = [
    rule(left, right, at={"x": 1e20, "number_b": 0.3} | step, when=is_unbounded)
    for h, step in ((a, {"number_a": 2.0}), (y, {"y": 2.0}))
    for left, right in (
        (power_gap(x + h, x, b), power_step(h)),
        (power_gap(x, x + h, b), -power_step(h)),
        (power_gap(x, x - h, b), -power_step(-h)),
        (power_gap(x - h, x, b), power_step(-h)),
    )
]
"""Powers of x and x + h, whose rounding is all that is left of them."""

# Of small exponents the powers themselves are in range, and their second slopes do not cancel.
low, high = minimum(absolute(y), absolute(w)), maximum(absolute(y), absolute(w))
is_far = logical_and(logical_and(x > 0, z > -1), low > 64)
is_open_base = logical_and(is_far, high + (x + z) < inf)
base, rest = where(is_open_base, x, 1.0), where(is_open_base, z, 0.0)
log_of_sum = where(
    is_open_base,
    logaddexp(log_power(base, y), log_compound(rest, w)),
    log(where(is_open_base, 1.0, x) ** y + compound(where(is_open_base, 0.0, z), w)),
)

root = of_number("a", lambda a: 0 < abs(a) < 1)
"""The power is a root, which is in range where its base is not."""


POWERS = [
    *STEPS,
    rule(sqrt(exp(x)), exp(0.5 * x), at=-1000.0),
    rule(exp(0.5 * x) ** 2, exp(x)),
    rule(exp(x) ** a, exp(a * x), at={"x": -1000.0, "number_a": 0.5}, when=root),
    rule(
        log(x**y + compound(z, w)),
        log_of_sum,
        at={"x": 1e-98, "y": 1e264, "z": -1e-98, "w": 1e264},
        when=is_unbounded,
    ),
    rule((1 + x) ** y, compound(x, y), at={"x": 1e-20, "y": 1e20}, when=is_open),
    rule((1 - x) ** y, compound(-x, y), at={"x": 1e-20, "y": 1e20}, when=is_open),
    rule(z / compound(x, y), z * compound(x, -y), at={"x": 1e100, "y": 2.0, "z": 3.0}),
    rule(compound(x, y) - 1, compoundm1(x, y), at={"x": 1e-10, "y": 3.0}),
    rule(x**y - 1, powm1(x, y), at={"x": 3.0, "y": 1e-20}, when=is_open),
    rule(powm1(x, y) / y, box_cox(x, y), at={"x": 3.0, "y": 1e-12}, when=no_grid),
    rule(y * box_cox(x, y), powm1(x, y)),  # the slopes to y cancel
    rule(where(equal(y, 0), log(x), box_cox(x, y)), box_cox(x, y)),  # log(x) has no slope to y
    rule(1 / sqrt(1 + x) - 1, compoundm1(x, -0.5), at=1e-20),
    rule(1 / sqrt(1 - x) - 1, compoundm1(-x, -0.5), at=1e-20),
    rule(1 / square_difference(1.0, x) - 1, compoundm1(-(x**2), -1.0), at=1e-9),
    *(
        rule(power - 1, compoundm1(u, exponent), at=SMALL, when=when)
        for base, u in ((1 + x, x), (1 - x, -x), (square_difference(1.0, x), -(x**2)))
        for power, exponent, when in ((base**a, a, no_root), (1 / base**a, -a, None))
    ),
]
RULES = mirrored(POWERS)
