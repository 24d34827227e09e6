"""The graph: one node per expression, order, names, constants, transactions, and its messages."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgrad as sg
from symgrad.graph.graph import Graph
from symgrad.graph.walk import ancestors, between, consumers


@pytest.fixture
def g():
    return sg.Graph()


# One node per expression.


def test_equal_expressions_are_one_node(g):
    x = g.input("x", "[3]")
    assert sg.sin(x + 1) is sg.sin(x + 1)
    assert x.sum(axis=0) is sg.sum(x) is x.sum(axis=-1) is x.sum(axis=(0,))
    assert x[1:] is x[1:3] is x[-2:] is x[slice(1, 99)]
    assert x.reshape(3, 1) is x.reshape((3, -1)) is sg.reshape(x, [3, np.int64(1)])
    assert x * 2 is not x * 2.0


def test_operand_order_and_parameters_tell_nodes_apart(g):
    x, y = g.input("x", "[3]"), g.input("y", "[3]")
    assert x - y is not y - x
    assert sg.leaky_relu(x) is not sg.leaky_relu(x, 0.2)
    assert x.sum(keepdims=True) is not x.sum()


def test_nodes_stand_behind_all_they_read(g):
    x = g.input("x", "[n]")
    y = (sg.exp(x) * x + 1).sum()
    sg.grad(y, x)
    assert [node.id for node in g.nodes] == list(range(len(g)))
    assert all(a.id < node.id for node in g.nodes for a in node.args)


def test_constants_are_told_apart_by_type_and_bits(g):
    nan = float("nan")
    assert g.constant(0.0) is not g.constant(-0.0)
    assert g.constant(nan) is g.constant(math.nan) is g.constant(nan)
    other_nan = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
    assert g.constant(np.array(other_nan)) is not g.constant(np.array(nan))
    assert g.constant(1) is not g.constant(1.0)
    assert g.constant(1) is not g.constant(True)
    assert g.constant(1.0) is not g.constant(np.array(1.0))
    assert g.constant(1.0) is not g.constant(1.0, "float64")
    assert g.constant(np.zeros(3)) is g.constant([0.0, 0.0, 0.0])
    assert g.constant(np.zeros((1, 3))) is not g.constant(np.zeros(3))
    assert g.constant(np.zeros(2, "float32")) is not g.constant(np.zeros(1))


@given(st.floats(width=64))
def test_every_float_keeps_its_bits_to_the_result(number):
    g = sg.Graph()
    g.input("x")
    found = sg.function([], g.constant(number))()
    assert struct.pack("<d", found) == struct.pack("<d", number) or math.isnan(number)
    assert found.dtype == "float64" and found.shape == ()


@given(st.floats(width=32))
def test_every_float32_keeps_its_bits(number):
    g = sg.Graph()
    found = sg.function([], g.constant(np.float32(number)))()
    assert found.dtype == "float32"
    assert struct.pack("<f", found) == struct.pack("<f", number) or math.isnan(number)


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_integer_keeps_its_value(number):
    found = sg.function([], sg.Graph().constant(number))()
    assert found == number and found.dtype == "int64"


def test_constants_are_copied_and_can_not_be_changed(g):
    array = np.array([1.0, 2.0])
    c = g.constant(array)
    array[0] = 9
    assert c.value[0] == 1 and array.flags.writeable
    with pytest.raises(ValueError):
        c.value[0] = 9


@pytest.mark.parametrize(
    "value, text",
    [
        (2**63, "float64[]"),
        (-(2**63), "int64[]"),
        (True, "bool[]"),
        ([1, 2], "int64[2]"),
        ([[1.5]], "float64[1, 1]"),
        (np.arange(3, dtype=">i4"), "int32[3]"),
        (np.zeros((2, 0)), "float64[2, 0]"),
    ],
)
def test_types_of_constants(g, value, text):
    assert str(g.constant(value).type) == text
    assert g.constant(value).value.dtype.isnative


@pytest.mark.parametrize("value", ["abc", None, 1j, [[1], [2, 3]], object(), 10**400, {}, b"x"])
def test_what_is_no_constant(g, value):
    with pytest.raises(sg.DTypeError) as error:
        g.constant(value)
    assert len(str(error.value)) < 300


# Inputs and names.


def test_inputs_are_found_by_name_in_order(g):
    x = g.input("x", "float32[n, 784]")
    y = g.input("y", (784, 10), dtype="float32")
    assert list(g.inputs) == ["x", "y"] and g.inputs["y"] is y is g.named["y"]
    assert (x.name, x.shape, x.dtype) == ("x", ("n", 784), "float32")
    assert (x.ndim, x.size) == (2, "784*n")
    assert g.input("x", ("n", 784), "float32") is x


def test_a_name_means_one_thing(g):
    x = g.input("x")
    y = (x + 1).named("y")
    assert g.named == {"x": x, "y": y} and y.name == "y"
    for declare, message in [
        (lambda: g.input("x", "[3]"), "x is already an input float64[]"),
        (lambda: g.input("y"), "y is already the name of an expression"),
        (lambda: (x + 2).named("y"), "y already names another expression"),
        (lambda: (x + 2).named("x"), "x already names another expression"),
        (lambda: g.input("z", "[x]"), "x is both an input and a named dim"),
        (lambda: g.input("z", "[z]"), "z is both an input and a named dim"),
        (lambda: (x + 3).named("if"), "it is a keyword of Python"),
        (lambda: (x + 3).named("a b"), "can not name an expression"),
    ]:
        before = len(g), dict(g.named), dict(g.inputs)
        with pytest.raises(sg.GraphError) as error:
            declare()
        assert message in str(error.value)
        assert (dict(g.named), dict(g.inputs)) == before[1:]


def test_a_named_dim_is_no_name_for_an_input(g):
    g.input("X", "[n, 2]")
    with pytest.raises(sg.GraphError, match="n is both an input and a named dim"):
        g.input("n")
    with pytest.raises(sg.GraphError, match="n is both"):
        (g.inputs["X"] + 1).named("n")


def test_a_node_may_have_two_names_and_shows_the_first(g):
    y = g.input("x") + 1
    assert y.named("a").named("b") is y
    assert y.name == "a" and g.named["b"] is y


def test_names_are_normalized(g):
    assert g.input("ﬁ").name == "fi"
    assert g.input("fi") is g.inputs["fi"]


# Mixing graphs.


@pytest.mark.parametrize(
    "mix",
    [
        lambda a, b: a + b,
        lambda a, b: sg.where(a > 0, a, b),
        lambda a, b: sg.maximum(a, b),
        lambda a, b: a.graph.name("q", b),
        lambda a, b: sg.function([a], b),
        lambda a, b: sg.function([a, b], [a * 1, b * 1]),
        lambda a, b: sg.grad(a * 1.0, b),
    ],
)
def test_graphs_do_not_mix(mix):
    a, b = sg.Graph().input("a"), sg.Graph().input("b")
    with pytest.raises(sg.GraphError, match="belongs to another graph"):
        mix(a, b)


def test_graphs_of_equal_content_share_nothing():
    a, b = (sg.sin(sg.Graph().input("x")) for _ in range(2))
    assert a is not b and a != b


# Python's protocols.


def test_equality_is_identity(g):
    x, y = g.input("x"), g.input("y")
    assert (x == x) is True and (x == y) is False and (x != y) is True
    assert len({x, y, x}) == 2
    assert sg.equal(x, y).dtype == "bool"


@pytest.mark.parametrize(
    "use, message",
    [
        (bool, "x float64[3] is symbolic: it has no truth value"),
        (float, "x float64[3] is symbolic: it has no number yet"),
        (int, "has no number yet"),
        (math.exp, "Write np.sin(x), not math.sin(x)"),
        (complex, "has no number yet"),
        (lambda x: [1, 2][x], "has no number yet"),
        (lambda x: 0 < x < 1, "sg.where(condition, a, b)"),
        (lambda x: x if x > 0 else 0, "has no truth value"),
        (np.asarray, "can not become an array here"),
        (np.linalg.svd, "symgrad has no operation for numpy.linalg.svd"),
        (np.hypot.accumulate, "symgrad has no operation for numpy.hypot.accumulate"),
        (lambda x: np.add(x, x, out=np.zeros(3)), "add takes no out="),
        (lambda x: np.exp(x, where=np.ones(3, bool)), "takes no where="),
    ],
)
def test_what_a_symbol_can_not_do_says_why(g, use, message):
    with pytest.raises(sg.GraphError) as error:
        use(g.input("x", "[3]"))
    assert message in str(error.value)


def test_lengths(g):
    x = g.input("x", "[3, n]")
    assert len(x) == 3 and [row.shape for row in x] == [("n",)] * 3
    for short in (x[0], x[0, 0]):
        with pytest.raises(sg.ShapeError, match="has no length known now"):
            len(short)


OPERATORS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "pow": lambda a, b: a**b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("other", [2.0, 3, np.float64(2), np.array([1.0, 2.0]), [1.0, 2.0]])
def test_operators_on_both_sides(g, name, other):
    op, x = OPERATORS[name], g.input("x", "[2]")
    X = np.array([1.5, 2.5])
    left, right = sg.function([x], [op(x, other), op(other, x)])(X)
    np.testing.assert_array_equal(left, op(X, np.asarray(other)))
    np.testing.assert_array_equal(right, op(np.asarray(other), X))


def test_matrix_product_and_logic_on_both_sides(g):
    A, m = g.input("A", "[2, 2]"), g.input("m", "bool[2]")
    M, mask = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([True, False])
    f = sg.function([A, m], [A @ M, M @ A, m & True, True | m, ~m, -A, +A, abs(A)])
    for found, expected in zip(
        f(M.T, mask),
        [M.T @ M, M @ M.T, mask, mask | True, ~mask, -M.T, M.T, M.T],
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def test_methods_are_numpys(g):
    x = g.input("x", "[2, 3]")
    X = np.array([[1.0, -2.0, 3.0], [0.0, 5.0, -6.0]])
    calls = [
        lambda a: a.T,
        lambda a: a.transpose(1, 0),
        lambda a: a.transpose((1, 0)),
        lambda a: a.transpose(),
        lambda a: a.reshape(3, 2),
        lambda a: a.reshape((6,)),
        lambda a: a.reshape(-1),
        lambda a: a.ravel(),
        lambda a: a.flatten(),
        lambda a: a.sum(),
        lambda a: a.sum(0),
        lambda a: a.sum(axis=(0, 1), keepdims=True),
        lambda a: a.mean(axis=-1),
        lambda a: a.max(axis=1),
        lambda a: a.min(),
        lambda a: a.clip(-1, 1),
        lambda a: a.clip(0),
        lambda a: a.clip(max=2),
        lambda a: a.dot(a.T),
        lambda a: a.mT,
        lambda a: a.astype("float32"),
        lambda a: a.astype(int),
        lambda a: a[0],
    ]
    for found, call in zip(sg.function([x], [c(x) for c in calls])(X), calls, strict=True):
        expected = call(X)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


# Messages of typed operations.


@pytest.mark.parametrize(
    "build, message",
    [
        (
            lambda X, W, b: X @ W,
            "cannot multiply X [n, 3] by W [2, 4]: inner sizes 3 and 2 differ\n"
            "  Did you mean W: [3, 4]?",
        ),
        (
            lambda X, W, b: W @ X.T,
            "cannot multiply W [2, 4] by X.T [3, n]: inner sizes 4 and 3 differ",
        ),
        (
            lambda X, W, b: X @ b,
            "cannot multiply X [n, 3] by b [4]: inner sizes 3 and 4 differ\n  Did you mean b: [3]?",
        ),
        (lambda X, W, b: X @ 2.0, "cannot multiply X [n, 3] by 2.0: a scalar is no matrix"),
        (lambda X, W, b: X + b, "cannot add X [n, 3] and b [4]: sizes 3 and 4 of axis -1 differ"),
        (lambda X, W, b: b + X, "cannot add b [4] and X [n, 3]: sizes 4 and 3 of axis -1 differ"),
        (lambda X, W, b: b - X, "cannot subtract X [n, 3] from b [4]"),
        (lambda X, W, b: X * W, "cannot multiply X [n, 3] by W [2, 4] elementwise"),
        (lambda X, W, b: W / b[:3], "cannot divide W [2, 4] by b[:3] [3]"),
        (lambda X, W, b: X > b, "cannot compare X [n, 3] with b [4]"),
        (lambda X, W, b: X.sum(axis=2), "cannot apply sum to X [n, 3]: axis 2 is out of range"),
        (lambda X, W, b: X.sum(axis=(0, -2)), "axis (0, -2) names an axis twice"),
        (lambda X, W, b: X.sum(axis=1.0), "axis is an integer or a tuple of them, not 1.0"),
        (lambda X, W, b: W.reshape(3, 3), "reshape to W [2, 4]: 8 elements do not fill [3, 3]"),
        (lambda X, W, b: W.reshape(3, -1), "8 elements do not divide by 3"),
        (lambda X, W, b: W.reshape(-1, -1), "only one size can be -1"),
        (lambda X, W, b: W[2], "cannot index W [2, 4]: index 2 is out of range for size 2"),
        (lambda X, W, b: W[0, 0, 0], "3 indices are too many for 2 axes"),
        (lambda X, W, b: b[0, 0], "2 indices are too many for 1 axis"),
        (lambda X, W, b: W.transpose(0, 0), "do not name each of 2 axes once"),
        (lambda X, W, b: sg.broadcast_to(b, (4, 2)), "can not be broadcast to [4, 2]"),
        (lambda X, W, b: sg.squeeze(W, axis=0), "axis 0 has size 2, not 1"),
        (lambda X, W, b: sg.outer(W, b), "an outer product is of two vectors"),
    ],
)
def test_shapes_that_do_not_fit(g, build, message):
    X, W, b = g.input("X", "[n, 3]"), g.input("W", "[2, 4]"), g.input("b", "[4]")
    with pytest.raises(sg.ShapeError) as error:
        build(X, W, b)
    assert message in str(error.value)


def test_a_transpose_is_proposed(g):
    X, W = g.input("X", "[n, 3]"), g.input("W", "[4, 3]")
    with pytest.raises(sg.ShapeError) as error:
        X @ W
    assert "Did you mean X @ W.T, or W: [3, 3]?" in str(error.value)
    Z = g.input("Z", "[n, 2]")
    with pytest.raises(sg.ShapeError) as error:
        X @ Z
    assert "Did you mean X.T @ Z" in str(error.value)


def test_refused_operations_leave_the_graph_as_it_was(g):
    X, k = g.input("X", "[n, 3]"), g.input("k", "int64[2]")
    before = len(g)
    for build in (lambda: X @ X, lambda: X + np.ones(4), lambda: X.sum(axis=7), lambda: ~k[9]):
        with pytest.raises(sg.ShapeError):
            build()
    assert all(node.op in ("constant", "input", "getitem") for node in g.nodes[before:])


def test_dtypes_that_make_no_sense(g):
    x, mask = g.input("x", "[3]"), g.input("mask", "bool[3]")
    for build, message in [
        (lambda: mask - mask, "cannot subtract mask bool[3] from mask bool[3]: bools are no"),
        (lambda: -mask, "Convert first: mask.astype('float64')."),
        (lambda: sg.relu(mask), "cannot apply relu to mask bool[3]"),
        (lambda: mask**2, "bools have no powers"),
        (lambda: sg.where(x, 1.0, 2.0), "a condition is bool, not float64"),
        (lambda: sg.one_hot(x, 3), "labels are integers, not float64"),
        (lambda: x[x * 2], "an index is of integers, not float64"),
        (lambda: x[[0.0, 1.0]], "an index is of integers, not float64"),
        (lambda: x[1.0], "not float"),
        (lambda: x[1.5:], "not float"),
        (lambda: x[True], "not bool"),
        (lambda: x[np.float32(1)], "not float32"),
        (lambda: x + "a", "'a' is no operand"),
        (lambda: x + None, "None is no operand"),
        (lambda: x.astype("complex64"), "complex64 is not a dtype"),
    ]:
        with pytest.raises(sg.DTypeError) as error:
            build()
        assert message in str(error.value)


def test_what_was_fitting_once_is_tested_again_where_values_decide(g):
    k = g.input("k", "int32[2]")
    assert (k + 7).dtype == np.int32
    with pytest.raises(sg.DTypeError, match="does not fit into int32"):
        k + 2**40
    X, Y = g.input("X", "[2, 3]"), g.input("Y", "[3, 2]")
    assert (X @ Y).shape == (2, 2)
    for _ in range(2):
        with pytest.raises(sg.ShapeError, match="inner sizes 3 and 2 differ"):
            X @ X


def test_calls_in_full_and_by_name_are_one_node(g):
    x, y = g.input("x", "[2, 3]"), g.input("y", "[2, 3]")
    assert sg.maximum(x, y) is sg.maximum(x, y=y) is sg.maximum(y=y, x=x)
    assert x.sum() is x.sum(None) is x.sum(axis=None, keepdims=False) is x.sum((0, 1))
    with pytest.raises(sg.GraphError, match="1 argument given"):
        sg.maximum(x)


# Transactions.


def test_a_failed_transaction_leaves_nothing(g):
    x = g.input("x", "[n]")
    y = (x * 2).sum()
    sg.function([x], sg.grad(y, x))
    before = list(g.nodes), dict(g.named), dict(g.inputs), list(g.derivatives), g.dims
    with pytest.raises(ZeroDivisionError), g.transaction():
        z = g.input("z", "[m]")
        (z + 1).named("w")
        sg.grad((sg.exp(x) * 3).sum(), x)
        sg.function([x], sg.exp(x) - 1)
        raise ZeroDivisionError
    assert (list(g.nodes), dict(g.named), dict(g.inputs), list(g.derivatives), g.dims) == before
    z_again = g.input("z", "[k]")
    assert z_again.shape == ("k",)
    assert sg.exp(x).id < len(g)
    assert all(n is g.nodes[n.id] for n in (x * 2, sg.exp(x) * 3, g.constant(3), z_again + 1))
    np.testing.assert_allclose(sg.function([x], sg.exp(x) - 1)(np.zeros(2)), 0)


def test_a_transaction_that_ends_well_keeps_all(g):
    with g.transaction():
        x = g.input("x")
        y = sg.sin(x).named("y")
    assert g.named == {"x": x, "y": y}


def test_transactions_nest(g):
    with g.transaction():
        x = g.input("x")
        with pytest.raises(KeyError), g.transaction():
            sg.sin(x)
            raise KeyError
        assert len(g) == 1
    assert len(g) == 1


# Traversals.


def test_traversals(g):
    x, y = g.input("x"), g.input("y")
    a = sg.sin(x)
    b = a * a + y
    unused = sg.cos(x)
    assert ancestors([b]) == [x, y, a, b.args[0], b]
    assert unused not in ancestors([b])
    assert between([x], [b]) == [x, a, b.args[0], b]
    assert consumers(ancestors([b]))[a.id] == [b.args[0], b.args[0]]


def test_traversals_of_deep_graphs_do_not_recurse(g):
    y = x = g.input("x")
    for _ in range(30_000):
        y = y + x
    assert len(ancestors([y])) == 30_001
    assert between([x], [y]) == ancestors([y])


def test_a_graph_describes_itself(g):
    g.input("x")
    assert repr(g) == "<symgrad.Graph: 1 nodes, inputs x>"
    assert isinstance(g, Graph)
