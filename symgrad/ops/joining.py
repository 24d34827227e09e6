"""Arrays put together and taken apart: concatenate, stack, split, pad, tile, repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.types import Shape, Type, promote, show_shape
from . import batching
from . import typing as t
from .indexing import WHOLE, Slice, getitem
from .op import Op, case, find_graph, lift, op
from .shapes import broadcast_to, reshape


def _end_to_end(*arrays: Type, axis: int) -> Type:
    if not arrays:
        raise ShapeError("there is nothing to join")
    first = arrays[0].shape
    for a in arrays:
        if not a.ndim:
            raise ShapeError("a scalar has no axis to join along", how="Use sg.stack.")
        if _others(a.shape, axis) != _others(first, axis):
            raise ShapeError(
                f"{show_shape(first)} and {show_shape(a.shape)} differ beside axis {axis}"
            )
    dtype, weak = promote(*((a.dtype, a.weak) for a in arrays))
    total: int | Dim = 0
    for a in arrays:
        total = total + a.shape[axis]
    return Type(dtype, (*first[:axis], total, *first[axis + 1 :]), weak)


def _others(shape: Shape, axis: int) -> Shape:
    """The sizes of the other axes; -1 stands for the axis itself."""
    return tuple(-1 if i == axis else d for i, d in enumerate(shape))


def _call_concatenate(self: Op, arrays: Any, axis: Any = 0) -> Expr:
    """With axis None all elements in a row; one array alone is returned as it is."""
    if axis is None:
        graph = find_graph(list(arrays), self)
        arrays, axis = [reshape(lift(graph, a), (-1,)) for a in arrays], 0
    return self.append_node(arrays, axis)


def _part(i: int, g: Expr, y: Expr, *arrays: Expr, axis: int) -> Expr:
    """The part of the cotangent that is the i-th array's."""
    start: int | Dim = 0
    for a in arrays[:i]:
        start = start + a.shape[axis]
    stop = None if i + 1 == len(arrays) else start + arrays[i].shape[axis]
    return getitem(g, (*[WHOLE] * axis, Slice((start, stop, 1))))


def _batched_parts(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Arrays that are the same for every example are repeated."""
    size = next(a.shape[0] for a, r in zip(args, ranks, strict=True) if r is not None)
    parts = [
        broadcast_to(a, (size, *a.shape)) if r is None else a
        for a, r in zip(args, ranks, strict=True)
    ]
    return concatenate(parts, axis=node.params["axis"] + 1)


def _along(*arrays: Type, axis: Any) -> dict[str, Any]:
    return {"axis": t.one_axis(axis, arrays[0].ndim) if arrays and arrays[0].ndim else 0}


concatenate: Op = op(
    "concatenate([arrays]; axis=0)",
    """Arrays put end to end along an axis.""",
    call=_call_concatenate,
    batch=_batched_parts,
    type=_end_to_end,
    prepare=_along,
    vjp=_part,
    numpy="np.concatenate({arrays}{*})",
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
