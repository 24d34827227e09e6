"""Slopes in which something goes: softmax(z) - y of cross entropies, z / y of log(x / y)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import reduce

from ...graph.graph import Expr
from ...ops.arithmetic import multiply
from ...ops.elementary import log
from ...ops.labels import pick
from ...ops.operands import lift
from ...ops.reductions import sum_
from ...ops.selection import minimum
from ...ops.shapes import broadcast_to, expand_dims
from ...ops.typing import axes_of
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading, reading_all
from ..facts.multiples import ONE, factored, scaled
from ..facts.products import multiple

_MOST = 8  # factors of a product that are looked at


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


@among("log_softmax")
@reading("softmax")
def _less_all_of_it(node: Expr, opaque: Opaque) -> Expr | None:
    """p - p sum(p), in the slope of p log(p), is 0 for p = softmax(x)."""
    p, product = node.args
    if p.op != "softmax" or product.op != "multiply":
        return None
    for total, q in (product.args, product.args[::-1]):
        if total.op == "sum" and total.args[0] is p and q.op == "exp":
            logarithm, axis = q.args[0], axes_of(total.params["axis"], p.ndim)
            same = logarithm.args == p.args and logarithm.params == p.params == {"axis": axis}
            if same and logarithm.op == "log_softmax":
                return broadcast_to(p.graph.constant(0.0, node.dtype), node.shape)
    return None


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


@reading("divide")
def _quotient_over_quotient(node: Expr, opaque: Opaque) -> Expr | None:
    """(z / x) (x / y), of the logarithm of a quotient, is z / y, where x / y may be infinite."""
    for a, b in (node.args, node.args[::-1]):
        inner = a.args[0] if a.op == "negative" else a
        if inner.op == b.op == "divide" and inner.args[1] is b.args[0]:
            found: Expr = inner.args[0] / b.args[1]
            return -found if a.op == "negative" else found
    return None


@among("exp")
@reading("exp", "negative")
def _times_double_exponential(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) exp(-exp(x)) is 0 where exp(x) is infinite; 1e4 times the other factor is 0 too."""
    for e, other in (node.args, node.args[::-1]):
        _, double = multiple(other, opaque)
        k, inner = multiple(double.args[0], opaque) if e.op == double.op == "exp" else (0.0, e)
        if k < 0 and inner is e:
            return minimum(e, -1e4 / k) * other
    return None


@reading_all("multiply", "add")
def _less_its_product(node: Expr, opaque: Opaque) -> Expr | None:
    """x - x y² is x (1 - y) (1 + y), which does not cancel where y is near 1."""
    if not (node.ndim and node.type.is_floating):
        return None
    factors, more = (_factors(x, opaque) for x in node.args)
    counts = Counter(map(_said, more))
    counts.subtract(map(_said, factors))
    left = {y: count for y, count in counts.items() if count}
    y = next(iter(left), None)
    if list(left.values()) != [2] or not isinstance(y, Expr) or y.type != node.type:
        return None
    instead = [1 + y, 1 - y]  # in the place of y, where the product is in range
    return reduce(multiply, [instead.pop() if x is y and instead else x for x in more])


def _said(x: Expr) -> Expr | float:
    """Of a number its value."""
    number = literal(x)
    return x if number is None else number


def _factors(x: Expr, opaque: Opaque) -> list[Expr]:
    """Factors of a product, if they are few."""
    stack, found = [x], list[Expr]()
    while stack:
        x = stack.pop()
        few = x.id not in opaque and len(stack) + len(found) < _MOST
        if few and x.op == "multiply":
            stack += x.args[::-1]
        elif few and x.op == "add" and x.args[0] is x.args[1]:
            found.append(lift(x.graph, 2.0))
            stack.append(x.args[0])
        else:
            found.append(x)
    return found


TABLE: Mapping[str, list[Structural]] = {
    "subtract": [_less_its_share, _less_all_of_it, _less_its_product],
    "multiply": [_quotient_over_quotient, _times_double_exponential],
    "sum": [_sum_of_scattered, _sum_of_one_hot, _picked],
}
