"""Kinds leave out only rules and passes that could not change a node; see also test_scaling."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad import passes
from symgrad.graph.walk import ancestors
from symgrad.passes.kinds import kind_of, number_of
from symgrad.passes.rule import instantiate, may_match
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
        names = {n.params["name"] for n in ancestors([spelling]) if n.op == "input"}
        found = {x: g.constant(3.0) if x.startswith("number_") else g.input(x) for x in names}
        make = lambda op, args, params, g=g: op.build(g, args, params)
        node = instantiate(spelling, found, g, make)
        assert may_match(spelling, kind_of(node))
        assert spelling.op in r.heads
        assert spelling in r.matching(kind_of(node))


def test_a_rule_is_found_once_its_operations_have_come():
    """What a rewrite brings into a graph, other rules may read."""
    x = sg.Graph().input("x", "[n]")
    assert "softplus" not in x.graph.ops
    y = sg.log(1 + sg.exp(x)) - x  # softplus(x) - x, which cancels
    lean = passes.final([y])[0]
    assert {n.op.name for n in x.graph.nodes} >= {"softplus"}
    assert str(lean).splitlines()[-1] == "softplus(-x)"
    assert sg.function([x], [lean])(np.array([50.0]))[0] == pytest.approx(np.exp(-50), rel=1e-15)
