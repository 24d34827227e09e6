"""Axes moved and swapped, elements turned around and shifted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.types import Type
from . import batching
from . import typing as t
from .composites import arranged, explained, lifted
from .op import Op, case, op
from .shapes import expand_dims, reshape, transpose

_BACKWARD = slice(None, None, -1)


def _moved(x: Expr, source: Any, destination: Any) -> Expr:
    """The axes that stay fill the places that are left."""
    many = [axes if isinstance(axes, tuple | list) else (axes,) for axes in (source, destination)]
    old, new = ([t.one_axis(a, x.ndim) for a in axes] for axes in many)
    if len(old) != len(new) or len({*old}) < len(old) or len({*new}) < len(new):
        raise ShapeError(f"axes {source} and {destination} do not pair up")
    places = dict(zip(new, old, strict=True))
    rest = iter(i for i in range(x.ndim) if i not in old)
    return transpose(x, tuple(places[i] if i in places else next(rest) for i in range(x.ndim)))


moveaxis = arranged(
    "moveaxis(x; source, destination)",
    """Axes moved to other places, the others in their order.""",
    _moved,
    case("[2, 3, 4]", source=0, destination=-1),
    case("[2, 3, 4, 5]", source=(3, 0), destination=(0, 1)),
)


def _swapped(x: Expr, axis1: Any, axis2: Any) -> Expr:
    order = list(range(x.ndim))
    i, j = t.one_axis(axis1, x.ndim), t.one_axis(axis2, x.ndim)
    order[i], order[j] = j, i
    return transpose(x, tuple(order))


swapaxes = arranged(
    "swapaxes(x; axis1, axis2)",
    """Two axes in each other's place.""",
    _swapped,
    case("[2, 3, 4]", axis1=0, axis2=2),
    case("[2, 3]", axis1=-1, axis2=0),
)


def _flipped(x: Expr, axis: Any = None) -> Expr:
    axes = t.axes_of(axis, x.ndim)
    backward = tuple(_BACKWARD if i in axes else slice(None) for i in range(x.ndim))
    return x[backward] if axes else x


flip = arranged(
    "flip(x; axis=None)",
    """Elements in reverse order along axes.""",
    _flipped,
    case("[3]"),
    case("[2, 3]"),
    case("[2, 3]", axis=1),
    case("[2, 3, 4]", axis=(0, -1)),
    case("[]"),
)
flipud = arranged(
    "flipud(x)",
    """Rows in reverse order.""",
    lambda x: _flipped(x, 0),
    case("[3]"),
    case("[2, 3]"),
    ndim=1,
)
fliplr = arranged(
    "fliplr(x)",
    """Columns in reverse order.""",
    lambda x: _flipped(x, 1),
    case("[2, 3]"),
    case("[2, 3, 4]"),
    ndim=2,
)


def _rotated(x: Expr, k: Any, axes: Any) -> Expr:
    """A flip and a swap of the two axes, by default the first two."""
    axes = (0, 1) if axes is None else axes
    if not isinstance(axes, tuple | list) or len(axes) != 2:
        raise ShapeError(f"axes {axes!r:.40} are not two axes")
    i, j = (t.one_axis(a, x.ndim) for a in axes)
    if i == j:
        raise ShapeError(f"axes {axes} name an axis twice")
    turns = t.whole(k, "k") % 4
    if turns == 1:
        return _swapped(_flipped(x, j), i, j)
    if turns == 3:
        return _flipped(_swapped(x, i, j), j)
    return _flipped(x, (i, j)) if turns else x


rot90 = arranged(
    "rot90(x; k=1, axes=None)",
    """Rotated k times by 90 degrees, from the first of two axes toward the second.""",
    _rotated,
    case("[2, 3]"),
    case("[2, 3]", k=2),
    case("[2, 3, 4]", k=-1, axes=(2, 0)),
    ndim=2,
    meaning=lambda x, k=1, axes=(0, 1): np.rot90(x, k, axes),
)


def _with_rank(count: int) -> Callable[[Expr], Expr]:
    """Axes of size 1 in front; of three axes, a matrix has the first two, a vector the second."""

    def build(x: Expr) -> Expr:
        new = tuple(range(max(count - x.ndim, 0)))
        new = {(0, 1): (0, 2), (0,): (2,)}.get(new, new) if count == 3 else new
        return expand_dims(x, new) if new else x

    return build


atleast_1d, atleast_2d, atleast_3d = (
    arranged(
        f"atleast_{count}d(x)",
        f"""With axes of size 1 added, up to {count}.""",
        _with_rank(count),
        case("[]"),
        case("[3]"),
        case("[2, 3]"),
        case("[2, 3, 4, 5]"),
    )
    for count in (1, 2, 3)
)


def _shifts(x: Type, shift: Any, axis: Any) -> dict[str, Any]:
    """One shift for each axis that is shifted, as NumPy pairs them; short where sizes are known."""
    shifts = shift if isinstance(shift, tuple | list) else (shift,)
    if axis is None:
        total = sum(t.whole(s, "shift") for s in shifts)
        return {"shift": (_short(total, x.size),), "axis": None}
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    if len(axes) != len(shifts) and 1 not in (len(axes), len(shifts)):
        raise ShapeError(f"shifts {shift} and axes {axis} do not pair up")
    by_axis = dict.fromkeys(sorted(t.one_axis(a, x.ndim) for a in axes), 0)
    for i in range(max(len(axes), len(shifts)) if axes and shifts else 0):
        by_axis[axes[i % len(axes)] % x.ndim] += t.whole(shifts[i % len(shifts)], "shift")
    short = {a: _short(s, x.shape[a]) for a, s in by_axis.items()}
    kept = {a: s for a, s in short.items() if s}
    return {"shift": tuple(kept.values()), "axis": tuple(kept)}


def _short(shift: int, size: int | Dim) -> int:
    """The shift of least size that does the same."""
    if not isinstance(size, int):
        return shift
    shift %= max(size, 1)
    return shift - size if 2 * shift > size else shift


def _call_roll(self: Op, x: Any, shift: Any, axis: Any) -> Expr:
    """By nothing, the operand itself; a vector has one axis in any case."""
    (x,) = lifted(self, x)
    with explained(self, x):
        shifts = _shifts(x.type, shift, 0 if axis is None and x.ndim == 1 else axis)
    return self.append_node(x, **shifts) if any(shifts["shift"]) else x


def _batched_roll(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Along the same axes; without axes, of all elements of each example in a row."""
    if node.params["axis"] is not None:
        return batching.along_axes(node, args, ranks)
    x = args[0]
    rows = reshape(x, (x.shape[0], node.size))
    return reshape(roll(rows, node.params["shift"], 1), x.shape)


def _roll_text(node: Expr, x: str) -> str:
    """One shift, and one axis, as a plain number."""
    shift, axis = (
        p[0] if p is not None and len(p) == 1 else p
        for p in (node.params["shift"], node.params["axis"])
    )
    return f"np.roll({x}, {shift})" if axis is None else f"np.roll({x}, {shift}, axis={axis})"


roll: Op = op(
    "roll(x; shift, axis=None)",
    """Elements shifted along axes; those beyond the end come back in front.""",
    type=lambda x, shift, axis: x.with_shape(x.shape),
    prepare=_shifts,
    call=_call_roll,
    batch=_batched_roll,
    vjp=[lambda g, y, x, shift, axis: roll(g, tuple(-s for s in shift), axis)],
    flops=0,
    numpy=_roll_text,
    latex=r"\operatorname{{roll}}\left({x}, {shift}\right)",
    cases=[
        case("[4]", shift=1),
        case("[2, 3]", shift=-2),
        case("[2, 3]", shift=1, axis=1),
        case("[2, 3, 4]", shift=(1, 2), axis=(0, -1)),
        case("[3]", shift=7, axis=0),
    ],
)
