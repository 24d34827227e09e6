"""``symgrad explain``: what is computed otherwise than it was written."""

from __future__ import annotations

from typing import Annotated

import typer

import symgrad as sg

from . import options
from .options import Let, Source
from .program import list_names, read


def explain(
    source: Source,
    wrt: Annotated[
        list[str] | None,
        options.names(
            "--wrt", "-w", help="Also of the gradients with respect to these, separated by commas."
        ),
    ] = None,
    let: Let = None,
) -> None:
    """Say what is computed otherwise than it was written, by which rule, and why.

    \b
    [bold]Examples[/]
      symgrad explain loss.sg
      symgrad explain 'log(1 + exp(z))' --let 'z: \\[n]'
    """
    program = read(source)
    y = program.parse(let)
    with program.naming_errors():
        gradients = sg.grad(y, list_names(y, wrt)) if wrt else []
        typer.echo(str(sg.explain([y, *gradients])))
