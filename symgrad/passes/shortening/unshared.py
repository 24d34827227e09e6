"""Rewrites that pay only where nothing else reads an operand: one pass that counts the readers."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from math import inf
from operator import attrgetter

from ...graph.graph import Expr
from ...graph.records import record
from ...graph.walk import ancestors
from ...ops.arithmetic import negative
from ...ops.diagonals import diag
from ...ops.op import registry
from ...ops.shapes import broadcast_to, transpose
from ..facts.multiples import ONE, factored, scaled
from .scalars import is_signed, unsigned

_SIGNED = frozenset({"negative", "multiply", "divide"})
Alone = Callable[[Expr], bool]
"""Whether a node has one reader."""


def _out_of_sum(node: Expr, alone: Alone) -> Expr | None:
    sign = _sign_outside(node, alone)
    return _factor_outside(node, alone) if sign is None else sign


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
    "expand_dims": (_factor_outside, "expand_dims"),
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
    def counts(self) -> Counter[Expr]:
        """How often each node is read; counted when it is first asked."""
        return Counter(chain(self.outputs, chain.from_iterable([n.args for n in self.nodes])))

    def alone(self, x: Expr) -> bool:
        """Whether a node has one reader."""
        return self.counts[x] < 2


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
            readers.counts[better] = max(readers.counts[better], readers.counts[node])
            if better.id >= first and better.id not in node.graph.origins:
                node.graph.inherit(better, node)
            new[node] = better
    return [new.get(o, o) for o in outputs]


def _rebuilt(node: Expr, new: Mapping[Expr, Expr]) -> Expr:
    args = tuple([new.get(a, a) for a in node.args])
    return node.graph.append(node.op, args, node.params, node.type)
