"""What passes that are no equations say of themselves.

The engine does not call them where they can change nothing, which saves most of its time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...graph.graph import Expr
from .kinds import Kind

Opaque = frozenset[int]
"""Ids of nodes that no rewrite may see through: something is differentiated by them."""

Structural = Callable[[Expr, Opaque], Expr | None]
"""A pass that is no equation: the better form of a node, or None; it sees the opaque ids."""


def reading(*ops: str) -> Callable[[Structural], Structural]:
    """Say that a pass changes no node that has none of these operations among its operands.

    The engine does not call it there, which saves most of its time. There are a few more words
    than the operations, see `Operand.words` in `kinds`. Said twice, both have to hold.
    """
    return _marking("reads", ops)


def reading_all(*ops: str) -> Callable[[Structural], Structural]:
    """Say that a pass changes no node of which an operand is none of these; see `reading`."""
    return _marking("reads_all", ops)


def among(*ops: str) -> Callable[[Structural], Structural]:
    """Say that a pass changes nothing in a graph that has none of these operations.

    Said twice, both have to hold.
    """
    return _marking("among", ops)


def _marking(word: str, ops: Sequence[str]) -> Callable[[Structural], Structural]:
    def mark(change: Structural) -> Structural:
        vars(change).setdefault(word, []).append(frozenset(ops))
        return change

    return mark


def settled(change: Structural) -> Structural:
    """Say that the nodes a pass makes are to be rewritten themselves, for there are equations."""
    vars(change)["settled"] = True
    return change


def is_settled(change: Structural) -> bool:
    """Whether what a pass makes is to be rewritten itself."""
    return "settled" in vars(change)


def may_change(change: Structural, kind: Kind) -> bool:
    """Whether a pass may change nodes of a kind."""
    words = [a.words for a in kind.operands]
    reads: list[frozenset[str]] = vars(change).get("reads", [])
    reads_all: list[frozenset[str]] = vars(change).get("reads_all", [])
    if any(one.isdisjoint(w) for one in reads_all for w in words):
        return False
    return all(any(not one.isdisjoint(w) for w in words) for one in reads)


def may_occur(change: Structural, present: frozenset[str]) -> bool:
    """Whether a pass may change something in a graph that has these operations only."""
    wanted: list[frozenset[str]] = vars(change).get("among", [])
    return all(not one.isdisjoint(present) for one in wanted)
