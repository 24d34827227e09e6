"""Sums of exponentials with weights, masks and scales, and their logarithms."""

from __future__ import annotations

from math import inf, log
from typing import NamedTuple

from ...graph.dims import product
from ...graph.graph import Expr
from ...graph.types import BOOL
from ...ops import typing as t
from ...ops.activations import log_softmax, logsumexp, softplus
from ...ops.elementary import log as log_op
from ...ops.elementary import logaddexp
from ...ops.op import rebuilt
from ...ops.operands import lift
from ...ops.selection import where
from ...ops.shapes import expand_dims
from ...ops.stable import weighted_logsumexp
from ..facts.exponentials import literal
from ..facts.marks import Opaque, among, reading
from .magnitudes import PICKING, log_of_probability

_DEPTH = 5  # of products


class Exponential(NamedTuple):
    """c / per times weight exp(x), or exp(x) where the mask holds and 0 elsewhere."""

    x: Expr
    weight: Expr | None = None
    c: float = 1.0
    per: float = 1.0

    def masked(self) -> Expr | None:
        """The exponent, -inf where the mask does not hold; None if there are other weights."""
        if self.weight is None:
            return self.x
        return where(self.weight, self.x, -inf) if self.weight.dtype == BOOL else None

    def factor(self) -> Expr | float:
        """All that the exponential is multiplied by."""
        c = self.c / self.per
        return c if self.weight is None else self.weight if c == 1 else c * self.weight

    def times(self, number: float) -> Exponential:
        """With a number as a factor."""
        return self._replace(c=self.c * number)

    def over(self, number: float) -> Exponential:
        """With a number as a divisor."""
        return self._replace(per=self.per * number)


def exponential(node: Expr, opaque: Opaque, depth: int = _DEPTH) -> Exponential | None:
    """An array read as weights times exponentials."""
    if node.id in opaque or not depth:
        return None
    if node.op == "exp":
        return Exponential(node.args[0])
    if node.op == "softmax":
        return Exponential(log_softmax(*node.args, **node.params))
    base = literal(node.args[0]) if node.op == "power" else None
    if base is not None and base > 0:
        return Exponential(log(base) * node.args[1])
    if node.op == "where":
        mask, kept, rest = node.args
        inner = exponential(kept, opaque, depth - 1) if literal(rest) == 0 else None
        plain = inner is not None and inner.weight is None
        return inner._replace(weight=mask) if inner is not None and plain else None
    if node.op == "divide":
        return _quotient_of_exponential(node, opaque, depth)
    if node.op in PICKING and node.args[0].op == "exp" and node.args[0].id not in opaque:
        return Exponential(rebuilt(node, [*node.args[0].args, *node.args[1:]]))
    if node.op != "multiply":
        return None
    for a, b in (node.args, node.args[::-1]):
        inner = exponential(b, opaque, depth - 1)
        if inner is not None:
            return _weighted(inner, a, opaque)
    return None


def _quotient_of_exponential(node: Expr, opaque: Opaque, depth: int) -> Exponential | None:
    """An exponential over a number, or a weight over an exponential."""
    a, b = node.args
    number = literal(b)
    if number is not None and number > 0:
        inner = exponential(a, opaque, depth - 1)
        return None if inner is None else inner.over(number)
    if b.op == "exp" and b.id not in opaque:
        return _weighted(Exponential(-b.args[0]), a, opaque)
    inner = exponential(a, opaque, depth - 1) if number is None else None
    return None if inner is None else _weighted(inner, 1 / b, opaque)


def _weighted(inner: Exponential, weight: Expr, opaque: Opaque) -> Exponential | None:
    """An exponential times one more factor."""
    number = literal(weight)
    if number is not None:
        return inner.times(number) if number > 0 else None
    if weight.op == "softmax" and weight.id not in opaque:  # a weight may underflow
        return inner._replace(x=log_softmax(*weight.args, **weight.params) + inner.x)
    bare = weight.args[0] if weight.op == "astype" else weight
    weight = bare if bare.dtype == BOOL else weight
    if inner.weight is not None:
        both = BOOL in (inner.weight.dtype, weight.dtype)
        return None if both else inner._replace(weight=weight * inner.weight)
    return inner._replace(weight=weight)


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


@among("exp", "softmax", "power")
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


def scaled_sum(node: Expr, opaque: Opaque) -> Total | None:
    """A sum or mean, times or over positive numbers and a scalar."""
    if node.id in opaque:
        return None
    if node.op == "divide":
        inner = _summed(node.args[0], opaque)
        return _with_scale(inner, node.args[1], True)
    if node.op == "multiply":
        for a, b in (node.args, node.args[::-1]):
            inner = _summed(b, opaque)
            if inner is not None:
                return _with_scale(inner, a, False)
    return _summed(node, opaque)


def _with_scale(inner: Total | None, scale: Expr, over: bool) -> Total | None:
    if inner is None or scale.ndim:
        return None
    number = literal(scale)
    if number is not None:
        terms = inner.terms.over(number) if over else inner.terms.times(number)
        return inner._replace(terms=terms) if number > 0 else None
    return inner._replace(scale=scale, over=over) if inner.scale is None else None


def _summed(node: Expr, opaque: Opaque) -> Total | None:
    """A sum, mean, or inner product of exponentials with weights."""
    if node.id in opaque:
        return None
    if node.op in ("sum", "mean"):
        terms = any_exponential(node.args[0], opaque)
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
        if isinstance(size, int):
            return plain._replace(terms=terms.over(size))
        return plain._replace(scale=lift(x.graph, size), over=True)
    return _inner_product(node, opaque) if node.op == "matmul" else None


def any_exponential(node: Expr, opaque: Opaque) -> Exponential | None:
    """As `exponential`, of whatever has a logarithm."""
    terms = exponential(node, opaque)
    if terms is not None or literal(node) is not None or node.id in opaque:
        return terms
    known = log_of_probability(node, opaque)
    if known is not None:
        return Exponential(known)
    for a, b in (node.args, node.args[::-1]) if node.op == "multiply" else ():
        known = log_of_probability(b, opaque) if literal(a) is None else None
        if known is not None:
            return Exponential(known, a)
    return None


def _inner_product(node: Expr, opaque: Opaque) -> Total | None:
    """w @ exp(x), of vectors, or of a matrix of weights and a vector."""
    a, b = node.args
    terms = any_exponential(a * b, opaque) if a.ndim == b.ndim == 1 else None
    if terms is not None:
        return Total(terms, (0,), False)
    if b.ndim == 1 and b.op == "exp" and b.id not in opaque:
        return Total(Exponential(b.args[0], a), (a.ndim - 1,), False)
    if a.ndim == 1 and b.ndim == 2 and a.op == "exp" and a.id not in opaque:
        return Total(Exponential(expand_dims(a.args[0], 1), b), (0,), False)
    return None


LOGARITHMS = {"log": [log_of_sum, log_of_more], "log1p": [log_of_more]}
