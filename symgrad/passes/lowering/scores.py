"""Products larger than what they are of, as scores of attention: less is done to each element.

A number goes to a factor, Q Kᵀ / c is (Q / c) Kᵀ, and so it does where their cotangent is read. The
sum of A Bᵀ times P along the rows is the sum of A times P B, if that is computed anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from ...graph.graph import Expr
from ...graph.types import Shape
from ...graph.walk import ancestors
from ...ops import typing as t
from ...ops.op import rebuilt
from ...ops.products import matmul
from ...ops.reductions import sum_
from ...ops.shapes import transpose
from ..rewriting.sweep import New, sweep
from .contractions import TYPICAL, typical_size
from .transposes import order_of

_SCALES = ("divide", "multiply")
_READERS = frozenset({"where", "softmax", "log_softmax", "logsumexp", "exp"})  # of scores
_GAIN = 2  # times as large a product must be as each of its factors
_SMALL = 4  # times as small must be what takes a number over
Turned = tuple[int, t.Axes]


def scored(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with numbers and sums where there are fewer elements."""
    nodes = ancestors(outputs) if "matmul" in outputs[0].graph.ops else ()
    large = {n.id for n in nodes if n.op == "matmul" and _is_large(n)}
    if not large:
        return list(outputs)
    scores = _scores(nodes, outputs, large)
    alone = _read_by_products(nodes, outputs, {x.shape for x in scores.values()})
    products = {(n.args[0].id, _turned(n.args[1])): n for n in nodes if n.op == "matmul"}

    def change(node: Expr, fresh: Expr, new: New) -> Expr | None:
        if node.id in scores:
            return _scaled_factor(fresh, new[scores[node.id].id])
        if node.op == "matmul":
            return _unscaled(node, fresh, alone)
        return _row_sum(node, large, products, new) if node.op == "sum" else None

    return sweep(outputs, change)


def _scores(
    nodes: Sequence[Expr], outputs: Sequence[Expr], large: Collection[int]
) -> dict[int, Expr]:
    """The large products over numbers that a softmax or its like reads, and nothing else."""
    readers = Counter(a.id for n in nodes for a in n.args)
    readers.update(o.id for o in outputs)
    read = {a for n in nodes if n.op in _READERS for a in n.args}
    pairs = {n.id: product for n in read if (product := _array(n)) is not None}
    return {i: x for i, x in pairs.items() if x.id in large and readers[x.id] == 1}


def _is_large(node: Expr) -> bool:
    """Whether a product is larger than its factors, of which one size is summed over."""
    a, b = node.args
    if a.ndim < 2 or b.ndim < 2:
        return False
    inner = a.shape[-1] if isinstance(a.shape[-1], int) else TYPICAL
    if any(isinstance(d, int) and d < _GAIN * inner for d in (a.shape[-2], b.shape[-1])):
        return False
    return typical_size(node) >= _GAIN * max(typical_size(a), typical_size(b))


def _array(x: Expr) -> Expr | None:
    """The array in an array times, or over, a number."""
    for a, number in (x.args, x.args[::-1]) if x.op in _SCALES else ():
        if not number.ndim and a.type == x.type and (a is x.args[0] or x.op == "multiply"):
            return a
    return None


def _scaled(x: Expr, scale: Expr) -> Expr:
    """The same multiple of another array."""
    array = _array(scale)
    return rebuilt(scale, [x if a is array else a for a in scale.args])


def _read_by_products(
    nodes: Sequence[Expr], outputs: Sequence[Expr], shapes: Collection[Shape]
) -> set[int]:
    """What is an array over a number, like scores, and read by products with small ones alone."""
    if not shapes:
        return set()
    others = {o.id for o in outputs}
    for n in nodes:
        for a, other in zip(n.args, n.args[::-1], strict=True):
            small = n.op == "matmul" and _SMALL * typical_size(other) <= typical_size(a)
            turned = n.op == "transpose" and n.id not in others
            if not small and not turned:
                others.add(a.id)
    like = [n for n in nodes if n.shape in shapes and _array(n) is not None]
    return {n.id for n in like if n.id not in others}


def _scaled_factor(node: Expr, product: Expr) -> Expr | None:
    """a b / c as (a / c) b."""
    if product.op != "matmul" or _array(node) is not product:
        return None
    return matmul(_scaled(product.args[0], node), product.args[1])


def _unscaled(node: Expr, fresh: Expr, alone: Collection[int]) -> Expr | None:
    """(a / c) b as a (b / c), of a large a."""
    for i in (0, 1):
        large, small = fresh.args[i], fresh.args[1 - i]
        turned = large.op == "transpose"
        scale = large.args[0] if turned else large
        x = _array(scale)
        if x is None or (node.args[i].args[0] if turned else node.args[i]).id not in alone:
            continue
        x, small = transpose(x, order_of(large)) if turned else x, _scaled(small, scale)
        return matmul(small, x) if i else matmul(x, small)
    return None


def _row_sum(
    node: Expr, large: Collection[int], products: Mapping[tuple[int, Turned], Expr], new: New
) -> Expr | None:
    """The sum of A Bᵀ times P along the rows, where P B is known."""
    (x,) = node.args
    if x.op != "multiply" or t.axes_of(node.params["axis"], x.ndim) != (x.ndim - 1,):
        return None
    for scores, p in (x.args, x.args[::-1]):
        if scores.id in large and p.shape == scores.shape:
            a, b = scores.args
            known = products.get((p.id, _turned(b, swapped=True)))
            if known is not None and known.id in new and known.type == a.type:
                return sum_(new[a.id] * new[known.id], axis=-1, keepdims=node.params["keepdims"])
    return None


def _turned(x: Expr, swapped: bool = False) -> Turned:
    """What is transposed, and how; with the last two axes swapped if asked for."""
    base, order = (x.args[0], order_of(x)) if x.op == "transpose" else (x, tuple(range(x.ndim)))
    return base.id, (*order[:-2], *order[-1:], *order[-2:-1]) if swapped else order
