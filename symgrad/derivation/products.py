"""Products as they are written: sign, number, scalars, then arrays joined by a circled dot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..lang.latex import FACTOR, SUBSCRIPT, SUM, TERM, Formula, write_number


class BigSum(Formula):
    """A sum sign and what it sums: needs parentheses before another factor, and not at the end."""


@dataclass(frozen=True)
class Product:
    """A number times scalars times arrays, over others.

    Attributes
    ----------
    above, below : float
        The numbers of the fraction.
    factors, divisors : tuple of (Formula, bool)
        Each with whether it is an array.
    """

    above: float = 1.0
    below: float = 1.0
    factors: tuple[tuple[Formula, bool], ...] = ()
    divisors: tuple[tuple[Formula, bool], ...] = ()

    def times(self, other: Product) -> Product:
        """The product of both."""
        return Product(
            self.above * other.above,
            self.below * other.below,
            self.factors + other.factors,
            self.divisors + other.divisors,
        ).reduced()

    def inverse(self) -> Product:
        """One over it."""
        sign = -1.0 if self.above < 0 else 1.0
        return Product(sign * self.below, abs(self.above), self.divisors, self.factors)

    def reduced(self) -> Product:
        """Without a number below that divides the one above."""
        whole = self.below != 1 and self.below != 0 and self.above % self.below == 0
        return replace(self, above=self.above / self.below, below=1.0) if whole else self

    def formula(self) -> Formula:
        """The product as it is written."""
        if self.above < 0:
            positive = replace(self, above=-self.above).formula()
            return Formula(f"-{positive.at(TERM)}", SUM)
        if self == Product(factors=self.factors) and len(self.factors) == 1:
            return self.factors[0][0]
        arrays = _quotient(_of(self.factors, True), _of(self.divisors, True), r" \odot ")
        parts = [*self._scalars(), *arrays]
        if not parts:
            return write_number(1.0)
        return parts[0] if len(parts) == 1 else _joined(parts, r" \, ", TERM)

    def _scalars(self) -> list[Formula]:
        """The numbers and simple factors as one fraction, then the other factors."""
        scalars = _of(self.factors, False)
        above = [write_number(self.above)] * (self.above != 1)
        below = [write_number(self.below)] * (self.below != 1) + _of(self.divisors, False)
        if not self._is_fraction():
            above += [f for f in scalars if f.level >= SUBSCRIPT or not below]
            scalars = [f for f in scalars if f.level < SUBSCRIPT and below]
        else:
            above, scalars = above + scalars, []
        return [*_quotient(above, below, r" \, "), *scalars]

    def _is_fraction(self) -> bool:
        """Whether all is scalar, over more than a number."""
        arrays = any(is_array for _, is_array in self.factors + self.divisors)
        return not arrays and any(f.level < SUBSCRIPT for f, _ in self.divisors)


def _of(factors: Sequence[tuple[Formula, bool]], arrays: bool) -> list[Formula]:
    return [f for f, is_array in factors if is_array == arrays]


def _quotient(above: list[Formula], below: list[Formula], sign: str) -> list[Formula]:
    """Factors over divisors; none for 1."""
    if not below:
        return [_joined(above, sign)] if above else []
    top = _joined(above, sign).text if above else "1"
    return [Formula(rf"\frac{{{top}}}{{{_joined(below, sign).text}}}", FACTOR)]


def _joined(factors: list[Formula], sign: str, level: int = FACTOR) -> Formula:
    """A product; a sum sign needs no parentheses at its end."""
    if len(factors) == 1:
        return factors[0]
    *first, last = factors
    bare = isinstance(last, BigSum) and level == TERM
    end = last.text if bare else last.at(level)
    return Formula(sign.join([*(f.at(level) for f in first), end]), SUM if bare else TERM)
