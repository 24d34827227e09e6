"""Rooms that are opened when first used, so that `import symgrad` costs little more than NumPy."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from .graph.collection import importing


class Room:
    """Stands for a module, and imports it when something in it is first asked for.

    Example
    -------
    >>> latex = Room("symgrad.lang.latex")
    >>> latex.to_latex.__name__
    'to_latex'
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        with nullcontext() if self._name in sys.modules else importing():
            module = import_module(self._name)  # waits for a thread that is at it
        return getattr(module, name)
