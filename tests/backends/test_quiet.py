"""Overflow inside of what is finite: no warning; where the result is infinite, NumPy's stays."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import symgrad as sg

FINITE = {  # what they are at 1e200
    "exp(-x ** 2)": 0.0,
    "exp(-0.5 * x * x)": 0.0,
    "exp(-sum(x ** 2))": 0.0,
    "3 / x ** 2": 0.0,
    "1 / (2 + x ** 2)": 0.0,
    "(2 + square(x)) ** -1.5": 0.0,
    "tanh(x ** 2 / 2)": 1.0,
    "where(x < 1, x ** 2, 1.0)": 1.0,
    "minimum(x ** 2, 7.0)": 7.0,
    "log(1 + exp(-x ** 2))": 0.0,
    "exp(-x ** 2) * exp(2 * x)": 0.0,
    "where(abs(x) < 1, sqrt(1 - x ** 2), 0.0)": 0.0,
}
OTHERS = (
    "x ** 2 / 2",
    "mean((x - 1) ** 2)",
    "tanh(x) ** 2",
    "softmax(x)",
    "exp(x) / sum(exp(x))",
    "(x - mean(x)) / sqrt(var(x) + 1e-5)",
    "sum(relu(x) * x)",
    "sin(2 * x) / x",
)


def compiled(text, style="fast", spec="[n]"):
    y = sg.parse(text, x=spec)
    return sg.function(None, [y, sg.grad(y.sum(), "x")], style=style)


@pytest.mark.parametrize("text", FINITE)
@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize(("spec", "far"), [("[n]", 1e200), ("float32[n]", 1e25), ("[]", 1e200)])
def test_they_are_right_and_silent(text, style, spec, far):
    if spec == "[]" and "sum" in text:
        return
    f = compiled(text, style, spec)
    x = np.full((3,) if "n" in spec else (), far, "float32" if "32" in spec else "float64")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = np.geterr()
        value, slope = f(x)
    assert np.geterr() == before
    assert np.all(value == FINITE[text]) and np.all(slope == 0)


@pytest.mark.parametrize("text", OTHERS)
@pytest.mark.parametrize("style", ["fast", "readable"])
def test_other_functions_do_not_pay_for_it(text, style):
    assert "@np.errstate" not in compiled(text, style).source


@pytest.mark.parametrize(
    "text", ["x ** 2 + 1", "exp(-x ** 2) + x ** 2", "log(1 + 1 / x ** 2) - x ** 3"]
)
@pytest.mark.parametrize("style", ["fast", "readable"])
def test_an_infinite_result_is_warned_of(text, style):
    f, x = compiled(text, style), np.array([1e200])
    with pytest.warns(RuntimeWarning, match="overflow"):
        value, _ = f(x)
    assert abs(value) == np.inf
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        f(x)


def test_an_infinite_result_beside_a_finite_one_is_warned_of():
    square = sg.parse("x ** 2", x="[n]")
    f = sg.function(None, [square, sg.exp(-square)])
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert f(np.array([1e200])) == [np.inf, 0]


def test_other_errors_are_raised_where_the_user_wants_them():
    f = compiled("exp(-x ** 2) * log(x)")
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        f(np.array([-1.0]))


DROPPED = {  # what is divided by zero at -1, 0 or 1, and dropped there
    "maximum(log(abs(x)), -3)": lambda x: np.maximum(np.log(np.abs(x)), -3),
    "clip(log(abs(x)), -100, 0)": lambda x: np.clip(np.log(np.abs(x)), -100, 0),
    "maximum(log(1 - x), -100) * x": lambda x: np.maximum(np.log1p(-x), -100) * x,
    "minimum(1 / x ** 2, 5)": lambda x: np.minimum(1 / x**2, 5),
    "maximum(-1 / x ** 2, -5)": lambda x: np.maximum(-1 / x**2, -5),
    "relu(log(abs(x)) - 1)": lambda x: np.maximum(np.log(np.abs(x)) - 1, 0),
    "mean(maximum(2 * log(abs(x)), -3))": lambda x: np.maximum(2 * np.log(np.abs(x)), -3).mean(),
}
KEPT = (
    "log(abs(x))",
    "minimum(log(abs(x)), 3)",
    "maximum(1 / x ** 2, 3)",
    "maximum(log(abs(x)), -3) + 1 / x",
    "relu(log(abs(x))) / x",
    "relu(1 / x)",
    "1 / where(log(abs(x)) < 5, x, 1)",
    "maximum(-log(abs(x)), -3)",
)


@pytest.mark.parametrize("text", DROPPED)
@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_pole_that_is_dropped_is_silent(text, style, dtype):
    f = compiled(text, style, f"{dtype}[n]")
    x = np.array([-2.0, -1.0, -0.0, 0.0, 0.5, 1.0 if "1 - x" in text else 3.0], dtype)
    with np.errstate(all="ignore"):
        true = DROPPED[text](x)
    with np.errstate(all="raise"):
        value, slope = f(x)
    np.testing.assert_allclose(value, true, rtol=4 * np.finfo(dtype).eps)
    assert np.isfinite(slope).all()
    x = x.astype(float)
    kept, step = [0, 2, 3, 4], 1e-6  # at the others are a kink, and a pole beside the number
    with np.errstate(all="ignore"):
        before, after = (
            [DROPPED[text](x + h).sum() for h in side * step * np.eye(len(x))] for side in (-1, 1)
        )
    near = np.subtract(after, before) / (2 * step)
    np.testing.assert_allclose(slope[kept], near[kept], rtol=1e-6, atol=1e-9)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("text", KEPT)
@pytest.mark.parametrize("style", ["fast", "readable"])
def test_a_pole_that_a_result_has_is_warned_of(text, style):
    y = sg.parse(text, x="[n]")
    for outputs in ([y], [sg.grad(y.sum(), "x")], [y, sg.grad(y.sum(), "x")]):
        f = sg.function([y.graph.inputs["x"]], outputs, style=style)
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            f(np.array([0.0, 1.0]))
