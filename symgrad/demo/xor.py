"""XOR: from ten lines of text to a network that answers right. Deep Learning, section 6.1."""

from __future__ import annotations

import numpy as np

import symgrad as sg

from ..files import write_whole
from .process import prove, run_alone
from .report import Report
from .sources import read_example

_PARAMETERS = ("W", "c", "w", "b")


def run(report: Report) -> bool:
    """Parse, differentiate, draw, emit, prove and train: whether all four answers are right."""
    text = read_example("xor.sg")
    loss = sg.parse(text)
    report.title("XOR", "one hidden layer of two rectified linear units, from text")
    write_whole(report.folder / "xor.sg", text)
    last = text.strip().splitlines()[-1].partition("= ")[2]
    report.line("text", f"loss = {last}", "xor.sg")
    _write(loss, report)
    return _train(report)


def _write(loss: sg.Expr, report: Report) -> None:
    """The picture and the module."""
    g, count = loss.graph, len(loss.graph)
    params = [g.named[name] for name in _PARAMETERS]
    gradients = sg.grad(loss, params)
    sg.render([loss, *gradients], report.folder / "xor.png")
    report.line("graph", f"{count} nodes, and {len(g) - count} for the gradients", "xor.png")
    module = sg.write_module(
        report.folder / "xor_grad.py",
        predict=([g.named["X"], *params], g.named["yhat"]),
        loss_and_grad=([g.named["X"], g.named["y"], *params], [loss, *gradients]),
    )
    report.line("code", "predict, loss_and_grad: NumPy alone", module.name)
    error = prove(module)
    report.line("proof", f"run alone, its gradients are right to {error:.0e}", good=True)


def _train(report: Report) -> bool:
    script = write_whole(report.folder / "train_xor.py", read_example("train_xor.py"))
    for _ in run_alone(script):
        pass
    found = np.load(report.folder / "xor_trained.npz")
    right = int(np.sum((found["answers"] > 0.5) == (found["y"] > 0.5)))
    start, steps, seconds = found["seed"] + 1, len(found["losses"]), float(found["seconds"])
    told = f"start {start}: {steps} steps in {seconds:.2f} s, without symgrad"
    report.line("training", told, script.name)
    pairs = zip(found["X"].astype(int), found["answers"] + 0.0, strict=True)
    answers = "   ".join(f"{a}^{b} = {answer:.3f}" for (a, b), answer in pairs)
    report.line("answers", answers, "xor_trained.npz", good=right == 4)
    return right == 4
