"""Weights times exponentials, read off a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, log
from typing import NamedTuple

import numpy as np

from ...graph.graph import Expr
from ...graph.types import BOOL
from ...ops import typing as t
from ...ops.activations import log_softmax, softmax
from ...ops.elementary import log as log_op
from ...ops.leaves import stop_gradient
from ...ops.op import rebuilt
from ...ops.reductions import max_
from ...ops.selection import logical_and, minimum, not_equal, where
from ...ops.shapes import broadcast_to, expand_dims
from ..facts.exponentials import literal
from ..facts.marks import Opaque
from ..facts.products import squared
from .magnitudes import PICKING

DEPTH = 5  # of products


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

    def logarithm(self) -> Expr:
        """The logarithm of each term."""
        x = self.masked()
        return self.exponent() + log_op(self.weight) if x is None else self._replace(x=x).exponent()

    def exponent(self) -> Expr:
        """The exponent, with the numbers."""
        return self.x if self.c == self.per else self.x + log(self.c / self.per)

    def each(self, change: Callable[[Expr], Expr]) -> Exponential:
        """With the exponent and the weight changed alike."""
        weight = None if self.weight is None else change(self.weight)
        return self._replace(x=change(self.x), weight=weight)

    def square(self) -> Exponential | None:
        """The square, of what has no weight but a mask."""
        plain = self.weight is None or self.weight.dtype == BOOL
        return Exponential(2 * self.x, self.weight, self.c**2, self.per**2) if plain else None

    def times(self, number: float) -> Exponential:
        """With a number as a factor."""
        return self._replace(c=self.c * number)

    def over(self, number: float) -> Exponential:
        """With a number as a divisor."""
        return self._replace(per=self.per * number)


def exponential(node: Expr, opaque: Opaque, depth: int = DEPTH) -> Exponential | None:
    """An array read as weights times exponentials."""
    if node.id in opaque or not depth:
        return None
    if node.op == "divide":
        return _quotient_of_exponential(node, opaque, depth)
    root = squared(node, opaque)
    if root is not None:
        inner = exponential(root, opaque, depth - 1)
        return None if inner is None else inner.square()
    if node.op in PICKING:
        inner = exponential(node.args[0], opaque, depth - 1)
        return None if inner is None else _picked(node, inner)
    for part, weight in _factors(node):
        inner = exponential(part, opaque, depth - 1)
        if inner is not None:
            return weighted(inner, weight, opaque)
    return _unweighted(node)


def _factors(node: Expr) -> list[Sequence[Expr]]:
    """Pairs of what may be exponentials and what these are multiplied by."""
    if node.op == "where" and literal(node.args[2]) == 0:
        return [node.args[1::-1]]
    return [node.args[::-1], node.args] if node.op == "multiply" else []


def _unweighted(node: Expr) -> Exponential | None:
    if node.op == "exp":
        return Exponential(node.args[0])
    if node.op == "softmax":
        return Exponential(log_softmax(*node.args, **node.params))
    base = (literal(node.args[0]) or 0.0) if node.op == "power" else 0.0
    return Exponential(log(base) * node.args[1]) if base > 0 else None


def _picked(node: Expr, terms: Exponential) -> Exponential:
    """Some elements of weights and exponents."""
    whole, *index = node.args
    return terms.each(lambda part: rebuilt(node, [broadcast_to(part, whole.shape), *index]))


def _quotient_of_exponential(node: Expr, opaque: Opaque, depth: int) -> Exponential | None:
    """An exponential over a number, or a weight over an exponential."""
    a, b = node.args
    number = literal(b)
    if number is not None and number > 0:
        inner = exponential(a, opaque, depth - 1)
        return None if inner is None else inner.over(number)
    if b.op == "exp" and b.id not in opaque:
        return weighted(Exponential(-b.args[0]), a, opaque)
    inner = exponential(a, opaque, depth - 1) if number is None else None
    return None if inner is None else weighted(inner, 1 / b, opaque)


def weighted(inner: Exponential, weight: Expr, opaque: Opaque) -> Exponential | None:
    """An exponential times one more factor."""
    number = literal(weight)
    if number is not None:
        return inner.times(number) if number > 0 else None
    if weight.op == "softmax" and weight.id not in opaque:  # a weight may underflow
        return inner._replace(x=log_softmax(*weight.args, **weight.params) + inner.x)
    bare = weight.args[0] if weight.op == "astype" else weight
    weight = bare if bare.dtype == BOOL else weight
    return inner._replace(weight=weight if inner.weight is None else _both(weight, inner.weight))


def _both(a: Expr, b: Expr) -> Expr:
    """The product of two weights, which may be masks."""
    if a.dtype == BOOL:
        return logical_and(a, b) if b.dtype == BOOL else where(a, b, 0.0)
    return where(b, a, 0.0) if b.dtype == BOOL else a * b


def counts(weight: Expr) -> Expr:
    """Whether a weight is not 0."""
    return weight if weight.dtype == BOOL else not_equal(weight, 0)


def relative(x: Expr, weight: Expr, axes: t.Axes) -> Expr:
    """Shares beside which those with a weight are not 0; others have a slope by their weight."""
    some = counts(weight)
    largest = stop_gradient(max_(where(some, x, -inf), axis=axes, keepdims=True))
    highest = int(np.log(np.finfo(x.dtype).max) / 3.5)
    bounded = minimum(x, largest + float(highest))
    return softmax(where(some, bounded, stop_gradient(bounded)), axis=axes)


def counted(x: Expr) -> Expr | None:
    """Which exponents have a weight, of those that `relative` made, or of log_softmax by a mask."""
    if x.op != "log_softmax":
        return None
    (masked,) = x.args
    if masked.op == "where" and literal(masked.args[2]) == 0:  # no row is empty
        masked = masked.args[1]
    if masked.op != "where":
        return None
    some, _, other = masked.args
    return some if other.op == "stop_gradient" or literal(other) == -inf else None


def both(first: Exponential, second: Exponential, opaque: Opaque) -> Exponential | None:
    """A product of terms."""
    c, per = first.c * second.c, first.per * second.per
    terms = Exponential(first.x + second.x, first.weight, c, per)
    return terms if second.weight is None else weighted(terms, second.weight, opaque)


def with_axis(node: Expr, terms: Exponential | None, axis: int) -> tuple[Expr, Exponential | None]:
    """A factor and its terms, with one more axis."""
    if terms is not None:
        terms = terms.each(lambda part: expand_dims(broadcast_to(part, node.shape), axis))
    return expand_dims(node, axis), terms
