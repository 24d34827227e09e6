"""Roots of sums of squares, which over- and underflow as they are written."""

from __future__ import annotations

from math import sqrt

from ...graph.dims import product
from ...graph.graph import Expr
from ...graph.types import BOOL
from ...ops import typing as t
from ...ops.arithmetic import absolute
from ...ops.elementary import hypot, log
from ...ops.elementary import sqrt as root
from ...ops.norms import vector_norm
from ...ops.operands import lift
from ...ops.selection import where
from ..facts.exponentials import literal
from ..facts.marks import Opaque, reading
from ..facts.products import scaled_square, squared
from ..facts.proofs import proves
from .quotients import times

_LONGEST = 4  # squares under one root
_SUMS = ("sum", "mean", "matmul")


@reading("square", "power", "multiply", "sum", "mean", "matmul", "add", "scaled")
def root_of_squares(node: Expr, opaque: Opaque) -> Expr | None:
    """sqrt(x**2 + y**2) overflows from 1e154 on, and is 0 below 1e-162; a length is neither."""
    p = (literal(node.args[1]) or 0.0) if node.op == "power" else 0.5
    lengths = _lengths(node.args[0], opaque) if 0 < abs(p) < 1 else None
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
    if node.op == "log":  # infinite from 1e154 on, too
        return 2 * log(total) if _is_length(total) and total.op != "hypot" else None
    if abs(p) != 0.5:
        return total ** (2 * p) if total.op == "hypot" else None
    total = total if _is_length(total) else absolute(total)
    return total if p > 0 else 1 / total


def _is_length(x: Expr) -> bool:
    """Whether a node is a length, or that of a mean; another quotient may be negative."""
    if x.op == "divide":
        return x.args[0].op == "vector_norm" and proves(x.args[1], "nonnegative")
    return x.op in ("hypot", "vector_norm")


@reading("sum", "mean")
def root_of_powers(node: Expr, opaque: Opaque) -> Expr | None:
    """sum(|x|**p)**(1/p) is a norm, which scales by the largest element; a mean is one over n."""
    total, root_of = node.args
    powers = total.args[0] if total.op in ("sum", "mean") else total
    if powers is total or powers.op != "power" or {total.id, powers.id} & opaque:
        return None
    base, p = powers.args[0], literal(powers.args[1])
    if not p or p <= 1 or literal(root_of) != 1 / p or not (p % 2 == 0 or base.op == "absolute"):
        return None
    x = base.args[0] if base.op == "absolute" and base.id not in opaque else base
    return _norm(total, x, p)


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
    if x.op == "multiply" and all(a.op in _SUMS and a.id not in opaque for a in x.args):
        a, b = (_length(y, opaque) for y in x.args)
        return None if a is None or b is None else a * b
    if x.op == "multiply" or (x.op == "divide" and literal(x.args[1])):
        found = _scaled_length(x, opaque)
        if found is not None:
            return found
    if x.op in ("sum", "mean"):
        inner = _root_of_each(x.args[0], opaque)
        k, base = scaled_square(x.args[0], opaque) or (0.0, x) if inner is None else (1.0, inner)
        return times(None, sqrt(k), _norm(x, base)) if k > 0 else None
    if x.op == "matmul" and x.args[0] is x.args[1] and x.args[0].ndim == 1:
        return vector_norm(x.args[0])
    p = literal(x.args[1]) if x.op == "power" and x.id not in opaque else None
    if p in (4, 6, 8):
        return x.args[0] ** int(p // 2)
    return squared(x, opaque)


def _root_of_each(x: Expr, opaque: Opaque) -> Expr | None:
    """What an array is the square of, perhaps where a mask holds."""
    if x.op == "where" and x.id not in opaque and literal(x.args[2]) == 0:
        root = squared(x.args[1], opaque)
        return None if root is None else where(x.args[0], root, 0.0)
    for mask, square in (x.args, x.args[::-1]) if x.op == "multiply" else ():
        root = squared(square, opaque) if mask.dtype == BOOL and x.id not in opaque else None
        if root is not None:
            return mask * root
    return squared(x, opaque)


def _scaled_length(x: Expr, opaque: Opaque) -> Expr | None:
    """Of a positive number times a square, or times a sum of squares."""
    square = scaled_square(x, opaque)
    if square is not None:
        k, base = square
        return None if k <= 0 else times(None, sqrt(k), base)
    for a, b in (x.args, x.args[::-1]):
        c = literal(b) or 0.0
        c = 1 / c if c and x.op == "divide" else c
        known = a.op in _SUMS and a.id not in opaque and c > 0
        inner = _length(a, opaque) if known else None
        if isinstance(inner, Expr):
            return sqrt(c) * inner
    return None


def _norm(total: Expr, x: Expr, p: float = 2) -> Expr:
    """The norm over the axes of a sum; of a mean, over the root of the number of elements."""
    axis, keepdims = total.params["axis"], total.params["keepdims"]
    y = vector_norm(x, axis=axis, keepdims=keepdims, ord=p)
    if total.op == "sum":
        return y
    count = product(x.shape[i] for i in t.axes_of(axis, x.ndim))
    if p != 2:
        return y / (count if isinstance(count, int) else lift(x.graph, count)) ** (1 / p)
    return y / (sqrt(count) if isinstance(count, int) else root(lift(x.graph, count)))


_WHOLE = [root_of_squares]
ROOTS = {"sqrt": _WHOLE, "log": _WHOLE, "power": [*_WHOLE, root_of_powers]}
