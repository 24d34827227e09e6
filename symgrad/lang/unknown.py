"""Why a name means nothing where it stands: misspelt, defined later, cyclic, or a function."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..errors import suggest
from .lexer import shortened
from .steps import Statement

_MODULES = ("np", "numpy", "jnp", "jax", "torch", "tf", "math", "sg", "symgrad")
_SHOWN = 12


def name_error(
    name: str, lines: Sequence[Statement], known: Collection[str], functions: Collection[str]
) -> tuple[str, str]:
    """What is wrong with a name, and how to put it right.

    Parameters
    ----------
    name : str
        The name without a meaning.
    lines : sequence of Statement
        The line that it stands in, and those after it.
    known : collection of str
        The names that have a meaning here.
    functions : collection of str
        The names that can be called.
    """
    definitions = {str(s.name.value): s for s in lines if s.name is not None}
    if name in definitions:
        return _too_early(name, lines[0], definitions)
    if name in functions:
        return f"{name} is a function", f"Call it: {name}(x)."
    if name in _MODULES:
        return f"unknown name {name}", "Functions are called by their bare names: exp(x)."
    return f"unknown name {shortened(name)}", _known(name, sorted(known))


def _known(name: str, known: list[str]) -> str:
    near = suggest(name, known)
    more = ", ..." if len(known) > _SHOWN else ""
    listed = f"Known names: {', '.join(known[:_SHOWN])}{more}." if known else "No names are known."
    if near:
        return f"Did you mean {near}? {listed}"
    return f"{listed} Declare an input with {shortened(name)}: float64[n]."


def _too_early(name: str, line: Statement, definitions: Mapping[str, Statement]) -> tuple[str, str]:
    chain = _chain(name, line, definitions)
    if chain:
        how = "Begin with an input or a value defined before; a new value takes a new name."
        return f"the definition of {chain[0]} is cyclic: {' → '.join(chain)}", how
    found = definitions[name]
    if found.kind == "input":
        return f"{name} is used before its declaration", "Move the declaration to the top."
    return f"{name} is used before its definition", f"Move the line of {name} above this one."


def _chain(name: str, line: Statement, definitions: Mapping[str, Statement]) -> list[str]:
    """From the name of the line through ``name`` back to it; empty if nothing leads back."""
    goal = str(line.name.value) if line.name is not None else None
    used_by: dict[str, str | None] = {name: None}
    queue = [name]
    for reached in queue:
        if reached == goal:
            path = [goal]
            while (user := used_by[path[-1]]) is not None:
                path.append(user)
            return [goal, *reversed(path)]
        steps = definitions[reached].steps
        for used in (str(step.value) for step in steps if step.kind == "name"):
            if used in definitions and used not in used_by:
                used_by[used] = reached
                queue.append(used)
    return []
