"""Arithmetic of symbolic sizes against Python's integers."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgrad as sg
from symgrad.graph.dims import (
    Dim,
    at_least,
    at_most,
    divide,
    evaluate,
    floordiv,
    names_of,
    product,
    size,
)
from symgrad.graph.names import check_name

NAMES = ["n", "m", "batch"]
sizes = st.fixed_dictionaries({name: st.integers(0, 9) for name in NAMES})
leaves = st.one_of(st.sampled_from([Dim(n) for n in NAMES]), st.integers(-4, 6))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["add", "sub", "mul"]), inner, inner),
        st.tuples(st.sampled_from(["floordiv", "at_least", "at_most"]), inner, st.integers(1, 4)),
    ),
    max_leaves=8,
)
SYMBOLIC = {"floordiv": floordiv, "at_least": at_least, "at_most": at_most}
PLAIN = {"floordiv": operator.floordiv, "at_least": max, "at_most": min}


def build(tree, leaf, table):
    """A tree's value: as a size, or as an integer."""
    if not isinstance(tree, tuple):
        return leaf(tree)
    op, a, b = tree
    a = build(a, leaf, table)
    b = b if op in table else build(b, leaf, table)
    return table[op](a, b) if op in table else getattr(operator, op)(a, b)


def symbolic(tree):
    return build(tree, lambda x: x, SYMBOLIC)


def plain(tree, given_sizes):
    return build(tree, lambda x: given_sizes[str(x)] if isinstance(x, Dim) else x, PLAIN)


@settings(deadline=None, max_examples=300)
@given(trees, sizes)
def test_arithmetic_is_that_of_integers(tree, given_sizes):
    assert evaluate(symbolic(tree), given_sizes) == plain(tree, given_sizes)


@settings(deadline=None)
@given(trees, sizes)
def test_text_is_python_for_the_value(tree, given_sizes):
    text = str(symbolic(tree))
    assert eval(text, dict(given_sizes)) == plain(tree, given_sizes)


@settings(deadline=None)
@given(trees)
def test_names_are_those_in_the_text(tree):
    dim = symbolic(tree)
    words = set("".join(c if c.isalnum() else " " for c in str(dim)).split())
    assert set(names_of([dim])) == words & set(NAMES)


@settings(deadline=None)
@given(trees, trees)
def test_sums_and_products_do_not_depend_on_the_order(a, b):
    a, b = symbolic(a), symbolic(b)
    assert a + b == b + a
    assert a * b == b * a
    assert a - b == a + b * -1
    assert (a + b) - b == a


@settings(deadline=None)
@given(trees, st.sampled_from([2, 3, Dim("n"), Dim("n") * 2]), sizes)
def test_exact_division_undoes_multiplication(tree, factor, given_sizes):
    dim = symbolic(tree)
    quotient = divide(dim * factor, factor)
    assert quotient is not None
    assert evaluate(quotient, given_sizes) == evaluate(dim, given_sizes)


@pytest.mark.parametrize(
    "dim, text",
    [
        (Dim("n") + 0, "n"),
        (2 + Dim("n") * 3, "3*n + 2"),
        (Dim("n") * Dim("m") - Dim("m") * Dim("n"), "0"),
        (-Dim("n"), "-n"),
        (5 - Dim("n"), "-n + 5"),
        (Dim("n") // 2 * 2, "2*(n//2)"),
        ((Dim("n") * 2 + 3) // 2, "n + 1"),
        (7 // Dim("n"), "(7//n)"),
        (at_least(Dim("n") - 1, 0), "max(n - 1, 0)"),
        (at_least(Dim("n"), 0), "n"),
        (Dim("n") * np.int64(2), "2*n"),
        (np.int64(2) + Dim("n"), "n + 2"),
        (Dim("n") * True, "n"),
        (product((Dim("n"), 3, Dim("m"))), "3*m*n"),
        (product((Dim("n"), 0)), "0"),
    ],
)
def test_canonical_text(dim, text):
    assert str(dim) == text


def test_a_dim_equals_its_name_and_cancelled_names_are_forgotten():
    n, m = Dim("n"), Dim("m")
    assert n == "n" and hash(n) == hash("n") and Dim(n) is n
    rest = (n + m) - m
    assert rest == n and rest.names == {"n"}
    assert divide(n * m, m).names == {"n"}


def test_sizes_that_are_the_same_look_the_same():
    """Slices of a named dim: shapes of one length are equal, so that they can be added."""
    x = sg.Graph().input("x", "[n]")
    second_difference = x[2:] - 2 * x[1:-1] + x[:-2]
    assert second_difference.shape == ("max(n - 2, 0)",)
    assert (x[-3:] + x[:3]).shape == ("min(n, 3)",)
    assert x[:].shape == x[0:].shape == x[::-1].shape == ("n",)
    assert x[3:3].shape == x[2:1].shape == x[-1:-2].shape == x[:0].shape == (0,)


# What is no size.


@pytest.mark.parametrize("value", [1.0, None, [1], (2,), object(), np.array([1, 2]), np.float64(3)])
def test_values_that_are_no_size(value):
    with pytest.raises(sg.ShapeError, match="a size is an integer or a named dim, not "):
        size(value)


@pytest.mark.parametrize("value", [3, np.int32(3), True, np.array(3), "n", Dim("n")])
def test_values_that_are(value):
    assert size(value) == value


def test_negative_sizes_are_refused():
    with pytest.raises(sg.ShapeError, match="can not be negative, and -2 is"):
        size(-2)


@pytest.mark.parametrize(
    "compute",
    [
        lambda n: n / 2,
        lambda n: 1 / n,
        lambda n: n % 2,
        lambda n: n**2,
        lambda n: 2**n,
        lambda n: 2.5 / n,
    ],
)
def test_what_needs_the_number_says_how_to_write_it(compute):
    with pytest.raises(sg.ShapeError, match="n is a named dim: it has no number yet") as error:
        compute(Dim("n"))
    assert "x.sum() / n" in str(error.value)


@pytest.mark.parametrize("other", [1.5, None, "m", 1j])
def test_sums_with_what_is_no_size(other):
    with pytest.raises(sg.ShapeError, match="a size is an integer or a named dim"):
        Dim("n") + other
    with pytest.raises(sg.ShapeError, match="a size is an integer or a named dim"):
        Dim("n") * other


def test_a_dim_is_an_operand_on_either_side():
    x = sg.Graph().input("x", "[n]")
    n = x.shape[0]
    f = sg.function([x], [x * n, n * x, x / n, n / x, x + n, n - x, n**x, x % n, x // n])
    X = np.array([1.0, 2.0, 5.0])
    for found, expected in zip(
        f(X), [X * 3, 3 * X, X / 3, 3 / X, X + 3, 3 - X, 3**X, X % 3, X // 3], strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_size_beside_float32_stays_float32():
    x = sg.Graph().input("x", "float32[n]")
    n = x.shape[0]
    for y in (x * n, x / n, x + n * 2, n - x, x * sg.sqrt(x * 0 + n)):
        assert y.dtype == "float32"
        assert sg.function([x], y)(np.ones(3, "float32")).dtype == "float32"


# Names.


@pytest.mark.parametrize("name", ["n", "n_1", "größe", "λ", "_"])
def test_good_names(name):
    assert check_name(name, "input") == name


def test_names_are_normalized_as_python_does():
    assert check_name("ﬁ", "input") == "fi"
    assert Dim("ﬁ").names == {"fi"}


@pytest.mark.parametrize(
    "name, message",
    [
        ("a b", "'a b' can not name an input: a name is letters, digits and underscores"),
        ("", "'' can not name an input"),
        ("2x", "'2x' can not name an input"),
        ("x\x00", "can not name an input"),
        ("lambda", "lambda can not name an input: it is a keyword of Python"),
        (3, "the name of an input is a string, not int"),
        (["x"], "the name of an input is a string, not list"),
    ],
)
def test_bad_names(name, message):
    with pytest.raises(sg.GraphError) as error:
        check_name(name, "input")
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["a b", "2x", "", "α-β"])
def test_the_name_proposed_instead_is_a_good_one(name):
    with pytest.raises(sg.GraphError) as error:
        check_name(name, "input")
    proposed = str(error.value).rpartition("Call it ")[2].partition(",")[0]
    assert check_name(proposed, "input") == proposed


def test_articles():
    with pytest.raises(sg.GraphError, match="can not name a dim"):
        Dim("a b")
