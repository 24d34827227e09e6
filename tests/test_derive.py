"""The chain rule, step by step."""

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import symgrad as sg
from symgrad import cli
from symgrad.derivation.rules import _RULES, rule_of
from symgrad.derivation.typeset import to_html, to_unicode
from symgrad.ops.op import case, registry

GOLDEN = Path(__file__).parent / "derivations"
XOR = """
X: [n, 2]
W: [2, 2]
c: [2]
w: [2]
b: []
y: [n]
mean((relu(X @ W + c) @ w + b - y)**2)
"""
LOGISTIC = """
Phi: [n, 3]
w: [3]
t: [n]
alpha: []
a = Phi @ w
y = sigmoid(a)
E = -sum(t * log(y) + (1 - t) * log(1 - y)) + alpha/2 * sum(w**2)
"""
SOFTMAX = """
X: [n, 4]
W1: [4, 8]
b1: [8]
W2: [8, 3]
b2: [3]
Y: [n, 3]
lam: []
h = tanh(X @ W1 + b1)
-mean(sum(Y * log(softmax(h @ W2 + b2)), axis=1)) + lam/2 * (sum(W1**2) + sum(W2**2))
"""
CORNERS = {  # the network of Deep Learning, section 6.1, with b moved off its solution
    "X": np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]),
    "W": np.ones((2, 2)),
    "c": np.array([0.0, -1]),
    "w": np.array([1.0, -2]),
    "b": 0.5,
    "y": np.array([0.0, 1, 1, 0]),
}
EXAMPLES = {
    "xor": (XOR, ["W", "c", "w", "b"], None),
    "xor_numbers": (XOR, ["W", "c", "w", "b"], CORNERS),
    "logistic": (LOGISTIC, ["w"], None),
    "softmax": (SOFTMAX, ["W1", "b1", "W2", "b2"], None),
}


def derived(name):
    text, wrt, values = EXAMPLES[name]
    return sg.derive(sg.parse(text), wrt, values=values)


def lines_of(derivation):
    return [*derivation.forward, *derivation.backward, *derivation.gradients]


def values_of(derivation, point):
    """For every line its name and number: values, and cotangents after a d."""
    lines = [(x.name, x) for x in derivation.forward]
    lines += [(f"d_{x.name}", x) for x in derivation.backward]
    f = sg.function(None, [x.expr for _, x in lines])
    found = f(**{x.name: point[x.name] for x in f.inputs})
    return dict(zip([name for name, _ in lines], found, strict=True))


@pytest.mark.parametrize("name", EXAMPLES)
def test_golden_markdown(name):
    assert derived(name).to_markdown() == (GOLDEN / f"{name}.md").read_text("utf-8")


def test_every_step_of_xor_by_hand():
    p = CORNERS
    found = values_of(derived("xor"), p)
    z1 = p["X"] @ p["W"] + p["c"]
    h1 = np.maximum(z1, 0)
    z2 = h1 @ p["w"] + p["b"]
    d_z2 = 2 / 4 * (z2 - p["y"])
    d_h1 = np.outer(d_z2, p["w"])
    d_z1 = d_h1 * (z1 > 0)
    expected = {"z1": z1, "h1": h1, "z2": z2, "J": np.mean((z2 - p["y"]) ** 2), "d_z2": d_z2}
    expected |= {"d_b": d_z2.sum(), "d_w": h1.T @ d_z2, "d_h1": d_h1, "d_z1": d_z1}
    expected |= {"d_c": d_z1.sum(0), "d_W": p["X"].T @ d_z1}
    assert list(found) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-15)


def test_every_step_of_logistic_regression_by_hand():
    rng = np.random.default_rng(0)
    point = {"Phi": rng.normal(size=(5, 3)), "w": rng.normal(size=3), "alpha": 0.3}
    point["t"] = np.array([0.0, 1, 1, 0, 1])
    found = values_of(derived("logistic"), point)
    a = point["Phi"] @ point["w"]
    y = 1 / (1 + np.exp(-a))
    np.testing.assert_allclose(found["a"], a)
    np.testing.assert_allclose(found["d_y"], -point["t"] / y + (1 - point["t"]) / (1 - y))
    np.testing.assert_allclose(found["d_a"], y - point["t"])
    np.testing.assert_allclose(found["d_w"], point["Phi"].T @ (y - point["t"]) + 0.3 * point["w"])


def softmax_loss(X, W1, b1, W2, b2, Y, lam):
    z = np.tanh(X @ W1 + b1) @ W2 + b2
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    return -(Y * np.log(p)).sum(1).mean() + lam / 2 * ((W1**2).sum() + (W2**2).sum())


def test_gradients_of_a_softmax_network_by_the_complex_step():
    rng = np.random.default_rng(1)
    shapes = {"X": (5, 4), "W1": (4, 8), "b1": (8,), "W2": (8, 3), "b2": (3,)}
    point = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    point |= {"Y": np.eye(3)[[0, 2, 1, 1, 0]], "lam": 0.1}
    d = derived("softmax")
    f = sg.function(None, [x.expr for x in d.gradients])
    for line, found in zip(d.gradients, f(**point), strict=True):
        step = rng.normal(size=shapes[line.name])
        moved = {**point, line.name: point[line.name] + 1e-30j * step}
        slope = softmax_loss(**moved).imag / 1e-30
        np.testing.assert_allclose((found * step).sum(), slope, rtol=1e-12)


def test_order_is_that_of_the_book():
    d = derived("xor")
    assert [x.name for x in d.forward] == ["z1", "h1", "z2", "J"]
    assert [x.name for x in d.backward] == ["z2", "b", "w", "h1", "z1", "c", "W"]
    assert [x.name for x in d.gradients] == ["W", "c", "w", "b"]


def test_products_are_of_matrices():
    d = {x.name: x.formula for x in derived("xor").backward}
    assert to_unicode(d["W"]) == "Xᵀ ∂J/∂z₁"
    assert to_unicode(d["h1"]) == "∂J/∂z₂ wᵀ"
    assert to_unicode(d["c"]) == "1ᵀ ∂J/∂z₁"
    assert to_unicode(d["z1"]) == "∂J/∂h₁ ⊙ 1[z₁ > 0]"


def test_consumers_add_up():
    x = sg.Graph().input("x")
    h = sg.sin(x)
    d = sg.derive(h * sg.exp(h) + x, x)
    by_name = {c.name: c for c in d.backward}
    assert len(by_name["u1"].shares) == 2
    assert "The 2 shares add up." in str(d)
    f = sg.function([d.gradients[0].expr.graph.inputs["x"]], d.gradients[0].expr)
    s = np.sin(0.7)
    assert f(0.7) == pytest.approx(np.cos(0.7) * np.exp(s) * (1 + s) + 1, rel=1e-14)


def test_a_rule_is_explained_once():
    text = str(derived("xor"))
    assert text.count("a sum passes its cotangent on") == 1
    assert text.count("add") > 2


def test_numbers_stand_beside_the_steps():
    text = str(derived("xor_numbers"))
    assert "z₂ = h₁ w + b = (0.5 1.5 1.5 0.5)   [n]" in text
    assert "J  = mean((z₂ − y)²) = 0.25" in text
    d = sg.derive(sg.parse("sum(x**2)", x="[n]"), "x", values={"x": np.arange(100.0)})
    assert "∂J/∂x = 2 x ∈ [0, 198]   [n]" in str(d)
    d = sg.derive(sg.parse("1e-9 / x", x="[]"), "x", values={"x": 0.0})
    assert "∞" in str(d)


def test_expressions_on_the_way_and_strangers():
    g = sg.Graph()
    x, z = g.input("x"), g.input("z", "[2]")
    h = sg.sin(x)
    y = h * h
    count = len(g)
    d = sg.derive(y, [h, z, y])
    assert [to_unicode(line.formula) for line in d.gradients] == ["2 u₁", "0", "1"]
    assert d.gradients[1].shape == (2,)
    assert len(g) == count
    assert not g.derivatives


def test_as_written():
    y = sg.parse("log(1 + exp(x))", x="[]")
    assert [to_unicode(x.formula) for x in sg.derive(y, "x").forward] == ["1 + e^x", "log(u₁)"]


def test_a_letter_of_the_users_is_not_taken():
    g = sg.Graph()
    J, G = g.input("J", "[n, 3]"), g.input("G", "[3, 2]")
    text = str(sg.derive((sg.exp(J) @ G).sum(), [J, G]))
    assert "Derivatives of J₁ with respect to J, G" in text
    assert "D ↦ D Gᵀ" in text and "G ↦" not in text


HOSTILE = ["__html__", "_x_", "a_b__c", "größe", "μ_σ", "script", "nan", "lambda_", "O0", "x" * 200]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name):
    d = sg.derive(sg.parse(f"z_1 = sin({name})\nz_1**2", {name: "[]"}), name)
    html, markdown, latex = d.to_html(), d.to_markdown(), d.to_latex()
    assert "\\" not in html
    assert "<script" not in html
    for text in (markdown, latex):
        assert balanced(text)
        for raised in re.findall(r"(?<!\\)_(.)", re.sub(r"\\_", "", text)):
            assert raised in "{0123456789"


def test_markup_is_escaped():
    assert to_html("a < b & c > d") == "<i>a</i> &lt; <i>b</i>&amp;<i>c</i> &gt; <i>d</i>"
    markdown = sg.derive(sg.parse("where(x < 2, x, x**2)", x="[]"), "x").to_markdown()
    assert "<" not in markdown


def test_deep_braces_do_not_overflow():
    deep = "{" * 5000 + "x" + "}" * 5000
    assert "x" in to_html(deep)
    assert "x" in to_unicode(r"\sqrt{" * 5000 + "x" + "}" * 5000)


def scalar_of(op):
    """The sum of what a row makes of its second case, weighted, and its floating operands."""
    kinds = [op.domain[min(i, len(op.domain) - 1)] for i in range(len(op.operands))]
    cases = op.cases or [case(*("bool[2, 3]" if kind == "bools" else "[2, 3]" for kind in kinds))]
    chosen = cases[min(1, len(cases) - 1)]
    g = sg.Graph()
    operands = [g.input(f"x_{i}", spec) for i, spec in enumerate(chosen.specs)]
    y = op.on(operands, chosen.params)
    weighted = y * g.input("weight", y.type)
    return weighted.sum() if weighted.ndim else weighted, [
        x for x in operands if x.type.is_floating
    ]


def differentiable():
    """The rows with a derivative, each with a scalar of it."""
    for name, op in registry.items():
        try:
            y, wrt = scalar_of(op)
            sg.grad(y, wrt, stabilize=False)
        except (sg.SymgradError, AttributeError):
            continue
        if wrt:
            yield name, y, wrt


ROWS = {name: (y, wrt) for name, y, wrt in differentiable()}


def balanced(formula):
    braces = formula.count("{") - formula.count(r"\{") == formula.count("}") - formula.count(r"\}")
    return braces and formula.count(r"\left") == formula.count(r"\right")


def test_most_rows_are_differentiable():
    assert len(ROWS) > 190
    assert ROWS.keys() >= {"where", "clip", "matmul", "concatenate", "softmax", "cholesky"}


@pytest.mark.parametrize("name", ROWS)
def test_every_operation_is_typeset(name):
    d = sg.derive(*ROWS[name], limit=5000)
    assert "\\" not in d.to_html()
    assert "\\" not in str(d)
    assert all(line.formula and balanced(line.formula) for line in lines_of(d))


def test_rules_are_of_operations():
    assert set(_RULES) <= {*registry, "broadcasting"}
    assert all(rule_of(name) for name in registry)


def test_html_stands_alone():
    html = derived("softmax").to_html()
    assert html.startswith("<!DOCTYPE html>")
    assert not re.search(r"<script|https?:|src=|@import|url\(", html)
    for tag in ("div", "span", "table", "tr", "td", "p", "sub", "sup", "i", "b"):
        assert len(re.findall(rf"<{tag}[ >]", html)) == html.count(f"</{tag}>")
    assert "<style>" in derived("xor")._repr_html_()
    assert derived("xor")._repr_markdown_() == derived("xor").to_markdown()
    assert repr(derived("xor")) == "<symgrad.Derivation of J toward W, c, w, b>"


def test_latex_is_escaped():
    latex = derived("softmax").to_latex()
    assert r"\texttt{log}" in latex
    assert not re.search(r"[ᵀ⊙²]", latex)


def chain(length):
    x = sg.Graph().input("x")
    y = x
    for _ in range(length):
        y = sg.sin(y) + 0.5
    return y, x


def test_large_expressions_are_refused():
    with pytest.raises(
        sg.GraphError, match=r"has 402 nodes, .* more than 400 is not read"
    ) as error:
        sg.derive(*chain(200))
    assert "give limit=402" in str(error.value)
    assert len(sg.derive(*chain(200), limit=402).forward) == 200


@pytest.mark.parametrize(
    ("text", "wrt", "error", "message"),
    [
        ("x", "x", sg.GraphError, r"x float64\[\] computes nothing"),
        ("x + 1", [], sg.GraphError, "there is nothing to differentiate with respect to"),
        ("x + 1", "y", sg.DifferentiationError, "no expression is called 'y'"),
        ("v + x", "x", sg.DifferentiationError, r"a gradient is of a scalar, and v \+ x float"),
        ("sum(k) * x", "k", sg.DifferentiationError, "cannot differentiate with respect to k"),
    ],
)
def test_refusals(text, wrt, error, message):
    y = sg.parse(text, x="[]", v="[3]", k="int64[3]")
    with pytest.raises(error, match=message):
        sg.derive(y, wrt)


def test_values_that_do_not_fit():
    y = sg.parse("x**2", x="[]")
    with pytest.raises(sg.ShapeError, match="derive: argument x has shape"):
        sg.derive(y, "x", values={"x": [1.0, 2.0]})
    with pytest.raises(sg.GraphError, match="x missing"):
        sg.derive(y, "x", values={})
    with pytest.raises(sg.GraphError, match="an expression is wanted here, not str"):
        sg.derive("x**2", "x")


def test_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("loss.sg").write_text(XOR)
    for ending in (".md", ".html", ".tex", ".txt"):
        assert cli.run(["derive", "loss.sg", "--wrt", "W,b", "-o", f"steps{ending}"]) == 0
        assert Path(f"steps{ending}").stat().st_size > 500
    d = sg.derive(sg.parse(XOR), ["W", "b"])
    assert Path("steps.md").read_text("utf-8") == d.to_markdown()
    assert cli.run(["derive", "loss.sg", "-o", "steps.pdf"]) == 2
    shown = CliRunner().invoke(cli.app, ["derive", "sin(x**2)", "--let", "x: []"])
    assert "∂J/∂u₁ = cos(u₁)" in shown.output
