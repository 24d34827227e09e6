"""Patterns beside nodes: which nodes have a pattern's form, and the nodes that a pattern makes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ...graph.graph import Expr, Graph
from ...graph.types import BOOL
from ...graph.walk import ancestors
from ...ops.op import registry
from ..facts.kinds import ASKED, Kind, Operand
from ..facts.proofs import proves

Bindings = dict[str, Expr]
"""What the variables of a pattern stand for, by their names."""


def literal_of(n: Expr) -> float | None:
    """The value of a number in a pattern."""
    return None if n.value is None else float(n.params["value"])


def may_match(pattern: Expr, kind: Kind) -> bool:
    """Whether the operands of a node are what the pattern names, as far as its kind tells."""
    return all(map(may_stand_for, pattern.args, kind.operands))


def may_stand_for(pattern: Expr, operand: Operand) -> bool:
    """Whether an operand is what a part of a pattern names, as far as its kind tells."""
    if pattern.op == "input":
        return operand.op in ("constant", "astype") or not _is_of_numbers(pattern)
    if operand.op != pattern.op:
        return operand.op == "astype"  # of a number that adopted a dtype
    if operand.op in ("multiply", "divide", "add", "subtract"):
        return _has_form(pattern, operand)
    if pattern.op == "power" and not operand.shifted and _is_shifted(pattern.args[0]):
        return False
    number = literal_of(pattern.args[1] if pattern.op == "power" else pattern)
    if operand.number is None:
        return not (operand.op == "constant" and operand.python and number in ASKED)
    return number is None or number == operand.number


def may_be_of(pattern: Expr, kind: Kind) -> bool:
    """Whether nodes of a kind may have the form of a part of a pattern, as far as it tells."""
    if not pattern.args or kind.op == "astype":
        return True
    return kind.op == pattern.op and may_match(pattern, kind)


def _has_form(pattern: Expr, operand: Operand) -> bool:
    """Whether a product or sum has the numbers of a pattern, and those of sums in it."""
    if operand.op in ("multiply", "divide"):
        if pattern.args[0] is pattern.args[1]:
            return operand.twice
        if not operand.shifted and any(map(_is_shifted, pattern.args)):
            return False
    return operand.scaled or not any(map(_is_literal, pattern.args))


def _is_shifted(pattern: Expr) -> bool:
    """Whether it is a sum or difference with a number."""
    return pattern.op in ("add", "subtract") and any(map(_is_literal, pattern.args))


def _is_literal(pattern: Expr) -> bool:
    return pattern.op == "constant" or (pattern.op == "input" and _is_of_numbers(pattern))


@cache
def operations_of(pattern: Expr) -> frozenset[str]:
    """The operations that a pattern names."""
    return one_set(frozenset(n.op for n in _in_order(pattern) if n.args))


@cache
def one_set(ops: frozenset[str]) -> frozenset[str]:
    """The first set that equals it: of thousands of patterns there are a few dozen."""
    return ops


_INPUT, _CONSTANT = registry["input"], registry["constant"]


def _is_of_numbers(variable: Expr) -> bool:
    name: str = variable.params["name"]
    return name.startswith("number_")


def match(pattern: Expr, node: Expr, opaque: frozenset[int], found: Bindings) -> bool:
    """Whether the node has the pattern's form; variables are bound in ``found``.

    Recursion is over the pattern, a handful of nodes, never over the graph.
    """
    op = pattern.op
    if op is _INPUT:
        return _bind(pattern, node, found)
    if node.op is not op:
        if node.op != "astype" or node.id in opaque or not node.args[0].type.weak:
            return False
        node = node.args[0]  # a number that adopted a dtype
    if op is _CONSTANT:
        return _same_number(pattern, node)
    if node.op is not op or node.id in opaque or node.params != pattern.params:
        return False
    args = node.args
    for i, p in enumerate(pattern.args):  # noqa: SIM110  (in half the time of a zip, or of all)
        if not match(p, args[i], opaque, found):
            return False
    return True


def _bind(pattern: Expr, node: Expr, found: Bindings) -> bool:
    name, of_numbers, sign = _variable(pattern)
    if of_numbers:
        if node.op == "astype":
            node = node.args[0]  # a number that adopted a dtype
        if not _is_number(node):
            return False
    if sign and not proves(node, sign):
        return False
    known = found.setdefault(name, node)
    return known is node or (of_numbers and _same_number(known, node))


@cache
def _variable(pattern: Expr) -> tuple[str, bool, str]:
    """Its name, whether it stands for numbers, and the sign it stands for; looked at once."""
    return pattern.params["name"], _is_of_numbers(pattern), pattern.params.get("sign", "")


def _is_number(node: Expr) -> bool:
    return node.op == "constant" and node.type.python and node.dtype.kind != "b"


def _same_number(pattern: Expr, node: Expr) -> bool:
    value = node.value
    return bool(
        value is not None
        and not value.shape
        and value.dtype.kind != "b"
        and value.item() == pattern.params["value"].item()
    )


@cache
def _in_order(pattern: Expr) -> list[Expr]:
    """The nodes of a pattern, of which there are few."""
    return ancestors([pattern])


Make = Callable[[Any, list[Expr], dict[str, Any]], Expr]


def instantiate(pattern: Expr, found: Bindings, graph: Graph, make: Make) -> Expr:
    """The right side with the variables replaced."""
    new: dict[int, Expr] = {}
    for n in _in_order(pattern):
        if n.op == "input":
            new[n.id] = found[n.params["name"]]
        elif n.op == "constant":
            new[n.id] = graph.constant(n.params["value"].item())
        else:
            args = [new[a.id] for a in n.args]
            if n.op == "negative" and args[0].dtype == BOOL:  # bools are no numbers
                args = [args[0].astype("int64")]
            new[n.id] = make(registry[n.op], args, dict(n.params))
    return new[pattern.id]
