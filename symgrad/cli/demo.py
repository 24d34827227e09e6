"""``symgrad demo``: two networks that learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..rooms import Room
from . import options
from .complaints import FAILED

if TYPE_CHECKING:
    from .. import demo as demonstration
else:
    demonstration = Room("symgrad.demo")


def demo(
    output: Annotated[Path, options.output("Where the files go.", "FOLDER")] = Path("build/demo"),
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", metavar="", help="Train for a few epochs only, to see that all works."
        ),
    ] = False,
) -> None:
    """Learn XOR, then read handwritten digits, with files that symgrad wrote.

    Needs [bold]pip install "symgrad\\[demo]"[/].
    """
    if not demonstration.run(output, quick=quick):
        raise typer.Exit(FAILED)
