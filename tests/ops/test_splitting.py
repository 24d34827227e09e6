"""Functions that return lists, against NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from tests.oracles import run

RNG = np.random.default_rng(1)


def declared(spec):
    return sg.Graph().input("x", spec)


SPLITS = [
    (np.split, (6,), (3,), {}),
    (np.split, (4, 6), (2,), {"axis": -1}),
    (np.split, (6,), ([1, 4],), {}),
    (np.split, (6,), ([0, 4, 9],), {}),
    (np.split, (6, 2), ([-1],), {}),
    (np.split, (6,), (np.array([2, 3]),), {}),
    (np.split, (6,), ([],), {}),
    (np.array_split, (7,), (3,), {}),
    (np.array_split, (2, 3), (4,), {"axis": 1}),
    (np.array_split, (7,), ([3],), {}),
    (np.hsplit, (4, 6), (3,), {}),
    (np.hsplit, (6,), (2,), {}),
    (np.vsplit, (4, 6), ([1],), {}),
    (np.dsplit, (2, 3, 4), (2,), {}),
    (np.unstack, (3, 2), (), {}),
    (np.unstack, (3, 2), (), {"axis": -1}),
]


@pytest.mark.parametrize("func, shape, args, params", SPLITS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_parts_and_their_gradients(func, shape, args, params, dtype):
    X = RNG.normal(size=shape).astype(dtype)
    x = declared(X)
    parts = func(x, *args, **params)
    assert parts == getattr(sg, func.__name__)(x, *args, **params)
    expected = func(X, *args, **params)
    for got, wanted in zip(run(parts, {"x": X}), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
    loss = sum(((i + 1) * p).sum() for i, p in enumerate(parts))
    places = func(np.arange(X.size).reshape(shape), *args, **params)
    slopes = np.zeros(X.size, dtype)
    for i, place in enumerate(places):
        slopes[place.ravel()] += i + 1
    (found,) = run([sg.grad(loss, x)], {"x": X} if "x" in str(loss) else {})
    np.testing.assert_array_equal(found, slopes.reshape(shape))


@pytest.mark.parametrize("n", [0, 1, 5])
def test_named_sizes_that_divide(n):
    g = sg.Graph()
    w, x = g.input("w", "[n]"), g.input("x", "[2*n, 3]")
    values = {"w": np.ones(n), "x": RNG.normal(size=(2 * n, 3))}
    halves, places = sg.split(x, 2), sg.split(x, [1, 3])
    assert sg.array_split(x, 2) == halves
    assert [h.shape for h in halves] == [("n", 3), ("n", 3)]
    expected = [*np.split(values["x"], 2), *np.split(values["x"], [1, 3])]
    found = run([*halves, *places, w], values, {"n": n})
    for got, wanted in zip(found[:-1], expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_splits_and_joins_are_inverse():
    x, X = declared("[6, 4]"), RNG.normal(size=(6, 4))
    back = [sg.concatenate(sg.split(x, 2)), sg.stack(sg.unstack(x, axis=1), axis=1)]
    *same, slope = run([*back, sg.grad((back[0] * back[1]).sum(), x)], {"x": X})
    np.testing.assert_array_equal(same, [X, X])
    np.testing.assert_allclose(slope, 2 * X)


def test_lists_leave_traces_texts_and_batches():
    y = sg.trace(lambda x: np.split(np.tanh(x), 2), "[4]")
    assert [p.shape for p in y] == [(2,), (2,)]
    z = sg.parse("split(x, 2)[1] * unstack(x)[0]", x="[4]")
    np.testing.assert_array_equal(sg.function(None, z)(np.arange(1.0, 5)), [3, 4])
    rows = sg.vmap(lambda r: sg.split(r, 2))(declared("[n, 4]"))
    assert [r.shape for r in rows] == [("n", 2), ("n", 2)]


GRIDS = [(3,), (3, 4), (3, 4, 2), (1, 0)]


@pytest.mark.parametrize("sizes", GRIDS)
@pytest.mark.parametrize("indexing", ["xy", "ij"])
@pytest.mark.parametrize("sparse", [False, True])
def test_meshgrid(sizes, indexing, sparse):
    g = sg.Graph()
    values = {f"x{i}": RNG.normal(size=s) for i, s in enumerate(sizes)}
    xs = [g.input(k, f"[n{k}]") for k in values]
    found = run(
        np.meshgrid(*xs, indexing=indexing, sparse=sparse),
        values,
        {f"n{k}": len(v) for k, v in values.items()},
    )
    expected = np.meshgrid(*values.values(), indexing=indexing, sparse=sparse)
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_broadcast_arrays():
    g = sg.Graph()
    x, y = g.input("x", "[n, 1]"), g.input("y", "[3]")
    assert [a.shape for a in np.broadcast_arrays(x, y)] == [("n", 3), ("n", 3)]
    assert [a.shape for a in sg.broadcast_arrays(x, 2.0)] == [("n", 1), ("n", 1)]


@pytest.mark.parametrize(
    "split, message",
    [
        (lambda x: sg.split(x, 2), "size n of axis 0 does not divide by 2"),
        (lambda x: sg.split(x, 2, axis=1), "size 3 of axis 1 does not divide by 2"),
        (lambda x: sg.array_split(x, 2), "size n of axis 0 does not divide by 2"),
        (lambda x: sg.split(x, 0), "0 is no number of parts"),
        (lambda x: sg.split(x, 1.5), "a number, or a list of places, not 1.5"),
        (lambda x: sg.split(x, 2, axis=2), "axis 2 is out of range"),
        (lambda x: sg.unstack(x), "how long a list of n is, is not known now"),
        (lambda x: sg.vsplit(x[0], 3), "has no axis 0"),
        (lambda x: sg.hsplit(x[0, 0], 3), "is a scalar"),
        (lambda x: sg.broadcast_arrays(x, x[:, :2]), "differ"),
        (lambda x: sg.meshgrid(x, indexing="yx"), "indexing is"),
    ],
)
def test_what_can_not_be_taken_apart(split, message):
    with pytest.raises(sg.ShapeError, match=message):
        split(declared("[n, 3]"))


def test_wrong_calls_show_the_signature():
    with pytest.raises(sg.GraphError, match="missing a required argument") as error:
        sg.split(declared("[4]"))
    assert error.value.how == "Call it as split(x, indices_or_sections, axis=0)."
