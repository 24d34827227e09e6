"""Arguments that are overwritten: odd ones, wrong ones, and several in the same memory."""

from __future__ import annotations

import runpy

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import symgrad as sg
from tests.backends.odd_arrays import NAN, ODD, fingerprint, is_array, strided

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

WRITABLE = {"plain", "column-major", "non-contiguous", "unaligned", "field of records"}
WRITABLE |= {"dtype with metadata", "infinite", "not a number", "subnormal", "negative zero"}
REFUSED = {
    **{name: make for name, make in ODD.items() if name not in WRITABLE},
    "masked": np.ma.masked_array,
    "object": lambda x: x.astype(object),
    "wide": lambda x: x.astype(np.longdouble),
    "complex": lambda x: x.astype(complex),
    "matrix": lambda x: x.view(np.matrix),
    "none": lambda x: None,
}


def descent(style, parameters, dtype="float64"):
    """A step of gradient descent over so many pairs of parameters, and its oracle."""
    g = sg.Graph()
    X, rate = g.input("X", f"{dtype}[n, 3]"), g.input("rate", f"{dtype}[]")
    p = [g.input(f"p{i}", f"{dtype}[3]") for i in range(parameters)]
    z = sum(((i + 1) * (X @ x) for i, x in enumerate(p)), start=X[:, 0])
    loss = (z**2).sum()
    new = {x: x - rate * d for x, d in zip(p, sg.grad(loss, p), strict=True)}
    return sg.function([X, rate, *p], [loss, p[0]], updates=new, style=style)


def by_hand(X, rate, *p):
    """The results, and the new parameters, of arguments that stay as they are."""
    z = X[:, 0] + sum((i + 1) * (X @ x) for i, x in enumerate(p))
    return [z @ z, np.array(p[0])], [x - rate * 2 * (i + 1) * (X.T @ z) for i, x in enumerate(p)]


def check(f, X, rate, *p):
    """A call gives what copies of its arguments would have given."""
    copies = [np.array(v) for v in (X, rate, *p)]
    results, new = by_hand(*copies)
    found = f(X, rate, *p)
    rtol = 1e-12 if X.dtype == np.float64 else 1e-4
    for a, b in zip([*found, *p], [*results, *new], strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).integers(-9, 9, shape) / 4


@pytest.mark.parametrize("odd", sorted(WRITABLE))
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_odd_arrays_are_overwritten(style, dtype, odd):
    f = descent(style, 2, dtype)
    X = numbers(4, 3).astype(dtype)
    given = ODD[odd](numbers(3, seed=1).astype(dtype))
    with np.errstate(invalid="ignore", over="ignore"):
        check(f, X, 0.5, given, numbers(3, seed=2).astype(dtype))


@pytest.mark.parametrize("odd", sorted(REFUSED))
def test_what_would_be_converted_is_refused_and_nothing_is_changed(style, odd):
    f = descent(style, 2)
    X, good = numbers(4, 3), numbers(3, seed=2)
    bad = REFUSED[odd](numbers(3, seed=1))
    held = [X, good, bad]
    before = [fingerprint(v) for v in held if is_array(v) and v.dtype != object]
    for place, given in enumerate([(bad, good), (good, bad)]):
        with pytest.raises(sg.DTypeError, match=f"argument p{place} is overwritten, and so has to"):
            f(X, 0.5, *given)
    assert [fingerprint(v) for v in held if is_array(v) and v.dtype != object] == before
    check(f, X, 0.5, good, numbers(3))


@pytest.mark.parametrize("wrong", [np.ones(2), np.ones((3, 1)), np.array(1.0), np.ones(0)])
def test_wrong_shapes_are_refused_and_nothing_is_changed(style, wrong):
    f = descent(style, 2)
    X, good, bad = numbers(4, 3), numbers(3), wrong.copy()
    with pytest.raises(sg.ShapeError, match="argument p1 has shape"):
        f(X, 0.5, good, bad)
    np.testing.assert_array_equal(good, numbers(3))
    np.testing.assert_array_equal(bad, wrong)


def test_a_named_size_of_overwritten_arguments(style):
    g = sg.Graph()
    a, b = g.input("a", "[n]"), g.input("b", "[n, n]")
    f = sg.function([a, b], a.sum(), updates={a: a + b.sum(axis=0), b: b * 2}, style=style)
    x, y = np.ones(3), np.ones((3, 2))
    with pytest.raises(sg.ShapeError, match=r"argument b has shape \(3, 2\).* with n = 3"):
        f(x, y)
    assert (x == 1).all() and (y == 1).all()
    for n in (0, 1, 2):
        x, y = np.ones(n), np.ones((n, n))
        assert f(x, y) == n
        assert x.tolist() == [1.0 + n] * n and y.tolist() == [[2.0] * n] * n


@pytest.mark.parametrize("n", [0, 1, 5])
def test_batches_of_any_size(style, n):
    check(descent(style, 3), numbers(n, 3), 0.25, *numbers(3, 3, seed=n))


def test_not_a_number_goes_through(style):
    f = descent(style, 2)
    p = [np.array([1.0, NAN, 2.0]), np.zeros(3)]
    with np.errstate(invalid="ignore"):
        check(f, numbers(4, 3), 0.5, *p)
    assert np.isnan(p[1]).all()


# Memory that arguments share.

FLAT = np.arange(12.0)
APART = {
    "halves": lambda m: [m[:3], m[3:6]],
    "rows": lambda m: list(m[:6].reshape(2, 3)),
    "columns": lambda m: list(m[:6].reshape(3, 2).T),
    "every other": lambda m: [m[0:6:2], m[1:6:2]],
    "backwards": lambda m: [m[2::-1], m[5:2:-1]],
    "own and part": lambda m: [m[:3], m[6:9].copy()],
}
SHARED = {
    "the same": lambda m: [m[:3]] * 2,
    "equal parts": lambda m: [m[:3], m[:3]],
    "one in common": lambda m: [m[:3], m[2:5]],
    "reversed": lambda m: [m[:3], m[2::-1]],
    "strides that meet": lambda m: [m[0:6:2], m[1:9:3]],
    "by other memory": lambda m: [m[:3], np.frombuffer(memoryview(m), count=3)],
    "by strides": lambda m: [m[:3], as_strided(m, (3,), (8,))],
}


@pytest.mark.parametrize("case", APART)
def test_parts_of_one_array_are_overwritten(style, case):
    check(descent(style, 2), numbers(4, 3), 0.5, *APART[case](FLAT.copy()))


@pytest.mark.parametrize("case", SHARED)
def test_overwritten_arguments_may_not_share_memory(style, case):
    f, memory, X = descent(style, 2), FLAT.copy(), numbers(4, 3)
    with pytest.raises(sg.GraphError, match="f: arguments p0 and p1 share memory"):
        f(X, 0.5, *SHARED[case](memory))
    np.testing.assert_array_equal(memory, FLAT)
    check(f, X, 0.5, numbers(3), numbers(3, seed=1))


@pytest.mark.parametrize("values", [np.ones(3), np.ones((2, 3))[0]])
def test_one_array_of_its_own_for_two_arguments(style, values):
    with pytest.raises(sg.GraphError, match="f: arguments p0 and p1 share memory"):
        descent(style, 2)(numbers(4, 3), 0.5, values, values)
    assert (values == 1).all()


def test_elements_that_are_one(style):
    for given in ([as_strided(np.ones(1), (3,), (0,))], [np.ones(3), as_strided(FLAT, (3,), (0,))]):
        name = f"p{len(given) - 1}"
        with pytest.raises(sg.GraphError, match=f"elements of argument {name} share memory"):
            descent(style, len(given))(numbers(4, 3), 0.5, *given)
    assert FLAT.tolist() == list(range(12))


WINDOWS = {
    "sliding": lambda m: sliding_window_view(m, 3, writeable=True),
    "sliding, turned": lambda m: sliding_window_view(m, 3, writeable=True).T[::-1],
    "by a constructor": lambda m: np.ndarray((4, 3), float, m, strides=(16, 8)),
    "that meet once": lambda m: as_strided(m, (2, 3), (16, 8)),
    "that meet once, with gaps": lambda m: as_strided(m, (2, 3), (32, 16)),
    "bytes in common": lambda m: np.ndarray((3,), float, m, strides=(4,)),
}


@pytest.mark.parametrize("case", WINDOWS)
@pytest.mark.parametrize("others", [0, 1])
def test_windows_of_one_array(style, case, others):
    memory = FLAT.copy()
    windows = WINDOWS[case](memory)
    g = sg.Graph()
    x, b = g.input("x", [*windows.shape]), g.input("b", "[3]")
    updates = {x: 2 * x, b: -b} if others else {x: 2 * x}
    f = sg.function([x, b], [], updates=updates, style=style)
    with pytest.raises(sg.GraphError, match="f: elements of argument x share memory"):
        f(windows, np.ones(3))
    np.testing.assert_array_equal(memory, FLAT)


def test_axes_that_reach_into_one_another(style):
    memory = FLAT.copy()
    x = sg.Graph().input("x", "[3, 2]")
    sg.function([x], [x.sum()], updates={x: -x}, style=style)(as_strided(memory, (3, 2), (16, 24)))
    changed = [0, 2, 3, 4, 5, 7]
    np.testing.assert_array_equal(memory, np.where(np.isin(FLAT, changed), -FLAT, FLAT))


@pytest.mark.parametrize("others", [0, 1])
def test_windows_that_do_not_meet(style, others):
    memory = FLAT.copy()
    g = sg.Graph()
    x, b = g.input("x", "[n, m]"), g.input("b", "[3]")
    updates = {x: 2 * x, b: -b} if others else {x: 2 * x}
    f = sg.function([x, b], [], updates=updates, style=style)
    f(sliding_window_view(memory, 3, writeable=True)[::3], np.ones(3))
    np.testing.assert_array_equal(memory, 2 * FLAT)
    f(as_strided(memory, (1, 12), (8, 8)), np.ones(3))
    np.testing.assert_array_equal(memory, 4 * FLAT)
    f(memory[3:9].reshape(2, 3).T[::-1, ::-1], np.ones(3))
    np.testing.assert_array_equal(memory[2:10], [8, 24, 32, 40, 48, 56, 64, 36])


@pytest.mark.parametrize("parameters", [3, 20])
def test_many_parameters_in_one_vector(style, parameters):
    f, memory = descent(style, parameters), numbers(parameters * 3)
    parts = list(memory.reshape(parameters, 3))
    check(f, numbers(4, 3), 1e-3, *parts)
    for i, j in ((0, parameters - 1), (1, 2)):
        twice = [*parts]
        twice[j] = parts[i]
        with pytest.raises(sg.GraphError, match=f"arguments p{i} and p{j} share memory"):
            f(numbers(4, 3), 1e-3, *twice)
    check(f, numbers(4, 3), 1e-3, *(p.copy() for p in parts))
    with pytest.raises(sg.GraphError, match="share memory"):
        f(numbers(4, 3), 1e-3, *[np.ones(3)] * parameters)


def test_a_large_part_and_smaller_ones_within(style):
    g = sg.Graph()
    A, b, c = g.input("A", "[2, 5]"), g.input("b", "[2]"), g.input("c", "[2]")
    f = sg.function([A, b, c], [], updates={A: -A, b: b + 1, c: c * 2}, style=style)
    m = np.arange(20.0)
    whole = m.reshape(2, 10)
    f(whole[:, :5], whole[0, 5:7], whole[1, 8:])
    expected = [0, -1, -2, -3, -4, 6, 7, 7, 8, 9, -10, -11, -12, -13, -14, 15, 16, 17, 36, 38]
    assert m.tolist() == expected
    with pytest.raises(sg.GraphError, match="arguments A and c share memory"):
        f(whole[:, :5], whole[0, 5:7], whole[1, 4:6])
    assert m.tolist() == expected


def test_arguments_that_are_only_read_may_share_memory_with_others(style):
    """All is read before anything is overwritten: order never matters."""
    f = descent(style, 2)
    m = numbers(4, 3)
    check(f, m, 0.5, m[0], m[3])
    m = numbers(4, 3)
    check(f, m[::-1], m[1, 2, ...], m[0, ::-1], m[1])
    m = numbers(2, 3)
    check(f, strided(m), m[0, 0, ...], m[0], m[1])


def test_a_number_that_is_an_element_of_what_is_overwritten(style):
    g = sg.Graph()
    a, b, t = g.input("a", "[3]"), g.input("b", "[3]"), g.input("t", "[]")
    f = sg.function([a, b, t], [], updates={a: a * t, b: b * t, t: t + 1}, style=style)
    x, y, one = np.array([2.0, 3.0, 4.0]), np.ones(3), np.array(5.0)
    with pytest.raises(sg.GraphError, match="arguments a and t share memory"):
        f(x, y, x[0, ...])
    f(x, y, one)
    assert x.tolist() == [10, 15, 20] and y.tolist() == [5] * 3 and one == 6
    g = sg.function([a, b, t], [], updates={a: a * t, b: b + t}, style=style)
    g(x, y, x[0, ...])
    assert x.tolist() == [100, 150, 200] and y.tolist() == [15] * 3


def test_one_overwritten_argument_of_what_it_shares(style):
    g = sg.Graph()
    a, b = g.input("a", "[4]"), g.input("b", "[4]")
    f = sg.function([a, b], [], updates={a: a + b}, style=style)
    m = np.arange(5.0)
    f(m[1:], m[:4])
    assert m.tolist() == [0, 1, 3, 5, 7]
    f(m[:4], m[3::-1])
    assert m.tolist() == [5, 4, 4, 5, 7]


def test_files_refuse_shared_memory_too(style, tmp_path):
    g = sg.Graph()
    a, b = g.input("a", "[3]"), g.input("b", "[3]")
    path = sg.write_module(
        tmp_path / "step.py", style=style, step=([a, b], [], {a: a + b, b: a - b})
    )
    step, m = runpy.run_path(str(path))["step"], np.arange(6.0)
    step(m[:3], m[3:])
    assert m.tolist() == [3, 5, 7, -3, -3, -3]
    for x, y in ((m[:3], m[1:4]), (m[:3], m[:3])):
        with pytest.raises(ValueError, match="step: arguments a and b share memory, and are to be"):
            step(x, y)
    with pytest.raises(TypeError, match="step: argument b is overwritten"):
        step(m[:3], [1.0, 2.0, 3.0])
    assert m.tolist() == [3, 5, 7, -3, -3, -3]
