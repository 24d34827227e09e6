"""Pages of docs/: their code runs, and what is shown below is what comes out.

To store new outputs: UPDATE_GOLDEN=1 make test ARGS="tests/test_docs.py"
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import tokenize
from pathlib import Path
from pkgutil import resolve_name

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [page for page in DOCS if page.stem in ("derivatives", "certificate", "fast")]
# Code; then what it printed, or what it made of f.
STEP = re.compile(
    r"^```python\n(?P<code>.*?)^```\n"
    r"(?:\n```\n(?P<printed>.*?)^```\n|\n<!-- f -->\n.*?<!-- end -->\n)?",
    re.DOTALL | re.MULTILINE,
)


def body(source):
    """A compiled function between its checks and its return."""
    function = source.partition("\ndef ")[2].partition("\n    return ")[0]
    lines = function.partition("\n    )\n")[2].splitlines()
    return "\n".join(line.removeprefix("    ") for line in lines)


def run(match, scope):
    """A step of the page with what it shows now."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(match["code"], "a page", "exec"), scope)
    code = f"```python\n{match['code']}```\n"
    if "<!-- f -->" in match[0]:
        return f"{code}\n<!-- f -->\n```python\n{body(scope['f'].source)}\n```\n<!-- end -->\n"
    assert bool(match["printed"]) == bool(printed.getvalue())
    return f"{code}\n```\n{printed.getvalue()}```\n" if match["printed"] else code


TEXTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "symgrad").rglob("*.py")),
    *sorted((ROOT / "tests").rglob("*.py")),
]
FOLDERS = sorted(p.name for p in ROOT.glob("symgrad/**/") if p.name != "__pycache__")
# Of our own folders: `passes/rules/`, `symgrad/ops/units.py`; and modules, `symgrad.ops.units`.
PATH = re.compile(
    rf"(?<![\w/.])(?:\w+/)*(?:docs|tests|benchmarks|examples|{'|'.join(FOLDERS)})/[\w/-]*(?:\.\w+)?"
)
DOTTED = re.compile(r"(?<![\w/.])symgrad(?:\.[a-zA-Z]\w*)+")
NEAR = ["", "symgrad", "symgrad/ops", "symgrad/passes", "symgrad/backends", "tests"]


def told(path):
    """What a page or a module says: all of it, or its docstrings and comments."""
    if path.suffix == ".md":
        return path.read_text("utf-8")
    with path.open("rb") as file:
        tokens = [*tokenize.tokenize(file.readline)]
    comments = [t.string for t in tokens if t.type == tokenize.COMMENT]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, kinds))
    return "\n".join([*comments, *(ast.get_docstring(n) or "" for n in nodes)])


def missing(text, folder=ROOT):
    """The files, folders and modules that a text names and that are not there."""
    rooms = [folder, *(ROOT / near for near in NEAR)]
    for named in PATH.findall(text):
        here = [room / named for room in rooms]
        if not any(p.exists() or p.with_suffix(".py").exists() for p in here):
            yield named
    for dotted in DOTTED.findall(text):
        try:
            resolve_name(dotted)
        except (ImportError, AttributeError):
            yield dotted


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_code_runs_and_shows_what_is_stored(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page, scope = path.read_text("utf-8"), {}
    wanted = STEP.sub(lambda match: run(match, scope), page)
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(wanted, "utf-8")
    assert path.read_text("utf-8") == wanted


def test_links_lead_somewhere():
    for page in DOCS:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_what_is_named_is_there():
    wrong = {str(p.relative_to(ROOT)): [*missing(told(p), p.parent)] for p in TEXTS}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_what_is_not_there_is_seen():
    text = "`passes/rules/stabilize.py`, symgrad.passes; but `passes/angles.py`, `symgrad.passes.x`"
    assert [*missing(text)] == ["passes/angles.py", "symgrad.passes.x"]
