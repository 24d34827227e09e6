"""Classes of floating-point values, and what operations make of them.

A value is nan, -inf, negative, zero, positive or inf; of zeros there are two classes, for the sake
of derivatives. A set of classes is an integer, a bit for each. The tables are about what floating
point computes: exp underflows to 0, and a product of positive numbers is 0, positive or inf. The
sign of a zero is not told, as in no rule.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

NAN, LOWEST, NEGATIVE, FLAT, ZERO, POSITIVE, HIGHEST = (1 << k for k in range(7))
"""LOWEST and HIGHEST are the infinities. FLAT is a zero at which all slopes are 0 as well, or one
that stands for a tiny number: |x| = x there, derivative included. ZERO is any other one."""
ALL = (1 << 7) - 1
_LETTERS = "N<-.0+>"  # one for each class, as the tables say them


def named(letters: str) -> int:
    """The set of classes that letters stand for.

    Example
    -------
    >>> named(".+") == FLAT | POSITIVE
    True
    """
    return sum(1 << _LETTERS.index(letter) for letter in letters)


def split(classes: int) -> list[str]:
    """The letters of a set of classes."""
    return [letter for k, letter in enumerate(_LETTERS) if classes >> k & 1]


# What becomes of   N  -inf  x<0   flat  zero x>0  inf
_UNARY = {
    "absolute": "   N   >    +     .     .    +    >",
    "arcsinh": "    N   <    -     .     0    +    >",
    "arctan": "     N   -    -     .     0    +    +",
    "arctanh": "    N   N    -<N   .     0    +>N  N",
    "cbrt": "       N   <    -     .     .    +    >",
    "ceil": "       N   <    -.    .     .    +    >",
    "cosh": "       N   >    +>    +     +    +>   >",
    "erf": "        N   -    -     .     0    +    +",
    "erfc": "       N   +    +     +     +    .+   .",
    "erfcx": "      N   >    +>    +     +    .+   .",
    "exp": "        N   .    .+    +     +    +>   >",
    "exp2": "       N   .    .+    +     +    +>   >",
    "expm1": "      N   -    -     .     0    +>   >",
    "exprel": "     N   .    .+    +     +    +>   >N",
    "floor": "      N   <    -     .     .    .+   >",
    "i0": "         N   >    +>    +     +    +>   >",
    "i0e": "        N   .    .+    +     +    .+   .",
    "log": "        N   N    N     <     <    -0+  >",
    "log10": "      N   N    N     <     <    -0+  >",
    "log1mexp": "   N   N    N     <     <    -.   .",
    "log1p": "      N   N    -<N   .     0    +    >",
    "log2": "       N   N    N     <     <    -0+  >",
    "log_ndtr": "   N   <    -<    -     -    -.   .",
    "logcosh": "    N   >    .+    .     .    .+   >",
    "ndtr": "       N   .    .+    +     +    +    +",
    "negative": "   N   >    +     .     0    -    <",
    "positive": "   N   <    -     .     0    +    >",
    "reciprocal": " N   .    -<    <>    <>   +>   .",
    "relu": "       N   .    .     .     .    +    >",
    "rint": "       N   <    -.    .     .    .+   >",
    "sech": "       N   .    .+    +     +    .+   .",
    "sigmoid": "    N   .    .+    +     +    +    +",
    "sigmoid_slope": " N . .+    +     +    .+   .",
    "sign": "       N   -    -     .     .    +    +",
    "sinh": "       N   <    -<    .     0    +>   >",
    "sinhc": "      N   >N   +>    +     +    +>   >N",
    "softplus": "   N   .    .+    +     +    +>   >",
    "sqrt": "       N   N    N     .     .    +    >",
    "sqrt1pm1": "   N   N    -.N   .     0    .+   >",
    "square": "     N   >    .+>   .     .    .+>  >",
    "stop_gradient": "N  <    -     .     .    +    >",
    "tanh": "       N   -    -     .     0    +    +",
    "trunc": "      N   <    -.    .     .    .+   >",
    "versin": "     N   N    .+    .     .    .+   N",
}
UNARY = {name: tuple(map(named, row.split())) for name, row in _UNARY.items()}


@cache
def unary(name: str, classes: int) -> int:
    """What an operation of the table makes of values of these classes."""
    found = 0
    for k, made in enumerate(UNARY[name]):
        if classes >> k & 1:
            found |= made
    return found


def _add(a: str, b: str) -> str:
    if "N" in a + b or {a, b} == {"<", ">"}:
        return "N"
    for infinite in "<>":
        if infinite in a + b:
            return infinite
    if a in ".0" or b in ".0":
        return _maximum(a, b) if a in ".0" and b in ".0" else b if a in ".0" else a
    return "-0+" if a != b else "+>" if a == "+" else "-<"


def _multiply(a: str, b: str) -> str:
    if "N" in a + b:
        return "N"
    if a in ".0" or b in ".0":
        if a in "<>" or b in "<>":
            return "N"
        return "." if "." in a + b or a == b else "0"
    same, infinite = (a in "<-") == (b in "<-"), a in "<>" or b in "<>"
    return ("" if infinite else ".+" if same else ".-") + (">" if same else "<")


def _divide(a: str, b: str) -> str:
    if "N" in a + b or (a in ".0" and b in ".0") or (a in "<>" and b in "<>"):
        return "N"
    if b in ".0":
        return "<>"
    if a in ".0" or b in "<>":
        return a if a in ".0" else "."
    return _multiply(a, b)


def _opposite(a: str) -> str:
    return a.translate(str.maketrans("<-+>", ">+-<"))


def _maximum(a: str, b: str) -> str:
    if "N" in a + b:
        return "N"
    return max(a, b, key=_LETTERS.index)  # of zeros too, "0" is behind "."


def _hypot(a: str, b: str) -> str:
    if "N" in a + b:
        return "N>"
    if a in "<>" or b in "<>":
        return ">"
    return "." if a in ".0" and b in ".0" else "+>"


def _power(a: str, b: str) -> str:
    """A nonnegative number to any power; of other bases nothing is known."""
    if a == "+":
        return ".+>" + ("N" if b == "N" else "")
    if a in ".0" and b in "-+":
        return "<>" if b == "-" else a
    return ".0+>N" if a in ".0>" else "N<-.0+>"


_BINARY: dict[str, Callable[[str, str], str]] = {
    "add": _add,
    "divide": _divide,
    "hypot": _hypot,
    "maximum": _maximum,
    "minimum": lambda a, b: _opposite(_maximum(_opposite(a), _opposite(b))),
    "multiply": _multiply,
    "power": _power,
    "subtract": lambda a, b: _add(a, _opposite(b)),
}


@cache
def binary(name: str, a: int, b: int) -> int:
    """What an operation on two operands makes of values of these classes."""
    found = 0
    for one in split(a):
        for other in split(b):
            found |= named(_BINARY[name](one, other))
    return found


@cache
def repeated(name: str, classes: int) -> int:
    """What sums or products of one and more such values may be."""
    found, before = classes, 0
    while found != before:
        before = found
        found |= binary(name, found, classes) | binary(name, found, found)
    return found


def of_array(array: Any, narrow: bool) -> int:
    """The classes of a constant's values, which may become float32 ones where ``narrow``."""
    x = np.asarray(array, float)
    least, most = (1.5e-45, 3.4e38) if narrow else (0.0, np.finfo(float).max)
    holds = {
        NAN: np.isnan(x),
        LOWEST: x < -most,
        NEGATIVE: (x < 0) & (x > -np.inf),
        FLAT: np.abs(x) <= least,
        POSITIVE: (x > 0) & (x < np.inf),
        HIGHEST: x > most,
    }
    return sum(kind for kind, where in holds.items() if where.any())
