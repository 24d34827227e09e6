"""Error functions, the normal distribution, and products with logarithms.

Their NumPy sources are in `symgrad.ops.emitted`; each is accurate to a few units in the last
place, in float64 and in float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt
from typing import Any

from ..errors import ShapeError
from ..graph.graph import Expr
from . import typing as t
from .elementary import exp, log, log1p
from .emitted import Source
from .op import Op, case, op
from .selection import clip, equal, logical_and, logical_or, where


def special_function(signature: str, sentence: str, vjp: Any, meaning: Any, **columns: Any) -> Op:
    """A row of a floating elementwise function that emitted code brings along."""
    name = signature.partition("(")[0]
    count = None if isinstance(meaning, str) else 1
    given = {"helper": Source(name), "scipy": name, "transcendentals": count, **columns}
    return op(signature, sentence, type=t.floating, vjp=vjp, meaning=meaning, **given)


def own_function(signature: str, sentence: str, vjp: Any, meaning: Any, **columns: Any) -> Op:
    """As `special_function`, a row that SciPy does not have: its LaTeX says what it means."""
    says = isinstance(meaning, str) and " if " not in meaning
    given = {"scipy": None, "latex": "" if says else None, **columns}
    return special_function(signature, sentence, vjp, meaning, **given)


def _coefficients(given: Any) -> dict[str, Any]:
    if not isinstance(given, list | tuple) or len(given) < 2:
        raise ShapeError("a polynomial has at least two coefficients")
    return {"coefficients": tuple(t.number(c, "coefficients") for c in given)}


polynomial = own_function(
    "polynomial(x; coefficients=(0.0, 1.0))",
    """Polynomial by Horner's rule, the constant coefficient first: a series near 0.""",
    [lambda g, y, x, coefficients: g * _slope_of_polynomial(x, coefficients)],
    "polyval(coefficients[::-1], x)",
    prepare=lambda x, coefficients: _coefficients(coefficients),
    numpy="polynomial({x}, {coefficients})",
    transcendentals=0,
    latex=None,
    cases=[case("[3]", coefficients=(1.0, -2.0, 0.5)), case("[]", coefficients=(0.5, 3.0))],
)


def _slope_of_polynomial(x: Expr, coefficients: Sequence[float]) -> Expr | float:
    first, *rest = [k * c for k, c in enumerate(coefficients)][1:]
    return polynomial(x, coefficients=[first, *rest]) if rest else first


FAR = 40.0
"""Beyond, exp(-x²/2) is 0, and so is all that has it as a factor."""

gaussian = own_function(
    "gaussian(x)",
    """Gaussian exp(-x²), the slope of the error function but for a factor.""",
    [lambda g, y, x: g * (-2 * (clip(x, -FAR, FAR) * y))],
    "exp(-x * x)",
    latex=r"e^{{-{{{x}}}^2}}",
    extremes={0.0: 1.0, -1000.0: 0.0, 1e200: 0.0},
)
norm_pdf = own_function(
    "norm_pdf(x)",
    """Density exp(-x²/2)/√(2π) of the normal distribution. Deep Learning, equation 3.21.""",
    [lambda g, y, x: g * -(clip(x, -FAR, FAR) * y)],
    "exp(-x * x / 2) / sqrt(2 * pi)",
    latex=r"\varphi\left({x}\right)",
    extremes={-1000.0: 0.0, 1e200: 0.0},
)
erf = special_function(
    "erf(x)",
    """Error function 2/√π ∫ exp(-t²) from 0 to x. DLMF 7.2.1.""",
    [lambda g, y, x: g * (2 / sqrt(pi) * _bell(x))],
    "erf(x)",
    extremes={0.0: 0.0, -1000.0: -1.0, 1000.0: 1.0},
)
erfc = special_function(
    "erfc(x)",
    """Complementary error function 1 - erf(x), accurate in its tail. DLMF 7.2.2.""",
    [lambda g, y, x: g * (-2 / sqrt(pi) * _bell(x))],
    "erfc(x)",
    extremes={0.0: 1.0, -1000.0: 2.0, 1000.0: 0.0},
)
erfcx = special_function(
    "erfcx(x)",
    """Scaled complementary error function exp(x²) erfc(x). DLMF 7.2.3.""",
    [lambda g, y, x: g * _erfcx_slope(y, x)],
    "exp(x * x) * erfc(x)",
    domain="positive",
    extremes={0.0: 1.0},
)


def _bell(x: Expr) -> Expr:
    """exp(-x²), or the row of it that bears a square that overflows."""
    return gaussian(x) if x.graph.stable else exp(-(x**2))


def _density(x: Expr) -> Expr:
    """The normal density in the same two forms."""
    return norm_pdf(x) if x.graph.stable else exp(-0.5 * x**2) / sqrt(2 * pi)


def _erfcx_slope(y: Expr, x: Expr) -> Expr:
    """2xy - 2/√π; far out, where that cancels, its asymptotic series. DLMF 7.12.1."""
    far = x > 8
    u = 0.5 / where(far, x, 8.0) ** 2
    sum_ = -23 * u
    for k in range(21, 0, -2):
        sum_ = -k * u * (1 + sum_)
    return 2 / sqrt(pi) * where(far, sum_, sqrt(pi) * where(far, 0.0, x) * y - 1)


erfinv = special_function(
    "erfinv(x)",
    """Inverse of the error function, between -1 and 1. DLMF 7.17.1.""",
    [lambda g, y, x: g * (sqrt(pi) / 2 * exp(y**2))],
    "erfinv(x)",
    latex=r"\operatorname{{erf}}^{{-1}}\left({x}\right)",
    domain="unit",
    extremes={0.0: 0.0},
)
erfcinv = special_function(
    "erfcinv(x)",
    """Inverse of the complementary error function, between 0 and 2. DLMF 7.17.1.""",
    [lambda g, y, x: g * (-sqrt(pi) / 2 * exp(y**2))],
    "erfinv(1 - x)",
    latex=r"\operatorname{{erfc}}^{{-1}}\left({x}\right)",
    domain="below_two",
    extremes={1.0: 0.0},
)
ndtr = special_function(
    "ndtr(x)",
    """Distribution function Φ of the normal distribution. Deep Learning, section 3.9.3.""",
    [lambda g, y, x: g * _density(x)],
    "erfc(-x / sqrt(2)) / 2",
    latex=r"\Phi\left({x}\right)",
    extremes={0.0: 0.5, -1000.0: 0.0, 1000.0: 1.0},
    aliases=["norm_cdf"],
)
log_ndtr = special_function(
    "log_ndtr(x)",
    """Logarithm of the normal distribution function, accurate in both tails.""",
    [lambda g, y, x: g * _log_ndtr_slope(x)],
    "log(erfc(-x / sqrt(2)) / 2)",
    latex=r"\log\Phi\left({x}\right)",
    aliases=["norm_logcdf"],
)


def _log_ndtr_slope(x: Expr) -> Expr:
    """The density over the distribution function, both scaled by exp(x²/2) on the left."""
    left = x < 0
    scaled = 2 / erfcx(where(left, x, 0.0) * -sqrt(0.5))
    x = where(left, 0.0, x)
    return where(left, scaled / sqrt(2 * pi), norm_pdf(x) / ndtr(x))


ndtri = special_function(
    "ndtri(p)",
    """Quantile of the normal distribution, the inverse of ndtr.""",
    [lambda g, y, p: g * (sqrt(2 * pi) * exp(0.5 * y**2))],
    "sqrt(2) * erfinv(2 * p - 1)",
    latex=r"\Phi^{{-1}}\left({p}\right)",
    domain="probability",
    extremes={0.5: 0.0},
    aliases=["norm_ppf"],
)
logit = special_function(
    "logit(p)",
    """Inverse of the logistic sigmoid, log(p / (1 - p)). Deep Learning, section 6.2.2.2.""",
    [lambda g, y, p: g / (p * (1 - p))],
    "log(p) - log(1 - p)",
    domain="probability",
    extremes={0.5: 0.0},
)


def _defined(x: Expr, y: Expr, border: float, instead: float) -> Expr:
    """The y of x log(y), but another number where x is 0 and the logarithm is not finite."""
    return where(logical_and(equal(x, 0), y <= border), instead, y)


xlogy = special_function(
    "xlogy(x, y)",
    """x log(y), and 0 where x is 0, whatever y is.""",
    [
        lambda g, r, x, y: g * log(_defined(x, y, 0, 1.0)),
        lambda g, r, x, y: g * (x / _defined(x, y, 0, 1.0)),
    ],
    "x * log(y)",
    latex=r"{x} \log {y}",
    domain=("reals", "positive"),
    kinks="0 where x is 0 and y is not positive",
)
xlog1py = special_function(
    "xlog1py(x, y)",
    """x log(1 + y), and 0 where x is 0, whatever y is.""",
    [
        lambda g, r, x, y: g * log1p(_defined(x, y, -1, 0.0)),
        lambda g, r, x, y: g * (x / (1 + _defined(x, y, -1, 0.0))),
    ],
    "x * log(1 + y)",
    latex=r"{x} \log\left(1 + {y}\right)",
    domain=("reals", "positive"),
    kinks="0 where x is 0 and y is not above -1",
)
entr = special_function(
    "entr(x)",
    """-x log(x), 0 at 0, and -inf below: the terms of an entropy. Deep Learning, equation 3.49.""",
    [lambda g, y, x: g * where(x > 0, -log(where(x > 0, x, 1.0)) - 1, 0.0)],
    "-x * log(x)",
    domain="positive",
    extremes={0.0: 0.0, 1.0: 0.0},
    kinks="0 at 0 and below",
)
binary_entropy = own_function(
    "binary_entropy(p)",
    """-p log(p) - (1 - p) log(1 - p), 0 at 0 and 1. Deep Learning, equation 3.49.""",
    [lambda g, y, p: g * _binary_entropy_slope(p)],
    "-p * log(p) - (1 - p) * log(1 - p)",
    latex=r"\operatorname{{H}}\left({p}\right)",
    domain="probability",
    extremes={0.0: 0.0, 1.0: 0.0},
    kinks="1 at 0 and -1 at 1",
)


def _binary_entropy_slope(p: Expr) -> Expr:
    """log((1 - p) / p), and at the ends as differentiation of the terms has it."""
    end = logical_or(equal(p, 0), equal(p, 1))
    return where(end, 1 - 2 * p, -logit(where(end, 0.5, p)))


rel_entr = special_function(
    "rel_entr(x, y)",
    """x log(x / y), 0 where x is 0, inf below: a divergence. Deep Learning, equation 3.50.""",
    [
        lambda g, r, x, y: g * _rel_entr_slopes(x, y)[0],
        lambda g, r, x, y: g * _rel_entr_slopes(x, y)[1],
    ],
    "x * log(x / y)",
    domain=("positive", "positive"),
    kinks="0 where x or y is not positive",
)


def _rel_entr_slopes(x: Expr, y: Expr) -> tuple[Expr, Expr]:
    """log(x / y) + 1 and -x / y, both 0 where a number is not positive."""
    inside = logical_and(x > 0, y > 0)
    p, q = where(inside, x, 1.0), where(inside, y, 1.0)
    return where(inside, rel_entr(p, q) / p + 1, 0.0), where(inside, -p / q, 0.0)


kl_div = op(
    "kl_div(x, y)",
    """x log(x / y) - x + y, the terms of a divergence that are nowhere negative.""",
    call=lambda self, x, y: rel_entr(x, y) - x + y,
    meaning="x * log(x / y) - x + y",
    domain=("positive", "positive"),
)
