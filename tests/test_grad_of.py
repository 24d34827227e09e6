"""Gradients of NumPy functions: against autograd, which differentiates the same functions."""

from __future__ import annotations

from functools import partial

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import symgrad as sg

RNG = np.random.default_rng(0)
X, W, v = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)


def net(np, W, X, v):
    """A small network, in any library that looks like NumPy."""
    h = np.tanh(np.dot(X, W))
    return np.mean((np.dot(h, v) - 1) ** 2)


def softmax_loss(np, W, X, v):
    z = np.dot(X, W) * v
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[:, 0])


def pieces(np, W, X, v):
    top = np.maximum(np.dot(X, W), 0.1)
    return np.sum(np.where(top > 0.5, top**2, np.sin(top)) / (1 + np.abs(v)))


FUNCTIONS = [net, softmax_loss, pieces]


@pytest.mark.parametrize("fn", FUNCTIONS)
@pytest.mark.parametrize("argnums", [0, 1, 2, -1, (0,), (2, 0), (0, 1, 2)])
def test_gradients_are_autograds(fn, argnums):
    ours = sg.grad_of(partial(fn, np), argnums)
    positive = tuple(a % 3 for a in argnums) if isinstance(argnums, tuple) else argnums % 3
    expected = autograd.grad(partial(fn, anp), positive)(W, X, v)
    found = ours(W, X, v)
    assert isinstance(found, tuple) == isinstance(argnums, tuple)
    for a, b in zip(*map(listed, (found, expected)), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def listed(x):
    return x if isinstance(x, tuple) else (x,)


def test_the_value_too():
    y, gradient = sg.grad_of(partial(net, np), value=True)(W, X, v)
    assert y == pytest.approx(net(np, W, X, v), rel=1e-14)
    assert gradient.shape == W.shape


def test_numbers_give_floats():
    slope = sg.grad_of(lambda x, y: np.sin(x) * y + x**3, (0, 1))
    dx, dy = slope(0.5, 2.0)
    assert type(dx) is type(dy) is float
    assert (dx, dy) == (pytest.approx(2 * np.cos(0.5) + 0.75), pytest.approx(np.sin(0.5)))
    assert sg.grad_of(np.tanh)(0) == 1.0
    assert isinstance(sg.grad_of(np.tanh)(np.float32(0)), np.float32)


def test_ints_that_are_not_differentiated_are_pythons():
    """They may be a number of loops, an exponent, an axis."""

    def power(x, n, axis=0):
        y = x
        for _ in range(n - 1):
            y = y * x
        return np.sum(np.sum(y, axis=axis) ** 2)

    slope = sg.grad_of(power)
    for n in (1, 2, 3):
        np.testing.assert_allclose(
            slope(W, n, axis=1), autograd.grad(lambda x, n=n: power(x, n, 1))(W), rtol=1e-12
        )
    assert len(slope.compiled) == 3
    assert sg.grad_of(lambda x, flag: x if flag else -x)(2.0, False) == -1


def test_each_type_is_compiled_once():
    calls = []

    def fn(w, x):
        calls.append(w)
        return np.sum(np.tanh(x * w))

    slope = sg.grad_of(fn)
    for _ in range(3):
        slope(2.0, X)
    assert len(calls) == len(slope.compiled) == 1
    slope(3.0, X + 1)
    assert len(calls) == 1
    for other in (X[:2], X.astype("float32"), X[0]):
        assert np.isfinite(slope(2.0, other))
    assert len(calls) == 4
    (source, *_) = (f.source for f in slope.compiled.values())
    assert "np.tanh" in source


def test_float32_stays_float32():
    x = X.astype("float32")
    slope = sg.grad_of(lambda x, rate: np.sum(np.exp(rate * x)))
    found = slope(x, 0.5)
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, 0.5 * np.exp(0.5 * x), rtol=1e-5)


def test_lists_are_arrays():
    np.testing.assert_array_equal(sg.grad_of(lambda x: np.sum(x * x))([1, 2, 3]), [2, 4, 6])


def test_what_does_not_matter_has_zero_gradient():
    found = sg.grad_of(lambda x, y: np.sum(x), 1)(X, W)
    assert found.shape == W.shape and not found.any()


def test_inputs_are_left_alone_and_results_may_be_changed():
    x = X.copy()
    found = sg.grad_of(np.sum)(x)
    found += 1
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(sg.grad_of(np.sum)(x), np.ones_like(x))


def test_it_has_the_functions_name():
    slope = sg.grad_of(net)
    assert slope.__name__ == "net" and "small network" in slope.__doc__


def test_integer_arrays_may_be_arguments():
    labels = np.array([0, 2, 1, 0, 2])
    slope = sg.grad_of(lambda X, k: np.sum(X[np.arange(5), k] ** 2))
    expected = np.zeros_like(X)
    expected[np.arange(5), labels] = 2 * X[np.arange(5), labels]
    np.testing.assert_allclose(slope(X, labels), expected)


def test_nested_to_the_fourth_order():
    g = lambda x: x**3 * anp.sin(x)
    ours = lambda x: x**3 * np.sin(x)
    for _ in range(4):
        g, ours = autograd.grad(g), sg.grad_of(ours)
        assert ours(1.3) == pytest.approx(g(1.3), rel=1e-12)


@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
def test_arguments_of_an_inner_gradient_are_apart(argnums):
    """Toward one of them the other is held, though both are made of the same."""

    def inner(grad, a, b):
        found = grad(lambda a, b: a**2 * b**3, argnums)(a, b)
        return found[0] * found[1] if argnums == (0, 1) else found

    for second in (lambda a: a, lambda a: 2 * a, lambda a: 5.0):
        ours = sg.grad_of(lambda a: inner(sg.grad_of, a, second(a)))  # noqa: B023
        other = autograd.grad(lambda a: inner(autograd.grad, a, second(a)))  # noqa: B023
        assert ours(1.5) == pytest.approx(other(1.5), rel=1e-12)


def test_products_with_the_hessian_of_a_network():
    def along(grad, numpy, W, d):
        return numpy.sum(grad(lambda W: net(numpy, W, X, v))(W) * d)

    d = RNG.normal(size=W.shape)
    ours = sg.grad_of(lambda W, d: along(sg.grad_of, np, W, d))(W, d)
    other = autograd.grad(lambda W, d: along(autograd.grad, anp, W, d))(W, d)
    np.testing.assert_allclose(ours, other, rtol=1e-10)
    short = sg.grad_of(lambda W, d: along(sg.grad_of, np, W, d))(W.astype("f4"), d.astype("f4"))
    assert short.dtype == np.float32


MASKED = np.ma.masked_array([1.0, 2.0], mask=[False, True])

COMPLAINTS = {
    "no function": (lambda: sg.grad_of(3), "grad_of takes a function, not int"),
    "an expression": (lambda: sg.grad_of(sg.Graph().input("x")), "Of an expression, sg.grad"),
    "argnums": (lambda: sg.grad_of(np.sum, "x"), "argnums is an int or a tuple of ints, not 'x'"),
    "no argnums": (lambda: sg.grad_of(np.sum, ()), "argnums is empty"),
    "too few": (
        lambda: sg.grad_of(lambda x: x, 1)(1.0),
        "<lambda> was called with 1 argument, and argnums names argument 1",
    ),
    "twice": (
        lambda: sg.grad_of(lambda x: x, (0, -1))(1.0),
        r"argnums \(0, -1\) names an argument twice",
    ),
    "integers": (
        lambda: sg.grad_of(np.sum)(np.arange(3)),
        "cannot differentiate sum with respect to argument 0: int64 values do not vary",
    ),
    "text": (lambda: sg.grad_of(lambda x, y: x)(1.0, object()), "argument 1 is object, and no"),
    "ragged": (lambda: sg.grad_of(np.sum)([[1], [1, 2]]), "argument 0 is no array"),
    "masked": (lambda: sg.grad_of(np.sum)(MASKED), "argument 0 is masked"),
    "a masked constant": (
        lambda: sg.grad_of(lambda x: (x * MASKED).sum())(np.ones(2)),
        "a masked array can not be a constant",
    ),
    "complex": (lambda: sg.grad_of(np.sum)(1j), "argument 0 is complex, and no array of real"),
    "an array": (lambda: sg.grad_of(np.tanh)(np.ones(3)), "a gradient is of a scalar"),
    "a pair": (lambda: sg.grad_of(lambda x: (x, x))(1.0), "<lambda> returns tuple"),
    "an integer": (lambda: sg.grad_of(lambda x: x > 0)(1.0), "cannot differentiate"),
    "a branch": (lambda: sg.grad_of(lambda x: x if x > 0 else -x)(1.0), "has no truth value"),
    "an array by name": (
        lambda: sg.grad_of(lambda x, w=0: x)(1.0, w=np.ones(3)),
        "keyword arguments are fixed values",
    ),
    "too many": (lambda: sg.grad_of(lambda x: x)(1.0, 2.0), "does not take 2 arguments"),
}


@pytest.mark.parametrize("case", COMPLAINTS)
def test_misuse_is_named(case):
    call, complaint = COMPLAINTS[case]
    with pytest.raises(sg.SymgradError, match=complaint):
        call()
