"""Inverses and determinants of stacks of square matrices.

Derivatives: Giles, "Collected matrix derivative results for forward and reverse mode" (2008).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..graph.graph import Expr
from ..graph.types import Type
from . import batching
from .counts import matrices
from .functions import function
from .op import Op, case, op
from .products import matmul
from .reductions import sum_
from .shapes import expand_dims, matrix_transpose
from .systems import square

STACKS = [case("[3, 3]"), case("[1, 1]"), case("[2, 3, 3]")]
"""Samples of operations of square matrices, with or without stacks of them."""


def _of_squares(name: str, doc: str, **columns: Any) -> Op:
    """A row of a function of invertible matrices, or of stacks of them."""
    given = {"batch": batching.same, "floating": True, "domain": "invertible", "cases": STACKS}
    return op(f"{name}(a)", doc, **{**given, **columns})


def _scalar(a: Type) -> Type:
    """One number for each matrix."""
    return square(a).with_shape(a.shape[:-2])


def _beside(g: Expr) -> Expr:
    """Numbers, one for each matrix, in a shape that multiplies the matrices."""
    return expand_dims(g, (-2, -1)) if g.ndim else g


inv = _of_squares(
    "inv",
    """Inverse of a square matrix; solve(a, b) is faster and more accurate than inv(a) @ b.

    Giles 2008, section 2.2.3; Matrix Cookbook (59).
    """,
    type=square,
    vjp=[lambda g, y, a: -matmul(matmul(matrix_transpose(y), g), matrix_transpose(y))],
    verb="invert {0}",
    flops=matrices(6),
    numpy="np.linalg.inv({a})",
    latex=r"{{{a}}}^{{-1}}",
    meaning=np.linalg.inv,
)


def _second_of_det(g: Expr, y: Expr, a: Expr) -> Expr:
    """With y = det(a) a⁻ᵀ, of invertible matrices: <g, y> a⁻ᵀ - a⁻ᵀ gᵀ y."""
    inverse = y / _beside(det(a))
    along = _beside(sum_(g * y, axis=(-2, -1)))
    return along * inverse - matmul(matmul(inverse, matrix_transpose(g)), y)


cofactor = _of_squares(
    "cofactor",
    """The matrix of cofactors, det(a) inv(a)ᵀ where a is invertible: the gradient of det.

    Near singular matrices, which have no inverse, it is computed by singular values; its own
    derivative is that of invertible matrices. Magnus and Neudecker, section 8.3.
    """,
    type=square,
    vjp=[_second_of_det],
    flops=matrices(8, 5),
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
)

det: Op = _of_squares(
    "det",
    """Determinant; the gradient holds for singular matrices too, the Hessian for invertible ones.

    Giles 2008, section 2.2.4; Matrix Cookbook (49).
    """,
    type=_scalar,
    vjp=[lambda g, y, a: _beside(g) * cofactor(a)],
    lazy="operand",
    flops=matrices(2),
    numpy="np.linalg.det({a})",
    latex=r"\det\left({a}\right)",
    meaning=np.linalg.det,
)


def _to_log_det(g: Expr, y: Expr, a: Expr) -> Expr:
    """The inverse, transposed."""
    return _beside(g) * matrix_transpose(inv(a))


slogdet_sign = _of_squares(
    "slogdet_sign",
    """Sign of the determinant, without overflow: 1, -1, or 0 for a singular matrix.""",
    type=_scalar,
    constant_derivative=True,
    flops=matrices(2),
    numpy="np.linalg.slogdet({a}).sign",
    latex=r"\operatorname{{sign}}\det\left({a}\right)",
    meaning=lambda a: np.sign(np.real(np.linalg.det(a))),
)

logabsdet = _of_squares(
    "logabsdet",
    """log|det(a)|, without overflow; -inf for a singular matrix. Matrix Cookbook (57).""",
    type=_scalar,
    vjp=[_to_log_det],
    lazy="operand",
    flops=matrices(2),
    numpy="np.linalg.slogdet({a}).logabsdet",
    latex=r"\log\left|\det\left({a}\right)\right|",
    meaning=lambda a: np.log(np.linalg.det(a) ** 2) / 2,
)

logdet = _of_squares(
    "logdet",
    """log(det(a)), without overflow; nan where the determinant is negative, as PyTorch's.

    Boyd and Vandenberghe, Convex Optimization, section A.4.1.
    """,
    type=_scalar,
    vjp=[_to_log_det],
    lazy="operand",
    flops=matrices(2, 2),
    helper='''
def logdet(a):
    """log(det(a)), without overflow; nan where the determinant is negative."""
    sign, value = np.linalg.slogdet(a)
    return np.where(sign < 0, np.nan, value)
''',
    latex=r"\log\det\left({a}\right)",
    meaning=lambda a: np.log(np.linalg.det(a)),
)


class SlogdetResult(NamedTuple):
    """What `slogdet` returns, as NumPy's: ``sign * exp(logabsdet)`` is the determinant."""

    sign: Expr
    logabsdet: Expr


@function
def slogdet(a: Any) -> SlogdetResult:
    """Sign and log|det(a)|, without overflow: a pair (sign, logabsdet)."""
    return SlogdetResult(slogdet_sign(a), logabsdet(a))
