"""Constant factors of results that are linear in one value: that value is multiplied instead.

A training step multiplies every gradient by the learning rate. All of them are linear in the first
cotangent, in the end in a number like 1/n, which takes the factor at no cost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.arithmetic import multiply
from ...ops.operands import lift
from ..rewriting.sweep import New, sweep
from .contractions import typical_size

Scaled = Mapping[int, tuple[Expr, Expr]]
"""Products with a number, by their ids: the number, and the rest."""

_BY_ALL = frozenset({"add", "subtract", "concatenate"})  # linear in all operands at once
_BY_ONE = frozenset({"multiply", "matmul"})  # linear in either operand
_VIEWS = frozenset({"transpose", "reshape", "expand_dims", "squeeze", "getitem"})
_BY_FIRST = _VIEWS | {"negative", "sum", "divide"}
_BY_ANY = _BY_ALL | _BY_FIRST | _BY_ONE
_LEAVES = frozenset({"input", "constant", "dim"})
_LARGEST = 1e6  # of a number or its reciprocal: nothing is moved out of float32's range
_ROUNDS = 8
_NOT_ALONE = -1  # among the ids of numbers: something reads the value without one


def seeded(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with constant factors moved to where they cost least."""
    nodes = ancestors(outputs)
    scaled = {n.id: pair for n in nodes if n.op == "multiply" and (pair := _scaled(n))}
    factors = _consistent_factors(nodes, outputs, scaled) if scaled else {}
    left_out = {i: x for i, (_, x) in scaled.items() if i not in factors and x.id in factors}
    roots = {n.id for n in nodes if n.id in factors and not _passed_on(n, factors)}
    if _elements(nodes, roots - {*scaled}) >= _elements(nodes, left_out):
        return list(outputs)

    def change(node: Expr, fresh: Expr, new: New) -> Expr | None:
        if node.id in left_out:
            return new[left_out[node.id].id]
        if node.id not in factors:
            return None
        found = _times(factors[node.id], fresh) if node.id in roots else fresh
        node.graph.factors[found.id] = factors[node.id]
        return found

    return sweep(outputs, change)


def _scaled(node: Expr) -> tuple[Expr, Expr] | None:
    """The factor and the rest of a product with a moderate number."""
    for c, x in (node.args, node.args[::-1]):
        if c.value is not None and c.type.python and x.type == node.type and x.op not in _LEAVES:
            moderate = 1 / _LARGEST <= abs(_float(c)) <= _LARGEST
            return (c, x) if moderate and node.type.is_floating else None
    return None


def _times(number: Expr, x: Expr) -> Expr:
    """A multiple; of what is one already by one product."""
    product = _scaled(x) if x.op == "multiply" else None
    if product is None:
        return multiply(number, x)
    return multiply(lift(x.graph, _float(number) * _float(product[0])), product[1])


def _float(number: Expr) -> float:
    assert number.value is not None
    return float(number.value)


def _consistent_factors(
    nodes: Sequence[Expr], outputs: Sequence[Expr], scaled: Scaled
) -> dict[int, Expr]:
    """The factors that values take; a sum takes one only if all of its terms do."""
    closed: set[int] = set()
    for _ in range(_ROUNDS):
        factors = _factors(nodes, outputs, scaled, closed)
        known = nodes[0].graph.nodes
        torn = {i for i in factors if _is_torn(known[i], factors)} - closed
        if not torn:
            return factors
        closed |= torn
    return {}


def _factors(
    nodes: Sequence[Expr], outputs: Sequence[Expr], scaled: Scaled, closed: Collection[int]
) -> dict[int, Expr]:
    """What is read only in products with one and the same number: that number, by its id."""
    asked = {o.id: _NOT_ALONE for o in outputs}
    factors: dict[int, Expr] = {}
    for node in reversed(nodes):
        number, carriers = asked.get(node.id, _NOT_ALONE), list[Expr]()
        if number != _NOT_ALONE and node.type.is_floating and node.op not in _LEAVES:
            carriers = [] if node.id in closed else [*_carriers(node)]
            factors[node.id] = node.graph.nodes[number]
        elif node.id in scaled:
            number, carriers = scaled[node.id][0].id, [scaled[node.id][1]]
        for a in node.args:
            mark = number if carriers and any(a is c for c in carriers) else _NOT_ALONE
            if asked.setdefault(a.id, mark) != mark:
                asked[a.id] = _NOT_ALONE
    return factors


def _carriers(node: Expr) -> Sequence[Expr]:
    """The operands that take over a factor of the result; of two the one computed later."""
    if node.op in _BY_ALL:
        return [a for a in node.args if not _is_zero(a)]
    if node.op not in _BY_ANY:
        return ()
    if node.op == "multiply" and _scaled(node):
        return ()  # its number changes
    x = node.args[0] if node.op in _BY_FIRST else max(node.args, key=_rank)
    return [x] if sum(a is x for a in node.args) == 1 else ()


def _is_zero(x: Expr) -> bool:
    """Whether it is an array of zeros, as every multiple of it."""
    value = x.args[0].value if x.op == "broadcast_to" else None
    return value is not None and not value.any()


def _rank(x: Expr) -> tuple[bool, int]:
    """A number first, then what is computed last: toward the first cotangent."""
    number = not x.ndim and x.op not in _LEAVES
    while x.op in _VIEWS:
        x = x.args[0]
    return number, x.id


def _taken(node: Expr, factors: Mapping[int, Expr]) -> list[bool]:
    """Which of the operands that may take over a node's factor do."""
    return [factors.get(a.id) is factors[node.id] for a in _carriers(node)]


def _passed_on(node: Expr, factors: Mapping[int, Expr]) -> bool:
    taken = _taken(node, factors)
    return bool(taken) and all(taken)


def _is_torn(node: Expr, factors: Mapping[int, Expr]) -> bool:
    taken = _taken(node, factors)
    return any(taken) and not all(taken)


def _elements(nodes: Sequence[Expr], counted: Collection[int]) -> int:
    return sum(typical_size(n) for n in nodes if n.id in counted)
