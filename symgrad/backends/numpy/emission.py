"""What is to be emitted, and what one function has become on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from ...graph.graph import Expr
from ...graph.records import record
from ..naming import Names
from ..schedule import Schedule
from .body import Body
from .layout import INDENT, WIDTH, bracketed, spread
from .listed import Listed
from .pieces import Piece

_TEMPORARY = re.compile(r"t\d+")
_RESULT = re.compile(r"result\d*")


class Limit(NamedTuple):
    """Bytes that a call may take, at sizes of the named dims."""

    bytes: int
    sizes: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Signature:
    """One function to emit: its name, inputs (None: all that is needed) and outputs.

    ``single`` says that the one output is returned by itself, not in a tuple, ``as_list`` that they
    are returned in a list; ``asked`` are the outputs as the user gave them, where ``outputs`` are
    rewritten; ``scipy`` says that the code may call `scipy.special`, ``fast`` that it computes in
    arrays that it keeps, ``reuse`` that the outputs are among these. ``updated`` inputs
    are overwritten by the last of the outputs. ``checkpoints`` and ``limit`` say how much memory is
    to be saved; where it is, ``whole`` are the outputs for which nothing is computed twice.
    ``trusted`` says that arguments are not checked.
    """

    name: str
    inputs: Sequence[Expr] | None
    outputs: Sequence[Expr]
    single: bool = False
    asked: Sequence[Expr] = ()
    scipy: bool = False
    fast: bool = False
    as_list: bool = False
    reuse: bool = False
    updated: Sequence[Expr] = ()
    checkpoints: object = None
    limit: Limit | None = None
    whole: Sequence[Expr] = ()
    trusted: bool = False

    @property
    def frugal(self) -> bool:
        """Whether memory is to be saved."""
        return self.checkpoints is not None or self.limit is not None


@record
class Emitted:
    """One function's source, and what it needs around it."""

    signature: Signature
    plan: Schedule
    names: Names
    body: Body
    arguments: list[str]
    sizes: list[str]
    source: list[str]
    used: list[str]  # the sizes that the body mentions
    pieces: list[Piece] = field(default_factory=list)  # of a long body
    parts: list[Emitted] = field(default_factory=list)  # functions that it alone calls
    listed: Listed = field(default_factory=dict)  # arguments that are compared in a loop
    table: str = ""  # what lists these, at module level

    @cached_property
    def dims(self) -> frozenset[str]:
        """The named dims that the inputs determine."""
        return frozenset(self.plan.dims)

    @cached_property
    def code(self) -> str:
        """The lines of the finished body as one text, to be searched."""
        return "\n".join(self.body.lines)


def output_names(f: Emitted) -> list[str]:
    """What the outputs are called, in docstrings."""
    found: list[str | None] = []
    for o, returned in zip(f.plan.returned, f.body.returned, strict=True):
        name = returned if returned.isidentifier() else f.names.of.get(o.id)
        found.append(None if name and _TEMPORARY.fullmatch(name) and o.name != name else name)
    numbered = found.count(None) + any(name and _RESULT.fullmatch(name) for name in found) > 1
    return [name or f"result{i + 1}" * numbered or "result" for i, name in enumerate(found)]


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    text = ", ".join(names)
    return text if len(text) < 60 else f"{names[0]}, ... and {names[-1]}, {len(names)} arrays"


def return_lines(f: Emitted) -> list[str]:
    """The ``return``, as a function's signature has it."""
    values = f.body.returned
    if f.signature.single:
        return [f"return {values[0]}"]
    if not values:
        return ["return []" if f.signature.as_list else "return ()"]
    if f.signature.as_list:
        return bracketed("return [", values, "]", WIDTH - len(INDENT))
    if len(values) == 1:
        return [f"return ({values[0]},)"]
    return spread("return ", values)
