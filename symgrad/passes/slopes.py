"""Cross entropies of labels in every spelling, and their derivatives: softmax(z) - y."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.graph import Expr
from ..ops.elementary import log
from ..ops.labels import pick
from ..ops.reductions import sum_
from ..ops.shapes import broadcast_to, expand_dims
from ..ops.typing import axes_of
from .marks import Structural, among, reading
from .multiples import ONE, factored, scaled

Opaque = frozenset[int]


@among("sum")
@reading("multiply")
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


@reading("add_along_axis", "scatter_add")
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


@reading("one_hot")
def _sum_of_one_hot(node: Expr, opaque: Opaque) -> Expr | None:
    """Each row of a one-hot matrix adds up to 1: a label out of range is refused."""
    (x,) = node.args
    if x.op != "one_hot" or axes_of(node.params["axis"], x.ndim) != (x.ndim - 1,):
        return None
    return broadcast_to(x.graph.constant(1.0, node.dtype), node.shape)


@among("one_hot")
@reading("multiply", "xlogy")
def _picked(node: Expr, opaque: Opaque) -> Expr | None:
    """The sum of a row times a one-hot row is the entry that the label names."""
    (x,) = node.args
    axes = axes_of(node.params["axis"], x.ndim)
    if x.op not in ("multiply", "xlogy") or x.ndim - 1 not in axes:
        return None
    found = _at_label(x)
    if found is None:
        return None
    if node.params["keepdims"]:
        found = expand_dims(found, -1)
    rest = tuple(a for a in axes if a != x.ndim - 1)
    return sum_(found, axis=rest, keepdims=node.params["keepdims"]) if rest else found


def _at_label(x: Expr) -> Expr | None:
    """The rows of a product with one-hot rows, each at its label."""
    pairs = [x.args] if x.op == "xlogy" else [x.args, x.args[::-1]]
    for hot, other in pairs:
        if hot.op == "one_hot" and hot.shape == other.shape and other.type.is_floating:
            entry = pick(other, hot.args[0])
            return log(entry) if x.op == "xlogy" else entry
    return None


TABLE: Mapping[str, list[Structural]] = {
    "subtract": [_less_its_share],
    "sum": [_sum_of_scattered, _sum_of_one_hot, _picked],
}
