"""The order of the steps: what waits for its reader, and what does not."""

from __future__ import annotations

from functools import partial

import numpy as np

import symgrad as sg
from symgrad.backends.order import bring_forward, put_off
from symgrad.backends.plan import typical_bytes
from symgrad.graph.walk import ancestors


def program(read_later):
    """A product of two arrays, read behind others; the two themselves are read later, or not."""
    x = sg.Graph().input("x", "[n]")
    a, b = sg.tanh(x), sg.exp(x)
    early = a * b
    others = [sg.sin(x)]
    for _ in range(5):
        others.append(sg.cos(others[-1]))
    late = early + others[-1]
    end = late + a - b if read_later else late
    return early, late, [*others, end]


def ordered(kept):
    nodes = [n for n in ancestors(kept) if n.args]
    found = put_off(nodes, kept, typical_bytes)
    assert sorted(n.id for n in found) == [n.id for n in nodes]
    return found


def test_a_step_waits_for_its_reader_if_its_operands_are_kept_anyway():
    early, late, kept = program(read_later=True)
    found = ordered(kept)
    assert found.index(early) == found.index(late) - 1


def test_a_step_does_not_wait_if_its_operands_would_have_to_be_kept():
    """Two arrays that wait for one take more memory than the one."""
    _, _, kept = program(read_later=False)
    found = ordered(kept)
    assert [n.op for n in found[:3]] == ["tanh", "exp", "multiply"]


def test_what_is_kept_to_the_end_stays_where_it_is():
    early, late, kept = program(read_later=True)
    found = ordered([*kept, early])
    assert found.index(early) == 2
    assert found.index(late) == 9


def test_a_sum_comes_right_after_what_dies_in_it():
    g = sg.Graph()
    x = g.input("x", "[n]")
    a, b, c, d = sg.sin(x), sg.cos(x), sg.tanh(x), sg.exp(x)
    first = a + b
    nodes = [a, b, c, d, first, first + c + d]
    nodes[5:] = [nodes[5].args[0], nodes[5]]
    found = bring_forward(nodes, [nodes[-1]], typical_bytes)
    assert [n.op for n in found] == ["sin", "cos", "add", "tanh", "add", "exp", "add"]


def test_a_sum_is_not_brought_forward_if_nothing_dies_in_it():
    g = sg.Graph()
    x = g.input("x", "[n]")
    a, b, c = sg.sin(x), sg.cos(x), sg.tanh(x)
    total = a + b
    nodes = [a, b, c, total]
    assert bring_forward(nodes, [a, b, c, total], typical_bytes) == nodes
    assert bring_forward(nodes, [b, c, total], typical_bytes) == nodes  # one dies, one is made
    assert bring_forward(nodes, [c, total], typical_bytes) == [a, b, total, c]


def test_what_is_returned_is_computed_as_soon_as_it_can_be():
    g = sg.Graph()
    x, y = sg.tanh(g.input("x", "[n]")), sg.sin(g.input("y", "[n]"))
    later = sg.exp(y)
    last, returned = later * x, x * y
    nodes = [x, y, later, last, returned]
    found = bring_forward(nodes, [last, returned], typical_bytes, {returned.id})
    assert found == [x, y, returned, later, last]
    assert bring_forward(nodes, [last, returned], typical_bytes) == nodes
    numbers = sg.arange(x.shape[0], like=x)  # returned, and made of nothing
    assert bring_forward([x, numbers], [numbers], typical_bytes, {numbers.id}) == [x, numbers]


def test_every_order_is_one_that_can_be_carried_out():
    """Random graphs: each node behind its operands, and all of them there."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        g = sg.Graph()
        nodes = [g.input("x", "[n]")]
        for _ in range(40):
            a, b = (nodes[i] for i in rng.integers(0, len(nodes), 2))
            nodes.append([a + b, sg.sin(a), sg.sum(a) * b][rng.integers(3)])
        kept = [nodes[i] for i in rng.integers(0, len(nodes), 3)]
        steps = [n for n in ancestors(kept) if n.args]
        soon = partial(bring_forward, ends={x.id for x in kept})
        for order in (put_off, bring_forward, soon):
            found = order(steps, kept, typical_bytes)
            place = {n.id: i for i, n in enumerate(found)}
            assert sorted(place) == [n.id for n in steps]
            assert all(place.get(a.id, -1) < place[n.id] for n in found for a in n.args)
