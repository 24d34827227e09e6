"""Axes and places: no broadcast, reshape or scattering that the reader does by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import ShapeError
from ...graph.graph import Expr
from ...ops import typing as t
from ...ops.construction import identity
from ...ops.indexing import embed
from ...ops.indices import WHOLE, Slice, at_axis
from ...ops.joining import concatenate
from ...ops.op import rebuilt, registry
from ...ops.operands import lift
from ...ops.reductions import sum_
from ...ops.shapes import broadcast_to, expand_dims
from ..facts.marks import Opaque, Structural, reading

_MOST = 64  # parts of one array that is put together


@reading("broadcast_to")
def _spread_last(node: Expr, opaque: Opaque) -> Expr | None:
    """A number is repeated in the last shape at once."""
    (inner,) = node.args
    if inner.op != "broadcast_to" or inner.args[0].ndim:
        return None
    return broadcast_to(inner.args[0], node.shape)


@reading("sum", "mean", "max", "min")
def _dropped_axes(node: Expr, opaque: Opaque) -> Expr | None:
    """A reduction whose axes are dropped afterwards need not keep them."""
    (inner,) = node.args
    if inner.op not in ("sum", "mean", "max", "min") or not inner.params["keepdims"]:
        return None
    x, axis = inner.args[0], inner.params["axis"]
    axes = t.axes_of(axis, x.ndim)
    if tuple(d for i, d in enumerate(x.shape) if i not in axes) != node.shape:
        return None
    return registry[inner.op](x, axis=axis, keepdims=False)


@reading("broadcast_to")
def _sum_of_repeated(node: Expr, opaque: Opaque) -> Expr | None:
    """The sum of one number, repeated, is a multiple of it."""
    (x,) = node.args
    if x.op != "broadcast_to" or x.args[0].ndim or not x.type.is_floating:
        return None
    count: Any = 1
    for i in t.axes_of(node.params["axis"], x.ndim):
        count = count * x.shape[i]
    value = x.args[0]
    if not value.type.python and not (isinstance(count, int) and count > 0):
        return None  # the sum of no infinities is 0
    total = value if count == 1 else value * lift(x.graph, count)
    return broadcast_to(total, node.shape)


@reading("diag", "eye")
def _sum_of_diagonal(node: Expr, opaque: Opaque) -> Expr | None:
    """A row of a diagonal matrix adds up to its one element, and so does a column."""
    (x,) = node.args
    axes = t.axes_of(node.params["axis"], x.ndim)
    known = x.op in ("diag", "eye") and x.id not in opaque
    if not known or len(axes) != 1 or not x.type.is_floating:
        return None
    if x.op == "eye":
        return broadcast_to(node.graph.constant(1.0, node.dtype), node.shape)
    (v,) = x.args
    return None if x.params["k"] else expand_dims(v, axes) if node.params["keepdims"] else v


@reading("broadcast_to")
def _diagonal_of_one(node: Expr, opaque: Opaque) -> Expr | None:
    """A number along the diagonal is a multiple of the identity."""
    (x,) = node.args
    if node.params["k"] or x.op != "broadcast_to" or not _is_number(x.args[0]):
        return None
    return x.args[0] * identity(node.graph, node.shape[0], node.dtype)


@reading("broadcast_to")
def _spread_inside(node: Expr, opaque: Opaque) -> Expr | None:
    """What is put into zeros, or added there, is broadcast to its place by NumPy."""
    x = node.args[0]
    if x.op != "broadcast_to":
        return None
    return rebuilt(node, [x.args[0], *node.args[1:]])


@reading("embed")
def _put_together(node: Expr, opaque: Opaque) -> Expr | None:
    """Zeros with parts at adjacent places, added up, are the parts put end to end."""
    for first, second in (node.args, node.args[::-1]):
        places = _adjacent(first, second)
        if places is not None:
            axis, place = places
            parts = [*_parts(first, axis), *_parts(second, axis)]
            if len(parts) > _MOST:
                return None
            index = at_axis(axis, place)
            try:
                return embed(concatenate(parts, axis=axis), node.shape, index)
            except ShapeError:  # max(n - 1, 0) + min(n, 1) is n, which nobody knows
                return None
    return None


def _adjacent(a: Expr, b: Expr) -> tuple[int, Slice] | None:
    """The axis along which b is put right behind a, and where both are."""
    if a.op != "embed" or b.op != "embed" or a.shape != b.shape:
        return None
    one, other = _place(a), _place(b)
    if one is None or other is None or one[0] != other[0]:
        return None
    (start, border, _), (behind, stop, _) = one[1], other[1]
    if border is None or border != behind:
        return None
    if not _in_order(start, border) or not _in_order(border, stop):
        return None
    return one[0], Slice((start, stop, 1))


def _place(x: Expr) -> tuple[int, Slice] | None:
    """The one axis of which a part is taken up, and its slice."""
    index = x.params["index"]
    parts = [(i, e) for i, e in enumerate(index) if e != WHOLE]
    if len(parts) != 1 or not isinstance(parts[0][1], Slice) or parts[0][1][2] != 1:
        return None
    return parts[0]


def _in_order(start: Any, stop: Any) -> bool:
    """Whether one bound is never behind the other, whatever the size."""
    if start is None or stop is None:
        return True
    plain = isinstance(start, int) and isinstance(stop, int)
    return plain and (start < 0) == (stop < 0) and start <= stop


def _parts(x: Expr, axis: int) -> list[Expr]:
    """What is put into the zeros, in full; what was put together before, in its parts."""
    (inner,) = x.args
    if inner.op == "concatenate" and inner.params["axis"] == axis:
        return list(inner.args)
    return [broadcast_to(inner, registry["getitem"](x, x.params["index"]).shape)]


def _product_of_width_one(node: Expr, opaque: Opaque) -> Expr | None:
    """A matrix product over one index is a product of columns and rows.

    A layer's g @ W.T stays, whatever the width: it is read more often than it is run.
    """
    a, b = node.args
    shape = a.type.shape
    if not shape or shape[-1] != 1 or min(a.ndim, b.ndim) < 2 or not node.type.is_floating:
        return None
    return None if b.op == "transpose" and b.args[0].op == "input" else a * b


@reading("broadcast_to")
def _product_with_repeated(node: Expr, opaque: Opaque) -> Expr | None:
    """A product with a matrix of one number has sums of rows, or of columns, repeated."""
    a, b = node.args
    known = [x.op == "broadcast_to" and _is_number(x.args[0]) for x in node.args]
    if not any(known) or not node.type.is_floating:
        return None
    number, x = (a.args[0], b) if known[0] else (b.args[0], a)
    if node.op == "outer":
        return broadcast_to(number * (x if known[0] else expand_dims(x, 1)), node.shape)
    axis = -2 if known[0] and x.ndim > 1 else -1
    total = sum_(x, axis=axis, keepdims=min(a.ndim, b.ndim) > 1)
    return broadcast_to(number * total, node.shape)


def _is_number(x: Expr) -> bool:
    """Whether it is one number that is no value of an operation on arrays."""
    core = x.args[0] if x.op == "astype" else x
    return core.type.python or (x.value is not None and not x.ndim)


RESHAPED = ("reshape", "squeeze", "expand_dims", "transpose", "broadcast_to")
REPEATED: Mapping[str, list[Structural]] = {"sum": [_sum_of_repeated]}
TABLE: Mapping[str, list[Structural]] = {
    **{name: [_spread_last] for name in RESHAPED},
    "reshape": [_spread_last, _dropped_axes],
    "squeeze": [_spread_last, _dropped_axes],
    "sum": [_sum_of_repeated, _sum_of_diagonal],
    "diag": [_diagonal_of_one],
    "embed": [_spread_inside],
    "scatter_add": [_spread_inside],
    "add": [_put_together],
    "matmul": [_product_with_repeated, _product_of_width_one],
    "outer": [_product_with_repeated],
}
