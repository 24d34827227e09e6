"""Run the emitted files in processes of their own, where symgrad can not be imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_NUMPY_SITE = str(Path(np.__file__).parents[1])  # -I forgets PYTHONPATH, where it may be
_LAUNCHER = Path(__file__).with_name("alone.py")
# Matrices this small are multiplied several times faster by one thread than by many.
_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "MKL", "OMP")}


def run_alone(script: Path, *args: str) -> Iterator[str]:
    """The lines that a script prints, as they come.

    Raises
    ------
    RuntimeError
        If the script fails; with the last line of its complaint.
    """
    options = ["-I", "-B", "-X", "utf8"]
    command = [sys.executable, *options, str(_LAUNCHER), _NUMPY_SITE, str(script), *args]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaint:
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=complaint,
            encoding="utf-8",
            env=os.environ | _ONE_THREAD,
        ) as child:
            try:
                assert child.stdout is not None
                yield from child.stdout
            except BaseException:
                child.kill()
                raise
        if child.returncode:
            complaint.seek(0)
            last = (complaint.read().strip().splitlines() or ["it says nothing"])[-1]
            raise RuntimeError(f"{script} ended with status {child.returncode}: {last}")


def prove(module: Path) -> float:
    """Run an emitted file, which checks its own gradients: the worst relative error it reports."""
    found = re.findall(r"relative error ([^\s,]+)", "".join(run_alone(module)))
    return max(map(float, found))
