"""Choices in fewer operations: of sums that are 0 in turn, of multiples, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from ...graph.graph import Expr
from ...ops.arithmetic import multiply
from ...ops.selection import clip, where
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading, reading_all
from ..facts.multiples import ONE, Factor, factored, scaled
from .scalars import is_bounded, same_size

_BELOW, _ABOVE = ("less", "less_equal"), ("greater", "greater_equal")
_MOST = 8  # factors of a product that are looked at


@reading("negative", "scaled")
def _chosen(node: Expr, opaque: Opaque) -> Expr | None:
    """Of c x and -c y, c times one of x and -y is chosen; of c x / n and d y / n, the nth part."""
    condition, a, b = node.args
    (f, x), (g, y) = factored(a), factored(b)
    if f is ONE or g is ONE or f.over != g.over or not same_size(f, g):
        return None
    if not node.type.is_floating or x.dtype != y.dtype:
        return None
    if f.c == g.c:
        return scaled(f, where(condition, x, y))
    if abs(f.c) == abs(g.c):
        return scaled(g, where(condition, -x, y)) if f.c < 0 else scaled(f, where(condition, x, -y))
    parts = ((f, x), (g, y))
    if not f.over or not all(abs(h.c) <= 1 or is_bounded(v) for h, v in parts):
        return None  # c x may overflow
    x, y = (scaled(Factor(h.c), v) for h, v in parts)
    return scaled(f._replace(c=1.0), where(condition, x, y))


@among("where")
@reading_all("where", "multiply")
def _sum_of_choices(node: Expr, opaque: Opaque) -> Expr | None:
    """One of x and y, where each is 0 in turn."""
    one, other = map(_choice, node.args)
    if one is None or other is None or one[0] is not other[0] or one[1] == other[1]:
        return None
    x, y = one[2], other[2] if node.op == "add" else -other[2]
    return where(one[0], x, y) if one[1] else where(one[0], y, x)


def _choice(node: Expr) -> tuple[Expr, bool, Expr] | None:
    """A condition, whether a value is that where it holds or where not, and the value: else 0."""
    choice, factors = node, list[Expr]()
    while choice.op == "multiply" and len(factors) < _MOST:
        first, other = sorted(choice.args, key=_is_no_choice)
        choice, factors = first, [other, *factors]
    if choice.op != "where" or not node.type.is_floating:
        return None
    condition, x, y = choice.args
    zeros = [literal(v) == 0 for v in (x, y)]
    if not any(zeros):
        return None
    return condition, zeros[1], reduce(multiply, factors, x if zeros[1] else y)


def _is_no_choice(x: Expr) -> int:
    """What a product is searched for last."""
    return ("where", "multiply").index(x.op) if x.op in ("where", "multiply") else 2


@reading("less", "less_equal", "greater", "greater_equal")
def _within_bounds(node: Expr, opaque: Opaque) -> Expr | None:
    """x where abs(x) < c, and c sign(x) elsewhere, is clip(x, -c, c); so for multiples."""
    condition, *values = node.args
    if condition.op not in _BELOW + _ABOVE or node.type != values[0].type:
        return None
    size, bound = condition.args
    (f, x), (g, y) = map(factored, values if condition.op in _BELOW else values[::-1])
    c = literal(bound)
    if size.op != "absolute" or y.op != "sign" or not size.args[0] is y.args[0] is x:
        return None
    if c is None or not c > 0 or f.over != g.over or g.c != c * f.c or not same_size(f, g):
        return None
    return scaled(f, clip(x, -c, c))


@reading("where")
def _chosen_once(node: Expr, opaque: Opaque) -> Expr | None:
    """What one condition leaves out twice: guards around guarded operands."""
    condition, x, y = node.args
    again = [v.op == "where" and v.args[0] is condition for v in (x, y)]
    if not any(again):
        return None
    chosen = where(condition, x.args[1] if again[0] else x, y.args[2] if again[1] else y)
    return chosen if chosen.type == node.type else None


TABLE: Mapping[str, list[Structural]] = {
    "add": [_sum_of_choices],
    "subtract": [_sum_of_choices],
    "where": [_chosen],
}

LAST: Mapping[str, list[Structural]] = {"where": [_within_bounds, _chosen_once]}
"""Where nothing is differentiated any more: at the bounds the slope of `clip` is its own."""
