"""Where an untaken branch may be evaluated safely: under which conditions a node is wanted at all.

``where(x > 0, log(x), 0)`` computes ``log(x)`` everywhere and drops it where x <= 0. The value is
right and the derivative is not: 0 * (1 / 0) is nan. So an operation that fails somewhere gets,
where no reader wants it, an operand at which it does not fail. (The "double where" that users of
other tools have to write by hand.)

A *literal* says that a node ``selector`` takes its i-th operand; a node is wanted only where all
its literals hold, which are those that all its readers share. One pass, linear in the nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..graph.graph import Expr, operations
from ..graph.walk import ancestors
from .batching import elementwise
from .literals import python_number
from .op import Op, rebuilt, registry
from .reductions import with_axes

_JOINS = frozenset({"stack", "concatenate"})
_MOST = 4  # literals of one node; fewer are as right, and guard less


class Literal(NamedTuple):
    """Where an operand of a selector is taken; ``reductions``: the nodes on the way down.

    These are reductions and joins: they have other axes than their operands.
    """

    selector: Expr
    i: int
    reductions: tuple[Expr, ...] = ()


Literals = frozenset[Literal]
_ALWAYS: Literals = frozenset()


def wanted(nodes: Sequence[Expr], outputs: Collection[Expr], values: bool) -> dict[int, Literals]:
    """For the ids of nodes that are not wanted everywhere, their literals.

    Parameters
    ----------
    nodes : sequence of Expr
        In topological order.
    outputs : collection of Expr
        What is wanted everywhere.
    values : bool
        Whether values are wanted, or derivatives only: maximum reads the values of both operands,
        and passes its derivative on to the larger.
    """
    if not any(registry[op].selects for op in {node.op for node in nodes}):
        return {}  # nothing is chosen, so all is wanted
    found: dict[int, Literals] = {y.id: _ALWAYS for y in outputs}
    for node in reversed(nodes):
        here = found.get(node.id, _ALWAYS)
        selects = () if values and node.op != "where" else _row(node).selects
        if not here and not any(selects):
            found.update((a.id, _ALWAYS) for a in node.args)
            continue
        passed = _passed_on(node, here)
        for i, a in enumerate(node.args):
            own = [Literal(node, i)] if i < len(selects) and selects[i] else []
            new = frozenset([*passed, *own]) if len(passed) < _MOST else passed
            found[a.id] = found[a.id] & new if a.id in found else new
    return {i: literals for i, literals in found.items() if literals}


def _row(node: Expr) -> Op:
    return registry[node.op]


def _passed_on(node: Expr, literals: Literals) -> Literals:
    """The literals of a node that hold for its operands too."""
    if not literals or _row(node).batch is elementwise:
        return literals
    row = _row(node)  # with keepdims it takes axes away
    if node.op in _JOINS or ("keepdims" in row.defaults and not row.constant_derivative):
        return frozenset(x._replace(reductions=(*x.reductions, node)) for x in literals)
    return frozenset(x for x in literals if not x.selector.ndim)


def guarded(node: Expr, args: Sequence[Expr], literals: Literals) -> list[Expr]:
    """The operands of a node, safe where it is not wanted."""
    row = _row(node)
    safe = row.safe(node) if callable(row.safe) else row.safe
    if not literals or not any(s is not None for s in safe):
        return list(args)
    new = [
        a if s is None or a.value is not None else _guard(a, literals, s)
        for a, s in zip(args, [*safe, *[None] * len(args)], strict=False)
    ]
    guards = {a.id: b for a, b in zip(args, new, strict=True) if a is not b}
    return [guards.get(a.id, b) if a is b else b for a, b in zip(args, new, strict=True)]  # x / x


def _guard(a: Expr, literals: Literals, safe: float) -> Expr:
    """The operand where it is wanted, else the safe value."""
    for literal in sorted(
        literals, key=lambda x: (x.selector.id, x.i, *(r.id for r in x.reductions))
    ):
        mask = _mask(literal, a)
        if _is_guarded(a, mask, safe):
            continue
        negated = mask.op == "logical_not"
        choice = (mask.args[0], safe, a) if negated else (mask, a, safe)
        a = operations["where"](*choice)
    return a


def _is_guarded(a: Expr, mask: Expr, safe: float) -> bool:
    """Whether an operand is a choice of this mask and this safe value already."""
    negated = mask.op == "logical_not"
    condition = mask.args[0] if negated else mask
    while a.op == "where":
        inner, other = a.args[1:] if a.args[2].value is not None else a.args[:0:-1]
        if python_number(other) != safe:
            return False
        if a.args[0] is condition and (inner is a.args[2]) == negated:
            return True
        a = inner
    return False


def _mask(literal: Literal, operand: Expr) -> Expr:
    """Where a literal holds for some element that the operand serves."""
    selector = literal.selector
    rule = _row(selector).selects[literal.i]
    assert rule is not None
    mask: Expr = rule(*selector.args, **selector.params)
    for reduction in literal.reductions:
        mask = _fitted(mask, reduction)
        if reduction.op in _JOINS:
            mask = _before_join(mask, reduction)
            continue
        axis, keepdims = reduction.params["axis"], reduction.params["keepdims"]
        mask = with_axes(mask, reduction.args[0], axis, keepdims)
    return _fitted(mask, operand)


def _before_join(mask: Expr, node: Expr) -> Expr:
    """A mask for each operand of a join: true where one of them is wanted."""
    axis = node.params["axis"] - (node.ndim - mask.ndim)
    if axis < 0:
        return mask
    return operations["any"](mask, axis=axis, keepdims=node.op == "concatenate")


def _fitted(mask: Expr, node: Expr) -> Expr:
    """A mask that broadcasts to a node: true where it is true for some of what the node serves."""
    extra = mask.ndim - node.ndim
    if extra > 0:
        mask = operations["any"](mask, axis=tuple(range(extra)))
    lead = node.ndim - mask.ndim
    single = tuple(i for i, d in enumerate(mask.shape) if d != 1 and node.shape[lead + i] == 1)
    return operations["any"](mask, axis=single, keepdims=True) if single else mask


def guard(outputs: Sequence[Expr], keep: Sequence[Expr] = ()) -> list[Expr]:
    """The outputs with safe operands in branches that `where` does not take."""
    if "where" not in outputs[0].graph.ops:
        return list(outputs)
    nodes = ancestors(outputs)
    literals = wanted(nodes, {*outputs, *keep}, values=True)
    new: dict[int, Expr] = {x.id: x for x in keep}
    for node in nodes:
        if node.id not in new:
            new[node.id] = _rebuilt(node, [new[a.id] for a in node.args], literals)
    return [new[y.id] for y in outputs]


def _rebuilt(node: Expr, args: list[Expr], literals: Mapping[int, Literals]) -> Expr:
    safe = guarded(node, args, literals.get(node.id, _ALWAYS))
    if all(a is b for a, b in zip(safe, node.args, strict=True)):
        return node
    made = rebuilt(node, safe)
    if made is not node and made.id not in node.graph.origins:
        node.graph.inherit(made, node)
    return made
