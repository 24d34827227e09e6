"""Formulas as textbooks write them, with points at which floating point makes them hard.

Each text is a program of symgrad's language, and Python too: the truth is the same text, read by
Python with mpmath's functions, at as many digits as it takes. Where the formula is 0/0 or 0·∞ at
a point, its limit is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Point = tuple[float, ...]
TINY = (1e-300, 1e-20, 1e-8)
SMALL = (*TINY, 1e-3, 0.3, 1.0)
LARGE = (3.0, 40.0, 800.0, 1e5, 1e200)
POSITIVE = (*SMALL, *LARGE)


def signed(points: Sequence[float]) -> tuple[float, ...]:
    """The points and their negatives."""
    return (*points, *(-p for p in points))


NONZERO = signed(POSITIVE)
REALS = (0.0, *NONZERO)
NEAR = (0.0, *signed((*SMALL, 3.0)))
PROBABILITIES = (1e-300, 1e-20, 1e-3, 0.3, 0.5, 0.500001, 0.9, 1 - 1e-12)


@dataclass(frozen=True)
class Case:
    """One formula.

    Attributes
    ----------
    family : str
        What it is, in words.
    text : str
        The formula, in symgrad's language and in Python's.
    points : sequence of tuples
        Of an elementwise formula: values of its variables, one tuple a point.
    arrays : sequence of dicts
        Of any other: values of its inputs, one dict a call.
    limits : mapping
        Value and slopes at points where the formula itself has none.
    digits : int
        At least this many decimals for the truth.
    wrt : tuple of str
        What it is differentiated by; all variables by default.
    meant : str
        What the text says by convention where it has no value of its own: 0 log(0) is 0.
    """

    family: str
    text: str
    variables: tuple[str, ...] = ("x",)
    points: Sequence[Point] = ()
    arrays: Sequence[Mapping[str, Any]] = ()
    limits: Mapping[Point, tuple[float, ...]] = field(default_factory=dict)
    digits: int = 100
    wrt: tuple[str, ...] | None = None
    meant: str = ""

    def __str__(self) -> str:
        return f"{self.family}: {self.text}".replace("\n", "; ")


CASES: list[Case] = []


def each(
    family: str,
    points: Sequence[float],
    *texts: str,
    limits: Mapping[float, tuple[float, float]] | None = None,
    **columns: Any,
) -> None:
    """Spellings of one function of one variable."""
    at = {(k,): v for k, v in (limits or {}).items()}
    pairs = [(p,) for p in (*points, *(limits or {}))]
    for text in texts:
        CASES.append(Case(family, text, ("x",), pairs, limits=at, **columns))


def pairs(family: str, points: Sequence[Point], *texts: str, **columns: Any) -> None:
    """Spellings of one function of x and y."""
    for text in texts:
        CASES.append(Case(family, text, ("x", "y"), points, **columns))


def arrays(family: str, calls: Sequence[Mapping[str, Any]], *texts: str, **columns: Any) -> None:
    """Spellings of one function of arrays."""
    for text in texts:
        CASES.append(Case(family, text, tuple(calls[0]), arrays=calls, **columns))
