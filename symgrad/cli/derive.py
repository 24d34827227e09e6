"""``symgrad derive``: the chain rule, step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

import symgrad as sg

from ..errors import SymgradError
from . import options
from .options import Let, Source, Wrt
from .outputs import check_places, write
from .program import list_names, name_of, read


def derive(
    source: Source,
    wrt: Wrt = None,
    let: Let = None,
    output: Annotated[
        Path | None, options.output("A .md, .html, .tex or .txt file. Default: print plain text.")
    ] = None,
) -> None:
    """Write the chain rule out, step by step: values, then their derivatives, with the rules.

    \b
    [bold]Examples[/]
      symgrad derive loss.sg --wrt W,b -o steps.md
      symgrad derive 'sin(x**2)' -l 'x: \\[]'
    """
    program = read(source)
    suffix = output.suffix.lower() if output else ".txt"
    if suffix not in _WRITERS:
        raise SymgradError(
            f"{output} does not end in {', '.join(_WRITERS)}", how="The ending says what to write."
        )
    check_places(program, picture=output)
    y = program.parse(let)
    with program.naming_errors():
        steps = sg.derive(y, list_names(y, wrt))
        text = _WRITERS[suffix](steps)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write(output, text.encode(), f"the derivation of {name_of(y)}")


_WRITERS: dict[str, Callable[[Any], str]] = {
    ".md": lambda steps: steps.to_markdown(),
    ".html": lambda steps: steps.to_html(),
    ".tex": lambda steps: steps.to_latex(),
    ".txt": lambda steps: f"{steps}\n",
}
