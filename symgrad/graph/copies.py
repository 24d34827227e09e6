"""Nodes of one graph appended to another, as they are or in float64."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .graph import Expr, Graph
from .types import FLOAT64, Type


def append_copies(
    graph: Graph, new: dict[int, Expr], nodes: Iterable[Expr], wide: bool = False
) -> None:
    """Append what the table lacks, in topological order; where wide, with float64 for float32.

    Parameters
    ----------
    new : dict
        For the id of a node its copy; filled.

    Example
    -------
    >>> from symgrad.graph.walk import ancestors
    >>> x, g = Graph().input("x"), Graph()
    >>> y, new = x * 2, {x.id: g.input("x")}
    >>> append_copies(g, new, ancestors([y]))
    >>> new[y.id].graph is g
    True
    """
    for node in nodes:
        if node.id in new:
            continue
        type_ = wide_type(node) if wide else node.type
        if node.value is not None:
            new[node.id] = graph.typed_constant(node.value.astype(type_.dtype), type_)
        else:
            params = {k: _widened(v) if wide else v for k, v in node.params.items()}
            args = tuple(new[a.id] for a in node.args)
            new[node.id] = graph.append(node.op, args, params, type_)


def wide_type(node: Expr) -> Type:
    """The type of a node, with float64 for float32."""
    narrow = node.dtype == np.float32
    return node.type.with_dtype(FLOAT64, node.type.weak) if narrow else node.type


def _widened(value: Any) -> Any:
    """float64 for float32; anything else as it is."""
    narrow = isinstance(value, np.dtype) and value == np.float32
    return FLOAT64 if narrow else value


def free_name(graph: Graph, name: str) -> str:
    """The name, with underscores until the graph does not have it."""
    while name in graph.named or name in graph.dims:
        name += "_"
    return name
