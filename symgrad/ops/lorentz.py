"""Functions of 1 + x², which overflows long before they do. They are one another's slopes."""

from __future__ import annotations

from ..graph.graph import Expr
from .op import Op
from .special import special_function

lorentzian: Op = special_function(
    "lorentzian(x)",
    """Lorentzian 1/(1 + x²), the slope of arctan.""",
    [lambda g, y, x: g * (-2 * (y * dispersion(x)))],
    "1 / (1 + x * x)",
    scipy=None,
    latex=r"\frac{{1}}{{1 + {{{x}}}^2}}",
    transcendentals=0,
    extremes={0.0: 1.0, 1e200: 0.0},
)
dispersion: Op = special_function(
    "dispersion(x)",
    """Dispersion curve x/(1 + x²), which is 1/x far out.""",
    [lambda g, y, x: g * _dispersion_slope(y, x)],
    "x / (1 + x * x)",
    scipy=None,
    latex=r"\frac{{{x}}}{{1 + {{{x}}}^2}}",
    transcendentals=0,
    extremes={0.0: 0.0, 1e200: 1e-200},
)
log1p_square: Op = special_function(
    "log1p_square(x)",
    """log(1 + x²), which is 2 log|x| far out.""",
    [lambda g, y, x: g * (2 * dispersion(x))],
    "log(1 + x * x)",
    scipy=None,
    latex=r"\log\left(1 + {{{x}}}^2\right)",
    extremes={0.0: 0.0},
)
saturation = special_function(
    "saturation(x)",
    """x²/(1 + x²), the Hill function of degree 2.""",
    [lambda g, y, x: g * (2 * (lorentzian(x) * dispersion(x)))],
    "x * x / (1 + x * x)",
    scipy=None,
    latex=r"\frac{{{{{x}}}^2}}{{1 + {{{x}}}^2}}",
    transcendentals=0,
    extremes={0.0: 0.0, 1e200: 1.0},
)
arccot = special_function(
    "arccot(x)",
    """Inverse cotangent arctan(1/x). DLMF 4.23.9.""",
    [lambda g, y, x: -g * lorentzian(x)],
    "atan(1 / x)",
    scipy=None,
    domain="nonzero",
    extremes={1e-30: 1.5707963267948966},
)


def _dispersion_slope(y: Expr, x: Expr) -> Expr:
    """(1 - x²)/(1 + x²)², in factors that neither cancel nor overflow."""
    bell = lorentzian(x)
    return (1 - x) * bell * (bell + y)
