"""Forward mode, batching, Jacobians and Hessians: against loops, differences and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.op import registry
from tests.oracles import declare, declare_call, direction

RNG = np.random.default_rng(0)
BUILT = [
    (op, case)
    for op in registry.values()
    for case in (op.cases or [None])
    if op.operands and op.meaning is not None and op != "flatnonzero"  # of no fixed size
]
MADE = {op for op in registry.values() if not op.numpy and not op.constant_derivative}  # composed
SMOOTH = [(op, case) for op, case in BUILT if (op.vjp or op in MADE) and op != "astype"]


def named(pairs):
    return pytest.mark.parametrize(
        "op, case", pairs, ids=[f"{o}-{i}" for i, (o, _) in enumerate(pairs)]
    )


def params(case):
    return case.params if case else {}


@named(SMOOTH)
def test_forward_mode_is_the_central_difference(op, case):
    inputs, values = declare_call(op, case)
    moving = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]
    tangents = {i: direction(op, RNG.normal(size=values[i].shape)) for i in moving}
    y = op.on(inputs, params(case))
    t = sg.jvp(y, [inputs[i] for i in moving], [tangents[i] for i in moving])
    assert t.shape == y.shape and t.dtype == y.dtype
    f = sg.function(inputs, y)
    h = 1e-6
    ends = [
        f(*(v + sign * h * tangents[i] if i in tangents else v for i, v in enumerate(values)))
        for sign in (1, -1)
    ]
    np.testing.assert_allclose(
        sg.function(inputs, t)(*values), (ends[0] - ends[1]) / (2 * h), rtol=1e-5, atol=1e-7
    )


@named(BUILT)
def test_batched_is_the_loop(op, case):
    """All operands batched, and each one alone."""
    count = len(declare_call(op, case)[0])
    for axes in [
        (0,) * count,
        *(tuple(0 if i == j else None for j in range(count)) for i in range(count)),
    ]:
        inputs, values = declare_call(op, case, lead=(4,))
        inputs = [x if a == 0 else x[0] for x, a in zip(inputs, axes, strict=True)]
        batched = sg.vmap(lambda *xs: op.on(xs, params(case)), axes)(*inputs)
        one_inputs, _ = declare_call(op, case)
        f = sg.function(one_inputs, op.on(one_inputs, params(case)))
        rows = [
            f(*(v[k] if a == 0 else v[0] for v, a in zip(values, axes, strict=True)))
            for k in range(4)
        ]
        found = sg.function([*batched.graph.inputs.values()], batched)(*values)
        np.testing.assert_allclose(found, np.stack(rows), rtol=1e-12, atol=1e-12)
        assert found.dtype == batched.dtype and found.shape == batched.shape


def test_closed_forms_appear():
    A, B, x, b = declare(A="[3, 3]", B="[m, 3]", x="[3]", b="[m]")
    assert sg.simplify(sg.jacobian(B @ x, x)) is B
    assert sg.simplify(sg.hessian(x @ A @ x, x)) in (sg.simplify(A + A.T), sg.simplify(A.T + A))
    assert sg.simplify(sg.hessian(0.5 * ((B @ x - b) ** 2).sum(), x)) is sg.simplify(B.T @ B)


def test_logistic_regression_hessian_takes_two_products():
    X, w, y = declare(X="[n, 3]", w="[3]", y="[n]")
    z = X @ w
    f = sg.function(None, sg.hessian((sg.softplus(z) - y * z).sum(), w), style="readable")
    assert f.source.count(" @ ") == 2 and "np.eye" not in f.source
    values = RNG.normal(size=(7, 3)), RNG.normal(size=3), RNG.integers(0, 2, 7)
    s = 1 / (1 + np.exp(-values[0] @ values[1]))
    np.testing.assert_allclose(f(*values[:2]), values[0].T @ np.diag(s * (1 - s)) @ values[0])


@pytest.mark.parametrize("wide", [True, False])
def test_jacobian_by_rows_and_by_columns(wide):
    """Reverse mode where y is smaller, forward mode where x is; of matrices too."""
    (W, x) = declare(W="[2, 5]" if wide else "[5, 2]", x="[5, 3]" if wide else "[2, 3]")
    y = sg.tanh(W @ x)
    J = sg.jacobian(y, x)
    assert J.shape == (*y.shape, *x.shape)
    Wv, xv = RNG.normal(size=W.shape), RNG.normal(size=x.shape)
    slope = 1 - np.tanh(Wv @ xv) ** 2
    expected = np.einsum("ij,ik,jl->ijkl", slope, Wv, np.eye(3))
    np.testing.assert_allclose(sg.function([W, x], J)(Wv, xv), expected)


def test_jacobian_of_what_does_not_vary_is_zero():
    x, y = declare(x="[3]", y="[2]")
    zeros = sg.function(None, sg.jacobian(y, x))()
    assert zeros.shape == (2, 3) and not zeros.any()


def test_hessian_against_autograd():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    X, W, v = declare(X="[6, 3]", W="[3, 4]", v="[4]")
    loss = (sg.tanh(sg.tanh(X @ W) @ v) ** 2).sum()
    values = RNG.normal(size=(6, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=4)
    mirror = autograd.hessian(lambda W: anp.sum(anp.tanh(anp.tanh(values[0] @ W) @ values[2]) ** 2))
    found = sg.function([X, W, v], sg.hessian(loss, W))(*values)
    np.testing.assert_allclose(found, mirror(values[1]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_hessian_of_what_is_clipped_and_subtracted(dtype):
    (x,) = declare(x=f"{dtype}[3]")
    values = np.array([0.1, 0.9, -0.7], dtype)
    found = sg.function([x], sg.hessian(((x * (1 - sg.clip(x, -0.5, 0.8))) ** 2).sum(), x))(values)
    inner = 2 * (1 - 6 * values + 6 * values**2)  # of x**2 (1 - x)**2
    expected = np.diag(
        np.where(np.abs(values - 0.15) < 0.65, inner, 2 * (1 - values.clip(-0.5, 0.8)) ** 2)
    )
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_hessian_vector_product_is_the_hessian_times_the_vector():
    x, v = declare(x="[4]", v="[4]")
    y = (sg.exp(x) * x[::-1]).sum() ** 2
    H, Hv = sg.function([x, v], [sg.hessian(y, x), sg.hvp(y, x, v)])(
        RNG.normal(size=4), np.arange(4.0)
    )
    np.testing.assert_allclose(Hv, H @ np.arange(4.0))


def test_per_example_gradients():
    X, y, w = declare(X="[n, 3]", y="[n]", w="[3]")
    loss = lambda x, t, w: sg.softplus(x @ w) - t * (x @ w)
    each = sg.vmap(lambda x, t: sg.grad(loss(x, t, w), w))(X, y)
    whole = sg.grad(sg.vmap(loss, (0, 0, None))(X, y, w).sum(), w)
    values = RNG.normal(size=(5, 3)), RNG.normal(size=5), RNG.normal(size=3)
    rows, total = sg.function([X, y, w], [each, whole])(*values)
    assert each.shape == ("n", 3)
    np.testing.assert_allclose(rows.sum(axis=0), total)


def test_vmap_of_vmap_and_other_axes():
    (A,) = declare(A="[2, 3, 4]")
    y = sg.vmap(sg.vmap(sg.softmax), in_axes=1)(A)
    value = RNG.normal(size=(2, 3, 4))
    e = np.exp(np.swapaxes(value, 0, 1))
    np.testing.assert_allclose(sg.function([A], y)(value), e / e.sum(axis=-1, keepdims=True))


def test_mistakes_are_named():
    x, Y, y = declare(x="[3]", Y="[4, 3]", y="[]")
    with pytest.raises(sg.DifferentiationError, match="tangent"):
        sg.jvp(x * 2, x, np.ones(2))
    with pytest.raises(sg.DifferentiationError, match="1 inputs, but 2 tangents"):
        sg.jvp(x * 2, [x], [x, x])
    with pytest.raises(sg.ShapeError, match="differ in size: 3, 4"):
        sg.vmap(lambda a, b: a * b)(x, Y)
    with pytest.raises(sg.ShapeError, match="has no axis 0"):
        sg.vmap(lambda a: a)(y)
    with pytest.raises(sg.DifferentiationError, match="a gradient is of a scalar"):
        sg.hessian(x, x)
    with pytest.raises(sg.GraphError, match="an expression is wanted here, not list"):
        sg.jacobian(x, [x, y])
    with pytest.raises(sg.GraphError, match="what vmap returns takes expressions, not ndarray"):
        sg.vmap(lambda a: a)(np.ones(3))
