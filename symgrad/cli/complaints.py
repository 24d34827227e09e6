"""What goes wrong, as told on standard error, and as exit status."""

from __future__ import annotations

import os
import traceback
from typing import Any

DONE, FAILED, MISTAKEN, INTERRUPTED = 0, 1, 2, 130  # exit status


def complain(message: str, status: int) -> int:
    """Print an error, and return the exit status."""
    from rich.console import Console  # slow to import

    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    console.print("error:", style="bold red", end=" ")
    console.print(message)
    return status


def misuse(error: Any) -> str:
    """The message of a wrong option or command, and where help is."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "symgrad"
    return f"{error.format_message()}\n  See: {command} --help"


def apology(error: Exception) -> str:
    """The message of a failure of our own."""
    if os.environ.get("SYMGRAD_DEBUG"):
        return traceback.format_exc().rstrip()
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    return (
        f"symgrad itself failed, and this is a bug: {said:.300}\n"
        "  Please report it, with what you typed and the traceback that SYMGRAD_DEBUG=1 shows."
    )
