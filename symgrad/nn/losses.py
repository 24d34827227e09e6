"""Losses: what the targets look like, which output unit belongs to a loss, and its value.

Each is written in logits, in the form that floating point bears at any size of them.
Deep Learning, section 6.2.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import symgrad as sg

from .activations import kind_of, no_such


@dataclass(frozen=True)
class Loss:
    """One loss.

    Attributes
    ----------
    kind : str
        What the targets are: ``"labels"``, ``"rows"`` (of probabilities), ``"bits"``, ``"values"``.
    output : str
        The output unit that belongs to it.
    value : function
        Of the last pre-activation, the output, and the targets: their mean loss.
    fixed : bool
        Whether the loss is of logits, so that no other output unit fits.
    """

    kind: str
    output: str
    value: Callable[[sg.Expr, sg.Expr, sg.Expr], sg.Expr]
    fixed: bool = True

    def declare_targets(self, graph: sg.Graph, width: int, dtype: str) -> sg.Expr:
        """The input y."""
        if self.kind == "labels":
            return graph.input("y", "int64[n]")
        return graph.input("y", ("n", width), dtype)

    @property
    def classifies(self) -> bool:
        """Whether predictions are classes."""
        return self.kind != "values"


def _squared_error(a: sg.Expr, y_hat: sg.Expr, y: sg.Expr) -> sg.Expr:
    errors: sg.Expr = sg.square(y_hat - y)
    return errors.mean()


def _cross_entropy(a: sg.Expr, y_hat: sg.Expr, y: sg.Expr) -> sg.Expr:
    """The mean of -Σ y log ŷ."""
    log_y_hat: sg.Expr = sg.log_softmax(a).named("log_y_hat")
    targets: sg.Expr = sg.one_hot(y, a.shape[-1], a.dtype).named("targets") if y.ndim == 1 else y
    return (-(targets * log_y_hat).sum(axis=-1)).mean()


def _binary_cross_entropy(a: sg.Expr, y_hat: sg.Expr, y: sg.Expr) -> sg.Expr:
    """The mean of -log σ((2y - 1)z) = softplus((1 - 2y)z): exact where the answer is right."""
    signs = (1 - 2 * y).named("signs")
    losses: sg.Expr = sg.softplus(signs * a).named("losses")
    return losses.mean()


LOSSES = {
    "mse": Loss("values", "linear", _squared_error, fixed=False),
    "cross_entropy": Loss("labels", "softmax", _cross_entropy),
    "binary_cross_entropy": Loss("bits", "sigmoid", _binary_cross_entropy),
}
_ONE_HOT = Loss("rows", "softmax", _cross_entropy)

LossName = str | Callable[[sg.Expr, sg.Expr], sg.Expr]


def find(loss: LossName, labels: str) -> Loss:
    """A loss by its name, or of a user's function of (ŷ, y).

    Raises
    ------
    SymgradError
        If there is none of that name.
    """
    if callable(loss):
        return Loss("values", "linear", partial(_checked, loss), fixed=False)
    if not isinstance(loss, str) or loss not in LOSSES:
        raise no_such("loss", "losses", loss, LOSSES)
    return _ONE_HOT if loss == "cross_entropy" and labels == "one_hot" else LOSSES[loss]


def _checked(
    function: Callable[[sg.Expr, sg.Expr], sg.Expr], a: sg.Expr, y_hat: sg.Expr, y: sg.Expr
) -> sg.Expr:
    """What a user's function makes: a scalar."""
    found = function(y_hat, y)
    if not isinstance(found, sg.Expr) or found.shape != ():
        raise sg.ShapeError(
            f"the loss is {kind_of(found)}, and a scalar expression is wanted",
            how="Reduce it: lambda y_hat, y: abs(y_hat - y).mean().",
        )
    return found
