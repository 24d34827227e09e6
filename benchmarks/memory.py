"""Peak memory of the wide network's value and gradients, and of its step, in fresh processes.

What three calls add to the process, after imports, arguments and a first matrix product: buffers,
results, which are dropped before the next call, and what the tool needs to build the function. On
Linux.
"""

from __future__ import annotations

import one_thread  # noqa: F401  (before all that computes)

# isort: split

import sys
from pathlib import Path
from typing import Any

import fresh
import numpy as np
from contenders import TOOLS, tool
from workloads import WORKLOADS, Call, Workload
from workloads.training import step_of

KINDS = {"gradient": "value and gradients", "step": "a training step"}
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Uncopied(Workload):
    """A workload whose contenders get the arguments themselves."""

    @property
    def values(self) -> list[Any]:
        """The arguments."""
        return list(self.arguments.values())


def kibibytes(field: str) -> int:
    """Of this process: VmRSS now, VmHWM at most."""
    line = next(x for x in STATUS.read_text().splitlines() if x.startswith(field))
    return int(line.split()[1])


def peak_so_far() -> int:
    """KiB; 0 where the system does not tell."""
    return kibibytes("VmHWM") if STATUS.exists() else 0


def ways(name: str) -> dict[str, Any]:
    """The ways of a tool; `numpy` has the references."""
    if name == "numpy":
        return {key: lambda w, key=key: reference(w, key) for key in ("textbook", "tuned")}
    module = tool(name)
    return module.WAYS if module else {}


def reference(workload: Workload, name: str) -> Call:
    """A NumPy version, bound to the arguments themselves."""
    arguments = workload.values
    f = workload.textbook if name == "textbook" else workload.tuned(*arguments)
    return lambda: f(*arguments)


def peak(name: str, way: str, kind: str) -> float:
    """MiB."""
    network = WORKLOADS["wide"]()
    found = step_of(network) if kind == "step" else network
    make, workload = ways(name)[way], Uncopied(**vars(found))
    square = np.ones((512, 512), np.float32)
    square @ square
    RESET.write_text("5")
    before = kibibytes("VmRSS")
    call = make(workload)
    for _ in range(3):
        call()
    return (kibibytes("VmHWM") - before) / 1024


def table() -> str:
    """Markdown."""
    if not RESET.exists():
        return "Not measured: this system has no /proc."
    kinds = " | ".join(KINDS.values())
    lines = [f"| wide network, MiB at most | {kinds} |", "|---|--:|--:|"]
    for name in ["numpy", *TOOLS]:
        for way in ways(name):
            found = [fresh.run("memory.py", name, way, kind) for kind in KINDS]
            shown = [x if isinstance(x, str) else f"{x[0]:.0f}" for x in found]
            lines.append(f"| {way} | {' | '.join(shown)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(peak(*sys.argv[1:]))
