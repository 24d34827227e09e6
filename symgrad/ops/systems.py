"""Linear systems, of stacks of square and of triangular matrices.

The derivative of a solution is another solution, with the transposed matrix; no inverse is needed.
Giles, "Collected matrix derivative results for forward and reverse mode" (2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.graph import Expr, operations
from ..graph.types import Type
from . import batching
from . import typing as t
from .counts import solution, substitution
from .diagonals import tril, triu
from .op import Op, case, op
from .products import matmul, outer
from .shapes import expand_dims, matrix_transpose, squeeze, transpose


def square(a: Type, **_: Any) -> Type:
    """The type of a stack of square matrices."""
    if a.ndim < 2:
        raise ShapeError("it is no matrix: two axes are wanted")
    rows, columns = a.shape[-2:]
    if rows != columns:
        raise ShapeError(f"it is not square: its last two sizes {rows} and {columns} differ")
    return t.floating(a)


def _solution(a: Type, b: Type, **_: Any) -> Type:
    """NumPy 2's solve: b of one axis is a vector, else a stack of matrices."""
    if not b.ndim:
        raise ShapeError("the right side is a scalar, not a vector or matrix")
    dtype, weak = t.joined(a, b)
    rows, given = square(a).shape[-1], b.shape[max(0, b.ndim - 2)]
    if rows != given:
        how = "A stack of vectors is written solve({0}, {1}[..., None])[..., 0]."
        stack = b.ndim > 1 and b.shape[-1] == rows
        raise ShapeError(
            f"the matrix has {rows} rows, and the right side {given}", how=how if stack else None
        )
    if b.ndim == 1:
        return Type(dtype, a.shape[:-1], weak)
    return Type(dtype, (*t.leading(a, b), *b.shape[-2:]), weak)


def _of_vectors(solver: Op, a: Expr, v: Expr, **params: Any) -> Expr:
    """The solutions for a stack of vectors."""
    if v.ndim == 1:
        return solver(a, v, **params)
    return squeeze(solver(a, expand_dims(v, -1), **params), axis=-1)


def _product(a: Expr, b: Expr, vectors: bool) -> Expr:
    """a bᵀ, of columns or of vectors, each with its own axis last."""
    if not vectors:
        return matmul(a, matrix_transpose(b))
    return outer(a, b) if a.ndim == 1 else expand_dims(a, -1) * expand_dims(b, -2)


def _batch_of_systems(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Vectors of one matrix become its columns: one factorization serves the whole batch."""
    (a, b), (i, j) = args, (x.ndim for x in node.args)
    solver = operations[node.op]
    if j == 1 and ranks[1] is None:
        return solver(a, b, **node.params)
    if j == 1 and ranks[0] is None:
        y = solver(a, b.T, **node.params)
        return transpose(y, (y.ndim - 1, *range(y.ndim - 1)))
    rank = max(i, j, 2)
    a = batching.aligned(a, ranks[0], rank)
    b = expand_dims(b, -1) if j == 1 else b
    b = batching.aligned(b, None if ranks[1] is None else max(j, 2), rank)
    y = solver(a, b, **node.params)
    return squeeze(y, axis=-1) if j == 1 else y


def _to_right_side(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    """The solution with the transposed matrix, for the cotangent."""
    a = matrix_transpose(a)
    return _of_vectors(solve, a, g) if b.ndim == 1 else solve(a, g)


solve: Op = op(
    "solve(a, b)",
    """x of a x = b, by LU factors; b of one axis is a vector. Giles 2008, section 2.3.""",
    type=_solution,
    batch=_batch_of_systems,
    floating=True,
    vjp=[lambda g, y, a, b: -_product(_to_right_side(g, y, a, b), y, b.ndim == 1), _to_right_side],
    verb="solve {0} x = {1}",
    flops=solution,
    numpy="np.linalg.solve({a}, {b})",
    latex=r"{{{a}}}^{{-1}} \, {b}",
    meaning=np.linalg.solve,
    domain=("invertible", "reals"),
    cases=[
        case("[3, 3]", "[3]"),
        case("[3, 3]", "[3, 2]"),
        case("[1, 1]", "[1]"),
        case("[2, 3, 3]", "[3]"),
        case("[2, 3, 3]", "[2, 3, 2]"),
        case("[3, 3]", "[2, 3, 1]"),
        case("[4, 1, 3, 3]", "[2, 3, 1]"),
    ],
)


def _flags(a: Type, b: Type, trans: Any, lower: Any, unit_diagonal: Any) -> dict[str, Any]:
    """SciPy's flags as bools; 0, 1, "N" and "T" stand for trans too."""
    known = {0: False, 1: True, "N": False, "T": True}
    flags = {"trans": trans, "lower": lower, "unit_diagonal": unit_diagonal}
    for name, value in flags.items():
        if not isinstance(value, bool | int | str | np.bool) or value not in known:
            raise DTypeError(f"{name} is True or False, not {value!r:.40}")
    return {name: known[value] for name, value in flags.items()}


def _to_triangular_right_side(g: Expr, y: Expr, a: Expr, b: Expr, **flags: bool) -> Expr:
    flags["trans"] = not flags["trans"]
    if b.ndim == 1:
        return _of_vectors(solve_triangular, a, g, **flags)
    return solve_triangular(a, g, **flags)


def _to_triangle(g: Expr, y: Expr, a: Expr, b: Expr, **flags: bool) -> Expr:
    """As for any matrix, in the triangle that is read; 0 elsewhere."""
    left, right = _to_triangular_right_side(g, y, a, b, **flags), y
    if flags["trans"]:
        left, right = right, left
    whole = -_product(left, right, b.ndim == 1)
    off = int(flags["unit_diagonal"])
    return tril(whole, -off) if flags["lower"] else triu(whole, off)


def _triangle(a: Any, trans: bool = False, lower: bool = False, unit_diagonal: bool = False) -> Any:
    """The matrix that is solved with, for the test oracle."""
    a = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        eye = np.eye(a.shape[-1], dtype=a.dtype)
        a = a * (1 - eye) + eye
    return np.swapaxes(a, -1, -2) if trans else a


solve_triangular: Op = op(
    "solve_triangular(a, b; trans=False, lower=False, unit_diagonal=False)",
    """x of a x = b, or of aᵀ x = b, by substitution, reading one triangle of a; as SciPy's.

    NumPy has no such function. `np.linalg.solve` on an upper triangle substitutes backward exactly
    as a triangular solve does, since there is nothing to eliminate, but takes n³ operations to find
    out. In blocks of 64 it takes n², in n / 64 steps of Python, for stacks too; a lower triangle
    is an upper one read from its end. Higham, Accuracy and Stability, section 8.1.
    """,
    type=_solution,
    batch=_batch_of_systems,
    floating=True,
    prepare=_flags,
    vjp=[_to_triangle, _to_triangular_right_side],
    verb="solve {0} x = {1}",
    flops=substitution,
    helper='''
def solve_triangular(a, b, trans=False, lower=False, unit_diagonal=False):
    """x of a x = b (or aᵀ x = b) for a triangle of a, by substitution in blocks."""
    keep, off = (np.tril, -1) if lower else (np.triu, 1)
    n = a.shape[-1]
    a = keep(a, off) + np.eye(n, dtype=a.dtype) if unit_diagonal else keep(a)
    a = np.swapaxes(a, -1, -2) if trans else a
    x = b[:, None] if b.ndim == 1 else b
    lead = np.broadcast_shapes(a.shape[:-2], x.shape[:-2])
    x = np.array(np.broadcast_to(x, (*lead, *x.shape[-2:])))
    if lower != trans:
        a, x = a[..., ::-1, ::-1], x[..., ::-1, :]
    for stop in range(n, 0, -64):
        start = max(stop - 64, 0)
        rows = slice(start, stop)
        x[..., rows, :] = np.linalg.solve(a[..., rows, rows], x[..., rows, :])
        x[..., :start, :] -= a[..., :start, rows] @ x[..., rows, :]
    x = x[..., ::-1, :] if lower != trans else x
    return x[..., 0] if b.ndim == 1 else x
''',
    latex=r"{{{a}}}_{{\triangle}}^{{-1}} \, {b}",
    meaning=lambda a, b, **flags: np.linalg.solve(_triangle(a, **flags), b),
    domain=("invertible", "reals"),
    cases=[
        case("[3, 3]", "[3]"),
        case("[3, 3]", "[3, 2]", lower=True),
        case("[3, 3]", "[3]", trans=True, unit_diagonal=True),
        case("[2, 3, 3]", "[3]", lower=True, trans=True),
        case("[3, 3]", "[2, 3, 1]", lower=True, unit_diagonal=True),
        case("[2, 1, 3, 3]", "[4, 3, 2]", trans=True),
    ],
)


def _call_cholesky_solve(self: Op, b: Any, factor: Any, upper: Any = False) -> Expr:
    """Forward and backward substitution."""
    first = solve_triangular(factor, b, lower=not upper, trans=bool(upper))
    return solve_triangular(factor, first, lower=not upper, trans=not upper)


def _cholesky_solution(b: Any, factor: Any, upper: bool = False) -> Any:
    """The solution with the product of the triangles, for the test oracle."""
    a = _triangle(factor, trans=upper, lower=not upper)
    return np.linalg.solve(a @ np.swapaxes(a, -1, -2), b)


cholesky_solve = op(
    "cholesky_solve(b, factor; upper=False)",
    """x of L Lᵀ x = b, where L is the factor (upper: Lᵀ); as PyTorch's.""",
    call=_call_cholesky_solve,
    meaning=_cholesky_solution,
    domain=("reals", "invertible"),
    cases=[
        case("[3]", "[3, 3]"),
        case("[3, 2]", "[3, 3]", upper=True),
        case("[2, 3, 1]", "[2, 3, 3]"),
    ],
)
