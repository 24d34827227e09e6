"""Logarithms of functions that overflow, vanish or cancel long before their logarithms do."""

from math import pi, sqrt

from ...graph.graph import Expr
from ...ops.activations import sigmoid, softplus
from ...ops.arithmetic import absolute
from ...ops.bessel import i0, i0e
from ...ops.compound import log_power, powm1
from ...ops.elementary import exp, expm1, log, log1p, tanh
from ...ops.nearby import sigmoid_difference
from ...ops.relative import bose_einstein, exprel
from ...ops.remainders import log1p_less, log_sinhc
from ...ops.selection import logical_and, maximum, minimum, where
from ...ops.special import erfcx, ndtr, norm_pdf, xlog1py
from ...ops.stable import log1mexp, log_cloglog, log_ratio, sigmoid_cross_entropy
from ..families.addends import log_beside_one
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, mirrored, rule
from .quotients import is_unbounded
from .stabilize import is_known, no_layer, no_numbers, positive

patterns = Patterns()
x, y, z = patterns.any("x", "y", "z")
(a,) = patterns.number("a")
p, q = patterns.signed("nonnegative", "p", "q")


def log_over_rest(u: Expr) -> Expr:
    """log(u / (1 - exp(-u))), whose logarithms cancel near 0."""
    below, beyond = where(u < 1, u, 0.0), where(u < 1, 1.0, u)
    far = log_ratio(beyond, -expm1(-beyond))
    return where(u < 1, below / 2 - log_sinhc(below / 2), far)


def bennett(u: Expr) -> Expr:
    """(1 + u) log(1 + u) - u, which is about u²/2 near 0."""
    is_near = absolute(u) < 1
    near, far = where(is_near, u, 0.0), where(is_near, 1.0, u)
    return where(is_near, (1 + near) * log1p_less(near) + near**2, xlog1py(1 + far, far) - far)


def hazard(u: Expr) -> Expr:
    """norm_pdf(u) / ndtr(u), both 0 far to the left: the inverse of Mills's ratio."""
    left = u < 0
    inner, outer = where(left, u, 0.0), where(left, 0.0, u)
    return where(left, sqrt(2 / pi) / erfcx(-sqrt(0.5) * inner), norm_pdf(outer) / ndtr(outer))


def of_factor(found: Bindings, node: Expr) -> bool:
    """The factor y is no number, of which other rules know the sign."""
    return is_unbounded(found, node) and not is_known(found["y"])


is_far = logical_and(x > 690, absolute(y) > 1e-280)
"""Where exp(x) may be beyond all numbers, and 1 is nothing beside y * exp(x)."""
inner = where(is_far, 690.0, x)
is_low = y * expm1(inner) < -0.5
low = where(is_low, inner, 0.0)
of_coin = where(
    is_low,
    log(exp(low) + (1 - y) * -expm1(low)),
    log1p(where(is_low, 0.0, y * expm1(inner))) + where(is_far, x - 690.0, 0.0),
)
"""The logarithm of a coin's moment generating function, which is about y * x near 0."""
is_beyond = logical_and(is_far, absolute(z) < 1e300)
near, beyond = where(is_beyond, 0.0, x), where(is_beyond, x, 690.0)


def is_open(found: Bindings, node: Expr) -> bool:
    """A weight is no number, and x is not what the rule itself has made."""
    x = found["x"].args[0] if found["x"].op == "negative" else found["x"]
    return x.op != "where" and not (is_known(found["y"]) and is_known(found["z"]))


is_small = absolute(x) < 50
size = absolute(where(is_small, 50.0, x))


MORE_THAN_ONE = [
    rule(log((1 + p) + q), log1p(p + q), at={"p": 1e-20, "q": 2e-20}),
    *(
        rule(log(total), log_beside_one(total, rest), at={"x": 1e-20, "y": 3e-20}, when=no_numbers)
        for total, rest in (
            ((1 + x) + y, x + y),
            ((1 + x) - y, x - y),
            ((1 - x) + y, y - x),
        )
    ),
]
"""Sums that hold 1: of 1 + x + y near 1 the digits of x and y are lost before they are added."""

LOGARITHMS = [
    rule(log(exprel(x)), -log_over_rest(-x), at=800.0),
    rule(log(x) - log1mexp(x), log_over_rest(x), at=1e-20),
    rule(
        log(i0(x)),
        where(
            is_small,
            log(i0(where(is_small, x, 0.0))),
            log(i0e(minimum(size, 1e30))) + size,
        ),
        at=800.0,
        when=is_unbounded,
    ),
    rule(norm_pdf(x) / ndtr(x), hazard(x), at=-50.0, when=is_unbounded),
    rule(norm_pdf(x) / ndtr(-x), hazard(-x), at=50.0),
    rule(
        log1p(y * exp(x)),
        log1p(y * exp(where(is_far, 690.0, x))) + where(is_far, x - 690.0, 0.0),
        at={"x": 800.0, "y": 2.0},
        when=of_factor,
    ),
    rule(log((1 - y) + y * exp(x)), of_coin, at={"x": 800.0, "y": 0.3}, when=of_factor),
    rule(log1p(y * expm1(x)), of_coin, at={"x": 800.0, "y": 0.3}, when=of_factor),
    rule(log1p(-(y * -expm1(x))), of_coin, at={"x": 800.0, "y": 0.3}, when=of_factor),
    rule(
        log(-powm1(a, -y)),
        log1mexp(log_power(a, y)),
        at={"number_a": 2.0, "y": 900.0},
        when=positive,
    ),
    rule(
        log(z + y * exp(x)),
        where(is_beyond, x + log(y + z * exp(-beyond)), log(z + y * exp(near))),
        at={"x": 800.0, "y": 0.3, "z": 2.0},
        when=is_open,
    ),
    rule(log1mexp(p**y), log_cloglog(log_power(p, y)), at={"p": 1e-200, "y": 3.0}),
    rule((1 + x) * log1p(x) - x, bennett(x), at=1e-10, when=is_unbounded),
    rule(xlog1py(1 - x, -x) + x, bennett(-x), at=1e-10, when=is_unbounded),
    rule(1 / tanh(x) - 1, 2 * bose_einstein(2 * x), at=40.0),
    rule(
        (x - x * y) + softplus(-x),
        sigmoid_cross_entropy(x, y),
        at={"x": -40.0, "y": 1e-30},
        when=no_layer,
    ),
    rule(
        (1 - y) * x + softplus(-x),
        sigmoid_cross_entropy(x, y),
        at={"x": -40.0, "y": 1e-30},
        when=no_layer,
    ),
    rule(
        (x * y - maximum(x, 0)) - softplus(-absolute(x)),
        -sigmoid_cross_entropy(x, y),
        when=no_layer,
    ),
    rule(
        log(sigmoid_difference(x, y)),
        log1mexp(x - y) - softplus(-x) - softplus(y),
        at={"x": 800.0, "y": 799.0},
    ),
    rule(
        1 - sigmoid(x) * sigmoid(y),
        -expm1(-(softplus(-x) + softplus(-y))),
        at={"x": 40.0, "y": 42.0},
    ),
]
RULES = [
    rule(log(1 / x), -log(x), at=1e-300),
    *mirrored(LOGARITHMS),
    *MORE_THAN_ONE,
    rule(
        1 - (y * sigmoid(x) + (1 - y) * sigmoid(-x)),
        y * sigmoid(-x) + (1 - y) * sigmoid(x),
        at={"x": 40.0, "y": 1.0},
    ),
]
