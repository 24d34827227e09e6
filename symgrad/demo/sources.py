"""The files that the demonstration starts from: examples/ of the checkout, or of the wheel."""

from __future__ import annotations

from pathlib import Path

from ..errors import SymgradError

_PACKAGE = Path(__file__).resolve().parents[1]


def read_example(name: str) -> str:
    """The text of an example.

    Raises
    ------
    SymgradError
        If the installation is without it.

    Example
    -------
    >>> read_example("xor.sg").count("@")
    2
    """
    for folder in (_PACKAGE / "examples", _PACKAGE.parent / "examples"):
        if (folder / name).is_file():
            return (folder / name).read_text("utf-8")
    raise SymgradError(f"this installation has no {name}", how="Install symgrad again.")
