"""Kinds leave out only rules and passes that could not change a node; see also test_scaling."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad import passes
from symgrad.graph.walk import ancestors
from symgrad.ops.operands import lift
from symgrad.passes.facts import kinds
from symgrad.passes.facts.kinds import classify, kind_of
from symgrad.passes.rewriting.matching import instantiate, match, may_be_of, may_match
from tests.passes.test_every_rule import RULES


def test_a_kind_says_what_rules_ask():
    g = sg.Graph()
    x, n = g.input("x", "[n]"), g.input("n_", "int64")
    (a, b) = kind_of((2.0 * x) + x**3).operands
    assert (a.op, a.scaled, a.twice, b.op, b.number) == ("multiply", True, False, "power", 3.0)
    (a, b) = kind_of(0.5 * (x * x)).operands
    assert (a.number, a.python, b.twice, b.scaled) == (0.5, True, True, False)
    (a, b) = kind_of(x * 0.3).operands
    assert b.number is None and b.python  # no rule names 0.3
    assert kind_of(x * n).operands[1].words == ["input"]
    (a, b) = kind_of((x + 1) - x * (1 - x)).operands
    assert (a.scaled, a.shifted, b.scaled, b.shifted) == (True, False, False, True)
    (a, b) = kind_of(-x * (-0.3 * x)).operands
    assert a.minus and b.minus and not kind_of(1 + 0.3 * x).operands[1].minus


def test_what_an_operand_says_follows_from_its_own_operands():
    """It is looked up by those: what is looked up is what is found by looking."""
    g = sg.Graph()
    x, y, f = g.input("x", "[n]"), g.input("y"), g.input("f", "float32[n]")
    n = lift(g, x.size)
    numbers = [2.0, -2.0, 0.3, -0.3, 1 / n, -n, g.constant(2.0, "float32"), g.constant([1.0, -1.0])]
    firsts = [op(x, c) for c in numbers[:6] for op in (sg.add, sg.subtract, sg.multiply, sg.divide)]
    firsts += [2.0 * f, f + numbers[6], -x, x**2, x**-0.5, x * x, x * y, -y * x, sg.sin(x), 1 - x]
    made = [op(a, b) for a in firsts for b in firsts[::3] for op in (sg.multiply, sg.subtract)]
    assert len({node.op for node in ancestors(made)}) > 8
    for node in ancestors(made):
        classify([node])
        found, node.said = node.said, 0
        kinds._say(node)
        assert node.said == found


def test_what_is_kept_of_kinds_is_bounded(monkeypatch):
    """Lists of operands are of any length; what is kept of them is not."""
    monkeypatch.setattr(kinds, "_known", {})
    monkeypatch.setattr(kinds, "_MOST", 20)
    g = sg.Graph()
    x = g.input("x")
    units = [sg.sin(x), sg.cos(x), sg.exp(x), sg.tanh(x), sg.sigmoid(x), x]
    first = sg.stack(units)
    number = number_of(first)
    assert number_of(sg.stack(units * 7)) == number
    for k in range(60):
        assert number_of(sg.stack([units[int(c)] for c in np.base_repr(k + 216, 6)])) > 0
        assert len(kinds._known) <= 20
    assert number_of(first) == number


def number_of(node):
    classify([node])
    return node.kind


def test_nodes_of_one_kind_have_one_number():
    x = sg.Graph().input("x")
    y = x.graph.input("y")
    assert number_of(sg.sin(x) * y) == number_of(sg.sin(y) * y) != number_of(sg.cos(x) * y)
    assert number_of(x + 1) == number_of(y + 1.0) != number_of(x + 2)
    assert number_of(x + 0.3) == number_of(x + 0.7)


@pytest.mark.parametrize("r", RULES, ids=str)
def test_every_spelling_may_match_itself(r):
    """The kind of what a left side stands for is one of those for which the rule is looked at."""
    for spelling in r.spellings:
        g = sg.Graph()
        g.ordered = True  # or another spelling is the one that matches
        names = {n.params["name"] for n in ancestors([spelling]) if n.op == "input"}
        found = {x: g.constant(3.0) if x.startswith("number_") else g.input(x) for x in names}
        make = lambda op, args, params, g=g: op.build(g, args, params)
        node = instantiate(spelling, found, g, make)
        assert may_match(spelling, kind_of(node))
        assert spelling.op in r.heads
        assert spelling in r.matching(kind_of(node))
        assert all(map(may_be_of, spelling.args, map(kind_of, node.args)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_kinds_of_operands_leave_out_what_does_not_match(dtype):
    g = sg.Graph()
    x, y = g.input("x", "[n]", dtype=dtype), g.input("y", "[n]", dtype=dtype)
    y_all = sg.log(x / (1 - x)) + 1 / (sg.exp(x) - 1) - 1 / x + (x**2 + y**2) / 2 - x * sg.exp(y)
    y_all = y_all + ((x + y) / 2) ** 2 + g.constant(2.0, dtype) * sg.sin(x / 2) ** 2 + y / (x + y)
    outputs = [y_all, sg.grad(y_all.sum(), x)]
    phase, asked, kept = passes._STABILIZE, 0, 0
    for node in ancestors([*outputs, *passes.stabilize(outputs)]):
        selection = phase.among(g.ops)
        rules = selection.fitting(node)[1]
        closer = selection.matching(node, rules)
        fit = [pair for pair in rules if match(pair[0], node, frozenset(), {})]
        assert [pair for pair in closer if pair in fit] == fit
        asked, kept = asked + len(rules), kept + len(closer)
    assert 0 < 3 * kept < asked


def test_a_rule_is_found_once_its_operations_have_come():
    """What a rewrite brings into a graph, other rules may read."""
    x = sg.Graph().input("x", "[n]")
    assert "softplus" not in x.graph.ops
    y = sg.log(1 + sg.exp(x)) - x  # softplus(x) - x, which cancels
    lean = passes.final([y])[0]
    assert {n.op.name for n in x.graph.nodes} >= {"softplus"}
    assert str(lean).splitlines()[-1] == "softplus(-x)"
    assert sg.function([x], [lean])(np.array([50.0]))[0] == pytest.approx(np.exp(-50), rel=1e-15)
