"""A rewrite rule is one line: an equation between expressions, as data.

Both sides are expressions of a private pattern graph. Its inputs are the variables: they stand for
any expression, or for a literal number where they are made by `number`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ..graph.graph import Expr, Graph
from ..graph.walk import ancestors
from ..ops.op import registry

COMMUTATIVE = frozenset({"add", "multiply", "maximum", "minimum", "equal", "not_equal"})
Bindings = dict[str, Expr]
Condition = Callable[[Bindings, Expr], bool]


@dataclass(frozen=True)
class Rule:
    """left = right, wherever left occurs.

    Attributes
    ----------
    left, right : Expr
        Patterns.
    at : float, optional
        A value of the variable for which the left side fails in floating point: the reason.
    when : function, optional
        ``when(found, node)``: whether it holds for what the variables stand for, at this node.
    """

    left: Expr
    right: Expr
    at: float | None = None
    when: Condition | None = None

    def __str__(self) -> str:
        return f"{_show(self.left)} = {_show(self.right)}"


def _show(pattern: Expr) -> str:
    return str(pattern).strip().splitlines()[-1]


class Patterns:
    """The graph of the patterns of one table, and its variables."""

    def __init__(self) -> None:
        self.graph = Graph()

    def any(self, *names: str) -> list[Expr]:
        """Variables that stand for any expression."""
        return [self.graph.input(name) for name in names]

    def number(self, *names: str) -> list[Expr]:
        """Variables that stand for a literal number."""
        return [self.graph.input(f"number_{name}") for name in names]


def rule(
    left: Expr, right: object, *, at: float | None = None, when: Condition | None = None
) -> Rule:
    """An equation; a number may stand on the right."""
    node = right if isinstance(right, Expr) else left.graph.constant(right)
    return Rule(left, node, at, when)


def product_is_normal(found: Bindings, node: Expr) -> bool:
    """Whether the literals a and b multiply without leaving the range of the node's dtype."""
    a, b = (found[f"number_{name}"].params["value"].item() for name in "ab")
    whole = isinstance(a, int) and isinstance(b, int)
    if not node.type.is_floating or (whole and abs(a * b) >= 2**63):
        return False
    limits, sizes = np.finfo(node.dtype), [abs(float(v)) for v in (a, b)]
    sizes.append(sizes[0] * sizes[1])
    return all(v == 0 or limits.tiny <= v <= limits.max for v in sizes) and (
        sizes[2] > 0 or 0 in sizes[:2]
    )


def variants(pattern: Expr) -> Iterator[Expr]:
    """The pattern with the operands of commutative operations in every order."""
    nodes = ancestors([pattern])
    flips = [n for n in nodes if n.op in COMMUTATIVE and n.args[0] is not n.args[1]]
    for choice in product((False, True), repeat=len(flips)):
        flipped = {n.id for n, flip in zip(flips, choice, strict=True) if flip}
        new: dict[int, Expr] = {}
        for n in nodes:
            args = [new[a.id] for a in n.args]
            args = args[::-1] if n.id in flipped else args
            op = registry[n.op]
            new[n.id] = op.build(n.graph, args, dict(n.params)) if args else n
        yield new[pattern.id]


def match(pattern: Expr, node: Expr, opaque: frozenset[int], found: Bindings) -> bool:
    """Whether the node has the pattern's form; variables are bound in ``found``.

    Recursion is over the pattern, a handful of nodes, never over the graph.
    """
    if pattern.op == "input":
        return _bind(pattern, node, found)
    if pattern.op == "constant":
        return _same_number(pattern, node)
    if node.op != pattern.op or node.id in opaque or node.params != pattern.params:
        return False
    return all(map(match, pattern.args, node.args, _repeat(opaque), _repeat(found)))


def _repeat(x: Any) -> Iterator[Any]:
    while True:
        yield x


def _bind(pattern: Expr, node: Expr, found: Bindings) -> bool:
    name = pattern.params["name"]
    if name.startswith("number_") and not _is_number(node):
        return False
    return found.setdefault(name, node) is node


def _is_number(node: Expr) -> bool:
    return node.op == "constant" and node.type.python and node.dtype.kind != "b"


def _same_number(pattern: Expr, node: Expr) -> bool:
    value = node.value
    return bool(
        value is not None
        and not value.shape
        and value.dtype.kind != "b"
        and value == pattern.params["value"]
    )


Make = Callable[[Any, list[Expr], dict[str, Any]], Expr]


def instantiate(pattern: Expr, found: Bindings, graph: Graph, make: Make) -> Expr:
    """The right side with the variables replaced."""
    new: dict[int, Expr] = {}
    for n in ancestors([pattern]):
        if n.op == "input":
            new[n.id] = found[n.params["name"]]
        elif n.op == "constant":
            new[n.id] = graph.constant(n.params["value"].item())
        else:
            args = [new[a.id] for a in n.args]
            new[n.id] = make(registry[n.op], args, dict(n.params))
    return new[pattern.id]
