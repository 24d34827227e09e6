"""Selecting elements, by slices and numbers and by arrays of them, and putting them in place.

NumPy's rules: an index by slices, integers, None and Ellipsis is basic (`getitem`); one with
integer arrays is advanced (`gather`), and its adjoint adds up what arrives at the same place
(`scatter_add`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import index as index_of
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.dims import Dim, at_least, at_most, floordiv, is_never_negative, product
from ..graph.graph import Expr
from ..graph.types import INT64, Shape, Type, as_shape, broadcast, show_shape
from . import batching
from .construction import iota
from .op import Op, case, find_graph, lift, op
from .shapes import broadcast_to, expand_dims, reshape, shape_text, spreads, transpose
from .typing import one_axis

Bound = int | Dim | None


class Slice(tuple[Bound, Bound, int]):
    """start, stop and step of a slice, hashable."""

    def __str__(self) -> str:
        start, stop, step = ("" if p is None else shape_text((p,))[1:-2] for p in self)
        if " " not in start + stop:
            return f"{start}:{stop}" + (f":{step}" if step != "1" else "")
        text = f"{start} : {stop} : {step}" if step != "1" else f"{start} : {stop}"
        return text.strip().replace(" :  : ", " :: ")

    __repr__ = __str__


class At(int):
    """Where an index has one of its arrays: the number of the array."""

    def __repr__(self) -> str:
        return f"At({int(self)})"


Entry = int | Slice | None
WHOLE = Slice((None, None, 1))


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
    whole = [WHOLE] * (x.ndim - taken)
    at = next((i for i, e in enumerate(entries) if e is Ellipsis), len(entries))
    entries[at : at + 1] = whole
    sizes = iter(x.shape)
    out = tuple(None if e is None else _entry(e, next(sizes)) for e in entries)
    return {"index": out}


def _entry(entry: Any, size: int | Dim) -> Entry:
    if isinstance(entry, slice | Slice):
        return _slice(entry, size)
    if isinstance(entry, bool | float | str):
        raise DTypeError(
            f"an index is an integer, a slice, None, ... or an array, not {type(entry).__name__}",
            how="Choose between values with sg.where.",
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
        kind = "a named dim" if isinstance(entry, Dim) else type(entry).__name__
        raise DTypeError(f"an index is an integer, and its step too, not {kind}") from None


def _bound(entry: Any) -> Bound:
    """A bound of a slice; of sizes only those of one sign, whatever the named dims are."""
    if entry is None:
        return None
    if not isinstance(entry, Dim):
        return _whole(entry)
    if not is_never_negative(entry) and not is_never_negative(-entry):
        raise ShapeError(
            f"the bound {entry} may be positive or negative",
            how="Count from the end: x[-1:] for the last element, x[:-1] for all others.",
        )
    return entry


def _from_end(bound: Bound) -> bool:
    """Whether a bound counts from the end."""
    return bound is not None and not is_never_negative(bound)


def _slice(s: slice | Slice, size: int | Dim) -> Slice:
    start, stop, step = (s.start, s.stop, s.step) if isinstance(s, slice) else s
    step = 1 if step is None else _whole(step)
    start, stop = _bound(start), _bound(stop)
    if step == 0:
        raise ShapeError("the step of a slice can not be 0")
    if not any(isinstance(d, Dim) for d in (size, start, stop)):
        return _known_slice(start, stop, step, size)  # type: ignore[arg-type]
    if step < 0 and (start is not None or stop is not None):
        raise ShapeError(f"a backward slice of a named dim, of size {size}, takes no bounds")
    return Slice((start or None, None if stop == size else stop, step))


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
    start, stop, step = s
    if not any(isinstance(d, Dim) for d in (size, start, stop)):
        return len(range(*slice(*s).indices(size)))  # type: ignore[arg-type]
    return floordiv(_between(size, start or 0, stop) + (abs(step) - 1), abs(step))


def _between(size: int | Dim, start: int | Dim, stop: Bound) -> int | Dim:
    """The length of ``start:stop``, in the shortest form: equal lengths are to look equal."""
    if stop == 0:
        return 0
    last = stop if _from_end(stop) else 0  # counted from the end
    if _from_end(start) and not _from_end(stop) and stop is not None:
        return at_least(at_most(size, stop) - at_least(size + start, 0), 0)
    if _from_end(start):
        wanted = (last or 0) - start
        end = at_least(size + last, 0) if last else size
        return at_most(end, wanted) if is_never_negative(wanted) else 0
    if stop is None or last:
        return at_least(size + (last or 0) - start, 0)
    return 0 if is_never_negative(start - stop) else at_least(at_most(size, stop) - start, 0)


def indexed(x: Type, index: tuple[Entry, ...]) -> Type:
    """The type of what a canonical index selects."""
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


def index_text(index: tuple[Entry, ...], arrays: Sequence[str] = ()) -> str:
    """An index as Python: ``:, 1:3``; whole axes at the end are left out."""
    entries = [arrays[e] if isinstance(e, At) else str(e) for e in index]
    while len(entries) > 1 and entries[-1] == ":":
        entries.pop()
    return ", ".join(entries)


def _call_getitem(self: Op, x: Any, index: Any) -> Expr:
    """Of a scalar, which Python may hold as a number, there is nothing to select."""
    entries = list(index) if type(index) is tuple else [index]
    if not isinstance(x, Expr):
        return self.append_node(x, index)
    if any(map(_is_array, entries)):
        return _gathered(x, entries)
    if not x.ndim and _only_new_axes(entries):
        return expand_dims(x, tuple(range(entries.count(None)))) if None in entries else x
    return self.append_node(x, index)


def _only_new_axes(entries: list[Any]) -> bool:
    return all(e is None or e is Ellipsis for e in entries) and entries.count(Ellipsis) < 2


def _is_array(entry: Any) -> bool:
    return isinstance(entry, Expr | list) or (isinstance(entry, np.ndarray) and entry.ndim > 0)


getitem = op(
    "getitem(x; index)",
    """Indexing: integers, slices, None, Ellipsis; with arrays it makes nodes of `gather`.""",
    batch=batching.indexed,
    type=indexed,
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
    place = indexed(Type(x.dtype, shape), index).shape
    if not spreads(x.shape, place):
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


# Advanced indexing.


def _gathered(x: Expr, given: list[Any]) -> Expr:
    """The node of an index with arrays."""
    x, entries = _without_masks(x, _without_ellipsis(x, list(map(_with_mask, given))))
    arrays: list[Expr] = []
    template: list[Entry] = []
    sizes = iter(x.shape)
    for entry in entries:
        if entry is None:
            template.append(None)
        elif _is_array(entry):
            template.append(At(len(arrays)))
            arrays.append(_positions(x, entry, next(sizes)))
        else:
            template.append(_entry(entry, next(sizes)))
    return gather(x, arrays, tuple(template))


@dataclass
class _Mask:
    """An entry of an index that takes as many axes as it has: truth values, known now or not."""

    mask: Expr | np.ndarray[Any, Any]

    def applied(self, x: Expr, axis: int) -> tuple[Expr, list[Any]]:
        """The operand, its axes merged where need be, and the entries that select as the mask."""
        mask, covered = self.mask, x.shape[axis : axis + self.mask.ndim]
        if mask.shape != covered:
            raise ShapeError(
                f"cannot index {x.label}: a mask {show_shape(mask.shape)} does not fit its axes "
                f"{show_shape(covered)}"
            )
        if not isinstance(mask, Expr):
            return x, list(np.nonzero(mask))
        merged = (*x.shape[:axis], product(covered), *x.shape[axis + mask.ndim :])
        return reshape(x, merged), [flatnonzero(mask)]


def _with_mask(entry: Any) -> Any:
    """An entry; truth values as a `_Mask`."""
    if not _is_array(entry) or (isinstance(entry, list) and _has_expressions(entry)):
        return entry
    if isinstance(entry, Expr) and entry.value is None:
        return _Mask(entry) if entry.dtype.kind == "b" else entry
    array = np.asarray(entry.value if isinstance(entry, Expr) else entry)
    return _Mask(array) if array.dtype.kind == "b" else entry


def _without_ellipsis(x: Expr, entries: list[Any]) -> list[Any]:
    """An entry for every axis."""
    taken = sum(_width(e) for e in entries)
    if taken > x.ndim or sum(e is Ellipsis for e in entries) > 1:
        raise ShapeError(
            f"cannot index {x.label}: {taken} indices"
            if taken > x.ndim
            else "only one ... can stand in an index"
        )
    at = next((i for i, e in enumerate(entries) if e is Ellipsis), len(entries))
    return [*entries[:at], *[WHOLE] * (x.ndim - taken), *entries[at + 1 :]]


def _width(entry: Any) -> int:
    """How many axes an entry of an index takes."""
    if isinstance(entry, _Mask):
        return entry.mask.ndim
    return entry is not None and entry is not Ellipsis


def _without_masks(x: Expr, entries: list[Any]) -> tuple[Expr, list[Any]]:
    """Masks as arrays of the places where they are true."""
    out: list[Any] = []
    for entry in entries:
        if isinstance(entry, _Mask):
            x, places = entry.applied(x, sum(e is not None for e in out))
            out += places
        else:
            out.append(entry)
    return x, out


def _has_expressions(entries: list[Any]) -> bool:
    return any(isinstance(e, Expr) for e in entries)


def _positions(x: Expr, entry: Any, size: int | Dim) -> Expr:
    """An array of an index as a node; what is known now is checked now."""
    node = lift(x.graph, np.zeros(0, int) if isinstance(entry, list) and not entry else entry)
    if node.dtype.kind != "i":
        raise DTypeError(
            f"cannot index {x.label}: an index is of integers, not {node.dtype.name}",
            how="Convert it: .astype('int64').",
        )
    if node.value is None or not isinstance(size, int):
        return node
    wrong = node.value[(node.value < -size) | (node.value >= size)]
    if wrong.size:
        raise ShapeError(f"cannot index {x.label}: index {wrong.flat[0]} is out of range")
    return x.graph.constant(np.where(node.value < 0, node.value + size, node.value))


def _arrays_first(index: tuple[Entry, ...]) -> bool:
    """Whether the arrays' axes come first, because something stands between the arrays."""
    at = [i for i, e in enumerate(index) if isinstance(e, int)]
    return at[-1] - at[0] >= len(at)


def _before(index: tuple[Entry, ...]) -> int:
    """How many axes of the result come before the arrays' own."""
    if _arrays_first(index):
        return 0
    return next(i for i, e in enumerate(index) if isinstance(e, int))


def _template(x: Type, *arrays: Type, index: Any = None) -> dict[str, Any]:
    """The index in full: an entry for each axis."""
    entries = [At(i) for i in range(len(arrays))] if index is None else index
    if not isinstance(entries, tuple | list) or sorted(
        e for e in entries if isinstance(e, At)
    ) != list(range(len(arrays))):
        raise ShapeError(
            f"the index {index!r:.60} does not have each of {len(arrays)} arrays once",
            how="Write x[i, :, j].",
        )
    taken = sum(e is not None for e in entries)
    if taken > x.ndim:
        raise ShapeError(f"{taken} indices are too many for {x.ndim} axes")
    sizes = iter(x.shape)
    full = (e if e is None else _whole_entry(e, next(sizes)) for e in entries)
    return {"index": (*full, *[WHOLE] * (x.ndim - taken))}


def _whole_entry(entry: Any, size: int | Dim) -> Entry:
    return entry if isinstance(entry, At) else _entry(entry, size)


def _selected(x: Type, *arrays: Type, index: tuple[Entry, ...]) -> Type:
    for a in arrays:
        if a.dtype.kind != "i":
            raise DTypeError(f"an index is of integers, not {a.dtype.name}")
    if not arrays:
        raise ShapeError("there is no array in the index", how="Write x[...].")
    kept = indexed(x, tuple(None if e is None else e for e in index)).shape
    before = _before(index)
    spread = broadcast(*(a.shape for a in arrays))
    return x.with_shape((*kept[:before], *spread, *kept[before:]))


def _pick(x: Any, *arrays: Any, index: Any = None) -> Any:
    entries = [At(i) for i in range(len(arrays))] if index is None else index
    return x[tuple(arrays[e] if isinstance(e, At) else e for e in entries)]


def _batched_gather(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """The batch axis as one more whole axis, or with its own number for each example."""
    x, *arrays = args
    index: tuple[Entry, ...] = node.params["index"]
    rank = len(broadcast(*(a.shape for a in node.args[1:])))
    if all(r is None for r in ranks[1:]):
        y = gather(x, arrays, (WHOLE, *index))
        return _to_front(y, rank) if _arrays_first(index) else y
    arrays = [batching.aligned(a, r, rank) for a, r in zip(arrays, ranks[1:], strict=True)]
    if ranks[0] is None:
        return _to_front(gather(x, arrays, index), _before(index))
    y = gather(x, [_examples(x, rank), *arrays], _shifted(index))
    return transpose(y, _order(node.ndim, rank, _before(index)))


def _to_front(y: Expr, axis: int) -> Expr:
    return transpose(y, (axis, *(i for i in range(y.ndim) if i != axis)))


def _examples(x: Expr, rank: int) -> Expr:
    """The number of each example, on an axis before those of the arrays."""
    return reshape(iota(x.graph, x.shape[0]), (x.shape[0], *[1] * rank))


def _shifted(index: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return (At(0), *(At(e + 1) if isinstance(e, At) else e for e in index))


def _order(ndim: int, rank: int, before: int) -> tuple[int, ...]:
    """From (batch, arrays' axes, others) to (batch, others before, arrays' axes, others)."""
    arrays, others = range(1, 1 + rank), range(1 + rank, 1 + ndim)
    return (0, *others[:before], *arrays, *others[before:])


gather: Op = op(
    "gather(x, [indices]; index=None)",
    """Advanced indexing, ``x[i, :, j]``: where the index has `At` (k), the k-th array stands.""",
    batch=_batched_gather,
    type=_selected,
    prepare=_template,
    apart=range(1, 65),
    vjp=lambda i, g, y, x, *arrays, index: scatter_add(g, arrays, x.shape, index),
    verb="index {0}",
    numpy=lambda node, x, *arrays: f"{x}[{index_text(node.params['index'], arrays)}]",
    latex=lambda node, x, *arrays: f"{{{x}}}_{{{index_text(node.params['index'], arrays)}}}",
    meaning=_pick,
    domain=("reals", "labels"),
    cases=[
        case("[4]", "int64[2]"),
        case("[3, 4]", "int64[5]", index=(slice(None), At(0))),
        case("[3, 4]", "int64[2, 1]", "int64[3]"),
        case("[3, 2, 4]", "int64[2]", "int64[2]", index=(At(0), slice(None), At(1))),
        case("[3, 2, 4]", "int64[]", index=(None, At(0), slice(1, None), 2)),
        case("[3, 2, 3]", "int64[2, 2]", index=(slice(None), 1, At(0))),
    ],
)


def _in_place(x: Type, *arrays: Type, shape: Shape, index: tuple[Entry, ...]) -> Type:
    place = _selected(Type(x.dtype, shape), *arrays, index=index).shape
    if not spreads(x.shape, place):
        raise ShapeError(f"it does not fit the place {show_shape(place)}")
    return x.with_shape(shape)


def _add_at(x: Any, *arrays: Any, shape: Any, index: Any = None) -> Any:
    out = np.zeros(shape, np.result_type(x))
    entries = [At(i) for i in range(len(arrays))] if index is None else index
    np.add.at(out, tuple(arrays[e] if isinstance(e, At) else e for e in entries), x)
    return out


def _index_value(node: Expr, arrays: Sequence[str]) -> str:
    """An index as a value of its own."""
    text = index_text(node.params["index"], arrays)
    return f"np.s_[{text}]" if "," in text or ":" in text else text


def _batched_scatter(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Every example adds into its own zeros."""
    x, *arrays = args
    shape, index = node.params["shape"], node.params["index"]
    size = next(a.shape[0] for a, r in zip(args, ranks, strict=True) if r is not None)
    rank = len(broadcast(*(a.shape for a in node.args[1:])))
    place = _selected(Type(x.dtype, shape), *(a.type for a in node.args[1:]), index=index).shape
    x = broadcast_to(batching.aligned(x, ranks[0], len(place)), (size, *place))
    order = _order(len(place), rank, _before(index))
    x = transpose(x, tuple(int(i) for i in np.argsort(order)))
    arrays = [batching.aligned(a, r, rank) for a, r in zip(arrays, ranks[1:], strict=True)]
    return scatter_add(x, [_examples(x, rank), *arrays], (size, *shape), _shifted(index))


def _into(x: Type, *arrays: Type, shape: Any, index: Any) -> dict[str, Any]:
    sizes = as_shape(shape)
    return {"shape": sizes, **_template(Type(x.dtype, sizes), *arrays, index=index)}


scatter_add: Op = op(
    "scatter_add(x, [indices]; shape, index=None)",
    """Zeros of the given shape with x added at the index, again for every repetition there.

    The adjoint of advanced indexing.
    """,
    batch=_batched_scatter,
    type=_in_place,
    prepare=_into,
    apart=range(1, 65),
    vjp=lambda i, g, y, x, *arrays, shape, index: gather(g, arrays, index),
    numpy=lambda node, x, *arrays: (
        f"scatter_add({x}, {shape_text(node.shape)}, {_index_value(node, arrays)})"
    ),
    helper='''
def scatter_add(x, shape, index):
    """Zeros of a shape, with x added at the index."""
    out = np.zeros(shape, np.result_type(x))
    np.add.at(out, index, x)
    return out
''',
    latex=lambda node, x, *arrays: rf"\operatorname{{scatter}}\left({x}\right)",
    meaning=_add_at,
    domain=("reals", "labels"),
    cases=[
        case("[5]", "int64[5]", shape=(4,)),
        case("[2, 5]", "int64[5]", shape=(2, 3), index=(slice(None), At(0))),
        case("[5, 2]", "int64[5]", "int64[5]", shape=(3, 2, 4), index=(At(0), slice(None), At(1))),
        case("[]", "int64[2]", shape=(3,)),
    ],
)


def _call_flatnonzero(self: Op, x: Any, size: Any = None) -> Expr:
    """The number of places gets a name of its own, unless it is given one."""
    if isinstance(x, Expr) and size is None:
        size = f"count_{x.id}"
        while size in x.graph.named:
            size += "_"
    return self.append_node(x, size)


def _named_size(x: Type, size: Any) -> dict[str, Any]:
    if not isinstance(size, str):
        raise DTypeError(f"size is a name for the number of places, not {size!r:.40}")
    return {"size": Dim(size)}


def _batched_places(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    raise ShapeError(
        f"{node.label}: each example would select its own number of elements",
        how="Keep the shape, with sg.where(mask, x, 0).",
    )


flatnonzero: Op = op(
    "flatnonzero(x; size=None)",
    """The places, of all elements in a row, that are true or not zero.

    How many there are is known when the function is called: it is a named dim, as those of inputs.
    """,
    batch=_batched_places,
    type=lambda x, size: Type(INT64, (size,)),
    call=_call_flatnonzero,
    prepare=_named_size,
    constant_derivative=True,
    numpy="np.flatnonzero({x})",
    latex=r"\operatorname{{nonzero}}\left({x}\right)",
    meaning=lambda x, size=None: np.flatnonzero(x),
    domain="bools",
    cases=[case("bool[3]"), case("bool[2, 3]", size="k")],
)


def _call_take(self: Op, x: Any, indices: Any, axis: Any = None) -> Expr:
    """Indexing along one axis, or of all elements in a row."""
    graph = find_graph([x, indices], self)
    x, indices = lift(graph, x), lift(graph, indices)
    if indices.dtype.kind != "i":
        raise DTypeError(f"take: indices are integers, not {indices.dtype.name}")
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    return getitem(x, (*[slice(None)] * one_axis(axis, x.ndim), indices))


take = op(
    "take(x, indices; axis=None)",
    """Elements by their numbers along an axis; without one, of all elements in a row.""",
    type=_selected,
    call=_call_take,
    numpy="",
    meaning=np.take,
    domain=("reals", "labels"),
    cases=[
        case("[4]", "int64[2]", axis=0),
        case("[3, 4]", "int64[2, 2]", axis=-1),
        case("[2, 2]", "int64[3]"),
    ],
)
