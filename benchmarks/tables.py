"""Tables of the workloads' times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rounds import Spread, Times

ORDER = [
    "products",
    "textbook",
    "tuned",
    "math",
    "symgrad",
    "symgrad, outputs reused",
    "symgrad, inputs trusted too",
    "JAX jit",
    "PyTorch eager",
    "PyTorch compiled",
    "PyTensor",
    "autograd",
    "CasADi",
]
HEADS = {"textbook": "textbook NumPy", "tuned": "tuned NumPy", "math": "Python's `math`"}


@dataclass(frozen=True)
class Result:
    """A workload's title, and the times of all who computed it rightly."""

    title: str
    times: Times

    @property
    def base(self) -> str:
        """What the ratios are to: the matrix products alone, or the best reference there is."""
        return next(n for n in ("products", "tuned", "textbook") if n in self.times.seconds)

    def ratio(self, name: str, base: str = "") -> Spread | None:
        """Median and quartiles of the rounds' ratios; None if either was not measured."""
        base = base or self.base
        if not {name, base} <= set(self.times.seconds):
            return None
        return Spread.of(self.times.ratios(name, base))


Results = Mapping[str, Result]


def ratios(results: Results) -> str:
    """Markdown: a row for each workload, a column for each contender."""
    present = {name for r in results.values() for name in r.times.seconds}
    names = [n for n in ORDER if n in present and n != "products"]
    lines = header(["workload", "1 is", *(HEADS.get(n, n) for n in names)])
    for result in results.values():
        unit = f"{duration(result.times.median(result.base))} ({result.base})"
        cells = (cell(result.ratio(n)) for n in names)
        lines.append(row([result.title, unit, *cells]))
    return "\n".join(lines)


def against(results: Results) -> str:
    """Markdown: symgrad's time against the tuned version's and each tool's, with the spread."""
    present = {n for r in results.values() for n in r.times.seconds}
    names = [n for n in ORDER if n in present and n not in ("products", "textbook", "math")]
    own = [n for n in names if n.startswith("symgrad")]
    pairs = [(n, "tuned") for n in own if "tuned" in names]
    pairs += [("symgrad", n) for n in names if n not in (*own, "tuned")]
    lines = header(["workload", *(f"{n} / {base}" for n, base in pairs)])
    for result in results.values():
        found = (result.ratio(*pair) for pair in pairs)
        lines.append(row([result.title, *(str(s) if s else "-" for s in found)]))
    return "\n".join(lines)


def header(heads: list[str]) -> list[str]:
    """The two lines on top: the first column is text."""
    return [row(heads), "|---|" + "--:|" * (len(heads) - 1)]


def row(cells: Iterable[str]) -> str:
    """One line."""
    return f"| {' | '.join(cells)} |"


def cell(spread: Spread | None) -> str:
    """Three digits; a dash for what is missing or wrong."""
    return "-" if spread is None else number(spread.middle)


def number(value: float) -> str:
    """Two decimals under 10, else fewer."""
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def duration(seconds: float) -> str:
    """In a unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"
