"""The operands of a call: as nodes of one graph, and as messages name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import DTypeError, GraphError
from ..graph.dims import Dim
from ..graph.graph import Expr, Graph, hooks, operations
from ..graph.types import INT64, Type

SIZE = Type(INT64, (), weak=True, python=True)
"""The type of a named dim's size: in emitted code a Python number."""


def describe(node: Expr) -> str:
    """An operand in a message: the user's name or text, and its type (float64 is left out)."""
    shape = str(node.type).removeprefix("float64") if node.type.is_floating else f" {node.type}"
    return (
        f"{shorten(node)} {shape.strip()}" if node.shape or shape.strip() != "[]" else shorten(node)
    )


def shorten(node: Expr) -> str:
    """The user's name of a node, or its text cut to a few words."""
    return node.name or str(hooks["summary"](node, 40))


def find_graph(operands: Sequence[Any], what: str = "") -> Graph:
    """The one graph of the expressions among the operands, or in lists among them.

    Raises
    ------
    GraphError
        If there is none, or more than one.
    """
    graph = None
    for x in operands:
        if isinstance(x, Expr):
            if graph is None:
                graph = x.graph
            elif x.graph is not graph:
                graph.own(x)
    if graph is None:
        listed = [x for x in leaves(list(operands)) if isinstance(x, Expr)]
        if listed:
            return find_graph(listed, what)
        raise GraphError(
            f"{what} needs an expression among its operands, and got only values",
            how="Make one with Graph.input or Graph.constant, or call NumPy on numbers.",
        )
    return graph


def lift(graph: Graph, value: object) -> Expr:
    """An operand as a node: numbers and arrays become constants, named dims their size.

    A list that holds expressions is the array stacked of its entries.
    """
    if isinstance(value, Expr):
        return graph.own(value)
    if isinstance(value, Dim):
        return graph.append(operations["dim"], (), {"size": value}, SIZE)
    if value is None or isinstance(value, str):
        raise DTypeError(
            f"{value!r:.40} is no operand", how="Give an expression, a number or an array."
        )
    if isinstance(value, list | tuple) and any(isinstance(v, Expr | Dim) for v in leaves(value)):
        return operations["stack"]([lift(graph, v) for v in value])
    return graph.constant(value)


def leaves(value: Any) -> Iterator[Any]:
    """What nested lists and tuples hold."""
    stack = [value]
    while stack:
        entry = stack.pop()
        if isinstance(entry, list | tuple):
            stack.extend(reversed(entry))
        else:
            yield entry
