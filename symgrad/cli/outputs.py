"""What commands write: files of code and pictures, and tables on the terminal."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

import symgrad as sg

from ..errors import SymgradError
from ..files import write_whole
from .program import Program


def check_places(program: Program, code: Path | None = None, picture: Path | None = None) -> None:
    """Refuse outputs that can not be written, before any work is done."""
    if code is not None and code.suffix != ".py":
        raise SymgradError(
            f"{code} does not end in .py, and the output is Python",
            how="A picture of the graph is drawn by --png FILE.",
        )
    for path in (code, picture):
        if path is not None:
            _check_place(program, path)


def _check_place(program: Program, path: Path) -> None:
    if not os.path.isdir(path.parent):
        raise SymgradError(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise SymgradError(f"cannot write {path}: you may not write to {path.parent.resolve()}")
    if path.is_dir():
        raise SymgradError(f"cannot write {path}: it is a folder", how="Name a file in it.")
    if program.file and path.exists() and path.samefile(program.file):
        raise SymgradError(f"{path} is the file to be read", how="Name another file to write.")


def capture(path: Path, produce: Callable[[Path], object]) -> bytes:
    """What is written into a file of this name; made aside, so that failing leaves nothing."""
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder, path.name)
        produce(aside)
        return aside.read_bytes()


def draw(path: Path, outputs: Sequence[sg.Expr], limit: int) -> bytes:
    """A picture of the graph, as what a file of this name holds."""
    return capture(path, lambda aside: sg.render(outputs, aside, limit=limit))


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with each column as wide as its widest cell.

    Example
    -------
    >>> align([("a", "bc", "d"), ("ab", "c", "")])
    ['a   bc  d', 'ab  c']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ([c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(cells).rstrip() for cells in padded]


def write(path: Path, data: bytes, what: str, err: bool = False) -> None:
    """Write a file, and say so."""
    write_whole(path, data)
    typer.echo(f"{path}: {what}, {len(data) / 1000:.1f} kB", err=err)
