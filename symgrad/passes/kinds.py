"""Kinds of nodes: what rules ask of a node before they look at it, found out once for each node.

A kind is the operation of a node with a little about each operand. There are a few hundred in all,
so that what may change nodes of a kind is known by a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import NamedTuple

from ..graph.graph import Expr, Graph
from ..ops.op import registry

_CONSTANT, _POWER = registry["constant"], registry["power"]
_LITERALS = frozenset({"constant", "astype"})  # the second is of numbers that adopted a dtype
_PRODUCTS = frozenset({"multiply", "divide"})
_PARTICULAR = frozenset(
    [*(row for row in registry.values() if row.arithmetic), _POWER, _CONSTANT, registry["dim"]]
)
"""Operations of operands of which more is asked than the operation."""

ASKED = frozenset(k / 2 for k in range(-16, 17))  # few, since what is known of kinds is kept


class Operand(NamedTuple):
    """What is asked of an operand.

    Attributes
    ----------
    op : str
        Its operation.
    number : float or None
        Its value, if it is a literal that rules may name; of powers, the exponent's.
    python : bool
        Whether it is a Python number in emitted code.
    scaled : bool
        Whether it is a product or quotient with what may be a number.
    twice : bool
        Whether both its operands are one.
    """

    op: str
    number: float | None = None
    python: bool = False
    scaled: bool = False
    twice: bool = False

    @property
    def words(self) -> list[str]:
        """What passes may say that they read.

        The operation; ``number`` for Python numbers, ``typed`` for other constants, ``scaled``.
        """
        typed = self.op == "constant" and not self.python
        found = {"number": self.python, "scaled": self.scaled, "typed": typed}
        return [self.op, *(word for word, holds in found.items() if holds)]


class Kind(NamedTuple):
    """An operation, and what is asked of the operands."""

    op: str
    operands: tuple[Operand, ...]


_NUMBERS: dict[tuple[object, ...], int] = {}
_next = count()
_UNKNOWN = -1


def kinds_of(graph: Graph, nodes: Iterable[Expr]) -> list[int]:
    """The numbers of kinds by the ids of nodes, of these nodes at least."""
    kinds = graph.kinds
    kinds.extend([_UNKNOWN] * (len(graph) - len(kinds)))
    for node in nodes:
        if kinds[node.id] == _UNKNOWN:
            kinds[node.id] = number_of(node)
    return kinds


def number_of(node: Expr) -> int:
    """The number of a node's kind."""
    key = (node.op, *[_operand(a) if a.op in _PARTICULAR else a.op for a in node.args])
    number = _NUMBERS.get(key)
    return _NUMBERS.setdefault(key, next(_next)) if number is None else number


def kind_of(node: Expr) -> Kind:
    """The kind of a node.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x")
    >>> [operand.number for operand in kind_of(2 * x).operands]
    [2.0, None]
    """
    found = (_operand(a) for a in node.args)
    return Kind(node.op, tuple(a if isinstance(a, Operand) else Operand(a) for a in found))


def _operand(a: Expr) -> Operand | str:
    """What is asked of an operand; of most, the operation says it all."""
    op = a.op
    if op in _PRODUCTS:
        x, y = a.args
        if x.type.python or y.type.python or x.op in _LITERALS or y.op in _LITERALS:
            return Operand(op, None, a.type.python, scaled=True, twice=x is y)
        return Operand(op, twice=True) if x is y else op
    if op is _CONSTANT:
        return Operand(op, _literal(a), a.type.python)
    if op is _POWER:
        return Operand(op, _literal(a.args[1]))
    return Operand(op, None, True) if a.type.python else op


def _literal(x: Expr) -> float | None:
    if x.op is not _CONSTANT or not x.type.python or x.dtype.kind == "b":
        return None
    value = x.params["value"].item()
    return float(value) if value in ASKED else None
