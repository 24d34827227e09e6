"""The expression that a command is about, read from its file or from the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import symgrad as sg

from ..errors import SymgradError, suggest

_LARGEST = 64  # MiB of text that are still read; a sum of a million terms has 6
_PATH = re.compile(r"[\w./\\~-]+\.\w+")  # what may have been meant as a file


@dataclass(frozen=True)
class Program:
    """Text of an expression, and the file that it stands in."""

    text: str
    file: str | None

    def parse(self, let: Sequence[str] | None) -> sg.Expr:
        """Its value, with the inputs of ``--let`` declared."""
        graph = sg.Graph()
        for declaration in let or ():
            _declare(graph, declaration)
        with self.naming_errors():
            return sg.parse(self.text, graph=graph)

    @contextmanager
    def naming_errors(self) -> Iterator[None]:
        """Errors inside that point into the text say in which file it stands."""
        try:
            yield
        except SymgradError as error:
            if self.file and error.span is not None:
                place = f"{self.file}:{error.line}:{error.column}"
                raise SymgradError(f"{place}: {error}") from None
            if not self.file and _PATH.fullmatch(self.text):
                raise SymgradError(f"{error}\n  And there is no file {self.text}.") from None
            raise


def _declare(graph: sg.Graph, declaration: str) -> None:
    name, colon, spec = (part.strip() for part in declaration.partition(":"))
    if not colon or not name:
        raise SymgradError(
            f"--let {declaration!r:.80} declares nothing",
            how="Write for example --let 'x: [n, 3]'.",
        )
    if name in graph.inputs:
        raise SymgradError(f"--let declares {name} twice", how="Declare it once.")
    try:
        graph.input(name, spec)
    except SymgradError as error:
        raise SymgradError(f"--let {declaration!r:.80}: {error}") from None


def read(source: str) -> Program:
    """The program that SOURCE stands for: a file, standard input, or the text itself."""
    if source == "-":
        name = "standard input"
        return Program(_decoded(_bytes_of(0, name), name), name)
    if os.path.isdir(source):
        raise SymgradError(f"{source} is a folder", how="Give a .sg file in it, or an expression.")
    if not os.path.exists(source) and not source.endswith(".sg"):
        return Program(source, None)
    try:
        return Program(_decoded(_bytes_of(source, source), source), source)
    except FileNotFoundError:
        raise _missing(source) from None
    except OSError as error:
        raise SymgradError(f"cannot read {source}: {error.strerror}") from None


def _bytes_of(file: str | int, name: str) -> bytes:
    with open(file, "rb", closefd=file != 0) as stream:
        data = stream.read((_LARGEST << 20) + 1)
    if len(data) > _LARGEST << 20:
        raise SymgradError(
            f"{name} has more than {_LARGEST} MiB", how="An expression is some lines of text."
        )
    return data


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SymgradError(
            f"{name} is not UTF-8 text: line {line} has the byte 0x{data[error.start]:02x}",
            how="Save it as UTF-8.",
        ) from None


def _missing(source: str) -> SymgradError:
    folder = Path(source).parent
    there = sorted(p.name for p in folder.glob("*.sg")) if folder.is_dir() else []
    near = suggest(Path(source).name, there)
    how = f"Did you mean {folder / near}?" if near else "What ends in .sg is taken for a file."
    return SymgradError(f"there is no file {source}", how=how)
