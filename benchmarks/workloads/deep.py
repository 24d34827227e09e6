"""A deep network: 64 layers of 64 tanh units, batch 32, float32.

Layers are so small that the calls between the products count: equal ones are better one.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from .workload import Array, Call, Workload, products_of

LAYERS, UNITS, BATCH = 64, 64, 32


def formula(m: Any, X: Any, Y: Any, *params: Any) -> Any:
    """Mean squared error of the last layer's units."""
    h = X
    for W, b in zip(params[::2], params[1::2], strict=True):
        h = m.tanh(h @ W + b)
    return m.mean((h - Y) ** 2)


def textbook(X: Array, Y: Array, *params: Array) -> list[Any]:
    """Layer by layer."""
    weights, biases = params[::2], params[1::2]
    hs = [X]
    for W, b in zip(weights, biases, strict=True):
        hs.append(np.tanh(hs[-1] @ W + b))
    r = hs[-1] - Y
    loss = np.mean(r**2)
    d_h = 2 * r / r.size
    gradients: list[Any] = []
    for i in reversed(range(len(weights))):
        d = d_h * (1 - hs[i + 1] ** 2)
        gradients[:0] = [hs[i].T @ d, d.sum(axis=0)]
        d_h = d @ weights[i].T
    return [loss, *gradients]


def products(X: Array, Y: Array, *params: Array) -> Call:
    """Three for each layer; the first needs no cotangent of X."""
    triples = []
    for i, W in enumerate(params[::2]):
        h, d, out = X * 1, Y * 1, X * 1
        triples += [(h, W, out), (h.T, d, W * 1)]
        if i:
            triples.append((d, W.T, out))
    return products_of(*triples)


def tuned(X: Array, Y: Array, *params: Array) -> Callable[..., list[Any]]:
    """All units in one array, so that every slope, weight gradient and bias sum is one call.

    Sums are products with ones; a bias is repeated in an array before it is added.
    """
    (n, units), layers, dtype = X.shape, len(params) // 2, X.dtype
    H = np.empty((layers + 1, n, units), dtype)
    D = np.empty((layers, n, units), dtype)
    dW, db = np.empty((layers, units, units), dtype), np.empty((layers, units), dtype)
    r, d_h, z, bias = (np.empty((n, units), dtype) for _ in range(4))
    flat, scale, one = r.reshape(-1), np.array(2 / r.size, dtype), np.array(1, dtype)
    ones = np.ones(n, dtype)
    HT, H_ = H[:-1].transpose(0, 2, 1), H[1:]
    forward = list(pairwise(H))
    backward = list(zip(D[::-1], range(2 * layers - 2, -1, -2), strict=True))
    results = [g for pair in zip(dW, db, strict=True) for g in pair]
    add, tanh, multiply = np.add, np.tanh, np.multiply

    def call(X: Array, Y: Array, *params: Array) -> list[Any]:
        H[0] = X
        for (h, out), W, b in zip(forward, params[::2], params[1::2], strict=True):
            h.dot(W, z)
            bias[...] = b
            add(z, bias, z)
            tanh(z, out)
        np.square(H_, D)
        np.subtract(one, D, D)
        np.subtract(H[-1], Y, r)
        loss = flat.dot(flat) / r.size
        multiply(r, scale, d_h)
        for d, i in backward:
            multiply(d_h, d, d)
            if i:
                d.dot(params[i].T, d_h)
        np.matmul(HT, D, dW)
        np.matmul(ones, D, db)
        return [loss, *results]

    return call


def make() -> Workload:
    """The workload."""
    rng, dtype = np.random.default_rng(0), np.float32
    values: dict[str, Array] = {
        "X": rng.standard_normal((BATCH, UNITS), dtype=dtype),
        "Y": rng.uniform(-1, 1, (BATCH, UNITS)).astype(dtype),
    }
    for i in range(1, LAYERS + 1):
        values[f"W{i}"] = rng.standard_normal((UNITS, UNITS), dtype=dtype) / dtype(UNITS**0.5)
        values[f"b{i}"] = rng.standard_normal(UNITS, dtype=dtype) * dtype(0.1)
    return Workload(
        name="deep",
        title=f"deep, {LAYERS} layers of {UNITS} tanh units, batch {BATCH}, float32",
        arguments=values,
        wrt=tuple(values)[2:],
        formula=formula,
        textbook=textbook,
        products=products,
        tuned=tuned,
        specs={"X": f"float32[n, {UNITS}]", "Y": f"float32[n, {UNITS}]"},
    )
