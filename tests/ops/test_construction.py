"""Arrays made of nothing, against NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.frontends.numpy_calls import call_function
from symgrad.graph.graph import operations
from symgrad.ops.construction import MAKERS, MOST_ELEMENTS
from tests.oracles import run

CALLS = [
    ("zeros", ((2, 3),), {}),
    ("zeros", (4,), {"dtype": "int32"}),
    ("zeros", ((),), {}),
    ("zeros", ((0, 2),), {"dtype": bool}),
    ("ones", ((2, 3),), {}),
    ("ones", ([2, 3],), {"dtype": np.float32}),
    ("full", ((2, 3), 0.5), {}),
    ("full", (3, 7), {}),
    ("full", (3, True), {}),
    ("full", ((2, 3), -0.0), {"dtype": "float32"}),
    ("full", ((2, 3), [1.0, 2.0, 3.0]), {}),
    ("full", (3, 2.5), {"dtype": "int64"}),
    ("arange", (5,), {}),
    ("arange", (0,), {}),
    ("arange", (-3,), {}),
    ("arange", (2, 9, 3), {}),
    ("arange", (9, 2, -3), {}),
    ("arange", (2, 9), {"step": 2, "dtype": "float32"}),
    ("arange", (0.5,), {}),
    ("arange", (0, 1, 0.1), {}),
    ("arange", (1.0, -1.0, -0.25), {"dtype": "float32"}),
    ("linspace", (0, 1, 5), {}),
    ("linspace", (-1.5, 2, 1), {}),
    ("linspace", (2, 0, 4), {"endpoint": False}),
    ("linspace", (0, 1), {"num": 0, "dtype": "float32"}),
    ("eye", (3,), {}),
    ("eye", (3, 5), {}),
    ("eye", (3, 3, 1), {}),
    ("eye", (4, 2), {"k": -2, "dtype": "int64"}),
    ("eye", (2,), {"k": 9}),
    ("eye", (3,), {"dtype": "float32"}),
    ("eye", (0,), {}),
    ("identity", (3,), {}),
    ("identity", (2,), {"dtype": "int64"}),
    ("tri", (3,), {}),
    ("tri", (3, 5, 1), {}),
    ("tri", (4, 2), {"k": -2, "dtype": "bool"}),
]


def show(value):
    return str(value).replace(" ", "")


@pytest.mark.parametrize("name, args, params", CALLS, ids=show)
def test_nodes_have_numpys_values(name, args, params):
    x = sg.Graph().input("x", "[n]")
    y = getattr(sg, name)(*args, **params, like=x)
    assert isinstance(y, sg.Expr) and y.graph is x.graph
    (found,) = run([y], {})
    expected = getattr(np, name)(*args, **params)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    assert np.array_equal(np.signbit(found), np.signbit(expected)) or found.dtype == bool
    assert found.dtype == expected.dtype
    assert sg.parse(str(y), graph=x.graph) is y


@pytest.mark.parametrize("name, args, params", CALLS, ids=show)
def test_without_a_graph_they_are_numpys_arrays(name, args, params):
    found, expected = getattr(sg, name)(*args, **params), getattr(np, name)(*args, **params)
    assert type(found) is np.ndarray and found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name, args, params", CALLS, ids=show)
def test_numpys_keyword_like(name, args, params):
    x = sg.Graph().input("x", "[n]")
    y = getattr(np, name)(*args, **params, like=x) if name != "linspace" else None
    assert y is None or y is getattr(sg, name)(*args, **params, like=x)


SIZED = [
    (lambda m, n, **k: m.zeros((n, 2), **k), "broadcast_to(0.0, (n, 2))"),
    (lambda m, n, **k: m.ones(n, **k), "broadcast_to(1.0, n)"),
    (lambda m, n, **k: m.full((2, n), 0.5, **k), "broadcast_to(0.5, (2, n))"),
    (lambda m, n, **k: m.arange(n, **k), "arange(n)"),
    (lambda m, n, **k: m.arange(2, n, **k), "arange(max(n - 2, 0)) + 2"),
    (lambda m, n, **k: m.arange(n, 0, -2, **k), "arange(((n + 1)//2)) * -2 + n"),
    (lambda m, n, **k: m.arange(n + 1, 3 * n, 2, **k), None),
    (lambda m, n, **k: m.eye(n, **k), "eye(n)"),
    (lambda m, n, **k: m.eye(n, n + 1, k=1, **k), None),
    (lambda m, n, **k: m.tri(n, k=-1, **k), None),
    (lambda m, n, **k: m.identity(n, **k), "eye(n)"),
    (lambda m, n, **k: m.linspace(0, n, 4, **k) if k else np.linspace(0, n, 4), None),
]


@pytest.mark.parametrize("make, text", SIZED, ids=range(len(SIZED)))
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_named_sizes(make, text, n):
    x = sg.Graph().input("x", "[n]")
    y = make(sg, x.shape[0], like=x)
    found, _ = run([y, x], {"x": np.ones(n)}, {"n": n})
    np.testing.assert_allclose(found, make(np, n), rtol=1e-15)
    assert sg.parse(str(y), graph=x.graph) is y
    assert text is None or str(y).endswith(text)


@pytest.mark.parametrize(
    "text",
    [
        "x * zeros(n)",
        "x + ones((n,))",
        "x + full(n, 0.1)",
        "x @ eye(n)",
        "x @ eye(n, k=1)",
        "x @ tri(n)",
        "x * arange(n)",
        "linspace(0, 1, 3) * x[0]",
        "arange(0, 1, 0.5) * x[0]",
        "zeros_like(x) + ones_like(x) * full_like(x, 2)",
        "x + zeros_like(x, dtype=int32)",
    ],
)
def test_a_float32_graph_stays_float32(text):
    y = sg.parse(text, x="float32[n]")
    assert y.dtype == np.float32
    x, values = y.graph.inputs["x"], {"x": np.float32([1, 2, 3])}
    found = run([y, sg.grad((y * y).sum(), x)], values, {"n": 3})
    assert all(f.dtype == np.float32 for f in found)
    assert sg.parse(str(y), graph=y.graph) is y


def test_an_exact_dtype_is_kept():
    x = sg.Graph().input("x", "float32[n]")
    for y in (sg.zeros(3, dtype="float64", like=x), sg.eye(3, k=1, dtype="float64", like=x)):
        assert (y + x[0]).dtype == np.float64


PROTOTYPES = ["float32[n, 2]", "int64[n]", "int32[n]", "bool[n]", "[]"]


@pytest.mark.parametrize("spec", PROTOTYPES)
@pytest.mark.parametrize("name", ["zeros_like", "ones_like", "empty_like"])
def test_forms_of_a_prototype(spec, name):
    x = sg.Graph().input("x", spec)
    X = np.zeros(tuple(3 if d == "n" else d for d in x.shape), x.dtype)
    for params in ({}, {"dtype": "float32"}, {"dtype": np.int64}):
        y = getattr(sg, name)(x, **params)
        assert y is call_function(getattr(np, name), [x], params)
        found, _ = run([y, x], {"x": X}, {"n": 3})
        expected = getattr(np, name.replace("empty", "zeros"))(X, **params)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


def test_a_prototype_that_is_a_number_stays_one():
    g = sg.Graph()
    x = g.input("x", "float32[3]")
    assert (sg.ones_like(g.constant(2.0)) * x).dtype == np.float32


def test_filled_with_an_expression():
    g = sg.Graph()
    x, s = g.input("x", "float32[n, 3]"), g.input("s", "float64[]")
    assert sg.full((2, 3), s).shape == (2, 3)
    y = np.full_like(x, s)
    assert y.dtype == np.float32 and y.shape == x.shape
    values = {"x": np.ones((2, 3), np.float32), "s": np.array(2.0)}
    slope, _ = run([sg.grad((y * y).sum(), s), x], values, {"n": 2})
    np.testing.assert_allclose(slope, 6 * 2 * 2)


def test_linspace_between_expressions():
    g = sg.Graph()
    a, b = g.input("a", "[2]"), g.input("b", "[]")
    values = {"a": np.array([1.0, -2.0]), "b": np.array(5.0)}
    y = np.linspace(a, b, 4)
    found, slope = run([y, sg.grad((y * np.arange(4.0)[:, None]).sum(), a)], values)
    np.testing.assert_allclose(found, np.linspace(values["a"], 5.0, 4))
    np.testing.assert_allclose(slope, np.full(2, 1 * 2 / 3 + 2 * 1 / 3))


def test_emitted_constructors():
    x = sg.Graph().input("x", "[n]")
    n = x.shape[0]
    texts = {
        "np.zeros((n, 2))": sg.zeros((n, 2), like=x),
        "np.full((n,), 2, dtype=np.int64)": sg.full(n, 2, like=x),
        "np.arange(n)": sg.arange(n, like=x),
        "np.eye(2 * n)": sg.eye(2 * n, like=x),
    }
    for text, y in texts.items():
        assert text in sg.function([x], y).source


def test_makers_are_functions_of_the_package():
    for name, made in MAKERS.items():
        assert hasattr(np, name) and name in dir(sg)
        assert made.signature.startswith(f"{name}(")
        assert name in operations


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda x, n: sg.zeros((n, 2)), sg.GraphError, "of which graph n is a size"),
        (lambda x, n: sg.arange(2, 3 * n), sg.GraphError, r"sg.arange\(..., like=x\)"),
        (lambda x, n: sg.eye(n), sg.GraphError, r"sg.eye\(..., like=x\)"),
        (lambda x, n: sg.zeros("q", like=x), sg.ShapeError, "no input has the named dim q"),
        (lambda x, n: sg.zeros(2, like=3), sg.GraphError, "like= is an expression, not int"),
        (lambda x, n: sg.zeros(), sg.GraphError, r"Call it as zeros\(shape, dtype=None\)"),
        (lambda x, n: sg.zeros(2, order="F", like=x), sg.GraphError, "unexpected keyword"),
        (lambda x, n: sg.zeros(-1, like=x), sg.ShapeError, "can not be negative"),
        (lambda x, n: sg.zeros(1.5), sg.ShapeError, "an integer or a named dim"),
        (lambda x, n: sg.zeros(x, like=x), sg.ShapeError, "no length known now"),
        (lambda x, n: sg.ones(2, dtype="complex128", like=x), sg.DTypeError, "complex128"),
        (lambda x, n: sg.full(2, "a", like=x), sg.DTypeError, "is no operand"),
        (lambda x, n: sg.full(2, [1, 2, 3], like=x), sg.ShapeError, "can not be broadcast"),
        (lambda x, n: sg.arange(0, 5, 0), sg.ShapeError, "can not be 0"),
        (lambda x, n: sg.arange(0, n, 0.5, like=x), sg.ShapeError, "is of integers"),
        (lambda x, n: sg.arange(0, 5, n, like=x), sg.ShapeError, "step of a range is an integer"),
        (lambda x, n: sg.arange(x[0]), sg.DTypeError, "not an expression"),
        (lambda x, n: sg.arange(0, float("inf"), like=x), sg.ShapeError, "has no end"),
        (lambda x, n: sg.arange(float("nan"), like=x), sg.ShapeError, "has no end"),
        (lambda x, n: sg.linspace(0, 1, n, like=x), sg.ShapeError, "known now"),
        (lambda x, n: sg.linspace(0, 1, -1, like=x), sg.ShapeError, "known now"),
        (lambda x, n: sg.eye(3, k=0.5, like=x), sg.DTypeError, "k is an integer"),
        (lambda x, n: sg.eye((3, 3), like=x), sg.ShapeError, "an integer or a named dim"),
    ],
)
def test_mistakes_are_named(make, error, message):
    x = sg.Graph().input("x", "[n]")
    with pytest.raises(error, match=message):
        make(x, x.shape[0])


@pytest.mark.parametrize(
    "make",
    [
        lambda x: sg.ones(10**12),
        lambda x: sg.zeros((10**9, 10**9)),
        lambda x: sg.eye(10**7),
        lambda x: sg.arange(10**13),
        lambda x: sg.arange(0.0, 1e13, like=x),
        lambda x: sg.arange(0.0, 1.0, 1e-300, like=x),
        lambda x: sg.linspace(0, 1, MOST_ELEMENTS + 1, like=x),
    ],
)
def test_hostile_sizes_are_refused_before_they_are_allocated(make):
    with pytest.raises(sg.GraphError, match="too many"):
        make(sg.Graph().input("x", "[n]"))
