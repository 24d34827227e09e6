"""Arrays put together: what the enumerating tests of the rows do not reach."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from tests.oracles import declare, run

RNG = np.random.default_rng(0)


def source(y):
    return sg.function(None, y).source


def test_stack_reads_as_numpys_and_its_derivative_is_a_slice():
    a, b = declare(a="[n]", b="[n]")
    y = sg.stack([a, b], axis=1)
    assert "np.stack([a, b], axis=1)" in source(y)
    da = sg.vjp(y, a, y.graph.input("ct", "[n, 2]"))
    assert "ct[:, 0]" in source(da)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32"])
def test_numbers_in_a_stack_adopt_the_dtype_of_the_others(dtype):
    (x,) = declare(x=f"{dtype}[n]")
    values = np.array([3, 4, 5], dtype)
    numbers = [2, x.shape[0]] if "int" in dtype else [2, 0.5, x.shape[0]]
    (found,) = run([sg.stack([x[0], *numbers, x[1]])], {"x": values}, {"n": 3})
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, [3, *([2, 3] if "int" in dtype else [2, 0.5, 3]), 4])


def test_a_strong_array_joins_as_numpy_has_it():
    x, m = declare(x="float32[2]", m="bool[2]")
    assert sg.stack([x, np.ones(2)]).dtype == np.float64
    assert sg.stack([x, m]).dtype == np.float32
    assert sg.concatenate([x, [1.0, 2]]).dtype == np.float64
    values = {"x": np.float32([1, 2]), "m": np.array([True, False])}
    (found,) = run([sg.stack([x, m])], values)
    np.testing.assert_array_equal(found, [[1, 2], [1, 0]])


def test_lists_that_hold_expressions_are_operands():
    s, t, c = declare(s="[]", t="[]", c="bool[2, 2]")
    nested = [[s, 1], [2.0, t]]
    values = {"s": np.array(3.0), "t": np.array(4.0), "c": np.array([[True, False]] * 2)}
    whole = np.array([[3, 1], [2, 4.0]])
    calls = [
        (sg.where(c, nested, 0), np.where(values["c"], whole, 0)),
        (sg.sum(nested, axis=0), whole.sum(axis=0)),
        (sg.matmul(nested, [s, t]), whole @ [3, 4]),
        (sg.stack(nested), whole),
        (sg.concatenate([[s, t], [5.0]]), [3, 4, 5]),
        (s * np.ones(2) + [s, t], [6, 7]),
    ]
    found = run([sg.where(c, y, y) if y.shape == (2, 2) else y for y, _ in calls], values)
    for got, (_, expected) in zip(found, calls, strict=True):
        np.testing.assert_array_equal(got, expected)
    ds = sg.grad(sg.prod(sg.sum(nested, axis=0)), s)
    np.testing.assert_allclose(run([ds], {"s": values["s"], "t": values["t"]}), [5.0])


def test_text_takes_lists_too():
    y = sg.parse("sum(where([s > 0, s < 0], [s, 2], [n, 1]))", s="[]", x="[n]")
    found = sg.function([y.graph.inputs["s"], y.graph.inputs["x"]], y)
    assert found(3.0, np.ones(4)) == 4.0 and found(-3.0, np.ones(4)) == 6.0
    for text in ("stack([1, 2.0])", "stack([n, 2])", "concatenate([[1, 2], [3.0]])"):
        z = sg.parse(text, graph=y.graph)
        assert sg.parse(str(z), graph=y.graph) is z


def test_an_array_is_the_list_of_its_rows():
    (x,) = declare(x="[2, 3]")
    X = RNG.normal(size=(2, 3))
    for func in (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack):
        (found,) = run([func(x)], {"x": X})
        np.testing.assert_array_equal(found, func(X))


BLOCKS = [
    lambda a, b, c: [[a, b], [b, a]],
    lambda a, b, c: [[a, b[:, :1]], [c, b[0, :1]]],
    lambda a, b, c: [c, c],
    lambda a, b, c: [[[a], [b]], [[b], [a]]],
]


@pytest.mark.parametrize("make", BLOCKS)
def test_blocks(make):
    values = {"a": RNG.normal(size=(2, 3)), "b": RNG.normal(size=(2, 3)), "c": RNG.normal(size=3)}
    symbols = declare(a="[2, 3]", b="[2, 3]", c="[3]")
    y = sg.block(make(*symbols))
    used = {k: v for k, v in values.items() if k in "abc"[: 2 + ("c" in str(y))] and k in str(y)}
    (found,) = run([y], used)
    np.testing.assert_array_equal(found, np.block(make(*values.values())))
    assert np.block(make(*symbols)) is y


def test_named_dims_may_be_empty():
    x, y = declare(x="[n, 2]", y="[m, 2]")
    outputs = [sg.vstack([x, y]), sg.concatenate([x, y]), sg.stack([x, 2 * x]), sg.append(x, 1.0)]
    gradient = sg.grad((outputs[1] ** 2).sum() + outputs[2].sum(), x)
    values = {"x": np.zeros((0, 2)), "y": np.ones((3, 2))}
    found = run([*outputs, gradient], values, {"n": 0, "m": 3})
    np.testing.assert_array_equal(found[0], np.ones((3, 2)))
    np.testing.assert_array_equal(found[3], [1.0])


def test_emitted_joins_of_vectors_are_stacks():
    a, b = declare(a="[n]", b="[n]")
    assert "np.stack([a, b])" in source(np.vstack([a, b]))
    assert "np.stack([a, b], axis=1)" in source(np.column_stack([a, b]))
    assert "np.concatenate([a, b])" in source(np.hstack([a, b]))


@pytest.mark.parametrize(
    "join, error, message",
    [
        (lambda x, s: sg.stack([x, x[0]]), sg.ShapeError, r"\[2, 3\] and \[3\] differ"),
        (lambda x, s: sg.stack([x, x], axis=3), sg.ShapeError, "axis 3 is out of range"),
        (lambda x, s: sg.stack([]), sg.GraphError, "needs an expression"),
        (lambda x, s: sg.stack(s), sg.ShapeError, "no length known now"),
        (lambda x, s: sg.stack(3), sg.GraphError, "takes a list of arrays, not int"),
        (lambda x, s: sg.concatenate([x, s]), sg.ShapeError, "scalar has no axis"),
        (lambda x, s: sg.vstack([x, x[:, :2]]), sg.ShapeError, "differ beside axis 0"),
        (lambda x, s: sg.block([[x], x]), sg.GraphError, "nested equally deep"),
        (lambda x, s: sg.block([x, [x]]), sg.GraphError, "nested equally deep"),
        (lambda x, s: sg.block([[]]), sg.ShapeError, "a list is empty"),
        (lambda x, s: sg.block(x), sg.GraphError, "the blocks are a list"),
        (lambda x, s: sg.append(x, s, axis=0), sg.ShapeError, "scalar has no axis"),
    ],
)
def test_what_can_not_be_joined(join, error, message):
    with pytest.raises(error, match=message):
        join(*declare(x="[2, 3]", s="[]"))
