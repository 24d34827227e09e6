"""Where an untaken branch may be evaluated safely: under which conditions a node is wanted at all.

``where(x > 0, log(x), 0)`` computes ``log(x)`` everywhere and drops it where x <= 0. The value is
right and the derivative is not: 0 * (1 / 0) is nan. So an operation that fails somewhere gets,
where no reader wants it, an operand at which it does not fail. (The "double where" that users of
other tools have to write by hand.)

A *literal* says that a node ``selector`` takes its i-th operand; a node is wanted only where all
its literals hold, which are those that all its readers share. One pass, linear in the nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..graph.graph import Expr, operations
from ..graph.walk import ancestors
from .batching import elementwise
from .literals import python_number
from .op import Op, rebuilt, registry
from .reductions import with_axes

_JOINS = frozenset({"stack", "concatenate"})
_PRODUCTS = frozenset({"multiply", "square", "power", "divide"})
"""Their slopes are multiples of operands, and 0 times an infinite one is nan."""
_CARRYING = frozenset({"add", "subtract", "negative", "sqrt", "where"}) | _PRODUCTS
_INFINITE = {"exp", "exp2", "expm1", "expm1_less", "exprel", "sinh", "sinh_less", "cosh", "coshm1"}
_INFINITE |= {"power", "gamma", "gammaln", "log", "log2", "log10", "log1p"}
"""Infinite in the range of floats, or at 0: of what a maximum or minimum does not take."""
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
    """For the ids of nodes that fail somewhere and are not wanted everywhere, their literals.

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
    ops = {node.op for node in nodes}
    selecting = {op for op in ops if _selects(op, values)}
    if not selecting:
        return {}  # nothing is chosen, so all is wanted
    factors = _PRODUCTS if not values and not ops.isdisjoint(_INFINITE) else ()
    failing = {op for op in ops if op in factors or _fails(op)}
    return {n.id: here for n, here in _held(nodes, outputs, selecting, values) if n.op in failing}


def _held(
    nodes: Sequence[Expr], outputs: Iterable[Expr], selecting: Collection[str], values: bool
) -> Iterator[tuple[Expr, Literals]]:
    """The nodes that are not wanted everywhere, the last first, with their literals."""
    found: dict[int, Literals] = {}
    always = bytearray(len(nodes[0].graph))  # 1: wanted everywhere
    first: dict[tuple[int, int], Expr] = {}  # of the choices by one condition
    for y in outputs:
        always[y.id] = 1
    for node in reversed(nodes):
        if not always[node.id] and node.id not in found:
            continue  # only compared: no derivative comes here
        here = _ALWAYS if always[node.id] else found[node.id]
        if here:
            yield node, here
            here = _passed_on(node, here)
        selects = registry[node.op].selects if node.op in selecting and len(here) < _MOST else ()
        for i, a in enumerate(node.args):
            if not always[a.id] and (values or _carries(node.op, i)):
                own = selects and i < len(selects) and selects[i]
                new = here | {_literal(node, i, None if values else first)} if own else here
                before = found.get(a.id, new)
                found[a.id] = both = new if before is new else before & new
                always[a.id] = not both


def _literal(node: Expr, i: int, first: dict[tuple[int, int], Expr] | None) -> Literal:
    """That a node takes its i-th operand: one literal for all choices by one condition.

    Not for values: guards of shared quotients would come before these cancel.
    """
    if node.op == "where" and first is not None:
        node = first.setdefault((node.args[0].id, i), node)
    return Literal(node, i)


def _carries(op: str, i: int) -> bool:
    """Whether the derivative goes on to an operand: it does not to that of a comparison."""
    vjp = registry[op].vjp
    return callable(vjp) or (vjp is not None and vjp[i] is not None)


def _selects(op: str, values: bool) -> bool:
    """Whether an operation chooses among its operands."""
    return op == "where" if values else any(registry[op].selects)


def _fails(op: str) -> bool:
    """Whether an operation may have no value, or no slope, at some operands."""
    safe = registry[op].safe
    return callable(safe) or any(s is not None for s in safe)


def _row(node: Expr) -> Op:
    return registry[node.op]


def _passed_on(node: Expr, literals: Literals) -> Literals:
    """The literals of a node that hold for its operands too."""
    row = _row(node)
    if row.batch is elementwise:
        return literals
    # with keepdims it takes axes away
    if node.op in _JOINS or ("keepdims" in row.defaults and not row.constant_derivative):
        return frozenset(x._replace(reductions=(*x.reductions, node)) for x in literals)
    return frozenset(x for x in literals if not x.selector.ndim)


def infinite(nodes: Iterable[Expr]) -> set[int]:
    """The ids of nodes that may be infinite at finite operands, and of comparisons with them."""
    found = set[int]()
    for node in nodes:
        if node.op in _INFINITE:
            if node.op != "power" or node.args[1].value is None:
                found.add(node.id)
        elif (node.op in _CARRYING or node.dtype.kind == "b") and any(
            a.id in found for a in node.args
        ):
            found.add(node.id)
    return found


def guarded(
    node: Expr, args: Sequence[Expr], literals: Literals, large: Collection[int] = ()
) -> list[Expr]:
    """The operands of a node, safe where it is not wanted; the factors in ``large`` too.

    Those are guarded where they lose a comparison: other choices compute no large values in vain.
    """
    row = _row(node)
    safe = row.safe(node) if callable(row.safe) else row.safe
    losing = frozenset(x for x in literals if x.selector.op != "where" or _compares(x, large))
    factors = large if losing and node.op in _PRODUCTS else ()
    if not literals or (safe.count(None) == len(safe) and not factors):
        return list(args)
    new = [
        (_guard(a, losing, 0.0) if a.id in factors else a)
        if s is None or a.value is not None
        else _guard(a, literals, s)
        for a, s in zip(args, [*safe, *[None] * len(args)], strict=False)
    ]
    guards = {a.id: b for a, b in zip(args, new, strict=True) if a is not b}
    return [guards.get(a.id, b) if a is b else b for a, b in zip(args, new, strict=True)]  # x / x


def _compares(literal: Literal, large: Collection[int]) -> bool:
    return literal.selector.args[0].id in large


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
    kept, new = set(keep), dict[Expr, Expr]()
    for node in nodes:
        if node.id in literals or (new and not new.keys().isdisjoint(node.args)):
            made = node if node in kept else _rebuilt(node, new, literals)
            if made is not node:
                new[node] = made
    return [new.get(y, y) for y in outputs]


def _rebuilt(node: Expr, new: Mapping[Expr, Expr], literals: Mapping[int, Literals]) -> Expr:
    args = [new.get(a, a) for a in node.args]
    safe = tuple(guarded(node, args, literals.get(node.id, _ALWAYS)))
    if safe == node.args:
        return node
    made = rebuilt(node, safe)
    if made is not node and made.id not in node.graph.origins:
        node.graph.inherit(made, node)
    return made
