"""Cholesky factors of stacks of symmetric positive definite matrices.

Derivative: Murray, "Differentiation of the Cholesky decomposition" (2016).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.graph import Expr
from . import batching
from .counts import matrices
from .diagonals import tril
from .inverses import STACKS
from .op import case, op
from .products import matmul
from .shapes import matrix_transpose
from .systems import solve_triangular, square


def _to_symmetric(g: Expr, y: Expr, a: Expr, upper: bool) -> Expr:
    """L⁻ᵀ Q L⁻¹, where Q is the lower triangle of Lᵀ g, mirrored and halved: Murray, section 3."""
    if upper:
        g, y = matrix_transpose(g), matrix_transpose(y)
    p = matmul(matrix_transpose(y), g)
    q = 0.5 * (tril(p) + matrix_transpose(tril(p, -1)))
    left = solve_triangular(y, q, lower=True, trans=True)
    return solve_triangular(y, matrix_transpose(left), lower=True, trans=True)


def _cholesky(a: Any, upper: bool = False) -> Any:
    """Column by column, of the symmetric part; for complex numbers without conjugates."""
    a = (a + np.swapaxes(a, -1, -2)) / 2
    y = np.zeros_like(a)
    for j in range(a.shape[-1]):
        row = y[..., j, :j]
        y[..., j, j] = np.sqrt(a[..., j, j] - (row * row).sum(axis=-1))
        for i in range(j + 1, a.shape[-1]):
            rest = a[..., i, j] - (y[..., i, :j] * row).sum(axis=-1)
            y[..., i, j] = rest / y[..., j, j]
    return np.swapaxes(y, -1, -2) if upper else y


cholesky = op(
    "cholesky(a; upper=False)",
    """L with L Lᵀ = a, lower triangular, or Lᵀ, of a symmetric positive definite matrix.

    As NumPy's it reads one triangle of a. The derivative is toward a symmetric matrix: half of it
    goes to either triangle, so that it is symmetric itself. Murray 2016, section 3.
    """,
    type=square,
    batch=batching.same,
    floating=True,
    prepare=lambda a, upper: {"upper": bool(upper)},
    vjp=[_to_symmetric],
    verb="factor {0}",
    flops=matrices(1),
    numpy="np.linalg.cholesky({a}{*})",
    latex=r"\operatorname{{chol}}\left({a}\right)",
    meaning=_cholesky,
    domain="positive_definite",
    cases=[*STACKS, case("[3, 3]", upper=True)],
)
