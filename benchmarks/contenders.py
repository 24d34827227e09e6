"""Who computes a workload: the NumPy references, and every tool that is installed and right."""

from __future__ import annotations

import importlib
import importlib.util
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
from workloads import Call, Workload

TOOLS = ["symgrad", "jax", "torch", "pytensor", "autograd", "casadi"]
TOLERANCE = {"float64": 1e-9, "float32": 1e-5}
"""Of the norm of an error against the norm of the truth."""
STEPS = 3
"""After as many calls a training step is verified: state must be carried on."""
Numbers = Callable[[Any], list[Any]]
Report = Callable[[str], None]


def tool(name: str) -> ModuleType | None:
    """The module of a tool, if the tool is installed."""
    found = importlib.util.find_spec(name)
    return importlib.import_module(f"tools.by_{name}") if found else None


def contenders(
    workload: Workload, tools: list[str], limit: int = 120, report: Report = print
) -> dict[str, Call]:
    """Verified calls by name; what fails, is wrong or takes too long is reported and left out.

    Parameters
    ----------
    limit : int
        Seconds for a tool to compile and to be verified.
    """
    truth, found = workload.truth(calls_of(workload)), {}
    for name, make, numbers in candidates(workload, tools):
        try:
            with within(limit):
                call = make()
                complaint = "" if name == "products" else verify(workload, call, numbers, truth)
        except Exception as error:  # a tool may fail in any way
            complaint = f"{type(error).__name__}: {error}"
        if complaint:
            report(f"  {workload.name}, {name}: {' '.join(complaint.split())[:200]}")
        else:
            found[name] = call
    return found


def candidates(
    workload: Workload, tools: list[str]
) -> Iterator[tuple[str, Callable[[], Call], Numbers]]:
    """Name, what makes the call, and what makes NumPy arrays of its results."""
    for name, call in workload.references().items():
        yield name, lambda call=call: call, list
    for module in filter(None, map(tool, tools)):
        for name, way in module.WAYS.items():
            yield name, lambda way=way: way(workload), module.numbers


def calls_of(workload: Workload) -> int:
    """How many calls are verified."""
    return STEPS if workload.kind == "step" else 1


def verify(workload: Workload, call: Call, numbers: Numbers, truth: list[Any]) -> str:
    """What is wrong with the results; nothing if they agree with the truth."""
    for _ in range(calls_of(workload)):
        results = call()
    found = [np.asarray(r, np.float64) for r in numbers(results)]
    if len(found) != len(truth):
        return f"{len(found)} results instead of {len(truth)}"
    worst = max(error(a, b) for a, b in zip(found, truth, strict=True))
    return "" if worst <= TOLERANCE[workload.dtype] else f"wrong by {worst:.1e}"


def error(found: Any, truth: Any) -> float:
    """Relative, in the Euclidean norm; inf where the shapes differ."""
    if found.shape != truth.shape:
        return float("inf")
    size = np.linalg.norm(truth)
    return float(np.linalg.norm(found - truth) / (size if size else 1.0))


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raises TimeoutError in what takes longer, where the system has alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"not ready after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
