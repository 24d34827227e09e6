"""What README claims of memory. Speed is `make bench`'s, not a test's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
if not FOLDER.is_dir():
    pytest.skip("the benchmarks are not here", allow_module_level=True)


def peak(*arguments):
    """MiB that three calls of the wide network add to a fresh process."""
    command = [sys.executable, str(FOLDER / "memory.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=FOLDER)
    return float(done.stdout.split()[-1])


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells")
@pytest.mark.parametrize("kind", ["gradient", "step"])
def test_a_wide_network_takes_hardly_more_memory_than_the_tuned_version(kind):
    """At most 5 % more, what it takes to compile included; gradients alone are 32 MiB."""
    tuned = peak("numpy", "tuned", kind)
    assert tuned > 32
    assert peak("symgrad", "symgrad", kind) <= 1.05 * tuned
