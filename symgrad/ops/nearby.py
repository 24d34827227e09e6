"""Differences of one function at two points, which cancel where the points are close.

Also quotients whose slopes cancel. Rewriting finds them (`symgrad.passes`). The slope toward each
point is that of the function there, which no cancellation has touched. Higham, "Accuracy and
Stability of Numerical Algorithms", sections 1.7 and 1.8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..graph.graph import Expr
from .activations import sigmoid
from .elementary import cos, exp, hypot, sin, tan
from .gamma import order
from .lorentz import lorentzian
from .op import Op, case
from .quotients import finite, of_positives, pole_sum, portion, reciprocal_square_step
from .special import own_function
from .stable import sigmoid_slope


def _row(
    signature: str, sentence: str, slope: Callable[[Expr], Expr], meaning: str, **columns: Any
) -> Op:
    """A row of f(x) - f(y), by the slope of f."""
    return own_function(
        signature,
        sentence,
        [lambda g, r, x, y: g * slope(x), lambda g, r, x, y: -(g * slope(y))],
        meaning,
        **columns,
    )


square_difference = _row(
    "square_difference(x, y)",
    """x² - y² as (x - y)(x + y), accurate near x = y.""",
    lambda x: 2 * x,
    "x ** 2 - y ** 2",
)
power_difference = own_function(
    "power_difference(x, y; n=3)",
    """xⁿ - yⁿ as (x - y)(xⁿ⁻¹ + xⁿ⁻²y + ... + yⁿ⁻¹), accurate near x = y.""",
    [
        lambda g, r, x, y, n: g * (float(n) * x ** (n - 1)),
        lambda g, r, x, y, n: -(g * (float(n) * y ** (n - 1))),
    ],
    lambda x, y, n=3: x**n - y**n,
    prepare=lambda x, y, n: order(x, n, least=1),
    numpy="power_difference({x}, {y}, {n})",
    transcendentals=0,
    latex=r"\left({{{x}}}^{n} - {{{y}}}^{n}\right)",
    cases=[case("[4]", "[4]", n=3), case("[4]", "[4]", n=4), case("[4]", "[3, 4]", n=7)],
)
reciprocal_difference = _row(
    "reciprocal_difference(x, y)",
    """1/x - 1/y, accurate near x = y.""",
    lambda x: -1 / x / x,
    "1 / x - 1 / y",
    domain=("positive", "positive"),
)
reciprocal_step = own_function(
    "reciprocal_step(x, h)",
    """1/(x + h) - 1/x, accurate for small h.""",
    [
        lambda g, r, x, h: -g * reciprocal_square_step(x, h),
        lambda g, r, x, h: g * (-1 / (x + h) / (x + h)),
    ],
    "1 / (x + h) - 1 / x",
    domain=("positive", "positive"),
)
pole_difference: Op = own_function(
    "pole_difference(z, x, y)",
    """z/(x - y) - z/(x + y), of a dipole, accurate for small y.""",
    [
        lambda g, r, z, x, y: g * pole_difference(1.0, x, y),
        lambda g, r, z, x, y: -(g * r) * (1 / (x - y) + 1 / (x + y)),
        lambda g, r, z, x, y: g * (z / (x - y) / (x - y) + z / (x + y) / (x + y)),
    ],
    "(z / (x - y) if x != y else z * inf) - z / (x + y)",
    latex=r"\left(\frac{{{z}}}{{{x} - {y}}} - \frac{{{z}}}{{{x} + {y}}}\right)",
    domain=("reals", "above_one", "unit"),
)
square_step = own_function(
    "square_step(x, h)",
    """(x + h)² - x² as h(2x + h), accurate for small h.""",
    [lambda g, r, x, h: g * (2 * h), lambda g, r, x, h: g * (2 * (x + h))],
    "(x + h) ** 2 - x ** 2",
)
exp_difference = _row(
    "exp_difference(x, y)",
    """exp(x) - exp(y), accurate near x = y.""",
    exp,
    "exp(x) - exp(y)",
    safe=[0.0, 0.0],
)
sigmoid_difference = _row(
    "sigmoid_difference(x, y)",
    """sigmoid(x) - sigmoid(y), accurate near x = y and far out.""",
    sigmoid_slope,
    "1 / (1 + exp(-x)) - 1 / (1 + exp(-y))",
    latex=r"\left(\sigma\left({x}\right) - \sigma\left({y}\right)\right)",
)
softplus_difference = _row(
    "softplus_difference(x, y)",
    """softplus(x) - softplus(y), accurate near x = y.""",
    sigmoid,
    "log(1 + exp(x)) - log(1 + exp(y))",
    latex=r"\left(\zeta\left({x}\right) - \zeta\left({y}\right)\right)",
)
sin_difference = _row(
    "sin_difference(x, y)",
    """sin(x) - sin(y), accurate near x = y. DLMF 4.21.15.""",
    cos,
    "sin(x) - sin(y)",
)
cos_difference = _row(
    "cos_difference(x, y)",
    """cos(x) - cos(y), accurate near x = y. DLMF 4.21.18.""",
    lambda x: -sin(x),
    "cos(x) - cos(y)",
)
sec_difference = _row(
    "sec_difference(x, y)",
    """1/cos(x) - 1/cos(y), accurate near x = y.""",
    lambda x: sin(x) / cos(x) / cos(x),
    "1 / cos(x) - 1 / cos(y)",
    domain=("unit", "unit"),
)
sin_sum: Op = own_function(
    "sin_sum(x, y)",
    """sin(x + y), which the rounding of x + y does not touch. DLMF 4.21.1.""",
    [lambda g, r, x, y: g * cos_sum(x, y)] * 2,
    "sin(x + y)",
)
cos_sum: Op = own_function(
    "cos_sum(x, y)",
    """cos(x + y), which the rounding of x + y does not touch. DLMF 4.21.2.""",
    [lambda g, r, x, y: -(g * sin_sum(x, y))] * 2,
    "cos(x + y)",
)
sin_step: Op = own_function(
    "sin_step(x, h)",
    """sin(x + h) - sin(x), accurate for small h. DLMF 4.21.7.""",
    [lambda g, r, x, h: g * cos_step(x, h), lambda g, r, x, h: g * cos_sum(x, h)],
    "sin(x + h) - sin(x)",
)
cos_step: Op = own_function(
    "cos_step(x, h)",
    """cos(x + h) - cos(x), accurate for small h. DLMF 4.21.9.""",
    [lambda g, r, x, h: -(g * sin_step(x, h)), lambda g, r, x, h: -(g * sin_sum(x, h))],
    "cos(x + h) - cos(x)",
)
tan_step: Op = own_function(
    "tan_step(x, h)",
    """tan(x + h) - tan(x), accurate for small h. DLMF 4.21.10.""",
    [
        lambda g, r, x, h: g * (r * (sin_sum(2 * x, h) / (cos(x) * cos_sum(x, h)))),
        lambda g, r, x, h: g / cos_sum(x, h) ** 2,
    ],
    "tan(x + h) - tan(x)",
    domain=("low", "high"),
)
tan_difference = _row(
    "tan_difference(x, y)",
    """tan(x) - tan(y), accurate near x = y. DLMF 4.21.20.""",
    lambda x: 1 + tan(x) ** 2,
    "tan(x) - tan(y)",
    domain=("unit", "unit"),
)
arctan_difference = _row(
    "arctan_difference(x, y)",
    """arctan(x) - arctan(y), accurate near x = y and far out. DLMF 4.24.15.""",
    lorentzian,
    "atan(x) - atan(y)",
)


def bounded(x: Expr) -> Expr:
    """As `finite`, an operand that may have overflowed; who gives infinity gets nan."""
    return finite(x) if x.args else x


share = of_positives(
    "share(x, y)",
    """x/(x + y): a part of the whole, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * (bounded(y) / (x + y) / (x + y)),
        lambda g, r, x, y: -g * (r / (x + y)),
    ],
    "x / (x + y)",
)


def _sin_angle(x: Expr, y: Expr) -> Expr:
    """The sine of the angle of (x, y); 0 of infinite points, as for slopes of what is flat."""
    return bounded(y) / hypot(x, y)


cos_angle = of_positives(
    "cos_angle(x, y)",
    """x/√(x² + y²): the cosine of the angle of the point (x, y), and its accurate slopes.""",
    [
        lambda g, r, x, y: g * (_sin_angle(x, y) * _sin_angle(x, y) / hypot(x, y)),
        lambda g, r, x, y: -g * (r * _sin_angle(x, y) / hypot(x, y)),
    ],
    "x / sqrt(x ** 2 + y ** 2)",
)
versin_angle = of_positives(
    "versin_angle(x, y)",
    """1 - x/√(x² + y²), accurate where y is small, and its accurate slopes.""",
    [
        lambda g, r, x, y: -g * (_sin_angle(x, y) * _sin_angle(x, y) / hypot(x, y)),
        lambda g, r, x, y: g * (cos_angle(x, y) * _sin_angle(x, y) / hypot(x, y)),
    ],
    "1 - x / sqrt(x ** 2 + y ** 2)",
)


log_share = of_positives(
    "log_share(x, y)",
    """log(x/(x + y)), accurate where x is nearly all, and its accurate slopes.""",
    [lambda g, r, x, y: g * (portion(y, x) / x), lambda g, r, x, y: -g / (x + y)],
    "log(x / (x + y))",
)
log_cos_angle = of_positives(
    "log_cos_angle(x, y)",
    """log(x/√(x² + y²)), whatever the size of the quotient, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * (_sin_angle(x, y) * _sin_angle(x, y) / x),
        lambda g, r, x, y: -g * (_sin_angle(x, y) / hypot(x, y)),
    ],
    "log(x / sqrt(x ** 2 + y ** 2))",
)
log_square_difference = own_function(
    "log_square_difference(x, y)",
    """log(x² - y²), whatever the size of the squares, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * pole_sum(x, y),
        lambda g, r, x, y: -g * (2 * (y / (x - y)) / (x + y)),
    ],
    "log(x ** 2 - y ** 2) if abs(y) <= abs(x) else nan",
    latex=r"\log\left({{{x}}}^2 - {{{y}}}^2\right)",
    domain=("above_one", "unit"),
)
parallel = of_positives(
    "parallel(x, y)",
    """x y/(x + y), of resistances in parallel, and its accurate slopes.""",
    [lambda g, r, x, y: g * portion(y, x) ** 2, lambda g, r, x, y: g * portion(x, y) ** 2],
    "x * y / (x + y)",
)
contrast = of_positives(
    "contrast(x, y)",
    """(x - y)/(x + y): a difference relative to the sum, and its accurate slopes.""",
    [
        lambda g, r, x, y: g * (2 * (bounded(y) / (x + y)) / (x + y)),
        lambda g, r, x, y: -g * (2 * (bounded(x) / (x + y)) / (x + y)),
    ],
    "(x - y) / (x + y)",
)
