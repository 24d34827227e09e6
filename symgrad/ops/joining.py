"""Arrays put together: concatenate, stack, and what is written with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any
from weakref import ref

import numpy as np

from ..errors import ShapeError
from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.types import Type, show_shape
from . import batching
from . import typing as t
from .composites import lifted_list
from .indexing import along
from .op import Case, Op, case, op
from .rearrangement import atleast_3d
from .shapes import expand_dims, reshape


def _end_to_end(*arrays: Type, axis: int) -> Type:
    if not arrays:
        raise ShapeError("there is nothing to join")
    first = arrays[0].shape
    for a in arrays:
        if not a.ndim:
            raise ShapeError("a scalar has no axis to join along", how="Use sg.stack.")
        if t.with_size(a.shape, axis, -1) != t.with_size(first, axis, -1):
            raise ShapeError(
                f"{show_shape(first)} and {show_shape(a.shape)} differ beside axis {axis}"
            )
    dtype, weak = t.joined(*arrays)
    total: int | Dim = 0
    for a in arrays:
        total = total + a.shape[axis]
    return Type(dtype, t.with_size(first, axis, total), weak)


def _call_concatenate(self: Op, arrays: Any, axis: Any = 0) -> Expr:
    """With axis None all elements in a row."""
    arrays = lifted_list(arrays, self)
    if axis is None:
        arrays, axis = [reshape(a, (-1,)) for a in arrays], 0
    return self.append_node(arrays, axis)


def _part(i: int, g: Expr, y: Expr, axis: int) -> Expr:
    """The part of the cotangent that is the i-th array's."""
    bounds = _bounds(y)
    stop = None if i + 1 == len(y.args) else bounds[i + 1]
    return along(g, axis, slice(bounds[i], stop))


class _Latest:
    """The last node that was asked about: its parts are asked for one after the other."""

    node: Callable[[], Expr | None] = staticmethod(lambda: None)
    bounds: Sequence[int | Dim] = ()


def _bounds(y: Expr) -> Sequence[int | Dim]:
    """Where each part starts, and the end; found once for all parts."""
    if _Latest.node() is not y:
        sizes: list[int | Dim] = [a.shape[y.params["axis"]] for a in y.args]
        _Latest.node, _Latest.bounds = ref(y), list(accumulate(sizes, initial=0))
    return _Latest.bounds


def _batched(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Along the next axis."""
    join = stack if node.op == "stack" else concatenate
    return join(batching.whole(args, ranks), axis=node.params["axis"] + 1)


concatenate: Op = op(
    "concatenate([arrays]; axis=0)",
    """Arrays put end to end along an axis.""",
    call=_call_concatenate,
    batch=_batched,
    type=_end_to_end,
    prepare=lambda *arrays, axis: {
        "axis": t.one_axis(axis, arrays[0].ndim) if arrays and arrays[0].ndim else 0
    },
    vjp=_part,
    flops=0,
    latex=r"\left[{arrays}\right]",
    meaning=lambda *arrays, axis=0: np.concatenate(arrays, axis),
    cases=[
        case("[2]", "[3]"),
        case("[2, 3]", "[2, 1]", "[2, 2]", axis=-1),
        case("[1, 3]", "[4, 3]"),
        case("[2, 3]"),
        case("[2, 2]", "[3]", axis=None),
    ],
    aliases=["concat"],
)


def _side_by_side(*arrays: Type, axis: int) -> Type:
    if not arrays:
        raise ShapeError("there is nothing to join")
    first = arrays[0].shape
    for a in arrays:
        if a.shape != first:
            raise ShapeError(
                f"{show_shape(first)} and {show_shape(a.shape)} differ",
                how="Join arrays of several sizes with sg.concatenate.",
            )
    dtype, weak = t.joined(*arrays)
    return Type(dtype, (*first[:axis], len(arrays), *first[axis:]), weak)


def _stack_text(node: Expr, *arrays: str) -> str:
    """np.stack, which takes a Python number for a float64 or an int64."""
    axis = f", axis={node.params['axis']}" if node.params["axis"] else ""
    numbers = any(a.type.python for a in node.args) and node.dtype.itemsize == 4
    dtype = f", dtype=np.{node.dtype.name}" if numbers else ""
    return f"np.stack([{', '.join(arrays)}]{axis}{dtype})"


stack: Op = op(
    "stack([arrays]; axis=0)",
    """Arrays of one shape put side by side, along a new axis.""",
    call=lambda self, arrays, axis=0: self.append_node(lifted_list(arrays, self), axis),
    batch=_batched,
    type=_side_by_side,
    prepare=lambda *arrays, axis: {"axis": t.one_axis(axis, arrays[0].ndim + 1) if arrays else 0},
    vjp=lambda i, g, y, axis: along(g, axis, i),
    flops=0,
    numpy=_stack_text,
    latex=r"\left[{arrays}\right]",
    meaning=lambda *arrays, axis=0: np.stack(arrays, axis),
    cases=[
        case("[]", "[]", "[]"),
        case("[3]", "[3]"),
        case("[2, 3]", "[2, 3]", "[2, 3]", axis=-1),
        case("[2, 3]", "[2, 3]", axis=1),
        case("[2, 0]"),
    ],
)


def _joined(name: str, doc: str, build: Callable[[list[Expr]], Expr], *cases: Case) -> Op:
    """A row of a list of arrays that is written with other rows."""
    return op(
        f"{name}([arrays])",
        doc,
        call=lambda self, arrays: build(lifted_list(arrays, self)),
        meaning=lambda *arrays: getattr(np, name)(list(arrays)),
        cases=cases,
    )


def _of_rank(x: Expr, ndim: int) -> Expr:
    """With axes of size 1 in front, up to a rank."""
    return expand_dims(x, tuple(range(ndim - x.ndim))) if x.ndim < ndim else x


def _alike(arrays: list[Expr], ndim: int) -> bool:
    """Whether all are of this rank and one shape."""
    return all(a.ndim == ndim and a.shape == arrays[0].shape for a in arrays)


def _vertical(arrays: list[Expr]) -> Expr:
    if _alike(arrays, 1):
        return stack(arrays)
    return concatenate([_of_rank(a, 2) for a in arrays])


def _horizontal(arrays: list[Expr]) -> Expr:
    if _alike(arrays, 0):
        return stack(arrays)
    arrays = [_of_rank(a, 1) for a in arrays]
    return concatenate(arrays, axis=min(1, arrays[0].ndim - 1) if arrays else 0)


def _deep(arrays: list[Expr]) -> Expr:
    if _alike(arrays, 2):
        return stack(arrays, axis=-1)
    return concatenate([atleast_3d(a) for a in arrays], axis=2)


def _columns(arrays: list[Expr]) -> Expr:
    if _alike(arrays, 1):
        return stack(arrays, axis=1)
    columns = [expand_dims(_of_rank(a, 1), -1) if a.ndim < 2 else a for a in arrays]
    return concatenate(columns, axis=1)


vstack = _joined(
    "vstack",
    """Arrays put below one another; vectors are rows.""",
    _vertical,
    case("[3]", "[3]"),
    case("[2, 3]", "[3]", "[1, 3]"),
    case("[]", "[]"),
)
hstack = _joined(
    "hstack",
    """Arrays put beside one another; vectors end to end.""",
    _horizontal,
    case("[3]", "[2]"),
    case("[2, 3]", "[2, 1]"),
    case("[]", "[]"),
    case("[]", "[2]"),
)
dstack = _joined(
    "dstack",
    """Arrays put behind one another, along a third axis.""",
    _deep,
    case("[2, 3]", "[2, 3]"),
    case("[3]", "[3]"),
    case("[2, 3, 2]", "[2, 3]"),
    case("[]", "[]"),
)
column_stack = _joined(
    "column_stack",
    """Vectors as the columns of a matrix, beside those of matrices.""",
    _columns,
    case("[3]", "[3]"),
    case("[3, 2]", "[3]"),
    case("[]", "[]"),
)


def _depth(blocks: Any) -> int:
    """How deeply lists are nested, along their first entries."""
    depth = 0
    while isinstance(blocks, list):
        if not blocks:
            raise ShapeError("block: a list is empty")
        blocks, depth = blocks[0], depth + 1
    return depth


def _call_block(self: Op, arrays: Any) -> Expr:
    """Innermost lists are joined along the last axis, those around them along the one before."""
    if not isinstance(arrays, list):
        raise self.misused("the blocks are a list, or lists of lists")
    depth = _depth(arrays)
    entries, levels = arrays, []
    for _ in range(depth - 1):
        if any(not isinstance(e, list) or not e for e in entries):
            raise self.misused("the lists are not nested equally deep")
        levels.append([len(e) for e in entries])
        entries = [inner for e in entries for inner in e]
    if any(isinstance(e, list) for e in entries):
        raise self.misused("the lists are not nested equally deep")
    parts = lifted_list(entries, self)
    rank = max(depth, *(p.ndim for p in parts))
    parts = [_of_rank(p, rank) for p in parts]
    for i, sizes in enumerate(reversed(levels), 1):
        places = iter(parts)
        groups = ([next(places) for _ in range(count)] for count in sizes)
        parts = [g[0] if len(g) == 1 else concatenate(g, axis=-i) for g in groups]
    return parts[0] if len(parts) == 1 else concatenate(parts, axis=-depth)


block = op(
    "block([arrays])",
    """A matrix put together of blocks, in nested lists.""",
    call=_call_block,
    meaning=lambda *arrays: np.block(list(arrays)),
    cases=[case("[2, 3]", "[2, 1]"), case("[3]", "[2]"), case("[]", "[2]")],
)
