"""Emitted gradients are as short as hand-written ones, and compute the same values."""

from __future__ import annotations

import ast
import re

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors
from symgrad.passes import simplify

RNG = np.random.default_rng(7)


def emitted(outputs):
    """The lines of the emitted function, without comments; one that is returned at once is that."""
    source = sg.function(None, outputs, style="readable").source
    function = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef))
    lines = [ast.unparse(n) for n in function.body]
    lines = [s for s in lines if not re.match(r"'|\"|del |.*_checked\(", s)]
    name, _, value = lines[-2].partition(" = ") if len(lines) > 1 else ("", "", "")
    return [*lines[:-2], f"return {value}"] if lines[-1] == f"return {name}" else lines


def gradient(output):
    """The text of what is returned, with the temporaries put in."""
    *lines, last = emitted(output)
    text = last.removeprefix("return ")
    for line in reversed(lines):
        name, value = line.split(" = ", 1)
        atom = isinstance(ast.parse(value, mode="eval").body, ast.Call | ast.Name)
        text = re.sub(rf"(?<![\w.]){name}(?![\w(])", value if atom else f"({value})", text)
    return ast.unparse(ast.parse(text))


def evaluate(outputs, **values):
    """What the emitted function returns."""
    return sg.function(None, outputs)(**values)


def logits(**specs):
    g = sg.Graph()
    z = g.input("z", "[n, 5]")
    return (z, *(g.input(k, v) for k, v in specs.items()))


def rows(z):
    return sg.parse("arange(n)", graph=z.graph)


# Cross entropy with softmax.

OF_ROWS = {
    "-(y * log_softmax(z)).sum(1).mean()": lambda z, y: -(y * sg.log_softmax(z)).sum(axis=1).mean(),
    "mean(-sum(y * log_softmax(z)))": lambda z, y: (-(y * sg.log_softmax(z)).sum(axis=1)).mean(),
    "-mean(sum(y * log(softmax(z))))": lambda z, y: (
        -sg.mean(sg.sum(y * sg.log(sg.softmax(z)), axis=-1))
    ),
    "-sum(y * log(softmax(z))) / n": lambda z, y: (
        -(sg.sum(y * sg.log(sg.softmax(z))) / sg.parse("n * 1", graph=z.graph))
    ),
}
SHARED = "(np.exp(log_softmax(z)) * np.sum(y, axis=1, keepdims=True) - y) / n"


@pytest.mark.parametrize("loss", OF_ROWS.values(), ids=OF_ROWS)
def test_cross_entropy_of_any_rows(loss):
    """The rows of y need not add up to 1: p Σy - y."""
    z, y = logits(y="[n, 5]")
    assert gradient(sg.grad(loss(z, y), z)) == SHARED


@pytest.mark.parametrize("loss", OF_ROWS.values(), ids=OF_ROWS)
def test_cross_entropy_of_one_hot_rows(loss):
    """Each row of labels adds up to 1: (softmax(z) - y) / n, nothing else."""
    z, k = logits(k="int64[n]")
    L = loss(z, sg.one_hot(k, 5))
    text = gradient(sg.grad(L, z))
    assert text == "(np.exp(log_softmax(z)) - one_hot(k, 5, np.float64)) / n"
    Z, K = RNG.normal(size=(4, 5)), np.array([0, 3, 3, 4])
    found = evaluate(sg.grad(L, z), z=Z, k=K)
    p = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, (p - np.eye(5)[K]) / 4, rtol=1e-12, atol=1e-16)


OF_LABELS = {
    "-mean(log_softmax(z)[rows, k])": lambda z, k: -sg.mean(sg.log_softmax(z)[rows(z), k]),
    "mean(logsumexp(z) - z[rows, k])": lambda z, k: sg.mean(
        sg.logsumexp(z, axis=1) - z[rows(z), k]
    ),
    "-mean(take_along_axis)": lambda z, k: (
        -sg.mean(sg.take_along_axis(sg.log_softmax(z), k[:, None], axis=1))
    ),
}


@pytest.mark.parametrize("loss", OF_LABELS.values(), ids=OF_LABELS)
@pytest.mark.parametrize("size", [1, 4, 0])
def test_cross_entropy_of_labels(loss, size):
    """Each row has one label, so its ones add up to 1: (softmax(z) - y) / n, nothing else."""
    z, k = logits(k="int64[n]")
    L = loss(z, k)
    text = gradient(sg.grad(L, z))
    p, y = r"(np\.exp\(log_softmax\(z\)\)|softmax\(z\))", r"(scatter_add|add_along_axis)\(.*\)"
    assert re.fullmatch(rf"\(?\({p} - {y}\)\)? / n", text), text
    Z, K = RNG.normal(size=(size, 5)), RNG.integers(0, 5, size)
    found = evaluate(sg.grad(L, z), z=Z, k=K)
    p = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, (p - np.eye(5)[K]) / max(size, 1), rtol=1e-12, atol=1e-16)


def test_cross_entropy_by_logsumexp():
    z, y = logits(y="[n, 5]")
    L = (sg.logsumexp(z, axis=1) - (y * z).sum(axis=1)).mean()
    assert gradient(sg.grad(L, z)) == "(softmax(z) - y) / n"


# Binary cross entropy, squared error.

BINARY = {
    "mean(softplus(z) - t * z)": lambda z, t: sg.mean(sg.softplus(z) - t * z),
    "mean(logaddexp(0, z) - t * z)": lambda z, t: sg.mean(sg.logaddexp(0, z) - t * z),
    "mean(log(1 + exp(z)) - z * t)": lambda z, t: sg.mean(sg.log(1 + sg.exp(z)) - z * t),
    "sum(...) / n": lambda z, t: sg.sum(sg.softplus(z) - t * z) / sg.parse("n * 1", graph=z.graph),
}


@pytest.mark.parametrize("loss", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_binary_cross_entropy(loss, dtype):
    """Of the units of a layer it is one difference; of other logits it keeps the digits near t."""
    g = sg.Graph()
    X, w, t = (g.input(k, f"{dtype}{s}") for k, s in (("X", "[n, d]"), ("w", "[d]"), ("t", "[n]")))
    z = X @ w
    assert gradient(sg.grad(loss(z, t), z)) == "(sigmoid(X @ w) - t) / n"
    z = g.input("z", f"{dtype}[n]")
    assert gradient(sg.grad(loss(z, t), z)) == "sigmoid_minus(z, t) / n"


def mean_of_both(z, t):
    p = sg.sigmoid(z)
    return -sg.mean(t * sg.log(p)) - sg.mean((1 - t) * sg.log(1 - p))


def dots(z, t):
    h, m = 1 / (1 + sg.exp(-z)), sg.parse("n * 1", graph=z.graph)
    return -(1 / m) * (t.T @ sg.log(h) + (1 - t).T @ sg.log(1 - h))


def smooth(z, t):
    p, s = sg.sigmoid(z), 0.9 * t + 0.05
    return -sg.mean(s * sg.log(p) + (1 - s) * sg.log(1 - p))


def of_log(log_p, log_q):
    return lambda z, t: -sg.mean(t * log_p(z) + (1 - t) * log_q(z))


P, S = sg.sigmoid, "sigmoid_minus(z, t) / n"
OF_PROBABILITIES = {
    "t log(p) + (1 - t) log(1 - p)": (
        of_log(lambda z: sg.log(P(z)), lambda z: sg.log(1 - P(z))),
        S,
    ),
    "1 / (1 + exp(-z))": (
        of_log(lambda z: sg.log(1 / (1 + sg.exp(-z))), lambda z: sg.log(1 - 1 / (1 + sg.exp(-z)))),
        S,
    ),
    "log1p(-p)": (of_log(lambda z: sg.log(P(z)), lambda z: sg.log1p(-P(z))), S),
    "log(sigmoid(-z))": (of_log(lambda z: sg.log(P(z)), lambda z: sg.log(P(-z))), S),
    "softplus": (of_log(lambda z: -sg.softplus(-z), lambda z: -sg.softplus(z)), S),
    "mean(...) + mean(...)": (mean_of_both, S),
    "t.T @ log(p)": (dots, S),
    "xlogy": (
        lambda z, t: -sg.mean(sg.xlogy(t, P(z)) + sg.xlog1py(1 - t, -P(z))),
        S,
    ),
    "swapped": (
        lambda z, t: -sg.sum((1 - t) * sg.log(1 - P(z)) + t * sg.log(P(z))),
        "sigmoid_minus(z, t)",
    ),
    "weights": (
        lambda z, t: sg.sum(-3 * t * sg.log(P(z)) - 3 * (1 - t) * sg.log(1 - P(z))),
        "3.0 * sigmoid_minus(z, t)",
    ),
    "of z - 1": (of_log(lambda z: sg.log(P(z - 1)), lambda z: sg.log(1 - P(z - 1))), None),
    "label smoothing": (smooth, "sigmoid_minus(z, 0.9 * t + 0.05) / n"),
}


@pytest.mark.parametrize("name", OF_PROBABILITIES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_binary_cross_entropy_of_probabilities(name, dtype):
    """One difference, as of logits, but with the digits that sigmoid(z) - t loses near t = 1."""
    loss, text = OF_PROBABILITIES[name]
    g = sg.Graph()
    z, t = g.input("z", f"{dtype}[n]"), g.input("t", f"{dtype}[n]")
    L = loss(z, t)
    source = "\n".join(emitted([L, sg.grad(L, z)]))
    assert source.count("sigmoid_cross_entropy(") == source.count("sigmoid_minus(") == 1
    assert "logaddexp" not in source and "sigmoid(" not in source
    if text is not None:
        assert gradient(sg.grad(L, z)) in (text, f"np.array({text})")


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize(("dtype", "ulps"), [("float64", 6), ("float32", 6)])
def test_binary_cross_entropy_of_probabilities_is_right_far_out(style, dtype, ulps):
    g = sg.Graph()
    z, t = g.input("z", f"{dtype}[n]"), g.input("t", f"{dtype}[n]")
    L = OF_PROBABILITIES["t log(p) + (1 - t) log(1 - p)"][0](z, t)
    f = sg.function(None, [L * sg.parse("n * 1", graph=g), sg.grad(L, z)], style=style)
    for size in (-1e4, -80.0, -40.0, -3.0, -0.0, 0.0, 0.7, 16.0, 40.0, 80.0, 1e4):
        for label in (0.0, 1.0, 0.3, 1e-6):
            Z, T = np.array([size], dtype), np.array([label], dtype)
            loss, slope = f(z=Z, t=T)
            exact = [exact_loss(Z[0], T[0]), exact_slope(Z[0], T[0])]
            for found, right in zip((loss, slope[0]), exact, strict=True):
                right = np.array(float(right), dtype)
                assert found.dtype == dtype
                assert abs(found - right) <= ulps * np.spacing(abs(right)), (size, label)


def exact_loss(z, t):
    with mpmath.workdps(60):
        z, t = mpmath.mpf(float(z)), mpmath.mpf(float(t))
        above = mpmath.log1p(mpmath.exp(-abs(z)))  # 60 digits do not hold 1 + exp(-1e4)
        return above + ((1 - t) * z if z > 0 else -t * z)


def exact_slope(z, t):
    with mpmath.workdps(60):
        z, t = mpmath.mpf(float(z)), mpmath.mpf(float(t))
        tail = 1 / (1 + mpmath.exp(abs(z)))
        return (1 - t) - tail if z > 0 else tail - t


def test_binary_cross_entropy_of_chosen_probabilities():
    """where(t, log(p), log(1 - p)) chooses before it computes, and has one sigmoid."""
    g = sg.Graph()
    z, t = g.input("z", "[n]"), g.input("t", "bool[n]")
    p = sg.sigmoid(z)
    L = -sg.mean(sg.where(t, sg.log(p), sg.log(1 - p)))
    lines = emitted([L, sg.grad(L, z)])
    assert sum("logaddexp" in line for line in lines) == 1
    assert sum("sigmoid(" in line for line in lines) == 1
    assert lines[-2] == "d_z = np.where(t, -t1, t1) / n"
    found = evaluate(sg.grad(L, z), z=np.array([40.0, -40.0]), t=np.array([True, False]))
    np.testing.assert_allclose(found, [-np.exp(-40) / 2, np.exp(-40) / 2], rtol=1e-12)


def test_other_sums_of_softplus_stay():
    """Neither other weights of the classes, nor other arguments, nor a value that is asked for."""
    g = sg.Graph()
    z, u, t = (g.input(k, "[n]") for k in "zut")
    for y in (
        2 * t * sg.softplus(-z) + (1 - t) * sg.softplus(z),
        t * sg.softplus(-z) + (1 - t) * sg.softplus(u),
        t * sg.softplus(-z) + (2 - t) * sg.softplus(z),
        t * sg.softplus(-z) + (1 - u) * sg.softplus(z),
        t * sg.softplus(-z) - (1 - t) * sg.softplus(z),
        t * sg.sigmoid(-z) + (1 - t) * sg.sigmoid(z),
        t / sg.softplus(-z) + (1 - t) / sg.softplus(z),
        t * t * sg.softplus(-z) + (1 - t) * sg.softplus(z),
    ):
        assert not {"sigmoid_cross_entropy", "sigmoid_minus"} & {
            n.op for n in ancestors(simplify([y]))
        }
    h = sg.softplus(z)
    dh = sg.grad(sg.sum(t * sg.softplus(-z) + (1 - t) * h), h)
    assert gradient(dh) == "1 - t"


def test_logistic_regression_comes_to_one_difference():
    """The gradient of the notes, of a naive text: the sum of (y - t) x."""
    E = sg.parse(
        "p = 1 / (1 + exp(-(X @ w)))\n-sum(t * log(p) + (1 - t) * log(1 - p))",
        X="[n, d]",
        w="[d]",
        t="[n]",
    )
    slope = sg.simplify(sg.grad(E, "w"))
    assert slope.op == "matmul" and slope.args[1].op == "sigmoid_minus"
    assert [a.name for a in slope.args[1].args[1:]] == ["t"]


SQUARED = {
    "mean((z - t)**2)": (lambda z, t: sg.mean((z - t) ** 2), "2.0 / max(3 * n, 1) * (z - t)"),
    "mean(square(z - t))": (
        lambda z, t: sg.mean(sg.square(z - t)),
        "2.0 / max(3 * n, 1) * (z - t)",
    ),
    "mean(sum((z - t)**2))": (
        lambda z, t: sg.mean(((z - t) ** 2).sum(axis=1)),
        "2.0 / max(n, 1) * (z - t)",
    ),
    "mean((t - z)**2)": (lambda z, t: sg.mean((t - z) ** 2), "-2.0 / max(3 * n, 1) * (t - z)"),
    "0.5 * mean((z - t)**2)": (lambda z, t: 0.5 * sg.mean((z - t) ** 2), "(z - t) / (3 * n)"),
    "sum((z - t)**2) / 2": (lambda z, t: ((z - t) ** 2).sum() / 2, "z - t"),
}


@pytest.mark.parametrize("name", SQUARED)
def test_squared_error(name):
    loss, text = SQUARED[name]
    g = sg.Graph()
    z, t = g.input("z", "[n, 3]"), g.input("t", "[n, 3]")
    assert gradient(sg.grad(loss(z, t), z)) == text


# Forward values are used again.

UNITS = {
    "sigmoid": (sg.sigmoid, "h * (1 - h)"),
    "tanh": (sg.tanh, "1 - h ** 2"),
    "relu": (sg.relu, "z > 0"),
    "exp": (sg.exp, "* h"),
}


@pytest.mark.parametrize("name", UNITS)
def test_saved_values(name):
    unit, text = UNITS[name]
    g = sg.Graph()
    X, W, b = g.input("X", "[n, 3]"), g.input("W", "[3, 4]"), g.input("b", "[4]")
    z = (X @ W + b).named("z")
    h = unit(z).named("h")
    loss = sg.sin(h).sum().named("loss")
    source = "\n".join(emitted([loss, *sg.grad(loss, [W, b])]))
    assert text in source
    assert source.count("(z)") == (1 if name != "relu" else 0)


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_saved_values_behind_one_column(name, units):
    """X @ W is X * W there, which makes all that reads it anew; slopes stay those of a layer."""
    unit, text = UNITS[name]
    g = sg.Graph()
    X, W, b = g.input("X", "[n, 1]"), g.input("W", f"[1, {units}]"), g.input("b", f"[{units}]")
    V, c = g.input("V", f"[{units}, 2]"), g.input("c", "[2]")
    h = unit(X @ W + b).named("h")
    k = unit(h @ V + c).named("k")
    loss = sg.sin(k).sum().named("loss")
    source = "\n".join(emitted([loss, *sg.grad(loss, [W, b, V, c])]))
    assert text in source and text.replace("h", "k") in source
    assert "sech" not in source and "sigmoid_slope" not in source
    assert source.count(f"{name}(") == 2


def test_saved_values_behind_what_is_rewritten_later():
    """The first layer is differentiated by, so it is seen as written until the code is made."""
    g = sg.Graph()
    X, V, U = g.input("X", "[n, 3]"), g.input("V", "[3, 4]"), g.input("U", "[4, 2]")
    first = 1 / (1 + sg.exp(-(X @ V)))
    h = sg.tanh(first @ U).named("h")
    loss = sg.sin(h).sum().named("loss")
    source = "\n".join(emitted([loss, *sg.grad(loss, [first, U])]))
    assert "1 - h ** 2" in source and "slope" not in source


# One rewrite each.


def lines_of(build, **specs):
    g = sg.Graph()
    y = build(*(g.input(k, v) for k, v in specs.items()))
    return " ; ".join(emitted(y))


SHORT = {
    "x - -3": (lambda x: x - (-3.0), "x + 3.0"),
    "x + -3": (lambda x: x + (-3.0), "x - 3.0"),
    "x + 0": (lambda x: x + 0, "np.array(x)"),
    "-1 * x": (lambda x: -1 * x, "-x"),
    "-np.float64(1) * x": (lambda x: -x.graph.constant(1.0, "float64") * x, "-x"),
    "np.float64(2) + x": (lambda x: x + x.graph.constant(2.0, "float64"), "x + 2.0"),
    "2 * x + 2 * exp(x)": (lambda x: 2 * x + 2 * sg.exp(x), "2 * (x + np.exp(x))"),
    "3 * x + 3 * x": (lambda x: 3.0 * x + 3.0 * x, "6.0 * x"),
    "x + -2 * exp(x)": (lambda x: x + (-2.0) * sg.exp(x), "x - 2.0 * np.exp(x)"),
    "-((-x) * exp(x))": (lambda x: -((-x) * sg.exp(x)), "x * np.exp(x)"),
    "x + (-x) * sin(x)": (lambda x: x + (-x) * sg.sin(x), "x - x * np.sin(x)"),
    "sum(-exp(x))": (lambda x: sg.sum(-sg.exp(x)), "-np.sum(np.exp(x))"),
    "sum(2 * exp(x))": (lambda x: sg.sum(2.0 * sg.exp(x)), "2.0 * np.sum(np.exp(x))"),
    "x * ones": (lambda x: x * sg.broadcast_to(x.graph.constant(1.0), x.shape), "np.array(x)"),
    "x * full(2)": (lambda x: x * sg.broadcast_to(x.graph.constant(2.0), x.shape), "x * 2.0"),
    "reshape(sum(x, keepdims))": (
        lambda x: sg.reshape(sg.sum(sg.exp(x), axis=1, keepdims=True), x.shape[:1]),
        "np.sum(np.exp(x), axis=1)",
    ),
    "squeeze(mean(x, keepdims))": (
        lambda x: sg.squeeze(sg.mean(sg.exp(x), axis=1, keepdims=True), axis=1),
        "np.mean(np.exp(x), axis=1)",
    ),
    "(x.T @ y).T": (lambda x: (x.T @ sg.exp(x)).T, "np.exp(x).T @ x"),
    "x.T.T": (lambda x: sg.exp(x).T.T, "np.exp(x)"),
}


@pytest.mark.parametrize("name", SHORT)
def test_short_forms(name):
    build, text = SHORT[name]
    assert lines_of(build, x="[n, 3]") == f"return {text}"


OF_MEANS = {
    "mean(exp(sum(x**2, axis=1) / 2))": (
        "np.expand_dims(np.exp(np.sum(x ** 2, axis=1) / 2), 1) / n * x",
        lambda x: np.exp(np.sum(x**2, axis=1, keepdims=True) / 2) / len(x) * x,
    ),
    "mean(exp(sum(x**2, axis=1) / 8))": (
        "0.25 / max(n, 1) * np.expand_dims(np.exp(np.sum(x ** 2, axis=1) / 8), 1) * x",
        lambda x: np.exp(np.sum(x**2, axis=1, keepdims=True) / 8) / (4 * len(x)) * x,
    ),
    "mean(log(x)**2) / 2": ("np.log(x) / (3 * n) / x", lambda x: np.log(x) / (3 * len(x)) / x),
}


@pytest.mark.parametrize("name", OF_MEANS)
def test_the_slope_of_a_mean_has_one_number(name):
    y = sg.parse(name, x="[n, 3]")
    text, slope = OF_MEANS[name]
    assert gradient(sg.grad(y, "x")) == text
    for size in (1, 4):
        x = RNG.uniform(0.5, 2, (size, 3))
        np.testing.assert_allclose(evaluate(sg.grad(y, "x"), x=x), slope(x), rtol=1e-14)
    assert evaluate(sg.grad(y, "x"), x=np.ones((0, 3))).shape == (0, 3)


def test_a_shared_product_is_not_computed_twice_for_a_sign_or_a_transpose():
    def signs(x):
        h = -sg.exp(x) * x
        return [h, sg.sum(h)]

    def transposes(x):
        m = x.T @ sg.exp(x)
        return [m, m.T]

    assert lines_of(signs, x="[n]").count("x * ") + lines_of(signs, x="[n]").count("* x") == 1
    assert lines_of(transposes, x="[n, 3]").count("@") == 1


def test_commuted_operands_are_one_computation():
    def twice(x, y):
        return [(x * y) + sg.exp(y * x), sg.equal(x, y), sg.equal(y, x), (x > y) | (y < x)]

    text = lines_of(lambda x, y: twice(x, y)[0], x="[n]", y="[n]")
    assert text.count("x * y") == 1 and "y * x" not in text
    g = sg.Graph()
    x, y = g.input("x", "[n]"), g.input("y", "[n]")
    equal = simplify([sg.equal(x, y), sg.equal(y, x)])
    assert equal[0] is equal[1]
    order = simplify([x > y, y < x])
    assert order[0] is order[1]
    slopes = sg.grad((x / sg.hypot(x, y)).sum(), [x, y])
    assert sg.function(None, slopes, style="readable").source.count("np.hypot(") == 1


def test_parts_of_an_axis_are_put_together():
    """The gradient of slices that share out an axis is one array, put together once."""

    def parts(x):
        y = sg.sum(x[:, :2] ** 2) + sg.sum(sg.exp(x[:, 2:5])) + sg.sum(sg.sin(x[:, 5:]))
        return sg.grad(y, x)

    text = lines_of(parts, x="[n, 7]")
    assert text.count("np.concatenate([") == 1 and "embed" not in text
    x = sg.Graph().input("x", "[n, 7]")
    X = RNG.normal(size=(3, 7))
    found = evaluate(parts(x), x=X)
    expected = np.concatenate([2 * X[:, :2], np.exp(X[:, 2:5]), np.cos(X[:, 5:])], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("cuts", [(1, -1), (2, -2), (3, -1)])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 6])
def test_parts_that_may_overlap_are_added(cuts, size):
    x = sg.Graph().input("x", "[n]")
    first, last = cuts
    y = sg.sum(x[:first]) + sg.sum(2.0 * x[first:last]) + sg.sum(4.0 * x[last:])
    found = evaluate(sg.grad(y, x), x=np.zeros(size))
    expected = np.zeros(size)
    for part, c in ((slice(first), 1.0), (slice(first, last), 2.0), (slice(last, None), 4.0)):
        expected[part] += c
    np.testing.assert_array_equal(found, expected)


def test_parts_whose_sizes_nobody_knows_to_fill_the_place_are_added():
    x = sg.Graph().input("x", "[n]")
    y = sg.sum(x[:1] * 3.0) + sg.sum(x[1:] * 2.0)
    for size in (0, 1, 3):
        found = evaluate(sg.grad(y, x), x=np.zeros(size))
        np.testing.assert_array_equal(found, [3.0, 2.0, 2.0][:size])


def test_the_gradient_of_a_trace_is_a_diagonal():
    def slope(x, w):
        return sg.grad(w * sg.trace(x), x)

    assert lines_of(slope, x="[3, 3]", w="[]") == "return np.diag(np.broadcast_to(w, (3,)))"


def test_products_over_one_index_are_broadcast():
    assert lines_of(lambda x, y: x @ y, x="[n, 4, 1]", y="[1, 5]") == "return x * y"
    assert lines_of(lambda x, W: x @ W.T, x="[n, 1]", W="[5, 1]") == "return x @ W.T"


def test_division_by_the_size_of_an_empty_batch():
    """n for max(n, 1) stands only where the array divided has no elements either."""
    g = sg.Graph()
    z, s = g.input("z", "[n, 2]"), g.input("s", "[]")
    L = sg.mean(sg.softplus(z) * s)
    grads = sg.grad(L, [z, s])
    assert "/ (2 * n)" in " ".join(emitted(grads)) and "max(2 * n, 1)" in " ".join(emitted(grads))
    for size in (0, 1, 3):
        found = evaluate(grads, z=np.ones((size, 2)), s=np.array(2.0))
        assert found[0].shape == (size, 2) and np.isfinite(found[1])


def test_rewriting_is_linear():
    """Twice as many nodes make twice as many: no rewrite meets a node again and again."""
    sizes = []
    for length in (400, 800, 1600):
        g = sg.Graph()
        x, n = g.input("x", "[n]"), 0.0
        y = x
        for i in range(length):
            y = sg.sigmoid(y) * (1.0 + i) - 2.0 * y / (1.0 + i) + n
        before = len(g)
        simplify([y, sg.grad(y.sum(), x)])
        sizes.append(len(g) - before)
    assert sizes[2] / sizes[1] < 2.2 and sizes[1] / sizes[0] < 2.2
    assert len(ancestors(simplify([y]))) <= before


def of_lines(loss, wrt, **specs):
    """The emitted lines of the gradients of a loss alone."""
    g = sg.Graph()
    inputs = {k: g.input(k, v) for k, v in specs.items()}
    return emitted(sg.grad(loss(**inputs), [inputs[k] for k in wrt]))


def test_the_gradient_of_a_sum_is_made_once():
    for c, text in ((1.0, "np.ones((n,))"), (3.0, "np.full((n,), 3.0)")):
        x = sg.Graph().input("x", "[n]")
        y = c * sg.sum(x)
        assert emitted([y, sg.grad(y, x)])[-2] == f"d_x = {text}"
        f = sg.function(None, [y, sg.grad(y, x)])
        first = f(x=np.ones(3))[1]
        first[:] = 7.0  # an array of the caller's own
        np.testing.assert_array_equal(f(x=np.ones(3))[1], np.full(3, c))


PLAIN = [[1.0, -2.0, 0.5], [0.3, 4.0, -1.0]]


@pytest.mark.parametrize("size", [0, 1, 2])
def test_products_with_ones_are_sums(size):
    X, W = np.array(PLAIN)[:size], np.array(PLAIN).T

    def check(loss, wrt, expected, **values):
        specs = {k: ("[n, 3]" if k == "X" else "[3, 2]") for k in values}
        g = sg.Graph()
        inputs = {k: g.input(k, v) for k, v in specs.items()}
        d = sg.grad(loss(**inputs), inputs[wrt])
        text = " ".join(emitted([d]))
        assert "ones" not in text and "@" not in text
        found = sg.function([*inputs.values()], d)(*values.values())
        np.testing.assert_allclose(found, expected, rtol=1e-14)

    ones = np.ones((size, 2))
    check(lambda X, W: sg.sum(X @ W), "X", ones @ W.T, X=X, W=W)
    check(lambda X, W: sg.sum(X @ W), "W", X.T @ ones, X=X, W=W)
    check(lambda X, W: sg.mean(X @ W), "W", X.T @ ones / max(2 * size, 1), X=X, W=W)


def test_an_outer_product_with_ones_is_no_product():
    def loss(X, w, s):
        return sg.sum((X / s) @ w)

    text = " ".join(of_lines(loss, ["X"], X="[n, 3]", w="[3]", s="[n, 1]"))
    assert "outer" not in text and "ones" not in text
    X, w, s = np.array(PLAIN), np.array([1.0, 2.0, 3.0]), np.array([[2.0], [4.0]])
    g = sg.Graph()
    inputs = [g.input("X", "[n, 3]"), g.input("w", "[3]"), g.input("s", "[n, 1]")]
    found = sg.function(inputs, sg.grad(loss(*inputs), inputs[0]))(X, w, s)
    np.testing.assert_allclose(found, w / s, rtol=1e-15)


def test_a_new_axis_is_dropped_again_without_zeros():
    def loss(x, y):
        return sg.sum(sg.exp(x[:, None] * y))

    lines = of_lines(loss, ["x"], x="[n]", y="[n, 3]")
    assert "embed" not in " ".join(lines)
    x, Y = np.array([0.5, -1.0]), np.array(PLAIN)
    g = sg.Graph()
    inputs = [g.input("x", "[n]"), g.input("y", "[n, 3]")]
    found = evaluate([sg.grad(loss(*inputs), inputs[0])], x=x, y=Y)[0]
    np.testing.assert_allclose(found, (Y * np.exp(x[:, None] * Y)).sum(axis=1), rtol=1e-14)


@pytest.mark.parametrize("c", [1, 1.5, 0.25])
@pytest.mark.parametrize("text", ["e <= c, near, far", "e < c, near, far", "e > c, far, near"])
def test_the_slope_of_a_choice_is_within_bounds(text, c):
    """Huber's loss: the residual where it is small, else its sign times c."""
    text = f"where({text})".replace("near", "0.5 * (x - t)**2").replace("far", "c * (e - 0.5 * c)")
    loss = sg.parse(f"c = {c}\ne = abs(x - t)\nmean({text})", x="[n]", t="[n]")
    slope = sg.grad(loss, "x")
    assert gradient(slope) == f"np.clip(x - t, -{float(c)}, {float(c)}) / n"
    x = np.array([0.2, 3.0, -4.0, np.inf, np.nan, 0.0])
    found = evaluate(slope, x=x, t=np.zeros(6))
    np.testing.assert_array_equal(found, np.clip(x, -c, c) / 6)


@pytest.mark.parametrize("text", ["x > 0, 1, where(x > 0, 2, y)", "x > 0, where(x > 0, y, 2), 1"])
def test_what_is_left_out_by_one_condition_is_left_out_once(text):
    """Guards of derivatives are put around operands that have one."""
    f = sg.function(None, sg.parse(f"where({text})", x="[n]", y="[n]"), style="readable")
    assert f.source.count("np.where(") == 1
    x, y = np.array([0.5, -1.0, np.nan]), np.array([2.0, 3.0, np.inf])
    expected = np.where(x > 0, *((1, y) if text.endswith("y)") else (y, 1)))
    np.testing.assert_array_equal(f(x=x, y=y), expected)


NO_BOUNDS = ["abs(x) < 1, x, 2 * sign(x)", "abs(x) < 1, x, sign(y)", "abs(y) < 1, x, sign(x)"]


@pytest.mark.parametrize("text", NO_BOUNDS)
def test_what_is_no_bound_is_chosen(text):
    assert "clip" not in sg.function(None, sg.parse(f"where({text})", x="[n]", y="[n]")).source


NORMALIZED = {
    "rows": ("mean(x, axis=1, keepdims=True)", "var(x, axis=1, keepdims=True)", 1),
    "columns": ("mean(x, axis=0)", "var(x, axis=0)", 0),
    "new axes": ("mean(x, axis=1)[:, None]", "var(x, axis=1)[:, None]", 1),
    "all": ("mean(x)", "var(x)", None),
}


@pytest.mark.parametrize("average, spread, axis", NORMALIZED.values(), ids=NORMALIZED)
def test_normalized_values_have_their_slopes(average, spread, axis):
    """Far from 0, and of equal elements; the formula of batch normalization in long doubles."""
    loss = sg.parse(f"sum((x - {average}) / sqrt({spread} + 1e-5) * g)", x="[n, k]", g="[n, k]")
    slope = sg.function(None, sg.grad(loss, "x"), style="readable")
    for x in (RNG.normal(size=(4, 6)) + 1e3, np.full((4, 6), 0.1)):
        g = RNG.normal(size=x.shape)
        wide = x.astype(np.longdouble)
        s = np.sqrt(wide.var(axis=axis, keepdims=True) + np.longdouble(1e-5))
        z = (wide - wide.mean(axis=axis, keepdims=True)) / s
        centered = g - g.mean(axis=axis, keepdims=True)
        exact = (centered - z * (g * z).mean(axis=axis, keepdims=True)) / s
        np.testing.assert_allclose(slope(x, g), exact, rtol=1e-9, atol=1e-11)


def test_a_mean_that_is_no_rounding_is_taken_off_by_itself():
    """Beside 1e17 the others would have no digits."""
    text = "(var(y) + 1) * (x - mean(x)) + g - mean(g)"
    f = sg.function(None, sg.parse(text, x="[n]", y="[n]", g="[n]"))
    g = np.array([1.0, 2.0, 3.0, 6.0])
    np.testing.assert_array_equal(f(x=np.full(4, 1e17), y=g, g=g), g - 3)


@pytest.mark.parametrize("s, axis", [("s", 0), ("s[:, None]", 1)])
def test_a_divisor_of_all_terms_divides_the_sum(s, axis):
    loss = sg.parse(
        f"sum(cos(x / {s}) * y)", x="[n, 3]", y="[n, 3]", s="[3]" if axis == 0 else "[n]"
    )
    f = sg.function(None, sg.grad(loss, ["x", "s"]), style="readable")
    assert re.search(rf"np\.sum\(d_t\d \* t\d, axis={axis}\) / ", f.source)
    x, y, at = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3)), np.array([0.5, 2.0, -3.0])
    wide = at if axis == 0 else at[:, None]
    d = -np.sin(x / wide) * y / wide
    wanted = [d, -(d * x / wide).sum(axis=axis)]
    for found, exact in zip(f(x=x, y=y, s=at), wanted, strict=True):
        np.testing.assert_allclose(found, exact, rtol=1e-13)


@pytest.mark.parametrize("axis, new", [(1, "[:, None]"), (-1, "[..., None]"), (0, "[None]")])
def test_axes_that_are_put_back_are_kept(axis, new):
    text = f"sum((x - mean(x, axis={axis}){new}) / sqrt(var(x, axis={axis}){new} + 1) * y)"
    loss = sg.parse(text, x="[n, k]", y="[n, k]")
    source = "; ".join(emitted([loss, sg.grad(loss, "x")]))
    assert source.count("x - np.mean(x, axis=") == 1
    assert "None]" not in source and "expand_dims" not in source


def test_axes_that_are_put_back_elsewhere_are_put_there():
    f = sg.function(None, sg.parse("x - mean(x, axis=1)[None, :]", x="[3, 3]"))
    x = RNG.normal(size=(3, 3))
    np.testing.assert_array_equal(f(x), x - x.mean(axis=1))


def test_another_reader_of_a_quotient_keeps_it():
    text = "s = sqrt(var(x, axis=0) + 1)\nq = x / s / s\nsum((x / s)**3) + sum(q * y)"
    loss = sg.parse(text, x="[n, 3]", y="[n, 3]")
    f = sg.function(None, [loss, *sg.grad(loss, ["x", "y"])], style="readable")
    assert not re.search(r"np\.sum\(d_\w+ \* t\d, axis=0\) / t\d", f.source)


def test_the_slope_of_a_divergence_has_no_term_that_vanishes():
    def divergence(x, t):
        p = sg.softmax(x)
        return sg.sum(p * (sg.log(p) - sg.log(sg.softmax(t))))

    lines = of_lines(divergence, ["x"], x="[n]", t="[n]")
    assert "exp" not in " ".join(lines)
    x, t = np.array([0.2, 3.0, -4.0]), np.array([1.0, 0.0, -1.0])
    g = sg.Graph()
    inputs = [g.input("x", "[n]"), g.input("t", "[n]")]
    found = evaluate([sg.grad(divergence(*inputs), inputs[0])], x=x, t=t)[0]
    p, q = (np.exp(v) / np.exp(v).sum() for v in (x, t))
    r = np.log(p / q)
    np.testing.assert_allclose(found, p * (r - (p * r).sum()), rtol=1e-12)


def test_the_sign_of_a_matrix_is_taken_of_its_product():
    lines = lines_of(lambda X, w: sg.sigmoid(-X @ w), X="[n, 3]", w="[3]")
    assert lines == "return sigmoid(-(X @ w))"
    assert lines_of(lambda X, w: (-X) @ (-w), X="[n, 3]", w="[3]") == "return X @ w"


def test_the_slope_of_a_root_less_its_base_is_one_call():
    def loss(x, y):
        return sg.sum(sg.sqrt(x**2 + y) - x)

    lines = of_lines(loss, ["x", "y"], x="[n]", y="positive float64[n]")
    assert lines[-3:-1] == ["d_x = root_less_slope(x, y)", "d_y = 0.5 / np.sqrt(x ** 2 + y)"]
    x, y = np.array([1e8, 3.0, 0.0, -2.0]), np.array([5.0, 0.1, 2.0, 1.0])
    g = sg.Graph()
    inputs = [g.input("x", "[n]"), g.input("y", "positive float64[n]")]
    found = evaluate(sg.grad(loss(*inputs), inputs), x=x, y=y)
    with mpmath.workdps(40):
        root = [mpmath.sqrt(mpmath.mpf(a) ** 2 + b) for a, b in zip(x, y, strict=True)]
        true = [
            [float(a / r - 1) for a, r in zip(x, root, strict=True)],
            [float(0.5 / r) for r in root],
        ]
    np.testing.assert_allclose(found, true, rtol=1e-15)


def test_axes_in_front_are_left_to_numpy():
    assert lines_of(lambda X, C: X[:, None, :] - C[None, :, :], X="[n, 3]", C="[k, 3]") == (
        "return X[:, None] - C"
    )
    assert lines_of(lambda x: x - sg.mean(x, axis=0, keepdims=True), x="[n, 3]") == (
        "return x - np.mean(x, axis=0)"
    )
    kept = "return x - np.mean(x, axis=1, keepdims=True)"
    assert lines_of(lambda x: x - sg.mean(x, axis=1, keepdims=True), x="[n, 3]") == kept
    columns = lines_of(lambda x, y: x - y[:, None], x="[3, 3]", y="[3]")
    assert columns == "return x - y[:, None]"


def test_numbers_beside_integers_are_plain():
    assert (
        lines_of(lambda k: 1.0 / k.sum(axis=1), k="int64[n, 3]") == "return 1.0 / np.sum(k, axis=1)"
    )
    root = lines_of(lambda x: sg.sqrt(sg.mean(x**2)), x="[9]")
    assert root == "return vector_norm(x) / 3.0"
