"""Variances, covariances and distances as differences of sums, which cancel where those are big."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import reduce
from operator import mul
from typing import NamedTuple

from ..graph.dims import Dim, product
from ..graph.graph import Expr
from ..ops import typing as t
from ..ops.operands import lift
from ..ops.reductions import mean, sum_, with_axes
from ..ops.statistics import var
from .exponentials import literal
from .marks import Opaque, among, reading
from .products import squared

_LONGEST = 4  # factors of one product


class _Moment(NamedTuple):
    """c n**p times the sum of x over axes with n elements."""

    x: Expr
    axis: t.Axes | None
    keepdims: bool
    c: float = 1.0
    p: int = 0

    def size(self) -> int | Dim:
        """The number of elements of one sum."""
        return product(self.x.shape[i] for i in t.axes_of(self.axis, self.x.ndim))


@among("mean", "sum", "matmul")
@reading("mean", "sum", "multiply", "divide", "matmul")
def shifted_variance(node: Expr, opaque: Opaque) -> Expr | None:
    """mean(x**2) - mean(x)**2 cancels where the mean is large; deviations do not.

    So does sum(x**2) - sum(x)**2 / n. Higham, section 1.9.
    """
    squares, other = (_moment(a, opaque) for a in node.args)
    if squares is None:
        return None
    x = squared(squares.x, opaque)
    if x is None or not x.type.is_floating:
        return None
    mean = other if other is not None else _square_of_moment(node.args[1], opaque)
    wanted = squares._replace(x=x, p=squares.p - 1)
    if mean != wanted:
        return None
    spread = var(x, axis=squares.axis, keepdims=squares.keepdims)
    for _ in range(abs(squares.p + 1)):
        n = lift(node.graph, squares.size())
        spread = n * spread if squares.p >= 0 else spread / n
    return spread if squares.c == 1 else squares.c * spread


@among("mean", "sum")
@reading("mean", "sum", "divide")
def shifted_covariance(node: Expr, opaque: Opaque) -> Expr | None:
    """E(x y) - E(x) E(y) of means, or of sums with weights, is E((x - E(x)) (y - E(y)))."""
    whole, other = node.args
    root = squared(other, opaque)
    pair = (root, root) if root is not None else other.args if other.op == "multiply" else ()
    if not pair or other.id in opaque:
        return None
    a, b = (_expectation(m, opaque) for m in pair)
    of_product = _expectation(whole, opaque)
    if a is None or b is None or of_product is None or not a.likens(b) or not a.likens(of_product):
        return None
    x, y = a.without_weights(), b.without_weights()
    if x is None or y is None or of_product.factors != a.weights + Counter([x, y]):
        return None
    moved = [v - with_axes(m, v, a.axis, a.keepdims) for v, m in zip((x, y), pair, strict=True)]
    return a.of(moved[0] * moved[1])


@among("matmul", "sum", "mean")
@reading("add")
def expanded_distance(node: Expr, opaque: Opaque) -> Expr | None:
    """|x|² + |y|² - 2 x·y cancels where x and y are near; the sum of (x - y)² does not."""
    return _distance(node, opaque)


@among("matmul", "sum", "mean")
@reading("subtract")
def distance_in_other_order(node: Expr, opaque: Opaque) -> Expr | None:
    """|x|² - 2 x·y + |y|², see `expanded_distance`."""
    return _distance(node, opaque)


def _distance(node: Expr, opaque: Opaque) -> Expr | None:
    squares, products = _split(node, opaque)
    if len(squares) != 2 or len(products) != 1:
        return None
    first, second, twice = (_moment(a, opaque) for a in (*squares, *products))
    if first is None or second is None or twice is None or twice.x.id in opaque:
        return None
    x, y = (squared(m.x, opaque) for m in (first, second))
    is_product = twice.x.op == "multiply" and {*twice.x.args} == {x, y}
    if x is None or y is None or x.shape != y.shape or not is_product:
        return None
    wanted = first._replace(x=second.x), first._replace(x=twice.x, c=2 * first.c)
    if wanted != (second, twice) or first.p not in (0, -1) or not node.type.is_floating:
        return None
    add = mean if first.p else sum_
    total = add((x - y) ** 2, axis=first.axis, keepdims=first.keepdims)
    return total if first.c == 1 else first.c * total


def _split(node: Expr, opaque: Opaque) -> tuple[list[Expr], list[Expr]]:
    """The terms of a sum of three, those added and those subtracted."""
    added, less = ([*node.args], []) if node.op == "add" else ([node.args[0]], [node.args[1]])
    for x in [*added]:
        if x.op in ("add", "subtract") and x.id not in opaque:
            added.remove(x)
            added += x.args if x.op == "add" else x.args[:1]
            less += [] if x.op == "add" else x.args[1:]
    return added, less


class _Expectation(NamedTuple):
    """A mean of a product, or a sum of a product with weights over the sum of the weights."""

    factors: Counter[Expr]
    weights: Counter[Expr]
    total: Expr | None  # of the weights
    axis: t.Axes | None
    keepdims: bool

    def likens(self, other: _Expectation) -> bool:
        """Whether the other one is over the same elements, with the same weights."""
        return self[1:] == other[1:]

    def without_weights(self) -> Expr | None:
        """What this is the expectation of, where it is one factor."""
        left = [*(self.factors - self.weights).elements()]
        return left[0] if len(left) == 1 and self.weights <= self.factors else None

    def of(self, x: Expr) -> Expr:
        """The expectation of another array."""
        if self.total is None:
            return mean(x, axis=self.axis, keepdims=self.keepdims)
        weighted = reduce(mul, self.weights.elements()) * x
        return sum_(weighted, axis=self.axis, keepdims=self.keepdims) / self.total


def _expectation(node: Expr, opaque: Opaque) -> _Expectation | None:
    top, total = node.args if node.op == "divide" else (node, None)
    sums = [top] if total is None else [top, total]
    name = "mean" if total is None else "sum"
    if any(s.op != name or s.id in opaque for s in sums) or node.id in opaque:
        return None
    like = {(s.params["axis"], s.params["keepdims"], s.args[0].shape) for s in sums}
    if len(like) > 1:
        return None
    weights = Counter[Expr]() if total is None else _factors(total.args[0], opaque)
    axis, keepdims = (top.params[k] for k in ("axis", "keepdims"))
    return _Expectation(_factors(top.args[0], opaque), weights, total, axis, keepdims)


def _factors(node: Expr, opaque: Opaque) -> Counter[Expr]:
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


def _moment(node: Expr, opaque: Opaque, depth: int = 3) -> _Moment | None:
    """A node as a multiple of a sum."""
    if node.id in opaque or not depth:
        return None
    if node.op in ("mean", "sum"):
        found = _Moment(node.args[0], node.params["axis"], node.params["keepdims"])
        return found._replace(p=-1) if node.op == "mean" else found
    if node.op == "matmul" and node.args[0].ndim == node.args[1].ndim == 1:
        a, b = node.args
        return _Moment(a**2 if a is b else a * b, None, False)
    return _multiple(node, opaque, depth, _moment)


def _square_of_moment(node: Expr, opaque: Opaque, depth: int = 3) -> _Moment | None:
    """A node as a multiple of the square of a sum, with the factor of the whole."""
    inner = squared(node, opaque)
    if inner is not None:
        found = _moment(inner, opaque)
        return None if found is None else found._replace(c=found.c**2, p=2 * found.p)
    return _multiple(node, opaque, depth, _square_of_moment) if depth else None


def _multiple(node: Expr, opaque: Opaque, depth: int, read: _Read) -> _Moment | None:
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


_Read = Callable[[Expr, Opaque, int], _Moment | None]
VARIANCES = {
    "subtract": [shifted_variance, shifted_covariance, expanded_distance],
    "add": [distance_in_other_order],
}
