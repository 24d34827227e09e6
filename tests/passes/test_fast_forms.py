"""Code of style="fast": transposes moved, logarithms in steps, and parts put end to end."""

from __future__ import annotations

import re
import warnings

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.plan import Kind, allocate
from symgrad.ops.indexing import embed

RNG = np.random.default_rng(1)
TURNED = re.compile(r"_\w+(\.reduce)?\([^#\n]*(np\.transpose|\.T\b)")


def compiled(formula, *specs):
    """The function of inputs with these specs."""
    g = sg.Graph()
    inputs = [g.input(f"x{i}", spec) for i, spec in enumerate(specs)]
    return sg.function(inputs, formula(*inputs))


def turn(x):
    return sg.transpose(x, (2, 0, 1))


TRANSPOSED = {
    "element": (lambda x, b: sg.exp(turn(x)).sum(), lambda x, b: np.exp(x).sum()),
    "two": (
        lambda x, b: (turn(x) * turn(sg.tanh(x))).max(axis=0),
        lambda x, b: (x * np.tanh(x)).max(axis=2),
    ),
    "row": (
        lambda x, b: (turn(x) + b).sum(axis=0),
        lambda x, b: (x.transpose(2, 0, 1) + b).sum(axis=0),
    ),
    "column": (
        lambda x, b: (turn(x) * sg.sum(turn(x), axis=2, keepdims=True)).sum(axis=(0, 2)),
        lambda x, b: (x * x.sum(axis=1, keepdims=True)).sum(axis=(1, 2)),
    ),
    "new axes": (
        lambda x, b: (-sg.expand_dims(sg.exp(turn(x)), (1, 4)) * 2.0).sum(axis=(0, 4)),
        lambda x, b: (-np.exp(x) * 2.0).sum(axis=2)[None],
    ),
    "softmax": (
        lambda x, b: (sg.softmax(turn(x), axis=1) * b).sum(axis=0),
        lambda x, b: (probabilities(x, 0).transpose(2, 0, 1) * b).sum(axis=0),
    ),
    "twice": (
        lambda x, b: sg.transpose(sg.exp(turn(x)), (1, 2, 0)) * 1.5,
        lambda x, b: np.exp(x) * 1.5,
    ),
    "left over": (
        lambda x, b: (sg.max(sg.exp(sg.transpose(x)), axis=0) * 2.0).sum(axis=1),
        lambda x, b: np.exp(x).max(axis=2).sum(axis=0) * 2.0,
    ),
}


def probabilities(x, axis):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


@pytest.mark.parametrize("name", TRANSPOSED)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_what_is_computed_of_transposed_arrays_is_right(name, n):
    ours, truth = TRANSPOSED[name]
    f = compiled(ours, "[3, n, 2]", "[n]")
    x, b = RNG.normal(size=(3, n, 2)), RNG.normal(size=n)
    got, want = f(x, b), truth(x, b)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-14, atol=1e-14)
    assert not TURNED.search(f.source)


def test_arrays_that_lie_otherwise_are_computed_with_as_they_are():
    f = compiled(lambda x, y: (sg.transpose(x) + y).sum(axis=0), "[3, n]", "[n, 3]")
    x, y = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 3))
    np.testing.assert_allclose(f(x, y), (x.T + y).sum(axis=0), rtol=1e-14)


ROWS = np.array(
    [
        [0.3, 1.0, -2.0],
        [800.0, -800.0, 1000.0],
        [-1e4, -1e4 + 1, -2e4],
        [-np.inf, -np.inf, -np.inf],
        [-np.inf, 2.0, 3.0],
        [np.inf, 1.0, 2.0],
        [np.inf, np.inf, -np.inf],
        [np.nan, 0.0, 1.0],
        [1.7e308, -1.0, -np.inf],
    ]
)
LOGARITHMS = [
    3 * [-np.inf],
    np.log(np.exp(0.3) + np.exp(1.0) + np.exp(-2.0)),
    1000.0,
    -1e4 + 1 + np.log1p(np.exp(-1.0)),
]


def logarithm(row):
    """By the largest element, in extended precision."""
    top = np.max(row)
    if not np.isfinite(top):
        return top
    return top + np.log(np.sum(np.exp(row.astype(np.longdouble) - top)))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_logarithms_of_sums_with_infinities(axis, keepdims):
    x = ROWS if axis else ROWS.T.copy()
    f = compiled(
        lambda x: sg.logsumexp(x, axis=axis, keepdims=keepdims), str([*x.shape]).replace("'", "")
    )
    want = np.array([logarithm(row) for row in ROWS], float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "divide by zero")  # where the result is -inf
        got = f(x)
    assert got.shape == (np.expand_dims(want, axis) if keepdims else want).shape
    np.testing.assert_allclose(got.ravel(), want, rtol=4e-16, atol=4e-16)
    assert "def logsumexp" not in f.source


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_value_and_slope_share_the_exponentials(dtype):
    g = sg.Graph()
    x = g.input("x", f"{dtype}[n, 3]")
    value = sg.sum(sg.logsumexp(x, axis=1))
    f = sg.function([x], [value, sg.grad(value, x)])
    assert len(re.findall(r"\b_exp\(", f.source)) == 1
    finite = ROWS[[0, 1, 2, 4]].astype(dtype)
    total, slope = f(finite)
    assert total.dtype == slope.dtype == dtype
    eps = np.finfo(dtype).eps
    exact = [logarithm(row) for row in finite]
    np.testing.assert_allclose(total, float(sum(exact)), rtol=4 * eps)
    tops = finite.max(axis=1, keepdims=True)
    np.testing.assert_allclose(slope, probabilities(finite - tops, 1), rtol=8 * eps)
    for n in (0, 1):
        total, slope = f(finite[:n])
        np.testing.assert_allclose(total, float(sum(exact[:n])), rtol=4 * eps)
        assert slope.shape == (n, 3)


PLACES = {
    "all once": [3, 0, 2, 1],
    "some missing": [5, 0, 2],
    "one repeated": [0, 2, 0, 1, 0, 3],
    "from the end": [-1, 0, -3],
    "a table": [[1, 0, 0], [2, 3, 0], [4, 5, 6]],
    "many repeated": [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("n", [0, 1, 300])
def test_elements_are_added_where_they_belong(name, n):
    index = np.array(PLACES[name])
    g = sg.Graph()
    x, w = g.input("x", "[n, 7, 8]"), g.input("w", f"[n, {', '.join(map(str, index.shape))}, 8]")
    f = sg.function([x, w], sg.grad(sg.sum(x[:, index] * w), x))
    given = RNG.normal(size=(n, *index.shape, 8))
    want = np.zeros((n, 7, 8))
    np.add.at(want, np.s_[:, index], given)
    np.testing.assert_allclose(f(want, given), want, rtol=1e-14, atol=1e-14)
    assert ("np.add.at" in f.source) == (name == "many repeated")


SPANS = {
    "in order": [(0, 2), (2, 7)],
    "overlapping": [(0, 1), (3, 7), (0, 4)],
    "with a gap": [(0, 2), (5, 7)],
    "one inside another": [(1, 6), (2, 3)],
    "the same": [(1, 4), (1, 4)],
}


@pytest.mark.parametrize("name", SPANS)
@pytest.mark.parametrize("axis", [0, 1])
def test_parts_are_put_end_to_end(name, axis):
    g = sg.Graph()
    total, want, given, inputs = 0.0, np.zeros((7, 7)), [], []
    for i, (start, stop) in enumerate(SPANS[name]):
        index = (slice(None),) * axis + (slice(start, stop),)
        given.append(RNG.normal(size=want[index].shape))
        inputs.append(g.input(f"x{i}", str([*given[-1].shape])))
        total = total + embed(inputs[-1], (7, 7), index)
        want[index] += given[-1]
    f = sg.function(inputs, total)
    np.testing.assert_allclose(f(*given), want, rtol=1e-15)
    assert "embed(" not in f.source.partition('\n"""\n')[2]  # the docstring has it as written


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_the_square_of_sech_is_rounded_little(style):
    x = sg.Graph().input("x", "[n]")
    points = np.concatenate([RNG.normal(size=500) * scale for scale in (0.1, 1, 5, 30)])
    found = sg.function([x], sg.sech(x) ** 2, style=style)(points)
    with mpmath.workdps(40):
        errors = [y - mpmath.sech(mpmath.mpf(p)) ** 2 for y, p in zip(found, points, strict=True)]
    assert np.max(np.abs(np.array(errors, float)) / np.spacing(found)) <= 3


def test_what_is_reshaped_is_overwritten_in_its_new_shape():
    def formula(x):
        e = sg.exp(x)
        return sg.sum(sg.tanh(sg.reshape(e, (-1, 2))) * 3.0, axis=0) * sg.sum(x)

    f = compiled(formula, "[n, 4]")
    for n in (0, 1, 7):
        x = RNG.normal(size=(n, 4))
        want = (np.tanh(np.exp(x).reshape(2 * n, 2)) * 3).sum(axis=0) * x.sum()
        for _ in range(2):
            np.testing.assert_allclose(f(x), want, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("again", [False, True])
def test_the_memory_of_what_is_reshaped_is_taken_over_at_its_last_reading(again):
    x = sg.Graph().input("x", "[n, 4]")
    e = sg.exp(x)
    turned = sg.reshape(e, (-1, 2))
    y = sg.tanh(turned)
    kinds = {e.id: Kind.INTO, turned.id: Kind.VIEW, y.id: Kind.INTO}
    plan = allocate([e, turned, y], kinds, [e, y] if again else [y], lambda node: node.args)
    first, second = plan.buffers[e.id], plan.buffers[y.id]
    assert (first.slot != second.slot) == again
    assert second.shape == y.shape


def test_what_is_reshaped_and_read_again_is_not_overwritten():
    def formula(x):
        e = sg.exp(x)
        return sg.sum(sg.tanh(sg.reshape(e, (-1, 2))), axis=0) + sg.sum(e * e)

    f = compiled(formula, "[n, 4]")
    x = RNG.normal(size=(5, 4))
    e = np.exp(x)
    want = np.tanh(e.reshape(10, 2)).sum(axis=0) + (e * e).sum()
    np.testing.assert_allclose(f(x), want, rtol=1e-13)


WEIGHTED = {
    "rows": ("[n]", lambda x, w: x.T @ (w[:, None] * x), lambda x, w: x.T @ np.diag(w) @ x),
    "columns": ("[3]", lambda x, w: x.T @ (x * w), lambda x, w: x.T @ x @ np.diag(w)),
    "rows first": ("[n]", lambda x, w: (x.T * w) @ x, lambda x, w: x.T @ np.diag(w) @ x),
    "columns first": (
        "[3]",
        lambda x, w: (x.T * w[:, None]) @ x,
        lambda x, w: np.diag(w) @ x.T @ x,
    ),
}


@pytest.mark.parametrize("n", [0, 1, 3, 7])
@pytest.mark.parametrize("name", WEIGHTED)
def test_products_of_a_matrix_with_itself_and_weights(name, n):
    spec, formula, oracle = WEIGHTED[name]
    f = compiled(formula, "[n, 3]", f"positive float64{spec}")
    x, w = RNG.normal(size=(n, 3)), RNG.uniform(0.5, 2, n if spec == "[n]" else 3)
    np.testing.assert_allclose(f(x, w), oracle(x, w), rtol=1e-12, atol=1e-14)
    assert ("_sqrt(" in f.source) == (name == "rows")


def test_operands_that_are_transposed_in_different_ways():
    """Cubes fit in any order of axes: a wrong one would be seen in the numbers alone."""
    g = sg.Graph()
    x, y = g.input("x", "[4, 4, 4]"), g.input("y", "[4, 4, 4]")
    orders = (1, 2, 0), (2, 0, 1)
    f = sg.function([x, y], sg.transpose(x, orders[0]) * sg.transpose(y, orders[1]) + x.T)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(4, 4, 4)), rng.normal(size=(4, 4, 4))
    expected = np.transpose(a, orders[0]) * np.transpose(b, orders[1]) + a.T
    np.testing.assert_allclose(f(a, b), expected, rtol=1e-14)
