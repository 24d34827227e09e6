"""Cotangents of parts, put together.

Where a program reads many parts of one array, ``x[0]``, ``x[1]``, ..., each sends back zeros with
its cotangent in one place. Added up, they cost the whole array once for each part; put side by
side, the whole array once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import reduce
from heapq import heappop, heappush
from itertools import groupby
from typing import NamedTuple

from ..graph.dims import product
from ..graph.graph import Expr
from ..ops import coefficients
from ..ops.gathering import scatter_add
from ..ops.indexing import embed
from ..ops.indices import WHOLE, At, Entry, Slice, indexed
from ..ops.joining import concatenate, stack
from ..ops.shapes import broadcast_to, reshape

_MANY = 8  # from here on parts are joined that leave gaps, and additions at indices


class _Part(NamedTuple):
    """A value and where it stands in an array: integers and slices, one for each axis."""

    value: Expr
    place: tuple[Entry, ...]


class _Span(NamedTuple):
    """What a value fills of an axis; a row lacks the axis."""

    start: int
    stop: int
    value: Expr
    row: bool


def total(shares: Sequence[Expr]) -> Expr:
    """The sum of an operand's shares; those that fill parts of it are put side by side.

    Example
    -------
    >>> from symgrad import Graph
    >>> a, b = Graph().input("ab", "[2]")
    >>> print(total([embed(b, (2,), 1), embed(a, (2,), 0)]))
    ab: float64[2]
    stack([ab[0], ab[1]])
    """
    if len(shares) == 1:
        return shares[0]
    others: list[Expr] = []
    parts: list[Expr] = []
    added: list[Expr] = []
    for s in shares:
        (parts if _is_part(s) else added if _is_addition(s) else others).append(s)
    if len(others) == len(shares):
        # What x * x sends twice is doubled first, which rounds nothing.
        doubled = [reduce(coefficients.total, same) for _, same in groupby(shares, key=id)]
        return reduce(coefficients.total, doubled)
    merged = [*_side_by_side(parts), *_at_once(added)]
    joined = len(merged) < len(parts) + len(added)
    return reduce(coefficients.total, [*others, *merged] if joined else shares)


def _is_part(share: Expr) -> bool:
    """Whether it is zeros with a value of its dtype that fills a place."""
    if share.op != "embed" or share.type.weak or None in share.params["index"]:
        return False
    return indexed(share.type, share.params["index"]).shape == share.args[0].shape


def _is_addition(share: Expr) -> bool:
    """Whether it is values added at indices along one axis."""
    index = share.params.get("index", ())
    if share.op != "scatter_add" or share.type.weak or None in index or len(share.args) != 2:
        return False
    value, at = share.args
    rest = sum(e == WHOLE for e in index)
    return bool(rest == share.ndim - 1 and value.ndim == at.ndim + rest)


def _side_by_side(shares: Sequence[Expr]) -> list[Expr]:
    """As few parts as possible: joined along the last axis, then along those before."""
    if len(shares) < 2:
        return list(shares)
    shape = shares[0].shape
    parts = [_Part(s.args[0], s.params["index"]) for s in shares]
    for axis, size in reversed(list(enumerate(shape))):
        if isinstance(size, int):
            parts = [p for row in _groups(parts, axis) for p in _along(row, axis, size)]
    whole = (WHOLE,) * len(shape)
    return [p.value if p.place == whole else embed(p.value, shape, p.place) for p in parts]


def _groups(parts: Sequence[_Part], axis: int) -> list[list[_Part]]:
    """The parts that are alike but for their place on one axis."""
    groups: dict[Hashable, list[_Part]] = {}
    for p in parts:
        groups.setdefault((p.place[:axis], p.place[axis + 1 :]), []).append(p)
    return list(groups.values())


def _along(parts: list[_Part], axis: int, size: int) -> Iterator[_Part]:
    """The parts joined along an axis, where they do not overlap."""
    spans = [(_span(p, axis, size), p) for p in parts]
    yield from (p for s, p in spans if s is None)
    kept = sum(isinstance(e, Slice) for e in parts[0].place[:axis])
    for layer in _layers([(s, p) for s, p in spans if s is not None]):
        filled = sum(s.stop - s.start for s, _ in layer)
        if len(layer) >= (2 if filled == size else _MANY):
            value = _joined([s for s, _ in layer], kept, size)
            first = layer[0][1].place
            yield _Part(value, (*first[:axis], WHOLE, *first[axis + 1 :]))
        else:
            yield from (p for _, p in layer)


def _span(part: _Part, axis: int, size: int) -> _Span | None:
    """What a part fills of an axis, if that is one piece, known now."""
    entry = part.place[axis]
    if not isinstance(entry, Slice):
        return _Span(entry, entry + 1, part.value, True) if isinstance(entry, int) else None
    start, stop, step = entry
    start, stop = start or 0, size if stop is None else stop
    if step != 1 or not isinstance(start, int) or not isinstance(stop, int) or stop <= start:
        return None
    return _Span(start, stop, part.value, False)


def _layers(spans: list[tuple[_Span, _Part]]) -> list[list[tuple[_Span, _Part]]]:
    """As few sets as possible of spans that do not overlap, each in order."""
    layers: list[list[tuple[_Span, _Part]]] = []
    ends: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda pair: pair[0][:2]):
        if ends and ends[0][0] <= span[0].start:
            _, at = heappop(ends)
        else:
            at = len(layers)
            layers.append([])
        layers[at].append(span)
        heappush(ends, (span[0].stop, at))
    return layers


def _joined(spans: list[_Span], axis: int, size: int) -> Expr:
    """One value that fills the axis, with zeros in the gaps."""
    pieces: list[Expr] = []
    for row, run in groupby(_without_gaps(spans, axis, size), key=lambda s: s.row):
        values = [s.value for s in run]
        pieces += [stack(values, axis=axis)] if row else values
    return pieces[0] if len(pieces) == 1 else concatenate(pieces, axis=axis)


def _without_gaps(spans: list[_Span], axis: int, size: int) -> Iterator[_Span]:
    """The spans, and zeros between them."""
    model = spans[0].value
    zero = model.graph.constant(0.0, model.dtype)
    rest = axis if spans[0].row else axis + 1
    at = 0
    for span in [*spans, _Span(size, size, model, True)]:
        if span.start > at:
            shape = (*model.shape[:axis], span.start - at, *model.shape[rest:])
            yield _Span(at, span.start, broadcast_to(zero, shape), False)
        if span.stop > span.start:
            yield span
        at = span.stop


def _at_once(shares: Sequence[Expr]) -> list[Expr]:
    """Additions along the same axis as one, with all values and all indices in a row."""
    groups: dict[Hashable, list[Expr]] = {}
    for s in shares:
        groups.setdefault(s.params["index"], []).append(s)
    many = [g for g in groups.values() if len(g) >= _MANY]
    return [_added(g) for g in many] + [s for g in groups.values() if len(g) < _MANY for s in g]


def _added(shares: list[Expr]) -> Expr:
    index = shares[0].params["index"]
    axis = next(i for i, e in enumerate(index) if isinstance(e, At))
    values, places = [], []
    for value, at in (s.args for s in shares):
        count = product(at.shape)
        rest = value.shape[axis + at.ndim :]
        values.append(reshape(value, (*value.shape[:axis], count, *rest)))
        places.append(reshape(at, (count,)))
    return scatter_add(
        concatenate(values, axis=axis), [concatenate(places)], shares[0].shape, index
    )
