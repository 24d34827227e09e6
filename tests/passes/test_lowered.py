"""What fast code computes in steps of its own has the value of what was written."""

import numpy as np
import pytest

import symgrad as sg

LOGITS = [0.0, -0.0, 1e-300, 0.3, -2.0, 30.0, -40.0, 709.0, -745.0, 1500.0, -1e308]


def hessian(dtype):
    """Of logistic regression of 100 weights, and weight decay of 0.5."""
    g = sg.Graph()
    X, y, w = (
        g.input(k, f"{dtype}{s}") for k, s in {"X": "[n, 100]", "y": "[n]", "w": "[100]"}.items()
    )
    z = X @ w
    loss = sg.mean(sg.softplus(z) - y * z) + 0.25 * sg.sum(w**2)
    return sg.function([X, y, w], sg.hessian(loss, w))


def curvature(z):
    """Slope of the sigmoid, without cancellation or overflow."""
    e = np.exp(-np.abs(z.astype(np.longdouble)))
    return e / (1 + e) ** 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [1, 4, len(LOGITS)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_hessian_at_logits_of_any_size(dtype, n):
    """The root of p (1 - p) without p: no logit overflows on the way."""
    f, limit = hessian(dtype), np.finfo(dtype).max / 4
    z = np.clip(np.array(LOGITS[:n]), -limit, limit).astype(dtype)
    others = np.random.default_rng(0).normal(size=(n, 99)).astype(dtype)
    w = np.eye(1, 100, dtype=dtype)[0]
    found = f(np.column_stack([z, others]), np.ones(n, dtype), w)
    wide = others.astype(np.longdouble)
    wanted = (wide * curvature(z)[:, None]).T @ wide / n + np.eye(99) / 2
    bound = 1e-13 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(found[1:, 1:], wanted.astype(np.float64), bound, bound)
    assert found.dtype == dtype and "_sqrt(" not in f.source and "_greater" not in f.source


@pytest.mark.parametrize("z", [690.0, -690.0])
def test_a_small_slope(z):
    """p (1 - p) of 1e-300 has a root of 1e-150, which p near 1 could not tell."""
    X, w = np.array([[z, *[1.0] * 99]]), np.eye(1, 100)[0]
    found = hessian("float64")(X, np.ones(1), w)
    np.testing.assert_allclose(found[1, 2], np.exp(-690.0), rtol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_gate_and_its_complement_share_one_exponential(dtype):
    """z and 1 - z of a gated unit, and the slope of both, at logits of any size."""
    g = sg.Graph()
    x, a, b = (g.input(k, f"{dtype}[n]") for k in "xab")
    z = sg.sigmoid(x)
    loss = sg.sum((1 - z) * a + z * b)
    f = sg.function([x, a, b], [sg.sigmoid(-x), z, sg.grad(loss, x)])
    assert f.source.count("_exp(") == 1
    logits = np.array(LOGITS[:-1], dtype)
    zero, one = np.zeros_like(logits), np.ones_like(logits)
    wide = logits.astype(np.longdouble)
    with np.errstate(over="ignore", under="ignore"):
        wanted = 1 / (1 + np.exp(wide)), 1 / (1 + np.exp(-wide)), curvature(logits)
    bound = np.finfo(dtype).eps * 4
    for found, value in zip(f(logits, zero, one), wanted, strict=True):
        np.testing.assert_allclose(found, value.astype(dtype), bound, np.finfo(dtype).tiny)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("m, n", [(0, 3), (1, 1), (4, 2), (3, 0)])
def test_outer_products(m, n):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=m), rng.normal(size=n)
    g = sg.Graph()
    x, y = g.input("x", "[m]"), g.input("y", "[n]")
    f = sg.function([x, y], [sg.outer(sg.exp(x), y), sg.outer(x, y) * sg.tanh(sg.outer(x, y))])
    outer, product = f(a, b)
    np.testing.assert_allclose(outer, np.exp(a)[:, None] * b, rtol=1e-14)
    np.testing.assert_allclose(product, a[:, None] * b * np.tanh(a[:, None] * b), rtol=1e-14)
