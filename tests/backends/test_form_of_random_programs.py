"""Linters and formatters have nothing to say of emitted code: workloads, and random programs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.layout import WIDTH
from symgrad.backends.numpy.wrapping import broken
from tests.backends.random_programs import random_program

PROGRAMS = 50
BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def complaints(folder):
    """What black and ruff's rules have to say of a folder's files."""
    found = ""
    for tool in (["black", "--check", "-q", "--diff"], ["ruff", "check", "--isolated", "-q"]):
        command = [sys.executable, "-m", *tool, str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        found += done.stdout + done.stderr
    return found


@pytest.mark.parametrize("options", [{}, {"style": "readable"}, {"reuse_outputs": True}])
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
def test_random_programs(options, tmp_path):
    for seed in range(PROGRAMS):
        inputs, outputs, updates = random_program(seed)
        f = sg.function(inputs, outputs, updates=updates, **options)
        (tmp_path / f"program{seed}.py").write_text(f.source, "utf-8")
    assert complaints(tmp_path) == ""


@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the benchmarks are not here")
@pytest.mark.parametrize("style", ["fast", "readable"])
def test_workloads(style, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    from tools import by_symgrad
    from workloads import WORKLOADS

    for name, make in WORKLOADS.items():
        workload = make()
        inputs, outputs = by_symgrad.expressions(workload)
        wrt = [inputs[i] for i in workload.places]
        spec = (inputs, outputs)
        if workload.kind == "step":
            spec = (inputs, outputs[:1], dict(zip(wrt, outputs[1:], strict=True)))
        sg.write_module(tmp_path / f"{name}.py", style=style, certify=False, f=spec)
    assert complaints(tmp_path) == ""


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_files_import_numpy_and_fast_ones_the_standard_library(style, tmp_path):
    """What runs where NumPy alone is installed; see docs of `write_module`."""
    x, y = (sg.Graph().input("x", spec) for spec in ("[]", "[n, 3]"))
    programs = [random_program(seed) for seed in (1, 2)]
    programs += [([x], [sg.exp(x) * sg.sin(x)], {}), ([y], [sg.tanh(y)], {})]
    seen = set()
    for inputs, outputs, updates in programs:
        spec = (inputs, outputs, updates)
        path = sg.write_module(tmp_path / "program.py", style=style, certify=False, f=spec)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            seen |= {a.name for a in node.names} if isinstance(node, ast.Import) else set()
            seen |= {node.module} if isinstance(node, ast.ImportFrom) else set()
    assert {name for name in seen if name not in sys.stdlib_module_names} == {"numpy"}
    assert seen == {"numpy"} if style == "readable" else "math" in seen


LONG = "a_name_of_forty_characters_which_is_long"
LINES = [
    f"    x = np.where({LONG} > 0, {LONG}, 0.01 * {LONG})",
    f"    return {LONG} * {LONG} + {LONG}",
    f"    x = {LONG} + np.exp({LONG}, {LONG}) - {LONG}",
    f"    x = np.concatenate([{LONG}, {LONG}, {LONG}], axis=0)",
    f"    x = np.reshape({LONG}, ({LONG}, {LONG}))",
    f"    x[...] = np.exp(np.exp(np.exp({LONG}.sum(axis=0, keepdims=True))))",
    f'    x = np.einsum("ij,jk,kl->il", {LONG}, {LONG})',
    f"    x = {LONG} if {LONG} else np.exp({LONG})",
    f"    x = {LONG} and {LONG} or not {LONG}",
    f"    {LONG}.dot({LONG}, {LONG})",
]


def test_long_statements_mean_the_same_on_several_lines(tmp_path):
    code = f"import numpy as np\n\n\ndef f(x, {LONG}):\n%s\n    return np.abs(x)\n"
    for i, line in enumerate(LINES):
        lines = broken([line])
        assert len(lines) > 1 and max(map(len, lines)) <= WIDTH
        one, several = code % line, code % "\n".join(lines)
        assert ast.dump(ast.parse(one)) == ast.dump(ast.parse(several))
        (tmp_path / f"several{i}.py").write_text(several, "utf-8")
    assert complaints(tmp_path) == ""


def test_larger_and_smaller_numbers_are_chosen_as_numpy_does():
    """In the form that linters accept, which `max` is not where one may be nan."""
    g = sg.Graph()
    x, y = g.input("x"), g.input("y")
    cases = [
        (lambda x, y, where: where(x > y, x, y)),
        (lambda x, y, where: where(x >= y, x, y)),
        (lambda x, y, where: where(x < y, x, y)),
        (lambda x, y, where: where(x <= y, y, x)),
        (lambda x, y, where: where(x > 0, x, 0.0)),
        (lambda x, y, where: where(y < 1, 1.0, y)),
    ]
    f = sg.function([x, y], [case(x, y, sg.where) for case in cases], stabilize=False)
    assert "math" in f.source or "try:" in f.source
    values = np.array([1.0, 2.0, -0.0, 0.0, np.nan, np.inf, -np.inf])
    for a in values:
        for b in values:
            for found, case in zip(f(a, b), cases, strict=True):
                expected = case(a, b, np.where)
                np.testing.assert_array_equal(found, expected)
                assert np.isnan(found) or np.signbit(found) == np.signbit(expected)
