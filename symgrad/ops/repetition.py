"""Copies of arrays and of their elements: tile, repeat."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import Dim, size
from ..graph.graph import Expr
from ..graph.types import Shape, Type
from . import batching
from . import typing as t
from .composites import explained, lifted
from .construction import check_count
from .indexing import take
from .op import Op, case, op
from .shapes import expand_dims, reshape, shape_text


def _repetitions(x: Type, reps: Any) -> dict[str, Any]:
    """One count for each axis of the result."""
    reps = reps.tolist() if isinstance(reps, np.ndarray) else reps
    given = tuple(map(size, reps if isinstance(reps, tuple | list) else [reps]))
    return {"reps": (*[1] * (x.ndim - len(given)), *given)}


def _tiled(x: Type, reps: Shape) -> Type:
    shape = (*[1] * (len(reps) - x.ndim), *x.shape)
    return x.with_shape(tuple(r * d for r, d in zip(reps, shape, strict=True)))


def _untiled(g: Expr, y: Expr, x: Expr, reps: Shape) -> Expr:
    """The sum over the copies."""
    shape = (*[1] * (len(reps) - x.ndim), *x.shape)
    split = tuple(s for pair in zip(reps, shape, strict=True) for s in pair)
    total = reshape(g, split).sum(axis=tuple(range(0, 2 * len(reps), 2)))
    return reshape(total, x.shape)


def _call_tile(self: Op, x: Any, reps: Any) -> Expr:
    """Once alone, the operand itself, with the axes that are asked for."""
    (x,) = lifted(self, x)
    with explained(self, x):
        counts = _repetitions(x.type, reps)["reps"]
    if all(c == 1 for c in counts):
        return expand_dims(x, tuple(range(len(counts) - x.ndim))) if len(counts) > x.ndim else x
    return self.append_node(x, counts)


tile: Op = op(
    "tile(x; reps)",
    """Copies of x beside one another, so many along each axis.""",
    type=_tiled,
    prepare=_repetitions,
    call=_call_tile,
    batch=lambda node, args, ranks: tile(
        batching.aligned(args[0], ranks[0], node.ndim), (1, *node.params["reps"])
    ),
    vjp=[_untiled],
    flops=0,
    numpy=lambda node, x: f"np.tile({x}, {_one_or_all(node.params['reps'])})",
    cases=[
        case("[3]", reps=2),
        case("[2, 3]", reps=(2, 1)),
        case("[2, 3]", reps=3),
        case("[2]", reps=(2, 3, 1)),
        case("[]", reps=(2, 2)),
        case("[2, 3]", reps=(0, 2)),
    ],
)


def _one_or_all(sizes: Shape) -> str:
    text = shape_text(sizes)
    return text[1:-2] if len(sizes) == 1 else text


def _gathered_up(g: Expr, y: Expr, x: Expr, repeats: int | Dim, axis: int) -> Expr:
    """The sum over the repetitions."""
    shape = (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :])
    return reshape(g, shape).sum(axis=axis + 1)


def _call_repeat(self: Op, x: Any, repeats: Any, axis: Any = None) -> Expr:
    """Without an axis of all elements in a row; different repeats select elements."""
    (x,) = lifted(self, x)
    with explained(self, x):
        x, axis = (reshape(x, (-1,)), 0) if axis is None else (x, t.one_axis(axis, x.ndim))
        if isinstance(repeats, np.ndarray | list | tuple) and np.ndim(repeats):
            if len(repeats) > 1:
                return take(x, _repeated_places(x, repeats, axis), axis=axis)
            repeats = repeats[0] if len(repeats) else 0
        return x if size(repeats) == 1 else self.append_node(x, size(repeats), axis)


def _repeated_places(x: Expr, repeats: Any, axis: int) -> np.ndarray[Any, Any]:
    length = x.shape[axis]
    if length != len(repeats):
        raise ShapeError(f"{len(repeats)} repeats do not fit size {length} of axis {axis}")
    counts = [int(size(r)) for r in repeats]
    check_count(sum(counts), "repeat")
    return np.repeat(np.arange(length), counts)


repeat: Op = op(
    "repeat(x; repeats, axis=None)",
    """Every element so many times in a row, along an axis or of all elements in a row.""",
    type=lambda x, repeats, axis: x.with_shape(t.with_size(x.shape, axis, x.shape[axis] * repeats)),
    prepare=lambda x, repeats, axis: {"repeats": repeats, "axis": t.one_axis(axis, x.ndim)},
    call=_call_repeat,
    batch=lambda node, args, ranks: repeat(
        args[0], node.params["repeats"], axis=node.params["axis"] + 1
    ),
    vjp=[_gathered_up],
    flops=0,
    numpy=lambda node, x: (
        f"np.repeat({x}, {_one_or_all((node.params['repeats'],))}, axis={node.params['axis']})"
    ),
    cases=[
        case("[3]", repeats=2),
        case("[2, 3]", repeats=2, axis=-1),
        case("[2, 3]", repeats=3, axis=0),
        case("[2, 2]", repeats=2),
        case("[]", repeats=3),
        case("[2, 3]", repeats=0, axis=1),
    ],
)
