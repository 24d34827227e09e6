"""The wheel: built, unpacked, and used where the checkout can not be seen."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder that the wheel's files were unpacked to."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*command, "-w", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("symgrad-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(unpacked, code, cwd):
    """A process that finds symgrad in the wheel's files before the checkout."""
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_the_package_and_its_data(unpacked):
    names = {str(p.relative_to(unpacked)) for p in unpacked.rglob("*") if p.is_file()}
    for wanted in (
        "symgrad/py.typed",
        "symgrad/lang/grammar.lark",
        "symgrad/lang/automaton.txt",
        "symgrad/examples/xor.sg",
        "symgrad/backends/numpy/emitted/proof.py",
        "symgrad/render/fonts/DejaVuSans.ttf",
    ):
        assert wanted in names
    known = {".py", ".typed", ".lark", ".sg", ".ttf", ".uuid", "", ".txt"}
    package = {n for n in names if n.startswith("symgrad/")}
    assert {Path(n).suffix for n in package} <= known
    assert {n.split("/")[0].split("-")[0] for n in names} == {"symgrad"}


def test_it_works_outside_the_checkout(unpacked, tmp_path):
    code = """
import symgrad as sg
from symgrad.cli import run
print(sg.__file__)
loss = sg.parse("mean((relu(X @ W) - y)**2)", X="[n, 2]", W="[2]", y="[n]")
sg.write_module("g.py", f=(None, [loss, sg.grad(loss, "W")]))
sg.render(loss, "g.png")
assert run(["check", "mean(x**2)", "--let", "x: [3]"]) == 0
"""
    assert run(unpacked, code, tmp_path).startswith(str(unpacked))
    command = [sys.executable, "-I", "g.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "f: ok" in done.stdout
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")
