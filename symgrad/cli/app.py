"""The program ``symgrad``: its commands, and what it returns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, NoReturn

import typer

import symgrad as sg

from ..errors import SymgradError
from .check import check
from .complaints import DONE, FAILED, INTERRUPTED, MISTAKEN, apology, complain, misuse
from .demo import demo
from .derive import derive
from .explain import explain
from .grad import grad
from .ops import ops
from .show import show

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> NoReturn:
    """The program ``symgrad``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run())


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line, and return its exit status.

    Parameters
    ----------
    args : sequence of str, optional
        Those of the program by default.

    Example
    -------
    >>> run(["grad", "loss.sg"])
    2
    """
    try:
        return app(args, prog_name="symgrad", standalone_mode=False) or DONE
    except SymgradError as error:
        return complain(str(error), MISTAKEN)
    except (RecursionError, MemoryError) as error:
        return complain(f"too large for this machine ({type(error).__name__})", MISTAKEN)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except OSError as error:  # what a command refuses by name is known to it; here, a full disk
        return complain(f"the system refused: {error.strerror or error}", MISTAKEN)
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's, for a wrong option or command
            return complain(misuse(error), MISTAKEN) if error.format_message() else MISTAKEN
        return complain(apology(error), FAILED)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symgrad {sg.__version__}")
        raise typer.Exit


@app.callback(epilog="A mistake ends with status 2 and a message: what, where, and how to fix it.")
def _symgrad(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Differentiate expressions into plain NumPy code.

    \b
    [bold]Examples[/]
      symgrad grad loss.sg --wrt W,c -o loss_grad.py --png loss.png
      symgrad grad 'mean((x@w-y)**2)' -l 'x: \\[n,3]' -l 'w: \\[3]' -l 'y: \\[n]'
      symgrad show loss.sg -o graph.svg
      symgrad check loss.sg
      symgrad demo
    """


_ABOUT_AN_EXPRESSION: tuple[Callable[..., None], ...] = (grad, show, derive, check, explain)
for command in _ABOUT_AN_EXPRESSION:
    app.command(no_args_is_help=True)(command)
for command in (ops, demo):
    app.command()(command)
