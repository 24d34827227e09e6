"""Rewriting: `stabilize` before differentiation, `simplify` after it. Tables are in `rules/`."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Expr
from . import structural
from .engine import Phase, Step
from .rules import canonicalize as canonicalize_table
from .rules import stabilize as stabilize_table

__all__ = ["Step", "simplify", "stabilize"]

_STABILIZE = Phase("stabilize", stabilize_table.RULES, structural.STABILIZE)
_CANONICALIZE = Phase("canonicalize", canonicalize_table.RULES, structural.CANONICALIZE)


def stabilize(outputs: Sequence[Expr], keep: Sequence[Expr] = ()) -> list[Expr]:
    """The outputs in the form that floating point can bear; ``keep`` stays visible."""
    return _STABILIZE(outputs, keep)


def simplify(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in stable, short form."""
    return _CANONICALIZE(_STABILIZE(outputs))
