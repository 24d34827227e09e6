"""Complete emitted modules: docstring, functions, what they carry along, and their proof."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ...errors import CodegenError
from ...graph.collection import resting
from ...ops.op import registry
from ...rooms import Room
from ..naming import RESERVED, Names
from ..schedule import Schedule, schedule
from .about import Note, function_docstring, module_docstring
from .arguments import NAMES, check_lines, compound_lines, constant_lines
from .blocks import is_of_points, write_blocks
from .body import Body, helper_names, write_body
from .constants import array_lines
from .emission import Emitted, Signature, output_names, return_lines
from .joined import write_planned
from .layout import bracketed, indented
from .listed import listed_arguments, table_lines
from .numbers import is_of_numbers, write_numbers
from .pieces import Piece, divide, with_calls
from .proof import proof_lines
from .quiet import silenced
from .release import released
from .templates import ALIASES
from .workspace import (
    alias_lines,
    buffers_function,
    given_back_lines,
    kept_lines,
    module_names,
    name_workspace,
    taken_lines,
)
from .wrapping import broken

if TYPE_CHECKING:
    from . import certificate
else:
    certificate = Room("symgrad.backends.numpy.certificate")

__all__ = ["Note", "Signature", "write_source"]

_FILES = (
    "_as_listed _described _checked _misfit _converted _fits _in_place _apart _overlaps "
    "_repeats _interlocks _root_of_squares _blockwise _where _chosen_by_runs _chosen_by_bits "
    "_length _order _inverse _softmax _log_softmax _logcumsumexp "
    "_carried_on _norm _prove _drawn _rounding _compared _entry _NOBODY _references _results _sys"
)
_CARRIED = {*NAMES, *ALIASES, *_FILES.split()}
_CALLS = {
    "_root_of_squares": "roots.py",
    "_blockwise": "blockwise.py",
    "_where": "choices.py",
    "_length": "lengths.py",
    "_norm": "norms.py",
    "_order": "order.py",
    "_logcumsumexp": "logsums.py",
    "_softmax": "softmaxes.py",
    "_log_softmax": "softmaxes.py",
}
_IN_BODIES = frozenset({"np", "max", "min", "IndexError", "LookupError"})  # what lines may mention


def write_source(
    signatures: Sequence[Signature],
    title: str | None = None,
    notes: Sequence[Note] = (),
    certified: bool = False,
) -> str:
    """The module's source: standalone, deterministic, as black would format it.

    ``notes`` are told in its docstring; ``certified`` source has been run and compared with the
    outputs as they were asked for, and says so.

    Raises
    ------
    CodegenError
        If a name can not stand in Python, the inputs do not determine the outputs, or the source
        computes something else than what was asked for.
    """
    return source_of(emit_all(signatures), title, notes, certified)


@resting()
def emit_all(signatures: Sequence[Signature]) -> list[Emitted]:
    """The functions of a module."""
    taken = {s.name for s in signatures}
    if len(taken) < len(signatures):
        raise CodegenError("two functions have one name", how="Name them differently.")
    functions: list[Emitted] = []
    for s in signatures:
        functions.append(emit(s, taken.union(*map(module_names, functions))))
    return functions


@resting()
def source_of(
    functions: Sequence[Emitted],
    title: str | None = None,
    notes: Sequence[Note] = (),
    certified: bool = False,
) -> str:
    """The source of a module of these functions."""
    scipy = any(map(_calls_scipy, functions))
    helpers = _helpers(functions)
    _check_names(functions, helpers)
    proof = proof_lines(functions)
    imports = ["import numpy as np", *["from scipy import special"] * scipy]
    parts = [_standard_imports(functions), imports, _module_lines(functions)]
    head = "\n\n".join("\n".join(p) for p in parts if p)
    blocks = _function_blocks(functions)
    blocks += [helper.strip().splitlines() for _, helper in sorted(helpers.items())]
    blocks += map(_carried, _carried_files(functions))
    if proof:
        blocks += [_carried("proof.py"), proof]
    code = head + "".join("\n\n\n" + "\n".join(broken(b)) for b in blocks) + "\n"
    checked = certificate.certify([_claim(f) for f in functions], code) if certified else ""
    about = module_docstring(functions, title, notes, checked, bool(proof), scipy)
    return "\n".join(about) + "\n\n" + code


def _check_names(functions: Sequence[Emitted], helpers: Iterable[str]) -> None:
    """Refuse functions that are called like something in the module."""
    modules = {"special"} if any(f.signature.scipy for f in functions) else set()
    modules.update(_modules(functions))
    taken = {f.signature.name for f in functions}
    for name in sorted(taken & {*RESERVED, *_CARRIED, *helpers, *modules}):
        raise CodegenError(
            f"a function can not be called {name}: the emitted code uses that name",
            how=f"Call it {name}_function, for example.",
        )


def _modules(functions: Sequence[Emitted]) -> list[str]:
    """What the functions call of Python's library."""
    numbers = any("math." in f.code for f in functions)
    lists = any(f.signature.reuse and f.body.workspace.arrays for f in functions)
    return ["math"] * numbers + ["threading"] * lists


def _keeps_results(functions: Sequence[Emitted]) -> bool:
    return any(f.body.workspace.results for f in functions)


def _standard_imports(functions: Sequence[Emitted]) -> list[str]:
    modules = _modules(functions) + ["sys as _sys"] * _keeps_results(functions)
    return [f"import {m}" for m in sorted(modules)]


def _module_lines(functions: Sequence[Emitted]) -> list[str]:
    """What stands in front of the functions: constants, aliases, and what is kept."""
    written = _with_parts(functions)
    tables = [line for f in functions for line in table_lines(f.table, f.listed)]
    kept = [line for f in written for line in [*array_lines(f), *kept_lines(f)]]
    return [*constant_lines(written), *alias_lines(written), *tables, *kept]


def _with_parts(functions: Sequence[Emitted]) -> list[Emitted]:
    return [g for f in functions for g in (f, *f.parts)]


def _function_blocks(functions: Sequence[Emitted]) -> list[Sequence[str]]:
    """The functions, each with its pieces and with the one that makes its workspaces."""
    found: list[Sequence[str]] = []
    for f in _with_parts(functions):
        found += [f.source, *map(Piece.source, f.pieces), buffers_function(f)]
    return [block for block in found if block]


def _helpers(functions: Sequence[Emitted]) -> dict[str, str]:
    """The helpers of operations, by their names, but for those that fast code has its own of."""
    found = {k: v for f in functions for k, v in f.body.helpers.items()}
    code = [f.code for f in _with_parts(functions)]
    unused = {k for k in found if f"_{k}" in _CALLS and not any(_mentions(c, k) for c in code)}
    return {k: v for k, v in found.items() if k not in unused}


def _carried_files(functions: Sequence[Emitted]) -> list[str]:
    """What the functions call of what is carried along."""
    code = [f.code for f in _with_parts(functions)]
    code += _helpers(functions).values()
    updated = any(f.signature.updated and not f.signature.trusted for f in functions)
    files = [*{f: 0 for name, f in _CALLS.items() if any(_mentions(c, name) for c in code)}]
    files += ["results.py"] * _keeps_results(functions)
    files += ["listed.py"] * any(f.listed for f in functions)
    checked = not all(f.signature.trusted for f in functions)
    return [*files, *["checked.py"] * checked, *["in_place.py"] * updated]


def _mentions(code: str, name: str) -> bool:
    """Whether the whole name stands in it; the first look is the faster one."""
    return name in code and re.search(rf"\b{name}\b", code) is not None


def _claim(f: Emitted) -> certificate.Claim:
    s = f.signature
    asked = s.asked or s.outputs
    names = [*output_names(f), *(f"{f.names.of[x.id]}, overwritten," for x in f.plan.updated)]
    return certificate.Claim(
        s.name, f.plan.inputs, asked, f.plan.outputs, names, s.single, f.plan.updated
    )


def _calls_scipy(f: Emitted) -> bool:
    return f.signature.scipy and any(registry[n.op].scipy for n in f.plan.operations)


@cache
def _carried(name: str) -> Sequence[str]:
    with open(os.path.join(os.path.dirname(__file__), "emitted", name), encoding="utf-8") as file:
        source = file.read()
    return source.partition("\n\n\n")[2].strip().splitlines()  # without what it imports


def emit(signature: Signature, taken: Iterable[str] = ()) -> Emitted:
    """One function, and all that it needs around it; `taken` names are not for it."""
    plan = schedule(signature.inputs, signature.outputs, signature.updated, signature.asked)
    helpers = _helper_names(plan, signature.scipy)
    by_numbers = signature.fast and is_of_numbers(plan)
    modules = ["special"] * signature.scipy + ["math"] * by_numbers
    modules += ["threading"] * signature.reuse
    names = Names({*taken, *modules} | _CARRIED | helpers)
    sizes = [_size_name(d, names, helpers) for d in plan.dims]
    for counted in dict.fromkeys(plan.counted.values()):
        _size_name(counted, names, helpers)
    arguments = [names.give(x, str(x.name)) for x in plan.inputs]
    emitted = Emitted(signature, plan, names, Body(), arguments, sizes, [], [])
    _write(emitted, by_numbers)
    emitted.used = _said(sizes, emitted)
    checked = signature.fast and not signature.trusted
    if checked and "locals" not in sizes:  # a named dim hides the built-in
        emitted.listed = listed_arguments([*zip(arguments, plan.inputs, strict=True)])
        emitted.table = names.fresh(f"_{signature.name}_listed") if emitted.listed else ""
    body = emitted.body
    kept = body.workspace
    known = [*arguments, *emitted.used, *kept.arrays, *kept.results, *kept.turns]
    emitted.pieces = divide(body.lines, known, body.returned, signature.name, names)
    silent = [] if by_numbers else silenced(plan.operations, plan.outputs)
    emitted.source = _function(emitted, silent)
    return emitted


def _said(sizes: Sequence[str], f: Emitted) -> list[str]:
    """The sizes that the code mentions."""
    if not sizes:
        return []
    code = [line.partition("  # ")[0] for line in f.body.lines if not line.startswith("#")]
    said = "\n".join([*code, *f.body.returned, *taken_lines(f), *compound_lines(f)])
    words = {*re.findall(r"\w+", said)}
    return [s for s in sizes if s in words]


def _write(f: Emitted, by_numbers: bool) -> None:
    """The body in the form that suits it, and what it calls."""
    s = f.signature
    if not s.fast:
        f.body = write_body(f.plan, f.names, s.asked, s.scipy)
        if s.whole:  # values that are computed again are given up meanwhile
            arrays = {f.names.of[n.id] for n in f.plan.operations if n.ndim and n.id in f.names.of}
            f.body.lines = released(f.body, arrays)
    elif by_numbers:
        f.body, f.parts = write_numbers(f)
    elif is_of_points(f.plan):
        f.body, f.parts = write_blocks(f)
    elif any(n.ndim for n in (*f.plan.inputs, *f.plan.operations)):
        f.body = write_planned(f.plan, f.names, s.asked, s.scipy, s.reuse, not s.frugal)
    else:  # there is no memory to plan
        f.body = write_body(f.plan, f.names, s.asked, s.scipy)
    if f.body.workspace.arrays:
        name_workspace(f.body.workspace, s.name, f.names)


def _size_name(dim: str, names: Names, helpers: set[str]) -> str:
    """A named dim keeps its name, which stands in every formula of sizes."""
    if dim in _IN_BODIES | _CARRIED | helpers:
        raise CodegenError(
            f"the named dim {dim} can not stand in emitted code, which uses that name itself",
            how="Give the dim another name, n for example.",
        )
    return names.reserve(str(dim))


def _helper_names(plan: Schedule, scipy: bool) -> set[str]:
    ops = {n.op for n in plan.operations}
    return {name for op in ops for name in helper_names(registry[op], scipy)}


def _function(f: Emitted, silent: Sequence[str]) -> list[str]:
    head = bracketed(f"def {f.signature.name}(", f.arguments, "):")
    lines = [*function_docstring(f), *check_lines(f)]
    body = with_calls(f.body.lines, f.pieces)
    lines += [*taken_lines(f), *body, *given_back_lines(f), *return_lines(f)]
    return [*silent, *head, *indented(lines)]
