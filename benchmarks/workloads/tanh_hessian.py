"""The Hessian by all 129 parameters of a 5-8-8-1 network of tanh units, batch 32, float64."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .workload import Array, Workload

WIDTHS, BATCH = [5, 8, 8, 1], 32
SIZE = sum((rows + 1) * columns for rows, columns in pairwise(WIDTHS))


def split(theta: Any) -> list[tuple[Any, Any]]:
    """Weights and biases, one after another along the last axis of the vector."""
    found, at = [], 0
    for rows, columns in pairwise(WIDTHS):
        end = at + rows * columns
        W = theta[..., at:end].reshape(*theta.shape[:-1], rows, columns)
        found.append((W, theta[..., end : end + columns]))
        at = end + columns
    return found


def formula(m: Any, theta: Any, X: Any, Y: Any) -> Any:
    """Mean squared error; the last layer is linear."""
    h, at = X, 0
    for rows, columns in pairwise(WIDTHS):
        W = m.reshape(theta[at : at + rows * columns], (rows, columns))
        b = theta[at + rows * columns : at + (rows + 1) * columns]
        at += (rows + 1) * columns
        z = h @ W + b
        h = m.tanh(z)
    return m.mean((z - Y) ** 2)


def textbook(theta: Array, X: Array, Y: Array) -> list[Any]:
    """Forward over reverse along all unit vectors at once.

    Reference: Pearlmutter, "Fast exact multiplication by the Hessian", 1994.
    """
    layers, moves = split(theta), split(np.eye(len(theta)))
    hs, moved = [X], [np.zeros((1, *X.shape))]
    for i, ((W, b), (V, v)) in enumerate(zip(layers, moves, strict=True)):
        a, along = hs[-1] @ W + b, moved[-1] @ W + hs[-1] @ V + v[:, None, :]
        last = i == len(layers) - 1
        hs.append(a if last else np.tanh(a))
        moved.append(along if last else (1 - hs[-1] ** 2) * along)
    d, along = 2 * (hs[-1] - Y) / Y.size, 2 * moved[-1] / Y.size
    found: list[Array] = []
    for i in reversed(range(len(layers))):
        (W, _), (V, _), h, m = layers[i], moves[i], hs[i], moved[i]
        slope = m.transpose(0, 2, 1) @ d + h.T @ along
        found[:0] = [slope.reshape(len(theta), -1), along.sum(axis=1)]
        before = d @ W.T
        along = along @ W.T + d @ V.transpose(0, 2, 1)
        along = along * (1 - h**2) - 2 * before * h * m
        d = before * (1 - h**2)
    return [np.concatenate(found, axis=1)]


def make() -> Workload:
    """The workload."""
    rng = np.random.default_rng(0)
    return Workload(
        name="tanh_hessian",
        title=f"Hessian by {SIZE} parameters of a tanh network, batch {BATCH}, float64",
        arguments={
            "theta": rng.normal(size=SIZE) * 0.5,
            "X": rng.normal(size=(BATCH, WIDTHS[0])),
            "Y": rng.normal(size=(BATCH, WIDTHS[-1])),
        },
        wrt=("theta",),
        formula=formula,
        textbook=textbook,
        kind="hessian",
    )
