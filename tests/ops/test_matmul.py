"""Matrix products of every pair of ranks, with named dims and broadcast batches."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import symgrad as sg
from tests.oracles import SIZES, complex_step, run, size_of

LEFT = ["[3]", "[4, 3]", "[n, 3]", "[n, 4, 3]", "[1, 4, 3]", "[m, 1, 4, 3]", "[0, 3]", "[n, 1, 3]"]
RIGHT = ["[3]", "[3, 2]", "[3, n]", "[n, 3, 2]", "[1, 3, 2]", "[n, 3, 1]", "[3, 0]", "[2, n, 3, 1]"]


@pytest.mark.parametrize("left, right", [*product(LEFT, RIGHT)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_value_and_both_derivatives(left, right, dtype):
    g = sg.Graph()
    a, b = g.input("a", left, dtype), g.input("b", right, dtype)
    rng = np.random.default_rng(0)
    values = {x.name: rng.normal(size=size_of(x.shape)).astype(dtype) for x in (a, b)}
    try:
        expected = np.matmul(*values.values())
    except ValueError:
        with pytest.raises(sg.ShapeError):
            a @ b
        return
    try:
        y = a @ b
    except sg.ShapeError as error:
        assert "of their leading axes, sizes" in str(error)  # 2 beside m, which is 2 here
        return
    ct = rng.normal(size=expected.shape).astype(dtype)
    found = run([y, *sg.vjp(y, [a, b], g.input("ct", y.shape, dtype))], {**values, "ct": ct})
    plain = [v.astype(float) for v in values.values()]
    slopes = [complex_step(np.matmul, plain, i, ct.astype(float)) for i in range(2)]
    tolerance = {"float64": 1e-12, "float32": 1e-5}[dtype]
    for got, wanted in zip(found, [expected, *slopes], strict=True):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "left, right", [("[4, 3]", "[3, 4]"), ("[3]", "[3]"), ("[n, 2, 3]", "[3]")]
)
def test_second_derivatives(left, right):
    g = sg.Graph()
    a, b = g.input("a", left), g.input("b", right)
    y = a @ b
    loss = (y * y).sum()
    rng = np.random.default_rng(1)
    values = {x.name: rng.normal(size=size_of(x.shape)) for x in (a, b)}
    grads = sg.grad(loss, [a, b])
    along = sum(((d * d).sum() for d in grads), start=0.0)
    found = run(sg.grad(along, [a, b]), values)
    h = 1e-6
    for name, got in zip("ab", found, strict=True):
        step = rng.normal(size=values[name].shape)
        ends = [
            sum((d * d).sum() for d in run(grads, {**values, name: values[name] + s * h * step}))
            for s in (1, -1)
        ]
        assert (got * step).sum() == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("kind", ["int64", "int32", "bool"])
def test_integers_and_bools(kind):
    g = sg.Graph()
    k, x = g.input("k", "[2, 3]", kind), g.input("x", "float32[3]")
    K, X = np.array([[1, 0, 1], [0, 1, 1]]).astype(kind), np.array([0.5, 2, 4], "float32")
    squares, mixed, slope = run([k @ k.T, k @ x, sg.grad((k @ x).sum(), x)], {"k": K, "x": X})
    np.testing.assert_array_equal(squares, K @ K.T)
    np.testing.assert_array_equal(mixed, K.astype(float) @ X)
    np.testing.assert_array_equal(slope, K.astype(float).sum(axis=0))
    assert mixed.dtype == slope.dtype == "float32"


def test_lists_and_arrays_beside_an_expression():
    A = sg.Graph().input("A", "[2, 2]")
    M = np.array([[1.0, 2.0], [3.0, 4.0]])
    for y, expected in [(A @ [1.0, 2.0], M @ [1, 2]), ([1.0, 2.0] @ A, [1, 2] @ M), (M @ A, M @ M)]:
        np.testing.assert_array_equal(run([y], {"A": M})[0], expected)


def test_sizes_that_are_formulas():
    g = sg.Graph()
    a, b = g.input("a", "[2*n, n + 1]"), g.input("b", "[n + 1]")
    n = SIZES["n"]
    scale = g.input("scale", "[n]")
    values = {"a": np.ones((2 * n, n + 1)), "b": np.arange(n + 1.0), "scale": np.ones(n)}
    found, slope = run([a @ b, sg.grad((a @ b).sum() * scale.sum(), b)], values)
    assert found.shape == (2 * n,) and (slope == 2 * n * n).all()
