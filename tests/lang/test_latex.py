"""LaTeX: the registry's column, parentheses where they are needed, names, numbers."""

from __future__ import annotations

import re

import pytest

import symgrad as sg
from symgrad.lang.latex import name_latex, to_latex
from symgrad.ops.op import case, registry

SPECS = {"X": "[n, 2]", "A": "[2, 2]", "v": "[2]", "a": "[]", "b": "[]", "k": "int64[n]"}
ROWS = [op for op in registry.values() if op.operands]

FORMULAS = {
    "a + b - (a - b)": r"a + b - \left(a - b\right)",
    "(a + b) * a * (a * b)": r"\left(a + b\right) \, a \, \left(a \, b\right)",
    "-a + b": "-a + b",
    "b + -a": r"b + \left(-a\right)",
    "-(a + b)": r"-\left(a + b\right)",
    "b * -2.5": r"b \, \left(-2.5\right)",
    "a * 2 * b": r"a \cdot 2 \, b",
    "(a + b) / (a * b)": r"\frac{a + b}{a \, b}",
    "(a / b)**2": r"\left(\frac{a}{b}\right)^{2}",
    "a**(b + 1)": "a^{b + 1}",
    "(a**b)**2": r"\left(a^{b}\right)^{2}",
    "exp(a + b)**2": r"\left(e^{a + b}\right)^{2}",
    "square(a + b)": r"\left(a + b\right)^2",
    "sqrt(a + b)": r"\sqrt{a + b}",
    "log1p(a * b)": r"\log\left(1 + a \, b\right)",
    "log1p(a + b)": r"\log\left(1 + \left(a + b\right)\right)",
    "tanh(a + b)": r"\tanh\left(a + b\right)",
    "abs(a - b)": r"\left|a - b\right|",
    "sum(X * X) * 2": r"\left(\sum X \, X\right) \cdot 2",
    "sum(X + X)": r"\sum \left(X + X\right)",
    "maximum(a + b, 0)": r"\max\left(a + b, 0\right)",
    "X @ A.T @ v": r"X \, {A}^\top \, v",
    "(A @ A).T": r"{\left(A \, A\right)}^\top",
    "X[0][1]": r"\left(X_{0}\right)_{1}",
    "X[0]**2": r"X_{0}^{2}",
    "where(a > b, a + b, -b)": r"\begin{cases}a + b & a > b\\-b & \text{else}\end{cases}",
    "(a > 0) & ~(b > 0)": r"a > 0 \land \lnot \left(b > 0\right)",
    "a * 1e-7": r"a \cdot 10^{-7}",
    "a + 2.5e20": r"a + 2.5 \cdot 10^{20}",
    "a / (2*n)": r"\frac{a}{2 \, n}",
    "a - inf": r"a - \infty",
    "v + constant([1, 2])": r"v + \begin{pmatrix}1 \\ 2\end{pmatrix}",
    "A @ constant([[1, 0], [0, 1]])": r"A \, \begin{pmatrix}1 & 0 \\ 0 & 1\end{pmatrix}",
    "sum(constant(1.0, shape=(9, 9)))": r"\sum \mathbf{C}_{9 \times 9}",
    "a[None]": "a",
    "eye(2) @ A": r"I \, A",
}


@pytest.mark.parametrize("text", FORMULAS)
def test_formula(text):
    assert to_latex(sg.parse(text, SPECS)) == FORMULAS[text]


@pytest.mark.parametrize(
    "row, latex",
    {
        "sin_step": r"\sin\left(a + \left(b - c\right)\right) - \sin\left(a\right)",
        "excess": r"\frac{a - \left(b - c\right)}{b - c}",
        "parallel": r"\frac{a \, \left(b - c\right)}{a + \left(b - c\right)}",
        "compound": r"\left(1 + a\right)^{b - c}",
        "power_gap": r"a^{2} - \left(b - c\right)^{2}",
    }.items(),
)
def test_what_rewriting_makes_is_written_as_what_it_means(row, latex):
    g = sg.Graph()
    a, b, c = (g.input(name) for name in "abc")
    two = [2.0] if row == "power_gap" else []
    assert to_latex(registry[row](a, b - c, *two)) == latex


@pytest.mark.parametrize(
    "name, latex",
    [
        ("x", "x"),
        ("theta", r"\theta"),
        ("Omega", r"\Omega"),
        ("loss", r"\mathrm{loss}"),
        ("W1", "W_{1}"),
        ("W_1", "W_{1}"),
        ("d_W1", "d_{W1}"),
        ("theta_0", r"\theta_{0}"),
        ("x1_old", "x_{1,old}"),
        ("a_b_c", r"a_{b\_c}"),
        ("_", r"\mathrm{\_}"),
        ("__x__", "x"),
        ("σ", "σ"),
    ],
)
def test_names(name, latex):
    assert name_latex(name) == latex


def test_named_parts_are_said_by_their_names():
    y = sg.parse("h = relu(X @ v)\nhalf = 0.5\nloss = half * sum(h * h)", SPECS)
    assert to_latex(y) == r"\mathrm{half} \, \left(\sum h \, h\right)"
    assert to_latex(y.graph.named["h"]) == r"\operatorname{relu}\left(X \, v\right)"
    assert to_latex(y.graph.inputs["X"]) == "X"


@pytest.mark.parametrize("op", ROWS, ids=str)
def test_every_operation_gives_balanced_latex(op):
    g = sg.Graph()
    domains = op.domain * len(op.operands) if len(op.domain) == 1 else op.domain
    specs = ["bool[n, 2]" if d == "bools" else "[n, 2]" for d in domains[: len(op.operands)]]
    for c in op.cases or [case(*specs)]:
        y = op.on([g.input(f"x{len(g)}", spec) for spec in c.specs], c.params)
        text = to_latex(sg.logical_not(y) if y.dtype == bool else -y)
        plain = re.sub(r"\\[{}]", "", text)
        assert plain.count("{") == plain.count("}") and text.count(r"\left") == text.count(
            r"\right"
        )


def test_long_formulas_are_cut_into_lines():
    x = y = sg.Graph().input("x")
    for _ in range(20_000):
        y = y + x
    text = to_latex(y)
    lines = text.split("\n")
    assert lines[0] == r"\begin{aligned}" and lines[1].startswith("t_{1} &= x + x")
    assert max(map(len, lines)) < 2100 and len(text) < 10 * len(y.graph)


def test_repeated_parts_do_not_explode():
    y = sg.Graph().input("x")
    for _ in range(1000):
        y = y * y
    assert len(to_latex(y)) < 100_000
