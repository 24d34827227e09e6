"""Gradient checking must pass what is right, and must find what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad import testing
from symgrad.testing import check_grad, compare


@pytest.fixture
def net() -> tuple[sg.Expr, dict[str, sg.Expr]]:
    y = sg.parse("mean(tanh(X @ W + b)**2)", X="[n, 3]", W="[3, 2]", b="[2]")
    return y, y.graph.inputs


def test_right_gradient_passes(net) -> None:
    y, inputs = net
    assert check_grad(y, list(inputs.values())) < 1e-8


@pytest.mark.parametrize("wrt", ["W", ["W", "X"]])
def test_names_stand_for_inputs(net, wrt) -> None:
    assert check_grad(net[0], wrt) < 1e-8


def wrong_tanh(monkeypatch, rule) -> None:
    monkeypatch.setitem(sg.ops.registry["tanh"].__dict__, "vjp", [rule])


def test_wrong_gradient_is_found(monkeypatch) -> None:
    wrong_tanh(monkeypatch, lambda g, y, x: g * (1 - y))
    y = sg.parse("sum(tanh(X) * c)", X="[2]", c="[2]")
    values = {"X": [0.0, 1.0], "c": [1.0, 1.0]}
    with pytest.raises(sg.GradientError) as caught:
        check_grad(y, "X", values)
    assert str(caught.value) == (
        "the gradient to X is 0.238405844 at [1], and numerical differentiation finds "
        "0.419974342: relative error 4.3e-01\n"
        "  Tolerated is 1.0e-06. At a kink no derivative exists."
    )


@pytest.mark.parametrize("factor", [-1.0, 0.0, np.nan, 1 + 1e-5])
def test_slightly_and_grossly_wrong_gradients_are_found(monkeypatch, factor) -> None:
    wrong_tanh(monkeypatch, lambda g, y, x: g * (1 - y * y) * factor)
    y = sg.parse("tanh(x)", x="[]")
    with pytest.raises(sg.GradientError):
        check_grad(y, "x")


def test_one_wrong_entry_of_many_is_found(monkeypatch) -> None:
    slip = 1e-3 * np.eye(60)[17]
    wrong_tanh(monkeypatch, lambda g, y, x: g * (1 - y * y) + slip)
    y = sg.parse("sum(tanh(x))", x="[60]")
    (found,) = compare(y, "x")
    assert found.index == (17,)
    assert not found.agrees


def test_small_wrong_gradient_is_not_hidden_by_a_large_one(monkeypatch) -> None:
    wrong_tanh(monkeypatch, lambda g, y, x: g * 0.9)
    y = sg.parse("1e6 * sum(x**2) + tanh(z)", x="[3]", z="[]")
    with pytest.raises(sg.GradientError, match="gradient to z"):
        check_grad(y, ["x", "z"], {"x": np.zeros(3), "z": 0.1})


def test_tolerance_is_the_limit(net) -> None:
    error = check_grad(net[0], "W")
    assert error > 0
    assert check_grad(net[0], "W", tolerance=2 * error) == error
    with pytest.raises(sg.GradientError):
        check_grad(net[0], "W", tolerance=error / 2)


def test_seed_decides_the_values(net) -> None:
    errors = [check_grad(net[0], "W", seed=s) for s in (0, 0, 1)]
    assert errors[0] == errors[1] != errors[2]


def test_sizes_are_those_asked_for_or_of_the_values(net) -> None:
    assert compare(net[0], "X")[0].size == 9
    assert compare(net[0], "X", sizes={"n": 7})[0].size == 21
    assert compare(net[0], "X", {"X": np.ones((5, 3))})[0].size == 15


def test_compound_dims() -> None:
    g = sg.Graph()
    a, b = g.input("a", "[n]"), g.input("b", "[2*n + 1]")
    found = compare((a * a).sum() + (b * b).sum(), [a, b], sizes={"n": 4})
    assert [c.size for c in found] == [4, 9]


def test_float32_is_compared_in_float64() -> None:
    y = sg.parse("mean(sum((tanh(X @ W) - 0.5)**2, axis=1))", X="float32[n, 4]", W="float32[4, 3]")
    assert check_grad(y, ["X", "W"]) < 2e-5


def test_casts_on_the_way_do_not_spoil_the_slopes() -> None:
    y = sg.parse("sum(sin(astype(x, 'float32')))", x="float64[3]")
    assert check_grad(y, "x", tolerance=1e-5) > 0


def test_labels_are_drawn_below_the_number_of_classes() -> None:
    y = sg.parse(
        "-mean(sum(one_hot(k, 10) * log_softmax(X @ W), axis=1))",
        X="[n, 5]",
        k="int64[n]",
        W="[5, 10]",
    )
    point, _ = testing._point(sg.function(None, [y]), {}, {"n": 200}, np.random.default_rng(0))
    assert set(point["k"]) == set(range(10))
    assert check_grad(y, "W") < 1e-6


@pytest.mark.parametrize("text", ["log(x)", "sqrt(x - 1)", "log(x - 2)", "sqrt(1 - x**2)"])
def test_random_values_are_in_the_domain(text) -> None:
    assert check_grad(sg.parse(f"sum({text})", x="[3]"), "x") < 1e-6


def test_stopped_gradients_are_held() -> None:
    y = sg.parse("sum(x * stop_gradient(sin(x)) + held_1)", x="float32[3]", held_1="float32[3]")
    assert check_grad(y, ["x", "held_1"]) < 1e-4


def test_inputs_that_do_not_matter_have_zero_gradient() -> None:
    g = sg.Graph()
    x, z = g.input("x", "[3]"), g.input("z", "[n]")
    assert check_grad((x * x).sum(), [x, z]) < 1e-8
    assert check_grad((x * x).sum(), z) == 0


def test_no_entries_are_right() -> None:
    y = sg.parse("sum(x**2)", x="[n]")
    assert check_grad(y, "x", {"x": []}) == 0


def test_second_derivatives_are_checked_like_first_ones() -> None:
    g = sg.Graph()
    x = g.input("x", "[3]")
    assert check_grad((sg.grad(sg.sin(x).sum(), x) ** 2).sum(), x) < 1e-6


def test_large_inputs_are_sampled() -> None:
    (found,) = compare(sg.parse("sum(x**2)", x="[30, 40]"), "x")
    assert (found.compared, found.size) == (200, 1200)


Y = sg.parse("sum(X @ w)", X="[n, 3]", w="[3]")

COMPLAINTS = {
    "unknown wrt": (lambda: check_grad(Y, "W"), "W is no input\n  Did you mean w?"),
    "nothing near": (lambda: check_grad(Y, "q"), "q is no input\n  Known are: X, w."),
    "on the way": (lambda: check_grad(Y, Y.args[0]), "this expression is no input"),
    "no wrt": (lambda: check_grad(Y, []), "nothing to differentiate with respect to"),
    "unknown value": (
        lambda: check_grad(Y, "w", {"x": 1}),
        "there is a value for x, which is no input here\n  Did you mean X?",
    ),
    "unknown size": (
        lambda: check_grad(Y, "w", sizes={"m": 3}),
        "there is a size for m, which is no named dim here\n  Known are: n.",
    ),
    "wrong shape": (lambda: check_grad(Y, "w", {"w": np.ones(4)}), r"argument w has shape \(4,\)"),
    "ragged": (lambda: check_grad(Y, "w", {"w": [[1], [1, 2]]}), "argument w is no array"),
    "not finite": (
        lambda: check_grad(sg.parse("log(x)", x="[]"), "x", {"x": -1.0}),
        "the value is nan at the given inputs, so no slope can be measured",
    ),
    "no scalar": (lambda: check_grad(Y.args[0], "w"), "a gradient is of a scalar"),
}


@pytest.mark.parametrize("case", COMPLAINTS)
def test_misuse_is_named(case) -> None:
    call, complaint = COMPLAINTS[case]
    with pytest.raises(sg.SymgradError, match=complaint):
        call()
