"""Scalar factors gathered in one place: 2.0 / n * x, (x - y) / n; signs moved where they cancel.

Values change by the rounding of a reassociated scalar factor, and in no other way: no factor is
moved where the move may overflow or underflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import inf
from typing import NamedTuple

import numpy as np

from ..graph.dims import Dim, at_least, product
from ..graph.graph import Expr
from ..ops.arithmetic import divide, multiply, negative, subtract
from ..ops.op import registry
from ..ops.operands import lift
from ..ops.shapes import broadcast_to
from .marks import Structural, reading

Opaque = frozenset[int]

_BOUNDED = frozenset(
    [
        "sigmoid",
        "tanh",
        "softmax",
        "sech",
        "sin",
        "cos",
        "erf",
        "one_hot",
        "sign",
        "heaviside",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "equal",
        "not_equal",
        "logical_and",
        "logical_or",
        "logical_not",
        "isnan",
    ]
)
"""Operations whose values are between -1 and 1."""


_FACTORED = ("negative", "multiply", "divide", "scatter_add", "add_along_axis")
"""Operations that `factored` takes a factor out of."""


class Factor(NamedTuple):
    """A Python number: a literal, times or over a size that is known when the function runs."""

    c: float = 1.0
    size: Expr | None = None
    over: bool = False

    def times(self, other: Factor) -> Factor | None:
        """The product of two; None where it is no such factor."""
        c = self.c * other.c
        if self.size is None or other.size is None:
            kept = other if self.size is None else self
            return Factor(c, kept.size, kept.over)
        if self.over != other.over:
            return None
        return Factor(c, multiply(self.size, other.size), self.over)


ONE = Factor()


def factored(node: Expr) -> tuple[Factor, Expr]:
    """A node as a factor and the rest."""
    if node.op not in _FACTORED or node.type.python or not node.type.is_floating:
        return ONE, node
    if node.op == "negative":
        return Factor(-1.0), node.args[0]
    if node.op == "multiply":
        if not (node.args[0].type.python or node.args[1].type.python):
            return ONE, node
        for a, b in (node.args, node.args[::-1]):
            found = _scalar(a) if b.type.is_floating else None
            if found is not None:
                return found, b
    a, b = node.args if node.op == "divide" else (node, node)
    if a is not b and a.type.is_floating and _scalar(b) is not None:
        return Factor(1.0, b, True), a
    return _of_scattered(node) if node.op in ("scatter_add", "add_along_axis") else (ONE, node)


def _of_scattered(node: Expr) -> tuple[Factor, Expr]:
    """One number that is added at many places, as a multiple of ones there."""
    value, *places = node.args
    typed = value.args[0] if value.op == "broadcast_to" else value
    found = _scalar(typed.args[0]) if typed.op == "astype" else None
    if found is None:
        return ONE, node
    one = broadcast_to(node.graph.constant(1.0, node.dtype), value.shape)
    return found, registry[node.op].build(node.graph, [one, *places], {**node.params})


def _scalar(node: Expr) -> Factor | None:
    """A Python number as a factor."""
    if not node.type.python or node.dtype.kind not in "if":
        return None
    if node.value is not None:
        return Factor(node.value.item())
    if node.op == "divide" and node.args[0].value is not None:
        return Factor(node.args[0].params["value"].item(), node.args[1], True)
    if node.op == "multiply" and node.args[0].value is not None:
        return Factor(node.args[0].params["value"].item(), node.args[1])
    return Factor(1.0, node)


def scaled(factor: Factor, x: Expr) -> Expr:
    """The product of a factor and the rest, in as few operations as it takes."""
    c, size, over = factor
    if size is None:
        return x if c == 1 else negative(x) if c == -1 else multiply(c, x)
    if not over:
        return multiply(size if c == 1 else multiply(c, size), x)
    if size.value is not None and abs(c) == 1:
        return divide(x, size if c == 1 else -size.params["value"].item())
    return divide(x, _bare(size, x)) if c == 1 else multiply(divide(c, _at_least_one(size)), x)


def _at_least_one(size: Expr) -> Expr:
    """max(n, 1) for n: Python does not divide by 0."""
    if size.op != "dim" or _is_maximum(size):
        return size
    return lift(size.graph, at_least(size.params["size"], 1))


def _is_maximum(size: Expr) -> bool:
    text = str(size.params["size"])
    return text.startswith("max(") and text.endswith(", 1)")


def _is_divisor(size: Expr, x: Expr) -> bool:
    """Whether Python may divide by it: where it is 0, x has no elements."""
    if size.op != "dim":
        return size.value is not None and bool(size.value != 0)
    return _is_maximum(size) or _bare(_at_least_one(size), x) is size


def _bare(size: Expr, x: Expr) -> Expr:
    """n for max(n, 1), where x has no element to be divided if n is 0."""
    if size.op != "dim" or not _is_maximum(size) or x.ndim > 4:
        return size
    axes = [d for d in x.shape if isinstance(d, Dim)]
    whole = [d for d in x.shape if isinstance(d, int)]
    for k in range(1, len(axes) + 1):
        for chosen in combinations(axes, k):
            for factor in (1, *whole, product(whole)):
                count = product([*chosen, factor])
                if at_least(count, 1) == size.params["size"]:
                    return lift(size.graph, count)
    return size


def _is_safe(factor: Factor, x: Expr) -> bool:
    """Whether the literal of a factor is a normal number in the dtype of x."""
    if not x.type.is_floating or isinstance(factor.c, int):
        return x.type.is_floating and abs(factor.c) < 2**53
    limits = np.finfo(x.dtype)
    return bool(limits.tiny <= abs(factor.c) <= limits.max)


@reading("number")
def _multiplied(node: Expr, opaque: Opaque) -> Expr | None:
    """Factors of factors are multiplied; x times 1 / n is x / n."""
    outer, x = factored(node)
    if outer is ONE or x.type.python:
        return None
    inner, rest = factored(x)
    if inner is ONE:
        plain = outer.over and outer.c == 1 and x.ndim and x.type.is_floating
        return _if_new(scaled(outer, x), node) if plain else None
    both = outer.times(inner)
    if both is None or not all(_is_safe(f, node) for f in (outer, inner, both)):
        return None
    if both.over and both.size is not None and both.c != 1:
        if not _is_divisor(both.size, rest):
            return None
        if both.size.value is not None and both.c != -1:
            both = Factor(both.c / both.size.params["value"].item())
    return _if_new(scaled(both, rest), node) if _is_safe(both, node) else None


@reading("negative", "scaled", "scatter_add", "add_along_axis")
def _negated(node: Expr, opaque: Opaque) -> Expr | None:
    """The negation of a multiple is a multiple."""
    return _multiplied(node, opaque)


def _if_new(better: Expr, node: Expr) -> Expr | None:
    return None if better is node else better


@reading("negative", "scaled", "scatter_add", "add_along_axis")
def _distributed(node: Expr, opaque: Opaque) -> Expr | None:
    """c x + c y is c (x + y), where x + y can not overflow."""
    (f, x), (g, y) = map(factored, node.args)
    if x is y and f == g and node.op == "add" and f.size is None and abs(f.c) != 1:
        return scaled(f._replace(c=2 * f.c), x)
    same = f.over == g.over and abs(f.c) == abs(g.c) and _same_size(f, g)
    if not same or f is ONE or g is ONE or (f.size is None and abs(f.c) == 1):
        return None
    if not (_is_safe(f, node) and _grows(f)) and not (is_bounded(x) or is_bounded(y)):
        return None
    first, second = f.c > 0, (g.c > 0) == (node.op == "add")
    if first == second:
        total, c = registry["add"](x, y), f.c
    else:
        total, c = subtract(x, y) if first else subtract(y, x), abs(f.c)
    size = f.size
    if f.over and size is not None:
        if abs(c) != 1 and not _is_divisor(size, total):
            return None
        size = _at_least_one(size)
    return scaled(Factor(c, size, f.over), total)


def _same_size(f: Factor, g: Factor) -> bool:
    """Whether two sizes are one; n beside max(n, 1) divides arrays that may be empty."""
    if f.size is g.size:
        return True
    if f.size is None or g.size is None or not f.over or {f.size.op, g.size.op} != {"dim"}:
        return False
    one, other = (at_least(x.params["size"], 1) for x in (f.size, g.size))
    return bool(one == other)


def _grows(f: Factor) -> bool:
    return f.size is None and 1 <= abs(f.c) < inf


def is_bounded(x: Expr, depth: int = 3) -> bool:
    """Whether no value is beyond 1."""
    if x.op in _BOUNDED:
        return True
    if x.op == "exp":
        return x.args[0].op == "log_softmax"
    passes = x.op in ("multiply", "negative", "astype", "broadcast_to", "expand_dims")
    return bool(depth) and passes and all(is_bounded(a, depth - 1) for a in x.args)


def unsigned(node: Expr) -> Expr | None:
    """The positive form of a node that is a negation, or a product or quotient with one."""
    if node.op == "negative":
        return node.args[0]
    if node.op in ("multiply", "divide"):
        a, b = node.args
        make = registry[node.op]
        if a.op == "negative" and b.op != "negative":
            return make(a.args[0], b)
        if b.op == "negative" and a.op != "negative":
            return make(a, b.args[0])
    return None


@reading("constant", "negative", "scaled", "scatter_add", "add_along_axis")
def _signs(node: Expr, opaque: Opaque) -> Expr | None:
    """x - -3 is x + 3, and x + -2 y is x - 2 y."""
    a, b = node.args
    flipped = registry["subtract" if node.op == "add" else "add"]
    literal = _negative_literal(b)
    if literal is not None and not a.type.python:
        return flipped(a, -literal)
    factor, rest = factored(b)
    if factor.c < 0:
        return flipped(a, scaled(factor._replace(c=-factor.c), rest))
    factor, rest = factored(a) if node.op == "add" else (ONE, a)
    return subtract(b, scaled(factor._replace(c=-factor.c), rest)) if factor.c < 0 else None


def _negative_literal(x: Expr) -> float | None:
    value = x.value
    if value is None or not x.type.python or x.dtype.kind not in "if" or not value < 0:
        return None
    number: float = value.item()
    return number if x.dtype.kind == "f" or number > -(2**31) else None


def _scale_outside(node: Expr, opaque: Opaque) -> Expr | None:
    """A cast of c x is c times the cast."""
    (x,) = node.args
    factor, rest = factored(x)
    if factor is ONE or x.op == "scatter_add" or x.dtype != node.dtype or not rest.ndim:
        return None
    if rest.dtype != x.dtype:
        return None
    return scaled(factor, registry["astype"](rest, node.dtype))


TABLE: Mapping[str, list[Structural]] = {
    "multiply": [_multiplied],
    "divide": [_multiplied],
    "negative": [_negated],
    "add": [_distributed, _signs],
    "subtract": [_distributed, _signs],
    "astype": [_scale_outside],
}
