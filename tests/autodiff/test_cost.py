"""A gradient costs at most four times its value, counted in emitted code by tests/flops.py.

Four is the bound of the cheap gradient principle (Griewank and Walther, Evaluating Derivatives,
2nd edition, section 4.6) for value and gradient together. Of a network whose matrix products
dominate, the value takes one product a layer, the gradient two more: at most three times.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.op import Case, registry
from tests.backends import examples
from tests.flops import Tally, count
from tests.oracles import domain_of, sample, show, size_of
from tests.test_concepts import UNITS

MOST = 4.0
SIZES = {"n": 60, "m": 7, "d": 20, "k": 11}
DEARER = {
    **dict.fromkeys(("tanhc", "arcsinc", "arctanc", "arcsinhc", "arctanhc"), "as spherical_j0"),
    **dict.fromkeys(("log1prel_inverse", "tanhc_inverse", "tanc_inverse"), "as spherical_j0"),
    "spherical_j0_inverse": "as spherical_j0",
    "cholesky": "two triangular solutions and a product, of n³ each, for a factor of n³ / 3",
    "det": "as logabsdet; and near singular matrices by singular values, which are right there too",
    "exprel": "as spherical_j0",
    "log1prel": "as spherical_j0",
    "logabsdet": "NumPy's inverse does not reuse the determinant's factors: 8/3 n³ + n² for 2/3 n³",
    "logdet": "as logabsdet",
    "pick": "one entry of each row is read, and the whole row of a gradient is written",
    "prod": "products from both sides and no quotient, so that it is right at zeros",
    "sinhc": "as spherical_j0",
    "spherical_j0": "the slope is a series near 0, and a quotient elsewhere; both are computed",
}
"""What does not keep the bound, and why."""
SG_FILES = sorted((Path(__file__).parents[2] / "examples").glob("*.sg"))
DATA = {"X", "Y", "x", "y", "labels", "label", "t"}


@pytest.fixture
def known(request):
    """Mark a test as one that is known to fail, if it is."""

    def mark(*names):
        for name in names:
            if name in DEARER:
                request.applymarker(pytest.mark.xfail(reason=DEARER[name], strict=True))

    return mark


def values_of(graph, names):
    """Arguments by name: random numbers, and small labels."""
    rng = np.random.default_rng(0)
    found = {}
    for name in names:
        x = graph.inputs[name]
        shape = size_of(x.shape, SIZES)
        draw = rng.integers(0, 3, shape) if x.dtype.kind == "i" else rng.uniform(0.1, 0.9, shape)
        found[name] = draw.astype(x.dtype)
    return found


def tally(outputs, values=None):
    """What the emitted code of the outputs computes."""
    graph = outputs[0].graph
    f = sg.function(None, outputs, style="readable")
    given = {**values_of(graph, graph.inputs), **(values or {})}
    return count(f.source, "f", [given[x.name] for x in f.inputs])


def ratio(loss, wrt, values=None):
    """Operations of value and gradient over those of the value."""
    both, value = (tally(o, values) for o in ([loss, *sg.grad(loss, wrt)], [loss]))
    assert value.total > 0
    return both.total / value.total


def floating(graph):
    return [x for x in graph.inputs.values() if x.type.is_floating]


# The counter itself, against numbers known by hand.


@pytest.mark.parametrize(
    "text, types, flops",
    [
        ("x + y", dict(x="[n]", y="[n]"), 60),
        ("x / y", dict(x="[n]", y="[n]"), 240),
        ("sin(x) * y", dict(x="[n]", y="[]"), 9 * 60),
        ("A @ B", dict(A="[n, 20]", B="[20, 7]"), 2 * 60 * 20 * 7),
        ("A @ x", dict(A="[n, 20]", x="[20]"), 2 * 60 * 20),
        ("outer(x, x)", dict(x="[n]"), 60 * 60),
        ("sum(A)", dict(A="[n, 20]"), 1200),
        ("mean(A, axis=0)", dict(A="[n, 20]"), 1200 + 4 * 20),
        ("max(A, axis=1)", dict(A="[n, 20]"), 1200),
        ("reshape(A.T, (-1,))[::2]", dict(A="[n, 20]"), 0),
        ("where(x > y, x, 0)", dict(x="[n]", y="[n]"), 120),
        ("relu(x)", dict(x="[n]"), 60),
        ("x**2 + x**3", dict(x="[n]"), 3 * 60),
        ("x**2 + x**7", dict(x="[n]"), 19 * 60),
        ("softmax(A)", dict(A="[n, 20]"), 1200 * (1 + 1 + 8 + 1 + 4)),
    ],
)
def test_the_counter_counts(text, types, flops):
    assert tally([sg.parse(text, types)]).total == flops


def test_the_counter_sees_nested_reductions_and_new_arrays():
    x = np.ones((3, 4))
    source = (
        "import numpy as np\ndef f(x):\n    (x,) = _checked('', [], {'x': (x, float, x.shape)})\n"
    )
    for body, flops in [
        ("np.eye(4) + 1", 16),
        ("np.var(x)", 12 + 12 + 12 + 12 + 8),
        ("np.einsum('ij,kj->ik', x, x)", 2 * 36),
        ("np.einsum('ij->ji', x)", 0),
        ("np.einsum('ij->j', x)", 12),
        ("np.linalg.solve(np.eye(3), x)", 2 / 3 * 27 + 2 * 3 * 12),
        ("np.cumsum(x, axis=0)", 12),
        ("np.add.at(np.zeros(4), np.array([1, 1]), x[0, :2])", 2),
        ("np.dot(x, x.T)", 2 * 36),
        ("x.T.reshape(2, 6).copy()", 0),
    ]:
        assert count(f"{source}\n    return {body}\n", "f", [x]).total == pytest.approx(flops)


# Examples.

WITH_GRADIENTS = [
    (name, entry)
    for name, make in examples.ALL.items()
    for entry, (_, outputs) in make().items()
    if isinstance(outputs, list)
]


@pytest.mark.parametrize("name, entry", WITH_GRADIENTS)
def test_examples_of_emitted_files(name, entry):
    _, outputs = examples.ALL[name]()[entry]
    both, value = tally(outputs), tally(outputs[:1])
    assert both.total <= MOST * value.total


@pytest.mark.parametrize("file", SG_FILES, ids=lambda f: f.stem)
@pytest.mark.parametrize("all_inputs", [False, True], ids=["parameters", "all inputs"])
def test_examples_of_the_package(file, all_inputs):
    loss = sg.parse(file.read_text())
    wrt = floating(loss.graph)
    wrt = [x for x in wrt if all_inputs or x.name not in DATA] or wrt
    assert ratio(loss, wrt) <= MOST


@pytest.mark.parametrize("name", UNITS)
def test_units(name, known):
    known(name)
    x = sg.Graph().input("x", "[n]")
    assert ratio(UNITS[name][0](x).sum(), [x]) <= MOST


TEXTS = {
    "scalar chain": ("exp(sin(x))", dict(x="[]")),
    "composition": ("f = exp(sin(w))\ng = exp(sin(f))\nexp(sin(g))", dict(w="[]")),
    "squared error": ("mean((X @ w - y)**2)", dict(X="[n, d]", w="[d]", y="[n]")),
    "mean absolute error": ("mean(abs(X @ w - y))", dict(X="[n, d]", w="[d]", y="[n]")),
    "quadratic form": ("x @ A @ x", dict(x="[n]", A="[n, n]")),
    "naive cross entropy": (
        "p = 1 / (1 + exp(-(X @ w + b)))\n-mean(y * log(p) + (1 - y) * log(1 - p))",
        dict(X="[n, d]", w="[d]", b="[]", y="[n]"),
    ),
    "softmax cross entropy": (
        "-mean(sum(Y * log(softmax(X @ W + b)), axis=1))",
        dict(X="[n, d]", W="[d, k]", b="[k]", Y="[n, k]"),
    ),
    "Gaussian mixture": (
        "z = (x[:, None] - mu) / exp(s)\n-mean(logsumexp(logits - 0.5 * z**2 - s, axis=1))",
        dict(x="[n]", mu="[k]", s="[k]", logits="[k]"),
    ),
    "KL divergence": ("sum(p * (log(p) - log(softmax(z))))", dict(p="[n]", z="[n]")),
    "radial basis": (
        "sum(exp(-sum((X[:, None, :] - C)**2, axis=2)) @ w)",
        dict(X="[n, d]", C="[k, d]", w="[k]"),
    ),
    "maxout": ("sum(max(X @ W + b, axis=0))", dict(X="[n, d]", W="[m, d, k]", b="[k]")),
    "elastic net": (
        "mean((X @ w - y)**2) + 0.1 * sum(abs(w)) + 0.2 * sum(w**2)",
        dict(X="[n, d]", w="[d]", y="[n]"),
    ),
    "attention": (
        "S = softmax(Q @ K.T / 4.0)\nsum((S @ V - Y)**2)",
        dict(Q="[n, 16]", K="[m, 16]", V="[m, 16]", Y="[n, 16]"),
    ),
    "layer normalization": (
        "c = X - mean(X, axis=1, keepdims=True)\n"
        "sum(W * (c / sqrt(mean(c**2, axis=1, keepdims=True) + 1e-5)))",
        dict(X="[n, d]", W="[n, d]"),
    ),
    "product of many": ("sum(a * b * c * d)", dict(a="[n]", b="[n]", c="[n]", d="[n]")),
    "power": ("sum(x ** p)", dict(x="[n]", p="[]")),
    "quotients": ("sum(a / b / c)", dict(a="[n]", b="[n]", c="[n]")),
    "polynomial": ("sum(((0.5 * x + 2.0) * x - 1.0) * x + 3.0)", dict(x="[n]")),
    "finite differences": ("sum((u[2:] - 2 * u[1:-1] + u[:-2])**2)", dict(u="[n]")),
    "trigonometry": ("sum(sin(x) * cos(x) + tan(x))", dict(x="[n]")),
}


@pytest.mark.parametrize("name", TEXTS)
def test_models(name):
    loss = sg.parse(*TEXTS[name])
    assert ratio(loss, floating(loss.graph)) <= MOST


# Every row of the registry, under a weighted sum.

TINY = [("[]",), ("[1, 1]",)]
ROWS = [
    (op, case)
    for op in registry.values()
    for case in (op.cases or [Case(("[n]",) * len(op.operands))])
    if op.vjp is not None and op.operands and op.meaning is not None and case.specs not in TINY
]
"""Those that only move data have no work of their own; the weighted sum around them does some."""


def enlarged(case):
    """The sample call on larger arrays: sizes other than 0 and 1, ten times as long."""
    specs = []
    for spec in case.specs:
        dtype, _, dims = spec.rstrip("]").partition("[")
        sizes = [d if d in ("", "0", "1") or not d.isdigit() else f"{d}0" for d in dims.split(", ")]
        specs.append(f"{dtype}[{', '.join(sizes)}]")
    return Case(tuple(specs), case.params)


def drawn(domain, shape, dtype, seed):
    """Values of a row's domain; of matrices as far inside as their size asks for."""
    x = sample(domain, shape, dtype, seed)
    matrix = domain in ("positive_definite", "invertible") and len(shape) > 1
    return x + shape[-1] * np.eye(*shape[-2:]) if matrix else x


def declared(op, case):
    """The row on inputs of a sample call, and their values."""
    g = sg.Graph()
    inputs, values = [], {}
    for i, spec in enumerate(case.specs):
        dtype = "bool" if domain_of(op, i) == "bools" else None
        x = g.input(f"x{i}", spec, dtype)
        inputs.append(x)
        values[f"x{i}"] = drawn(domain_of(op, i), size_of(x.shape, SIZES), x.dtype, i + 1)
    return op.on(inputs, case.params), values


@pytest.mark.parametrize(
    "op, case",
    ROWS,
    ids=[f"{op}-{i}" for i, (op, _) in enumerate(ROWS)],
)
def test_rows(op, case, known):
    known(op.name, f"{op} {show(case)}")
    try:
        y, values = declared(op, enlarged(case))
    except sg.ShapeError:  # parameters that fit the sizes of the sample call alone
        y, values = declared(op, case)
    if not y.type.is_floating or y.size == 0:
        return
    loss = (y * y.graph.input("w", y.shape, y.dtype)).sum()
    wrt = [x for x in floating(y.graph) if x.name != "w"]
    assert ratio(loss, wrt, values) <= MOST


# Networks.


def network(widths, batch, activation, loss):
    """Tallies of value and of value with gradient."""
    net = sg.nn.MLP(widths, activation=activation, loss=loss)
    f = net.graph
    values = {k: v for k, v in values_of(f, f.inputs).items() if k != "n"}
    values = {
        k: np.random.default_rng(0).uniform(0, 1, (batch, *v.shape[1:])).astype(v.dtype)
        if "n" in f.inputs[k].shape
        else v
        for k, v in values.items()
    }
    return tally([net.loss, *net.grads.values()], values), tally([net.loss], values)


@pytest.mark.parametrize("activation, loss", [("relu", "cross_entropy"), ("tanh", "mse")])
@pytest.mark.parametrize("batch", [16, 100])
@pytest.mark.parametrize("widths", [[64, 128, 10], [32, 64, 64, 8], [50, 40, 30, 20, 10]])
def test_networks(widths, batch, activation, loss):
    both, value = network(widths, batch, activation, loss)
    layers = len(widths) - 1
    assert value.calls["matmul"] == layers
    assert both.calls["matmul"] == 3 * layers - 1  # none toward X, which nobody asked for
    assert value.flops["matmul"] > 0.7 * value.total
    assert both.total <= 3 * value.total
    first = 2 * batch * widths[0] * widths[1]
    assert both.flops["matmul"] == 3 * value.flops["matmul"] - first


def test_products_toward_inputs_that_are_not_asked_for_are_not_computed():
    loss = sg.parse(
        "mean((tanh(X @ V) @ W - Y)**2)", X="[n, d]", V="[d, k]", W="[k, m]", Y="[n, m]"
    )
    wanted = {"W": 1, "V": 2, "Y": 0, "X": 2}
    for name, products in wanted.items():
        both = tally([loss, sg.grad(loss, name)])
        assert both.calls["matmul"] == 2 + products


def test_tallies_add_up():
    t = Tally()
    t.add("add", 3)
    t.add("add", 4)
    assert t.total == 7 and t.calls["add"] == 2
