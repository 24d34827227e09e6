"""Elements put in and left out: append, insert, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import Dim
from ..graph.graph import Expr
from . import typing as t
from .composites import arranged, explained, lifted_list
from .indexing import along, take
from .joining import concatenate
from .op import Op, case, op
from .rearrangement import moveaxis
from .shapes import broadcast_to, expand_dims, reshape

append = op(
    "append(x, values; axis=None)",
    """The values put behind x along an axis; without one, all elements in a row.""",
    call=lambda self, x, values, axis: concatenate([x, values], axis=axis),
    cases=[case("[3]", "[2]"), case("[2, 3]", "[]"), case("[2, 3]", "[2, 1]", axis=-1)],
)


def _axis_of(x: Expr, axis: Any) -> tuple[Expr, int]:
    """Without an axis, of all elements in a row."""
    if axis is None:
        return reshape(x, (-1,)), 0
    return x, t.one_axis(axis, x.ndim)


def _places(x: Expr, axis: int) -> np.ndarray[Any, Any]:
    length = x.shape[axis]
    if isinstance(length, Dim):
        raise ShapeError(
            f"axis {axis} is of a named size, {length}", how="Give one place, a plain number."
        )
    return np.arange(length)


def _one_place(x: Expr, obj: Any, axis: int, ends: int) -> int | None:
    """A place given as one number, of an axis that has so many places more than elements."""
    if not isinstance(obj, int | np.integer) or isinstance(obj, bool):
        return None
    length = x.shape[axis]
    if isinstance(length, int) and not -length <= obj < length + ends:
        raise ShapeError(f"place {obj} is out of range for size {length} of axis {axis}")
    return int(obj)


def _deleted(x: Expr, obj: Any, axis: Any) -> Expr:
    x, axis = _axis_of(x, axis)
    place = _one_place(x, obj, axis, 0)
    if place is None:
        return take(x, _chosen(np.delete, _places(x, axis), obj), axis=axis)
    parts = [along(x, axis, slice(None, place))]
    if place != -1:
        parts.append(along(x, axis, slice(place + 1, None)))
    kept = [p for p in parts if p.shape[axis] != 0]
    return concatenate(kept, axis=axis) if len(kept) > 1 else (kept or parts)[0]


def _chosen(edit: Callable[..., Any], places: Any, *args: Any) -> Any:
    """Places edited by NumPy."""
    try:
        return edit(places, *args)
    except (IndexError, ValueError, TypeError) as error:
        raise ShapeError(str(error)) from None


delete = arranged(
    "delete(x; obj, axis=None)",
    """Without the elements at the given places along an axis, or of all elements in a row.""",
    _deleted,
    case("[3]", obj=1),
    case("[2, 3]", obj=-1, axis=1),
    case("[4, 2]", obj=[0, 2], axis=0),
    case("[2, 3]", obj=[1, 4]),
    case("[4]", obj=slice(None, None, 2)),
    case("[1, 2]", obj=0, axis=0),
)


def _call_insert(self: Op, x: Any, obj: Any, values: Any, axis: Any) -> Expr:
    """One place splits the array; several are chosen from what is put behind it."""
    x, values = lifted_list([x, values], self)
    with explained(self, x):
        x, axis = _axis_of(x, axis)
        values = values if values.dtype == x.dtype else values.astype(x.dtype)
        place = _one_place(x, obj, axis, 1)
        if place is None:
            return _inserted(x, obj, values, axis)
        if values.ndim < x.ndim:
            values = expand_dims(values, tuple(range(x.ndim - values.ndim)))
        values = _fitted(moveaxis(values, 0, axis), x, axis)
        ends = [along(x, axis, slice(*e)) for e in ((None, place), (place, None))]
        if place == 0:
            ends[0] = along(x, axis, slice(0, 0))
        parts = [ends[0], values, ends[1]]
        return concatenate([p for p in parts if p.shape[axis] != 0], axis=axis)


def _inserted(x: Expr, obj: Any, values: Expr, axis: int) -> Expr:
    places = _places(x, axis)
    count = len(_chosen(np.insert, places, obj, 0)) - len(places)
    values = _fitted(values, x, axis, count)
    order = _chosen(np.insert, places, obj, len(places) + np.arange(count))
    return take(concatenate([x, values], axis=axis), order, axis=axis)


def _fitted(values: Expr, x: Expr, axis: int, count: int | None = None) -> Expr:
    """The values broadcast to the other axes of x."""
    size = values.shape[axis] if count is None else count
    return broadcast_to(values, t.with_size(x.shape, axis, size))


insert = op(
    "insert(x; obj, values, axis=None)",
    """Values put in before the given places along an axis, or of all elements in a row.""",
    call=_call_insert,
    cases=[
        case("[3]", obj=1, values=2.0),
        case("[2, 3]", obj=-1, values=0.5, axis=1),
        case("[2, 3]", obj=2, values=[1.0, 2.0, 3.0], axis=0),
        case("[4, 2]", obj=[0, 2], values=1.5, axis=0),
        case("[3]", obj=[1, 3, 3], values=[1.0, 2.0, 3.0]),
    ],
)
