"""Indexing and rearrangement: NumPy's answers, for fixed sizes and for every named dim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgrad as sg
from tests.oracles import check_declared, run

slices = st.builds(
    slice,
    st.none() | st.integers(-4, 4),
    st.none() | st.integers(-4, 4),
    st.none() | st.sampled_from([1, 2, 3]),
)
backward = st.sampled_from([slice(None, None, -1), slice(None, None, -2), slice(3, 0, -1)])
entries = st.one_of(slices, backward, st.none(), st.just(Ellipsis), st.integers(-2, 1))
indices = st.lists(entries, max_size=4).map(tuple)


@settings(deadline=None, max_examples=200)
@given(indices)
def test_basic_indexing_of_fixed_sizes(index):
    x = sg.Graph().input("x", "[2, 3, 4]")
    X = np.arange(24.0).reshape(2, 3, 4)
    try:
        expected = X[index]
    except IndexError:
        with pytest.raises(sg.ShapeError):
            x[index]
        return
    y = x[index]
    assert y.shape == expected.shape
    loss = (y * y).sum()
    found, slope = run([y, sg.grad(loss, x)], {"x": X})
    np.testing.assert_array_equal(found, expected)
    chosen = np.zeros_like(X)
    chosen[index] = 2 * X[index]
    np.testing.assert_array_equal(slope, chosen)


@settings(deadline=None, max_examples=200)
@given(slices, slices, st.integers(0, 7))
def test_slices_of_a_named_dim_have_the_declared_size(one, other, n):
    x = sg.Graph().input("x", "[n, 3]")
    y = x[one]
    z = y[other] if isinstance(y.shape[0], str) else y
    X = np.arange(3.0 * n).reshape(n, 3)
    f = sg.function([x], [y, z, sg.grad((z * z).sum(), x)])
    Z = X[one][other] if isinstance(y.shape[0], str) else X[one]
    for result, expr, expected in zip(f(X), [y, z], [X[one], Z], strict=False):
        check_declared(expr, result, {"n": n})
        np.testing.assert_array_equal(result, expected)
    mask = np.zeros(n)
    mask[np.arange(n)[one][other] if isinstance(y.shape[0], str) else np.arange(n)[one]] = 1
    np.testing.assert_array_equal(f(X)[2], 2 * X * mask[:, None])


def test_equal_selections_are_one_node():
    x = sg.Graph().input("x", "[6]")
    assert x[1::2] is x[1:6:2] is x[-5:None:2] is x[1:99:2]
    assert x[::-1] is x[5::-1] is x[-1::-1]
    assert x[4:2].shape == (0,) and x[4:2] is x[3:3] is x[9:]
    assert x[-1] is x[5]


@pytest.mark.parametrize("index", [(), Ellipsis, (Ellipsis,)])
def test_all_of_a_scalar(index):
    x = sg.Graph().input("x")
    assert x[index] is x
    (slope,) = run([sg.grad(x[index] * x[index], x)], {"x": np.array(3.0)})
    assert slope == 6


@pytest.mark.parametrize("index", [None, (None, None), (None, Ellipsis), (Ellipsis, None)])
@pytest.mark.parametrize("number", [True, False])
def test_new_axes_of_a_scalar_and_of_a_python_number(index, number):
    g = sg.Graph()
    x = g.input("x")
    y = (g.constant(2.5) if number else x)[index]
    found, slope = run([y, sg.grad((y * x).sum(), x)], {"x": np.array(2.5)})
    assert found.shape == np.array(2.5)[index].shape and found.sum() == 2.5
    assert slope == (2.5 if number else 5.0)


def test_several_selections_of_one_array_add_up():
    x = sg.Graph().input("x", "[n]")
    y = (x[1:] - x[:-1]) ** 2
    (slope,) = run([sg.grad(y.sum(), x)], {"x": np.array([1.0, 4.0, 2.0, 2.0, 7.0])})
    np.testing.assert_array_equal(slope, [-6, 10, -4, -10, 10])


def test_embedding_is_the_adjoint_of_indexing():
    """⟨embed(u), x⟩ = ⟨u, x[index]⟩, for a Python number too."""
    g = sg.Graph()
    x, u = g.input("x", "[4, 5]"), g.input("u", "[2, 5]")
    index = (slice(1, None, 2),)
    left = (sg.embed(u, (4, 5), index) * x).sum()
    right = (u * x[index]).sum()
    values = {"x": np.arange(20.0).reshape(4, 5), "u": np.arange(10.0).reshape(2, 5) - 4}
    a, b, da, db = run([left, right, sg.grad(left, u), sg.grad(right, u)], values)
    assert a == b
    np.testing.assert_array_equal(da, db)
    placed, spread = run(
        [
            sg.embed(g.constant(2.5), (3,), 1),
            sg.embed(u[:, :1], (2, 3), (slice(None), slice(1, 3))),
        ],
        values,
    )
    np.testing.assert_array_equal(placed, [0, 2.5, 0])
    np.testing.assert_array_equal(spread[:, 1], spread[:, 2])


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda x: sg.embed(x, (2,), slice(0, 1)), "it does not fit the place [1]"),
        (lambda x: sg.embed(x, (5,), 2), "it does not fit the place []"),
        (lambda x: sg.embed(x, (3, 2), 4), "index 4 is out of range for size 3"),
        (lambda x: x[..., ...], "only one ... can stand in an index"),
        (lambda x: x[::0], "the step of a slice can not be 0"),
        (lambda x: x[-4], "index -4 is out of range for size 3"),
        (lambda x: x[1, 1], "2 indices are too many for 1 axis"),
        (lambda x: sg.expand_dims(x, 2), "axis 2 is out of range: axes are 0 to 1"),
        (lambda x: sg.expand_dims(x, (0, 0)), "names an axis twice"),
        (lambda x: x.reshape("n"), "3 elements do not fill [n]"),
        (lambda x: x.reshape(1.5), "a size is an integer or a named dim, not 1.5"),
        (lambda x: x.reshape(), "a size is an integer or a named dim, not None"),
        (lambda x: x.reshape(-2), "a size can not be negative"),
        (lambda x: sg.one_hot(x.astype(int), (2, 3)), "the depth is one size, not [2, 3]"),
        (lambda x: sg.one_hot(x.astype(int), -1), "a size can not be negative"),
    ],
)
def test_refused(build, message):
    with pytest.raises(sg.ShapeError) as error:
        build(sg.Graph().input("x", "[3]"))
    assert message in str(error.value)


def test_backward_slices_of_named_dims_take_no_bounds():
    x = sg.Graph().input("x", "[n]")
    with pytest.raises(sg.ShapeError, match="of a named dim, of size n, takes no bounds"):
        x[3::-1]


# Advanced indexing.

numbers = st.integers(-2, 1)
arrays = st.one_of(
    st.lists(numbers, min_size=1, max_size=3).map(np.array),
    st.lists(numbers, min_size=2, max_size=2).map(lambda v: np.array(v)[:, None]),
    st.lists(numbers, min_size=2, max_size=2).map(np.array),
    numbers.map(np.array),
)
advanced = st.lists(st.one_of(entries, arrays, arrays), max_size=5).map(tuple)


@settings(deadline=None, max_examples=300)
@given(advanced)
def test_advanced_indexing_is_numpys(index):
    """Arrays known now, and arrays that are arguments: value, shape and gradient."""
    X = np.arange(24.0).reshape(2, 3, 4)
    try:
        expected = X[index]
    except IndexError:
        with pytest.raises(sg.ShapeError):
            sg.Graph().input("x", X)[index]
        return
    slope = np.zeros_like(X)
    np.add.at(slope, index, 2 * X[index])
    g = sg.Graph()
    x = g.input("x", X)
    given = {f"i{k}": e for k, e in enumerate(index) if isinstance(e, np.ndarray)}
    symbolic = tuple(
        g.input(f"i{k}", e) if isinstance(e, np.ndarray) else e for k, e in enumerate(index)
    )
    for y, values in [(x[index], {}), (x[symbolic], given)]:
        assert y.shape == expected.shape
        found = run([y, sg.grad((y * y).sum(), x)], {"x": X, **values})
        np.testing.assert_array_equal(found[0], expected)
        np.testing.assert_array_equal(found[1], slope)


MASKS = [
    lambda m: (m,),
    lambda m: (m, 1),
    lambda m: (m, slice(None, None, -1)),
    lambda m: (None, m),
    lambda m: (Ellipsis, m[0], slice(None)),
]


@pytest.mark.parametrize("make", MASKS)
@pytest.mark.parametrize("shape", [(2,), (2, 3)])
def test_masks_known_now_and_masks_that_are_arguments(make, shape):
    X = np.arange(24.0).reshape(2, 3, 4)
    mask = (
        np.array([[True, False, True], [False, False, True]]) if len(shape) == 2 else [True, False]
    )
    mask = np.array(mask)
    if make is MASKS[-1] and len(shape) == 1:
        return
    g = sg.Graph()
    x, m = g.input("x", X), g.input("m", mask)
    for y, values in [(x[make(mask)], {}), (x[make(m)], {"m": mask})]:
        found, slope = sg.function(None, [y, sg.grad((y * y).sum(), x)])(x=X, **values)
        np.testing.assert_array_equal(found, X[make(mask)])
        expected = np.zeros_like(X)
        expected[make(mask)] = 2 * X[make(mask)]
        np.testing.assert_array_equal(slope, expected)


def test_a_mask_gives_a_size_that_is_counted():
    g = sg.Graph()
    x, y = g.input("x", "float32[n]"), g.input("y", "float32[n]")
    keep = x > y
    loss = ((x[keep] - y[keep]) ** 2).mean() + (x * 0.0)[keep].shape[0]
    f = sg.function(None, [loss, *sg.grad(loss, [x, y])])
    X, Y = np.array([1, 5, 2, 0], "float32"), np.array([0, 1, 3, 0], "float32")
    value, dx, dy = f(X, Y)
    assert value == (1 + 16) / 2 + 2
    np.testing.assert_allclose(dx, [1, 4, 0, 0])
    np.testing.assert_allclose(dy, [-1, -4, 0, 0])
    assert dx.dtype == np.float32
    sg.grad(sg.grad(loss, x).sum(), x)


def test_masks_that_do_not_fit():
    g = sg.Graph()
    x, m = g.input("x", "[n, 3]"), g.input("m", "bool[k]")
    for bad, reason in (
        (m, r"a mask \[k\] does not fit its axes \[n\]"),
        (np.array([True, False]), r"a mask \[2\] does not fit its axes \[n\]"),
        ((slice(None), m), r"a mask \[k\] does not fit its axes \[3\]"),
        ((m, m, m), "3 indices are too many for 2 axes"),
    ):
        with pytest.raises(sg.ShapeError, match=rf"cannot index x \[n, 3\]: {reason}"):
            x[bad]
    with pytest.raises(sg.ShapeError, match="each example would select its own number"):
        sg.vmap(lambda row: row[row > 0])(x)


def test_indices_out_of_range():
    g = sg.Graph()
    x = g.input("x", "[3]")
    i = g.input("i", "int64[2]")
    with pytest.raises(sg.ShapeError, match="index 3 is out of range"):
        x[[0, 3]]
    with pytest.raises(sg.ShapeError):
        sg.function(None, x[i])(np.zeros(3), np.array([0, 3]))


@pytest.mark.parametrize("which", [(0, 0, 0), (0, None, None), (None, 0, 0), (None, 0, None)])
@pytest.mark.parametrize(
    "pick",
    [
        lambda x, i, j: x[i],
        lambda x, i, j: x[:, i],
        lambda x, i, j: x[i, :, j],
        lambda x, i, j: x[:, i, None, j],
        lambda x, i, j: x[1, :, j],
        lambda x, i, j: x[i[:, None], j],
    ],
)
def test_batched_advanced_indexing_is_the_loop(which, pick):
    rng = np.random.default_rng(1)
    X, I, J = rng.normal(size=(4, 3, 3, 3)), rng.integers(0, 3, (4, 2)), rng.integers(0, 3, (4, 2))
    g = sg.Graph()
    given = [g.input("x", X), g.input("i", I), g.input("j", J)]
    given = [v if w == 0 else v[0] for v, w in zip(given, which, strict=True)]

    def loss(x, i, j):
        y = pick(x, i, j)
        return [y, sg.grad((y * y * y).sum(), x)]

    found = sg.function(list(g.inputs.values()), sg.vmap(loss, list(which))(*given))(X, I, J)
    for k in range(4):
        x, i, j = (v[k if w == 0 else 0] for v, w in zip((X, I, J), which, strict=True))
        y = pick(x, i, j)
        np.testing.assert_array_equal(found[0][k], y)
        places = pick(np.arange(27).reshape(3, 3, 3), i, j)
        slope = np.zeros(27)
        np.add.at(slope, places, 3 * y**2)
        np.testing.assert_allclose(found[1][k], slope.reshape(3, 3, 3), rtol=1e-12)


def test_indexing_of_a_table_by_words():
    """Embeddings: every use of a word adds to its row."""
    g = sg.Graph()
    table, words = g.input("table", "float32[v, 2]"), g.input("words", "int64[n]")
    f = sg.function(None, sg.grad(table[words].sum(), table))
    found = f(np.ones((5, 2), "float32"), np.array([1, 1, 4]))
    np.testing.assert_array_equal(found, np.array([0, 2, 0, 0, 1])[:, None] * np.ones((1, 2)))
    assert found.dtype == np.float32


# Slices whose bounds are sizes, and what they undo.


@pytest.mark.parametrize("n, m", [(0, 0), (3, 0), (0, 2), (3, 2)])
def test_parts_of_joined_arrays(n, m):
    g = sg.Graph()
    a, b = g.input("a", "[n, 2]"), g.input("b", "[m, 2]")
    both = sg.concatenate([a, b, a])
    assert both.shape == ("m + 2*n", 2)
    size = a.shape[0]
    parts = [both[:size], both[size : size + b.shape[0]], both[size + b.shape[0] :]]
    assert [p.shape for p in parts] == [a.shape, b.shape, a.shape]
    A, B = np.arange(2.0 * n).reshape(n, 2), 10 + np.arange(2.0 * m).reshape(m, 2)
    weights = both * both * both
    slopes = sg.grad(weights.sum(), [a, b])
    found = run([*parts, *slopes], {"a": A, "b": B}, {"n": n, "m": m})
    for got, expected in zip(found, [A, B, A, 6 * A**2, 3 * B**2], strict=True):
        np.testing.assert_array_equal(got, expected)


def test_slices_of_slices_have_equal_lengths_that_look_equal():
    x = sg.Graph().input("x", "[n]")
    assert x[1:][1:].shape == x[2:].shape == x[1:-1].shape == x[:-1][:-1].shape
    assert (x[2:] - 2.0 * x[1:-1] + x[:-1][:-1]).shape == x[2:].shape
    assert run([x[1:][1:]], {"x": np.ones(1)}, {"n": 1})[0].shape == (0,)


def test_bounds_of_unknown_sign_are_refused():
    x = sg.Graph().input("x", "[n]")
    with pytest.raises(sg.ShapeError, match=r"n - 1 may be positive or negative"):
        x[x.shape[0] - 1 :]
    assert x[-x.shape[0] :].shape == ("n",)


# Reshaping.


@pytest.mark.parametrize("n", [0, 1, 4])
@pytest.mark.parametrize(
    "shape",
    [(-1,), ("n", -1), (-1, "n"), (2, "n", 3), (3, -1), (1, "n", 6), (-1, 2), ("n", 3, 2, 1)],
)
def test_reshape_with_named_dims(shape, n):
    g = sg.Graph()
    x, w = g.input("x", "[n, 6]"), g.input("w", "[6*n]")
    y = x.reshape(shape)
    back = y.reshape("n", 6)
    X, W = np.arange(6.0 * n).reshape(n, 6), np.arange(6.0 * n) ** 2
    slope = sg.grad((y.reshape(-1) * w).sum(), x)
    found = run([y, back, slope], {"x": X, "w": W}, {"n": n})
    if n or -1 not in shape:  # of an empty array NumPy does not work out -1
        plain = [n if d == "n" else d for d in shape]
        np.testing.assert_array_equal(found[0], X.reshape(plain))
    np.testing.assert_array_equal(found[1], X)
    np.testing.assert_array_equal(found[2], W.reshape(n, 6))


def test_reshape_takes_numpys_integers_and_arrays():
    x = sg.Graph().input("x", "[6]")
    assert x.reshape(np.array([3, 2])) is x.reshape(np.int64(3), np.int64(-1)) is x.reshape(3, 2)


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (-1, 0, 1), (0, -1, -2)])
def test_transposes_and_their_adjoints(axes):
    g = sg.Graph()
    x = g.input("x", "[n, 3, m]")
    y = sg.transpose(x, axes)
    ct = g.input("ct", y.shape)
    X = np.arange(30.0).reshape(5, 3, 2)
    C = np.arange(30.0).reshape(np.transpose(X, axes).shape) % 7
    found, slope = run([y, sg.vjp(y, x, ct)], {"x": X, "ct": C})
    np.testing.assert_array_equal(found, np.transpose(X, axes))
    np.testing.assert_array_equal(slope, np.transpose(C, np.argsort(np.mod(axes, 3))))


def test_transposes_that_change_nothing_are_no_nodes():
    x, v = sg.Graph().input("x", "[2, 3]"), sg.Graph().input("v", "[3]")
    assert v.T is v and x.transpose(0, 1) is x
    assert sg.simplify(x.T.T) is x
