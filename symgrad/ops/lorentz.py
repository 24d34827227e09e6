"""Functions of 1 + x², which overflows long before they do. They are one another's slopes."""

from __future__ import annotations

from .op import Op
from .quotients import finite
from .special import own_function
from .stable import sech

lorentzian: Op = own_function(
    "lorentzian(x)",
    """Lorentzian 1/(1 + x²), the slope of arctan.""",
    [lambda g, y, x: g * (-2 * (y * dispersion(x)))],
    "1 / (1 + x ** 2)",
    extremes={0.0: 1.0, 1e200: 0.0},
)
dispersion: Op = own_function(
    "dispersion(x)",
    """Dispersion curve x/(1 + x²), which is 1/x far out.""",
    [lambda g, y, x: g * dispersion_slope(x)],
    "x / (1 + x ** 2)",
    extremes={0.0: 0.0, 1e200: 1e-200},
)
dispersion_slope: Op = own_function(
    "dispersion_slope(x)",
    """(1 - x²)/(1 + x²)², the slope of `dispersion`, whose own slope cancels in its factors.""",
    [lambda g, y, x: g * (-2 * (dispersion(x) * (2 * lorentzian(x) ** 2 + y)))],
    "(1 - x ** 2) / (1 + x ** 2) ** 2",
    extremes={0.0: 1.0, 1.0: 0.0, 1e200: 0.0},
)
log1p_square: Op = own_function(
    "log1p_square(x)",
    """log(1 + x²), which is 2 log|x| far out.""",
    [lambda g, y, x: g * (2 * dispersion(x))],
    "log(1 + x ** 2)",
    extremes={0.0: 0.0},
)
saturation = own_function(
    "saturation(x)",
    """x²/(1 + x²), the Hill function of degree 2.""",
    [lambda g, y, x: g * (2 * (lorentzian(x) * dispersion(x)))],
    "x ** 2 / (1 + x ** 2)",
    extremes={0.0: 0.0, 1e200: 1.0},
)
gudermannian = own_function(
    "gudermannian(x)",
    """Gudermannian function arctan(sinh(x)). DLMF 4.23.39.""",
    [lambda g, y, x: g * sech(x)],
    "atan(sinh(x))",
    extremes={0.0: 0.0, 1000.0: 1.5707963267948966},
)
arctan_step: Op = own_function(
    "arctan_step(x, h)",
    """arctan(x + h) - arctan(x), accurate for small h. DLMF 4.24.15.""",
    [
        lambda g, r, x, h: -g * (h * lorentzian(x + h) * (finite(x + (x + h)) * lorentzian(x))),
        lambda g, r, x, h: g * lorentzian(x + h),
    ],
    "atan(x + h) - atan(x)",
)
arccot = own_function(
    "arccot(x)",
    """Inverse cotangent arctan(1/x). DLMF 4.23.9.""",
    [lambda g, y, x: -g * lorentzian(x)],
    "atan(1 / x)",
    latex=None,
    domain="nonzero",
    extremes={1e-30: 1.5707963267948966},
)
