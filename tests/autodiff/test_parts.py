"""Cotangents of many parts of an array are put together, at the cost of the array once."""

from __future__ import annotations

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import symgrad as sg
from tests.flops import count

INDEX = np.array([2, 0, 2])
PROGRAMS = {
    "every element": ((6,), lambda np, x: sum(np.sin(x[i] * (i + 1)) for i in range(6))),
    "every row": ((4, 3), lambda np, x: sum(np.sum(np.sin(x[i])) ** 2 for i in range(4))),
    "every column": ((2, 3), lambda np, x: np.sum(x[:, 0] * x[:, 1] ** 2 * np.exp(x[:, 2]))),
    "every entry": (
        (3, 4),
        lambda np, x: sum(np.sin(x[i, j] * (i + j + 1)) for i in range(3) for j in range(4)),
    ),
    "most entries": (
        (4, 4),
        lambda np, x: sum(np.sin(x[i, j] * (i + 1)) for i in range(4) for j in range(i, 4)),
    ),
    "rows with gaps": ((30, 2), lambda np, x: sum(np.sum(x[3 * i + 1] ** 3) for i in range(9))),
    "halves": ((7,), lambda np, x: np.sum(x[:3] ** 2) + np.sum(np.sin(x[3:]))),
    "rows and slices": (
        (5, 2),
        lambda np, x: np.sum(x[0] * x[1] * x[4]) + np.sum(np.exp(x[2:4])),
    ),
    "sliding windows": (
        (20,),
        lambda np, x: sum(np.prod(x[i : i + 3]) for i in range(18)),
    ),
    "neighbors": ((9,), lambda np, x: np.sum((x[1:] - x[:-1]) ** 4)),
    "steps": ((8, 2), lambda np, x: np.sum(x[::2] ** 2 * x[1::2])),
    "also whole": ((3,), lambda np, x: np.sum(x**2) * x[0] * x[1] * x[2] + np.sum(x)),
    "with None": ((3,), lambda np, x: np.sum(x[:, None] * x[None, :] ** 2) + x[0] * x[1]),
    "same rows again": (
        (3, 2),
        lambda np, x: sum(np.sum(np.sin(x[i % 3] * (i + 1))) for i in range(9)),
    ),
    "rows by arrays": (
        (3, 2),
        lambda np, x: sum(np.sum(np.sin(x[INDEX] * (i + 1)) * x[INDEX + i % 1]) for i in range(9)),
    ),
    "columns by arrays": (
        (2, 5),
        lambda np, x: sum(np.sum(np.sin(x[:, INDEX + i % 3] ** 2)) for i in range(12)),
    ),
    "middle axis": (
        (2, 3, 2),
        lambda np, x: sum(np.sum(np.sin(x[:, i] * (i + 1))) ** 2 for i in range(3)),
    ),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_of_both_orders(name, dtype):
    shape, program = PROGRAMS[name]
    rng = np.random.default_rng(3)
    x0, v0 = rng.normal(size=shape), rng.normal(size=shape)
    slope = autograd.grad(lambda x: program(anp, x))
    bend = autograd.grad(lambda x: anp.sum(slope(x) * v0))
    g = sg.Graph()
    x, v = g.input("x", shape, dtype), g.input("v", shape, dtype)
    y = sg.trace(lambda x: program(np, x), x)
    outputs = [sg.grad(y, x), sg.hvp(y, x, v), sg.jvp(sg.grad(y, x), [x], [v])]
    found = sg.function([x, v], outputs)(x0.astype(dtype), v0.astype(dtype))
    tolerance = {"float64": 1e-11, "float32": 2e-3}[dtype]
    for value, expected in zip(found, [slope(x0), bend(x0), bend(x0)], strict=True):
        assert value.dtype == dtype
        scale = 1 + np.abs(expected).max()
        np.testing.assert_allclose(value / scale, expected / scale, atol=tolerance)


def test_elements_in_a_batch_of_any_size():
    g = sg.Graph()
    x = g.input("x", "[n, 3]")
    y = (x[:, 0] * x[:, 1] ** 2 * sg.exp(x[:, 2])).sum()
    f = sg.function([x], sg.grad(y, x))
    assert "np.stack" in f.source
    for n in (0, 1, 4):
        x0 = np.random.default_rng(n).normal(size=(n, 3))
        a, b, c = x0.T
        expected = np.stack([b**2, 2 * a * b, a * b**2], axis=1) * np.exp(c)[:, None]
        np.testing.assert_allclose(f(x0), expected, rtol=1e-13)


@pytest.mark.parametrize("part", ["x[i]", "x[i:i + 1]", "x[i, :2]", "x[index + i]"])
def test_a_loop_over_rows_takes_time_in_proportion(part):
    def moved(n):
        index = np.array([0, 1])
        g = sg.Graph()
        x = g.input("x", (n + 1, 4))
        parts = [eval(part, {"x": x, "i": i, "index": index}) for i in range(n)]
        y = sum(sg.sin(p * (i + 1.0)).sum() for i, p in enumerate(parts))
        source = sg.function([x], sg.grad(y, x), style="readable").source
        return count(source, "f", [np.ones((n + 1, 4))]).total

    assert moved(80) < 2.5 * moved(40)
