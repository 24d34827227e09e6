"""Infinite numbers that a comparison throws away: neither slopes nor warnings show them."""

from __future__ import annotations

import itertools
import warnings

import mpmath
import numpy as np
import pytest
from mpmath import mp

import symgrad as sg

A = 0.75
POINTS = {"float64": [-1e5, -800.0, -2.5, -0.3, 0.3, 0.7, 2.6, 800.0, 1e5]}
POINTS["float32"] = [-1e4, -100.0, -2.5, -0.3, 0.3, 0.7, 2.6, 100.0, 1e4]
SELECTORS = {  # the text, the truth
    "minimum({}, 3.1)": lambda f, x, a: f(x, a) if f(x, a) < 3.1 else mp.mpf("3.1"),
    "minimum(0.1, {})": lambda f, x, a: f(x, a) if f(x, a) < 0.1 else mp.mpf("0.1"),
    "clip({}, -1, 1.5)": lambda f, x, a: min(max(f(x, a), -mp.one), mp.mpf("1.5")),
    "where(abs(x) < 3, {}, 0)": lambda f, x, a: f(x, a) if abs(x) < 3 else mp.zero,
    "relu(2 - ({}))": lambda f, x, a: max(2 - f(x, a), mp.zero),
    "minimum(a*x, {})": lambda f, x, a: min(f(x, a), a * x),
}
FUNCTIONS = {
    "exp(x)": lambda x, a: mp.exp(x),
    "a*(exp(x/a) - 1)": lambda x, a: a * mp.expm1(x / a),
    "exp(x)*x": lambda x, a: x * mp.exp(x),
    "a*x*exp(x)": lambda x, a: a * x * mp.exp(x),
    "sinh(a*x)*x": lambda x, a: x * mp.sinh(a * x),
    "cosh(x) - 1": lambda x, a: mp.cosh(x) - 1,
    "a**x": lambda x, a: a**x,
    "2**x": lambda x, a: mp.mpf(2) ** x,
    "sqrt(1 + exp(x))*a": lambda x, a: a * mp.sqrt(1 + mp.exp(x)),
    "exp(a*x) - x": lambda x, a: mp.exp(a * x) - x,
}
CASES = list(itertools.product(SELECTORS, FUNCTIONS))


def true_slopes(f, points):
    """Value, slope and second slopes by differences of many digits: toward x, x and a, added."""
    found = []
    with mpmath.workdps(100):
        h = mp.mpf(10) ** -25
        a = mp.mpf(A)
        for x in map(mp.mpf, points):
            x_slope, a_slope = (
                lambda s, t, x=x: (f(x + s + h, a + t) - f(x + s - h, a + t)) / (2 * h),
                lambda s, t, x=x: (f(x + s, a + t + h) - f(x + s, a + t - h)) / (2 * h),
            )
            second = [(g(h, h) - g(-h, -h)) / (2 * h) for g in (x_slope, a_slope)]
            found.append([f(x, a), x_slope(0, 0), a_slope(0, 0), *second])
        value, x1, a1, x2, a2 = (list(column) for column in zip(*found, strict=True))
        totals = [mp.fsum(a1), mp.fsum(a2)]
    parts = [value, x1, [totals[0]], x2, [totals[1]]]
    return [np.array([float(v) for v in part]) for part in parts]


def compiled(text, dtype, shape):
    y = sg.parse(text + "", x=f"{dtype}{shape}", a=dtype)
    wrt = [y.graph.inputs[name] for name in "xa"]
    loss = y.sum()
    slopes = sg.grad(loss, wrt)
    second = sg.grad(slopes[0].sum() + slopes[1], wrt)
    return sg.function(wrt, [y, *slopes]), sg.function(wrt, second)


def found(text, dtype, points, shape):
    first, second = compiled(text, dtype, shape)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = np.array(points, dtype), np.array(A, dtype)
        return [np.atleast_1d(np.asarray(r, float)) for r in (*first(*given), *second(*given))]


@pytest.mark.parametrize(("selector", "function"), CASES)
def test_slopes_are_those_of_the_branch_taken(selector, function):
    """The slope toward a is a sum over all points: one 0 times infinity would be seen."""
    text = selector.format(function)
    for dtype in ("float64", "float32"):
        points = np.array(POINTS[dtype], dtype).astype(float)
        true = true_slopes(lambda x, a: SELECTORS[selector](FUNCTIONS[function], x, a), points)
        for part, expected in zip(found(text, dtype, points, "[n]"), true, strict=True):
            bound = 1e-9 if dtype == "float64" else 1e-4
            scale = np.abs(expected).max()
            np.testing.assert_allclose(part, expected, rtol=bound, atol=bound * scale, err_msg=text)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_what_a_comparison_keeps_is_warned_of(style):
    """An infinite result is no inner value: of a maximum, or beside a minimum."""
    for text in ("maximum(exp(x), 1)", "minimum(exp(x), 5) + exp(2*x)", "relu(exp(x) - 2)"):
        y = sg.parse(text, x="[n]")
        f = sg.function(None, y, style=style)
        with pytest.warns(RuntimeWarning, match="overflow"):
            assert f(np.array([1e5])) == np.inf


def test_a_condition_needs_no_derivative():
    """The logarithm is read by the condition too, which has no slope."""
    y = sg.parse("where(log(x) > -1, log(x), x)", x="[n]")
    x = y.graph.inputs["x"]
    with np.errstate(divide="ignore"):
        slope = sg.function([x], sg.grad(y.sum(), x))(np.array([0.0, 0.1, 2.0]))
    np.testing.assert_array_equal(slope, [1.0, 1.0, 0.5])


def test_one_condition_of_two_choices_is_one():
    """Both drop the logarithm, whose slope at 0 is infinite."""
    y = sg.parse("t = log(x)\nwhere(x > 0, t, 0) + where(x > 0, t * t, 1)", x="[n]")
    x = y.graph.inputs["x"]
    with np.errstate(divide="ignore"):
        slope = sg.function([x], sg.grad(y.sum(), x))(np.array([0.0, 1.0, 2.0]))
    np.testing.assert_allclose(slope, [0.0, 1.0, 0.5 + np.log(2)], rtol=1e-12)


LOSSES = {
    "(y - X @ w) ** 2": lambda r: -2 * r,
    "log(cosh(y - X @ w))": lambda r: -np.tanh(r),
    "(y - X @ w) * exp(y - X @ w)": lambda r: -(1 + r) * np.exp(r),
    "sqrt(1 + (y - X @ w) ** 2)": lambda r: -r / np.hypot(1, r),
}


@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("form", ["{}(where({} & (y == y), {}, 0.0))", "{}(where(~{}, 0.0, {}))"])
@pytest.mark.parametrize("text", LOSSES)
def test_what_is_no_number_is_left_out_where_it_is_asked_for(text, form, lost):
    """Data that lack numbers: the slope is that of the rows that have them."""
    loss = sg.parse(form.format("sum", "isfinite(y)", text), X="[n, 2]", y="[n]", w="[2]")
    f = sg.function(["X", "y", "w"], [loss, *sg.grad(loss, ["w", "y"])])
    X, w = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25], [1.0, 1.0]]), np.array([0.3, -0.2])
    y = np.array([1.0, lost, 0.5, lost])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, d_w, d_y = f(X, y, w)
    here = np.isfinite(y)
    slope = LOSSES[text]((y - X @ w)[here])
    np.testing.assert_allclose(d_w, X[here].T @ slope, rtol=1e-13)
    np.testing.assert_allclose(d_y, np.where(here, np.bincount([0, 2], -slope, 4), 0), rtol=1e-13)


@pytest.mark.parametrize("text", ["nansum((x - m) ** 2)", "sum(where(isnan(x), 0, (x - m) ** 2))"])
def test_nan_has_no_slope_where_it_is_left_out(text):
    loss = sg.parse(text, x="[n]", m="[]")
    d_m, d_x = sg.function(["x", "m"], sg.grad(loss, ["m", "x"]))(np.array([np.nan, 2.0, 5.0]), 1.5)
    np.testing.assert_allclose([d_m, *d_x], [-8.0, 0.0, 1.0, 7.0])


def test_the_size_of_a_mean_needs_no_guard():
    """max(n, 1) is never 0: no branch that is not taken divides by it in vain."""
    loss = sg.parse("mean(where(m > 0, (y - x) ** 2, 0.0))", x="[n]", y="[n]", m="[n]")
    f = sg.function(["x", "y", "m"], sg.grad(loss, ["x"]))
    assert "any(" not in f.source
    (slope,) = f(np.array([1.0, 2.0]), np.array([3.0, 5.0]), np.array([1.0, 0.0]))
    np.testing.assert_array_equal(slope, [-2.0, 0.0])
    np.testing.assert_array_equal(f(*np.empty((3, 0))), np.empty((1, 0)))
