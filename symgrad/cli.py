"""The command line: ``symgrad grad``, ``show``, ``derive``, ``check``, ``ops`` and ``demo``."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

import symgrad as sg

from . import catalog, testing
from . import demo as demonstration
from .errors import SymgradError, suggest
from .files import write_whole

_LARGEST = 64  # MiB of text that are still read; a sum of a million terms has 6
_PATH = re.compile(r"[\w./\\~-]+\.\w+")  # what may have been meant as a file
_DONE, _FAILED, _MISTAKEN, _INTERRUPTED = 0, 1, 2, 130  # exit status

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        show_default=False,
        help="A [bold].sg[/] file, an expression such as [bold]'mean((x@w-y)**2)'[/], "
        "or [bold]-[/] for standard input.",
    ),
]
Let = Annotated[
    list[str] | None,
    typer.Option(
        "--let",
        "-l",
        metavar="'NAME: SPEC'",
        show_default=False,
        help="Declare an input: [bold]'x: \\[n, 3]'[/], [bold]'k: int64\\[n]'[/]. Repeat for more.",
    ),
]
Wrt = Annotated[
    list[str] | None,
    typer.Option(
        "--wrt",
        "-w",
        metavar="NAMES",
        show_default=False,
        help="Differentiate with respect to these, separated by commas. "
        "Default: all floating inputs.",
    ),
]

Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, help="The most nodes that a picture may have.")
]


def main() -> NoReturn:
    """The program ``symgrad``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run())


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line, and return its exit status.

    Parameters
    ----------
    args : sequence of str, optional
        Those of the program by default.

    Example
    -------
    >>> run(["grad", "loss.sg"])
    2
    """
    try:
        return app(args, prog_name="symgrad", standalone_mode=False) or _DONE
    except SymgradError as error:
        return _complain(str(error), _MISTAKEN)
    except (RecursionError, MemoryError) as error:
        return _complain(f"too large for this machine ({type(error).__name__})", _MISTAKEN)
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's, for a wrong option or command
            return _complain(_misuse(error), _MISTAKEN) if error.format_message() else _MISTAKEN
        return _complain(_apology(error), _FAILED)


def _complain(message: str, status: int) -> int:
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    console.print("error:", style="bold red", end=" ")
    console.print(message)
    return status


def _misuse(error: Any) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "symgrad"
    return f"{error.format_message()}\n  See: {command} --help"


def _apology(error: Exception) -> str:
    if os.environ.get("SYMGRAD_DEBUG"):
        return traceback.format_exc().rstrip()
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    return (
        f"symgrad itself failed, and this is a bug: {said:.300}\n"
        "  Please report it, with what you typed and the traceback that SYMGRAD_DEBUG=1 shows."
    )


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symgrad {sg.__version__}")
        raise typer.Exit


@app.callback(epilog="A mistake ends with status 2 and a message: what, where, and how to fix it.")
def _symgrad(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Differentiate expressions into plain NumPy code.

    \b
    [bold]Examples[/]
      symgrad grad loss.sg --wrt W,c -o loss_grad.py --png loss.png
      symgrad grad 'mean((x@w-y)**2)' -l 'x: \\[n,3]' -l 'w: \\[3]' -l 'y: \\[n]'
      symgrad show loss.sg -o graph.svg
      symgrad check loss.sg
      symgrad demo
    """


@app.command(no_args_is_help=True)
def grad(
    source: Source,
    wrt: Wrt = None,
    let: Let = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE.py", help="The Python file. Default: print the code."
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--png", "-p", metavar="FILE", help="Draw the graph: .png, .svg, .pdf or .dot."
        ),
    ] = None,
    limit: Limit = 400,
) -> None:
    """Write a standalone NumPy file that computes a value and its gradients.

    Run alone, the file compares its gradients with numerical differentiation.

    \b
    [bold]Examples[/]
      symgrad grad loss.sg --wrt W,c -o loss_grad.py --png loss.png
      symgrad grad 'mean((x@w-y)**2)' -l 'x: \\[n,3]' -l 'w: \\[3]' -l 'y: \\[n]'
      echo 'log(1 + exp(x))' | symgrad grad - --let 'x: \\[]'
    """
    program = _read(source)
    _check_places(program, code=output, picture=picture)
    y = program.parse(let)
    with program.naming_errors():
        names = _names(y, wrt)
        gradients = sg.grad(y, names)
        signature: Any = {f"{_name(y)}_and_grad": (_inputs(y, names), [y, *gradients])}
        code = _made(Path("f.py"), lambda path: sg.write_module(path, **signature))
    drawn = _drawn(picture, [y, *gradients], limit) if picture else b""
    if output is None:
        typer.echo(code.decode(), nl=False)
    else:
        _write(output, code, f"{_name(y)} and its gradients to {', '.join(names)}")
    if picture is not None:
        _write(picture, drawn, "the graph of both", err=output is None)


@app.command(no_args_is_help=True)
def show(
    source: Source,
    let: Let = None,
    gradients: Annotated[
        list[str] | None,
        typer.Option(
            "--wrt",
            "--grad",
            "-g",
            metavar="NAMES",
            show_default=False,
            help="Append the gradients with respect to these, separated by commas.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A picture: .png, .svg, .pdf or .dot. Default: list the nodes as text.",
        ),
    ] = None,
    limit: Limit = 400,
) -> None:
    """Draw the graph, or list its nodes with their types.

    \b
    [bold]Examples[/]
      symgrad show loss.sg
      symgrad show loss.sg --grad W,c -o graph.svg
    """
    program = _read(source)
    _check_places(program, picture=output)
    y = program.parse(let)
    with program.naming_errors():
        names = _names(y, gradients) if gradients else []
        found = dict(zip(names, sg.grad(y, names), strict=True)) if names else {}
    if output is None:
        typer.echo("\n".join(_listing(y, found)))
    else:
        _write(output, _drawn(output, [y, *found.values()], limit), "the graph")


@app.command(no_args_is_help=True)
def derive(
    source: Source,
    wrt: Wrt = None,
    let: Let = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A .md, .html, .tex or .txt file. Default: print plain text.",
        ),
    ] = None,
) -> None:
    """Write the chain rule out, step by step: values, then their derivatives, with the rules.

    \b
    [bold]Examples[/]
      symgrad derive loss.sg --wrt W,b -o steps.md
      symgrad derive 'sin(x**2)' -l 'x: \\[]'
    """
    program = _read(source)
    suffix = output.suffix.lower() if output else ".txt"
    if suffix not in _WRITERS:
        raise SymgradError(
            f"{output} does not end in {', '.join(_WRITERS)}", how="The ending says what to write."
        )
    _check_places(program, picture=output)
    y = program.parse(let)
    with program.naming_errors():
        steps = sg.derive(y, _names(y, wrt))
        text = _WRITERS[suffix](steps)
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write(output, text.encode(), f"the derivation of {_name(y)}")


_WRITERS: dict[str, Callable[[Any], str]] = {
    ".md": lambda steps: steps.to_markdown(),
    ".html": lambda steps: steps.to_html(),
    ".tex": lambda steps: steps.to_latex(),
    ".txt": lambda steps: f"{steps}\n",
}


@app.command(no_args_is_help=True)
def check(
    source: Source,
    wrt: Wrt = None,
    let: Let = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the random values.", min=0)] = 0,
    tolerance: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Largest relative error. Default: 1e-9 for float64 by the complex step, 1e-6 by "
            "differences, 1e-3 for float32; ten times as much for second derivatives.",
            min=0.0,
        ),
    ] = None,
    order: Annotated[
        int, typer.Option(metavar="1|2", help="2: the second derivatives too.", min=1, max=2)
    ] = 1,
) -> None:
    """Compare the gradients with numerical differentiation, at random values.

    The complex step where the code is analytic, else central differences. An array is projected
    on a random direction. The exit status is 1 if they disagree.

    \b
    [bold]Example[/]
      symgrad check loss.sg --wrt W,c --seed 3
      symgrad check loss.sg --order 2
    """
    program = _read(source)
    y = program.parse(let)
    with program.naming_errors():
        names = _names(y, wrt)
        found = testing.compare(y, names, order=order, seed=seed, tolerance=tolerance)
    rows = [_row(y.graph.inputs[c.name], c) for c in found]
    typer.echo("\n".join(_aligned([_HEAD, *rows])))
    wrong = [str(c) for c in found if not c.agrees]
    if wrong:
        raise typer.Exit(_complain("\n       ".join(wrong), _FAILED))
    what = "gradient" if order == 1 else "gradient and the Hessian"
    agrees = "agrees" if order == 1 else "agree"
    typer.echo(f"The {what} of {_name(y)} {agrees} with numerical differentiation.")


@app.command(no_args_is_help=True)
def explain(
    source: Source,
    wrt: Annotated[
        list[str] | None,
        typer.Option(
            "--wrt",
            "-w",
            metavar="NAMES",
            show_default=False,
            help="Also of the gradients with respect to these, separated by commas.",
        ),
    ] = None,
    let: Let = None,
) -> None:
    """Say what is computed otherwise than it was written, by which rule, and why.

    \b
    [bold]Examples[/]
      symgrad explain loss.sg
      symgrad explain 'log(1 + exp(z))' --let 'z: \\[n]'
    """
    program = _read(source)
    y = program.parse(let)
    with program.naming_errors():
        gradients = sg.grad(y, _names(y, wrt)) if wrt else []
        typer.echo(str(sg.explain([y, *gradients])))


@app.command()
def ops(
    word: Annotated[
        str,
        typer.Argument(
            metavar="[NAME|WORD]",
            show_default=False,
            help="An operation, to read all about it; else only the lines with this word.",
        ),
    ] = "",
) -> None:
    """List the operations that expressions may use, or show one with its derivative.

    \b
    [bold]Examples[/]
      symgrad ops
      symgrad ops logsumexp
      symgrad ops cumulative
    """
    entry = catalog.find(word)
    if entry is not None:
        typer.echo(catalog.described(entry))
    else:
        typer.echo("\n".join(_aligned([(e.signature, e.sentence) for e in catalog.search(word)])))


@app.command()
def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go.")
    ] = Path("build/demo"),
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", metavar="", help="Train for a few epochs only, to see that all works."
        ),
    ] = False,
) -> None:
    """Learn XOR, then read handwritten digits, with files that symgrad wrote.

    Needs [bold]pip install "symgrad\\[demo]"[/].
    """
    if not demonstration.run(output, quick=quick):
        raise typer.Exit(_FAILED)


@dataclass(frozen=True)
class _Program:
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


def _read(source: str) -> _Program:
    """The program that SOURCE stands for: a file, standard input, or the text itself."""
    if source == "-":
        name = "standard input"
        return _Program(_decoded(_bytes_of(0, name), name), name)
    if os.path.isdir(source):
        raise SymgradError(f"{source} is a folder", how="Give a .sg file in it, or an expression.")
    if not os.path.exists(source) and not source.endswith(".sg"):
        return _Program(source, None)
    try:
        return _Program(_decoded(_bytes_of(source, source), source), source)
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


def _names(y: sg.Expr, given: Iterable[str] | None) -> list[str]:
    """The names to differentiate with respect to: the given ones, or all floating inputs."""
    names = [n.strip() for entry in given or () for n in entry.split(",")]
    if not all(names):
        raise SymgradError("one of the names is empty", how="Write for example --wrt W,c.")
    read = _ancestors([y])
    floating = [str(x.name) for x in read if x.op == "input" and x.dtype.kind == "f"]
    if not names and not floating:
        raise SymgradError(
            "no floating input is read", how="Declare one, for example with --let 'x: [n, 3]'."
        )
    return list(dict.fromkeys(names or floating))


def _inputs(y: sg.Expr, names: Sequence[str]) -> list[sg.Expr]:
    """What y reads, and the given names, in the order of declaration."""
    read = {x.id for x in _ancestors([y])}
    return [x for x in y.graph.inputs.values() if x.id in read or x.name in names]


def _ancestors(outputs: Sequence[sg.Expr]) -> list[sg.Expr]:
    """All nodes that the outputs read, themselves included, in topological order: the graph's."""
    needed = {y.id for y in outputs}
    for node in reversed(outputs[0].graph.nodes):
        if node.id in needed:
            needed.update(a.id for a in node.args)
    return [node for node in outputs[0].graph.nodes if node.id in needed]


def _name(y: sg.Expr) -> str:
    return y.name or "loss"  # as emitted code calls a scalar without a name


def _check_places(program: _Program, code: Path | None = None, picture: Path | None = None) -> None:
    """Refuse outputs that can not be written, before any work is done."""
    if code is not None and code.suffix != ".py":
        raise SymgradError(
            f"{code} does not end in .py, and the output is Python",
            how="A picture of the graph is drawn by --png FILE.",
        )
    for path in (code, picture):
        if path is not None:
            _check_place(program, path)


def _check_place(program: _Program, path: Path) -> None:
    if path.is_dir():
        raise SymgradError(f"cannot write {path}: it is a folder", how="Name a file in it.")
    if not path.parent.is_dir():
        raise SymgradError(f"cannot write {path}: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise SymgradError(f"cannot write {path}: you may not write to {path.parent.resolve()}")
    if program.file and path.exists() and path.samefile(program.file):
        raise SymgradError(f"{path} is the file to be read", how="Name another file to write.")


def _made(path: Path, make: Callable[[Path], object]) -> bytes:
    """What ``make`` writes into a file of this name; made aside, so that failing leaves nothing."""
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder, path.name)
        make(aside)
        return aside.read_bytes()


def _drawn(path: Path, outputs: Sequence[sg.Expr], limit: int) -> bytes:
    return _made(path, lambda aside: sg.render(outputs, aside, limit=limit))


def _write(path: Path, data: bytes, what: str, err: bool = False) -> None:
    write_whole(path, data)
    typer.echo(f"{path}: {what}, {len(data) / 1000:.1f} kB", err=err)


def _listing(y: sg.Expr, gradients: dict[str, sg.Expr]) -> list[str]:
    """The nodes as lines ``name  operation(operands)  type``, forward and backward apart."""
    nodes = _ancestors([y, *gradients.values()])
    forward = {n.id for n in _ancestors([y])}
    label = {n.id: str(n.value) if n.op == "constant" else n.name or f"%{n.id}" for n in nodes}
    calls = [n for n in nodes if n.op not in ("input", "constant")]
    parts = {
        "inputs": [(label[n.id], "", n) for n in nodes if n.op == "input"],
        "forward": [(label[n.id], _call(n, label), n) for n in calls if n.id in forward],
        "backward": [(label[n.id], _call(n, label), n) for n in calls if n.id not in forward],
        "gradients": [(f"to {name}", label[x.id], x) for name, x in gradients.items()],
    }
    rows = [(f"  {a}", b, str(c.type)) for part in parts.values() for a, b, c in part]
    lines = iter(_aligned(rows or [(label[y.id], "", str(y.type))]))
    titled = [[title, *islice(lines, len(part))] for title, part in parts.items() if part]
    return [line for part in titled for line in part] or list(lines)


def _call(node: sg.Expr, label: dict[int, str]) -> str:
    """A node as a call: ``sum(%3, axis=(0,))``."""
    params = [f"{k}={v}" for k, v in node.params.items() if v is not None and v is not False]
    return f"{node.op}({', '.join([*(label[a.id] for a in node.args), *params])})"


def _row(x: sg.Expr, c: testing.Comparison) -> tuple[str, ...]:
    entries = str(c.size) if c.compared == c.size else f"{c.compared} of {c.size}"
    name = f"{c.name}, {c.along.partition('[')[0]}" if c.along else c.name
    verdict = "ok" if c.agrees else "WRONG"
    return name, str(x.type), entries, c.method, f"{c.error:.1e}", verdict


_HEAD = ("input", "type", "entries", "method", "relative error", "")


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with each column as wide as its widest cell.

    Example
    -------
    >>> _aligned([("a", "bc", "d"), ("ab", "c", "")])
    ['a   bc  d', 'ab  c']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ([c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(cells).rstrip() for cells in padded]
