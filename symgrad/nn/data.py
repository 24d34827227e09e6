"""What users give as X and y: converted for a network, or refused with the reason.

The caller's arrays are never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import symgrad as sg

from .initialization import Array

if TYPE_CHECKING:
    from .network import MLP


@dataclass(frozen=True)
class Examples:
    """Inputs ``X: [n, d]`` and the targets that go with them."""

    X: Array
    y: Array

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: Any) -> Examples:
        """Some of the examples."""
        return Examples(self.X[rows], self.y[rows])


def as_examples(net: MLP, X: object, y: object) -> Examples:
    """Examples for a network, at least one.

    Raises
    ------
    ShapeError, DTypeError, SymgradError
        If a shape, a dtype or a value can not be right.
    """
    examples = Examples(as_inputs(net, X), as_targets(net, y))
    if len(examples.X) != len(examples.y):
        raise sg.ShapeError(
            f"X has {len(examples.X)} rows, and y has {len(examples.y)}",
            how="Give one target for each row of X.",
        )
    if not len(examples):
        raise sg.ShapeError("there are no examples", how="Give X at least one row.")
    return examples


def check_variety(net: MLP, examples: Examples) -> None:
    """Refuse to learn classes from one class alone."""
    if net.objective.classifies and (examples.y == examples.y[0]).all():
        raise sg.SymgradError(
            f"all {len(examples)} labels are {examples.y[0]}: there is nothing to tell apart",
            how="Give examples of at least two classes.",
        )


def as_inputs(net: MLP, X: object) -> Array:
    """Rows of finite numbers."""
    return _rows(X, "X", net.sizes[0], net.loss.dtype)


def as_targets(net: MLP, y: object) -> Array:
    """Targets as the loss compares with."""
    kind, width = net.objective.kind, net.sizes[-1]
    if kind == "labels":
        return _labels(y, width)
    array = _rows(y, "y", width, net.loss.dtype)
    if kind == "bits" and not np.isin(array, (0, 1)).all():
        raise sg.SymgradError(
            "y holds other values than 0 and 1", how="Write (y == positive).astype(int)."
        )
    if kind == "rows" and not ((array >= 0).all() and np.allclose(array.sum(axis=1), 1, atol=1e-4)):
        raise sg.SymgradError(
            "a row of y is no distribution over the classes", how="Its entries are to sum to 1."
        )
    return array


def _rows(value: object, name: str, width: int, dtype: np.dtype[Any]) -> Array:
    """A matrix of finite numbers; a vector is one column."""
    array = as_numbers(value, name)
    if array.ndim == 1 and width == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] != width:
        raise sg.ShapeError(
            f"{name} has shape {array.shape}, and [n, {width}] is wanted",
            how="One example is one row.",
        )
    with np.errstate(over="ignore"):
        converted = array.astype(dtype)
    finite = np.isfinite(converted).all(axis=1)
    if not finite.all():
        raise sg.SymgradError(
            f"{name} is not finite in row {int(np.argmin(finite))}",
            how=f"Drop or fill what is missing; scale what is too large for {dtype.name}.",
        )
    return converted


def _labels(value: object, classes: int) -> Array:
    """Whole numbers below the number of classes."""
    array = as_numbers(value, "y")
    if array.ndim != 1:
        raise sg.ShapeError(
            f"y has shape {array.shape}, and labels [n] are wanted",
            how='Write y.argmax(axis=1), or MLP(..., labels="one_hot") for rows of probabilities.',
        )
    wrong = ~((array >= 0) & (array < classes) & (array == np.floor(array)))
    if wrong.any():
        raise sg.SymgradError(
            f"y holds the label {array[wrong][0]}, and labels are 0 to {classes - 1}",
            how="Number the classes from 0: classes, y = np.unique(y, return_inverse=True).",
        )
    return array.astype(np.int64)


def as_numbers(value: object, name: str) -> Array:
    """An array of integers, bools or floats."""
    if isinstance(value, np.ma.MaskedArray):
        raise sg.DTypeError(f"{name} is masked", how=f"Fill it first: {name}.filled(0).")
    if isinstance(value, sg.Expr):
        raise sg.DTypeError(f"{name} is an expression, and numbers are wanted")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise sg.ShapeError(f"{name} is no array: {error}", how="Its rows differ.") from None
    if array.dtype.kind not in "biuf":
        how = "Encode what is no number"
        if name == "y":
            how = "Number the classes: classes, y = np.unique(y, return_inverse=True)"
        raise sg.DTypeError(f"{name} holds {array.dtype}, and numbers are wanted", how=f"{how}.")
    return array
