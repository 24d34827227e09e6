"""Optimizers against their formulas, by hand in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symgrad as sg
from symgrad.nn import MLP, SGD, Adam, Optimizer, Sign

from .networks import loss_and_grads

Arrays = list[np.ndarray]


def sgd(x: Arrays, g: Arrays, state: dict[str, Any], rate: float) -> Arrays:
    return [p - rate * d for p, d in zip(x, g, strict=True)]


def sign(x: Arrays, g: Arrays, state: dict[str, Any], rate: float) -> Arrays:
    return [p - rate * np.sign(d) for p, d in zip(x, g, strict=True)]


def momentum(x: Arrays, g: Arrays, state: dict[str, Any], rate: float) -> Arrays:
    v = state.get("v", [0.0] * len(x))
    state["v"] = [0.9 * a - rate * d for a, d in zip(v, g, strict=True)]
    return [p + v for p, v in zip(x, state["v"], strict=True)]


def nesterov(x: Arrays, g: Arrays, state: dict[str, Any], rate: float) -> Arrays:
    momentum(x, g, state, rate)
    return [p + 0.9 * v - rate * d for p, v, d in zip(x, state["v"], g, strict=True)]


def adam(x: Arrays, g: Arrays, state: dict[str, Any], rate: float) -> Arrays:
    """Algorithm 1 of Kingma and Ba."""
    t = state["t"] = state.get("t", 0) + 1
    m, v = state.get("m", [0.0] * len(x)), state.get("v", [0.0] * len(x))
    m = state["m"] = [0.9 * a + (1 - 0.9) * d for a, d in zip(m, g, strict=True)]
    v = state["v"] = [0.999 * a + (1 - 0.999) * d * d for a, d in zip(v, g, strict=True)]
    m_hat = [a / (1 - 0.9**t) for a in m]
    v_hat = [a / (1 - 0.999**t) for a in v]
    return [p - rate * a / (np.sqrt(b) + 1e-8) for p, a, b in zip(x, m_hat, v_hat, strict=True)]


CASES = {
    "sgd": (SGD(0.1), sgd),
    "sign": (Sign(0.1), sign),
    "momentum": (SGD(0.1, momentum=0.9), momentum),
    "nesterov": (SGD(0.1, momentum=0.9, nesterov=True), nesterov),
    "adam": (Adam(0.1), adam),
}


@pytest.mark.parametrize("case", CASES)
def test_ten_steps_by_hand(case: str) -> None:
    optimizer, by_hand = CASES[case]
    net = MLP([3, 4, 2], activation="tanh", loss="cross_entropy", l2=1e-2)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 3)), rng.integers(0, 2, 8)
    found = run(net, optimizer, X, y)
    x, state = list(net.init(0).values()), {}
    for _ in range(10):
        _, *g = loss_and_grads(net)(X, y, *x)
        x = by_hand(x, g, state, 0.1)
    for a, b in zip(found, x, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-13)


def run(net: MLP, optimizer: Optimizer, X: np.ndarray, y: np.ndarray, steps: int = 10) -> Arrays:
    step = net.update(optimizer)
    f, held = step.compile(), [*net.init(0).values(), *step.initial_state()]
    for _ in range(steps):
        _, *held = f(X, y, *held, 0.1)
    return held[: len(net.params)]


@pytest.mark.parametrize("case", CASES)
def test_float32_stays_float32(case: str) -> None:
    net = MLP([3, 2], loss="cross_entropy", dtype="float32")
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 3)).astype(np.float32), rng.integers(0, 2, 8)
    found = run(net, CASES[case][0], X, y, 3)
    assert {a.dtype.name for a in found} == {"float32"}
    exact = run(MLP([3, 2], loss="cross_entropy"), CASES[case][0], X.astype(float), y, 3)
    for a, b in zip(found, exact, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_a_step_is_one_function_of_everything() -> None:
    step = MLP([3, 2]).update(Adam())
    assert [x.name for x in step.inputs] == (
        ["X", "y", "W1", "b1", "t", "m_W1", "v_W1", "m_b1", "v_b1", "learning_rate"]
    )
    assert len(step.outputs[1:]) == len(step.inputs[2:-1])
    for before, after in zip(step.inputs[2:-1], step.outputs[1:], strict=True):
        assert before.type == after.type
        assert after.name == f"new_{before.name}"


def test_the_learning_rate_is_an_argument() -> None:
    net = MLP([2, 1])
    f = net.step(SGD(0.1))
    X, y, params = np.ones((1, 2)), np.ones((1, 1)), net.init(0).values()
    steps = [f(X, y, *params, rate)[1] - net.init(0)["W1"] for rate in (0.1, 0.2)]
    np.testing.assert_allclose(2 * steps[0], steps[1])


@pytest.mark.parametrize("rate", [np.float64(0.5), np.longdouble(0.5), Fraction(1, 2)], ids=repr)
@pytest.mark.parametrize("scheduled", [False, True])
def test_learning_rates_of_any_kind(rate: Any, scheduled: bool) -> None:
    """A schedule by NumPy's cosine gives np.float64, which a network of float32 takes too."""
    net, X = MLP([2, 1], dtype="float32"), np.arange(6.0).reshape(3, 2) / 8
    optimizer, plain = SGD((lambda _: rate) if scheduled else rate), SGD(0.5)
    ours, theirs = (net.fit(X, X[:, :1], epochs=2, optimizer=o).params for o in (optimizer, plain))
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name])


def test_what_is_emitted_depends_on_the_optimizer_alone() -> None:
    net = MLP([2, 3, 1])
    fresh = net.step(Adam()).source
    net.step(SGD(0.1, momentum=0.5))
    net.step(SGD(0.1, momentum=0.9))
    assert net.step(Adam()).source == fresh
    step = net.update(Adam())
    source = sg.function(step.inputs, step.outputs, style="readable").source
    assert "new_W1 = W1 - learning_rate * " in source


def test_an_optimizer_of_ones_own() -> None:
    class Decay(Optimizer):
        def update(self, params, grads, rate):  # type: ignore[no-untyped-def]
            return sg.nn.optimizers.Update([x - rate * (grads[k] + x) for k, x in params.items()])

    net = MLP([2, 1])
    model = net.fit([[0, 0], [1, 1]], [0, 0], epochs=1, batch_size=None, optimizer=Decay(1.0))
    assert (model.params["b1"] == -net.init(0)["W1"].sum()).all()


def bad(make: Callable[[], object], said: str) -> None:
    with pytest.raises(sg.SymgradError) as caught:
        make()
    assert said in str(caught.value)


def test_refused() -> None:
    bad(lambda: SGD(0), "learning_rate is 0\n  Give a number above 0.")
    bad(lambda: SGD(float("nan")), "learning_rate is nan")
    bad(lambda: SGD("fast"), "learning_rate is 'fast'")  # type: ignore[arg-type]
    bad(lambda: SGD(True), "learning_rate is True")
    bad(lambda: SGD(10**400), "learning_rate is 1000")
    bad(lambda: MLP([2, 1], l2=10**400), "l2 is 1000")
    bad(lambda: SGD(0.1, momentum=1), "momentum is 1\n  Give a number at least 0 and below 1.")
    bad(lambda: SGD(0.1, nesterov=True), "nesterov needs momentum")
    bad(lambda: Adam(beta2=-0.1), "beta2 is -0.1")
    bad(lambda: Adam(epsilon=0), "epsilon is 0")
    bad(lambda: Sign(-1), "learning_rate is -1")
    bad(lambda: MLP([2, 1]).step(SGD), "is no optimizer")  # type: ignore[arg-type]
    bad(lambda: SGD(lambda epoch: -1.0).rate(3), "the learning rate of epoch 3 is -1.0")
