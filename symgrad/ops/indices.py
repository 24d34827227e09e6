"""Indices by NumPy's rules, in one canonical form: integers, slices, None, and places of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index as index_of
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.dims import Dim, at_least, at_most, floordiv, is_never_negative
from ..graph.graph import Expr
from ..graph.types import Type
from .shapes import shape_text

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


def is_array(entry: Any) -> bool:
    """Whether an entry of an index holds several positions, or an expression."""
    return isinstance(entry, Expr | list) or (isinstance(entry, np.ndarray) and entry.ndim > 0)


def canonical_index(x: Type, index: Any) -> dict[str, Any]:
    """Integers, slices and None, one for each axis up to the last that matters."""
    entries = list(index) if isinstance(index, tuple) and not isinstance(index, Slice) else [index]
    entries = without_ellipsis(entries, x.ndim)
    sizes = iter(x.shape)
    out = tuple(None if e is None else canonical_entry(e, next(sizes)) for e in entries)
    return {"index": out}


def without_ellipsis(
    entries: list[Any], ndim: int, width: Callable[[Any], int] = lambda entry: 1
) -> list[Any]:
    """The entries, with one for every axis in the place of ``...``, or behind the others.

    ``width(entry)`` is how many axes an entry takes.
    """
    taken = sum(width(e) for e in entries if e is not None and e is not Ellipsis)
    if taken > ndim:
        raise ShapeError(f"{taken} indices are too many for {ndim} ax{'e' if ndim != 1 else 'i'}s")
    if sum(e is Ellipsis for e in entries) > 1:
        raise ShapeError("only one ... can stand in an index")
    at = next((i for i, e in enumerate(entries) if e is Ellipsis), len(entries))
    return [*entries[:at], *[WHOLE] * (ndim - taken), *entries[at + 1 :]]


def canonical_entry(entry: Any, size: int | Dim) -> Entry:
    """An integer or a slice, checked against the size of its axis."""
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


def at_axis(axis: int, entry: Any) -> tuple[Any, ...]:
    """The index that has an entry on one axis, and all that stands on the others."""
    return (*[WHOLE] * axis, entry)


def index_text(index: tuple[Entry, ...], arrays: Sequence[str] = ()) -> str:
    """An index as Python: ``:, 1:3``; whole axes at the end are left out."""
    entries = [arrays[e] if isinstance(e, At) else str(e) for e in index]
    while len(entries) > 1 and entries[-1] == ":":
        entries.pop()
    return ", ".join(entries)
