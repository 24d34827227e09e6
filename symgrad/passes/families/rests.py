"""Functions less the first terms of their series, over the power that is left, and their limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial

from ...graph.graph import Expr
from ...ops.relative import sin_rest
from ...ops.remainders import expm1_less, log1p_less, sinh_less, tan_less, tanh_less
from ...ops.series import odd_series, parts, series

Row = Callable[[Expr], Expr]


def _over_square(f: Row, border: float, coefficients: Sequence[float]) -> Row:
    return lambda x: parts(x, border, lambda u: f(u) / u / u, lambda u: series(u, coefficients))


def _over_cube(f: Row, border: float, coefficients: Sequence[float]) -> Row:
    return lambda x: parts(x, border, lambda u: f(u) / u**3, lambda u: series(u * u, coefficients))


_TANH = odd_series(1.0, 1, 21)[1:]
expm1_rest = _over_square(expm1_less, 1.0, [1 / factorial(k) for k in range(2, 20)])
"""(exp(u) - 1 - u) / u²."""
log1p_rest = _over_square(log1p_less, 0.1, [-((-1) ** k) / k for k in range(2, 19)])
"""(log(1 + u) - u) / u²."""

RESTS: Mapping[str, tuple[int, Row]] = {
    "expm1_less": (2, expm1_rest),
    "log1p_less": (2, log1p_rest),
    "sin_less": (3, lambda u: -sin_rest(u)),
    "sinh_less": (3, _over_cube(sinh_less, 1.0, [1 / factorial(2 * k + 3) for k in range(9)])),
    "tan_less": (3, _over_cube(tan_less, 0.6, [abs(c) for c in _TANH])),
    "tanh_less": (3, _over_cube(tanh_less, 0.6, _TANH)),
}
"""By the row of the difference: the power, and what is left over it."""
