"""Graphviz's layout engine, run in a process of its own: silent, and stopped when it takes long.

The ``dot`` program is used where there is one, else the engine that the wheels of pygraphviz carry.
Fontconfig and Pango write their warnings straight to file descriptor 2, so only a process of its
own keeps them away from the user's terminal; it also contains crashes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ..errors import RenderError

_HERE = Path(__file__).resolve().parent
_DATE = re.compile(rb"(/CreationDate \(D:)\d{14}")  # the same graph, the same bytes
_INSTALL = 'Install it with: pip install "symgrad[viz]"'


def draw(source: str, form: str, *, dpi: int = 96, timeout: float = 60.0) -> bytes:
    """A picture of DOT source.

    Parameters
    ----------
    source : str
        DOT.
    form : str
        png, svg or pdf.
    dpi : int
        Dots per inch of a png.
    timeout : float
        Seconds after which it is given up.

    Raises
    ------
    RenderError
        If there is no engine, it fails, or takes too long.
    """
    options = [f"-T{form}", *([f"-Gdpi={dpi:g}"] if form == "png" else [])]
    complaint = ""
    for command in _commands():
        done = _run([*command, *options], source, timeout)
        if done.returncode == 0 and done.stdout:
            return _DATE.sub(rb"\g<1>20000101000000", done.stdout) if form == "pdf" else done.stdout
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        complaint = lines[-1][:200] if lines else f"it ended with status {done.returncode}"
    raise RenderError(
        f"Graphviz can not draw this: {complaint}",
        how="Write .dot, which needs no engine, or reinstall it: pip install pygraphviz",
    )


def _commands() -> list[list[str]]:
    """The engines of this machine, in the order of preference.

    Raises
    ------
    RenderError
        If there is none.
    """
    found = []
    program = shutil.which("dot")
    if program:
        found.append([program])
    if sys.executable and find_spec("pygraphviz"):
        found.append([sys.executable, "-P", str(_HERE / "packaged.py")])
    if not found:
        raise RenderError(
            "pictures need Graphviz: there is neither a program `dot` nor the package pygraphviz",
            how=_INSTALL,
        )
    return found


def _run(command: list[str], source: str, timeout: float) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command,
            input=source.encode(),
            capture_output=True,
            timeout=timeout,
            env=_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"Graphviz did not finish in {timeout:g} seconds",
            how="Render a smaller expression, write .dot, or allow more with timeout=.",
        ) from None
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, b"", str(error).encode())


def _environment() -> dict[str, str]:
    """Ours, with the package's font where Fontconfig looks by default: machines may have none.

    Fontconfig 2.13, which the wheels carry, would write ``fonts/.uuid`` if it were not there.
    """
    return os.environ | {
        "XDG_DATA_HOME": str(_HERE),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
