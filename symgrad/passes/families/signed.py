"""Rewrites of operations on values whose sign is proved: choices, signs, powers of powers."""

from __future__ import annotations

from math import inf, nan

from ...graph.graph import Expr
from ...ops.arithmetic import absolute, power
from ...ops.elementary import sqrt
from ...ops.leaves import astype
from ...ops.selection import where
from ...ops.shapes import broadcast_to
from ..facts.classes import named
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, reading
from ..facts.proofs import classes_of, proves

_HOLDS = {  # for which classes of x a comparison of x with 0 holds
    "greater": named("+>"),
    "greater_equal": named(".0+>"),
    "less": named("<-"),
    "less_equal": named("<-.0"),
    "equal": named(".0"),
    "not_equal": named("N<-+>"),
}
_LARGEST = 745  # the logarithm of any number
_ROUNDING = 2.0**-53
_MIRRORED = {"greater": "less", "less": "greater"}
_MIRRORED |= {"greater_equal": "less_equal", "less_equal": "greater_equal"}


def decided(condition: Expr) -> bool | None:
    """Whether a comparison with 0 holds everywhere, or nowhere; else None."""
    if condition.op not in _HOLDS:
        return None
    name, (x, y) = condition.op.name, condition.args
    if literal(y) != 0:
        name, x, y = _MIRRORED.get(name, name), y, x
    if literal(y) != 0 or x.value is not None:
        return None
    classes = classes_of(x)
    if not classes & ~_HOLDS[name]:
        return True
    return None if classes & _HOLDS[name] else False


def choice_that_is_known(node: Expr, opaque: Opaque) -> Expr | None:
    """where(x > 0, a, b) is a for positive x."""
    condition, a, b = node.args
    holds = None if condition.id in opaque else decided(condition)
    return None if holds is None else _like(a if holds else b, node)


def sign_that_is_known(node: Expr, opaque: Opaque) -> Expr | None:
    """The sign of a positive number is 1."""
    (x,) = node.args
    if proves(x, "positive"):
        return _like(node.graph.constant(1, node.dtype), node)
    return _like(node.graph.constant(-1, node.dtype), node) if proves(x, "negative") else None


def quotient_of_equals(node: Expr, opaque: Opaque) -> Expr | None:
    """x / x is 1, and x / -x is -1, for x that is never 0."""
    x, y = node.args
    opposite = y.op == "negative" and y.args[0] is x
    known = (x is y or opposite) and (proves(x, "positive") or proves(x, "negative"))
    return _like(node.graph.constant(-1 if opposite else 1, node.dtype), node) if known else None


def _like(x: Expr, node: Expr) -> Expr:
    """A value in the shape and dtype of the node that it replaces."""
    if x.dtype != node.dtype or x.type.weak != node.type.weak:
        x = astype(x, node.dtype)
    return x if x.shape == node.shape else broadcast_to(x, node.shape)


@reading("sqrt", "square", "reciprocal", "power")
def power_of_power(node: Expr, opaque: Opaque) -> Expr | None:
    """(x**a)**b is x**(a b) for positive x: x**a may be beyond all numbers.

    Only where x to the rounded product has the same digits, as long as x**a is a number, or where
    b is 1 / a, as of (x**10)**0.1. Even powers are those of |x|, and of odd ones none is negative.
    """
    outer, inner = _exponent(node), node.args[0]
    first = _exponent(inner) if outer is not None and inner.id not in opaque else None
    x = inner.args[0] if inner.args else inner
    if outer is None or first is None or not x.type.is_floating:
        return None
    both = outer * first
    if outer != 1 / first and not _is_product(both, outer, first):
        return None
    if not proves(x, "positive"):
        if first < 0 or not first.is_integer() or outer.is_integer():
            return None
        even = first % 2 == 0
        x = absolute(x) if even else where(x < 0, nan, x) if both.is_integer() else x
    if both == 1.5:
        return x * sqrt(x)
    return x if both == 1 else sqrt(x) if both == 0.5 else power(x, both)


def _is_product(both: float, a: float, b: float) -> bool:
    """Whether a rounded product of exponents leaves all digits of the powers."""
    from fractions import Fraction  # slow to import

    off = abs(Fraction(both) - Fraction(a) * Fraction(b))
    return off * _LARGEST <= max(1.0, abs(b)) * _ROUNDING


def _exponent(node: Expr) -> float | None:
    """The literal that something is raised to."""
    if node.op in ("sqrt", "square", "reciprocal"):
        return {"sqrt": 0.5, "square": 2.0}.get(node.op.name, -1.0)
    p = literal(node.args[1]) if node.op == "power" else None
    return p if p is not None and 0 < abs(p) < inf else None


TABLE: dict[str, list[Structural]] = {
    "where": [choice_that_is_known],
    "sign": [sign_that_is_known],
    "divide": [quotient_of_equals],
    **{name: [power_of_power] for name in ("sqrt", "square", "power")},
}
