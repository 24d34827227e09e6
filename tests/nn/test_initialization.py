"""Initial parameters: zero biases, the right spread, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.nn import MLP

HE, GLOROT = np.sqrt(2 / 300), np.sqrt(2 / 500)


@pytest.mark.parametrize(
    ("activation", "rule", "spread"),
    [
        ("relu", "auto", HE),
        ("leaky_relu", "auto", HE),
        ("tanh", "auto", GLOROT),
        ("sigmoid", "auto", GLOROT),
        ("tanh", "he", HE),
        ("relu", "glorot", GLOROT),
        (lambda a: a, "auto", GLOROT),
    ],
)
def test_spread(activation: str, rule: str, spread: float) -> None:
    params = MLP([300, 200, 5], activation, init=rule).init(0)
    assert params["W1"].std() == pytest.approx(spread, rel=0.02)
    assert params["W1"].mean() == pytest.approx(0, abs=0.02 * spread * np.sqrt(60))
    assert not params["b1"].any() and not params["b2"].any()


def test_signals_keep_their_size() -> None:
    net = MLP([100] + [200] * 12 + [1])
    inputs = [net.inputs["X"], *net.params.values()]
    X = np.random.default_rng(0).normal(size=(200, 100))
    h = sg.function(inputs, net.hidden[-1])(X, *net.init(0).values())
    assert 0.3 < np.sqrt((h**2).mean()) < 3


def test_seeds() -> None:
    net = MLP([3, 4, 1], dtype="float32")
    a, b, c = net.init(0), net.init(0), net.init(1)
    assert all((a[k] == b[k]).all() for k in net.params)
    assert (a["W1"] != c["W1"]).any()
    assert {p.dtype.name for p in a.values()} == {"float32"}
    assert (net.init(None)["W1"] != net.init(None)["W1"]).any()


@pytest.mark.parametrize("seed", [-1, "a", 1.5])
def test_no_seed(seed: object) -> None:
    with pytest.raises(sg.SymgradError, match="is no seed"):
        MLP([1, 1]).init(seed)  # type: ignore[arg-type]
