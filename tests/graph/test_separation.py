"""Functions are compiled apart: what a graph knows is the same before and after, come what may."""

from __future__ import annotations

import copy
import pickle
import sys
import threading

import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.separation import apart

LOSSES = (
    "sum(tanh(x) * y)",
    "mean((x - y) ** 2)",
    "sum(exp(x) / (1 + exp(x))) + sum(where(x > 0, log(x), y))",
    "sum(log(sum(exp(x), axis=1))) - sum(x * y)",
)


@pytest.fixture
def g():
    g = sg.Graph()
    g.input("x", "[n, 3]"), g.input("y", "[n, 3]")
    return g


def loss_and_grad(g, text):
    loss = sg.parse(text, {}, graph=g)
    return [loss, *sg.grad(loss, [g.inputs["x"], g.inputs["y"]])]


@pytest.fixture
def eager_threads():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_threads_compile_functions_of_one_graph(g, eager_threads):
    wanted = [loss_and_grad(g, text) for text in LOSSES]
    records = list(g.derivatives)
    values = np.linspace(-1, 2, 12).reshape(4, 3), np.ones((4, 3))
    found = {}

    def compile_and_call(k):
        found[k] = sg.function(None, wanted[k])(*values)

    threads = [threading.Thread(target=compile_and_call, args=(k,)) for k in range(len(LOSSES))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert g.derivatives == records
    assert [n.id for n in g.nodes] == list(range(len(g)))
    assert [sg.parse(text, {}, graph=g) for text in LOSSES] == [w[0] for w in wanted]
    assert np.allclose(found[0][1], values[1] / np.cosh(values[0]) ** 2)
    assert np.allclose(found[1][1], (values[0] - values[1]) / 6)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_errors_inside(g, error):
    wanted = loss_and_grad(g, LOSSES[0])
    records = list(g.derivatives)
    with pytest.raises(error), apart(wanted):
        sg.grad(wanted[1].sum(), g.inputs["y"])
        raise error
    assert g.derivatives[: len(records)] == records
    assert sg.parse(LOSSES[0], {}, graph=g) is wanted[0]


@pytest.mark.parametrize("text", LOSSES)
def test_files_written_twice_let_the_graph_be(g, tmp_path, text):
    wanted = loss_and_grad(g, text)
    sizes, files = [], []
    for _ in range(3):
        path = sg.write_module(tmp_path / "m.py", value=(None, wanted[0]), slope=(None, wanted))
        sizes.append(len(g))
        files.append(path.read_text())
    assert sizes == sizes[:1] * 3 and files == files[:1] * 3
    assert pickle.loads(pickle.dumps(wanted[0])).graph.inputs.keys() == g.inputs.keys()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_copies_find_what_the_graph_finds(g, copied):
    """And not the equal nodes that were made for a function first."""
    wanted = {}
    for text in LOSSES:
        wanted[text] = loss_and_grad(g, text)
        sg.function(None, wanted[text])
    known = copied(g)
    for text, nodes in wanted.items():
        assert [n.id for n in loss_and_grad(known, text)] == [n.id for n in nodes]
