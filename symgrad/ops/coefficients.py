"""Literal factors and signs, gathered while derivatives are made.

What rewriting would do to a derivative, node by node down to the inputs, is done here as each node
is born: ``-g * 0.3`` is ``-0.3 * g``, and ``a + -b`` is ``a - b``. Nothing but literals is rounded.
"""

from __future__ import annotations

from typing import Any

from ..graph.graph import Expr, operations
from .literals import python_number

_LEAST, _LARGEST = 2.0**-100, 2.0**100  # in between, products of two are normal in any dtype


def product(x: Any, y: Any) -> Expr | None:
    """The product with its literal factors in one; None where it has nothing to gather.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x")
    >>> print(product(-x, 0.5))
    x: float64[]
    -0.5 * x
    """
    if isinstance(x, Expr) and (c := _number(y)) is not None:
        return multiple(c, x)
    if isinstance(y, Expr) and (c := _number(x)) is not None:
        return multiple(c, y)
    return None


def multiple(c: float, x: Expr) -> Expr | None:
    """A literal times an expression that is a literal, or has a literal factor or a sign."""
    if not x.type.is_floating:
        return None
    d = python_number(x)
    if d is not None:
        return x.graph.constant(c * d)
    if c == 1:
        return x
    if x.op == "divide" and (d := _number(x.args[0])) is not None and _is_normal(c, d):
        return operations["divide"](c * d, x.args[1])
    d, rest = _parts(x)
    if d is None or rest.type is not x.type or not _is_normal(c, d):
        return None
    return _times(c * d, rest)


def total(x: Expr, y: Expr) -> Expr:
    """The sum, written as a difference where one has a negative factor.

    Example
    -------
    >>> from symgrad import Graph
    >>> g = Graph()
    >>> print(total(g.input("x"), -2.0 * g.input("y")))
    x: float64[]
    y: float64[]
    x - 2.0 * y
    """
    c, rest = _parts(x)
    if x is y and c is not None and abs(c) != 1 and rest.type is x.type and _is_normal(c):
        return _times(2 * c, rest)
    for a, b in ((x, y), (y, x)):
        positive = _unsigned(b) if x is not y or b.op == "negative" else None
        if positive is not None:
            return operations["subtract"](a, positive)
    return operations["add"](x, y)


def _unsigned(x: Expr) -> Expr | None:
    """The negation of an expression that is written with a sign, without it."""
    c, rest = _parts(x)
    if c is not None:
        return _times(-c, rest) if c < 0 and rest.type is x.type else None
    if x.op in ("multiply", "divide"):
        a, b = x.args
        if (a.op == "negative") != (b.op == "negative"):
            a, b = (n.args[0] if n.op == "negative" else n for n in (a, b))
            return operations[x.op](a, b)
    return None


def _parts(x: Expr) -> tuple[float | None, Expr]:
    """The literal factor of an expression, if it has one, and the rest."""
    if x.op == "negative":
        return -1, x.args[0]
    if x.op == "multiply":
        a, b = x.args
        for factor, rest in ((a, b), (b, a)):
            if factor.op == "constant" and (c := _number(factor)) is not None:
                return c, rest
    return None, x


def _times(c: float, x: Expr) -> Expr:
    if c == 1:
        return x
    return operations["negative"](x) if c == -1 else operations["multiply"](c, x)


def _is_normal(*factors: float) -> bool:
    return all(_LEAST <= abs(c) <= _LARGEST for c in factors)


def _number(x: Any) -> Any:
    """A Python number, as itself or as a node."""
    value = python_number(x) if isinstance(x, Expr) else x
    return value if type(value) in (int, float) else None
