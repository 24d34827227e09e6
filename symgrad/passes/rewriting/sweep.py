"""One sweep over the nodes in order, for rewrites that must know the nodes before rewriting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...graph.graph import Expr
from ...graph.walk import ancestors

New = dict[int, Expr]
Change = Callable[[Expr, Expr, New], Expr | None]
"""``change(node, fresh, new)``: the better form, or None, of a node on its rewritten operands.

``node`` is the node as it was, and ``new`` has what stands for all before it, by their ids.
"""


def sweep(outputs: Sequence[Expr], change: Change) -> list[Expr]:
    """The outputs, each node changed once its operands are; what stands for a node inherits."""
    nodes = ancestors(outputs)
    new: New = {}
    moved: set[int] = set()  # the nodes that something else stands for
    for node in nodes:
        stays = not moved or moved.isdisjoint([a.id for a in node.args])
        args = node.args if stays else tuple([new[a.id] for a in node.args])
        fresh = node if stays else node.graph.append(node.op, args, node.params, node.type)
        found = change(node, fresh, new)
        if found is not None and found.type == node.type:
            fresh = found
        new[node.id] = fresh
        if fresh is not node:
            moved.add(node.id)
            if fresh.id > nodes[-1].id and fresh.id not in node.graph.origins:
                node.graph.inherit(fresh, node)
    return [new[o.id] for o in outputs]
