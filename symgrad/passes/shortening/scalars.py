"""Scalar factors gathered in one place: 2.0 / n * x, (x - y) / n; signs moved where they cancel.

Values change by the rounding of a reassociated scalar factor, and in no other way: no factor is
moved where the move may overflow or underflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from ...graph.dims import at_least
from ...graph.graph import Expr
from ...graph.types import BOOL
from ...ops.arithmetic import subtract
from ...ops.op import rebuilt, registry
from ..facts.marks import Opaque, Structural, reading, reading_all
from ..facts.multiples import (
    ONE,
    Factor,
    at_least_one,
    factored,
    in_lowest_terms,
    is_divisor,
    is_safe,
    quotient_of_literals,
    scaled,
)

_BOUNDED = frozenset({"sigmoid", "tanh", "softmax", "sech", "sin", "cos", "erf", "one_hot", "sign"})
_BOUNDED |= {"heaviside"}
"""Operations whose values are between -1 and 1."""


_SIGNED = frozenset({"multiply", "divide", "matmul"})


@reading("number")
def _divided(node: Expr, opaque: Opaque) -> Expr | None:
    """Factors of factors are multiplied; x times 1 / n is x / n."""
    outer, x = factored(node)
    if outer is ONE or x.type.python:
        return None
    inner, rest = factored(x)
    if inner is ONE:
        plain = outer.over and outer.c == 1 and x.ndim and x.type.is_floating
        return _if_new(scaled(outer, x), node) if plain else None
    both = outer.times(inner)
    both = both and in_lowest_terms(both)
    if both is None or not all(is_safe(f, node) for f in (outer, inner, both)):
        return None
    if both.over and both.size is not None and both.c != 1:
        if not is_divisor(both.size, rest):
            return None
        if both.size.value is not None and both.c != -1:
            both = quotient_of_literals(both)
    if both is None:
        return None
    return _if_new(scaled(both, rest), node) if is_safe(both, node) else None


@reading("number")
@reading("negative", "scaled", "scatter_add", "add_along_axis")
def _multiplied(node: Expr, opaque: Opaque) -> Expr | None:
    """Factors of factors are multiplied."""
    return _divided(node, opaque)


@reading("negative", "scaled", "scatter_add", "add_along_axis")
def _negated(node: Expr, opaque: Opaque) -> Expr | None:
    """The negation of a multiple is a multiple."""
    return _divided(node, opaque)


def _if_new(better: Expr, node: Expr) -> Expr | None:
    return None if better is node else better


@reading_all("negative", "scaled", "scatter_add", "add_along_axis")
def _distributed(node: Expr, opaque: Opaque) -> Expr | None:
    """c x + c y is c (x + y), where x + y can not overflow."""
    (f, x), (g, y) = map(factored, node.args)
    if x is y and f == g and node.op == "add" and f.size is None and abs(f.c) != 1:
        return scaled(f._replace(c=2 * f.c), x)
    same = f.over == g.over and abs(f.c) == abs(g.c) and same_size(f, g)
    if not same or f is ONE or g is ONE or (f.size is None and abs(f.c) == 1):
        return None
    if not (is_safe(f, node) and _grows(f)) and not (is_bounded(x) or is_bounded(y)):
        return None
    first, second = f.c > 0, (g.c > 0) == (node.op == "add")
    if first == second:
        total, c = registry["add"](x, y), f.c
    else:
        total, c = subtract(x, y) if first else subtract(y, x), abs(f.c)
    size = f.size
    if f.over and size is not None:
        if abs(c) != 1 and not is_divisor(size, total):
            return None
        size = at_least_one(size)
    return scaled(Factor(c, size, f.over), total)


@reading_all("multiply")
def _common_factor(node: Expr, opaque: Opaque) -> Expr | None:
    """x y - z y is (x - z) y, which does not cancel; both products are as large as the result."""
    products = all(x.op == "multiply" and x.id not in opaque for x in node.args)
    if not (products and node.ndim and node.type.is_floating):
        return None
    (a, b), (c, d) = (x.args for x in node.args)
    for x, y in ((a, b), (b, a)):
        if y is c or y is d:
            z = d if y is c else c
            alike = x.shape == y.shape == z.shape == node.shape
            return (x - z) * y if alike and x.dtype == z.dtype == node.dtype else None
    return None


def same_size(f: Factor, g: Factor) -> bool:
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
    if x.op in _BOUNDED or x.dtype == BOOL:
        return True
    if x.op == "exp":
        return x.args[0].op == "log_softmax"
    passes = x.op in ("multiply", "negative", "astype", "broadcast_to", "expand_dims")
    return bool(depth) and passes and all(is_bounded(a, depth - 1) for a in x.args)


def is_signed(node: Expr) -> bool:
    """Whether a node is a negation, or a product or quotient with one: see `unsigned`."""
    if node.op in _SIGNED:
        a, b = node.args
        return _is_negated(a) != _is_negated(b)
    return node.op == "negative"


def _is_negated(x: Expr) -> bool:
    """Whether an operand is a negation, perhaps transposed."""
    return x.op == "negative" or (x.op == "transpose" and x.args[0].op == "negative")


def unsigned(node: Expr) -> Expr | None:
    """The positive form of a node that is a negation, or a product or quotient with one."""
    if node.op == "negative":
        return node.args[0]
    return registry[node.op](*map(_positive, node.args)) if is_signed(node) else None


def _positive(x: Expr) -> Expr:
    """The positive form of an operand."""
    if not _is_negated(x):
        return x
    return x.args[0] if x.op == "negative" else rebuilt(x, x.args[0].args)


@reading("minus", "scatter_add", "add_along_axis")
def _signs(node: Expr, opaque: Opaque) -> Expr | None:
    """x - -3 is x + 3, and x + -2 y is x - 2 y."""
    a, b = node.args
    flipped = registry["subtract" if node.op == "add" else "add"]
    number = _negative_literal(b)
    if number is not None and not a.type.python:
        return flipped(a, -number)
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
    "divide": [_divided],
    "negative": [_negated],
    "add": [_distributed, _signs],
    "subtract": [_distributed, _signs, _common_factor],
    "astype": [_scale_outside],
}
