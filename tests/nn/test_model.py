"""What a trained network answers."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.nn import MLP, Model

X = np.array([[0.0, 1.0], [2.0, 0.0], [1.0, 1.5]])


def logistic(loss: str, width: int = 2, **options: object) -> Model:
    net = MLP([2, width], loss=loss, **options)  # type: ignore[arg-type]
    return Model(net, {"W1": np.eye(2)[:, :width], "b1": np.zeros(width)})


def test_classes() -> None:
    model = logistic("cross_entropy")
    assert model.predict(X).tolist() == [1, 0, 1]
    assert model.predict(X).dtype == np.int64
    np.testing.assert_allclose(model.predict_proba(X), np.exp(X) / np.exp(X).sum(1)[:, None])
    assert model.score(X, [1, 0, 0]) == pytest.approx(2 / 3)
    log_p = np.log(model.predict_proba(X))
    assert model.loss(X, [1, 0, 0]) == pytest.approx(-log_p[range(3), [1, 0, 0]].mean())


def test_bits() -> None:
    one = logistic("binary_cross_entropy", 1)
    assert one.predict(X - 1).tolist() == [0, 1, 0]
    np.testing.assert_allclose(one.predict_proba(X), 1 / (1 + np.exp(-X[:, 0])))
    assert one.score(X - 1, [0, 1, 1]) == pytest.approx(2 / 3)
    several = logistic("binary_cross_entropy")
    assert several.predict(X - 1).tolist() == [[0, 0], [1, 0], [0, 1]]
    assert several.score(X - 1, [[0, 0], [1, 1], [0, 1]]) == pytest.approx(5 / 6)


def test_values() -> None:
    model = logistic("mse", 1)
    assert model.predict(X).tolist() == [0.0, 2.0, 1.0]
    assert model.score(X, [0, 2, 1]) == 1.0
    assert model.score(X, [1, 1, 1.0]) == 0.0  # no spread to explain, and not right
    assert model.score(X, [0, 2, 4]) == pytest.approx(1 - 9 / 8)
    assert model.loss(X, [0, 2, 4]) == pytest.approx(3.0)
    assert logistic("mse").predict(X).tolist() == X.tolist()
    with pytest.raises(sg.SymgradError, match="predicts values, which have no probabilities"):
        model.predict_proba(X)


def test_loss_is_without_penalties() -> None:
    assert logistic("mse", 2, l2=10.0).loss(X, X) == 0.0


def test_many_rows_are_computed_in_parts() -> None:
    model = logistic("mse", 1)
    rows = np.random.default_rng(0).normal(size=(20_001, 2))
    np.testing.assert_array_equal(model.predict(rows), rows[:, 0])
    assert model.loss(rows, rows[:, 1]) == pytest.approx(((rows[:, 0] - rows[:, 1]) ** 2).mean())


def test_no_rows() -> None:
    assert logistic("cross_entropy").predict(np.empty((0, 2))).shape == (0,)
    assert logistic("cross_entropy").predict_proba(np.empty((0, 2))).shape == (0, 2)
    with pytest.raises(sg.ShapeError, match="there are no examples"):
        logistic("cross_entropy").score(np.empty((0, 2)), [])


def test_one_class_is_enough_for_a_score() -> None:
    assert logistic("cross_entropy").score(X[:1], [1]) == 1.0


def test_params_are_the_models_own() -> None:
    W = np.eye(2)
    model = Model(MLP([2, 2]), {"b1": np.zeros(2), "W1": W})
    W[:] = 7
    assert list(model.params) == ["W1", "b1"]
    assert model.params["W1"].tolist() == [[1, 0], [0, 1]]


def test_repr() -> None:
    assert repr(logistic("mse")) == "<Model of <MLP 2-2, mse> after 0 epochs>"


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_inputs_refused(method: str) -> None:
    ask = getattr(logistic("cross_entropy"), method)
    with pytest.raises(sg.ShapeError, match=r"X has shape \(2,\), and \[n, 2\] is wanted"):
        ask([0.0, 1.0])
    with pytest.raises(sg.SymgradError, match="X is not finite in row 0"):
        ask([[np.nan, 1.0]])
