"""The NumPy door: functions of arrays, run on symbols, against the same functions run on arrays."""

from __future__ import annotations

import functools
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import symgrad as sg
from symgrad.frontends.numpy_calls import COMPOSED, call_function, call_ufunc
from symgrad.frontends.numpy_reductions import REDUCTIONS
from symgrad.graph.graph import operations

from ..oracles import run

RNG = np.random.default_rng(0)
X, W, V = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=3)


def outputs_of(result: Any) -> list[sg.Expr]:
    return list(result) if isinstance(result, tuple | list) else [result]


def check(fn: Any, *arrays: np.ndarray[Any, Any], specs: tuple[str, ...]) -> None:
    """A traced function computes what the function itself does, dtypes included."""
    traced = outputs_of(sg.trace(fn, *specs))
    names = list(traced[0].graph.inputs)
    found = run(traced, dict(zip(names, arrays, strict=True)), {"n": 5})
    for one, expected in zip(found, outputs_of(fn(*arrays)), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-13)
        assert one.dtype == expected.dtype


OF_X = {
    "ufuncs": lambda x: np.exp(-np.square(x)) * np.sin(x) + np.log1p(np.abs(x)) - np.tanh(x) ** 2,
    "maximum": lambda x: np.maximum(x, 0) - np.minimum(0.5, x),
    "clip": lambda x: np.clip(x, -1, 1) + np.clip(x, None, 0.5) + x.clip(0),
    "where": lambda x: np.where(x > 0, x, 0.1 * x),
    "logic": lambda x: np.where(np.logical_and(x > -1, ~(x >= 1)) | (x < -2), x, 0.0),
    "mask": lambda x: x * (x > 0),
    "sum": lambda x: np.sum(x, axis=0) + x.sum(0),
    "keepdims": lambda x: x - np.mean(x, axis=-1, keepdims=True),
    "extremes": lambda x: np.max(x, axis=1) - x.min(axis=1) + np.amax(x),
    "array on the left": lambda x: W.T @ x.T + 0.0,
    "array times": lambda x: V * x - (V - x) / V + 2.0**x,
    "matmul": lambda x: np.matmul(x, W) + np.dot(x, W) - x @ W * 3,
    "vector": lambda x: x @ V,
    "shapes": lambda x: np.reshape(np.transpose(x), (-1,)) + x.T.reshape(-1),
    "rows": lambda x: x[:, np.newaxis, 1:] + np.expand_dims(x, 1)[..., :2],
    "in place": lambda x: functools.reduce(lambda a, _: a.__add__(1), range(3), x),
    "loop": lambda x: sum(x[:, j] * j for j in range(3)),
    "sizes": lambda x: np.sum(x) / x.shape[0] + x.sum() / x.size,
    "numpy scalars": lambda x: np.float64(2) * x + np.int64(3) - np.float32(0.5) * x,
    "softmax": lambda x: (
        np.exp(x - x.max(axis=1, keepdims=True))
        / np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)
    ),
    "constants": lambda x: (x, np.ones((2, 2)), np.float32(2)),
}


@pytest.mark.parametrize("fn", OF_X.values(), ids=OF_X)
def test_traced_functions_compute_the_same(fn):
    check(fn, X, specs=("[n, 3]",))


@pytest.mark.parametrize("fn", OF_X.values(), ids=OF_X)
def test_traced_functions_compute_the_same_in_float32(fn):
    traced = outputs_of(sg.trace(fn, "float32[n, 3]"))
    expected = outputs_of(fn(X.astype("float32")))
    assert traced[0].dtype in (np.float32, expected[0].dtype)


def test_augmented_assignment_makes_new_expressions():
    def fn(x):
        y = x
        y += 1
        y *= x
        return y

    y = sg.trace(fn, "[3]")
    assert str(y).splitlines()[-1] == "(x + 1) * x"


def mlp(X, W, c, w, b):
    h = np.maximum(X @ W + c, 0)
    return h @ w + b


def test_inputs_have_the_names_of_the_parameters():
    y = sg.trace(mlp, "[n, 2]", "[2, 4]", "[4]", "[4]", "[]")
    assert list(y.graph.inputs) == ["X", "W", "c", "w", "b"]
    assert y.shape == ("n",)


def test_gradients_of_traced_code():
    def loss(w):
        return np.mean((X @ w - 1) ** 2)

    traced = sg.trace(loss, "[3]")
    [found] = run([sg.grad(traced, "w")], {"w": V})
    np.testing.assert_allclose(found, 2 / 5 * X.T @ (X @ V - 1))


def test_fn_runs_once():
    calls = []
    sg.trace(lambda x: calls.append(x) or x, "[n]")
    assert len(calls) == 1


# Specs and names.


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("float32[n, 2]", ("float32", ("n", 2))),
        (("n", 2), ("float64", ("n", 2))),
        (np.ones((3, 2), "float32"), ("float32", (3, 2))),
        ("int64", ("int64", ())),
    ],
    ids=str,
)
def test_specs(spec, expected):
    x = sg.trace(lambda x: x, spec)
    assert (str(x.dtype), x.shape) == expected


def test_expressions_are_handed_on():
    g = sg.Graph()
    u = g.input("u", "[n]")
    y = sg.trace(lambda a, b: a * b, sg.exp(u), "[n]")
    assert y.graph is g
    assert y.args[0] is sg.exp(u)
    assert list(g.inputs) == ["u", "b"]
    with pytest.raises(sg.GraphError, match="belongs to another graph"):
        sg.trace(lambda a: a, u, graph=sg.Graph())


def test_an_empty_graph_is_used():
    g = sg.Graph()
    assert sg.trace(lambda x: x, "[]", graph=g).graph is g


def test_names_are_made_unique():
    g = sg.Graph()
    g.input("x", "[n]")
    for _ in range(2):
        sg.trace(lambda x, n: x * n, "[n]", "[]", graph=g)
    assert list(g.inputs) == ["x", "x_2", "n_2", "x_3", "n_3"]


def test_mappings_of_specs_are_dicts_of_inputs():
    y = sg.trace(lambda p, x: x @ p["W"] + p["b"], {"W": "[3, 2]", "b": "[2]"}, "[n, 3]")
    assert list(y.graph.inputs) == ["p_W", "p_b", "x"]


@pytest.mark.parametrize(
    ("fn", "count", "names"),
    [
        (lambda *xs: sum(xs), 3, ["x0", "x1", "x2"]),
        (lambda a, *xs: a + sum(xs), 3, ["a", "x1", "x2"]),
        (lambda a, b=2.0: a * b, 1, ["a"]),
        (functools.partial(lambda a, k, b: a * b + k, k=1.0), 1, None),
        (functools.partial(lambda k, a: a * k, 2.0), 1, ["a"]),
        (max, 2, None),
        (np.add, 2, ["x1", "x2"]),
    ],
    ids=range(7),
)
def test_names_of_arguments(fn, count, names):
    if names is None:
        with pytest.raises(sg.GraphError):
            sg.trace(fn, *["[3]"] * count)
    else:
        result = sg.trace(fn, *["[3]"] * count)
        assert len(result.graph.inputs) == count
        if fn is not np.add:  # NumPy names the operands of ufuncs from version 2.4 on
            assert list(result.graph.inputs) == names


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_specs(count):
    def scale(x, factor):
        return x * factor

    with pytest.raises(sg.GraphError, match=f"scale does not take {count} argument") as caught:
        sg.trace(scale, *["[3]"] * count)
    assert "one spec for each of (x, factor)" in caught.value.how


def test_no_function():
    with pytest.raises(sg.GraphError, match="trace takes a function, not str"):
        sg.trace("np.tanh", "[3]")


# Results.

Pair = namedtuple("Pair", "left right")


def test_structures_come_back():
    result = sg.trace(lambda x: {"a": x, "b": [x + 1, 2.0], "c": Pair(x, np.ones(2))}, "[n]")
    assert list(result) == ["a", "b", "c"]
    assert result["b"][1].op == "constant"
    assert isinstance(result["c"], Pair)
    assert result["c"].right.shape == (2,)


@pytest.mark.parametrize("value", [None, "x", object()], ids=["None", "str", "object"])
def test_results_that_are_no_expressions(value):
    def fn(x):
        return value

    with pytest.raises(sg.GraphError, match=f"fn returns {type(value).__name__}, which is no"):
        sg.trace(fn, "[n]")


def test_results_of_another_graph():
    other = sg.Graph().input("u")
    with pytest.raises(sg.GraphError, match="belongs to another graph"):
        sg.trace(lambda x: other, "[n]")
    with pytest.raises(sg.GraphError, match="belongs to another graph"):
        sg.trace(lambda x: x + other, "[n]")


# Errors inside the function.


def count_down(x):
    while x.sum() > 0:
        x = x - 1
    return x


@pytest.mark.parametrize(
    ("fn", "what"),
    [
        (lambda x: x if x.sum() > 0 else -x, "no truth value"),
        (count_down, "no truth value"),
        (lambda x: (x > 0) and x, "no truth value"),
        (lambda x: float(x.sum()), "has no number yet"),
        (lambda x: np.asarray(x), "can not become an array"),
        (lambda x: np.add(x, 1, out=np.ones(3)), "no out="),
        (lambda x: np.fft.fft(x), "no operation for numpy"),
        (lambda x: np.nanmedian(x), "no operation for numpy.nanmedian"),
        (lambda x: 1j * x, "complex128 is not a dtype"),
    ],
    ids=range(9),
)
def test_what_symbols_can_not_do(fn, what):
    with pytest.raises(sg.SymgradError, match=what) as caught:
        sg.trace(fn, "[3]")
    assert caught.value.how


@pytest.mark.parametrize(
    "fn",
    [
        lambda P, y: P[np.arange(P.shape[0]), y],
        lambda P, y: P + np.zeros(P.shape),
        lambda P, y: P.T @ np.ones(P.shape[0]),
        lambda P, y: sum(P[i] for i in range(P.shape[0])),
    ],
    ids=range(4),
)
def test_a_named_size_is_no_number(fn):
    with pytest.raises(sg.GraphError, match="a named size has no number yet") as caught:
        sg.trace(fn, "[n, 3]", "int64[n]")
    assert "like=x" in caught.value.how
    assert isinstance(caught.value.__cause__, TypeError)
    rows = sg.trace(lambda P, y: P[sg.arange(P.shape[0], like=P), y], "[n, 3]", "int64[n]")
    P, y = np.arange(6.0).reshape(2, 3), np.array([2, 0])
    np.testing.assert_array_equal(sg.function(None, rows)(P, y), [2.0, 3.0])


def test_other_type_errors_are_the_function_s_own():
    with pytest.raises(TypeError, match="positional"):
        sg.trace(lambda x: np.tanh(x, 1, 2, 3), "[n]")


def test_shapes_are_checked_while_tracing():
    with pytest.raises(sg.ShapeError, match=r"cannot multiply X \[n, 3\] by W \[2, 4\]"):
        sg.trace(lambda X, W: np.tanh(X @ W), "[n, 3]", "[2, 4]")


def test_nothing_is_left_behind_by_an_error():
    g = sg.Graph()
    g.input("a")
    for fn in (lambda x: 1 / 0, lambda x: np.exp(x).foo, lambda x: None):
        with pytest.raises((ZeroDivisionError, AttributeError, sg.GraphError)):
            sg.trace(fn, "[n]", graph=g)
        assert (len(g), list(g.inputs)) == (1, ["a"])


# Calls of NumPy that are several operations.

CALLS = [
    (np.zeros_like, {}),
    (np.ones_like, {"dtype": "float32"}),
    (np.full_like, {"fill_value": 2.5}),
    (np.copy, {}),
    (np.real, {}),
    (np.ravel, {}),
    (np.swapaxes, {"axis1": 0, "axis2": -1}),
    (np.moveaxis, {"source": 0, "destination": -1}),
    (np.clip, {"a_min": -1.0, "a_max": 1.0}),
    (np.var, {}),
    (np.var, {"axis": 0, "ddof": 1}),
    (np.std, {"axis": 1, "keepdims": True}),
    (np.ptp, {"axis": 0}),
    (np.linalg.norm, {}),
    (np.linalg.norm, {"axis": 1}),
    (np.linalg.norm, {"ord": 2, "axis": 0, "keepdims": True}),
    (np.linalg.norm, {"ord": "fro"}),
    (np.linalg.norm, {"ord": 1}),
    (np.linalg.norm, {"ord": -np.inf}),
    (np.linalg.norm, {"ord": 3, "axis": 1}),
    (np.linalg.vector_norm, {"ord": np.inf, "keepdims": True}),
    (np.linalg.matrix_norm, {"ord": 1}),
    (np.argsort, {"axis": 0, "kind": "stable"}),
    (np.sort, {"axis": 0, "stable": True}),
    (np.sum, {"axis": 0, "dtype": None, "out": None}),
]


def value_of(expr: sg.Expr, values: dict[str, Any]) -> np.ndarray[Any, Any]:
    return run([expr], {k: v for k, v in values.items() if k in expr.graph.inputs}, {"n": 5})[0]


@pytest.mark.parametrize(("func", "params"), CALLS, ids=lambda p: getattr(p, "__name__", str(p)))
def test_functions_of_one_array(func, params):
    x = sg.Graph().input("x", "[n, 3]")
    keywords = dict(params)
    extra = [keywords.pop("fill_value")] if func is np.full_like else []
    found = value_of(call_function(func, [x, *extra], keywords), {"x": X})
    expected = func(X, *extra, **keywords)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert found.dtype == expected.dtype


PAIRS = [
    (np.dot, X, W),
    (np.dot, X, V),
    (np.dot, X, np.float64(2)),
    (np.vdot, X, X[::-1].copy()),
    (np.inner, X, X[:2].copy()),
    (np.inner, V, V),
]


@pytest.mark.parametrize(("func", "a", "b"), PAIRS, ids=range(len(PAIRS)))
def test_functions_of_two_arrays(func, a, b):
    g = sg.Graph()
    u, v = g.input("u", np.asarray(a)), g.input("v", np.asarray(b))
    expected = func(a, b)
    np.testing.assert_allclose(
        value_of(call_function(func, [u, v], {}), {"u": a, "v": b}), expected
    )
    np.testing.assert_allclose(value_of(call_function(func, [u, b], {}), {"u": a}), expected)


@pytest.mark.parametrize(
    ("ufunc", "method", "params"),
    [
        (np.add, "reduce", {}),
        (np.add, "reduce", {"axis": None}),
        (np.maximum, "reduce", {"axis": 1, "keepdims": True}),
        (np.minimum, "reduce", {}),
        (np.fabs, "__call__", {}),
        (np.positive, "__call__", {"where": True, "dtype": None}),
        (np.exp, "__call__", {"out": (None,), "casting": "same_kind", "order": "K"}),
    ],
)
def test_ufuncs_and_their_reductions(ufunc, method, params):
    x = sg.Graph().input("x", "[n, 3]")
    found = value_of(call_ufunc(ufunc, method, [x], params), {"x": X})
    plain = {k: v for k, v in params.items() if k in ("axis", "keepdims")}
    np.testing.assert_allclose(found, getattr(ufunc, method)(X, **plain))


def test_ufuncs_of_two():
    x = sg.Graph().input("x", "[n, 3]")
    for a, b in [(0, X), (X, 0), (X, V), (1000.0, X)]:
        expected = np.logaddexp(a, b)
        u, v = (x if value is X else value for value in (a, b))
        found = value_of(call_ufunc(np.logaddexp, "__call__", [u, v], {}), {"x": X})
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    found = value_of(call_ufunc(np.float_power, "__call__", [x, 2], {}), {"x": X})
    np.testing.assert_allclose(found, X**2)


def test_logic_of_truths_only():
    x = sg.Graph().input("x", "[n, 3]")
    low, high = x > -1, x < 1
    for ufunc in (np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.logical_xor):
        found = value_of(call_ufunc(ufunc, "__call__", [low, high], {}), {"x": X})
        np.testing.assert_array_equal(found, ufunc(X > -1, X < 1))
    found = value_of(call_ufunc(np.invert, "__call__", [low], {}), {"x": X})
    np.testing.assert_array_equal(found, ~(X > -1))
    with pytest.raises(sg.DTypeError, match="no arithmetic of bits"):
        call_ufunc(np.bitwise_and, "__call__", [x, 1], {})


@pytest.mark.parametrize(
    "masked",
    [lambda k: k & 1, lambda k: 1 | k, lambda k: k ^ (k > 0), lambda k: ~k, lambda k: sg.invert(k)],
)
def test_bits_of_integers_are_refused_not_taken_for_truths(masked):
    with pytest.raises(sg.DTypeError, match="no arithmetic of bits") as refused:
        sg.trace(lambda k, x: np.where(masked(k), x, 0.0), "int64[n]", "[n]")
    assert "x != 0" in str(refused.value)


def test_select():
    x = sg.Graph().input("x", "[n, 3]")
    found = call_function(np.select, [[x < -1, x < 1], [x, x**2]], {"default": 7.0})
    expected = np.select([X < -1, X < 1], [X, X**2], default=7.0)
    np.testing.assert_allclose(value_of(found, {"x": X}), expected)


def test_facts_are_known_at_once():
    x = sg.Graph().input("x", "[n, 3]")
    facts = [np.shape, np.ndim, np.size, np.iscomplexobj]
    assert [call_function(f, [x], {}) for f in facts] == [("n", 3), 2, "3*n", False]


def test_joining():
    x = sg.Graph().input("x", X)
    for join, parts in [(np.vstack, [x, x]), (np.hstack, [x, X]), (np.hstack, [x[0], V])]:
        arrays = [
            {"u": X}.get("u") if p is x else X[0] if isinstance(p, sg.Expr) else p for p in parts
        ]
        found = value_of(call_function(join, [parts], {}), {"x": X})
        np.testing.assert_array_equal(found, join(arrays))


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (
            lambda x: call_ufunc(np.add, "__call__", [x, 1], {"where": x > 0}),
            "np.add takes no where=",
        ),
        (
            lambda x: call_ufunc(np.add, "__call__", [x, 1], {"dtype": "f4"}),
            "np.add takes no dtype=",
        ),
        (lambda x: call_ufunc(np.add, "__call__", [x, 1], {"out": (X,)}), "np.add takes no out="),
        (lambda x: call_ufunc(np.subtract, "accumulate", [x], {}), "subtract.accumulate"),
        (lambda x: call_ufunc(np.multiply, "reduceat", [x, 1], {}), "numpy.multiply.reduceat"),
        (lambda x: call_function(np.fft.fft, [x], {}), "numpy.fft.fft"),
        (lambda x: call_function(np.emath.sqrt, [x], {}), "sqrt"),
        (lambda x: call_function(np.linalg.norm, [x], {"ord": 2}), "singular values"),
        (lambda x: call_function(np.linalg.norm, [x], {"ord": "nuc"}), "singular values"),
    ],
    ids=range(9),
)
def test_calls_that_are_refused(ask, what):
    with pytest.raises(sg.GraphError) as caught:
        ask(sg.Graph().input("x", "[n, 3]"))
    assert what in str(caught.value)
    assert caught.value.how


def test_the_table_has_numpy_s_names():
    for name in COMPOSED:
        assert hasattr(np, name) or hasattr(np.linalg, name) or name == "expit"
    more = {
        "clip",
        "sort",
        "argsort",
        "reshape",
        "ravel",
        "diff",
        "einsum",
        "outer",
        "where",
        "take",
    }
    more |= {*REDUCTIONS, "amax", "amin", "cumulative_sum", "cumulative_prod"}
    assert COMPOSED.keys() & operations.keys() <= more  # which take more than ours
