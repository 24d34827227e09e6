"""Sums of small products as one product of what they are of, under one another.

A recurrent network adds up the gradient of its weights over all steps: h1.T @ g1 + h2.T @ g2 + ...
is (h1; h2; ...).T @ (g1; g2; ...), one call. What is computed is computed in its place there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import reduce
from operator import add

from ...graph.dims import product
from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.indexing import getitem
from ...ops.indices import WHOLE
from ...ops.joining import concatenate
from ...ops.op import registry
from ...ops.products import matmul
from ...ops.reductions import sum_
from ...ops.shapes import reshape
from ..rewriting.sweep import New, sweep
from .contractions import typical_size

_TERMS = frozenset({"matmul", "sum"})
_FEWEST = 4  # of them
_LARGEST = 2**11  # elements of a factor, at typical sizes; products of larger ones take their time


def accumulated(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with sums of products over steps as products."""
    if _TERMS.isdisjoint(outputs[0].graph.ops):
        return list(outputs)
    nodes = ancestors(outputs)
    sums = [n for n in nodes if n.op == "add"]
    if sum(_traits(a) is not None for n in sums for a in n.args) < _FEWEST:
        return list(outputs)
    readers = Counter(a.id for n in nodes for a in n.args)
    readers.update(o.id for o in outputs)
    inner = {
        a.id
        for n in sums
        for a in n.args
        if a.op == "add" and a.shape == n.shape and readers[a.id] == 1
    }

    def change(node: Expr, fresh: Expr, new: New) -> Expr | None:
        if node.op != "add" or node.id in inner:
            return None
        return _sum(node, inner, readers, new)

    return sweep(outputs, change)


def _traits(node: Expr) -> tuple[object, ...] | None:
    """The same for terms that may be put together: of xᵀ g, or of the sum of g's rows."""
    factors = _factors(node)
    if not factors or not node.type.is_floating:
        return None
    if any(f.ndim != 2 or f.dtype != node.dtype or typical_size(f) > _LARGEST for f in factors):
        return None
    return node.op, *((f.shape, _source(f)) for f in factors)


def _source(x: Expr) -> object:
    """Of a matrix of an array that array, or whether it is computed."""
    place = _place(x)
    return place[0] if place else bool(x.args) and not registry[x.op].view


def _factors(node: Expr) -> Sequence[Expr]:
    """x and g, or g alone."""
    if node.op == "matmul" and node.args[0].op == "transpose":
        return node.args[0].args[0], node.args[1]
    is_of_rows = node.op == "sum" and node.params == {"axis": (0,), "keepdims": False}
    return node.args if is_of_rows else ()


def _sum(node: Expr, inner: Collection[int], readers: Counter[int], new: New) -> Expr | None:
    """A sum of terms, many that are alike as one."""
    terms = _terms(node, inner)
    traits = {x.id: _traits(x) for x in terms if readers[x.id] == 1}
    many = {k for k, count in Counter(traits.values()).items() if k and count >= _FEWEST}
    if not many:
        return None
    found, together = list[Expr](), dict[object, list[Expr]]()
    for x in terms:
        alike = traits.get(x.id)
        if alike in many:
            together.setdefault(alike, []).append(x)
        else:
            found.append(new[x.id])
    return reduce(add, [*found, *(_together(xs, new) for xs in together.values())])


def _terms(node: Expr, inner: Collection[int]) -> list[Expr]:
    found, stack = list[Expr](), [*node.args]
    while stack:
        x = stack.pop()
        if x.id in inner:
            stack += x.args
        else:
            found.append(x)
    return found


def _together(terms: Sequence[Expr], new: New) -> Expr:
    """One product; the cotangents are put in the order of what was computed forward."""
    terms = sorted(terms, key=lambda x: -_factors(x)[-1].id)
    columns = zip(*([new[f.id] for f in _factors(x)] for x in terms), strict=True)
    x, *g = (_in_rows(c) for c in columns)
    return matmul(x.T, g[0]) if g else sum_(x, axis=0)


def _in_rows(parts: Sequence[Expr]) -> Expr:
    """All rows of some matrices; those that follow one another in an array are a view of it."""
    places = [_place(x) for x in parts]
    if places[0] and places == [(places[0][0], places[0][1] + i) for i in range(len(parts))]:
        return _rows(parts[0].args[0], places[0][1], len(parts))
    return concatenate(parts)


def _rows(x: Expr, start: int, count: int) -> Expr:
    """All rows of some of an array's matrices."""
    if count != x.shape[0]:
        x = getitem(x, slice(start, start + count))
    return reshape(x, (product(x.shape[:-1]), x.shape[-1]))


def _place(x: Expr) -> tuple[int, int] | None:
    """Of x[i] the array and i."""
    if x.op != "getitem" or x.args[0].ndim != 3:
        return None
    first, *rest = x.params["index"]
    plain = isinstance(first, int) and first >= 0 and all(e == WHOLE for e in rest)
    return (x.args[0].id, first) if plain else None
