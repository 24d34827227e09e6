"""Rooms that are opened when first used, so that `import symgrad` costs little more than NumPy."""

from __future__ import annotations

from importlib import import_module
from typing import Any


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
        return getattr(import_module(self._name), name)
