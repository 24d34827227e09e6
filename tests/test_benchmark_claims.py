"""What README claims of memory, on a smaller workload. Speed is `make bench`'s, not a test's."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
if not FOLDER.is_dir():
    pytest.skip("the benchmarks are not here", allow_module_level=True)

SMALLER = """
import sys
sys.path.insert(0, {folder!r})
import memory
from functools import partial
from workloads import WORKLOADS, classifier
WORKLOADS["wide"] = partial(classifier.make, "wide", "wide", [1024, 1024, 1024, 1024, 10], 256)
print(memory.peak({name!r}, {way!r}))
"""


def peak(name, way):
    """MiB that three calls of a wide network add to a fresh process."""
    code = SMALLER.format(folder=str(FOLDER), name=name, way=way)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER
    )
    return float(done.stdout.split()[-1])


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells")
def test_a_wide_network_takes_hardly_more_memory_than_the_tuned_version():
    """At most 5 % more, what it takes to compile included; parameters alone are 12 MiB."""
    tuned = statistics.median(peak("numpy", "tuned") for _ in range(3))
    ours = statistics.median(peak("symgrad", "symgrad") for _ in range(3))
    assert tuned > 12
    assert ours <= 1.05 * tuned
