"""``symgrad ops``: the operations."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import catalog
from .outputs import align


def ops(
    word: Annotated[
        str,
        typer.Argument(
            metavar="[NAME|WORD]",
            show_default=False,
            help="An operation, to read all about it; else only the lines with this word.",
        ),
    ] = "",
) -> None:
    """List the operations that expressions may use, or show one with its derivative.

    \b
    [bold]Examples[/]
      symgrad ops
      symgrad ops logsumexp
      symgrad ops cumulative
    """
    entry = catalog.find(word)
    if entry is not None:
        typer.echo(catalog.described(entry))
    else:
        typer.echo("\n".join(align([(e.signature, e.sentence) for e in catalog.search(word)])))
