"""Powers of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import Dim
from ..graph.graph import Expr, operations
from . import typing as t
from .composites import arranged
from .construction import MOST_ELEMENTS, identity
from .op import case
from .operands import lift
from .products import matmul
from .shapes import broadcast_to, expand_dims


def _powers(x: Expr, N: Any, increasing: Any) -> Expr:
    """Powers by broadcasting; of how many, is known now."""
    if x.ndim != 1:
        raise ShapeError("it is no vector")
    count = x.shape[0] if N is None else t.whole(N, "N")
    if isinstance(count, Dim):
        raise ShapeError(f"how many powers, {count}, is not known", how="Give N, an integer.")
    if not 0 <= count <= MOST_ELEMENTS:
        raise ShapeError(f"{count} is no number of powers")
    powers = np.arange(count, dtype=x.dtype)
    return expand_dims(x, 1) ** lift(x.graph, powers if increasing else powers[::-1])


vander = arranged(
    "vander(x; N=None, increasing=False)",
    """Vandermonde matrix: for each element a row of N powers, from the highest to 1.""",
    _powers,
    case("[3]", N=4),
    case("[3]", N=2, increasing=True),
    meaning=lambda x, N=None, increasing=False: np.stack(
        [x**k for k in range(N)[:: 1 if increasing else -1]], axis=-1
    ),
)


def _matrix_power(x: Expr, n: Any) -> Expr:
    """By repeated squaring; negative powers are those of the inverse."""
    power = t.whole(n, "n")
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError("it is no square matrix")
    if power == 0:
        return broadcast_to(identity(x.graph, x.shape[-1], x.dtype), x.shape)
    return _raised(operations["inv"](x) if power < 0 else x, abs(power))


def _raised(x: Expr, power: int) -> Expr:
    """x to a positive power, by the binary digits of the power."""
    while power % 2 == 0:
        x, power = matmul(x, x), power // 2
    result = x
    while power := power // 2:
        x = matmul(x, x)
        result = matmul(result, x) if power % 2 else result
    return result


matrix_power = arranged(
    "matrix_power(x; n)",
    """A square matrix, or each of a stack, to an integer power.""",
    _matrix_power,
    *(case("[3, 3]", n=0), case("[3, 3]", n=1), case("[2, 3, 3]", n=2), case("[3, 3]", n=5)),
    meaning=np.linalg.matrix_power,
)
