"""Formulas as textbooks write them, in the form that floating point can bear.

Operands are rewritten before what reads them: the left sides are written in rewritten form.
What needs shapes or literals in any number is in `symgrad.passes.structural`.
"""

from ...graph.graph import Expr
from ...ops.activations import relu, sigmoid, softplus, softsign
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
    log2,
    logaddexp,
    logaddexp2,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from ...ops.lorentz import arccot, dispersion, log1p_square, lorentzian
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
from ...ops.remainders import expm1_less, log1p_less, log_less, sin_less, sinh_less
from ...ops.selection import equal, maximum, minimum, where
from ...ops.special import erf, erfc, erfcx, log_ndtr, logit, xlog1py, xlogy
from ...ops.stable import (
    csch,
    log1mexp,
    log1p_reciprocal,
    log_cloglog,
    log_product,
    log_ratio,
    logcosh,
    sech,
    versin,
)
from ..proofs import proves
from ..rule import Bindings, Patterns, rule
from ..units import is_slope_of_unit

patterns = Patterns()
x, y = patterns.any("x", "y")
(a,) = patterns.number("a")
LN2 = 0.6931471805599453
SQRT2 = 1.4142135623730951


def is_known(node: Expr) -> bool:
    """Whether a node is a number, or a size."""
    return node.op in ("constant", "dim") and not node.ndim


def no_numbers(found: Bindings, node: Expr) -> bool:
    """Neither is a number."""
    return not is_known(found["x"]) and not is_known(found["y"])


def may_vanish(found: Bindings, node: Expr) -> bool:
    """The factor x may be 0: it is no number, and no proof says that it is not."""
    return not is_known(found["x"]) and not proves(found["x"], "nonzero")


def may_vanish_both(found: Bindings, node: Expr) -> bool:
    """The factor x may be 0 where y is no positive number."""
    return may_vanish(found, node) and not proves(found["y"], "positive")


def no_grid(found: Bindings, node: Expr) -> bool:
    """No more is computed than before: one of them has all elements."""
    return node.shape in (found["x"].shape, found["y"].shape)


def no_numbers_no_grid(found: Bindings, node: Expr) -> bool:
    """Both at once."""
    return no_numbers(found, node) and no_grid(found, node)


def same_shape(found: Bindings, node: Expr) -> bool:
    """No more is computed than before: x and y have one shape."""
    return found["x"].shape == found["y"].shape


def even(found: Bindings, node: Expr) -> bool:
    """The exponent is an even integer, and not 0."""
    p = float(found["number_a"].params["value"])
    return p != 0 and p % 2 == 0


def uneven(found: Bindings, node: Expr) -> bool:
    """The exponent is no even integer, and finite."""
    p = float(found["number_a"].params["value"])
    return p % 2 != 0 and abs(p) < float("inf")


def no_unit(found: Bindings, node: Expr) -> bool:
    """It is not the slope h(1 - h) or 1 - h² of a unit, which is cheap from the unit's value h."""
    return not is_slope_of_unit(node, found["x"])


def no_kept_unit(found: Bindings, node: Expr) -> bool:
    """As `no_unit`, where x is h itself."""
    h = found["x"]
    return not (h.op in ("tanh", "sigmoid") and is_slope_of_unit(node, h.args[0]))


def positive(found: Bindings, node: Expr) -> bool:
    """The number is positive."""
    return bool(found["number_a"].params["value"] > 0)


LOGARITHMS = [
    rule(log(1 + exp(x)), softplus(x), at=1000.0),
    rule(log1p(exp(x)), softplus(x), at=1000.0),
    rule(log2(1 + 2**x), logaddexp2(0.0, x), at=2000.0),
    rule(log(sigmoid(x)), -softplus(-x), at=-1000.0),
    rule(log(1 - sigmoid(x)), -softplus(x), at=1000.0),
    rule(log1p(-sigmoid(x)), -softplus(x), at=1000.0),
    rule(log1p(-exp(-x)), log1mexp(x), at=1e-20),
    rule(log1mexp(exp(x)), log_cloglog(x), at=-800.0),
    rule(log(cosh(x)), logcosh(x), at=1000.0),
    rule(log(sech(x)), -logcosh(x), at=1000.0),
    rule(log(exp(x)), x, at=1000.0),
    rule(log((1 + x) / (1 - x)), 2 * arctanh(x), at=1e-20),
    rule(log((1 - x) / (1 + x)), -2 * arctanh(x), at=1e-20),
    rule(log(x / (1 - x)), logit(x), at=0.5 + 7.7e-10),
    rule(log((1 - x) / x), -logit(x), at=0.5 + 7.7e-10),
    rule(log(1 / x - 1), -logit(x), at=0.5 + 7.7e-10),
    rule(log((1 + x) / x), log1p_reciprocal(x), at=1e20),
    rule(log1p(1 / x), log1p_reciprocal(x), at=1e-300),
    rule(log(1 + x), log1p(x), at=1e-20),
    rule(log(1 - x), log1p(-x), at=1e-20),
    rule(log(x + hypot(1.0, x)), arcsinh(x), at=-1e20),
    rule(log(1 / x), -log(x), at=1e-300),
    rule(log(sqrt(x)), 0.5 * log(x)),
    rule(log(x**2), 2 * log(absolute(x)), at=1e200),
    rule(log(x**a), a * log(absolute(x)), at={"x": 1e200, "number_a": 2.0}, when=even),
    rule(log(x**a), a * log(x), at={"x": 1e200, "number_a": 3.0}, when=uneven),
    rule(log(0.5 * erfc(x)), log_ndtr(-SQRT2 * x), at=-8.0),
    rule(
        log(erfc(x)),
        where(x < 1, log1p(-erf(minimum(x, 1))), log_ndtr(-SQRT2 * x) + LN2),
        at=40.0,
    ),
    rule(log(x * sigmoid(y)), log(x) - softplus(-y), at={"x": 1.0, "y": -1000.0}),
    rule(log(x / sigmoid(y)), log(x) + softplus(-y), at={"x": 1.0, "y": -1000.0}),
    rule(log(x * exp(y)), log(x) + y, at={"x": 1.0, "y": -1000.0}),
    rule(log(x / exp(y)), log(x) - y, at={"x": 1.0, "y": 1000.0}),
    rule(log(x / y), log_ratio(x, y), at={"x": 1e200, "y": 1e-200}, when=no_numbers),
    rule(log(x * y), log_product(x, y), at={"x": 1e200, "y": 2e200}, when=no_numbers),
    rule(log1p(x) - log1p(-x), 2 * arctanh(x)),
    rule(log1p(-x) - log1p(x), -2 * arctanh(x)),
    rule((1 + x) * log1p(x) - xlogy(x, x), log1p(x) + x * log1p_reciprocal(x), at=1e15),
    rule(log(x) - log1p(-x), logit(x)),
    rule(log1p(x) - log(x), log1p_reciprocal(x), at=1e20),
    rule(log(x) - log(x - 1), log1p_reciprocal(x - 1), at=1e10),
    rule(
        log(x) - log(y), log_ratio(x, y), at={"x": 3.0 + 1e-12, "y": 3.0}, when=no_numbers_no_grid
    ),
    rule(arctanh(2 * x - 1), 0.5 * logit(x), at=1e-20),
    rule(logaddexp(x, -x), logcosh(x) + LN2, at=1e-20),
    rule((logcosh(x) + LN2) - log(x.graph.constant(2)), logcosh(x)),
    rule(x * log(y), xlogy(x, y), at={"x": 0.0, "y": 0.0}, when=may_vanish_both),
    rule(x * -log(y), -xlogy(x, y), at={"x": 0.0, "y": 0.0}, when=may_vanish_both),
    rule(
        x * (log(x) - y),
        x * (log(where(equal(x, 0), 1.0, x)) - y),
        at={"x": 0.0, "y": 1.0},
        when=may_vanish,
    ),
    rule(
        x * log_ratio(x, y),
        x * log_ratio(where(equal(x, 0), 1.0, x), where(equal(x, 0), 1.0, y)),
        at={"x": 0.0, "y": 1.0},
        when=may_vanish,
    ),
    rule(x * log1p(-y), xlog1py(x, -y), at={"x": 0.0, "y": 1.0}, when=may_vanish),
]

SUMS = [
    rule(x + softplus(-x), softplus(x), at=-40.0),
    rule(x - softplus(x), -softplus(-x), at=40.0),
    rule(softplus(x) - x, softplus(-x), at=40.0),
    rule(-softplus(-x) - x, -softplus(x), at=-40.0),
    rule(x + softplus(y - x), logaddexp(x, y), at={"x": -1e10, "y": 1e-3}),
    rule(relu(x) + softplus(-absolute(x)), softplus(x)),
    rule(maximum(x, 0) + softplus(-absolute(x)), softplus(x)),
    rule(softplus(-x) - softplus(x), -x),
    rule(softplus(x) - softplus(-x), x),
    rule(minimum(x, 0) - softplus(-absolute(x)), -softplus(-x)),
    rule(maximum(x, y) + softplus(-absolute(x - y)), logaddexp(x, y)),
    rule(absolute(x) + softplus(-2 * absolute(x)), logaddexp(x, -x)),
    rule(x + softplus(-2 * x), logaddexp(x, -x)),
]

DIFFERENCES = [
    rule(exp(x) - 1, expm1(x), at=1e-20),
    rule(exp(x) - exp(-x), 2 * sinh(x), at=1e-20),
    rule(1 - sigmoid(x), sigmoid(-x), at=40.0, when=no_unit),
    rule(1 - tanh(x) ** 2, sech(x) ** 2, at=40.0, when=no_unit),
    rule(1 - cos(x), versin(x), at=1e-20),
    rule(cos(x) - 1, -versin(x), at=1e-20),
    rule(expm1(x) - x, expm1_less(x), at=1e-9),
    rule((exp(x) - x) - 1, expm1_less(x), at=1e-9),
    rule(expm1(-x) + x, expm1_less(-x), at=1e-9),
    rule(log1p(x) - x, log1p_less(x), at=1e-9),
    rule(x - log1p(x), -log1p_less(x), at=1e-9),
    rule((x - 1) - log(x), -log_less(x), at=1 + 1.2345e-8),
    rule((x - log(x)) - 1, -log_less(x), at=1 + 1.2345e-8),
    rule((log(x) - x) + 1, log_less(x), at=1 + 1.2345e-8),
    rule(log(x) - (x - 1), log_less(x), at=1 + 1.2345e-8),
    rule(sin(x) - x, sin_less(x), at=1e-5),
    rule(x - sin(x), -sin_less(x), at=1e-5),
    rule(sinh(x) - x, sinh_less(x), at=1e-5),
    rule(cosh(x) - sinh(x), exp(-x), at=40.0),
    rule(hypot(1.0, x) - 1, x * tanh(0.5 * arcsinh(x)), at=1e-10),
]

QUOTIENTS = [
    rule(1 / (1 + exp(-x)), sigmoid(x), at=-1000.0),
    rule(exp(x) / (1 + exp(x)), sigmoid(x), at=1000.0),
    rule(1 / (1 + exp(x)), sigmoid(-x), at=1000.0),
    rule(exp(x) * sigmoid(-x), sigmoid(x), at=1000.0),
    rule(sigmoid(x) / sigmoid(-x), exp(x)),
    rule(sinh(x) / cosh(x), tanh(x), at=1000.0),
    rule(1 / cosh(x), sech(x), at=1000.0),
    rule(1 / cosh(x) ** 2, sech(x) ** 2),
    rule(1 / sinh(x), csch(x), at=800.0),
    rule(a / (2 * sinh(y)), 0.5 * a * csch(y), at={"number_a": 1.0, "y": 800.0}),
    rule(x / cosh(y), x * sech(y), at={"x": 1.0, "y": 1000.0}),
    rule(x / sinh(x), sinhc_inverse(x), at=1e-9),
    rule(a / sinh(y), a * csch(y), at={"number_a": 2.0, "y": 800.0}),
    rule(exp(x) / exp(y), exp(x - y), at={"x": 1000.0, "y": 999.0}, when=no_grid),
    rule(exp(x) * exp(y), exp(x + y), at={"x": 1000.0, "y": -999.0}, when=no_grid),
    rule(sin(x) / x, spherical_j0(x), at=1e-9),
    rule(tan(x) / x, spherical_j0(x) / cos(x), at=1e-9),
    rule(sinh(x) / x, sinhc(x), at=1e-9),
    rule(expm1(x) / x, exprel(x), at=4.7e-11),
    rule(-expm1(-x) / x, exprel(-x), at=2.7e-12),
    rule(x / -expm1(-x), bernoulli_function(-x), at=7.7e-10),
    rule(x * bose_einstein(x), bernoulli_function(x), at=0.0),
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
    rule(1 / -expm1(-x), -bose_einstein(-x), at=-800.0),
    rule(a / expm1(y), a * bose_einstein(y), at={"number_a": 2.0, "y": 800.0}),
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

RULES = [*LOGARITHMS, *SUMS, *DIFFERENCES, *QUOTIENTS, *LORENTZIANS]
