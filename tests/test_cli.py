"""The command line, run in this process, and in one of its own where that matters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symgrad as sg
from symgrad import catalog, cli

ROOT = Path(__file__).resolve().parents[1]
XOR = ROOT / "examples" / "xor.sg"
PROGRAM = [sys.executable, "-c", "from symgrad.cli import main; main()"]


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run a command line in an empty folder: its status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def call(*args: object) -> tuple[int, str, str]:
        status = cli.run([str(a) for a in args])
        return status, *capsys.readouterr()

    return call


def execute(source: str) -> dict:
    scope = {"__name__": "emitted"}
    exec(compile(source, "emitted", "exec"), scope)
    return scope


def test_grad_writes_a_module_that_proves_itself(run, tmp_path) -> None:
    status, out, err = run("grad", XOR, "--wrt", "W,c", "-o", "g.py", "--png", "g.png")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("g.py: loss and its gradients to W, c, ")
    assert lines[1].startswith("g.png: the graph of both, ")
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")
    done = subprocess.run([sys.executable, "-I", "g.py"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "gradient to W" in done.stdout
    assert "gradient to b" not in done.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g.png", "g.py"]


def test_grad_of_text_prints_the_module_alone(run) -> None:
    lets = ["--let", "x: [n,3]", "--let", "w: [3]", "-l", "y: [n]"]
    status, out, err = run("grad", "mean((x@w-y)**2)", *lets, "--wrt", "w")
    assert (status, err) == (0, "")
    loss, d_w = execute(out)["loss_and_grad"]([[1, 0, 2]], [1, 1, 1], [0])
    assert loss == 9
    assert d_w.tolist() == [6, 0, 12]


def test_grad_in_another_style(run) -> None:
    status, out, err = run("grad", "sum(tanh(x)**2)", "-l", "x: [n]", "--style", "fast")
    assert (status, err) == (0, "")
    assert "\ndef _loss_and_grad_workspace(n):\n" in out
    x = np.array([0.5, -2.0])
    loss, d_x = execute(out)["loss_and_grad"](x)
    assert loss == pytest.approx(np.sum(np.tanh(x) ** 2))
    assert d_x == pytest.approx(2 * np.tanh(x) / np.cosh(x) ** 2)


def test_notes_keep_out_of_printed_code(run) -> None:
    status, out, err = run("grad", "x**2", "-l", "x: []", "--png", "g.dot")
    assert status == 0
    assert execute(out)["loss_and_grad"](3.0) == (9, 6)
    assert err.startswith("g.dot: the graph")


def test_all_floating_inputs_by_default(run) -> None:
    _, out, _ = run(
        "grad", "sum(one_hot(k, 3) * x) + s", "-l", "x: [3]", "-l", "k: int64", "-l", "s: []"
    )
    assert "Return loss, d_x, d_s." in out


@pytest.mark.parametrize("wrt", [["-w", "b,a"], ["-w", "b", "-w", "a"], ["-w", " b , a, b"]])
def test_wrt_is_in_the_order_asked_for(run, wrt) -> None:
    _, out, _ = run("grad", "a * b", "-l", "a: []", "-l", "b: []", *wrt)
    assert "Return loss, d_b, d_a." in out


def test_function_is_called_after_the_last_line(run) -> None:
    _, out, _ = run("grad", ROOT / "examples" / "gaussian.sg")
    assert "def nll_and_grad(x, mu, s):" in out


def test_standard_input_and_byte_order_mark(run, tmp_path) -> None:
    text = b"\xef\xbb\xbfx: [n]\r\nsum(x**2)\r\n"
    done = subprocess.run([*PROGRAM, "grad", "-"], input=text, capture_output=True)
    assert done.returncode == 0
    assert b"d_x = 2.0 * x" in done.stdout
    Path("bom.sg").write_bytes(text)
    assert run("grad", "bom.sg")[0] == 0


def test_show_lists_the_graph(run) -> None:
    status, out, _ = run("show", "h = x * w\nsum(h, axis=0)", "-l", "x: [n]", "-l", "w: [n]")
    assert status == 0
    assert out.splitlines() == [
        "inputs",
        "  x                    float64[n]",
        "  w                    float64[n]",
        "forward",
        "  h   multiply(x, w)   float64[n]",
        "  %3  sum(h, axis=(0,))  float64[]",
    ] or out.splitlines()[4].split() == ["h", "multiply(x,", "w)", "float64[n]"]


def test_show_appends_gradients(run) -> None:
    _, out, _ = run("show", "sin(x)", "-l", "x: []", "--grad", "x")
    titles = [line for line in out.splitlines() if line[0] != " "]
    assert titles == ["inputs", "forward", "backward", "gradients"]
    assert "cos(x)" in out
    assert out.splitlines()[-1].split()[:2] == ["to", "x"]


def test_show_draws(run, tmp_path) -> None:
    status, out, _ = run("show", XOR, "-o", "g.svg", "-g", "W")
    assert status == 0
    assert out.startswith("g.svg: the graph, ")
    assert b"<svg" in (tmp_path / "g.svg").read_bytes()


def test_large_pictures_are_drawn_on_request(run) -> None:
    status, _, err = run("show", XOR, "-o", "g.dot", "--limit", 10)
    assert status == 2
    assert "the limit is 10" in err
    assert run("show", XOR, "-o", "g.dot", "--limit", 20)[0] == 0


def test_check_passes_what_is_right(run) -> None:
    status, out, err = run("check", XOR, "--wrt", "W,c", "--seed", 3)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == ["input", "W", "c", "The"]
    assert lines[1].split()[:4] == ["W", "float64[2,", "2]", "4"]
    assert lines[1].endswith("ok")
    assert "complex step" in lines[1]
    assert lines[-1] == "The gradient of loss agrees with numerical differentiation."


def test_check_of_second_derivatives(run) -> None:
    status, out, _ = run("check", XOR, "--wrt", "W,c", "--order", 2)
    lines = out.splitlines()
    assert status == 0
    assert [line.partition("  ")[0] for line in lines[1:-1]] == [
        "W",
        "c",
        *("W, W", "c, W", "W, c", "c, c"),
    ]
    assert lines[-1].startswith("The gradient and the Hessian of loss agree with")
    assert run("check", "arctan2(x, 2)", "-l", "x: []")[1].count("central differences") == 1
    assert run("check", XOR, "--order", 3)[0] == 2


def test_check_fails_what_is_wrong(run, monkeypatch) -> None:
    monkeypatch.setitem(sg.ops.registry["tanh"].__dict__, "vjp", [lambda g, y, x: g * y])
    status, out, err = run("check", "tanh(x) + z", "-l", "x: []", "-l", "z: []")
    assert status == 1
    assert [line.split()[-1] for line in out.splitlines()[1:]] == ["WRONG", "ok"]
    assert err.startswith("error: the gradient to x is ")
    assert "numerical differentiation finds" in err


def test_ops_lists_what_can_be_called(run) -> None:
    status, out, _ = run("ops")
    assert status == 0
    assert len(out.splitlines()) == len(catalog.entries())
    assert any(line.startswith("softplus(x)  ") for line in out.splitlines())
    assert run("ops", "softpluss")[2] == (
        "error: no operation has 'softpluss' in its line\n  Did you mean softplus?\n"
    )


def test_ops_lists_the_lines_with_a_word(run) -> None:
    status, out, _ = run("ops", "cumulative")
    assert status == 0
    found = [line.partition("(")[0] for line in out.splitlines()]
    assert found == ["cumsum", "cumprod", "cummax", "cummin"]


@pytest.mark.parametrize("name", ["leaky_relu", "erf", "asin", "split", "concatenate"])
def test_ops_shows_one_operation(run, name) -> None:
    status, out, _ = run("ops", name)
    entry = catalog.find(name)
    assert status == 0
    assert out.startswith(entry.signature)
    assert entry.sentence in out
    assert entry.derivative in out
    assert all(alias in out for alias in entry.aliases)


def test_version(run) -> None:
    assert run("--version") == (0, f"symgrad {sg.__version__}\n", "")


@pytest.mark.parametrize("command", [[], ["grad"], ["show"], ["check"], ["ops"]])
def test_help_shows_examples(run, command) -> None:
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    assert f"symgrad {' '.join(command)}".rstrip() in out
    assert "Example" in out
    assert "\x1b" not in out


def test_help_does_not_wrap_its_examples_at_80_columns(run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = run("--help")[1] + run("grad", "-h")[1]
    assert "symgrad grad 'mean((x@w-y)**2)' -l 'x: [n,3]' -l 'w: [3]' -l 'y: [n]'" in out
    assert "symgrad grad loss.sg --wrt W,c -o loss_grad.py --png loss.png" in out


FILES = {
    "clash.sg": b"X: [n, 3]\nW: [2, 4]\n\nloss = sum(relu(X @ W))\n",
    "latin.sg": b"x: []\n\nsum(x \xff)\n",
    "empty.sg": b"",
    "nul.sg": b"x: []\nsum(x\x00)\n",
    "xor.sg": XOR.read_bytes(),
    "vector.sg": b"x: [n]\n\nx * 2\n",
}

X = ["-l", "x: []"]

MISTAKES = {
    "a missing file": (
        ["grad", "qqq.sg"],
        "there is no file qqq.sg\n  What ends in .sg is taken for a file.",
    ),
    "a file's name with a slip": (
        ["check", "xorr.sg"],
        "there is no file xorr.sg\n  Did you mean xor.sg?",
    ),
    "a missing file of another ending": (
        ["grad", "loss.txt"],
        "unknown name loss\n  line 1:  loss.txt\n",
        "\n  And there is no file loss.txt.",
    ),
    "a folder": (["grad", "."], ". is a folder\n  Give a .sg file in it, or an expression."),
    "not UTF-8": (
        ["grad", "latin.sg"],
        "latin.sg is not UTF-8 text: line 3 has the byte 0xff\n  Save it as UTF-8.",
    ),
    "an endless file": (["grad", "/dev/zero"], "/dev/zero has more than 64 MiB"),
    "an empty file": (["show", "empty.sg"], "empty.sg:1:1: there is no expression\n"),
    "an empty text": (["show", ""], "there is no expression\n"),
    "a character of no meaning": (["grad", "nul.sg"], "nul.sg:2:6: "),
    "shapes that clash": (
        ["grad", "clash.sg"],
        "clash.sg:4:17: cannot multiply X [n, 3] by W [2, 4]: inner sizes 3 and 2 differ\n"
        "  line 4:  loss = sum(relu(X @ W))\n"
        "                           ^^^^^\n",
    ),
    "no scalar": (["grad", "vector.sg"], "vector.sg:3:1: a gradient is of a scalar", "^^^^^"),
    "code": (["grad", "__import__('os').system('ls')"], "unknown function __import__\n"),
    "an unknown wrt": (["grad", "xor.sg", "-w", "W,cc"], "'cc'\n  Did you mean c?"),
    "an unknown wrt of check": (
        ["check", "xor.sg", "-w", "cc"],
        "cc is no input\n  Did you mean c?",
    ),
    "an empty wrt": (["grad", "xor.sg", "-w", "W,"], "one of the names is empty"),
    "no floating input": (["grad", "2 * k", "-l", "k: int64"], "no floating input is read"),
    "an integer wrt": (["grad", "2.0 * k", "-l", "k: int64", "-w", "k"], "int64"),
    "a let without spec": (["grad", "x", "-l", "x [3]"], "--let 'x [3]' declares nothing\n"),
    "a let without name": (["grad", "x", "-l", ": [3]"], "--let ': [3]' declares nothing\n"),
    "a let of nonsense": (["grad", "x", "-l", "x: [3"], "--let 'x: [3': '[3' is not a spec\n"),
    "a let twice": (["grad", "x", *X, *X], "--let declares x twice\n"),
    "a let of a keyword": (["grad", "x", "-l", "if: [3]"], "--let 'if: [3]': if can not name"),
    "code to no Python file": (["grad", "xor.sg", "-o", "f.txt"], "f.txt does not end in .py"),
    "an unknown style": (
        ["grad", "xor.sg", "--style", "quick", "-o", "q.py"],
        'there is no style \'quick\'\n  The styles: "readable" and "fast".',
    ),
    "code to a missing folder": (
        ["grad", "xor.sg", "-o", "no/f.py"],
        "cannot write no/f.py: there is no folder no",
    ),
    "code to a folder": (["grad", "xor.sg", "-o", "d.py"], "cannot write d.py: it is a folder"),
    "a picture of no kind": (["show", "xor.sg", "-o", "g.bmp"], "'g.bmp'", ".png, .svg, .pdf"),
    "a picture over its source": (["show", "xor.dot", "-o", "xor.dot"], "is the file to be read"),
    "an unknown option": (["grad", "xor.sg", "--wtr", "W"], "--wtr", "See: symgrad grad --help"),
    "an unknown command": (["gard", "xor.sg"], "'gard'", "See: symgrad --help"),
    "a bad number": (["check", "xor.sg", "--seed", "a"], "--seed", "See: symgrad check --help"),
    "too many arguments": (["grad", "xor.sg", "b"], "(b)", "See: symgrad grad --help"),
    "an unknown operation": (["ops", "qqq"], "no operation has 'qqq' in its line\n"),
    "a demo in a file": (["demo", "-o", "xor.sg"], "cannot make the folder xor.sg: File exists"),
    "no value": (["check", "log(-1 - x**2)", *X], "the value is nan at the random inputs"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistake_gets_one_message(case, run, tmp_path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "xor.dot").write_bytes(FILES["xor.sg"])
    (tmp_path / "d.py").mkdir()
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    args, *pieces = MISTAKES[case]
    status, out, err = run(*args)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("error") == 1
    assert "Traceback" not in err
    for piece in pieces:
        assert piece in err
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before


def test_nothing_is_written_if_the_picture_fails(run, tmp_path, monkeypatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise sg.RenderError("Graphviz is away")

    (tmp_path / "g.py").write_text("before")
    monkeypatch.setattr(sg, "render", fail)
    status, out, err = run("grad", XOR, "-o", "g.py", "--png", "g.png")
    assert (status, out, err) == (2, "", "error: Graphviz is away\n")
    assert [p.name for p in tmp_path.iterdir()] == ["g.py"]
    assert (tmp_path / "g.py").read_text() == "before"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
@pytest.mark.parametrize("mode", [0o500, 0])
def test_folder_without_permission(mode, run, tmp_path) -> None:
    (tmp_path / "locked").mkdir(mode=mode)
    status, _, err = run("grad", XOR, "-o", "locked/f.py")
    assert status == 2
    assert "you may not write to" in err


@pytest.mark.parametrize("error", [RecursionError(), MemoryError()])
def test_too_large(error, run, monkeypatch) -> None:
    monkeypatch.setattr(sg, "parse", lambda *a, **k: (_ for _ in ()).throw(error))
    status, _, err = run("show", "x")
    assert status == 2
    assert err == f"error: too large for this machine ({type(error).__name__})\n"


@pytest.mark.parametrize("spec", [[10**23], [10**10, 10**10], [1] * 70])
def test_larger_than_arrays_can_be(spec, run) -> None:
    status, _, err = run("check", "sum(x**2)", "--let", f"x: {spec}")
    assert (status, err) == (2, "error: too large for this machine (MemoryError)\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("command", [["ops"], ["grad", str(XOR)], ["--version"]])
def test_output_to_a_full_disk_is_no_bug_of_ours(command) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*PROGRAM, *command], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "error: the system refused: No space left on device\n"


def test_our_own_failure_asks_for_a_report(run, monkeypatch) -> None:
    monkeypatch.setattr(sg, "parse", lambda *a, **k: 1 / 0)
    monkeypatch.delenv("SYMGRAD_DEBUG", raising=False)
    status, _, err = run("show", "x")
    assert status == 1
    assert "this is a bug: ZeroDivisionError: division by zero\n  Please report it" in err
    assert "Traceback" not in err
    monkeypatch.setenv("SYMGRAD_DEBUG", "1")
    assert "Traceback" in run("show", "x")[2]


def test_demo_that_misses_its_aim_has_status_1(run, monkeypatch) -> None:
    monkeypatch.setattr("symgrad.demo.run", lambda folder, quick: quick)
    assert run("demo") == (1, "", "")
    assert run("demo", "--quick") == (0, "", "")


def test_colors_on_a_terminal_alone(run, monkeypatch) -> None:
    assert "\x1b" not in run("show", "nosuchname")[2]
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31merror:" in run("show", "nosuchname")[2]


def test_long_lines_are_not_wrapped(run, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    _, _, err = run("grad", XOR, "-o", "a_folder_that_is_not_there_at_all/grad.py")
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_interrupt_is_quiet(tmp_path) -> None:
    pipe = tmp_path / "slow.sg"
    os.mkfifo(pipe)
    child = subprocess.Popen(
        [*PROGRAM, "grad", str(pipe)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # What a shell runs in the background ignores interrupts, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with open(pipe, "wb"):  # opens once the program has opened it for reading
        child.send_signal(signal.SIGINT)
    # Closed: a signal that comes just before the program reads is seen after the read, not in it.
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (130, b"", b"")


def test_closed_pipe_is_quiet() -> None:
    child = subprocess.Popen([*PROGRAM, "ops"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == b""
    assert child.wait(timeout=60) == 1


def test_program_exits_with_the_status(tmp_path) -> None:
    done = subprocess.run(
        [*PROGRAM, "grad", "loss.sg"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: there is no file loss.sg")


def test_terminal_that_knows_ascii_only(tmp_path) -> None:
    done = subprocess.run(
        [*PROGRAM, "show", "é + 1"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 2
    assert b"\\xe9" in done.stderr
    assert b"Traceback" not in done.stderr
