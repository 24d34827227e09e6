"""Powers: bases and exponents of every sign and dtype, their values and derivatives."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest

import symgrad as sg
from tests.oracles import run

BASES = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0])


@pytest.mark.parametrize("p", [0, 1, 2, 3, 4, -1, -2, 0.0, 1.0, 2.0, 3.0, -1.0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_literal_whole_exponents(p, dtype, order):
    """x**p and its derivatives at negative bases and, where they exist, at 0."""
    x = sg.Graph().input("x", "[7]", dtype)
    y = x**p
    for _ in range(order):
        y = sg.grad(y.sum(), x)
    bases = BASES.astype(dtype)
    if p < 0:
        bases = bases[bases != 0].repeat(2)[:7]
    factor = np.prod([float(p - k) for k in range(order)])
    expected = factor * bases.astype(float) ** (p - order) if factor else 0 * bases
    (found,) = run([y], {"x": bases})
    np.testing.assert_allclose(found, expected, rtol={"float64": 1e-14, "float32": 1e-5}[dtype])


@pytest.mark.parametrize("p", [0.5, 1.5, 2.5, -0.5, 1 / 3])
def test_literal_fractional_exponents(p):
    x = sg.Graph().input("x", "[4]")
    y = x**p
    X = np.array([0.25, 1.0, 2.0, 9.0])
    found = run([y, sg.grad(y.sum(), x)], {"x": X})
    np.testing.assert_allclose(found, [X**p, p * X ** (p - 1)], rtol=1e-14)


def test_exponents_that_vary():
    """At x = 0 nothing is nan: 0**0 is 1 and 0**p vanishes faster than log(x) grows."""
    g = sg.Graph()
    x, p = g.input("x", "[6]"), g.input("p", "[6]")
    y = x**p
    X = np.array([0.0, 0.0, 0.0, 2.0, 2.0, 0.5])
    P = np.array([0.0, 1.0, 2.5, 0.0, -1.5, 3.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, dx, dp = run([y, *sg.grad(y.sum(), [x, p])], {"x": X, "p": P})
    np.testing.assert_allclose(value, X**P)
    np.testing.assert_allclose(dx, [0, 1, 0, 0, -1.5 * 2**-2.5, 0.75], rtol=1e-14)
    logs = np.log([1, 1, 1, 2, 2, 0.5])
    np.testing.assert_allclose(dp, X**P * logs, rtol=1e-14)


def test_whole_exponents_that_vary_at_negative_bases():
    g = sg.Graph()
    x, p = g.input("x", "[3]"), g.input("p", "[3]")
    (slope,) = run(
        [sg.grad((x**p).sum(), x)], {"x": np.array([-2.0, -1.0, -3.0]), "p": np.array([3.0, -1, 2])}
    )
    np.testing.assert_allclose(slope, [12, -1, -6])


def test_mixed_second_derivatives_at_zero_are_finite():
    g = sg.Graph()
    x, p = g.input("x"), g.input("p")
    y = x**p
    seconds = [sg.grad(d, [x, p]) for d in sg.grad(y, [x, p])]
    found = run([*seconds[0], *seconds[1]], {"x": np.array(0.0), "p": np.array(3.5)})
    assert np.isfinite(found).all()
    with mpmath.workdps(30):
        exact = mpmath.diff(lambda a, b: a**b, (1.5, 2.5), (1, 1))
    found = run([seconds[0][1], seconds[1][0]], {"x": np.array(1.5), "p": np.array(2.5)})
    np.testing.assert_allclose(found, float(exact), rtol=1e-13)


def test_mixed_second_derivatives_at_the_exponent_zero():
    """Of x**p = 1 + p log(x) + ...: 1/x, in either order."""
    g = sg.Graph()
    x, p = g.input("x"), g.input("p")
    dx, dp = sg.grad(x**p, [x, p])
    found = run([dx, sg.grad(dx, p), sg.grad(dp, x)], {"x": np.array(4.0), "p": np.array(0.0)})
    np.testing.assert_allclose(found, [0, 0.25, 0.25])


@pytest.mark.parametrize("dtype", ["int64", "int32"])
def test_integer_bases(dtype):
    g = sg.Graph()
    k = g.input("k", "[3]", dtype)
    K = np.array([1, -2, 3], dtype)
    square, root, inverse, double = k**2, sg.sqrt(k * k), k**-1, k**-2.0
    assert [y.dtype for y in (square, root, inverse, double)] == [dtype, *["float64"] * 3]
    found = run([square, root, inverse, double], {"k": K})
    for got, expected in zip(found, [K**2, abs(K), 1 / K, K**-2.0], strict=True):
        np.testing.assert_allclose(got, expected)


def test_negative_powers_of_python_integers_are_pythons():
    g = sg.Graph()
    two, minus = g.constant(2), g.constant(-1)
    x = g.input("x", "float32")
    found = run([two**-1, two**minus, two**3, x * two**-1], {"x": np.float32(3)})
    assert [f.item() for f in found] == [0.5, 0.5, 8, 1.5]
    assert [f.dtype.name for f in found] == ["float64", "float64", "int64", "float32"]


@pytest.mark.parametrize(
    "build",
    [
        lambda x: x ** np.array([2, 3]),
        lambda x: x ** np.array([2.0, 3.0], "float32"),
        lambda x: 2.0**x,
        lambda x: 2**x,
        lambda x: x**True,
        lambda x: x ** (x > 0),
        lambda x: (x > 0).astype("int32") ** x,
        lambda x: x ** x.shape[0],
        lambda x: x ** sg.exp(x.graph.constant(0.0)),
    ],
)
def test_float32_powers_stay_float32(build):
    x = sg.Graph().input("x", "float32[2]")
    y = build(x)
    found, slope = run([y, sg.grad(y.sum(), x)], {"x": np.array([1.5, 2.5], "float32")})
    assert found.dtype == slope.dtype == "float32"


def test_a_gradient_of_a_square_takes_one_product():
    x = sg.Graph().input("x", "[n]")
    source = sg.function([x], sg.grad((x**2).sum(), x)).source
    assert "d_x = 2.0 * x" in source
    assert "**" not in source.split("return")[-2]
