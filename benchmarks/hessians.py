"""Whole Hessians beside JAX's compiled `jax.hessian`, measured in turn.

Two everyday cases: logistic regression (1,000 examples, 100 weights), and a 5-8-8-1 network of
tanh units with all its 129 parameters in one vector (batch 32), which is sliced and reshaped.
Both tools compute on one thread, in a process of their own, in float64.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

import symgrad as sg

ROUNDS = 41
WIDTHS = [5, 8, 8, 1]
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
Case = tuple[Callable[..., Any], list[np.ndarray[Any, Any]]]


def logistic(m: Any, w: Any, X: Any, y: Any) -> Any:
    """Mean cross-entropy and weight decay."""
    z = X @ w
    return m.mean(m.logaddexp(0.0, z) - y * z) + 0.01 * m.sum(w**2)


def network(m: Any, theta: Any, X: Any, Y: Any) -> Any:
    """Mean squared error; weights and biases lie in the vector one after another."""
    h, at = X, 0
    for rows, columns in pairwise(WIDTHS):
        W = m.reshape(theta[at : at + rows * columns], (rows, columns))
        b = theta[at + rows * columns : at + (rows + 1) * columns]
        at += (rows + 1) * columns
        z = h @ W + b
        h = m.tanh(z)
    return m.mean((z - Y) ** 2)


def cases() -> dict[str, Case]:
    """Functions of a dialect of NumPy, and the arrays they take."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 100)), rng.integers(0, 2, 1000) * 1.0
    size = sum((a + 1) * b for a, b in pairwise(WIDTHS))
    batch = [rng.normal(size=(32, 5)), rng.normal(size=(32, 1))]
    return {
        "logistic regression, 1,000 × 100": (logistic, [rng.normal(size=100) * 0.1, X, y]),
        f"{size} parameters of a tanh network": (network, [rng.normal(size=size) * 0.5, *batch]),
    }


def by_symgrad(f: Callable[..., Any], values: list[np.ndarray[Any, Any]]) -> Callable[[], Any]:
    """The compiled Hessian."""
    graph = sg.Graph()
    inputs = [graph.input(f"x{i}", v) for i, v in enumerate(values)]
    hessian = sg.function(inputs, sg.hessian(f(sg, *inputs), inputs[0]))
    return lambda: hessian(*values)


def by_jax(f: Callable[..., Any], values: list[np.ndarray[Any, Any]]) -> Callable[[], Any]:
    """JAX's, compiled before it is measured, in float64, on its own arrays."""
    import jax

    jax.config.update("jax_enable_x64", True)
    arrays = [jax.numpy.asarray(v) for v in values]
    hessian = jax.jit(jax.hessian(lambda *xs: f(jax.numpy, *xs)))
    return lambda: hessian(*arrays).block_until_ready()


def in_turn(*calls: Callable[[], Any]) -> list[list[float]]:
    """Milliseconds of each, the candidates in turn so that noise hits all alike."""
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, found, strict=True):
            start = time.perf_counter()
            for _ in range(5):
                call()
            times.append((time.perf_counter() - start) / 5 * 1e3)
    return found


def measured() -> str:
    """Markdown: a row a case; the ratio is the median of the rounds' ratios."""
    lines = ["| Hessian | symgrad | jax | symgrad / jax |", "|---|--:|--:|--:|"]
    for name, (f, values) in cases().items():
        ours, theirs = by_symgrad(f, values), by_jax(f, values)
        np.testing.assert_allclose(ours(), np.asarray(theirs()), rtol=1e-9, atol=1e-12)
        a, b = in_turn(ours, theirs)
        ratio = statistics.median(x / y for x, y in zip(a, b, strict=True))
        times = (f"{statistics.median(t):.2f} ms" for t in (a, b))
        lines.append(f"| {name} | {' | '.join(times)} | {ratio:.2f} |")
    return "\n".join(lines)


def table() -> str:
    """As `measured`, in a fresh process on one thread."""
    command, environment = [sys.executable, __file__], {**os.environ, **ONE_THREAD}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return run.stdout.strip()


if __name__ == "__main__":
    print(measured())
