"""Emitted networks: standalone files that compute, prove and train without symgrad."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symgrad.nn import MLP, SGD, Adam, Optimizer

from .networks import loss_and_grads

KINDS: dict[str, tuple[MLP, Optimizer]] = {
    "digits": (MLP([64, 128, 10], loss="cross_entropy", l2=1e-4, dtype="float32"), SGD(0.1)),
    "momentum": (MLP([2, 3, 3, 1], ["tanh", "softplus"], l1=0.01), SGD(0.1, 0.9, nesterov=True)),
    "adam": (MLP([4, 5, 2], "sigmoid", loss="binary_cross_entropy", l2=0.1), Adam()),
    "linear": (MLP([3, 1]), SGD()),
}

TRAIN = """
import importlib.util, sys
sys.modules["symgrad"] = None  # cannot be imported
import numpy as np
import net
with np.load("task.npz") as task:
    X, y = task["X"], task["y"]
    held = [task[f"p{i}"] for i in range(4)]
first = net.loss_and_grad(X, y, *held)
for _ in range(20):
    loss, *held = net.step(X, y, *held, 0.5)
np.savez("done.npz", out=net.forward(X, *held), loss=loss, first=first[0], grad=first[1])
"""


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_file_proves_itself(kind: str, tmp_path: Path) -> None:
    net, optimizer = KINDS[kind]
    path = net.write_module(tmp_path / "net.py", optimizer)
    assert "loss_and_grad: ok" in run(tmp_path, "-I", "net.py")
    imports = [s for s in path.read_text("utf-8").splitlines() if s.startswith(("import", "from"))]
    assert imports == ["import numpy as np"]


def test_files_are_tidy(tmp_path: Path) -> None:
    for kind, (net, optimizer) in KINDS.items():
        net.write_module(tmp_path / f"{kind}.py", optimizer)
        path = tmp_path / f"fast_{kind}.py"
        net.write_module(path, optimizer, style="fast", in_place=True)
    run(tmp_path, "-m", "black", "--check", "-q", ".")
    run(tmp_path, "-m", "ruff", "check", "--isolated", "-q", ".")


def test_training_with_the_file_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    y = (X[:, 0] > X[:, 1]).astype(int)
    net = MLP([2, 4, 2], "tanh", loss="cross_entropy")
    net.write_module(tmp_path / "net.py", style="fast")  # as fit computes
    params = list(net.init(0).values())
    np.savez(tmp_path / "task.npz", X=X, y=y, **{f"p{i}": p for i, p in enumerate(params)})
    run(tmp_path, "-c", TRAIN)
    with np.load(tmp_path / "done.npz") as found:
        loss, d_W1, *_ = loss_and_grads(net)(X, y, *params)
        np.testing.assert_array_equal(found["first"], loss)
        np.testing.assert_array_equal(found["grad"], d_W1)
        same = net.fit(X, y, epochs=20, batch_size=None, shuffle=False, optimizer=SGD(0.5))
        assert found["loss"] == pytest.approx(same.history["loss"][-1], rel=1e-12)
        np.testing.assert_allclose(found["out"], same.predict_proba(X), rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_in_place(kind: str, tmp_path: Path) -> None:
    """The same numbers as the step that returns them, of every optimizer, in both styles."""
    net, optimizer = KINDS[kind]
    step, rng = net.update(optimizer or SGD()), np.random.default_rng(0)
    X = rng.normal(size=(6, net.sizes[0])).astype(net.loss.dtype)
    y = net.init(1) and rng.integers(0, net.sizes[-1], 6)
    if net.inputs["y"].ndim == 2 or net.inputs["y"].dtype.kind == "f":
        y = rng.uniform(0, 1, [6, *map(int, net.inputs["y"].shape[1:])])
    held = [*net.init(0).values(), *step.initial_state()]
    wanted = list(held)
    rate = np.asarray(0.1, net.loss.dtype)
    for _ in range(3):
        wanted_loss, *wanted = step.compile()(X, y, *wanted, rate)
        loss = step.compile(in_place=True)(X, y, *held, rate)
        np.testing.assert_allclose(loss, wanted_loss, rtol=1e-5)
    for a, b in zip(held, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_the_code_reads_like_the_book(tmp_path: Path) -> None:
    net = MLP([64, 128, 10], loss="cross_entropy", l2=1e-4, dtype="float32")
    source = net.write_module(tmp_path / "net.py").read_text("utf-8")
    for line in (
        "a1 = X @ W1 + b1",
        "h1 = np.maximum(a1, 0)",
        "a2 = h1 @ W2 + b2",
        "y_hat = softmax(a2)",
        "log_y_hat = log_softmax(a2)",
        "omega_2 = np.sum(np.square(W1)) + np.sum(np.square(W2))",
        "J = L + 0.0001 * omega_2",
        "d_b2 = np.sum(d_a2, axis=0)",
        "d_h1 = d_a2 @ W2.T",
        "d_W2 = 0.0002 * W2 + h1.T @ d_a2",
        "d_a1 = d_h1 * (a1 > 0)",
        "new_W1 = W1 - learning_rate * d_W1",
    ):
        assert line in source


def test_the_file_does_not_depend_on_what_was_done_before(tmp_path: Path) -> None:
    fresh = MLP([2, 3, 1]).write_module(tmp_path / "a.py", Adam()).read_bytes()
    net = MLP([2, 3, 1])
    net.fit([[0, 0], [1, 1]], [0, 1], epochs=1, optimizer=SGD(0.1, 0.9), validation=0.5)
    assert net.write_module(tmp_path / "b.py", Adam()).read_bytes() == fresh
