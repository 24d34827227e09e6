"""Rewriting: `stabilize` before differentiation, `simplify` after it. Tables are in `rules/`."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Expr
from ..ops.guards import guard
from . import elementwise, explaining, layout, scalars, slopes, structural, unwrapping
from .engine import Phase, Step
from .explaining import Explanation, Rewrite
from .reasons import Compile
from .rules import canonicalize as canonicalize_table
from .rules import signs as signs_table
from .rules import stabilize as stabilize_table
from .unshared import unshared

__all__ = ["Step", "explain", "final", "notes", "simplify", "stabilize"]

_STABILIZE = Phase("stabilize", [*stabilize_table.RULES, *signs_table.RULES], structural.STABILIZE)
_SHORTER: structural.Table = structural.CANONICALIZE
for _table in (slopes.TABLE, elementwise.TABLE, layout.TABLE, scalars.TABLE):
    _SHORTER = structural.joined(_SHORTER, _table)
_CANONICALIZE = Phase("canonicalize", [*signs_table.RULES, *canonicalize_table.RULES], _SHORTER)
_ROUNDS = 8
_UNWRAP = Phase("unwrap", (), unwrapping.TABLE)


def stabilize(
    outputs: Sequence[Expr], keep: Sequence[Expr] = (), trace: list[Step] | None = None
) -> list[Expr]:
    """The outputs in the form that floating point can bear; ``keep`` stays visible."""
    return guard(_STABILIZE(outputs, keep, trace), keep)


def simplify(outputs: Sequence[Expr], trace: list[Step] | None = None) -> list[Expr]:
    """The outputs in stable, short form; the steps are appended to ``trace``."""
    found = stabilize(outputs, trace=trace)
    before: list[Expr] = []
    for _ in range(_ROUNDS):  # what a rewrite has made inside is settled in the next round
        found = _CANONICALIZE(found, trace=trace)
        if found == before:
            break
        before = found = unshared(found)
    return found


def final(outputs: Sequence[Expr]) -> list[Expr]:
    """As `simplify`, for what will not be differentiated any more: rules of the user's own go."""
    if any(n.op in unwrapping.TABLE for n in outputs[0].graph.nodes):
        outputs = _UNWRAP(outputs)
    return simplify(outputs)


def explain(outputs: Sequence[Expr], compiled: Compile) -> Explanation:
    """What is computed otherwise than it was written, and why."""
    return explaining.explain(outputs, explaining.Phases(_STABILIZE, stabilize, simplify), compiled)


def notes(outputs: Sequence[Expr], compiled: Compile) -> list[Rewrite]:
    """The few rewrites that an emitted file tells of: what fails as it was written."""
    return explaining.notes(outputs, explaining.Phases(_STABILIZE, stabilize, simplify), compiled)
