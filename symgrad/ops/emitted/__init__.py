"""Helpers that emitted files carry along, word for word: formatted by black, NumPy alone."""

from __future__ import annotations

import os
from functools import cache

_FOLDER = os.path.dirname(__file__)


class Source:
    """The source of one function of this folder's files, which are read when it is asked for.

    Example
    -------
    >>> str(Source("erf")).splitlines()[0]
    'def erf(x):'
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return _sources()[self.name]


@cache
def _sources() -> dict[str, str]:
    """Every function of the folder by its name."""
    found = {}
    for name in sorted(os.listdir(_FOLDER)):
        if not name.endswith(".py") or name.startswith("_"):
            continue
        with open(os.path.join(_FOLDER, name), encoding="utf-8") as file:
            texts = file.read().split("\n\n\ndef ")[1:]
        found.update({text.partition("(")[0]: f"def {text.rstrip()}\n" for text in texts})
    return found
