"""What rows mean, said in SymPy: formulas in the names of mpmath's functions, and numbers."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from ..rooms import Room

if TYPE_CHECKING:
    import sympy
else:
    sympy = Room("sympy")


def evaluate(meaning: str, values: Mapping[str, Any]) -> Any:
    """A row's meaning on SymPy's objects.

    Raises
    ------
    AttributeError
        If SymPy has no such function.

    Example
    -------
    >>> import sympy
    >>> evaluate("1 / x if x > 0 else expm1(x)", {"x": sympy.Symbol("x")})
    Piecewise((1/x, x > 0), (exp(x) - 1, True))
    """
    return _evaluate(_parse(meaning, mode="eval").body, values)


_parse = cache(ast.parse)


def _evaluate(tree: ast.expr, names: Mapping[str, Any]) -> Any:
    """A row's meaning on SymPy objects."""

    def sub(tree: ast.expr) -> Any:
        return _evaluate(tree, names)

    match tree:
        case ast.Constant(value=int() | float() as value):
            return number(value)
        case ast.Name(id=name):
            return names[name] if name in names else getattr(sympy, _NAMES.get(name, name))
        case ast.UnaryOp(op=sign, operand=x):
            return _SYMBOLS[type(sign)](sub(x))
        case ast.BinOp(left=left, op=symbol, right=right):
            return _SYMBOLS[type(symbol)](sub(left), sub(right))
        case ast.Compare(left=left, ops=[symbol], comparators=[right]):
            return _SYMBOLS[type(symbol)](sub(left), sub(right))
        case ast.BoolOp(op=symbol, values=values):
            return _SYMBOLS[type(symbol)](*map(sub, values))
        case ast.IfExp(test=test, body=then, orelse=other):
            return sympy.Piecewise((sub(then), sub(test)), (sub(other), True))
        case ast.Call(func=ast.Name(id=name), args=args):
            return (_FUNCTIONS.get(name) or getattr(sympy, _NAMES.get(name, name)))(*map(sub, args))
    raise AttributeError(f"meanings have no {type(tree).__name__}")


_SYMBOLS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: lambda a, b: sympy.Eq(a, b),
    ast.NotEq: lambda a, b: sympy.Ne(a, b),
    ast.And: lambda *a: sympy.And(*a),
    ast.Or: lambda *a: sympy.Or(*a),
    ast.Not: lambda a: sympy.Not(a),
}
_NAMES = {"inf": "oo", "abs": "Abs", "max": "Max", "min": "Min", "ceil": "ceiling"}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "expm1": lambda x: sympy.exp(x) - 1,
    "log1p": lambda x: sympy.log(1 + x),
    "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
    "sincpi": lambda x: sympy.sinc(sympy.pi * x),
    "psi": lambda n, x: sympy.polygamma(n, x),
    "bool": lambda x: x,
    "mpf": lambda x: x,
}
"""What the functions in meanings, which are mpmath's, are for SymPy, if not of the same name."""


def number(value: Any) -> Any:
    """A number of Python or NumPy as SymPy's; floats nearest to a short fraction as that fraction.

    Example
    -------
    >>> number(0.1), number(2.0), number(1 / 3), number(0.123456789)
    (1/10, 2, 1/3, 0.123456789000000)
    """
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if isinstance(value, int):
        return sympy.Integer(value)
    fraction = Fraction(value).limit_denominator(1000) if abs(value) < 2**53 else None
    if fraction is not None and float(fraction) == value:
        return sympy.Rational(fraction.numerator, fraction.denominator)
    known = {math.pi: sympy.pi, math.e: sympy.E}
    return known.get(value) or sympy.Float(value)
