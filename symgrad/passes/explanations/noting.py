"""Which rewrites an emitted file tells of, and what its code computes instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ...graph.graph import Expr
from ...graph.walk import ancestors, consumers
from .explaining import MEASURED, Phases, rewrites
from .reasons import Compile, summary

_FAILING = 10  # rewrites that are looked at
_AROUND = 16  # formulas around one that fails
_WALKED = 2_000  # nodes that forms of these are looked for in, all together
_WIDE = 500


class Note(NamedTuple):
    """What was written, and its form that the code computes, or else that is differentiated."""

    before: Expr
    after: Expr
    slope: bool = False


Final = Callable[[Sequence[Expr]], list[Expr]]


def notes(outputs: Sequence[Expr], phases: Phases, compiled: Compile, final: Final) -> list[Note]:
    """The few that an emitted file tells of: what fails as it was written, and is not computed."""
    told = islice(rewrites(outputs, phases, compiled), MEASURED)
    failing = list(islice((r for r in told if r.failure is not None), _FAILING))
    if not failing:
        return []
    graph = outputs[0].graph
    derived = {i for d in graph.derivatives for i in range(d.start, d.stop)}
    own = {n.id: n for n in ancestors(outputs) if n.id not in derived}
    forms = {o.id: m for o, m in zip(outputs, final(outputs), strict=True)}
    found = list(_chosen((r.node for r in failing), own, forms, final))
    if not found:
        slopes = (r for r in failing if r.node.id not in derived | own.keys())
        found = [Note(r.node, r.after, True) for r in slopes]
    return _few(found)


def _chosen(
    failing: Iterable[Expr], own: Mapping[int, Expr], forms: dict[int, Expr], final: Final
) -> Iterator[Note]:
    """For each, the smallest formula around it whose form is in the code.

    ``forms`` are those of the outputs.
    """
    above, computed = consumers(own.values()), {n.id for n in ancestors(forms.values())}
    nodes = list(dict.fromkeys(n for n in failing if n.id in own))
    if not nodes:
        return
    forms = {n.id: form for n, form in zip(nodes, final(nodes), strict=True)} | forms
    most = len(forms) + _WALKED // max(len(own), 1) + 2
    for node in nodes:
        for around in _around(node, above):
            if around.id not in forms:
                if len(forms) >= most:
                    return
                (forms[around.id],) = final([around])
            form = forms[around.id]
            if form is not around and _core(form).id in computed:
                yield Note(around, form)
                break


def _around(node: Expr, above: Mapping[int, Sequence[Expr]]) -> list[Expr]:
    """A formula and those that read it, the nearest first."""
    found = {node.id: node}
    for n in (queue := [node]):
        for reader in above.get(n.id, ()):
            if reader.id not in found and len(found) < _AROUND:
                found[reader.id] = reader
                queue.append(reader)
    return queue


def _core(form: Expr) -> Expr:
    """A form without its sign and its constant factors, which may be absorbed elsewhere."""
    while form.op in ("negative", "multiply", "divide"):
        inner = [a for a in form.args if a.value is None]
        if len(inner) != 1 or (form.op == "divide" and inner[0] is not form.args[0]):
            break
        form = inner[0]
    return form


def _few(found: Iterable[Note]) -> list[Note]:
    """Those that are in no other that is told, as they were written."""
    texts = {summary(n.before, _WIDE): n for n in found}
    return [
        n
        for text, n in sorted(texts.items(), key=lambda t: t[1].before.id)
        if not any(text in other for other in texts if other != text)
    ]
