"""Formulas as textbooks write them, in the form that floating point can bear.

Operands are rewritten before what reads them: the left sides are written in rewritten form.
What needs shapes or literals in any number is in `symgrad.passes.structural`.
"""

from ...graph.graph import Expr
from ...ops.activations import relu, sigmoid, softplus
from ...ops.arithmetic import absolute
from ...ops.elementary import (
    arcsinh,
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
from ...ops.selection import equal, maximum, minimum, where
from ...ops.special import erfc, log_ndtr, logit, xlog1py, xlogy
from ...ops.stable import (
    exprel,
    log1mexp,
    log1p_reciprocal,
    log1prel,
    log_product,
    log_ratio,
    logcosh,
    sech,
    sinhc,
    spherical_j0,
    versin,
)
from ..proofs import proves
from ..rule import Bindings, Patterns, rule
from ..units import is_slope_of_unit

patterns = Patterns()
x, y = patterns.any("x", "y")
(a,) = patterns.number("a")
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
    rule(logaddexp(x, -x) - log(x.graph.constant(2)), logcosh(x), at=1e-7),
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
    rule(x / cosh(y), x * sech(y), at={"x": 1.0, "y": 1000.0}),
    rule(exp(x) / exp(y), exp(x - y), at={"x": 1000.0, "y": 999.0}, when=no_grid),
    rule(exp(x) * exp(y), exp(x + y), at={"x": 1000.0, "y": -999.0}, when=no_grid),
    rule(sin(x) / x, spherical_j0(x), at=1e-9),
    rule(tan(x) / x, spherical_j0(x) / cos(x), at=1e-9),
    rule(sinh(x) / x, sinhc(x), at=1e-9),
    rule(expm1(x) / x, exprel(x), at=4.7e-11),
    rule(-expm1(-x) / x, exprel(-x), at=2.7e-12),
    rule(x / expm1(x), 1 / exprel(x), at=7.7e-10),
    rule(log1p(x) / x, log1prel(x), at=7.7e-10),
    rule(versin(x) / x**2, 0.5 * spherical_j0(x / 2) ** 2, at=1e-9),
    rule(versin(x) / x, sin(x / 2) * spherical_j0(x / 2), at=1.1e-200),
]

RULES = [*LOGARITHMS, *SUMS, *DIFFERENCES, *QUOTIENTS]
