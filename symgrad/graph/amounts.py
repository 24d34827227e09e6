"""Amounts of work or memory as closed formulas in named dims: ``2/3*n**3 + n*log2(n)``.

What a `Dim` can not say as a size, an `Amount` can: fractions and logarithms. Its text is Python.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import accumulate, groupby
from numbers import Rational
from typing import TYPE_CHECKING

from .dims import Dim

if TYPE_CHECKING:
    from fractions import Fraction  # in the standard library, but slow to import

    _Number = int | Fraction

_Factors = tuple[str, ...]  # sorted; a named dim, or a text such as (n//2) or log2(n)
_MORE = " + ..."
_FUNCTIONS = {"max": max, "min": min, "log2": lambda x: math.log2(max(x, 1))}


class Amount:
    """A polynomial of named dims with rational coefficients; log2(0) counts as 0.

    Example
    -------
    >>> from fractions import Fraction
    >>> n = Dim("n")
    >>> work = Amount.of(n) * n * n * Fraction(2, 3) + 6 * n + 1
    >>> work
    2/3*n**3 + 6*n + 1
    >>> work.at({"n": 3})
    Fraction(37, 1)
    """

    __slots__ = ("_names", "terms")
    __array_ufunc__ = None  # NumPy's arrays and integers leave operators to those below

    def __init__(self, terms: Mapping[_Factors, _Number], names: frozenset[str]) -> None:
        self.terms = {f: c for f, c in terms.items() if c}
        self._names = names

    @property
    def names(self) -> frozenset[str]:
        """The named dims that it is made of."""
        return self._names & {w for factors in self.terms for f in factors for w in _words(f)}

    @classmethod
    def of(cls, value: int | Fraction | Dim | Amount) -> Amount:
        """The amount that a number or a size is."""
        if isinstance(value, Amount):
            return value
        if isinstance(value, Dim):
            return cls(dict(value.terms), value.names)
        return cls({(): value}, frozenset())

    def __add__(self, other: int | Fraction | Dim | Amount) -> Amount:
        return total([self, Amount.of(other)])

    __radd__ = __add__

    def __mul__(self, other: int | Fraction | Dim | Amount) -> Amount:
        b, terms = Amount.of(other), dict[_Factors, "_Number"]()
        for f, c in self.terms.items():
            for g, d in b.terms.items():
                key = tuple(sorted(f + g)) if f and g else f or g
                terms[key] = terms.get(key, 0) + c * d
        return Amount(terms, self._names | b._names)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rational | Dim | Amount):
            return NotImplemented
        return self.terms == Amount.of(other).terms  # type: ignore[arg-type]  # never floats

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def at(self, sizes: Mapping[str, int]) -> Fraction | float:
        """The number that it is for these sizes, which name every dim: exact without logarithms."""
        from fractions import Fraction

        found: Fraction | float = Fraction(0)
        known: dict[str, int | float] = {**sizes}
        for factors, c in self.terms.items():
            value: Fraction | float = Fraction(c)
            for f in factors:
                if f not in known:
                    known[f] = _opaque_value(f, sizes)
                value = value * known[f]
            found = found + value
        return found

    def __str__(self) -> str:
        return "".join(_texts(self._ordered())) or "0"

    __repr__ = __str__

    def shortened(self, width: int) -> str:
        """The text; where it is longer than ``width``, the first terms and an ellipsis.

        Example
        -------
        >>> n = Dim("n")
        >>> Amount.of(n * n * 2 + n * 3 + 1).shortened(14)
        '2*n**2 + ...'
        """
        texts = list(_texts(self._ordered()))
        ends = list(accumulate(map(len, texts)))
        if not texts or ends[-1] <= width:
            return str(self)
        shown = max(bisect_right(ends[:-1], width - len(_MORE)), 1)
        return "".join(texts[:shown]) + (_MORE if len(texts) > 1 else "")

    def _ordered(self) -> list[tuple[_Factors, _Number]]:
        """By degree, then by name."""
        return sorted(self.terms.items(), key=lambda t: (-len(t[0]), t[0]))


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum, in time linear in all terms."""
    terms, names = dict[_Factors, "_Number"](), set[str]()
    for amount in amounts:
        names |= amount._names
        for factors, c in amount.terms.items():
            terms[factors] = terms.get(factors, 0) + c
    return Amount(terms, frozenset(names))


def log2(size: int | Dim) -> Amount:
    """The binary logarithm of a size, and 0 of 0.

    Example
    -------
    >>> n = Dim("n")
    >>> log2(n) * n, log2(8) * 8, (log2(n) * n).at({"n": 8})
    (n*log2(n), 8*log2(8), 24.0)
    """
    names = size.names if isinstance(size, Dim) else frozenset[str]()
    return Amount({(f"log2({size})",): 1}, names)


def _opaque_value(text: str, sizes: Mapping[str, int]) -> int | float:
    """Value of ``log2(a)`` or of an opaque factor of a dim: text that only this package makes."""
    value: int | float = eval(text, {"__builtins__": {}, **_FUNCTIONS, **sizes})
    return value


def _texts(terms: Iterable[tuple[_Factors, _Number]]) -> Iterator[str]:
    """The terms as they follow one another, with their signs."""
    for i, (factors, c) in enumerate(terms):
        ordered = sorted(factors, key=lambda f: f.startswith("log2("))  # logarithms stand last
        powers = [(f, len(list(same))) for f, same in groupby(ordered)]
        parts = [f if k == 1 else f"{_paren(f)}**{k}" for f, k in powers]
        parts = parts if abs(c) == 1 and parts else [str(abs(c)), *parts]
        sign = (" - " if c < 0 else " + ") if i else ("-" if c < 0 else "")
        yield sign + "*".join(parts)


@cache
def _words(factor: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", factor))


def _paren(factor: str) -> str:
    return factor if re.fullmatch(r"\w+|\(.*\)|\w+\(.*\)", factor) else f"({factor})"
