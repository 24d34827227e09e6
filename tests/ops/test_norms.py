"""Norms of vectors and matrices: every order, the origin, numbers whose squares overflow."""

from __future__ import annotations

import warnings
from math import hypot, inf

import numpy as np
import pytest

import symgrad as sg
from tests.ops.strictly import silently
from tests.oracles import run

RNG = np.random.default_rng(0)
ORDERS = [None, 1, 2, 3, 2.5, 0.5, 0, -1, -2.0, inf, -inf]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("keepdims", [True, False])
def test_vectors(order, axis, keepdims):
    x = sg.Graph().input("x", "[n, 3]")
    X = RNG.normal(size=(5, 3))
    expected = np.linalg.norm(X, order, axis, keepdims)
    found = run([sg.norm(x, order, axis, keepdims)], {"x": X})[0]
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    if order is not None:
        y = sg.vector_norm(x, ord=order, keepdims=keepdims)
        expected = np.linalg.vector_norm(X, ord=order, keepdims=keepdims)
        np.testing.assert_allclose(run([y], {"x": X})[0], expected, rtol=1e-13)


@pytest.mark.parametrize("order", [None, "fro", 1, -1, inf, -inf])
@pytest.mark.parametrize("axis", [(0, 1), (1, 0), (-1, 0), (1, 2)])
@pytest.mark.parametrize("keepdims", [True, False])
def test_matrices(order, axis, keepdims):
    x = sg.Graph().input("x", "[2, n, 3]")
    X = RNG.normal(size=(2, 5, 3))
    (found,) = run([sg.norm(x, order, axis, keepdims)], {"x": X})
    np.testing.assert_allclose(found, np.linalg.norm(X, order, axis, keepdims), rtol=1e-14)
    if axis == (1, 2) and order is not None:
        assert sg.matrix_norm(x, keepdims, order) is sg.norm(x, order, axis, keepdims)


def test_of_all_elements_by_default():
    x = sg.Graph().input("x", "[2, n, 3]")
    X = RNG.normal(size=(2, 5, 3))
    np.testing.assert_allclose(run([sg.norm(x)], {"x": X})[0], np.linalg.norm(X), rtol=1e-14)
    k = sg.Graph().input("k", "int32[n]")
    assert run([sg.norm(k), sg.norm(k, 1)], {"k": np.array([1, -1, 1, -1, 0], "int32")}) == [
        2.0,
        4.0,
    ]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_slope_at_the_origin_is_0(order, dtype):
    x = sg.Graph().input("x", "[2, 3]", dtype)
    y = sg.norm(x, order, axis=1)
    X = np.array([[0.0, 0.0, 0.0], [0.0, 3.0, -4.0]], dtype)
    value, slope = silently([y, sg.grad(y.sum(), x)], x, X)
    with np.errstate(divide="ignore"):
        expected = np.linalg.norm(X, order, axis=1)
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    assert not slope[0].any() and np.isfinite(slope).all() and slope[1, 0] == 0
    if order in (None, 2):
        curvature = silently(sg.grad((sg.grad(y.sum(), x) ** 2).sum(), x), x, X)
        np.testing.assert_allclose(slope[1], [0, 0.6, -0.8], rtol=1e-6)
        assert np.isfinite(curvature).all()


@pytest.mark.parametrize("order", [1, inf, "fro"])
def test_the_slope_of_a_zero_matrix_is_0(order):
    x = sg.Graph().input("x", "[n, 3]")
    assert not silently(sg.grad(sg.matrix_norm(x, ord=order), x), x, np.zeros((5, 3))).any()


@pytest.mark.parametrize("scale", [1e200, 1e-200, 1.0, 5e-324])
@pytest.mark.parametrize("order", [2, 3, 1.5])
def test_no_power_overflows_or_vanishes(scale, order):
    x = sg.Graph().input("x", "[n, 2]")
    y = sg.norm(x, order, axis=0)
    X = scale * np.array([[1.0, 3.0], [2.0, 4.0]])
    value, slope = silently([y, sg.grad(y.sum(), x)], x, X)
    small = X / scale
    expected = np.sum(small**order, axis=0) ** (1 / order)
    np.testing.assert_allclose(value / scale, expected, rtol=1e-14 if scale > 1e-300 else 0.2)
    if scale > 1e-300:
        np.testing.assert_allclose(slope, (small / expected) ** (order - 1), rtol=1e-14)


def test_float32_stays_and_scales():
    x = sg.Graph().input("x", "float32[n]")
    value, slope = silently([sg.norm(x), sg.grad(sg.norm(x), x)], x, np.float32([3e30, 4e30]))
    assert value.dtype == slope.dtype == "float32"
    np.testing.assert_allclose(value, 5e30, rtol=1e-6)
    np.testing.assert_allclose(slope, [0.6, 0.8], rtol=1e-6)


def test_extremes_and_nothing():
    x = sg.Graph().input("x", "[n]")
    f = sg.function([x], sg.norm(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f(np.zeros(0)) == 0 and f(np.array([1.0, -np.inf])) == np.inf
        assert f(np.array([1.7e308])) == 1.7e308 and np.isnan(f(np.array([1.0, np.nan])))


def test_gradients_are_those_of_autograd():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    x = sg.Graph().input("x", "[n, 3]")
    X = RNG.normal(size=(5, 3))
    for order, axis in [(None, None), (2, 0), (3, 1), ("fro", None)]:
        y = sg.norm(x, order, axis)
        (slope,) = run([sg.grad((y**3).sum(), x)], {"x": X})
        norm = lambda x, p=order, a=axis: anp.sum(anp.linalg.norm(x, p, a) ** 3)
        np.testing.assert_allclose(slope, autograd.grad(norm)(X), rtol=1e-12)


def test_hessian_of_the_length():
    x = sg.Graph().input("x", "[3]")
    X = np.array([1.0, -2.0, 0.5])
    r = np.linalg.norm(X)
    found = sg.function([x], sg.hessian(sg.norm(x), x))(X)
    np.testing.assert_allclose(found, np.eye(3) / r - np.outer(X, X) / r**3, atol=1e-15)


def test_in_the_text_language_and_in_numpy_code():
    for text in ("vector_norm(x, axis=1)", "vector_norm(x, ord=3)", "norm(x, 1, 0)"):
        y = sg.parse(text, x="[n, 3]")
        assert sg.parse(str(y), graph=y.graph) is y
        assert sg.to_latex(y)

    def program(x):
        return np.linalg.norm(x, axis=1) + np.linalg.norm(x, 1) + np.linalg.vector_norm(x, ord=3)

    X = RNG.normal(size=(5, 3))
    np.testing.assert_allclose(sg.function(None, sg.trace(program, "[n, 3]"))(X), program(X))


def test_mistakes_are_named():
    x = sg.Graph().input("x", "[2, n, 3]")
    for call, kind, what in [
        (lambda: sg.norm(x, 1), sg.ShapeError, "of one or two axes, not of 3"),
        (lambda: sg.norm(x[0], "nuc"), sg.GraphError, "singular values"),
        (lambda: sg.matrix_norm(x, ord=2), sg.GraphError, "singular values"),
        (lambda: sg.matrix_norm(x, ord=3), sg.GraphError, "no norm of ord 3"),
        (lambda: sg.matrix_norm(x, ord="max"), sg.GraphError, "no norm of ord 'max'"),
        (lambda: sg.matrix_norm(x[0, 0]), sg.ShapeError, "is no matrix"),
        (lambda: sg.norm(x[0, 0], "fro"), sg.DTypeError, "ord is a number"),
        (lambda: sg.vector_norm(x, axis=3), sg.ShapeError, "axis 3 is out of range"),
        (lambda: sg.norm(x, axis=(0, 0)), sg.ShapeError, "twice"),
    ]:
        with pytest.raises(kind, match=what):
            call()


def test_rows_in_an_untaken_branch_have_a_gradient_of_zero():
    """where(c, |log x|, 0): the logarithm of 0 is not wanted, and its slope is not either."""
    g = sg.Graph()
    x, c = g.input("x", "[n, 3]"), g.input("c", "bool[n]")
    y = sg.where(c, sg.vector_norm(sg.log(x), axis=1), 0.0).sum()
    X = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    with np.errstate(divide="ignore"):
        value, slope = sg.function([x, c], [y, sg.grad(y, x)])(X, np.array([True, False]))
    length = np.linalg.norm(np.log(X[0]))
    np.testing.assert_allclose(value, length)
    np.testing.assert_allclose(slope, [np.log(X[0]) / X[0] / length, [0.0, 0.0, 0.0]])


@pytest.mark.parametrize(("dtype", "most"), [("float64", 300), ("float32", 36)])
def test_lengths_of_any_size_have_all_digits(dtype, most):
    """Rows whose squares are numbers, and rows whose squares are not, alone and side by side."""
    scales = 10.0 ** np.arange(-most, most + 1)
    rows = (scales[:, None] * np.array([3.0, 4.0, -12.0])).astype(dtype)
    x = sg.Graph().input("x", f"{dtype}[n, 3]")
    f = sg.function([x], sg.vector_norm(x, axis=1))
    with np.errstate(all="raise", under="ignore"):
        together, alone = f(rows), np.concatenate([f(row[None]) for row in rows])
    expected = [hypot(*map(float, row)) for row in rows]
    assert together.dtype == dtype
    for found in (together, alone):
        np.testing.assert_allclose(found, expected, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("tiny", [0.0, 1e-170, 1e-200, 5e-324])
def test_zeros_are_told_from_squares_that_underflow(tiny, style):
    rows = [[3.0, -4.0], [0.0, 0.0], [tiny, 0.0], [tiny, -tiny], [1.0, tiny]]
    x = sg.Graph().input("x", "[n, 2]")
    f = sg.function([x], sg.vector_norm(x, axis=1), style=style)
    np.testing.assert_allclose(f(np.array(rows)), [hypot(*row) for row in rows], rtol=1e-15)
    np.testing.assert_allclose(f(np.array(rows[:2])), [5.0, 0.0], rtol=1e-15)
