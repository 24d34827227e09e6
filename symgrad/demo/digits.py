"""Handwritten digits: a network that the emitted file trains, in a process without symgrad."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

import symgrad as sg

from ..files import write_whole
from . import plots
from .process import prove, run_alone
from .report import Report
from .sources import read_example

Array = np.ndarray[Any, Any]

EPOCHS = 50
WANTED = 0.97  # of the held-out fifth


def run(report: Report, epochs: int) -> bool:
    """Load, build, draw, emit, prove, train and judge: whether enough digits are read right."""
    report.title("Digits", "64 pixels, 128 rectified linear units, 10 classes, from sg.nn.MLP")
    data = load(seed=0)
    _write_arrays(report, "digits.npz", data)
    learned, held_out = len(data["y_train"]), len(data["y_test"])
    report.line("data", f"{learned:,} images to learn from, {held_out} held out", "digits.npz")
    _write(report)
    return _judge(report, data, _train(report, epochs))


def load(seed: int) -> dict[str, Array]:
    """The 1,797 images of scikit-learn, a random fifth of them held out.

    Shapes: ``X_train, X_test: [n, 64] float32`` from 0 to 1, ``y_train, y_test: [n] int64``.
    """
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    X, y = (images[order] / 16).astype(np.float32), labels[order].astype(np.int64)
    fifth = len(y) // 5
    return {"X_train": X[fifth:], "y_train": y[fifth:], "X_test": X[:fifth], "y_test": y[:fifth]}


def _write_arrays(report: Report, name: str, arrays: dict[str, Array]) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_whole(report.folder / name, buffer.getvalue())


def _write(report: Report) -> None:
    """The picture and the module."""
    net = sg.nn.MLP([64, 128, 10], loss="cross_entropy", l2=1e-4, dtype="float32")
    picture = sg.render([net.loss, *net.grads.values()], report.folder / "digits.png")
    report.line("graph", f"{len(net.graph)} nodes, gradients included", picture.name)
    optimizer = sg.nn.SGD(0.1, momentum=0.9)
    module = net.write_module(report.folder / "digits_net.py", optimizer)
    report.line("code", "forward, loss_and_grad, step: NumPy alone", module.name)
    prove(module)
    report.line("proof", "run alone, its gradients are right to float32's rounding", good=True)


def _train(report: Report, epochs: int) -> dict[str, Array]:
    script = write_whole(report.folder / "train_digits.py", read_example("train_digits.py"))
    for _ in report.track("training", run_alone(script, str(epochs)), epochs):
        pass
    found = dict(np.load(report.folder / "digits_trained.npz"))
    seconds = float(found["seconds"])
    told = f"{epochs} epochs in {seconds:.1f} s, {1000 * seconds / epochs:.0f} ms each"
    report.line("script", "run where symgrad can not be imported", script.name)
    report.line("training", told, "digits_trained.npz")
    plots.draw_course(found["history"], WANTED, report.folder / "learning_curve.png")
    return found


def _judge(report: Report, data: dict[str, Array], found: dict[str, Array]) -> bool:
    """Compare the readings of the held-out digits with their labels."""
    read, y = found["guesses"].argmax(axis=1), data["y_test"]
    share = float(np.mean(read == y))
    told = f"{np.sum(read == y)} of {len(y)} right: {share:.1%} ({WANTED:.0%} wanted)"
    report.line("held out", told, "learning_curve.png", good=share >= WANTED)
    wrong = np.flatnonzero(read != y)
    sure = found["guesses"].max(axis=1)
    titles = [f"{y[i]}, read as {read[i]}\n{sure[i]:.0%} sure" for i in wrong]
    plots.draw_misread(data["X_test"][wrong], titles, len(y), report.folder / "misread.png")
    report.line("misread", f"{len(wrong)} digits, and what they were taken for", "misread.png")
    return share >= WANTED
