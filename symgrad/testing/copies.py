"""Copies of a graph: to add to without touching the user's, and to compute with in float64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import symgrad as sg

from ..graph.walk import ancestors
from .comparison import Array


def copy(
    outputs: Sequence[sg.Expr], inputs: Sequence[sg.Expr]
) -> tuple[list[sg.Expr], list[sg.Expr]]:
    """The outputs and the inputs in a graph of their own, with their names and places in text."""
    graph = sg.Graph()
    new = {x.id: graph.input(str(x.name), x.type) for x in inputs}
    nodes = ancestors(outputs)
    _append(graph, new, nodes, wide=False)
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
    new = {x.id: graph.input(str(x.name), _wide_type(x)) for x in inputs}
    for n in stopped:
        new[n.id] = graph.input(unused(f"held_{n.id}", graph), _wide_type(n))
    held = sg.function(inputs, stopped)(**point) if stopped else []
    _append(graph, new, nodes, wide=True)
    given = list(graph.inputs.values())
    arrays = (
        np.asarray(v).astype(x.dtype) for x, v in zip(given, [*point.values(), *held], strict=True)
    )
    wide = sg.function(given, [new[y.id] for y in outputs])
    return wide, dict(zip(graph.inputs, arrays, strict=True))


def unused(name: str, graph: sg.Graph) -> str:
    """The name, with underscores until it is free."""
    while name in graph.named or name in graph.dims:
        name += "_"
    return name


def _append(graph: sg.Graph, new: dict[int, sg.Expr], nodes: list[sg.Expr], wide: bool) -> None:
    """Append what the table lacks; where wide, with float64 for float32."""
    for node in nodes:
        if node.id in new:
            continue
        type_ = _wide_type(node) if wide else node.type
        if node.value is not None:
            new[node.id] = graph.typed_constant(node.value.astype(type_.dtype), type_)
        else:
            params = {k: _wide(v) if wide else v for k, v in node.params.items()}
            args = tuple(new[a.id] for a in node.args)
            new[node.id] = graph.append(node.op, args, params, type_)


def _wide(value: Any) -> Any:
    """float64 for float32; anything else as it is."""
    narrow = isinstance(value, np.dtype) and value == np.float32
    return np.dtype(np.float64) if narrow else value


def _wide_type(node: sg.Expr) -> Any:
    narrow = node.dtype == np.float32
    return node.type.with_dtype(_wide(node.dtype), node.type.weak) if narrow else node.type
