"""The picture of the ratios: a row for each workload, a mark for each contender."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from tables import HEADS, ORDER, Results

MARKS = {
    "textbook": ("#8c8c8c", "s"),
    "tuned": ("#1a1a1a", "|"),
    "symgrad": ("#d62728", "o"),
    "JAX jit": ("#1f77b4", "v"),
    "PyTorch eager": ("#ff7f0e", "^"),
    "PyTorch compiled": ("#bcbd22", "^"),
    "PyTensor": ("#2ca02c", "D"),
    "autograd": ("#9467bd", "X"),
    "CasADi": ("#17becf", "P"),
}


def draw(results: Results, path: Path) -> bool:
    """Write an SVG, the same for the same numbers; False without matplotlib."""
    if not importlib.util.find_spec("matplotlib"):
        return False
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "symgrad", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8.4, 0.9 + 0.34 * len(results)), layout="constrained")
    for name in (n for n in ORDER if n in MARKS):
        mark(axes, results, name)
    finish(axes, results)
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    pyplot.close(figure)
    return True


def mark(axes: Any, results: Results, name: str) -> None:
    """The marks of one contender."""
    color, marker = MARKS[name]
    found = [(r.ratio(name), i) for i, r in enumerate(results.values())]
    points = [(spread.middle, i) for spread, i in found if spread]
    if not points:
        return
    own = name == "symgrad"
    size = 60 if own else 110 if marker == "|" else 26
    label, order = HEADS.get(name, name), 3 if own else 2
    axes.scatter(*zip(*points, strict=True), size, color, marker, label=label, zorder=order)


def finish(axes: Any, results: Results) -> None:
    """Scales, names and the legend."""
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(results)), [r.title for r in results.values()])
    axes.invert_yaxis()
    axes.grid(axis="y", color="#e5e5e5")
    axes.grid(axis="x", color="#e5e5e5")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("time / matrix products alone (else tuned, else textbook NumPy)")
    axes.figure.legend(loc="outside upper center", ncols=5, frameon=False)
