"""Handwritten digits, as the demo learns them."""

from __future__ import annotations

import numpy as np
import pytest

from symgrad.nn import MLP, SGD


@pytest.mark.slow
def test_digits() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    threads = pytest.importorskip("threadpoolctl")
    X, y = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    held_out, learned = order[: len(X) // 5], order[len(X) // 5 :]
    net = MLP([64, 128, 10], loss="cross_entropy", l2=1e-3, dtype="float32")
    with threads.threadpool_limits(1):  # products this small lose by sharing
        model = net.fit(
            X[learned] / 16,
            y[learned],
            epochs=30,
            batch_size=32,
            optimizer=SGD(lambda epoch: 0.2 * 0.93**epoch, momentum=0.9),
        )
    assert model.score(X[held_out] / 16, y[held_out]) >= 0.97
    assert model.params["W1"].dtype == np.float32
