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
    tanhc,
    tanhc_inverse,
)
from ...ops.selection import where
from ...ops.special import erf, erfc, erfcx
from ...ops.stable import csch, sech, versin
from ..exponentials import Reader
from ..matching import Bindings
from ..rule import Patterns, rule
from .stabilize import no_grid, no_numbers, no_numbers_no_grid, positive

patterns = Patterns()
x, y = patterns.any("x", "y")
(a,) = patterns.number("a")


def unrelated(found: Bindings, node: Expr) -> bool:
    """The sum or difference of x and y is no multiple of one node, and no more is computed."""
    form = Reader(node, frozenset()).form
    return no_grid(found, node) and form(found["x"]).factors[0][0] != form(found["y"]).factors[0][0]


def no_small_number(found: Bindings, node: Expr) -> bool:
    """Times a number that overflows, the number a does so too."""
    return abs(float(found["number_a"].params["value"])) >= 1


def as_large(found: Bindings, node: Expr) -> bool:
    """The numerator x has all elements."""
    return found["x"].shape == node.shape


QUOTIENTS = [
    rule(1 / (1 + exp(-x)), sigmoid(x), at=-1000.0),
    rule(exp(x) / (1 + exp(x)), sigmoid(x), at=1000.0),
    rule(1 / (1 + exp(x)), sigmoid(-x), at=1000.0),
    rule(exp(x) * sigmoid(-x), sigmoid(x), at=1000.0),
    rule(1 - exp_share(x, y), exp_share(y, x), at={"x": 41.0, "y": 1.0}),
    rule(log(exp_share(x, y)), -softplus(y - x), at={"x": -1000.0, "y": 1.0}),
    rule(exp_share(x, 0.0), sigmoid(x)),
    rule(softplus(exponent_sum(x, y)), softplus(x + y)),
    rule(softplus(-exponent_sum(x, y)), softplus(-(x + y))),
    rule(sigmoid(x) / sigmoid(-x), exp(x)),
    rule(sinh(x) / cosh(x), tanh(x), at=1000.0),
    rule(sinh(x) * sech(x), tanh(x), at=1000.0),
    rule(1 / cosh(x), sech(x), at=1000.0),
    rule(1 / cosh(x) ** 2, sech(x) ** 2),
    rule(1 / sinh(x), csch(x), at=800.0),
    rule(a / (2 * sinh(y)), 0.5 * a * csch(y), at={"number_a": 1.0, "y": 800.0}),
    rule(x / cosh(y), x * sech(y), at={"x": 1.0, "y": 1000.0}),
    rule(x / sinh(x), sinhc_inverse(x), at=1e-9),
    rule(x * csch(x), sinhc_inverse(x), at=1e-9),
    rule(a / sinh(y), a * csch(y), at={"number_a": 2.0, "y": 800.0}),
    rule(1 / exp(x), exp(-x), at=800.0),
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
    rule(exp(x) / exp(y), exp(x - y), at={"x": 1000.0, "y": 999.0}, when=no_grid),
    rule(exp(x) * exp(y), exp(x + y), at={"x": 1000.0, "y": -999.0}, when=no_grid),
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
    rule(x / expm1(x), bernoulli_function(x), at=7.7e-10),
    rule(1 / expm1(x), bose_einstein(x), at=800.0),
    rule(exp(x) / expm1(x), -bose_einstein(-x), at=800.0),
    rule(exp(x) * bose_einstein(x), -bose_einstein(-x), at=800.0),
    rule(1 / -expm1(-x), -bose_einstein(-x), at=-800.0),
    rule(a / expm1(y), a * bose_einstein(y), at={"number_a": 2.0, "y": 800.0}),
    rule((-x) / -expm1(x), bernoulli_function(x), at=7.7e-10),
    rule(x / expm1(y), over_expm1(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
    rule(x / -expm1(y), -over_expm1(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
    rule(x / sinh(y), over_sinh(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
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
    rule(x / sin(x), 1 / spherical_j0(x), at=1e-9),
    rule(x / tan(x), cos(x) / spherical_j0(x), at=1e-9),
    rule(versin(x) / x**2, 0.5 * spherical_j0(x / 2) ** 2, at=1e-9),
    rule(versin(x) / x, sin(x / 2) * spherical_j0(x / 2), at=1.1e-200),
]

LORENTZIANS = [
    *(rule(1 / (1 + s), lorentzian(x)) for s in (x**2, x * x, square(x))),
    rule(x / (1 + x**2), dispersion(x), at=1e200),
    rule(x * lorentzian(x), dispersion(x), at=1e200),
    rule(x**2 * lorentzian(x), saturation(x), at=1e200),
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

RULES = [*QUOTIENTS, *LORENTZIANS]
