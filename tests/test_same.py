"""Whether two expressions mean the same."""

import time

import numpy as np
import pytest

import symgrad as sg
from symgrad.sameness.trial import Trial, _judged

X = {"x": "[]"}
V = {"a": "[n]", "b": "[n]"}
SAME = [
    ("sin(x)**2 + cos(x)**2", "1", X),
    ("(x - 1)**2", "x**2 - 2*x + 1", X),
    ("x / x", "1", X),
    ("relu(x)", "(x + abs(x)) / 2", X),
    ("sqrt(x**2)", "abs(x)", X),
    ("tanh(x)", "2*sigmoid(2*x) - 1", X),
    ("log(1 + exp(x))", "softplus(x)", X),
    ("(x + 1)**2 - x**2 - 2*x - 1", "0", X),
    ("cosh(x)**2 - sinh(x)**2", "1", X),
    ("arcsin(x)", "arctan(x / sqrt(1 - x**2))", X),
    ("(x**2 - 1) / (x - 1)", "x + 1", X),
    ("x > 0", "0 < x", X),
    ("log(a * b)", "log(a) + log(b)", V),
    ("softmax(a + 1)", "softmax(a)", V),
    ("sum(a * b)", "a @ b", V),
    ("mean(a)", "sum(a) / n", V),
    ("(A @ B).T", "B.T @ A.T", {"A": "[n, m]", "B": "[m, k]"}),
    ("inv(A) @ b", "solve(A, b)", {"A": "[3, 3]", "b": "[3]"}),
    ("logdet(A)", "2 * sum(log(diagonal(cholesky(A))))", {"A": "[3, 3]"}),
    ("mean((X @ w - y)**2)", "(X @ w - y) @ (X @ w - y) / n", {"X": "float32[n, 3]"}),
    ("one_hot(k, 4) @ w", "w[k]", {"k": "int64[n]", "w": "[4]"}),
    ("sum(a[a > 0])", "sum(relu(a))", V),
    ("k // 2 * 2 + k % 2", "k", {"k": "int64[n]"}),
    ("noise + 0*x", "noise", {**X, "noise": "[]"}),
    ("gamma(x + 1)", "x * gamma(x)", X),
    ("where(m, a, b)", "where(~m, b, a)", {**V, "m": "bool[n]"}),
]
DIFFERENT = [
    ("abs(x)", "x", X),
    ("sqrt(x**2)", "x", X),
    ("exp(x)", "1 + x + x**2/2 + x**3/6", X),
    ("x + 1e-9", "x", X),
    ("x * 1e-20", "x * 2e-20", X),
    ("relu(x - 100)", "0 * x", X),
    ("floor(x)", "x", X),
    ("x > 0", "x > 1", X),
    ("x > 0", "where(x > 0, 1.0, 0.0)", X),
    ("A @ B", "B @ A", {"A": "[n, n]", "B": "[n, n]"}),
    ("A", "A.T", {"A": "[n, n]"}),
    ("sum(a)", "3 * mean(a)", V),
    ("sum(a)", "a", V),
    ("sum(a[a > 0])", "sum(a)", V),
    ("erf(x)", "tanh(1.2 * x)", X),
    ("max(a)", "a[0]", {"a": "[4]"}),
    ("one_hot(k, 4) @ w", "w[k] * 1.001", {"k": "int64[n]", "w": "[4]"}),
]
MORE = {"w": "float32[3]", "y": "float32[n]"}


def build(text, specs):
    given = {**(MORE if "X" in specs else {}), **specs}
    return sg.parse(text, given)


@pytest.mark.parametrize(("a", "b", "specs"), SAME)
def test_the_same(a, b, specs):
    one, other = build(a, specs), build(b, specs)
    assert sg.same(one, other)
    assert sg.same(other, one)


@pytest.mark.parametrize(("a", "b", "specs"), DIFFERENT)
def test_different(a, b, specs):
    one, other = build(a, specs), build(b, specs)
    assert not sg.same(one, other)
    assert not sg.same(other, one)


@pytest.mark.parametrize(("a", "b", "specs"), SAME + DIFFERENT)
def test_numbers_decide_as_rewriting_does(a, b, specs):
    graph = sg.Graph()
    pair = [
        sg.parse(text, {**(MORE if "X" in specs else {}), **specs}, graph=graph) for text in (a, b)
    ]
    if pair[0].shape == pair[1].shape and pair[0].dtype == pair[1].dtype == np.float64:
        assert Trial(tuple(pair)).verdict() == ((a, b, specs) in SAME)


def test_numbers_and_arrays_are_constants():
    x = sg.Graph().input("x", "[3]")
    assert sg.same(x / x, [1, 1, 1])
    assert sg.same(np.ones(3), x / x)
    assert not sg.same(x / x, [1, 1, 2])
    with pytest.raises(sg.GraphError, match="same compares expressions, not int and int"):
        sg.same(1, 1)


def test_derivatives():
    x = sg.Graph().input("x")
    assert sg.same(sg.grad(sg.sin(x**2), x), 2 * x * sg.cos(x**2))
    assert sg.same(sg.grad(sg.tanh(x), x), 1 - sg.tanh(x) ** 2)
    assert not sg.same(sg.grad(sg.tanh(x), x), 1 + sg.tanh(x) ** 2)


def test_nothing_is_added_and_the_answer_stays():
    x = sg.Graph().input("x")
    a, b = sg.exp(x) * sg.exp(-x) + x, 1 + x
    count = len(x.graph)
    assert [sg.same(a, b) for _ in range(3)] == [True] * 3
    assert len(x.graph) == count


def test_inputs_of_one_name_have_one_type():
    a, b = sg.parse("x + 1", x="[]"), sg.parse("x[0] + 1", x="[3]")
    with pytest.raises(sg.GraphError, match=r"x is float64\[\] in one .* and float64\[3\] in the"):
        sg.same(a, b)


def test_no_point():
    a, b = sg.parse("log(-x**2 - 1)", **X), sg.parse("x", **X)
    with pytest.raises(sg.GraphError, match="no random point was found at which both"):
        sg.same(a, b)


def test_rounding_that_hides_all():
    a, b = sg.parse("1e20 * cos(x) + x - 1e20 * cos(x)", **X), sg.parse("x", **X)
    with pytest.raises(sg.GraphError, match="rounding hides what both expressions are"):
        sg.same(a, b)


def test_rewriting_sees_what_rounding_hides():
    assert sg.same(sg.parse("1e20 + x - 1e20", **X), sg.parse("x", **X))
    assert not sg.same(sg.parse("3 + x - 1", **X), sg.parse("x", **X))


def test_what_is_too_large_is_refused():
    a = sg.parse("sum(exp(x))", x="[1000000, 1000000]")
    with pytest.raises(sg.GraphError, match="the arrays are too large"):
        sg.same(a, 0)
    x = sg.Graph().input("x")
    y = x
    for _ in range(6000):
        y = sg.sin(y)
    with pytest.raises(sg.GraphError, match="6001 operations are too many to compare"):
        sg.same(y, x)


def test_stand_ins_have_no_values():
    x = sg.Graph().input("x", "[3]")
    refused = []

    def peek(v):
        with pytest.raises(sg.GraphError, match="stand-in"):
            sg.same(v, 1)
        refused.append(v)
        return v

    sg.vmap(peek)(x)
    assert refused


def test_a_point_tells_where_rounding_leaves_digits():
    a = np.array([1.0, np.nan, np.inf])
    with np.errstate(all="ignore"):
        found = _judged(a, a, np.zeros(3))
    assert (found.finite, found.telling, found.agrees) == (True, True, True)
    found = _judged(np.array([1.0]), np.array([2.0]), np.array([1.0]))
    assert (found.finite, found.telling, found.agrees) == (True, False, True)


def test_it_is_quick():
    a = build("mean((relu(x * a + 1) - b)**2)", {**V, **X})
    b = build("mean(b**2 - 2*b*relu(1 + a*x) + relu(x * a + 1)**2)", {**V, **X})
    start = time.perf_counter()
    assert sg.same(a, b)
    assert time.perf_counter() - start < 1
