"""Formulas as textbooks write them, in the form that floating point can bear.

Operands are rewritten before what reads them: the left sides are written in rewritten form.
What needs shapes or literals in any number is in `symgrad.passes.structural`; what is read as sums
of exponentials, such as sigmoid, softplus, tanh and sech, in `symgrad.passes.families.quotients`.
"""

from ...graph.graph import Expr
from ...ops.activations import relu, sigmoid, softplus
from ...ops.arithmetic import absolute
from ...ops.elementary import (
    arccosh,
    arctanh,
    cos,
    cosh,
    exp,
    expm1,
    log,
    log1p,
    log2,
    logaddexp,
    sinh,
    sqrt,
    tan,
    tanh,
)
from ...ops.exponents import exponent_sum
from ...ops.nearby import softplus_difference, square_difference
from ...ops.relative import over_expm1, over_sinh
from ...ops.remainders import cot_less, coth_less, log_sinhc
from ...ops.selection import maximum, minimum, where
from ...ops.special import binary_entropy, erf, erfc, log_ndtr, logit, xlog1py, xlogy
from ...ops.stable import (
    log1mexp,
    log1p_reciprocal,
    log_cloglog,
    log_product,
    log_ratio,
    logcosh,
    sech,
    sigmoid_cross_entropy,
    sigmoid_slope,
    versin,
)
from ...ops.units import is_layer
from ..facts.exponentials import literal
from ..facts.proofs import proves
from ..facts.units import is_slope_of_unit
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, mirrored, of_number, rule

patterns = Patterns()
x, y = patterns.any("x", "y")
(a,) = patterns.number("a")
LN2 = 0.6931471805599453
SQRT2 = 1.4142135623730951
size = minimum(where(x > 0, x, -x), 1e4)  # |x|, at 0 with the slope of one side; beyond it is 0
decay = expm1(where(y > 0, -y, y))  # exp(y) - 1, but for its sign and a factor exp(y) of large y
entropy = sigmoid_cross_entropy(-size, sigmoid(-size))  # of sigmoid(x)


def is_known(node: Expr) -> bool:
    """Whether a node is a number, perhaps one that adopted a dtype, or a size."""
    return literal(node) is not None or (node.op in ("constant", "dim") and not node.ndim)


def no_numbers(found: Bindings, node: Expr) -> bool:
    """Neither is a number."""
    return not is_known(found["x"]) and not is_known(found["y"])


def may_vanish(found: Bindings, node: Expr) -> bool:
    """The factor x may be 0: it is no number, such as 1 / n, and no proof says that it is not."""
    x = found["x"]
    return not (is_known(x) or x.type.python or proves(x, "nonzero"))


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


even = of_number("a", lambda a: a != 0 and a % 2 == 0)
"""The exponent is an even integer, and not 0."""
uneven = of_number("a", lambda a: a % 2 != 0 and abs(a) < float("inf"))
"""The exponent is no even integer, and finite."""


def no_unit(found: Bindings, node: Expr) -> bool:
    """It is not the slope h(1 - h) or 1 - h² of a unit, which is cheap from the unit's value h."""
    return not is_slope_of_unit(node, found["x"])


def no_kept_unit(found: Bindings, node: Expr) -> bool:
    """As `no_unit`, where x is h itself."""
    h = found["x"]
    return not (h.op in ("tanh", "sigmoid") and is_slope_of_unit(node, h.args[0]))


def no_layer(found: Bindings, node: Expr) -> bool:
    """It is not the loss of units of a layer, whose slopes stay those of units."""
    return no_numbers(found, node) and not is_layer(found["x"])


positive = of_number("a", lambda a: a > 0)
"""The number is positive."""


LOGARITHMS = [
    rule(log(sigmoid(x)), -softplus(-x), at=-1000.0),
    rule(log1p(-sigmoid(x)), -softplus(x), at=1000.0),
    rule(xlogy(y, sigmoid(x)), y * -softplus(-x), at={"x": -1000.0, "y": 1.0}),
    rule(xlog1py(y, -sigmoid(x)), y * -softplus(x), at={"x": 1000.0, "y": 1.0}),
    rule(log1mexp(exp(x)), log_cloglog(x), at=-800.0),
    rule(log(sech(x)), -logcosh(x), at=1000.0),
    rule(log(sigmoid_slope(x)), -2 * (logcosh(0.5 * x) + LN2), at=1000.0),
    rule(log(tanh(x)), log1mexp(2 * x) - softplus(-2 * x), at=30.0),
    rule(log((1 + x) / (1 - x)), 2 * arctanh(x), at=1e-20),
    rule(log((1 - x) / (1 + x)), -2 * arctanh(x), at=1e-20),
    rule(log(x / (1 - x)), logit(x), at=0.5 + 7.7e-10),
    rule(log((1 - x) / x), -logit(x), at=0.5 + 7.7e-10),
    rule(log(1 / x - 1), -logit(x), at=0.5 + 7.7e-10),
    rule(log((1 + x) / x), log1p_reciprocal(x), at=1e20),
    rule(log1p(1 / x), log1p_reciprocal(x), at=1e-300),
    rule(log(1 + x), log1p(x), at=1e-20),
    rule(log(1 - x), log1p(-x), at=1e-20),
    rule(log(x + sqrt(square_difference(x, 1.0))), arccosh(x), at=1e200),
    rule(log(sqrt(x)), 0.5 * log(x)),
    rule(log(x**2), 2 * log(absolute(x)), at=1e200),
    rule(log(x**a), a * log(absolute(x)), at={"x": 1e200, "number_a": 2.0}, when=even),
    rule(log(x**a), a * log(x), at={"x": 1e200, "number_a": 3.0}, when=uneven),
    rule(log(0.5 * erfc(x)), log_ndtr(-SQRT2 * x), at=-8.0),
    rule(
        log(erfc(x)), where(x < 1, log1p(-erf(minimum(x, 1))), log_ndtr(-SQRT2 * x) + LN2), at=40.0
    ),
    rule(
        log(over_expm1(x, y)),
        log_ratio(x, where(y > 0, -decay, decay)) - where(y > 0, y, 0.0),
        at={"x": 1.0, "y": 800.0},
    ),
    rule(log(over_sinh(x, y)), log_ratio(x, y) - log_sinhc(y), at={"x": 1.0, "y": 800.0}),
    rule(log(x / y), log_ratio(x, y), at={"x": 1e200, "y": 1e-200}, when=no_numbers),
    rule(log(x * y), log_product(x, y), at={"x": 1e200, "y": 2e200}, when=no_numbers),
    rule(log1p(x) - log1p(-x), 2 * arctanh(x)),
    rule((1 + x) * log1p(x) - xlogy(x, x), log1p(x) + x * log1p_reciprocal(x), at=1e15),
    rule(log(x) - log1p(-x), logit(x)),
    rule(log1p(x) - log(x), log1p_reciprocal(x), at=1e20),
    rule(log(x) - log(x - 1), log1p_reciprocal(x - 1), at=1e10),
    rule(
        log(x) - log(y), log_ratio(x, y), at={"x": 3.0 + 1e-12, "y": 3.0}, when=no_numbers_no_grid
    ),
    rule(arctanh(2 * x - 1), 0.5 * logit(x), at=1e-20),
    rule(log2(1 - x), log1p(-x) / LN2, at=1e-20),
    rule(log(cos(x)), -log1p(versin(x) / cos(x)), at=1e-9),
    rule(logaddexp(x, -x), logcosh(x) + LN2, at=1e-20),
    rule(logaddexp(x - y, y - x), logcosh(x - y) + LN2, when=same_shape),
    rule(logaddexp(x, 0.0), softplus(x)),
    rule(x * log(y), xlogy(x, y), at={"x": 0.0, "y": 0.0}, when=may_vanish_both),
    rule(x * -log(y), -xlogy(x, y), at={"x": 0.0, "y": 0.0}, when=may_vanish_both),
    rule(x * log1p(-y), xlog1py(x, -y), at={"x": 0.0, "y": 1.0}, when=may_vanish),
    rule(xlogy(x, x) + xlog1py(1 - x, -x), -binary_entropy(x)),
    rule(xlogy(-x, x) - xlog1py(1 - x, -x), binary_entropy(x)),
    rule(-xlogy(x, x) - xlog1py(1 - x, -x), binary_entropy(x)),
    *(
        rule(left, right, at=1e-20)
        for left, right in (
            (binary_entropy(sigmoid(x)), entropy),
            (sigmoid(x) * softplus(-x) + sigmoid(-x) * softplus(x), entropy),
            (-sigmoid(x) * -softplus(-x) - sigmoid(-x) * -softplus(x), entropy),
            (sigmoid(x) * -softplus(-x) + sigmoid(-x) * -softplus(x), -entropy),
        )
    ),
]

SUMS = [
    rule(x + softplus(-x), softplus(x), at=-40.0),
    rule(x - softplus(x), -softplus(-x), at=40.0),
    rule(-softplus(-x) - x, -softplus(x), at=-40.0),
    rule(x + softplus(y - x), logaddexp(x, y), at={"x": -1e10, "y": 1e-3}),
    rule(
        x - logaddexp(x, y),
        -softplus(exponent_sum(y, -x)),
        at={"x": 600.0, "y": 30.0},
        when=no_numbers,
    ),
    rule(relu(x) + softplus(-absolute(x)), softplus(x)),
    rule(maximum(x, 0) + softplus(-absolute(x)), softplus(x)),
    rule(softplus(-x) - softplus(x), -x),
    rule(softplus(x) + log1mexp(softplus(x)), x, at=-800.0),
    rule(softplus(-x) + softplus(x), 2 * logcosh(0.5 * x) + 2 * LN2, at=1e-20),
    *(
        rule(where(known, sigmoid(absolute(x)), sigmoid(-absolute(x))), sigmoid(x))
        for known in (x >= 0, x > 0)
    ),
    rule(softplus(-y * x) + softplus(y * x), 2 * logcosh(0.5 * (y * x)) + 2 * LN2),
    rule(softplus(x) - maximum(x, 0), softplus(-absolute(x)), at=30.0),
    rule(softplus(x) - relu(x), softplus(-absolute(x)), at=30.0),
    rule(softplus(x) - x * y, sigmoid_cross_entropy(x, y), at={"x": 30.0, "y": 1.0}, when=no_layer),
    *(
        rule((rest - x * y) + softplus(-absolute(x)), sigmoid_cross_entropy(x, y), when=no_layer)
        for rest in (maximum(x, 0), relu(x))
    ),
    rule(minimum(x, 0) - softplus(-absolute(x)), -softplus(-x)),
    rule(maximum(x, y) + softplus(-absolute(x - y)), logaddexp(x, y)),
    rule(absolute(x) + softplus(-2 * absolute(x)), logaddexp(x, -x)),
    rule(x + softplus(-2 * x), logaddexp(x, -x)),
    *(
        r
        for ln2 in (log(x.graph.constant(2)), LN2)
        for r in (
            rule((x - ln2) + softplus(-2 * x), logcosh(x)),
            rule(softplus(x) - ln2, softplus_difference(x, 0.0)),
            rule(softplus_difference(x, 0.0) + ln2, softplus(x)),
        )
    ),
    rule(x + softplus_difference(-2 * x, 0.0), logcosh(x)),
    rule(logcosh(x) - absolute(x), softplus_difference(-2 * absolute(x), 0.0), at=40.0),
]

DIFFERENCES = [
    rule(exp(x) - exp(-x), 2 * sinh(x), at=1e-20),
    rule(cosh(x) - sinh(x), exp(-x), at=40.0),
    rule(cosh(x) + sinh(x), exp(x), at=-40.0),
    rule(1 - tanh(x) ** 2, sech(x) ** 2, at=40.0, when=no_unit),
    rule(1 - sech(x) ** 2, tanh(x) ** 2, at=1e-9),
    rule(1 / tan(x) - 1 / x, cot_less(x), at=1e-9),
    rule(1 / tanh(x) - 1 / x, coth_less(x), at=1e-9),
]

BOUNDS = [
    rule(minimum(exp(x), 1), exp(minimum(x, 0))),
    rule(minimum(expm1(x), 0), expm1(minimum(x, 0))),
]
"""What is bounded overflows before it is."""

RULES = [*mirrored([*LOGARITHMS, *SUMS, *DIFFERENCES]), *BOUNDS]
