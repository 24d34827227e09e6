"""Writes docs/delicate.md: python -m tests.passes.delicate_page > docs/delicate.md."""

from __future__ import annotations

from pathlib import Path

from tests.passes.delicate import CASES, Case

MEASURED = Path(__file__).parents[2] / "benchmarks" / "delicate.md"
"""What `make peers` has found."""
INTRODUCTION = """# Delicate formulas

Formulas as textbooks write them, which overflow, cancel or are 0/0 somewhere. symgrad rewrites
them before it differentiates; value and gradient are right to ten digits, and NumPy warns of
nothing, at ordinary and at extreme points: 0, 1e-300, 1e-20, 1e-8, 40, 800, 1e5, 1e200, and their
negatives, as far as the formula and a float64 reach. The truth is the same text, read by Python
with mpmath's functions, at 100 to 4,000 digits. The list is `tests/passes/delicate.py`;
`tests/passes/test_delicate_cases.py` runs it. What other tools make of the same texts stands
[below](#the-same-formulas-in-other-tools).

Where a square overflows inside of results that are all finite, as in `exp(-x ** 2)` or
`1 / x ** 2`, the emitted function has the line `@np.errstate(over="ignore")`: its result is right,
and NumPy's warning of the square would be noise. A function with a result that may be infinite
itself, such as `exp(-x ** 2) + x ** 2`, warns and raises as NumPy does. `where`, `minimum`, `clip`
and `logsumexp` count as finite, for what they leave out may overflow: a result that they do take
from there is infinite without a word, and `np.isfinite` tells.

What is not mended, and why:

* `W @ log(p)` with zeros in both: a product of matrices adds up before 0 log(0) could be found to
  be 0. Write `sum(xlogy(W, p), axis=1)`.
* Infinite arguments of logarithms and shares: `xlogy(0, sigmoid(x))`, and slopes of `x / (x + y)`
  and `x / hypot(x, y)`, are nan where x or y is infinite, and what is written has a limit. So is
  softmax of a row with an infinite entry.
* Second derivatives of `sqrt(x ** 2 - 4) - x` and its like, far out on the side where nothing
  cancels in the value: they are tiny differences of first derivatives near 2.
* `log(softmax(x))` of a class whose probability is nearly 1 is right to the rounding of 1, not of
  itself; so is the entropy of such a row.
* Python numbers beyond float32 beside float32 arrays are infinite there, and NumPy warns of it.
"""


def page() -> str:
    """The list for docs/delicate.md."""
    families: dict[str, list[Case]] = {}
    for c in CASES:
        families.setdefault(c.family, []).append(c)
    lines = [INTRODUCTION, f"{len(CASES)} formulas of {len(families)} families:", ""]
    lines += ["| family | formulas |", "|---|---|"]
    for family, cases in families.items():
        lines.append(f"| {cell(family)} | {'<br>'.join(_code(c) for c in cases)} |")
    return "\n".join([*lines, "", *_measured()]) + "\n"


def _measured() -> list[str]:
    text = MEASURED.read_text("utf-8")
    return ["<!-- measured -->", "", *text.splitlines(), "", "<!-- /measured -->"]


def _code(case: Case) -> str:
    return f"`{cell(case.text)}`"


def cell(text: str) -> str:
    """A text in a cell of a table."""
    return text.replace("\n", "; ").replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
