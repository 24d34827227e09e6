"""Optimizers: each writes its update as expressions, so that a training step is one function.

Deep Learning, sections 4.3 and 8.3 to 8.5.
"""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Real

import symgrad as sg

Rate = float | Callable[[int], float]
Named = Mapping[str, sg.Expr]


@dataclass
class Update:
    """New parameters, and the state carried from step to step as pairs (before, after)."""

    params: list[sg.Expr] = field(default_factory=list)
    state: list[tuple[sg.Expr, sg.Expr]] = field(default_factory=list)

    def carry(self, before: sg.Expr, after: sg.Expr) -> sg.Expr:
        """Note a state's new value, and return it."""
        self.state.append((before, label(f"new_{before.name}", after)))
        return after


def label(name: str, expr: sg.Expr) -> sg.Expr:
    """The expression, with this name if neither has another use in the graph."""
    return expr if name in expr.graph.named or expr.name else expr.named(name)


class Optimizer(ABC):
    """How parameters follow from gradients.

    Parameters
    ----------
    learning_rate : float, or function
        The step ε; a function gives it for each epoch, counted from 0.
    """

    def __init__(self, learning_rate: Rate) -> None:
        if not callable(learning_rate):
            learning_rate = _within("learning_rate", learning_rate, 0, math.inf, lowest=False)
        self.learning_rate = learning_rate

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch."""
        if not callable(self.learning_rate):
            return self.learning_rate
        rate = self.learning_rate(epoch)
        return _within(f"the learning rate of epoch {epoch}", rate, 0, math.inf)

    @abstractmethod
    def update(self, params: Named, grads: Named, rate: sg.Expr) -> Update:
        """New parameters, in order, and state, which is zero at first."""


class SGD(Optimizer):
    """Gradient descent x' = x - ε∇f, with momentum if wanted. Deep Learning, section 8.3.

    Parameters
    ----------
    learning_rate : float, or function of the epoch
        The step ε.
    momentum : float
        α of the velocity v' = αv - ε∇f, which is then the step.
    nesterov : bool
        Step by αv' - ε∇f instead: the gradient as if taken after the velocity's step.

    Example
    -------
    >>> SGD(0.1, momentum=0.9)
    SGD(0.1, momentum=0.9, nesterov=False)
    """

    def __init__(
        self, learning_rate: Rate = 0.1, momentum: float = 0.0, nesterov: bool = False
    ) -> None:
        super().__init__(learning_rate)
        self.momentum = _within("momentum", momentum, 0, 1)
        self.nesterov = nesterov
        if nesterov and not momentum:
            raise sg.SymgradError("nesterov needs momentum", how="SGD(0.1, momentum=0.9, ...).")

    def __repr__(self) -> str:
        rate, more = self.learning_rate, f"momentum={self.momentum}, nesterov={self.nesterov}"
        return f"SGD({rate}, {more})" if self.momentum else f"SGD({rate})"

    def update(self, params: Named, grads: Named, rate: sg.Expr) -> Update:
        """x - ε∇f, or x plus a velocity."""
        update = Update()
        for name, x in params.items():
            step = rate * grads[name]
            new = self._moved(update, x, step) if self.momentum else x - step
            update.params.append(label(f"new_{name}", new))
        return update

    def _moved(self, update: Update, x: sg.Expr, step: sg.Expr) -> sg.Expr:
        """x after a step of its velocity."""
        before = x.graph.input(f"v_{x.name}", x.shape, x.dtype)
        after = update.carry(before, self.momentum * before - step)
        return x + self.momentum * after - step if self.nesterov else x + after


class Sign(Optimizer):
    """The sign step x' = x - ε sign(∇f). Deep Learning, section 4.3.

    Example
    -------
    >>> Sign(0.01)
    Sign(0.01)
    """

    def __init__(self, learning_rate: Rate = 0.001) -> None:
        super().__init__(learning_rate)

    def __repr__(self) -> str:
        return f"Sign({self.learning_rate})"

    def update(self, params: Named, grads: Named, rate: sg.Expr) -> Update:
        """Steps of one size in every direction."""
        new = {name: x - rate * sg.sign(grads[name]) for name, x in params.items()}
        return Update([label(f"new_{name}", x) for name, x in new.items()])


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015). Deep Learning, section 8.5.3.

    Parameters
    ----------
    learning_rate : float, or function of the epoch
        The step ε.
    beta1, beta2 : float
        Decay of the averages of the gradient and of its square.
    epsilon : float
        Added to the root of the second average.

    Example
    -------
    >>> Adam()
    Adam(0.001, beta1=0.9, beta2=0.999, epsilon=1e-08)
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(learning_rate)
        self.beta1 = _within("beta1", beta1, 0, 1)
        self.beta2 = _within("beta2", beta2, 0, 1)
        self.epsilon = _within("epsilon", epsilon, 0, math.inf, lowest=False)

    def __repr__(self) -> str:
        betas = f"beta1={self.beta1}, beta2={self.beta2}"
        return f"Adam({self.learning_rate}, {betas}, epsilon={self.epsilon})"

    def update(self, params: Named, grads: Named, rate: sg.Expr) -> Update:
        """The step of the averages, corrected for their start at zero."""
        graph, update = rate.graph, Update()
        t = update.carry(before := graph.input("t", "int64"), before + 1)
        # In float64: of float32, 1 - 0.999 would keep four digits.
        scale_m = label("scale_m", (1 - self.beta1**t).astype(rate.dtype))
        scale_v = label("scale_v", (1 - self.beta2**t).astype(rate.dtype))
        for name, x in params.items():
            g = grads[name]
            m = update.carry(*_average(f"m_{name}", self.beta1, g, x))
            v = update.carry(*_average(f"v_{name}", self.beta2, sg.square(g), x))
            step = m / scale_m / (sg.sqrt(v / scale_v) + self.epsilon)
            update.params.append(label(f"new_{name}", x - rate * step))
        return update


def _average(name: str, decay: float, value: sg.Expr, x: sg.Expr) -> tuple[sg.Expr, sg.Expr]:
    """A running average, before and after ``value`` is counted in."""
    before = x.graph.input(name, x.shape, x.dtype)
    share = float(1 - Decimal(repr(decay)))  # 0.1 beside 0.9, not 0.09999999999999998
    return before, decay * before + share * value


def _within(name: str, value: float, low: float, high: float, lowest: bool = True) -> float:
    """The value as a float, if low <= value < high."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    fits = number and (low < value < high or (lowest and value == low))
    if not fits or value > sys.float_info.max:
        bound = f"at least {low}" if lowest else f"above {low}"
        how = f"Give a number {bound}" + (f" and below {high}." if high < math.inf else ".")
        raise sg.SymgradError(f"{name} is {value!r:.60}", how=how)
    return float(value)
