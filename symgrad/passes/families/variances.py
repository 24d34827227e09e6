"""Variances, covariances and distances as differences of sums, which cancel where those are big."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import mul, truediv
from typing import NamedTuple

from ...graph.graph import Expr
from ...ops import typing as t
from ...ops.leaves import stop_gradient
from ...ops.op import rebuilt
from ...ops.reductions import mean, sum_, with_axes
from ...ops.shapes import broadcast_to
from ...ops.statistics import std
from ..facts.exponentials import literal
from ..facts.marks import Opaque, among, reading
from ..facts.products import squared
from .moments import (
    Moment,
    factors_of,
    is_number,
    moment,
    outer_product,
    product_of_moments,
    scatter,
    two_factors,
)
from .shares import aligned, is_one_along, unwrapped


@among("mean", "sum", "matmul")
@reading("mean", "sum", "multiply", "divide", "matmul")
def shifted_covariance(node: Expr, opaque: Opaque) -> Expr | None:
    """mean(x y) - mean(x) mean(y) cancels where the means are large; deviations do not.

    So does sum(x**2) - sum(x)**2 / n. Higham, section 1.9.
    """
    whole = moment(node.args[0], opaque)
    less = None if whole is None else product_of_moments(node.args[1], opaque)
    if whole is None or less is None or less.y is None or less.x.shape != less.y.shape:
        return None
    floating = less.x.type.is_floating and less.y.type.is_floating
    if not floating or not less.likens(whole._replace(x=less.x, y=less.y, p=whole.p - 1)):
        return None
    found, pair = factors_of(whole.x, opaque), (less.x, less.y)
    if found != Counter(pair) and found != sum((factors_of(v, opaque) for v in pair), Counter()):
        return None
    return whole.scaled(less.spread(), whole.p + 1)


@among("matmul")
@reading("outer", "multiply", "divide")
def shifted_scatter(node: Expr, opaque: Opaque) -> Expr | None:
    """The same of all pairs of columns: X.T @ Y / n less the outer product of their means."""
    whole, less = scatter(node.args[0], opaque), outer_product(node.args[1], opaque)
    if whole is None or less is None or less.y is None or not node.type.is_floating:
        return None
    if not less.likens(whole._replace(p=whole.p - 1)):
        return None
    d, e = (v - mean(v, axis=less.axis, keepdims=True) for v in (less.x, less.y))
    return whole.scaled(d.T @ e if less.axis == (0,) else d @ e.T, whole.p)


@among("sum", "matmul")
@reading("divide", "sum", "matmul")
def shifted_average(node: Expr, opaque: Opaque) -> Expr | None:
    """The same of means by weights, or by shares that add up to 1."""
    pair = two_factors(node.args[1], opaque)
    a, b, whole = (_average(m, opaque) for m in (*pair, node.args[0])) if pair else (None,) * 3
    if a is None or b is None or whole is None or not a.likens(b) or not a.likens(whole):
        return None
    if a.factors.total() != 1 or b.factors.total() != 1 or whole.factors != a.factors + b.factors:
        return None
    means = (with_axes(m, a.x, a.axis, a.keepdims) for m in pair)
    moved = (next(iter(v.factors)) - m for v, m in zip((a, b), means, strict=True))
    return a.of(mul(*moved))


@among("sum", "matmul")
@reading("sum", "matmul")
def shifted_weights(node: Expr, opaque: Opaque) -> Expr | None:
    """sum(w x**2) - sum(w x)**2 by deviations from the second, which has no slope: any would do."""
    root = squared(node.args[1], opaque)
    whole, half = (None if m is None else moment(m, opaque) for m in (node.args[0], root))
    if root is None or whole is None or half is None:
        return None
    if whole[1:] != half[1:] or (half.c, half.p) != (1, 0):
        return None
    weights = factors_of(half.x, opaque)
    (x, n), *more = (factors_of(whole.x, opaque) - weights).items() or [(node, 0)]
    others, along = list((weights - Counter({x: 1})).elements()), half[1:3]
    known = not more and n == weights[x] == 1 and x.shape == half.x.shape == whole.x.shape
    made = x.op == "subtract" and unwrapped(x.args[1], opaque).op == "stop_gradient"
    if not known or not others or made or not node.type.is_floating:
        return None
    w, c = reduce(mul, others), stop_gradient(root)
    d = x - with_axes(c, x, *along)
    less, total = (sum_(p, *along) for p in (w * d, broadcast_to(w, x.shape)))
    return sum_(w * d**2, *along) - less**2 + (1 - total) * c * (2 * less + c * total)


@reading("var")
def root_of_variance(node: Expr, opaque: Opaque) -> Expr | None:
    """sqrt(var(x)) is beyond all numbers in its squares; std(x) is a norm, which scales them."""
    spread, *power = node.args
    if spread.op != "var" or spread.id in opaque or (power and literal(power[0]) != 0.5):
        return None
    return std(*spread.args, **spread.params)


@among("subtract")
@reading("multiply", "sum", "matmul")
def half_centered(node: Expr, opaque: Opaque) -> Expr | None:
    """mean((x - mean(x)) y) has the rounding of mean(x) times mean(y), which is taken off y.

    So does the sum, over a number, or over sum((x - mean(x))**2), a regression's slope.
    """
    if node.op == "sum" and node.ndim:  # slopes of layers have many
        return None
    total, *below = node.args if node.op == "divide" else (node,)
    whole = moment(total, opaque)
    if whole is None or whole.x.op != "multiply" or whole.x.id in opaque:
        return None
    for d, y in (whole.x.args, whole.x.args[::-1]):
        bare = (v if node.ndim else _unscaled(v, whole, opaque) for v in (d, y))
        if [_is_deviation(v, whole, opaque) for v in bare] != [True, False]:
            continue
        if y.shape != d.shape or not all(_divides(b, d, opaque) for b in below):
            continue
        centered = y - mean(y, axis=whole.axis, keepdims=True)
        return reduce(truediv, below, whole._replace(x=d * centered).total())
    return None


@among("mean", "sum")
@reading("subtract", "divide")
def recentered(node: Expr, opaque: Opaque) -> Expr | None:
    """(x - mean(x))**3 and |x - mean(x)| have the rounding of the mean, which d - mean(d) has not.

    Squares and products of deviations do without: the sum of d is nearly 0.
    """
    core, *rest = node.args
    d = core.args[0] if core.op == "divide" and core.id not in opaque else core
    if d.op != "subtract" or (rest and (literal(rest[0]) or 0) <= 2):
        return None
    found = moment(unwrapped(d.args[1], opaque), opaque)
    if found is None or not _is_deviation(d, found, opaque):
        return None
    if _is_deviation(d.args[0], found, opaque):  # of our making
        return None
    again = d - mean(d, axis=found.axis, keepdims=True)
    return rebuilt(node, [again if d is core else again / core.args[1], *rest])


@among("var", "std")
@reading("add", "subtract")
def unmoved(node: Expr, opaque: Opaque) -> Expr | None:
    """var(x + c) of one number c is var(x): x + c has lost digits of x where c is large."""
    (total,), kept = node.args, list[Expr]()
    if total.op in ("add", "subtract") and total.id not in opaque:
        kept = [a for a in total.args if a.ndim or not total.ndim]
    if len(kept) != 1 or kept[0].type != total.type:
        return None
    return rebuilt(node, kept)


def _unscaled(x: Expr, along: Moment, opaque: Opaque) -> Expr:
    """What is divided by one number for all that is summed up, or x."""
    if x.op != "divide" or x.id in opaque or x.ndim != along.x.ndim:
        return x
    return x.args[0] if is_one_along(x.args[1], x, t.axes_of(along.axis, x.ndim)) else x


def _is_deviation(d: Expr, along: Moment, opaque: Opaque) -> bool:
    """Whether it is an array less its mean over axes."""
    if d.op != "subtract" or d.id in opaque:
        return False
    return _broadcasts(d.args[1], d.args[0], along, -1, opaque)


def _broadcasts(total: Expr, x: Expr, like: Moment, p: int, opaque: Opaque) -> bool:
    """Whether it is n**p times the sum of x, beside each element that is summed up."""
    found = moment(unwrapped(total, opaque), opaque)
    if found is None or found.x is not x or (found.c, found.p) != (1, p):
        return False
    axes = t.axes_of(found.axis, x.ndim)
    same = x.ndim == like.x.ndim and axes == t.axes_of(like.axis, x.ndim)
    return same and aligned(total, x.shape, axes)


def _divides(below: Expr, d: Expr, opaque: Opaque) -> bool:
    """Whether a covariance with deviations is divided by a number, or by the sum of squares."""
    squares = moment(below, opaque)
    return is_number(below) or (squares is not None and squared(squares.x, opaque) is d)


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
    first, second, twice = (moment(a, opaque) for a in (*squares, *products))
    if first is None or second is None or twice is None or not node.type.is_floating:
        return None
    x, y = (squared(m.x, opaque) for m in (first, second))
    if x is None or y is None or x.shape != y.shape or {*two_factors(twice.x, opaque)} != {x, y}:
        return None
    doubled = first._replace(x=twice.x, c=2 * first.c)
    if not (second.likens(first._replace(x=second.x)) and twice.likens(doubled)):
        return None
    return first._replace(x=(x - y) ** 2).total()


def _split(node: Expr, opaque: Opaque) -> tuple[list[Expr], list[Expr]]:
    """The terms of a sum of three, those added and those subtracted."""
    added, less = ([*node.args], []) if node.op == "add" else ([node.args[0]], [node.args[1]])
    for x in [*added]:
        if x.op in ("add", "subtract") and x.id not in opaque:
            added.remove(x)
            added += x.args if x.op == "add" else x.args[:1]
            less += [] if x.op == "add" else x.args[1:]
    return added, less


class _Average(NamedTuple):
    """A sum of a product with weights over the sum of the weights."""

    x: Expr  # the product
    factors: Counter[Expr]  # beside the weights
    weights: Counter[Expr]
    total: Expr | None  # of the weights, if that is not 1
    axis: t.Axes | None
    keepdims: bool

    def likens(self, other: _Average) -> bool:
        """Whether the other one is over the same elements, with the same weights."""
        return self[2:] == other[2:] and self.x.shape == other.x.shape

    def of(self, x: Expr) -> Expr:
        """The average of another array."""
        weighted = reduce(mul, self.weights.elements()) * x
        found = sum_(weighted, axis=self.axis, keepdims=self.keepdims)
        return found if self.total is None else found / self.total


def _average(node: Expr, opaque: Opaque) -> _Average | None:
    """A node as an average, by the weights whose sum is below, or by shares."""
    is_quotient = node.op == "divide" and node.id not in opaque
    top, total = node.args if is_quotient else (node, None)
    summed, below = (None if x is None else moment(x, opaque) for x in (top, total))
    if summed is None or (summed.c, summed.p) != (1, 0):
        return None
    factors = factors_of(summed.x, opaque)
    if total is None:
        weights = Counter([f for f in factors if _is_share(f, summed, opaque)][:1])
    elif below is None or below._replace(x=summed.x) != summed or below.x.shape != summed.x.shape:
        return None
    else:
        weights = factors_of(below.x, opaque)
    if not weights or not weights <= factors:
        return None
    return _Average(summed.x, factors - weights, weights, total, *summed[1:3])


def _is_share(p: Expr, along: Moment, opaque: Opaque) -> bool:
    """Whether the elements over axes add up to 1."""
    if p.shape != along.x.shape or p.op not in ("softmax", "divide") or p.id in opaque:
        return False
    axes = t.axes_of(along.axis, p.ndim)
    if p.op == "softmax":
        return t.axes_of(p.params["axis"], p.ndim) == axes
    return _broadcasts(p.args[1], p.args[0], along, 0, opaque)


_SHIFTED = [shifted_covariance, shifted_scatter, shifted_average, shifted_weights]
VARIANCES = {
    "subtract": [*_SHIFTED, expanded_distance],
    "add": [distance_in_other_order],
    **{name: [half_centered] for name in ("mean", "divide", "sum")},
    **{name: [unmoved] for name in ("var", "std")},
    "sqrt": [root_of_variance],
    "power": [root_of_variance, recentered],
    "absolute": [recentered],
}
