"""The order of the steps: what is cheap to wait for waits, and what gives memory back does not.

A node is put off to its first reader if that keeps no more memory alive than the node itself would
take meanwhile, and brought forward to its last operand if more memory dies with it than it takes.
Fewer values are then alive at a time, and they are still in the cache when read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

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
    end = len(nodes)
    inside = {n.id for n in nodes}
    last = {x.id: end for x in kept}  # of the last and the first reader, as far as they are known
    first: dict[int, int] = {}
    when: dict[int, int] = {}  # the place of the step that a node is put before
    for i in range(end - 1, -1, -1):
        node = nodes[i]
        here = i
        goal = first.pop(node.id, i)  # nothing before a node reads it
        if goal > i and last.pop(node.id) != end and _is_worth(node, goal, inside, last, size):
            here = when[node.id] = goal
        for a in node.args:
            if first.get(a.id, end) >= here:
                first[a.id] = here
            if last.get(a.id, -1) < here:
                last[a.id] = here
    if not when:
        return list(nodes)
    steps = [when.get(n.id, i) for i, n in enumerate(nodes)]
    return [nodes[i] for i in sorted(range(end), key=steps.__getitem__)]


def bring_forward(
    nodes: Sequence[Expr], kept: Iterable[Expr], size: Bytes, ends: Collection[int] = ()
) -> list[Expr]:
    """The nodes in an order in which what gives memory back comes right after its operands.

    The gradient of a weight that is read many times is a sum of as many arrays: each is added as
    soon as it is there, so that two are alive at a time. The gradient of a layer's weights is there
    at the end in any order: computed at once, it lets the layer's units go.

    Parameters
    ----------
    nodes, kept, size
        As of `put_off`.
    ends : collection of int
        The numbers of what is returned.
    """
    reader = {x.id: -1 for x in kept}  # of each value the only one, or -1
    for node in nodes:
        for a in node.args:
            if reader.setdefault(a.id, node.id) != node.id:
                reader[a.id] = -1
    when: dict[int, int] = {}  # the place that a node would have in the given order
    for i, node in enumerate(nodes):
        number = node.id
        dying = [a for a in node.args if reader[a.id] == number and a.id in when]
        if number in ends or (dying and _is_less(node, dying, size)):
            when[number] = max([when.get(a.id, -1) for a in node.args], default=i)
        else:
            when[number] = i
    return sorted(nodes, key=lambda n: when[n.id])


def _is_less(node: Expr, dying: Sequence[Expr], size: Bytes) -> bool:
    """Whether a node takes less than the operands that nothing else reads."""
    if len(dying) == 1 and dying[0].type is node.type:
        return False
    return size(node) < sum(map(size, dict.fromkeys(dying)))


def _is_worth(node: Expr, goal: int, inside: set[int], last: dict[int, int], size: Bytes) -> bool:
    """Whether the operands that would live longer are together no larger than the node."""
    longer = [a for a in node.args if last.get(a.id, -1) < goal and a.id in inside]
    if not longer or (len(longer) == 1 and longer[0].type is node.type):
        return True
    return sum(map(size, dict.fromkeys(longer))) <= size(node)
