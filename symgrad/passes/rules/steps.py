"""One function at two points of known distance, as differences are written for slopes.

The distance keeps the digits that the rounded points have lost. Of an array x, the step y may be
one number: f(x + y) has all elements already.
"""

from collections.abc import Callable

from ...graph.graph import Expr
from ...ops.arithmetic import absolute
from ...ops.elementary import cos, exp, sin, sinh, sqrt, tan
from ...ops.exponents import exp_step, exponent_sum
from ...ops.nearby import (
    cos_step,
    exp_difference,
    log_share,
    pole_difference,
    reciprocal_step,
    sin_step,
    square_step,
    tan_step,
)
from ...ops.selection import where
from ...ops.stable import log_ratio, sqrt_gap
from ..rewriting.rule import Condition, Patterns, Rule, mirrored, rule
from .stabilize import no_numbers

patterns = Patterns()
x, y = patterns.any("x", "y")
a, b = patterns.number("a", "b")
STEP = {"x": 1.0, "y": 1e-20}
is_short = absolute(y) < 1
center, half = where(is_short, x, 0.0), where(is_short, y, 0.0)
above, below = where(is_short, 0.0, x + y), where(is_short, 0.0, x - y)


def steps(
    f: Callable[[Expr], Expr],
    step: Callable[[Expr, Expr], Expr],
    both: Expr | None = None,
    when: Condition | None = no_numbers,
) -> list[Rule]:
    """What f changes by from x to x + y, to x from x - y, and between x - y and x + y."""
    found = [(f(x + y) - f(x), step(x, y)), (f(x) - f(x - y), -step(x, -y))]
    if both is not None:
        found.append((f(x + y) - f(x - y), both))
    return [rule(left, right, at=STEP, when=when) for left, right in found]


STEPS = [
    *steps(lambda u: 1 / u, reciprocal_step, -pole_difference(1.0, x, y)),
    *steps(lambda u: u**2, square_step),
    *steps(sqrt, lambda u, v: sqrt_gap(v, 0.0, u)),
    rule(sqrt(y + x) - sqrt(y - x), sqrt_gap(x, -x, y), at={"x": 1e-12, "y": 3.0}, when=no_numbers),
    *steps(
        exp,
        exp_step,
        where(is_short, 2 * exp(center) * sinh(half), exp_difference(above, below)),
    ),
    rule(exp(exponent_sum(x, y)) - exp(x), exp_step(x, y), at=STEP, when=no_numbers),
    *steps(sin, sin_step, 2 * cos(x) * sin(y), when=None),
    *steps(cos, cos_step, -2 * sin(x) * sin(y), when=None),
    *steps(tan, tan_step, when=None),
]

RATIOS = [
    r
    for left, right in (
        ((x, x + y), log_share(x, y)),
        ((x, x - y), log_share(x, -y)),
        ((x - y, x + y), log_share(x, y) - log_share(x, -y)),
    )
    for r in (
        rule(log_ratio(*left), right, at={"x": 1e20, "y": 3.0}),
        rule(log_ratio(*left[::-1]), -right, at={"x": 1e20, "y": 3.0}),
    )
]
RATIOS += [
    rule(
        log_ratio(x + a, x + b),
        log_share(x + a, b - a),
        at={"x": 1e20, "number_a": 2.0, "number_b": 3.0},
    )
]

RULES = [*mirrored(STEPS), *RATIOS]
