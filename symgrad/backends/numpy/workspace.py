"""The arrays that a function of style="fast" keeps from call to call, as lines around its body.

A call takes a workspace of its sizes out of a list, and puts it back at its end: two threads never
compute in the same one, and a call that fails only loses its own. Where outputs are kept too, each
thread has lists of its own: its results are overwritten by no calls but its own. A workspace then
holds two sets of results, which serve in turn: results may be arguments of the next call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from ..naming import Names
from .body import Workspace
from .emission import Emitted
from .layout import INDENT, WIDTH, indented
from .templates import ALIASES

_ALIAS = re.compile(r"\b_\w+")
_ROW = re.compile(r"(\w+)\[(\d+)\]")
_ROWS = 8  # of a stack that are not named one by one where a workspace is made
SIZES = 8  # for so many sizes of the named dims workspaces are kept


def name_workspace(space: Workspace, function: str, names: Names) -> None:
    """Names that clash with none of the function's."""
    space.name, space.free = names.fresh("workspace"), names.fresh("free")
    space.kept = names.fresh(f"_{function}_kept")
    space.make = names.fresh(f"_{function}_workspace")
    if space.turns:
        space.make_results = names.fresh(f"_{function}_results")
        made = f"{space.make_results}({', '.join(space.sizes)})"
        space.arrays[space.sets] = f"[{made}, {made}]"


def module_names(f: Emitted) -> set[str]:
    """The names that a function takes at module level, besides its own."""
    space = f.body.workspace
    own = {space.kept, space.make, space.make_results} - {""} if space.arrays else set()
    parts = {name for part in f.parts for name in (part.signature.name, *module_names(part))}
    return {*f.body.constants, *space.numbers.values(), *own, *parts, f.table} - {""}


def _key(f: Emitted) -> str:
    sizes = f.body.workspace.sizes
    return sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"


def kept_lines(f: Emitted) -> list[str]:
    """At module level: numbers as arrays, and the workspaces that no call uses."""
    space = f.body.workspace
    numbers = [
        f"{name} = np.array({value}, np.{dtype})" for (dtype, value), name in space.numbers.items()
    ]
    if not space.arrays:
        return numbers
    kept, said = "{}", f"# Workspaces of {f.signature.name}, by their sizes"
    if f.signature.reuse:
        kept, said = "threading.local()", f"{said}, of each thread"
    return [*numbers, said, f"{space.kept} = {kept}"]


def _lists(f: Emitted) -> str:
    """The dictionary of the lists of workspaces."""
    kept = f.body.workspace.kept
    return f"{kept}.__dict__" if f.signature.reuse else kept


def alias_lines(functions: Sequence[Emitted]) -> list[str]:
    """At module level: the universal functions that the functions call by their aliases."""
    said = {name for f in functions for name in _ALIAS.findall(f.code)}
    return [f"{name} = {ALIASES[name]}" for name in sorted(said & {*ALIASES})]


def taken_lines(f: Emitted) -> list[str]:
    """At the beginning of a call: a workspace that no other call uses, or a new one."""
    space = f.body.workspace
    if not space.arrays:
        return []
    names, made = list(space.arrays), f"{space.make}({', '.join(space.sizes)})"
    return [
        "try:",
        f"    {space.free} = {_lists(f)}[{', '.join(space.sizes) or '()'}]",
        f"    {space.name} = {space.free}.pop()",
        "except LookupError:",
        f"    {space.name} = {made}",
        f"    {space.free} = {_lists(f)}.setdefault({_key(f)}, [])",
        *_unpacked(names, space.name),
        *(_turn_lines(space) if space.turns else ()),
        *(_unpacked(space.results, f"_results({space.sets})") if space.results else ()),
    ]


def _turn_lines(space: Workspace) -> list[str]:
    """The results of the call before last are overwritten."""
    turn = f"{space.sets}.reverse()  # those of the last call may be arguments"
    return [turn, *_unpacked([*space.turns], f"{space.sets}[0]")]


def _unpacked(names: Sequence[str], value: str) -> list[str]:
    """The assignment of several values to as many names."""
    flat = f"({names[0]},)" if len(names) == 1 else ", ".join(names)
    if len(flat) + len(value) + len("     = ") <= WIDTH:
        return [f"{flat} = {value}"]
    return ["(", *(f"    {name}," for name in names), f") = {value}"]


def given_back_lines(f: Emitted) -> list[str]:
    """At the end of a call."""
    space = f.body.workspace
    if not space.arrays:
        return []
    return [f"{space.free}.append({space.name})"]


def _together(arrays: Mapping[str, str]) -> list[str]:
    """The arrays, and behind each what it will be called."""
    first = next(iter(arrays.values()))
    if len(arrays) == 1 and len(first) + len("    return (,)") <= WIDTH:
        return [f"return ({first},)"]
    return ["return (", *indented(_entries(arrays)), ")"]


def _entries(arrays: Mapping[str, str]) -> list[str]:
    """A line for each, and in place of many rows that follow one another a part of their stack."""
    names, made = [*arrays], [*arrays.values()]
    rows = [_ROW.fullmatch(m) for m in made]
    keys = [(m[1], int(m[2]) - i) if m else ("", i) for i, m in enumerate(rows)]
    found = list[str]()
    for (stack, ahead), places in groupby(range(len(made)), keys.__getitem__):
        run = [*places]
        if stack and len(run) >= _ROWS:
            found.append(f"*{stack}[{run[0] + ahead}:{run[-1] + ahead + 1}],")
        else:
            found += [_entry(made[i], names[i]) for i in run]
    return found


def _entry(made: str, name: str) -> str:
    said = f"{made},  # {name}"
    return said if made != name and len(said) + 2 * len(INDENT) <= WIDTH else f"{made},"


def buffers_function(f: Emitted) -> list[str]:
    """The functions that make a workspace."""
    space = f.body.workspace
    if not space.arrays:
        return []
    return [*_results_function(space), *_workspace_function(f)]


def _results_function(space: Workspace) -> list[str]:
    if not space.turns:
        return []
    about = '"""Return arrays for the results of a call."""'
    lines = [about, *space.turn_lines, *_together(space.turns)]
    return [f"def {space.make_results}({', '.join(space.sizes)}):", *indented(lines), "", ""]


def _workspace_function(f: Emitted) -> list[str]:
    space = f.body.workspace
    lines = [
        '"""Return the arrays that a call computes in."""',
        "# A named dim may be called len.",
        f"if {_lists(f)}.__len__() >= {SIZES}:",
        f"    {_lists(f)}.clear()",
        *space.lines,
        *_together(space.arrays),
    ]
    return [f"def {space.make}({', '.join(space.sizes)}):", *indented(lines)]
