"""The description of a network, checked: what makes the same expressions again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from operator import index
from sys import float_info
from typing import Any

import symgrad as sg

from . import activations, losses
from .activations import Activation
from .initialization import RULES
from .losses import Loss, LossName

Units = str | Activation | Sequence[str | Activation]


@dataclass
class Architecture:
    """What `MLP` is told; see there.

    Attributes
    ----------
    units : list
        The activation of every layer, the output's included.
    objective : Loss
        The loss by its name.

    Example
    -------
    >>> Architecture([2, 3, 3, 1], "relu").units
    ['relu', 'relu', 'linear']
    """

    sizes: Sequence[int]
    activation: Units = "relu"
    output: str | Activation | None = None
    loss: LossName = "mse"
    l1: float = 0.0
    l2: float = 0.0
    dtype: str = "float64"
    init: str = "auto"
    labels: str = "integer"

    def __post_init__(self) -> None:
        self.sizes = _widths(self.sizes)
        if isinstance(self.activation, tuple):
            self.activation = list(self.activation)
        self.l1, self.l2 = _penalty("l1", self.l1), _penalty("l2", self.l2)
        self.dtype = getattr(self.dtype, "__name__", str(self.dtype))  # np.float32 by its name
        _check_choice("dtype", self.dtype, ("float64", "float32"))
        _check_choice("init", self.init, RULES)
        _check_choice("labels", self.labels, ("integer", "one_hot"))
        self.objective: Loss = losses.find(self.loss, self.labels)
        self.units: list[str | Activation] = [*self._hidden_units(), self._output_unit()]

    def _hidden_units(self) -> list[str | Activation]:
        depth = len(self.sizes) - 2
        if not isinstance(self.activation, list):
            # A slip is refused even where no layer is hidden.
            activations.find(self.activation)  # type: ignore[arg-type]
            return [self.activation] * depth  # type: ignore[list-item]
        if len(self.activation) != depth:
            raise sg.SymgradError(
                f"{len(self.activation)} activations are given for {depth} hidden layers",
                how="Give one for all, or a list of one per hidden layer.",
            )
        return self.activation

    def _output_unit(self) -> str | Activation:
        own = self.objective.output
        if self.output not in (None, own) and self.objective.fixed:
            raise sg.SymgradError(
                f"the output unit {activations.show(self.output or own)} does not fit the loss",
                how=f"The loss works on logits, and its output unit is {own}: leave output out.",
            )
        if own == "softmax" and self.sizes[-1] < 2:
            raise sg.SymgradError(
                "cross entropy tells at least two classes apart, and there is one output",
                how='Give a unit per class, or take loss="binary_cross_entropy".',
            )
        return self.output or own

    def __str__(self) -> str:
        loss = self.loss if isinstance(self.loss, str) else "loss of its own"
        units = [activations.show(u) for u in dict.fromkeys(self.units[:-1])]
        return ", ".join(["-".join(map(str, self.sizes)), *units, loss])


def _widths(sizes: Any) -> list[int]:
    try:
        found = [index(s) for s in sizes]
    except TypeError:
        found = []
    if len(found) < 2 or min(found) < 1:
        raise sg.SymgradError(
            f"sizes={sizes!r:.60} describes no network",
            how="Give the widths from inputs to outputs, each at least 1: MLP([64, 128, 10]).",
        )
    return found


def _check_choice(name: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        choices = ", ".join(f'"{k}"' for k in known)
        raise sg.SymgradError(f"{name}={value!r:.60} is unknown", how=f"Choose from {choices}.")


def _penalty(name: str, value: Any) -> float:
    number: Any = value if isinstance(value, Real) else -1
    if not 0 <= number <= float_info.max:
        raise sg.SymgradError(f"{name} is {value!r:.60}", how="Give a number from 0 on.")
    return float(number)
