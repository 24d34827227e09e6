"""The ``__main__`` block of an emitted file: gradients, checked where the file is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ...graph.graph import Expr
from ...graph.types import Type
from ...graph.walk import ancestors
from ...ops.labels import numbers_of_classes
from . import text
from .emission import Emitted
from .layout import WIDTH, indented, nested

_BARRIERS = frozenset({"stop_gradient", "custom"})


def proof_lines(functions: Sequence[Emitted]) -> list[str]:
    """The block that checks every function that returns a value with its gradients."""
    calls = [call for f in functions if (call := _call(f))]
    if not calls:
        return []
    lines = nested(
        "raise SystemExit(", [nested("max(", calls, ")")] if len(calls) > 1 else calls, ")"
    )
    if len(calls) == 1:
        lines = ["raise SystemExit(", *indented(calls[0]), ")"]
    return ['if __name__ == "__main__":', *indented(lines)]


def _call(f: Emitted) -> list[str]:
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
    return _sample_text(x.type, x.sign, tops.get(x.id, 2))


@lru_cache(maxsize=4096)
def _sample_text(type_: Type, declared: str, top: int) -> str:
    shape = ", ".join(text.of_size(d).text for d in type_.shape) + "," * (type_.ndim == 1)
    integers = type_.dtype.kind == "i"
    above = declared in ("positive", "nonnegative") or (declared == "nonzero" and integers)
    unsigned = not declared or (declared == "nonzero" and not above)
    sign = "" if unsigned else ", 1" if above else ", -1"
    return f'("{type_.dtype.name}", ({shape}), {top}{sign})'


def _has_barrier(asked: Sequence[Expr]) -> bool:
    """Whether derivatives stop, or are the user's own, anywhere in what is asked for."""
    if _BARRIERS.isdisjoint(asked[0].graph.ops):
        return False
    return any(n.op in _BARRIERS for n in ancestors(asked))


def _gradients(f: Emitted) -> tuple[int, dict[str, int]] | None:
    """The place of the value, and for each argument the place of its gradient."""
    asked = f.signature.asked or f.plan.outputs
    if f.plan.updated or _has_barrier(asked):
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
