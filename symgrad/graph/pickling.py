"""Graphs as plain rows: what nodes are known by, and how graphs are pickled and copied."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from ..errors import GraphError

if TYPE_CHECKING:
    import numpy as np

    from .graph import Derivative, Expr, Graph
    from .types import Type

State = dict[str, Any]
_OF_NODES = ("inputs", "named", "origins", "again", "factors")
_PLAIN = ("spans", "_dims", "_names")


def key_of(node: Expr) -> object:
    """What a node is known by: those of equal keys are one node."""
    if not node.params:
        return node.args
    if node.value is not None:
        return bits_of(node.value, node.type)
    return (node.args, *node.params.items())


def bits_of(array: np.ndarray[Any, Any], type_: Type) -> object:
    """What a constant is known by: 0.0 and -0.0 differ, and nan equals itself."""
    return type_, array.tobytes()


class Copied:
    """What can be pickled and copied as a graph; a copy has nodes of its own, of equal numbers.

    Example
    -------
    >>> import copy, symgrad as sg
    >>> y = sg.parse("x**2", x="[]")
    >>> str(copy.deepcopy(y)) == str(y), copy.deepcopy(y) is y, copy.copy(y) is y
    (True, False, True)
    """

    def __reduce__(self) -> tuple[Any, ...]:
        graph: Any = self
        _check_rules(graph)
        return restored, (type(graph), state_of(graph))

    def __copy__(self) -> Any:
        graph: Any = self
        return restored(type(graph), state_of(graph))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        memo[id(self)] = self.__copy__()
        return memo[id(self)]


def node_of(graph: Graph, number: int) -> Expr:
    """The node of this number: as what an expression is pickled and copied."""
    return graph.nodes[number]


def state_of(graph: Graph) -> State:
    """What a graph knows and could not find out again; nodes are told by their numbers."""
    rows = [
        (n.op, tuple([a.id for a in n.args]), dict(n.params), n.type, graph.knows(n))
        for n in graph.nodes
    ]
    of_nodes = {t: {key: n.id for key, n in getattr(graph, t).items()} for t in _OF_NODES}
    plain = {t: dict(getattr(graph, t)) for t in _PLAIN}
    derivatives = [_numbers_of(d) for d in graph.derivatives]
    state = {"rows": rows, "of_nodes": of_nodes, "plain": plain, "derivatives": derivatives}
    return {**state, "rewrites": list(graph.rewrites)}


def restored(kind: type[Graph], state: State) -> Graph:
    """The graph of a state."""
    graph = kind()
    for row in state["rows"]:
        _append(graph, *row)
    for name, table in state["of_nodes"].items():
        getattr(graph, name).update({key: graph.nodes[i] for key, i in table.items()})
    for name, table in state["plain"].items():
        getattr(graph, name).update(table)
    graph.derivatives += [_derivative(graph, numbers) for numbers in state["derivatives"]]
    graph.rewrites += state["rewrites"]
    return graph


def _append(
    graph: Graph, op: Any, numbers: tuple[int, ...], params: Any, type_: Any, known: bool
) -> None:
    """The next node, to be found again if it is so in the graph that is copied."""
    key: Any = None
    if op == "constant":
        params["value"].setflags(write=False)
        key = bits_of(params["value"], type_)
    args = tuple([graph.nodes[i] for i in numbers])
    graph.append(op, args, params, type_, key if known else ("duplicate", len(graph)))


def _numbers_of(d: Derivative) -> tuple[Any, ...]:
    cotangents = {i: c.id for i, c in d.cotangents.items()}
    result = None if d.result is None else d.result.id
    wrt, tangents = ([n.id for n in nodes] for nodes in (d.wrt, d.tangents))
    return type(d), d.of.id, wrt, (d.start, d.stop), cotangents, result, tangents


def _derivative(graph: Graph, numbers: tuple[Any, ...]) -> Derivative:
    kind, of, wrt, span, table, number, tangents = numbers
    node = graph.nodes.__getitem__
    cotangents = {key: node(i) for key, i in table.items()}
    result = None if number is None else node(number)
    made: Derivative = kind(node(of), tuple(map(node, wrt)), *span, cotangents, result)
    made.tangents = tuple(map(node, tangents))
    return made


def _check_rules(graph: Graph) -> None:
    """Refuse rules of the user's own that can not be pickled."""
    for node in graph.nodes:
        if node.op == "custom":
            try:
                pickle.dumps(node.params["rule"])
            except Exception as error:
                raise GraphError(
                    f"the graph has a rule of custom_vjp that can not be pickled: {error}",
                    how="Define the rule with def at the top of a module.",
                ) from None
