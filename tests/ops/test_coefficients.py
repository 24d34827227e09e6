"""Literal factors and signs of derivatives, gathered as they are made."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad import passes
from symgrad.graph.walk import ancestors

POINT = {"x": 0.7, "y": -1.3}

CASES = [
    (lambda x, y: sg.sin(x) - 0.3 * (x * y), "x", "cos(x) - 0.3 * y", np.cos(0.7) + 0.39),
    (lambda x, y: -0.5 * (-(x * y)), "x", "0.5 * y", -0.65),
    (
        lambda x, y: x - 0.3 * (y - 0.3 * sg.exp(x)),
        "x",
        "1.0 + 0.09 * exp(x)",
        1 + 0.09 * np.exp(0.7),
    ),
    (lambda x, y: sg.cos(x) + x * y, "x", "y - sin(x)", -1.3 - np.sin(0.7)),
    (lambda x, y: 1e200 * (y * (1e-200 * (y * (1e-300 * x)))), "x", None, 1.69e-300),
    (lambda x, y: 3 * (y * (2 * x)), "x", "6.0 * y", -7.8),
    (lambda x, y: (x + x) * y - x, "x", None, -3.6),
    (lambda x, y: y / 2 * x**2, "x", "y * x", -0.91),
    (lambda x, y: y * x**2 / 2, "x", "y * x", -0.91),
    (lambda x, y: x * y / 2, "x", "0.5 * y", -0.65),
    (lambda x, y: x**49 / 49, "x", "x**48", 0.7**48),
    (lambda x, y: x * y / 3, "x", "y / 3", -1.3 / 3),
    (lambda x, y: y / 3 * x**2, "x", None, -1.3 * 1.4 / 3),
    (lambda x, y: x**3 / -6, "x", "-0.5 * x**2", -0.245),
    (lambda x, y: -(x - y) * x - 0.3 * x, "x", None, -2 * 0.7 - 1.3 - 0.3),
    (lambda x, y: (y * x) * sg.sin(x * y), "y", None, 0.7 * np.sin(-0.91) - 0.637 * np.cos(0.91)),
]


@pytest.mark.parametrize(("make", "wrt", "text", "value"), CASES)
def test_derivatives_are_born_short(make, wrt, text, value):
    g = sg.Graph()
    x, y = g.input("x"), g.input("y")
    slope = sg.grad(make(x, y), wrt)
    if text is not None:
        assert str(slope).splitlines()[-1] == text
    found = sg.function([x, y], slope)(POINT["x"], POINT["y"])
    assert found == pytest.approx(value, rel=1e-14)


def test_a_product_that_is_there_the_other_way_around_is_used():
    g = sg.Graph()
    x, y = g.input("x"), g.input("y")
    first = y * sg.cos(x)
    slope = sg.grad(y * sg.sin(x) + sg.cos(x) * g.constant(0.0), x)
    assert first in ancestors([sg.grad(sg.sin(x) * y, x)])
    assert sg.function([x, y], slope)(0.7, -1.3) == pytest.approx(-1.3 * np.cos(0.7), rel=1e-14)
    textbook = sg.grad(sg.sin(x) * y, x, stabilize=False)
    assert str(textbook).splitlines()[-1] == "y * cos(x)"


@pytest.mark.parametrize("d", [0, 0.0, np.inf, np.nan])
def test_what_is_divided_by_nothing_stays(d):
    g = sg.Graph()
    x, y = g.input("x"), g.input("y")
    slope = sg.grad(x * y / d, x)
    with np.errstate(all="ignore"):
        found, wanted = sg.function([x, y], slope)(0.7, -1.3), np.float64(-1.3) / d
    assert np.array_equal(found, wanted, equal_nan=True)


def test_nothing_is_left_to_rewrite():
    """No node of the derivative is made anew when it is shortened."""
    g = sg.Graph()
    x = y = g.input("x")
    for _ in range(20):
        y = sg.sin(y) - 0.3 * sg.tanh(y * x) + sg.cos(y) * x
    slope = sg.grad(y, x)
    before = len(g)
    passes.final([passes.stabilize([y])[0], slope])
    assert len(g) == before


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_types_stay(dtype):
    g = sg.Graph()
    k, x = g.input("k", f"{dtype}[n]"), g.input("x", "float32[n]")
    y = (-(k * 2) * x * 0.5 - 3 * x).sum()
    slope = sg.grad(y, x)
    assert slope.dtype == np.float32
    k_value = np.array([1, 2], dtype)
    found = sg.function([k, x], slope)(k_value, np.ones(2, np.float32))
    assert found.dtype == np.float32
    assert np.array_equal(found, [-4, -5])


def test_slopes_are_as_they_were_written_where_nothing_is_stabilized():
    x = sg.Graph().input("x")
    y = sg.tanh(x)
    assert str(sg.grad(y, x, stabilize=False)).splitlines()[-1] == "1 - tanh(x)**2"
    assert str(sg.grad(y, x)).splitlines()[-1] == "sech(x)**2"
    assert str(sg.grad(y, x, stabilize=False)).splitlines()[-1] == "1 - tanh(x)**2"


def test_units_of_layers_keep_their_value():
    g = sg.Graph()
    X, W = g.input("X", "[n, 2]"), g.input("W", "[2, 3]")
    text = str(sg.grad(sg.tanh(X @ W).sum(), W))
    assert "sech" not in text
    assert "**2" in text
