"""Python's operators: which operation each one is, how tightly it binds, what it makes of numbers.

Arithmetic of the numbers in a text is Python's, but always fast, real and finite. Integers that
leave int64 go on as floats, so no number ever has more than 64 bits, whatever is written:
``9**9**9**9`` is an error at once.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from ..ops.op import registry

BINARY = {row.infix: name for name, row in registry.items() if row.infix and len(row.operands) == 2}
BINARY |= {"&": "bitwise_and", "|": "bitwise_or"}
UNARY = {"-": "negative", "~": "invert"}

COMPARISON, UNION, INTERSECTION, SUM, TERM, FACTOR, POWER, PRIMARY = range(8)
"""Levels of the grammar, from loose to tight."""

LEVEL = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), COMPARISON),
    "|": UNION,
    "&": INTERSECTION,
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys(("*", "/", "//", "%", "@"), TERM),
    "**": POWER,
}

Number = int | float

_FUNCTIONS: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_MOST_BITS = 4096


def fold(symbol: str, a: Number, b: Number) -> Number:
    """The number that ``a symbol b`` stands for.

    Raises
    ------
    ArithmeticError
        With the reason in plain words, where there is no finite real number.

    Example
    -------
    >>> fold("**", 2, -1), fold("*", 2**62, 2), fold("/", 1, 2)
    (0.5, 9.223372036854776e+18, 0.5)
    """
    try:
        result = _power(a, b) if symbol == "**" else _FUNCTIONS[symbol](a, b)
    except ZeroDivisionError:
        raise ArithmeticError("division by zero") from None
    except OverflowError:
        raise ArithmeticError("the result is larger than 1.8e308, the largest number") from None
    if math.isinf(result) and not (math.isinf(a) or math.isinf(b)):
        raise ArithmeticError("the result is larger than 1.8e308, the largest number")
    return narrowed(result)


def _power(a: Number, b: Number) -> Number:
    if isinstance(a, int) and isinstance(b, int) and b >= 0:
        few = abs(a) <= 1 or a.bit_length() * b <= _MOST_BITS
        return a**b if few else float(a) ** b
    result = a**b
    if isinstance(result, complex):
        raise ArithmeticError("a root of a negative number is not real")
    return float(result)


def narrowed(number: Number) -> Number:
    """The number itself, or the nearest float of an integer beyond int64."""
    fits = isinstance(number, float) or -(2**63) <= number < 2**63
    return number if fits else float(number)
