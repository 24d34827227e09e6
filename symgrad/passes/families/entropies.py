"""Binary cross entropies of probabilities, and their slopes; the divergence of two normals.

Where p = sigmoid(z), -t log(p) - (1 - t) log(1 - p) is softplus(z) - t z, and its slope p - t. As
they stand these cancel where p is nearly t; their rows do not, and are half of the computation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ...graph.graph import Expr
from ...ops.activations import softplus
from ...ops.arithmetic import absolute
from ...ops.elementary import log1p
from ...ops.op import registry
from ...ops.reductions import sum_
from ...ops.remainders import log1p_less, log_ratio_less
from ...ops.selection import equal, maximum, minimum, where
from ...ops.stable import log_ratio, sigmoid_cross_entropy, sigmoid_minus
from ..facts.exponentials import Reader, literal
from ..facts.marks import Opaque, among, reading, reading_all
from ..facts.products import multiple, scaled_square, squared
from .quotients import times

_LONGEST = 8  # factors
_ROWS = {"softplus": (sigmoid_cross_entropy, 1.0), "sigmoid": (sigmoid_minus, -1.0)}
"""What the sum of t f(-z) and (1 - t) f(z) is, and the sign of the first term."""


class _Product(NamedTuple):
    """A product as a literal and its factors, each with whether it divides."""

    c: float
    factors: tuple[tuple[Expr, bool], ...]

    def without(self, *left_out: int) -> tuple[tuple[Expr, bool], ...]:
        """The factors but some, by their places."""
        return tuple(f for i, f in enumerate(self.factors) if i not in left_out)

    def units(self, opaque: Opaque) -> list[tuple[int, Expr]]:
        """The factors that are a softplus or a sigmoid, and their places."""
        above = [(i, x) for i, (x, over) in enumerate(self.factors) if not over]
        return [(i, x) for i, x in above if x.op in _ROWS and x.id not in opaque]


@among(*_ROWS)
@reading_all("multiply", "divide", "negative")
def cross_entropy(node: Expr, opaque: Opaque) -> Expr | None:
    """t softplus(-z) + (1 - t) softplus(z), and its slope, with any factors of both terms."""
    a, b = (_product([x], opaque) for x in node.args)
    return _either(node, a, b, opaque)


@among("softplus")
@reading("sum", "mean", "matmul", "negative")
def summed_cross_entropy(node: Expr, opaque: Opaque) -> Expr | None:
    """sum(t softplus(-z)) + sum((1 - t) softplus(z)), and the same as t @ softplus(-z) + ..."""
    (j, x), (k, y) = (multiple(a, opaque) for a in node.args)
    dots = x.op == y.op == "matmul" and not node.ndim
    sums = x.op == y.op and x.op in ("sum", "mean") and x.params == y.params
    if not (dots or sums) or not opaque.isdisjoint((x.id, y.id)):
        return None
    a, b = (_product(s.args, opaque, c) for c, s in ((j, x), (k, y)))
    found = _either(node, a, b, opaque)
    return found if found is None else sum_(found) if dots else registry[x.op](found, **x.params)


@reading("softplus", "negative")
def chosen_cross_entropy(node: Expr, opaque: Opaque) -> Expr | None:
    """The softplus of z or -z, as the target says: chosen before it is computed."""
    condition, *choices = node.args
    (j, a), (k, b) = (multiple(x, opaque) for x in choices)
    if a.op != "softplus" or b.op != "softplus" or not opaque.isdisjoint((a.id, b.id)):
        return None
    return times(None, j, softplus(where(condition, *a.args, *b.args))) if j == k else None


def _either(node: Expr, a: _Product | None, b: _Product | None, opaque: Opaque) -> Expr | None:
    """The sum or difference of two products, of which either has 1 - t as a factor."""
    if a is None or b is None:
        return None
    b = b._replace(c=-b.c) if node.op == "subtract" else b
    reader = Reader(node, opaque)
    for one, other in ((a, b), (b, a)):
        for i, u in one.units(opaque):
            for j, v in other.units(opaque):
                if u.op is v.op and _are_opposite(u.args[0], v.args[0], reader):
                    rest = one._replace(factors=one.without(i))
                    found = _joined(rest, other, j, opaque)
                    if found is not None:
                        return found
    return None


def _are_opposite(x: Expr, y: Expr, reader: Reader) -> bool:
    """Whether x is -y, as far as is seen at once."""
    turned = x.op == y.op == "subtract" and x.args == y.args[::-1]
    return turned or reader.form(x) == reader.form(y).scaled(-1.0)


def _product(nodes: Sequence[Expr], opaque: Opaque, c: float = 1.0) -> _Product | None:
    """The factors of a product of nodes, from left to right; None if there are many."""
    found, stack = list[tuple[Expr, bool]](), [(x, False) for x in reversed(nodes)]
    while stack:
        x, over = stack.pop()
        number = literal(x)
        if number:
            c = c / number if over else c * number
        elif x.id in opaque or x.op not in ("multiply", "divide", "negative"):
            found.append((x if x.id in opaque else _uncast(x), over))
        else:
            c = -c if x.op == "negative" else c
            below = over != (x.op == "divide")
            stack += [(a, below if k else over) for k, a in enumerate(x.args)][::-1]
        if len(found) + len(stack) > _LONGEST:
            return None
    return _Product(c, tuple(found))


def _uncast(x: Expr) -> Expr:
    """What is converted to the dtype of the product, which it takes by itself."""
    return x.args[0] if x.op == "astype" and x.args[0].dtype.kind in "biuf" else x


def _joined(one: _Product, other: _Product, place: int, opaque: Opaque) -> Expr | None:
    """The sum, if one term has a factor t where the other one has 1 - t."""
    unit = other.factors[place][0]
    row, sign = _ROWS[unit.op]
    for k, (x, over) in enumerate(other.factors):
        if over or x.op != "subtract" or x.id in opaque or literal(x.args[0]) != 1:
            continue
        target, rest = _uncast(x.args[1]), other.without(place, k)
        parts = _product([target], opaque)
        if parts is None or one.c != sign * other.c * parts.c:
            continue
        if Counter(one.factors) == Counter([*rest, *parts.factors]):
            found: Expr = row(unit.args[0], target)
            for factor, over in rest:
                found = found / factor if over else found * factor
            return times(None, other.c, found)
    return None


@among("log_ratio")
@reading("constant", "astype")
def divergence_of_normals(node: Expr, opaque: Opaque) -> Expr | None:
    """log(s / t) + (t² + v) / (2 s²) - 1/2 cancels where t is nearly s."""
    total, half = node.args
    if literal(half) != 0.5 or total.op != "add" or total.id in opaque:
        return None
    for ratio, quotient in (total.args, total.args[::-1]):
        known = ratio.op == "log_ratio" and quotient.op == "divide"
        if not known or not opaque.isdisjoint((ratio.id, quotient.id)):
            continue
        (s, t), (top, bottom) = ratio.args, quotient.args
        if top.op != "add" or top.id in opaque or scaled_square(bottom, opaque) != (2.0, s):
            continue
        for square, rest in (top.args, top.args[::-1]):
            if squared(square, opaque) is t:
                return 0.5 * ((t - s) / s) ** 2 - log_ratio_less(t, s) + rest / bottom
    return None


@among("log_ratio")
@reading_all("multiply")
def divergence_of_coins(node: Expr, opaque: Opaque) -> Expr | None:
    """p log(p / q) + (1 - p) log((1 - p) / (1 - q)) cancels where p is nearly q."""
    first, second = (_weighted_ratio(a, opaque) for a in node.args)
    for one, other in ((first, second), (second, first)):
        if one and other and all(_lacks(u, p, opaque) for p, u in zip(one, other, strict=True)):
            return _of_coins(*one)
    return None


def _weighted_ratio(x: Expr, opaque: Opaque) -> tuple[Expr, Expr] | None:
    """p and q of p log(p / q), which is 0 where p is."""
    if x.op != "multiply" or x.id in opaque:
        return None
    for p, ratio in (x.args, x.args[::-1]):
        above, below = _guarded_ratio(ratio, opaque) or (None, None)
        if above is p and below is not None and p.op != "where" and p.shape == below.shape:
            return p, below  # and not of our making
    return None


def _guarded_ratio(node: Expr, opaque: Opaque) -> tuple[Expr, Expr] | None:
    """u and v of log(u / v), also of log1p(-x) - log1p(-y), where they are guarded."""
    logarithms = node.op == "subtract" and all(a.op == "log1p" for a in node.args)
    if node.id in opaque or not (logarithms or node.op == "log_ratio"):
        return None
    guarded = [a.args[0] for a in node.args if a.id not in opaque] if logarithms else node.args
    chosen = [a.args[-1] for a in guarded if a.op == "where"]
    if logarithms:
        chosen = [1 - x.args[0] for x in chosen if x.op == "negative" and x.id not in opaque]
    return (chosen[0], chosen[1]) if len(chosen) == 2 else None


def _lacks(u: Expr, p: Expr, opaque: Opaque) -> bool:
    """Whether u is 1 - p."""
    known = u.op == "subtract" and u.id not in opaque
    return known and literal(u.args[0]) == 1 and u.args[1] is p


def _of_coins(p: Expr, q: Expr) -> Expr:
    """By p - q where that is small: 1 - p and 1 - q have lost some of its digits."""
    near = absolute(p - q) < 0.4 * minimum(p, 1 - p)
    u, v = where(near, 0.5, p), where(near, 0.5, q)
    a, step = where(near, p, 0.5), where(near, p - q, 0.0)
    close = a * log1p_less(-step / a) + (1 - a) * log1p_less(step / (1 - a))
    inside = maximum(u, v) < 1  # 1 - u has not all digits
    rest = log1p(-where(inside, u, 0.0)) - log1p(-where(inside, v, 0.0))
    beyond = _relative(where(inside, 0.5, 1 - u), where(inside, 0.5, 1 - v))
    return where(near, -close, _relative(u, v) + where(inside, (1 - u) * rest, beyond))


def _relative(u: Expr, v: Expr) -> Expr:
    """u log(u / v), 0 where u is."""
    none = equal(u, 0)
    return u * log_ratio(where(none, 1.0, u), where(none, 1.0, v))


SUMS = {name: [cross_entropy, summed_cross_entropy] for name in ("add", "subtract")}
SUMS["subtract"].append(divergence_of_normals)
SUMS["add"].append(divergence_of_coins)
CHOICES = {"where": [chosen_cross_entropy]}
