"""Sums of exponentials with weights, masks and scales, and their logarithms."""

from __future__ import annotations

from math import log
from math import prod as size_of
from typing import NamedTuple

import numpy as np

from ...graph.dims import product
from ...graph.graph import Expr
from ...ops import typing as t
from ...ops.activations import logsumexp, softplus
from ...ops.arithmetic import absolute, sign
from ...ops.elementary import exp, logaddexp
from ...ops.elementary import log as log_op
from ...ops.leaves import stop_gradient
from ...ops.operands import lift
from ...ops.reductions import all_, max_, sum_, with_axes
from ...ops.selection import clip, minimum, not_equal, where
from ...ops.shapes import broadcast_to
from ...ops.stable import log_prod, weighted_logsumexp
from ...ops.statistics import prod
from ..facts.exponentials import literal
from ..facts.marks import Opaque, among, reading
from .magnitudes import log_of_probability
from .terms import DEPTH, Exponential, both, exponential, weighted, with_axis

_WIDEST, _MOST = 16, 2**16  # rows or columns, or all terms, of a product made term by term


class Total(NamedTuple):
    """scale * sum(terms)."""

    terms: Exponential
    axis: t.Axes | None
    keepdims: bool
    scale: Expr | None = None
    over: bool = False  # whether the scale is divided by

    def logarithm(self, y: Expr) -> Expr:
        """The logarithm, from that of the sum without numbers and scale."""
        _, _, c, per = self.terms
        if self.scale is not None:
            y = y - log_op(self.scale) if self.over else y + log_op(self.scale)
        if c == per:
            return y
        return y - log(per) if c == 1 else y + log(c) if per == 1 else y + log(c / per)


@among("exp", "softmax", "power", "prod")
def log_of_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """log sum(w exp(x)) overflows from x = 710 on, with weights, masks and scales as without."""
    return logarithm(node.args[0], opaque)


@among("exp", "softmax", "power")
@reading("add", "sum", "matmul")
def log_of_more(node: Expr, opaque: Opaque) -> Expr | None:
    """log(1 + sum(exp(x))) overflows, too."""
    total, c = node.args[0], 1.0
    if node.op == "log":
        sides = (total.args, total.args[::-1]) if total.op == "add" else ()
        parts = [(a, literal(b) or 0.0) for a, b in sides if total.id not in opaque]
        total, c = next(((a, k) for a, k in parts if k > 0), (total, 0.0))
    found = scaled_sum(total, opaque) if c else None
    if found is None or found.scale is not None or found.terms.masked() is None:
        return None
    y = logarithm(total, opaque)
    return y if y is None else softplus(y) if c == 1 else logaddexp(y, log(c))


def logarithm(node: Expr, opaque: Opaque) -> Expr | None:
    """The logarithm of a node that is a sum of exponentials."""
    total = scaled_sum(node, opaque)
    if total is None or not total.terms.x.type.is_floating:
        return None
    terms, axis, keepdims, scale, over = total
    terms = _merged(terms, opaque)
    total, x = total._replace(terms=terms), terms.masked()
    if x is None:
        weight = terms.weight
        assert weight is not None
        if scale is not None:
            weight, total = weight / scale if over else weight * scale, total._replace(scale=None)
        y = weighted_logsumexp(terms.x, weight, axis, keepdims)
    elif scale is not None and scale.op != "dim":
        return None
    else:
        y = logsumexp(x, axis=axis, keepdims=keepdims)
    return total.logarithm(y)


def _merged(terms: Exponential, opaque: Opaque) -> Exponential:
    """With weights that have logarithms, and may underflow, in the exponent."""
    weight = terms.weight
    known = None if weight is None else log_of_probability(weight, opaque)
    return terms if known is None else terms._replace(x=known + terms.x, weight=None)


def scaled_sum(node: Expr, opaque: Opaque, depth: int = DEPTH) -> Total | None:
    """A sum or mean, times or over positive numbers and a scalar."""
    if node.id in opaque:
        return None
    if node.op == "divide":
        inner = _summed(node.args[0], opaque, depth)
        return _with_scale(inner, node.args[1], True)
    if node.op == "multiply":
        for a, b in (node.args, node.args[::-1]):
            inner = _summed(b, opaque, depth)
            if inner is not None:
                return _with_scale(inner, a, False)
    return _summed(node, opaque, depth)


def _with_scale(inner: Total | None, scale: Expr, over: bool) -> Total | None:
    if inner is None or scale.ndim:
        return None
    number = literal(scale)
    if number is not None:
        terms = inner.terms.over(number) if over else inner.terms.times(number)
        return inner._replace(terms=terms) if number > 0 else None
    return inner._replace(scale=scale, over=over) if inner.scale is None else None


def _summed(node: Expr, opaque: Opaque, depth: int) -> Total | None:
    """A sum, mean, or inner product of exponentials with weights."""
    if node.id in opaque:
        return None
    if node.op in ("sum", "mean"):
        x, axis, keepdims = node.args[0], node.params["axis"], node.params["keepdims"]
        terms = any_exponential(x, opaque, depth)
        if terms is None:
            return None
        plain = Total(terms, axis, keepdims)
        if node.op == "sum":
            return plain
        size = product(x.shape[i] for i in t.axes_of(axis, x.ndim))
        if size == 0:
            return None
        if isinstance(size, int):
            return plain._replace(terms=terms.over(size))
        return plain._replace(scale=lift(x.graph, size), over=True)
    return _inner_product(node, opaque, depth) if node.op == "matmul" else None


def any_exponential(node: Expr, opaque: Opaque, depth: int = DEPTH) -> Exponential | None:
    """As `exponential`, of whatever has a logarithm."""
    terms = exponential(node, opaque)
    if terms is not None or literal(node) is not None or node.id in opaque or not depth:
        return terms
    known = _known(node, opaque, depth - 1)
    if known is None and node.op == "divide" and (number := literal(node.args[1]) or 0.0) > 0:
        inner = _known(node.args[0], opaque, depth - 1)
        return None if inner is None else inner.over(number)
    for a, b in (node.args, node.args[::-1]) if node.op == "multiply" else ():
        inner = _known(b, opaque, depth - 1) if known is None else None
        known = weighted(inner, a, opaque) if inner is not None else known
    return known


def _known(node: Expr, opaque: Opaque, depth: int) -> Exponential | None:
    """What has a logarithm, sums and products among it, as one term."""
    if node.id in opaque or node.op not in ("sum", "mean", "matmul", "prod"):
        known = log_of_probability(node, opaque)
        return None if known is None else Exponential(known)
    if node.op == "prod":
        return _multiplied(node, opaque, depth) if node.type.is_floating else None
    total = scaled_sum(node, opaque, depth)
    if total is None or (total.scale is not None and total.scale.op != "dim"):
        return None
    x = total.terms.masked()
    if x is None:
        return _shifted(total) if total.scale is None else None
    return Exponential(total.logarithm(logsumexp(x, axis=total.axis, keepdims=total.keepdims)))


def _shifted(total: Total) -> Exponential:
    """A sum with weights of any sign, by its largest exponential: its logarithm is of no sign."""
    (x, weight, c, per), along = total.terms, (total.axis, total.keepdims)
    assert weight is not None
    limits = np.finfo(x.dtype)
    counted = where(not_equal(weight, 0), x, float(limits.min) / 4)  # and no infinity
    top = stop_gradient(max_(counted, *along))
    gap = minimum(x - with_axes(top, counted, *along), float(np.log(limits.max)) - 1)
    return Exponential(top, sum_(weight * exp(gap), *along), c, per)


def _multiplied(node: Expr, opaque: Opaque, depth: int) -> Exponential | None:
    """A product along axes, by exponents, sizes and signs: where a factor is 0, as it is."""
    (q,), params = node.args, {k: node.params[k] for k in ("axis", "keepdims")}
    x, rest = exponents(q, opaque, depth)
    total = None if x is None else sum_(x, **params)
    if rest is None:
        return None if total is None else Exponential(total)
    some = with_axes(all_(not_equal(rest, 0), **params), q, **params)
    sized = where(some, rest, 1.0)
    size = log_prod(absolute(sized), **params)
    weight = prod(sign(sized) * where(some, 1.0, rest), **params)
    return Exponential(size if total is None else total + size, weight)


def exponents(q: Expr, opaque: Opaque, depth: int = DEPTH) -> tuple[Expr | None, Expr | None]:
    """The exponents of factors, and what else they are multiplied by."""
    terms = any_exponential(q, opaque, depth)
    if terms is None:
        return None, q
    x = terms.masked()
    if x is not None:
        return terms._replace(x=x).exponent(), None
    return broadcast_to(terms.x, q.shape), broadcast_to(lift(q.graph, terms.factor()), q.shape)


def _inner_product(node: Expr, opaque: Opaque, depth: int) -> Total | None:
    """w @ exp(x), with weights in either place; of two matrices all terms are made: of few rows."""
    a, b = node.args
    axes = (a.ndim - 1,)
    first, second = (any_exponential(x, opaque, depth) for x in node.args)
    if (first is None and second is None) or (b.ndim > 1 and max(a.ndim, b.ndim) > 2):
        return None
    if b.ndim == 2:
        if a.ndim == 2:
            if not _is_narrow(node, 1 if first is None or second is None else _WIDEST):
                return None
            b, second = with_axis(b, second, 0)
        a, first = with_axis(a, first, a.ndim)
    if first is None or second is None:
        terms = None if second is None else weighted(second, a, opaque)
        terms = weighted(first, b, opaque) if first is not None else terms
    else:
        terms = both(first, second, opaque)
    return None if terms is None else Total(terms, axes, False)


def _is_narrow(product: Expr, widest: int) -> bool:
    """Whether a product of matrices has so few rows or columns, or is so small, for all terms."""
    sizes = [n for n in (*product.shape, product.args[1].shape[0]) if isinstance(n, int)]
    few = [n for n in product.shape if isinstance(n, int) and n <= widest]
    return bool(few) or (widest > 1 and len(sizes) == 3 and size_of(sizes) <= _MOST)


@among("logsumexp")
@reading("logsumexp")
def tempered(node: Expr, opaque: Opaque) -> Expr | None:
    """b logsumexp(z / b), less the largest z: its slope in b is next to nothing beside it."""
    y, f = node.args if node.args[0].op == "logsumexp" else node.args[::-1]
    over = node.op == "divide"
    if y.op != "logsumexp" or (over and f is node.args[0]) or f.ndim or literal(f) is not None:
        return None
    u = y.args[0]
    if u.op != ("multiply" if over else "divide") or {y.id, u.id} & opaque:
        return None
    z, k = u.args if not over or _bare(u.args[1]) is _bare(f) else u.args[::-1]
    if _bare(k) is not _bare(f) or (z.op == "subtract" and z.args[1].op == "stop_gradient"):
        return None
    largest = max_(u, **y.params)
    least = float(np.finfo(u.dtype).min) / 4  # there may be nothing but -inf
    top = clip(largest / k if over else largest * k, least, -least)
    terms = z - stop_gradient(with_axes(top, z, **y.params))
    rest = logsumexp(terms * k if over else terms / k, **y.params)
    top = stop_gradient(top if f is k else -top)
    return (rest / f if over else rest * f) + top


def _bare(x: Expr) -> Expr:
    """Without its sign."""
    return x.args[0] if x.op == "negative" else x


LOGARITHMS = {"log": [log_of_sum, log_of_more], "log1p": [log_of_more]}
TEMPERED = {name: [tempered] for name in ("multiply", "divide")}
