"""Thousands of small random graphs: values and gradients are the same before and after rewriting.

No value changes by more than the rounding of a reassociated factor: on the scale of the terms that
were added up, a few units of the last place.
"""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy import Signature, compile_function
from symgrad.passes import simplify

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
SPECS = {"x": "[n, 3]", "y": "[n, 3]", "c": "[n]", "v": "[3]", "s": "[]", "W": "[3, 3]"}
NUMBERS = [2, 3.0, -1, -2.0, 0.5, 1, 0, -0.25]
SIZES = (4, 1, 0)
PER_GRAPH = 12  # expressions

ONE = [
    lambda a, r: -a,
    lambda a, r: a * r.choice(NUMBERS),
    lambda a, r: r.choice(NUMBERS) * a,
    lambda a, r: a / r.choice([2, 3.0, -1, -4.0]),
    lambda a, r: a + r.choice(NUMBERS),
    lambda a, r: r.choice(NUMBERS) - a,
    lambda a, r: a - r.choice(NUMBERS),
    lambda a, r: a / sg.parse("n + 1", graph=a.graph),
    lambda a, r: a / sg.parse("n * 3 + 2", graph=a.graph),
    lambda a, r: sg.tanh(a),
    lambda a, r: sg.sigmoid(a),
    lambda a, r: sg.softmax(a) if a.ndim else sg.tanh(a),
    lambda a, r: sg.log_softmax(a) if a.ndim else sg.sin(a),
    lambda a, r: a.T,
    lambda a, r: a.sum(),
    lambda a, r: a.mean(),
    lambda a, r: a.sum(axis=0) if a.ndim else a,
    lambda a, r: a.sum(axis=-1, keepdims=True) if a.ndim else a,
    lambda a, r: sg.mean(a, axis=-1, keepdims=True) if a.ndim else a,
    lambda a, r: sg.squeeze(a.sum(axis=-1, keepdims=True), axis=-1) if a.ndim else a,
    lambda a, r: a[..., :2] if a.ndim and a.shape[-1] == 3 else a,
    lambda a, r: a[..., 1:] if a.ndim and a.shape[-1] == 3 else a,
    lambda a, r: a[:, None] if a.ndim == 1 else a,
    lambda a, r: sg.broadcast_to(a, (4, *a.shape)).sum(axis=0),
    lambda a, r: sg.square(a),
    lambda a, r: a**2,
    lambda a, r: abs(a),
    lambda a, r: sg.relu(a),
]
TWO = [
    lambda a, b: a + b,
    lambda a, b: b + a,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: b * a,
    lambda a, b: a / (1.0 + b * b),
    lambda a, b: a @ b,
    lambda a, b: a.T @ b,
    lambda a, b: (a.T @ b).T,
    lambda a, b: sg.maximum(a, b),
    lambda a, b: sg.where(a > b, a, 2.0 * b),
    lambda a, b: a * (b > 0),
    lambda a, b: sg.concatenate([a, b], axis=-1)[..., :3],
]


def expressions(seed):
    """A graph and the last of its random expressions, each made of few steps."""
    r = np.random.default_rng(seed)
    graph = sg.Graph()
    inputs = [graph.input(name, spec) for name, spec in SPECS.items()]
    found = []
    while len(found) < PER_GRAPH:
        pool = list(inputs)
        for _ in range(r.integers(2, 9)):
            recent = pool[-3:] if r.random() < 0.7 else pool
            a, b = recent[r.integers(len(recent))], pool[r.integers(len(pool))]
            try:
                if r.random() < 0.55:
                    pool.append(ONE[r.integers(len(ONE))](a, _Plain(r)))
                else:
                    pool.append(TWO[r.integers(len(TWO))](a, b))
            except sg.SymgradError:
                continue
        found.append(pool[-1])
    return graph, found


class _Plain:
    """Choices as Python numbers."""

    def __init__(self, rng):
        self.rng = rng

    def choice(self, values):
        return values[self.rng.integers(len(values))]


def arrays(size, seed):
    """Values of the inputs: multiples of 1/8, so that ties and zeros occur."""
    r = np.random.default_rng((seed, size))
    shapes = {k: [size if d == "n" else int(d) for d in _dims(v)] for k, v in SPECS.items()}
    return [np.asarray(r.integers(-12, 13, shape) / 8) for shape in shapes.values()]


def _dims(spec):
    return [d.strip() for d in spec.strip("[]").split(",") if d.strip()]


def as_written(graph, outputs):
    return compile_function(Signature("f", [graph.inputs[k] for k in SPECS], outputs))


@pytest.mark.parametrize("block", range(8))
def test_values_and_gradients_stay(block):
    """8 blocks of 25 graphs of 12 expressions, with their gradients, at three sizes."""
    for seed in range(25 * block, 25 * (block + 1)):
        graph, found = expressions(seed)
        inputs = [graph.inputs[k] for k in SPECS]
        slopes = [
            g
            for y in found[:4]
            if y.type.is_floating
            for g in sg.grad(y.sum(), inputs, stabilize=False)
        ]
        outputs = [*found, *slopes]
        before, after = as_written(graph, outputs), as_written(graph, simplify(outputs))
        for size in SIZES:
            values = arrays(size, seed)
            for y, a, b in zip(outputs, before(*values), after(*values), strict=True):
                assert (a.dtype, a.shape) == (b.dtype, b.shape)
                scale = np.max(np.abs(a), initial=1.0, where=np.isfinite(a))
                same = np.isclose(a, b, rtol=1e-11, atol=1e-12 * scale, equal_nan=True)
                assert (same | ~np.isfinite(a)).all(), f"graph {seed}, size {size}: {y}"


def test_simplifying_twice_changes_nothing():
    for seed in range(150):
        graph, found = expressions(seed)
        inputs = [graph.inputs[k] for k in SPECS]
        outputs = [*found, *sg.grad(found[0].sum(), inputs, stabilize=False)]
        once = simplify(outputs)
        assert simplify(once) == once, f"graph {seed}"
