"""What differentiation alone needs: dropped from what will not be differentiated any more."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.graph import Expr
from .marks import Structural


def _unwrapped(node: Expr, opaque: frozenset[int]) -> Expr | None:
    """The value alone: its rule has been applied."""
    return node.args[0]


TABLE: Mapping[str, list[Structural]] = {"custom": [_unwrapped]}
