"""Medians, quantiles and percentiles beside NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg

X = np.random.default_rng(0).normal(size=(5, 4))


@pytest.mark.parametrize("q", [0, 0.1, 0.25, 0.5, 0.77, 1])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_as_numpy(q, axis):
    for spec in ("[5, 4]", "[n, 4]"):
        x = sg.Graph().input("x", spec)
        found = [sg.quantile(x, q, axis), sg.percentile(x, 100 * q, axis), sg.median(x, axis)]
        expected = [np.quantile(X, q, axis), np.percentile(X, 100 * q, axis), np.median(X, axis)]
        for one, value in zip(sg.function([x], found)(X), expected, strict=True):
            np.testing.assert_allclose(one, value, rtol=1e-12, atol=1e-14)


def test_nan_spoils_its_row_alone():
    broken = X.copy()
    broken[1, 2] = np.nan
    x = sg.Graph().input("x", "[5, 4]")
    y = sg.median(x, axis=1)
    np.testing.assert_array_equal(sg.function([x], y)(broken), np.median(broken, axis=1))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_gradient_of_a_median_of_any_number(n):
    x = sg.Graph().input("x", "[n]")
    values = X.ravel()[:n]
    found = sg.function([x], sg.grad(sg.median(x), x))(values)
    order = np.argsort(values)
    expected = np.zeros(n)
    np.add.at(expected, order[[(n - 1) // 2, n // 2]], 0.5)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("q", [-0.1, 1.5, float("nan"), "half", None, [0.1, 0.2]])
def test_fractions_outside_are_refused(q):
    x = sg.Graph().input("x", "[5]")
    with pytest.raises(sg.DTypeError, match="fraction"):
        sg.quantile(x, q)
    with pytest.raises(sg.ShapeError, match="no values"):
        sg.median(sg.Graph().input("x", "[0]"))
