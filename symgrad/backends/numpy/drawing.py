"""Where emitted code is checked: random points in the domains of roots, logarithms and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ...graph.dims import Dim, evaluate, names_of
from ...graph.graph import Expr
from ...graph.samples import RANGES, draw
from ...ops.labels import numbers_of_classes

Array = np.ndarray[Any, Any]

# Of the first named dim, and how much each next one differs: Newton's step and least squares
# need more rows than columns, what is underdetermined fewer.
_SIZES = ((1, 0), (3, 1), (7, -1))
_POINTS = 12
_WIDER = 3.0  # times the range of the last point of each size
_MOST = 10**6  # elements of all values at one point; with more, fewer points are drawn
_LARGEST = 3 * 10**7  # with more, nothing is checked
_NODE = 20  # elements that take as long as a node of one takes
_HEAVY = 5  # times an addition, in arithmetic with many digits


class Kind(NamedTuple):
    """The range of floats, whether labels are all 0, and matrices positive definite."""

    low: float
    high: float
    zeros: bool = False
    definite: bool = False


_KINDS = [
    *(Kind(*r) for r in RANGES),
    Kind(-1.0, 1.0, definite=True),
    *(Kind(*r, zeros=True) for r in RANGES[:2]),
]


@dataclass(frozen=True)
class Point:
    """Values of the inputs, by their ids, and of the named dims."""

    values: Mapping[int, Array]
    sizes: Mapping[str, int]


@dataclass
class Plan:
    """Sizes to check for, how many points for each, and how to draw them."""

    inputs: Sequence[Expr]
    tops: Mapping[int, int]
    sizes: Sequence[Mapping[str, int]]
    each: int
    kinds: Sequence[Kind] = field(default_factory=lambda: _KINDS)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def next(self, kind: Kind, k: int) -> Sequence[Kind]:
        """Of what kind the k-th point is, once one is known: the last is wider, if it can be.

        Other branches are taken there, and units are saturated.
        """
        wide = kind._replace(low=_WIDER * kind.low, high=_WIDER * kind.high)
        return [wide, kind] if k == self.each - 1 else [kind]

    def draw(self, sizes: Mapping[str, int], kind: Kind) -> Point:
        """A random point."""
        values = {}
        for x in self.inputs:
            top = 1 if kind.zeros and x.dtype.kind == "i" else self.tops.get(x.id, 2)
            floats = (kind.low, kind.high)
            values[x.id] = draw(self.rng, x, sizes, floats, (0, top), kind.definite)
        return Point(values, sizes)


def plan(inputs: Sequence[Expr], nodes: Sequence[Expr]) -> Plan:
    """Where to check: at a dozen points, at fewer of large values."""
    tops = numbers_of_classes(nodes)
    names = names_of(d for x in inputs for d in x.shape)
    sizes = [
        {n: max(s + i * k, 1) for i, n in enumerate(names)}
        for s, k in (_SIZES if names else [(3, 1)])
    ]
    most = max(drawn(nodes, s) + work(nodes, s, heavy=_NODE) for s in sizes)
    if most > _LARGEST:
        return Plan(inputs, tops, [], 0)
    if most > _MOST:
        return Plan(inputs, tops, sizes[-2:][:1], 1)
    each = max(1, min(_POINTS // len(sizes), _MOST // max(most * len(sizes), 1)))
    return Plan(inputs, tops, sizes, each)


def drawn(nodes: Sequence[Expr], sizes: Mapping[str, int]) -> int:
    """How many elements all that is given has."""
    return sum(_number(n.size, sizes) for n in nodes if not n.args)


def work(nodes: Sequence[Expr], sizes: Mapping[str, int], heavy: int = _HEAVY) -> int:
    """About how many additions an evaluation takes, a function counting as ``heavy`` ones."""
    total = 0
    for node in nodes:
        if node.args:
            factor = 1 if node.op in _LIGHT else heavy
            if node.op == "matmul":
                factor = _number(node.args[0].shape[-1], sizes)
            total += factor * _number(node.size, sizes) + heavy
    return total


_LIGHT = frozenset({"add", "subtract", "multiply", "where", "reshape", "transpose", "getitem"})


def _number(size: int | Dim, sizes: Mapping[str, int]) -> int:
    try:
        return evaluate(size, sizes)
    except (KeyError, NameError):  # a size that is counted when the code runs
        return 1
