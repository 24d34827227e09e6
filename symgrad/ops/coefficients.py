"""Literal factors and signs, gathered while derivatives are made.

What rewriting would do to a derivative, node by node down to the inputs, is done here as each node
is born: ``-g * 0.3`` is ``-0.3 * g``, and ``a + -b`` is ``a - b``. Nothing but literals is rounded.
"""

from __future__ import annotations

from typing import Any

from ..graph.graph import Expr, operations
from .literals import python_number
from .op import registry

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
    found = None
    if isinstance(x, Expr) and (c := _number(y)) is not None:
        found = multiple(c, x)
    elif isinstance(y, Expr) and (c := _number(x)) is not None:
        found = multiple(c, y)
    if found is not None or not (isinstance(x, Expr) and isinstance(y, Expr)):
        return found
    literal, other = (x, y) if x.type.python else (y, x)
    found = _over(literal, other) if literal.op == "divide" and literal.type.python else None
    return found


def quotient(x: Any, y: Any) -> Expr | None:
    """The quotient by a literal, where that goes into a literal factor.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x")
    >>> print(quotient(6 * x, 3))
    x: float64[]
    2 * x
    """
    d = _number(y)
    if not d or not x.type.is_floating:
        return None
    c = python_number(x)
    if c is not None:
        return x.graph.constant(c / d) if _divides(d, c) else None
    c, rest = _parts(x)
    if c is None or not _is_normal(c, d):
        return None
    return _times(_ratio(c, d), rest) if c % d == 0 and rest.type is x.type else None


def multiple(c: float, x: Expr) -> Expr | None:
    """A literal times an expression that is a literal, or has a literal factor or a sign."""
    if not x.type.is_floating:
        return None
    d = python_number(x)
    if d is not None:
        return x.graph.constant(c * d)
    if c == 1:
        return x
    if x.op == "divide":
        return _multiple_of_quotient(c, x)
    d, rest = _parts(x)
    if d is None or rest.type is not x.type or not _is_normal(c, d):
        return None
    return _times(c * d, rest)


def _multiple_of_quotient(c: float, node: Expr) -> Expr | None:
    """c (x / y), where a literal takes up the factor."""
    x, y = node.args
    d, e = _number(x), _number(y)
    if d is not None and _is_normal(c, d):
        short = e and _divides(e, c * d)
        return x.graph.constant(c * d / e) if short else operations["divide"](c * d, y)
    if e and abs(c) != 1 and x.type is node.type and _is_normal(c, e) and _divides(e, c):
        return _times(_ratio(c, e), x)
    return None


def _over(literal: Expr, x: Expr) -> Expr | None:
    """A quotient of literals times an expression: of a number, the quotient by the second."""
    if not x.type.is_floating:
        return None
    c, d = map(_number, literal.args)
    if c is None or not d:
        return None
    return _times(c / d, x) if x.ndim else operations["divide"](_times(c, x), d)


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
            return operations["subtract"](_turned(a), positive)
    return registry["add"].build(x.graph, [x, x.graph.own(y)], {})


def _turned(x: Expr) -> Expr:
    """y - x for -(x - y), as a sum where x has a negative factor."""
    if x.op != "negative" or x.args[0].op != "subtract":
        return x
    first, second = x.args[0].args
    positive = _unsigned(first)
    if positive is not None:
        return operations["add"](second, positive)
    return operations["subtract"](second, first)


def _unsigned(x: Expr) -> Expr | None:
    """The negation of an expression that is written with a sign, without it."""
    number = python_number(x)
    if type(number) is float:
        return x.graph.constant(-number) if number < 0 else None
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
    if c == -1:
        return operations["negative"](x)
    return registry["multiply"].build(x.graph, [x.graph.constant(c), x], {})


def _is_normal(*factors: float) -> bool:
    return all(_LEAST <= abs(c) <= _LARGEST for c in factors)


def _divides(d: float, c: float) -> bool:
    """Whether c / d is a number, not a rounded one."""
    if not _is_normal(c, d):
        return False
    (a, b), (p, q), (s, t) = (v.as_integer_ratio() for v in (c / d, d, c))
    return a * p * t == s * b * q


def _ratio(c: float, d: float) -> float:
    """c / d, a whole number if both are."""
    whole = isinstance(c, int) and isinstance(d, int) and c % d == 0
    return c // d if whole else c / d


def _number(x: Any) -> Any:
    """A Python number, as itself or as a node."""
    value = python_number(x) if isinstance(x, Expr) else x
    return value if type(value) in (int, float) else None
