"""Exponentials, logarithms, roots, trigonometric and hyperbolic functions."""

from __future__ import annotations

from typing import Any

from . import typing as t
from .op import Op, op


def _function(name: str, sentence: str, vjp: Any, latex: str = "", **columns: Any) -> Op:
    """A row of a floating elementwise function that NumPy and mpmath have under one name."""
    return op(
        f"{name}(x)",
        sentence,
        type=t.floating,
        floating=True,
        vjp=[vjp],
        lazy=True,
        numpy=f"np.{name}({{x}})",
        latex=latex or rf"\{name}\left({{x}}\right)",
        **{"meaning": f"{name}(x)", **columns},
    )


exp = _function(
    "exp",
    "Exponential.",
    lambda g, y, x: g * y,
    "e^{{{x}}}",
    extremes={-1000.0: 0.0},
)
expm1 = _function(
    "expm1",
    "exp(x) - 1, accurate near 0.",
    # exp(x), not y + 1, which loses all digits for very negative x.
    lambda g, y, x: g * exp(x),
    "(e^{{{x}}} - 1)",
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
    lambda g, y, x: g / (2 * y),
    r"\sqrt{{{x}}}",
    domain="positive",
)
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
    lambda g, y, x: g / (1 + x**2),
    meaning="atan(x)",
    aliases=["atan"],
)
sinh = _function("sinh", "Hyperbolic sine.", lambda g, y, x: g * cosh(x))
cosh: Op = _function("cosh", "Hyperbolic cosine.", lambda g, y, x: g * sinh(x))
tanh = _function(
    "tanh",
    "Hyperbolic tangent; Deep Learning, section 6.3.2.",
    lambda g, y, x: g * (1 - y**2),
    role="h",
    extremes={-1000.0: -1.0, 1000.0: 1.0},
)
