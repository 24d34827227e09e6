"""Two expressions at random points, and how much of a difference rounding can explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

import symgrad as sg

from ..errors import GraphError, SymgradError
from ..graph.copies import append_copies, free_name
from ..graph.dims import evaluate, names_of
from ..graph.samples import RANGES, draw
from ..graph.walk import ancestors

Array = np.ndarray[Any, Any]
Point = dict[str, Array]
Range = tuple[float, float]

_RANGES = (*RANGES, (-9.0, -1.0), (-40.0, 40.0))
_FAR = (-1e3, 1e3)
_SIZES = (3, 1, 2, 5)  # of the first named dim; the next has one more
_ROUNDS = 3  # over all ranges: all inputs from one; each from its own; definite matrices
_MOST_ELEMENTS = 2**18  # of all values at a point

_NOISE = 2.0**-49  # of every rounded result, relative, at most: eight units in the last place
_DISTURBED = 4  # evaluations with noise at each point
_CONFIDENCE = 64.0  # times what the noise did is put down to rounding
_RELATIVE = 1e-12
_TELLING = 1e-3, 1e-8  # relative and absolute: where rounding does more, a point tells nothing
_EXACT = frozenset(  # results that are not rounded, besides views and steps
    {"negative", "absolute", "where", "relu", "maximum", "minimum", "max", "min", "sort"}
)
_FAILURES = (SymgradError, ValueError, IndexError, ArithmeticError, np.linalg.LinAlgError)


@dataclass(frozen=True)
class Found:
    """What a point shows: a finite entry, one that rounding leaves digits of, and agreement."""

    finite: bool
    telling: bool
    agrees: bool


class Trial:
    """Two expressions of one graph, and what they are at random points."""

    def __init__(self, pair: tuple[sg.Expr, sg.Expr]) -> None:
        inputs = list(pair[0].graph.inputs.values())
        self._points = Points(inputs, ancestors(pair))
        self._exact = sg.function(inputs, pair)
        self._noisy, self._width = _with_noise(pair, inputs)
        self._rng = np.random.default_rng(1)

    def verdict(self) -> bool:
        """Whether both agree at all points that tell something.

        Raises
        ------
        GraphError
            If no point does.
        """
        finite = telling = False
        for point in self._points:
            found = self._compare(point)
            finite, telling = finite or found.finite, telling or found.telling
            if not found.agrees:
                return False
        if telling:
            return True
        if finite:
            what = "rounding hides what both expressions are at every random point"
            how = "They subtract numbers that are nearly equal; write them another way."
        else:
            what = "no random point was found at which both expressions are finite"
            how = "Compare simpler parts of them, where they have values."
        raise GraphError(what, how=how)

    def _compare(self, point: Point) -> Found:
        """Both values at a point, and whether they agree up to rounding."""
        with np.errstate(all="ignore"):
            try:
                a, b = (np.asarray(v) for v in self._exact(**point))
                noisy = [self._noisy(**point, **self._noise()) for _ in range(_DISTURBED)]
            except _FAILURES:
                return Found(finite=False, telling=False, agrees=True)
            if a.shape != b.shape:
                return Found(finite=True, telling=True, agrees=False)
            slack = sum((_spread(x, a) + _spread(y, b) for x, y in noisy), np.zeros(a.shape))
            return _judged(a.astype(float), b.astype(float), slack)

    def _noise(self) -> Point:
        if not self._width:
            return {}
        noise = 1.0 + self._rng.uniform(-_NOISE, _NOISE, self._width)
        return {str(self._noisy.inputs[-1].name): noise}


def _spread(noisy: Any, exact: Array) -> Array:
    """What noise changed; where it made the value infinite, nothing is known."""
    if np.shape(noisy) != exact.shape:
        return np.full(exact.shape, np.inf)
    change = np.abs(np.asarray(noisy, float) - exact.astype(float))
    return np.where(np.isfinite(change), change, np.inf)


def _judged(a: Array, b: Array, slack: Array) -> Found:
    finite = np.isfinite(a) & np.isfinite(b)
    scale = np.maximum(np.abs(a), np.abs(b))
    tolerance = _CONFIDENCE * slack + _RELATIVE * scale
    telling = finite & ((tolerance <= _TELLING[0] * scale) | (tolerance <= _TELLING[1]))
    agrees = np.abs(a - b) <= tolerance
    return Found(bool(finite.any()), bool(telling.any()), bool(np.all(agrees | ~telling)))


def _with_noise(outputs: Sequence[sg.Expr], inputs: Sequence[sg.Expr]) -> tuple[sg.Function, int]:
    """The outputs with every rounded result multiplied by an entry of one more input."""
    outputs = [sg.simplify(y) for y in outputs]  # as what is compared is computed
    nodes = ancestors(outputs)
    place = {n.id: k for k, n in enumerate(filter(_is_rounded, nodes))}
    graph = sg.Graph()
    new = {x.id: graph.input(str(x.name), x.type, sign=x.sign) for x in inputs}
    given = list(new.values())
    if place:
        given.append(graph.input(free_name(graph, "noise"), (len(place),)))
    for node in nodes:
        append_copies(graph, new, [node])
        if node.id in place:
            new[node.id] = _disturbed(new[node.id], given[-1][place[node.id]])
    return sg.function(given, [new[y.id] for y in outputs]), len(place)


def _is_rounded(node: sg.Expr) -> bool:
    row = sg.ops.registry[node.op]
    exact = row.view or row.constant_derivative or node.op in _EXACT
    return bool(node.args) and node.dtype.kind == "f" and not exact


def _disturbed(node: sg.Expr, factor: sg.Expr) -> sg.Expr:
    """The value with noise, of the same type, so that readers can be copied as they are."""
    noisy = node * factor
    return noisy if noisy.type == node.type else noisy.astype(node.dtype)


class Points:
    """Points for the inputs of some nodes; the same ones each time."""

    def __init__(self, inputs: Sequence[sg.Expr], nodes: Sequence[sg.Expr]) -> None:
        self._inputs, self._nodes = inputs, nodes
        self._names = names_of(d for x in inputs for d in x.shape)
        self._tops = sg.ops.labels.numbers_of_classes(nodes)
        self._definite = {n.args[0].id for n in nodes if n.op == "cholesky"}
        self._rng = np.random.default_rng(0)

    def __iter__(self) -> Iterator[Point]:
        drawn = 0
        for turn in range(_ROUNDS):
            for i, bounds in enumerate([*_RANGES, _FAR]):
                start = _SIZES[(turn + i) % len(_SIZES)]
                sizes = {name: start + k for k, name in enumerate(self._names)}
                if self._fits(sizes):
                    drawn += 1
                    yield self._point(sizes, bounds, turn)
        if not drawn:
            raise GraphError(
                "the arrays are too large to evaluate both expressions",
                how=f"All values together may have {_MOST_ELEMENTS} elements: use smaller sizes.",
            )

    def _point(self, sizes: Mapping[str, int], bounds: Range, turn: int) -> Point:
        point = {}
        for x in self._inputs:
            own = _RANGES[self._rng.integers(len(_RANGES))] if turn == 1 else bounds
            integers = (0, self._tops[x.id]) if x.id in self._tops else _integers(x, own)
            definite = turn == 2 or x.id in self._definite
            point[str(x.name)] = draw(self._rng, x, sizes, own, integers, definite)
        return point

    def _fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether all values at a point have few elements."""
        total = 0
        for node in self._nodes:
            total += _count(node, sizes)
            if total > _MOST_ELEMENTS:
                return False
        return True


def _count(node: sg.Expr, sizes: Mapping[str, int]) -> int:
    """The elements of a value; 0 where a size is counted on the way: it is none of the largest."""
    if not all(name in sizes for name in names_of(node.shape)):
        return 0
    return prod(evaluate(d, sizes) for d in node.shape)


def _integers(x: sg.Expr, bounds: Range) -> tuple[int, int]:
    """Of wide ranges their integers; of narrow ones, indices that fit short axes."""
    if x.dtype == bool or bounds[1] - bounds[0] < 3:
        return 0, 2
    return int(bounds[0]), int(bounds[1]) + 1
