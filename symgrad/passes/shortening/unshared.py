"""Rewrites that pay only where nothing else reads an operand: one pass that counts the readers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import inf
from operator import attrgetter

import numpy as np

from ...graph.graph import Expr
from ...graph.records import record
from ...graph.walk import ancestors
from ...ops.arithmetic import negative
from ...ops.diagonals import diag
from ...ops.indices import WHOLE
from ...ops.op import registry
from ...ops.reductions import sum_
from ...ops.shapes import broadcast_to, squeeze, transpose
from ...ops.typing import Axes, axes_of
from ..facts.multiples import ONE, factored, scaled
from .scalars import is_signed, unsigned

_SIGNED = frozenset({"negative", "multiply", "divide"})
Alone = Callable[[Expr], bool]
"""Whether a node has one reader."""


def _out_of_sum(node: Expr, alone: Alone) -> Expr | None:
    for change in (_sign_outside, _factor_outside, _divisor_outside):
        found = change(node, alone)
        if found is not None:
            return found
    return None


def _divisor_outside(node: Expr, alone: Alone) -> Expr | None:
    """sum(g (y / s)) for y = x / s, as in the slope of a divisor, is sum(g y) / s.

    So it is where s is one number for each sum: g y is as large as what is differentiated.
    """
    (x,) = node.args
    for g, q in (x.args, x.args[::-1]) if x.op == "multiply" else ():
        if q.op == "divide" and q.args[0].op == "divide" and alone(x) and alone(q):
            y, s = q.args
            axes = axes_of(node.params["axis"], x.ndim)
            if y.args[1] is s and _is_constant(s, x, axes):
                total = sum_(g * y, **node.params)
                return total / (s if total.ndim == x.ndim else _without(s, x, axes))
    return None


def _is_constant(s: Expr, x: Expr, axes: Axes) -> bool:
    """Whether an operand that is broadcast has one number along axes, and all along the others."""
    kept = tuple(1 if i in axes else d for i, d in enumerate(x.shape))
    return s.shape == kept[x.ndim - s.ndim :]


def _without(s: Expr, x: Expr, axes: Axes) -> Expr:
    """Such an operand without these axes."""
    own = tuple(i + s.ndim - x.ndim for i in axes if i + s.ndim >= x.ndim)
    return squeeze(s, own) if own else s


def _sign_outside(node: Expr, alone: Alone) -> Expr | None:
    """A sum of negations is the negation of a sum, which has fewer elements."""
    (x,) = node.args
    positive = unsigned(x) if is_signed(x) and x.type.is_floating and x.ndim and alone(x) else None
    return None if positive is None else negative(registry[node.op](positive, **node.params))


def _factor_outside(node: Expr, alone: Alone) -> Expr | None:
    """What only rearranges elements is applied before their factor, which others then take up."""
    (x,) = node.args
    factor, rest = factored(x) if x.op in _SIGNED else (ONE, x)
    if factor is ONE or not rest.ndim or not alone(x):
        return None
    if node.op == "sum" and not (factor.size is None and 1 <= abs(factor.c) < inf):
        return None  # the sum of larger elements may overflow
    return scaled(factor, registry[node.op](rest, **node.params))


def _new_axes(node: Expr, alone: Alone) -> Expr | None:
    """Axes that a reduction loses are kept where they are put back, as derivatives keep them."""
    x = node.args[0]
    if x.params.get("keepdims", True) or not alone(x):
        return _factor_outside(node, alone) if node.op == "expand_dims" else None
    index = node.params.get("index", ())
    only = all(i is None or i == WHOLE for i in index)
    axes = node.params.get("axis") or tuple(i for i, new in enumerate(index) if new is None)
    if not only or axes != axes_of(x.params["axis"], x.args[0].ndim):
        return None
    return registry[x.op](*x.args, **{**x.params, "keepdims": True})


def _signs(node: Expr, alone: Alone) -> Expr | None:
    """x + (-y) z is x - y z, and (-y) z - x is -(y z + x)."""
    a, b = node.args
    positive = unsigned(b) if is_signed(b) and alone(b) else None
    if positive is not None:
        return registry["subtract" if node.op == "add" else "add"](a, positive)
    first = unsigned(a) if a.op != "negative" and is_signed(a) and alone(a) else None
    if first is None:
        return None
    return b - first if node.op == "add" else negative(first + b)


def _cancelled(node: Expr, alone: Alone) -> Expr | None:
    """-((-x) y) is x y."""
    (x,) = node.args
    floating = x.type.is_floating and not x.type.python
    return unsigned(x) if floating and is_signed(x) and alone(x) else None


def _transposed_product(node: Expr, alone: Alone) -> Expr | None:
    """(aᵀ b)ᵀ is bᵀ a."""
    (x,) = node.args
    if x.op != "matmul" or not alone(x) or node.params["axes"] is not None:
        return None
    a, b = x.args
    if {a.ndim, b.ndim} != {2} or not any(m.op == "transpose" for m in (a, b)):
        return None
    return registry["matmul"](*(m.args[0] if m.op == "transpose" else transpose(m) for m in (b, a)))


def _diagonal_of_one_number(node: Expr, alone: Alone) -> Expr | None:
    """A number times the identity is put on the diagonal: n products less for each row."""
    for unit, x in (node.args, node.args[::-1]):
        if unit.op == "eye" and not x.ndim and x.dtype == node.dtype and not x.type.weak:
            return diag(broadcast_to(x, unit.shape[:1]))
    return None


Change = Callable[[Expr, Alone], Expr | None]
TABLE: Mapping[str, tuple[Change, str]] = {
    "sum": (_out_of_sum, "sum"),
    "mean": (_sign_outside, "negative"),
    "expand_dims": (_new_axes, "expand_dims"),
    "getitem": (_new_axes, "getitem"),
    "squeeze": (_factor_outside, "squeeze"),
    "add": (_signs, "negative"),
    "subtract": (_signs, "negative"),
    "negative": (_cancelled, "negative"),
    "transpose": (_transposed_product, "matmul"),
    "multiply": (_diagonal_of_one_number, "eye"),
}
"""By operation the change, and which operation a graph must have for it."""


def unshared(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with these rewrites."""
    ops = outputs[0].graph.ops
    table = {k: change for k, (change, other) in TABLE.items() if k in ops and other in ops}
    nodes = ancestors(outputs) if table else []
    readers = _Readers(outputs, nodes)
    # Mostly nothing is changed, and then little is looked at.
    for node in [n for n in nodes if n.op in table]:
        if table[node.op](node, readers.alone) is not None:
            first = bisect_left(nodes, node.id, key=attrgetter("id"))
            return _changed(outputs, nodes[first:], table, readers)
    return list(outputs)


@record
class _Readers:
    outputs: Sequence[Expr]
    nodes: Sequence[Expr]

    @cached_property
    def shared(self) -> set[int]:
        """What is read more than once, by ids; counted when it is first asked."""
        read = [a.id for n in self.nodes for a in n.args] + [o.id for o in self.outputs]
        return {*np.flatnonzero(np.bincount(read) > 1).tolist()}

    def alone(self, x: Expr) -> bool:
        """Whether a node has one reader."""
        return x.id not in self.shared


def _changed(
    outputs: Sequence[Expr], nodes: Sequence[Expr], table: Mapping[str, Change], readers: _Readers
) -> list[Expr]:
    first = readers.nodes[-1].id + 1  # of the nodes that are made here
    new: dict[Expr, Expr] = {}
    changed = new.keys()
    for node in nodes:
        change = table.get(node.op)
        same = changed.isdisjoint(node.args)
        if change is None and same:
            continue
        better = fresh = node if same else _rebuilt(node, new)
        if change is not None:
            found = change(fresh, readers.alone)
            better = fresh if found is None or found.type != node.type else found
        if better is not node:
            if not readers.alone(node):
                readers.shared.add(better.id)
            if better.id >= first and better.id not in node.graph.origins:
                node.graph.inherit(better, node)
            new[node] = better
    return [new.get(o, o) for o in outputs]


def _rebuilt(node: Expr, new: Mapping[Expr, Expr]) -> Expr:
    args = tuple([new.get(a, a) for a in node.args])
    return node.graph.append(node.op, args, node.params, node.type)
