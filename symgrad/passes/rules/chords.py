"""Quotients that are 0/0 at one point: of differences where x is y, and less a tangent at 0."""

from ...graph.graph import Expr
from ...ops.arithmetic import absolute
from ...ops.elementary import exp, expm1, log, sqrt
from ...ops.nearby import exp_difference, power_difference, square_difference, square_step
from ...ops.relative import bernoulli_function, exprel, log1prel, log1prel_inverse
from ...ops.selection import equal, where
from ...ops.stable import log_ratio, sqrt_difference
from ..families.rests import expm1_rest
from ..rewriting.rule import Patterns, rule
from .cancellation import CLOSE, one_size
from .stabilize import no_numbers

patterns = Patterns()
x, y = patterns.any("x", "y")
at_0 = equal(x, 0)
near_1 = absolute(x - 1) < 0.5
rest, far_rest = where(near_1, x - 1, 0.0), where(near_1, 1.0, x - 1)


def log_chord(u: Expr, v: Expr) -> Expr:
    """log(u / v) / (u - v): where they are near by the relative logarithm of u / v - 1."""
    near = absolute(u - v) < absolute(v) / 2
    inner = where(near, u - v, 0.0) / where(near, v, 1.0)
    return where(near, log1prel(inner) / v, log_ratio(u, v) / where(near, 1.0, u - v))


def log_mean(u: Expr, v: Expr) -> Expr:
    """(u - v) / log(u / v), the logarithmic mean."""
    near = absolute(u - v) < absolute(v) / 2
    inner, far = where(near, u - v, 0.0) / where(near, v, 1.0), where(near, 1.0, u - v)
    return where(near, v / log1prel(inner), far / log_ratio(u, v))


def exp_chord(u: Expr, v: Expr) -> Expr:
    """(exp(u) - exp(v)) / (u - v)."""
    near = absolute(u - v) < 1
    inner, far = where(near, u - v, 0.0), where(near, 1.0, u - v)
    return where(near, exp(where(near, v, 0.0)) * exprel(inner), exp_difference(u, v) / far)


CHORDS = [
    rule(square_difference(x, y) / (x - y), x + y, at=CLOSE, when=one_size),
    rule(
        power_difference(x + y, x) / y,
        ((x + y) / 2 + x) ** 2 + 0.75 * (x + y) ** 2,  # squares, which are no inf - inf
        at={"x": 3.0, "y": 0.0},
        when=no_numbers,
    ),
    rule(
        power_difference(x + y, x - y) / (2 * y),
        3 * x**2 + y**2,
        at={"x": 3.0, "y": 0.0},
        when=no_numbers,
    ),
    rule(square_step(x, y) / y, 2 * x + y, at={"x": 1e8, "y": 1.2345e-8}, when=no_numbers),
    rule(sqrt_difference(x, y) / (x - y), 1 / (sqrt(x) + sqrt(y)), at=CLOSE, when=one_size),
    rule(log_ratio(x, y) / (x - y), log_chord(x, y), at=CLOSE, when=one_size),
    rule((x - y) / log_ratio(x, y), log_mean(x, y), at=CLOSE, when=one_size),
    rule(log(x) / (x - 1), where(near_1, log1prel(rest), log(x) / far_rest), at=1 + 1.2345e-8),
    rule((x - 1) / log(x), where(near_1, log1prel_inverse(rest), far_rest / log(x)), at=1 + 1e-8),
    rule(exp_difference(x, y) / (x - y), exp_chord(x, y), at=CLOSE, when=one_size),
]

LIMITS = [
    *(
        rule(where(at_0, 1, f(x)), f(x))  # what is put at 0 has no slope
        for f in (exprel, log1prel, log1prel_inverse, bernoulli_function)
    ),
    rule(where(at_0, 0.5, expm1_rest(x)), expm1_rest(x)),
    rule(expm1(x) ** 2 / x, expm1(x) * exprel(x), at=0.0),
]
"""What is put at 0 by hand has no slope; the function has."""

RULES = [*CHORDS, *LIMITS]
