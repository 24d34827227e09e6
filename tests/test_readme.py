"""What README.md shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symgrad as sg
from symgrad import catalog

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def block(start):
    """The code block that begins with the given words."""
    return next(text for _, text in BLOCKS if text.lstrip().startswith(start))


@pytest.fixture
def sixty_seconds(tmp_path, monkeypatch):
    """The names that the first example leaves behind, and the folder it wrote to."""
    monkeypatch.chdir(tmp_path)
    scope = {}
    exec(block("import numpy"), scope)
    return scope, tmp_path


def test_the_example_runs_and_emits_what_is_shown(sixty_seconds):
    scope, folder = sixty_seconds
    assert block("# forward") in (folder / "xor_grad.py").read_text()
    assert (folder / "xor.png").read_bytes().startswith(b"\x89PNG")
    done = subprocess.run([sys.executable, "-I", "xor_grad.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    loss, *_ = scope["f"](np.eye(2), np.eye(2), [0, 0], [1, 1], 0, [1, 1])
    assert loss == 0


def test_the_error_is_the_one_shown():
    text = "X: [n, 3]\nW: [2, 4]\nb: [4]\nh = relu(X @ W + b)"
    with pytest.raises(sg.ShapeError) as caught:
        sg.parse(text)
    assert f"ShapeError: {caught.value}\n" == block("ShapeError:")


def test_the_other_doors_work():
    import sympy

    lines = block("y = sg.from_sympy")
    exec(lines, {"sg": sg, "np": np, "sympy_expr": sympy.sin(sympy.Symbol("t"))})


def test_a_step_that_overwrites_its_arguments(sixty_seconds):
    scope, _ = sixty_seconds
    exec(block("params = "), scope)
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    y = np.array([0.0, 1.0, 1.0, 0.0])
    W, c, w, b = np.eye(2), np.array([0.0, -0.5]), np.array([1.0, -1.0]), np.array(0.0)
    losses = [scope["train"](X, W, c, w, b, y) for _ in range(200)]
    assert losses[-1] < 0.5 * losses[0] and not np.array_equal(W, np.eye(2))


def test_newton_s_method_fits_a_logistic_regression():
    scope = {"sg": sg, "np": np}
    exec(block("g = sg.Graph()\nX, y, w"), scope)
    X = np.random.default_rng(0).normal(size=(50, 3))
    y = (X @ [1, -1, 0.5] + np.sin(np.arange(50)) > 0).astype(float)
    w = np.zeros(3)
    for _ in range(8):
        w = scope["step"](X, y, w)
    np.testing.assert_allclose(X.T @ (1 / (1 + np.exp(-X @ w)) - y), 0, atol=1e-12)
    slope = scope["slope"](w, X, y)
    np.testing.assert_allclose(slope, 2 / 50 * X.T @ (X @ w - y), rtol=1e-12)


def test_scipy_fits_a_network_with_the_emitted_file(tmp_path, monkeypatch):
    import scipy.optimize

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    scope = {"sg": sg, "scipy": scipy, "X": X, "y": X[:, 0] * X[:, 1], "start": rng.normal(size=25)}
    exec(block('loss = sg.parse("""\n    theta'), scope)
    assert scope["best"].fun < 0.05 * np.var(scope["y"])


def test_there_are_as_many_operations_as_it_says():
    (said,) = re.findall(r"### More than (\d+) operations", README)
    assert int(said) < len(catalog.entries()) <= int(said) + 30


def test_tables_are_those_of_the_results():
    """All three, and the chart, are written by one run of the benchmarks."""
    results = (ROOT / "benchmarks" / "results.md").read_text(encoding="utf-8")
    for name in ("speed", "results", "peers"):
        shown = README.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]
        (table,) = re.findall(r"^(?:\|.*\n)+", shown, re.MULTILINE)
        assert table.count("\n") > 5 and table in results
    chart = (ROOT / "benchmarks" / "speed.svg").read_text(encoding="utf-8")
    speed = results.partition("## Speed")[2].partition("![")[0]
    workloads = re.findall(r"^\| (.+?) \| [\d.]+ .?s \(", speed, re.MULTILINE)
    assert len(workloads) >= 7 and all(title in chart for title in workloads)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
