"""``symgrad show``: the graph, as a picture or as a list of nodes."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

import symgrad as sg

from . import options
from .options import Let, Limit, Source
from .outputs import align, check_places, draw, write
from .program import list_names, list_nodes, read


def show(
    source: Source,
    let: Let = None,
    gradients: Annotated[
        list[str] | None,
        options.names(
            *("--wrt", "--grad", "-g"),
            help="Append the gradients with respect to these, separated by commas.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        options.output("A picture: .png, .svg, .pdf or .dot. Default: list the nodes as text."),
    ] = None,
    limit: Limit = 400,
) -> None:
    """Draw the graph, or list its nodes with their types.

    \b
    [bold]Examples[/]
      symgrad show loss.sg
      symgrad show loss.sg --grad W,c -o graph.svg
    """
    program = read(source)
    check_places(program, picture=output)
    y = program.parse(let)
    with program.naming_errors():
        names = list_names(y, gradients) if gradients else []
        found = dict(zip(names, sg.grad(y, names), strict=True)) if names else {}
    if output is None:
        typer.echo("\n".join(_listing(y, found)))
    else:
        write(output, draw(output, [y, *found.values()], limit), "the graph")


def _listing(y: sg.Expr, gradients: dict[str, sg.Expr]) -> list[str]:
    """The nodes as lines ``name  operation(operands)  type``, forward and backward apart."""
    nodes = list_nodes([y, *gradients.values()])
    forward = {n.id for n in list_nodes([y])}
    label = {n.id: str(n.value) if n.op == "constant" else n.name or f"%{n.id}" for n in nodes}
    calls = [n for n in nodes if n.op not in ("input", "constant")]
    parts = {
        "inputs": [(label[n.id], "", n) for n in nodes if n.op == "input"],
        "forward": [(label[n.id], _call(n, label), n) for n in calls if n.id in forward],
        "backward": [(label[n.id], _call(n, label), n) for n in calls if n.id not in forward],
        "gradients": [(f"to {name}", label[x.id], x) for name, x in gradients.items()],
    }
    rows = [(f"  {a}", b, str(c.type)) for part in parts.values() for a, b, c in part]
    lines = iter(align(rows or [(label[y.id], "", str(y.type))]))
    titled = [[title, *islice(lines, len(part))] for title, part in parts.items() if part]
    return [line for part in titled for line in part] or list(lines)


def _call(node: sg.Expr, label: dict[int, str]) -> str:
    """A node as a call: ``sum(%3, axis=(0,))``."""
    params = [f"{k}={v}" for k, v in node.params.items() if v is not None and v is not False]
    return f"{node.op}({', '.join([*(label[a.id] for a in node.args), *params])})"
