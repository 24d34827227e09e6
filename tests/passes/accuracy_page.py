"""Writes docs/accuracy.md: python -m tests.passes.accuracy_page > docs/accuracy.md."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from tests.passes.accuracy import Errors, errors, sample
from tests.passes.delicate_page import cell
from tests.passes.fpbench import FORMULAS, Formula

INTRODUCTION = """# Accuracy

How many bits formulas lose in float64: as they are written, by NumPy, and as symgrad compiles
them. At each point the floats between the result and the truth are counted, and their number's
log2(1 + ulps) is averaged: 0 is right to the last bit, 53 is no digit right. Points lie in the
range where the formula is used, where variables or 1 nearly agree, and at random bit patterns over
all floats; the truth is enclosed by intervals of up to 2,600 bits. Slopes are the derivative of
the stable form beside the chain rule on the text as it is, all variables together. The lists are
`tests/passes/fpbench.py`, and `fpbench_fields.py`, `fpbench_books.py`, `fpbench_exams.py`,
`fpbench_suites.py` and `fpbench_trades.py`; `test_fpbench.py` beside them asserts of every row, in
float64 and in float32, that the compiled form loses no more than the written one: on average no
more than 0.13 bits, or 0.28 where it multiplies instead of calling NumPy's power, of enough
points; and at no point where the text is right to 2 ulps more than 8 ulps, unless the text is
right by chance: where it is more than 4 ulps off at one of the floats nearby, no more than 36
ulps, and two and a half times what it is off there.
"""

shared: list[Path] = []
"""The folder, if there is one, in which what is measured is kept for other processes."""


@cache
def measured(formula: Formula, dtype: str) -> Errors:
    """Bits lost at the sample's points; processes that test side by side measure them once."""
    name = sha256(f"{formula} {dtype}".encode()).hexdigest()
    file = shared[0] / f"{name}.npy" if shared else None
    if file is not None and file.exists():
        return Errors(*np.load(file))
    found = errors(sample(formula, dtype))
    if file is not None:
        part = file.with_suffix(f".{os.getpid()}")
        with part.open("wb") as stream:
            np.save(stream, np.array(found))
        part.replace(file)  # whole, or not there
    return found


def mean(bits: np.ndarray) -> float:
    """Over all points where there is something to compare."""
    known = bits[~np.isnan(bits)]
    return float(known.mean()) if known.size else 0.0


def page() -> str:
    """The table for docs/accuracy.md."""
    families = list(dict.fromkeys(f.family for f in FORMULAS))
    lines = [INTRODUCTION]
    for family in families:
        rows = [_row(f) for f in FORMULAS if f.family == family]
        head = ["| bits lost | value, written | compiled | slopes, written | compiled |"]
        lines += [f"## {family.capitalize()}", "", *head, "|---|---:|---:|---:|---:|", *rows, ""]
    return "\n".join(lines)


def _row(formula: Formula) -> str:
    written, compiled = measured(formula, "float64")
    pairs = ((e[rows]) for rows in (slice(1), slice(1, None)) for e in (written, compiled))
    return f"| `{cell(formula.text)}` | {' | '.join(f'{mean(p):.0f}' for p in pairs)} |"


if __name__ == "__main__":
    print(page(), end="")
