"""Branches that are not taken, in formulas drawn at random and below operations of all kinds."""

from __future__ import annotations

import random

import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors
from tests.passes import traps

GROUPS, EACH = 12, 25


def _drawn(make, seed):
    """A formula, points, and the truth there; none where nothing is defined."""
    draw = random.Random(seed)
    formula = make(draw, draw.randint(1, 4))
    found = []
    for _ in range(24):
        x, a = draw.choice(traps.POINTS), draw.choice(traps.POINTS)
        try:
            found.append((x, a, *traps.slopes(formula, x, a)))
        except traps.Undefined:
            continue
    return traps.text(formula), np.array(found).T


def _compiled(text, style, dtype="float64"):
    y = sg.parse(text, x=f"{dtype}[n]", a=f"{dtype}[n]")
    wrt = [y.graph.inputs[k] for k in "xa"]
    first = sg.grad(y.sum(), wrt)
    second = [sg.grad(g.sum(), x) for g, x in zip(first, wrt, strict=True)]
    return sg.function(wrt, [y, *first, *second], style=style)


@pytest.mark.parametrize("make", [traps.choice, traps.shared], ids=["alone", "shared"])
@pytest.mark.parametrize("group", range(GROUPS))
def test_random_choices_are_what_is_taken(group, make):
    """Right, and no warning; NumPy may tell of overflow where other elements may keep it."""
    checked = 0
    for seed in range(group * EACH, (group + 1) * EACH):
        text, found = _drawn(make, seed)
        if not found.size:
            continue
        f = _compiled(text, "readable" if seed % 2 else "fast")
        with np.errstate(all="raise", over="ignore", under="ignore"):
            results = f(*found[:2])
        for result, true in zip(results, found[2:], strict=True):
            off = np.abs(result - true) > 1e-10 * np.maximum(np.abs(true), 1)
            assert np.isfinite(result).all() and not off.any(), (text, *found[:2, off])
        checked += 1
    assert checked > EACH / 2


ROWS = {  # of a matrix of three columns; z is log(X), which is no number in rows that are not kept
    "softmax(z, axis=1)": 3,
    "log_softmax(z, axis=1)": 3,
    "softmax(where(X < 3, X, -inf) + 0*z, axis=1)": 3,
    "z @ W": 2,
    "(z @ W) @ W.T": 3,
    "z @ w": 0,
    "z[:, 0]": 0,
    "z[:, 2:0:-1]": 2,
    "z[arange(4), k]": 0,
    "take_along_axis(z, k[:, None], axis=1)": 1,
    "transpose(transpose(z))": 3,
    "reshape(z, (4, 3))": 3,
    "reshape(transpose(z), (3, 4)).T": 3,
    "cumsum(z, axis=1)": 3,
    "cumprod(z, axis=1)": 3,
    "sort(z, axis=1)": 3,
    "median(z, axis=1)": 0,
    "flip(z, axis=1)": 3,
    "diff(z, axis=1)": 2,
    "roll(z, 1, axis=1)": 3,
    "repeat(z, 2, axis=1)": 6,
    "tile(z, (1, 2))": 6,
    "concatenate([z, X], axis=1)": 6,
    "stack([z[:, 0], X[:, 1]], axis=1)": 2,
    "outer(z[:, 0], w)": 3,
    "cross(z, X)": 3,
    "cross(w, z)": 3,
    "tril(z) + triu(X, 1)": 3,
    "pad(z, ((0, 0), (1, 1)))": 5,
    "einsum('ij,jk->ik', z, W)": 2,
    "z - mean(z, axis=1, keepdims=True)": 3,
    "(z - mean(z, axis=1, keepdims=True)) / std(z, axis=1, keepdims=True)": 3,
    "softmax(z @ W, axis=1) @ W.T": 3,
}
X = np.array([[1.0, 2.0, 3.5], [-1.0, 0.0, 2.0], [0.5, 0.7, 0.2], [-1.0, 0.0, 2.0]])
KEPT = np.array([True, False, True, False])
GIVEN = {"W": np.arange(1.0, 7).reshape(3, 2) / 5, "w": np.array([0.3, -0.2, 0.5])}
GIVEN["k"] = np.array([0, 1, 2, 0])


def _softmax(z, axis):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _by_numpy(text, x):
    """The sum of squares in the rows kept: the others hold ones."""
    x = np.where(KEPT[:, None], x, 1.0 + np.arange(3))
    names = {
        **vars(np),
        "softmax": _softmax,
        "log_softmax": lambda z, axis: np.log(_softmax(z, axis)),
    }
    rows = eval(text, {}, {**names, **GIVEN, "X": x, "z": np.log(x)})
    return (rows[KEPT] ** 2).sum()


@pytest.mark.parametrize("text", ROWS)
def test_rows_that_are_not_kept_count_nowhere(text):
    """Through products, indices, scans: the gradient is 0 in these rows, and right in others."""
    mask = "m[:, None]" if ROWS[text] else "m"
    specs = {"X": "[4, 3]", "m": "bool[4]", "W": "[3, 2]", "w": "[3]", "k": "int64[4]"}
    y = sg.parse(f"z = log(X)\nwhere({mask}, {text}, 0)", specs)
    inputs = y.graph.inputs
    assert sum(n.op == "where" for n in ancestors([sg.simplify(y)])) <= 3  # guarded once
    slope = sg.grad((y * y).sum(), inputs["X"])
    outputs = [(y * y).sum(), slope, sg.grad((slope * slope).sum(), inputs["X"])]
    f = sg.function(list(inputs.values()), outputs)
    steps = 1e-6 * np.eye(12).reshape(12, 4, 3)
    with np.errstate(all="raise", under="ignore"):
        value, slope, second = f(X=X, m=KEPT, **GIVEN)
        slopes = [[f(X=x, m=KEPT, **GIVEN)[1] for x in (X + h, X - h)] for h in steps]
    near = [(_by_numpy(text, X + h) - _by_numpy(text, X - h)) / 2e-6 for h in steps]
    beside = [((after**2).sum() - (before**2).sum()) / 2e-6 for after, before in slopes]
    np.testing.assert_allclose(value, _by_numpy(text, X), rtol=1e-12)
    np.testing.assert_allclose(slope, np.reshape(near, (4, 3)), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(second, np.reshape(beside, (4, 3)), rtol=1e-6, atol=1e-8)
    assert not second[~KEPT].any()


@pytest.mark.parametrize(
    ("text", "by_numpy"),
    [
        ("logdet(A)", lambda a: np.linalg.slogdet(a)[1]),
        ("inv(A)[:, 0, 1]", lambda a: np.linalg.inv(a)[:, 0, 1]),
        ("cholesky(A)[:, 1, 0]", lambda a: np.linalg.cholesky(a)[:, 1, 0]),
        ("solve(A, eye(2))[:, 1, 0]", lambda a: np.linalg.inv(a)[:, 1, 0]),
        ("solve(A, ones(2))[:, 1]", lambda a: np.linalg.inv(a).sum(axis=2)[:, 1]),
    ],
)
def test_a_matrix_that_is_not_taken_may_be_singular(text, by_numpy):
    """NumPy would refuse all of them."""
    y = sg.parse(f"where(m, {text}, 0)", A="[4, 2, 2]", m="bool[4]")
    f = sg.function(None, [y, sg.grad(y.sum(), "A")])
    a = np.array([[[2.0, 0.5], [0.5, 1.0]], np.zeros((2, 2)), [[1.0, -0.2], [-0.2, 3.0]]])[
        [0, 1, 2, 1]
    ]
    value, slope = f(A=a, m=KEPT)
    np.testing.assert_allclose(value[KEPT], by_numpy(a[KEPT]), rtol=1e-13)
    h = 1e-6 * np.array([[0.0, 1.0], [1.0, 0.0]])
    near = (by_numpy(a[KEPT] + h) - by_numpy(a[KEPT] - h)) / 2e-6
    np.testing.assert_allclose((slope[KEPT] * h * 1e6).sum(axis=(1, 2)), near, rtol=1e-7)
    assert not value[~KEPT].any() and not slope[~KEPT].any()


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        (
            "t = sqrt(x)\nwhere(x > 0, t, where((x > 0) & (x < 3), t, 1))",
            lambda x: 0.5 / np.sqrt(x),
        ),
        ("t = log(x)\nwhere(x > 0, t*t, 0) + where(x > 1, t, 0)", lambda x: 2 * np.log(x) / x),
        ("t = 1/x\nwhere(x > 0, t, 0) * where(x > 1, t, 1)", lambda x: -1 / x**2),
        ("t = arctanh(x)\nwhere(x > 0, t, 0) - where(x > 1, t, 0)", lambda x: 1 / (1 - x * x)),
    ],
)
def test_a_branch_is_wanted_where_one_of_its_choices_takes_it(text, slope):
    """Not where its value or slope is infinite, at 0 and below."""
    y = sg.parse(text, x="[n]")
    f = sg.function(None, sg.grad(y.sum(), "x"))
    x = np.array([0.0, -1.0, 0.25, 0.5])
    with np.errstate(all="raise"):
        np.testing.assert_allclose(f(x), [0, 0, *slope(x[2:])], rtol=1e-14)


def test_what_is_far_below_a_choice_is_found_in_linear_time():
    """A chain of products below one choice: a way down is a chain, too."""
    g = sg.Graph()
    x, m, W = g.input("x", "[n, 2]"), g.input("m", "bool[n]"), g.input("W", "[2, 2]")
    y = sg.log(x)
    for _ in range(3000):
        y = sg.tanh(y @ W)
    f = sg.function([x, m, W], sg.grad(sg.where(m[:, None], y, 0).sum(), x), style="readable")
    with np.errstate(all="raise", under="ignore"):
        slope = f(np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([True, False]), np.eye(2))
    assert np.isfinite(slope).all() and not slope[1].any() and slope[0].all()


@pytest.mark.parametrize("x", [-3.0, -0.5, 0.25, 1.5])
def test_an_angle_beyond_its_bounds_does_not_vary(x):
    """0 times the infinite slope at a bound: of an arc, it is 0."""
    for text, true in {
        "arccos(clip(x, -1, 1))": -1 / np.sqrt(1 - x * x) if abs(x) < 1 else 0.0,
        "arcsin(maximum(minimum(x, 1), -1))": 1 / np.sqrt(1 - x * x) if abs(x) < 1 else 0.0,
        "arccosh(maximum(2*x, 1))": 2 / np.sqrt(4 * x * x - 1) if x > 0.5 else 0.0,
    }.items():
        y = sg.parse(text, x="[n]")
        wrt = y.graph.inputs["x"]
        slope = sg.grad(y.sum(), wrt)
        tangent = sg.jvp(y, [wrt], [1 + 0 * wrt])
        f = sg.function([wrt], [slope, tangent, sg.grad(slope.sum(), wrt)])
        with np.errstate(all="raise"):
            first, forward, second = f(np.array([x]))
        np.testing.assert_allclose([first[0], forward[0]], true, rtol=1e-14)
        assert np.isfinite(second).all()


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("minimum(sin(arcsin(x)), 0.5)", 1.0, 0.5),
        ("minimum(arccos(x)**2, 1)", -1.0, 1.0),
        ("minimum(hypot(1, cosh(x)), 2)", 1000.0, 2.0),
        ("maximum(x**2 * log(1 - x**2), -3)", 1.0, -3.0),
        ("clip(exp(x) / abs(x), -1, 5)", 0.0, 5.0),
        ("relu(1 - logaddexp(arccosh(x)**2, arcsin(1/x)))", 1.0, 0.0),
    ],
)
def test_what_a_comparison_drops_has_no_slopes(text, at, value):
    """Nor second slopes, where functions of it have factors that are infinite."""
    y = sg.parse(text, x="[n]")
    slope = sg.grad(y.sum(), "x")
    f = sg.function(None, [y, slope, sg.grad(slope.sum(), "x")])
    with np.errstate(over="ignore", divide="ignore", invalid="raise"):
        found = f(np.array([at]))
    np.testing.assert_array_equal(np.ravel(found), [value, 0, 0])
