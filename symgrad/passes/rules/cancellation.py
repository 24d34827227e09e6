"""Differences whose digits cancel, and quotients whose slopes do.

The right sides keep their digits in the value, and in the slopes that differentiation makes of
them. What is more particular comes first. Hamming, "Numerical Methods for Scientists and
Engineers", chapter 3; Higham, "Accuracy and Stability of Numerical Algorithms", sections 1.7, 1.8.
"""

from math import pi

from ...graph.graph import Expr
from ...ops.activations import sigmoid, softplus
from ...ops.arithmetic import absolute
from ...ops.elementary import (
    arccosh,
    arcsinh,
    arctan,
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
)
from ...ops.lorentz import arctan_step, dispersion_slope, lorentzian, saturation
from ...ops.nearby import (
    arctan_difference,
    contrast,
    cos_angle,
    cos_difference,
    exp_difference,
    log_cos_angle,
    log_share,
    log_square_difference,
    parallel,
    pole_difference,
    power_difference,
    reciprocal_difference,
    reciprocal_step,
    sec_difference,
    share,
    sigmoid_difference,
    sin_difference,
    sin_sum,
    softplus_difference,
    square_difference,
    square_step,
    tan_difference,
)
from ...ops.relative import tanc_inverse
from ...ops.remainders import cot_less, divergence, log_ratio_less, sin_less, versin_less
from ...ops.selection import equal, logical_and, where
from ...ops.special import xlogy
from ...ops.stable import coshm1, log_ratio, sigmoid_minus, versin
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, mirrored, rule
from .stabilize import is_known, no_grid, no_kept_unit, no_layer, no_numbers, same_shape

patterns = Patterns()
x, y, z = patterns.any("x", "y", "z")
a, b = patterns.number("a", "b")
SQRT2 = 1.4142135623730951
CLOSE = {"x": 3 + 1.2345e-8, "y": 3.0}
CLOSER = {"x": 3 + 1.2345e-9, "y": 3.0}


def one_size(found: Bindings, node: Expr) -> bool:
    """Neither is a number, and no more is computed than before."""
    return no_numbers(found, node) and same_shape(found, node)


def of_one_size(found: Bindings, node: Expr) -> bool:
    """The numerator x is no number, and no more is computed than before."""
    return no_grid(found, node) and not is_known(found["x"])


def of_one_shape(found: Bindings, node: Expr) -> bool:
    """None is a number, and no more is computed than before."""
    return all(v.shape == node.shape and not is_known(v) for v in found.values())


RECIPROCALS = [
    rule(1 / cos(x) - 1 / cos(y), sec_difference(x, y), at=CLOSE, when=one_size),
    rule(
        (x - y) / (x * y), reciprocal_difference(y, x), at={"x": 1e200, "y": 3e200}, when=one_size
    ),
    rule(
        1 / x - a / (a * x + b),
        b / x / (a * x + b),
        at={"x": 1e20, "number_a": 2.0, "number_b": 3.0},
    ),
    rule(1 / x - 1 / (x + a), (a / x) / (x + a), at={"x": 1e20, "number_a": 2.0}),
    rule(1 / (x + a) - 1 / x, (-a / x) / (x + a), at={"x": 1e20, "number_a": 2.0}),
    rule(1 / (x - a) - 1 / (x + a), (2 * a / (x - a)) / (x + a), at={"x": 1e20, "number_a": 2.0}),
    rule(1 / (x * y) - 1 / x**2, reciprocal_difference(y, x) / x, at=CLOSE, when=one_size),
    rule(1 / x**2 - 1 / (x * y), reciprocal_difference(x, y) / x, at=CLOSE, when=one_size),
    *(
        rule(
            (1 / first - 2 / x) + 1 / last,
            2 * (a / (x - a)) * (a / (x + a)) / x,
            at={"x": 1e10, "number_a": 2.0},
        )
        for first, last in ((x + a, x - a), (x - a, x + a))
    ),
    rule(
        reciprocal_difference(x + a, x + b),
        (b - a) / (x + a) / (x + b),
        at={"x": 1e10, "number_a": 2.0, "number_b": 3.0},
    ),
    rule(1 / x - 1 / y, reciprocal_difference(x, y), at={"x": 3 + 1e-12, "y": 3}, when=one_size),
    rule(x / (x + y), share(x, y), at={"x": 1e20, "y": 3.0}, when=of_one_size),
    rule(x / (x - y), share(x, -y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(share(x, y) / x, 1 / (x + y), at={"x": 1e-10, "y": 3.0}),
    rule(cos_angle(x, y) / x, 1 / hypot(x, y), at={"x": 1e-10, "y": 3.0}),
    rule((-x) / (y - x), share(-x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(x / (y - x), -share(-x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(1 - 1 / (1 + x), -reciprocal_step(1.0, x), at=1e-20),
    rule(
        z / (x - y) - z / (x + y),
        pole_difference(z, x, y),
        at={"x": 1e10, "y": 1e-10, "z": 3.0},
        when=of_one_shape,
    ),
    rule(1 / (1 - x) - 1, reciprocal_step(1.0, -x), at=1e-20),
    rule(x * y / (x + y), parallel(x, y), at={"x": 1e200, "y": 1e180}, when=one_size),
    rule(x * share(y, x), parallel(x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(1 / (1 / x + 1 / y), parallel(x, y), at={"x": 1e-200, "y": 3.0}, when=one_size),
    rule(2 / (1 / x + 1 / y), 2 * parallel(x, y), at={"x": 1e-200, "y": 3.0}, when=one_size),
    rule((2 * x) * y / (x + y), 2 * parallel(x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(2 * (x * y) / (x + y), 2 * parallel(x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule((x - y) / (x + y), contrast(x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(y - (1 + x) * y, -(x * y), at={"x": 1e-10, "y": 1.0}),
    rule(1 - lorentzian(x), saturation(x), at=1e-20),
    *(
        rule(slope, dispersion_slope(x), at=1e200)
        for slope in (
            square_difference(1.0, x) / (1 + x**2) ** 2,
            square_difference(1.0, x) * lorentzian(x) ** 2,
        )
    ),
    rule(share(x, 1.0) - (x - 1) / x, 1 / x / (x + 1), at=1e10),
]


def is_angle(found: Bindings, node: Expr) -> bool:
    """The angle z is not what the rule itself has made."""
    return same_shape(found, node) and found["z"].op != "where"


alike = logical_and(absolute(x - y) < absolute(x + y) / 3, absolute(z) < 1)
third_side = (x - y) ** 2 + 2 * x * y * versin(where(alike, z, 0.0))

SQUARES = [
    rule(x - x**2, x * (1 - x), at=1 - 1.2345e-8),
    rule((1 - x) - x, 1 - 2 * x, at=0.5 - 2**-54),
    rule((1 + x) ** 2 - 1, square_step(1.0, x), at=1e-20),
    rule(1 - (1 - x) ** 2, -square_step(1.0, -x), at=1e-20),
    rule((x + a) ** 2 - x**2, a * (2 * x + a), at={"x": 1e20, "number_a": 2.0}),
    rule(square_difference(1.0, x) - (1 - x) ** 2, 2 * x * (1 - x), at=1e-20),
    rule((x**2 + y**2) / 2 - ((x + y) / 2) ** 2, ((x - y) / 2) ** 2, at=CLOSE, when=same_shape),
    rule(x**2 - 2 * x * y + y**2, (x - y) ** 2, at=CLOSE, when=same_shape),
    rule(x**2 - 2 * x + 1, (x - 1) ** 2, at=1 + 1e-9),
    rule(exp(2 * x) - 2 * exp(x) + 1, expm1(x) ** 2, at=1e-9),
    rule(
        x**2 + y**2 - 2 * x * y * cos(z),
        where(alike, third_side, x**2 + y**2 - 2 * x * y * cos(where(alike, 1.0, z))),
        at={"x": 1.0, "y": 1.0, "z": 1e-9},
        when=is_angle,
    ),
    rule(
        square_difference(x + y, x - y),
        (2 * x) * (2 * y),
        at={"x": 1e10, "y": 1e-10},
    ),
    rule(square_difference(1.0, sqrt(x)), 1 - x, at=1 - 1.2345e-12),
    rule(cosh(x) ** 2 - sinh(x) ** 2, where(equal(x, x), 1.0, x), at=30.0),
    rule(cosh(x) ** 2 - 1, sinh(x) ** 2, at=1e-20),
    rule(1 - cos(x) ** 2, sin(x) ** 2, at=1e-9),
    rule(1 - sin(x) ** 2, cos(x) ** 2, at=pi / 2 - 1e-9),
    rule(cos(x) ** 2 - sin(x) ** 2, cos(2 * x), at=pi / 4),
    rule(x**2 - 1, square_difference(x, 1.0), at=1 + 1.2345e-8),
    rule(1 - x**2, square_difference(1.0, x), at=1 + 1.2345e-8, when=no_kept_unit),
    rule((1 - x) * (1 + x), square_difference(1.0, x), at=1e-20),
    *(
        rule(x**n - y**n, power_difference(x, y, n=n), at=CLOSER, when=one_size)
        for n in range(3, 9)
    ),
    rule(-square_difference(x, y), square_difference(y, x)),
    rule(x**2 - y**2, square_difference(x, y), at={"x": 3 + 1.2345e-8, "y": 3}, when=same_shape),
    rule((x - y) * (x + y), square_difference(x, y), at={"x": 1.0, "y": 1e-22}, when=same_shape),
]

off_zero, beside = where(equal(x, 0), 1.0, x), where(equal(x, 0), 1.0, y)


FUNCTIONS = [
    rule(xlogy(x, x) - xlogy(x, y), x * log_ratio(off_zero, beside), at=CLOSE, when=same_shape),
    rule((xlogy(x, x) - x) + 1, divergence(x, 1.0), at=1 + 1e-9),
    rule(xlogy(x, x) - (x - 1), divergence(x, 1.0), at=1 + 1e-9),
    rule((x * log_ratio(off_zero, beside) - x) + y, divergence(x, y), at=CLOSE, when=same_shape),
    rule(x * log_ratio(off_zero, beside) - (x - y), divergence(x, y), at=CLOSE, when=same_shape),
    rule((x - y) / y - log_ratio(x, y), -log_ratio_less(x, y), at=CLOSE, when=same_shape),
    rule(1 - tanc_inverse(x), -x * cot_less(x), at=1e-9),
    rule(log(square_difference(x, y)), log_square_difference(x, y), at={"x": 1e200, "y": 1.0}),
    rule(log(share(x, y)), log_share(x, y), at={"x": 1e20, "y": 3.0}),
    rule(log(-share(-x, y)), log_ratio(x, y - x), at={"x": 1e-200, "y": 1e200}),
    rule(log1p(x) - log(x + a), log_share(x + 1, a - 1), at={"x": 1e20, "number_a": 3.0}),
    rule(log(cos_angle(x, y)), log_cos_angle(x, y)),
    rule(x * exp(y) - x, x * expm1(y), at={"x": 3.0, "y": 1e-20}),
    rule(exp(x) + exp(-x), 2 * cosh(x), at=1e-20),
    rule((exp(x) - 2) + exp(-x), 2 * coshm1(x), at=1e-10),
    rule(1 / cos(x) - 1, versin(x) / cos(x), at=1e-10),
    rule(tan(x) - sin(x), tan(x) * versin(x), at=1e-10),
    rule(versin(x) / sin(x), tan(x / 2), at=1e-200),
    rule(sin(x) / (1 + cos(x)), tan(x / 2), at=pi - 1e-9),
    *(
        rule(left, right, at=CLOSER, when=one_size)
        for left, right in (
            (sin(x) * cos(y) - cos(x) * sin(y), sin_sum(x, -y)),
            (cos(x) * sin(y) - sin(x) * cos(y), sin_sum(-x, y)),
        )
    ),
    rule(reciprocal_difference(sin(x), x), -sin_less(x) / x / sin(x), at=1e-5),
    rule(reciprocal_difference(x, sin(x)), sin_less(x) / x / sin(x), at=1e-5),
    rule(square_difference(x, sin(x)), -sin_less(x) * (x + sin(x)), at=1e-5),
    rule(versin(x) - x**2 / 2, versin_less(x), at=1e-5),
    rule(2 * versin(x) - x**2, 2 * versin_less(x), at=1e-5),
    rule(sqrt(versin(x)), SQRT2 * absolute(sin(x / 2)), at=1e-200),
    rule(arccosh(1 + x), 2 * arcsinh(sqrt(x / 2)), at=1e-20),
    rule(arctan(x + a) - arctan(x), arctan_step(x, a), at={"x": 1e10, "number_a": 2.0}),
    *(
        rule(f(x) - f(y), difference(x, y), at={"x": 1.7 + 1.2345e-12, "y": 1.7}, when=one_size)
        for f, difference in (
            (exp, exp_difference),
            (sigmoid, sigmoid_difference),
            (softplus, softplus_difference),
            (sin, sin_difference),
            (cos, cos_difference),
            (tan, tan_difference),
            (arctan, arctan_difference),
        )
    ),
]

UNITS = [
    rule(sigmoid(x) - y, sigmoid_minus(x, y), at={"x": 40.0, "y": 1.0}, when=no_layer),
]
"""Errors of a probability, where it is no unit of a layer."""

RULES = mirrored([*RECIPROCALS, *SQUARES, *FUNCTIONS, *UNITS])
