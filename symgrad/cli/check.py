"""``symgrad check``: gradients beside numerical differentiation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import symgrad as sg

from ..rooms import Room
from .complaints import FAILED, complain
from .options import Let, Source, Wrt
from .outputs import align
from .program import list_names, name_of, read

if TYPE_CHECKING:
    from .. import testing
else:
    testing = Room("symgrad.testing")


def check(
    source: Source,
    wrt: Wrt = None,
    let: Let = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the random values.", min=0)] = 0,
    tolerance: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Largest relative error. Default: 1e-9 for float64 by the complex step, 1e-6 by "
            "differences, 1e-3 for float32; ten times as much for second derivatives.",
            min=0.0,
        ),
    ] = None,
    order: Annotated[
        int, typer.Option(metavar="1|2", help="2: the second derivatives too.", min=1, max=2)
    ] = 1,
) -> None:
    """Compare the gradients with numerical differentiation, at random values.

    By the complex step where the code is analytic, else by central differences;
    arrays are projected on a random direction. Exit status 1: they disagree.

    \b
    [bold]Example[/]
      symgrad check loss.sg --wrt W,c --seed 3
      symgrad check loss.sg --order 2
    """
    program = read(source)
    y = program.parse(let)
    with program.naming_errors():
        names = list_names(y, wrt)
        found = testing.compare(y, names, order=order, seed=seed, tolerance=tolerance)
    rows = [_row(y.graph.inputs[c.name], c) for c in found]
    typer.echo("\n".join(align([_HEAD, *rows])))
    wrong = [str(c) for c in found if not c.agrees]
    if wrong:
        raise typer.Exit(complain("\n       ".join(wrong), FAILED))
    what = "gradient" if order == 1 else "gradient and the Hessian"
    agrees = "agrees" if order == 1 else "agree"
    typer.echo(f"The {what} of {name_of(y)} {agrees} with numerical differentiation.")


def _row(x: sg.Expr, c: testing.Comparison) -> tuple[str, ...]:
    entries = str(c.size) if c.compared == c.size else f"{c.compared} of {c.size}"
    name = f"{c.name}, {c.along.partition('[')[0]}" if c.along else c.name
    verdict = "ok" if c.agrees else "WRONG"
    return name, str(x.type), entries, c.method, f"{c.error:.1e}", verdict


_HEAD = ("input", "type", "entries", "method", "relative error", "")
