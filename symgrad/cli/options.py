"""Arguments and options that several commands have."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def output(help: str, metavar: str = "FILE") -> Any:
    """The option ``--output``."""
    return typer.Option("--output", "-o", metavar=metavar, help=help)


def names(*flags: str, help: str) -> Any:
    """An option that takes names."""
    return typer.Option(*flags, metavar="NAMES", show_default=False, help=help)


Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        show_default=False,
        help="A [bold].sg[/] file, an expression such as [bold]'mean((x@w-y)**2)'[/], "
        "or [bold]-[/] for standard input.",
    ),
]
Let = Annotated[
    list[str] | None,
    typer.Option(
        "--let",
        "-l",
        metavar="'NAME: SPEC'",
        show_default=False,
        help="Declare an input: [bold]'x: \\[n, 3]'[/], [bold]'k: int64\\[n]'[/]. Repeat for more.",
    ),
]
Wrt = Annotated[
    list[str] | None,
    names(
        "--wrt",
        "-w",
        help="Differentiate with respect to these, separated by commas. "
        "Default: all floating inputs, data such as X and y among them.",
    ),
]
Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, help="The most nodes that a picture may have.")
]
