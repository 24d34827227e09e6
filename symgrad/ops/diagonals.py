"""Diagonals, traces and triangles of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.amounts import Amount
from ..graph.dims import Dim, at_least, at_most, product
from ..graph.graph import Expr, operations
from ..graph.types import Shape, Type, as_shape, show_shape
from . import batching
from . import typing as t
from .composites import lifted
from .construction import identity
from .op import Op, case, op
from .shapes import broadcast_to, expand_dims, shape_text


def _length(rows: int | Dim, columns: int | Dim, offset: int) -> int | Dim:
    """How many elements a diagonal has."""
    if rows == columns:
        return at_least(rows - abs(offset), 0)
    m, n = rows + min(offset, 0), columns - max(offset, 0)
    if isinstance(m, Dim) and isinstance(n, Dim):
        raise ShapeError(f"the shorter of {rows} and {columns} is not known")
    shorter = at_most(m, n) if isinstance(n, int) else at_most(n, int(m))
    return at_least(shorter, 0)


def _diagonal(x: Type, offset: int, axis1: int, axis2: int) -> Type:
    rest = tuple(d for i, d in enumerate(x.shape) if i not in (axis1, axis2))
    return x.with_shape((*rest, _length(x.shape[axis1], x.shape[axis2], offset)))


def _diagonal_axes(x: Type, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> dict[str, Any]:
    """Canonical parameters, the first axis before the second."""
    if x.ndim < 2:
        raise ShapeError("only matrices and stacks of them have diagonals")
    i, j, k = t.one_axis(axis1, x.ndim), t.one_axis(axis2, x.ndim), t.whole(offset, "offset")
    if i == j:
        raise ShapeError(f"a diagonal is of two axes, not of axis {i} twice")
    return {"offset": k if i < j else -k, "axis1": min(i, j), "axis2": max(i, j)}


def _on_diagonal(g: Expr, shape: Shape, offset: int, axis1: int, axis2: int) -> Expr:
    """Zeros of a shape with g on a diagonal: by `diag` where that gives the shape."""
    if len(shape) == 2 and shape == (g.shape[0] + abs(offset),) * 2:
        return diag(g, offset)
    return embed_diagonal(g, shape, offset, axis1, axis2)


def _batched_axes(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Both axes move up by one."""
    moved = {"axis1": node.params["axis1"] + 1, "axis2": node.params["axis2"] + 1}
    if "shape" in node.params:
        moved["shape"] = (args[0].shape[0], *node.shape)
    return operations[node.op](*args, **{**node.params, **moved})


_DIAGONALS = [
    case("[3, 3]"),
    case("[2, 4]", offset=1),
    case("[3, 3]", offset=1),
    case("[2, 3, 3]", offset=-1, axis1=1, axis2=2),
    case("[3, 2, 3]", axis1=-1, axis2=0),
    case("[3, 3]", offset=4),
]

diagonal = op(
    "diagonal(x; offset=0, axis1=0, axis2=1)",
    """The elements on a diagonal of two axes, along a new last axis.""",
    type=_diagonal,
    prepare=_diagonal_axes,
    batch=_batched_axes,
    vjp=[lambda g, y, x, offset, axis1, axis2: _on_diagonal(g, x.shape, offset, axis1, axis2)],
    view=True,
    latex=r"\operatorname{{diag}}\left({x}\right)",
    cases=_DIAGONALS,
)


def _with_diagonal(x: Type, shape: Shape, offset: int, axis1: int, axis2: int) -> Type:
    place = _diagonal(Type(x.dtype, shape), offset, axis1, axis2).shape
    if x.shape != place:
        raise ShapeError(f"it does not fit a diagonal {show_shape(place)}")
    return x.with_shape(shape)


def _put(x: Any, shape: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    out = np.zeros(shape, np.result_type(x))
    for place in np.ndindex(*np.shape(x)):
        i = place[-1]
        full = list(place[:-1])
        full.insert(axis1, i - min(offset, 0))
        full.insert(axis2, i + max(offset, 0))
        out[tuple(full)] = x[place]
    return out


embed_diagonal: Op = op(
    "embed_diagonal(x; shape, offset=0, axis1=0, axis2=1)",
    """Zeros of a shape with x on a diagonal of two axes: the adjoint of `diagonal`.""",
    type=_with_diagonal,
    prepare=lambda x, shape, **params: {
        "shape": as_shape(shape),
        **_diagonal_axes(Type(x.dtype, as_shape(shape)), **params),
    },
    batch=_batched_axes,
    vjp=[lambda g, y, x, shape, **params: diagonal(g, **params)],
    flops=0,
    numpy=lambda node, x: f"embed_diagonal({x}, {shape_text(node.shape)}{_places(node)})",
    helper='''
def embed_diagonal(x, shape, offset=0, axis1=0, axis2=1):
    """Zeros of a shape, with x on a diagonal of two axes."""
    out = np.zeros(shape, np.result_type(x))
    i = np.arange(x.shape[-1])
    rows, columns = i - min(offset, 0), i + max(offset, 0)
    np.moveaxis(out, (axis1, axis2), (-2, -1))[..., rows, columns] = x
    return out
''',
    latex=r"\operatorname{{diag}}\left({x}\right)",
    meaning=_put,
    cases=[
        case("[2]", shape=(2, 3)),
        case("[2]", shape=(4, 3), offset=-2),
        case("[4, 2]", shape=(2, 4, 3), offset=1, axis1=0, axis2=2),
    ],
)


def _places(node: Expr) -> str:
    """The parameters that differ from their defaults, as arguments."""
    defaults = embed_diagonal.defaults
    return "".join(
        f", {k}={v}" for k, v in node.params.items() if k != "shape" and v != defaults[k]
    )


def _call_diag(self: Op, x: Any, k: Any) -> Expr:
    """The diagonal of a matrix; of a vector, the matrix that has it."""
    (x,) = lifted(self, x)
    if x.ndim == 2:
        return diagonal(x, k)
    return self.append_node(x, k)


def _with_vector(x: Type, k: int) -> Type:
    if x.ndim != 1:
        raise ShapeError("it is neither a vector nor a matrix")
    return x.with_shape((x.shape[0] + abs(k),) * 2)


diag: Op = op(
    "diag(x; k=0)",
    """The matrix with a vector on its k-th diagonal; of a matrix, that diagonal.""",
    type=_with_vector,
    prepare=lambda x, k: {"k": t.whole(k, "k")},
    call=_call_diag,
    batch=lambda node, args, ranks: embed_diagonal(
        args[0], (args[0].shape[0], *node.shape), node.params["k"], 1, 2
    ),
    vjp=[lambda g, y, x, k: diagonal(g, k)],
    flops=0,
    cases=[case("[3]"), case("[2]", k=1), case("[2]", k=-2), case("[3, 3]"), case("[3, 3]", k=-1)],
)


def _toward_trace(g: Expr, y: Expr, x: Expr, offset: int, axis1: int, axis2: int) -> Expr:
    """The same cotangent all along the diagonal."""
    if x.ndim == 2 and not offset and x.shape[0] == x.shape[1]:
        return g * identity(x.graph, x.shape[0], x.dtype)
    place = _diagonal(x.type, offset, axis1, axis2).shape
    g = broadcast_to(expand_dims(g, -1), place)
    return _on_diagonal(g, x.shape, offset, axis1, axis2)


trace = op(
    "trace(x; offset=0, axis1=0, axis2=1)",
    """Sum of the elements on a diagonal of two axes. Deep Learning, section 2.10.""",
    type=lambda x, **params: t.counted(_diagonal(x, **params), (x.ndim - 2,), False),
    prepare=_diagonal_axes,
    batch=_batched_axes,
    vjp=[_toward_trace],
    flops=lambda node: Amount.of(product(_diagonal(node.args[0].type, **node.params).shape)),
    latex=r"\operatorname{{tr}}\left({x}\right)",
    cases=_DIAGONALS,
)


def _triangular(x: Type, k: int) -> Type:
    if x.ndim < 2:
        raise ShapeError("it is no matrix")
    return x.with_shape(x.shape)


def _call_triangle(self: Op, x: Any, k: Any) -> Expr:
    """As NumPy has it, a vector stands for the matrix of which it is every row."""
    (x,) = lifted(self, x)
    return self.append_node(broadcast_to(x, x.shape * 2) if x.ndim == 1 else x, k)


def _triangle(name: str, doc: str) -> Op:
    """np.tril or np.triu, which are their own adjoints."""
    return op(
        f"{name}(x; k=0)",
        doc,
        type=_triangular,
        prepare=lambda x, k: {"k": t.whole(k, "k")},
        call=_call_triangle,
        batch=batching.same,
        vjp=[lambda g, y, x, k: operations[name](g, k)],
        flops=0,
        cases=[case("[3, 3]"), case("[2, 4]", k=1), case("[2, 3, 2]", k=-1), case("[3]", k=9)],
    )


tril = _triangle("tril", "Lower triangles: zeros above the k-th diagonal.")
triu = _triangle("triu", "Upper triangles: zeros below the k-th diagonal.")
