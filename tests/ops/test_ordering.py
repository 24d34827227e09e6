"""Sorting, places of extremes, and elements taken along an axis: ties, permutations, mistakes."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from tests.oracles import run

RNG = np.random.default_rng(0)
TIED = np.array([[2.0, 1.0, 2.0, 1.0, 2.0], [0.0, -0.0, 0.0, 5.0, -5.0]])


def matrix(dtype="float64"):
    return sg.Graph().input("x", "[2, n]", dtype)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("kind", ["float64", "float32", "int32", "bool"])
def test_orders_are_numpy_s_stable_ones(axis, kind):
    x = matrix(kind)
    X = TIED.astype(kind)
    order, ordered = run([sg.argsort(x, axis), sg.sort(x, axis=axis)], {"x": X})
    np.testing.assert_array_equal(order, np.argsort(X, axis, kind="stable"))
    np.testing.assert_array_equal(ordered, np.sort(X, axis))


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_places_of_extremes_are_the_first(name, axis, keepdims):
    y = getattr(sg, name)(matrix(), axis=axis, keepdims=keepdims)
    expected = getattr(np, name)(TIED, axis=axis, keepdims=keepdims)
    np.testing.assert_array_equal(run([y], {"x": TIED})[0], expected)


def test_of_a_scalar_the_place_is_0():
    x = sg.Graph().input("x")
    assert run([sg.argmax(x), sg.sort(x, axis=None)], {"x": np.array(3.0)}) == [0, [3.0]]


@pytest.mark.parametrize("axis", [0, 1])
def test_the_cotangent_goes_back_by_the_permutation_also_at_ties(axis):
    x = matrix()
    w = np.arange(10.0).reshape(2, 5)
    g = x.graph.input("w", x.shape)
    (slope,) = run([sg.grad((sg.sort(x, axis) * g).sum(), x)], {"x": TIED, "w": w})
    expected = np.zeros_like(w)
    np.put_along_axis(expected, np.argsort(TIED, axis, kind="stable"), w, axis)
    np.testing.assert_array_equal(slope, expected)


def test_permutations_are_never_scattered():
    """Nor sorted a third time: the inverse of an inverse is the permutation."""
    x = sg.Graph().input("x", "[n]")
    tangent = x.graph.input("t", "[n]")
    order = sg.argsort(x)
    for y in (sg.sort(x), sg.take_along_axis(x, order)):
        forward = sg.jvp(y, x, tangent)
        outputs = [sg.grad((y * y).sum(), x), forward]
        source = sg.function(None, outputs, style="readable").source
        assert "add_along_axis" not in source and source.count("np.argsort(") <= 2
        fast = sg.function(None, outputs).source
        assert "add_along_axis" not in fast
        assert fast.count(" = _order(") == 1 and fast.count(" = _inverse(") <= 1
    X, T = np.array([3.0, 1.0, 2.0]), np.array([10.0, 20.0, 30.0])
    np.testing.assert_array_equal(sg.function([x, tangent], forward)(X, T), [20, 30, 10])


def test_gradients_are_those_of_autograd():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    x = sg.Graph().input("x", "[5]")
    X, w = RNG.normal(size=5), np.arange(1.0, 6)
    (slope,) = run([sg.grad((sg.sort(x) ** 2 * w).sum(), x)], {"x": X})
    mirror = autograd.grad(lambda x: anp.sum(anp.sort(x) ** 2 * w))
    np.testing.assert_allclose(slope, mirror(X))


def test_elements_taken_twice_get_both_cotangents():
    g = sg.Graph()
    x, i = g.input("x", "[2, n]"), g.input("i", "int64[2, 3]")
    X, places = RNG.normal(size=(2, 5)), np.array([[0, 0, -1], [4, 4, 4]])
    y = sg.take_along_axis(x, i)
    value, slope = run([y, sg.grad((y * y).sum(), x)], {"x": X, "i": places})
    np.testing.assert_array_equal(value, np.take_along_axis(X, places, 1))
    expected = np.zeros((2, 5))
    for (row, k), place in np.ndenumerate(places):
        expected[row, place] += 2 * value[row, k]
    np.testing.assert_array_equal(slope, expected)


@pytest.mark.parametrize("n", [0, 1])
def test_small_sizes(n):
    x = matrix("float32")
    slope = sg.grad((sg.sort(x) ** 3).sum() + (sg.topk(x, 1) ** 2).sum(), x)
    X = RNG.normal(size=(2, n)).astype("float32")
    found, places = run([slope, sg.argsort(x)], {"x": X}, {"n": n})
    np.testing.assert_allclose(found, 3 * X**2 + 2 * X, rtol=1e-6)
    assert not places.any()


def test_the_largest_elements():
    x = sg.Graph().input("x", "[2, 5]")
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    values, places = sg.topk(x, 2), sg.argtopk(x, 2)
    slope = sg.grad((values * w).sum(), x)
    found = run([values, places, slope], {"x": TIED})
    np.testing.assert_array_equal(found[0], [[2, 2], [5, 0]])
    np.testing.assert_array_equal(found[1], [[0, 2], [3, 0]])
    np.testing.assert_array_equal(found[2], [[1, 0, 2, 0, 0], [4, 0, 0, 3, 0]])


def test_in_the_text_language_and_in_numpy_code():
    for text in ("sort(x)[1:]", "argsort(x, axis=0)", "take_along_axis(x, argmax(x, 1, True))"):
        y = sg.parse(text, x="[3, n]")
        assert sg.parse(str(y), graph=y.graph) is y
        assert sg.to_latex(y)

    def program(x):
        order = np.argsort(x, axis=0, kind="stable")
        return np.take_along_axis(x, order, axis=0) - np.sort(x, axis=0) + np.argmax(x)

    y = sg.trace(program, "[n, 3]")
    np.testing.assert_array_equal(sg.function(None, y)(TIED.T[:, [0, 1, 1]]), np.full((5, 3), 10))


def test_mistakes_are_named():
    g = sg.Graph()
    x, empty, i = g.input("x", "[2, n]"), g.input("e", "[0, 3]"), g.input("i", "int64[n]")
    for call, kind, what in [
        (lambda: sg.argmax(empty), sg.ShapeError, "axis 0 is empty, and has no largest"),
        (lambda: sg.argmin(empty, axis=0), sg.ShapeError, "cannot apply argmin to e"),
        (lambda: sg.argmax(x, axis=(0, 1)), sg.ShapeError, "one integer or None"),
        (lambda: sg.sort(x, axis=2), sg.ShapeError, "axis 2 is out of range"),
        (lambda: sg.take_along_axis(x, i), sg.ShapeError, "2 and 1 axes differ in number"),
        (lambda: sg.take_along_axis(x, x), sg.DTypeError, "indices are integers, not float64"),
        (lambda: sg.topk(x, 3, axis=0), sg.GraphError, "at most 2, not 3"),
        (lambda: sg.topk(x, 1.5), sg.GraphError, "k is a number of elements"),
        (lambda: sg.add_along_axis(x, x.astype("int64"), (2, 3, 4)), sg.ShapeError, "2|3"),
    ]:
        with pytest.raises(kind, match=what):
            call()
    assert sg.argmax(empty, axis=1).shape == (0,)
