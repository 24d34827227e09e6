"""Logarithms of sums of exponentials with weights, masks and scales; quotients by such sums."""

from __future__ import annotations

from math import inf, log
from typing import NamedTuple

from ..graph.dims import product
from ..graph.graph import Expr
from ..graph.types import BOOL, Shape
from ..ops import typing as t
from ..ops.activations import log_softmax, logsumexp, softmax
from ..ops.elementary import log as log_op
from ..ops.operands import lift
from ..ops.selection import where
from ..ops.stable import weighted_logsumexp
from .exponentials import literal
from .marks import among, reading

Opaque = frozenset[int]


class Exponential(NamedTuple):
    """weight exp(x), or exp(x) where the mask holds and 0 elsewhere."""

    x: Expr
    weight: Expr | None = None

    def masked(self) -> Expr | None:
        """The exponent, -inf where the mask does not hold; None if there are other weights."""
        if self.weight is None:
            return self.x
        return where(self.weight, self.x, -inf) if self.weight.dtype == BOOL else None


def _exponential(node: Expr, opaque: Opaque) -> Exponential | None:
    """An array read as weights times exponentials."""
    if node.id in opaque:
        return None
    if node.op == "exp":
        return Exponential(node.args[0])
    if node.op == "softmax":
        return Exponential(log_softmax(*node.args, **node.params))
    if node.op == "where":
        mask, kept, rest = node.args
        if literal(rest) == 0 and kept.op == "exp" and kept.id not in opaque:
            return Exponential(kept.args[0], mask)
    if node.op != "multiply":
        return None
    for a, b in (node.args, node.args[::-1]):
        if b.op in ("exp", "softmax") and b.id not in opaque:
            bare = a.args[0] if a.op == "astype" and a.args[0].dtype == BOOL else a
            x = b.args[0] if b.op == "exp" else log_softmax(*b.args, **b.params)
            return Exponential(x, bare)
    return None


class Total(NamedTuple):
    """The logarithm of scale * sum(weight * exp(x))."""

    terms: Exponential
    axis: t.Axes | None
    keepdims: bool
    scale: Expr | float = 1.0
    over: bool = False  # whether the scale is divided by


@among("exp", "softmax")
def log_of_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """log sum(w exp(x)) overflows from x = 710 on, with weights, masks and scales as without."""
    total = _scaled(node.args[0], opaque)
    if total is None or not total.terms.x.type.is_floating:
        return None
    terms, axis, keepdims, scale, over = total
    x = terms.masked()
    if x is None:
        assert terms.weight is not None
        weight = terms.weight
        if isinstance(scale, Expr):
            weight, scale = weight / scale if over else weight * scale, 1.0
        y = weighted_logsumexp(x if x is not None else terms.x, weight, axis, keepdims)
    elif isinstance(scale, Expr) and scale.op != "dim":
        return None
    else:
        y = logsumexp(x, axis=axis, keepdims=keepdims)
    if isinstance(scale, Expr):
        return y - log_op(scale) if over else y + log_op(scale)
    return y if scale == 1 else y - log(scale) if over else y + log(scale)


def _scaled(node: Expr, opaque: Opaque) -> Total | None:
    """A sum or mean, or one times or over a positive number or a scalar."""
    plain = _summed(node, opaque)
    if plain is not None or node.id in opaque:
        return plain
    if node.op == "divide":
        inner = _summed(node.args[0], opaque)
        return _with_scale(inner, node.args[1], True)
    if node.op == "multiply":
        for a, b in (node.args, node.args[::-1]):
            inner = _summed(b, opaque)
            if inner is not None:
                return _with_scale(inner, a, False)
    return None


def _with_scale(inner: Total | None, scale: Expr, over: bool) -> Total | None:
    if inner is None or scale.ndim or inner.scale != 1:
        return None
    number = literal(scale)
    if number is not None:
        return inner._replace(scale=number, over=over) if number > 0 else None
    return inner._replace(scale=scale, over=over)


def _summed(node: Expr, opaque: Opaque) -> Total | None:
    """A sum, mean, or inner product of exponentials with weights."""
    if node.id in opaque:
        return None
    if node.op in ("sum", "mean"):
        terms = _exponential(node.args[0], opaque)
        if terms is None:
            return None
        axis, keepdims = node.params["axis"], node.params["keepdims"]
        plain = Total(terms, axis, keepdims)
        if node.op == "sum":
            return plain
        x = node.args[0]
        size = product(x.shape[i] for i in t.axes_of(axis, x.ndim))
        if size == 0:
            return None
        return plain._replace(
            scale=size if isinstance(size, int) else lift(x.graph, size), over=True
        )
    return _inner_product(node, opaque) if node.op == "matmul" else None


def _inner_product(node: Expr, opaque: Opaque) -> Total | None:
    """w @ exp(x), of vectors, or of a matrix of weights and a vector."""
    a, b = node.args
    if b.ndim == 1 and b.op == "exp" and b.id not in opaque:
        return Total(Exponential(b.args[0], a), (a.ndim - 1,), False)
    if a.ndim == b.ndim == 1 and a.op == "exp" and a.id not in opaque:
        return Total(Exponential(a.args[0], b), (0,), False)
    return None


@among("exp", "softmax")
@reading("sum", "getitem", "expand_dims", "reshape", "divide", "reciprocal")
def normalized(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) / sum(exp(x)) is softmax(x), wherever the sum broadcasts along its own axes."""
    parts = _quotient(node, opaque)
    if parts is None:
        return None
    top, total = parts
    core = unwrapped(total, opaque)
    if core.op != "sum" or core.id in opaque or top.id in opaque:
        return None
    axes = _axes(top, core)
    if axes is None or not axes or not aligned(total, top.shape, axes):
        return None
    turned = top.op == "transpose" and core.args[0] is not top
    terms = _exponential(top.args[0] if turned else top, opaque)
    x = terms.masked() if terms is not None else None
    if x is None:
        return None
    return softmax(
        x.transpose(top.params["axes"]) if turned else _shift_free(x, axes, opaque), axis=axes
    )


def _quotient(node: Expr, opaque: Opaque) -> tuple[Expr, Expr] | None:
    """Numerator and denominator; also of a product with a reciprocal."""
    if node.op == "divide":
        return node.args[0], node.args[1]
    for a, b in (node.args, node.args[::-1]):
        if b.id not in opaque and b.op == "divide" and literal(b.args[0]) == 1:
            return a, b.args[1]
        if b.id not in opaque and b.op == "reciprocal":
            return a, b.args[0]
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


def _axes(top: Expr, total: Expr) -> t.Axes | None:
    """The axes of the numerator that are summed up."""
    x = total.args[0]
    axes = t.axes_of(total.params["axis"], x.ndim)
    if x is top:
        return axes
    if top.op == "transpose" and top.args[0] is x:
        order = top.params["axes"] or tuple(range(top.ndim))[::-1]
        return tuple(sorted(order.index(a) for a in axes))
    return None


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


LOGARITHMS = {"log": [log_of_sum]}
QUOTIENTS = {"divide": [normalized], "multiply": [normalized]}
SHIFTS = {"softmax": [shift_of_softmax]}
