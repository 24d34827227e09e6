"""Rules are spelled out only for nodes that they may fit: none of their spellings gets lost so."""

from __future__ import annotations

import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors
from symgrad.passes.facts.kinds import kind_of
from symgrad.passes.rewriting.matching import instantiate, may_match
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
    spellings = r.spellings
    for spelling in spellings:
        kind = kind_of(met(spelling))
        fit = [p for p in spellings if p.op == kind.op and may_match(p, kind)]
        assert spelling.op in r.heads
        assert spelling in fit
        assert r.matching(kind) == fit


def test_what_can_not_fit_is_not_spelled_out():
    x, y = Patterns().any("x")[0], sg.Graph().input("y")
    r = rule(sg.log(1 + sg.exp(x)), sg.softplus(x), at=800.0)
    patterns = len(x.graph)
    assert r.matching(kind_of(sg.log(2 * sg.exp(y)))) == []
    assert len(x.graph) == patterns
    assert r.matching(kind_of(sg.log(1 + sg.exp(y)))) == [
        sg.log(1 + sg.exp(x)),
        sg.log(sg.exp(x) + 1),
    ]


def test_spellings_of_other_kinds_are_not_made():
    """A rule of two means of squares has a thousand spellings, which took 0.25 MiB."""
    (x, y), z = Patterns().any("x", "y"), sg.Graph().input("z")
    r = rule((x**2 + y**2) / 2 - ((x + y) / 2) ** 2, ((x - y) / 2) ** 2, at={"x": 1e9, "y": 1e9})
    assert r.matching(kind_of((z + sg.sin(z)) / 2 - sg.exp(z))) == []
    found = r.matching(kind_of((z * z + sg.sin(z) ** 2) / 2 - sg.square((z + 1) / 2)))
    assert {p.args[1].op for p in found} == {"square"}
    assert len(x.graph) < 300
    assert len(found) < 200 < len(r.spellings)


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
