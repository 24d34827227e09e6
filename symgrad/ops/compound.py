"""Powers of 1 + x as interest is compounded, powers less 1, which cancel near 1; logarithms."""

from __future__ import annotations

from math import inf
from typing import Any

from ..graph.graph import Expr
from . import typing as t
from .arithmetic import absolute
from .counts import per_operand
from .elementary import log, log1p
from .literals import as_written
from .op import Op, op
from .relative import EXPREL_SLOPE
from .selection import equal, logical_and, where
from .series import series
from .special import own_function


def _is_origin(x: Expr, y: Expr) -> Expr:
    """Whether the slope of x**y toward x is 0 times infinity; beside it, it varies with y."""
    return logical_and(equal(x, 0), equal(y, 0))


def _lower(x: Expr, y: Expr) -> Expr:
    """(1 + x)**(y - 1), and 1 at (-1, 0); a number magnifies no rounding of 1 + x."""
    y = as_written(y)
    if y.value is not None:
        return (1 + x) ** (y - 1)
    return compound(where(_is_origin(1 + x, y), 0.0, x), y - 1)


def _toward_power(g: Expr, x: Expr, y: Expr) -> Expr:
    """The slope of (1 + x)**y toward y: 0 at x = -1; times g first, as z (1 + x)**y is in range."""
    return g * compound(x, y) * log1p(where(equal(x, -1), 0.0, x))


def _compounded(signature: str, sentence: str, meaning: str) -> Op:
    """A row of (1 + x)**y but for a constant: all of them have one slope."""
    slopes = [
        lambda g, r, x, y: g * y * _lower(x, y),
        lambda g, r, x, y: _toward_power(g, x, y),
    ]
    columns: dict[str, Any] = {"domain": ("positive", "reals"), "safe": [0.0, None]}
    return own_function(signature, sentence, slopes, meaning, **columns)


compound = _compounded(
    "compound(x, y)",
    """(1 + x)**y, accurate for small x.""",
    "(1 + x) ** y",
)
compoundm1 = _compounded(
    "compoundm1(x, y)",
    """(1 + x)**y - 1, accurate for small x and y.""",
    "(1 + x) ** y - 1",
)
powm1 = own_function(
    "powm1(x, y)",
    """x**y - 1, accurate for x near 1 and small y.""",
    [
        lambda g, r, x, y: g * y * where(_is_origin(x, y), 1.0, x) ** (y - 1),
        lambda g, r, x, y: g * (x**y * log(where(equal(x, 0), 1.0, x))),
    ],
    "x ** y - 1",
    domain=("positive", "reals"),
)


def _toward_exponent(r: Expr, x: Expr, y: Expr) -> Expr:
    """The slope toward y of r = (x**y - 1) / y: 1 / y² where the power ends in 0.

    Far from 0 by the power itself: the exponential magnifies what its argument is rounded by.
    """
    at_end = equal(x, where(y < 0, inf, 0.0))
    inner = log(where(at_end, 1.0, x))
    u = where(equal(inner, 0), 1.0, y) * inner  # 0 for infinite y, too
    near = absolute(u) < 1
    close = inner**2 * series(where(near, u, 0.0), EXPREL_SLOPE)
    far = (x**y * inner - r) / where(near, 1.0, y)
    return where(at_end, 1 / where(at_end, y, 1.0) ** 2, where(near, close, far))


box_cox = own_function(
    "box_cox(x, y)",
    """(x**y - 1) / y, and log(x) where y is 0: the Box-Cox transformation.""",
    [
        lambda g, r, x, y: g * x ** (y - 1),
        lambda g, r, x, y: g * _toward_exponent(r, x, y),
    ],
    "(x ** y - 1) / y",
    domain=("positive", "nonzero"),
    scipy="boxcox",
)


def _over(g: Expr, y: Expr, x: Expr) -> Expr:
    """g y / x, and 0 where both are 0: a power with that exponent is 1, whatever its base is."""
    return g * y / where(_is_origin(x, y), 1, x)


log_power: Op = own_function(
    "log_power(x, y)",
    """log(|x|**y), where the power itself may be 0 or infinite.""",
    [
        lambda g, r, x, y: _over(g, y, x),
        lambda g, r, x, y: g * log(absolute(where(equal(x, 0), 1, x))),
    ],
    "y * log(abs(x))",
    latex=r"\log\left|{x}\right|^{{{y}}}",
    domain=("nonzero", "reals"),
    kinks="0 toward y where x is 0",
)
log_compound: Op = own_function(
    "log_compound(x, y)",
    """log(|1 + x|**y), where the power itself may be 0 or infinite; accurate for small x.""",
    [
        lambda g, r, x, y: _over(g, y, 1 + x),
        lambda g, r, x, y: g * log_compound(where(equal(x, -1), 0, x), 1),
    ],
    "y * log(abs(1 + x))",
    latex=r"\log\left|1 + {x}\right|^{{{y}}}",
    domain=("positive", "reals"),
    kinks="0 toward y where x is -1",
)
parity = op(
    "parity(x, y)",
    """The sign of x**y: sign(x)**y, which is 0 or infinite only where x is 0.""",
    type=t.floating,
    constant_derivative=True,
    numpy="np.sign({x} + 0.0) ** {y}",  # sizes are integers
    flops=per_operand(2, 1),
    latex=r"\operatorname{{sgn}}\left({x}\right)^{{{y}}}",
    meaning="sign(x) ** y",
    domain=("positive", "reals"),
    kinks="0 everywhere",
)
