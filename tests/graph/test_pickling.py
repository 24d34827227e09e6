"""Graphs and expressions that are pickled and copied."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.op import registry

TEXT = "mean((tanh(X @ W + c) @ w - y)**2)"
SPECS = {"X": "[n, 2]", "W": "[2, 3]", "c": "[3]", "w": "[3]", "y": "[n]"}
COPIES = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "oldest pickle": lambda value: pickle.loads(pickle.dumps(value, 2)),
    "deepcopy": copy.deepcopy,
}
again = pytest.mark.parametrize("again", COPIES.values(), ids=COPIES)


def straight(g: sg.Expr, y: sg.Expr, x: sg.Expr) -> sg.Expr:
    return g


def source(outputs: list[sg.Expr]) -> str:
    return sg.function(None, outputs, style="readable").source


@again
def test_a_network_and_its_gradient(again: Any) -> None:
    loss = sg.parse(TEXT, SPECS)
    outputs = [loss, *sg.grad(loss, ["W", "c", "w"])]
    copies = again(outputs)
    graph = copies[0].graph
    assert graph is not loss.graph and all(o.graph is graph for o in copies)
    assert [o.id for o in copies] == [o.id for o in outputs]
    assert source(copies) == source(outputs)
    rng = np.random.default_rng(0)
    X, W, c, w, y = (rng.normal(size=s) for s in [(4, 2), (2, 3), 3, 3, 4])
    h = np.tanh(X @ W + c)
    r = 2 * (h @ w - y) / 4
    found = sg.function(None, copies)(X, W, c, w, y)
    slopes = np.outer(r, w) * (1 - h**2)
    for a, b in zip(found[1:], (X.T @ slopes, slopes.sum(axis=0), h.T @ r), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@again
def test_every_operation(again: Any) -> None:
    for op in registry.values():
        for case in op.cases:
            graph = sg.Graph()
            operands = [graph.input(f"x{i}", spec) for i, spec in enumerate(case.specs)]
            node = op.on(operands, case.params)
            copied = again(node)
            assert copied.op is node.op and copied.type is node.type
            assert copied.params == node.params and str(copied) == str(node)
            assert len(copied.graph) == len(graph)


@again
def test_a_copy_goes_on_by_itself(again: Any) -> None:
    x = sg.Graph().input("x", "float32[n, 2*n + 1]")
    y = x * 2.5 + np.array([[1.0]])
    graph = again(y).graph
    twin = graph.inputs["x"]
    assert twin * 2.5 + np.array([[1.0]]) is graph.nodes[y.id]  # nothing is entered twice
    sg.exp(twin)
    assert len(graph) == len(y.graph) + 1
    assert graph.dims == ["n"] and twin.type is x.type
    with pytest.raises(sg.GraphError, match="belongs to another graph"):
        x + twin


@again
def test_names_texts_and_errors_are_kept(again: Any) -> None:
    y = sg.parse("a: [3]\nh = exp(a)\nsum(h * b)", b="[3]")
    graph = again(y.graph)
    assert list(graph.named) == list(y.graph.named) and graph.named["h"].name == "h"
    assert {i: s.show() for i, s in graph.spans.items()} == {
        i: s.show() for i, s in y.graph.spans.items()
    }
    assert repr(graph) == repr(y.graph)


@again
def test_what_is_computed_twice_stays_so(again: Any) -> None:
    graph = sg.Graph()
    y = sg.exp(graph.input("x", "[3]"))
    twin = graph.repeat(y, y.args)
    copied = again([y, twin])
    assert copied[0] is not copied[1] and copied[0].graph.again[twin.id] is copied[0]


def test_a_deep_graph() -> None:
    x = y = sg.Graph().input("x")
    for _ in range(20_000):
        y = sg.sin(y)
    for again in COPIES.values():
        assert len(again(y).graph) == 20_001
    assert x.graph is y.graph


def test_operations_and_nodes_are_their_own_copies() -> None:
    x = sg.Graph().input("x")
    assert copy.copy(x) is x and copy.copy(x.graph) is not x.graph
    for op in registry.values():
        assert pickle.loads(pickle.dumps(op)) is copy.copy(op) is copy.deepcopy(op) is op


def test_rules_of_the_users_own() -> None:
    x = sg.Graph().input("x", "[2]")
    known = sg.custom_vjp(straight)(sg.sign)(x)
    slope = sg.grad(pickle.loads(pickle.dumps(known.sum())), "x")
    np.testing.assert_array_equal(sg.function(["x"], slope)([3.0, -2.0]), [1.0, 1.0])
    unknown = sg.custom_vjp(lambda g, y, x: g)(sg.sign)(x)
    with pytest.raises(sg.GraphError, match="rule of custom_vjp that can not be pickled") as found:
        pickle.dumps(unknown)
    assert found.value.how == "Define the rule with def at the top of a module."
    assert str(copy.deepcopy(unknown)) == str(unknown)


def slope_at(given: tuple[sg.Expr, float]) -> float:
    y, x = given
    return float(sg.function(["x"], sg.grad(y, "x"))(x))


def test_other_processes(tmp_path: Path) -> None:
    y = sg.parse("sin(x)**2", x="[]")
    points = [0.1, 0.2, 0.3]
    with get_context("spawn").Pool(1) as pool:
        found = pool.map(slope_at, [(y, x) for x in points])
    np.testing.assert_allclose(found, np.sin(2 * np.array(points)), rtol=1e-14)
    path = tmp_path / "y.pickle"
    path.write_bytes(pickle.dumps(y))
    code = "import pickle, sys; print(pickle.load(open(sys.argv[1], 'rb')))"  # imports by itself
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.stdout.strip() == str(y).strip(), done.stderr
