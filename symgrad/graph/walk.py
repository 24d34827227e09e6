"""All traversals of the graph. Node order is topological, so each is a loop; nothing recurses."""

from __future__ import annotations

from collections.abc import Container, Iterable

from .graph import Expr


def ancestors(outputs: Iterable[Expr], known: Container[int] = ()) -> list[Expr]:
    """All nodes that the outputs read, outputs included, in topological order.

    Nodes whose ids are ``known`` are left out, and so is what they alone read.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x")
    >>> [node.op.name for node in ancestors([(x + 1) * x])]
    ['input', 'constant', 'add', 'multiply']
    """
    seen = {o.id: o for o in outputs if o.id not in known}
    found = list(seen.values())
    for node in found:  # grows meanwhile
        for a in node.args:
            i = a.id
            if i not in seen and i not in known:
                seen[i] = a
                found.append(a)
    return [seen[i] for i in sorted(seen)]


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
