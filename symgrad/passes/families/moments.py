"""Sums over axes, and products of two, read as multiples of what they are the sums of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import isclose
from operator import mul
from typing import Any, NamedTuple

from ...graph.dims import Dim, product
from ...graph.graph import Expr
from ...ops import typing as t
from ...ops.operands import lift
from ...ops.reductions import mean, sum_, with_axes
from ...ops.statistics import var
from ..facts.exponentials import literal
from ..facts.marks import Opaque
from ..facts.products import squared
from .shares import unwrapped

_LONGEST = 4  # factors of one product
_NUMBERS = 3  # factors and divisors of one sum


class Moment(NamedTuple):
    """c n**p times the sum of x over axes with n elements, or times the sums of x and of y."""

    x: Expr
    axis: t.Axes | None
    keepdims: bool
    c: float = 1.0
    p: int = 0
    y: Expr | None = None

    def size(self) -> int | Dim:
        """The number of elements of one sum."""
        return product(self.x.shape[i] for i in t.axes_of(self.axis, self.x.ndim))

    def likens(self, other: Moment) -> bool:
        """Whether it is the other one; a literal may be a number of elements by chance."""
        if self._replace(c=other.c, p=other.p) != other:
            return False
        n = self.size()
        if not isinstance(n, int):
            return (self.c, self.p) == (other.c, other.p)
        return isclose(*(m.c * max(n, 1) ** m.p for m in (self, other)))

    def by(self, other: Moment) -> Moment:
        """The product with a sum over the same axes."""
        return self._replace(c=self.c * other.c, p=self.p + other.p, y=other.x)

    def times(self, number: Expr, way: int) -> Moment | None:
        """The product with a number, or the quotient where the way is -1."""
        value = number.params["size"] if number.op == "dim" else literal(number)
        if value == self.size():
            return self._replace(p=self.p + way)
        if value is None or number.op == "dim":
            return None
        return self._replace(c=self.c * value**way)

    def spread(self) -> Expr:
        """The mean product of the deviations of x and y."""
        along: dict[str, Any] = {"axis": self.axis, "keepdims": self.keepdims}
        if self.y is None or self.y is self.x:
            return var(self.x, **along)
        moved = (v - with_axes(mean(v, **along), v, **along) for v in (self.x, self.y))
        return mean(mul(*moved), **along)

    def scaled(self, total: Expr, p: int) -> Expr:
        """A sum or mean, times c n**p."""
        for _ in range(abs(p)):
            n = lift(total.graph, self.size())
            total = n * total if p > 0 else total / n
        return total if self.c == 1 else self.c * total

    def total(self) -> Expr:
        """The node that this is; a mean is one step of n less."""
        is_mean = self.p < 0
        add = mean if is_mean else sum_
        return self.scaled(add(self.x, axis=self.axis, keepdims=self.keepdims), self.p + is_mean)


_Read = Callable[[Expr, Opaque], Moment | None]


def is_number(node: Expr) -> bool:
    """Whether it is a literal, but not 0, or the number of elements along an axis."""
    return not node.ndim and (node.op == "dim" or bool(literal(node)))


def _multiples(read: _Read) -> _Read:
    """What is read, times factors and divisors that are literals or numbers of elements."""

    def found(node: Expr, opaque: Opaque) -> Moment | None:
        numbers = list[tuple[Expr, int]]()
        while node.op in ("multiply", "divide") and node.id not in opaque:
            a, b = node.args
            if node.op == "multiply" and not is_number(b):
                a, b = b, a
            if not is_number(b) or len(numbers) == _NUMBERS:
                break
            numbers.append((b, 1 if node.op == "multiply" else -1))
            node = a
        core = None if node.id in opaque else read(node, opaque)
        for number, way in reversed(numbers):
            core = None if core is None else core.times(number, way)
        return core

    return found


@_multiples
def moment(node: Expr, opaque: Opaque) -> Moment | None:
    """A sum or a mean."""
    if node.op in ("mean", "sum"):
        x, p = node.args[0], -1 if node.op == "mean" else 0
        return Moment(x, node.params["axis"], node.params["keepdims"], p=p)
    if node.op == "matmul" and node.args[0].ndim == node.args[1].ndim == 1:
        a, b = node.args
        return Moment(a**2 if a is b else a * b, None, False)
    return None


@_multiples
def product_of_moments(node: Expr, opaque: Opaque) -> Moment | None:
    """The product of two sums over the same axes."""
    pair = two_factors(node, opaque)
    a, b = (moment(m, opaque) for m in pair) if pair else (None, None)
    if a is None or b is None or (a.axis, a.keepdims) != (b.axis, b.keepdims):
        return None
    return a.by(b)


@_multiples
def scatter(node: Expr, opaque: Opaque) -> Moment | None:
    """X.T @ Y, a sum over rows, or X @ Y.T, over columns."""
    for axis, turned in enumerate(node.args if node.op == "matmul" and node.ndim == 2 else ()):
        if turned.op == "transpose" and turned.id not in opaque:
            x, y = (a.args[0] if i == axis else a for i, a in enumerate(node.args))
            return Moment(x, (axis,), False, y=y) if x.ndim == y.ndim == 2 else None
    return None


@_multiples
def outer_product(node: Expr, opaque: Opaque) -> Moment | None:
    """The outer product of the sums of two matrices over one axis."""
    pair: Sequence[Expr] = node.args if node.op == "outer" else ()
    if node.op == "multiply" and all(f.ndim for f in node.args):
        pair = sorted(node.args, key=lambda f: f.shape[-1] != 1)
    if not pair or node.shape != tuple(f.size for f in pair):
        return None
    a, b = (moment(unwrapped(f, opaque), opaque) for f in pair)
    if a is None or b is None or a.axis != b.axis or not a.x.ndim == b.x.ndim == 2:
        return None
    return a.by(b)._replace(keepdims=False)


def two_factors(node: Expr, opaque: Opaque) -> Sequence[Expr]:
    """What a product is made of, of a square twice its root."""
    root = squared(node, opaque)
    if root is not None:
        return root, root
    return node.args if node.op == "multiply" and node.id not in opaque else ()


def factors_of(node: Expr, opaque: Opaque) -> Counter[Expr]:
    """The factors of a product of a few, squares as two of them."""
    stack, found = [node], Counter[Expr]()
    while stack:
        x = stack.pop()
        pair = two_factors(x, opaque) if len(stack) + found.total() <= _LONGEST else ()
        stack += pair
        if not pair:
            found[x] += 1
    return found
