"""Multilayer perceptrons as expressions: forward pass, loss, gradients, training step.

aᵏ = hᵏ⁻¹ Wᵏ + bᵏ,  hᵏ = f(aᵏ),  J = L(ŷ, y) + λΩ(θ). Deep Learning, algorithms 6.3 and 6.4.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

import symgrad as sg

from . import activations
from .activations import Activation
from .architecture import Architecture, Units
from .initialization import Array, draw_weights, generator
from .losses import LossName
from .model import VERSION, Model
from .optimizers import SGD, Optimizer
from .step import Step, build_step
from .storage import Archive
from .training import Training


class MLP:
    """A network of fully connected layers, with its loss and its gradients.

    Parameters
    ----------
    sizes : sequence of int
        Widths from the inputs to the outputs: ``[64, 128, 10]``.
    activation : str, function, or a list of one per hidden layer
        ``"relu"``, ``"tanh"``, ``"sigmoid"``, ``"softplus"``, ``"leaky_relu"``, ``"absolute"``,
        ``"hard_tanh"``, ``"cos"``, ``"linear"``; or a function of an Expr.
    output : str or function, optional
        The output unit; by default the one of the loss: softmax, sigmoid, linear.
    loss : str or function
        ``"mse"`` (mean over examples and outputs), ``"cross_entropy"``, ``"binary_cross_entropy"``;
        or a function of ``(y_hat, y)`` that makes a scalar Expr.
    l1, l2 : float
        Factors of Σ|w| and Σw² over all weights (not biases) in the loss.
    dtype : str
        ``"float64"`` or ``"float32"``.
    init : str
        ``"he"``, ``"glorot"``; ``"auto"``: He for the relu family, Glorot for the others.
    labels : str
        What cross entropy compares with: ``"integer"`` labels ``[n]`` or ``"one_hot"`` rows.

    Attributes
    ----------
    sizes : list of int
        Widths from the inputs to the outputs.
    objective : Loss
        What kind of loss it is, and what its targets are.
    graph : Graph
    inputs : dict
        ``X: [n, d]`` and ``y``: ``int64[n]`` for integer labels, else ``[n, k]``.
    params, grads : dict
        W1, b1, W2, b2, ... and the gradient of ``loss`` toward each.
    hidden : list of Expr
        h1, h2, ...
    output : Expr
        ŷ: probabilities, or values.
    data_loss, loss : Expr
        L alone, and J with the penalties.

    Raises
    ------
    SymgradError
        If there is no network of this description.

    Example
    -------
    >>> net = MLP([2, 3, 1], activation="tanh")
    >>> net
    <MLP 2-3-1, tanh, mse>
    >>> list(net.params), net.output.shape, net.grads["W1"].shape
    (['W1', 'b1', 'W2', 'b2'], ('n', 1), (2, 3))
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Units = "relu",
        output: str | Activation | None = None,
        loss: LossName = "mse",
        l1: float = 0.0,
        l2: float = 0.0,
        dtype: str = "float64",
        init: str = "auto",
        labels: str = "integer",
    ) -> None:
        self.architecture = Architecture(
            sizes, activation, output, loss, l1, l2, dtype, init, labels
        )
        self.sizes, self.objective = self.architecture.sizes, self.architecture.objective
        self.graph = sg.Graph()
        self.hidden: list[sg.Expr] = []
        self.inputs = self._declare_inputs()
        self.params = self._declare_params()
        a = self._forward(self.inputs["X"])
        self.data_loss = self.objective.value(a, self.output, self.inputs["y"])
        self.loss = self._penalized(self.data_loss).named("J")
        found = sg.grad(self.loss, list(self.params.values()))
        self.grads = dict(zip(self.params, found, strict=True))

    def _declare_inputs(self) -> dict[str, sg.Expr]:
        sizes, dtype = self.sizes, self.architecture.dtype
        X = self.graph.input("X", ("n", sizes[0]), dtype)
        return {"X": X, "y": self.objective.declare_targets(self.graph, sizes[-1], dtype)}

    def _declare_params(self) -> dict[str, sg.Expr]:
        params, dtype = {}, self.architecture.dtype
        for k, shape in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True), 1):
            params[f"W{k}"] = self.graph.input(f"W{k}", shape, dtype)
            params[f"b{k}"] = self.graph.input(f"b{k}", shape[1:], dtype)
        return params

    def _forward(self, h: sg.Expr) -> sg.Expr:
        """The last pre-activation; sets ``hidden`` and ``output`` on the way."""
        last = len(self.architecture.units)
        for k, unit in enumerate(self.architecture.units, 1):
            a = h @ self.params[f"W{k}"] + self.params[f"b{k}"]
            if k < last or unit not in ("linear", "identity"):
                a = a.named(f"a{k}")
            h = activations.apply(unit, a).named(f"h{k}" if k < last else "y_hat")
            self.hidden.append(h)
        self.output = self.hidden.pop()
        return a

    def _penalized(self, loss: sg.Expr) -> sg.Expr:
        """J = L + λΩ."""
        l1, l2 = self.architecture.l1, self.architecture.l2
        weights = [x for name, x in self.params.items() if name[0] == "W"]
        loss = loss.named("L") if l1 or l2 else loss
        if l1:
            sizes = [abs(W).named(f"abs_{W.name}").sum() for W in weights]
            loss = loss + l1 * reduce(add, sizes).named("omega_1")
        if l2:
            squares = [sg.square(W).sum() for W in weights]
            loss = loss + l2 * reduce(add, squares).named("omega_2")
        return loss

    def __repr__(self) -> str:
        return f"<MLP {self.architecture}>"

    def init(self, seed: int | np.random.Generator | None = 0) -> dict[str, Array]:
        """Random weights and zero biases, as arrays; the same for the same seed.

        Example
        -------
        >>> params = MLP([2, 3, 1]).init(seed=0)
        >>> params["W1"].shape, params["b1"]
        ((2, 3), array([0., 0., 0.]))
        """
        rng, arrays = generator(seed), {}
        dtype, rule = self.loss.dtype, self.architecture.init
        for k, unit in enumerate(self.architecture.units, 1):
            fan_in, fan_out = self.sizes[k - 1 : k + 1]
            arrays[f"W{k}"] = draw_weights(rng, (fan_in, fan_out), unit, rule).astype(dtype)
            arrays[f"b{k}"] = np.zeros(fan_out, dtype)
        return arrays

    def step(self, optimizer: Optimizer, in_place: bool = False) -> sg.Function:
        """The whole training step, compiled: loss, new parameters, new state; see `Step`.

        In place, it returns the loss and overwrites parameters and state.
        """
        return self.update(optimizer).compile(in_place)

    def update(self, optimizer: Optimizer) -> Step:
        """The whole training step, as expressions of a graph of its own.

        The names in what it emits then never depend on other optimizers tried before.
        """
        twin = MLP(**self.description)
        return build_step(list(twin.inputs.values()), twin.loss, twin.params, twin.grads, optimizer)

    @property
    def description(self) -> dict[str, Any]:
        """The arguments that make this network."""
        return asdict(self.architecture)

    def fit(
        self,
        X: object,
        y: object,
        epochs: int = 10,
        batch_size: int | None = 64,
        optimizer: Optimizer | None = None,
        seed: int | None = 0,
        progress: bool = True,
        validation: Any = None,
        patience: int | None = None,
        shuffle: bool = True,
        params: Mapping[str, object] | None = None,
    ) -> Model:
        """Train on examples; Ctrl-C ends it early with what is learned so far.

        Parameters
        ----------
        X, y : arrays
            Rows of inputs; labels ``[n]`` for cross entropy, else ``[n, k]``, or ``[n]`` if k is 1.
        epochs, batch_size : int
            Passes over the examples, and how many share a step; None: all of them.
        optimizer : Optimizer
            `SGD` of rate 0.1 by default.
        seed : int or None
            Of the first parameters, as `init`, and of the order of the examples.
        progress : bool
            Whether a terminal shows a bar.
        validation : (X, y), or fraction
            Examples to judge by after each epoch; a fraction is drawn from those given.
        patience : int
            Stop after so many epochs without a lower validation loss; the best parameters are kept.
        shuffle : bool
            Whether each epoch has another order.
        params : mapping of arrays
            Where to start, instead of random parameters.

        Raises
        ------
        SymgradError
            If the examples or options can not be right, or the loss is no longer finite.

        Example
        -------
        >>> model = MLP([1, 1]).fit([0, 1, 2], [1, 3, 5], epochs=200, batch_size=None)
        >>> model.predict([3]).round(2)
        array([7.])
        """
        how = epochs, batch_size, optimizer or SGD(), seed, progress, validation, patience, shuffle
        return Training(*how, params).run(self, X, y)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Model:
        """A saved model; the file can not make anything run, whatever it holds.

        Raises
        ------
        SymgradError
            If the file is no model that `Model.save` has written.
        """
        with Archive(path) as archive:
            text = archive.text()
            description = text["architecture"]
            if text["version"] != VERSION:
                raise ValueError(f"it is of version {text['version']}")
            if len(archive.names) != 2 * len(description["sizes"]) - 2:
                raise ValueError("its parameters are not those of its network")
            net = MLP(**description)
            params = {name: archive.array(name, x) for name, x in net.params.items()}
            return Model(net, params, text["history"])

    def write_module(
        self,
        path: str | os.PathLike[str],
        optimizer: Optimizer | None = None,
        *,
        style: str = "readable",
        in_place: bool = False,
    ) -> Path:
        """Write a standalone module of ``forward``, ``loss_and_grad`` and ``step``.

        Parameters
        ----------
        optimizer : Optimizer
            Whose update ``step`` makes; gradient descent by default. Its learning rate is the last
            argument of ``step``.
        style : str
            As in `symgrad.write_module`.
        in_place : bool
            True: ``step`` returns the loss, and overwrites parameters and state.

        Example
        -------
        >>> import tempfile, pathlib
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = MLP([2, 3, 1]).write_module(pathlib.Path(folder, "net.py"))
        """
        X, y = self.inputs.values()
        params = list(self.params.values())
        step = self.update(optimizer or SGD())
        results = [step.outputs[0], step.updates] if in_place else [step.outputs]
        return sg.write_module(
            path,
            title=f"Network {self.architecture}",
            forward=([X, *params], self.output),
            loss_and_grad=([X, y, *params], [self.loss, *self.grads.values()]),
            style=style,
            step=(step.inputs, *results),
        )
