"""Kinds of nodes: what rules ask of a node before they look at it, found out once for each node.

A kind is the operation of a node with a little about each operand. There are a few hundred in all,
so that what may change nodes of a kind is known by a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import NamedTuple

from ...graph.graph import Expr
from ...ops.op import registry

_CONSTANT, _POWER = registry["constant"], registry["power"]
_LITERALS = frozenset({"constant", "astype"})  # the second is of numbers that adopted a dtype
_PRODUCTS = frozenset({"multiply", "divide"})
_SUMS = frozenset({"add", "subtract"})
_LONGEST = 4  # operands; of more, kinds say what is among them: there are lists of any length
_MOST = 10_000  # kinds that are kept

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
        Whether it is a product, quotient, sum or difference with what may be a number.
    shifted : bool
        Whether it is a product, quotient or power of a sum or difference with what may be a number.
    twice : bool
        Whether both its operands are one; of products and quotients.
    minus : bool
        Whether it is a negation, a negative number, or a multiple by what may be one.
    """

    op: str
    number: float | None = None
    python: bool = False
    scaled: bool = False
    shifted: bool = False
    twice: bool = False
    minus: bool = False

    @property
    def words(self) -> list[str]:
        """What passes may say that they read.

        The operation; ``number`` for Python numbers, ``typed`` for other constants; ``scaled`` for
        products and quotients with what may be a number, ``shifted`` for sums with it; ``minus``.
        """
        typed = self.op == "constant" and not self.python
        scaled = self.scaled and self.op in _PRODUCTS
        shifted = self.scaled and self.op in _SUMS
        found = {"number": self.python, "scaled": scaled, "shifted": shifted, "typed": typed}
        found["minus"] = self.minus
        return [self.op, *(word for word, holds in found.items() if holds)]


class Kind(NamedTuple):
    """An operation, and what is asked of the operands."""

    op: str
    operands: tuple[Operand, ...]


_known: dict[tuple[object, ...], tuple[int, int]] = {}
_next = count(1)
_codes: dict[Operand | str, int] = {}


def classify(nodes: Iterable[Expr]) -> None:
    """Number the kinds of nodes, from 1 on, and what they say as operands; once for each node."""
    for node in nodes:
        if node.kind:
            continue
        key: tuple[object, ...]
        if len(node.args) == 2:  # nearly all nodes have two operands, or one
            a, b = node.args
            key = node.op, a.said or _say(a), b.said or _say(b), a is b
        elif len(node.args) == 1:
            (a,) = node.args
            key = node.op, a.said or _say(a)
        else:
            key = _key(node)
        node.kind, node.said = _known.get(key) or _numbered(key, node)


def classified(node: Expr) -> int:
    """The number of a node's kind."""
    classify([node])
    return node.kind


def _key(node: Expr) -> tuple[object, ...]:
    """What decides the kind of a node and what it says as an operand."""
    if not node.args:
        return node.op, _say(node)
    said = [a.said or _say(a) for a in node.args]
    return (node.op, *said) if len(said) <= _LONGEST else (node.op, *sorted({*said}), "and more")


def _numbered(key: tuple[object, ...], node: Expr) -> tuple[int, int]:
    """New numbers; those that were given before stay true of their kinds."""
    if len(_known) >= _MOST:
        _known.clear()
    return _known.setdefault(key, (next(_next), _say(node)))


def _say(node: Expr) -> int:
    """Note what is asked of a node as an operand, by a number."""
    node.said = _codes.setdefault(_operand(node), next(_next))
    return node.said


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
    """What is asked of an operand; of most, the operation says it all.

    It follows from the operation, from whether both operands are one, and from what the operands
    say as operands themselves, which is what `classify` looks it up by.
    """
    op = a.op
    if op in _PRODUCTS or op in _SUMS:
        return _of_two(a, [x for x in a.args if _may_be_literal(x)])
    if op is _CONSTANT:
        return Operand(op, _literal(a), a.type.python, minus=_may_be_negative(a))
    if op is _POWER:
        base, exponent = a.args
        shifted = base.op == "astype" or (base.op in _SUMS and _has_literal(base))
        return Operand(op, _literal(exponent), shifted=shifted)
    if op == "negative":
        return Operand(op, None, a.type.python, minus=True)
    return Operand(op, None, True) if a.type.python else op


def _of_two(a: Expr, literals: list[Expr]) -> Operand:
    python, scaled = a.type.python, bool(literals)
    if a.op in _SUMS:
        return Operand(a.op, None, python, scaled)
    shifted = any(x.op in _SUMS and _has_literal(x) for x in a.args)
    minus = any(map(_may_be_negative, literals))
    return Operand(a.op, None, python, scaled, shifted, a.args[0] is a.args[1], minus)


def _has_literal(x: Expr) -> bool:
    return any(map(_may_be_literal, x.args))


def _may_be_literal(x: Expr) -> bool:
    return x.type.python or x.op in _LITERALS


def _may_be_negative(x: Expr) -> bool:
    """Whether a literal, or what may be one, may be below 0."""
    known = x.op is _CONSTANT and x.type.python
    return not known or bool(x.params["value"] < 0)


def _literal(x: Expr) -> float | None:
    if x.op is not _CONSTANT or not x.type.python or x.dtype.kind == "b":
        return None
    value = x.params["value"].item()
    return float(value) if value in ASKED else None
