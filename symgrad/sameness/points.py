"""Random points of suitable domains: several ranges, sizes and kinds of matrices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

import symgrad as sg

from ..errors import GraphError
from ..graph.dims import evaluate, names_of
from ..graph.samples import RANGES, draw

Array = np.ndarray[Any, Any]
Point = dict[str, Array]
Range = tuple[float, float]

_RANGES = (*RANGES, (-9.0, -1.0), (-40.0, 40.0))
_FAR = (-1e3, 1e3)
_SIZES = (3, 1, 2, 5)  # of the first named dim; the next has one more
_ROUNDS = 3  # over all ranges: all inputs from one; each from its own; definite matrices
_MOST_ELEMENTS = 2**18  # of all values at a point


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
