"""Classifiers of relu units with softmax cross-entropy, float32: digits, MNIST's size, and wide."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from .workload import Array, Call, Workload, products_of


def formula(m: Any, X: Any, y: Any, *params: Any) -> Any:
    """Mean cross-entropy of integer labels."""
    h = X
    for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
        h = m.relu(h @ W + b)
    return m.cross_entropy(h @ params[-2] + params[-1], y)


def textbook(X: Array, y: Array, *params: Array) -> list[Any]:
    """Deep Learning, algorithms 6.3 and 6.4."""
    weights, biases = params[::2], params[1::2]
    zs, hs = [], [X]
    for W, b in zip(weights, biases, strict=True):
        zs.append(hs[-1] @ W + b)
        hs.append(np.maximum(zs[-1], 0))
    e = np.exp(zs[-1] - zs[-1].max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.mean(np.log(p[rows, y]))
    d = p
    d[rows, y] -= 1
    d /= len(y)
    gradients: list[Any] = []
    for i in reversed(range(len(weights))):
        gradients[:0] = [hs[i].T @ d, d.sum(axis=0)]
        if i:
            d = (d @ weights[i].T) * (zs[i - 1] > 0)
    return [loss, *gradients]


def products(X: Array, y: Array, *params: Array) -> Call:
    """Forward, and for the gradients of weights and hidden units."""
    weights = params[::2]
    hs = [X, *(np.ones((len(X), W.shape[1]), X.dtype) for W in weights)]
    triples = []
    for i, W in enumerate(weights):
        triples.append((hs[i], W, hs[i + 1] * 1))
        triples.append((hs[i].T, hs[i + 1], W * 1))
        if i:
            triples.append((hs[i + 1], W.T, hs[i] * 1))
    return products_of(*triples)


SMALL = 2**13
"""Elements up to which it pays to repeat a row or a column in an array before it is added."""


class Softmax:
    """Cross-entropy of integer labels, and its slope, in buffers.

    NumPy finds the place of a row's maximum four times as fast as its value, and takes entries
    four times as fast by their places in memory as by row and column.
    """

    def __init__(self, n: int, classes: int, dtype: Any, scale: float) -> None:
        self.n, self.scale = n, np.array(scale, dtype)
        self.z = np.empty((n, classes), dtype)
        self.flat = self.z.reshape(-1)
        self.ones, self.each = np.ones(n, dtype), np.ones(classes, dtype)
        self.row = np.empty(n, dtype)
        self.column = self.row[:, None]
        self.repeated = np.empty_like(self.z if n * classes <= SMALL else self.column)
        self.bias = np.empty((n, classes) if n * classes <= SMALL else classes, dtype)
        self.starts, self.places = np.arange(n) * classes, np.empty(n, np.intp)

    def forward(self, h: Array, W: Array, b: Array) -> None:
        """The logits."""
        h.dot(W, self.z)
        self.bias[...] = b
        np.add(self.z, self.bias, self.z)

    def slope(self, y: Array) -> Any:
        """The mean loss; the logits become `scale` times p - one_hot."""
        z, flat, row, places, repeated = self.z, self.flat, self.row, self.places, self.repeated
        np.add(z.argmax(1), self.starts, places)
        flat.take(places, None, row, "clip")
        repeated[...] = self.column
        np.subtract(z, repeated, z)
        np.add(y, self.starts, places)
        chosen = flat[places]
        np.exp(z, z)
        z.dot(self.each, row)
        loss = (np.log(row) - chosen).dot(self.ones) / self.n
        np.divide(self.scale, row, row)
        repeated[...] = self.column
        np.multiply(z, repeated, z)
        flat[places] -= self.scale
        return loss


class Hidden:
    """The buffers of a relu layer: its units, its cotangent, the mask."""

    def __init__(self, n: int, units: int, dtype: Any) -> None:
        self.h, self.d = np.empty((n, units), dtype), np.empty((n, units), dtype)
        self.positive = np.empty((n, units), bool)
        self.least = np.zeros((), dtype)
        self.small = self.h.nbytes <= 2**20
        self.zero = np.zeros((n, units) if self.small else units, dtype)
        self.mask = np.empty((n, units), dtype) if self.small else self.positive
        self.bias = np.empty((n, units) if n * units <= SMALL else units, dtype)

    def forward(self, h: Array, W: Array, b: Array) -> Array:
        """relu(h W + b); the other operand of maximum is an array: a scalar is slower."""
        out = self.h
        h.dot(W, out)
        self.bias[...] = b
        np.add(out, self.bias, out)
        return np.maximum(out, self.zero, out=out)

    def backward(self, d: Array, W: Array) -> Array:
        """Through W, and the slope of relu: times the mask, converted first where that is cheap."""
        d.dot(W.T, self.d)
        np.greater(self.h, self.least, self.positive)
        if self.small:
            self.mask[...] = self.positive
        return np.multiply(self.d, self.mask, self.d)


def tuned(X: Array, y: Array, *params: Array) -> Callable[..., list[Any]]:
    """Every intermediate in a buffer, every bias sum a product with ones, relu in place."""
    n, weights = len(X), params[::2]
    hidden = [Hidden(n, W.shape[1], X.dtype) for W in weights[:-1]]
    softmax = Softmax(n, weights[-1].shape[1], X.dtype, 1 / n)
    gradients = [np.empty_like(p) for p in params]
    ones = softmax.ones
    last = len(hidden)

    def call(X: Array, y: Array, *params: Array) -> list[Any]:
        h = X
        for i, layer in enumerate(hidden):
            h = layer.forward(h, params[2 * i], params[2 * i + 1])
        softmax.forward(h, params[-2], params[-1])
        loss = softmax.slope(y)
        d = softmax.z
        ones.dot(d, gradients[-1])
        for i in range(last, 0, -1):
            hidden[i - 1].h.T.dot(d, gradients[2 * i])
            d = hidden[i - 1].backward(d, params[2 * i])
            ones.dot(d, gradients[2 * i - 1])
        X.T.dot(d, gradients[0])
        return [loss, *gradients]

    return call


SEED = 17
"""No relu unit of the wide network is so close to 0, of 1.3 million, that rounding decides its
slope: one that does changes the gradients by 0.3 %, and all tools' differently."""


def arguments(widths: list[int], batch: int) -> dict[str, Array]:
    """Random examples, labels, and parameters after He's rule."""
    rng, dtype = np.random.default_rng(SEED), np.float32
    found: dict[str, Array] = {
        "X": rng.standard_normal((batch, widths[0]), dtype=dtype),
        "y": rng.integers(0, widths[-1], batch),
    }
    for i, (rows, columns) in enumerate(pairwise(widths), 1):
        scale = dtype(np.sqrt(2 / rows))
        found[f"W{i}"] = rng.standard_normal((rows, columns), dtype=dtype) * scale
        found[f"b{i}"] = rng.standard_normal(columns, dtype=dtype) * dtype(0.1)
    return found


def make(name: str, title: str, widths: list[int], batch: int) -> Workload:
    """The workload of a network of these widths."""
    values = arguments(widths, batch)
    return Workload(
        name=name,
        title=f"{title} {'-'.join(map(str, widths))}, batch {batch}, float32",
        arguments=values,
        wrt=tuple(values)[2:],
        formula=formula,
        textbook=textbook,
        products=products,
        tuned=tuned,
        specs={"X": f"float32[n, {widths[0]}]", "y": "int64[n]"},
    )
