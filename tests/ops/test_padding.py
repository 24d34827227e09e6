"""Pad, tile, repeat, insert and delete: what the enumerating tests do not reach."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from tests.oracles import run

RNG = np.random.default_rng(2)
MODES = ["constant", "edge", "reflect", "symmetric", "wrap"]


def declared(spec):
    return sg.Graph().input("x", spec)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_modes_at_every_size_of_a_named_dim(mode, n):
    x, X = declared("[n, 2]"), RNG.normal(size=(n, 2))
    width = ((4, 7), (1, 0))
    y = np.pad(x, width, mode=mode)
    assert y is sg.pad(x, width, mode=mode)
    weights = RNG.normal(size=(n + 11, 3))
    w = y.graph.input("w", (x.shape[0] + 11, 3))
    found, slope = run([y, sg.grad((y * w).sum(), x)], {"x": X, "w": weights}, {"n": n})
    np.testing.assert_array_equal(found, np.pad(X, width, mode))
    places = np.pad(np.arange(X.size).reshape(X.shape), width, mode, **fill(mode))
    inside = places >= 0
    expected = np.bincount(places[inside], weights[inside], X.size)
    np.testing.assert_allclose(slope, expected.reshape(X.shape), rtol=1e-13, atol=1e-15)


def fill(mode):
    return {"constant_values": -1} if mode == "constant" else {}


WIDTHS = [
    2,
    (1,),
    (1, 2),
    ((1, 2),),
    ((1, 2), (0, 3)),
    [[1, 2], [0, 3]],
    np.array([[1, 0], [2, 2]]),
]
WIDTHS += [{0: 1, -1: (2, 0)}, {1: 3}, 0, ((0, 0), (0, 0))]


@pytest.mark.parametrize("width", WIDTHS, ids=str)
@pytest.mark.parametrize("mode", ["constant", "wrap"])
def test_every_form_of_widths(width, mode):
    x, X = declared("float32[2, 3]"), RNG.normal(size=(2, 3)).astype(np.float32)
    (found,) = run([sg.pad(x, width, mode)], {"x": X})
    expected = np.pad(X, width, mode)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


@pytest.mark.parametrize(
    "dtype, value",
    [
        ("float32", -0.0),
        ("float64", np.inf),
        ("int64", 7),
        ("int32", -2.0),
        ("bool", 1),
        ("bool", 0),
    ],
)
def test_constants_are_in_the_dtype_of_the_array(dtype, value):
    x, X = declared(f"{dtype}[n]"), np.ones(2, dtype)
    y = sg.pad(x, (1, 2), constant_values=value)
    (found,) = run([y], {"x": X}, {"n": 2})
    expected = np.pad(X, (1, 2), constant_values=value)
    np.testing.assert_array_equal(found, expected)
    assert dtype == "bool" or np.array_equal(np.signbit(found), np.signbit(expected))
    assert sg.parse(str(y), graph=y.graph) is y


def test_emitted_text_is_short():
    x = declared("[n, 3]")
    texts = {
        "np.pad(x, 1)": sg.pad(x, 1),
        "np.pad(x, (1, 2))": sg.pad(x, (1, 2)),
        "np.pad(x, ((0, 0), (0, 2)), constant_values=0.5)": sg.pad(
            x, ((0, 0), (0, 2)), constant_values=0.5
        ),
        "np.tile(x, (2, 1))": sg.tile(x, (2, 1)),
        "np.repeat(x, 2, axis=1)": sg.repeat(x, 2, axis=1),
        "ct[1:-2]": sg.vjp(sg.pad(x, ((1, 2), (0, 0))), x, x.graph.input("ct", "[n + 3, 3]")),
    }
    for text, y in texts.items():
        y = y + x.sum() if "ct" in text else y
        assert text in sg.function(None, y).source


def test_sizes_may_be_named():
    x, X = declared("[n, 2]"), RNG.normal(size=(3, 2))
    n = x.shape[0]
    outputs = [sg.pad(x, ((n, 1), (0, 0))), sg.tile(x, (1, n)), sg.repeat(x, n, axis=0)]
    expected = [np.pad(X, ((3, 1), (0, 0))), np.tile(X, (1, 3)), np.repeat(X, 3, axis=0)]
    for y, got, wanted in zip(outputs, run(outputs, {"x": X}, {"n": 3}), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
        assert sg.parse(str(y), graph=y.graph) is y
    slopes = run([sg.grad((y * y).sum() / 2, x) for y in outputs], {"x": X}, {"n": 3})
    for got, times in zip(slopes, (1, 3, 3), strict=True):
        np.testing.assert_allclose(got, times * X)


@pytest.mark.parametrize("repeats", [[2, 0, 3], (1, 1, 1), np.array([0, 0, 0]), [4]])
def test_repeats_that_differ(repeats):
    x, X = declared("[3, 2]"), RNG.normal(size=(3, 2))
    y = np.repeat(x, repeats, axis=0)
    found, slope = run([y, sg.grad((y * y).sum() / 2, x)], {"x": X})
    np.testing.assert_array_equal(found, np.repeat(X, repeats, axis=0))
    np.testing.assert_allclose(slope, X * np.broadcast_to(repeats, 3)[:, None])


EDITS = [
    (np.insert, (3, 9.0), {}),
    (np.insert, (0, np.ones(2)), {"axis": 0}),
    (np.insert, (-2, np.ones((2, 2))), {"axis": 0}),
    (np.insert, (2, np.arange(4.0)), {"axis": 1}),
    (np.insert, ([0, 4], np.ones((2, 2))), {"axis": 0}),
    (np.insert, ([1, 1, 2], [1.0, 2.0, 3.0]), {}),
    (np.insert, (slice(0, 3), 5.0), {"axis": 0}),
    (np.delete, (3,), {}),
    (np.delete, (-1,), {"axis": 0}),
    (np.delete, ([0, -1, 0],), {"axis": 0}),
    (np.delete, ([],), {"axis": 0}),
    (np.delete, (slice(1, 3),), {"axis": 0}),
    (np.delete, (np.array([True, False, False, True]),), {"axis": 0}),
]


@pytest.mark.parametrize("func, args, params", EDITS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_insert_and_delete(func, args, params, dtype):
    X = np.arange(8).reshape(4, 2).astype(dtype)
    x = declared(X)
    (found,) = run([func(x, *args, **params)], {"x": X})
    expected = func(X, *args, **params)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


@pytest.mark.parametrize("n", [1, 2, 6])
def test_one_place_of_a_named_size(n):
    x, X = declared("[n]"), RNG.normal(size=n)
    outputs = [sg.delete(x, 0), sg.delete(x, -1), sg.insert(x, 0, 5.0), sg.insert(x, -1, 5.0)]
    found = run(outputs, {"x": X}, {"n": n})
    expected = [np.delete(X, 0), np.delete(X, -1), np.insert(X, 0, 5.0), np.insert(X, -1, 5.0)]
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_inserted_expressions_are_differentiated():
    g = sg.Graph()
    x, v = g.input("x", "[4]"), g.input("v", "[2]")
    y = np.insert(x, [1, 3], v)
    w = np.arange(1.0, 7)
    dx, dv = run(sg.grad((y * w).sum(), [x, v]), {})
    np.testing.assert_array_equal(dx, [1, 3, 4, 6])
    np.testing.assert_array_equal(dv, [2, 5])


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda x: sg.pad(x, -1), sg.ShapeError, "can not be negative"),
        (lambda x: sg.pad(x, ((1, 1), (1, 1), (1, 1))), sg.ShapeError, "3 pairs of widths"),
        (lambda x: sg.pad(x, (1, 2, 3)), sg.ShapeError, "a number or a pair"),
        (lambda x: sg.pad(x, 1, mode="mean"), sg.GraphError, "does not pad in the mode 'mean'"),
        (lambda x: sg.pad(x, 1, constant_values=(1, 2)), sg.DTypeError, "is one number"),
        (lambda x: sg.pad(x.astype(int), 1, constant_values=0.5), sg.DTypeError, "0.5 is no int64"),
        (lambda x: sg.pad(x[:, :0], 1, mode="edge"), sg.ShapeError, "axis 1 is empty"),
        (lambda x: sg.tile(x, -1), sg.ShapeError, "can not be negative"),
        (lambda x: sg.tile(x, 1.5), sg.ShapeError, "an integer or a named dim"),
        (lambda x: sg.repeat(x, -1), sg.ShapeError, "can not be negative"),
        (lambda x: sg.repeat(x, [1, 2], axis=1), sg.ShapeError, "2 repeats do not fit size 3"),
        (lambda x: sg.delete(x, 3, axis=1), sg.ShapeError, "place 3 is out of range"),
        (lambda x: sg.delete(x, [3], axis=1), sg.ShapeError, "out of bounds"),
        (lambda x: sg.delete(x, [0], axis=0), sg.ShapeError, "of a named size, n"),
        (lambda x: sg.insert(x, 4, 0.0, axis=1), sg.ShapeError, "place 4 is out of range"),
        (lambda x: sg.insert(x, [0, 1], np.ones(3), axis=1), sg.ShapeError, "broadcast"),
    ],
)
def test_mistakes_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make(declared("[n, 3]"))
