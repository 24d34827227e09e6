"""The perceptron rule of targets -1 and 1."""

from __future__ import annotations

import numpy as np

from symgrad.nn import perceptron_rule


def test_one_mistake_by_hand() -> None:
    step = perceptron_rule(2).compile()
    X, y = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([1, -1])
    mistakes, w, b = step(X, y, np.array([1.0, 0.0]), 0.0, 0.5)
    assert mistakes == 1  # the second: 3 > 0, and -1 is wanted
    np.testing.assert_array_equal(w, [1 - 0.5 * 3, 0 + 0.5 * 1])
    assert b == -0.5


def test_right_answers_change_nothing() -> None:
    step = perceptron_rule(1).compile()
    mistakes, w, b = step(np.array([[2.0]]), np.array([1]), np.array([3.0]), 0.0, 1.0)
    assert (mistakes, w[0], b) == (0, 3.0, 0.0)


def test_converges_on_what_can_be_separated() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    side = X @ [1.0, -2.0, 0.5] + 0.3
    X, y = X[abs(side) > 0.2], np.sign(side[abs(side) > 0.2])
    step, w, b = perceptron_rule(3).compile(), np.zeros(3), 0.0
    for _ in range(500):
        mistakes, w, b = step(X, y, w, b, 1.0)
        if not mistakes:
            break
    assert (np.sign(X @ w + b) == y).all()
