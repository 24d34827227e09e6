"""Products, moments, truths, and reductions without nan: zeros, equal elements, small sizes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import symgrad as sg
from tests.ops.strictly import silently
from tests.oracles import check_declared, run

RNG = np.random.default_rng(0)
AXES = [None, 0, 1, 2, -1, (0, 1), (1, -1), (2, 0), (0, 1, 2), ()]
REDUCTIONS = {
    "prod": np.prod,
    "var": np.var,
    "std": np.std,
    "ptp": np.ptp,
    "any": np.any,
    "all": np.all,
    "count_nonzero": np.count_nonzero,
    "nansum": np.nansum,
    "nanmean": np.nanmean,
    "nanmax": np.nanmax,
    "nanmin": np.nanmin,
}


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("keepdims", [True, False])
def test_every_axis(name, keepdims):
    x = sg.Graph().input("x", "[2, n, 3]")
    X = RNG.integers(-2, 3, size=(2, 5, 3)).astype(float)
    X[0, 0, 0] = np.nan if name.startswith("nan") else 0
    axes = [a for a in AXES if a != () or not name.startswith("nan")]  # slices of nan alone
    outputs = [getattr(sg, name)(x, axis=axis, keepdims=keepdims) for axis in axes]
    for found, axis in zip(run(outputs, {"x": X}), axes, strict=True):
        expected = REDUCTIONS[name](X, axis=axis, keepdims=keepdims)
        np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("name", ["var", "std"])
@pytest.mark.parametrize("params", [{"ddof": 1}, {"correction": 2}, {"ddof": 0.5}, {"ddof": -1}])
def test_degrees_of_freedom(name, params):
    x = sg.Graph().input("x", "[n, 3]")
    X = RNG.normal(size=(5, 3))
    y = getattr(sg, name)(x, axis=0, **params)
    value, slope = run([y, sg.grad(y.sum(), x)], {"x": X})
    np.testing.assert_allclose(value, getattr(np, name)(X, axis=0, **params), rtol=1e-14)
    d, degrees = X - X.mean(axis=0), 5 - next(iter(params.values()))
    expected = 2 * d / degrees if name == "var" else d / degrees / value
    np.testing.assert_allclose(slope, expected, rtol=1e-13)


def test_integers_and_bools():
    k = sg.Graph().input("k", "int32[n]")
    K = np.array([2, 0, 3, 3, 1], "int32")
    found = run(
        [sg.prod(k), sg.var(k), sg.std(k), sg.nanmean(k), sg.nanmax(k), sg.any(k)], {"k": K}
    )
    assert [r.dtype.name for r in found] == ["int64", *["float64"] * 3, "int32", "bool"]
    np.testing.assert_allclose([*found], [0, np.var(K), np.std(K), 1.8, 3, True])
    b = sg.Graph().input("b", "bool[n]")
    B = K > 1
    assert run([sg.prod(b), sg.count_nonzero(b), sg.all(b)], {"b": B}) == [0, 3, False]


@pytest.mark.parametrize("zeros", [(), (0,), (3,), (1, 2), (0, 3), (0, 1, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("shape, axis", [((4,), None), ((4,), 0), ((2, 2), None), ((4, 1), (0, 1))])
def test_derivatives_of_products_at_zeros(zeros, shape, axis):
    x = sg.Graph().input("x", shape)
    X = np.array([2.0, -3.0, 0.5, 1.5])
    X[list(zeros)] = 0
    y = sg.prod(x, axis=axis)
    outputs = [sg.grad(y, x), sg.hessian(y, x), sg.hvp(sg.grad(y, x).sum(), x, X.reshape(shape))]
    slope, curvature, third = silently(outputs, x, X.reshape(shape))
    np.testing.assert_allclose(slope.ravel(), [np.prod(np.delete(X, i)) for i in range(4)])
    expected = np.zeros((4, 4))
    for i, j in combinations(range(4), 2):
        expected[i, j] = expected[j, i] = np.prod(np.delete(X, [i, j]))
    np.testing.assert_allclose(curvature.reshape(4, 4), expected)
    assert np.isfinite(third).all()


def test_products_and_moments_against_autograd():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    x = sg.Graph().input("x", "[n, 3]")
    X = RNG.normal(size=(5, 3))
    for name in ("prod", "var", "std"):
        y = getattr(sg, name)(x, axis=0)
        (slope,) = run([sg.grad((y**3).sum(), x)], {"x": X})
        mirror = autograd.grad(lambda x, name=name: anp.sum(getattr(anp, name)(x, axis=0) ** 3))
        np.testing.assert_allclose(slope, mirror(X), rtol=1e-11)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_deviation_of_equal_elements_has_slope_0(n, dtype):
    """Also where the mean of equal numbers is not quite that number: 0.1, 0.1, 0.1."""
    x = sg.Graph().input("x", "[n, 2]", dtype)
    y = sg.std(x, axis=0)
    X = np.full((n, 2), [0.1, 0.7], dtype)
    slope, curvature = silently(
        [sg.grad(y.sum(), x), sg.grad((sg.grad(y.sum(), x) ** 2).sum(), x)], x, X
    )
    np.testing.assert_allclose(slope, 0, atol=1e-7 if dtype == "float32" else 1e-15)
    assert np.isfinite(curvature).all()


def test_the_variance_of_large_numbers_does_not_cancel():
    x = sg.Graph().input("x", "[n]")
    X = 1e9 + np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    value, slope = silently([sg.var(x), sg.grad(sg.var(x), x)], x, X)
    assert value == 2
    np.testing.assert_array_equal(slope, 2 / 5 * np.arange(-2, 3))


@pytest.mark.parametrize("name", ["prod", "any", "all", "nansum", "count_nonzero"])
def test_of_nothing(name):
    x = sg.Graph().input("x", "[n, 3]")
    y = getattr(sg, name)(x, axis=0)
    outputs = [y, sg.grad((y * x).sum(), x)]
    value, slope = silently(outputs, x, np.zeros((0, 3)))
    np.testing.assert_array_equal(value, REDUCTIONS[name](np.zeros((0, 3)), axis=0))
    check_declared(y, value, {"n": 0})
    assert slope.shape == (0, 3)


def test_nan_is_left_out_of_values_and_slopes():
    x = sg.Graph().input("x", "[2, 3]")
    X = np.array([[1.0, np.nan, 4.0], [np.nan, 2.0, 2.0]])
    for name, slopes in {
        "nansum": [[1, 0, 1], [0, 1, 1]],
        "nanmean": [[0.5, 0, 0.5], [0, 0.5, 0.5]],
        "nanmax": [[0, 0, 1], [0, 0.5, 0.5]],
        "nanmin": [[1, 0, 0], [0, 0.5, 0.5]],
    }.items():
        y = getattr(sg, name)(x, axis=1)
        value, slope = silently([y, sg.grad(y.sum(), x)], x, X)
        np.testing.assert_array_equal(value, getattr(np, name)(X, axis=1))
        np.testing.assert_array_equal(slope, slopes)
    nothing = np.full((2, 3), np.nan)
    found = silently([sg.nansum(x), sg.nanmax(x), sg.grad(sg.nanmax(x), x)], x, nothing)
    np.testing.assert_array_equal(found[0], 0)
    assert np.isnan(found[1]) and not found[2].any()


@pytest.mark.parametrize(
    "axis, weights",
    [
        (0, "[n]"),
        (1, "[3]"),
        ((0, 1), "[n, 3]"),
        ((1, 0), "[3, n]"),
        (None, "[n, 3]"),
        (0, "[n, 3]"),
    ],
)
@pytest.mark.parametrize("keepdims", [True, False])
def test_weighted_averages(axis, weights, keepdims):
    g = sg.Graph()
    x, w = g.input("x", "[n, 3]"), g.input("w", weights)
    X = RNG.normal(size=(5, 3))
    W = RNG.uniform(0.1, 1, size=[5 if d == "n" else 3 for d in w.shape])
    y = sg.average(x, axis, w, keepdims)
    value, slope = run([y, sg.grad(y.sum(), w)], {"x": X, "w": W})
    np.testing.assert_allclose(value, np.average(X, axis, W, keepdims=keepdims), rtol=1e-14)
    h = 1e-6 * RNG.normal(size=W.shape)
    ends = [np.average(X, axis, W + s * h).sum() for s in (1, -1)]
    assert (slope * h).sum() == pytest.approx((ends[0] - ends[1]) / 2, rel=1e-6)


@pytest.mark.parametrize("rowvar", [True, False])
def test_covariances_and_correlations(rowvar):
    g = sg.Graph()
    x, y = g.input("x", "[n, 4]"), g.input("y", "[2, 4]" if rowvar else "[n, 2]")
    X, Y = RNG.normal(size=(5, 4)), RNG.normal(size=(2, 4) if rowvar else (5, 2))
    found = run(
        [
            sg.cov(x, y, rowvar=rowvar),
            sg.cov(x, rowvar=rowvar, bias=True),
            sg.corrcoef(x, y, rowvar),
        ],
        {"x": X, "y": Y},
    )
    np.testing.assert_allclose(found[0], np.cov(X, Y, rowvar=rowvar))
    np.testing.assert_allclose(found[1], np.cov(X, rowvar=rowvar, bias=True))
    np.testing.assert_allclose(found[2], np.corrcoef(X, Y, rowvar=rowvar))


def test_emitted_code_is_numpy_s():
    x = sg.Graph().input("x", "[n, 3]")
    for y, text in [
        (sg.prod(x, axis=0), "np.prod(x, axis=0)"),
        (sg.var(x, axis=0, ddof=1), "np.var(x, axis=0, ddof=1)"),
        (sg.std(x, correction=1), "result = std(x, ddof=1)"),
        (sg.all(x > 0, axis=1), "np.all(x > 0, axis=1)"),
        (sg.count_nonzero(x), "np.sum(x != 0)"),
        (sg.ptp(x, axis=0), "np.max(x, axis=0) - np.min(x, axis=0)"),
        (sg.grad(sg.var(x), x), "x - np.mean(x, keepdims=True)"),
    ]:
        assert text in sg.function([x], y, style="readable").source


def test_in_the_text_language_and_in_numpy_code():
    for text in (
        "prod(x, axis=1)",
        "std(x, ddof=1)",
        "var(x, axis=0, keepdims=True)",
        "any(x > 0)",
    ):
        y = sg.parse(text, x="[n, 3]")
        assert sg.parse(str(y), graph=y.graph) is y
        assert sg.to_latex(y)

    def program(x):
        moments = np.std(x, axis=0, ddof=1) + np.var(x, axis=0) + np.ptp(x, 0) + np.prod(x, axis=0)
        return moments + np.average(x, axis=0, weights=np.arange(1, 6)) + np.cov(x, rowvar=False)[0]

    X = RNG.normal(size=(5, 3))
    y = sg.trace(program, "[5, 3]")
    np.testing.assert_allclose(sg.function(None, y)(X), program(X))


def test_mistakes_are_named():
    x = sg.Graph().input("x", "[2, n]")
    for call, kind, what in [
        (lambda: sg.prod(x, axis=2), sg.ShapeError, "cannot apply prod to x .* axis 2 is out of"),
        (lambda: sg.var(x, ddof="1"), sg.DTypeError, "ddof is a number"),
        (lambda: sg.std(x, ddof=1, correction=1), sg.GraphError, "two names of one number"),
        (lambda: sg.average(x, weights=np.ones(2)), sg.ShapeError, "the weights of x"),
        (lambda: sg.average(x, 1, np.ones(2)), sg.ShapeError, "the weights of x"),
        (lambda: sg.average(np.ones(2)), sg.GraphError, "needs an expression"),
        (lambda: sg.cov(x[None]), sg.ShapeError, "cov: .* is no table of observations"),
        (lambda: sg.ptp(x[:0]), sg.ShapeError, "is empty"),
    ]:
        with pytest.raises(kind, match=what):
            call()
