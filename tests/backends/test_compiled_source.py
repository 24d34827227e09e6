"""Emission stays linear where one node serves many outputs, and compiled code shows its lines."""

import time
import traceback

import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors


def seconds(inputs):
    """Processor time of compiling a gradient of which all but one part are the same zeros."""
    g = sg.Graph()
    x = g.input("x", "[3]")
    unread = [g.input(f"q{i}", "[3]") for i in range(inputs)]
    slopes = sg.grad(sg.sum(sg.tanh(x)), [x, *unread])
    start = time.process_time()
    f = sg.function([x], slopes)
    spent = time.process_time() - start
    found = f(np.zeros(3))
    assert np.all(found[0] == 1)
    assert len(found) == inputs + 1
    assert not np.any(found[1:])
    return spent


def test_inputs_that_are_not_read_cost_each_the_same():
    """Eight times as many take about eight times as long: 64 times would be quadratic."""
    seconds(10)
    few, many = (min(seconds(n) for _ in range(3)) for n in (200, 1600))
    assert many < 24 * few


def test_a_traceback_shows_the_emitted_line():
    x = sg.Graph().input("x", "[n]")
    f = sg.function([x], sg.tanh(x)[2] * 3.0, style="readable")
    with pytest.raises(IndexError) as caught:
        f._call(np.ones(1))
    shown = "".join(traceback.format_exception(caught.value))
    (line,) = (line for line in f.source.splitlines() if "h1[2]" in line)
    assert line.strip() in shown


def test_what_was_walked_is_forgotten_with_nodes_taken_back():
    """A node that is made after a rollback has the number of one that is gone."""
    g = sg.Graph()
    x = g.input("x")
    y = x + 1.0
    with pytest.raises(ZeroDivisionError), g.transaction():
        gone = y * 2.0
        assert ancestors([gone])[-1] is gone
        raise ZeroDivisionError
    new = sg.sin(y)
    assert new.id <= gone.id
    assert [n.op for n in ancestors([new])] == ["input", "constant", "add", "sin"]
