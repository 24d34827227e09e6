"""Helpers that emitted files carry along, word for word: formatted by black, NumPy alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path


def source(name: str) -> str:
    """The source of one function of this folder's files.

    Example
    -------
    >>> source("erf").splitlines()[0]
    'def erf(x):'
    """
    return _sources()[name]


@cache
def _sources() -> dict[str, str]:
    """Every function of the folder by its name."""
    found = {}
    for file in sorted(Path(__file__).parent.glob("[!_]*.py")):
        for text in file.read_text("utf-8").split("\n\n\ndef ")[1:]:
            found[text.partition("(")[0]] = f"def {text.rstrip()}\n"
    return found
