"""Pages of docs/: their code runs, and what is shown below is what comes out.

To store new outputs: UPDATE_GOLDEN=1 make test ARGS="tests/test_docs.py"
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [page for page in DOCS if page.stem in ("derivatives", "certificate")]
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
