"""Gradient checking must pass what is right, and must find what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.testing import CENTRAL, COMPLEX, check_grad, compare
from symgrad.testing.points import find_point


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
        "0.419974342 (complex step): relative error 4.3e-01\n"
        "  Tolerated is 1.0e-09. At a kink no derivative exists."
    )


@pytest.mark.parametrize("factor", [-1.0, 0.0, np.nan, 1 + 1e-5, 1 + 1e-8])
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
    assert check_grad(y, "x") < 1e-6


def test_labels_are_drawn_below_the_number_of_classes() -> None:
    y = sg.parse(
        "-mean(sum(one_hot(k, 10) * log_softmax(X @ W), axis=1))",
        X="[n, 5]",
        k="int64[n]",
        W="[5, 10]",
    )
    point, _ = find_point(sg.function(None, [y]), {}, {"n": 200}, np.random.default_rng(0))
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


ANALYTIC = {
    "units of networks": "sum(sigmoid(x) * softmax(x) + tanh(x) * softplus(x) - relu(x))",
    "logsumexp": "logsumexp(x) + sum(log_softmax(x)**2)",
    "absolute values": "sum(abs(x)**3) + norm(x) + std(x)",
    "choices": "sum(maximum(x, 0.2 * x) * clip(x, -0.5, 0.5)) + max(x)",
    "jumps": "sum(floor(x) * x + sign(x) * sin(x))",
}
NOT_ANALYTIC = {
    "an angle": "sum(arctan2(x, 2 * x + 5))",
    "a factor": "sum(cholesky(outer(x, x) + 3 * eye(4)))",
}


@pytest.mark.parametrize("text", ANALYTIC.values(), ids=ANALYTIC)
def test_the_complex_step_is_exact(text) -> None:
    for c in compare(sg.parse(text, x="float64[4]"), "x"):
        assert c.method == COMPLEX and c.error < 1e-13 and c.tolerance == 1e-9


@pytest.mark.parametrize("text", NOT_ANALYTIC.values(), ids=NOT_ANALYTIC)
def test_differences_where_the_code_is_not_analytic(text) -> None:
    for c in compare(sg.parse(text, x="[4]"), "x"):
        assert c.method == CENTRAL and c.agrees and c.tolerance == 1e-6


def test_code_that_only_looks_analytic_is_found_out(monkeypatch) -> None:
    """The conjugate has the same real part, and an imaginary part of the wrong sign."""
    monkeypatch.setitem(sg.ops.registry["exp"].__dict__, "numpy", "np.conj(np.exp({x}))")
    (found,) = compare(sg.parse("sum(exp(x) + sin(x))", x="[3]"), "x")
    assert found.method == CENTRAL and found.agrees


def test_one_input_may_be_analytic_and_another_not() -> None:
    y = sg.parse("sum(arctan2(x, 3) * tanh(w))", x="[3]", w="[3]")
    assert [c.method for c in compare(y, ["x", "w"])] == [CENTRAL, COMPLEX]


def test_ties_have_the_derivative_between() -> None:
    y = sg.parse("sum(maximum(x, z))", x="[2]", z="[2]")
    values = {"x": [0.5, 1.0], "z": [0.5, 2.0]}
    assert check_grad(y, ["x", "z"], values) < 1e-6


def test_arrays_are_projected(monkeypatch) -> None:
    y = sg.parse("tanh(X @ W)", X="[n, 3]", W="[3, 2]")
    assert check_grad(y, ["X", "W"], order=2) < 1e-11
    wrong_tanh(monkeypatch, lambda g, y, x: g * (1 - y * y) + 1e-3 * np.eye(3, 2))
    with pytest.raises(sg.GradientError, match="the gradient to X is"):
        check_grad(sg.parse("tanh(X)", X="[3, 2]"), "X")


def test_nothing_is_added_to_the_graph(net) -> None:
    before = len(net[0].graph)
    check_grad(net[0], "W", order=2)
    assert len(net[0].graph) == before and list(net[1]) == ["X", "W", "b"]


# Second derivatives.


def test_small_hessians_are_compared_entry_by_entry(net) -> None:
    found = compare(net[0], ["W", "b"], order=2, sizes={"n": 2})
    assert [(c.name, c.order, c.along.partition("[")[0]) for c in found] == [
        ("W", 1, ""),
        ("b", 1, ""),
        ("W", 2, "W"),
        ("b", 2, "W"),
        ("W", 2, "b"),
        ("b", 2, "b"),
    ]
    assert all(c.error < 1e-11 and c.method == COMPLEX for c in found)


def wrong_second(monkeypatch, factor) -> None:
    """A derivative of sin that is right, and whose own derivative is not."""
    monkeypatch.setitem(
        sg.ops.registry["cos"].__dict__, "vjp", [lambda g, y, x: -g * sg.sin(x) * factor]
    )


@pytest.mark.parametrize("factor", [-1.0, 0.0, 1 + 1e-6])
@pytest.mark.parametrize("size", [3, 40])
def test_wrong_second_derivatives_are_found(monkeypatch, factor, size) -> None:
    wrong_second(monkeypatch, factor)
    y = sg.parse("sum(sin(x * z))", x=f"[{size}]", z="[]")
    assert check_grad(y, ["x", "z"]) < 1e-12
    with pytest.raises(sg.GradientError, match=r"second derivative to . along "):
        check_grad(y, ["x", "z"], order=2)


def test_the_worst_second_derivative_is_named(monkeypatch) -> None:
    wrong_second(monkeypatch, np.array([1.0, 1.5]))
    with pytest.raises(sg.GradientError) as caught:
        check_grad(sg.parse("sum(sin(x))", x="[2]"), "x", {"x": [1.0, 2.0]}, order=2)
    assert str(caught.value).startswith(
        "the second derivative to x along x[1] is -1.36394614 at [1], and numerical "
        "differentiation finds -0.909297427 (complex step)"
    )


def test_second_derivatives_against_a_closed_form() -> None:
    """The whole check would be fooled by a gradient that is consistently wrong: it is not."""
    x = np.array([0.3, -1.2])
    y = sg.parse("x[0]**2 * x[1]**3", x="[2]")
    along = {c.along: c for c in compare(y, "x", {"x": x}, order=2)}
    found = along["x[1]"] if "x[1]" in along else along["x[0]"]
    hessian = [[2 * x[1] ** 3, 6 * x[0] * x[1] ** 2], [6 * x[0] * x[1] ** 2, 6 * x[0] ** 2 * x[1]]]
    column = int(found.along[2])
    assert found.symbolic == pytest.approx(hessian[found.index[0]][column], rel=1e-12)


def test_second_derivatives_of_float32() -> None:
    y = sg.parse("mean(tanh(X @ w)**2)", X="float32[n, 4]", w="float32[4]")
    assert 1e-9 < check_grad(y, ["X", "w"], order=2) < 1e-4


def test_second_derivatives_by_differences() -> None:
    found = compare(sg.parse("sum(arctan2(x, 3)**2)", x="[3]"), "x", order=2)
    assert all(c.agrees for c in found)
    assert found[0].method == CENTRAL


def test_held_values_stay_held_in_second_derivatives() -> None:
    y = sg.parse("sum(x * stop_gradient(sin(x)) + x**3)", x="[3]")
    assert check_grad(y, "x", order=2) < 1e-12


def test_no_entries_are_right() -> None:
    y = sg.parse("sum(x**2)", x="[n]")
    assert check_grad(y, "x", {"x": []}, order=2) == 0


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
    "not finite, of an array": (
        lambda: check_grad(sg.parse("log(x)", x="[2]"), "x", {"x": [1.0, -1.0]}),
        "the value is nan at the given inputs",
    ),
    "integers": (lambda: check_grad(sg.parse("x > 0", x="[2]"), "x"), "cannot differentiate"),
    "order 3": (lambda: check_grad(Y, "w", order=3), "derivatives of order 3 are not checked"),
    "a function": (
        lambda: check_grad(lambda w: w, "w"),
        "check_grad takes an expression, not function\n  Of a NumPy function, sg.trace makes one",
    ),
    "values by position": (
        lambda: check_grad(Y, "w", [np.ones(3)]),
        "values are given by name, not as list",
    ),
    "a value of what is no input": (
        lambda: check_grad(Y, "w", {Y: 1.0}),
        "there is a value for .*, which is no input here",
    ),
}


def test_values_of_inputs_are_given_by_name_or_by_the_input() -> None:
    g = sg.Graph()
    x, c = g.input("x", "[n]"), g.input("c")
    y = sg.log(x * c).sum()
    assert check_grad(y, [x, c], {x: np.ones(3), "c": 2.0}) < 1e-9
    with pytest.raises(sg.GraphError, match="is nan"):
        check_grad(y, [x, c], {x: -np.ones(3), c: 2.0})


@pytest.mark.parametrize("case", COMPLAINTS)
def test_misuse_is_named(case) -> None:
    call, complaint = COMPLAINTS[case]
    with pytest.raises(sg.SymgradError, match=complaint):
        call()
