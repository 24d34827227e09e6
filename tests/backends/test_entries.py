"""Fast code: entries by their places in memory, operands repeated in arrays, views kept."""

import numpy as np
import pytest

import symgrad as sg

SIZES = (0, 1, 2, 7, 64, 900)  # 900 rows of 10 are too many to repeat a row in


def cross_entropy(z, y):
    return -sg.mean(sg.sum(sg.one_hot(y, z.shape[-1], z.dtype) * sg.log_softmax(z), axis=-1))


def classifier(dtype, labels="int64"):
    """Loss and gradients of softmax regression of labels."""
    g = sg.Graph()
    X, y = g.input("X", f"{dtype}[n, 3]"), g.input("y", f"{labels}[n]")
    W, b = g.input("W", f"{dtype}[3, 10]"), g.input("b", f"{dtype}[10]")
    loss = cross_entropy(X @ W + b, y)
    return sg.function([X, y, W, b], [loss, *sg.grad(loss, [W, b])])


def textbook(X, y, W, b):
    z = X.astype(np.float64) @ W + b
    z -= z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    d = np.exp(log_p)
    d[rows, y] -= 1
    d /= len(y)
    return -log_p[rows, y].mean(), X.T @ d, d.sum(axis=0)


def arguments(n, dtype="float64", labels="int64", order="C"):
    rng = np.random.default_rng(n)
    X = np.asarray(rng.normal(size=(n, 3)), dtype, order=order)
    W = np.asarray(rng.normal(size=(3, 10)), dtype, order=order)
    return X, rng.integers(0, 10, n).astype(labels), W, rng.normal(size=10).astype(dtype)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("labels", ["int64", "int32"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", SIZES[1:])
def test_cross_entropy(n, dtype, labels, order):
    f, given = classifier(dtype, labels), arguments(n, dtype, labels, order)
    bound = 1e-12 if dtype == "float64" else 3e-6
    for _ in range(2):  # with arrays made, and with arrays kept
        for found, wanted in zip(f(*given), textbook(*given), strict=True):
            assert found.dtype == dtype
            np.testing.assert_allclose(found, wanted, rtol=bound, atol=bound)


@pytest.mark.parametrize("factor", [1.0, 2.5])
@pytest.mark.parametrize("kept", ["neither", "values", "rows", "product"])
def test_what_labels_are_subtracted_from_may_be_read_elsewhere(kept, factor):
    """The entries are changed in a copy, and one-hot rows that are read are made."""
    g = sg.Graph()
    z, y, C = g.input("z", "[n, 4]"), g.input("y", "int64[n]"), g.input("C", "[n, 4]")
    p, rows = sg.tanh(z), sg.one_hot(y, 4, "float64")
    outputs = [((p - factor * rows) * C).sum(axis=1)]
    others = {"neither": [], "values": [p], "rows": [rows], "product": [rows @ sg.exp(z.T)]}
    outputs += others[kept]
    f = sg.function([z, y, C], outputs)
    for n in (1, 5, 3):
        rng = np.random.default_rng(n)
        Z, Y, D = rng.normal(size=(n, 4)), rng.integers(0, 4, n), rng.normal(size=(n, 4))
        H = np.eye(4)[Y]
        expected = [((np.tanh(Z) - factor * H) * D).sum(axis=1)]
        more = {"neither": [], "values": [np.tanh(Z)], "rows": [H], "product": [H @ np.exp(Z.T)]}
        expected += more[kept]
        for _ in range(2):
            for a, b in zip(f(Z, Y, D), expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # the mean of nothing
def test_no_examples():
    loss, d_W, d_b = classifier("float64")(*arguments(0))
    assert np.isnan(loss) and not d_W.any() and not d_b.any()


@pytest.mark.parametrize("place", [0, 3, 6])
@pytest.mark.parametrize("label", [-1, -10, -11, 10, 11, 10**6, -(10**6)])
def test_labels_out_of_range_are_refused(label, place):
    X, y, W, b = arguments(7)
    f = classifier("float64")
    before = f(X, y, W, b)
    bad = y.copy()
    bad[place] = label
    with pytest.raises(sg.ShapeError, match="a label is not one of 0 to 9"):
        f(X, bad, W, b)
    for x, again in zip(before, f(X, y, W, b), strict=True):
        np.testing.assert_array_equal(x, again)


def test_labels_are_refused_before_a_parameter_changes():
    g = sg.Graph()
    X, y, W = g.input("X", "[n, 3]"), g.input("y", "int64[n]"), g.input("W", "[3, 10]")
    loss = cross_entropy(X @ W, y)
    f = sg.function([X, y, W], [loss], updates={W: W - 0.1 * sg.grad(loss, W)})
    X, y, W, b = arguments(7)
    new = W.copy()
    with pytest.raises(sg.ShapeError, match="a label is not one of"):
        f(X, np.full(7, -3), new)
    np.testing.assert_array_equal(new, W)
    f(X, y, new)
    np.testing.assert_allclose(new, W - 0.1 * textbook(X, y, W, 0 * b)[1], rtol=1e-12)


def test_places_that_the_user_indexes_count_from_the_end():
    """With none of the labels checked, NumPy's meaning of x[arange(n), y] stays."""
    g = sg.Graph()
    x, y = g.input("x", "[n, 4]"), g.input("y", "int64[n]")
    f = sg.function([x, y], sg.exp(x)[sg.arange(x.shape[0], like=x), y])
    values, labels = np.random.default_rng(0).normal(size=(5, 4)), np.array([0, -1, 2, -4, 3])
    np.testing.assert_allclose(f(values, labels), np.exp(values)[np.arange(5), labels])


@pytest.mark.parametrize("shape", [(6, 5), (2, 3, 4), (1, 1), (3, 1), (0, 4)])
@pytest.mark.parametrize("name", ["max", "min"])
def test_extremes_of_rows(name, shape):
    """Also of rows with nan, infinities, and equal entries."""
    x = sg.Graph().input("x", ["n", *shape[1:]])
    f = sg.function([x], [getattr(sg, name)(2 * x, axis=-1), getattr(sg, name)(-x, axis=-1).sum()])
    rng = np.random.default_rng(0)
    for special in (0.0, np.nan, np.inf, -np.inf):
        values = rng.normal(size=shape)
        values[rng.random(shape) < 0.3] = special
        for given in (values, np.asfortranarray(values), values[::-1]):
            found, total = f(given)
            wanted = getattr(np, name)
            np.testing.assert_array_equal(found, wanted(2 * given, axis=-1))
            np.testing.assert_allclose(total, wanted(-given, axis=-1).sum(), rtol=1e-12)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_repeated_operands(n, dtype):
    """A row, a column and a row of columns, with fewer and more elements than are repeated."""
    g = sg.Graph()
    x, row = g.input("x", f"{dtype}[n, 10]"), g.input("row", f"{dtype}[10]")
    column = g.input("column", f"{dtype}[n, 1]")
    value = sg.tanh((sg.exp(x) + row) * column - row) / (2 + column**2)
    f = sg.function([x, row, column], [value.sum(axis=1), sg.grad(value.sum(), row)])
    rng = np.random.default_rng(n)
    given = [rng.normal(size=s).astype(dtype) for s in ((n, 10), 10, (n, 1))]
    copies = [a.copy() for a in given]
    a, r, c = (v.astype(np.float64) for v in given)
    t, scale = np.tanh((np.exp(a) + r) * c - r), 2 + c**2
    slope = ((1 - t**2) * (c - 1) / scale).sum(axis=0)
    bound = 1e-11 if dtype == "float64" else 1e-3
    for _ in range(2):
        found, d_row = f(*given)
        np.testing.assert_allclose(found, (t / scale).sum(axis=1), rtol=bound, atol=bound)
        np.testing.assert_allclose(d_row, slope, rtol=bound, atol=bound * max(n, 1))
    for old, new in zip(copies, given, strict=True):
        np.testing.assert_array_equal(old, new)


def test_sizes_in_turn_do_not_mix():
    """Every size has arrays, and views of them, of its own."""
    f = classifier("float64")
    for n in (5, 1000, 3, 5, 1, 1000, 64, 3):
        given = arguments(n)
        for found, wanted in zip(f(*given), textbook(*given), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)
