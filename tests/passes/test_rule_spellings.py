"""Rules are spelled out only for nodes that they may fit: none of their spellings gets lost so."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors
from symgrad.passes.facts.kinds import kind_of
from symgrad.passes.rewriting.matching import instantiate
from symgrad.passes.rewriting.rule import Patterns, Rule, mirrored, rule
from tests.passes.test_every_rule import RULES


def met(spelling: sg.Expr) -> sg.Expr:
    """An expression of this form: for variables other operations, and numbers for numbers."""
    graph, names = sg.Graph(), [n.name for n in ancestors([spelling]) if n.op == "input"]
    found = {}
    for i, name in enumerate(names):
        is_number = name.startswith("number_")
        found[name] = graph.constant(0.7 + i) if is_number else sg.erf(graph.input(name))
    return instantiate(
        spelling, found, graph, lambda op, args, params: op.build(graph, args, params)
    )


@pytest.mark.parametrize("r", RULES, ids=str)
def test_every_spelling_is_found(r: Rule):
    assert r.left in r.spellings
    for spelling in r.spellings:
        assert spelling.op in r.heads
        assert spelling in r.matching(kind_of(met(spelling)))


def test_what_can_not_fit_is_not_spelled_out():
    x, y = Patterns().any("x")[0], sg.Graph().input("y")
    r = rule(sg.log(1 + sg.exp(x)), sg.softplus(x), at=800.0)
    assert r.matching(kind_of(sg.log(2 * sg.exp(y)))) == []
    assert "spellings" not in vars(r)
    assert r.matching(kind_of(sg.log(1 + sg.exp(y)))) == [
        sg.log(1 + sg.exp(x)),
        sg.log(sg.exp(x) + 1),
    ]


def test_a_difference_is_known_the_other_way_around():
    x, y = Patterns().any("x", "y")
    less_one = rule(sg.exp(x) - 1, sg.expm1(x), at=1e-20)
    found = mirrored([less_one])
    assert [str(r) for r in found] == [str(less_one), "1 - exp(x) = -expm1(x)"]
    assert found[1].at == less_one.at
    assert str(mirrored(found[1:])[1]) == str(less_one)
    assert mirrored(found) == found
    of_two = [rule(sg.sin(x) - sg.sin(y), sg.sin_difference(x, y)), rule(x + 0, x)]
    assert mirrored(of_two) == of_two
