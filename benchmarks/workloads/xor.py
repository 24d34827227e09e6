"""XOR, a 2-2-1 network, batch 4, float64: nearly all of its time is the overhead of calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .workload import Array, Call, Workload, products_of


def formula(m: Any, X: Any, y: Any, W: Any, c: Any, w: Any, b: Any) -> Any:
    """Mean squared error."""
    return m.mean((m.relu(X @ W + c) @ w + b - y) ** 2)


def textbook(X: Array, y: Array, W: Array, c: Array, w: Array, b: Array) -> list[Any]:
    """The backward pass as a textbook writes it."""
    z = X @ W + c
    h = np.maximum(z, 0)
    r = h @ w + b - y
    loss = np.mean(r**2)
    d = 2 * r / len(r)
    d_h = np.outer(d, w)
    d_z = d_h * (z > 0)
    return [loss, X.T @ d_z, d_z.sum(axis=0), h.T @ d, d.sum()]


def products(X: Array, y: Array, W: Array, c: Array, w: Array, b: Array) -> Call:
    """The five matrix products, the outer one included."""
    z, r, dW, dw = X @ W, y * 1, W * 1, w * 1
    column, row = r[:, None], w[None, :]
    return products_of((X, W, z), (z, w, r), (r, z, dw), (column, row, z * 1), (X.T, z, dW))


def tuned(X: Array, y: Array, W: Array, c: Array, w: Array, b: Array) -> Callable[..., list[Any]]:
    """With a column of ones beside X, so that one product serves W and c, forward and backward.

    Operands of one shape avoid the iterator that broadcasting needs; the slope of relu is the sign
    of its value.
    """
    n, rows, columns = len(y), *W.shape
    X1, W1, G1 = (
        np.ones((n, rows + 1)),
        np.empty((rows + 1, columns)),
        np.empty((rows + 1, columns)),
    )
    X_, W_, c_, dW, dc = X1[:, :-1], W1[:-1], W1[-1], G1[:-1], G1[-1]
    X1T = X1.T
    h, d_z, zero = np.empty((n, columns)), np.empty((n, columns)), np.zeros((n, columns))
    r, scale, ones, dw = np.empty(n), np.full(n, 2 / n), np.ones(n), np.empty(columns)
    column = r[:, None]
    add, subtract, maximum, multiply, sign = np.add, np.subtract, np.maximum, np.multiply, np.sign

    def call(X: Array, y: Array, W: Array, c: Array, w: Array, b: Array) -> list[Any]:
        X_[...] = X
        W_[...] = W
        c_[...] = c
        X1.dot(W1, h)
        maximum(h, zero, out=h)
        h.dot(w, r)
        add(r, b, r)
        subtract(r, y, r)
        loss = r.dot(r) / n
        multiply(r, scale, r)
        column.dot(w[None], d_z)
        r.dot(h, dw)
        sign(h, h)
        multiply(d_z, h, d_z)
        X1T.dot(d_z, G1)
        return [loss, dW, dc, dw, r.dot(ones)]

    return call


def make() -> Workload:
    """The workload."""
    rng = np.random.default_rng(0)
    shapes: dict[str, Any] = {"X": (4, 2), "y": 4, "W": (2, 2), "c": 2, "w": 2, "b": ()}
    return Workload(
        name="xor",
        title="XOR 2-2-1, batch 4, float64",
        arguments={k: np.array(rng.normal(size=s)) for k, s in shapes.items()},
        wrt=("W", "c", "w", "b"),
        formula=formula,
        textbook=textbook,
        products=products,
        tuned=tuned,
        specs={"X": "[n, 2]", "y": "[n]"},
    )
