"""A trained network: its parameters, how training went, and what can be asked of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import symgrad as sg

from . import storage
from .data import Examples, as_examples, as_inputs, as_numbers
from .initialization import Array

if TYPE_CHECKING:
    from .network import MLP

VERSION = 1  # of saved models
_CHUNK = 8192  # rows computed at a time, which bounds memory


class Model:
    """A network with parameters.

    Parameters
    ----------
    net : MLP
        The network.
    params : mapping of arrays
        W1, b1, W2, b2, ...; copied.
    history : mapping of lists, optional
        Per epoch: ``loss``, and if there was validation ``validation_loss`` (without penalties) and
        ``validation_score``.

    Raises
    ------
    ShapeError, DTypeError, GraphError
        If a parameter is missing, unknown, or of another shape.

    Example
    -------
    The network of Deep Learning, section 6.1, that computes XOR:

    >>> params = {"W1": [[1, 1], [1, 1]], "b1": [0, -1], "W2": [[1], [-2]], "b2": [0]}
    >>> model = Model(sg.nn.MLP([2, 2, 1]), params)
    >>> model.predict([[0, 0], [0, 1], [1, 0], [1, 1]])
    array([0., 1., 1., 0.])
    """

    def __init__(
        self,
        net: MLP,
        params: Mapping[str, object],
        history: Mapping[str, list[float]] | None = None,
    ) -> None:
        self.net = net
        self.params = as_params(net, params)
        self.history = {k: list(map(float, v)) for k, v in dict(history or {}).items()}
        self._inputs = list(net.inputs.values())
        self._expressions = list(net.params.values())

    def __repr__(self) -> str:
        epochs = len(self.history.get("loss", []))
        return f"<Model of {self.net!r} after {epochs} epoch{'s' * (epochs != 1)}>"

    def predict(self, X: object) -> Array:
        """Classes, or values where the loss is of values.

        Shapes: ``int64[n]`` for cross entropy; else ``[n, k]``, and ``[n]`` for a single output.
        """
        output = self._output(X)
        if self.net.objective.kind in ("labels", "rows"):
            return np.asarray(output.argmax(axis=1))
        if self.net.objective.kind == "bits":
            output = (output > 0.5).astype(np.int64)
        return _columns(output)

    def predict_proba(self, X: object) -> Array:
        """Probabilities of the classes; of 1, for binary cross entropy.

        Shapes: ``[n, k]``, and ``[n]`` for a single output.

        Raises
        ------
        SymgradError
            If the loss is of values.
        """
        if not self.net.objective.classifies:
            raise sg.SymgradError(
                "this network predicts values, which have no probabilities",
                how='Train with loss="cross_entropy" or "binary_cross_entropy", or use predict.',
            )
        return _columns(self._output(X))

    def score(self, X: object, y: object) -> float:
        """The share of right classes; where the loss is of values, R².

        R² = 1 - Σ(y - ŷ)² / Σ(y - ȳ)²: 1 is perfect, 0 as good as the mean.
        """
        return self.judge(as_examples(self.net, X, y))

    def loss(self, X: object, y: object) -> float:
        """The mean loss, without penalties."""
        return self.mean_loss(as_examples(self.net, X, y))

    def judge(self, examples: Examples) -> float:
        """`score` of examples that are already checked."""
        y, found = examples.y, self.predict(examples.X)
        if self.net.objective.kind == "rows":
            y = y.argmax(axis=1)
        y = y.reshape(found.shape)
        if self.net.objective.classifies:
            return float((found == y).mean())
        left, spread = ((y - found) ** 2).sum(), ((y - y.mean(axis=0)) ** 2).sum()
        return float(1 - left / spread) if spread else float(left == 0)

    def mean_loss(self, examples: Examples) -> float:
        """`loss` of examples that are already checked."""
        compute = sg.function([*self._inputs, *self._expressions], self.net.data_loss, name="loss")
        total = 0.0
        for start in range(0, len(examples), _CHUNK):
            part = examples.take(slice(start, start + _CHUNK))
            total += len(part) * float(compute(part.X, part.y, *self.params.values()))
        return total / len(examples)

    def _output(self, X: object) -> Array:
        rows = as_inputs(self.net, X)
        inputs = [self._inputs[0], *self._expressions]
        compute = sg.function(inputs, self.net.output, name="forward")
        starts = range(0, max(len(rows), 1), _CHUNK)
        with np.errstate(all="ignore"):
            parts = [compute(rows[i : i + _CHUNK], *self.params.values()) for i in starts]
        return np.concatenate(parts)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write parameters, architecture and history to an .npz file, for `symgrad.nn.load`.

        Raises
        ------
        SymgradError
            If the network holds functions of its own, or the place can not be written.
        """
        text = {"version": VERSION, "architecture": self.net.description, "history": self.history}
        return storage.write(path, text, self.params)


def as_params(net: MLP, params: Mapping[str, object]) -> dict[str, Array]:
    """Copies of parameters, in the network's order, shapes and dtype."""
    if not isinstance(params, Mapping):
        how = "Give a dictionary of arrays: model.params."
        raise sg.SymgradError(f"params is {type(params).__name__}", how=how)
    strange = [*(params.keys() - net.params.keys()), *(net.params.keys() - params.keys())]
    if strange:
        raise sg.GraphError(
            f"the parameters {', '.join(params)} are not those of the network",
            how=f"Give {', '.join(net.params)}.",
        )
    return {name: _parameter(name, params[name], x) for name, x in net.params.items()}


def _parameter(name: str, value: object, x: sg.Expr) -> Array:
    array = as_numbers(value, name)
    if array.shape != x.shape:
        raise sg.ShapeError(f"{name} has shape {array.shape}, and {x.type} is wanted")
    with np.errstate(over="ignore"):
        array = array.astype(x.dtype)
    if not np.isfinite(array).all():
        raise sg.SymgradError(f"{name} is not finite", how="Give parameters that are numbers.")
    return array


def _columns(output: Array) -> Array:
    """A single column as a vector."""
    return output[:, 0] if output.shape[1:] == (1,) else output
