"""Losses of textbooks at ordinary points: compiled as accurate as NumPy computes them as written.

Where nothing overflows or cancels, a rewritten loss has nothing to gain, and is to lose nothing.
"""

from __future__ import annotations

import re
import zlib

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy import Signature, compile_function
from tests.passes.accuracy import rounded
from tests.passes.truth import truth

SAMPLES = 4
MORE = 4
"""Ulps of the loss, and of the largest slope, beyond those that the text loses."""
EXAMPLES, FEATURES = 6, 3
ROWS = {
    **{"X": "[6, 3]", "Z": "[6, 3]", "T": "[6, 3]", "A": "[6, 3]", "B": "[6, 3]", "C": "[6, 3]"},
    **{"P": "[6, 3]", "Q": "[6, 3]", "w": "[3]", "b": "[]", "y": "[6]", "t": "[6]", "s": "[6]"},
    **{"z": "[6]", "r": "[6]", "v": "[6]", "m": "[6]", "n": "[6]"},
}
LOSSES = {
    "least squares": "mean((X @ w + b - y) ** 2)",
    "elastic net": "mean((X @ w - y) ** 2) + 0.1 * sum(abs(w)) + 0.05 * sum(w ** 2)",
    "logistic": "mean(log(1 + exp(-s * (X @ w + b))))",
    "binary cross entropy": "p = 1 / (1 + exp(-(X @ w + b)))\n"
    "-mean(t * log(p) + (1 - t) * log(1 - p))",
    "focal": "p = 1 / (1 + exp(-z))\n-mean((1 - p) ** 2 * log(p))",
    "cross entropy": "-mean(sum(T * log(exp(Z) / sum(exp(Z), axis=1, keepdims=True)), axis=1))",
    "smoothed labels": "p = exp(Z) / sum(exp(Z), axis=1, keepdims=True)\n"
    "-mean(sum((0.9 * T + 0.03) * log(p), axis=1))",
    "logsumexp": "mean(log(sum(exp(Z), axis=1)) - sum(T * Z, axis=1))",
    "softmax regression": "p = exp(Z) / sum(exp(Z), axis=1, keepdims=True)\nmean((p - T) ** 2)",
    "Bradley and Terry": "-mean(log(exp(z) / (exp(z) + exp(r))))",
    "Huber": "mean(where(abs(r) < 1, 0.5 * r ** 2, abs(r) - 0.5))",
    "pseudo-Huber": "mean(sqrt(1 + r ** 2) - 1)",
    "Cauchy": "mean(log(1 + r ** 2))",
    "log cosh": "mean(log(cosh(r)))",
    "quantile": "mean(maximum(0.9 * r, -0.1 * r))",
    "hinge": "mean(maximum(0, 1 - s * (X @ w + b)))",
    "Poisson": "mean(exp(X @ w) - v * (X @ w))",
    "Gaussian": "mean(0.5 * log(v) + (y - m) ** 2 / (2 * v))",
    "mixture": "-mean(log(0.3 * exp(-((y - m) ** 2) / 2) + 0.7 * exp(-((y - n) ** 2) / 2)))",
    "exponential": "-sum(log(v) - v * m ** 2)",
    "divergence": "sum(P * log(P / Q) - P + Q)",
    "Kullback and Leibler": "sum(P * log(P / Q))",
    "Jensen and Shannon": "h = (P + Q) / 2\nsum(P * log(P / h) + Q * log(Q / h)) / 2",
    "Hellinger": "sqrt(0.5 * sum((sqrt(P) - sqrt(Q)) ** 2))",
    "entropy": "-sum(P * log(P) + (1 - P) * log(1 - P))",
    "prior of a code": "-0.5 * sum(1 + z - m ** 2 - exp(z))",
    "cosine": "1 - sum(A * B) / (sqrt(sum(A ** 2)) * sqrt(sum(B ** 2)))",
    "triplet": "mean(maximum(0, sum((A - B) ** 2, axis=1) - sum((A - C) ** 2, axis=1) + 0.2))",
    "Dice": "1 - 2 * sum(P * T) / (sum(P) + sum(T))",
    "network": "mean((tanh(X @ w + b) - y) ** 2)",
    "swish network": "h = X @ w + b\nmean((h / (1 + exp(-h)) - y) ** 2)",
    "variance": "mean((r - mean(r)) ** 2)",
    "normalized": "c = r - mean(r)\nmean((c / sqrt(mean(c ** 2) + 0.001) - y) ** 2)",
    "attention": "p = exp(z) / sum(exp(z))\nsum(p * r ** 2)",
}


def given(text, dtype, seed):
    """Moderate values of the inputs of a text."""
    rng = np.random.default_rng([zlib.crc32(text.encode()), seed])
    found = {}
    for name, spec in ROWS.items():
        shape = tuple(map(int, re.findall(r"\d+", spec)))
        values = rng.normal(size=shape)
        if name in "PQv":
            values = rng.uniform(0.05, 0.95, shape)
        if name in "Tts":
            values = (rng.integers(0, 3, shape[:1]) == 1) * 1.0
            values = np.eye(FEATURES)[rng.integers(0, 3, EXAMPLES)] if name == "T" else values
            values = 2 * values - 1 if name == "s" else values
        if re.search(rf"\b{name}\b", text):
            found[name] = np.asarray(values, dtype)
    return found


def as_numpy(text, values):
    """The loss by NumPy as it is written."""
    scope = {k: getattr(np, k) for k in dir(np) if not k.startswith("_")} | values
    *lines, last = text.splitlines()
    exec("\n".join([*lines, f"_ = {last}"]), {"__builtins__": {}}, scope)
    return scope["_"]


def joined(parts):
    """Arrays as one vector."""
    return np.concatenate([np.ravel(p) for p in parts])


def ulps(found, true):
    """The largest error, in ulps of the largest number."""
    unit = np.spacing(np.abs(true).max().astype(found.dtype)).astype(float)
    return np.abs(found.astype(float) - true).max() / unit


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_and_its_slopes_lose_no_more_than_as_written(name, dtype):
    text = LOSSES[name]
    values = given(text, dtype, 0)
    y = sg.parse(text, {k: f"{dtype}{ROWS[k]}" for k in values})
    wrt = [y.graph.inputs[k] for k in values if k not in "Tts"]
    inputs = [y.graph.inputs[k] for k in values]
    compiled = sg.function(inputs, [y, *sg.grad(y, wrt)])
    plain = compile_function(Signature("f", inputs, sg.grad(y, wrt, stabilize=False)))
    for seed in range(SAMPLES):
        values = given(text, dtype, seed)
        with mpmath.workdps(60):
            true = truth(rounded(text, dtype), values, [x.name for x in wrt], digits=60)
        written = [np.asarray(as_numpy(text, values)), *plain(**values)]
        results = compiled(**values)
        assert {np.asarray(r).dtype for r in results} == {np.dtype(dtype)}
        for part in (slice(1), slice(1, None)):  # the loss, and all slopes as one vector
            theirs, exact = joined(written[part]), joined(true[part])
            assert ulps(joined(results[part]), exact) <= ulps(theirs, exact) + MORE


def test_a_worse_loss_would_be_seen():
    """The count has teeth: a loss by its logarithm is some ulps off."""
    x = np.float64(30.1)
    true = np.array([float(mpmath.exp(mpmath.mpf(float(x))) * 3)])
    assert ulps(np.array([np.exp(x + np.log(3.0))]), true) > MORE > ulps(3 * np.exp([x]), true)
