"""Roots of products are found last: rules that know roots by their name come before them."""

import mpmath
import numpy as np
import pytest

import symgrad as sg


def value(text, **given):
    y = sg.parse(text, dict.fromkeys(given, "[]"))
    return sg.function(list(y.graph.inputs.values()), y)(**given)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("log(sqrt(x * y))", {"x": 1 + 1e-9, "y": 1.0}),
        ("log(sqrt(x**2 * y))", {"x": 1e200, "y": 1.0}),
        ("log((x * y)**0.5)", {"x": 1e-200, "y": 1e-200}),
        ("sqrt(x * y) - sqrt(x * z)", {"x": 4.0, "y": 7 + 1e-11, "z": 7.0}),
        ("sqrt(x * y + 1) - sqrt(x * y)", {"x": 1e9, "y": 1e9}),
        ("1 / sqrt(x * y) - 1 / sqrt(x * y + 1)", {"x": 1e6, "y": 1e6}),
        ("log(sqrt(x / (y - x)))", {"x": 1e-200, "y": 1e200}),
        ("sqrt(x * y)", {"x": 1e200, "y": 2e200}),
        ("sqrt(x * y)", {"x": -1e-200, "y": -2e-200}),
    ],
)
def test_a_root_of_a_product_cancels_and_overflows_nowhere(text, given):
    """The oracle is the formula as it is written, in 1000 digits."""
    with mpmath.workdps(1000):
        names = {"sqrt": mpmath.sqrt, "log": mpmath.log}
        exact = eval(text, names, {k: mpmath.mpf(v) for k, v in given.items()})
        assert abs(value(text, **given) / exact - 1) < 1e-14


def test_the_logarithm_of_a_geometric_mean_is_that_of_the_product():
    assert str(sg.simplify(sg.parse("log(sqrt(prod(x)))", x="[n]"))).endswith("0.5 * log_prod(x)")


@pytest.mark.parametrize("text", ["x - sqrt(x**2 - 1)", "sqrt(sum(2 * v**2))", "sqrt(x * y)"])
def test_simplifying_twice_changes_nothing(text):
    once = sg.simplify(sg.parse(text, x="[]", y="[]", v="[n]"))
    assert sg.simplify(once) is once


def test_the_root_of_a_sum_of_weighted_squares_is_a_length():
    x = np.array([3e200, 4e200])
    y = sg.parse("sqrt(sum(2 * x**2))", x="[n]")
    np.testing.assert_allclose(sg.function([y.graph.inputs["x"]], y)(x), 5e200 * np.sqrt(2))


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("x**y - 1", lambda x: 1 / x),
        ("(1 + x)**y - 1", lambda x: 1 / (1 + x)),
        ("(1 + x)**y", lambda x: 1 / (1 + x)),
    ],
)
def test_slopes_of_powers_vary_with_an_exponent_of_0(text, exact):
    """d²(x**y)/dx dy is 1 / x at y = 0: a guard of the slope at (0, 0) must not hold it fixed."""
    f = sg.parse(text, x="[]", y="[]")
    x, y = (f.graph.inputs[k] for k in "xy")
    mixed = sg.grad(sg.grad(f, x), y)
    assert sg.function([x, y], mixed)(2.0, 0.0) == pytest.approx(exact(2.0), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("log1p(x) - x", lambda x: -1 / (1 + x) / (1 + x)),
        ("0.5 * log1p(2 * x) - x", lambda x: -2 / (1 + 2 * x) / (1 + 2 * x)),
        ("log(x) - x + 1", lambda x: -1 / x / x),
    ],
)
@pytest.mark.parametrize("at", [1e-9, 1.0, 800.0, 1e10])
def test_second_slopes_of_logarithms_less_their_argument(text, exact, at):
    f = sg.parse(text, x="[]")
    x = f.graph.inputs["x"]
    second = sg.grad(sg.grad(f, x), x)
    assert sg.function([x], second)(at) == pytest.approx(exact(at), rel=1e-14)
