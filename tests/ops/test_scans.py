"""Cumulative operations, recurrences and differences: zeros, ties, extremes, small sizes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import symgrad as sg
from tests.ops.strictly import silently
from tests.oracles import check_declared, run

RNG = np.random.default_rng(0)
SCANS = {
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "cummax": lambda x, axis: np.maximum.accumulate(x, axis),
    "cummin": lambda x, axis: np.minimum.accumulate(x, axis),
    "logcumsumexp": lambda x, axis: np.log(np.cumsum(np.exp(x), axis)),
}


def vector(size="n"):
    return sg.Graph().input("x", (size,))


@pytest.mark.parametrize("name", SCANS)
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_every_axis(name, axis):
    x = sg.Graph().input("x", "[2, n, 3]")
    X = RNG.normal(size=(2, 5, 3))
    (found,) = run([getattr(sg, name)(x, axis=axis)], {"x": X})
    np.testing.assert_allclose(found, SCANS[name](X, axis), rtol=1e-13)


@pytest.mark.parametrize("name", SCANS)
def test_without_an_axis_all_elements_are_one_row(name):
    x = sg.Graph().input("x", "[n, 3]")
    X = RNG.normal(size=(5, 3))
    y = getattr(sg, name)(x)
    assert y.shape == ("3*n",)
    np.testing.assert_allclose(run([y], {"x": X})[0], SCANS[name](X.ravel(), 0), rtol=1e-13)
    scalar = getattr(sg, name)(sg.Graph().input("x"))
    assert run([scalar], {"x": np.array(2.0)})[0] == pytest.approx([2.0])


@pytest.mark.parametrize("kind", ["bool", "int32"])
def test_integers_and_bools_are_added_up_in_int64(kind):
    k = sg.Graph().input("k", "[n]", kind)
    K = np.array([1, 1, 0, 1, 1]).astype(kind)
    total, product, top = run([sg.cumsum(k), sg.cumprod(k), sg.cummax(k)], {"k": K})
    assert (total.tolist(), product.tolist()) == ([1, 2, 2, 3, 4], [1, 1, 0, 0, 0])
    assert [total.dtype, product.dtype, top.dtype] == ["int64", "int64", kind]


@pytest.mark.parametrize("name", [*SCANS, "shift", "diff"])
@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_small_sizes_to_the_second_derivative(name, n, dtype):
    x = sg.Graph().input("x", "[n, 3]", dtype)
    y = getattr(sg, name)(x, axis=0)
    slope = sg.grad((y * y).sum(), x)
    outputs = [y, slope, sg.grad((slope * slope).sum(), x)]
    results = silently(outputs, x, RNG.normal(size=(n, 3)).astype(dtype))
    for expr, result in zip(outputs, results, strict=True):
        check_declared(expr, result, {"n": n})
        assert np.isfinite(result).all()


def products(x, but):
    """The products of the first 1, 2, ... elements without some; 0 where these are not reached."""
    kept = np.array([1.0 if i in but else v for i, v in enumerate(x)])
    return [np.prod(kept[: k + 1]) * (k >= max(but)) for k in range(len(x))]


@pytest.mark.parametrize(
    "zeros", [(), (0,), (2,), (4,), (1, 3), (0, 1), (0, 2, 4), tuple(range(5))]
)
def test_derivatives_of_cumulative_products_at_zeros(zeros):
    x = vector(5)
    X = np.array([2.0, -3.0, 0.5, 1.5, -2.5])
    X[list(zeros)] = 0
    w = np.array([1.0, 2.0, -1.0, 0.5, 3.0])
    loss = (sg.cumprod(x) * w).sum()
    slope, curvature = silently([sg.grad(loss, x), sg.hessian(loss, x)], x, X)
    np.testing.assert_allclose(slope, [np.dot(w, products(X, (i,))) for i in range(5)])
    expected = np.zeros((5, 5))
    for i, j in combinations(range(5), 2):
        expected[i, j] = expected[j, i] = np.dot(w, products(X, (i, j)))
    np.testing.assert_allclose(curvature, expected, atol=1e-14)


@pytest.mark.parametrize("name, sign", [("cummax", 1), ("cummin", -1)])
def test_extremes_pass_the_cotangent_to_their_first_place(name, sign):
    x = vector(7)
    X = sign * np.array([1.0, 1.0, 0.0, 3.0, 2.0, 3.0, 4.0])
    w = np.arange(1.0, 8)
    (slope,) = run([sg.grad((getattr(sg, name)(x) * w).sum(), x)], {"x": X})
    expected = np.zeros(7)
    for k in range(7):
        expected[np.argmax(sign * X[: k + 1])] += w[k]
    np.testing.assert_array_equal(slope, expected)


def test_logcumsumexp_far_out():
    x = vector()
    X = np.array([-np.inf, -1000.0, 1000.0, 999.0, -np.inf])
    y = sg.logcumsumexp(x)
    value, slope = silently([y, sg.grad(y[1:].sum(), x)], x, X)
    high = 1000 + np.log1p(np.exp(-1))
    np.testing.assert_allclose(value, [-np.inf, -1000, 1000, high, high], rtol=1e-15)
    share = 1 / (1 + np.exp(1))
    np.testing.assert_allclose(slope, [0, 1, 1 + 2 * (1 - share), 2 * share, 0], rtol=1e-13)


def test_linear_recurrence_is_the_filter_of_signal_processing():
    signal = pytest.importorskip("scipy.signal")
    x = vector()
    X = RNG.normal(size=20)
    forth, back = run(
        [sg.linear_recurrence(0.9, x), sg.linear_recurrence(0.9, x, reverse=True)],
        {"x": X},
        {"n": 20},
    )
    np.testing.assert_allclose(forth, signal.lfilter([1], [1, -0.9], X))
    np.testing.assert_allclose(back, signal.lfilter([1], [1, -0.9], X[::-1])[::-1])


def test_linear_recurrence_of_sums_beyond_the_range_that_are_no_results():
    """Pairs of rows are added first: 1e308 + 1e308 overflows, but not after -1.6e308."""
    b, B = vector(), np.zeros(1200)
    B[[0, 2, 3]] = -1.6e308, 1e308, 1e308
    y = silently(sg.linear_recurrence(1.0, b), b, B)
    np.testing.assert_allclose(y, [-1.6e308] * 2 + [-0.6e308] + [0.4e308] * 1197, rtol=1e-15)


def test_linear_recurrence_keeps_float32_and_broadcasts():
    g = sg.Graph()
    a, b = g.input("a", "float32[3, 1]"), g.input("b", "float32[n]")
    y = sg.linear_recurrence(a, b, axis=1)
    A, B = np.float32([[0.5], [-1], [0]]), RNG.normal(size=5).astype("float32")
    found, *slopes = run([y, *sg.grad((y * y).sum(), [a, b])], {"a": A, "b": B})
    expected = np.array(
        [[sum(B[: k + 1] * r ** np.arange(k, -1.0, -1)) for k in range(5)] for r in A[:, 0]]
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert [s.shape for s in slopes] == [(3, 1), (5,)]


def test_gradients_are_those_of_autograd():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    x = sg.Graph().input("x", "[n, 3]")
    X = RNG.normal(size=(5, 3))
    (slope,) = run([sg.grad((sg.cumsum(x, axis=0) ** 3).sum(), x)], {"x": X})
    mirror = autograd.grad(lambda x: anp.sum(anp.cumsum(x, axis=0) ** 3))
    np.testing.assert_allclose(slope, mirror(X), rtol=1e-13)


@pytest.mark.parametrize("params", [{}, {"n": 2}, {"n": 0}, {"axis": 0}, {"n": 3, "axis": 0}])
@pytest.mark.parametrize("kind", ["float64", "int32", "bool"])
def test_differences(params, kind):
    x = sg.Graph().input("x", "[n, 3]", kind)
    X = RNG.integers(0, 2, (5, 3)).astype(kind)
    np.testing.assert_array_equal(run([sg.diff(x, **params)], {"x": X})[0], np.diff(X, **params))


def test_area_of_a_function_of_two_arguments():
    g = sg.Graph()
    y, x = g.input("y", "[n, 3]"), g.input("x", "[n]")
    Y, X = RNG.normal(size=(5, 3)), np.sort(RNG.normal(size=5))
    area = sg.trapezoid(y, x, axis=0)
    value, slope = run([area, sg.grad(area[0], x)], {"y": Y, "x": X})
    np.testing.assert_allclose(value, np.trapezoid(Y, X, axis=0))
    means = (Y[1:, 0] + Y[:-1, 0]) / 2
    np.testing.assert_allclose(slope, np.append(0, means) - np.append(means, 0))


def test_emitted_code_is_numpy_s():
    x = sg.Graph().input("x", "[n, 3]")
    for y, text in [
        (sg.cumsum(x, axis=1), "np.cumsum(x, axis=1)"),
        (sg.cumprod(x[0]), "np.cumprod(x[0])"),
        (sg.cummax(x, axis=0), "np.maximum.accumulate(x, axis=0)"),
        (sg.diff(x, axis=0), "x[1:] - x[:-1]"),
        (sg.grad((sg.cumsum(x, 0) * x).sum(), x), "np.cumsum(x[::-1], axis=0)[::-1]"),
    ]:
        assert text in sg.function([x], y, style="readable").source


def test_in_the_text_language():
    for text in ("cumsum(x, axis=1)", "shift(x, axis=0, fill=1.0)", "cumprod(x, axis=0)[1:]"):
        y = sg.parse(text, x="[n, 3]")
        assert sg.parse(str(y), graph=y.graph) is y
        assert sg.to_latex(y)


def test_numpy_s_ufuncs_accumulate():
    def program(x):
        return np.add.accumulate(x) + np.multiply.accumulate(x, axis=1) + np.maximum.accumulate(x)

    y = sg.trace(program, "[n, 3]")
    X = RNG.normal(size=(5, 3))
    np.testing.assert_allclose(sg.function(None, y)(X), program(X))


def test_mistakes_are_named():
    x = sg.Graph().input("x", "[n, 3]")
    for call, kind, what in [
        (lambda: sg.cumsum(x, axis=2), sg.ShapeError, "axis 2 is out of range"),
        (lambda: sg.cumsum(x, axis=(0, 1)), sg.ShapeError, "axis is an integer"),
        (lambda: sg.cumsum(x, include_initial=True), sg.GraphError, "unknown argument"),
        (lambda: sg.cumprod(np.ones(3)), sg.GraphError, "needs an expression"),
        (lambda: sg.diff(x, n=-1), sg.GraphError, "n is how many times"),
        (lambda: sg.diff(x[0, 0]), sg.ShapeError, "it is a scalar"),
        (lambda: sg.shift(x, fill="0"), sg.DTypeError, "fill is a number"),
        (lambda: sg.linear_recurrence(x, x, reverse="no"), sg.DTypeError, "reverse is True or"),
        (lambda: sg.linear_recurrence(x.T, x), sg.ShapeError, "sizes 3 and n"),
    ]:
        with pytest.raises(kind, match=what):
            call()
