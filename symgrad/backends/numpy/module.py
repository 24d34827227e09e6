"""Complete emitted modules: docstring, functions, what they carry along, and their proof."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import CodegenError
from ...graph.collection import resting
from ...graph.dims import check_name
from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.labels import numbers_of_classes
from ...ops.literals import number_text
from ...ops.op import registry
from ..naming import RESERVED, Names
from ..schedule import Schedule, schedule
from . import text
from .about import Note, cost_lines, module_docstring
from .arguments import NAMES, check_lines, compound_lines, constant_lines
from .blocks import is_of_points, write_blocks
from .body import Body, helper_names, write_body
from .calls import ALIASES
from .certificate import Claim, certify
from .emission import Emitted, Signature, listed, output_names, return_lines
from .layout import INDENT, WIDTH, bracketed, indented, nested
from .numbers import is_of_numbers, write_numbers
from .pieces import Piece, divide, with_calls
from .planned import write_planned
from .release import released
from .workspace import (
    alias_lines,
    buffers_function,
    given_back_lines,
    kept_lines,
    module_names,
    name_workspace,
    taken_lines,
)

__all__ = ["Note", "Signature", "write_source"]

_CARRIED = (
    NAMES
    | {*ALIASES}
    | {"_checked", "_fits", "_in_place", "_prove", "_root_of_squares", "_rounding", "_worst_error"}
)
_IN_BODIES = frozenset({"np", "max", "min", "IndexError", "LookupError"})  # what lines may mention


@resting()
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
    signatures = [replace(s, name=check_name(s.name, "function")) for s in signatures]
    taken = {s.name for s in signatures}
    if len(taken) < len(signatures):
        raise CodegenError("two functions have one name", how="Name them differently.")
    functions: list[Emitted] = []
    for s in signatures:
        functions.append(emit(s, taken.union(*map(module_names, functions))))
    helpers = {k: v for f in functions for k, v in f.body.helpers.items()}
    modules = {"special"} if any(s.scipy for s in signatures) else set()
    if any("math." in line for f in functions for line in f.body.lines):
        modules.add("math")
    for name in sorted(taken & {*RESERVED, *_CARRIED, *helpers, *modules}):
        raise CodegenError(
            f"a function can not be called {name}: the emitted code uses that name",
            how=f"Call it {name}_function, for example.",
        )
    proof = _proof(functions)
    scipy = any(map(_calls_scipy, functions))
    imports = ["import numpy as np", *["from scipy import special"] * scipy]
    parts = [["import math"], imports] if "math" in modules else [imports]
    written = [g for f in functions for g in (f, *f.parts)]
    constants = [*constant_lines(written), *alias_lines(written)]
    constants += [line for f in written for line in [*_constants(f), *kept_lines(f)]]
    if constants:
        parts.append(constants)
    blocks = [
        block
        for f in written
        for block in (f.source, *map(Piece.source, f.pieces), buffers_function(f))
        if block
    ]
    blocks += [helper.strip().splitlines() for helper in dict(sorted(helpers.items())).values()]
    if any("_root_of_squares(" in line for f in written for line in f.body.lines):
        blocks.append(_carried("roots.py"))
    blocks.append(_carried("checked.py"))
    if any(s.updated for s in signatures):
        blocks.append(_carried("in_place.py"))
    if proof:
        blocks += [_carried("proof.py"), proof]
    head = "\n\n".join("\n".join(p) for p in parts)
    code = head + "".join("\n\n\n" + "\n".join(b) for b in blocks) + "\n"
    checked = certify([_claim(f) for f in functions], code) if certified else ""
    about = module_docstring(functions, title, notes, checked, bool(proof), scipy)
    return "\n".join(about) + "\n\n" + code


def _claim(f: Emitted) -> Claim:
    s = f.signature
    asked = s.asked or s.outputs
    names = [*output_names(f), *(f"{f.names.of[x.id]}, overwritten," for x in f.plan.updated)]
    return Claim(s.name, f.plan.inputs, asked, f.plan.outputs, names, s.single, f.plan.updated)


def _calls_scipy(f: Emitted) -> bool:
    return f.signature.scipy and any(registry[n.op].scipy for n in f.plan.operations)


def _carried(name: str) -> list[str]:
    source = (Path(__file__).parent / "emitted" / name).read_text("utf-8")
    return source.removeprefix("import numpy as np").strip().splitlines()


def emit(signature: Signature, taken: Iterable[str] = ()) -> Emitted:
    """One function, and all that it needs around it; `taken` names are not for it."""
    plan = schedule(signature.inputs, signature.outputs, signature.updated)
    helpers = _helper_names(plan, signature.scipy)
    by_numbers = signature.fast and is_of_numbers(plan)
    modules = ["special"] * signature.scipy + ["math"] * by_numbers
    names = Names({*taken, *modules} | _CARRIED | helpers)
    sizes = [_size_name(d, names, helpers) for d in plan.dims]
    for counted in dict.fromkeys(plan.counted.values()):
        _size_name(counted, names, helpers)
    arguments = [names.give(x, str(x.name)) for x in plan.inputs]
    emitted = Emitted(signature, plan, names, Body(), arguments, sizes, [], [])
    _write(emitted, by_numbers)
    body = emitted.body
    code = [line.partition("  # ")[0] for line in body.lines if not line.startswith("#")]
    said = "\n".join([*code, *body.returned, *taken_lines(emitted), *compound_lines(emitted)])
    emitted.used = [s for s in sizes if re.search(rf"\b{s}\b", said)]
    known = [*arguments, *emitted.used, *body.workspace.arrays]
    emitted.pieces = divide(body.lines, known, body.returned, signature.name, names)
    emitted.source = _function(emitted)
    return emitted


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
    else:
        f.body = write_planned(f.plan, f.names, s.asked, s.scipy, s.reuse)
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
    return {name for n in plan.operations for name in helper_names(registry[n.op], scipy)}


def _function(f: Emitted) -> list[str]:
    head = bracketed(f"def {f.signature.name}(", f.arguments, "):")
    lines = [*_function_docstring(f), *check_lines(f)]
    body = with_calls(f.body.lines, f.pieces)
    lines += [*taken_lines(f), *body, *given_back_lines(f), *return_lines(f)]
    return [*head, *indented(lines)]


def _function_docstring(f: Emitted) -> list[str]:
    returned = [(n, o) for n, o in zip(output_names(f), f.plan.returned, strict=True)]
    lines = [f'"""Return {listed([n for n, _ in returned])}.', "", *cost_lines(f)]
    if f.plan.inputs:
        lines += ["", "Parameters", "----------"]
        lines += [
            f"{a} : {_promised(x, f)}" for a, x in zip(f.arguments, f.plan.inputs, strict=True)
        ]
    lines += ["", "Returns", "-------"]
    lines += [f"{name} : {o.type}" for name, o in returned]
    return [*lines, '"""']


def _promised(x: Expr, f: Emitted) -> str:
    """An argument's type, and what is promised of it."""
    updated = "overwritten" if x in f.plan.updated else ""
    return ", ".join(filter(None, (str(x.type), x.sign, updated)))


def _constants(f: Emitted) -> list[str]:
    """Array constants at module level, as numbers that read back exactly."""
    lines = []
    for name, node in f.body.constants.items():
        array = node.params["value"]
        numbers = [number_text(v) for v in array.ravel().tolist()]
        dtype = f"np.{node.dtype.name}"
        lines += ["# fmt: off", f"{name} = np.array(", *_filled(numbers), f"{INDENT}dtype={dtype},"]
        lines += [f").reshape({array.shape})", "# fmt: on"]
    return lines


def _filled(numbers: list[str]) -> list[str]:
    lines, line = [], f"{INDENT}["
    for entry in numbers:
        if len(line) + len(entry) + 2 > WIDTH:
            lines.append(line.rstrip())
            line = INDENT * 2
        line += f"{entry}, "
    return [*lines, line.removesuffix(" ").removesuffix(",") + "],"]


def _proof(functions: list[Emitted]) -> list[str]:
    """The ``__main__`` block: every function that returns a value with its gradients."""
    calls = [call for f in functions if (call := _proof_call(f))]
    if not calls:
        return []
    lines = nested(
        "raise SystemExit(", [nested("max(", calls, ")")] if len(calls) > 1 else calls, ")"
    )
    if len(calls) == 1:
        lines = ["raise SystemExit(", *indented(calls[0]), ")"]
    return ['if __name__ == "__main__":', *indented(lines)]


def _proof_call(f: Emitted) -> list[str]:
    found = _gradients(f)
    if found is None:
        return []
    value, gradients = found
    tops = numbers_of_classes(f.plan.operations)
    pairs = zip(f.arguments, f.plan.inputs, strict=True)
    shapes = [[f'"{a}": {_sample(x, tops)}'] for a, x in pairs]
    sizes = f" {', '.join(f.sizes)}" if f.sizes else ""
    entries = nested(f"lambda{sizes}: {{", shapes, "}", 0)
    places = nested("gradients={", [[f'"{a}": {i}'] for a, i in gradients.items()], "}", WIDTH - 16)
    parts = [[f.signature.name], entries, [f"sizes={len(f.sizes)}"], [f"value={value}"], places]
    return nested("_prove(", parts, ")", 0)


def _sample(x: Expr, tops: dict[int, int]) -> str:
    shape = ", ".join(text.of_size(d).text for d in x.shape) + ("," if x.ndim == 1 else "")
    above = x.sign in ("positive", "nonnegative") or (x.sign == "nonzero" and x.dtype.kind == "i")
    sign = "" if not x.sign or (x.sign == "nonzero" and not above) else ", 1" if above else ", -1"
    return f'("{x.dtype.name}", ({shape}), {tops.get(x.id, 2)}{sign})'


def _gradients(f: Emitted) -> tuple[int, dict[str, int]] | None:
    """The place of the value, and for each argument the place of its gradient."""
    asked = f.signature.asked or f.plan.outputs
    if f.plan.updated or any(n.op in ("stop_gradient", "custom") for n in ancestors(asked)):
        return None  # differences would see through the barrier, and do not know the rule
    place = {o.id: i for i, o in reversed(list(enumerate(asked)))}
    inputs = {x.id for x in f.plan.inputs}
    for record in f.plan.graph.derivatives:
        value = place.get(record.of.id)
        if value is None or record.of.shape or not record.cotangents:
            continue
        found = [
            (f.names.of[x.id], place.get(record.cotangents[x.id].id))
            for x in record.wrt
            if x.id in inputs
        ]
        places = {name: i for name, i in found if i is not None and i != value}
        if places:
            return value, places
    return None
