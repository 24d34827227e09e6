"""The notebooks run, and show what is stored in them. Pictures are not compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 600_000  # bytes: they are read in a browser, and every version stays in the history
TRACE = re.compile(r"(?<![\w.)\\])/[\w.-]+/[\w./-]+|\b0x[0-9a-f]{6}")  # absolute paths, addresses

notebooks = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(path):
    """The notebook as it is stored."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell):
    """What a cell shows: printed text, results as text, and which pictures stand between them.

    A kernel may deliver printed text in several pieces. What goes to stderr is left out: on a new
    machine, matplotlib says there that it collects the fonts.
    """
    found = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                continue
            if found and isinstance(found[-1], str):
                found[-1] += output.text
            else:
                found.append(output.text)
        else:
            found.append({k: "" if k.startswith("image/") else v for k, v in output.data.items()})
    return found


@pytest.fixture
def clean_jupyter(tmp_path, monkeypatch):
    """No start-up files, kernels or plotting choices of whoever runs the tests."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.delenv("MPLBACKEND", raising=False)


def test_there_are_notebooks():
    assert [path.name for path in PATHS][:2] == [
        "01_graphs_and_the_chain_rule.ipynb",
        "02_learning_xor.ipynb",
    ]


@pytest.mark.slow
@notebooks
def test_runs_and_shows_what_is_stored(path, tmp_path, clean_jupyter):
    stored, notebook = read(path), read(path)
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
    for old, new in zip(code_cells(stored), code_cells(notebook), strict=True):
        assert shown(old) == shown(new), f"cell {old.id}; `make notebooks` stores the new outputs"
        assert not [o.text for o in new.outputs if "Warning: " in o.get("text", "")], old.id


@notebooks
def test_is_stored_as_executed_from_top_to_bottom(path):
    notebook = read(path)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert any("image/png" in o.get("data", {}) for o in outputs)


@notebooks
def test_is_stored_small_and_without_traces_of_a_machine(path):
    assert path.stat().st_size < LARGEST
    notebook = read(path)
    assert not [cell.id for cell in notebook.cells if cell.metadata]  # such as execution times
    assert notebook.metadata.kernelspec.name == "python3"
    texts = [cell.source for cell in notebook.cells]
    texts += [json.dumps(shown(cell)) for cell in code_cells(notebook)]
    assert not [text for text in texts if TRACE.search(text)]


@notebooks
def test_cell_ids_are_words(path):
    ids = [cell.id for cell in read(path).cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", i) for i in ids)


@notebooks
def test_links_lead_somewhere(path):
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    for target in re.findall(r"\]\((?!http|#)([^)#]+)\)", text):
        assert (FOLDER / target).exists(), target
