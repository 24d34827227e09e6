"""Emitted files: their bytes, their form, what they import, and that they prove themselves."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.wrapping import broken
from symgrad.ops.op import registry
from tests.backends.examples import ALL, XOR, XOR_TYPES

GOLDEN = Path(__file__).parent / "golden"


def run(*args, **env):
    """A Python process of its own."""
    command = [sys.executable, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env})


@pytest.fixture(params=sorted(ALL))
def emitted(request, tmp_path):
    return sg.write_module(tmp_path / f"{request.param}.py", **ALL[request.param]())


def test_bytes_are_the_golden_ones(emitted):
    """To accept a change of the emitted code: UPDATE_GOLDEN=1 make test, then read the diff."""
    golden = GOLDEN / emitted.name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(emitted.read_bytes())
    assert emitted.read_text() == golden.read_text()


def test_formatters_have_nothing_to_say(emitted):
    for tool in (["black", "--check", "-q"], ["ruff", "check", "--isolated", "-q"]):
        result = run("-m", *tool, emitted)
        assert result.returncode == 0, result.stdout + result.stderr


def test_helpers_are_emitted_as_black_writes_them():
    black = pytest.importorskip("black")
    helpers = {str(op.helper).strip() for op in registry.values() if op.helper}
    assert len(helpers) > 50
    for helper in helpers:
        text = "\n".join(broken(helper.splitlines())) + "\n"
        assert black.format_str(text, mode=black.Mode()) == text


def test_imports_numpy_alone(emitted):
    tree = ast.parse(emitted.read_text())
    imported = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(n) for n in imported] == ["import numpy as np"]


def test_runs_alone_and_proves_itself(emitted):
    result = run("-I", emitted)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("relative error") >= 1
    assert result.stderr == ""


@pytest.mark.parametrize(
    "right, wrong",
    [("d_W = X.T @ d_z1", "d_W = 1.001 * (X.T @ d_z1)"), ("d_b = np.sum(", "d_b = -np.sum(")],
)
def test_a_wrong_gradient_is_found(tmp_path, right, wrong):
    source = (GOLDEN / "xor.py").read_text()
    assert right in source
    (tmp_path / "wrong.py").write_text(source.replace(right, wrong))
    result = run(tmp_path / "wrong.py")
    assert result.returncode == 1
    assert "WRONG" in result.stdout


def test_every_hash_seed_gives_the_same_bytes():
    code = (
        "import symgrad as sg; from tests.backends.examples import ALL\n"
        "for f in ALL.values():\n"
        "    print(*(sg.function(*s).source for s in f().values()))"
    )
    first, second = (run("-c", code, PYTHONHASHSEED=seed).stdout for seed in ("1", "2"))
    assert first == second != ""


def test_no_more_calls_than_the_textbook():
    """Calls, products and arithmetic of the XOR gradient against a hand-written one."""
    textbook = """
def loss_and_grad(X, y, W, c, w, b):
    n = len(X)
    z = X @ W + c
    h = np.maximum(z, 0)
    r = h @ w + b - y
    loss = np.mean(r**2)
    d_r = 2 / n * r
    d_b = np.sum(d_r)
    d_w = h.T @ d_r
    d_h = np.outer(d_r, w)
    d_z = d_h * (z > 0)
    d_c = np.sum(d_z, axis=0)
    d_W = X.T @ d_z
    return loss, d_W, d_c, d_w, d_b
"""
    loss = sg.parse(XOR, XOR_TYPES)
    outputs = [loss, *sg.grad(loss, ["W", "c", "w", "b"])]
    f = sg.function(None, outputs, name="loss_and_grad", style="readable")
    assert operations(f.source) <= operations(textbook)


def operations(source):
    """Arithmetic operators, comparisons and calls in the function's body."""
    tree = ast.parse(source)
    body = next(n for n in tree.body if getattr(n, "name", "") == "loss_and_grad")
    kinds = ast.BinOp | ast.Compare | ast.UnaryOp
    calls = [
        n
        for n in ast.walk(body)
        if isinstance(n, kinds)
        or (isinstance(n, ast.Call) and ast.unparse(n.func) not in ("_checked", "max", "len"))
    ]
    return len(calls)


def test_repeated_subexpressions_are_computed_once():
    w = sg.Graph().input("w")
    z = sg.tanh(sg.tanh(sg.tanh(w)))
    source = sg.function([w], [z, sg.grad(z, w)]).source
    assert source.count("np.tanh(") == 3


@pytest.mark.parametrize("first_too", [False, True])
def test_a_second_loss_may_read_what_the_first_gradient_is_made_of(first_too):
    g = sg.Graph()
    X, W, y = g.input("X", "[n, 2]"), g.input("W", "[2]"), g.input("y", "[n]")
    z = X @ W
    first = sg.mean(sg.softplus(z) - y * z)
    slope = sg.grad(first, W)  # it reads sigmoid(z)
    second = sg.mean((sg.sigmoid(z) - y) ** 2)
    wanted = [second, sg.grad(second, W), *([first, slope] if first_too else [])]
    f = sg.function([X, W, y], wanted, style="readable")
    forward, backward = f.source.partition("# forward")[2].split("# backward")
    assert "sigmoid(" in forward and forward.count("np.mean(") == len(wanted) / 2
    assert "order 2" not in backward and "d2_" not in backward and "# update" not in backward
    given = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([0.3, -0.2]), np.array([1.0, 0.0])
    p = 1 / (1 + np.exp(-given[0] @ given[1]))
    gradient = given[0].T @ ((p - given[2]) * p * (1 - p))
    np.testing.assert_allclose(f(*given)[1], gradient, rtol=1e-12)


def test_names_never_reach_the_file_unescaped(tmp_path):
    g = sg.Graph()
    with pytest.raises(sg.GraphError, match="letters, digits and underscores"):
        g.input('x"""\nimport os', "[n]")
    with pytest.raises(sg.GraphError, match="keyword of Python"):
        g.input("lambda")
    with pytest.raises(sg.GraphError):
        sg.write_module(tmp_path / "f.py", **{"a b": ([], g.input("x") + 1)})
    assert list(tmp_path.iterdir()) == []


def test_failed_writes_leave_the_old_file(tmp_path):
    path = tmp_path / "f.py"
    path.write_text("old")
    g = sg.Graph()
    x, y = g.input("x"), g.input("y")
    with pytest.raises(sg.CodegenError, match="the outputs read y"):
        sg.write_module(path, f=([x], x + y))
    assert path.read_text() == "old"
    with pytest.raises(sg.CodegenError, match="No such file"):
        sg.write_module(tmp_path / "none" / "f.py", f=([x], x + 1))
    assert [p.name for p in tmp_path.iterdir()] == ["f.py"]


def test_options_that_files_have_not_are_told_from_functions(tmp_path):
    x = sg.Graph().input("x")
    message = r"reuse_outputs is to be a pair of .*, not bool\n  What is no option is a function"
    with pytest.raises(sg.CodegenError, match=message):
        sg.write_module(tmp_path / "f.py", f=([x], x * 2), reuse_outputs=True)


def test_titles_can_not_leave_the_docstring(tmp_path):
    x = sg.Graph().input("x", "[n]")
    title = '""" + __import__("os").abort() + """ \\N{x} \\'
    path = sg.write_module(tmp_path / "f.py", title=title, f=([x], x * 2))
    assert run("-I", path).returncode == 0
    for bad in ("two\nlines", "\ud800", 5):
        with pytest.raises(sg.CodegenError, match="one line of printable text"):
            sg.write_module(tmp_path / "f.py", title=bad, f=([x], x))


@pytest.mark.parametrize("name", ["print", "np", "max", "_checked", "_prove", "__debug__"])
def test_functions_can_not_take_names_that_the_file_uses(tmp_path, name):
    x = sg.Graph().input("x", "[n]")
    with pytest.raises(sg.SymgradError):
        sg.write_module(tmp_path / "f.py", **{name: ([x], x * 2)})


@pytest.mark.parametrize("name", ["f", "type", "list", "n_", "z1"])
def test_named_dims_keep_their_names(name):
    x = sg.Graph().input("x", (name, 3))
    f = sg.function([x], [x.mean(), sg.grad(sg.tanh(x @ x.T).mean(), x)])
    assert f([[1, 2, 3]])[0] == 2


def test_named_dims_that_emitted_code_can_not_have():
    x = sg.Graph().input("x", "[np]")
    with pytest.raises(sg.CodegenError, match="the named dim np can not stand in emitted code"):
        sg.function([x], x + 1)


def test_devices_and_links_are_written_through(tmp_path):
    x = sg.Graph().input("x")
    real, link = tmp_path / "real.py", tmp_path / "link.py"
    real.write_text("old")
    link.symlink_to(real)
    sg.write_module(link, f=([x], x + 1))
    assert link.is_symlink() and "def f(x)" in real.read_text()
    sg.write_module(os.devnull, f=([x], x + 1))
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("loss", ["sqrt(x - 2)", "log(x - 5)", "arccosh(x)"])
def test_the_proof_finds_the_domain(tmp_path, loss):
    y = sg.parse(f"sum({loss})", x="[3]")
    path = sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "x")]))
    result = run(path)
    assert result.returncode == 0 and "f: ok" in result.stdout


def test_the_proof_says_when_it_can_not_check(tmp_path):
    y = sg.parse("sum(log(x - 500))", x="[3]")
    path = sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "x")]))
    result = run(path)
    assert result.returncode == 1 and "not checked" in result.stdout


@pytest.mark.parametrize("tampered", [False, True])
def test_the_proof_says_when_rounding_hides_the_gradient(tmp_path, tampered):
    """Beside 1e6, float32 shows neither that a slope is 1 nor that it is not -1."""
    y = sg.parse("sum(x) + 1e6", x="float32[3]")
    path = sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "x")]))
    if tampered:
        source = path.read_text()
        assert "= np.ones(" in source
        path.write_text(source.replace("= np.ones(", "= -np.ones("))
    result = run(path)
    assert result.returncode == 1
    assert "not resolvable: rounding changes f as much as x does" in result.stdout
    assert result.stdout.endswith("f: not resolvable\n")


def test_the_proof_in_float32_finds_one_percent(tmp_path):
    types = {"X": "float32[n, 5]", "W": "float32[5, 30]", "V": "float32[30, 2]"}
    y = sg.parse("mean((relu(X @ W) @ V - 1)**2)", types)
    path = sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "W")]))
    assert run(path).returncode == 0
    source = path.read_text()
    assert source.count(", d_W\n") == 1
    path.write_text(source.replace(", d_W\n", ", np.float32(1.01) * d_W\n"))
    result = run(path)
    assert result.returncode == 1 and "WRONG" in result.stdout


def test_gradients_that_vanish_beside_others_are_right(tmp_path):
    y = sg.parse("mean(logsumexp(X + c, axis=1) - (X + c)[:, 0])", X="[n, 3]", c="[]")
    path = sg.write_module(tmp_path / "f.py", f=(None, [y, *sg.grad(y, ["X", "c"])]))
    result = run(path)
    assert result.returncode == 0 and result.stdout.endswith("f: ok\n")


@pytest.mark.parametrize("text", ["x[5]**2", "sum(x[4:]**2)"])
def test_the_proof_reaches_elements_far_in(tmp_path, text):
    """A named dim is drawn large enough, and a tampered gradient is found there too."""
    y = sg.parse(text, x="[n]")
    path = sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "x")]))
    assert run(path).returncode == 0
    source = path.read_text()
    assert source.count(", d_x\n") == 1
    path.write_text(source.replace(", d_x\n", ", -d_x\n"))
    assert run(path).returncode == 1


def test_a_long_formula_takes_two_lines(tmp_path):
    terms = " + ".join(f"sum(sin({k} * x) ** 2)" for k in range(2, 7))
    y = sg.parse(terms, x="[n]").named("loss")
    path = sg.write_module(tmp_path / "f.py", f=(None, y))
    shown = path.read_text().partition("\n\n    ")[2].partition("\n\n")[0].splitlines()
    assert len(shown) == 2 and shown[1].startswith(" " * 8) and max(map(len, shown)) <= 88
    assert "".join(" ".join(shown).split()) == f"loss={terms}".replace(" ", "")
