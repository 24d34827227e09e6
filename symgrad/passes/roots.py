"""Roots of sums of squares, which over- and underflow as they are written, and variances."""

from __future__ import annotations

from math import sqrt

from ..graph.dims import product
from ..graph.graph import Expr
from ..ops import typing as t
from ..ops.arithmetic import absolute
from ..ops.elementary import hypot
from ..ops.norms import vector_norm
from ..ops.operands import lift
from ..ops.statistics import var
from .exponentials import literal
from .marks import reading

Opaque = frozenset[int]
_LONGEST = 4  # squares under one root


def squared(node: Expr, opaque: Opaque) -> Expr | None:
    """What a node is the square of, in any spelling."""
    if node.id in opaque:
        return None
    if node.op == "square" or (node.op == "power" and literal(node.args[1]) == 2):
        return node.args[0]
    return node.args[0] if node.op == "multiply" and node.args[0] is node.args[1] else None


def root_of_squares(node: Expr, opaque: Opaque) -> Expr | None:
    """sqrt(x**2 + y**2) overflows from 1e154 on, and is 0 below 1e-162; a length is neither."""
    if node.op == "power" and literal(node.args[1]) != 0.5:
        return None
    lengths = _lengths(node.args[0], opaque)
    if not lengths or not any(isinstance(v, Expr) for v in lengths):
        return None
    total = lengths[0]
    for other in lengths[1:]:
        if isinstance(total, Expr) or isinstance(other, Expr):
            total = hypot(total, other)
        else:
            total = sqrt(total**2 + other**2)
    if not isinstance(total, Expr):
        return None
    return total if total.op in ("hypot", "vector_norm", "divide") else absolute(total)


def _lengths(node: Expr, opaque: Opaque) -> list[Expr | float] | None:
    """Numbers whose squares add up to the node."""
    stack, found = [node], list[Expr | float]()
    while stack:
        x = stack.pop()
        if len(found) + len(stack) > _LONGEST or x.id in opaque:
            return None
        if x.op == "add":
            stack.extend(x.args[::-1])
            continue
        length = _length(x, opaque)
        if length is None:
            return None
        found.append(length)
    return found


def _length(x: Expr, opaque: Opaque) -> Expr | float | None:
    number = literal(x)
    if number is not None:
        return sqrt(number) if number >= 0 else None
    if x.op in ("sum", "mean"):
        inner = squared(x.args[0], opaque)
        return None if inner is None else _norm(x, inner)
    if x.op == "matmul" and x.args[0] is x.args[1] and x.args[0].ndim == 1:
        return vector_norm(x.args[0])
    return squared(x, opaque)


def _norm(total: Expr, x: Expr) -> Expr:
    """The norm over the axes of a sum; of a mean, over the root of the number of elements."""
    axis, keepdims = total.params["axis"], total.params["keepdims"]
    y = vector_norm(x, axis=axis, keepdims=keepdims)
    if total.op == "sum":
        return y
    count = lift(x.graph, product(x.shape[i] for i in t.axes_of(axis, x.ndim)))
    return y / count**0.5


@reading("mean", "divide")
def shifted_variance(node: Expr, opaque: Opaque) -> Expr | None:
    """mean(x**2) - mean(x)**2 cancels where the mean is large; deviations do not.

    Higham, section 1.9.
    """
    square, mean = node.args
    first = _mean(square, opaque)
    inner = squared(mean, opaque)
    second = None if inner is None else _mean(inner, opaque)
    if first is None or second is None or first[1:] != second[1:]:
        return None
    x = squared(first[0], opaque)
    if x is None or x is not second[0]:
        return None
    return var(x, axis=first[1], keepdims=first[2])


def _mean(node: Expr, opaque: Opaque) -> tuple[Expr, t.Axes | None, bool] | None:
    """What a node is the mean of, and along which axes."""
    if node.id in opaque:
        return None
    if node.op == "mean":
        return node.args[0], node.params["axis"], node.params["keepdims"]
    if node.op != "divide" or node.args[0].op != "sum" or node.args[0].id in opaque:
        return None
    total, count = node.args
    x, axis = total.args[0], total.params["axis"]
    size = product(x.shape[i] for i in t.axes_of(axis, x.ndim))
    if count.op == "dim":
        known = count.params["size"] == size
    else:
        known = isinstance(size, int) and literal(count) == size
    return (x, axis, total.params["keepdims"]) if known and x.type.is_floating else None


ROOTS = {"sqrt": [root_of_squares], "power": [root_of_squares]}
VARIANCES = {"subtract": [shifted_variance]}
