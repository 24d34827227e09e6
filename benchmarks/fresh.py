"""Fresh processes: a script of this folder, or a snippet, run by itself within a time limit."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from one_thread import SETTINGS

HERE = Path(__file__).parent


def run(script: str, *arguments: object, limit: float = 600) -> list[float] | str:
    """The numbers that a script prints last, or why there are none."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    environment = keeping_bytecode(bytecode().name) | SETTINGS
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, env=environment
        )
    except subprocess.TimeoutExpired:
        return f"over {limit:g} s"
    if done.returncode:
        return complaint(done.returncode, done.stderr)
    return [float(word) for word in done.stdout.split("\n")[-2].split()]


def complaint(code: int, errors: str) -> str:
    """The name of the last error."""
    lines = [line for line in errors.splitlines() if line[:1].isalpha()]
    last = lines[-1].partition(":")[0].rpartition(".")[2] if lines else ""
    return "crash" if code < 0 else last[:40] or f"exit status {code}"


@cache
def bytecode() -> tempfile.TemporaryDirectory[str]:
    """A folder that is gone when all is measured."""
    return tempfile.TemporaryDirectory()


def keeping_bytecode(folder: str) -> dict[str, str]:
    """The environment, in which Python keeps bytecode: as where it may write beside modules."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


def seconds(code: str, rounds: int) -> list[float]:
    """Seconds that a snippet prints, in processes of its own, after one to warm the disk."""
    command = [sys.executable, "-c", code]
    environment = keeping_bytecode(bytecode().name)
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        for _ in range(rounds + 1)
    ]
    return [float(done.stdout) for done in runs[1:]]
