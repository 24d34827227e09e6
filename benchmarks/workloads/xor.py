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
    """With ones beside X and below the units, so that one product serves weights and bias.

    The units of an example are a column: what is written by products then lies in one piece.
    Operands of one shape avoid the iterator that broadcasting needs; the slope of relu is the sign
    of its value. The gradients of the two layers are two products; symgrad packs them into one.
    """
    n, rows, columns = len(y), *W.shape
    X1, H1 = np.ones((n, rows + 1)), np.ones((columns + 1, n))
    W1, w1 = np.empty((rows + 1, columns)), np.empty(columns + 1)
    G, g = np.empty_like(W1), np.empty_like(w1)
    X_, W_, c_, w_, b_, H = X1[:, :-1], W1[:-1], W1[-1], w1[:-1], w1[-1, ...], H1[:-1]
    dW, dc, dw, db = G[:-1], G[-1], g[:-1], g[-1, ...]
    D, zero = np.empty((columns, n)), np.zeros((columns, n))
    r, scale = np.empty(n), np.full(n, 2 / n)
    X1T, W1T, DT, column, row = X1.T, W1.T, D.T, w_[:, None], r[None]
    subtract, maximum, multiply, sign = np.subtract, np.maximum, np.multiply, np.sign

    def call(X: Array, y: Array, W: Array, c: Array, w: Array, b: Array) -> list[Any]:
        X_[...] = X
        W_[...] = W
        c_[...] = c
        w_[...] = w
        b_[...] = b
        W1T.dot(X1T, H)
        maximum(H, zero, out=H)
        w1.dot(H1, r)
        subtract(r, y, r)
        loss = r.dot(r) / n
        multiply(r, scale, r)
        H1.dot(r, g)
        column.dot(row, D)
        sign(H, H)
        multiply(D, H, D)
        X1T.dot(DT, G)
        return [loss, dW, dc, dw, db]

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
