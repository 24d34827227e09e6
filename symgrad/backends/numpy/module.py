"""Complete emitted modules: docstring, functions, what they carry along, and their proof."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import CodegenError
from ...graph.dims import Dim, check_name
from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.op import registry
from ..naming import RESERVED, Names
from ..schedule import Schedule, schedule
from . import text
from .about import Note, module_docstring
from .body import helper_names, write_body
from .certificate import Claim, certify
from .emission import Emitted, Signature, listed, output_names
from .layout import INDENT, WIDTH, bracketed, indented, nested

__all__ = ["Note", "Signature", "write_source"]

_CARRIED = frozenset({"_checked", "_fits", "_prove", "_rounding", "_worst_error"})
_IN_BODIES = frozenset({"np", "max", "min"})  # what the lines of a function may call


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
    functions = [_emit(s, taken) for s in signatures]
    helpers = {k: v for f in functions for k, v in f.body.helpers.items()}
    modules = {"special"} if any(s.scipy for s in signatures) else set()
    for name in sorted(taken & {*RESERVED, *_CARRIED, *helpers, *modules}):
        raise CodegenError(
            f"a function can not be called {name}: the emitted code uses that name",
            how=f"Call it {name}_function, for example.",
        )
    proof = _proof(functions)
    scipy = any(map(_calls_scipy, functions))
    imports = ["import numpy as np", *["from scipy import special"] * scipy]
    parts = [imports]
    if constants := [line for f in functions for line in _constants(f)]:
        parts.append(constants)
    blocks = [f.source for f in functions]
    blocks += [helper.strip().splitlines() for helper in dict(sorted(helpers.items())).values()]
    blocks.append(_carried("checked.py"))
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
    return Claim(s.name, f.plan.inputs, asked, f.plan.outputs, output_names(f), s.single)


def _calls_scipy(f: Emitted) -> bool:
    return f.signature.scipy and any(registry[n.op].scipy for n in f.plan.operations)


def _carried(name: str) -> list[str]:
    source = (Path(__file__).parent / "emitted" / name).read_text("utf-8")
    return source.removeprefix("import numpy as np").strip().splitlines()


def _emit(signature: Signature, taken: set[str]) -> Emitted:
    plan = schedule(signature.inputs, signature.outputs)
    helpers = _helper_names(plan, signature.scipy)
    names = Names(taken | _CARRIED | helpers | ({"special"} if signature.scipy else set()))
    sizes = [_size_name(d, names, helpers) for d in plan.dims]
    for counted in dict.fromkeys(plan.counted.values()):
        _size_name(counted, names, helpers)
    arguments = [names.give(x, str(x.name)) for x in plan.inputs]
    body = write_body(plan, names, signature.asked, signature.scipy, signature.fast)
    emitted = Emitted(signature, plan, names, body, arguments, sizes, [], [])
    code = [line.partition("  # ")[0] for line in body.lines if not line.startswith("#")]
    said = "\n".join([*code, *body.returned, *_compound(emitted)])
    emitted.used = [s for s in sizes if re.search(rf"\b{s}\b", said)]
    emitted.source = _function(emitted)
    return emitted


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
    lines = [*_function_docstring(f), *_check(f), *f.body.lines, *_return(f)]
    return [*head, *indented(lines)]


def _function_docstring(f: Emitted) -> list[str]:
    returned = [(n, o) for n, o in zip(output_names(f), f.plan.outputs, strict=True)]
    lines = [f'"""Return {listed([n for n, _ in returned])}.']
    if f.plan.inputs:
        lines += ["", "Parameters", "----------"]
        lines += [f"{a} : {x.type}" for a, x in zip(f.arguments, f.plan.inputs, strict=True)]
    lines += ["", "Returns", "-------"]
    lines += [f"{name} : {o.type}" for name, o in returned]
    return [*lines, '"""']


def _check(f: Emitted) -> list[str]:
    """The line that checks the arguments and learns the named sizes."""
    if not f.plan.inputs:
        return []
    given = [
        f'"{a}": ({a}, "{x.dtype.name}", {_shape(x)})'
        for a, x in zip(f.arguments, f.plan.inputs, strict=True)
    ]
    sizes = "[" + ", ".join(f'"{s}"' for s in f.used) + "]"
    found = [*f.arguments, *f.used]
    entries = nested("{", [[g] for g in given], "}", 0)
    call = nested("_checked(", [[f'"{f.signature.name}"'], [sizes], entries], ")", 0)
    flat = ", ".join(found) if len(found) > 1 else f"({found[0]},)"
    if len(flat) + len(INDENT) + len(" = _checked(") <= WIDTH:
        return [f"{flat} = _checked(", *call[1:], *_compound(f)]
    targets = [f"{INDENT}{name}," for name in found]
    return ["(", *targets, ") = _checked(", *call[1:], *_compound(f)]


def _shape(x: Expr) -> str:
    entries = [str(d) if isinstance(d, int) else f'"{d}"' for d in x.shape]
    return f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"


def _compound(f: Emitted) -> list[str]:
    """Sizes such as 2*n are checked once n is known."""
    lines = []
    for a, x in zip(f.arguments, f.plan.inputs, strict=True):
        if any(isinstance(d, Dim) and d not in f.plan.dims for d in x.shape):
            sizes = ", ".join(text.of_size(d).text for d in x.shape)
            shape = f"({sizes},)" if x.ndim == 1 else f"({sizes})"
            given = f'{{"{a}": ({a}, "{x.dtype.name}", {shape})}}'
            lines += bracketed("_checked(", [f'"{f.signature.name}"', "[]", given], ")", WIDTH - 4)
    return lines


def _return(f: Emitted) -> list[str]:
    values = f.body.returned
    if f.signature.single:
        return [f"return {values[0]}"]
    if len(values) == 1:
        return [f"return ({values[0]},)"]
    flat = f"return {', '.join(values)}"
    if len(flat) + len(INDENT) <= WIDTH:
        return [flat]
    return bracketed("return (", values, ")", 0 if flat else WIDTH)


def _constants(f: Emitted) -> list[str]:
    """Array constants at module level, as numbers that read back exactly."""
    lines = []
    for name, node in f.body.constants.items():
        array = node.params["value"]
        numbers = [text.number(v) for v in array.ravel().tolist()]
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
    tops = _tops(f.plan)
    pairs = zip(f.arguments, f.plan.inputs, strict=True)
    shapes = [[f'"{a}": {_sample(x, tops)}'] for a, x in pairs]
    sizes = f" {', '.join(f.sizes)}" if f.sizes else ""
    entries = nested(f"lambda{sizes}: {{", shapes, "}", 0)
    places = nested("gradients={", [[f'"{a}": {i}'] for a, i in gradients.items()], "}", WIDTH - 16)
    parts = [[f.signature.name], entries, [f"sizes={len(f.sizes)}"], [f"value={value}"], places]
    return nested("_prove(", parts, ")", 0)


def _sample(x: Expr, tops: dict[int, int]) -> str:
    shape = ", ".join(text.of_size(d).text for d in x.shape) + ("," if x.ndim == 1 else "")
    return f'("{x.dtype.name}", ({shape}), {tops.get(x.id, 2)})'


def _tops(plan: Schedule) -> dict[int, int]:
    """For the ids of labels, the number of classes: the bound of random labels."""
    hot = [n for n in plan.operations if n.op == "one_hot" and isinstance(n.params["depth"], int)]
    return {n.args[0].id: n.params["depth"] for n in hot}


def _gradients(f: Emitted) -> tuple[int, dict[str, int]] | None:
    """The place of the value, and for each argument the place of its gradient."""
    asked = f.signature.asked or f.plan.outputs
    if any(n.op in ("stop_gradient", "custom") for n in ancestors(asked)):
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
