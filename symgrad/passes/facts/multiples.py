"""Nodes read as a scalar factor and the rest, and written so in as few operations as it takes."""

from __future__ import annotations

from itertools import combinations
from math import prod
from typing import NamedTuple

import numpy as np

from ...graph.dims import Dim, at_least, product
from ...graph.graph import Expr
from ...ops.arithmetic import divide, multiply, negative
from ...ops.op import rebuilt
from ...ops.operands import lift
from ...ops.shapes import broadcast_to

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
    return found, rebuilt(node, [one, *places])


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


def in_lowest_terms(factor: Factor) -> Factor:
    """1 over n for 2 over 2 n."""
    c, size, over = factor
    if not over or size is None or size.op != "multiply" or abs(c) == 1 or not size.args[0].value:
        return factor
    found = quotient_of_literals(Factor(c, size.args[0]))
    return factor if found is None else Factor(found.c, at_least_one(size.args[1]), True)


def scaled(factor: Factor, x: Expr) -> Expr:
    """The product of a factor and the rest, in as few operations as it takes."""
    c, size, over = factor
    if size is None:
        return x if c == 1 else negative(x) if c == -1 else multiply(c, x)
    if not over:
        return multiply(size if c == 1 else multiply(c, size), x)
    if size.value is not None and abs(c) == 1:
        return divide(x, size if c == 1 else -size.params["value"].item())
    return divide(x, _bare(size, x)) if c == 1 else multiply(divide(c, at_least_one(size)), x)


def at_least_one(size: Expr) -> Expr:
    """max(n, 1) for n: Python does not divide by 0."""
    if size.op != "dim" or _is_maximum(size):
        return size
    return lift(size.graph, at_least(size.params["size"], 1))


def _is_maximum(size: Expr) -> bool:
    text = str(size.params["size"])
    return text.startswith("max(") and text.endswith(", 1)")


def is_divisor(size: Expr, x: Expr) -> bool:
    """Whether Python may divide by it: where it is 0, x has no elements."""
    if size.op != "dim":
        return size.value is not None and bool(size.value != 0)
    return _is_maximum(size) or _bare(at_least_one(size), x) is size


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


def is_safe(factor: Factor, x: Expr) -> bool:
    """Whether the literals of a factor are normal numbers in the dtype of x."""
    numbers = [factor.c] if factor.size is None else [factor.c, *_literal(factor.size)]
    return x.type.is_floating and all(_is_normal(number, x) for number in numbers)


def quotient_of_literals(factor: Factor) -> Factor | None:
    """A literal over a literal as one number; None where that would be rounded once more."""
    size = factor.size
    assert size is not None
    divisor = size.params["value"].item()
    found = factor.c / divisor
    (a, b), (c, d), (e, f) = (v.as_integer_ratio() for v in (found, divisor, factor.c))
    return Factor(found) if a * c * f == e * b * d else None


def _literal(size: Expr) -> list[float]:
    """The number that a size is, if it is a literal or the product of two."""
    sizes = size.args if size.op == "multiply" else (size,)
    if any(s.value is None for s in sizes):
        return []
    return [prod(s.params["value"].item() for s in sizes)]


def _is_normal(number: float, x: Expr) -> bool:
    if isinstance(number, int):
        return abs(number) < 2**53
    limits = np.finfo(x.dtype)
    return bool(limits.tiny <= abs(number) <= limits.max)
