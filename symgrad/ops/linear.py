"""Products of vectors and matrices."""

from __future__ import annotations

import numpy as np

from ..errors import ShapeError
from ..graph.graph import Expr
from ..graph.types import Type, promote
from . import batching
from . import typing as t
from .op import case, op
from .shapes import expand_dims, matrix_transpose, squeeze


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
    numpy="np.matmul({a}, {b})",
    latex="{a} \\, {b}",
    meaning=np.matmul,
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
    aliases=["dot"],
)


def _outer(a: Type, b: Type) -> Type:
    if a.ndim != 1 or b.ndim != 1:
        raise ShapeError("an outer product is of two vectors")
    dtype, weak = promote((a.dtype, a.weak), (b.dtype, b.weak))
    return Type(dtype, (*a.shape, *b.shape), weak)


outer = op(
    "outer(a, b)",
    """All products of an element of a and one of b.""",
    batch=batching.outer_product,
    type=_outer,
    vjp=[lambda g, y, a, b: matmul(g, b), lambda g, y, a, b: matmul(a, g)],
    numpy="np.outer({a}, {b})",
    latex=r"{a} \, {b}^\top",
    meaning=np.outer,
    cases=[case("[3]", "[2]"), case("[1]", "[4]")],
)
