"""The demonstration: XOR and handwritten digits, learned with files that symgrad wrote.

It calls the public functions alone. What it trains by itself stands in ``examples/``.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from ..errors import SymgradError
from . import digits, xor
from .report import Report

_PACKAGES = {"graphviz": "graphviz", "matplotlib": "matplotlib", "sklearn": "scikit-learn"}


def run(folder: Path, *, quick: bool = False, console: Console | None = None) -> bool:
    """Show the whole way, from text to a trained network, on real data.

    Parameters
    ----------
    folder : Path
        Where the files go; made if need be.
    quick : bool
        Train for a few epochs only, and ask for no accuracy.
    console : Console, optional
        Where the summary goes; standard output by default.

    Returns
    -------
    bool
        Whether all four answers to XOR, and 97 % of the held-out digits, are right.

    Raises
    ------
    SymgradError
        If a package of ``symgrad[demo]`` is missing, or the folder can not be made.
    """
    _check_packages()
    _make(folder)
    began = time.perf_counter()
    report = Report(console or Console(highlight=False), folder)
    right = [xor.run(report), digits.run(report, epochs=5 if quick else digits.EPOCHS)]
    report.close(time.perf_counter() - began)
    return right[0] and (right[1] or quick)


def _check_packages() -> None:
    missing = [package for module, package in _PACKAGES.items() if not find_spec(module)]
    if missing:
        raise SymgradError(
            f"the demonstration needs {', '.join(missing)}",
            how='Install what it needs with: pip install "symgrad[demo]"',
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SymgradError(
            f"cannot make the folder {folder}: {error.strerror}", how="Name another with --output."
        ) from None
