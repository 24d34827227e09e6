"""Random programs, built of symgrad's nodes and run by autograd's NumPy at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval
from hypothesis import strategies as st

import symgrad as sg

SIZES = {"n": 5, "m": 2}
SPECS = ["[]", "[n]", "[3]", "[n, 3]", "[3, 2]", "[m, n]", "[2, 1, 3]", "[1, n]"]
NUMPYS = """
    exp expm1 log1p sqrt sin cos tan tanh sinh cosh arcsin arccos arctan square reciprocal abs floor
    sign power maximum minimum clip equal not_equal sum mean max min matmul outer transpose reshape
    expand_dims
"""
LARGEST = 30.0  # values beyond make a program ill-conditioned


def _softmax(x, axis=-1):
    e = anp.exp(x - anp.max(x, axis=axis, keepdims=True))
    return e / anp.sum(e, axis=axis, keepdims=True)


def _logsumexp(x, axis=None, keepdims=False):
    return anp.log(anp.sum(anp.exp(x), axis=axis, keepdims=keepdims))


def _where(condition, x, y):
    """autograd's where does not sum its cotangents over broadcast axes; its sum does."""
    zeros = np.zeros(np.broadcast_shapes(*map(anp.shape, (condition, x, y))))
    return anp.where(condition, x + zeros, y + zeros)


def _unboxed(x):
    while getval(x) is not x:
        x = getval(x)
    return x


MIRROR = SimpleNamespace(
    **{name: getattr(anp, name) for name in re.findall(r"\w+", NUMPYS)},
    where=_where,
    relu=lambda x: _where(x > 0, x, 0.0),
    leaky_relu=lambda x, slope: _where(x > 0, x, slope * x),
    sigmoid=lambda x: 1 / (1 + anp.exp(-x)),
    softplus=lambda x: anp.logaddexp(0.0, x),
    softmax=_softmax,
    log_softmax=lambda x, axis=-1: anp.log(_softmax(x, axis)),
    logsumexp=_logsumexp,
    stop_gradient=_unboxed,
    broadcast_to=lambda x, shape: x + anp.zeros(shape),
    one_hot=lambda x, depth: np.eye(depth)[x],
)

Move = Callable[[Any, Any, Any, int], Any]
UNARY: list[Move] = [
    lambda xp, a, b, k: xp.tanh(a),
    lambda xp, a, b, k: xp.sin(a) * (k + 1),
    lambda xp, a, b, k: xp.cos(a),
    lambda xp, a, b, k: xp.exp(xp.tanh(a)),
    lambda xp, a, b, k: xp.expm1(-xp.square(a)),
    lambda xp, a, b, k: xp.log1p(a * a),
    lambda xp, a, b, k: xp.sqrt(1.0 + a**2),
    lambda xp, a, b, k: xp.arctan(a),
    lambda xp, a, b, k: xp.relu(a),
    lambda xp, a, b, k: xp.leaky_relu(a, 0.1 * (k + 1)),
    lambda xp, a, b, k: xp.sigmoid(a),
    lambda xp, a, b, k: xp.softplus(a),
    lambda xp, a, b, k: xp.abs(a),
    lambda xp, a, b, k: xp.clip(a, -0.71, 0.93),
    lambda xp, a, b, k: a ** (k % 4),
    lambda xp, a, b, k: (1.5 + xp.sin(a)) ** [0.5, -1, 2.5, -2][k % 4],
    lambda xp, a, b, k: -a,
    lambda xp, a, b, k: 1 - a / 2,
    lambda xp, a, b, k: 3 / (2 + a * a),
    lambda xp, a, b, k: xp.stop_gradient(a) + a,
    lambda xp, a, b, k: xp.arcsin(0.9 * xp.sin(a)) - xp.arccos(0.8 * xp.cos(a)),
    lambda xp, a, b, k: xp.sinh(xp.tanh(a)) + xp.cosh(xp.sin(a)),
    lambda xp, a, b, k: xp.tan(a / 30),
    lambda xp, a, b, k: a % 1.3,
    lambda xp, a, b, k: (xp.floor(a) + xp.sign(a)) * a,
    lambda xp, a, b, k: xp.reciprocal(1.0 + xp.square(a)),
    lambda xp, a, b, k: a * a.shape[0] / (a.shape[0] + 3),
]
BINARY: list[Move] = [
    lambda xp, a, b, k: a + b,
    lambda xp, a, b, k: a - b,
    lambda xp, a, b, k: a * b,
    lambda xp, a, b, k: a / (1.0 + b * b),
    lambda xp, a, b, k: xp.maximum(a, b),
    lambda xp, a, b, k: xp.minimum(a, b * 2),
    lambda xp, a, b, k: xp.where(a > b, a * b, a),
    lambda xp, a, b, k: xp.where(a <= b, 1.0, b),
    lambda xp, a, b, k: a * (b > 0.1),
    lambda xp, a, b, k: xp.power(1.5 + xp.cos(a), xp.sin(b)),
    lambda xp, a, b, k: xp.matmul(a, b),
    lambda xp, a, b, k: xp.matmul(a, xp.transpose(b)),
    lambda xp, a, b, k: xp.outer(a, b),
    lambda xp, a, b, k: a * xp.sum(b > 0.3) / 4,
    lambda xp, a, b, k: xp.where((a > 0) & ~(b > a), a, -b),
    lambda xp, a, b, k: xp.maximum(a, 0.0) * xp.equal(b, b) - xp.not_equal(a, b) * b,
]
REDUCING: list[Move] = [
    lambda xp, a, b, k: xp.sum(a),
    lambda xp, a, b, k: xp.sum(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.sum(a, axis=-1 - k % a.ndim, keepdims=True),
    lambda xp, a, b, k: xp.mean(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.mean(a, axis=k % a.ndim, keepdims=True) * 2,
    lambda xp, a, b, k: xp.mean(a),
    lambda xp, a, b, k: xp.max(a, axis=k % a.ndim, keepdims=True),
    lambda xp, a, b, k: xp.min(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.max(a),
    lambda xp, a, b, k: xp.logsumexp(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.softmax(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.log_softmax(a),
]
MOVING: list[Move] = [
    lambda xp, a, b, k: xp.transpose(a),
    lambda xp, a, b, k: xp.reshape(a, (-1,)),
    lambda xp, a, b, k: xp.reshape(a, (1, *a.shape)),
    lambda xp, a, b, k: xp.reshape(a, (a.shape[0], -1)),
    lambda xp, a, b, k: xp.expand_dims(a, k % (a.ndim + 1)),
    lambda xp, a, b, k: a[1:],
    lambda xp, a, b, k: a[:-1],
    lambda xp, a, b, k: a[::2],
    lambda xp, a, b, k: a[::-1],
    lambda xp, a, b, k: a[1:-1],
    lambda xp, a, b, k: a[-2:],
    lambda xp, a, b, k: a[0],
    lambda xp, a, b, k: a[..., -1],
    lambda xp, a, b, k: a[:, None],
    lambda xp, a, b, k: xp.broadcast_to(a, (2, *a.shape)),
    lambda xp, a, b, k: a[1:] - a[:-1],
]
MOVES = [*UNARY, *BINARY, *BINARY, *REDUCING, *MOVING]

Steps = Sequence[tuple[int, int, int, int]]
steps = st.lists(
    st.tuples(*(st.integers(0, top) for top in (len(MOVES) - 1, 99, 99, 9))),
    min_size=5,
    max_size=40,
)


class Program:
    """A program that both dialects understand: inputs, then moves on earlier values."""

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
        """Make a move, if the shapes bear it and its values stay small."""
        move, i, j = MOVES[which], i % len(self.nodes), j % len(self.nodes)
        try:
            value = move(MIRROR, self.values[i], self.values[j], k)
            node = move(sg, self.nodes[i], self.nodes[j], k)
        except (sg.ShapeError, ValueError, IndexError, ZeroDivisionError):
            return  # NumPy has no such rank, or a named dim bears it for some sizes only
        if value.size and np.max(np.abs(value)) < LARGEST and value.ndim < 5:
            self.moves.append((move, i, j, k))
            self.nodes.append(node)
            self.values.append(value)

    def total(self, xp: Any, values: Sequence[Any]) -> Any:
        """A scalar that every value has a share in."""
        loss = 0.0
        for i, value in enumerate(values):
            loss = loss + xp.sum(value * value) * (0.1 + 0.05 * i) + xp.mean(value)
        return loss

    def mirror(self, *inputs: Any) -> Any:
        """The scalar, computed by autograd's NumPy."""
        return self.replay(MIRROR, inputs)

    def replay(self, xp: Any, inputs: Sequence[Any]) -> Any:
        """The scalar for other inputs, in either dialect."""
        values = list(inputs)
        for move, i, j, k in self.moves:
            values.append(move(xp, values[i], values[j], k))
        return self.total(xp, values)
