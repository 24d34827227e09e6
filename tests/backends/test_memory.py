"""`Function.memory` beside what tracemalloc measures, and memory saved by computing twice."""

from __future__ import annotations

import os
import runpy
from itertools import pairwise
from math import isqrt

import numpy as np
import pytest

import symgrad as sg
from tests.backends.traced import peak
from tests.test_docs import ROOT, STEP, run

OBJECTS = 400  # bytes for each operation: array objects, entries of lists, line numbers
BUFFERS = 2**17  # NumPy's own, for conversions and sums over broken strides


def network(widths, unit, dtype="float64"):
    """Inputs, and the mean squared error of a network with its gradients."""
    graph = sg.Graph()
    h = graph.input("X", f"{dtype}[n, {widths[0]}]")
    inputs = [h]
    for i, (a, b) in enumerate(pairwise(widths)):
        inputs += [
            graph.input(f"W{i}", f"{dtype}[{a}, {b}]"),
            graph.input(f"b{i}", f"{dtype}[{b}]"),
        ]
        z = h @ inputs[-2] + inputs[-1]
        h = z if i == len(widths) - 2 else getattr(sg, unit)(z)
    inputs.append(graph.input("Y", f"{dtype}[n, {widths[-1]}]"))
    loss = sg.mean((h - inputs[-1]) ** 2)
    return inputs, [loss, *sg.grad(loss, inputs[1:-1])]


def deep(layers, unit="tanh", width=8):
    """Inputs, and the squares of a deep network's units with the gradient toward its input."""
    graph = sg.Graph()
    h = x = graph.input("x", f"[n, {width}]")
    weights = [graph.input(f"W{i}", f"[{width}, {width}]") for i in range(layers)]
    for W in weights:
        h = getattr(sg, unit)(h @ W)
    loss = sg.sum(h * h)
    return [x, *weights], [loss, sg.grad(loss, x)]


def arguments(inputs, n):
    rng = np.random.default_rng(3)
    shapes = [[n if d == "n" else d for d in x.shape] for x in inputs]
    return [
        (rng.standard_normal(s) / 2).astype(x.dtype) for s, x in zip(shapes, inputs, strict=True)
    ]


def measured(f, n):
    """Bytes at most in two calls of new sizes: the second finds all that the first has kept."""
    given = arguments(f.inputs, n)
    f(*arguments(f.inputs, 3))

    def twice(*given):
        f(*given)
        return f(*given)

    return peak(twice, given)


def check(f, n):
    """What is told is measured: never less, and more by objects and NumPy's buffers alone."""
    told, found = f.memory(n=n).peak, measured(f, n)
    steps = len(f.cost(n=n).lines)
    assert told <= found <= told + OBJECTS * steps + BUFFERS
    return told, found


@pytest.mark.parametrize("n", [1, 10, 1000, 20_000])
@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("unit", ["tanh", "relu", "sigmoid", "softplus"])
def test_networks(unit, dtype, style, n):
    f = sg.function(*network([30, 50, 20, 3], unit, dtype), style=style)
    told, found = check(f, n)
    assert n < 20_000 or found <= 1.01 * told


def test_closed_forms():
    inputs, outputs = network([4, 7, 2], "tanh")
    f = sg.function(inputs, outputs)
    results = 8 * (1 + 4 * 7 + 7 + 7 * 2 + 2)
    assert f.memory().results == results == f.memory(n=5).results
    memory = f.memory(n=1000)
    assert memory.peak == memory.workspace + memory.made
    assert memory.made >= results
    assert str(f"{memory.peak:,}") in str(memory)
    assert f"{memory.workspace:,}" in memory.table()
    for n in (0, 1, 50):  # one formula, though arrays of 7*n and 2*n elements share memory
        assert round(f.memory().workspace.at({"n": n})) == f.memory(n=n).workspace
    with pytest.raises(sg.ShapeError, match=r"peak is no formula"):
        f.memory().peak
    with pytest.raises(sg.GraphError, match=r"f\.memory: there is no named dim m"):
        f.memory(m=3)


@pytest.mark.parametrize("n", [1, 1000, 300_000])
def test_points_in_blocks(n):
    x = sg.Graph().input("x", "[n]")
    y = sg.tanh(sg.sin(x) * sg.exp(-x * x) + sg.cos(3 * x))
    f = sg.function([x], [y, sg.grad(sg.sum(y), x)])
    assert f.memory(n=n).results == 16 * n
    check(f, n)


def test_numbers_take_no_arrays():
    x = sg.Graph().input("x")
    f = sg.function([x], [sg.sin(x) * x, sg.grad(sg.sin(x) * x, x)])
    assert f.memory().workspace == 0
    assert f.memory().results == 16


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_results_that_are_copies(style):
    """Of arguments, of views, and of what is returned twice."""
    x = sg.Graph().input("x", "[n, 3]")
    y = sg.tanh(x)
    f = sg.function([x], [x, y, y, x[::-1]], style=style)
    told, _ = check(f, 20_000)
    assert told >= f.memory(n=20_000).results == 4 * 20_000 * 3 * 8


@pytest.mark.parametrize("reuse", [False, True])
def test_parts_of_one_product_are_no_copies(reuse):
    """The gradients of weights and bias of a narrow layer."""
    f = sg.function(*network([8, 32, 32, 1], "relu"), reuse_outputs=reuse)
    given = arguments(f.inputs, 64)
    for _ in range(3):
        f(*given)
    made, found = f.memory(n=64).made, peak(f, given)
    assert made <= found <= made + OBJECTS * len(f.cost(n=64).lines)
    assert (made < 100) == reuse


def special(g):
    """Helpers that work by blocks, in memory that is kept."""
    x = g.input("x", "[n]")
    loss = sg.sum(sg.erf(x) * sg.gammaln(x * x + 1))
    return [x], [loss, sg.grad(loss, x)]


def attention(g):
    """With gradients of turned keys, which are copied to be multiplied."""
    X, *weights = [g.input("X", "[n, 10, 16]"), *(g.input(w, "[16, 16]") for w in "QKV")]
    q, k, v = (X @ w for w in weights)
    y = sg.softmax(q @ sg.swapaxes(k, -1, -2) / 4) @ v
    loss = sg.mean(y * y)
    return [X, *weights], [loss, *sg.grad(loss, weights)]


def flipped(g):
    """The sum of products with what is read backwards."""
    x, y = g.input("x", "[n, 20]"), g.input("y", "[n, 30]")
    z = sg.concatenate([sg.sin(x), sg.cos(y)], axis=1)
    loss = sg.sum(z**2 * sg.flip(z, axis=1))
    return [x, y], [loss, *sg.grad(loss, [x, y])]


def outer(g):
    """A result that NumPy writes into an operand that nothing else holds."""
    x, y = g.input("x", "[n, 5]"), g.input("y", "[n, 5]")
    return [x, y], [-(sg.exp(x)[:, :, None] * sg.exp(y)[:, None, :])]


@pytest.mark.parametrize("n", [100, 1000, 20_000])
@pytest.mark.parametrize("options", [{}, {"reuse_outputs": True}, {"style": "readable"}], ids=str)
@pytest.mark.parametrize("make", [special, attention, flipped, outer])
def test_copies_and_helpers(make, options, n):
    f = sg.function(*make(sg.Graph()), **options)
    told, found = check(f, n)
    assert n < 20_000 or found <= 1.05 * told


# Checkpoints.


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("unit", ["tanh", "relu", "softplus"])
def test_deep_networks_by_the_root(unit, style):
    layers, n = 256, 300
    inputs, outputs = deep(layers, unit)
    whole = sg.function(inputs, outputs, style=style)
    saving = sg.function(inputs, outputs, style=style, checkpoints="sqrt")
    told, _ = check(saving, n)
    given = arguments(inputs, n)
    for a, b in zip(whole(*given), saving(*given), strict=True):
        assert np.array_equal(a, b)
    layer = 8 * n * 8
    more = 6  # cotangents old and new, mask, zeros, the last product, the result
    if unit == "softplus" and style == "readable":
        more += 3  # within the helper of its slope, sigmoid
    assert told <= (2 * isqrt(layers) + more) * layer
    assert told == saving.memory(n=n).peak
    assert saving.memory(n=n).without.peak == whole.memory(n=n).peak >= layers * layer
    ratio = saving.cost(n=n).flops / whole.cost(n=n).flops
    assert 1.2 < ratio < 1.5  # one forward pass more, of three of the size
    assert "recomputed" in saving.source
    assert len(saving.memory(n=n).recomputed) >= layers


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("n", [500, 2000])
def test_variables_stay_until_their_line_has_run(style, n):
    """As h in d_h * (1 - h**2), where two arrays more are made before it is deleted."""
    f = sg.function(*deep(8, width=64), style=style, checkpoints="sqrt")
    told, found = check(f, n)
    assert found <= 1.02 * told


def gradients_by_hand(x, weights):
    """Of the sum of squares of tanh units."""
    units = [x]
    for W in weights:
        units.append(np.tanh(units[-1] @ W))
    d = 2 * units[-1]
    for W, h in zip(weights[::-1], units[:0:-1], strict=True):
        d = (d * (1 - h * h)) @ W.T
    return np.sum(units[-1] ** 2), d


@pytest.mark.parametrize("checkpoints", [1, 2, 5, "sqrt"])
def test_values_against_numpy(checkpoints):
    inputs, outputs = deep(30)
    f = sg.function(inputs, outputs, checkpoints=checkpoints)
    for n in (0, 1, 6):
        x, *weights = arguments(inputs, n)
        for a, b in zip(f(x, *weights), gradients_by_hand(x, weights), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-300)


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("share", [0.8, 0.6, 0.45])
def test_limits_are_kept(share, style):
    inputs, outputs = deep(36)
    n = 1000
    whole = sg.function(inputs, outputs, style=style)
    limit = round(whole.memory(n=n).peak * share)
    f = sg.function(inputs, outputs, style=style, memory_limit={"bytes": limit, "n": n})
    assert f.memory(n=n).peak <= limit
    assert measured(f, n) <= limit + OBJECTS * len(f.cost(n=n).lines) + BUFFERS
    given = arguments(inputs, n)
    for a, b in zip(whole(*given), f(*given), strict=True):
        assert np.array_equal(a, b)


def test_products_are_repeated_only_where_it_has_to_be():
    graph = sg.Graph()
    h = x = graph.input("x", "[n, 8]")
    weights = [graph.input(f"W{i}", "[8, 8]") for i in range(20)]
    for W in weights:
        z = h @ W
        h = sg.sin(z) * sg.exp(-z * z)
    loss = sg.sum(h * h)
    inputs, outputs = [x, *weights], [loss, *sg.grad(loss, weights)]
    whole = sg.function(inputs, outputs, style="readable")
    peak = whole.memory(n=1000).peak
    limit = {"bytes": round(0.5 * peak), "n": 1000}
    f = sg.function(inputs, outputs, style="readable", memory_limit=limit)
    recomputed = f.memory(n=1000).recomputed
    assert recomputed
    products = f.source.count("@") - whole.source.count("@")
    assert products == 0


def test_a_limit_that_is_kept_changes_nothing():
    inputs, outputs = deep(5)
    f = sg.function(inputs, outputs, memory_limit={"bytes": 2**30, "n": 10})
    assert f.source == sg.function(inputs, outputs).source
    assert f.memory(n=10).without is None


def test_too_small_a_limit_says_what_would_do():
    inputs, outputs = deep(40)
    with pytest.raises(sg.CodegenError, match="do not suffice") as error:
        sg.function(inputs, outputs, memory_limit={"bytes": 10, "n": 100})
    least = int(str(error.value).split("Give ")[1].split(" bytes")[0])
    f = sg.function(inputs, outputs, memory_limit={"bytes": least, "n": 100})
    assert f.memory(n=100).peak == least
    with pytest.raises(sg.CodegenError):
        sg.function(inputs, outputs, memory_limit={"bytes": least - 1, "n": 100})


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"checkpoints": "root"}, sg.CodegenError, "a number or 'sqrt'"),
        ({"checkpoints": -1}, sg.CodegenError, "a number or 'sqrt'"),
        ({"checkpoints": 2, "memory_limit": 10}, sg.CodegenError, "two ways"),
        ({"memory_limit": "much"}, sg.CodegenError, "number of bytes"),
        ({"memory_limit": {"n": 3}}, sg.CodegenError, "number of bytes"),
        ({"memory_limit": 100}, sg.ShapeError, "the size of n is missing"),
        ({"memory_limit": {"bytes": 9, "m": 3}}, sg.GraphError, "no named dim m"),
    ],
)
def test_errors(options, error, said):
    with pytest.raises(error, match=said):
        sg.function(*deep(3), **options)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_modules(tmp_path, style):
    inputs, outputs = deep(12)
    path = sg.write_module(
        tmp_path / "net.py", style=style, checkpoints="sqrt", deep=(inputs, outputs)
    )
    given = arguments(inputs, 4)
    found = runpy.run_path(str(path))["deep"](*given)
    for a, b in zip(found, gradients_by_hand(given[0], given[1:]), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert "recomputed" in path.read_text("utf-8")


def recurrent(steps):
    """Inputs, and the squares of a recurrent network's last units with gradients."""
    graph = sg.Graph()
    X, W, U = graph.input("X", "[n, 40, 3]"), graph.input("W", "[3, 8]"), graph.input("U", "[8, 8]")
    h = sg.tanh(X[:, 0] @ W)
    for i in range(1, steps):
        h = sg.tanh(X[:, i] @ W + h @ U)
    loss = sg.mean(h * h)
    return [X, W, U], [loss, *sg.grad(loss, [W, U])]


@pytest.mark.parametrize(("style", "share"), [("fast", 0.2), ("readable", 0.55)])
def test_recurrent_networks(style, share):
    """Fast code puts the factors of all steps side by side, but not where memory is to be saved.

    Readable code adds up a gradient in one expression, whose terms are there until it stands.
    """
    inputs, outputs = recurrent(40)
    whole = sg.function(inputs, outputs, style=style)
    saving = sg.function(inputs, outputs, style=style, checkpoints="sqrt")
    told, _ = check(saving, 1000)
    most = whole.memory(n=1000).peak
    assert saving.memory(n=1000).without.peak == most
    assert told < share * most
    given = arguments(inputs, 7)
    for a, b in zip(whole(*given), saving(*given), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    f = sg.function(inputs, outputs, style=style, memory_limit={"bytes": most, "n": 1000})
    assert f.source == whole.source
    limit = {"bytes": round(0.6 * most), "n": 1000}
    f = sg.function(inputs, outputs, style=style, memory_limit=limit)
    assert f.memory(n=1000).peak <= limit["bytes"]


def test_training_steps_and_skip_connections():
    graph = sg.Graph()
    h = x = graph.input("x", "[n, 6]")
    weights = [graph.input(f"W{i}", "[6, 6]") for i in range(16)]
    for W in weights:
        h = h + sg.tanh(h @ W)
    loss = sg.mean(h * h)
    steps = {W: W - 0.1 * g for W, g in zip(weights, sg.grad(loss, weights), strict=True)}
    once = sg.function([x, *weights], [loss], updates=steps)
    saving = sg.function([x, *weights], [loss], updates=steps, checkpoints="sqrt")
    check(saving, 500)
    a, b = arguments(once.inputs, 500), arguments(once.inputs, 500)
    for _ in range(3):
        assert np.array_equal(once(*a), saving(*b))
    assert all(map(np.array_equal, a, b))
    assert saving.memory(n=500).peak < 0.6 * once.memory(n=500).peak


def test_the_page_shows_what_comes_out():
    page, scope = (ROOT / "docs" / "memory.md").read_text("utf-8"), {}
    shown = STEP.sub(lambda match: run(match, scope), page)
    if os.environ.get("UPDATE_GOLDEN"):
        (ROOT / "docs" / "memory.md").write_text(shown, "utf-8")
    assert page == shown or os.environ.get("UPDATE_GOLDEN")
