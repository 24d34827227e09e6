"""What the compiler itself costs: import, first gradient in a fresh process, time per node."""

from __future__ import annotations

import gc
import statistics
import time

import fresh

import symgrad as sg

FRESH_IMPORT = """
import time
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

FRESH_ALL = FRESH_XOR.replace(
    "import numpy as np\nimport symgrad as sg\nstart = time.perf_counter()\n",
    "import numpy as np\nstart = time.perf_counter()\nimport symgrad as sg\n",
)
FRESH_COMMAND = """
import contextlib
import io
import time
import numpy
start = time.perf_counter()
from symgrad.cli import run
with contextlib.redirect_stdout(io.StringIO()):
    run({})
print(time.perf_counter() - start)
"""
HELP = FRESH_COMMAND.format(["--help"])
COMMAND = FRESH_COMMAND.format(["grad", "(x - 1)**2", "--let", "x: []"])
SMALL, LARGE = 1_000, 100_000


def chain(length: int, number: float) -> tuple[float, int]:
    """Processor seconds from nothing to the first gradient of a chain, and its nodes.

    With a number that no chain had before, for what was compiled once is not compiled again; and
    what the chain before it has left behind is collected outside the clock.
    """
    gc.collect()
    start = time.process_time()
    graph = sg.Graph()
    x = y = graph.input("x")
    for i in range(length):
        y = (sg.sin(y), sg.cos(y), sg.tanh(y), y * x, y + number)[i % 5]
    f = sg.function([x], [y, sg.grad(y, x)])
    f(0.3)
    return time.process_time() - start, len(graph)


def per_node(length: int, rounds: int) -> list[float]:
    """Microseconds per node, derivative nodes counted."""
    runs = [chain(length, 0.5 + i / 64) for i in range(rounds)]
    return [1e6 * seconds / nodes for seconds, nodes in runs]


def spread(values: list[float], unit: str, digits: int = 3) -> str:
    """Median, minimum and maximum."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} {unit} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def rows(rounds: int, quick: bool) -> list[tuple[str, str, str]]:
    """What, measured, aim."""
    large = 10_000 if quick else LARGE
    small, big = per_node(SMALL, rounds), per_node(large, 3)
    growth = statistics.median(big) / statistics.median(small)
    both = f"{large:,} against {SMALL:,}"
    firsts = {
        "`import symgrad` after `import numpy`": (FRESH_IMPORT, "0.1 s"),
        "XOR: parse, differentiate, compile, first call": (FRESH_XOR, "-"),
        "the same with `import symgrad`": (FRESH_ALL, "0.25 s"),
        "`symgrad --help`": (HELP, "0.3 s"),
        "`symgrad grad '(x - 1)**2'`, with its certificate": (COMMAND, "-"),
    }
    found = [(k, spread(fresh.seconds(c, rounds), "s"), aim) for k, (c, aim) in firsts.items()]
    return [
        *found,
        (f"chain of {SMALL:,} operations, all stages", spread(small, "µs per node", 1), "60 µs"),
        (f"chain of {large:,} operations, all stages", spread(big, "µs per node", 1), "60 µs"),
        (f"time per node, {both}", f"{growth:.2f} times", "1.5 times"),
    ]


def table(rounds: int = 7, quick: bool = False) -> str:
    """Markdown."""
    lines = ["| measured | median (minimum to maximum) | at most |", "|---|---|---|"]
    return "\n".join(lines + [f"| {a} | {b} | {c} |" for a, b, c in rows(rounds, quick)])
