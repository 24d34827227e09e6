"""The order of the steps: what is cheap to wait for is computed right before it is read.

A node is put off to its first reader if that keeps no more memory alive than the node itself would
take meanwhile. Fewer values are then alive at a time, and they are still in the cache when read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..graph.graph import Expr

Bytes = Callable[[Expr], int]


def put_off(nodes: Sequence[Expr], kept: Iterable[Expr], size: Bytes) -> list[Expr]:
    """The nodes in an order in which each still comes after all that it reads.

    Parameters
    ----------
    nodes : sequence of Expr
        In an order in which they can be carried out.
    kept : iterable of Expr
        What is needed when all is done; it stays where it is.
    size : function
        Bytes of a node's value.
    """
    place = {n.id: i for i, n in enumerate(nodes)}
    end = len(nodes)
    last = {x.id: end for x in kept}
    when: dict[int, int] = {}  # the place of the step that a node is put before
    first: dict[int, int] = {}  # of the first reader, as far as it is known
    for i in range(end - 1, -1, -1):
        node = nodes[i]
        goal = first.get(node.id, i)
        if goal > i and last.get(node.id) != end and _is_worth(node, goal, place, last, size):
            when[node.id] = goal
        here = when.get(node.id, i)
        for a in node.args:
            if first.get(a.id, end) >= here:
                first[a.id] = here
            if last.get(a.id, -1) < here:
                last[a.id] = here
    if not when:
        return list(nodes)
    moved = [(when.get(n.id, i), i) for i, n in enumerate(nodes)]
    return [nodes[i] for _, i in sorted(moved)]


def _is_worth(
    node: Expr, goal: int, place: dict[int, int], last: dict[int, int], size: Bytes
) -> bool:
    """Whether the operands that would live longer are together no larger than the node."""
    longer = [a for a in node.args if last.get(a.id, -1) < goal and a.id in place]
    if not longer or (len(longer) == 1 and longer[0].type is node.type):
        return True
    return sum(map(size, dict.fromkeys(longer))) <= size(node)
