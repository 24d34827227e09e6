"""Training: batches, validation, early stopping, determinism, and what is refused."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

import symgrad as sg
from symgrad.nn import MLP, SGD, Adam, Model
from symgrad.nn.training import Training, _Course

X = np.random.default_rng(0).normal(size=(50, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)
XOR_X, XOR_Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


def classifier(**options: object) -> MLP:
    return MLP([2, 8, 2], activation="tanh", loss="cross_entropy", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy"])
def test_xor_is_learned(loss: str) -> None:
    net = MLP([2, 4, 1], activation="tanh", loss=loss)
    model = net.fit(XOR_X, XOR_Y, epochs=300, batch_size=None, optimizer=Adam(0.05))
    assert model.score(XOR_X, XOR_Y) > 0.99
    np.testing.assert_array_equal(model.predict(XOR_X).round(), XOR_Y)


def test_the_books_parameters_are_a_fixed_point() -> None:
    params = {"W1": np.ones((2, 2)), "b1": [0, -1], "W2": [[1], [-2]], "b2": [0]}
    model = MLP([2, 2, 1]).fit(XOR_X, XOR_Y, epochs=5, params=params)
    assert model.history["loss"] == [0.0] * 5
    for name, p in params.items():
        np.testing.assert_array_equal(model.params[name], p)


def test_every_example_once_per_epoch_in_batches() -> None:
    net, seen = MLP([1, 1]), []
    course = _Course(net, Training(batch_size=4), _examples(net, 10), net.init(0))
    step = course.step
    course.step = lambda A, y, *rest: (seen.append(A[:, 0].tolist()), step(A, y, *rest))[1]
    course.run_epoch(0, np.random.default_rng(0))
    assert [len(b) for b in seen] == [4, 4, 2]
    order = [x for batch in seen for x in batch]
    assert sorted(order) == list(range(10)) != order


def _examples(net: MLP, count: int) -> sg.nn.data.Examples:
    return sg.nn.data.as_examples(net, np.arange(count), np.arange(count))


def test_the_loss_of_an_epoch_weighs_examples_not_batches() -> None:
    params = {"W1": [[0.0]], "b1": [0.0]}
    model = MLP([1, 1]).fit(
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 5],
        epochs=1,
        batch_size=4,
        shuffle=False,
        params=params,
        optimizer=SGD(1e-300),
    )
    assert model.history["loss"] == [5.0]  # 25 / 5, where the mean of batches is 12.5


def test_same_seed_same_model() -> None:
    a, b = (classifier().fit(X, Y, epochs=3, batch_size=16, seed=7) for _ in range(2))
    c = classifier().fit(X, Y, epochs=3, batch_size=16, seed=8)
    assert a.history == b.history
    for name in a.params:
        assert (a.params[name] == b.params[name]).all()
    assert (a.params["W1"] != c.params["W1"]).any()


def test_the_seed_is_that_of_init() -> None:
    net = classifier()
    model = net.fit(X, Y, epochs=0, seed=3)
    assert all((model.params[k] == p).all() for k, p in net.init(3).items())
    assert model.history == {"loss": []}


def test_no_seed_is_another_each_time() -> None:
    a, b = (classifier().fit(X, Y, epochs=1, seed=None) for _ in range(2))
    assert (a.params["W1"] != b.params["W1"]).any()


def test_callers_arrays_stay() -> None:
    A, y, params = X.copy(), Y.copy(), classifier().init(0)
    before = {k: p.copy() for k, p in params.items()}
    for array in (A, y, *params.values()):
        array.setflags(write=False)
    classifier().fit(A, y, epochs=2, params=params)
    assert (A == X).all() and (y == Y).all()
    assert all((params[k] == p).all() for k, p in before.items())


def test_integers_lists_and_bools_are_converted() -> None:
    model = MLP([2, 3, 1], loss="binary_cross_entropy").fit(XOR_X.tolist(), XOR_Y == 1, epochs=1)
    assert model.predict(XOR_X.astype(np.uint8)).shape == (4,)


def test_validation_pair_and_fraction() -> None:
    model = classifier(l2=0.1).fit(X, Y, epochs=4, validation=(X[:10], Y[:10]))
    history = model.history
    assert [len(v) for v in history.values()] == [4, 4, 4]
    assert history["validation_loss"][-1] == model.loss(X[:10], Y[:10])
    assert history["validation_score"][-1] == model.score(X[:10], Y[:10])
    assert len(classifier().fit(X, Y, epochs=2, validation=0.2).history["validation_loss"]) == 2


def test_early_stopping_keeps_the_best() -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 2, 50)  # nothing to learn: validation gets worse at once
    held_out = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    model = classifier().fit(
        X, noise, epochs=500, validation=held_out, patience=5, optimizer=SGD(1.0, momentum=0.9)
    )
    losses = model.history["validation_loss"]
    assert len(losses) < 500
    assert len(losses) - 1 - losses.index(min(losses)) == 5
    assert model.loss(*held_out) == min(losses)


def test_interruption_keeps_what_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, run = classifier().fit(X, Y, epochs=2), _Course.run_epoch

    def interrupted(self: _Course, epoch: int, rng: np.random.Generator) -> None:
        if epoch == 2:
            raise KeyboardInterrupt
        run(self, epoch, rng)

    monkeypatch.setattr(_Course, "run_epoch", interrupted)
    model = classifier().fit(X, Y, epochs=10)
    assert model.history == whole.history
    assert model.score(X, Y) == whole.score(X, Y)


def test_a_schedule() -> None:
    asked: list[int] = []
    classifier().fit(X, Y, epochs=3, optimizer=SGD(lambda epoch: asked.append(epoch) or 0.1))
    assert asked == [0, 1, 2]


def test_one_batch_for_all() -> None:
    a = classifier().fit(X, Y, epochs=2, batch_size=None, shuffle=False)
    b = classifier().fit(X, Y, epochs=2, batch_size=1000, shuffle=False)
    assert a.history == b.history


def test_one_hot_rows() -> None:
    model = classifier(labels="one_hot").fit(X, np.eye(2)[Y], epochs=2)
    assert model.history == classifier().fit(X, Y, epochs=2).history
    assert model.score(X, np.eye(2)[Y]) == (model.predict(X) == Y).mean()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("terminal", "wanted"), [(True, True), (True, False), (False, True)])
def test_progress_on_terminals_only(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, wanted: bool
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    classifier().fit(X, Y, epochs=2, progress=wanted, validation=0.2)
    if terminal and wanted:
        assert "epoch" in stream.getvalue() and "validation" in stream.getvalue()
    else:
        assert stream.getvalue() == ""


REFUSED = {
    "columns": ((X[:, :1], Y), "X has shape (50, 1), and [n, 2] is wanted"),
    "a vector": ((X[:, 0], Y), "X has shape (50,), and [n, 2] is wanted"),
    "lengths": ((X, Y[:-1]), "X has 50 rows, and y has 49"),
    "no examples": ((X[:0], Y[:0]), "there are no examples"),
    "nothing": (([], []), "X has shape (0,)"),
    "NaN": ((np.where(X == X[3], np.nan, X), Y), "X is not finite in row 3"),
    "infinity": ((np.where(X == X[0], np.inf, X), Y), "X is not finite in row 0"),
    "strings": ((X, np.array(["a", "b"])[Y]), "classes, y = np.unique(y, return_inverse=True)"),
    "objects": ((X, np.array([None, 1], object)[Y]), "y holds object, and numbers are wanted"),
    "text in X": (([["1", "2"]], [0]), "X holds <U1, and numbers are wanted"),
    "complex": ((X + 1j, Y), "X holds complex128, and numbers are wanted"),
    "ragged": (([[1, 2], [3]], [0, 1]), "X is no array"),
    "masked": ((np.ma.masked_array(X), Y), "X is masked"),
    "an expression": ((sg.Graph().input("X"), Y), "X is an expression, and numbers are wanted"),
    "too large a label": ((X, Y + 1), "y holds the label 2, and labels are 0 to 1"),
    "a negative label": ((X, Y - 1), "y holds the label -1, and labels are 0 to 1"),
    "half a label": ((X, Y / 2), "y holds the label 0.5"),
    "a missing label": ((X, np.where(Y == 1, np.nan, 0)), "y holds the label nan"),
    "one class": ((X, 0 * Y), "all 50 labels are 0: there is nothing to tell apart"),
    "label columns": ((X, Y[:, None]), "y has shape (50, 1), and labels [n] are wanted"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_examples_refused(case: str) -> None:
    (A, y), said = REFUSED[case]
    with pytest.raises(sg.SymgradError) as caught:
        classifier().fit(A, y, epochs=1)
    assert said in str(caught.value)


def test_targets_refused() -> None:
    with pytest.raises(sg.SymgradError, match="other values than 0 and 1"):
        MLP([2, 1], loss="binary_cross_entropy").fit(X, 2 * Y - 1)
    with pytest.raises(sg.SymgradError, match="is no distribution"):
        classifier(labels="one_hot").fit(X, np.ones((50, 2)))
    with pytest.raises(sg.ShapeError, match=r"y has shape \(50,\), and \[n, 2\] is wanted"):
        MLP([2, 2]).fit(X, Y)
    with pytest.raises(sg.SymgradError, match="scale what is too large for float32"):
        MLP([2, 1], dtype="float32").fit(X * 1e300, Y)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epochs": -1}, "epochs is -1\n  Give an integer from 0 on."),
        ({"epochs": 2.5}, "epochs is 2.5"),
        ({"epochs": True}, "epochs is True"),
        ({"batch_size": 0}, "batch_size is 0\n  Give an integer from 1 on."),
        ({"patience": 0, "validation": 0.1}, "patience is 0"),
        ({"patience": 3}, "patience needs validation"),
        ({"validation": 0.001}, "leaves nothing to validate with"),
        ({"validation": 0.999}, "leaves nothing to learn from"),
        ({"validation": 2.0}, "Give a fraction between 0 and 1"),
        ({"validation": X}, "validation is ndarray"),
        ({"validation": (X[:, :1], Y)}, "X has shape (50, 1)"),
        ({"seed": "x"}, "'x' is no seed"),
        ({"optimizer": "adam"}, "'adam' is no optimizer"),
        ({"params": {"W1": X}}, "the parameters W1 are not those of the network"),
        ({"params": {**classifier().init(0), "b1": [0]}}, "b1 has shape (1,), and float64[8]"),
        ({"params": {**classifier().init(0), "b2": ["a", "b"]}}, "b2 holds <U1"),
        ({"params": {**classifier().init(0), "b2": [0, np.nan]}}, "b2 is not finite"),
        ({"params": {**classifier().init(0), "b2": np.ma.masked_equal([0, 1], 1)}}, "b2 is masked"),
        ({"params": {**classifier().init(0), "b2": [[0], [0, 1]]}}, "b2 is no array"),
        ({"params": [X]}, "params is list\n  Give a dictionary of arrays: model.params."),
    ],
)
def test_options_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(sg.SymgradError) as caught:
        classifier().fit(X, Y, **options)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_divergence_is_said() -> None:
    with pytest.raises(sg.SymgradError) as caught:
        MLP([2, 8, 1]).fit(1e3 * X, Y, epochs=50, optimizer=SGD(10.0))
    assert "the loss is " in str(caught.value)
    assert "Lower the learning rate" in str(caught.value)


def test_a_model_can_go_on() -> None:
    first = classifier().fit(X, Y, epochs=5)
    second = first.net.fit(X, Y, epochs=5, params=first.params)
    assert isinstance(second, Model)
    assert second.history["loss"][0] < first.history["loss"][0]
