"""What is put or added into zeros is put end to end and picked: for code that plans its memory.

Where places are known beforehand, nothing need be added element by element, and no zeros be made
and added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np

from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.indexing import getitem
from ...ops.indices import WHOLE, At, Slice, at_axis
from ...ops.joining import concatenate
from ...ops.reductions import sum_
from ...ops.shapes import broadcast_to, reshape
from ..rewriting.sweep import New, sweep
from .contractions import typical_size

Places = np.ndarray[Any, np.dtype[Any]]
_PUT = frozenset({"scatter_add", "embed"})
_LONGEST = 2**11  # known places
_REPEATED = 4  # places where several elements are added
_ELEMENTS = 256  # for each part, from which on it is worth it
_SEGMENTS = 8  # of what is put together


def placed(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with arrays put together out of parts."""
    if _PUT.isdisjoint(outputs[0].graph.ops):
        return list(outputs)
    nodes = ancestors(outputs)
    if not any(n.op in _PUT for n in nodes):
        return list(outputs)
    readers = Counter(a.id for n in nodes for a in n.args)
    readers.update(o.id for o in outputs)

    inner = {a.id for n in nodes if n.op == "add" for a in n.args if _continues(a, n, readers)}

    def change(node: Expr, fresh: Expr, new: New) -> Expr | None:
        if node.op == "scatter_add":
            return _picked(fresh)
        if node.op != "add" or node.id in inner:
            return None
        return _put_together(fresh, [new[x.id] for x in _terms(node, readers)])

    return sweep(outputs, change)


def _picked(node: Expr) -> Expr | None:
    """Every element of the result is one that is added, a sum of a few, or 0."""
    known = _known_places(node)
    if known is None:
        return None
    axis, index, width = known
    x = node.args[0]
    behind = x.shape[x.ndim - (node.ndim - axis - 1) :]
    flat = reshape(x, (*node.shape[:axis], index.size, *behind))
    counts = np.bincount(index, minlength=width)
    repeated = np.flatnonzero(counts > 1)
    needed = _ELEMENTS * (1 + len(repeated))
    if len(repeated) > _REPEATED or typical_size(flat) < needed:
        return None
    parts, source = [flat], np.zeros(width, np.int64)
    source[index] = np.arange(index.size)
    if not counts.all():
        source[counts == 0] = index.size
        zero = node.graph.constant(0.0 if node.type.is_floating else 0, node.dtype)
        parts.append(broadcast_to(zero, (*node.shape[:axis], 1, *behind)))
    for place in repeated:
        source[place] = index.size + len(parts) - 1
        own = getitem(flat, at_axis(axis, np.flatnonzero(index == place)))
        parts.append(sum_(own, axis=axis, keepdims=True))
    joined = concatenate(parts, axis=axis) if len(parts) > 1 else flat
    return getitem(joined, at_axis(axis, source))


def _known_places(node: Expr) -> tuple[int, Places, int] | None:
    """The one axis along which there are places, these, and the axis's size."""
    x, *places = node.args
    entries = [(i, e) for i, e in enumerate(node.params["index"]) if e != WHOLE]
    if len(entries) != 1 or not isinstance(entries[0][1], At) or places[0].value is None:
        return None
    axis, width, value = entries[0][0], node.shape[entries[0][0]], places[0].value
    whole = (*node.shape[:axis], *value.shape, *node.shape[axis + 1 :])
    if not isinstance(width, int) or max(width, value.size) > _LONGEST or x.shape != whole:
        return None
    index = np.where(value < 0, value + width, value).ravel()
    inside = index.size and index.min() >= 0 and index.max() < width
    return (axis, index, width) if inside else None


def _terms(node: Expr, readers: Counter[int]) -> list[Expr]:
    """The terms of a sum, without those in between that nothing else reads."""
    found: list[Expr] = []
    stack = [*node.args[::-1]]
    while stack and len(found) <= _SEGMENTS:
        x = stack.pop()
        if _continues(x, node, readers):
            stack += x.args[::-1]
        else:
            found.append(x)
    return found


def _continues(x: Expr, node: Expr, readers: Counter[int]) -> bool:
    """Whether a term is a sum itself, which nothing else reads."""
    return x.op == "add" and x.shape == node.shape and readers[x.id] == 1


def _put_together(node: Expr, terms: list[Expr]) -> Expr | None:
    """Zeros with parts at places along one axis, added up, are sums put end to end."""
    places = [_place(x) for x in terms]
    axis = places[0][0] if places[0] else 0
    if not 1 < len(terms) <= _SEGMENTS or any(p is None or p[0] != axis for p in places):
        return None
    spans = [(p[1], p[2], x.args[0]) for p, x in zip(places, terms, strict=True) if p]
    width = node.shape[axis]
    assert isinstance(width, int)
    bounds = sorted({0, width, *(b for start, stop, _ in spans for b in (start, stop))})
    if len(bounds) > _SEGMENTS:
        return None
    parts = []
    for start, stop in pairwise(bounds):
        own = [_cut(x, axis, start - a, stop - a) for a, b, x in spans if a <= start and stop <= b]
        shape = (*node.shape[:axis], stop - start, *node.shape[axis + 1 :])
        zero = node.graph.constant(0.0, node.dtype)
        parts.append(reduce(add, own) if own else broadcast_to(zero, shape))
    return concatenate(parts, axis=axis) if len(parts) > 1 else parts[0]


def _place(x: Expr) -> tuple[int, int, int] | None:
    """The one axis of which a part is taken up, and from where to where."""
    if x.op != "embed" or not x.type.is_floating:
        return None
    entries = [(i, e) for i, e in enumerate(x.params["index"]) if e != WHOLE]
    if len(entries) != 1 or not isinstance(entries[0][1], Slice):
        return None
    axis, (start, stop, step) = entries[0]
    width = x.shape[axis]
    if not isinstance(width, int) or step != 1:
        return None
    if not all(isinstance(b, int | None) for b in (start, stop)):
        return None
    first, last, _ = slice(start, stop).indices(width)
    whole = (*x.shape[:axis], last - first, *x.shape[axis + 1 :])
    return (axis, first, last) if first < last and x.args[0].shape == whole else None


def _cut(x: Expr, axis: int, start: int, stop: int) -> Expr:
    """A part along an axis."""
    whole = start == 0 and stop == x.shape[axis]
    return x if whole else getitem(x, at_axis(axis, slice(start, stop)))
