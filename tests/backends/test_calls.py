"""Compiled functions that are called within, beside and after other calls of their own."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

import symgrad as sg

X, Y = np.arange(12.0).reshape(4, 3), np.array([1.0, -2.0, 0.5, 3.0])


def net(layers, style="fast", size="3"):
    """A chain of layers with their gradients: two parameters for each layer."""
    g = sg.Graph()
    x = h = g.input("x", f"[n, {size}]")
    wrt = []
    for k in range(layers):
        wrt += [g.input(f"W{k}", f"[{size}, {size}]"), g.input(f"b{k}", f"[{size}]")]
        h = sg.tanh(h @ wrt[-2] + wrt[-1])
    loss = (h**2).sum()
    return sg.function([x, *wrt], [loss, *sg.grad(loss, wrt)], style=style)


def parameters(layers, size=3, seed=0):
    rng = np.random.default_rng(seed)
    each = [(rng.normal(size=(size, size)), rng.normal(size=size)) for _ in range(layers)]
    return [p for pair in each for p in pair]


def textbook(x, *given):
    """The loss and the gradients of `net`, by hand."""
    layers = list(zip(given[::2], given[1::2], strict=True))
    inputs = [x]
    for W, b in layers:
        inputs.append(np.tanh(inputs[-1] @ W + b))
    g, grads = 2 * inputs[-1], []
    for (W, _), x, y in zip(layers[::-1], inputs[-2::-1], inputs[:0:-1], strict=True):
        z = g * (1 - y**2)
        grads = [x.T @ z, z.sum(axis=0), *grads]
        g = z @ W.T
    return [np.sum(inputs[-1] ** 2), *grads]


def assert_close(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_many_parameters(style):
    f, given = net(64, style), parameters(64)
    assert_close(f(X, *given), textbook(X, *given))
    assert_close(f(X, *(p.tolist() for p in given)), textbook(X, *given))
    with pytest.raises(sg.ShapeError, match=r"argument b63 has shape \(2,\)"):
        f(X, *given[:-1], np.ones(2))


def test_one_array_for_several_arguments(style):
    f = net(2, style, "n")
    W, b = np.random.default_rng(1).normal(size=(3, 3)), np.ones(3)
    for given in ([W, W, b, W, b], [W, W.T, W[0], W[::-1], W[:, 1]], [b * W, W, b, W, W[2]]):
        kept = [a.copy() for a in given]
        assert_close(f(*given), textbook(*kept))
        for a, before in zip(given, kept, strict=True):
            np.testing.assert_array_equal(a, before)


def test_results_stay_when_the_function_is_called_again(style):
    f = net(3, style)
    first, second = parameters(3, seed=1), parameters(3, seed=2)
    found = f(X, *first)
    kept = [np.copy(a) for a in found]
    again = f(2 * X, *second)
    assert_close(found, kept)
    assert_close(again, textbook(2 * X, *second))
    arrays = [a for a in (*found, *again) if np.ndim(a)]
    for i, a in enumerate(arrays):
        assert not any(np.shares_memory(a, b) for b in arrays[i + 1 :])
        a[...] = np.nan
    assert_close(f(X, *first), textbook(X, *first))


def test_threads_call_the_same_function(style):
    f, wrong = net(6, style), []
    rounds = 40

    def run(seed):
        given = parameters(6, seed=seed)
        for n in (1 + seed % 3, 4):  # threads share some sizes and not others
            x = np.random.default_rng(seed).normal(size=(n, 3))
            expected = textbook(x, *given)
            for _ in range(rounds):
                pairs = zip(f(x, *given), expected, strict=True)
                wrong.extend(seed for a, b in pairs if not np.allclose(a, b, rtol=1e-9))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


class Nested:
    """Turns into an array by calling a function."""

    def __init__(self, call):
        self.call = call

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.call(), dtype)


def test_a_call_while_arguments_are_converted(style):
    f, given = net(2, style), parameters(2)
    inner = []

    def convert():
        inner.append(f(2 * X, *given))
        return X

    found = f(Nested(convert), *given)
    assert_close(found, textbook(X, *given))
    assert_close(inner[0], textbook(2 * X, *given))


def test_a_call_in_the_middle_of_a_call(style):
    g = sg.Graph()
    x = g.input("x", "[n]")
    f = sg.function(
        [x], [sg.log(x * 2) + sg.exp(x / 4), sg.grad(sg.log(x * 2).sum(), x)], style=style
    )
    inner = []
    with np.errstate(divide="call", call=lambda *_: inner.append(f(np.array([3.0, 5.0])))):
        found = f(np.array([0.0, 8.0]))
    assert inner
    with np.errstate(divide="ignore"):
        z = np.array([0.0, 8.0])
        assert_close(found, [np.log(2 * z) + np.exp(z / 4), 1 / z])
    z = np.array([3.0, 5.0])
    for results in inner:
        assert_close(results, [np.log(2 * z) + np.exp(z / 4), 1 / z])


def test_the_call_after_one_that_failed_is_right(style):
    g = sg.Graph()
    A, b = g.input("A", "[n, n]"), g.input("b", "[n]")
    y = (sg.solve(A * 2, b + 1) ** 2).sum()
    f = sg.function([A, b], [y, sg.grad(y, b)], style=style)
    good, ones = np.array([[2.0, 1.0], [0.5, 3.0]]), np.ones(2)
    z = np.linalg.solve(2 * good, ones + 1)
    expected = [z @ z, np.linalg.solve(2 * good.T, 2 * z)]
    for fail in (
        lambda: f(np.zeros((2, 2)), ones),
        lambda: f(good, np.ones(3)),
        lambda: f(good, Nested(lambda: 1 / 0)),
        lambda: f(good),
        lambda: f(good, ones, ones),
        lambda: f(good, c=ones),
    ):
        assert_close(f(good, ones), expected)
        with pytest.raises((sg.SymgradError, ZeroDivisionError)):
            fail()
        assert_close(f(good, ones), expected)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        f(good, np.full(2, 1e300))
    assert_close(f(good, ones), expected)


def test_counts_and_names_of_arguments(style):
    f = net(1, style)
    given = parameters(1)
    for args, kwargs, message in [
        ((X, *given, 1), {}, "4 arguments are too many"),
        ((X, given[0]), {}, "argument b0 missing"),
        ((), {}, "arguments x, W0, b0 missing"),
        ((X, *given), {"x": X}, "argument x is given twice"),
        ((X, *given), {"V": X}, "unknown argument V"),
    ]:
        with pytest.raises(sg.GraphError, match=message) as caught:
            f(*args, **kwargs)
        assert caught.value.__context__ is None
    assert_close(f(x=X, b0=given[1], W0=given[0]), textbook(X, *given))


def test_an_argument_called_self():
    x = sg.Graph().input("self")
    assert sg.function([x], x * 2)(self=3.0) == 6
