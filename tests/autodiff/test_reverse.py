"""The book's backward pass: what is computed, how often, of which type, and what is refused."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest

import symgrad as sg
from symgrad.autodiff import reverse
from symgrad.graph.walk import ancestors
from tests.oracles import run, size_of


def scalar(name="x", dtype="float64"):
    return sg.Graph().input(name, (), dtype)


def count(outputs):
    return Counter(node.op.name for node in ancestors(outputs))


def value(expr, **values):
    return run([expr], {k: np.asarray(v) for k, v in values.items()})[0]


# Repeated subexpressions: Deep Learning, section 6.5.3.


def test_repeated_subexpressions_are_computed_once_forward_and_backward():
    w = scalar("w")
    z = sg.sin(sg.sin(sg.sin(w)))
    ops = count([z, sg.grad(z, w)])
    assert ops["sin"] == 3
    assert ops["cos"] == 3


def test_nodes_grow_linearly_where_paths_double():
    def nodes(depth):
        x = scalar()
        y = x
        for _ in range(depth):
            y = y * y + sg.sin(y)
        sg.grad(y, x)
        return len(x.graph)

    small, large = nodes(20), nodes(40)
    assert large - small < 1.2 * (small - nodes(1))


def test_grad_table_of_the_book():
    """grad_table[y] = 1; each node's entry is the sum over its consumers."""
    x = scalar()
    u = sg.exp(x)
    y = u * 3.0 + u * u
    sg.grad(y, x, stabilize=False)
    stop = len(x.graph)
    (record,) = x.graph.derivatives
    assert record.of is y and record.wrt == (x,)
    assert record.cotangents[y.id].value == 1
    at_u = value(record.cotangents[u.id], x=0.5)
    assert at_u == pytest.approx(3 + 2 * np.exp(0.5), rel=1e-15)
    assert record.start <= record.cotangents[x.id].id < record.stop == stop


def test_derivative_nodes_land_in_the_same_graph_behind_the_forward_nodes():
    x = scalar()
    y = sg.sin(x) * x
    before = list(x.graph.nodes)
    d = sg.grad(y, x)
    assert d.graph is x.graph and d.id >= len(before)
    assert x.graph.nodes[: len(before)] == before


def test_the_same_gradient_twice_appends_nothing():
    x = scalar()
    y = sg.sin(x) * x
    d = sg.grad(y, x)
    before = len(x.graph)
    assert sg.grad(y, x) is d
    assert len(x.graph) == before


# Sums over consumers and over broadcast axes.


def test_several_consumers_are_summed():
    x = scalar()
    y = x * x + sg.exp(x) + 3.0 * x - x / 2.0
    assert value(sg.grad(y, x), x=0.7) == pytest.approx(2 * 0.7 + np.exp(0.7) + 2.5, rel=1e-15)


@pytest.mark.parametrize(
    "small, large",
    [
        ("[]", "[n]"),
        ("[]", "[0]"),
        ("[1]", "[n]"),
        ("[3]", "[n, 3]"),
        ("[1, 3]", "[n, 3]"),
        ("[n, 1]", "[n, 3]"),
        ("[1, 1]", "[m, n, 3]"),
        ("[n, 1]", "[m, n, 0]"),
        ("[1]", "[1]"),
        ("[1]", "[1, 1]"),
    ],
)
@pytest.mark.parametrize("op", ["add", "subtract", "multiply", "divide", "maximum", "where"])
def test_broadcast_axes_are_summed_back(small, large, op):
    g = sg.Graph()
    a, b = g.input("a", small), g.input("b", large)
    rng = np.random.default_rng(0)
    values = {x.name: rng.uniform(1, 2, size_of(x.shape)) for x in (a, b)}
    y = sg.where(b > 1.5, a, b) if op == "where" else sg.ops.registry[op](a, b)
    found = run(sg.grad((y * y).sum(), [a, b]), values)
    for got, x, other in zip(found, "ab", "ba", strict=True):
        moved = [{x: values[x] + h, other: values[other]} for h in (1e-6, -1e-6)]
        ends = [run([(y * y).sum()], m)[0] for m in moved]
        assert got.sum() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-7, abs=1e-6)


def test_a_scalar_cotangent_counts_the_elements_it_stands_for():
    g = sg.Graph()
    X, b = g.input("X", "[n, 3]"), g.input("b")
    loss = (X + b).mean() + (X * 0.0 + b).sum()
    assert value(sg.grad(loss, b), X=np.ones((4, 3)), b=2.0) == 1 + 12
    assert value(sg.grad(loss, b), X=np.ones((0, 3)), b=2.0) == 0


# Types of results.


@pytest.mark.parametrize("spec", ["[]", "[3]", "[n, 2]", "float32[n]", "float32[0]"])
def test_unreachable_inputs_get_zeros_of_their_type(spec):
    g = sg.Graph()
    x, other = g.input("x", "[n]"), g.input("other", spec)
    zeros = sg.grad((x * x).sum(), other)
    assert zeros.type == other.type
    shape = [5 if d == "n" else d for d in other.shape]
    found = value(zeros, x=np.ones(5), other=np.ones(shape, other.dtype))
    assert not found.any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gradient_has_the_dtype_of_its_operand(dtype):
    g = sg.Graph()
    x, k = g.input("x", "[n]", dtype), g.input("k", "int64[n]")
    single, double = g.input("single", "float32[n]"), g.input("double", "float64[n]")
    loss = (x * 2 * k * single * double).mean() * 0.5 + sg.where(x > 0, x, 1).sum()
    assert loss.dtype == "float64"
    wrt = [x, single, double]
    assert [d.dtype for d in sg.grad(loss, wrt)] == [x.dtype, "float32", "float64"]
    ones = {n: np.ones(5, e.dtype) for n, e in g.inputs.items()}
    run(sg.grad(loss, wrt), ones)


@pytest.mark.parametrize("ct", [2, 2.0, np.float32(2), np.float64(2), np.int64(2)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cotangents_of_any_number_type(ct, dtype):
    x = scalar(dtype=dtype)
    d = sg.vjp(-x * x, x, ct)
    assert d.dtype == dtype
    assert value(d, x=np.array(3, dtype)) == -12


def test_cotangents_that_are_arrays_of_other_dtypes():
    x = sg.Graph().input("x", "float32[2]")
    for ct in (np.array([1, 0]), np.array([True, False]), np.array([1.0, 0.0])):
        d = sg.vjp(-(x**3), x, ct)
        np.testing.assert_array_equal(value(d, x=np.array([2, 2], "float32")), [-12, 0])


def test_interior_nodes_are_differentiated_by():
    x = scalar()
    u = sg.sin(x)
    y = u * u * x
    du, dx = sg.grad(y, [u, x])
    assert value(du, x=0.3) == pytest.approx(2 * np.sin(0.3) * 0.3, rel=1e-15)
    total = np.sin(0.3) ** 2 + 2 * np.sin(0.3) * np.cos(0.3) * 0.3
    assert value(dx, x=0.3) == pytest.approx(total, rel=1e-15)


def test_interior_nodes_inside_of_a_rewritten_pattern_stay():
    """log(1 + exp(x)) is rewritten to softplus(x), which does not read exp(x)."""
    x = scalar()
    e = sg.exp(x)
    y = sg.log(1 + e)
    assert value(sg.grad(y, e), x=0.3) == pytest.approx(1 / (1 + np.exp(0.3)), rel=1e-14)
    for d in sg.grad(y, [x, e]):
        assert np.isfinite(value(d, x=0.3))


def test_interior_nodes_that_read_rewritten_ones_stay():
    x = scalar()
    u = sg.log(1 + sg.exp(x)) * x
    d = sg.grad(u * u, u)
    assert value(d, x=0.3) == pytest.approx(2 * np.log(1 + np.exp(0.3)) * 0.3, rel=1e-14)


def test_cotangents_inside_of_a_mixed_graph_have_the_dtype_of_their_nodes():
    g = sg.Graph()
    single, double = g.input("single", "float32[n]"), g.input("double", "float64[n]")
    loss = (sg.tanh(single) * double).sum() + sg.exp(single).mean()
    sg.grad(loss, [single, double], stabilize=False)
    (record,) = g.derivatives
    for i, ct in record.cotangents.items():
        assert ct.type.weak or ct.dtype == g.nodes[i].dtype


def test_the_result_by_itself_and_repeated_operands():
    x = scalar()
    y = x * x
    one, dx, again = sg.grad(y, [y, x, x])
    assert value(one, x=3.0) == 1
    assert dx is again


def test_an_operand_used_twice_by_one_operation():
    x = sg.Graph().input("x", "[2, 2]")
    A = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = value(sg.grad((x @ x).sum(), x), x=A)
    ones = np.ones((2, 2))
    np.testing.assert_allclose(found, ones @ A.T + A.T @ ones)


# Higher orders.


def test_fifth_derivatives_in_closed_form():
    x = scalar()
    y = sg.sin(x) * sg.exp(x)
    for _ in range(5):
        y = sg.grad(y, x)
    closed = -4 * np.exp(0.4) * (np.sin(0.4) + np.cos(0.4))
    assert value(y, x=0.4) == pytest.approx(closed, rel=1e-13)


@pytest.mark.parametrize("order, expected", [(1, 75.0), (2, 90.0), (3, 75.0), (4, 30.0), (5, 0.0)])
def test_polynomials_at_zero_and_beyond_their_degree(order, expected):
    x = scalar()
    y = 5 * x**3 + 2.5 * x**2 * (x * 0 + 6) + x**4 * 1.25 + 0 * x**5
    y = 1.25 * x**4 + 2.5 * x**3 + 3.75 * x**2 + 57.5 * x
    for _ in range(order):
        y = sg.grad(y, x)
    k = [1.25, 2.5, 3.75, 57.5, 0]
    assert value(y, x=0.0) == np.polyval(np.polyder(k, order), 0.0)
    del expected


def test_third_order_through_a_network():
    """d³/dx³ of tanh at a point, through a matrix product, against the closed form."""
    g = sg.Graph()
    x, w = g.input("x"), g.input("w", "[3]")
    y = sg.tanh(w * x).sum()
    for _ in range(3):
        y = sg.grad(y, x)
    W, at = np.array([0.5, -1.0, 2.0]), 0.3
    t = np.tanh(W * at)
    expected = (W**3 * (1 - t**2) * (6 * t**2 - 2)).sum()
    assert value(y, x=at, w=W) == pytest.approx(expected, rel=1e-13)


def test_mixed_derivatives_are_symmetric():
    g = sg.Graph()
    a, b = g.input("a"), g.input("b")
    y = sg.exp(a * b) * sg.sin(a) / (1 + b * b)
    ab, ba = sg.grad(sg.grad(y, a), b), sg.grad(sg.grad(y, b), a)
    at = {"a": 0.3, "b": -0.8}
    assert value(ab, **at) == pytest.approx(value(ba, **at), rel=1e-14)


def test_hessian_vector_product_of_the_api():
    g = sg.Graph()
    x, v = g.input("x", "[n]"), g.input("v", "[n]")
    X, V = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
    found = run([sg.hvp((x**3).sum() + (x.sum()) ** 2, x, v)], {"x": X, "v": V}, {"n": 3})[0]
    np.testing.assert_allclose(found, 6 * X * V + 2 * V.sum())


# Where no derivative flows.


def test_stop_gradient():
    x = scalar()
    y = sg.stop_gradient(x * x) * x
    assert value(sg.grad(y, x), x=3.0) == 9
    assert value(sg.grad(sg.stop_gradient(y), x), x=3.0) == 0
    assert value(sg.grad(sg.grad(y, x), x), x=3.0) == 0


def test_integer_and_bool_paths_carry_nothing():
    g = sg.Graph()
    x, labels = g.input("x", "[n]"), g.input("labels", "int64[n]")
    through = x.astype("int64").astype("float64") + (x > 0) + sg.floor(x) + sg.sign(x)
    picked = (sg.one_hot(labels, 3) * x[:, None]).sum()
    d = sg.grad((through * 2).sum() + picked, x)
    found = value(d, x=np.full(5, 1.5), labels=np.array([0, 1, 2, 0, 2]))
    np.testing.assert_array_equal(found, [1, 1, 1, 1, 1])


def test_an_integer_exponent_and_an_integer_factor():
    g = sg.Graph()
    x, k = g.input("x", "[n]"), g.input("k", "int64[n]")
    X, K = np.array([-2.0, 0.0, 3.0, -1.0, 0.0]), np.array([3, 2, 0, -1, 1])
    found = value(sg.grad((x**k).sum() + (x * k).sum(), x), x=X, k=K)
    np.testing.assert_allclose(found, [12 + 3, 0 + 2, 0, -1 - 1, 1 + 1])


def test_casts_between_floating_dtypes_carry_the_cotangent():
    x = sg.Graph().input("x", "float32[n]")
    d = sg.grad((x.astype("float64") ** 2).sum(), x)
    assert d.dtype == "float32"
    np.testing.assert_array_equal(value(d, x=np.arange(5, dtype="float32")), 2 * np.arange(5))


# What is refused.


def refused(error, *pieces):
    class Refused:
        def __enter__(self):
            self.context = pytest.raises(error)
            self.info = self.context.__enter__()
            return self.info

        def __exit__(self, *details):
            handled = self.context.__exit__(*details)
            for piece in pieces:
                assert piece in str(self.info.value)
            return handled

    return Refused()


def test_a_gradient_of_an_array_is_refused():
    x = sg.Graph().input("x", "[n]")
    with refused(sg.DifferentiationError, "a gradient is of a scalar", ".sum() or .mean()", "[n]"):
        sg.grad(x * 2, x)


def test_what_is_refused_is_told_as_it_was_written():
    x = sg.Graph().input("x", "[n, d]")
    for asked in (sg.grad, sg.hessian, lambda y, x: sg.hvp(y, x, x)):
        with refused(sg.DifferentiationError, "and log(1 + exp(x)) float64[n, d] is none"):
            asked(sg.log(1 + sg.exp(x)), x)
    with refused(sg.DifferentiationError, "and log(1 + exp(…)) float64[d] is none"):
        sg.vmap(lambda row: sg.grad(sg.log(1 + sg.exp(row)), row))(x)


@pytest.mark.parametrize(
    "asked",
    {
        "grad": sg.grad,
        "value_and_grad": sg.value_and_grad,
        "hessian": sg.hessian,
        "hvp": lambda y, x: sg.hvp(y, x, x),
        "vjp": lambda y, x: sg.vjp(y, x, 1.0),
        "derive": sg.derive,
        "a custom rule": lambda y, x: sg.grad(sg.custom_vjp(_misshaped)(lambda a: a)(y).sum(), x),
    }.values(),
)
def test_refusals_name_what_the_user_wrote(asked):
    """The derivative is of softplus(x), the stable form."""
    x = sg.Graph().input("x", "[n]")
    with refused(sg.DifferentiationError, "log(1 + exp(x)) float64[n]"):
        asked(sg.log(1 + sg.exp(x)), x)


def _misshaped(g, y, a):
    return sg.expand_dims(g, 0)


def test_integers_are_refused():
    g = sg.Graph()
    x, k = g.input("x"), g.input("k", "int64[n]")
    with refused(sg.DifferentiationError, "with respect to k int64[n]", ".astype('float64')"):
        sg.grad(x * 1.0, k)
    with refused(sg.DifferentiationError, "cannot differentiate sum(k) int64[]", "do not vary"):
        sg.grad(k.sum(), x)
    with refused(sg.DifferentiationError, "bool values do not vary continuously"):
        sg.grad((x > 0), x)


def test_other_graphs_are_refused():
    x, other = scalar(), scalar("other")
    with refused(sg.GraphError, "other float64[] belongs to another graph", "in one graph"):
        sg.grad(x * x, other)
    with refused(sg.GraphError, "another graph"):
        sg.vjp(x * x, x, other)
    with refused(sg.GraphError, "an expression is wanted here, not float"):
        sg.grad(1.0, x)
    with refused(sg.GraphError, "an expression is wanted here, not int"):
        sg.grad(x * x, [3])
    with refused(sg.GraphError, "here, not function", "sg.grad_of makes the gradient"):
        sg.grad(lambda x: x * x, x)


def test_names_of_inputs_and_their_misspellings():
    x = sg.Graph().input("weight")
    assert sg.grad(x * x, "weight") is sg.grad(x * x, x)
    with refused(sg.DifferentiationError, "no expression is called 'wieght'", "mean weight?"):
        sg.grad(x * x, "wieght")
    with refused(sg.DifferentiationError, "The names of this graph: weight."):
        sg.grad(x * x, "q")


def test_cotangents_of_other_shapes_are_refused():
    x = sg.Graph().input("x", "[3]")
    with refused(sg.DifferentiationError, "the cotangent is", "y is x * x float64[3]"):
        sg.vjp(x * x, x, np.ones(4))
    with refused(sg.DifferentiationError, "the cotangent is 1"):
        sg.vjp(x * x, x, 1)
    with refused(sg.DifferentiationError, "v is", "x is"):
        sg.hvp((x * x).sum(), x, np.ones(2))


def test_an_operation_without_derivative_names_itself(monkeypatch):
    x = scalar()
    y = sg.sin(x)
    monkeypatch.setattr(sg.ops.registry["sin"], "vjp", None)
    with refused(sg.DifferentiationError, "sin has no derivative", "sg.stop_gradient"):
        sg.grad(y, x)
    assert value(sg.grad(sg.stop_gradient(y) * x, x), x=0.5) == np.sin(0.5)


def test_refusals_leave_the_graph_as_it_was():
    x = sg.Graph().input("x", "[n]")
    y = x * 2
    before = len(x.graph), list(x.graph.derivatives)
    with pytest.raises(sg.DifferentiationError):
        sg.grad(y, x)
    assert (len(x.graph), list(x.graph.derivatives)) == before


# Size.


@pytest.mark.slow
def test_a_chain_of_100_000_operations():
    """Built, differentiated, emitted and run; time per node does not grow with length."""

    def seconds_per_node(length):
        start = time.process_time()
        x = scalar()
        y = x
        for i in range(length):
            y = y + x if i % 8 else sg.sin(y)
        d = sg.grad(y, x)
        found, slope = sg.function([x], [y, d])(0.5)
        spent = time.process_time() - start
        assert np.isfinite(found) and np.isfinite(slope)
        return spent / len(x.graph)

    seconds_per_node(200)
    small, large = seconds_per_node(5_000), seconds_per_node(100_000)
    assert large < 2.5 * small + 3e-5


def test_a_wide_sum_is_linear():
    g = sg.Graph()
    inputs = [g.input(f"x{i}") for i in range(3000)]
    total = sum(inputs[1:], start=inputs[0])
    grads = reverse.grad(total * total, inputs)
    assert len(set(grads)) == 1
    assert len(g) < 4 * len(inputs)
