"""From nothing to the first gradient, against the size of the graph, in fresh processes.

Two families: a network of tanh layers of 8 units (batch 4), with the gradient by every parameter,
and a chain of scalar operations. Tools that trace anew do so in every call. The time limit is
of the whole process, imports included.
"""

from __future__ import annotations

import one_thread  # noqa: F401  (before all that computes)

# isort: split

import argparse
import time
from typing import Any

import fresh
import memory
import numpy as np
from contenders import TOOLS, tool
from workloads import Workload

MILLION = 312_500
"""Operations of a chain that with its derivative has a million nodes."""
SIZES = {"layers": [100, 1_000, 10_000], "operations": [1_000, 10_000, 100_000, MILLION]}
QUICK = {"layers": [100, 1_000], "operations": [1_000, 10_000]}
UNITS, BATCH = 8, 4


def network(layers: int) -> Workload:
    """Mean square of the last layer's units."""
    rng = np.random.default_rng(0)
    arguments: dict[str, Any] = {"X": rng.normal(size=(BATCH, UNITS))}
    for i in range(1, layers + 1):
        arguments[f"W{i}"] = rng.normal(size=(UNITS, UNITS)) / UNITS**0.5
        arguments[f"b{i}"] = rng.normal(size=UNITS) / 10

    def formula(m: Any, X: Any, *params: Any) -> Any:
        h = X
        for W, b in zip(params[::2], params[1::2], strict=True):
            h = m.tanh(h @ W + b)
        return m.mean(h**2)

    return unchecked("layers", arguments, tuple(arguments)[1:], formula)


def chain(length: int) -> Workload:
    """Five kinds of operations in turn."""

    def formula(m: Any, x: Any) -> Any:
        y = x
        for i in range(length):
            kind = i % 5
            if kind == 3:
                y = y * x
            elif kind == 4:
                y = y + 0.5
            else:
                y = (m.sin, m.cos, m.tanh)[kind](y)
        return y

    return unchecked("operations", {"x": np.array(0.3)}, ("x",), formula)


def unchecked(name: str, arguments: Any, wrt: tuple[str, ...], formula: Any) -> Workload:
    """A workload without references."""
    return Workload(name, name, arguments, wrt, formula, lambda *_: [])


def first_gradient(name: str, family: str, size: int) -> tuple[float, float]:
    """Processor seconds of a tool, imports not counted, and the process's peak in GiB."""
    module = tool(name)
    if module is None:
        raise ModuleNotFoundError(name)
    way = next(iter(module.WAYS.values()))
    workload = network(size) if family == "layers" else chain(size)
    start = time.process_time()
    way(workload)()
    spent = time.process_time() - start
    return spent, memory.peak_so_far() / 2**20


def table(tools: list[str], quick: bool, limit: float) -> str:
    """Markdown: a row for each tool; after a size that fails, none larger is tried."""
    sizes = QUICK if quick else SIZES
    columns = [(family, size) for family, listed in sizes.items() for size in listed]
    heads = [head(family, size) for family, size in columns]
    lines = [f"| tool | {' | '.join(heads)} |", "|---|" + "--:|" * len(heads)]
    for name in filter(tool, tools):
        way = next(iter(tool(name).WAYS))
        cells = [cell for family in sizes for cell in row(name, family, sizes[family], limit)]
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def head(family: str, size: int) -> str:
    """A column's title."""
    return "a chain of 10⁶ nodes" if size == MILLION else f"{size:,} {family}"


def row(name: str, family: str, sizes: list[int], limit: float) -> list[str]:
    """Seconds and GiB by size, after one run to fill Python's cache of compiled modules."""
    cells: list[str] = []
    fresh.run("building.py", name, family, sizes[0], limit=limit)
    for size in sizes:
        found = fresh.run("building.py", name, family, size, limit=limit)
        if isinstance(found, str):
            return cells + [found] + ["-"] * (len(sizes) - len(cells) - 1)
        cells.append(f"{found[0]:.3g} s, {found[1]:.2g} GiB")
    return cells


def main() -> None:
    """Seconds and GiB, for one tool, one family, one size."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("family", choices=list(SIZES))
    parser.add_argument("size", type=int)
    chosen = parser.parse_args()
    print(*first_gradient(chosen.tool, chosen.family, chosen.size))


if __name__ == "__main__":
    main()
