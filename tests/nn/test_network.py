"""Networks as expressions: shapes, names, values and gradients against independent ones."""

from __future__ import annotations

import autograd
import numpy as np
import pytest

import symgrad as sg
from symgrad.nn import MLP

from .networks import ACTIVATIONS, LOSSES, logits, loss_and_grads, random_params, targets

XOR_X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
XOR = {"W1": [[1, 1], [1, 1]], "b1": [0, -1], "W2": [[1], [-2]], "b2": [0]}


def check_against_autograd(net: MLP, activation: str, loss: str, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(7, net.sizes[0]))
    y = targets(loss, 7, net.sizes[-1], rng)
    params = random_params(net, rng)

    def by_hand(params: list[np.ndarray]) -> float:
        return LOSSES[loss](logits(params, X, activation), y)

    value, *grads = loss_and_grads(net)(X, y, *params)
    np.testing.assert_allclose(value, by_hand(params), rtol=1e-12)
    for found, wanted in zip(grads, autograd.grad(by_hand)(params), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_gradients_against_autograd(loss: str, depth: int) -> None:
    net = MLP([4] + [5] * depth + [3], activation="tanh", loss=loss)
    check_against_autograd(net, "tanh", loss)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_against_autograd(activation: str) -> None:
    net = MLP([3, 4, 2], activation=activation)
    check_against_autograd(net, activation, "mse")


def test_gradients_against_differences() -> None:
    net = MLP([3, 4, 2], activation="softplus", loss="cross_entropy", l1=0.1, l2=0.2)
    rng = np.random.default_rng(1)
    X, y, params = rng.normal(size=(5, 3)), rng.integers(0, 2, 5), random_params(net, rng)
    f = loss_and_grads(net)
    _, *grads = f(X, y, *params)
    for i, gradient in enumerate(grads):
        direction, step = rng.normal(size=gradient.shape), 1e-6
        ends = []
        for sign in (1, -1):
            moved = [p + sign * step * direction if i == k else p for k, p in enumerate(params)]
            ends.append(f(X, y, *moved)[0])
        slope = (ends[0] - ends[1]) / (2 * step)
        assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-6)


def test_closed_form_of_the_sigmoid_network() -> None:
    """All eight weight gradients of the 2-2-2 sigmoid network with L = ½‖y - ŷ‖²."""
    net = MLP(
        [2, 2, 2], "sigmoid", output="sigmoid", loss=lambda y_hat, y: ((y - y_hat) ** 2).sum() / 2
    )
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=2), rng.uniform(size=2)
    V, c, W, b = random_params(net, rng)
    _, d_V, d_c, d_W, d_b = loss_and_grads(net)(x[None], y[None], V, c, W, b)
    h = 1 / (1 + np.exp(-(x @ V + c)))
    p = 1 / (1 + np.exp(-(h @ W + b)))
    for k in (0, 1):
        delta = (p[k] - y[k]) * p[k] * (1 - p[k])
        assert d_b[k] == pytest.approx(delta, rel=1e-13)
        for j in (0, 1):
            assert d_W[j, k] == pytest.approx(delta * h[j], rel=1e-13)
    for j in (0, 1):
        delta = sum((p[k] - y[k]) * p[k] * (1 - p[k]) * W[j, k] for k in (0, 1)) * h[j] * (1 - h[j])
        assert d_c[j] == pytest.approx(delta, rel=1e-13)
        for i in (0, 1):
            assert d_V[i, j] == pytest.approx(delta * x[i], rel=1e-13)


def test_xor_network_of_the_book() -> None:
    net = MLP([2, 2, 1])
    values = sg.function(
        [net.inputs["X"], *net.params.values()],
        [net.graph.named["a1"], net.hidden[0], net.output],
    )(XOR_X, *(np.array(p) for p in XOR.values()))
    np.testing.assert_array_equal(values[0], [[0, -1], [1, 0], [1, 0], [2, 1]])
    np.testing.assert_array_equal(values[1], [[0, 0], [1, 0], [1, 0], [2, 1]])
    np.testing.assert_array_equal(values[2], [[0], [1], [1], [0]])


def test_linear_model_fails_at_xor() -> None:
    """The best that a linear model does is 1/2 everywhere."""
    net = MLP([2, 1])
    y = np.array([[0], [1], [1], [0]])
    loss, *grads = loss_and_grads(net)(XOR_X, y, np.zeros((2, 1)), np.full(1, 0.5))
    assert loss == 0.25
    assert all((g == 0).all() for g in grads)


def test_what_a_network_shows() -> None:
    net = MLP([64, 128, 32, 10], loss="cross_entropy", dtype="float32")
    assert {k: str(x.type) for k, x in net.inputs.items()} == {
        "X": "float32[n, 64]",
        "y": "int64[n]",
    }
    assert {k: str(x.type) for k, x in net.params.items()} == {
        "W1": "float32[64, 128]",
        "b1": "float32[128]",
        "W2": "float32[128, 32]",
        "b2": "float32[32]",
        "W3": "float32[32, 10]",
        "b3": "float32[10]",
    }
    assert [h.name for h in net.hidden] == ["h1", "h2"]
    assert (net.output.name, net.loss.name) == ("y_hat", "J")
    assert [g.type for g in net.grads.values()] == [x.type for x in net.params.values()]
    assert all(e.graph is net.graph for e in [*net.hidden, net.output, *net.grads.values()])
    assert repr(net) == "<MLP 64-128-32-10, relu, cross_entropy>"


def test_output_units() -> None:
    a = np.array([[0.5, -1.0, 2.0]])
    expected = {
        "cross_entropy": np.exp(a) / np.exp(a).sum(),
        "binary_cross_entropy": 1 / (1 + np.exp(-a)),
        "mse": a,
    }
    for loss, wanted in expected.items():
        net = MLP([3, 3], loss=loss)
        found = sg.function([net.inputs["X"], *net.params.values()], net.output)
        np.testing.assert_allclose(found(a, np.eye(3), np.zeros(3)), wanted, rtol=1e-14)


def test_one_hot_targets_agree_with_labels() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(6, 3)), rng.integers(0, 4, 6)
    by_label = MLP([3, 5, 4], loss="cross_entropy")
    by_row = MLP([3, 5, 4], loss="cross_entropy", labels="one_hot")
    params = random_params(by_label, rng)
    for a, b in zip(
        loss_and_grads(by_label)(X, y, *params),
        loss_and_grads(by_row)(X, np.eye(4)[y], *params),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_cross_entropy_of_huge_logits(dtype: str) -> None:
    """Right at |z| = 10⁴: the loss is max z - z_k, the gradient softmax(z) - y."""
    net = MLP([3, 3], loss="cross_entropy", dtype=dtype)
    X = np.array([[1e4, 0, -1e4], [1e4, 0, -1e4], [0, 0, 0]], dtype)
    y = np.array([0, 2, 1])
    loss, _, d_b = loss_and_grads(net)(X, y, np.eye(3, dtype=dtype), np.zeros(3, dtype))
    assert loss == pytest.approx((0 + 2e4 + np.log(3)) / 3, rel=1e-6)
    third = 1 / 3
    wanted = np.array([0 + 1 + third, 0 + third - 1, -1 + third]) / 3
    np.testing.assert_allclose(d_b, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("z", [-1000.0, -40.0, 0.0, 40.0, 1000.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_binary_cross_entropy_of_huge_logits(z: float, y: float) -> None:
    """-log σ((2y - 1)z) and its slope: strong when wrong, exactly as tiny as it is when right."""
    net = MLP([1, 1], loss="binary_cross_entropy")
    found = loss_and_grads(net)(np.array([[z]]), np.array([[y]]), np.ones((1, 1)), np.zeros(1))
    s = (1 - 2 * y) * z
    wanted = s + np.log1p(np.exp(-s)) if s > 0 else np.log1p(np.exp(s))
    slope = (1 - 2 * y) * (1 / (1 + np.exp(-s)) if s > 0 else np.exp(s) / (1 + np.exp(s)))
    assert found[0] == pytest.approx(wanted, rel=1e-14)
    assert found[2][0] == pytest.approx(slope, rel=1e-14)


def test_penalties_are_of_weights_alone() -> None:
    plain, net = MLP([2, 3, 1]), MLP([2, 3, 1], l1=0.5, l2=0.25)
    rng = np.random.default_rng(4)
    X, y, params = rng.normal(size=(5, 2)), rng.normal(size=(5, 1)), random_params(net, rng)
    loss, *grads = loss_and_grads(net)(X, y, *params)
    base, *plain_grads = loss_and_grads(plain)(X, y, *params)
    weights = params[::2]
    penalty = sum(0.5 * abs(W).sum() + 0.25 * (W**2).sum() for W in weights)
    assert loss == pytest.approx(base + penalty, rel=1e-14)
    for i, W in enumerate(params):
        extra = 0 if i % 2 else 0.5 * np.sign(W) + 0.5 * W
        np.testing.assert_allclose(grads[i], plain_grads[i] + extra, rtol=1e-12, atol=1e-14)


def test_two_linear_layers_are_one() -> None:
    deep, flat = MLP([3, 4, 2], activation="linear"), MLP([3, 2])
    rng = np.random.default_rng(5)
    X, (V, c, W, b) = rng.normal(size=(6, 3)), random_params(deep, rng)
    found = sg.nn.Model(deep, {"W1": V, "b1": c, "W2": W, "b2": b}).predict(X)
    same = sg.nn.Model(flat, {"W1": V @ W, "b1": c @ W + b}).predict(X)
    np.testing.assert_allclose(found, same, rtol=1e-12)


def test_activations_per_layer_and_of_ones_own() -> None:
    swish = lambda a: a * sg.sigmoid(a)
    net = MLP([2, 3, 3, 1], activation=["tanh", swish])
    assert [h.op for h in net.hidden] == ["tanh", "multiply"]
    assert repr(net) == "<MLP 2-3-3-1, tanh, <lambda>, mse>"


def test_float32_stays_float32() -> None:
    net = MLP([3, 4, 2], activation="softplus", loss="cross_entropy", l1=1e-3, dtype=np.float32)  # type: ignore[arg-type]
    floating = [e for e in net.graph.nodes if e.type.is_floating and not e.type.weak]
    assert {e.dtype.name for e in floating} == {"float32"}
    X = np.zeros((2, 3), np.float32)
    found = loss_and_grads(net)(X, np.array([0, 1]), *net.init(0).values())
    assert {np.asarray(a).dtype.name for a in found} == {"float32"}


def test_batches_of_any_size_need_no_new_code() -> None:
    net = MLP([2, 3, 1])
    f = loss_and_grads(net)
    for rows in (1, 2, 100):
        assert np.isfinite(f(np.ones((rows, 2)), np.ones((rows, 1)), *net.init(0).values())[0])


@pytest.mark.slow
def test_a_thousand_layers() -> None:
    net = MLP([3] + [4] * 999 + [2], activation="tanh", loss="cross_entropy", l2=1e-4)
    assert len(net.params) == 2000
    assert len(net.graph) < 30_000
    model = net.fit(np.eye(3), [0, 1, 0], epochs=1)
    assert np.isfinite(model.history["loss"][0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"sizes": [3]}, "sizes=[3] describes no network"),
        ({"sizes": []}, "sizes=[] describes no network"),
        ({"sizes": [3, 0, 1]}, "each at least 1"),
        ({"sizes": [3, 1.5]}, "sizes=[3, 1.5] describes no network"),
        ({"sizes": "abc"}, "sizes='abc' describes no network"),
        ({"sizes": 5}, "sizes=5 describes no network"),
        ({"activation": "reul"}, "Did you mean 'relu'?"),
        ({"activation": 3}, "there is no activation '3'"),
        ({"activation": ["relu", "relu"]}, "2 activations are given for 1 hidden layers"),
        ({"activation": lambda a: a.sum()}, "the activation <lambda> made float64[]"),
        ({"activation": lambda a: 1}, "made int of float64[n, 4]"),
        ({"loss": "crossentropy"}, "Did you mean 'cross_entropy'?"),
        ({"loss": ["mse"]}, "there is no loss"),
        ({"loss": lambda p, y: p - y}, "the loss is float64[n, 2], and a scalar"),
        ({"loss": "cross_entropy", "output": "tanh"}, "the output unit tanh does not fit the loss"),
        ({"loss": "cross_entropy", "sizes": [3, 1]}, "at least two classes"),
        ({"loss": "cross_entropy", "labels": "onehot"}, "labels='onehot' is unknown"),
        ({"l2": -1}, "l2 is -1"),
        ({"l1": float("nan")}, "l1 is nan"),
        ({"l2": "1"}, "l2 is '1'"),
        ({"dtype": "float16"}, 'Choose from "float64", "float32".'),
        ({"init": "xavier"}, 'Choose from "auto", "he", "glorot".'),
    ],
)
def test_descriptions_refused(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(sg.SymgradError) as caught:
        MLP(**{"sizes": [3, 4, 2], **arguments})  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_a_misspelt_activation_is_refused_without_hidden_layers_too():
    with pytest.raises(sg.SymgradError, match="rellu"):
        sg.nn.MLP([3, 2], activation="rellu")
