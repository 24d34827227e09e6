"""``symgrad grad``: a file that computes a value and its gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import symgrad as sg

from . import options
from .options import Let, Limit, Source, Wrt
from .outputs import capture, check_places, draw, write
from .program import list_inputs, list_names, name_of, read


def grad(
    source: Source,
    wrt: Wrt = None,
    let: Let = None,
    output: Annotated[
        Path | None, options.output("The Python file. Default: print the code.", "FILE.py")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--png", "-p", metavar="FILE", help="Draw the graph: .png, .svg, .pdf or .dot."
        ),
    ] = None,
    style: Annotated[
        str,
        typer.Option(
            "--style", metavar="STYLE", help="readable; or fast: arrays are kept and used again."
        ),
    ] = "readable",
    limit: Limit = 400,
) -> None:
    """Write a standalone NumPy file that computes a value and its gradients.

    Run alone, the file compares its gradients with numerical differentiation.

    \b
    [bold]Examples[/]
      symgrad grad loss.sg --wrt W,c -o loss_grad.py --png loss.png
      symgrad grad 'mean((x@w-y)**2)' -l 'x: \\[n,3]' -l 'w: \\[3]' -l 'y: \\[n]'
      echo 'log(1 + exp(x))' | symgrad grad - --let 'x: \\[]'
    """
    program = read(source)
    check_places(program, code=output, picture=picture)
    y = program.parse(let)
    with program.naming_errors():
        names = list_names(y, wrt)
        gradients = sg.grad(y, names)
        signature: Any = {f"{name_of(y)}_and_grad": (list_inputs(y, names), [y, *gradients])}
        code = capture(Path("f.py"), lambda path: sg.write_module(path, style=style, **signature))
    drawn = draw(picture, [y, *gradients], limit) if picture else b""
    if output is None:
        typer.echo(code.decode(), nl=False)
    else:
        write(output, code, f"{name_of(y)} and its gradients to {', '.join(names)}")
    if picture is not None:
        write(picture, drawn, "the graph of both", err=output is None)
