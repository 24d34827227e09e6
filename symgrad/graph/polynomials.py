"""Polynomials in names, with whole coefficients, in canonical order."""

from __future__ import annotations

from collections.abc import Iterable

Terms = tuple[tuple[tuple[str, ...], int], ...]
"""((factors, coefficient), ...): terms of more factors first, factors in alphabetic order."""


def collect(pairs: Iterable[tuple[tuple[str, ...], int]]) -> Terms:
    """Terms in canonical order, those of the same factors added up.

    Example
    -------
    >>> collect([(("n",), 2), ((), 1), (("n",), -1)])
    ((('n',), 1), ((), 1))
    """
    total: dict[tuple[str, ...], int] = {}
    for factors, coefficient in pairs:
        total[factors] = total.get(factors, 0) + coefficient
    kept = [(f, c) for f, c in total.items() if c]
    return tuple(sorted(kept, key=lambda t: (-len(t[0]), t[0])))


def add(a: Terms, b: Terms) -> Terms:
    """The sum."""
    return collect((*a, *b))


def multiply(a: Terms, b: Terms) -> Terms:
    """The product."""
    return collect((tuple(sorted(f + g)), c * d) for f, c in a for g, d in b)


def divide(a: Terms, b: Terms) -> Terms | None:
    """The quotient, if the divisor is one term that divides all; else None."""
    if len(b) != 1:
        return None
    factors, coefficient = b[0]
    out = []
    for term, c in a:
        rest = list(term)
        for f in factors:
            if f not in rest:
                return None
            rest.remove(f)
        if c % coefficient:
            return None
        out.append((tuple(rest), c // coefficient))
    return collect(out)


def is_name(terms: Terms) -> bool:
    """Whether it is one factor and nothing else."""
    return len(terms) == 1 and terms[0][1] == 1 and len(terms[0][0]) == 1


def show(terms: Terms) -> str:
    """Canonical text, which is also Python."""
    text = ""
    for factors, c in terms:
        body = "*".join(factors if abs(c) == 1 and factors else (str(abs(c)), *factors))
        sign = (" - " if c < 0 else " + ") if text else ("-" if c < 0 else "")
        text += sign + body
    return text
