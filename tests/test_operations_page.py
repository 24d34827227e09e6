"""docs/operations.md: its tables are drawn from the rows.

To draw them again: UPDATE_GOLDEN=1 make test ARGS="tests/test_operations_page.py"
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

import symgrad as sg
from symgrad import catalog
from symgrad.graph.graph import operations
from symgrad.ops.op import registry

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "operations.md"

# title: files of symgrad/ops
FAMILIES = {
    "Arithmetic": ["arithmetic", "rounding"],
    "Elementary functions": ["elementary", "pairwise"],
    "Accurate compositions": [
        *("stable", "nearby", "relative", "remainders", "lorentz", "exponents"),
        *("compound", "roots", "quotients", "gaps"),
    ],
    "Activations": ["activations"],
    "Special functions": ["special", "gamma", "bessel"],
    "Comparison and selection": ["selection"],
    "Reductions": ["reductions"],
    "Statistics": ["statistics", "covariances", "quantiles"],
    "Norms": ["norms"],
    "Cumulative operations and recurrences": ["scans", "differences"],
    "Sorting and searching": ["ordering"],
    "Indexing": ["indexing", "gathering", "masks", "labels"],
    "Shapes and axes": ["shapes", "rearrangement"],
    "Joining and splitting": ["joining", "splitting", "insertion"],
    "Padding and repetition": ["padding", "repetition"],
    "Making arrays": ["construction", "ranges"],
    "Products": ["products", "contraction"],
    "Matrices": ["diagonals", "powers"],
    "Linear algebra": ["inverses", "cholesky", "systems"],
    "Types and barriers": ["leaves"],
}


def written_in():
    """For every row the file that it stands in, read from the calls in the sources."""
    found = {}
    for path in sorted((ROOT / "symgrad" / "ops").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = str(node.args[0].value).partition("(")[0]
                if name in registry:
                    found.setdefault(name, path.stem)
    previous = ""
    for name in registry:  # rows of a loop stand behind another row of their file
        previous = found.setdefault(name, previous)
    return found


def file_of(name, rows):
    f = operations[name]
    if name in rows:
        return rows[name]
    return f.build.__module__.rpartition(".")[2]


def signature(entry):
    also = f" also {', '.join(f'`{a}`' for a in entry.aliases)}" if entry.aliases else ""
    return f"`{entry.signature}`{also}"


def table(entries):
    lines = [
        [signature(e), e.sentence.replace("``", "`"), e.derivative, e.emitted] for e in entries
    ]
    escaped = ([cell.replace("|", r"\|") for cell in cells] for cells in lines)
    ruled = [["operation", "what", "derivative", "emitted as"], ["---"] * 4, *escaped]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in ruled)


def drawn():
    """All families, and a line that counts."""
    rows, entries = written_in(), catalog.entries()
    files = {e.name: file_of(e.name, rows) for e in entries}
    homeless = {*files.values()} - {home for homes in FAMILIES.values() for home in homes}
    assert not homeless, "name these files in FAMILIES"
    parts = [f"{len(entries)} operations in {len(FAMILIES)} families."]
    for title, homes in FAMILIES.items():
        listed = sorted((e for e in entries if files[e.name] in homes), key=lambda e: e.name)
        parts.append(f"## {title}\n\n{table(listed)}")
    return "\n\n".join(parts)


def test_the_page_is_up_to_date():
    page = PAGE.read_text("utf-8")
    marks = r"(<!-- operations -->\n).*?(\n<!-- end -->)"
    assert re.search(marks, page, re.DOTALL)
    wanted = re.sub(marks, lambda m: m[1] + drawn() + m[2], page, flags=re.DOTALL)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(wanted, "utf-8")
    assert PAGE.read_text("utf-8") == wanted


def test_every_operation_is_on_the_page():
    page = PAGE.read_text("utf-8")
    missing = [e.name for e in catalog.entries() if f"| `{e.signature}`" not in page]
    assert not missing


def test_every_operation_of_the_package_is_in_the_catalog():
    listed = {n for e in catalog.entries() for n in (e.name, *e.aliases)}
    assert set(operations) - listed == {"input", "constant", "dim", "custom", "iota"}


@pytest.mark.parametrize("entry", catalog.entries(), ids=lambda e: e.name)
def test_an_entry_can_be_shown(entry):
    assert entry.sentence.endswith((".", "PyTorch's", "`.")), entry.sentence
    assert hasattr(sg, entry.name)
    shown = catalog.described(entry)
    assert shown.startswith(entry.signature)
    assert ("Example" in shown) == (entry.name in registry and entry.name != "eye")
