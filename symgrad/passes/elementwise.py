"""Rewrites of elementwise operations on operands that need not be as large, or as typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import ShapeError
from ..graph.graph import Expr
from ..graph.types import broadcast
from ..ops.batching import elementwise
from ..ops.op import registry
from .engine import Structural

Opaque = frozenset[int]

_ROWS = [op for op in registry.values() if op.batch is elementwise and len(op.operands) > 1]


def _broadcast_anyway(node: Expr, opaque: Opaque) -> Expr | None:
    """An operand that another operand broadcasts need not be broadcast before."""
    for i, a in enumerate(node.args):
        if a.op != "broadcast_to" or a.id in opaque:
            continue
        operands = [*node.args[:i], a.args[0], *node.args[i + 1 :]]
        if _shape(operands) == node.shape:
            return registry[node.op].build(node.graph, operands, dict(node.params))
    return None


def _shape(operands: Sequence[Expr]) -> object:
    try:
        return broadcast(*(a.shape for a in operands))
    except ShapeError:
        return None


def _plain_literal(node: Expr, opaque: Opaque) -> Expr | None:
    """A scalar of the dtype that it meets is a plain number, which adopts it."""
    for i, a in enumerate(node.args):
        rest = [*node.args[:i], *node.args[i + 1 :]]
        if a.value is None or a.shape or a.type.weak or a.id in opaque or not a.type.is_floating:
            continue
        if any(b.dtype == a.dtype and not b.type.weak for b in rest):
            operands = [*node.args[:i], node.graph.constant(a.value.item()), *node.args[i + 1 :]]
            return registry[node.op].build(node.graph, operands, dict(node.params))
    return None


TABLE: Mapping[str, list[Structural]] = {
    op.name: [_broadcast_anyway, _plain_literal] for op in _ROWS
}
