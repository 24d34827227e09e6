"""Exponentials over their sum, however both are written: softmax."""

from __future__ import annotations

from math import inf

from ..graph.graph import Expr
from ..graph.types import Shape
from ..ops import typing as t
from ..ops.activations import softmax
from ..ops.reductions import sum_
from ..ops.selection import not_equal, where
from .exponentials import literal
from .marks import among, reading
from .reduced import Exponential, exponential, scaled_sum

Opaque = frozenset[int]


@among("exp", "softmax")
@reading("sum", "mean", "matmul", "getitem", "expand_dims", "reshape", "divide", "multiply")
def normalized(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) / sum(exp(x)) is softmax(x), wherever the sum broadcasts along its own axes."""
    parts = _quotient(node, opaque)
    if parts is None or parts[0].id in opaque:
        return None
    top, wrapped, core = parts
    if core.op == "sum" and top.op == "transpose" and top.args[0] is core.args[0]:
        return _transposed(top, wrapped, core, opaque)
    total, terms = scaled_sum(core, opaque), exponential(top, opaque)
    if total is None or terms is None or total.scale is not None:
        return None
    below = total.terms
    if terms.x is not below.x or terms.weight is not below.weight or top.shape != below.x.shape:
        return None
    axes = t.axes_of(total.axis, top.ndim)
    if not axes or not aligned(wrapped, top.shape, axes) or _is_share(below):
        return None
    factor = terms.c * below.per / (terms.per * below.c)
    share = _share(below, axes, opaque)
    return share if factor == 1 else factor * share


def _share(terms: Exponential, axes: t.Axes, opaque: Opaque) -> Expr:
    """Terms relative to their sum; the largest that counts is 1 before weights come in."""
    x, w = terms.masked(), terms.weight
    if x is not None:
        return softmax(_shift_free(x, axes, opaque), axis=axes)
    assert w is not None
    parts = w * softmax(where(not_equal(w, 0), terms.x, -inf), axis=axes)
    return parts / sum_(parts, axis=axes, keepdims=True)


def _is_share(terms: Exponential) -> bool:
    """Whether the terms are what `_share` makes."""
    known = terms.masked() is None and terms.x.op == "log_softmax"
    return known and terms.x.args[0].op == "where"


def _transposed(top: Expr, wrapped: Expr, core: Expr, opaque: Opaque) -> Expr | None:
    """(exp(x).T / sum(exp(x), axis=1)).T: the sum is along the axes that the transpose moved."""
    axes = _axes(top, core)
    if not axes or core.id in opaque or not aligned(wrapped, top.shape, axes):
        return None
    terms = exponential(top.args[0], opaque)
    x = terms.masked() if terms is not None else None
    return None if x is None else softmax(x.transpose(top.params["axes"]), axis=axes)


def _quotient(node: Expr, opaque: Opaque) -> tuple[Expr, Expr, Expr] | None:
    """Numerator, denominator as it broadcasts, and its core; also of products with reciprocals."""
    if node.op == "divide":
        return node.args[0], node.args[1], unwrapped(node.args[1], opaque)
    for a, b in (node.args, node.args[::-1]):
        inverse = unwrapped(b, opaque)
        if inverse.id in opaque:
            continue
        if inverse.op == "divide" and literal(inverse.args[0]) == 1:
            core = inverse.args[1]
            return a, b if inverse is not b else core, unwrapped(core, opaque)
    return None


def unwrapped(node: Expr, opaque: Opaque) -> Expr:
    """Without operations that only insert axes of size 1: the elements keep their order."""
    for _ in range(3):
        new_axes = node.op == "getitem" and all(
            e is None or e == (None, None, 1) for e in node.params["index"]
        )
        if node.id in opaque or not (new_axes or node.op in ("expand_dims", "reshape")):
            break
        node = node.args[0]
    return node


def _axes(top: Expr, total: Expr) -> t.Axes:
    """The axes of a transposed numerator that are summed up before it is transposed."""
    axes = t.axes_of(total.params["axis"], top.ndim)
    order = top.params["axes"] or tuple(range(top.ndim))[::-1]
    return tuple(sorted(order.index(a) for a in axes))


def aligned(total: Expr, shape: Shape, axes: t.Axes) -> bool:
    """Whether the sum has size 1 along its axes and the numerator's sizes along the others."""
    kept = tuple(1 if i in axes else d for i, d in enumerate(shape))
    return (1,) * (len(shape) - total.ndim) + tuple(total.shape) == kept


def _shift_free(x: Expr, axes: t.Axes, opaque: Opaque) -> Expr:
    """softmax(x - max(x)) is softmax(x), which takes care of the shift itself."""
    if x.op != "subtract" or {x.id, x.args[1].id} & opaque:
        return x
    a, m = x.args
    same = m.op == "max" and m.args[0] is a and t.axes_of(m.params["axis"], a.ndim) == axes
    return a if same and aligned(m, a.shape, axes) else x


def shift_of_softmax(node: Expr, opaque: Opaque) -> Expr | None:
    """softmax(x - max(x)) is softmax(x)."""
    (x,) = node.args
    free = _shift_free(x, node.params["axis"], opaque)
    return softmax(free, axis=node.params["axis"]) if free is not x else None


QUOTIENTS = {"divide": [normalized], "multiply": [normalized]}
SHIFTS = {"softmax": [shift_of_softmax]}
