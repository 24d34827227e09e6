"""Narrow networks in fast code: one product for weights and bias, and results that are parts."""

import re
from itertools import pairwise

import numpy as np
import pytest

import symgrad as sg

SLOPES = {
    "relu": (lambda z: np.maximum(z, 0), lambda h: (h > 0) * 1.0),
    "tanh": (np.tanh, lambda h: 1 - h**2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda h: h * (1 - h)),
}


def network(sizes, activation, dtype="float64", vector=False):
    """Inputs, parameters and the mean squared error."""
    g = sg.Graph()
    x, params = g.input("X", f"{dtype}[n, {sizes[0]}]"), []
    h, layers = x, len(sizes) - 1
    for i, (rows, columns) in enumerate(pairwise(sizes)):
        last = vector and i == layers - 1
        params.append(
            g.input(f"W{i}", f"{dtype}[{rows}]" if last else f"{dtype}[{rows}, {columns}]")
        )
        params.append(g.input(f"b{i}", dtype if last else f"{dtype}[{columns}]"))
        z = h @ params[-2] + params[-1]
        h = z if i == layers - 1 else getattr(sg, activation)(z)
    y = g.input("y", f"{dtype}[n]" if vector else f"{dtype}[n, {sizes[-1]}]")
    return [x, y, *params], params, sg.mean((h - y) ** 2)


def textbook(activation, x, y, *params):
    """The loss and the gradients, as a textbook writes them."""
    value, slope = SLOPES[activation]
    weights, biases, hs = params[::2], params[1::2], [x]
    for w, b in zip(weights, biases, strict=True):
        z = hs[-1] @ w + b
        hs.append(value(z) if len(hs) < len(weights) else z)
    r = hs[-1] - y
    d, found = 2 * r / r.size, []
    for i in reversed(range(len(weights))):
        found[:0] = [hs[i].T @ d, d.sum(axis=0)]
        d = (np.outer(d, weights[i]) if d.ndim == 1 else d @ weights[i].T) if i else d
        d = d * slope(hs[i]) if i else d
    return [np.mean(r**2), *found]


def drawn(inputs, n, seed=0):
    rng = np.random.default_rng(seed)
    shapes = [[d if isinstance(d, int) else n for d in x.shape] for x in inputs]
    return [rng.normal(size=s).astype(x.dtype) for s, x in zip(shapes, inputs, strict=True)]


def lines(f):
    """What is computed, line by line."""
    body = f.source.split("# forward")[1].split("return [")[0].splitlines()
    return [line.split("  #")[0].strip() for line in body if line.strip()[:1] not in ("#", "")]


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("activation", SLOPES)
@pytest.mark.parametrize(
    ("sizes", "vector"),
    [
        ((2, 2, 1), True),
        ((2, 3, 1), False),
        ((4, 5, 3), False),
        ((3, 4, 5, 2), False),
        ((1, 1, 1), True),
    ],
)
def test_values_are_the_textbooks(sizes, vector, activation, reuse):
    for dtype, tolerance in (("float64", 1e-12), ("float32", 2e-5)):
        inputs, params, loss = network(sizes, activation, dtype, vector)
        f = sg.function(inputs, [loss, *sg.grad(loss, params)], reuse_outputs=reuse)
        for n in (4, 1, 300, 4):
            given = drawn(inputs, n)
            wanted = textbook(activation, *(np.float64(a) for a in given))
            for found, want in zip(f(*given), wanted, strict=True):
                assert np.shape(found) == np.shape(want) and found.dtype == dtype
                np.testing.assert_allclose(found, want, rtol=tolerance, atol=tolerance)


def test_weights_and_bias_are_one_product():
    inputs, params, loss = network((2, 2, 1), "relu", vector=True)
    f = sg.function(inputs, [loss, *sg.grad(loss, params)])
    computed = lines(f)
    assert sum(".dot(" in line for line in computed) == 5  # one less than the tuned version has
    assert len([line for line in computed if line.startswith("_")]) == 4
    assert not [line for line in computed if "_add" in line or "concatenate" in line]


@pytest.mark.parametrize(("sizes", "vector"), [((2, 2, 1), True), ((5, 5, 3), False)])
def test_gradients_of_two_layers_of_few_units_are_one_product(sizes, vector):
    """Of what both read, in one array, with ones between, and both cotangents, in another."""
    inputs, params, loss = network(sizes, "relu", vector=vector)
    f = sg.function(inputs, [loss, *sg.grad(loss, params)])
    backward = [x for x in lines(f) if ".dot(" in x][-1]
    assert backward.startswith("t") and f"# [{sum(sizes[:2]) + 1}, " in f.source
    part = backward.split(" = ")[0]
    assert f"[{sizes[0]}, :{sizes[1]}]" in f.source and f"d_W0 = {part}[" in f.source
    assert re.search(r"joined\d: b1, W1", f.source) and re.search(r"joined\d: X, 1", f.source)
    assert "concatenate" not in "".join(lines(f))


def test_a_part_of_the_product_that_nobody_reads_may_overflow():
    """Products of one layer's inputs and the other's cotangents are computed, but never read."""
    inputs, params, loss = network((2, 2, 1), "tanh", vector=True)
    f = sg.function(inputs, [loss, *sg.grad(loss, params)])
    given = drawn(inputs, 3)
    given[0][1, 0], given[1][1] = 1e308, 100
    wanted = textbook("tanh", *given)
    with np.errstate(over="ignore"):
        results = f(*given)
    for found, want in zip(results, wanted, strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-12)


def test_results_are_parts_that_share_no_element_and_stay():
    inputs, params, loss = network((2, 3, 1), "tanh", vector=True)
    f = sg.function(inputs, [loss, *sg.grad(loss, params)])
    first = f(*drawn(inputs, 4))
    kept = [np.array(a) for a in first]
    both = [*first, *f(*drawn(inputs, 4, seed=1))]
    assert all(a.flags.writeable for a in both if isinstance(a, np.ndarray))
    pairs = [(a, b) for i, a in enumerate(both) for b in both[:i]]
    assert not any(np.shares_memory(a, b) for a, b in pairs)
    for a, b in zip(first, kept, strict=True):
        np.testing.assert_array_equal(a, b)


def test_parts_that_overlap_are_copied():
    g = sg.Graph()
    a, b = g.input("a", "[3, 3]"), g.input("b", "[3, 3]")
    x = np.arange(9.0).reshape(3, 3)
    for parts in (lambda m: (m[:2], m[1:], m[1]), lambda m: (m[:2], m.T), lambda m: (m[1], m)):
        found = sg.function([a, b], list(parts(a @ b)))(x, np.eye(3))
        assert not any(np.shares_memory(p, q) for i, p in enumerate(found) for q in found[:i])
        for p, q in zip(found, parts(x), strict=True):
            np.testing.assert_array_equal(p, q)


def test_units_that_are_nan_have_no_slope_where_nothing_asks_for_them():
    """An example whose units are inf - inf, and which the loss leaves out."""
    g = sg.Graph()
    specs = {"W": "[2, 2]", "c": "[2]", "U": "[2, 2]", "d": "[2]", "v": "[2]", "b": "[]"}
    x, use = g.input("x", "[n, 2]"), g.input("use", "bool[n]")
    *params, v, b = (g.input(name, spec) for name, spec in specs.items())
    h = sg.relu(sg.relu(x @ params[0] + params[1]) @ params[2] + params[3])
    loss = sg.sum(sg.where(use, h @ v + b, 0) ** 2)
    f = sg.function([x, use, *params, v, b], sg.grad(loss, [*params, v, b]))
    given = [[1e300, 0], [0, 0]], [False, True], [[1e300] * 2, [0, 0]], [1, 1]
    with np.errstate(all="ignore"):
        found = f(*map(np.array, given), [[1, 1], [-1, 1]], [1, 0], [1, 1], 0.5)
    np.testing.assert_allclose(found[3], [7, 7])


@pytest.mark.parametrize("index", [(), np.s_[:, 1:3], np.s_[::2], np.s_[:, :1], 1], ids=str)
def test_units_in_a_row(index):
    """Units are computed turned, in a part of an array: in a row they are a copy, of each call."""
    inputs, params, loss = network((5, 4, 5), "square")
    x, _, w, b, *_ = inputs
    row = sg.square(x @ w + b)[index].reshape((-1,))
    f = sg.function(inputs, [loss, row, *sg.grad(loss, params)])
    for seed in range(3):
        given = drawn(inputs, 3, seed)
        wanted = ((given[0] @ given[2] + given[3]) ** 2)[index].reshape(-1)
        np.testing.assert_allclose(f(*given)[1], wanted, rtol=1e-12)


def test_a_step_overwrites_the_weights():
    inputs, params, loss = network((2, 3, 1), "tanh", vector=True)
    steps = [p - 0.1 * g for p, g in zip(params, sg.grad(loss, params), strict=True)]
    f = sg.function(inputs, [loss], updates=dict(zip(params, steps, strict=True)))
    update = f.source.split("# update")[1].split("return [")[0]
    assert "_multiply" not in update  # the rate is a factor of the first cotangent
    assert update.count("_subtract(") == update.count("d_W") + update.count("d_b0") == 3
    given = drawn(inputs, 4)
    wanted = [np.array(a) for a in given]
    for _ in range(3):
        (found,) = f(*given)
        want, *slopes = textbook("tanh", *wanted)
        np.testing.assert_allclose(found, want, rtol=1e-12)
        for a, d in zip(wanted[2:], slopes, strict=True):
            a -= 0.1 * d
    for a, b in zip(given, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("sizes", [(3, 4, 5, 2), (2, 3, 1), (5, 5, 3)])
def test_memory_is_told(sizes, reuse):
    inputs, params, loss = network(sizes, "relu")
    f = sg.function(inputs, [loss, *sg.grad(loss, params)], reuse_outputs=reuse)
    f(*drawn(inputs, 500))
    kept = f._call.__globals__["_f_kept"]
    found, arrays = [*(kept.__dict__ if reuse else kept)[500]], {}
    for x in found:
        found += x if isinstance(x, list | tuple) else ()
        while getattr(x, "base", None) is not None:
            x = x.base
        arrays[id(x)] = getattr(x, "nbytes", 0)
    told = f.memory(n=500)
    assert sum(arrays.values()) == told.workspace
    unread = sizes[0] * sizes[2] * 8 + sizes[1] ** 2 * 8 if len(sizes) == 3 else 0
    assert told.made < 2**10 + unread  # results, a scalar product, and parts of the other


FLOATS = [(x, d) for x in (1.0, 0.0, -0.0, -2.5, np.inf, np.nan) for d in ("float64", "float32")]


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(("number", "dtype"), [*FLOATS, (2**62 + 1, "int64")])
def test_arrays_beside_constants(number, dtype, axis):
    """What is read, and what is returned, of arrays whose constants are written once."""
    g = sg.Graph()
    x = g.input("x", f"{dtype}[4, 3]")
    y, shape = x * x, (4, 1) if axis else (2, 3)
    whole = sg.concatenate([y, sg.broadcast_to(g.constant(number, dtype), shape)], axis=axis)
    outputs = [whole * 2, whole.T, sg.sum(whole, axis=0), whole[:2], y + x]
    for reuse in (False, True):
        f = sg.function([x], outputs, reuse_outputs=reuse)
        assert ("joined" in f.source) == (str(number) in ("1.0", "0.0", "-2.5"))
        for seed in (0, 1, 2):
            a = np.random.default_rng(seed).integers(-9, 9, (4, 3)).astype(dtype)
            want = np.concatenate([a * a, np.full(shape, number, dtype)], axis=axis)
            found = f(a)
            wanted = want * 2, want.T, want.sum(axis=0), want[:2], a * a + a
            for p, q in zip(found, wanted, strict=True):
                np.testing.assert_array_equal(p, q)
                np.testing.assert_array_equal(np.signbit(p), np.signbit(q))
            pairs = [(p, q) for i, p in enumerate(found) for q in found[:i]]
            assert not any(np.shares_memory(p, q) for p, q in pairs)
