"""Printing and parsing are inverse: the same node in the same graph, the same text in a new one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgrad as sg
from symgrad.graph.graph import operations
from symgrad.graph.types import Type
from symgrad.lang.printer import WIDTH, summary, to_text
from symgrad.ops.op import case, registry

SPECS = {
    "X": "float32[n, 3]", "W": "[3, 4]", "v": "[n]", "s": "[]", "k": "int64[n]", "q": "bool[3]"
}  # fmt: skip


def check_inverse(*exprs):
    """The program of expressions gives them back, in their graph and in a new one."""
    text = to_text(*exprs)
    graph = exprs[-1].graph
    named, size = dict(graph.named), len(graph)
    assert sg.parse(text, graph=graph) is exprs[-1], text
    assert len(graph) == size and named.items() <= graph.named.items()
    copy = sg.parse(text)
    assert isomorphic(exprs[-1], copy), text
    assert to_text(copy) == to_text(exprs[-1])
    return text


def isomorphic(a, b):
    """Whether two graphs below two nodes are the same but for the nodes' numbers."""
    pairs, stack = {}, [(a, b)]
    while stack:
        x, y = stack.pop()
        if pairs.setdefault(x.id, y.id) != y.id:
            return False
        if (x.op, x.type, show(x), len(x.args)) != (y.op, y.type, show(y), len(y.args)):
            return False
        stack += [(i, j) for i, j in zip(x.args, y.args, strict=True) if i.id not in pairs]
    return len(set(pairs.values())) == len(pairs)


def show(node):
    return {k: v.tobytes() if k == "value" else v for k, v in node.params.items()}


def cases():
    for op in registry.values():
        if op.operands:
            domains = op.domain * len(op.operands) if len(op.domain) == 1 else op.domain
            specs = [
                "bool[n, 2]" if d == "bools" else "[n, 2]" for d in domains[: len(op.operands)]
            ]
            for c in op.cases or [case(*specs)]:
                yield pytest.param(op, c, id=f"{op} {c.params or ''}")


@pytest.mark.parametrize("op, c", list(cases()))
def test_every_operation(op, c):
    g = sg.Graph()
    y = op.on([g.input(f"x{i}", spec) for i, spec in enumerate(c.specs)], c.params)
    check_inverse(y)
    check_inverse(-y if y.dtype != bool else ~y)


@pytest.mark.parametrize("op, c", list(cases()))
def test_every_derivative(op, c):
    g = sg.Graph()
    xs = [g.input(f"x{i}", spec) for i, spec in enumerate(c.specs)]
    y = op.on(xs, c.params)
    wrt = [x for x in xs if x.type.is_floating]
    if y.type.is_floating and wrt:
        for dx in sg.grad(y.sum(), wrt):
            check_inverse(dx)


# The text of an expression, and how it is printed.
SPELLINGS = [
    ("-s**2", "-s**2"),
    ("(-s)**2", "(-s)**2"),
    ("2**-s", "2**-s"),
    ("s**s**s", "s**s**s"),
    ("(s**s)**s", "(s**s)**s"),
    ("s-(s-s)-s", "s - (s - s) - s"),
    ("s*(s*s)/(s/s)", "s * (s * s) / (s / s)"),
    ("s*(s+s)", "s * (s + s)"),
    ("-(s+s)", "-(s + s)"),
    ("-s*s", "-s * s"),
    ("-(s*s)", "-(s * s)"),
    ("+s", "s"),
    ("s - -2", "s - -2"),
    ("(-2)**s", "(-2)**s"),
    ("X@(W@W.T)@W", "X @ (W @ W.T) @ W"),
    ("s * (W.T + W.T)", "s * (W.T + W.T)"),
    ("(X@W).T[0, 1:]", "(X @ W).T[0, 1:]"),
    ("(s>0)&~(s<1)|(s==2)", "(s > 0) & ~(s < 1) | (s == 2)"),
    ("(s > 0) == (s < 1)", "(s > 0) == (s < 1)"),
    ("s % 2 // 3", "s % 2 // 3"),
    ("X[..., None]", "X[:, :, None]"),
    ("X[1:, ::-1]", "X[1:, ::-1]"),
    ("X[0][2]", "X[0][2]"),
    ("X.sum(axis=-1)", "sum(X, axis=1)"),
    ("X.sum((0, 1), keepdims=True)", "sum(X, keepdims=True)"),
    ("softmax(X, axis=-1)", "softmax(X)"),
    ("softmax(X, axis=0)", "softmax(X, axis=0)"),
    ("X.reshape(3, n)", "reshape(X, (3, n))"),
    ("one_hot(k, 3, dtype=float32)", 'one_hot(k, 3, dtype="float32")'),
    ("embed(s, (4, 4), (slice(1, 3), 0))", "embed(s, (4, 4), (slice(1, 3), 0))"),
    ("clip(s, 0, 1)", "clip(s, 0, 1)"),
    ("sum(v)/n", "sum(v) / n"),
    ("sum(v)/(2*n)", "sum(v) / (2*n)"),
    ("(n + 1)*s", "(n + 1) * s"),
    ("n//2*s", "(n//2) * s"),
    ("max(n - 1, 0)*s", "max(n - 1, 0) * s"),
    ("dim(n)*2", "dim(n) * 2"),
    ("dim(n)*n", "dim(n) * n"),
    ("eye(3)*s", "eye(3) * s"),
    ("eye(n + 1, dtype=float32)", 'eye(n + 1, dtype="float32")'),
    ("constant(2)*3", "constant(2) * 3"),
    ("constant(2) < 3", "constant(2) < 3"),
    ("2 + 3", "5"),
    ("exp(2.0)", "exp(2.0)"),
    ("-constant(2)", "-constant(2)"),
    ("n", "n"),
    ("-n", "-n"),
    ("s", "s"),
]


@pytest.mark.parametrize("text, printed", SPELLINGS)
def test_parentheses_and_spelling(text, printed):
    y = sg.parse(text, SPECS)
    assert check_inverse(y).split("\n")[-1] == printed


@pytest.mark.parametrize(
    "value, text",
    [
        (0.5, "0.5"),
        (-0.0, "-0.0"),
        (2, "2"),
        (True, "True"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        (-math.nan, "-nan"),
        (1e300, "1e+300"),
        (-(2**63), "-9223372036854775807 - 1"),
        (np.float32(0.1), 'constant(0.1, dtype="float32")'),
        (np.array(0.1), 'constant(0.1, dtype="float64")'),
        (np.int32(-3), 'constant(-3, dtype="int32")'),
        (np.bool_(True), 'constant(True, dtype="bool")'),
        (np.array([1.5, -0.0, math.inf]), "constant([1.5, -0.0, inf])"),
        (np.array([[1, 2]]), "constant([[1, 2]])"),
        (np.array([True, False]), "constant([True, False])"),
        (np.float32([1e10, 1 / 3]), 'constant([10000000000.0, 0.33333334], dtype="float32")'),
        (np.zeros((0, 3)), "constant(0.0, shape=(0, 3))"),
        (np.full((5, 6), 0.1, "float32"), 'constant(0.1, dtype="float32", shape=(5, 6))'),
        (np.full(9, -0.0), "constant(-0.0, shape=(9,))"),
    ],
)
def test_constants_keep_dtype_weakness_and_bits(value, text):
    g = sg.Graph()
    x = g.input("x", "float32[]")
    assert check_inverse(g.constant(value)) == text
    check_inverse(sg.equal(g.constant(value), x))


def test_a_weak_constant_that_is_no_python_number():
    g = sg.Graph()
    y = g.typed_constant(np.array([1.0, 2.0]), Type(np.dtype("float64"), (2,), True))
    assert check_inverse(y) == "constant([1.0, 2.0], weak=True)"


@given(st.floats(width=32), st.floats(), st.integers(-(2**63), 2**63 - 1))
def test_every_number(single, double, integer):
    g = sg.Graph()
    for value in (np.float32(single), np.array(double), double, np.array(integer), integer):
        if value == value:  # the bits of a nan other than its sign are not written
            check_inverse(g.constant(value))
            check_inverse(g.constant([value, value]))


def test_the_names_of_special_values_may_be_taken():
    y = sg.parse("inf * nan + pi", inf="[]", nan="[]")
    g = y.graph
    z = y * math.inf + g.constant([1.0, -math.nan])
    assert check_inverse(z).endswith('* float("inf") + constant([1.0, -float("nan")])')


def test_named_and_shared_values_have_lines():
    y = sg.parse("h = tanh(X @ W)\nt1 = h * h\nexp(t1) / sum(exp(t1)) + t1", X="[n, 2]", W="[2, 3]")
    assert check_inverse(y) == "\n".join(
        [
            "X: float64[n, 2]",
            "W: float64[2, 3]",
            "h = tanh(X @ W)",
            "t1 = h * h",
            "t2 = exp(t1)",
            "t2 / sum(t2) + t1",
        ]
    )


def test_a_named_number_stays_a_number():
    y = sg.parse("rate = 0.1\nm = 2 * n\nrate * x * rate + m + n", x="float32[n]")
    text = check_inverse(y)
    assert "rate = 0.1\nm = 2*n\nrate * x * rate + m + n" in text
    assert y.dtype == "float32"
    check_inverse(operations["multiply"](y.graph.named["rate"], 3))


def test_the_last_of_several_is_the_value():
    y = sg.parse("loss = sum((x @ w)**2)\nloss", x="[n, 3]", w="[3]")
    x, w = y.graph.inputs.values()
    dx, dw = sg.grad(y, [x, w])
    text = check_inverse(y, dx, dw)
    assert text.count("\n") >= 4 and text.index("loss =") < text.index("x.T")
    assert check_inverse(dw, y).endswith("\nloss")
    assert check_inverse(dw, x).endswith("\nx")
    assert check_inverse(x, x) == "x: float64[n, 3]\nx\nx"


def test_jacobians_and_hessians():
    y = sg.parse("tanh(x @ W)", x="[n, 2]", W="[2, m]")
    x, w = y.graph.inputs.values()
    check_inverse(sg.jacobian(y, w))
    check_inverse(sg.hessian(y.sum(), x))


def test_dims_are_declared_by_an_input_that_has_them():
    y = sg.parse("s * n", s="[]", a="[3]", X="[n, m]", Y="[n]")
    assert check_inverse(y) == "s: float64[]\nX: float64[n, m]\ns * n"


def test_unused_inputs_are_not_declared():
    assert to_text(sg.parse("x", x="[]", y="[]")) == "x: float64[]\nx"


def chain(step, n, start="x"):
    y = x = sg.Graph().input(start)
    for _ in range(n):
        y = step(y, x)
    return y


@pytest.mark.parametrize(
    "step, distinct",
    [
        (lambda y, x: sg.tanh(y), True),
        (lambda y, x: -y, True),
        (lambda y, x: y + x, True),
        (lambda y, x: x**y, True),
        (lambda y, x: y * y, False),
        (lambda y, x: sg.where(y > x, y, x), False),
    ],
    ids=["calls", "signs", "sums", "powers", "squares", "choices"],
)
def test_deep_graphs_print_in_short_lines(step, distinct):
    y = chain(step, 5_000)
    text = to_text(y)
    assert max(map(len, text.split("\n"))) <= WIDTH
    assert len(text) < 60 * len(y.graph)
    assert sg.parse(text, graph=y.graph) is y


def test_wide_calls_are_broken_up():
    names = [f"quite_a_long_name_{i}" for i in range(30)]
    g = sg.Graph()
    y = sg.where(*(sum(sg.exp(g.input(n)) for n in names[i::3]) > 0 for i in range(3)))
    assert all(len(line) <= WIDTH for line in check_inverse(y).split("\n"))


UNARY = st.sampled_from(["negative", "exp", "tanh", "relu", "sum", "transpose", "square"])
BINARY = st.sampled_from(
    ["add", "subtract", "multiply", "divide", "power", "maximum", "less", "where", "remainder"]
)


@st.composite
def graphs(draw):
    """Random graphs: shared nodes, names, numbers, sizes, several dtypes."""
    g = sg.Graph()
    pool = [g.input(n, s) for n, s in [("a", "[n, 2]"), ("b", "float32[2]"), ("c", "[]")]]
    pool += [0.5, 2, -3, g.constant(7), operations["dim"].build(g, [], {"size": sg.Graph and N})]
    for i in range(draw(st.integers(1, 12))):
        picks = st.sampled_from(pool)
        if draw(st.booleans()):
            args = [draw(picks.filter(lambda p: isinstance(p, sg.Expr)))]
            name = draw(UNARY)
        else:
            args = [draw(picks), draw(picks)]
            name = draw(BINARY)
        if not any(isinstance(a, sg.Expr) for a in args):
            continue
        if name == "where":
            args = [pool[0] > 0, *args]
        try:
            y = operations[name](*args)
        except sg.SymgradError:
            continue
        if draw(st.integers(0, 4)) == 0 and y.name is None and y.args:
            y = y.named(f"name_{i}")
        pool.append(y)
    return [p for p in pool if isinstance(p, sg.Expr)][-3:]


N = sg.Graph().input("_", "[n]").shape[0]


@settings(max_examples=150)
@given(graphs())
def test_random_graphs(exprs):
    check_inverse(*exprs)


@pytest.mark.parametrize(
    "width, text",
    [
        (80, "mean((relu(X @ W + c) @ w + b - y)**2)"),
        (38, "mean((relu(X @ W + c) @ w + b - y)**2)"),
        (37, "mean((relu(… + c) @ w + b - y)**2)"),
        (30, "mean((relu(…) @ w + b - y)**2)"),
        (29, "mean((… @ w + b - y)**2)"),
        (16, "mean((… - y)**2)"),
        (12, "mean(…**2)"),
        (7, "mean(…)"),
        (4, "mea…"),
    ],
)
def test_summary_leaves_out_what_is_deep(width, text):
    specs = {"X": "[n, 2]", "W": "[2, 2]", "c": "[2]", "w": "[2]", "b": "[]", "y": "[n]"}
    assert summary(sg.parse("mean((relu(X @ W + c) @ w + b - y)**2)", specs), width) == text


def test_summary_says_names_and_never_arrays():
    y = sg.parse("h = exp(x)\nh * constant([1, 2])", x="[2]")
    assert summary(y) == "h * constant(…)"
    assert summary(y.graph.named["h"]) == "exp(x)"
    assert summary(y.graph.inputs["x"]) == "x"
    assert repr(y) == "<symgrad.Expr float64[2] = h * constant(…)>"


def test_summary_does_not_list_the_coefficients_of_a_series():
    x = sg.Graph().input("x")
    assert summary(sg.polynomial(x, [1.0, 0.5])) == "polynomial(x, coefficients=(1.0, 0.5))"
    series = sg.polynomial(x, [1 / (2 * k + 1) for k in range(17)])
    assert summary(series) == "polynomial(x, …)"
    assert "0.3333333333333333" in to_text(series)


def test_summary_of_a_deep_or_exploding_graph_is_short():
    assert len(summary(chain(lambda y, x: y * y, 5_000))) <= 80
    assert len(summary(chain(lambda y, x: sg.tanh(y), 5_000))) <= 80
