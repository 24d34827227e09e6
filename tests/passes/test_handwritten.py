"""Emitted passes of networks against hand-written ones: the same numbers, no more calls."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest

import symgrad as sg
from symgrad.passes import simplify
from tests.passes import handwritten
from tests.passes.counting import count

RNG = np.random.default_rng(7)

HAND = {
    "xor": (
        "mean((relu(X @ W + c) @ w + b - y)**2)",
        "X: [n, 2]; y: [n]; W: [2, 2]; c: [2]; w: [2]; b: []",
        "W c w b",
    ),
    "linear_regression": (
        "mean((X @ w + b - y)**2)",
        "X: [n, 3]; y: [n]; w: [3]; b: []",
        "w b",
    ),
    "logistic_regression": (
        "z = X @ w + b\nmean(log(1 + exp(z)) - y * z) + 0.01 * sum(w**2)",
        "X: [n, 3]; y: [n]; w: [3]; b: []",
        "w b",
    ),
    "two_layers": (
        "r = tanh(X @ W1 + b1) @ W2 + b2 - y\nmean(r**2) + 0.1 * (sum(W1**2) + sum(W2**2))",
        "X: [n, 4]; y: [n, 3]; W1: [4, 5]; b1: [5]; W2: [5, 3]; b2: [3]",
        "W1 b1 W2 b2",
    ),
    "three_layers": (
        "h = relu(relu(X @ W1 + b1) @ W2 + b2)\n"
        "mean((h @ W3 + b3 - y)**2) + 0.1 * (sum(W1**2) + sum(W2**2) + sum(W3**2))",
        "X: [n, 4]; y: [n, 3]; W1: [4, 5]; b1: [5]; W2: [5, 6]; b2: [6]; W3: [6, 3]; b3: [3]",
        "W1 b1 W2 b2 W3 b3",
    ),
    "sigmoid_units": (
        "0.5 * sum((sigmoid(sigmoid(X @ W1 + b1) @ W2 + b2) - y)**2)",
        "X: [n, 4]; y: [n, 3]; W1: [4, 5]; b1: [5]; W2: [5, 3]; b2: [3]",
        "W1 b1 W2 b2",
    ),
    "classifier": (
        "p = log_softmax(relu(X @ W1 + b1) @ W2 + b2)\n"
        "0.1 * (sum(W1**2) + sum(W2**2)) - mean(p[arange(n), labels])",
        "X: [n, 4]; labels: int64[n]; W1: [4, 5]; b1: [5]; W2: [5, 3]; b2: [3]",
        "W1 b1 W2 b2",
    ),
    "classifier_of_rows": (
        "-mean(sum(Y * log(softmax(X @ W + b)), axis=1))",
        "X: [n, 4]; Y: [n, 3]; W: [4, 3]; b: [3]",
        "W b",
    ),
    "recurrent": (
        "h1 = tanh(x1 @ W + h0 @ U + b)\nh2 = tanh(x2 @ W + h1 @ U + b)\nsum((h2 - t)**2)",
        "x1: [n, 3]; x2: [n, 3]; h0: [n, 4]; t: [n, 4]; W: [3, 4]; U: [4, 4]; b: [4]",
        "W U b",
    ),
    "long_short_term_memory": (
        "i = sigmoid(x @ Wi + h @ Ui)\nf = sigmoid(x @ Wf + h @ Uf)\n"
        "c1 = f * c + i * tanh(x @ Wg + h @ Ug)\nsum((c1 - t)**2)",
        "x: [n, 3]; h: [n, 4]; c: [n, 4]; t: [n, 4]; Wi: [3, 4]; Ui: [4, 4]; Wf: [3, 4]; "
        "Uf: [4, 4]; Wg: [3, 4]; Ug: [4, 4]",
        "Wi Ui Wf Uf Wg Ug",
    ),
    "principal_components": (
        "sum((X - X @ W @ W.T)**2)",
        "X: [n, 5]; W: [5, 2]",
        "W",
    ),
    "factorization": (
        "sum((M * (U @ V.T - R))**2) + 0.1 * (sum(U**2) + sum(V**2))",
        "M: [n, 6]; R: [n, 6]; U: [n, 2]; V: [6, 2]",
        "U V",
    ),
    "contrastive": (
        "-mean(diagonal(log_softmax(Z @ W.T / 0.1, axis=1)))",
        "Z: [n, 5]; W: [n, 5]",
        "Z W",
    ),
    "batch_norm": (
        "mu = mean(x, axis=0)\ny = (x - mu) / sqrt(var(x, axis=0) + 1e-5) * gamma + beta\n"
        "sum((y - t)**2)",
        "x: [n, 6]; gamma: [6]; beta: [6]; t: [n, 6]",
        "x gamma beta",
    ),
    "layer_norm": (
        "r = x - mean(x, axis=1, keepdims=True)\n"
        "y = r / sqrt(var(x, axis=1, keepdims=True) + 1e-5) * gamma + beta\nsum((y - t)**2)",
        "x: [n, 6]; gamma: [6]; beta: [6]; t: [n, 6]",
        "x gamma beta",
    ),
    "attention": (
        "sum((softmax(Q @ K.T / 2) @ V - t)**2)",
        "Q: [n, 4]; K: [m, 4]; V: [m, 3]; t: [n, 3]",
        "Q K V",
    ),
    "masked_attention": (
        "sum((softmax(where(M, Q @ K.T / 2, -inf)) @ V - t)**2)",
        "Q: [n, 4]; K: [m, 4]; V: [m, 3]; M: bool[n, m]; t: [n, 3]",
        "Q K V",
    ),
    "huber_regression": (
        "r = X @ w + b - y\ne = abs(r)\nmean(where(e <= 1.5, 0.5 * r**2, 1.5 * (e - 0.75)))",
        "X: [n, 3]; y: [n]; w: [3]; b: []",
        "w b",
    ),
    "kernel_ridge": (
        "d = sum(X**2, axis=1, keepdims=True) + sum(Z**2, axis=1) - 2 * X @ Z.T\n"
        "mean((exp(-exp(s) * d) @ a - y)**2) + 0.1 * sum(a**2)",
        "X: [n, 3]; Z: [m, 3]; y: [n]; a: [m]; s: []",
        "a s Z",
    ),
    "triplets": (
        "d = sum((a - p)**2, axis=1) - sum((a - q)**2, axis=1)\nmean(maximum(d + 0.2, 0))",
        "a: [n, 3]; p: [n, 3]; q: [n, 3]",
        "a p q",
    ),
}


def compiled(name):
    text, specs, wrt = HAND[name]
    types = dict(entry.split(": ") for entry in specs.split("; "))
    loss = sg.parse(text, types)
    inputs = [loss.graph.inputs[k] for k in types]
    f = sg.function(inputs, [loss, *sg.grad(loss, wrt.split())], name=name, style="readable")
    return f, types


SIZES = {"n": 7, "m": 5}


def arguments(types):
    arrays = []
    for spec in types.values():
        dims = re.findall(r"\w+", spec.partition("[")[2])
        shape = [SIZES.get(d) or int(d) for d in dims]
        plain = RNG.integers(0, 3, shape) if spec.startswith("int") else RNG.normal(size=shape)
        arrays.append(plain > -1 if spec.startswith("bool") else plain)
    return arrays


@pytest.mark.parametrize("name", HAND)
def test_hand_written_passes_compute_the_same(name):
    f, types = compiled(name)
    values = arguments(types)
    for found, wanted in zip(f(*values), getattr(handwritten, name)(*values), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", HAND)
def test_emitted_passes_take_no_more_calls_and_operators(name):
    f, _ = compiled(name)
    ours = count(f.source, name)
    best = count(inspect.getsource(handwritten), name)
    assert ours.calls <= best.calls, f.source
    assert ours.total <= best.total, f.source


UNITS_OF_MLP = ["relu", "tanh", "sigmoid", "softplus", "leaky_relu", "absolute", "cos"]
SLOPES = {"sigmoid": 2, "tanh": 2, "softplus": 1, "leaky_relu": 3, "cos": 2}
"""Calls and operators of the slope alone; 1 for all others: a comparison, a sign, a sine."""


@pytest.mark.parametrize("unit", UNITS_OF_MLP)
@pytest.mark.parametrize("loss", ["mse", "cross_entropy", "binary_cross_entropy"])
def test_networks(unit, loss):
    """A layer's backward pass is five products, sums and slopes, as in the book's algorithm 6.4."""
    shallow, deep = (
        count(source_of(sg.nn.MLP([4, *[5] * k, 3], activation=unit, loss=loss, l2=0.1)), "f")
        for k in (1, 2)
    )
    # forward: h @ W + b, unit (of leaky_relu a choice, a comparison, a product), W**2, its sum, +
    forward = 6 + 2 * (unit == "leaky_relu")
    # backward: g @ W.T, times the slope, h.T @ g, + λ W, and its factor, sum(g)
    backward = 6 - (unit == "leaky_relu") + SLOPES.get(unit, 1)
    assert deep.total - shallow.total <= forward + backward


def source_of(net):
    return sg.function(None, [net.loss, *net.grads.values()], style="readable").source


@pytest.mark.parametrize("name", HAND)
def test_simplifying_twice_changes_nothing(name):
    text, specs, wrt = HAND[name]
    loss = sg.parse(text, dict(entry.split(": ") for entry in specs.split("; ")))
    once = simplify([loss, *sg.grad(loss, wrt.split())])
    assert simplify(once) == once
