"""Exponentials, logarithms, roots, trigonometric and hyperbolic functions."""

from __future__ import annotations

from math import factorial, inf, pi
from typing import Any

from ..graph.graph import Expr, operations
from . import typing as t
from .arithmetic import absolute
from .op import Op, op
from .units import slope_of_tanh


def _function(name: str, sentence: str, vjp: Any, latex: str = "", **columns: Any) -> Op:
    """A row of a floating elementwise function that NumPy and mpmath have under one name."""
    return op(
        f"{name}(x)",
        sentence,
        type=t.floating,
        vjp=[vjp],
        latex=latex or rf"\{name}\left({{x}}\right)",
        **{"meaning": f"{name}(x)", **columns},
    )


exp = _function(
    "exp", "Exponential.", lambda g, y, x: g * y, "e^{{{x}}}", safe=[0.0], extremes={-1000.0: 0.0}
)
expm1 = _function(
    "expm1",
    "exp(x) - 1, accurate near 0.",
    # exp(x), not y + 1, which loses all digits for very negative x.
    lambda g, y, x: g * exp(x),
    "(e^{{{x}}} - 1)",
    safe=[0.0],
    extremes={-1000.0: -1.0},
)
log = _function("log", "Natural logarithm.", lambda g, y, x: g / x, domain="positive")
log1p = _function(
    "log1p",
    "log(1 + x), accurate near 0.",
    lambda g, y, x: g / (1 + x),
    r"\log\left(1 + {x}\right)",
    domain="positive",
)
sqrt = _function(
    "sqrt",
    "Square root.",
    lambda g, y, x: g / (2 * _unless_zero(y)),
    r"\sqrt{{{x}}}",
    domain="positive",
    kinks="0 at 0, where the slope is infinite: roots of sums of squares have finite gradients",
)


def _unless_zero(x: Expr) -> Expr:
    """x, and infinity where x is 0: what is divided by it is 0 there, in every order."""
    return operations["where"](operations["equal"](x, 0), inf, x)


sin = _function("sin", "Sine.", lambda g, y, x: g * cos(x))
cos: Op = _function(
    "cos",
    "Cosine; cosine units cos(Wx + b), Deep Learning, section 6.3.3.",
    lambda g, y, x: -g * sin(x),
    role="h",
)
tan = _function("tan", "Tangent.", lambda g, y, x: g * (1 + y**2), domain="unit")
arcsin = _function(
    "arcsin",
    "Inverse sine.",
    lambda g, y, x: g / sqrt(1 - x**2),
    meaning="asin(x)",
    domain="unit",
    aliases=["asin"],
)
arccos = _function(
    "arccos",
    "Inverse cosine.",
    lambda g, y, x: -g / sqrt(1 - x**2),
    meaning="acos(x)",
    domain="unit",
    aliases=["acos"],
)
arctan = _function(
    "arctan",
    "Inverse tangent.",
    lambda g, y, x: g * _arctan_slope(x),
    meaning="atan(x)",
    aliases=["atan"],
)
sinh = _function("sinh", "Hyperbolic sine.", lambda g, y, x: g * cosh(x), safe=[0.0])
cosh: Op = _function("cosh", "Hyperbolic cosine.", lambda g, y, x: g * sinh(x), safe=[0.0])
tanh = _function(
    "tanh",
    "Hyperbolic tangent; Deep Learning, section 6.3.2.",
    lambda g, y, x: g * slope_of_tanh(y, x),
    role="h",
    extremes={-1000.0: -1.0, 1000.0: 1.0},
)
arcsinh = _function(
    "arcsinh",
    "Inverse hyperbolic sine.",
    lambda g, y, x: g / hypot(1.0, x),
    r"\operatorname{{arsinh}}\left({x}\right)",
    meaning="asinh(x)",
    aliases=["asinh"],
)
arccosh = _function(
    "arccosh",
    "Inverse hyperbolic cosine, for x above 1.",
    lambda g, y, x: g / (sqrt(x - 1) * sqrt(x + 1)),
    r"\operatorname{{arcosh}}\left({x}\right)",
    meaning="acosh(x)",
    domain="above_one",
    aliases=["acosh"],
)
arctanh = _function(
    "arctanh",
    "Inverse hyperbolic tangent, between -1 and 1.",
    lambda g, y, x: g / ((1 - x) * (1 + x)),
    r"\operatorname{{artanh}}\left({x}\right)",
    meaning="atanh(x)",
    domain="unit",
    aliases=["atanh"],
)
_LN2, _LN10 = 0.6931471805599453, 2.302585092994046
exp2 = _function(
    "exp2",
    "2 to the power x.",
    lambda g, y, x: g * (_LN2 * y),
    "2^{{{x}}}",
    safe=[0.0],
    meaning="mpf(2) ** x",
)
log2 = _function(
    "log2",
    "Logarithm to base 2.",
    lambda g, y, x: g * (1 / _LN2) / x,
    r"\log_2\left({x}\right)",
    meaning="log(x, 2)",
    domain="positive",
)
log10 = _function(
    "log10",
    "Logarithm to base 10.",
    lambda g, y, x: g * (1 / _LN10) / x,
    r"\log_{{10}}\left({x}\right)",
    meaning="log(x, 10)",
    domain="positive",
)
cbrt = _function(
    "cbrt",
    "Cube root, of negative numbers too.",
    lambda g, y, x: g / (3 * _unless_zero(y**2)),
    r"\sqrt[3]{{{x}}}",
    meaning="sign(x) * abs(x) ** (mpf(1) / 3)",
    domain="nonzero",
    kinks="0 at 0, where the slope is infinite",
)
deg2rad = _function(
    "deg2rad",
    "Degrees as radians.",
    lambda g, y, x: g * 0.017453292519943295,
    r"\frac{{\pi}}{{180}} {x}",
    meaning="x * pi / 180",
    aliases=["radians"],
)
rad2deg = _function(
    "rad2deg",
    "Radians as degrees.",
    lambda g, y, x: g * 57.29577951308232,
    r"\frac{{180}}{{\pi}} {x}",
    meaning="x * 180 / pi",
    aliases=["degrees"],
)
sinc = op(
    "sinc(x)",
    """sin(πx) / (πx), and 1 at 0.""",
    type=t.floating,
    vjp=[lambda g, y, x: g * _sinc_slope(y, x)],
    meaning="sincpi(x)",
    extremes={0.0: 1.0},
)


def _arctan_slope(x: Expr) -> Expr:
    """1 / (1 + x²), or the row of it that bears a square that overflows."""
    return operations["lorentzian"](x) if x.graph.stable else 1 / (1 + x**2)


def _sinc_slope(y: Expr, x: Expr) -> Expr:
    """(cos πx - sinc x) / x; near 0, where that cancels, its series."""
    where, near = operations["where"], absolute(x) < 0.25
    apart = where(near, 1.0, x)
    x = where(near, x, 0.0)
    square, sum_ = (pi * x) ** 2, 0.0
    for k in range(8, 0, -1):
        sum_ = (-1) ** k * 2 * k / factorial(2 * k + 1) + sum_ * square
    series = pi**2 * x * sum_
    cosine = cos(pi * (apart % 2))  # far out π x has lost the digits behind the point
    return where(near, series, (cosine - y) / apart)


arctan2 = op(
    "arctan2(y, x)",
    """Angle of the point (x, y), from -π to π.""",
    type=t.floating,
    vjp=[
        # Divided by the length twice: its square over- or underflows.
        lambda g, r, y, x: None if y is x else g * (x / _length(x, y) / _length(x, y)),
        lambda g, r, y, x: None if y is x else g * (-y / _length(x, y) / _length(x, y)),
    ],
    latex=r"\operatorname{{atan2}}\left({y}, {x}\right)",
    meaning="atan2(y, x)",
    domain=("nonzero", "nonzero"),
    kinks="0 at the origin",
    aliases=["atan2"],
)


def _length(x: Expr, y: Expr) -> Expr:
    return _unless_zero(hypot(x, y))


hypot: Op = op(
    "hypot(x, y)",
    """Length of the vector (x, y), without overflow.""",
    type=t.floating,
    vjp=[lambda g, r, x, y: _part(g, x, r), lambda g, r, x, y: _part(g, y, r)],
    mirror="hypot",
    latex=r"\sqrt{{{x}^2 + {y}^2}}",
    meaning="hypot(x, y)",
    kinks="0 at the origin",
)


def _part(g: Expr, x: Expr, length: Expr) -> Expr:
    """g x / length, and 0 where the length is 0."""
    if g.shape == length.shape != () and g.value is None and g.graph.stable:
        return operations["scaled_ratio"](g, x, length)
    return g * (x / operations["where"](operations["equal"](length, 0), 1.0, length))


logaddexp = op(
    "logaddexp(x, y)",
    """log(exp(x) + exp(y)), without overflow.""",
    type=t.floating,
    vjp=[
        lambda g, r, x, y: g * operations["exp_share"](x, y),
        lambda g, r, x, y: g * operations["exp_share"](y, x),
    ],
    mirror="logaddexp",
    latex=r"\log\left(e^{{{x}}} + e^{{{y}}}\right)",
    meaning="log(exp(x) + exp(y))",
)
logaddexp2 = op(
    "logaddexp2(x, y)",
    """Logarithm to base 2 of 2**x + 2**y, without overflow.""",
    type=t.floating,
    vjp=[
        lambda g, r, x, y: g * operations["sigmoid"](_LN2 * (x - y)),
        lambda g, r, x, y: g * operations["sigmoid"](_LN2 * (y - x)),
    ],
    latex=r"\log_2\left(2^{{{x}}} + 2^{{{y}}}\right)",
    meaning="log(mpf(2) ** x + mpf(2) ** y, 2)",
)
