"""Operations that give the same with their operands the other way around are one node so."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.op import registry
from symgrad.passes.rewriting.rule import Patterns

MIRRORS = [op for op in registry.values() if op.mirror]
SPECIAL = [0.0, -0.0, 1.0, -2.5, 1e-310, 1e308, -1e308, np.inf, -np.inf, np.nan, 0.1, 710.0]


def operands(op):
    g = sg.Graph()
    dtype = "bool" if op.domain == ("bools",) else "float64"
    return g.input("a", f"{dtype}[n]"), g.input("b", f"{dtype}[n]")


@pytest.mark.parametrize("op", MIRRORS, ids=str)
def test_both_orders_are_one_node(op):
    a, b = operands(op)
    first = op(a, b)
    assert registry[op.mirror](b, a) is first
    assert op(a, b) is first and op(b, a) is not op(a, a)


@pytest.mark.parametrize("op", MIRRORS, ids=str)
def test_numpy_gives_the_same_to_the_last_bit(op):
    x, y = np.array(list(itertools.product(SPECIAL, repeat=2))).T
    if op.domain == ("bools",):
        x, y = x > 0, y > 0
    with np.errstate(all="ignore"):
        one, other = getattr(np, op)(x, y), getattr(np, op.mirror)(y, x)
    assert np.array_equal(np.isnan(one), np.isnan(other))
    kept = ~np.isnan(one)
    assert one[kept].tobytes() == other[kept].tobytes()


def test_what_is_not_symmetric_has_two_nodes():
    g = sg.Graph()
    a, b = g.input("a"), g.input("b")
    for op in ("subtract", "divide", "power", "maximum", "minimum", "matmul", "arctan2"):
        assert registry[op].mirror is None
    assert a - b is not b - a and sg.maximum(a, b) is not sg.maximum(b, a)


def test_what_is_read_by_both_spellings_is_computed_and_differentiated_once():
    g = sg.Graph()
    a, b = g.input("a"), g.input("b")
    y = sg.sin(a * b) + sg.cos(b * a)
    f = sg.function([a, b], [y, sg.grad(y, a)], style="readable")
    assert f.source.count("= a * b") == 1 and "b * a" not in f.source
    value, slope = f(0.3, 0.7)
    assert value == pytest.approx(np.sin(0.21) + np.cos(0.21), rel=1e-15)
    assert slope == pytest.approx(0.7 * (np.cos(0.21) - np.sin(0.21)), rel=1e-14)


def test_patterns_keep_both_orders():
    x, y = Patterns().any("x", "y")
    assert x * y is not y * x


def test_what_is_repeated_is_a_node_of_its_own():
    x = sg.Graph().input("x")
    square = x * x
    again = x.graph.repeat(square, (x, x))
    assert again is not square and x.graph.again == {again.id: square}
