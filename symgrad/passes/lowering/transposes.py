"""Transposes move toward the outputs, so that elements are read in the order they lie in memory.

A transpose is a view that costs nothing, but NumPy computes with it at half the speed and less. An
operation on elements of transposed arrays is the transpose of the operation on the arrays, and a
reduction goes along other axes. Every element is computed as before.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...graph.dims import Dim
from ...graph.graph import Expr
from ...graph.types import Shape
from ...graph.walk import ancestors
from ...ops import typing as t
from ...ops.batching import elementwise
from ...ops.op import rebuilt, registry
from ...ops.shapes import expand_dims, reshape, transpose
from ..families.shares import unwrapped
from ..rewriting.sweep import New, sweep

_REDUCTIONS = ("sum", "mean", "max", "min", "prod", "logsumexp")
_NORMALIZED = ("softmax", "log_softmax")


def untransposed(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, computed from arrays in their own order of axes."""
    if not any(n.op == "transpose" for n in ancestors(outputs)):
        return list(outputs)
    asked, graph = {o.id for o in outputs}, outputs[0].graph
    written = max((d.stop for d in graph.derivatives), default=len(graph))

    def change(node: Expr, fresh: Expr, _: New) -> Expr | None:
        """What is returned is computed in its own order: a transpose would be copied."""
        found = _moved(fresh)
        if found is None or found.op != "transpose":
            return found
        if found.args[0].id > fresh.id and (node.id < written or node.id in graph.origins):
            graph.inherit(found.args[0], node)
        return None if node.id in asked else found

    return sweep(outputs, change)


def order_of(node: Expr) -> t.Axes:
    """The axes of what is transposed, in their new order."""
    axes: t.Axes | None = node.params["axes"]
    return tuple(range(node.ndim))[::-1] if axes is None else axes


def _moved(node: Expr) -> Expr | None:
    """The transpose of the same operation on what is transposed."""
    if "transpose" not in [a.op for a in node.args]:
        return None
    if not node.ndim and node.op not in _REDUCTIONS:
        return None
    (x, *_) = node.args
    if node.op == "transpose" and x.op == "transpose":
        inner = order_of(x)
        return transpose(x.args[0], tuple(inner[i] for i in order_of(node)))
    if x.op == "transpose":
        if node.op in _REDUCTIONS:
            return _reduced(node)
        if node.op in _NORMALIZED:
            return _normalized(node)
        if node.op == "expand_dims":
            return _expanded(node)
    return _elementwise(node) if registry[node.op].batch is elementwise else None


def _elementwise(node: Expr) -> Expr | None:
    """Where all operands of full size are transposed alike; the others are views."""
    whole = [a for a in node.args if a.shape == node.shape]
    if not whole or any(a.op != "transpose" for a in whole):
        return None
    order = order_of(whole[0])
    if any(order_of(a) != order for a in whole):
        return None
    back = tuple(order.index(i) for i in range(node.ndim))
    args = [
        a.args[0] if a.shape == node.shape else arranged(a, back) if a.ndim else a
        for a in node.args
    ]
    return transpose(rebuilt(node, args), order)


def arranged(x: Expr, order: t.Axes) -> Expr:
    """An operand, with axes of size 1 before its own, transposed: a view, of as little as can be.

    Example
    -------
    >>> from symgrad.graph.graph import Graph
    >>> arranged(Graph().input("b", "[3]"), (2, 1, 0)).shape
    (3, 1, 1)
    """
    sizes: Shape = (*[1] * (len(order) - x.ndim), *x.shape)
    shape = tuple(sizes[i] for i in order)
    core = unwrapped(x, frozenset())
    own = _longer(core.shape)
    if [core.shape[i] for i in own] != [d for d in sizes if d != 1]:
        core, own = x, _longer(x.shape)
    base, inner = core, tuple(range(core.ndim))
    if core.op == "transpose":
        base, inner = core.args[0], order_of(core)
    place = dict(zip(_longer(sizes), own, strict=True))
    wanted = [inner[place[i]] for i in order if sizes[i] != 1]
    if wanted != sorted(wanted):
        base = transpose(base, (*wanted, *(i for i in range(base.ndim) if i not in wanted)))
    return reshape(base, shape)


def _longer(sizes: Sequence[int | Dim]) -> list[int]:
    """The axes whose size is not 1."""
    return [i for i, d in enumerate(sizes) if d != 1]


def _reduced(node: Expr) -> Expr:
    """A reduction along the axes as they lie."""
    (x,), order = node.args, order_of(node.args[0])
    axes, keepdims = t.axes_of(node.params["axis"], x.ndim), node.params["keepdims"]
    along = tuple(sorted(order[i] for i in axes))
    total = registry[node.op](x.args[0], axis=along, keepdims=keepdims)
    if keepdims:
        return transpose(total, order)
    left = [order[i] for i in range(x.ndim) if i not in axes]
    return transpose(total, tuple(sorted(left).index(i) for i in left)) if left else total


def _normalized(node: Expr) -> Expr:
    """A softmax along the axes as they lie."""
    (x,), order = node.args, order_of(node.args[0])
    along = tuple(sorted(order[i] for i in t.axes_of(node.params["axis"], x.ndim)))
    return transpose(registry[node.op](x.args[0], axis=along), order)


def _expanded(node: Expr) -> Expr:
    """New axes of size 1, which are the first of what is transposed."""
    (x,), axes = node.args, node.params["axis"]
    rest = iter(len(axes) + i for i in order_of(x))
    ones = iter(range(len(axes)))
    order = tuple(next(ones) if i in axes else next(rest) for i in range(node.ndim))
    return transpose(expand_dims(x.args[0], tuple(range(len(axes)))), order)
