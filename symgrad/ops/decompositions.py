"""Inverses, determinants and Cholesky factors of stacks of square matrices.

Derivatives: Giles, "Collected matrix derivative results for forward and reverse mode" (2008), and
Murray, "Differentiation of the Cholesky decomposition" (2016).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..graph.graph import Expr
from ..graph.types import Type
from . import batching
from .functions import function
from .linear import matmul
from .matrices import tril
from .op import Op, case, op
from .reductions import sum_
from .shapes import expand_dims, matrix_transpose
from .systems import solve_triangular, square

_STACKS = [case("[3, 3]"), case("[1, 1]"), case("[2, 3, 3]")]


def _scalar(a: Type) -> Type:
    """One number for each matrix."""
    return square(a).with_shape(a.shape[:-2])


def _beside(g: Expr) -> Expr:
    """Numbers, one for each matrix, in a shape that multiplies the matrices."""
    return expand_dims(g, (-2, -1)) if g.ndim else g


inv = op(
    "inv(a)",
    """Inverse of a square matrix; solve(a, b) is faster and more accurate than inv(a) @ b.

    Giles 2008, section 2.2.3; Matrix Cookbook (59).
    """,
    type=square,
    batch=batching.same,
    floating=True,
    vjp=[lambda g, y, a: -matmul(matmul(matrix_transpose(y), g), matrix_transpose(y))],
    verb="invert {0}",
    numpy="np.linalg.inv({a})",
    latex=r"{{{a}}}^{{-1}}",
    meaning=np.linalg.inv,
    domain="invertible",
    cases=_STACKS,
)


def _second_of_det(g: Expr, y: Expr, a: Expr) -> Expr:
    """With y = det(a) a⁻ᵀ, of invertible matrices: <g, y> a⁻ᵀ - a⁻ᵀ gᵀ y."""
    inverse = y / _beside(det(a))
    along = _beside(sum_(g * y, axis=(-2, -1)))
    return along * inverse - matmul(matmul(inverse, matrix_transpose(g)), y)


cofactor = op(
    "cofactor(a)",
    """The matrix of cofactors, det(a) inv(a)ᵀ where a is invertible: the gradient of det.

    Near singular matrices, which have no inverse, it is computed by singular values; its own
    derivative is that of invertible matrices. Magnus and Neudecker, section 8.3.
    """,
    type=square,
    batch=batching.same,
    floating=True,
    vjp=[_second_of_det],
    numpy="cofactor({a})",
    helper='''
def cofactor(a):
    """det(a) inv(a).T; if a is nearly singular, by products of all singular values but one."""
    limits = np.finfo(a.dtype)
    try:
        with np.errstate(over="ignore"):
            inverse, det = np.linalg.inv(a), np.linalg.det(a)[..., None, None]
            size = np.abs(a).sum(axis=(-2, -1)) * np.abs(inverse).sum(axis=(-2, -1))
        usual = (np.abs(det) > limits.tiny) & (np.abs(det) < limits.max)
        if np.all(usual) and not np.any(size > limits.eps**-0.3):
            return det * np.swapaxes(inverse, -1, -2)
    except np.linalg.LinAlgError:
        pass
    u, s, vt = np.linalg.svd(a)
    with np.errstate(divide="ignore"):
        top = np.exp(np.sum(np.log(s[..., :-1]), axis=-1, keepdims=True))
    rest = top * np.divide(s[..., -1:], s, out=np.ones_like(s), where=s > 0)
    sign = np.linalg.det(u @ vt)[..., None, None]
    return sign * ((u * rest[..., None, :]) @ vt)
''',
    latex=r"\operatorname{{cof}}\left({a}\right)",
    meaning=lambda a: np.linalg.det(a)[..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2),
    domain="invertible",
    cases=_STACKS,
)

det: Op = op(
    "det(a)",
    """Determinant; the gradient holds for singular matrices too, the Hessian for invertible ones.

    Giles 2008, section 2.2.4; Matrix Cookbook (49).
    """,
    type=_scalar,
    batch=batching.same,
    floating=True,
    vjp=[lambda g, y, a: _beside(g) * cofactor(a)],
    lazy="operand",
    numpy="np.linalg.det({a})",
    latex=r"\det\left({a}\right)",
    meaning=np.linalg.det,
    domain="invertible",
    cases=_STACKS,
)


def _to_log_det(g: Expr, y: Expr, a: Expr) -> Expr:
    """The inverse, transposed."""
    return _beside(g) * matrix_transpose(inv(a))


slogdet_sign = op(
    "slogdet_sign(a)",
    """Sign of the determinant, without overflow: 1, -1, or 0 for a singular matrix.""",
    type=_scalar,
    batch=batching.same,
    floating=True,
    constant_derivative=True,
    numpy="np.linalg.slogdet({a}).sign",
    latex=r"\operatorname{{sign}}\det\left({a}\right)",
    meaning=lambda a: np.sign(np.real(np.linalg.det(a))),
    domain="invertible",
    cases=_STACKS,
)

logabsdet = op(
    "logabsdet(a)",
    """log|det(a)|, without overflow; -inf for a singular matrix. Matrix Cookbook (57).""",
    type=_scalar,
    batch=batching.same,
    floating=True,
    vjp=[_to_log_det],
    lazy="operand",
    numpy="np.linalg.slogdet({a}).logabsdet",
    latex=r"\log\left|\det\left({a}\right)\right|",
    meaning=lambda a: np.log(np.linalg.det(a) ** 2) / 2,
    domain="invertible",
    cases=_STACKS,
)

logdet = op(
    "logdet(a)",
    """log(det(a)), without overflow; nan where the determinant is negative, as PyTorch's.

    Boyd and Vandenberghe, Convex Optimization, section A.4.1.
    """,
    type=_scalar,
    batch=batching.same,
    floating=True,
    vjp=[_to_log_det],
    lazy="operand",
    numpy="logdet({a})",
    helper='''
def logdet(a):
    """log(det(a)), without overflow; nan where the determinant is negative."""
    sign, value = np.linalg.slogdet(a)
    return np.where(sign < 0, np.nan, value)
''',
    latex=r"\log\det\left({a}\right)",
    meaning=lambda a: np.log(np.linalg.det(a)),
    domain="invertible",
    cases=_STACKS,
)


class SlogdetResult(NamedTuple):
    """What `slogdet` returns, as NumPy's: ``sign * exp(logabsdet)`` is the determinant."""

    sign: Expr
    logabsdet: Expr


@function
def slogdet(a: Any) -> SlogdetResult:
    """Sign and log|det(a)|, without overflow: a pair (sign, logabsdet)."""
    return SlogdetResult(slogdet_sign(a), logabsdet(a))


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
    numpy="np.linalg.cholesky({a}{*})",
    latex=r"\operatorname{{chol}}\left({a}\right)",
    meaning=_cholesky,
    domain="positive_definite",
    cases=[*_STACKS, case("[3, 3]", upper=True)],
)
