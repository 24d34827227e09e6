"""Rules of the user's own: they are used instead of the function's, in every kind of derivative."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from tests.oracles import declare

POINTS = np.array([-3.0, -0.5, 0.0, 0.7, 2.0])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@sg.custom_vjp(lambda g, y, x: g * sg.sigmoid(x))
def softplus(x):
    return sg.log(1.0 + sg.exp(x))


@sg.custom_vjp(lambda g, y, x, w: (g * w, None))
def half(x, w):
    """A product that is linear in its first argument only, by declaration."""
    return x * w


def run(outputs, **values):
    graph = outputs[0].graph
    return sg.function([graph.inputs[k] for k in values], list(outputs))(**values)


@pytest.mark.parametrize("stabilize", [True, False])
def test_the_rule_is_used_in_every_kind_of_derivative(stabilize):
    (x,) = declare(x="[5]")
    y = softplus(x)
    s = sigmoid(POINTS)
    slope = sg.grad(y.sum(), x, stabilize=stabilize)
    assert "sigmoid" in str(slope) and "exp" not in str(slope)
    outputs = [
        (y, np.log1p(np.exp(POINTS))),
        (slope, s),
        (sg.jvp(y, x, 2.0 * x, stabilize=stabilize), 2 * POINTS * s),
        (sg.jacobian(y, x, stabilize=stabilize), np.diag(s)),
        (sg.hessian(y.sum(), x, stabilize=stabilize), np.diag(s * (1 - s))),
        (sg.grad(slope.sum(), x, stabilize=stabilize), s * (1 - s)),
    ]
    for found, expected in zip(run([o for o, _ in outputs], x=POINTS), outputs, strict=True):
        np.testing.assert_allclose(found, expected[1], rtol=1e-12, atol=1e-15)


def test_none_stands_for_no_derivative():
    x, w = declare(x="[5]", w="[5]")
    found = run(sg.grad(half(x, w).sum(), [x, w]), x=POINTS, w=POINTS + 1)
    np.testing.assert_array_equal(found, [POINTS + 1, np.zeros(5)])


def test_straight_through_estimate_and_a_clipped_gradient():
    @sg.custom_vjp(lambda g, y, x: g)
    def rounded(x):
        return sg.rint(x)

    @sg.custom_vjp(lambda g, y, x, bound: (sg.clip(g, -bound, bound), None))
    def clipped(x, bound):
        return x

    (x,) = declare(x="[5]")
    found = run(
        [sg.grad((rounded(x) ** 2).sum(), x), sg.grad((clipped(x, 1.5) ** 2).sum(), x)], x=POINTS
    )
    np.testing.assert_array_equal(found[0], 2 * np.rint(POINTS))
    np.testing.assert_array_equal(found[1], np.clip(2 * POINTS, -1.5, 1.5))


def test_implicit_function():
    """The root of y**3 + y = x by Newton's method; its derivative is 1/(3 y**2 + 1)."""

    @sg.custom_vjp(lambda g, y, x: g / (3.0 * y * y + 1.0))
    def root(x):
        y = x
        for _ in range(30):
            y = y - (y**3 + y - x) / (3.0 * y**2 + 1.0)
        return y

    (x,) = declare(x="[5]")
    y = root(x)
    slope = sg.grad(y.sum(), x)
    value, first, second = run([y, slope, sg.grad(slope.sum(), x)], x=POINTS)
    np.testing.assert_allclose(value**3 + value, POINTS, atol=1e-12)
    np.testing.assert_allclose(first, 1 / (3 * value**2 + 1), rtol=1e-12)
    np.testing.assert_allclose(second, -6 * value / (3 * value**2 + 1) ** 3, atol=1e-12)


@pytest.mark.parametrize("axes", [(0, 0), (0, None), (None, 0), (1, 0)])
def test_batches(axes):
    """Per-example gradients through a rule with a matrix product, against the loop."""

    @sg.custom_vjp(lambda g, y, A, x: (3.0 * sg.outer(g, x), 5.0 * (A.T @ g)))
    def product(A, x):
        return A @ x

    rng = np.random.default_rng(0)
    batched = [rng.normal(size=(4, 4, 4)), rng.normal(size=(4, 4))]
    values = [v if a is not None else v[0] for v, a in zip(batched, axes, strict=True)]
    A, x = declare(A=values[0], x=values[1])

    def gradients(A, x):
        return sg.grad((product(A, x) ** 2).sum(), [A, x])

    found = run(sg.vmap(gradients, axes)(A, x), A=values[0], x=values[1])
    for k in range(4):
        a, b = (
            v if axis is None else np.take(v, k, axis) for v, axis in zip(values, axes, strict=True)
        )
        g = 2 * a @ b
        np.testing.assert_allclose(found[0][k], 3 * np.outer(g, b), rtol=1e-12)
        np.testing.assert_allclose(found[1][k], 5 * a.T @ g, rtol=1e-12)


def test_gradient_of_a_batch_toward_what_is_shared():
    @sg.custom_vjp(lambda g, y, x, w: (None, g * x))
    def scaled(x, w):
        return x * w

    x, w = declare(x="[n, 3]", w="[3]")
    y = sg.vmap(sg.vmap(scaled, (0, 0)), (0, None))(x, w)
    X = np.arange(6.0).reshape(2, 3)
    (found,) = run([sg.grad(y.sum(), w)], x=X, w=np.ones(3))
    np.testing.assert_array_equal(found, X.sum(axis=0))


def test_emitted_code_knows_nothing_of_it():
    (x,) = declare(x="float32[n]")
    y = softplus(x)
    outputs = [y.sum(), sg.grad(y.sum(), x)]
    assert "custom" not in sg.function([x], outputs).source
    source = sg.function([x], outputs, style="readable").source
    assert "custom" not in source and "np.float32" not in source
    assert "d_x = sigmoid(x)" in source


def test_values_that_are_no_expressions_reach_function_and_rule():
    @sg.custom_vjp(
        lambda g, y, x, mode, shift: (g * (2.0 if mode == "double" else 1.0), None, None)
    )
    def shifted(x, mode, shift):
        return x + shift

    (x,) = declare(x="[5]")
    for mode, expected in (("double", 2.0), ("plain", 1.0)):
        (found,) = run([sg.grad(shifted(x, mode, np.ones(5)).sum(), x)], x=POINTS)
        np.testing.assert_array_equal(found, np.full(5, expected))


def test_in_numpy_code():
    y = sg.trace(lambda x: np.sum(softplus(x) * x), "[5]")
    x = y.graph.inputs["x"]
    (found,) = run([sg.grad(y, x)], x=POINTS)
    expected = np.log1p(np.exp(POINTS)) + POINTS * sigmoid(POINTS)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_calls_with_equal_arguments_are_one_node():
    (x,) = declare(x="[5]")
    assert softplus(x) is softplus(x)


@pytest.mark.parametrize(
    "rule, message",
    [
        (lambda g, y, x: (g, g), "gives 2 cotangents for 1 arguments"),
        (lambda g, y, x: sg.concatenate([g, g]), "which has another shape"),
    ],
)
def test_rules_that_do_not_fit(rule, message):
    (x,) = declare(x="[5]")
    y = sg.custom_vjp(rule)(lambda x: x * 2.0)(x).sum()
    with pytest.raises(sg.DifferentiationError, match=message):
        sg.grad(y, x)


def test_what_is_no_rule_or_no_argument():
    (x,) = declare(x="[5]")
    with pytest.raises(sg.GraphError, match="takes a rule, not str"):
        sg.custom_vjp("x")
    with pytest.raises(sg.GraphError, match="is dict"):
        half(x, {})
    with pytest.raises(sg.GraphError, match="needs an expression"):
        softplus(1.0)
