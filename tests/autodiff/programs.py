"""Random programs, built of symgrad's nodes and run by autograd's NumPy at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import autograd.numpy as anp
import autograd.scipy.special
import numpy as np
from autograd.tracer import getval
from hypothesis import strategies as st

import symgrad as sg
from tests.autodiff.moves import MOVES, UNARY, Move, dialect

SIZES = {"n": 5, "m": 2}
SPECS = ["[]", "[n]", "[3]", "[n, 3]", "[3, 2]", "[m, n]", "[2, 1, 3]", "[1, n]", "[3, 3]"]
LARGEST = 30.0  # values beyond make a program ill-conditioned
MOST = 400  # elements of a value


def _where(condition, x, y):
    """autograd's where does not sum its cotangents over broadcast axes; its sum does."""
    zeros = np.zeros(np.broadcast_shapes(*map(anp.shape, (condition, x, y))))
    return anp.where(condition, x + zeros, y + zeros)


def _unboxed(x):
    while getval(x) is not x:
        x = getval(x)
    return x


MIRROR = dialect(anp, anp.linalg, autograd.scipy.special, where=_where, stop_gradient=_unboxed)

Steps = Sequence[tuple[int, int, int, int]]
_step = st.tuples(*(st.integers(0, top) for top in (10_000, 99, 99, 9)))
_lengths = st.integers(0, 45).map(lambda r: 5 + r * r // 45)  # 5 to 50, the shorter more often
steps = _lengths.flatmap(lambda n: st.lists(_step, min_size=n, max_size=n))


class Program:
    """A program that all dialects understand: inputs, then moves on earlier values."""

    def __init__(self, drawn: Steps, dtype: str = "float64", kinks: bool = False) -> None:
        self.graph = sg.Graph()
        self.moves: list[tuple[Move, int, int, int]] = []
        rng = np.random.default_rng(len(drawn))
        self.inputs = [self.graph.input(f"x{i}", spec, dtype) for i, spec in enumerate(SPECS)]
        shapes = [[SIZES.get(str(d), d) for d in x.shape] for x in self.inputs]
        self.arrays = [rng.uniform(-1.5, 1.5, shape) for shape in shapes]
        if kinks:  # zeros and ties
            self.arrays = [rng.integers(-1, 2, shape) * 1.0 for shape in shapes]
        self.nodes = list(self.inputs)
        self.values = list(self.arrays)
        for step in drawn:
            self._append(*step)
        self.loss = self.total(sg, self.nodes)

    def _append(self, which: int, i: int, j: int, k: int) -> None:
        """The move that was drawn, on the first operands from those drawn that bear it."""
        move = MOVES[which % len(MOVES)]
        any(self._made(move, a, b, k) for a, b in self._operands(i, j)) or any(
            self._made(UNARY[0], a, 0, k) for a, _ in self._operands(i, j)
        )

    def _operands(self, i: int, j: int) -> Iterator[tuple[int, int]]:
        count = len(self.nodes)
        for shift in range(min(count, 6)):
            for turn in range(min(count, 6)):
                yield (i + turn) % count, (j + shift) % count

    def _made(self, move: Move, i: int, j: int, k: int) -> bool:
        """Make a move, if the shapes bear it and its values stay small."""
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(move(MIRROR, self.values[i], self.values[j], k))
        except (sg.ShapeError, ValueError, IndexError, ZeroDivisionError):
            return False  # NumPy has no such rank
        if value.dtype != float or value.ndim > 4 or not 0 < value.size <= MOST:
            return False
        if not np.max(np.abs(value)) < LARGEST:
            return False
        try:
            node = move(sg, self.nodes[i], self.nodes[j], k)
        except sg.ShapeError:
            if all(isinstance(d, int) for e in (i, j) for d in self.nodes[e].shape):
                raise
            return False  # a named dim bears it for some sizes only
        self.moves.append((move, i, j, k))
        self.nodes.append(node)
        self.values.append(value)
        return True

    def total(self, xp: Any, values: Sequence[Any]) -> Any:
        """A scalar that every value has a share in."""
        loss = 0.0
        for i, value in enumerate(values):
            loss = loss + xp.sum(value * value) * (0.1 + 0.05 * i) + xp.mean(value)
        return loss

    def mirror(self, *inputs: Any) -> Any:
        """The scalar, computed by autograd's NumPy."""
        return self.replay(MIRROR, inputs)

    def replay(self, xp: Any, inputs: Sequence[Any], noise: float = 0.0, seed: int = 0) -> Any:
        """The scalar for other inputs, in any dialect, with relative errors in every step."""
        values = [self._disturbed(x, noise, (seed, k)) for k, x in enumerate(inputs)]
        for move, i, j, k in self.moves:
            value = move(xp, values[i], values[j], k)
            values.append(self._disturbed(value, noise, (seed, len(values))))
        return self.total(xp, values)

    def _disturbed(self, value: Any, noise: float, seed: tuple[int, int]) -> Any:
        if not noise:
            return value
        errors = np.random.default_rng(seed).choice([-1.0, 1.0], np.shape(value))
        return value * (1 + noise * errors)
