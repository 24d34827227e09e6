"""Mini-batch training with validation and early stopping. Deep Learning, sections 8.1.3 and 7.8."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

import symgrad as sg

from .data import Examples, as_examples, check_variety
from .initialization import Array, generator
from .model import Model, as_params
from .optimizers import SGD, Optimizer

if TYPE_CHECKING:
    from .network import MLP


@dataclass
class Training:
    """How to train; see `MLP.fit`."""

    epochs: int = 10
    batch_size: int | None = 64
    optimizer: Optimizer = field(default_factory=SGD)
    seed: int | None = 0
    progress: bool = True
    validation: Any = None
    patience: int | None = None
    shuffle: bool = True
    params: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        _at_least("epochs", self.epochs, 0)
        if self.batch_size is not None:
            _at_least("batch_size", self.batch_size, 1)
        if self.patience is not None:
            _at_least("patience", self.patience, 1)
            if self.validation is None:
                raise sg.SymgradError(
                    "patience needs validation", how="fit(..., validation=0.1, patience=5)."
                )

    def run(self, net: MLP, X: object, y: object) -> Model:
        """The trained model."""
        rng = generator(self.seed)
        shuffler = rng.spawn(1)[0]  # apart, so that the first parameters are those of net.init
        examples, held_out = self._split(net, as_examples(net, X, y), shuffler)
        check_variety(net, examples)
        params = net.init(rng) if self.params is None else as_params(net, self.params)
        course = _Course(net, self, examples, params)
        with _bar(self.epochs, self.progress) as advance, np.errstate(all="ignore"):
            try:
                for epoch in range(self.epochs):
                    course.run_epoch(epoch, shuffler)
                    advance(course.judge(held_out))
                    if course.is_stuck():
                        break
            except KeyboardInterrupt:
                pass  # what is learned so far is what was asked for
        return Model(net, course.best if self.patience else course.params, course.history)

    def _split(
        self, net: MLP, examples: Examples, rng: np.random.Generator
    ) -> tuple[Examples, Examples | None]:
        """Examples to learn from, and to validate with."""
        if self.validation is None:
            return examples, None
        if not isinstance(self.validation, int | float):
            X, y = _pair(self.validation)
            return examples, as_examples(net, X, y)
        count = round(self.validation * len(examples)) if 0 < self.validation < 1 else 0
        if not 0 < count < len(examples):
            raise sg.SymgradError(
                f"validation={self.validation} of {len(examples)} examples leaves nothing to "
                + ("learn from" if count else "validate with"),
                how="Give a fraction between 0 and 1, or a pair (X, y).",
            )
        order = rng.permutation(len(examples))
        return examples.take(order[count:]), examples.take(order[:count])


class _Course:
    """One training under way."""

    def __init__(
        self, net: MLP, plan: Training, examples: Examples, params: Mapping[str, Array]
    ) -> None:
        self.net, self.plan, self.examples = net, plan, examples
        step = net.update(plan.optimizer)
        self.step = step.compile(in_place=True)
        self.held = [*(p.copy() for p in params.values()), *step.initial_state()]
        self.history: dict[str, list[float]] = {"loss": []}
        self.best = self.params

    @property
    def params(self) -> dict[str, Array]:
        """Copies of the parameters now; a step overwrites those that are held."""
        return {name: x.copy() for name, x in zip(self.net.params, self.held, strict=False)}

    def run_epoch(self, epoch: int, rng: np.random.Generator) -> None:
        """Every example once."""
        count, rate = len(self.examples), self.plan.optimizer.rate(epoch)
        order = rng.permutation(count) if self.plan.shuffle else np.arange(count)
        size, total = self.plan.batch_size or count, 0.0
        for start in range(0, count, size):
            batch = self.examples.take(order[start : start + size])
            loss = self.step(batch.X, batch.y, *self.held, rate)
            total += len(batch) * float(loss)
        self.history["loss"].append(total / count)
        if not math.isfinite(total):
            raise sg.SymgradError(
                f"the loss is {total / count} in epoch {epoch + 1}",
                how="Lower the learning rate, or scale the inputs to about -1 to 1.",
            )

    def judge(self, held_out: Examples | None) -> str:
        """Note how the epoch went, and say so."""
        said = f"loss {self.history['loss'][-1]:.4f}"
        if held_out is None:
            return said
        model = Model(self.net, self.params)
        losses = self.history.setdefault("validation_loss", [])
        scores = self.history.setdefault("validation_score", [])
        losses.append(model.mean_loss(held_out))
        scores.append(model.judge(held_out))
        if losses[-1] == min(losses):
            self.best = self.params
        return f"{said}  validation {losses[-1]:.4f}  score {scores[-1]:.4f}"

    def is_stuck(self) -> bool:
        """Whether the validation loss has not fallen for as long as patience lasts."""
        if self.plan.patience is None:
            return False
        losses = self.history["validation_loss"]
        return len(losses) - 1 - losses.index(min(losses)) >= self.plan.patience


def _pair(validation: Any) -> tuple[object, object]:
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise sg.SymgradError(
            f"validation is {type(validation).__name__}",
            how="Give a pair (X, y), or a fraction of the examples: validation=0.1.",
        )
    return validation[0], validation[1]


@contextmanager
def _bar(epochs: int, wanted: bool) -> Iterator[Callable[[str], None]]:
    """A function that shows, after each epoch, how it went: on terminals, and nowhere else."""
    if not wanted or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = BarColumn(), TextColumn("{task.description}")
    with Progress(
        TextColumn("epoch"), MofNCompleteColumn(), *columns, console=Console(stderr=True)
    ) as bar:
        task = bar.add_task("", total=epochs)
        yield lambda text: bar.update(task, advance=1, description=text)


def _at_least(name: str, value: object, low: int) -> None:
    try:
        fits = index(value) >= low and not isinstance(value, bool)  # type: ignore[arg-type]
    except TypeError:
        fits = False
    if not fits:
        raise sg.SymgradError(f"{name} is {value!r:.60}", how=f"Give an integer from {low} on.")
