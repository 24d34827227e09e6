"""Twins: two nodes that are one value, with their operands the other way around."""

from __future__ import annotations

from ..graph.graph import Expr
from ..ops.op import registry

_SAME = ("add", "multiply", "equal", "not_equal", "logical_and", "logical_or", "logaddexp")
MIRRORED = {
    **{name: registry[name] for name in _SAME},
    **{"less": registry["greater"], "greater": registry["less"]},
    **{"less_equal": registry["greater_equal"], "greater_equal": registry["less_equal"]},
}
"""By operation, the one that gives the same with its operands the other way around."""


def seen_before(node: Expr, opaque: frozenset[int]) -> Expr | None:
    """The same with its operands the other way around, if there is that already."""
    if opaque:  # what is differentiated by is not to be read where it was not
        return None
    twin = node.graph.find(MIRRORED[node.op], node.args[::-1])
    return twin if twin is not None and twin.id < node.id else None
