"""Sums, means and extremes: axes, empty axes, ties, integers and bools."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest

import symgrad as sg
from tests.oracles import check_declared, run

AXES = [None, 0, 1, 2, -1, -3, (0, 1), (1, -1), (2, 0), (0, 1, 2), ()]
PLAIN = {
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "logsumexp": lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims)),
}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("keepdims", [True, False])
def test_every_axis(name, keepdims):
    x = sg.Graph().input("x", "[2, n, 3]")
    X = np.random.default_rng(0).normal(size=(2, 5, 3))
    outputs = [getattr(sg, name)(x, axis=axis, keepdims=keepdims) for axis in AXES]
    for found, axis in zip(run(outputs, {"x": X}), AXES, strict=True):
        np.testing.assert_allclose(found, PLAIN[name](X, axis=axis, keepdims=keepdims), rtol=1e-14)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("axis", AXES)
def test_cotangents_reach_every_element(name, axis):
    g = sg.Graph()
    x = g.input("x", "[2, n, 3]")
    X = np.random.default_rng(0).normal(size=(2, 5, 3))
    y = getattr(sg, name)(x, axis=axis)
    w = np.arange(1.0, 1 + PLAIN[name](X, axis=axis, keepdims=False).size)
    weights = g.input("w", y.shape)
    W = w.reshape(PLAIN[name](X, axis=axis, keepdims=False).shape)
    (slope,) = run([sg.grad((y * weights).sum(), x)], {"x": X, "w": W})
    h = 1e-6
    for place in np.ndindex(X.shape):
        ends = []
        for step in (h, -h):
            moved = X.copy()
            moved[place] += step
            ends.append((PLAIN[name](moved, axis=axis, keepdims=False) * W).sum())
        assert slope[place] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("kind", ["bool", "int32", "int64"])
def test_integers_and_bools_are_counted_in_int64_and_averaged_in_float64(kind):
    k = sg.Graph().input("k", "[n]", kind)
    K = np.array([1, 0, 1, 1, 0]).astype(kind)
    total, average, top, low = run([k.sum(), k.mean(), k.max(), k.min()], {"k": K})
    assert (total, average, top, low) == (3, 0.6, 1, 0)
    assert [r.dtype.name for r in (total, average, top)] == ["int64", "float64", kind]


def test_large_counts_do_not_overflow_int32():
    k = sg.Graph().input("k", "int32[n]")
    (total,) = run([k.sum()], {"k": np.full(5, 2**30, "int32")})
    assert total == 5 * 2**30


@pytest.mark.parametrize(
    "spec, shape", [("[0, 3]", (0, 3)), ("[n, 3]", (0, 3)), ("[3, 0]", (3, 0))]
)
def test_empty_axes(spec, shape):
    """Sums are 0 and means nan, as NumPy has it; their gradients are empty, and never fail."""
    x = sg.Graph().input("x", spec)
    X = np.zeros(shape)
    outputs = [
        x.sum(),
        x.sum(axis=0),
        sg.logsumexp(x, axis=0),
        sg.softmax(x, axis=0),
        sg.log_softmax(x, axis=1),
        sg.grad((x * x).sum(), x),
        sg.grad(x.mean() + (x**2).mean(axis=1).sum(), x),
    ]
    f = sg.function([x], outputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = f(X)
        assert np.isnan(sg.function([x], x.mean())(X))
    for expr, result in zip(outputs, results, strict=True):
        check_declared(expr, result, {"n": 0})
    assert results[0] == 0 and (results[1] == 0).all() and np.isneginf(results[2]).all()


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_numbers_are_normalized_to_one(style):
    """Over no axes: NumPy makes numbers of arrays without any, and these take no results."""
    s = sg.Graph().input("s", "[]")
    outputs = [sg.exp(s) / sg.sum(sg.exp(s)), sg.softmax(s, axis=()), sg.log_softmax(s, axis=())]
    f = sg.function([s], [*outputs, *(sg.grad(y, s) for y in outputs)], style=style)
    assert [*map(float, f(3.0))] == [1, 1, 0, 0, 0, 0]


def test_an_empty_batch_gives_finite_parameter_gradients():
    """The mean over no examples is nan, but its gradient to shared parameters is 0."""
    g = sg.Graph()
    X, w = g.input("X", "[n, 2]"), g.input("w", "[2]")
    f = sg.function([X, w], sg.grad(((X @ w) ** 2).mean(), w))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(f(np.zeros((0, 2)), np.ones(2)), [0, 0])


def test_extremes_of_empty_axes_are_refused():
    x = sg.Graph().input("x", "[0, 3]")
    assert x.max(axis=1).shape == (0,)
    for y in (lambda: x.max(), lambda: x.min(axis=0)):
        with pytest.raises(sg.ShapeError, match="axis 0 is empty, and has no largest or smallest"):
            y()


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_ties_share_equally(name, axis):
    x = sg.Graph().input("x", "[2, 3]")
    X = np.array([[5.0, 5.0, 1.0], [5.0, 1.0, 1.0]])
    y = getattr(sg, name)(x, axis=axis)
    (slope,) = run([sg.grad(y.sum(), x)], {"x": X})
    best = X == getattr(np, name)(X, axis=axis, keepdims=True)
    np.testing.assert_allclose(slope, best / best.sum(axis=axis, keepdims=True))
    np.testing.assert_allclose(slope.sum(), np.size(getattr(np, name)(X, axis=axis)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_extremes_of_infinities(dtype):
    x = sg.Graph().input("x", "[3]", dtype)
    X = np.array([-np.inf, 0.0, -np.inf], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run([sg.logsumexp(x), sg.softmax(x), x.max(), sg.grad(x.max(), x)], {"x": X})
    assert found[0] == 0 and found[2] == 0
    np.testing.assert_array_equal(found[1], [0, 1, 0])
    np.testing.assert_array_equal(found[3], [0, 1, 0])


@pytest.mark.parametrize("far", [1e4, -1e4, 1e300])
def test_probabilities_far_out(far):
    x = sg.Graph().input("x", "[2, 3]")
    X = np.array([[far, 0.0, 0.0], [far, far, far]])
    outputs = [sg.softmax(x), sg.log_softmax(x), sg.logsumexp(x, axis=1)]
    outputs += [sg.grad((y * y).sum() if i else y[0, 0], x) for i, y in enumerate(outputs[:2])]
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        if abs(far) < 1e100:
            assert all(np.isfinite(r).all() for r in run(outputs, {"x": X}))
        (p,) = run([sg.softmax(x)], {"x": X})
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(p[1], 1 / 3)


def test_max_of_two_values_is_maximum():
    g = sg.Graph()
    x, y = g.input("x", "[3]"), g.input("y", "[3]")
    assert sg.max(x, y) is sg.maximum(x, y)
    assert sg.min(2.0, y) is sg.minimum(2.0, y)
    assert sg.max(x, 0) is x.max(axis=0) is x.max()


@pytest.mark.parametrize("outer, inner", [*product(["sum", "mean"], repeat=2)])
def test_nested_reductions_with_named_dims(outer, inner):
    x = sg.Graph().input("x", "[n, m, 3]")
    y = getattr(getattr(x * x, inner)(axis=(0, 2)), outer)()
    X = np.random.default_rng(0).normal(size=(5, 2, 3))
    (slope,) = run([sg.grad(y, x)], {"x": X})
    scale = (1 / 15 if inner == "mean" else 1) * (1 / 2 if outer == "mean" else 1)
    np.testing.assert_allclose(slope, 2 * X * scale, rtol=1e-13)
