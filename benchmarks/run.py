"""Measure speed and memory: `make bench`, or `python benchmarks/run.py --only digits --rounds 5`.

Every tool's numbers are verified against textbook NumPy in float64 before they are timed. The whole
run writes benchmarks/results.md, benchmarks/speed.svg and the tables of README.md; a part of it
prints alone.
"""

from __future__ import annotations

import one_thread  # noqa: F401  (before all that computes)

# isort: split

import argparse
import gc
import logging
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

import building
import chart
import formulas
import fresh
import machine
import memory
import startup
import tables
from contenders import TOOLS, contenders
from readme import show_in_readme
from rounds import CLOCKS, measure
from tables import Result
from workloads import WORKLOADS

HERE = Path(__file__).parent
SECTIONS = ["building", "memory", "startup", "delicate"]
METHOD = """\
Value and gradient on one thread, all tools in one process, in turn, round after round; medians of
the rounds' ratios, in {clock} time ("process": processor time of all threads). 1 is the matrix
products alone, which no NumPy program can avoid, or else the tuned version. A dash: not installed,
not expressible, wrong, or not compiled within {limit} seconds. "Textbook" and "tuned" NumPy are in
benchmarks/workloads; tuned NumPy overwrites its results in the next call and checks no arguments,
symgrad does so where its column says it, and all others give out new arrays. JAX and PyTorch are
given their own arrays; JAX, PyTorch compiled and PyTensor are compiled for the given sizes, symgrad
for any size of the batch.
"""
README = """\
{ratios}

![Times against the matrix products alone](benchmarks/speed.svg)
"""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    every = [*WORKLOADS, *SECTIONS]
    parser.add_argument("--only", nargs="+", choices=every, metavar="NAME", help=", ".join(every))
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=TOOLS, metavar="TOOL")
    parser.add_argument("--rounds", type=int, help="of every workload (15; quick: 5)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller graphs")
    parser.add_argument("--clock", choices=CLOCKS, default="process")
    parser.add_argument("--limit", type=int, help="seconds to compile a workload, or build a graph")
    parser.add_argument("--write", action="store_true", help="write results even if quick")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (5 if chosen.quick else 15)
    chosen.limit = chosen.limit or (30 if chosen.quick else 120)
    return chosen


def speed(chosen: argparse.Namespace, names: list[str]) -> dict[str, Result]:
    """Verify and time the workloads, one after another."""
    results = {}
    for name in names:
        workload = WORKLOADS[name]()
        calls = contenders(workload, chosen.tools, chosen.limit)
        times = measure(calls, chosen.rounds, clock=chosen.clock)
        results[name] = Result(workload.title, times)
        print(tables.ratios({name: results[name]}), tables.against({name: results[name]}), sep="\n")
        print(flush=True)
        del workload, calls
        gc.collect()
    return results


def sections(chosen: argparse.Namespace) -> dict[str, tuple[str, Callable[[], str]]]:
    """Title and table of what is not a workload."""
    rounds = 3 if chosen.quick else 7
    return {
        "building": (
            f"From nothing to the first gradient, at most {chosen.limit} s (processor time)",
            lambda: building.table(chosen.tools, chosen.quick, chosen.limit),
        ),
        "memory": ("Peak memory", memory.table),
        "startup": ("The compiler", lambda: startup.table(rounds, chosen.quick)),
        "delicate": ("Right to 1e-10", formulas.table),
    }


def main() -> None:
    """Measure, print, and write what was measured."""
    chosen = arguments()
    logging.disable(logging.CRITICAL)  # of compilers that are stopped at the limit
    warnings.simplefilter("ignore")
    wanted = chosen.only or [*WORKLOADS, *SECTIONS]
    about = machine.describe()
    print(about, flush=True)
    results = speed(chosen, [n for n in WORKLOADS if n in wanted])
    found = {}
    for name, (title, table) in sections(chosen).items():
        if name in wanted:
            try:
                found[name] = table()
            except subprocess.CalledProcessError as error:  # what else was measured is kept
                why = fresh.complaint(error.returncode, error.stderr)
            print(f"\n## {title}\n\n{found.get(name) or 'Not measured: ' + why}", flush=True)
    if chosen.write or not (chosen.only or chosen.quick or chosen.tools != TOOLS):
        write(chosen, about, results, found)


def write(
    chosen: argparse.Namespace, about: str, results: dict[str, Result], found: dict[str, str]
) -> None:
    """benchmarks/results.md, benchmarks/speed.svg, README.md."""
    ratios = tables.ratios(results)
    drawn = chart.draw(results, HERE / "speed.svg")
    method = METHOD.format(clock=chosen.clock, limit=chosen.limit)
    parts = [f"# Measured by `make bench`\n\n{about}\n", f"## Speed\n\n{method}\n{ratios}\n"]
    parts += ["![The same as a chart](speed.svg)\n"] if drawn else []
    parts += [f"Median, and quartiles, of {chosen.rounds} rounds:\n\n{tables.against(results)}\n"]
    titles = {name: title for name, (title, _) in sections(chosen).items()}
    parts += [f"## {titles[name]}\n\n{content}\n" for name, content in found.items()]
    (HERE / "results.md").write_text("\n".join(parts), encoding="utf-8")
    shown = {"results": found.get("startup"), "peers": found.get("delicate")}
    shown["speed"] = README.format(ratios=ratios).strip()
    show_in_readme(**{place: content for place, content in shown.items() if content})


if __name__ == "__main__":
    main()
