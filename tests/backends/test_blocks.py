"""Fast functions of points: block by block, and each block in arrays that stay in the cache."""

from __future__ import annotations

import re
import subprocess
import sys
import threading

import mpmath as mp
import numpy as np
import pytest

import symgrad as sg

SIZES = [0, 1, 2, 8191, 8192, 8193, 20_000]


def points(spec="[n]", order=1, **options):
    """A value at points x, y with scale s, and its derivatives toward x and y."""
    g = sg.Graph()
    x, y = g.input("x", spec), g.input("y", spec)
    s = g.input("s", "float32" if "float32" in spec else "float64")
    value = sg.sin(x * y) * sg.exp(-x * x) + s * y**3 / sg.sqrt(1 + x * x)
    total = sg.sum(value)
    for _ in range(order - 1):
        total = sg.sum(sg.grad(total, x))
    return sg.function([x, y, s], [value, *sg.grad(total, [x, y])], **options)


def textbook(x, y, s):
    e, r = np.exp(-x * x), np.sqrt(1 + x * x)
    sin, cos = np.sin(x * y), np.cos(x * y)
    d_x = (y * cos - 2 * x * sin) * e - s * y**3 * x / r**3
    return [sin * e + s * y**3 / r, d_x, x * cos * e + 3 * s * y**2 / r]


def sample(*shape, seed=0, dtype="float64"):
    return np.random.default_rng(seed).uniform(-2, 2, (2, *shape)).astype(dtype)


def block_size(f):
    """How many points a block has."""
    return int(re.search(r"range\(0, n, (\d+)\)", f.source)[1])


def assert_close(found, expected, rtol=1e-12):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("reuse", [False, True])
def test_sizes(n, reuse):
    f = points(reuse_outputs=reuse)
    assert block_size(f) == 8192
    for seed in range(3):
        x, y = sample(n, seed=seed)
        before = x.copy(), y.copy()
        found = f(x, y, 0.75)
        assert [a.shape for a in found] == [(n,)] * 3
        assert_close(found, textbook(x, y, 0.75))
        assert np.array_equal(x, before[0]) and np.array_equal(y, before[1])


def test_results_are_new_arrays_unless_they_are_reused():
    x, y = sample(9000)
    f, kept = points(), points(reuse_outputs=True)
    first, second = f(x, y, 1.0), f(y, x, 1.0)
    assert not any(np.shares_memory(a, b) for a in first for b in [*second, x, y])
    assert_close(first, textbook(x, y, 1.0))
    first, second = kept(x, y, 1.0), kept(y, x, 1.0)
    assert_close([*first, *second], [*textbook(x, y, 1.0), *textbook(y, x, 1.0)])
    third = kept(-x, y, 1.0)
    assert all(a is b for a, b in zip(first, third, strict=True))
    assert_close([*second, *third], [*textbook(y, x, 1.0), *textbook(-x, y, 1.0)])


@pytest.mark.parametrize("n", [5, 8193, 20_000])
def test_arguments_that_are_not_contiguous_or_one_array(n):
    f = points()
    x, y = sample(2 * n)
    for a, b in [(x[::2], y[::-2]), (x[:n], x[:n]), (x[:n], x[n - 1 :: -1]), (x[1::2], x[::2])]:
        a, b = a[:n], b[:n]
        assert_close(f(a, b, -1.5), textbook(a, b, -1.5))
    zero = np.broadcast_to(0.5, n)
    assert_close(f(zero, zero, 2.0), textbook(zero, zero, 2.0))
    table = np.ascontiguousarray(sample(n)).T
    assert_close(f(table[:, 0], table[:, 1], 2.0), textbook(*table.T, 2.0))


def test_float32():
    f = points("float32[n]")
    for n in (0, 300, 20_000):
        x, y = sample(n, dtype="float32")
        found = f(x, y, np.float32(0.75))
        assert {a.dtype.name for a in found} == {"float32"}
        wide = textbook(x.astype(float), y.astype(float), 0.75)
        assert_close(found, wide, rtol=2e-5)


@pytest.mark.parametrize("order", [2, 3])
def test_nested_derivatives(order):
    f = points(order=order)
    x, y = sample(8200)
    found = f(x, y, 0.75)[1]
    block_size(f)

    def value(a, b):
        return mp.sin(a * b) * mp.exp(-a * a) + mp.mpf(0.75) * b**3 / mp.sqrt(1 + a * a)

    with mp.workdps(40):
        for i in (0, 17, 8191, 8192, 8199):
            exact = mp.diff(value, (mp.mpf(x[i]), mp.mpf(y[i])), (order, 0))
            assert found[i] == pytest.approx(float(exact), rel=1e-10, abs=1e-11)


@pytest.mark.parametrize("k", [0, 1, 3, 100, 20_000])
@pytest.mark.parametrize("size", ["k", "number"])
def test_rows_of_points(k, size):
    """Blocks of rows; what has no such rows is given to every block whole."""
    g = sg.Graph()
    own = "k" if size == "k" else k
    x, b = g.input("x", f"[n, {own}]"), g.input("b", f"[{own}]")
    column, row = g.input("column", "[n, 1]"), g.input("row", f"[1, {own}]")
    value = sg.tanh(x * b) + column * sg.sin(x) - row * sg.cos(x)
    f = sg.function([x, b, column, row], [value, sg.grad(sg.sum(value), x), value, x])
    assert "_f_block(" in f.source
    rng = np.random.default_rng(1)
    for n in (0, 1, 3, 200):
        X, B = rng.normal(size=(n, k)), rng.normal(size=k)
        C, R = rng.normal(size=(n, 1)), rng.normal(size=(1, k))
        for given in (X, np.asfortranarray(X)):
            found = f(given, B, C, R)
            t = np.tanh(X * B)
            expected = t + C * np.sin(X) - R * np.cos(X)
            slope = (1 - t**2) * B + C * np.cos(X) + R * np.sin(X)
            assert_close(found, [expected, slope, expected, X])
            assert not np.shares_memory(found[0], found[2])
            assert not np.shares_memory(found[3], given)


def test_helpers_constants_and_conditions():
    """What is no call with an output is computed beside it, and copied."""
    g = sg.Graph()
    x, up = g.input("x", "[n, 2]"), g.input("up", "bool[n, 2]")
    value = sg.where(up, sg.erf(x), -x) * g.constant(np.array([1.0, -2.0])) + sg.sin(x)
    f = sg.function([x, up], [sg.erf(x), value, value > 0, sg.grad(sg.sum(value), x)])
    assert "_f_block(" in f.source
    X = np.random.default_rng(0).normal(size=(10_000, 2))
    U = X[:, ::-1] > 0.5
    found = f(X, U)
    erf = np.vectorize(lambda v: float(mp.erf(v)))(X[:50])
    expected = np.where(U[:50], erf, -X[:50]) * [1, -2] + np.sin(X[:50])
    density = 2 / np.sqrt(np.pi) * np.exp(-(X**2))
    assert_close([found[0][:50], found[1][:50]], [erf, expected])
    assert np.array_equal(found[2], found[1] > 0)
    assert_close(found[3:], [np.where(U, density, -1) * [1, -2] + np.cos(X)])


@pytest.mark.parametrize("dim", ["len", "range", "slice", "start", "block"])
def test_named_dims_called_as_what_the_loop_calls(dim):
    f = points(f"[{dim}]")
    x, y = sample(9000)
    for a, b in zip(f(x, y, 0.5), textbook(x, y, 0.5), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_threads():
    f = points()
    given = [sample(n, seed=n) for n in (5, 8192, 8193, 20_000, 30_000, 12_345)] * 2
    expected = [textbook(x, y, 0.5) for x, y in given]
    wrong = []

    def work(i):
        for _ in range(10):
            for a, b in zip(f(*given[i], 0.5), expected[i], strict=True):
                if not np.allclose(a, b, rtol=1e-11, atol=1e-12):
                    wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(given))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_an_error_in_a_block_leaves_later_calls_right():
    f = points()
    x, y = sample(20_000)
    bad = y.copy()
    bad[15_000] = 1e200
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        f(x, bad, 0.75)
    with np.errstate(all="ignore"):
        assert not np.isfinite(f(x, bad, 0.75)[0][15_000])
    assert_close(f(x, y, 0.75), textbook(x, y, 0.75))
    with pytest.raises(sg.ShapeError):
        f(x, y[:-1], 0.75)


def test_roots_at_the_ends_of_the_range():
    """Beside huge numbers the root is not that of a sum of squares, which would overflow."""
    for dtype in ("float64", "float32"):
        g = sg.Graph()
        x = g.input("x", f"{dtype}[n]")
        value = x / sg.sqrt(x * x + 2.25) + sg.sqrt(2.25 + x * x)
        f = sg.function([x], [value, sg.grad(sg.sum(value), x)])
        end = np.finfo(dtype)
        X = np.linspace(-3, 3, 1000, dtype=dtype)
        for extreme in (0.0, 1.0, end.tiny, end.max / 4, -end.max / 4, np.inf, np.nan):
            X[500] = extreme
            wide, eps = X.astype(np.longdouble), end.eps
            root = np.hypot(wide, np.longdouble(1.5))
            with np.errstate(invalid="ignore"):
                expected = [wide / root + root, 2.25 / root**3 + wide / root]
                found = f(X)
            rest = np.isfinite(wide)
            assert found[0].dtype == dtype
            assert_close([a[rest] for a in found], [a[rest] for a in expected], rtol=20 * eps)


@pytest.mark.parametrize(
    "build",
    [
        lambda x, y: sg.sin(x) * sg.mean(x) + sg.exp(x) * sg.cos(x),  # needs all points at once
        lambda x, y: sg.cumsum(sg.sin(x) * sg.exp(x) * sg.cos(x)),
        lambda x, y: sg.sin(x) * x.shape[0] + sg.exp(x) * sg.cos(x),
        lambda x, y: sg.outer(sg.sin(x), x) * sg.exp(x) * sg.cos(x),
    ],
)
def test_what_is_not_a_function_of_points_stays_whole(build):
    g = sg.Graph()
    x, y = g.input("x", "[n]"), g.input("y", "[n]")
    f = sg.function([x, y], build(x, y))
    assert "_f_block(" not in f.source
    X = np.linspace(-1, 1, 90)
    sin, rest = np.sin(X), np.exp(X) * np.cos(X)
    expected = [sin * X.mean() + rest, np.cumsum(sin * rest), sin * 90 + rest]
    expected.append(np.outer(sin, X) * rest)
    assert any(e.shape == f(X, X).shape and np.allclose(e, f(X, X)) for e in expected)


def test_the_module_stands_alone(tmp_path):
    g = sg.Graph()
    x, y = g.input("start", "[rows, 4]"), g.input("block", "[rows, 4]")
    value = sg.sin(x * y) / sg.sqrt(1 + x * x) + sg.exp(y) * sg.erf(x)
    path = tmp_path / "points.py"
    outputs = [value, *sg.grad(sg.sum(value), [x, y])]
    sg.write_module(path, style="fast", f=([x, y], outputs), _f_block=([x], sg.cos(x)))
    for tool in (["black", "--check", "-q"], ["ruff", "check", "--isolated", "-q"]):
        subprocess.run([sys.executable, "-m", *tool, str(path)], check=True)
    scope = {"__name__": "emitted"}
    exec(path.read_text(), scope)
    X, Y = sample(5000, 4)
    found = scope["f"](X, Y)
    e = np.exp(Y[:20]) * np.vectorize(lambda v: float(mp.erf(v)))(X[:20])
    assert_close([found[0][:20]], [np.sin(X * Y)[:20] / np.hypot(1, X[:20]) + e])
    assert_close([scope["_f_block"](X)], [np.cos(X)])
