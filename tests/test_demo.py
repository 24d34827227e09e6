"""The demonstration: run once from end to end, and its parts where they could fool us."""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import symgrad as sg
from symgrad import demo
from symgrad.demo import digits, plots, process, sources, xor
from symgrad.demo.report import Report
from symgrad.testing import check_grad

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of one whole run, what it said, and whether it went well."""
    folder = tmp_path_factory.mktemp("demo") / "build" / "demo"
    said = io.StringIO()
    good = demo.run(folder, console=Console(file=said, width=40))
    return folder, said.getvalue(), good


def load_alone(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_demo_goes_well(done) -> None:
    assert done[2] is True


def test_files_are_those_that_the_summary_names(done) -> None:
    folder, said, _ = done
    there = {p.name for p in folder.iterdir()}
    assert there == {
        *("xor.sg", "xor.png", "xor_grad.py", "train_xor.py", "xor_trained.npz"),
        *("digits.npz", "digits.png", "digits_net.py", "train_digits.py", "digits_trained.npz"),
        *("learning_curve.png", "misread.png"),
    }
    assert all(name in said for name in there)
    assert f"has {len(there)} files" in said.splitlines()[-1] + said.splitlines()[-2]


def test_summary_is_plain_and_unbroken(done) -> None:
    assert "\x1b" not in done[1]
    assert max(map(len, done[1].splitlines())) > 80  # the console has 40 columns


@pytest.mark.parametrize("name", ["xor.png", "digits.png", "learning_curve.png", "misread.png"])
def test_pictures_are_pictures(done, name) -> None:
    data = (done[0] / name).read_bytes()
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    assert data.startswith(b"\x89PNG")
    assert min(width, height) > 200


def test_xor_is_learned(done) -> None:
    found = np.load(done[0] / "xor_trained.npz")
    module = load_alone(done[0] / "xor_grad.py")
    answers = module.predict([[0, 0], [0, 1], [1, 0], [1, 1]], *(found[p] for p in "Wcwb"))
    np.testing.assert_allclose(answers, [0, 1, 1, 0], atol=0.01)
    assert found["losses"][0] > 0.1 > found["losses"][-1]


def test_digits_are_read(done) -> None:
    """The accuracy, computed again from the parameters and scikit-learn's own data."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    data, found = np.load(done[0] / "digits.npz"), np.load(done[0] / "digits_trained.npz")
    module = load_alone(done[0] / "digits_net.py")
    y_hat = module.forward(data["X_test"], *(found[p] for p in ("W1", "b1", "W2", "b2")))
    right = int(np.sum(y_hat.argmax(axis=1) == data["y_test"]))
    assert len(data["y_test"]) == len(labels) // 5
    assert right / len(data["y_test"]) >= 0.97
    assert f"{right} of {len(data['y_test'])} right" in done[1]
    known = {(*row, label) for row, label in zip((images / 16).tolist(), labels, strict=True)}
    held = zip(data["X_test"].tolist(), data["y_test"], strict=True)
    assert all((*row, label) in known for row, label in held)


def test_held_out_digits_are_apart_from_the_others() -> None:
    data = digits.load(seed=0)
    assert len(data["y_train"]) + len(data["y_test"]) == 1797
    train, test = ({row.tobytes() for row in data[k]} for k in ("X_train", "X_test"))
    assert not train & test
    assert not np.array_equal(digits.load(seed=1)["y_test"], data["y_test"])


def test_trained_scripts_can_be_run_again_by_hand(done) -> None:
    script = done[0] / "train_digits.py"
    (line,) = process.run_alone(script, "1")
    assert re.match(r"epoch 1: loss \d\.\d+, \d\d\.\d+% of the held-out right", line)


FAILING = (
    "np.savez('xor_trained.npz', X=[[0, 0], [0, 1], [1, 0], [1, 1]], y=[0.0, 1, 1, 0],"
    " answers=np.ones(4), losses=[1.0], seed=0, seconds=0.0)"
)


def write(folder: Path, text: str) -> Path:
    script = folder / "script.py"
    script.write_text(text)
    return script


@pytest.mark.parametrize("module", ["symgrad", "scipy", "sklearn", "matplotlib", "rich", "lark"])
def test_nothing_but_numpy_is_within_reach(module, tmp_path) -> None:
    with pytest.raises(RuntimeError, match=f"ModuleNotFoundError: {module} is kept out"):
        list(process.run_alone(write(tmp_path, f"import {module}")))


def test_numpy_the_standard_library_and_neighbors_are(tmp_path) -> None:
    (tmp_path / "neighbor.py").write_text("here = True")
    script = write(
        tmp_path,
        "import decimal, sys, numpy.linalg, neighbor\n"
        "print(neighbor.here, sys.argv[1:])\n"
        "print([m for m in sys.modules if m.startswith('symgrad')])",
    )
    assert list(process.run_alone(script, "a", "b")) == ["True ['a', 'b']\n", "[]\n"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["neighbor.py", "script.py"]


def test_child_refuses_to_run_where_symgrad_can_be_imported(tmp_path) -> None:
    (tmp_path / "symgrad.py").write_text("")
    with pytest.raises(RuntimeError, match=r"symgrad can be imported|kept out"):
        list(process.run_alone(write(tmp_path, "print('ran')")))


def test_failing_child_is_told_by_its_last_line(tmp_path) -> None:
    script = write(tmp_path, "print('so far'); raise SystemExit('this far and no further')")
    lines = process.run_alone(script)
    assert next(lines) == "so far\n"
    with pytest.raises(
        RuntimeError, match=r"script.py ended with status 1: this far and no further"
    ):
        next(lines)


def test_child_ends_when_nobody_listens(tmp_path) -> None:
    lines = process.run_alone(write(tmp_path, "import time; print(1, flush=True); time.sleep(600)"))
    next(lines)
    lines.close()  # returns once the child is gone


def test_wrong_gradient_in_an_emitted_file_is_not_passed_over(done, tmp_path) -> None:
    source = (done[0] / "xor_grad.py").read_text("utf-8")
    wrong = re.sub(r"    d_w = .*", "    d_w = 0.5 * w", source, count=1)
    assert wrong != source
    with pytest.raises(RuntimeError, match="ended with status 1"):
        process.prove(write(tmp_path, wrong))


def test_xor_that_is_not_learned_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = Report(Console(file=(said := io.StringIO())), tmp_path)
    monkeypatch.setattr(xor, "read_example", lambda name: "import numpy as np\n" + FAILING)
    assert xor._train(report) is False
    assert "0^0 = 1.000" in said.getvalue()


@pytest.mark.parametrize(("share", "good"), [(348, False), (349, True)])
def test_97_percent_of_the_held_out_digits_are_wanted(share, good, tmp_path) -> None:
    y = np.zeros(359, int)
    read = np.where(np.arange(359) < share, 0, 1)
    report = Report(Console(file=io.StringIO()), tmp_path)
    (tmp_path / "learning_curve.png").touch()
    found = {"guesses": np.eye(10)[read]}
    assert digits._judge(report, {"X_test": np.zeros((359, 64)), "y_test": y}, found) is good


@pytest.mark.parametrize(
    ("xor_right", "digits_right", "quick", "good"),
    [(1, 1, 0, True), (0, 1, 0, False), (1, 0, 0, False), (1, 0, 1, True), (0, 0, 1, False)],
)
def test_verdict(xor_right, digits_right, quick, good, tmp_path, monkeypatch) -> None:
    def run_digits(report: Report, epochs: int) -> bool:
        assert epochs == (5 if quick else 50)
        return bool(digits_right)

    monkeypatch.setattr(xor, "run", lambda report: bool(xor_right))
    monkeypatch.setattr(digits, "run", run_digits)
    console = Console(file=io.StringIO())
    assert demo.run(tmp_path, quick=bool(quick), console=console) is good


def test_missing_packages_are_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda name: None if name == "sklearn" else name)
    with pytest.raises(sg.SymgradError) as caught:
        demo.run(tmp_path / "new")
    assert str(caught.value) == (
        "the demonstration needs scikit-learn\n"
        '  Install what it needs with: pip install "symgrad[demo]"'
    )
    assert not (tmp_path / "new").exists()


def test_missing_example_is_named() -> None:
    with pytest.raises(sg.SymgradError, match=r"this installation has no nand\.sg"):
        sources.read_example("nand.sg")


@pytest.mark.parametrize("count", [0, 1, 8, 30])
def test_any_number_of_digits_may_be_misread(count, tmp_path) -> None:
    plots.draw_misread(np.zeros((count, 64)), ["1, read as 7"] * count, 359, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.sg")), ids=lambda p: p.stem)
def test_examples_have_right_gradients(path) -> None:
    y = sg.parse(path.read_text("utf-8"))
    floating = [name for name, x in y.graph.inputs.items() if x.dtype.kind == "f"]
    assert sg.sum(y).shape == ()
    error = check_grad(y, floating, sizes=dict.fromkeys(y.graph.dims, 4))
    assert error < 1e-3


def test_gaussian_example_is_the_density() -> None:
    stats = pytest.importorskip("scipy.stats")
    nll = sg.parse((EXAMPLES / "gaussian.sg").read_text("utf-8"))
    x = np.array([0.3, -1.0, 2.5])
    found = sg.function(None, nll)(x=x, mu=0.5, s=np.log(1.7))
    np.testing.assert_allclose(found, -stats.norm(0.5, 1.7).logpdf(x).mean(), rtol=1e-12)


def test_rosenbrock_example_is_least_where_all_are_1() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    f = sg.parse((EXAMPLES / "rosenbrock.sg").read_text("utf-8"))
    both = sg.function(None, [f, sg.grad(f, "x")])
    x = np.array([-1.2, 1.0, 0.5, 2.0])
    value, slope = both(x)
    np.testing.assert_allclose(value, optimize.rosen(x), rtol=1e-12)
    np.testing.assert_allclose(slope, optimize.rosen_der(x), rtol=1e-12)
    assert both(np.ones(6))[0] == 0


def test_logistic_example_bears_large_logits() -> None:
    loss = sg.parse((EXAMPLES / "logistic.sg").read_text("utf-8"))
    value, d_b = sg.function(None, [loss, sg.grad(loss, "b")])(
        X=[[1.0]], y=[1.0], w=[0.0], b=1000.0
    )
    assert value == 0
    assert d_b == 0


def test_demo_needs_nothing_of_the_working_folder(tmp_path) -> None:
    program = "from symgrad.demo.sources import read_example; print(read_example('xor.sg')[:5])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "# XOR\n"
