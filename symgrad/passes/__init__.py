"""Rewriting: `stabilize` before differentiation, `simplify` after it.

What is one equation is a line in `rules/`. What no equation says, sums of any length, axes, has
a file in `families/`, whose tables `structural.py` gathers; what is written shorter has one in
`shortening/`, whose tables are gathered here. The engine is `rewriting/`; what it and they find out
of a node is in `facts/`. `lowering/` is for code that plans its memory, `explanations/` for
readers. Derivatives are `symgrad.autodiff`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..graph.collection import resting
from ..graph.graph import Expr
from ..ops.guards import guard
from ..rooms import Room
from . import structural
from .facts.proofs import held
from .families import means, mixtures
from .lowering.accumulated import accumulated
from .lowering.affine import affine
from .lowering.contractions import contracted
from .lowering.entries import by_place
from .lowering.indexed import indexed
from .lowering.logarithms import spelled_out
from .lowering.placements import placed
from .lowering.rows import lower
from .lowering.scores import scored
from .lowering.seeds import seeded
from .lowering.stacks import in_rows
from .lowering.transposes import untransposed
from .rewriting.engine import Phase, Step
from .rules import arcs as arcs_table
from .rules import cancellation as cancellation_table
from .rules import canonicalize as canonicalize_table
from .rules import chords as chords_table
from .rules import differences as differences_table
from .rules import logarithms as logarithms_table
from .rules import means as means_table
from .rules import powers as powers_table
from .rules import proved as proved_table
from .rules import quotients as quotients_table
from .rules import roots as roots_table
from .rules import scales as scales_table
from .rules import signs as signs_table
from .rules import specialize as specialize_table
from .rules import stabilize as stabilize_table
from .rules import steps as steps_table
from .shortening import centered, choices, elementwise, expanding, layout, scalars, slopes
from .shortening.unshared import unshared

if TYPE_CHECKING:
    from .explanations import explaining, noting
    from .explanations.explaining import Explanation
    from .explanations.noting import Note
    from .explanations.reasons import Compile
else:
    explaining = Room("symgrad.passes.explanations.explaining")
    noting = Room("symgrad.passes.explanations.noting")

__all__ = [
    "Step",
    "explain",
    "final",
    "notes",
    "planned",
    "simplify",
    "sparing",
    "specialize",
    "stabilize",
]

_STABILIZE = Phase(
    "stabilize",
    [
        *stabilize_table.RULES,
        *logarithms_table.RULES,
        *chords_table.RULES,
        *quotients_table.RULES,
        *scales_table.RULES,
        *steps_table.RULES,
        *differences_table.RULES,
        *roots_table.RULES,
        *cancellation_table.RULES,
        *powers_table.RULES,
        *arcs_table.RULES,
        *signs_table.RULES,
        *proved_table.RULES,
    ],
    structural.joined(structural.STABILIZE, layout.REPEATED),
)
_HIDING = structural.joined(means.ROOTS, mixtures.INVERSES)
_MEANS = Phase("means", means_table.RULES, _HIDING)  # hides roots and sums from all other rules
_SHORTER = structural.joined(
    structural.CANONICALIZE,
    slopes.TABLE,
    centered.TABLE,
    elementwise.TABLE,
    layout.TABLE,
    scalars.TABLE,
    choices.TABLE,
    expanding.TABLE,
)
_SHORT = [*signs_table.RULES, *canonicalize_table.RULES]
_FINAL = [*_SHORT, *proved_table.VALUES]
_CANONICALIZE = Phase("canonicalize", _SHORT, _SHORTER)
_VALUES = Phase("values", _FINAL, _SHORTER)
_LAST = [*specialize_table.RULES, *specialize_table.ROUNDED]
_SPECIALIZE = Phase("specialize", _LAST, choices.LAST)
_SUMS = Phase("sums", (), expanding.LAST)
_ROUNDS = 8
_UNWRAP = Phase("unwrap", (), expanding.RULES_OF_USERS)


@resting()
def stabilize(
    outputs: Sequence[Expr], keep: Sequence[Expr] = (), trace: list[Step] | None = None
) -> list[Expr]:
    """The outputs in the form that floating point can bear; ``keep`` stays visible."""
    with held(keep):
        return guard(_unguarded(outputs, keep, trace), keep)


def _unguarded(
    outputs: Sequence[Expr], keep: Sequence[Expr] = (), trace: list[Step] | None = None
) -> list[Expr]:
    return _MEANS(_STABILIZE(outputs, keep, trace), keep, trace)


@resting()
def simplify(outputs: Sequence[Expr], trace: list[Step] | None = None) -> list[Expr]:
    """The outputs in stable, short form; the steps are appended to ``trace``."""
    return _rewritten(outputs, _CANONICALIZE, trace)


def _rewritten(
    outputs: Sequence[Expr], phase: Phase, trace: list[Step] | None = None
) -> list[Expr]:
    """Stable, then short, until neither finds more; what is known from before costs little."""
    found, before = list(outputs), list[Expr]()
    for _ in range(_ROUNDS):
        found = stabilize(found, trace=trace)
        if found == before:  # and that is short
            break
        before = found = _shortened(found, phase, trace)
    return found


def _shortened(outputs: Sequence[Expr], phase: Phase, trace: list[Step] | None) -> list[Expr]:
    found, before = list(outputs), list[Expr]()
    for _ in range(1 + _ROUNDS):
        # What a rewrite has made inside is settled in the next round.
        found = _SUMS(phase(found, trace=trace), trace=trace)
        if found == before:
            break
        before, found = found, unshared(found)
    return found


def specialize(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in the forms that NumPy computes fastest, which no other rule looks for."""
    return indexed(_SPECIALIZE(outputs))


@resting()
def final(outputs: Sequence[Expr]) -> list[Expr]:
    """As `simplify`, for what will not be differentiated any more: rules of the user's own go."""
    return specialize(_rewritten(_UNWRAP(outputs), _VALUES))


@resting()
def planned(outputs: Sequence[Expr]) -> list[Expr]:
    """As `final`, in rows that are one NumPy call each: for code that plans its memory."""
    return seeded(by_place(accumulated(_in_rows(outputs))))


@resting()
def sparing(outputs: Sequence[Expr]) -> list[Expr]:
    """As `planned`, where memory is to be saved: no values wait to be put side by side."""
    return seeded(by_place(_in_rows(outputs)))


def _in_rows(outputs: Sequence[Expr]) -> list[Expr]:
    found = final(outputs)
    for change in (scored, contracted, affine, untransposed, spelled_out, placed, lower, in_rows):
        found = change(found)
    return found


def explain(outputs: Sequence[Expr], compiled: Compile) -> Explanation:
    """What is computed otherwise than it was written, and why."""
    return explaining.explain(outputs, explaining.Phases(_unguarded, simplify), compiled)


def notes(outputs: Sequence[Expr], compiled: Compile) -> list[Note]:
    """The few rewrites that an emitted file tells of: what fails as it was written."""
    phases = explaining.Phases(_unguarded, simplify)
    return noting.notes(outputs, phases, compiled, final)
