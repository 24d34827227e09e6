"""What is to be emitted, and what one function has become on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...graph.graph import Expr
from ..naming import Names
from ..schedule import Schedule
from .body import Body


@dataclass(frozen=True)
class Signature:
    """One function to emit: its name, inputs (None: all that is needed) and outputs.

    ``single`` says that the one output is returned by itself, not in a tuple; ``asked`` are the
    outputs as the user gave them, where ``outputs`` are rewritten; ``scipy`` says that the code may
    call `scipy.special`, ``fast`` that it gives large arrays up early.
    """

    name: str
    inputs: Sequence[Expr] | None
    outputs: Sequence[Expr]
    single: bool = False
    asked: Sequence[Expr] = ()
    scipy: bool = False
    fast: bool = False


@dataclass
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


def output_names(f: Emitted) -> list[str]:
    """What the outputs are called, in docstrings."""
    found = []
    for i, (o, returned) in enumerate(zip(f.plan.outputs, f.body.returned, strict=True)):
        name = returned if returned.isidentifier() else f.names.of.get(o.id)
        found.append(name or f"output{i}")
    return found


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    text = ", ".join(names)
    return text if len(text) < 60 else f"{names[0]}, ... and {names[-1]}, {len(names)} arrays"
