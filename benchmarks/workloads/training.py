"""A whole training step: value, gradients, and the parameters updated by SGD; digits' network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from . import classifier
from .workload import RATE, Array, Workload


def textbook(X: Array, y: Array, *params: Array) -> list[Any]:
    """The gradient, and the update in place."""
    loss, *gradients = classifier.textbook(X, y, *params)
    for p, g in zip(params, gradients, strict=True):
        p -= RATE * g
    return [loss, *params]


def tuned(X: Array, y: Array, *params: Array) -> Callable[..., list[Any]]:
    """The rate is part of the first cotangent, so that an update is one subtraction.

    Each layer's parameters change as soon as nothing reads the old ones.
    """
    n, weights = len(X), params[::2]
    hidden = [classifier.Hidden(n, W.shape[1], X.dtype) for W in weights[:-1]]
    softmax = classifier.Softmax(n, weights[-1].shape[1], X.dtype, RATE / n)
    updates = [np.empty_like(p) for p in params]
    ones, last = softmax.ones, len(hidden)

    def update(i: int, a: Array, b: Array, parameter: Array) -> None:
        a.dot(b, updates[i])
        np.subtract(parameter, updates[i], parameter)

    def call(X: Array, y: Array, *params: Array) -> list[Any]:
        h = X
        for i, layer in enumerate(hidden):
            h = layer.forward(h, params[2 * i], params[2 * i + 1])
        softmax.forward(h, params[-2], params[-1])
        loss, d = softmax.slope(y), softmax.z
        update(2 * last + 1, ones, d, params[-1])
        for i in range(last, 0, -1):
            previous = hidden[i - 1]
            old = d
            d = previous.backward(old, params[2 * i])
            update(2 * i, previous.h.T, old, params[2 * i])
            update(2 * i - 1, ones, d, params[2 * i - 1])
        update(0, X.T, d, params[0])
        return [loss, *params]

    return call


def make() -> Workload:
    """The workload."""
    return step_of(classifier.make("digits", "digits", [64, 128, 10], 64))


def step_of(network: Workload) -> Workload:
    """The training step of a classifier."""
    title = f"a whole SGD step of {network.title}"
    return replace(network, name="step", title=title, textbook=textbook, tuned=tuned, kind="step")
