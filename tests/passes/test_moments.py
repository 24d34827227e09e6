"""Variances, covariances and higher moments of data far from 0, against mathematics."""

from __future__ import annotations

import re

import numpy as np
import pytest

import symgrad as sg
from tests.passes.formulas.case import Case
from tests.passes.test_delicate_cases import compiled, cotangent
from tests.passes.truth import truth

RNG = np.random.default_rng(7)
FAR = {"x": RNG.normal(size=9) + 1e8, "y": RNG.normal(size=9) - 3e7}
TEXTS = (
    "(sum(x * y) - sum(x) * sum(y) / 9) / 8",
    "sum(x * y) / 9 - mean(x) * mean(y)",
    "sum(x * y) - 9 * mean(x) * mean(y)",
    "(9 * sum(x * y) - sum(x) * sum(y)) / (9 * sum(x ** 2) - sum(x) ** 2)",
    "a = 9 * sum(x ** 2) - sum(x) ** 2\nb = 9 * sum(y ** 2) - sum(y) ** 2\n"
    "(9 * sum(x * y) - sum(x) * sum(y)) / sqrt(a * b)",
    "mean((x - mean(x)) * y)",
    "mean(x * (x - mean(x)))",
    "sum((x - mean(x)) * y) / 8",
    "sum((x - mean(x)) * y) / sum((x - mean(x)) ** 2)",
    "mean(x * (y - mean(y))) / (std(x) * std(y))",
    "mean((x - mean(x)) ** 3)",
    "mean((x - mean(x)) ** 3) / std(x) ** 3",
    "d = x - mean(x)\nmean(d ** 4) / mean(d ** 2) ** 2",
    "mean(((x - mean(x)) / std(x)) ** 4) - 3",
    "mean(abs(x - mean(x)))",
)


def check(text, given, meant=None):
    """Value and slopes, to ten digits of the largest entry."""
    given = {k: v for k, v in given.items() if re.search(rf"\b{k}\b", text)}
    case = Case("moments", text, arrays=[given], wrt=tuple(given))
    call, shape = compiled(case, {name: np.asarray(v) for name, v in given.items()})
    for found, true in zip(
        call(**given), truth(meant or text, given, list(given), cotangent(shape)), strict=True
    ):
        np.testing.assert_allclose(found.ravel(), true, rtol=0, atol=1e-10 * np.max(np.abs(true)))


@pytest.mark.parametrize("text", TEXTS)
def test_moments_of_data_far_from_0_have_their_digits(text):
    check(text, FAR)


SHARES = {"x": FAR["x"], "y": FAR["y"], "w": RNG.uniform(0.5, 1, size=9)}


@pytest.mark.parametrize(
    "text",
    [
        "p = softmax(w)\nsum(p * x ** 2) - sum(p * x) ** 2",
        "p = exp(w) / sum(exp(w))\nsum(p * x * y) - sum(p * x) * sum(p * y)",
        "p = w / sum(w)\nsum(p * x * x) - sum(p * x) ** 2",
        "sum(w * x * y) / sum(w) - sum(w * x) / sum(w) * (sum(w * y) / sum(w))",
    ],
)
def test_averages_by_weights(text):
    check(text, SHARES)


def test_the_values_of_a_distribution_are_one_row_for_all():
    """Shares of many rows, of values that have no rows."""
    p = "p = exp(w) / sum(exp(w), axis=1)[:, None]\n"
    text = p + "sum(p * x ** 2, axis=1) - sum(p * x, axis=1) ** 2"
    check(text, {"x": FAR["x"][:3], "w": RNG.normal(size=(2, 3))})


@pytest.mark.parametrize("scale", [1e200, 1e300, 1e-158, 1e-200, 1e-300, 1.0])
@pytest.mark.parametrize(
    "text", ["std(x)", "sqrt(mean(x ** 2) - mean(x) ** 2)", "std(x) * 2 + std(x)"]
)
def test_a_deviation_is_right_where_the_variance_is_no_number(text, scale):
    given = {"x": scale * np.array([1.0, 2.0, 4.0, -0.5])}
    check(text, given)


def test_deviations_along_an_axis_have_scales_of_their_own():
    x = np.array([[1.0, 2.0, 4.0], [1e20, 2e20, 4e20], [1e-30, 2e-30, 4e-30], [7, 7, 7]])
    node = sg.Graph().input("x", x.astype("float32"))
    y = sg.std(node, axis=1, ddof=1, keepdims=True)
    with np.errstate(all="raise", under="ignore"):
        found, slope = sg.function([node], [y, sg.grad(sg.sum(y), node)])(x.astype("float32"))
    assert found.dtype == np.float32
    expected = np.std(x.astype("float32").astype(float), axis=1, ddof=1, keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    away = np.array([-4.0, -1.0, 5.0]) / 3  # from the mean of 1, 2 and 4
    np.testing.assert_allclose(slope[:3], [away / 2 / expected[0]] * 3, rtol=1e-6)
    assert np.all(slope[3] == 0)


@pytest.mark.parametrize("text", ["mean((x + c) ** 2) - mean(x + c) ** 2", "std(c - x)"])
def test_a_shift_of_all_elements_costs_no_digits(text):
    check(text, {"x": RNG.normal(size=9), "c": 1e8})


def test_a_factor_may_be_the_number_of_elements_by_chance():
    """Of two elements 2 is the number of elements too."""
    given = {"x": FAR["x"][:2], "y": FAR["x"][:2] + np.array([1e-3, -2.5])}
    check("sum(x ** 2) - 2 * sum(x * y) + sum(y ** 2)", given)


@pytest.mark.parametrize(
    "text",
    [
        "mean(x * y, axis=0) - mean(x, axis=0) * mean(y, axis=0)",
        "mean((x - mean(x, axis=1, keepdims=True)) ** 3, axis=1)",
        "mean((x - mean(x, axis=1)[:, None]) * y, axis=1)",
    ],
)
def test_moments_along_an_axis(text):
    check(text, {k: v.reshape(3, 3) for k, v in FAR.items()})


@pytest.mark.parametrize(
    "text",
    [
        "m = mean(x, axis=0)\nx.T @ x / 4 - m[:, None] * m",
        "m = sum(x, axis=0)\n(x.T @ y - m[:, None] * sum(y, axis=0)[None, :] / 4) / 3",
        "m = mean(x, axis=1)\nx @ y.T / 3 - m[:, None] * mean(y, axis=1)",
        "m = mean(x, axis=0)\n(x.T @ x - 4 * outer(m, m)) / 3",
    ],
)
def test_matrices_of_covariances(text):
    given = {"x": RNG.normal(size=(4, 3)) + 1e8, "y": RNG.normal(size=(4, 3)) - 3e7}
    check(text, given, meant=text.replace("outer(m, m)", "m[:, None] * m"))


@pytest.mark.parametrize(
    "text",
    [
        "m = mean(x, axis=0)\nx.T @ x / 3 - m[:, None] * m",
        "m = mean(x, axis=1)\nx.T @ x / 4 - m[:, None] * m",
        "m = mean(x, axis=0)\nx.T @ y / 4 - mean(y, axis=0)[:, None] * m",
        "m = mean(x, axis=0)\nx.T @ x.T / 4 - m[:, None] * m",
    ],
)
def test_what_only_looks_like_a_matrix_of_covariances_stays(text):
    given = {"x": RNG.normal(size=(4, 4)), "y": RNG.normal(size=(4, 4))}
    check(text, given)


@pytest.mark.parametrize(
    "text",
    [
        "sum(x ** 2) - mean(x)",
        "mean(x ** 2) - sum(x) / 16",
        "mean(x ** 2) - mean(x) * mean(y)",
        "mean(x * y) - mean(x) ** 2",
        "sum(x * y) / 4 - sum(x) * sum(y) / 4",
        "mean(x * y) - mean(x[:2]) * mean(y[:2])",
    ],
)
def test_what_only_looks_like_a_covariance_stays(text):
    """The first of these were once taken for variances."""
    given = {"x": np.array([0.3, 1.0, -2.0, 0.9]), "y": np.array([0.1, 1.5, 2.0, 0.7])}
    check(text, given)


def test_a_mean_across_the_other_axis_is_no_deviation():
    """Of a square matrix the means of rows, without their axis, go with the columns."""
    x = RNG.normal(size=(3, 3))
    y = sg.parse("mean((x - mean(x, axis=1)) ** 3, axis=1)", x="[3, 3]")
    expected = np.mean((x - np.mean(x, axis=1)) ** 3, axis=1)
    np.testing.assert_allclose(sg.function(None, y)(x), expected, rtol=1e-13)
    assert str(sg.simplify(y)) == str(y)


def test_deviations_of_fewer_axes_than_the_product_stay():
    x = sg.Graph().input("x", "[3]")
    y = x.graph.input("y", "[2, 3]")
    loss = sg.sum(sg.mean((x - sg.mean(x)) * y, axis=1))
    X, Y = RNG.normal(size=3), RNG.normal(size=(2, 3))
    found = sg.function([x, y], [loss, sg.grad(loss, y)])(X, Y)
    np.testing.assert_allclose(found[0], np.sum(np.mean((X - np.mean(X)) * Y, axis=1)), rtol=1e-12)
    np.testing.assert_allclose(found[1], np.tile((X - np.mean(X)) / 3, (2, 1)), rtol=1e-12)
