"""Constant factors of linear results move to where they cost least; values stay what they are."""

import numpy as np
import pytest

import symgrad as sg


def values(**shapes):
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def computed(build, given):
    """The value of what is built of inputs, and the code."""
    graph = sg.Graph()
    inputs = [graph.input(name, list(x.shape)) for name, x in given.items()]
    f = sg.function(inputs, build(*inputs))
    return f(*given.values()), f.source


def test_a_step_multiplies_by_the_rate_once():
    given = values(X=(50, 8), y=(50,), W=(8, 6), w=(6,))

    def step(X, y, W, w):
        loss = sg.mean((sg.tanh(X @ W) @ w - y) ** 2)
        return [p - 0.1 * d for p, d in zip((W, w), sg.grad(loss, [W, w]), strict=True)]

    (new_W, new_w), source = computed(step, given)
    X, y, W, w = given.values()
    h = np.tanh(X @ W)
    r = 2 * (h @ w - y) / 50
    np.testing.assert_allclose(new_w, w - 0.1 * (h.T @ r), rtol=1e-12)
    d_W = X.T @ (np.outer(r, w) * (1 - h**2))
    np.testing.assert_allclose(new_W, W - 0.1 * d_W, rtol=1e-12)
    body = source[source.index("# forward") : source.index("return [")]
    assert "np.array(0.1," not in source and "np.array(0.004, np.float64)" in source
    assert "/ d W, times 0.1" in body


def test_what_was_asked_for_as_a_derivative_is_no_multiple_of_one():
    """The gradient of a tenth of the loss is a tenth of its gradient, and one node with it."""
    g = sg.Graph()
    X, W = g.input("X", "[n, 8]"), g.input("W", "[8]")
    loss = sg.sum((X @ W) ** 2)
    step = sg.function([X, W], [W - 0.1 * sg.grad(loss, W)])
    tenth = sg.function([X, W], [sg.grad(0.1 * loss, W)])
    assert "times 0.1" in step.source
    assert "times 0.1" not in tenth.source.partition("# backward")[2]


def shared(a, b, c):
    """One term of the sum is read elsewhere: the sum takes the factor, its terms do not."""
    product = a @ b
    total = product + c @ b
    return [3.0 * np.sum(total, axis=0), 3.0 * (total @ b), product]


FORMS = {
    "a sum of which one term is read alone": shared,
    "a square": lambda a, b, c: [3.0 * np.sum((a @ b) ** 2, axis=0)],
    "a product with itself": lambda a, b, c: [3.0 * ((a @ b) * (a @ b)).sum(axis=1)],
    "a matrix and its transpose": lambda a, b, c: [3.0 * ((a @ b).T @ (a @ b))],
    "a quotient by itself": lambda a, b, c: [3.0 * ((a @ b) / (1 + (a @ b) ** 2))],
    "two factors": lambda a, b, c: [3.0 * (a @ (2.0 * np.sum(b @ c, axis=1)))],
    "two readers, two factors": lambda a, b, c: [
        3.0 * (a @ np.sum(b @ c, axis=1)),
        2.0 * (c @ np.sum(b @ c, axis=1)),
    ],
    "two readers, one factor": lambda a, b, c: [
        3.0 * (a @ np.sum(b @ c, axis=1)),
        3.0 * (c @ np.sum(b @ c, axis=1)),
    ],
    "an output itself": lambda a, b, c: [3.0 * (a @ b), a @ b],
    "factor of a factor": lambda a, b, c: [
        3.0 * (a @ (2.0 * (b @ np.sum(c, axis=1)))),
        2.0 * (b @ np.sum(c, axis=1)),
    ],
    "negative, reshaped and scaled": lambda a, b, c: [3.0 * -np.sum((a @ b).reshape((-1,)))],
    "differences": lambda a, b, c: [3.0 * (a @ (np.sum(b, axis=1) - np.sum(c, axis=1)))],
}


@pytest.mark.parametrize("form", FORMS)
def test_values_stay(form):
    """NumPy computes the same formula; no factor is lost or counted twice."""
    given = values(a=(4, 4), b=(4, 4), c=(4, 4))
    found, _ = computed(FORMS[form], given)
    wanted = FORMS[form](*given.values())
    for x, y in zip(found, wanted, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-11)


def test_an_extreme_factor_stays_where_it_is():
    """1e-30 of float32 numbers near 1e-10 would underflow on the way."""
    graph = sg.Graph()
    A, v, w = graph.input("A", "float32[9, 9]"), graph.input("v", "float32[9]"), 1e-30
    f = sg.function([A, v], w * (A @ (v * v)))
    big, small = np.full((9, 9), 1e30, np.float32), np.full(9, 1e-8, np.float32)
    np.testing.assert_allclose(f(big, small), np.full(9, 9e-16), rtol=1e-6)
