"""Quotients as textbooks write them, and products with reciprocals, which are 0/0 or inf/inf."""

from ...graph.graph import Expr
from ...ops.activations import sigmoid, softplus, softsign
from ...ops.arithmetic import absolute, square
from ...ops.elementary import (
    arcsin,
    arcsinh,
    arctan,
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
    tan,
    tanh,
)
from ...ops.exponents import exp_share, exponent_sum
from ...ops.hyperbolics import over_expm1, over_sinh
from ...ops.lorentz import arccot, dispersion, log1p_square, lorentzian, saturation
from ...ops.nearby import cos_step, cos_sum, sin_step, sin_sum
from ...ops.relative import (
    arcsinc,
    arcsinhc,
    arctanc,
    arctanhc,
    bernoulli_function,
    bose_einstein,
    erfrel,
    exprel,
    log1prel,
    log1prel_inverse,
    sinhc,
    sinhc_inverse,
    spherical_j0,
    spherical_j0_inverse,
    tanhc,
    tanhc_inverse,
)
from ...ops.remainders import coth_less, log_sinhc
from ...ops.selection import where
from ...ops.special import erf, erfc, erfcx, gaussian
from ...ops.stable import csch, log1mexp, log_ratio, sech, versin
from ..exponentials import Reader
from ..matching import Bindings
from ..rule import Patterns, rule
from .stabilize import no_grid, no_numbers, no_numbers_no_grid, positive

patterns = Patterns()
x, y, z = patterns.any("x", "y", "z")
a, b = patterns.number("a", "b")

low, high = where(absolute(x) < 1e5, x, 0.0), where(absolute(x) < 1e5, 1e5, absolute(x))


below = where(x < 1, x, 0.0)
beyond = where(x < 1, 1.0, x)
log_over_rest = where(x < 1, below / 2 - log_sinhc(below / 2), log_ratio(beyond, -expm1(-beyond)))
"""log(x / (1 - exp(-x))), whose logarithms cancel near 0."""


def is_unbounded(found: Bindings, node: Expr) -> bool:
    """The argument x is not what the rule itself has made."""
    return found["x"].op != "where"


def unrelated(found: Bindings, node: Expr) -> bool:
    """The sum or difference of x and y is no multiple of one node, and no more is computed."""
    form = Reader(node, frozenset()).form
    return no_grid(found, node) and form(found["x"]).factors[0][0] != form(found["y"]).factors[0][0]


def no_small_number(found: Bindings, node: Expr) -> bool:
    """Times a number that overflows, the number a does so too."""
    return abs(float(found["number_a"].params["value"])) >= 1


def above_two(found: Bindings, node: Expr) -> bool:
    """The exponent b is above 2: the slope of a square does not overflow."""
    return float(found["number_b"].params["value"]) > 2


def below_minus_one(found: Bindings, node: Expr) -> bool:
    """The exponent a is that of no quotient, and of no root."""
    return float(found["number_a"].params["value"]) < -1


def negative(found: Bindings, node: Expr) -> bool:
    """The exponent a is negative."""
    return float(found["number_a"].params["value"]) < 0


def as_large(found: Bindings, node: Expr) -> bool:
    """The numerator x has all elements."""
    return found["x"].shape == node.shape


QUOTIENTS = [
    rule(exp(x) * sigmoid(-x), sigmoid(x), at=1000.0),
    rule(
        exp(x) * softplus(-x),
        where(
            x > 0,
            log1prel(exp(-where(x > 0, x, 0.0))),
            exp(where(x > 0, 0.0, x)) * softplus(-x),
        ),
        at=30.0,
    ),
    rule(1 - exp_share(x, y), exp_share(y, x), at={"x": 41.0, "y": 1.0}),
    rule(log(exp_share(x, y)), -softplus(y - x), at={"x": -1000.0, "y": 1.0}),
    rule(exp_share(x, 0.0), sigmoid(x)),
    rule(softplus(exponent_sum(x, y)), softplus(x + y)),
    rule(softplus(-exponent_sum(x, y)), softplus(-(x + y))),
    rule(sigmoid(x) / sigmoid(-x), exp(x)),
    rule(a / (2 * sinh(y)), 0.5 * a * csch(y), at={"number_a": 1.0, "y": 800.0}),
    rule(x / cosh(y), x * sech(y), at={"x": 1.0, "y": 1000.0}),
    rule(x * csch(x), sinhc_inverse(x), at=1e-9),
    rule(a / sinh(y), a * csch(y), at={"number_a": 2.0, "y": 800.0}),
    rule(x / exp(x), x * exp(-x), at=800.0),
    rule(a / exp(y), a * exp(-y), at={"number_a": 2.0, "y": 800.0}, when=no_small_number),
    rule((x / exp(y)) * exp(y), x, at={"x": 3.0, "y": 800.0}, when=as_large),
    rule(-(x / exp(y)) * exp(y), -x, at={"x": 3.0, "y": 800.0}, when=as_large),
    rule(
        exp(x) / exp(y),
        exp(exponent_sum(x, -y)),
        at={"x": 1000.0, "y": 999.0},
        when=unrelated,
    ),
    rule(
        exp(x) * exp(y),
        exp(exponent_sum(x, y)),
        at={"x": 1000.0, "y": -999.0},
        when=unrelated,
    ),
    rule(sin(x) / x, spherical_j0(x), at=1e-9),
    rule(tan(x) / x, spherical_j0(x) / cos(x), at=1e-9),
    rule(sinh(x) / x, sinhc(x), at=1e-9),
    rule(expm1(x) / x, exprel(x), at=4.7e-11),
    rule(-expm1(-x) / x, exprel(-x), at=2.7e-12),
    rule(x / -expm1(-x), bernoulli_function(-x), at=7.7e-10),
    rule(x * bose_einstein(x), bernoulli_function(x), at=0.0),
    rule(x * -bose_einstein(-x), bernoulli_function(-x), at=0.0),
    rule(x * -bose_einstein(x), -bernoulli_function(x), at=0.0),
    rule(exp(x**2) * erfc(x), erfcx(x), at=40.0),
    rule(
        exp(-(x**2)) / erfc(x),
        where(
            x > 0,
            1 / erfcx(where(x > 0, x, 1.0)),
            exp(-(x**2)) / erfc(where(x > 0, 0.0, x)),
        ),
        at=40.0,
    ),
    rule(1 / -expm1(-x), -bose_einstein(-x), at=-800.0),
    rule(a / expm1(y), a * bose_einstein(y), at={"number_a": 2.0, "y": 800.0}),
    rule(
        bose_einstein(x) - 1 / x,
        where(
            x < 4,
            0.5 * coth_less(0.5 * where(x < 4, x, 0.0)) - 0.5,
            bose_einstein(where(x < 4, 4.0, x)) - 1 / where(x < 4, 4.0, x),
        ),
        at=1e-6,
        when=is_unbounded,
    ),
    *(
        rule(left, right, at=1e-20)
        for left, right in (
            (log(x) - log1mexp(x), log_over_rest),
            (-log1mexp(x) + log(x), log_over_rest),
            (log1mexp(x) - log(x), -log_over_rest),
        )
    ),
    rule((-x) / -expm1(x), bernoulli_function(x), at=7.7e-10),
    rule(x / expm1(y), over_expm1(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
    rule(x / -expm1(y), -over_expm1(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
    rule(x / sinh(y), over_sinh(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
    rule(log(sinhc(x)), log_sinhc(x), at=800.0),
    rule(log(sinhc_inverse(x)), -log_sinhc(x), at=800.0),
    rule(log1p(x) / log1p(-x), -log1prel(x) / log1prel(-x), at=1e-9),
    rule(log1p(x) / x, log1prel(x), at=7.7e-10),
    rule(log1p(-x) / x, -log1prel(-x), at=7.7e-10),
    rule(x / log1p(x), log1prel_inverse(x), at=7.7e-10),
    rule(tanh(x) / x, tanhc(x), at=1e-9),
    rule(x / tanh(x), tanhc_inverse(x), at=1e-9),
    rule(arcsin(x) / x, arcsinc(x), at=1e-9),
    rule(arctan(x) / x, arctanc(x), at=1e-9),
    rule(arcsinh(x) / x, arcsinhc(x), at=1e-9),
    rule(arctanh(x) / x, arctanhc(x), at=1e-9),
    rule(erf(x) / x, erfrel(x), at=1e-9),
    rule(x / sin(x), spherical_j0_inverse(x), at=1e-9),
    rule(x / tan(x), cos(x) * spherical_j0_inverse(x), at=1e-9),
    rule(versin(x) / x**2, 0.5 * spherical_j0(x / 2) ** 2, at=1e-9),
    rule(sin(x) ** 2 / x**2, spherical_j0(x) ** 2, at=1e-200),
    rule(x**2 * exp(x) / expm1(x) ** 2, sinhc_inverse(x / 2) ** 2, at=800.0),
    rule(x**4 * exp(x) / expm1(x) ** 2, x**2 * sinhc_inverse(x / 2) ** 2, at=800.0),
    rule(versin(x) / x, sin(x / 2) * spherical_j0(x / 2), at=1.1e-200),
    rule(2 * sin(x / 2) ** 2 / x, sin(x / 2) * spherical_j0(x / 2), at=1.1e-200),
    rule(sin_step(x, y) / y, cos_sum(x, y / 2) * spherical_j0(y / 2), at={"x": 1.0, "y": 1e-12}),
    rule(cos_step(x, y) / y, -sin_sum(x, y / 2) * spherical_j0(y / 2), at={"x": 1.0, "y": 1e-12}),
]

POWERS = [
    rule(
        y / (1 + exp(x)) ** b,
        y * sigmoid(-x) ** b,
        at={"x": 800.0, "y": 1.0, "number_b": 3.0},
        when=above_two,
    ),
    rule(
        a / x**b, a * x ** (-b), at={"x": 1e200, "number_a": 1.0, "number_b": 3.0}, when=above_two
    ),
    rule(1 / (1 + x**2) ** a, lorentzian(x) ** a, at={"x": 1e200, "number_a": 2.0}),
    rule(
        (1 + x**2) ** a,
        lorentzian(x) ** (-a),
        at={"x": 1e200, "number_a": -2.0},
        when=below_minus_one,
    ),
    rule((1 + exp(x)) ** a, sigmoid(-x) ** (-a), at={"x": 800.0, "number_a": -3.0}, when=negative),
    rule(x**y / x**z, x ** (y - z), at={"x": 1e200, "y": 3.0, "z": 2.0}),
    *(
        rule(top / below, right, at={"x": 1e200, "y": 3e200} | numbers, when=no_numbers_no_grid)
        for top, whole in ((x**2, (x / y) ** 2), (-(x**2), -((x / y) ** 2)))
        for below, right, numbers in (
            (y**2, whole, {}),
            (a * y**2, whole / a, {"number_a": 2.0}),
        )
    ),
]
"""Of large x: the slopes of the left sides are 0 times infinity."""

LORENTZIANS = [
    *(rule(1 / (1 + s), lorentzian(x)) for s in (x**2, x * x, square(x))),
    rule(1 / (1 + x**4), lorentzian(x**2)),
    rule(exp(-(x**4)), gaussian(x**2)),
    rule(log1p(x**4), where(absolute(x) < 1e5, log1p_square(low**2), 4 * log(high)), at=1e200),
    rule(x**2 / (1 + x**2) ** 2, dispersion(x) ** 2, at=1e200),
    rule(x / (1 + x**2), dispersion(x), at=1e200),
    rule(a * x / (1 + x**2), a * dispersion(x), at={"x": 1e200, "number_a": 2.0}),
    rule(x * lorentzian(x), dispersion(x), at=1e200),
    rule(x**2 * lorentzian(x), saturation(x), at=1e200),
    rule(x**2 / (1 + x**2), saturation(x), at=1e200),
    rule(x**3 / (1 + x**2), x * saturation(x), at=1e200),
    rule(x**3 * lorentzian(x), x * saturation(x), at=1e200),
    rule(x / (1 + absolute(x)), softsign(x), at=1e10),
    rule(log1p(x**2), log1p_square(x), at=1e200),
    rule(
        log1p(x**2 / a),
        log1p_square(x / sqrt(a)),
        at={"x": 1e200, "number_a": 3.0},
        when=positive,
    ),
    rule(log(x**2 + y**2), 2 * log(hypot(x, y)), at={"x": 1e200, "y": 1e200}, when=no_numbers),
    rule(log(lorentzian(x)), -log1p_square(x), at=1e200),
    rule(lorentzian(exp(x)), sigmoid(-2 * x), at=800.0),
    rule(exp(x) * sigmoid(-2 * x), 0.5 * sech(x), at=800.0),
    rule(arctan(1 / x), arccot(x), at=1e-300),
    rule(arctan(sinh(x)), 2 * arctan(tanh(x / 2)), at=800.0),
]

RULES = [*QUOTIENTS, *POWERS, *LORENTZIANS]
