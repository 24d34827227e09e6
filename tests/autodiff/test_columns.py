"""Jacobians with the unit vectors as rows and as columns, of every row of the registry."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.autodiff import jacobians
from symgrad.ops.op import registry
from tests.oracles import declare_call

SMOOTH = [
    (op, case)
    for op in registry.values()
    for case in (op.cases or [None])
    if op.operands and op.meaning is not None and op.vjp is not None and op != "astype"
]


@pytest.mark.parametrize("op, case", SMOOTH, ids=[f"{op}-{i}" for i, (op, _) in enumerate(SMOOTH)])
def test_rows_columns_and_differences(op, case, monkeypatch):
    inputs, values = declare_call(op, case)
    y = op.on(inputs, case.params if case else {})
    if not y.type.is_floating:
        return
    f, h = sg.function(inputs, y), 1e-6
    rng = np.random.default_rng(0)
    for i, x in enumerate(inputs):
        if not x.type.is_floating:
            continue
        found = []
        for many, fewer in ((0, False), (10**9, False), (10**9, True)):
            monkeypatch.setattr(jacobians, "_MANY", many)
            monkeypatch.setattr(jacobians, "_rows_are_fewer", lambda *_, fewer=fewer: fewer)
            J = sg.jacobian(y, x)
            assert J.shape == (*y.shape, *x.shape) and J.dtype == y.dtype
            found.append(sg.function(inputs, J)(*values))
        for other in found[1:]:
            np.testing.assert_allclose(found[0], other, rtol=1e-11, atol=1e-11)
        if "positive_definite" in op.domain:
            continue  # differences leave the domain; the rows' own tests know the directions
        t = rng.normal(size=values[i].shape)
        ends = [f(*values[:i], values[i] + s * h * t, *values[i + 1 :]) for s in (1, -1)]
        expected = (ends[0] - ends[1]) / (2 * h)
        np.testing.assert_allclose(
            np.tensordot(found[0], t, t.ndim), expected, rtol=1e-5, atol=1e-7
        )


def hessian_of(build, types, values):
    g = sg.Graph()
    inputs = [g.input(f"x{i}", t) for i, t in enumerate(types)]
    f = sg.function(inputs, sg.hessian(build(*inputs), inputs[0]), style="readable")
    return f.source, f(*values)


def test_all_columns_are_one_product():
    """Logistic regression with many weights: two products, no identity, one pass for a factor."""
    rng = np.random.default_rng(0)
    X, w = rng.normal(size=(50, 20)), rng.normal(size=20)
    source, found = hessian_of(lambda w, X: sg.softplus(X @ w).mean(), ["[d]", "[n, d]"], [w, X])
    s = 1 / (1 + np.exp(-X @ w))
    np.testing.assert_allclose(found, X.T * (s * (1 - s) / 50) @ X, rtol=1e-12, atol=1e-15)
    assert source.count(" @ ") == 2 and "np.eye" not in source


def test_fixed_factors_are_gathered():
    """(t a) b c is t (a b c): the matrix is scaled once."""
    g = sg.Graph()
    A, x, a, b = (g.input(n, s) for n, s in dict(A="[20, 20]", x="[20]", a="[20]", b="[]").items())
    y = -(A @ x) * a / b * (a + 1) * 3
    f = sg.function([A, x, a, b], sg.jacobian(y, x))
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 20)), rng.normal(size=20), rng.normal(size=20), 0.7
    scale = -values[2] / 0.7 * (values[2] + 1) * 3
    np.testing.assert_allclose(f(*values), values[0] * scale[:, None], rtol=1e-13)
    assert sum(line.endswith("# [20, 20]") for line in f.source.splitlines()) == 1


def test_a_network_of_one_vector_of_parameters():
    """Sliced and reshaped, as one Hessian of all parameters needs it; against autograd."""
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    def loss(m, p, X, Y):
        h = m.tanh(X @ m.reshape(p[:12], (3, 4)) + p[12:16])
        return m.mean((h @ m.reshape(p[16:24], (4, 2)) + p[24:] - Y) ** 2)

    rng = np.random.default_rng(0)
    values = [rng.normal(size=s) for s in (26, (5, 3), (5, 2))]
    types = ["[26]", "[n, 3]", "[n, 2]"]
    _, found = hessian_of(lambda *xs: loss(sg, *xs), types, values)
    expected = autograd.hessian(lambda p: loss(anp, p, *values[1:]))(values[0])
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_named_sizes(size):
    _, found = hessian_of(lambda x: (sg.exp(x) * x.sum()).sum(), ["[n]"], [np.linspace(0, 1, size)])
    x = np.linspace(0, 1, size)
    e = np.exp(x)
    expected = np.diag(e * x.sum()) + e[:, None] + e[None, :]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
