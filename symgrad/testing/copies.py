"""Copies of a graph: to add to without touching the user's, and to compute with in float64."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import symgrad as sg

from ..graph.copies import append_copies, free_name, wide_type
from ..graph.walk import ancestors
from .comparison import Array


def copy(
    outputs: Sequence[sg.Expr], inputs: Sequence[sg.Expr]
) -> tuple[list[sg.Expr], list[sg.Expr]]:
    """The outputs and the inputs in a graph of their own, with their names and places in text."""
    graph = sg.Graph()
    new = {x.id: graph.input(str(x.name), x.type, sign=x.sign) for x in inputs}
    nodes = ancestors(outputs)
    append_copies(graph, new, nodes)
    for node in nodes:
        if node.name and node.op != "input" and node.graph.named.get(node.name) is node:
            graph.name(node.name, new[node.id])
        if node.id in node.graph.spans:
            graph.spans.setdefault(new[node.id].id, node.graph.spans[node.id])
    return [new[y.id] for y in outputs], [new[x.id] for x in inputs]


def widen(
    outputs: Sequence[sg.Expr], inputs: Sequence[sg.Expr], point: dict[str, Array]
) -> tuple[sg.Function, dict[str, Array]]:
    """The outputs as a function that computes in float64, and the point to call it at.

    What stands under ``stop_gradient`` is held at its value there, as differentiation takes it.
    """
    nodes = ancestors(outputs)
    stopped = [n for n in nodes if n.op == "stop_gradient"]
    graph = sg.Graph()
    new = {x.id: graph.input(str(x.name), wide_type(x), sign=x.sign) for x in inputs}
    for n in stopped:
        new[n.id] = graph.input(free_name(graph, f"held_{n.id}"), wide_type(n))
    held = sg.function(inputs, stopped)(**point) if stopped else []
    append_copies(graph, new, nodes, wide=True)
    given = list(graph.inputs.values())
    arrays = (
        np.asarray(v).astype(x.dtype) for x, v in zip(given, [*point.values(), *held], strict=True)
    )
    wide = sg.function(given, [new[y.id] for y in outputs], style="readable")
    return wide, dict(zip(graph.inputs, arrays, strict=True))
