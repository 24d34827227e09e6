"""All traversals of the graph. Node order is topological, so each is a loop; nothing recurses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import is_not

from .graph import Expr
from .marks import Marks


def ancestors(outputs: Iterable[Expr], known: Marks | None = None) -> list[Expr]:
    """All nodes that the outputs read, outputs included, in topological order.

    Nodes whose ids are ``known`` are left out. The graph remembers the last answer: passes that
    follow one another ask for the same.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x")
    >>> [node.op.name for node in ancestors([(x + 1) * x])]
    ['input', 'constant', 'add', 'multiply']
    """
    asked = list(outputs)
    if not asked:
        return []
    graph = asked[0].graph
    before, found = graph.walked
    if len(before) != len(asked) or any(map(is_not, before, asked)):
        found = _ancestors(asked)
        graph.walked = asked, found
    if not known:
        return list(found)
    marked = known.bytes(len(graph))
    return [node for node in found if not marked[node.id]]


def _ancestors(outputs: Sequence[Expr]) -> list[Expr]:
    """From the last output down: a mark for each node that is read, found in one leap each."""
    nodes, found = outputs[0].graph.nodes, list[Expr]()
    last = max(o.id for o in outputs)
    marks = bytearray(last + 1)
    for o in outputs:
        marks[o.id] = 1
    while last >= 0:
        node = nodes[last]
        found.append(node)
        for a in node.args:
            marks[a.id] = 1
        last = marks.rfind(1, 0, last)
    found.reverse()
    return found


def between(wrt: Iterable[Expr], outputs: Iterable[Expr]) -> list[Expr]:
    """The nodes on a path from ``wrt`` to ``outputs``, in topological order."""
    reached = {x.id for x in wrt}
    path = []
    for node in ancestors(outputs):
        if node.id in reached or any(a.id in reached for a in node.args):
            reached.add(node.id)
            path.append(node)
    return path


def consumers(nodes: Iterable[Expr]) -> dict[int, list[Expr]]:
    """For the id of every operand, the nodes that read it (once per reading)."""
    table: dict[int, list[Expr]] = {}
    for node in nodes:
        for a in node.args:
            table.setdefault(a.id, []).append(node)
    return table
