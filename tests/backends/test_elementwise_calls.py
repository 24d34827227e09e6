"""What fast code computes step by step has the numbers of NumPy's own functions, and its ends."""

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.emitted.blockwise import _blockwise

ENDS = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-300, -1e-300, 745.0, -745.0, 40.0, -40.0, 1e308]
FINITE = [x for x in ENDS if x != -np.inf]  # of which NumPy has powers that SymPy has not
MANY = np.random.default_rng(0).standard_normal(40_000)


def compiled(write, *specs, **keywords):
    """A function of inputs of these types."""
    g = sg.Graph()
    inputs = [g.input(f"x{i}", spec) for i, spec in enumerate(specs)]
    return sg.function(inputs, write(*inputs), **keywords)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (sg.softplus, lambda x: np.logaddexp(0, x)),
        (lambda x: sg.softplus(-x), lambda x: np.logaddexp(0, -x)),
        (lambda x: sg.logaddexp(x, x[::-1]), lambda x: np.logaddexp(x, x[::-1])),
        (lambda x: sg.logaddexp(x, x), lambda x: np.logaddexp(x, x)),
        (lambda x: x**1.5, lambda x: np.power(x, 1.5)),
        (lambda x: x**-0.5, lambda x: np.power(x, -0.5)),
        (lambda x: x**-1.5, lambda x: np.power(x, -1.5)),
    ],
)
def test_calls_that_stand_for_one_of_numpy_give_its_numbers(write, expected, dtype):
    f = compiled(write, f"{dtype}[n]")
    ends = ENDS if "**" not in f.source and "sqrt" not in f.source else FINITE
    with np.errstate(over="ignore"):
        values = np.array([*ends, *(5 * MANY[:300])]).astype(dtype)
    for x in (values, values[:0], values[:1], values[-1:]):
        with np.errstate(all="ignore"):
            wanted = expected(x)
            found = f(x)
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted, rtol=8 * np.finfo(dtype).eps, atol=0)


def test_softplus_and_its_slope_share_an_exponential_in_fast_code_alone():
    x = sg.Graph().input("x", "[n]")
    y = sg.softplus(x)
    both = [y, sg.grad(sg.sum(y), x)]
    fast, readable = (sg.function([x], both, style=s) for s in ("fast", "readable"))
    assert fast.source.count("_exp(") == 1 == fast.source.count("_expm1(")
    assert "np.logaddexp(0, x)" in readable.source
    points = np.array([-700.0, -30.0, -1e-3, 0.0, 2.0, 800.0])
    with mpmath.workdps(60):
        slopes = [float(1 / (1 + mpmath.exp(-mpmath.mpf(p)))) for p in points]
    for f in (fast, readable):
        np.testing.assert_allclose(f(points)[1], slopes, rtol=1e-15)


def test_quotients_that_are_no_sigmoids_stay():
    x, step = sg.Graph().input("x", "[n]"), (MANY >= 0) * 1.0
    f = sg.function([x], [sg.softplus(x), sg.maximum(x, (x >= 0) * 1.0) / (1 + x * x), 1 / x])
    expected = np.logaddexp(0, MANY), np.maximum(MANY, step) / (1 + MANY**2), 1 / MANY
    for found, wanted in zip(f(MANY), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_few_numbers_and_single_ones_keep_numpys_function():
    assert "logaddexp" in compiled(sg.softplus, "[8]").source
    f = compiled(sg.softplus, "[]")
    assert f(np.inf) == np.inf and f(-np.inf) == 0 and np.isnan(f(np.nan))


@pytest.mark.parametrize("size", [0, 5, 16384, 40_000])
def test_blocks_are_parts_of_the_whole(size):
    x, out = MANY[:size], np.empty(size)
    assert _blockwise(np.arctan2, out, x, np.float64(2.0)) is out
    np.testing.assert_array_equal(_blockwise(np.arctan2, None, x, 2.0), out)
    np.testing.assert_array_equal(out, np.arctan2(x, 2.0))
    wide = np.empty((size, 2))
    _blockwise(np.arctan2, wide[:, 0], x, x[::-1])
    np.testing.assert_array_equal(wide[:, 0], np.arctan2(x, x[::-1]))
    _blockwise(np.tan, out, out)
    np.testing.assert_array_equal(out, np.tan(np.arctan2(x, 2.0)))


def test_helpers_of_many_numbers_work_block_by_block():
    f = compiled(lambda x: sg.sum(sg.log(sg.cosh(x))), "[n]")
    assert "_blockwise(logcosh, " in f.source
    np.testing.assert_allclose(f(MANY), np.log(np.cosh(MANY)).sum(), rtol=1e-13)
    few = compiled(lambda x: sg.sech(x), "[n]")
    assert "_blockwise(sech, None, x0)" in few.source
    np.testing.assert_allclose(few(MANY), 1 / np.cosh(MANY), rtol=1e-15)
    x = sg.Graph().input("x", "float64[n]")
    by_scipy = sg.function([x], sg.sum(sg.erf(x) * x), target="scipy").source
    assert "_blockwise" not in by_scipy and "special.erf(" in by_scipy


def test_rows_are_added_where_they_come_from():
    g = sg.Graph()
    specs = {"E": "[7, 3]", "i": "int32[n]", "w": "[n, 3]"}
    table, places, weights = (g.input(name, spec) for name, spec in specs.items())
    d = sg.grad(sg.sum(table[places] * weights), table)
    f = sg.function([table, places, weights], d)
    rng = np.random.default_rng(2)
    for n in (0, 1, 50):
        i, w = rng.integers(-7, 7, n).astype(np.int32), rng.standard_normal((n, 3))
        expected = np.zeros((7, 3))
        np.add.at(expected, i, w)
        np.testing.assert_array_equal(f(np.ones((7, 3)), i, w), expected)
    for out in (7, -8):  # as the user has it
        with pytest.raises(sg.ShapeError, match=f"index {out} is out of bounds .* size 7"):
            f(np.ones((7, 3)), np.array([out], np.int32), np.ones((1, 3)))


def test_columns_of_square_indices_are_no_rows():
    x = sg.Graph().input("x", "[2, 3]")
    i, w = x.graph.input("i", "int64[3, 3]"), x.graph.input("w", "[2, 3, 3]")
    f = sg.function([x, i, w], sg.grad(sg.sum(x[:, i] * w), x))
    places, weights = np.arange(-3, 6).reshape(3, 3) % 3, MANY[:18].reshape(2, 3, 3)
    expected = np.zeros((2, 3))
    np.add.at(expected, (slice(None), places), weights)
    np.testing.assert_array_equal(f(np.ones((2, 3)), places, weights), expected)


@pytest.mark.parametrize("n", [399, 1000, 2026])
@pytest.mark.parametrize("largest", [1.0, 1.01])
@pytest.mark.parametrize("reverse", [False, True])
def test_long_recurrences_are_those_of_a_loop(n, largest, reverse):
    rng = np.random.default_rng(n)
    a, b = largest * rng.uniform(-1, 1, n), rng.standard_normal(n)
    a[7], b[9] = largest, 0.0
    f = compiled(lambda a, b: sg.linear_recurrence(a, b, reverse=reverse), "[n]", "[n]")
    y = b.tolist()
    for k in range(n - 2, -1, -1) if reverse else range(1, n):
        before = k + 1 if reverse else k - 1
        y[k] += a[max(k, before)] * y[before]
    np.testing.assert_allclose(f(a, b), y, rtol=1e-12, atol=1e-12)


def test_a_variance_and_its_slope_share_the_deviations():
    x = sg.Graph().input("x", "[n, 4]")
    v = sg.var(x, axis=0)
    f = sg.function([x], [v, sg.grad(v.sum(), x)])
    assert "np.var" not in f.source
    given = 1e6 + MANY.reshape(-1, 4)
    found = f(given)
    np.testing.assert_allclose(found[0], np.var(given, axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        found[1], 2 / 10_000 * (given - given.mean(0)), rtol=1e-6, atol=1e-12
    )
