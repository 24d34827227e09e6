"""Which nodes are slopes of units, to be kept as they are; see `symgrad.ops.units`."""

from __future__ import annotations

from ...graph.graph import Expr
from ...ops.units import is_layer


def is_slope_of_unit(node: Expr, z: Expr) -> bool:
    """Whether differentiation made the node, from a unit of a layer: z = h @ W + b."""
    return is_layer(z) and is_derived(node)


def is_derived(node: Expr) -> bool:
    """Whether differentiation made the node: records stand in the order in which they ended."""
    made = node.graph.root(node).id
    for record in reversed(node.graph.derivatives):
        if record.stop <= made:
            return False
        if record.start <= made:
            return True
    return False
