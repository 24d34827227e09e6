"""The expression that a command is about, read from a file or the command line, and what it has."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
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


def list_names(y: sg.Expr, given: Iterable[str] | None) -> list[str]:
    """The names to differentiate with respect to: the given ones, or all floating inputs."""
    names = [n.strip() for entry in given or () for n in entry.split(",")]
    if not all(names):
        raise SymgradError("one of the names is empty", how="Write for example --wrt W,c.")
    read = list_nodes([y])
    floating = [str(x.name) for x in read if x.op == "input" and x.dtype.kind == "f"]
    if not names and not floating:
        raise SymgradError(
            "no floating input is read", how="Declare one, for example with --let 'x: [n, 3]'."
        )
    return list(dict.fromkeys(names or floating))


def list_inputs(y: sg.Expr, names: Sequence[str]) -> list[sg.Expr]:
    """What y reads, and the given names, in the order of declaration."""
    read = {x.id for x in list_nodes([y])}
    return [x for x in y.graph.inputs.values() if x.id in read or x.name in names]


def list_nodes(outputs: Sequence[sg.Expr]) -> list[sg.Expr]:
    """All nodes that the outputs read, themselves included, in topological order: the graph's."""
    needed = {y.id for y in outputs}
    for node in reversed(outputs[0].graph.nodes):
        if node.id in needed:
            needed.update(a.id for a in node.args)
    return [node for node in outputs[0].graph.nodes if node.id in needed]


def name_of(y: sg.Expr) -> str:
    """What a command calls the value."""
    return y.name or "loss"  # as emitted code calls a scalar without a name
