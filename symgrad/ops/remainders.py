"""Functions less the first terms of their series, which cancel near 0 as they are written."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Expr
from .elementary import expm1, sin, tan, tanh
from .nearby import reciprocal_difference, share
from .quotients import excess, finite
from .selection import equal, where
from .series import Slope, odd_series, parts, series
from .special import own_function
from .stable import coshm1, csch, log_ratio, versin

expm1_less = own_function(
    "expm1_less(x)",
    """exp(x) - 1 - x, accurate near 0.""",
    [lambda g, y, x: g * expm1(x)],
    "exp(x) - 1 - x",
    safe=[0.0],
)
log1p_less = own_function(
    "log1p_less(x)",
    """log(1 + x) - x, accurate near 0.""",
    [lambda g, y, x: -g * share(x, 1.0)],
    "log(1 + x) - x",
    domain="positive",
)
log_less = own_function(
    "log_less(x)",
    """log(x) - (x - 1), accurate near 1.""",
    [lambda g, y, x: g * reciprocal_difference(x, 1.0)],
    "log(x) - (x - 1)",
    domain="positive",
)
log_ratio_less = own_function(
    "log_ratio_less(x, y)",
    """log(x/y) - (x - y)/y, accurate near x = y: half a gamma deviance, Stein's loss.""",
    [
        lambda g, r, x, y: g * reciprocal_difference(x, y),
        lambda g, r, x, y: g * (excess(x, finite(y)) / y),
    ],
    "log(x / y) - (x - y) / y",
    domain=("positive", "positive"),
)
divergence = own_function(
    "divergence(x, y)",
    """x log(x/y) - x + y, accurate near x = y: a term of a divergence, half a Poisson deviance.""",
    [lambda g, r, x, y: g * _log_ratio(x, y), lambda g, r, x, y: g * _share_left(x, y)],
    "x * log(x / y) - x + y",
    domain=("positive", "positive"),
    kinks="-1 toward x where x is 0",
)


def _log_ratio(x: Expr, y: Expr) -> Expr:
    """log(x / y), and -1 where x is 0, as differentiation of x log(x / y) - x has it."""
    zero = equal(x, 0)
    return where(zero, -1.0, log_ratio(where(zero, 1.0, x), where(zero, 1.0, y)))


def _share_left(x: Expr, y: Expr) -> Expr:
    """1 - x / y, and 1 where x is 0, also where y is."""
    divisor = where(equal(x, 0), 1.0, y)
    return -excess(x, divisor)


sin_less = own_function(
    "sin_less(x)",
    """sin(x) - x, accurate near 0.""",
    [lambda g, y, x: -g * versin(x)],
    "sin(x) - x",
)
versin_less = own_function(
    "versin_less(x)",
    """1 - cos(x) - x²/2, accurate near 0.""",
    [lambda g, y, x: g * sin_less(x)],
    "1 - cos(x) - x * x / 2",
    latex=r"\left(1 - \cos\left({x}\right) - \frac{{{{{x}}}^2}}{{2}}\right)",
)
sinh_less = own_function(
    "sinh_less(x)",
    """sinh(x) - x, accurate near 0.""",
    [lambda g, y, x: g * coshm1(x)],
    "sinh(x) - x",
    safe=[0.0],
)


_COTH_SLOPE = [(2 * k - 1) * c for k, c in enumerate(odd_series(1 / 3, 2, 18), 1)]


def _slope(x: Expr, coefficients: Sequence[float], square: Slope) -> Expr:
    """The slope of 1/tan(x) - 1/x or 1/tanh(x) - 1/x: near 0 by its series in x²."""
    return parts(x, 1.0, lambda u: 1 / u**2 - square(u), lambda u: series(u**2, coefficients))


cot_less = own_function(
    "cot_less(x)",
    """1/tan(x) - 1/x, accurate near 0, and 0 at 0.""",
    [lambda g, y, x: g * _slope(x, [-abs(c) for c in _COTH_SLOPE], lambda u: 1 / sin(u) ** 2)],
    "1 / tan(x) - 1 / x",
    domain="nonzero",
    extremes={0.0: 0.0},
)
coth_less = own_function(
    "coth_less(x)",
    """Langevin's function 1/tanh(x) - 1/x, accurate near 0, and 0 at 0.""",
    [lambda g, y, x: g * _slope(x, _COTH_SLOPE, lambda u: csch(u) ** 2)],
    "1 / tanh(x) - 1 / x",
    domain="nonzero",
    extremes={0.0: 0.0, 1000.0: 0.999},
    latex=r"L\left({x}\right)",
)
tan_less = own_function(
    "tan_less(x)",
    """tan(x) - x, accurate near 0.""",
    [lambda g, y, x: g * tan(x) ** 2],
    "tan(x) - x",
)
tanh_less = own_function(
    "tanh_less(x)",
    """tanh(x) - x, accurate near 0.""",
    [lambda g, y, x: -g * tanh(x) ** 2],
    "tanh(x) - x",
)
log_sinhc = own_function(
    "log_sinhc(x)",
    """log(sinh(x)/x), accurate near 0, and 0 at 0: its slope is Langevin's function.""",
    [lambda g, y, x: g * coth_less(x)],
    "log(sinh(x) / x)",
    domain="nonzero",
    extremes={0.0: 0.0},
)
