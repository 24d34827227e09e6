"""Derivatives where squares overflow, near 0 in float32, and of empty rows: right and silent."""

from __future__ import annotations

import itertools
import warnings

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.batching import elementwise
from symgrad.ops.op import registry

BELL = {
    "arctan": lambda x: 1 / (1 + x**2),
    "erf": lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(x**2)),
    "erfc": lambda x: -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(x**2)),
    "ndtr": lambda x: mpmath.npdf(x),
    "arcsinh": lambda x: 1 / mpmath.sqrt(1 + x**2),
    "tanh": lambda x: mpmath.sech(x) ** 2,
}
RELATIVE = {
    "sin(x) / x": lambda x: mpmath.sinc(x),
    "tanh(x) / x": lambda x: mpmath.tanh(x) / x,
    "arctan(x) / x": lambda x: mpmath.atan(x) / x,
    "arcsin(x) / x": lambda x: mpmath.asin(x) / x,
    "arcsinh(x) / x": lambda x: mpmath.asinh(x) / x,
    "arctanh(x) / x": lambda x: mpmath.atanh(x) / x,
    "erf(x) / x": lambda x: mpmath.erf(x) / x,
    "log1p(x) / x": lambda x: mpmath.log1p(x) / x,
    "x / log1p(x)": lambda x: x / mpmath.log1p(x),
    "(exp(x) - 1) / x": lambda x: mpmath.expm1(x) / x,
    "x / (exp(x) - 1)": lambda x: x / mpmath.expm1(x),
    "x / tanh(x)": lambda x: x / mpmath.tanh(x),
    "x / sinh(x)": lambda x: x / mpmath.sinh(x),
    "(1 - cos(x)) / x ** 2": lambda x: (1 - mpmath.cos(x)) / x**2,
}


def silent(f, *values):
    """A call with every warning of NumPy's an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return f(*values)


def slopes(y, wrt, order):
    """A function of x and its derivatives."""
    found = [y]
    for _ in range(order):
        found.append(sg.grad(found[-1].sum(), wrt))
    return sg.function(None, found)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", BELL)
def test_slopes_far_out(name, dtype):
    x = np.array([1e30, -1e30, 3e8, -700.0, 12.0, -0.3], dtype)
    if dtype == "float64":
        x = np.concatenate([x, [1e200, -1e300]])
    y = getattr(sg, name)(sg.Graph().input("x", f"{dtype}[n]"))
    found = silent(slopes(y, "x", 1), x)[1]
    with mpmath.workdps(50):
        expected = [float(BELL[name](mpmath.mpf(float(v)))) for v in x]
    rtol, atol = (1e-12, 1e-300) if dtype == "float64" else (2e-5, 1e-37)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", BELL)
def test_second_derivatives_end_at_0(name):
    """They fall to 0 on both sides, the slope of arcsinh by 1/x**2."""
    y = getattr(sg, name)(sg.Graph().input("x", "[n]"))
    if name == "arcsinh":
        x = np.array([1e200, -1e200])
    else:
        x = np.array([1e200, -1e200, np.inf, -np.inf])
    _, first, second = slopes(y, "x", 2)(x)
    np.testing.assert_allclose([first, second], np.zeros((2, len(x))), atol=1e-199)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", RELATIVE)
def test_slopes_near_0(text, dtype):
    sizes = [1e-30, 1e-8, 1e-4, 0.01, 0.09, 0.11, 0.29, 0.31, 0.49, 0.51, 0.9]
    x = np.array([*sizes, *(-s for s in sizes)], dtype)
    found = silent(slopes(sg.parse(text, {"x": f"{dtype}[n]"}), "x", 1), x)[1]
    with mpmath.workdps(100):
        numbers = [mpmath.mpf(float(v)) for v in x]
        expected = [
            float(mpmath.diff(RELATIVE[text], v, h=v * mpmath.mpf("1e-30"))) for v in numbers
        ]
    assert found.dtype == dtype
    rtol = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-37)


@pytest.mark.parametrize("shape", [(3, 0), (0, 3), (0, 0)])
@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize(
    "text", ["log_softmax(x)", "softmax(x)", "log(softmax(x))", "-y * log_softmax(x)"]
)
def test_empty_rows_are_silent(text, style, shape):
    """As NumPy's elementwise functions of empty arrays are."""
    y = sg.parse(text, {"x": "[n, m]", "y": "[n, m]"})
    f = sg.function(None, [y, sg.grad(y.sum(), "x")], style=style)
    count = 2 if "y" in text else 1
    for found in silent(f, *[np.zeros(shape)] * count):
        assert found.shape == shape


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_logsumexp_of_nothing_is_the_log_of_0(style):
    """The sum of no exponentials is 0; no element is there to be differentiated by."""
    y = sg.parse("log(sum(exp(x), axis=1))", {"x": "[n, m]"})
    f = sg.function(None, [y, sg.grad(y.sum(), "x")], style=style)
    value, slope = silent(f, np.zeros((3, 0)))
    np.testing.assert_array_equal(value, np.full(3, -np.inf))
    assert slope.shape == (3, 0)


PAIRS = [(np.inf, 3.0), (3.0, -np.inf), (1e308, 1e308), (0.0, np.inf), (-1.0, 1.0 + 2**-20)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_of_two_in_parallel_one_may_be_infinite(dtype):
    pairs = [p for p in PAIRS if dtype == "float64" or 1e308 not in p]
    x, y = np.array(pairs, dtype).T
    program = sg.parse("1 / (1 / x + 1 / y)", x=f"{dtype}[n]", y=f"{dtype}[n]")
    given = [[mpmath.mpf(float(v)) for v in pair] for pair in zip(x, y, strict=True)]
    with mpmath.workdps(60):
        truth = [float(_parallel(a, b)) for a, b in given]
    np.testing.assert_allclose(silent(sg.function(None, program), x, y), truth, rtol=1e-6)
    if dtype == "float64":
        np.testing.assert_allclose(sg.function(None, program)(x, y), truth, rtol=1e-15)


def _parallel(a, b):
    """Of an infinite one the other; of a zero zero."""
    if mpmath.isinf(a) or mpmath.isinf(b):
        return b if mpmath.isinf(a) else a
    return a * b / (a + b)


def test_a_share_of_what_cancels_has_all_digits():
    x, y = np.array([1 + 1e-9, 3.0, 1e200]), np.array([-1.0, -3 + 2**-50, -1e200 * (1 - 2**-50)])
    f = sg.function(None, sg.parse("log(x / (x + y))", x="[n]", y="[n]"))
    with mpmath.workdps(60):
        exact = [[mpmath.mpf(float(v)) for v in pair] for pair in zip(x, y, strict=True)]
        truth = [float(mpmath.log(a / (a + b))) for a, b in exact]
    np.testing.assert_allclose(silent(f, x, y), truth, rtol=1e-15)


def test_differences_of_exponentials_are_silent_at_infinite_points():
    x = np.array([0.0, -np.inf, np.inf, -np.inf, 2.0])
    y = np.array([-np.inf, 1.0, 0.0, -np.inf, 2.0])
    f = sg.function(None, sg.parse("exp(x) - exp(y)", x="[n]", y="[n]"))
    np.testing.assert_allclose(silent(f, x, y), np.exp(x) - np.exp(y), rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_relative_to_the_least_number(dtype):
    least = np.finfo(dtype).smallest_subnormal
    f = sg.function(None, sg.parse("x / sinh(x)", x=f"{dtype}[n]"))
    assert silent(f, np.array([least, -least, 0], dtype)).tolist() == [1, 1, 1]


def test_the_slope_of_odds_far_out():
    x = np.array([1e10, -1e12, 0.5, 1e-20])
    y = sg.parse("1 / (1 - x) - 1", x="[n]")
    f = slopes(y, y.graph.inputs["x"], 1)
    np.testing.assert_allclose(silent(f, x)[1], (1 - x) ** -2, rtol=1e-14)


def gradient(text, *values):
    """The slopes of a formula toward its variables x, y, ... at points."""
    y = sg.parse(text, **dict.fromkeys("xyz"[: len(values)], "[n]"))
    f = sg.function(None, sg.grad(y.sum(), ["x", "y", "z"][: len(values)]))
    return silent(f, *(np.array(v) for v in values))


@pytest.mark.parametrize("order", ["x ** 2 - sin(x) ** 2", "(x - sin(x)) * (x + sin(x))"])
def test_a_leg_beside_its_sine(order):
    """sqrt(x² - sin(x)²) - x has digits near 0 and far out, as its slope has."""
    x = np.array([1e-3, 0.5, 3.0, 1e6, 1e9, 1e155, -1e9])
    y = sg.parse(f"sqrt({order}) - x", x="[n]")
    with mpmath.workdps(500):
        points = [mpmath.mpf(float(v)) for v in x]
        value = [float(mpmath.sqrt(v**2 - mpmath.sin(v) ** 2) - v) for v in points]
        slope = [
            float((v - mpmath.sin(2 * v) / 2) / mpmath.sqrt(v**2 - mpmath.sin(v) ** 2) - 1)
            for v in points
        ]
    found = silent(slopes(y, y.graph.inputs["x"], 1), x)
    np.testing.assert_allclose(found[0], value, rtol=2e-15)
    np.testing.assert_allclose(found[1], slope, rtol=1e-13)


def test_slopes_of_means_of_an_infinite_number():
    x, y = [np.inf, 4.0, -np.inf], [4.0, np.inf, -4.0]
    np.testing.assert_array_equal(gradient("sqrt(x * y)", x, y)[0], [0, np.inf, 0])
    np.testing.assert_array_equal(gradient("x * y / (x + y)", x, y), [[0, 1, 0], [1, 0, 1]])
    np.testing.assert_array_equal(gradient("log(x / (x + y))", [4.0], [np.inf])[0], [0.25])
    np.testing.assert_array_equal(gradient("sqrt(x + y) - sqrt(x)", [4.0], [np.inf])[0], [-0.25])


def test_slopes_of_the_root_of_a_product_of_negative_numbers():
    x, y = [-4.0, -1e-300], [-9.0, -4e300]
    found = gradient("sqrt(x * y)", x, y)
    np.testing.assert_allclose(found, [[-0.75, -1e300], [-1 / 3, -2.5e-301]], rtol=1e-15)


@pytest.mark.parametrize("text", ["log(exp(x) + exp(y) + exp(z))", "logaddexp(logaddexp(x, y), z)"])
def test_masked_terms_of_a_sum_of_exponentials(text):
    x = [[-np.inf, -np.inf, 0.0, np.inf], [-np.inf, 1.0, -np.inf, 0.0], [0.0, 1.0, 0.0, 0.0]]
    found = gradient(text, *x)
    np.testing.assert_allclose(found, [[0, 0, 0.5, 1], [0, 0.5, 0, 0], [1, 0.5, 0.5, 0]], 1e-15)


def test_lengths_less_a_leg_are_silent_where_squares_overflow():
    x, y = [1e200, -1e200, 1e155], [1.0, 1e100, 3.0]
    for text in ("sqrt(x ** 2 + y) - x", "sqrt(x ** 2 - y) - x", "sqrt(x ** 2 - y ** 2) - x"):
        found = gradient(text, x, y)
        np.testing.assert_allclose(found[0][[0, 2]], 0, atol=1e-300)
    np.testing.assert_allclose(found[1], -np.array(y) / np.abs(x), rtol=1e-15)


BRANCHING = [
    op
    for op in registry.values()
    if op.batch is elementwise and not op.variadic and " if " in str(op.helper or "")
]
ENDS = [0.0, -0.0, 1e-310, 5e-324, 1e-160, 0.5, 1.0, -1.0, 3.0, 1e170, -1e170, 1.7e308, np.inf]


@pytest.mark.parametrize("op", BRANCHING, ids=lambda op: op.name)
def test_no_number_is_computed_otherwise_for_those_beside_it(op):
    """A helper may take a shorter way where all numbers allow it."""
    g = sg.Graph()
    inputs = [g.input(name, "[n]") for name in op.operands]
    f = sg.function(inputs, op.on(inputs, {}), stabilize=False)
    given = np.array([*itertools.product([*ENDS, np.nan], repeat=len(inputs))]).T
    with np.errstate(all="ignore"):
        together = f(*given)
        alone = [f(*(column[i : i + 1] for column in given))[0] for i in range(len(together))]
    np.testing.assert_allclose(together, alone, rtol=1e-15, atol=np.nextafter(0, 1))
