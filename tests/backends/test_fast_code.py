"""What code of style="fast" promises: nothing is made, copied or converted that need not be."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest

import symgrad as sg
from tests.backends.traced import peak

SMALL = 2**17  # bytes that a call makes whatever its sizes are: array objects, NumPy's buffers
MADE = re.compile(r"np\.(array|asarray|empty|zeros|ones|full|arange|float32|float64)\(|astype\(")


def network(dtype="float64", **options):
    """Loss and gradients of a network, compiled, and arguments of any number of examples."""
    net = sg.nn.MLP([40, 50, 30, 20], ["tanh", "relu"], loss="mse", l2=1e-3, dtype=dtype)
    f = sg.function(None, [net.loss, *net.grads.values()], **options)
    rng = np.random.default_rng(0)

    def given(n):
        shapes = [[n if d == "n" else d for d in x.shape] for x in f.inputs]
        return [np.asarray(rng.normal(size=s) / 3, dtype) for s in shapes]

    return f, given


def body_of(source, name="f"):
    """The statements of a function, without its docstring and the check of its arguments."""
    function = next(s for s in ast.parse(source).body if getattr(s, "name", "") == name)
    checked = [i for i, s in enumerate(function.body) if "_checked(" in ast.unparse(s)]
    return "\n".join(map(ast.unparse, function.body[checked[-1] + 1 :]))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_call_whose_outputs_are_reused_makes_no_array(dtype):
    """No product copies an operand, no view is a copy, nothing is converted."""
    f, given = network(dtype, reuse_outputs=True)
    values = given(3000)
    for _ in range(3):  # two sets of results serve in turn
        f(*values)
    assert peak(f, values) < SMALL


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_constants_sizes_and_conversions_are_made_before_the_first_statement(dtype):
    f, given = network(dtype, reuse_outputs=True)
    assert not MADE.search(body_of(f.source))
    assert {r.dtype.name for r in f(*given(5))} == {dtype}


def test_one_call_of_blas_for_each_product():
    """Three for each layer but the first, whose inputs nobody asks the gradient of."""
    f, _ = network()
    body = body_of(f.source)
    calls = re.findall(r"(\w+)(?:\.T)?\.dot\((\w+)", body)
    products = [(a, b) for a, b in calls if a != b and not a.startswith("ones")]
    assert len(products) == 3 * 3 - 1  # sums are products with ones, or of one array with itself
    assert "@" not in body and ".copy(" not in body and "ascontiguousarray" not in body


def test_gradients_of_a_weight_that_is_read_often_are_added_in_one_array():
    """However often it is read, no more arrays of its size are there."""
    found = []
    for times in (4, 16):
        g = sg.Graph()
        h, W = g.input("x", "[n, 64]"), g.input("W", "[64, 64]")
        for _ in range(times):
            h = sg.tanh(h @ W)
        f = sg.function(None, [sg.grad(h.sum(), W)])
        units = times * 64 * 8  # of one example
        found.append(peak(f, [np.full((1, 64), 0.25), np.eye(64)]) - units)
    assert found[1] < found[0] + 2 * 64 * 64 * 8


@pytest.mark.parametrize("times", [2, 9])
def test_shares_of_a_gradient_are_added_where_the_first_lies(times):
    """Each sum but the last, which is the result, overwrites one of its operands."""
    g = sg.Graph()
    h, W = g.input("x", "[n, 64]"), g.input("W", "[64, 64]")
    for _ in range(times):
        h = sg.tanh(h @ W)
    body = body_of(sg.function(None, [sg.grad(h.sum(), W)]).source)
    sums = re.findall(r"_add\((\w+), (\w+), (\w+)\)", body)
    assert len(sums) == times - 2
    assert all(out in (a, b) for a, b, out in sums)


def test_a_chain_of_views_is_not_copied():
    """A transpose, a reshape and a slice of what lies in memory are read where they lie."""
    g = sg.Graph()
    X = g.input("X", "[n, 30]")
    view = sg.expand_dims(X.T, 0)[0, :, ::2]
    f = sg.function([X], [view.sum(), (X[1:] * X[:-1]).sum()], reuse_outputs=True)
    values = [np.random.default_rng(0).normal(size=(20_000, 30))]  # 4.6 MiB
    total, other = f(*values)
    np.testing.assert_allclose(total, values[0][::2].sum(), rtol=1e-10)
    np.testing.assert_allclose(other, np.sum(values[0][1:] * values[0][:-1]), rtol=1e-10)
    for _ in range(2):
        f(*values)
    assert peak(f, values) < SMALL


def test_nothing_is_written_where_it_is_read_in_another_order():
    """NumPy would copy the operand first, so that the result is right."""
    g = sg.Graph()
    A, B = g.input("A", "[400, 400]"), g.input("B", "[400, 400]")
    f = sg.function([A, B], [(sg.tanh(A).T * B).sum(axis=0)], reuse_outputs=True)
    values = [np.random.default_rng(k).normal(size=(400, 400)) for k in range(2)]
    expected = (np.tanh(values[0]).T * values[1]).sum(axis=0)
    for _ in range(3):
        np.testing.assert_allclose(f(*values)[0], expected, rtol=1e-10, atol=1e-12)
    assert peak(f, values) < SMALL


@pytest.mark.parametrize(
    ("dtype", "number"),
    [("float64", 1e-200), ("float64", 1e200), ("float32", 1e-30), ("float32", 1e30)],
)
def test_lengths_beside_numbers_whose_squares_are_no_floats(dtype, number):
    """Many are computed by a root, which under- or overflows beside such a number."""
    x = sg.Graph().input("x", f"{dtype}[n]")
    f = sg.function([x], [sg.hypot(x, number)], reuse_outputs=True)
    (found,) = f(np.full(1000, number / 2, dtype))
    np.testing.assert_allclose(found, number * np.sqrt(1.25), rtol=1e-6)


def test_what_a_limit_costs_is_told():
    """Operations and memory, each beside those without the limit."""
    g = sg.Graph()
    h = x = g.input("x", "[n, 8]")
    for i in range(24):
        h = sg.tanh(h @ g.input(f"W{i}", "[8, 8]"))
    loss = sg.sum(h * h)
    whole = sg.function(None, [loss, sg.grad(loss, x)])
    limit = round(0.45 * whole.memory(n=500).peak)
    f = sg.function(None, [loss, sg.grad(loss, x)], memory_limit={"bytes": limit, "n": 500})
    told = f.memory(n=500)
    assert told.peak <= limit < told.without.peak == whole.memory(n=500).peak
    assert f"peak without {len(told.recomputed)} recomputed" in str(told)
    price, cheap = f.cost(n=500), whole.cost(n=500)
    assert price.flops == cheap.flops + price.recomputed > cheap.flops
    assert "recomputed" in str(price) and "recomputed" not in str(cheap)
    (said,) = re.findall(r"\n    Recomputed: (.*) of these flops\.\n", f.source)
    assert said == str(f.cost().recomputed) and "Recomputed" not in whole.source
    assert f.source.count("recomputed\n") >= len(told.recomputed) > 0


def test_that_outputs_are_reused_is_documented():
    text = " ".join(sg.function.__doc__.split())
    assert "overwrit" in text[text.index("reuse_outputs :") :][:300]


def test_comments_tell_what_steps_and_joined_arrays_hold():
    """The last step of a function names it; arrays that are kept joined are told by their parts."""
    text = "z = softplus(X @ W + c) @ w + b\nmean(log(1 + exp(z)) - y * z)"
    shapes = {"X": "[n, 6]", "W": "[6, 8]", "c": "[8]", "w": "[8]", "b": "[]", "y": "[n]"}
    loss = sg.parse(text, **shapes)
    source = sg.function(None, [loss, *sg.grad(loss, ["W", "c", "w", "b"])]).source
    steps = re.findall(r"_(\w+)\(.*  # (?:\w+: )?\[.*\], (.*)\n", source)
    assert ("add", "log(1 + exp(z))") in steps and ("negative", "sigmoid(z)") in steps
    assert {said.partition("(")[0] for _, said in steps} == {"softplus", "log", "sigmoid"}
    assert {"X, 1", "W, c", "w, b"} == {*re.findall(r"# joined\d: (.*)\n", source)}
    assert all(
        re.search(rf"\b{name}_T = |\b{name}\.T\b", source) for name in ("joined1", "joined3")
    )


def test_memory_and_comments_are_said_without_needless_words():
    net = sg.nn.MLP([64, 128, 10], activation="relu", loss="cross_entropy", l2=1e-4)
    source = sg.function(None, [net.loss, *net.grads.values()]).source
    shared = re.findall(r"memory\d = np\.empty\(max\((.*)\), ", source)
    assert shared
    for sizes in shared:  # no two of which one is a multiple of the other
        names = [re.sub(r"\d+( \* )?", "", size) for size in sizes.split(", ")]
        assert len(names) == len({*names})
    numbers = [int(i) for i in re.findall(r"memory(\d) = ", source)]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert not re.search(r"\.reshape\(\w+\)", source)  # of a vector
    assert "…" not in source
