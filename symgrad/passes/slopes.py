"""Derivatives of cross entropies: softmax(z) - y, for labels in every spelling."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.graph import Expr
from ..ops.reductions import sum_
from ..ops.shapes import broadcast_to, expand_dims
from ..ops.typing import axes_of
from .engine import Structural
from .scalars import ONE, factored, scaled

Opaque = frozenset[int]


def _less_its_share(node: Expr, opaque: Opaque) -> Expr | None:
    """c y - p sum(c y), the derivative of c y log p, is c (y - p sum(y))."""
    g, product = node.args
    if product.op != "multiply":
        return None
    factor, y = factored(g)
    for total, p in (product.args, product.args[::-1]):
        if total.op == "sum" and total.args[0] is g and factor is not ONE:
            share = p * sum_(y, **total.params)
            if factor.c > 0:
                return scaled(factor, y - share)
            return scaled(factor._replace(c=-factor.c), share - y)
    return None


def _sum_of_scattered(node: Expr, opaque: Opaque) -> Expr | None:
    """What was added along the axis that is summed is the sum, wherever it was added."""
    (x,) = node.args
    axes = axes_of(node.params["axis"], x.ndim)
    if x.op == "add_along_axis" and axes == (x.params["axis"],):
        return sum_(x.args[0], **node.params)
    if x.op != "scatter_add" or x.ndim != 2 or axes != (1,) or len(x.args) != 3:
        return None
    value, rows, labels = x.args
    once = rows.op == "iota" and rows.shape == x.shape[:1] and x.params["index"] == (0, 1)
    if not once or labels.shape not in ((), rows.shape):
        return None
    spread = broadcast_to(value, rows.shape)
    return expand_dims(spread, 1) if node.params["keepdims"] else spread


TABLE: Mapping[str, list[Structural]] = {
    "subtract": [_less_its_share],
    "sum": [_sum_of_scattered],
}
