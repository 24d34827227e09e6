"""Writes docs/delicate.md: python -m tests.passes.delicate_page > docs/delicate.md."""

from __future__ import annotations

from tests.passes.delicate import CASES, Case

INTRODUCTION = """# Delicate formulas

Formulas as textbooks write them, which overflow, cancel or are 0/0 somewhere. symgrad rewrites
them before it differentiates; value and gradient are right to ten digits, and NumPy warns of
nothing, at ordinary and at extreme points: 0, 1e-300, 1e-20, 1e-8, 40, 800, 1e5, 1e200, and their
negatives, as far as the formula and a float64 reach. The truth is the same text, read by Python
with mpmath's functions, at 100 to 4,000 digits. The list is `tests/passes/delicate.py`;
`tests/passes/test_delicate_cases.py` runs it.
"""


def page() -> str:
    """The list for docs/delicate.md."""
    families: dict[str, list[Case]] = {}
    for c in CASES:
        families.setdefault(c.family, []).append(c)
    lines = [INTRODUCTION, f"{len(CASES)} formulas of {len(families)} families:", ""]
    lines += ["| family | formulas |", "|---|---|"]
    for family, cases in families.items():
        lines.append(f"| {_cell(family)} | {'<br>'.join(_code(c) for c in cases)} |")
    left = [f"* {_code(c)}: {c.reason}" for c in CASES if c.reason]
    return "\n".join([*lines, *(["", "Not right yet:", "", *left] if left else [])]) + "\n"


def _code(case: Case) -> str:
    return f"`{_cell(case.text)}`"


def _cell(text: str) -> str:
    return text.replace("\n", "; ").replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
