"""Rearrangement: reshape, transpose, broadcasting, indexing, one-hot vectors."""

from __future__ import annotations

from operator import index as index_of
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.dims import Dim, at_least, at_most, divide, floordiv, product
from ..graph.graph import Expr
from ..graph.types import FLOAT64, Shape, Type, as_dtype, as_shape, show_shape
from . import batching
from . import typing as t
from .op import Op, case, op


def shape_text(shape: Shape) -> str:
    """A shape as Python: ``(2 * n, 2)``, ``(n,)``."""
    sizes = [str(d).replace("*", " * ").replace("//", " // ") for d in shape]
    return f"({', '.join(sizes)}{',' if len(shape) == 1 else ''})"


def _resolved(x: Type, shape: Any) -> dict[str, Any]:
    """The full shape, with the one -1 worked out."""
    shape = shape.tolist() if isinstance(shape, np.ndarray) else shape
    entries = list(shape) if isinstance(shape, tuple | list) else [shape]
    free = [i for i, d in enumerate(entries) if isinstance(d, int | np.integer) and d == -1]
    if len(free) > 1:
        raise ShapeError("only one size can be -1")
    for i in free:
        known = product(as_shape(entries[:i] + entries[i + 1 :]))
        rest = None if known == 0 else divide(x.size, known)
        if rest is None:
            raise ShapeError(f"{x.size} elements do not divide by {known}")
        entries[i] = rest
    return {"shape": as_shape(entries)}


def _reshaped(x: Type, shape: Shape) -> Type:
    if product(shape) != x.size:
        raise ShapeError(f"{x.size} elements do not fill {show_shape(shape)}")
    return x.with_shape(shape)


def _call_reshape(self: Op, x: Any, shape: Any = None) -> Expr:
    """An operand of that shape already is returned as it is."""
    node = self.append_node(x, shape)
    return node.args[0] if node.shape == node.args[0].shape else node


reshape: Op = op(
    "reshape(x; shape)",
    """The same elements, in the same order, in another shape; one size may be -1.""",
    call=_call_reshape,
    batch=batching.shaped,
    type=_reshaped,
    prepare=_resolved,
    vjp=[lambda g, y, x, shape: reshape(g, x.shape)],
    view=True,
    numpy=lambda node, x: f"np.reshape({x}, {shape_text(node.shape)})",
    latex=r"\operatorname{{reshape}}\left({x}\right)",
    meaning=np.reshape,
    cases=[case("[6]", shape=(2, 3)), case("[2, 6]", shape=(-1,)), case("[]", shape=(1, 1))],
)

expand_dims = op(
    "expand_dims(x; axis)",
    """New axes of size 1 at the given places of the result.""",
    batch=batching.along_axes,
    type=lambda x, axis: x.with_shape(_with_ones(x.shape, axis)),
    prepare=lambda x, axis: {"axis": _places(x, axis)},
    vjp=[lambda g, y, x, axis: reshape(g, x.shape)],
    view=True,
    numpy=lambda node, x: f"np.expand_dims({x}, {_one_or_tuple(node.params['axis'])})",
    latex="{x}",
    meaning=np.expand_dims,
    cases=[case("[3]", axis=0), case("[3]", axis=-1), case("[2, 3]", axis=(0, 2))],
)


def _places(x: Type, axis: Any) -> t.Axes:
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return t.axes_of(axes, x.ndim + len(axes))


def _with_ones(shape: Shape, axes: t.Axes) -> Shape:
    rest = iter(shape)
    return tuple(1 if i in axes else next(rest) for i in range(len(shape) + len(axes)))


def _one_or_tuple(axes: t.Axes) -> str:
    return str(axes[0]) if len(axes) == 1 else str(axes)


squeeze = op(
    "squeeze(x; axis=None)",
    """Without the axes of size 1, all or those given.""",
    batch=batching.along_axes,
    type=lambda x, axis: x.with_shape(tuple(d for i, d in enumerate(x.shape) if i not in axis)),
    prepare=lambda x, axis: {"axis": _ones(x, axis)},
    vjp=[lambda g, y, x, axis: reshape(g, x.shape)],
    view=True,
    numpy=lambda node, x: f"np.squeeze({x}, {_one_or_tuple(node.params['axis'])})",
    latex="{x}",
    meaning=np.squeeze,
    cases=[case("[1, 3]"), case("[3, 1, 1]", axis=1)],
)


def _ones(x: Type, axis: Any) -> t.Axes:
    if axis is None:
        return tuple(i for i, d in enumerate(x.shape) if d == 1)
    axes = t.axes_of(axis, x.ndim)
    for i in axes:
        if x.shape[i] != 1:
            raise ShapeError(f"axis {i} has size {x.shape[i]}, not 1")
    return axes


def _call_transpose(self: Op, x: Any, axes: Any = None) -> Expr:
    """A scalar, a vector and the identity order are returned as they are."""
    if isinstance(x, Expr):
        order = _order(x.type, axes)["axes"]
        if order == tuple(range(x.ndim)) or (order is None and x.ndim < 2):
            return x
    return self.append_node(x, axes)


def _order(x: Type, axes: Any) -> dict[str, Any]:
    """Canonical order; None stands for reversed."""
    if axes is None:
        return {"axes": None}
    order = tuple(
        t.one_axis(a, x.ndim) for a in (axes if isinstance(axes, tuple | list) else [axes])
    )
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(f"axes {axes} do not name each of {x.ndim} axes once")
    return {"axes": None if order == tuple(range(x.ndim))[::-1] else order}


def _transposed(x: Type, axes: t.Axes | None) -> Type:
    return x.with_shape(x.shape[::-1] if axes is None else tuple(x.shape[i] for i in axes))


def _inverse(axes: t.Axes | None) -> t.Axes | None:
    return None if axes is None else tuple(int(i) for i in np.argsort(axes))


transpose: Op = op(
    "transpose(x; axes=None)",
    """Axes in the given order, reversed by default.""",
    batch=batching.transposed,
    type=_transposed,
    prepare=_order,
    call=_call_transpose,
    vjp=[lambda g, y, x, axes: transpose(g, _inverse(axes))],
    view=True,
    numpy=lambda node, x: (
        f"{x}.T" if node.params["axes"] is None else f"np.transpose({x}, {node.params['axes']})"
    ),
    latex=r"{{{x}}}^\top",
    meaning=np.transpose,
    cases=[case("[2, 3]"), case("[2, 3, 4]", axes=(2, 0, 1)), case("[2, 3, 4]"), case("[3]")],
    aliases=["permute_dims"],
)


def _call_matrix_transpose(self: Op, x: Any) -> Expr:
    """The transpose of the last two axes, as a node of `transpose`."""
    if not isinstance(x, Expr):
        return transpose(x)  # refused there
    if x.ndim < 2:
        raise ShapeError(f"{x.label} has no last two axes")
    return transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


matrix_transpose = op(
    "matrix_transpose(x)",
    """The last two axes swapped.""",
    type=_transposed,
    call=_call_matrix_transpose,
    numpy="",
    meaning=lambda x: np.swapaxes(x, -1, -2),
    cases=[case("[2, 3]"), case("[2, 3, 4]")],
)


def _broadcastable(x: Type, shape: Shape) -> Type:
    if not _spreads(x.shape, shape):
        raise ShapeError(f"it can not be broadcast to {show_shape(shape)}")
    return x.with_shape(shape)


def _spreads(small: Shape, large: Shape) -> bool:
    """Whether broadcasting makes the large shape of the small one."""
    lead = len(large) - len(small)
    return lead >= 0 and all(d in (1, large[lead + i]) for i, d in enumerate(small))


def _filled(node: Expr, x: str) -> str:
    """NumPy's constructor where the operand is a literal, else a read-only view."""
    value, shape = node.args[0].value, shape_text(node.shape)
    if value is None or value.shape:
        return f"np.broadcast_to({x}, {shape})"
    dtype = "" if node.dtype == FLOAT64 else f", dtype=np.{node.dtype.name}"
    if value == 0 and not np.signbit(value):
        return f"np.zeros({shape}{dtype})"
    dtype = dtype or ", dtype=np.float64"
    return f"np.full({shape}, {x}{dtype})"


def _call_broadcast_to(self: Op, x: Any, shape: Any = None) -> Expr:
    """An operand of that shape already is returned as it is."""
    if isinstance(x, Expr) and shape is not None and x.shape == as_shape(shape):
        return x
    return self.append_node(x, shape)


broadcast_to = op(
    "broadcast_to(x; shape)",
    """Repeated along new axes and axes of size 1.""",
    batch=batching.shaped,
    type=_broadcastable,
    prepare=lambda x, shape: {"shape": as_shape(shape)},
    call=_call_broadcast_to,
    vjp=[lambda g, y, x, shape: g],
    lazy=True,
    view=True,
    numpy=_filled,
    latex="{x}",
    meaning=np.broadcast_to,
    cases=[case("[3]", shape=(2, 3)), case("[]", shape=(4,)), case("[2, 1]", shape=(2, 3))],
)


class Slice(tuple[int | None, int | None, int]):
    """start, stop and step of a slice, hashable."""

    def __str__(self) -> str:
        start, stop, step = ("" if p is None else str(p) for p in self)
        return f"{start}:{stop}" + (f":{step}" if step != "1" else "")

    __repr__ = __str__


Entry = int | Slice | None


def _canonical_index(x: Type, index: Any) -> dict[str, Any]:
    """Integers, slices and None, one for each axis up to the last that matters."""
    entries = list(index) if isinstance(index, tuple) and not isinstance(index, Slice) else [index]
    taken = sum(e is not None and e is not Ellipsis for e in entries)
    if taken > x.ndim:
        raise ShapeError(
            f"{taken} indices are too many for {x.ndim} ax{'e' if x.ndim != 1 else 'i'}s"
        )
    if sum(e is Ellipsis for e in entries) > 1:
        raise ShapeError("only one ... can stand in an index")
    whole = [Slice((None, None, 1))] * (x.ndim - taken)
    at = next((i for i, e in enumerate(entries) if e is Ellipsis), len(entries))
    entries[at : at + 1] = whole
    sizes = iter(x.shape)
    out = tuple(None if e is None else _entry(e, next(sizes)) for e in entries)
    return {"index": out}


def _entry(entry: Any, size: int | Dim) -> Entry:
    if isinstance(entry, slice | Slice):
        return _slice(entry, size)
    if isinstance(entry, Expr | np.ndarray | list | bool | float | str):
        raise DTypeError(
            f"an index is an integer, a slice, None or ..., not {type(entry).__name__}",
            how="Select with sg.where or one_hot instead.",
        )
    i = _whole(entry)
    if isinstance(size, int):
        if not -size <= i < size:
            raise ShapeError(f"index {i} is out of range for size {size}")
        return i % size
    return i


def _whole(entry: Any) -> int:
    try:
        return index_of(entry)
    except TypeError:
        kind = type(entry).__name__
        raise DTypeError(
            f"an index is an integer, and its bounds and steps too, not {kind}",
            how="A bound at a named dim is left out: x[1:].",
        ) from None


def _slice(s: slice | Slice, size: int | Dim) -> Slice:
    start, stop, step = (s.start, s.stop, s.step) if isinstance(s, slice) else s
    step = 1 if step is None else _whole(step)
    start, stop = (None if p is None else _whole(p) for p in (start, stop))
    if step == 0:
        raise ShapeError("the step of a slice can not be 0")
    if isinstance(size, int):
        return _known_slice(start, stop, step, size)
    if step < 0 and (start is not None or stop is not None):
        raise ShapeError(f"a backward slice of the named dim {size} takes no bounds")
    return Slice((start or None, stop, step))


def _known_slice(start: int | None, stop: int | None, step: int, size: int) -> Slice:
    """One form for all slices that select the same elements."""
    first, last, _ = slice(start, stop, step).indices(size)
    chosen = range(first, last, step)
    if not chosen:
        return Slice((0, 0, 1))
    if len(chosen) == size:
        return Slice((None, None, 1 if size == 1 else step))
    if step > 0:
        return Slice(
            (chosen[0] or None, None if chosen[-1] + step >= size else chosen[-1] + 1, step)
        )
    return Slice((chosen[0], None if chosen[-1] + step < 0 else chosen[-1] - 1, step))


def _sliced(size: int | Dim, s: Slice) -> int | Dim:
    """How many elements a canonical slice selects."""
    if isinstance(size, int):
        return len(range(*slice(*s).indices(size)))
    start, stop, step = s[0] or 0, s[1], abs(s[2])
    return floordiv(_between(size, start, stop) + (step - 1), step)


def _between(size: Dim, start: int, stop: int | None) -> int | Dim:
    """The length of ``start:stop``, in the shortest form: equal lengths are to look equal."""
    if stop == 0:
        return 0
    if start < 0 and (stop is None or stop < 0):
        last = size if stop is None else at_least(size + stop, 0)
        return at_most(last, (stop or 0) - start) if (stop or 0) > start else 0
    if start < 0:
        assert stop is not None
        return at_least(at_most(size, stop) - at_least(size + start, 0), 0)
    if stop is None or stop < 0:
        return at_least(size + (stop or 0) - start, 0)
    return at_least(at_most(size, stop) - start, 0) if stop > start else 0


def _indexed(x: Type, index: tuple[Entry, ...]) -> Type:
    sizes = iter(x.shape)
    out: list[int | Dim] = []
    for entry in index:
        if entry is None:
            out.append(1)
            continue
        size = next(sizes)
        if isinstance(entry, Slice):
            out.append(_sliced(size, entry))
    return x.with_shape(tuple(out))


def index_text(index: tuple[Entry, ...]) -> str:
    """An index as Python: ``:, 1:3``; whole axes at the end are left out."""
    entries = list(index)
    while len(entries) > 1 and entries[-1] == Slice((None, None, 1)):
        entries.pop()
    return ", ".join(map(str, entries))


def _call_getitem(self: Op, x: Any, index: Any) -> Expr:
    """Of a scalar, which Python may hold as a number, there is nothing to select."""
    if isinstance(x, Expr) and not x.ndim:
        entries = index if isinstance(index, tuple) else (index,)
        if all(e is None or e is Ellipsis for e in entries) and entries.count(Ellipsis) < 2:
            return expand_dims(x, tuple(range(entries.count(None)))) if None in entries else x
    return self.append_node(x, index)


getitem = op(
    "getitem(x; index)",
    """Basic indexing: integers, slices, None and Ellipsis.""",
    batch=batching.indexed,
    type=_indexed,
    prepare=_canonical_index,
    call=_call_getitem,
    vjp=[lambda g, y, x, index: embed(g, x.shape, index)],
    view=True,
    verb="index {0}",
    numpy=lambda node, x: f"{x}[{index_text(node.params['index'])}]",
    latex="{x}_{{{index}}}",
    meaning=lambda x, index: x[index],
    cases=[
        case("[4]", index=2),
        case("[4]", index=slice(1, None, 2)),
        case("[3, 4]", index=(slice(None), -1)),
        case("[3, 4]", index=(None, slice(None, None, -1), slice(0, 0))),
        case("[2, 3, 4]", index=(Ellipsis, 1)),
    ],
)


def _embedded(x: Type, shape: Shape, index: tuple[Entry, ...]) -> Type:
    place = _indexed(Type(x.dtype, shape), index).shape
    if not _spreads(x.shape, place):
        raise ShapeError(f"it does not fit the place {show_shape(place)}")
    return x.with_shape(shape)


def _put(x: Any, shape: Any, index: Any) -> Any:
    out = np.zeros(shape, np.result_type(x))
    out[index] = x
    return out


embed: Op = op(
    "embed(x; shape, index)",
    """Zeros of the given shape with x at the index: the adjoint of basic indexing.""",
    batch=batching.shaped,
    type=_embedded,
    prepare=lambda x, shape, index: {
        "shape": as_shape(shape),
        **_canonical_index(Type(x.dtype, as_shape(shape)), index),
    },
    vjp=[lambda g, y, x, shape, index: getitem(g, index)],
    numpy=lambda node, x: (
        f"embed({x}, {shape_text(node.shape)}, np.s_[{index_text(node.params['index'])}])"
    ),
    helper='''
def embed(x, shape, index):
    """Zeros of a shape, with x at the index."""
    out = np.zeros(shape, np.result_type(x))
    out[index] = x
    return out
''',
    latex=r"\operatorname{{embed}}\left({x}\right)",
    meaning=_put,
    cases=[case("[2]", shape=(4,), index=slice(1, 3)), case("[]", shape=(2, 3), index=(1, 2))],
)


def _labels(x: Type, depth: int, dtype: Any) -> Type:
    if x.dtype.kind != "i":
        raise DTypeError(
            f"labels are integers, not {x.dtype.name}", how="Declare them so: {0}: int64[n]."
        )
    shape = (*x.shape, depth)
    return Type(FLOAT64, shape, True) if dtype is None else Type(dtype, shape)


def _depth(x: Type, depth: Any, dtype: Any) -> dict[str, Any]:
    sizes = as_shape(depth)
    if len(sizes) != 1:
        raise ShapeError(f"the depth is one size, not {show_shape(sizes)}")
    return {"depth": sizes[0], "dtype": None if dtype is None else as_dtype(dtype)}


one_hot = op(
    "one_hot(x; depth, dtype=None)",
    """Integer labels as rows of 0 and 1 on a new last axis; a label out of range gives zeros.

    By default it adopts the floating dtype of what it meets.
    """,
    batch=batching.same,
    type=_labels,
    prepare=_depth,
    constant_derivative=True,
    numpy=lambda node, x: f"one_hot({x}, {node.params['depth']}, np.{node.dtype.name})",
    helper='''
def one_hot(labels, depth, dtype):
    """Integer labels as rows of 0 and 1."""
    return (np.expand_dims(labels, -1) == np.arange(depth)).astype(dtype)
''',
    latex=r"\mathbf{{1}}_{{{x}}}",
    meaning=lambda x, depth, dtype=None: np.eye(depth)[x],
    domain="labels",
    cases=[case("int64[4]", depth=3), case("int64[2, 2]", depth=4), case("int64[]", depth=3)],
)
