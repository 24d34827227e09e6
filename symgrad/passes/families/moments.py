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
        """The sum of x times c, which is a mean of the elements where p is -1."""
        add = mean if self.p == -1 else sum_
        found = add(self.x, axis=self.axis, keepdims=self.keepdims)
        return found if self.c == 1 else self.c * found


def factors_of(node: Expr, opaque: Opaque) -> Counter[Expr]:
    """The factors of a product of a few, squares as two of them."""
    stack, found = [node], Counter[Expr]()
    while stack:
        x = stack.pop()
        root = squared(x, opaque)
        if len(stack) + found.total() > _LONGEST or x.id in opaque:
            found[x] += 1
        elif root is not None:
            stack += [root, root]
        elif x.op == "multiply":
            stack += x.args
        else:
            found[x] += 1
    return found


def two_factors(node: Expr, opaque: Opaque) -> Sequence[Expr]:
    """What a product is made of, of a square twice its root."""
    root = squared(node, opaque)
    if root is not None:
        return root, root
    return node.args if node.op == "multiply" and node.id not in opaque else ()


def moment(node: Expr, opaque: Opaque, depth: int = 3) -> Moment | None:
    """A node as a multiple of a sum."""
    if node.id in opaque or not depth:
        return None
    if node.op in ("mean", "sum"):
        found = Moment(node.args[0], node.params["axis"], node.params["keepdims"])
        return found._replace(p=-1) if node.op == "mean" else found
    if node.op == "matmul" and node.args[0].ndim == node.args[1].ndim == 1:
        a, b = node.args
        return Moment(a**2 if a is b else a * b, None, False)
    return _multiple(node, opaque, depth, moment)


def product_of_moments(node: Expr, opaque: Opaque, depth: int = 3) -> Moment | None:
    """A node as a multiple of the product of two sums over the same axes."""
    pair = two_factors(node, opaque)
    a, b = (moment(m, opaque) for m in pair) if pair else (None, None)
    if a is not None and b is not None and (a.axis, a.keepdims) == (b.axis, b.keepdims):
        return a._replace(c=a.c * b.c, p=a.p + b.p, y=b.x)
    return _multiple(node, opaque, depth, product_of_moments) if depth else None


def scatter(node: Expr, opaque: Opaque, depth: int = 3) -> Moment | None:
    """A node as a multiple of X.T @ Y, a sum over rows, or of X @ Y.T, over columns."""
    if node.op != "matmul" or node.id in opaque:
        return _multiple(node, opaque, depth, scatter) if depth else None
    a, b = node.args
    for axis, turned in enumerate(node.args):
        if turned.op == "transpose" and turned.id not in opaque and a.ndim == b.ndim == 2:
            x, y = (turned.args[0], b) if turned is a else (a, turned.args[0])
            return Moment(x, (axis,), False, y=y)
    return None


def outer_product(node: Expr, opaque: Opaque, depth: int = 3) -> Moment | None:
    """A node as a multiple of the outer product of the sums of two matrices over one axis."""
    pair: Sequence[Expr] = node.args if node.op == "outer" and node.id not in opaque else ()
    if node.op == "multiply" and node.id not in opaque and all(f.ndim for f in node.args):
        pair = sorted(node.args, key=lambda f: f.shape[-1] != 1)
    if pair and node.shape == tuple(f.size for f in pair):
        a, b = (moment(unwrapped(f, opaque), opaque) for f in pair)
        if a is not None and b is not None and a.axis == b.axis and a.x.ndim == b.x.ndim == 2:
            return a._replace(keepdims=False, c=a.c * b.c, p=a.p + b.p, y=b.x)
    return _multiple(node, opaque, depth, outer_product) if depth else None


def _multiple(node: Expr, opaque: Opaque, depth: int, read: _Read) -> Moment | None:
    """A multiple, by a literal or by the number of elements."""
    if node.op not in ("multiply", "divide") or node.id in opaque:
        return None
    a, b = node.args
    if node.op == "multiply" and (a.ndim or a.value is None) and a.op != "dim":
        a, b = b, a
    core, number, way = (b, a, 1) if node.op == "multiply" else (a, b, -1)
    found = None if number.ndim else read(core, opaque, depth - 1)
    if found is None:
        return None
    value, size = literal(number), found.size()
    if number.op == "dim":
        known = number.params["size"] == size
    else:
        known = isinstance(size, int) and bool(value) and value == size
    if known:
        return found._replace(p=found.p + way)
    return None if not value else found._replace(c=found.c * value**way)


_Read = Callable[[Expr, Opaque, int], Moment | None]
