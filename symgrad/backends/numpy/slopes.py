"""Gradients in a graph against measured slopes of what was differentiated, as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np

from ...errors import CodegenError
from ...graph.graph import Derivative, Expr, hooks
from ...graph.walk import ancestors, between
from ...ops.op import registry
from .drawing import work
from .extended import Extended, Unsupported, context
from .plain import Value, Values, Wide, run
from .truth import FAILURES, Truth

_ALL_WORK = 60_000  # of all slopes at one point, with many digits
_ALL_WIDE = 10**7  # and in float64
_TINY = 1e-15  # relative: with many digits both are right to more than that
_STEPS = (1e-4, 1e-5, 1e-6)
HOW = "This is a defect of symgrad: please report it. certify=False writes the file all the same."
_SYMMETRIC = "positive_definite"  # the domain of rows that are defined there alone
_BARRIERS = frozenset({"custom"})  # the derivative is not the value's, by the user's will


def check(asked: Sequence[Expr], truth: Truth) -> None:
    """Compare the gradients that the outputs read with slopes, along one random direction each.

    All inputs that a value was differentiated by move at once; one by one if that is wrong.

    Raises
    ------
    CodegenError
        If a gradient is none.
    """
    read = {n.id for n in ancestors(asked)}
    budget = {Extended: _ALL_WORK, Wide: _ALL_WIDE}
    for record in asked[0].graph.derivatives:
        found = [(x, record.cotangents.get(x.id)) for x in record.wrt]
        pairs = [(x, g) for x, g in found if g is not None and g.id in read and g is not record.of]
        moving = [(x, g) for x, g in pairs if x.op == "input"]
        for group in [moving, *([pair] for pair in pairs if pair not in moving)]:
            if group and not _Slope(record, group, truth).agrees(budget):
                for pair in group:
                    _Slope(record, [pair], truth).require(budget)


def differentiated(asked: Sequence[Expr]) -> list[Expr]:
    """What is to be known for `check`, besides the outputs."""
    records = asked[0].graph.derivatives
    return [n for r in records if r.cotangents for n in (r.of, next(iter(r.cotangents.values())))]


class _Slope:
    """The derivative of one record toward some nodes that move together."""

    def __init__(
        self, record: Derivative, pairs: Sequence[tuple[Expr, Expr]], truth: Truth
    ) -> None:
        self.record, self.pairs, self.truth = record, pairs, truth
        self.point = truth.point
        self.seed = next(iter(record.cotangents.values()))
        self.path = between([x for x, _ in pairs], [record.of])
        self.rng = np.random.default_rng(1)
        self.found = self.slope = 0.0

    def agrees(self, budget: dict[type[Wide], int]) -> bool:
        """Whether gradients and slope do: with many digits if that is not too much work."""
        if any(n.op in _BARRIERS for n in self.path):
            return True
        cost = 2 * work(self.path, self.point.sizes)
        if self._is_known(self.truth.exact) and cost <= budget[Extended]:
            budget[Extended] -= cost
            with suppress(Unsupported):
                return self._agrees_exactly(self.truth.exact)
        if self._is_known(self.truth.wide) and cost <= budget[Wide]:
            budget[Wide] -= cost
            with suppress(*FAILURES):
                return self._agrees_roughly(self.truth.wide)
        return True

    def require(self, budget: dict[type[Wide], int]) -> None:
        """Refuse a gradient that does not agree."""
        if not self.agrees(budget):
            raise self._refused(self.found, self.slope)

    def _is_known(self, values: Values) -> bool:
        needed = [self.record.of, self.seed, *(n for pair in self.pairs for n in pair)]
        return all(n.id in values for n in needed)

    def _agrees_exactly(self, values: Values) -> bool:
        by, ctx = Extended(), context()
        directions = [by.leaf(self._direction(values[x.id])) for x, _ in self.pairs]
        found, size = self._product(values, directions)
        slope = self._measured(by, values, directions, ctx.mpf(10) ** -20)
        if not (ctx.isfinite(slope) and ctx.isfinite(found)):
            return True
        self.found, self.slope = float(found), float(slope)
        return bool(abs(slope - found) <= _TINY * max(abs(slope), size) + _TINY**2)

    def _agrees_roughly(self, values: Values) -> bool:
        by = Wide()
        directions = [self._direction(values[x.id]) for x, _ in self.pairs]
        found, size = self._product(values, directions)
        slopes = [float(self._measured(by, values, directions, step)) for step in _STEPS]
        finite = sorted((v for v in slopes if isfinite(v)), key=lambda v: abs(v - found))
        if not finite or not isfinite(found):
            return True
        self.found, self.slope = float(found), finite[0]
        spread = min((abs(a - b) for a, b in pairwise(slopes)), default=0.0)
        value = float(np.sum(np.abs(values[self.record.of.id] * values[self.seed.id])))
        return bool(abs(finite[0] - found) <= 1e-3 * size + 10 * spread + 1e-8 * value)

    def _product(self, values: Values, directions: Sequence[Any]) -> tuple[Any, float]:
        """The gradients along the directions, and the sum of all terms' sizes."""
        pairs = zip(self.pairs, directions, strict=True)
        terms = [np.ravel(np.asarray(values[g.id] * v)) for (_, g), v in pairs]
        return sum(t.sum() for t in terms), float(sum(np.abs(t).sum() for t in terms))

    def _direction(self, value: Value) -> Any:
        shape = np.shape(value)
        v = np.asarray(self.rng.uniform(0.5, 1.5, shape) * self.rng.choice([-1.0, 1.0], shape))
        square = len(shape) > 1 and shape[-1] == shape[-2]
        if square and any(_SYMMETRIC in registry[n.op].domain for n in self.path):
            return (v + np.swapaxes(v, -1, -2)) / 2
        return v

    def _measured(self, by: Wide, values: Values, directions: Sequence[Any], step: Any) -> Any:
        """A central difference of the value along the directions, times the cotangent."""
        right, left = (self._moved(by, values, directions, s) for s in (step, -step))
        return np.sum(values[self.seed.id] * (right - left)) / (2 * step)

    def _moved(self, by: Wide, values: Values, directions: Sequence[Any], step: Any) -> Value:
        """The value where all have moved; what no gradient passes is held."""
        moving = {n.id for n in self.path if n.op != "stop_gradient"}
        read = {a.id for n in self.path for a in n.args} | {self.record.of.id}
        held = {i: values[i] for i in read - moving if i in values}
        for (x, _), v in zip(self.pairs, directions, strict=True):
            held[x.id] = np.asarray(values[x.id] + v * step)
        stopped = {n.id: values[n.id] for n in self.path if n.op == "stop_gradient"}
        return run(self.path, {**held, **stopped}, self.point.sizes, by)[self.record.of.id]

    def _refused(self, expected: float, slope: float) -> CodegenError:
        moved = self.pairs[0][0]
        y, x = (n.name or str(hooks["summary"](n, 40)) for n in (self.record.of, moved))
        return CodegenError(
            f"the gradient of {y} to {x} is wrong: along a random direction it is "
            f"{expected:.9g}, and the formula as written has the slope {slope:.9g}"
            f"{self._parting()}",
            how=HOW,
        )

    def _parting(self) -> str:
        with suppress(*FAILURES):
            return next(self._culprits(), "")
        return ""

    def _culprits(self) -> Iterator[str]:
        """What was rewritten wrongly, else whose rule is wrong, from the output down."""
        graph = self.seed.graph
        stable = graph.nodes[next(iter(self.record.cotangents))]
        path = {n.id for n in between([x for x, _ in self.pairs], [stable])}
        nodes = ancestors([stable, *self.record.cotangents.values()])
        truth = Truth([*nodes, *ancestors([self.record.of])], self.point)
        yield from self._rewritten(stable, truth.wide)
        for i in sorted(path & self.record.cotangents.keys() - {stable.id}, reverse=True):
            node, g = graph.nodes[i], self.record.cotangents[i]
            part = Derivative(stable, (node,), 0, 0, {stable.id: self.seed, i: g})
            if not _Slope(part, [(node, g)], truth).agrees({Extended: 0, Wide: _ALL_WIDE}):
                readers = [n.op for n in ancestors([stable]) if node in n.args]
                rules = " or ".join(dict.fromkeys(readers))
                yield f"; they part at {said(node)}, by the derivative rule of {rules}"

    def _rewritten(self, stable: Expr, values: Values) -> Iterator[str]:
        for node in ancestors([stable]):
            root = node.graph.root(node)
            if root is node or not {root.id, node.id} <= values.keys():
                continue
            if not np.allclose(values[root.id], values[node.id], rtol=1e-6, equal_nan=True):
                yield f"; they part at {said(root)}, which is computed as {said(node)}"


def said(node: Expr) -> str:
    """A node in a message: its name, and what that stands for."""
    shown = str(hooks["summary"](node, 60))
    return f"{node.name} = {shown}" if node.name and node.args else shown
