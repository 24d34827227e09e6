"""`Function.cost` and the line in docstrings, against closed forms and sums done by hand."""

from __future__ import annotations

import os
import re
import time
from itertools import pairwise
from math import log2

import numpy as np
import pytest

import symgrad as sg
from tests.flops import EACH_ALIKE, count
from tests.test_docs import ROOT, STEP, run

PAGE = ROOT / "docs" / "cost.md"
RNG = np.random.default_rng(5)


def of(text, style="readable", **specs):
    return sg.function(None, sg.parse(text, specs), style=style)


def read(formula, **sizes):
    """A formula as Python has it, without symgrad."""
    return eval(str(formula), {"__builtins__": {}, "log2": log2, "max": max}, sizes)


# Closed forms.


@pytest.mark.parametrize("widths", [[5, 3], [7, 11, 4], [6, 9, 8, 2]])
def test_networks(widths):
    n = 13
    rows = ["h0 = X"]
    specs = {"X": f"[n, {widths[0]}]"}
    for i, (a, b) in enumerate(pairwise(widths)):
        rows.append(f"h{i + 1} = tanh(h{i} @ W{i} + b{i})")
        specs |= {f"W{i}": f"[{a}, {b}]", f"b{i}": f"[{b}]"}
    f = of("\n".join([*rows, f"h{len(widths) - 1} + 0.0 * X[0, 0]"]), **specs)
    products = sum(a * b for a, b in pairwise(widths))
    units = sum(widths[1:])
    assert f.cost(n=n).flops == 2 * n * products + 2 * n * units + 1 + n * widths[-1]
    assert f.cost(n=n).transcendentals == n * units
    assert f.cost().transcendentals == read(f.cost().transcendentals, n=1) * sg.Dim("n")


def test_gradient_of_least_squares():
    loss = sg.parse("sum((X @ w - y)**2)", X="[n, d]", w="[d]", y="[n]")
    f = sg.function(None, [loss, sg.grad(loss, "w")], style="readable")
    for n, d in [(1, 1), (40, 7), (0, 3), (5, 0)]:
        assert f.cost(n=n, d=d).flops == 4 * n * d + 4 * n


# Of each operation by itself: flops, transcendentals, bytes, written down by hand.
BY_HAND = [
    ("A @ v", "2*n*k", "0", "8*(n*k + k + n)"),
    ("A @ B", "2*n*k*m", "0", "8*(n*k + k*m + n*m)"),
    ("x @ y", "2*n", "0", "8*(n + n + 1)"),
    ("P @ Q", "2*b*n*k*m", "0", "8*b*(n*k + k*m + n*m)"),
    ("einsum('bij,bjk->bik', P, Q)", "2*b*n*k*m", "0", "8*b*(n*k + k*m + n*m)"),
    ("F.T @ F", "2*n*k*k", "0", "4*(2*n*k + k*k)"),
    ("exp(A)", "n*k", "n*k", "2*8*n*k"),
    ("erf(x)", "n", "n", "2*8*n"),
    ("x**2.3", "n", "n", "2*8*n"),
    ("where(x > y, x, y * 2.0)", "3*n", "0", "(2*8 + 1)*n + 2*8*n + (1 + 3*8)*n"),
    ("sum(A, axis=0)", "n*k", "0", "8*(n*k + k)"),
    ("max(A, axis=1)", "n*k", "0", "8*(n*k + n)"),
    ("argmax(A, axis=1)", "n*k", "0", "8*(n*k + n)"),
    ("S[:, :3] * 2.0", "3*n", "0", "2*8*3*n"),
    ("A[i]", "0", "0", "8*(m + 2*m*k)"),
    ("pick(A, j)", "4*n", "0", "3*8*n"),  # checks both ends of the labels
    ("concatenate([x, z])", "0", "0", "2*8*(n + m)"),
    ("A.reshape(-1) + 1.0", "n*k", "0", "2*8*n*k"),  # a view, and a sum
    ("cumsum(A, axis=0)", "n*k", "0", "2*8*n*k"),
    ("cumprod(x)", "n", "0", "2*8*n"),
    ("linear_recurrence(x, y)", "2*n", "0", "3*8*n"),
    ("sort(S, axis=1)", "16*4*n", "0", "2*8*16*n"),
    ("argsort(S, axis=1)", "16*4*n", "0", "2*8*16*n"),
    ("solve(K, B)", "2/3*k**3 + 2*k*k*m", "0", "8*(k*k + 2*k*m)"),
    ("tanh(A @ B + z)", "2*n*k*m + 2*n*m", "n*m", "8*(n*k + k*m + n*m + 2*n*m + m + 2*n*m)"),
]
SPECS = dict(A="[n, k]", B="[k, m]", K="[k, k]", P="[b, n, k]", Q="[b, k, m]", F="float32[n, k]")
SPECS |= dict(x="[n]", y="[n]", z="[m]", v="[k]", S="[n, 16]", i="int64[m]", j="int64[n]")


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("text, flops, functions, found", BY_HAND, ids=[row[0] for row in BY_HAND])
def test_operations_by_hand(text, flops, functions, found, style):
    specs = {name: s for name, s in SPECS.items() if re.search(rf"\b{name}\b", text)}
    f = of(text, style, **specs)
    for n, k, m, b in [(96, 7, 5, 3), (1, 2, 1, 4), (10, 12, 33, 1)]:
        sizes = {"n": n, "k": k, "m": m, "b": b}
        cost = f.cost(**{d: v for d, v in sizes.items() if re.search(rf"\b{d}\b", str(specs))})
        wanted = [round(read(formula, **sizes)) for formula in (flops, functions, found)]
        assert [cost.flops, cost.transcendentals, cost.bytes] == wanted


def test_a_network_line_by_line():
    text = "mean((relu(X @ W + c) @ w + b - y)**2)"
    loss = sg.parse(text, X="[n, 2]", W="[2, 2]", c="[2]", w="[2]", b="[]", y="[n]")
    f = sg.function(None, [loss, *sg.grad(loss, ["W", "c", "w", "b"])], style="readable")
    forward = [8, 2, 2, 4, 1, 1, 1, 1]  # product, bias, relu, product, bias, error, square, sum
    backward = [1, 1, 2, 4, 2, 2, 2, 8]  # d_yhat, d_b, d_h, d_w, mask, d_z, d_c, d_W
    per_example = [n for n in (line.flops for line in f.cost(n=1000).lines) if n]
    assert [n // 1000 for n in per_example] == forward + backward
    assert f.cost(n=1000).flops == 42 * 1000 + 1  # the mean is divided once


@pytest.mark.parametrize("k", [1, 2, 30])
def test_solutions(k):
    f = of("solve(A, B)", A="[n, n]", B="[n, k]")
    assert f.cost(n=30, k=k).flops == round(2 / 3 * 30**3 + 2 * 30**2 * k)
    assert str(f.cost().flops) == "2*k*n**2 + 2/3*n**3"


def test_sorting_counts_comparisons():
    f = of("sort(A, axis=0)", A="[n, 8]")
    assert f.cost(n=32).flops == 32 * 8 * 5
    assert [f.cost(n=n).flops for n in (0, 1)] == [0, 0]
    assert str(f.cost().flops) == "8*n*log2(n)"


PROGRAMS = {
    "logistic regression": (
        "z = X @ w\nmean(softplus(z) - y * z)",
        dict(X="[n, d]", w="[d]", y="[n]"),
    ),
    "attention": ("sum((softmax(Q @ K.T) @ V)**2)", dict(Q="[n, d]", K="[n, d]", V="[n, d]")),
    "statistics": ("var(X) + std(X, axis=0).sum() + max(X)", dict(X="[n, d]")),
    "layer": (
        "c = X - mean(X, axis=1, keepdims=True)\nsum(c / sqrt(sum(c**2, axis=1) + 1.0)[:, None])",
        dict(X="[n, d]"),
    ),
    "covariance": ("logdet(X.T @ X + diag(X[0] * 0.0 + 1.0))", dict(X="[n, d]")),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("gradient", [False, True], ids=["value", "gradient"])
def test_formulas_hold_at_random_sizes(name, gradient):
    text, specs = PROGRAMS[name]
    y = sg.parse(text, specs)
    f = sg.function(
        None, [y, *sg.grad(y, list(y.graph.inputs))] if gradient else [y], style="readable"
    )
    for _ in range(5):
        n, d = (int(v) for v in RNG.integers(2, 40, 2))
        values = [RNG.uniform(0.1, 1, [{"n": n, "d": d}[s] for s in x.shape]) for x in f.inputs]
        whole = [h for h in ("sigmoid", "scaled_ratio") if f"def {h}(" in f.source]
        cost = f.cost(n=n, d=d)
        assert cost.flops == pytest.approx(
            count(f.source, "f", values, EACH_ALIKE, whole).total, abs=0.5
        )
        for quantity in ("flops", "transcendentals", "bytes"):
            formula = getattr(f.cost(), quantity)
            assert round(read(formula, n=n, d=d)) == getattr(cost, quantity)
            assert getattr(cost.formulas, quantity) == formula


# Bytes.


@pytest.mark.parametrize(
    "text, specs, found",
    [
        ("x + y", dict(x="[n]", y="[n]"), 3 * 8 * 50),
        ("x + y", dict(x="float32[n]", y="float32[n]"), 3 * 4 * 50),
        ("x > y", dict(x="[n]", y="[n]"), (2 * 8 + 1) * 50),
        ("2 * x", dict(x="[n]"), 2 * 8 * 50),
        ("A @ x", dict(A="[n, 4]", x="[4]"), 8 * (50 * 4 + 4 + 50)),
        ("sum(A.T)", dict(A="[n, 4]"), 8 * (50 * 4 + 1)),
        ("x[10:20] + 1.0", dict(x="[n]"), 2 * 8 * 10),
        ("x.astype('float32')", dict(x="[n]"), (8 + 4) * 50),
        ("A * sum(A, axis=1, keepdims=True)", dict(A="[n, 4]"), 8 * (200 + 50 + 200 + 50 + 200)),
        ("T[i]", dict(T="[1000, 3]", i="int64[n]"), 8 * (50 + 2 * 150)),
        ("x", dict(x="[n]"), 0),
    ],
)
def test_bytes(text, specs, found):
    sizes = {"n": 50} if any("n" in s for s in specs.values()) else {}
    assert of(text, **specs).cost(**sizes).bytes == found


def test_what_is_broadcast_is_read_once():
    g = sg.Graph()
    x = g.input("x", "[n]")
    f = sg.function(None, [sg.cumsum(sg.broadcast_to(x, (1000, "n")), axis=0)])
    assert f.cost(n=3).bytes == 8 * (3 + 3000)


# What is refused, and what is not known.


def test_sizes_are_checked():
    f = of("X @ w", X="[rows, d]", w="[d]")
    with pytest.raises(sg.GraphError, match="no named dim row; did you mean rows"):
        f.cost(row=3, d=1)
    with pytest.raises(sg.ShapeError, match="the size of d is missing"):
        f.cost(rows=3)
    for bad in (-1, 2.5, "4", None, True, np.array([1, 2])):
        with pytest.raises(sg.ShapeError, match="d is a number of elements"):
            f.cost(rows=3, d=bad)
    assert f.cost(rows=np.int64(3), d=np.int32(2)).flops == 12
    with pytest.raises(sg.GraphError, match="there is no named dim n"):
        of("x + 1", x="[3]").cost(n=3)


def test_functions_without_named_dims_have_numbers():
    cost = of("x + 1", x="[3]").cost()
    assert (cost.flops, cost.bytes, cost.transcendentals) == (3, 48, 0)
    assert all(isinstance(v, int) for v in (cost.flops, cost.bytes, cost.transcendentals))


def test_counted_sizes_are_bounded():
    f = of("p = x[x > 0]\nsum(p * p)", x="[n]")
    (counted,) = f.cost().formulas.flops.names - {"n"}
    most = f.cost(n=10)
    assert most.flops == f.cost(n=10, **{counted: 10}).flops > f.cost(n=10, **{counted: 4}).flops
    assert f"{counted} is counted when the function runs: at most n" in str(most)
    x = np.array([1.0, -1.0, 2.0, -3.0, 4.0])
    found = count(f.source, "f", [x], EACH_ALIKE).total
    assert f.cost(n=5, **{counted: 3}).flops == found <= f.cost(n=5).flops


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("sizes", [{"n": 0, "d": 1}, {"n": 1, "d": 0}, {"n": 1, "d": 1}], ids=str)
def test_sizes_0_and_1(name, sizes):
    text, specs = PROGRAMS[name]
    f = of(text, **specs)
    cost = f.cost(**{d: sizes[d] for d in f.cost().formulas.flops.names})
    assert all(v >= 0 and isinstance(v, int) for v in (cost.flops, cost.bytes))


# Lines, text, time, the page.


def test_the_page_shows_what_comes_out():
    page, scope = PAGE.read_text("utf-8"), {}
    shown = STEP.sub(lambda match: run(match, scope), page)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(shown, "utf-8")
    assert page == shown or os.environ.get("UPDATE_GOLDEN")


def test_lines_add_up_to_the_whole():
    f = of("mean(tanh(X @ W)**2)", X="[n, 5]", W="[5, 3]")
    cost = f.cost(n=7)
    assert [x.flops for x in cost.lines] == [2 * 7 * 15, 21, 21, 22]
    assert [x.transcendentals for x in cost.lines] == [0, 21, 0, 0]
    assert sum(x.bytes for x in cost.lines) == cost.bytes
    assert cost.lines[0].operation == "X @ W" and cost.lines[0].type == "float64[n, 3]"
    rows = cost.table().splitlines()
    assert rows[0].split() == ["operation", "type", "flops", "transcendentals", "bytes"]
    assert rows[1].startswith("X @ W") and rows[-1].split()[-1] == f"{cost.bytes:,}"


def test_text():
    cost = of("X @ w", X="[n, 20]", w="[20]").cost(n=1000)
    assert str(cost).splitlines() == [
        "f(n=1000)",
        "flops            40,000   = 40*n",
        "transcendentals  0",
        "bytes            168,160  = 168*n + 160",
    ]
    assert repr(cost) == str(cost)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_docstrings_say_it(style):
    f = of("tanh(X @ w)", style, X="[n, d]", w="[d]")
    found = re.search(r"Cost: (.*) flops, (.*) bytes\.", f.source)
    assert read(found[1], n=3, d=5) == f.cost(n=3, d=5).flops
    assert read(found[2], n=3, d=5) == f.cost(n=3, d=5).bytes


def test_long_formulas_are_cut_in_docstrings():
    g = sg.Graph()
    y = sum(g.input(f"X{i}", f"[a{i}, b{i}, c{i}]").sum() for i in range(9))
    source = sg.function(None, y).source
    lines = [line for line in source.splitlines() if re.search(r"(flops,|bytes\.)$", line)]
    assert len(lines) == 2 and all(len(line) <= 88 and " + ... " in line for line in lines)


def test_time_is_linear():
    def seconds(length):
        e = sg.Graph().input("x", "[n]")
        for _ in range(length):
            e = sg.sin(e) + e
        f = sg.function(None, e, style="readable")
        times = []
        for _ in range(3):
            start = time.process_time()
            f.cost(n=3)
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(4000) < 12 * seconds(1000)
