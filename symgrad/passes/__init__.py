"""Rewriting: `stabilize` before differentiation, `simplify` after it. Tables are in `rules/`."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Expr
from ..ops.guards import guard
from . import elementwise, structural, unwrapping
from .engine import Phase, Step
from .rules import canonicalize as canonicalize_table
from .rules import stabilize as stabilize_table

__all__ = ["Step", "final", "simplify", "stabilize"]

_STABILIZE = Phase("stabilize", stabilize_table.RULES, structural.STABILIZE)
_SHORTER = {
    name: [*elementwise.TABLE.get(name, ()), *structural.CANONICALIZE.get(name, ())]
    for name in {**elementwise.TABLE, **structural.CANONICALIZE}
}
_CANONICALIZE = Phase("canonicalize", canonicalize_table.RULES, _SHORTER)
_UNWRAP = Phase("unwrap", (), unwrapping.TABLE)


def stabilize(outputs: Sequence[Expr], keep: Sequence[Expr] = ()) -> list[Expr]:
    """The outputs in the form that floating point can bear; ``keep`` stays visible."""
    return guard(_STABILIZE(outputs, keep), keep)


def simplify(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in stable, short form."""
    return _CANONICALIZE(stabilize(outputs))


def final(outputs: Sequence[Expr]) -> list[Expr]:
    """As `simplify`, for what will not be differentiated any more: rules of the user's own go."""
    if any(n.op in unwrapping.TABLE for n in outputs[0].graph.nodes):
        outputs = _UNWRAP(outputs)
    return simplify(outputs)
