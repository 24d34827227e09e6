"""The Hessian of logistic regression, 1,000 examples, 100 weights, float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .workload import Array, Call, Workload

DECAY = 0.01


def formula(m: Any, X: Any, y: Any, w: Any) -> Any:
    """Mean cross-entropy and weight decay."""
    z = X @ w
    return m.mean(m.softplus(z) - y * z) + DECAY * m.sum(w**2)


def textbook(X: Array, y: Array, w: Array) -> list[Any]:
    """Xᵀ diag(p(1 - p)) X / n and the decay's."""
    p = 1 / (1 + np.exp(-(X @ w)))
    s = p * (1 - p) / len(y)
    return [X.T @ (s[:, None] * X) + 2 * DECAY * np.eye(len(w))]


def products(X: Array, y: Array, w: Array) -> Call:
    """X w, and BᵀB, for which BLAS needs half of the multiplications."""
    z, H, XT = X @ w, X.T @ X, X.T

    def call() -> None:
        np.dot(X, w, z)
        np.dot(XT, X, H)

    return call


def tuned(X: Array, y: Array, w: Array) -> Callable[..., list[Any]]:
    """BᵀB with B = diag(sqrt s) X: sqrt(p(1 - p)) is 1 / (2 cosh(z/2))."""
    n = len(y)
    z, B, H = np.empty(n), np.empty_like(X), np.empty((len(w), len(w)))
    column, BT, diagonal = z[:, None], B.T, H.reshape(-1)[:: len(w) + 1]
    scale, decay = 1 / (2 * np.sqrt(n)), 2 * DECAY

    def call(X: Array, y: Array, w: Array) -> list[Any]:
        np.dot(X, w, z)
        np.multiply(z, 0.5, z)
        np.cosh(z, z)
        np.divide(scale, z, z)
        np.multiply(X, column, B)
        np.dot(BT, B, H)
        np.add(diagonal, decay, diagonal)
        return [H]

    return call


def make() -> Workload:
    """The workload."""
    rng = np.random.default_rng(0)
    return Workload(
        name="logistic",
        title="logistic-regression Hessian, n 1,000, d 100, float64",
        arguments={
            "X": rng.normal(size=(1000, 100)),
            "y": rng.integers(0, 2, 1000) * 1.0,
            "w": rng.normal(size=100) * 0.1,
        },
        wrt=("w",),
        formula=formula,
        textbook=textbook,
        products=products,
        tuned=tuned,
        kind="hessian",
        specs={"X": "[n, 100]", "y": "[n]"},
    )
