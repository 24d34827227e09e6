"""The certificate: what is wrong is not written, what is right is, and the file says so."""

from __future__ import annotations

import ast
import warnings
from contextlib import suppress

import numpy as np
import pytest

import symgrad as sg
from symgrad.autodiff import columns
from symgrad.backends.numpy import certificate, truth
from symgrad.backends.numpy.drawing import Point, plan
from symgrad.backends.numpy.extended import as_floats
from symgrad.backends.numpy.plain import Rounded, Wide, run
from symgrad.graph.walk import ancestors
from symgrad.ops.batching import elementwise
from symgrad.ops.op import case, registry
from symgrad.passes import _CANONICALIZE, _STABILIZE, _VALUES
from tests.oracles import domain_of

SOFTPLUS = "z = X @ w + b\nmean(log(1 + exp(z)))"
TANH = "z = X @ w + b\nmean(tanh(z)**2)"
TYPES = {"X": "[n, 3]", "w": "[3]", "b": "[]"}
LEAVES = {"input", "constant", "dim", "custom", "iota", "eye"}


def loss_and_grad(text, types=TYPES, *wrt):
    y = sg.parse(text, types)
    return {"f": (None, [y, *sg.grad(y, list(wrt or ("w", "b")))])}


def checked(path):
    """The line of a file's docstring that says how it was checked."""
    lines = ast.get_docstring(ast.parse(path.read_text())).splitlines()
    return next(line for line in lines if "hecked against" in line)


def refused(tmp_path, message, **functions):
    with pytest.raises(sg.CodegenError, match=message) as error:
        sg.write_module(tmp_path / "f.py", **functions)
    assert "certify=False" in str(error.value)
    assert list(tmp_path.iterdir()) == []
    sg.write_module(tmp_path / "f.py", certify=False, **functions)


def break_phases(monkeypatch, phases, op, change):
    """Replace what phases do to an operation; all phases forget what fits where."""
    for phase in phases:
        monkeypatch.setitem(phase.structural, op, [change])
    for each in (_STABILIZE, _CANONICALIZE, _VALUES):
        monkeypatch.setattr(each, "_fitting", {})
        monkeypatch.setattr(each, "_among", {})
        monkeypatch.setattr(each, "ops", each.ops | {op})


def test_what_the_file_says(tmp_path):
    path = sg.write_module(tmp_path / "f.py", **loss_and_grad(SOFTPLUS))
    assert checked(path) == (
        "Checked against the formula as written: 12 digits agree at 12 points, n = 1, 3, 7."
    )
    assert "log(1 + exp(z)) is computed as logaddexp(0, z).\n" in path.read_text()
    unchecked = sg.write_module(tmp_path / "g.py", certify=False, **loss_and_grad(SOFTPLUS))
    assert "hecked against" not in unchecked.read_text()


def test_sizes_of_many_dims_have_a_line(tmp_path):
    y = sg.parse("sum(tanh(A @ x + b))", A="float32[n, m]", x="float32[m]", b="float32[n]")
    text = sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "x")])).read_text()
    line = "Checked against the formula as written: 5 digits agree at 12 points.\n"
    assert f"{line}Sizes: n = 1, 3, 7; m = 1, 4, 6.\n" in text


def test_float64_of_float32_has_the_digits_of_float32(tmp_path):
    """NumPy makes float64 of float32 times np.log(2 * np.pi): no more digits come of it."""

    def loss(x, m, s):
        return -0.5 * ((x - m) / s) ** 2 - np.log(s) - 0.5 * np.log(2 * np.pi)

    y = sg.trace(loss, *["float32"] * 3)
    assert y.dtype == np.float64
    path = tmp_path / "density.py"
    sg.write_module(path, loss_and_grad=(None, [y, *sg.grad(y, ["x", "m", "s"])]))
    assert "5 digits agree" in path.read_text()


@pytest.mark.parametrize(("dtype", "often"), [("float64", 0), ("float32", 1)])
def test_only_code_of_float32_is_compared_in_float64_too(dtype, often, tmp_path, monkeypatch):
    compare, widened = certificate._Certifier._compare_widened, []
    spy = lambda self, truth: widened.append(truth) or compare(self, truth)
    monkeypatch.setattr(certificate._Certifier, "_compare_widened", spy)
    y = sg.parse("sum(tanh(x))", x=f"{dtype}[4]")
    sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "x")]))
    assert len(widened) == often


def test_float32(tmp_path):
    types = {name: f"float32{spec}" for name, spec in TYPES.items()}
    path = sg.write_module(tmp_path / "f.py", **loss_and_grad(SOFTPLUS, types))
    assert "5 digits agree" in checked(path)


def test_rounding_that_grows_in_a_deep_network_is_no_error(tmp_path):
    """The weights, as they are drawn, make rounding errors of float32 grow from layer to layer."""
    g, weights, names = sg.Graph(), [], ["loss"]
    X = h = g.input("X", "float32[n, 40]")
    for i in range(8):
        weights.append(g.input(f"W{i}", "float32[40, 40]"))
        names.append(f"d_W{i}")
        h = sg.tanh(h @ weights[-1])
    outputs = [sg.sum(h**2), *sg.grad(sg.sum(h**2), weights)]
    claim = certificate.Claim("f", [X, *weights], outputs, outputs, names, False)
    path = sg.write_module(tmp_path / "f.py", f=([X, *weights], outputs))
    assert "hecked against the formula as written" in checked(path)
    source = path.read_text()
    assert certificate.certify([claim], source).startswith("Checked")
    for right, wrong in (("(1 - ", "(1.00001 - "), ("np.tanh(", "np.sin(")):
        assert right in source
        with pytest.raises(sg.CodegenError, match="its text is not"):
            certificate.certify([claim], source.replace(right, wrong))


def test_a_wrong_rewrite(tmp_path, monkeypatch):
    def wrong(node, opaque):
        return node.args[0] if node.args[0].op == "add" else None

    break_phases(monkeypatch, [_STABILIZE], "log", wrong)
    message = r"loss is .* they part at .*log\(1 \+ exp\(z\)\).* computed as .*1 \+ exp\(z\)"
    refused(tmp_path, message, **loss_and_grad(SOFTPLUS))


def wrong_slope(node, opaque):
    """A rewrite that is wrong where something is differentiated."""
    return node.args[0] * 2 if opaque and node.args[0].op == "add" else None


def test_a_rewrite_that_is_wrong_where_it_is_differentiated(tmp_path, monkeypatch):
    break_phases(monkeypatch, [_STABILIZE], "log", wrong_slope)
    refused(tmp_path, r"the gradient of .* to z is wrong", **loss_and_grad(SOFTPLUS, TYPES, "z"))


def test_a_wrong_short_form(tmp_path, monkeypatch):
    break_phases(monkeypatch, [_VALUES], "mean", lambda node, _: sg.sum(node.args[0]))
    refused(tmp_path, r"which is computed as sum\(tanh\(z\)\*\*2\)", **loss_and_grad(TANH))


def test_a_wrong_derivative(tmp_path, monkeypatch):
    wrong = [lambda g, y, x: g * (1 - y)]
    monkeypatch.setitem(registry["tanh"].__dict__, "vjp", wrong)
    message = r"gradient of .* to w is wrong: .* part at z = .*, by the derivative rule of tanh"
    refused(tmp_path, message, **loss_and_grad(TANH))


def test_a_derivative_that_is_wrong_by_little(tmp_path, monkeypatch):
    """1 in 1e8 is far above rounding, and far below what differences in float64 see."""
    wrong = [lambda g, y, x: g * (1 + 1e-8 - y**2)]
    monkeypatch.setitem(registry["tanh"].__dict__, "vjp", wrong)
    refused(tmp_path, "gradient of .* is wrong", **loss_and_grad(TANH))


def test_a_wrong_text(tmp_path, monkeypatch):
    monkeypatch.setitem(registry["tanh"].__dict__, "numpy", "np.sinh({x})")
    refused(tmp_path, "its text is not", **loss_and_grad(TANH))


def test_a_wrong_derivative_of_a_large_graph(tmp_path, monkeypatch):
    types = {"X": "float32[n, 300]", "w": "float32[300]", "b": "float32[]"}
    sg.write_module(tmp_path / "f.py", **loss_and_grad(TANH, types)).unlink()
    wrong = [lambda g, y, x: g * (1 - 0.9 * y**2)]
    monkeypatch.setitem(registry["tanh"].__dict__, "vjp", wrong)
    refused(tmp_path, "gradient of .* is wrong", **loss_and_grad(TANH, types))


@pytest.mark.parametrize(
    ("text", "types", "points"),
    [
        ("sum(x)", {"x": "[3, 4]"}, 12),
        ("E[i]", {"E": "[40000, 64]", "i": "int64[n]"}, 1),
        ("E[i]", {"E": "[1000000, 64]", "i": "int64[n]"}, 0),
        ("sum(x)", {"x": "[a, b, c, d, e, f, g, h, i, j]"}, 0),  # 3 * 4 * ... * 12 in between
    ],
)
def test_no_more_is_drawn_than_fits(text, types, points):
    y = sg.parse(text, types)
    where = plan(list(y.graph.inputs.values()), ancestors([y]))
    assert (where.each if where.sizes else 0) == points


def test_second_derivatives(tmp_path, monkeypatch):
    def curvature():
        y = sg.parse("sum(tanh(x)**3)", x="[n]")
        return {"f": (None, sg.grad((sg.grad(y, "x") ** 2).sum(), "x"))}

    assert "12 digits" in checked(sg.write_module(tmp_path / "f.py", **curvature()))
    (tmp_path / "f.py").unlink()
    wrong = [lambda g, y, x: g * (1 - y**2 + 0.01 * y)]
    monkeypatch.setitem(registry["tanh"].__dict__, "vjp", wrong)
    refused(tmp_path, "is wrong", **curvature())


def jacobian_of_layer():
    """More outputs than inputs: forward mode, a column for each input."""
    y = sg.parse("tanh(A @ x)**2", A="[n, 3]", x="[3]")
    return {"f": (None, sg.jacobian(y, "x"))}


def jacobian_of_means():
    """Fewer outputs than inputs: reverse mode, a row for each output."""
    y = sg.parse("mean(tanh(X)**2, axis=0)", X="[4, 2]")
    return {"f": (None, sg.jacobian(y, "X"))}


def hessian_of_loss():
    y = sg.parse("sum(tanh(A @ w)**3)", A="[n, 3]", w="[3]")
    return {"f": (None, sg.hessian(y, "w"))}


def product_with_hessian():
    y = sg.parse("sum(tanh(A @ w)**3)", A="[n, 3]", w="[3]")
    return {"f": (None, sg.hvp(y, "w", y.graph.input("v", "[3]")))}


def derivative_along():
    y = sg.parse("h = tanh(A @ x)\nexp(h) * x[0]", A="[n, 3]", x="[3]")
    g = y.graph
    t, u = g.input("t", "[3]"), g.input("u", "[n]")
    return {"f": (None, sg.jvp(y, ["x", "h"], [t, u]))}


OTHERS = {
    jacobian_of_layer: "the Jacobian of .* to x is wrong",
    jacobian_of_means: "the Jacobian of .* to X is wrong",
    hessian_of_loss: "the gradient of .* to w is wrong",
    product_with_hessian: "the gradient of .* to w is wrong",
    derivative_along: "the derivative of .* along its tangents is wrong",
}


@pytest.mark.parametrize("made", OTHERS)
def test_a_wrong_rule_in_every_kind_of_derivative(tmp_path, monkeypatch, made):
    assert "12 digits agree" in checked(sg.write_module(tmp_path / "f.py", **made()))
    (tmp_path / "f.py").unlink()
    wrong = [lambda g, y, x: g * (1 + 1e-8 - y**2)]
    monkeypatch.setitem(registry["tanh"].__dict__, "vjp", wrong)
    refused(tmp_path, OTHERS[made], **made())


def reversed_columns(node, args, varies):
    """A product of a fixed matrix with all columns, with its rows in the wrong order."""
    return sg.flip(node.args[0] @ args[1], 0)


@pytest.mark.parametrize(
    "text, specs, rule",
    [
        ("tanh(A @ x)", {"A": "[20, 20]", "x": "[20]"}, "matmul"),
        ("sum((A @ x)**2) / 2", {"A": "[20, 20]", "x": "[20]"}, "matmul"),
    ],
)
def test_a_wrong_rule_of_columns(tmp_path, monkeypatch, text, specs, rule):
    """Every gradient is right, and the Jacobian that is made of them is not."""

    def whole():
        y = sg.parse(text, specs)
        return {"f": (None, (sg.jacobian if y.shape else sg.hessian)(y, "x"))}

    sg.write_module(tmp_path / "f.py", **whole()).unlink()
    monkeypatch.setitem(columns._RULES, registry[rule].batch, reversed_columns)
    refused(tmp_path, "the Jacobian of .* to x is wrong", **whole())


def test_a_wrong_rule_of_batches(tmp_path, monkeypatch):
    sg.write_module(tmp_path / "f.py", **jacobian_of_means()).unlink()
    right = registry["multiply"].batch

    def wrong(node, args, ranks):
        return right(node, args, ranks) * 1.01

    monkeypatch.setitem(registry["multiply"].__dict__, "batch", wrong)
    refused(tmp_path, "the Jacobian of .* to X is wrong", **jacobian_of_means())


def test_a_rewrite_that_is_wrong_in_a_jacobian(tmp_path, monkeypatch):
    def layer():
        y = sg.parse("z = A @ x\nlog(1 + exp(z))", A="[3, 3]", x="[3]")
        return {"f": (None, sg.jacobian(y, "z"))}

    break_phases(monkeypatch, [_STABILIZE], "log", wrong_slope)
    refused(tmp_path, r"the Jacobian of .* to z is wrong", **layer())


def test_jacobians_of_symmetric_matrices_and_along_them(tmp_path):
    g = sg.Graph()
    S, T = g.input("S", "[3, 3]"), g.input("T", "[3, 3]")
    outputs = [sg.jacobian(sg.cholesky(S), S), sg.jvp(sg.cholesky(S), S, T)]
    path = sg.write_module(tmp_path / "f.py", f=(None, outputs))
    assert "12 digits agree" in checked(path)


@sg.custom_vjp(lambda g, y, x: g * 7)
def seven(x):
    """A value whose declared derivative is none of its own."""
    return sg.sign(x)


def test_barriers_in_jacobians_are_no_defects(tmp_path):
    x = sg.Graph().input("x", "[3]")
    outputs = [sg.jacobian(f(x) * x, x) for f in (seven, sg.stop_gradient)]
    outputs += [sg.jvp(seven(x) * x, x, x), sg.jacobian(sg.sign(x), x)]
    assert "12 digits" in checked(sg.write_module(tmp_path / "f.py", f=([x], outputs)))


def test_what_the_user_asked_for_is_no_defect(tmp_path):
    """Barriers and rules of the user's own are not the value's derivative."""
    x = sg.Graph().input("x", "[n]")
    y = (seven(x) * sg.stop_gradient(sg.exp(x)) * x).sum()
    assert "12 digits" in checked(sg.write_module(tmp_path / "f.py", f=([x], [y, sg.grad(y, x)])))


def test_no_value_is_no_defect(tmp_path):
    y = sg.parse("sum(log(x - 500))", x="[3]")
    path = sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "x")]))
    assert checked(path).startswith("Not checked")


def test_sizes_that_are_too_small_are_left_out(tmp_path):
    y = sg.parse("x[5]**2", x="[n]")
    path = sg.write_module(tmp_path / "f.py", f=(None, [y, sg.grad(y, "x")]))
    assert checked(path).endswith("4 points, n = 7.")


def test_functions_of_several_graphs(tmp_path):
    path = sg.nn.MLP([2, 3, 1]).write_module(tmp_path / "net.py", sg.nn.Adam())
    assert "12 digits agree" in checked(path)


def written(text):
    """A value and its gradient."""
    y = sg.parse(text, x="[n]")
    return {"f": (None, [y, *sg.grad(y.sum(), ["x"])])}


@pytest.mark.parametrize(
    "text",
    [
        "tan(where(x > 10, x, 1e200) - x)",
        "tan((1e20 - x)**1.5)",
        "x / (3 + x) + 1e200 / 4",
        "where(x > 0, -1e20, x)**4",
        "hypot(tan(x), 1e20)",
        "sin(x * 1e40)",
        "1000 + x - x",
        "x * 1e-200 * 1e-200 * 1e300",
        "exp(x) / sum(exp(x))",
    ],
)
def test_literals_of_any_size_are_no_defects(tmp_path, text):
    """Numbers that absorb others, tiny slopes, and what rounding leaves nothing of."""
    assert "12 digits" in checked(sg.write_module(tmp_path / "f.py", **written(text)))


CHOICES = {
    "maximum(x, 0.5)": lambda x: np.maximum(x, 0.5),
    "where(x > 0, x, -x)": np.abs,
    "clip(x, -0.3, 0.3)": lambda x: np.clip(x, -0.3, 0.3),
    "-sort(x)": lambda x: -np.sort(x),
    "max(x)": np.max,
    "cummin(x)": np.minimum.accumulate,
    "fmin(x, 2 * x)": None,
    "x + 1": None,
    "exp(x)": None,
}


@pytest.mark.parametrize("text", CHOICES)
def test_what_is_chosen_among_numbers_has_no_rounding_error(text):
    y = sg.parse(text, x="[50]")
    x, by = y.graph.inputs["x"], Rounded(np.float64, 0)
    given = by.given(np.random.default_rng(3).normal(size=50))
    found = run(ancestors([y]), {x.id: given}, {}, by)[y.id]
    if (exactly := CHOICES[text]) is not None:
        np.testing.assert_array_equal(found, exactly(given))
    else:
        plain = run(ancestors([y]), {x.id: given}, {}, Wide())[y.id]
        assert np.mean(found != plain) > 0.3


def test_deviations_that_are_not_covered_are_rare():
    """They are more than so many times the largest of five seen."""
    rng, shape = np.random.default_rng(0), (10**6, 1 + truth._MOVES)
    for times, drawn in (
        (truth._UNSTEADY, rng.standard_normal(shape)),
        (truth._LOST, rng.standard_cauchy(shape)),
    ):
        one, *others = np.abs(drawn).T
        assert np.mean(one > times * np.max(others, axis=0)) < 1e-4


def test_the_file_says_where_rounding_is_excused(tmp_path):
    assert "rounding" not in sg.write_module(tmp_path / "f.py", **written("tanh(x)")).read_text()
    path = sg.write_module(tmp_path / "g.py", **written("tan((1e20 - x)**1.5)"))
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring.splitlines()[-1] == (
        "Where fewer digits agree, rounding errors change the formula itself by as much."
    )


def test_least_squares_are_checked_where_they_have_one_solution(tmp_path):
    """With fewer rows than columns rounding decides, and excuses any matrix."""
    y = sg.parse("solve(X.T @ X, X.T @ y)", X="[n, d]", y="[n]")
    inputs = list(y.graph.inputs.values())
    source = sg.write_module(tmp_path / "f.py", f=(inputs, y)).read_text()
    claim = certificate.Claim("f", inputs, [y], [y], ["y"], True)
    assert "solve(X.T @ X, " in source
    with pytest.raises(sg.CodegenError, match="does not compute"):
        certificate.certify([claim], source.replace("solve(X.T @ X, ", "solve(np.tril(X.T @ X), "))


BROKEN = [
    ("softmax(where(x > 0.2, x, -1e9))", "= softmax(", "= 1.0001 * softmax("),
    ("softmax(where(x > 0.2, x, -1e200))", "= softmax(", "= 1.0001 * softmax("),
    ("where(x > 0, 1e20, tanh(x))", "np.tanh(", "np.sin("),
    ("where(x > 1.5, exp(x), tanh(x))", "np.exp(", "np.expm1("),
    ("tanh(x)", "np.tanh(x)", "np.where(x > 0, np.tanh(x), np.nan)"),
    ("tanh(x)", "np.tanh(x)", "np.tanh(x) / np.zeros(())"),
    ("tanh(x)", "np.tanh(x)", "np.tanh(x).sum(axis=3)"),
    ("tanh(x)", "np.tanh(x)", "np.nan"),
    ("tanh(x) * 1e-30", " 1e-30", " 1.0001e-30"),
    ("max(x) + log(sum(exp(x - max(x))))", "np.max(x)", "np.max(x) + np.inf"),
]


@pytest.mark.parametrize("text, right, wrong", BROKEN)
def test_a_broken_line(tmp_path, text, right, wrong):
    """Wrong by little beside large literals, not finite, or an error."""
    y = sg.parse(text, x="[n]")
    x = y.graph.inputs["x"]
    source = sg.write_module(tmp_path / "f.py", f=([x], y)).read_text()
    claim = certificate.Claim("f", [x], [y], [y], ["y"], True)
    assert certificate.certify([claim], source).startswith("Checked")
    assert right in source
    with pytest.raises(sg.CodegenError, match=r"does not compute|raises AxisError"):
        certificate.certify([claim], source.replace(right, wrong))


def elementwise_case(op):
    bools = ["bool" * (domain_of(op, i) == "bools") for i in range(len(op.operands))]
    return case(*(f"{dtype}[n]" for dtype in bools))


ROWS = [
    (op, c)
    for op in registry.values()
    if op not in LEAVES
    for c in op.cases[:2] or ([elementwise_case(op)] if op.batch is elementwise else [])
]


@pytest.mark.parametrize("dtype", ["", "float32"])
def test_every_row_is_right(tmp_path, dtype):
    """Whatever a row computes, and its gradient, is written, and all of it has been checked."""
    for op, c in ROWS:
        g = sg.Graph()
        specs = (s if s[0] != "[" else dtype + s for s in c.specs)
        signs = ("positive" * (domain_of(op, i) == "positive") for i in range(len(c.specs)))
        xs = [
            g.input(f"x{i}", s, sign=k) for i, (s, k) in enumerate(zip(specs, signs, strict=True))
        ]
        y = op.on(xs, c.params) if op.variadic else op(*xs, **c.params)
        moving = [x for x in xs if x.type.is_floating]
        outputs = [y]
        if y.type.is_floating and moving:
            weight = g.input("weight", y.type)
            with suppress(sg.DifferentiationError):
                outputs += sg.grad((y * weight).sum(), moving)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            path = sg.write_module(tmp_path / "f.py", f=(None, outputs))
        digits = "5 digits" if "float32" in path.read_text() else "12 digits"
        assert digits in checked(path) or "12 digits" in checked(path), f"{op} {c}"


@pytest.mark.parametrize(
    "text, right",
    [
        ("log(1 + exp(x)) - x", lambda x: np.log1p(np.exp(-x))),
        ("1 - cos(x / 1e12)", lambda x: 2 * np.sin(x / 2e12) ** 2),
        ("(exp(x) - exp(-x)) / (exp(x) + exp(-x))", np.tanh),
        ("sum(stack([1e30, x, -1e30]))", lambda x: x),
        ("log(exp(100 * x))", lambda x: 100 * x),
    ],
)
def test_many_digits(text, right):
    """Plain evaluation with many digits needs no stable form."""
    y = sg.parse(text, x="[]")
    for value in (40.0, 3.5):
        point = Point({y.graph.inputs["x"].id: np.asarray(value)}, {})
        found = float(as_floats(truth.Truth(ancestors([y]), point).exact[y.id]))
        np.testing.assert_allclose(found, right(value), rtol=1e-14)
