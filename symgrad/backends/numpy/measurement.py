"""Slopes of a formula as it was written, measured at a point, and what a derivative says there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np

from ...graph.graph import Derivative, Expr
from ...graph.walk import between
from ...ops.op import registry
from .drawing import work
from .extended import Extended, Unsupported, context
from .plain import Value, Values, Wide, run
from .truth import ALL_DIGITS, FAILURES, Truth

Budget = dict[type[Wide], int]
"""How much work may still be done, in each arithmetic."""

_TINY = 1e-15  # relative: with many digits both are right to more than that
_STEP, _LEAST_STEP = -20, -250  # exponents, of steps with many digits, and with all
_LEAST = 5e-324  # of float64
_STEPS = (1e-4, 1e-5, 1e-6)
_SYMMETRIC = "positive_definite"  # the domain of rows that are defined there alone
_BARRIERS = frozenset({"custom"})  # the derivative is not the value's, by the user's will


class Slope(ABC):
    """What a record's derivative says of moving some nodes, and what the value does.

    Both are numbers: the value's elements are weighted and added up.
    """

    def __init__(self, record: Derivative, moving: Sequence[Expr], truth: Truth) -> None:
        self.record, self.moving, self.truth = record, moving, truth
        self.path = between(moving, [record.of])
        self.rng = np.random.default_rng(1)
        self.found = self.slope = 0.0

    @property
    @abstractmethod
    def needed(self) -> Sequence[Expr]:
        """The nodes of the derivative whose values are read."""

    @abstractmethod
    def weights(self, values: Values, by: Wide) -> Any:
        """One number for each element of what was differentiated."""

    def directions(self, values: Values, by: Wide) -> Sequence[Any]:
        """Where each of the moving nodes moves: at random."""
        return [by.leaf(self._direction(np.shape(values[x.id]))) for x in self.moving]

    @abstractmethod
    def terms(self, values: Values, weights: Any, directions: Sequence[Any]) -> Sequence[Any]:
        """Arrays whose elements add up to what the derivative says."""

    def agrees(self, budget: Budget) -> bool:
        """Whether both do: with many digits if that is not too much work."""
        if any(n.op in _BARRIERS for n in self.path):
            return True
        cost = 2 * len(self.groups) * work(self.path, self.truth.point.sizes)
        if self._is_known(self.truth.exact) and cost <= budget[Extended]:
            budget[Extended] -= cost
            with suppress(Unsupported):
                return self._agrees_exactly(self.truth.exact, _STEP) or self._agrees_far_out()
        if self._is_known(self.truth.wide) and cost <= budget[Wide]:
            budget[Wide] -= cost
            with suppress(*FAILURES):
                return self._agrees_roughly(self.truth.wide)
        return True

    @cached_property
    def groups(self) -> list[list[int]]:
        """What moves at once: all inputs; of what is computed, each by itself."""
        inputs = [i for i, x in enumerate(self.moving) if x.op == "input"]
        alone = [[i] for i, x in enumerate(self.moving) if x.op != "input"]
        return [inputs, *alone] if inputs else alone

    @cached_property
    def is_symmetric(self) -> bool:
        """Whether matrices on the way have to be."""
        return any(_SYMMETRIC in registry[n.op].domain for n in self.path)

    def random(self, shape: tuple[int, ...]) -> Any:
        """Numbers between 0.5 and 1.5, of either sign."""
        return np.asarray(self.rng.uniform(0.5, 1.5, shape) * self.rng.choice([-1.0, 1.0], shape))

    def _direction(self, shape: tuple[int, ...]) -> Any:
        v = self.random(shape)
        square = len(shape) > 1 and shape[-1] == shape[-2]
        return (v + np.swapaxes(v, -1, -2)) / 2 if square and self.is_symmetric else v

    def _is_known(self, values: Values) -> bool:
        return all(n.id in values for n in [self.record.of, *self.moving, *self.needed])

    def _agrees_far_out(self) -> bool:
        """Whether both do with so many digits that numbers of any size leave something."""
        exact = self.truth.exactest
        with context().workdps(ALL_DIGITS):
            return not self._is_known(exact) or self._agrees_exactly(exact, _LEAST_STEP)

    def _agrees_exactly(self, values: Values, step: int) -> bool:
        by, ctx = Extended(), context()
        weights, directions = self.weights(values, by), self.directions(values, by)
        found, size = self._added(values, weights, directions)
        slope = self._measured(by, values, weights, directions, ctx.mpf(10) ** step)
        if not (ctx.isfinite(slope) and ctx.isfinite(found)):
            return True
        self.found, self.slope = float(found), float(slope)
        value = np.sum(np.abs(values[self.record.of.id] * weights))
        nothing = _LEAST if step == _LEAST_STEP else _TINY**2 * min(1, value)
        return bool(abs(slope - found) <= _TINY * max(abs(slope), size) + nothing)

    def _agrees_roughly(self, values: Values) -> bool:
        by = Wide()
        weights, directions = self.weights(values, by), self.directions(values, by)
        found, size = self._added(values, weights, directions)
        slopes = [float(self._measured(by, values, weights, directions, h)) for h in _STEPS]
        finite = sorted((v for v in slopes if isfinite(v)), key=lambda v: abs(v - found))
        if not finite or not isfinite(found):
            return True
        self.found, self.slope = float(found), finite[0]
        spread = min((abs(a - b) for a, b in pairwise(slopes)), default=0.0)
        value = float(np.sum(np.abs(values[self.record.of.id] * weights)))
        if abs(finite[0] - found) <= 1e-3 * size + 10 * spread + 1e-8 * value:
            return True
        noise = self.truth.rounding(self.record.of, np.float64)
        return bool(abs(finite[0] - found) <= np.sum(np.abs(weights) * noise) / _STEPS[0])

    def _added(self, values: Values, weights: Any, directions: Sequence[Any]) -> tuple[Any, float]:
        """What the derivative says, and the sum of all terms' sizes."""
        terms = [np.ravel(np.asarray(t)) for t in self.terms(values, weights, directions)]
        return sum(t.sum() for t in terms), float(sum(np.abs(t).sum() for t in terms))

    def _measured(
        self, by: Wide, values: Values, weights: Any, directions: Sequence[Any], step: Any
    ) -> Any:
        """Central differences of the value along the directions, weighted."""
        total: Any = 0
        for group in self.groups:
            moves = [(self.moving[i], directions[i]) for i in group]
            right, left = (self._moved(by, values, moves, s) for s in (step, -step))
            total = total + np.sum(weights * (right - left)) / (2 * step)
        return total

    def _moved(
        self, by: Wide, values: Values, moves: Sequence[tuple[Expr, Any]], step: Any
    ) -> Value:
        """The value where some have moved; what no derivative passes is held."""
        moving = {n.id for n in self.path if n.op != "stop_gradient"}
        read = {a.id for n in self.path for a in n.args} | {self.record.of.id}
        held = {i: values[i] for i in read - moving if i in values}
        held |= {x.id: values[x.id] for x in self.moving if x.op == "input"}
        held |= {x.id: np.asarray(values[x.id] + v * step) for x, v in moves}
        held |= {n.id: values[n.id] for n in self.path if n.op == "stop_gradient"}
        return run(self.path, held, self.truth.point.sizes, by)[self.record.of.id]


class Gradients(Slope):
    """Cotangents of some nodes: the value is weighted by its own cotangent."""

    def __init__(
        self, record: Derivative, pairs: Sequence[tuple[Expr, Expr]], truth: Truth
    ) -> None:
        super().__init__(record, [x for x, _ in pairs], truth)
        self.gradients = [g for _, g in pairs]
        self.seed = next(iter(record.cotangents.values()))

    @property
    def needed(self) -> Sequence[Expr]:
        return [self.seed, *self.gradients]

    def weights(self, values: Values, by: Wide) -> Any:
        return values[self.seed.id]

    def terms(self, values: Values, weights: Any, directions: Sequence[Any]) -> Sequence[Any]:
        pairs = zip(self.gradients, directions, strict=True)
        return [values[g.id] * v for g, v in pairs]


class Jacobian(Slope):
    """All partial derivatives: rows are weighted at random, columns are a direction."""

    def __init__(self, record: Derivative, result: Expr, truth: Truth) -> None:
        super().__init__(record, record.wrt, truth)
        self.result = result

    @property
    def needed(self) -> Sequence[Expr]:
        return [self.result]

    def weights(self, values: Values, by: Wide) -> Any:
        return by.leaf(self.random(np.shape(values[self.record.of.id])))

    def terms(self, values: Values, weights: Any, directions: Sequence[Any]) -> Sequence[Any]:
        (v,) = directions
        rows = np.reshape(weights, (*np.shape(weights), *[1] * np.ndim(v)))
        return [rows * values[self.result.id] * v]


class Along(Jacobian):
    """The derivative along tangents."""

    @property
    def needed(self) -> Sequence[Expr]:
        return [self.result, *self.record.tangents]

    def agrees(self, budget: Budget) -> bool:
        """As of every slope; a tangent may leave the symmetric matrices, where nothing is known."""
        return self.is_symmetric or super().agrees(budget)

    def directions(self, values: Values, by: Wide) -> Sequence[Any]:
        return [values[t.id] for t in self.record.tangents]

    def terms(self, values: Values, weights: Any, directions: Sequence[Any]) -> Sequence[Any]:
        return [weights * values[self.result.id]]
