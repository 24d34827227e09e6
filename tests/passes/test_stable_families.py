"""Reductions and quotients of exponentials, as textbooks write them, far out: against mpmath."""

from __future__ import annotations

import re
import warnings

import mpmath
import numpy as np
import pytest

import symgrad as sg

FAR = [[0.0, 1.0, -2.0], [800.0, -800.0, 1000.0], [-1000.0, -1000.0, -1001.0], [1e4, 1e4, 9.99e3]]


def softmax(row):
    with mpmath.workdps(50):
        e = [mpmath.exp(mpmath.mpf(v)) for v in row]
        return np.array([float(v / mpmath.fsum(e)) for v in e])


def log_sum(row):
    with mpmath.workdps(50):
        return float(mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in row)))


def compiled(text, **specs):
    """Value and gradient to x, with every NumPy warning an error."""
    y = sg.parse(text, specs or {"x": "[3]"})
    f = sg.function(None, [y, sg.grad(y, "x")])

    def call(*values):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return f(*values)

    return call


@pytest.mark.parametrize("row", FAR)
@pytest.mark.parametrize("text", ["log(sum(exp(x)))", "log(sum(exp(x), axis=0))"])
def test_log_of_a_sum_of_exponentials(text, row):
    value, slope = compiled(text)(row)
    np.testing.assert_allclose(value, log_sum(row), rtol=1e-13)
    np.testing.assert_allclose(slope, softmax(row), rtol=1e-10, atol=1e-300)


@pytest.mark.parametrize("row", FAR)
def test_quotients_of_exponentials(row):
    value, slope = compiled("sum(w * (exp(x) / sum(exp(x))))", x="[3]", w="[3]")(
        row, [1.0, 2.0, 5.0]
    )
    p, w = softmax(row), np.array([1.0, 2.0, 5.0])
    np.testing.assert_allclose(value, p @ w, rtol=1e-13)
    np.testing.assert_allclose(slope, p * (w - p @ w), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("row", FAR)
def test_cross_entropy_from_naive_probabilities(row):
    value, slope = compiled("-log(exp(x) / sum(exp(x)))[1]")(row)
    np.testing.assert_allclose(value, log_sum(row) - row[1], rtol=1e-12)
    np.testing.assert_allclose(slope, softmax(row) - np.eye(3)[1], rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("a, b", [(800.0, -800.0), (-900.0, -901.0), (1e4, 1e4)])
def test_log_of_two_exponentials(a, b):
    value, slope = compiled("log(exp(x) + exp(y))", x="[]", y="[]")(a, b)
    np.testing.assert_allclose([value, slope], [log_sum([a, b]), softmax([a, b])[0]], rtol=1e-12)


@pytest.mark.parametrize("x", [-1000.0, -40.0, 0.0, 40.0, 1000.0])
@pytest.mark.parametrize(
    "text, sign", [("-log(1 / (1 + exp(x)))", 1), ("-log(1 / (1 + exp(-x)))", -1)]
)
def test_log_likelihood_of_both_classes(x, text, sign):
    value, slope = compiled(text, x="[]")(x)
    np.testing.assert_allclose(value, log_sum([0.0, sign * x]), rtol=1e-13)
    np.testing.assert_allclose(slope, sign * softmax([0.0, sign * x])[1], rtol=1e-12)


TINY = {  # or huge: the factor, and what its variables are
    "exp(-q)": {"q": 900.0},
    "sigmoid(-q) * exp(-q)": {"q": 900.0},
    "b ** q": {"b": 1e-10, "q": 50.0},
    "b ** (2 * q)": {"b": -1e-10, "q": 25.0},
    "(1 + b) ** q": {"b": -0.9, "q": 1000.0},
    "gamma(q)": {"q": 200.0},
}


@pytest.mark.parametrize("factor", TINY)
@pytest.mark.parametrize(
    "text",
    ["f * x", "x * f / y", "f / x", "x / f", "x * y * f", "f / x * y", "x / (f * y)", "x / f * y"],
)
def test_a_factor_beyond_all_numbers_is_split_off_a_logarithm(text, factor):
    """The others may be negative in pairs."""
    text, at = f"log({text.replace('f', f'({factor})')})", TINY[factor]
    for x, y in ((1.7, 0.3), (-1.7, -0.3)) if "y" in text else ((1.7, 0.3),):
        point = {"x": x, "y": y, **at}
        point = {k: v for k, v in point.items() if re.search(rf"\b{k}\b", text)}
        call = compiled(text, **dict.fromkeys(point, "[]"))
        with mpmath.workdps(1500):
            names = {k: getattr(mpmath, k) for k in ("log", "exp", "gamma")}
            names["sigmoid"] = lambda v: 1 / (1 + mpmath.exp(-v))
            true = eval(text, names, {k: mpmath.mpf(v) for k, v in point.items()})
        slope = -1 / x if "/ x" in text or "/ (x" in text else 1 / x
        np.testing.assert_allclose(call(*point.values()), [float(true), slope], rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("log(x / b**q * y)", (1e200, 1e200, 2.0, 3.0)),
        ("log(b**q / x * y)", (1e-200, 1e-200, -2.0, 4.0)),
        ("log(exp(q) * (x / b * y / b))", (1e200, 1e200, 1e200, 1.0)),
        ("log(exp(q) * (b / (x * y)))", (1e-200, 1e200, 1e-200, 1.0)),
        ("log(3 / exp(-q) * ((1 / x) / (1 / y))) + b", (1e200, 1e200, 1.0, 1.0)),
        ("log((1 + exp(q)) / exp(b) * (sqrt(x) / (exp(q) / y)))", (4.0, 3.0, 5.0, 2000.0)),
    ],
)
def test_what_is_left_of_a_product_stays_in_its_order(text, point):
    """Nothing over- or underflows that did not as it was written, nor does the slope to x."""
    call = compiled(text, x="[]", y="[]", b="[]", q="[]")
    with mpmath.workdps(900):
        names = {k: getattr(mpmath, k) for k in ("log", "exp", "sqrt")}

        def true(x):
            return eval(text, names, dict(zip("ybq", map(mpmath.mpf, point[1:]), strict=True), x=x))

        right = true(mpmath.mpf(point[0])), mpmath.diff(true, point[0], h=mpmath.mpf("1e-400"))
        expected = [*map(float, right)]
    np.testing.assert_allclose(call(*point), expected, rtol=1e-14)


@pytest.mark.parametrize(("text", "end"), [("log(x / b**x)", np.inf), ("log(b**x * x)", -np.inf)])
def test_the_sign_of_a_power_of_zero_is_zero(text, end):
    with np.errstate(divide="ignore"):
        assert compiled(text, x="[]", b="[]")(3.0, 0.0)[0] == end


FACTORS = [(800.0, 2.0), (705.0, 1e-300), (705.0, 0.0), (690.0, 1.0), (1.0, -0.3), (-800.0, 2.0)]


@pytest.mark.parametrize(
    "text", ["log(a * exp(x) + 1)", "log(1 + exp(x) * a)", "log1p(a * exp(x))"]
)
@pytest.mark.parametrize(("x", "a"), FACTORS)
def test_log_of_one_and_an_exponential_with_a_factor_of_any_sign(x, a, text):
    call = compiled(text, x="[]", a="[]")
    with mpmath.workdps(1000):
        term = mpmath.mpf(a) * mpmath.exp(mpmath.mpf(x))
        value, slope = float(mpmath.log(1 + term)), float(term / (1 + term))
    np.testing.assert_allclose(call(x, a), [value, slope], rtol=1e-12)


@pytest.mark.parametrize("text", ["log(a + b * exp(x))", "-log(b * exp(x) + a)"])
@pytest.mark.parametrize(
    ("a", "b", "points"),
    [
        (2.0, 0.3, [-800.0, 0.3, 689.0, 691.0, 800.0, 1e5]),
        (1e-5, 40.0, [-800.0, 0.3, 800.0]),
        (-1.0, 1e-3, [600.0, 700.0, 800.0]),
        (0.0, 2.0, [-3.0, 691.0, 800.0]),
    ],
)
def test_log_of_a_term_and_an_exponential_of_any_weights(text, a, b, points):
    y = sg.parse(text, a="[]", b="[]", x="[]")
    f = sg.function(["x", "a", "b"], [y, *sg.grad(y, ["x", "a", "b"])])
    sign = -1 if text.startswith("-") else 1
    for x in points:
        with mpmath.workdps(1000):
            e = mpmath.exp(mpmath.mpf(x))
            total = a + b * e
            exact = mpmath.log(total), b * e / total, 1 / total, e / total
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = f(x, a, b)
        expected = [sign * float(v) for v in exact]
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-300)


def test_structural_rules_keep_what_is_differentiated_by():
    y = sg.parse("p = softmax(x)\n-sum(log(p))", x="[3]")
    x = y.graph.inputs["x"]
    p, slope = sg.function([x], [y.graph.named["p"], sg.grad(y, "p")])([0.0, 1.0, 2.0])
    np.testing.assert_allclose(slope, -1 / p)


@pytest.mark.parametrize("terms", ["where(m, exp(x), 0)", "m * exp(x)", "k * exp(x)"])
@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("sum(w * e / sum(e))", lambda w: w),
        ("sum(e * w / sum(e))", lambda w: w),
        ("sum((w * e) * (1 / sum(e)))", lambda w: w),
        ("e[2] / sum(e)", lambda w: np.array([0.0, 0.0, 1.0])),
    ],
)
def test_weights_of_shares_that_have_weights_of_their_own(terms, text, weights):
    """Of shares p, that of p @ w is p (w - p @ w)."""
    y = sg.parse(f"m: bool[n]; x: [n]; w: [n]; k: [n]\ne = {terms}\n{text}")
    x, w = np.array([1000.0, 1002.0, 1001.0]), np.array([1.0, 2.0, -3.0])
    own = {"m": np.array([True, False, True]), "k": np.array([0.2, 0.5, 0.3])}
    p = np.exp(x - 1001) * own["k" if "k" in terms else "m"]
    p, w = p / p.sum(), weights(w)
    given = {**own, "x": x, "w": np.array([1.0, 2.0, -3.0])}
    f = sg.function(list(y.graph.inputs.values()), [y, sg.grad(y, "x")])
    with np.errstate(all="raise", under="ignore"):
        value, slope = f(**given)
    np.testing.assert_allclose(value, p @ w, 1e-13)
    np.testing.assert_allclose(slope, p * (w - p @ w), 1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_a_weight_of_zero_leaves_out_may_be_any_size(dtype):
    """Its exponential is bounded within each dtype, and its slope by the weight is its own."""
    y = sg.parse(
        "e = m * exp(x)\n(e @ w) / sum(e)",
        {"x": f"{dtype}[3]", "m": f"{dtype}[3]", "w": f"{dtype}[3]"},
    )
    f = sg.function(None, [y, *sg.grad(y, ["x", "m"])])
    w = np.array([1.0, 2.0, -3.0])
    for gap in (2.0, 5000.0):
        given = np.array([90.0, 90.0 + gap, 91.0]), np.array([1.0, 0.0, 1.0]), w
        with np.errstate(all="raise", under="ignore"):
            value, d_x, d_m = f(*(a.astype(dtype) for a in given))
        e = np.exp([-1.0, gap - 1, 0.0]) if gap < 9 else np.exp([-1.0, 0.0, 0.0])
        p = e * given[1] / (e[0] + e[2])
        rtol = 1e-5 if dtype == "float32" else 1e-13
        np.testing.assert_allclose(value, p @ w, rtol)
        np.testing.assert_allclose(d_x, p * (w - p @ w), rtol, atol=rtol)
        kept = [0, 1, 2] if gap < 9 else [0, 2]
        np.testing.assert_allclose(d_m[kept], (e * (w - p @ w) / (e[0] + e[2]))[kept], rtol)


@pytest.mark.parametrize("c", [np.nan, np.inf, -np.inf])
def test_what_shares_are_shifted_by_is_no_number(c):
    """Its slope is 0, but it is not left out."""
    y = sg.parse("softmax(X + c)", X="[2, 3]", c="[2, 1]")
    f = sg.function(None, [y, sg.grad((y**2).sum(), "c")])
    with np.errstate(invalid="ignore"):
        found, slope = f(np.arange(6.0).reshape(2, 3), np.array([[c], [1e10]]))
    assert np.isnan(found[0]).all() and not slope.any()
    np.testing.assert_allclose(found[1], softmax([3.0, 4.0, 5.0]))


def test_a_variance_by_probabilities_of_nothing():
    y = sg.parse("sum(w * x**2) - sum(w * x)**2", x="[n]", w="[n]")
    value, slope = sg.function(["x", "w"], [y, sg.grad(y, "x")])(np.empty(0), np.empty(0))
    assert value == 0 and slope.shape == (0,)
