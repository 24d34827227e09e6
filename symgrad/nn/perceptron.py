"""The perceptron: a single unit, and Rosenblatt's rule as an update."""

from __future__ import annotations

import symgrad as sg

from .step import Step


def perceptron_rule(width: int) -> Step:
    """The perceptron's step for targets -1 and 1: w' = w + ε Σ y x over what it gets wrong.

    Parameters
    ----------
    width : int
        Number of inputs of the unit.

    Returns
    -------
    Step
        Of X, y, w, b, learning_rate; its first output is the number of mistakes before the step.

    Shapes: ``X: [n, width]``, ``y: [n]``, ``w: [width]``, ``b: []``.

    Example
    -------
    >>> import numpy as np
    >>> step = perceptron_rule(2).compile()
    >>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([-1, -1, -1, 1])
    >>> w, b, mistakes = np.zeros(2), 0.0, 4
    >>> while mistakes:
    ...     mistakes, w, b = step(X, y, w, b, 1.0)
    >>> np.sign(X @ w + b)
    array([-1., -1., -1.,  1.])
    """
    g = sg.Graph()
    X, y = g.input("X", ("n", width)), g.input("y", "[n]")
    w, b, rate = g.input("w", (width,)), g.input("b"), g.input("learning_rate")
    wrong = (y * (X @ w + b) <= 0).named("wrong")
    error = sg.where(wrong, y, 0.0).named("error")
    new_w = (w + rate * (X.T @ error)).named("new_w")
    new_b = (b + rate * error.sum()).named("new_b")
    return Step([X, y, w, b, rate], [wrong.sum().named("mistakes"), new_w, new_b], [])
