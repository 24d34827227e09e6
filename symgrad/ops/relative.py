"""Functions relative to their argument: 0/0 at 0 as they are written, and so are their slopes.

Rewriting finds them (`symgrad.passes`); they may be called as well. A slope is a quotient too,
whose digits cancel near 0, where its series stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, factorial, pi, sqrt
from typing import Any

from ..graph.graph import Expr
from .elementary import cos, cosh, exp, hypot, log1p, tanh
from .elementary import sqrt as root
from .lorentz import lorentzian
from .op import Op
from .remainders import cot_less
from .series import Slope, bernoulli_series, even, odd_series, parts, series
from .special import gaussian, own_function
from .stable import csch, sech, versin

_HELPER = '''
def {name}(x):
    """{said}, and 1 at 0."""
    unit = np.where(x == 0, {unit}, x)
    return np.where(x == 0, 1, {over})
'''


def _row(
    signature: str,
    sentence: str,
    slope: Slope,
    meaning: str,
    over: str = "",
    unit: float = 1,
    **columns: Any,
) -> Op:
    """A row that is no 0/0 at 0: of a quotient over x as NumPy has it, or of a source."""
    if over:
        name, said = signature.removesuffix("(x)"), over.replace("np.", "").replace("unit", "x")
        columns["helper"] = _HELPER.format(name=name, said=said, unit=unit, over=over)
    given = {"domain": "nonzero", "extremes": {0.0: 1.0}, **columns}
    return own_function(signature, sentence, [lambda g, y, x: g * slope(x)], meaning, **given)


def _quotient(
    signature: str,
    sentence: str,
    slope: Slope,
    coefficients: Sequence[float],
    border: float,
    meaning: str,
    **columns: Any,
) -> Op:
    """A row of f(x)/x for an odd f, from the slope of f and the series of f(x)/x in x²."""

    def quotient_slope(x: Expr) -> Expr:
        """(f'(x) - f(x) / x) / x."""
        return parts(
            x,
            border,
            lambda u: (slope(u) - row(u)) / u,
            lambda u: u * series(u * u, even(coefficients)),
        )

    row = _row(signature, sentence, quotient_slope, meaning, **columns)
    return row


EXPREL_SLOPE = [k / factorial(k + 1) for k in range(1, 20)]
_LOG1PREL = [(-1) ** k * k / (k + 1) for k in range(1, 17)]
_ARCSIN = [comb(2 * k, k) / 4**k / (2 * k + 1) for k in range(16)]
_SINH = [1 / factorial(2 * k + 1) for k in range(11)]
_TANH = odd_series(1.0, 1, 18)
_BERNOULLI = bernoulli_series(24)


def exprel_slope(x: Expr) -> Expr:
    """(exp(x) - exprel(x)) / x, and 1/2 at 0."""
    return parts(x, 1.0, lambda u: (exp(u) - exprel(u)) / u, lambda u: series(u, EXPREL_SLOPE))


exprel: Op = _row(
    "exprel(x)",
    """Relative exponential (exp(x) - 1)/x, and 1 at 0.""",
    exprel_slope,
    "(exp(x) - 1) / x",
    scipy="exprel",
    over="np.expm1(unit) / unit",
)
log1prel: Op = _row(
    "log1prel(x)",
    """Relative logarithm log(1 + x)/x, and 1 at 0.""",
    lambda x: parts(
        x, 0.1, lambda u: (1 / (1 + u) - log1prel(u)) / u, lambda u: series(u, _LOG1PREL)
    ),
    "log(1 + x) / x",
    domain="positive",
    over="np.log1p(unit) / unit",
)
_J0 = [(-1) ** k / factorial(2 * k + 1) for k in range(11)]


def j0_slope(x: Expr) -> Expr:
    """(cos(x) - sin(x) / x) / x, less the spherical Bessel function of order 1. DLMF 10.49.3."""
    return parts(
        x,
        1.0,
        lambda u: (cos(u) - spherical_j0(u)) / u,
        lambda u: u * series(u * u, even(_J0)),
    )


spherical_j0: Op = _row(
    "spherical_j0(x)",
    """Spherical Bessel function sin(x)/x, and 1 at 0. DLMF 10.49.3.""",
    j0_slope,
    "sin(x) / x",
    latex=r"j_0\left({x}\right)",
    over="np.sin(unit) / unit",
)
spherical_j0_less = own_function(
    "spherical_j0_less(x)",
    """1 - sin(x)/x, accurate near 0.""",
    [lambda g, y, x: -g * j0_slope(x)],
    "1 - sin(x) / x",
    domain="nonzero",
    extremes={0.0: 0.0},
    latex=r"\left(1 - j_0\left({x}\right)\right)",
)
sin_rest: Op = _row(
    "sin_rest(x)",
    """(x - sin(x))/x³, and 1/6 at 0: of small rotations.""",
    lambda x: parts(
        x,
        3.0,
        lambda u: (versin(u) / u / u - 3 * sin_rest(u)) / u,
        lambda u: u * series(u * u, even([(-1) ** k / factorial(2 * k + 3) for k in range(16)])),
    ),
    "(x - sin(x)) / x ** 3",
    extremes={0.0: 1 / 6},
)
spherical_j0_inverse: Op = own_function(
    "spherical_j0_inverse(x)",
    """x/sin(x), and 1 at 0.""",
    [lambda g, y, x: -g * (y * cot_less(x))],
    "x / sin(x)",
    domain="nonzero",
    extremes={0.0: 1.0},
)
tanc_inverse: Op = own_function(
    "tanc_inverse(x)",
    """x/tan(x), and 1 at 0.""",
    [lambda g, y, x: -g * (x + y * cot_less(x))],
    "x / tan(x)",
    domain="nonzero",
    extremes={0.0: 1.0},
)
sinhc: Op = _quotient(
    "sinhc(x)",
    """sinh(x)/x, and 1 at 0.""",
    cosh,
    _SINH,
    1.0,
    "sinh(x) / x",
    over="np.sinh(unit) / unit",
)
tanhc: Op = _quotient(
    "tanhc(x)",
    """tanh(x)/x, and 1 at 0.""",
    lambda u: sech(u) ** 2,
    _TANH,
    0.5,
    "tanh(x) / x",
    over="np.tanh(unit) / unit",
)
arcsinc: Op = _quotient(
    "arcsinc(x)",
    """arcsin(x)/x, and 1 at 0.""",
    lambda u: 1 / root((1 - u) * (1 + u)),
    _ARCSIN,
    0.3,
    "asin(x) / x if x != 0 else mpf(1)",
    domain="unit",
    over="np.arcsin(unit) / unit",
    unit=0.5,
)
arctanc: Op = _quotient(
    "arctanc(x)",
    """arctan(x)/x, and 1 at 0.""",
    lorentzian,
    [(-1) ** k / (2 * k + 1) for k in range(17)],
    0.3,
    "atan(x) / x",
    over="np.arctan(unit) / unit",
)
arcsinhc: Op = _quotient(
    "arcsinhc(x)",
    """arcsinh(x)/x, and 1 at 0.""",
    lambda u: 1 / hypot(1.0, u),
    [(-1) ** k * c for k, c in enumerate(_ARCSIN)],
    0.3,
    "asinh(x) / x",
    over="np.arcsinh(unit) / unit",
)
arctanhc: Op = _quotient(
    "arctanhc(x)",
    """arctanh(x)/x, and 1 at 0.""",
    lambda u: 1 / ((1 - u) * (1 + u)),
    [1 / (2 * k + 1) for k in range(17)],
    0.3,
    "atanh(x) / x if x != 0 else mpf(1)",
    domain="unit",
    over="np.arctanh(unit) / unit",
    unit=0.5,
)
erfrel: Op = _quotient(
    "erfrel(x)",
    """erf(x)/x, and 2/√π at 0.""",
    lambda u: 2 / sqrt(pi) * gaussian(u),
    [2 / sqrt(pi) * (-1) ** k / factorial(k) / (2 * k + 1) for k in range(14)],
    0.5,
    "erf(x) / x",
    extremes={},
)
log1prel_inverse: Op = _row(
    "log1prel_inverse(x)",
    """x/log(1 + x), and 1 at 0.""",
    lambda x: parts(
        x,
        0.1,
        lambda u: (1 - log1prel_inverse(u) / (1 + u)) / log1p(u),
        lambda u: -(log1prel_inverse(u) ** 2) * series(u, _LOG1PREL),
    ),
    "x / log(1 + x)",
    domain="positive",
    over="unit / np.log1p(unit)",
)
tanhc_inverse: Op = _row(
    "tanhc_inverse(x)",
    """x/tanh(x), and 1 at 0.""",
    lambda x: parts(
        x,
        0.5,
        lambda u: (1 - tanhc_inverse(u) * sech(u) ** 2) / tanh(u),
        lambda u: -(tanhc_inverse(u) ** 2) * (u * series(u * u, even(_TANH))),
    ),
    "x / tanh(x)",
    over="unit / np.tanh(unit)",
)
sinhc_inverse: Op = _row(
    "sinhc_inverse(x)",
    """x/sinh(x), and 1 at 0.""",
    lambda x: parts(
        x,
        1.0,
        lambda u: csch(u) * (1 - tanhc_inverse(u)),
        lambda u: -(sinhc_inverse(u) ** 2) * (u * series(u * u, even(_SINH))),
    ),
    "x / sinh(x)",
)
bernoulli_function: Op = _row(
    "bernoulli_function(x)",
    """Bernoulli function x/(exp(x) - 1), and 1 at 0. DLMF 24.2.1.""",
    lambda x: parts(  # in exponentials, slopes of one another: with 1/x the next would cancel
        x,
        1.0,
        lambda u: bose_einstein(u) * (1 - bernoulli_function(-u)),
        lambda u: -(bernoulli_function(x) * (0.5 + u * series(u * u, _BERNOULLI))),
    ),
    "x / (exp(x) - 1)",
    extremes={0.0: 1.0, 1000.0: 0.0, -1000.0: 1000.0},
)
bose_einstein: Op = _row(
    "bose_einstein(x)",
    """Bose-Einstein distribution 1/(exp(x) - 1).""",
    lambda x: bose_einstein(x) * bose_einstein(-x),
    "1 / (exp(x) - 1)",
    extremes={1000.0: 0.0, -1000.0: -1.0},
)
# As products with 1/(exp(y) - 1) and 1/sinh(y) these would overflow where y is tiny and x is, too.
over_expm1: Op = own_function(
    "over_expm1(x, y)",
    """x/(exp(y) - 1), as in Planck's law.""",
    [lambda g, r, x, y: g * bose_einstein(y), lambda g, r, x, y: g * over_expm1(r, -y)],
    "x / (exp(y) - 1)",
    domain=("reals", "nonzero"),
)
over_sinh = own_function(
    "over_sinh(x, y)",
    """x/sinh(y). DLMF 4.28.1.""",
    [lambda g, r, x, y: g * csch(y), lambda g, r, x, y: -g * (r / tanh(y))],
    "x / sinh(y)",
    domain=("reals", "nonzero"),
)
