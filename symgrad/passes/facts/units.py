"""Which nodes are slopes of units, to be kept as they are; see `symgrad.ops.units`."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from ...graph.graph import Expr
from ...ops.units import is_layer


def is_slope_of_unit(node: Expr, z: Expr) -> bool:
    """Whether differentiation made the node, from a unit of a layer: z = h @ W + b."""
    return is_layer(z) and is_derived(node)


def is_derived(node: Expr) -> bool:
    """Whether differentiation made the node: records stand in the order in which they ended."""
    made, records = node.graph.root(node).id, node.graph.derivatives
    for i in range(bisect_right(records, made, key=attrgetter("stop")), len(records)):
        if records[i].start <= made:
            return True
    return False
