"""What commands ask of an expression: its names, its inputs, its nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import symgrad as sg

from ..errors import SymgradError


def list_names(y: sg.Expr, given: Iterable[str] | None) -> list[str]:
    """The names to differentiate with respect to: the given ones, or all floating inputs."""
    names = [n.strip() for entry in given or () for n in entry.split(",")]
    if not all(names):
        raise SymgradError("one of the names is empty", how="Write for example --wrt W,c.")
    read = list_nodes([y])
    floating = [str(x.name) for x in read if x.op == "input" and x.dtype.kind == "f"]
    if not names and not floating:
        raise SymgradError(
            "no floating input is read", how="Declare one, for example with --let 'x: [n, 3]'."
        )
    return list(dict.fromkeys(names or floating))


def list_inputs(y: sg.Expr, names: Sequence[str]) -> list[sg.Expr]:
    """What y reads, and the given names, in the order of declaration."""
    read = {x.id for x in list_nodes([y])}
    return [x for x in y.graph.inputs.values() if x.id in read or x.name in names]


def list_nodes(outputs: Sequence[sg.Expr]) -> list[sg.Expr]:
    """All nodes that the outputs read, themselves included, in topological order: the graph's."""
    needed = {y.id for y in outputs}
    for node in reversed(outputs[0].graph.nodes):
        if node.id in needed:
            needed.update(a.id for a in node.args)
    return [node for node in outputs[0].graph.nodes if node.id in needed]


def name_of(y: sg.Expr) -> str:
    """What a command calls the value."""
    return y.name or "loss"  # as emitted code calls a scalar without a name
