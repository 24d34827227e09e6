"""A training step: loss, new parameters and new state as one list of expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import symgrad as sg

from .optimizers import Named, Optimizer


@dataclass(frozen=True)
class Step:
    """One training step, ready to compile: ``outputs[1:]`` take the places of ``held``.

    Attributes
    ----------
    inputs : list of Expr
        X, y, the parameters, the optimizer's state, the learning rate.
    outputs : list of Expr
        The loss (before the step), the new parameters, the new state.
    state : list of Expr
        The inputs that are state.
    """

    inputs: list[sg.Expr]
    outputs: list[sg.Expr]
    state: list[sg.Expr]

    @property
    def held(self) -> list[sg.Expr]:
        """The inputs that a step has new values of: parameters, then state."""
        first = len(self.inputs) - len(self.outputs)
        return self.inputs[first:-1]

    @property
    def updates(self) -> dict[sg.Expr, sg.Expr]:
        """The new value of each input that is held."""
        return dict(zip(self.held, self.outputs[1:], strict=True))

    def compile(self, in_place: bool = False) -> sg.Function:
        """The step as a function of arrays; in place, it returns the loss and overwrites the rest.

        Example
        -------
        >>> f = sg.nn.MLP([2, 1]).update(sg.nn.SGD(0.1)).compile(in_place=True)
        >>> W, b = np.zeros((2, 1)), np.zeros(1)
        >>> float(f(np.ones((4, 2)), np.ones((4, 1)), W, b, 0.1)), W.ravel().tolist()
        (1.0, [0.2, 0.2])
        """
        if in_place:
            return sg.function(self.inputs, self.outputs[0], updates=self.updates, name="step")
        return sg.function(self.inputs, self.outputs, name="step")

    def initial_state(self) -> list[np.ndarray[Any, Any]]:
        """Zeros."""
        return [np.zeros(x.shape, x.dtype) for x in self.state]


def build_step(
    data: list[sg.Expr], loss: sg.Expr, params: Named, grads: Named, optimizer: Optimizer
) -> Step:
    """Append an optimizer's update to the graph of a loss."""
    if not isinstance(optimizer, Optimizer):
        raise sg.SymgradError(
            f"{optimizer!r:.60} is no optimizer", how="Give sg.nn.SGD(0.1), or sg.nn.Adam()."
        )
    rate = loss.graph.input("learning_rate", (), loss.dtype)
    update = optimizer.update(params, grads, rate)
    state = [before for before, _ in update.state]
    new_state = [after for _, after in update.state]
    return Step([*data, *params.values(), *state, rate], [loss, *update.params, *new_state], state)
