"""Integer labels: one-hot rows, picked entries, and what is refused."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import symgrad as sg
from symgrad.passes import simplify
from tests.oracles import run
from tests.passes import handwritten
from tests.passes.counting import count

Z = np.random.default_rng(0).normal(size=(4, 5))
K = np.array([0, 3, 4, 3])
HOW = "Number the classes from 0"


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool", None])
def test_one_hot(dtype):
    g = sg.Graph()
    k, x = g.input("k", "int64[n]"), g.input("x", "float32[3]")
    rows = sg.one_hot(k, 3, dtype)
    K = np.array([0, 2, 1, 2, 0])
    expected = np.array([np.arange(3) == i for i in K])
    (found,) = run([rows], {"k": K})
    np.testing.assert_array_equal(found, expected.astype(found.dtype))
    product = rows * x
    assert product.dtype == ("float64" if dtype == "float64" else "float32")
    (found,) = run([product.sum()], {"k": K, "x": np.arange(3, dtype="float32")})
    assert found == 5


def test_one_hot_of_a_named_depth():
    g = sg.Graph()
    k, W = g.input("k", "int32[n]"), g.input("W", "[classes, 2]")
    picked = sg.one_hot(k, W.shape[0]) @ W
    A = np.arange(6.0).reshape(3, 2)
    f = sg.function([k, W], [picked, sg.grad(picked.sum(), W)])
    found, slope = f(np.array([2, 0, 2], "int32"), A)
    np.testing.assert_array_equal(found, A[[2, 0, 2]])
    np.testing.assert_array_equal(slope, [[1, 1], [0, 0], [2, 2]])


def logits():
    g = sg.Graph()
    return g.input("z", "[n, 5]"), g.input("k", "int64[n]")


def body(source):
    """The lines that compute, without their comments."""
    code = source[: source.index("    return ")].splitlines()
    return [line.partition("  # ")[0].strip() for line in code if " = " in line]


@pytest.mark.parametrize("labels", [[0, 5], [0, -1], [-5, 0], [2**40, 0]])
def test_labels_out_of_range_are_refused(labels):
    """Whether rows or entries are made: a negative label does not count from the end."""
    z, k = logits()
    entries = sg.pick(sg.log_softmax(z), k)
    loss = -(sg.one_hot(k, 5) * sg.log_softmax(z)).sum(axis=1).mean()
    for outputs in (
        [sg.one_hot(k, 5)],
        [entries],
        [loss],
        [loss, sg.grad(loss, z)],
        [sg.grad(loss, z)],
        [entries, sg.grad(entries.sum(), z)],
    ):
        for style in ("fast", "readable"):
            f = sg.function(None, outputs, style=style)
            given = {"z": Z[:2], "k": np.array(labels)}
            with pytest.raises(sg.ShapeError, match=r"a label is not|index .* is out of bounds"):
                f(**{x.name: given[x.name] for x in f.inputs})


def test_the_refusal_says_what_labels_are():
    _, k = logits()
    with pytest.raises(sg.ShapeError, match="f: a label is not one of 0 to 4") as error:
        sg.function(None, sg.one_hot(k, 5))([5])
    assert HOW in str(error.value)


@pytest.mark.parametrize("size", [0, 1, 4])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_picked_entries(size, dtype):
    g = sg.Graph()
    z, k = g.input("z", "[n, 5]", dtype), g.input("k", "int32[n]")
    y = sg.pick(z, k)
    slope = sg.grad((y**2).sum(), z)
    A, labels = Z[:size].astype(dtype), K[:size].astype("int32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, d = sg.function([z, k], [y, slope])(A, labels)
    hot = np.eye(5, dtype=dtype)[labels]
    np.testing.assert_array_equal(found, A[np.arange(size), labels])
    np.testing.assert_array_equal(d, 2 * A * hot)
    assert found.dtype == d.dtype == dtype


def test_picked_from_stacks_vectors_and_batches():
    g = sg.Graph()
    x, k = g.input("x", "[n, 2, 5]"), g.input("k", "int64[n, 2]")
    X, labels = np.stack([Z, -Z], 1), np.stack([K, K[::-1]], 1)
    expected = np.take_along_axis(X, labels[..., None], -1)[..., 0]
    for y in (sg.pick(x, k), sg.vmap(sg.pick)(x, k), sg.vmap(sg.vmap(sg.pick))(x, k)):
        np.testing.assert_array_equal(sg.function([x, k], y)(X, labels), expected)
    shared = sg.vmap(lambda a: sg.pick(a, k[0]))(x)
    np.testing.assert_array_equal(sg.function([x, k], shared)(X, labels), X[:, [0, 1], labels[0]])


def test_what_can_not_be_picked():
    z, k = logits()
    with pytest.raises(sg.ShapeError, match=r"labels \[n, 5\] do not name one entry in each row"):
        sg.pick(z, k[:, None] + sg.zeros((5,), "int64"))
    with pytest.raises(sg.DTypeError, match="labels are integers, not float64"):
        sg.pick(z, z[:, 0])


SPELLINGS = {
    "mean of sums": lambda z, k: -(sg.one_hot(k, 5) * sg.log_softmax(z)).sum(axis=1).mean(),
    "naive": lambda z, k: -sg.mean(sg.sum(sg.log(sg.softmax(z)) * sg.one_hot(k, 5), axis=1)),
    "picked": lambda z, k: -sg.pick(sg.log_softmax(z), k).mean(),
    "typed": lambda z, k: -(sg.one_hot(k, 5, "float64") * sg.log_softmax(z)).sum(axis=-1).mean(),
}


@pytest.mark.parametrize("loss", SPELLINGS.values(), ids=SPELLINGS)
def test_the_cross_entropy_of_labels_is_what_an_expert_writes(loss):
    z, k = logits()
    L = loss(z, k)
    f = sg.function(None, [L, sg.grad(L, z)], style="readable")
    lines = body(f.source)
    assert lines[-2:] == [
        "loss = -np.mean(log_p1[np.arange(n), k])",
        "d_z = (np.exp(log_p1) - one_hot(k, 5, np.float64)) / n",
    ]
    alone = sg.function(None, L, style="readable")
    # Nothing in it is a gradient of a loss, whatever else has been differentiated.
    assert body(alone.source)[-1] == "result = -np.mean(pick(log_p1, k))"
    p = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    expected = -np.log(p[np.arange(4), K]).mean(), (p - np.eye(5)[K]) / 4
    for value, right in zip([*f(Z, K), alone(Z, K)], [*expected, expected[0]], strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-13, atol=1e-16)


def test_classes_that_are_ruled_out_do_not_spoil_the_loss():
    """0 times -inf would be nan; the entry that counts is finite."""
    z, k = logits()
    L = SPELLINGS["mean of sums"](z, k)
    masked = Z.copy()
    masked[:, 1] = -np.inf
    value, slope = sg.function([z, k], [L, sg.grad(L, z)])(masked, K)
    rest = np.delete(Z, 1, axis=1)
    p = np.exp(rest) / np.exp(rest).sum(axis=1, keepdims=True)
    hot = np.delete(np.eye(5)[K], 1, axis=1)
    np.testing.assert_allclose(value, -np.log((p * hot).sum(1)).mean(), rtol=1e-13)
    np.testing.assert_allclose(slope, np.insert((p - hot) / 4, 1, 0, axis=1), atol=1e-16)


def test_logarithms_are_taken_of_picked_entries_alone():
    g = sg.Graph()
    p, k = g.input("p", "[n, 5]"), g.input("k", "int64[n]")
    y = -(sg.one_hot(k, 5) * sg.log(p)).sum()
    assert "np.log(pick(p, k))" in sg.function(None, y, style="readable").source
    P = np.abs(Z)
    P[0, 1] = 0
    found = sg.function([p, k], y)(P, K)
    np.testing.assert_allclose(found, -np.log(P[np.arange(4), K]).sum(), rtol=1e-14)


def test_rows_of_one_hot_add_up_to_one():
    _, k = logits()
    (total,) = simplify([sg.one_hot(k, 5, "float32").sum(axis=1)])
    assert total.op == "broadcast_to" and total.args[0].value == 1 and total.dtype == "float32"


def test_examples_are_left_out_by_saying_so():
    """As docs/decisions/0011-labels-out-of-range.md shows."""
    z, k = logits()
    entries = sg.pick(sg.log_softmax(z), sg.maximum(k, 0))
    L = -sg.where(k >= 0, entries, 0.0).sum()
    labels = np.array([0, -1, 4, -1])
    value, slope = sg.function([z, k], [L, sg.grad(L, z)])(Z, labels)
    p = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    kept = labels >= 0
    np.testing.assert_allclose(value, -np.log(p[kept, labels[kept]]).sum(), rtol=1e-13)
    np.testing.assert_allclose(slope, kept[:, None] * (p - np.eye(5)[labels]), atol=1e-15)


def test_no_more_calls_than_an_expert_makes():
    loss = sg.parse(
        "p = log_softmax(relu(X @ W1 + b1) @ W2 + b2)\n"
        "0.1 * (sum(W1**2) + sum(W2**2)) - mean(sum(one_hot(labels, 3) * p, axis=1))",
        {"X": "[n, 4]", "labels": "int64[n]", "W1": "[4, 5]", "b1": "[5]", "W2": "[5, 3]"},
        b2="[3]",
    )
    outputs = [loss, *sg.grad(loss, ["W1", "b1", "W2", "b2"])]
    f = sg.function(None, outputs, style="readable", name="classifier")
    expert = inspect.getsource(handwritten.classifier)
    assert count(f.source, "classifier").total <= count(expert, "classifier").total
