"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import product
from ..graph.graph import Expr
from ..graph.types import Type
from . import batching
from . import typing as t
from .arithmetic import multiply
from .composites import explained, lifted
from .counts import matrix_product
from .leaves import astype
from .op import Op, case, op
from .operands import describe
from .reductions import sum_
from .shapes import expand_dims, matrix_transpose, reshape, squeeze, transpose


def _toward_first(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    """g bᵀ, for every rank."""
    if a.ndim == 1:
        if b.ndim <= 2:
            return b * g if b.ndim == 1 else matmul(b, g)
        return squeeze(matmul(b, expand_dims(g, -1)), axis=-1)
    if b.ndim == 1:
        return outer(g, b) if a.ndim == 2 else expand_dims(g, -1) * b
    return matmul(g, matrix_transpose(b))


def _toward_second(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    """aᵀ g, for every rank."""
    if b.ndim == 1:
        if a.ndim <= 2:
            return a * g if a.ndim == 1 else matmul(a.T, g)
        return squeeze(matmul(matrix_transpose(a), expand_dims(g, -1)), axis=-1)
    if a.ndim == 1:
        return outer(a, g) if b.ndim == 2 else expand_dims(a, 1) * expand_dims(g, -2)
    return matmul(matrix_transpose(a), g)


matmul = op(
    "matmul(a, b)",
    """Matrix product of vectors, matrices and stacks. Deep Learning, section 6.5.6.""",
    batch=batching.matrix_product,
    type=t.matrix_product,
    vjp=[_toward_first, _toward_second],
    infix="@",
    verb="multiply {0} by {1}",
    flops=matrix_product,
    latex="{a} \\, {b}",
    role="z",
    cases=[
        case("[3]", "[3]"),
        case("[2, 3]", "[3]"),
        case("[3]", "[3, 2]"),
        case("[2, 3]", "[3, 4]"),
        case("[5, 2, 3]", "[3]"),
        case("[3]", "[5, 3, 4]"),
        case("[5, 2, 3]", "[3, 4]"),
        case("[5, 1, 2, 3]", "[4, 3, 2]"),
    ],
)


def _outer(a: Type, b: Type) -> Type:
    if a.ndim != 1 or b.ndim != 1:
        raise ShapeError("an outer product is of two vectors")
    dtype, weak = t.joined(a, b)
    return Type(dtype, (*a.shape, *b.shape), weak)


outer = op(
    "outer(a, b)",
    """All products of an element of a and one of b.""",
    batch=batching.outer_product,
    type=_outer,
    vjp=[lambda g, y, a, b: matmul(g, b), lambda g, y, a, b: matmul(a, g)],
    flops=1,
    latex=r"{a} \, {b}^\top",
    cases=[case("[3]", "[2]"), case("[1]", "[4]")],
)


def in_dtype_of(y: Expr, *factors: Expr) -> Expr:
    """A sum of products in their dtype: sums of short integers and bools are int64."""
    dtype, _ = t.joined(*(x.type for x in factors))
    return y if y.dtype == dtype else astype(y, dtype)


def _check_inner(a: Expr, b: Expr, ranks: t.Axes, axis: int) -> None:
    """Refuse operands of too few axes, and a last axis of a that is not as long as that of b."""
    for x, rank in zip((a, b), ranks, strict=True):
        if x.ndim < rank:
            raise ShapeError(f"{describe(x)} is no {'matrix' if rank == 2 else 'vector'}")
    if a.shape[-1] != b.shape[axis]:
        raise ShapeError(f"inner sizes {a.shape[-1]} and {b.shape[axis]} differ")


def _call_vecdot(self: Op, a: Any, b: Any, axis: Any) -> Expr:
    """A sum of products; of two vectors, their matmul."""
    a, b = lifted(self, a, b)
    with explained(self, a, b):
        i, j = (t.one_axis(axis, x.ndim) for x in (a, b))
        if a.shape[i] != b.shape[j]:
            raise ShapeError(f"sizes {a.shape[i]} and {b.shape[j]} of axis {axis} differ")
    if a.ndim == b.ndim == 1:
        return matmul(a, b)
    if a.ndim - i != b.ndim - j:
        a, b, i = transpose(a, _last(a, i)), transpose(b, _last(b, j)), a.ndim - 1
    return in_dtype_of(sum_(a * b, axis=i - a.ndim), a, b)


def _last(x: Expr, axis: int) -> t.Axes:
    """The order of axes in which one is the last."""
    return (*(k for k in range(x.ndim) if k != axis), axis)


vecdot = op(
    "vecdot(a, b; axis=-1)",
    """Products of the vectors along an axis; other axes are broadcast.""",
    call=_call_vecdot,
    meaning=lambda a, b, axis=-1: (np.moveaxis(a, axis, -1) * np.moveaxis(b, axis, -1)).sum(-1),
    cases=[
        case("[3]", "[3]"),
        case("[2, 3]", "[3]"),
        case("[2, 3]", "[2, 3]", axis=0),
        case("[3, 2]", "[3, 4, 2]", axis=0),
    ],
)


def _call_matvec(self: Op, a: Any, b: Any) -> Expr:
    """As matmul; rows of b that meet one matrix are multiplied by its transpose."""
    a, b = lifted(self, a, b)
    with explained(self, a, b):
        _check_inner(a, b, (2, 1), -1)
    if b.ndim == 1:
        return matmul(a, b)
    if a.ndim == 2:
        return matmul(b, a.T)
    return squeeze(matmul(a, expand_dims(b, -1)), axis=-1)


matvec = op(
    "matvec(a, b)",
    """Products of matrices with vectors; leading axes are broadcast.""",
    call=_call_matvec,
    meaning=lambda a, b: np.matmul(a, b[..., None])[..., 0],
    cases=[
        case("[2, 3]", "[3]"),
        case("[2, 3]", "[5, 3]"),
        case("[5, 2, 3]", "[5, 3]"),
        case("[5, 2, 3]", "[3]"),
    ],
)


def _call_vecmat(self: Op, a: Any, b: Any) -> Expr:
    """As matmul, but for stacks of matrices, which meet vectors one by one."""
    a, b = lifted(self, a, b)
    with explained(self, a, b):
        _check_inner(a, b, (1, 2), -2)
    if a.ndim == 1 or b.ndim == 2:
        return matmul(a, b)
    return squeeze(matmul(expand_dims(a, -2), b), axis=-2)


vecmat = op(
    "vecmat(a, b)",
    """Products of vectors with matrices; leading axes are broadcast.""",
    call=_call_vecmat,
    meaning=lambda a, b: np.matmul(a[..., None, :], b)[..., 0, :],
    cases=[
        case("[3]", "[3, 2]"),
        case("[5, 3]", "[3, 2]"),
        case("[5, 3]", "[5, 3, 2]"),
        case("[3]", "[5, 3, 2]"),
    ],
)


def _call_vdot(self: Op, a: Any, b: Any) -> Expr:
    """The matmul of all elements; of equal shapes, the sum of the products."""
    a, b = lifted(self, a, b)
    with explained(self, a, b):
        if a.size != b.size:
            raise ShapeError(f"{a.size} and {b.size} elements do not pair up")
    if a.shape == b.shape and a.ndim != 1:
        return in_dtype_of(sum_(a * b), a, b) if a.ndim else multiply(a, b)
    return matmul(reshape(a, -1), reshape(b, -1))


vdot = op(
    "vdot(a, b)",
    """Product of two arrays as vectors.""",
    call=_call_vdot,
    meaning=lambda a, b: np.dot(np.ravel(a), np.ravel(b)),
    cases=[case("[3]", "[3]"), case("[2, 3]", "[2, 3]"), case("[2, 3]", "[3, 2]")],
)


def _call_kron(self: Op, a: Any, b: Any) -> Expr:
    """All products, axes of a before those of b, and each pair of axes as one."""
    a, b = lifted(self, a, b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    ndim = max(a.ndim, b.ndim)
    m, n = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    shape = tuple(product(pair) for pair in zip(m, n, strict=True))
    if ndim == 1:
        return reshape(outer(a, b), shape)
    rows = expand_dims(a, tuple(range(1, 2 * a.ndim, 2)))
    columns = expand_dims(b, tuple(range(1, 2 * b.ndim - 1, 2)))
    return reshape(multiply(rows, columns), shape)


kron = op(
    "kron(a, b)",
    """Kronecker product: b times each element of a, in blocks.""",
    call=_call_kron,
    cases=[
        case("[2]", "[3]"),
        case("[2, 3]", "[4, 5]"),
        case("[3]", "[2, 2]"),
        case("[2, 1, 3]", "[2, 2]"),
        case("[]", "[3]"),
    ],
)


def _crossed(a: Type, b: Type, **_: Any) -> Type:
    for x in (a, b):
        if not x.ndim or x.shape[-1] != 3:
            raise ShapeError(f"vectors have 3 elements, not {x.shape[-1] if x.ndim else 'none'}")
    return t.numeric(a, b)


def _call_cross(self: Op, a: Any, b: Any, axisa: Any, axisb: Any, axisc: Any, axis: Any) -> Expr:
    """The vectors along the last axis; others are moved there and back."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = lifted(self, a, b)
    with explained(self, a, b):
        i, j = t.one_axis(axisa, a.ndim), t.one_axis(axisb, b.ndim)
        k = t.one_axis(axisc, max(a.ndim, b.ndim))
    y = self.append_node(transpose(a, _last(a, i)), transpose(b, _last(b, j)))
    order = list(range(y.ndim - 1))
    order.insert(k, y.ndim - 1)
    return transpose(y, order)


cross: Op = op(
    "cross(a, b; axisa=-1, axisb=-1, axisc=-1, axis=None)",
    """Cross product of vectors of 3 elements.""",
    # The axes beside that of the vectors broadcast; yet it is no operation on elements.
    batch=lambda node, args, ranks: batching.elementwise(node, args, ranks),
    type=_crossed,
    call=_call_cross,
    vjp=[lambda g, y, a, b, **_: cross(b, g), lambda g, y, a, b, **_: cross(g, a)],
    flops=3,
    numpy="np.cross({a}, {b})",
    latex=r"{a} \times {b}",
    cases=[
        case("[3]", "[3]"),
        case("[2, 3]", "[3]"),
        case("[3, 2]", "[2, 3]", axisa=0, axisc=0),
        case("[3, 2]", "[3, 2]", axis=0),
    ],
)
