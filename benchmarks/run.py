"""Measure what the README claims: `make bench`, or `python benchmarks/run.py`.

Everything is measured in one run on one machine and stated as a time per node, a ratio, or seconds
in a fresh process; the table goes to the terminal and to benchmarks/results.md.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import hessians
import numpy as np
import peers

import symgrad as sg

HERE = Path(__file__).parent
ROUNDS = 7

FRESH_IMPORT = """
import time
start = time.perf_counter()
import numpy
middle = time.perf_counter()
import symgrad
print(time.perf_counter() - middle)
"""

FRESH_XOR = """
import time
import numpy as np
import symgrad as sg
start = time.perf_counter()
loss = sg.parse(
    "mean((relu(X @ W + c) @ w + b - y)**2)",
    X="[n, 2]", W="[2, 2]", c="[2]", w="[2]", b="[]", y="[n]",
)
f = sg.function(None, [loss, *sg.grad(loss, ["W", "c", "w", "b"])])
f(np.eye(2), np.eye(2), np.ones(2), np.ones(2), 0.0, np.ones(2))
print(time.perf_counter() - start)
"""


def in_fresh_processes(code: str) -> list[float]:
    """Seconds that a snippet prints, in processes of its own, after one to warm the disk.

    Bytecode is kept, as it is wherever Python may write beside installed modules.
    """
    command = [sys.executable, "-c", code]
    with tempfile.TemporaryDirectory() as folder:
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, "PYTHONPYCACHEPREFIX": folder}
        runs = [
            subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            for _ in range(ROUNDS + 1)
        ]
    return [float(run.stdout) for run in runs[1:]]


def chain(length: int) -> tuple[float, int]:
    """Seconds from nothing to the first gradient of a chain of operations, and its nodes."""
    start = time.perf_counter()
    graph = sg.Graph()
    x = y = graph.input("x")
    for i in range(length):
        y = (sg.sin(y), sg.cos(y), sg.tanh(y), y * x, y + 0.5)[i % 5]
    f = sg.function([x], [y, sg.grad(y, x)])
    f(0.3)
    return time.perf_counter() - start, len(graph)


def per_node(length: int, rounds: int) -> list[float]:
    """Microseconds per node, derivative nodes counted."""
    return [1e6 * seconds / nodes for seconds, nodes in (chain(length) for _ in range(rounds))]


def textbook_xor(X, y, W, c, w, b):  # type: ignore[no-untyped-def]
    """The backward pass as a textbook writes it."""
    z = X @ W + c
    h = np.maximum(z, 0)
    r = h @ w + b - y
    loss = np.mean(r**2)
    d = 2 * r / len(r)
    d_h = np.outer(d, w)
    d_z = d_h * (z > 0)
    return loss, X.T @ d_z, d_z.sum(axis=0), h.T @ d, d.sum()


def xor_against_textbook() -> tuple[float, float]:
    """Median microseconds per call of the compiled XOR gradient and of the textbook's."""
    loss = sg.parse(
        "mean((relu(X @ W + c) @ w + b - y)**2)",
        {"X": "[n, 2]", "y": "[n]", "W": "[2, 2]", "c": "[2]", "w": "[2]", "b": "[]"},
    )
    f = sg.function(None, [loss, *sg.grad(loss, ["W", "c", "w", "b"])])
    rng = np.random.default_rng(0)
    values = [rng.normal(size=s) for s in ((4, 2), 4, (2, 2), 2, 2, ())]
    for ours, theirs in zip(f(*values), textbook_xor(*values), strict=True):
        np.testing.assert_allclose(ours, theirs)
    return interleaved(lambda: f(*values), lambda: textbook_xor(*values))


def interleaved(*calls: Callable[[], object]) -> tuple[float, ...]:
    """Median microseconds per call, the candidates in turn so that noise hits all alike."""
    found: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS * 3):
        for call, times in zip(calls, found, strict=True):
            start = time.perf_counter()
            for _ in range(300):
                call()
            times.append((time.perf_counter() - start) / 300 * 1e6)
    return tuple(statistics.median(times) for times in found)


def spread(values: list[float], unit: str, digits: int = 3) -> str:
    """Median, minimum and maximum."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} {unit} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def measure() -> list[tuple[str, str, str]]:
    """Rows of the table: what, measured, aim."""
    small, large = per_node(1_000, ROUNDS), per_node(100_000, 2)
    growth = statistics.median(large) / statistics.median(small)
    ours, textbook = xor_against_textbook()
    return [
        (
            "`import symgrad` after `import numpy`",
            spread(in_fresh_processes(FRESH_IMPORT), "s"),
            "0.1 s",
        ),
        (
            "XOR: parse, differentiate, compile, first call",
            spread(in_fresh_processes(FRESH_XOR), "s"),
            "0.3 s",
        ),
        ("chain of 1,000 operations, all stages", spread(small, "µs per node", 1), "100 µs"),
        ("chain of 100,000 operations, all stages", spread(large, "µs per node", 1), "100 µs"),
        ("time per node, 100,000 against 1,000", f"{growth:.2f} times", "1.5 times"),
        ("XOR gradient, batch 4, against textbook NumPy", f"{ours / textbook:.2f} times", "-"),
    ]


def table(rows: list[tuple[str, str, str]]) -> str:
    """Markdown."""
    lines = ["| measured | median (minimum to maximum) | at most |", "|---|---|---|"]
    return "\n".join(lines + [f"| {a} | {b} | {c} |" for a, b, c in rows])


def show_in_readme(**tables: str) -> None:
    """Put each table between its two markers in README.md."""
    readme = HERE.parent / "README.md"
    text = readme.read_text(encoding="utf-8")
    for name, content in tables.items():
        before, _, rest = text.partition(f"<!-- {name} -->")
        _, _, after = rest.partition(f"<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n\n{content}\n\n<!-- /{name} -->{after}"
    readme.write_text(text, encoding="utf-8")


def main() -> None:
    """Measure, print, write benchmarks/results.md and the tables of README.md."""
    machine = f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}"
    results, delicate = table(measure()), peers.table()
    sections = {"Right to 1e-10": delicate, "Whole Hessians, on one thread": hessians.table()}
    text = f"# Measured by `make bench`\n\n{machine}\n\n{results}\n"
    text += "".join(f"\n## {title}\n\n{content}\n" for title, content in sections.items())
    print(text)
    (HERE / "results.md").write_text(text, encoding="utf-8")
    show_in_readme(results=results, peers=delicate)


if __name__ == "__main__":
    main()
