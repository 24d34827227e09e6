"""Which nodes are slopes of units, to be kept as they are; see `symgrad.ops.units`."""

from __future__ import annotations

from ..graph.graph import Expr
from ..ops.units import is_layer


def is_slope_of_unit(node: Expr, z: Expr) -> bool:
    """Whether differentiation made the node, from a unit of a layer: z = h @ W + b."""
    return is_layer(z) and any(d.start <= node.id < d.stop for d in node.graph.derivatives)
