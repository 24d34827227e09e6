"""Rewrites of elementwise operations on operands that need not be as large, or as typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import ShapeError
from ...graph.graph import Expr
from ...graph.types import broadcast
from ...ops import typing as t
from ...ops.batching import elementwise
from ...ops.indices import WHOLE
from ...ops.labels import one_hot
from ...ops.op import rebuilt, registry
from ..facts.marks import Opaque, Structural, reading

_ROWS = [op for op in registry.values() if op.batch is elementwise and len(op.operands) > 1]


@reading("broadcast_to")
def _broadcast_anyway(node: Expr, opaque: Opaque) -> Expr | None:
    """An operand that another operand broadcasts need not be broadcast before."""
    for i, a in enumerate(node.args):
        if a.op != "broadcast_to" or a.id in opaque:
            continue
        operands = [*node.args[:i], a.args[0], *node.args[i + 1 :]]
        if _shape(operands) == node.shape:
            return rebuilt(node, operands)
    return None


def _shape(operands: Sequence[Expr]) -> object:
    try:
        return broadcast(*(a.shape for a in operands))
    except ShapeError:
        return None


@reading("expand_dims", "getitem", "sum", "mean", "max", "min")
def _broadcast_in_front(node: Expr, opaque: Opaque) -> Expr | None:
    """New axes in front, where another operand has all of them, are NumPy's own.

    Not of `where`, which guards put around operands: they would no longer know their own.
    """
    for i, a in enumerate(() if node.op == "where" else node.args):
        plain = None if a.shape[:1] != (1,) or a.id in opaque else _without_front(a)
        if plain is not None:
            operands = [*node.args[:i], plain, *node.args[i + 1 :]]
            if _shape(operands) == node.shape:
                return rebuilt(node, operands)
    return None


def _without_front(a: Expr) -> Expr | None:
    """An operand without the axes of size 1 that were put, or kept, in front."""
    (x, *_), params = a.args or (a,), a.params
    if a.op == "expand_dims":
        return x if params["axis"] == tuple(range(a.ndim - x.ndim)) else None
    if a.op == "getitem":
        new = a.ndim - x.ndim
        return x if params["index"] == (*[None] * new, *[WHOLE] * x.ndim) else None
    if not params.get("keepdims"):
        return None
    axes = t.axes_of(params["axis"], x.ndim)
    front = axes == tuple(range(len(axes))) and len(axes) < x.ndim
    return registry[a.op](x, **{**params, "keepdims": False}) if front else None


@reading("typed", "astype", "one_hot")
def _plain_operand(node: Expr, opaque: Opaque) -> Expr | None:
    """An operand adopts the dtype of what it meets, and need not be cast to it before."""
    for i, a in enumerate(node.args):
        if a.op not in ("constant", "astype", "one_hot"):
            continue
        rest = [*node.args[:i], *node.args[i + 1 :]]
        if not any(_gives(b, a.dtype) for b in rest):
            continue
        plain = None if a.id in opaque else _plain(a)
        if plain is not None:
            operands = [*node.args[:i], plain, *node.args[i + 1 :]]
            better = rebuilt(node, operands)
            if better is not node:
                return better
    return None


def _gives(b: Expr, dtype: Any) -> bool:
    """Whether numbers have this dtype beside an operand: of integers NumPy makes float64."""
    whole = dtype == np.float64 and b.dtype.kind in "iub"
    return not b.type.weak and (whole or b.dtype == dtype)


def _plain(a: Expr) -> Expr | None:
    """An operand without its cast, which adopts the same dtype by itself."""
    if not a.type.is_floating:
        return None
    if a.value is not None:
        plain = a.shape == () and not a.type.weak
        return a.graph.constant(a.value.item()) if plain else None
    if a.op == "one_hot" and a.type.weak:
        return one_hot(a.args[0], a.params["depth"], a.dtype)
    if a.op != "astype":
        return None
    (inner,) = a.args
    if inner.type.python:
        return a.graph.constant(float(inner.value)) if inner.value is not None else inner
    return inner if inner.type.weak and inner.dtype == a.dtype else None


@reading("typed")
def _negated_constant(node: Expr, opaque: Opaque) -> Expr | None:
    """The negation of a constant is done now."""
    (x,) = node.args
    known = x.value is not None and not x.type.weak and not x.shape and x.type.is_floating
    return node.graph.constant(-x.params["value"], x.dtype) if known else None


TABLE: Mapping[str, list[Structural]] = {
    "negative": [_negated_constant],
    **{op.name: [_broadcast_anyway, _broadcast_in_front, _plain_operand] for op in _ROWS},
}
