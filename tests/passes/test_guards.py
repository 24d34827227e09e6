"""Branches that are not taken: they disturb neither value nor derivative, and print no warning."""

from __future__ import annotations

import ast
import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgrad as sg
from symgrad.graph.walk import ancestors

X = np.array([-1e5, -800.0, -2.0, -1.0, -1e-300, 0.0, 1e-300, 0.5, 1.0, 2.0, 800.0, 1e5])


def at(points, value, otherwise=0.0):
    """A closed form where it holds, and what holds elsewhere."""
    out = np.full(X.shape, otherwise)
    out[points] = value(X[points])
    return out


POSITIVE, ABOVE_ONE, NONZERO = X > 0, X > 1, X != 0
CASES = {
    "where(x > 0, log(x), 0)": at(POSITIVE, lambda x: 1 / x),
    "where(x <= 0, 0, log(x))": at(POSITIVE, lambda x: 1 / x),
    "where(x > 0, sqrt(x), 0)": at(POSITIVE, lambda x: 0.5 / np.sqrt(x)),
    "where(x > 0, x**0.5, 0)": at(POSITIVE, lambda x: 0.5 / np.sqrt(x)),
    "where(x > 0, x*log(x), 0)": at(POSITIVE, lambda x: np.log(x) + 1),
    "where(abs(x) > 0.1, 1/x, 0)": at(np.abs(X) > 0.1, lambda x: -1 / x / x),
    "where(abs(x) < 0.9, arcsin(x), 0)": at(np.abs(X) < 0.9, lambda x: 1 / np.sqrt(1 - x * x)),
    "where(abs(x) < 0.9, arctanh(x), x)": at(np.abs(X) < 0.9, lambda x: 1 / (1 - x * x), 1.0),
    "where(x > 1, log(log(x)), 0)": at(ABOVE_ONE, lambda x: 1 / (x * np.log(x))),
    "where(x > 1, log(x - 1), 0)": at(ABOVE_ONE, lambda x: 1 / (x - 1)),
    "where(x < 0, exp(x), 1 + x)": at(X < 0, np.exp, 1.0),
    "where(x < 0, 2*(exp(x) - 1), x)": at(X < 0, lambda x: 2 * np.exp(x), 1.0),
    "where(x > 0, where(x > 1, log(x - 1), sqrt(x)), 0)": np.select(
        [ABOVE_ONE, POSITIVE], [1 / (np.abs(X - 1) + (X == 1)), 0.5 / np.sqrt(np.abs(X) + (X == 0))]
    ),
    "where(x > 0.1, where(x > 1, 1/(x - 1), 1/x) * where(x > 1, x - 1, x), 0)": 0 * X,
    "where(x != 0, where(x > 0, log(abs(x)), sqrt(abs(x))), 1)": np.select(
        [X > 0, X < 0], [1 / np.where(NONZERO, X, 1), -0.5 / np.sqrt(np.abs(X) + (X == 0))]
    ),
    "maximum(where(x > 0, log(x), -5), -3)": at(np.exp(-3) < X, lambda x: 1 / x),
    "minimum(where(x > 0, 1/x, 0), 3)": at(X > 1 / 3, lambda x: -1 / x / x),
    "clip(where(x > 0, log(x), -9), -1, 1)": at((X > np.exp(-1)) & (X < np.e), lambda x: 1 / x),
    "relu(where(x > 0, log(x), -1))": at(ABOVE_ONE, lambda x: 1 / x),
    "where((x > 0) & (x < 3), log(x), 0)": at((X > 0) & (X < 3), lambda x: 1 / x),
    "where((x > 0) | (x < -1), log(abs(x)), 0)": at((X > 0) | (X < -1), lambda x: 1 / x),
    "where(isfinite(x) & (x > 0), log(x), x)": at(POSITIVE, lambda x: 1 / x, 1.0),
    "where((x > 0) & (x < 5), x**x, 1)": at((X > 0) & (X < 5), lambda x: x**x * (np.log(x) + 1)),
    "where(x > 0.1, gammaln(x), 0)*0": 0 * X,
    "where(x > 0, 1, 0) * where(x > 0, log(x), 0)": at(POSITIVE, lambda x: 1 / x),
}


@pytest.mark.parametrize("text", CASES)
def test_gradient_of_a_branch_that_is_not_taken_is_zero(text):
    y = sg.parse(text, x="[n]")
    x = y.graph.inputs["x"]
    f = sg.function([x], [y, sg.grad(y.sum(), x)])
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        value, slope = f(X)
    assert np.isfinite(value).all()
    np.testing.assert_allclose(slope, CASES[text], rtol=1e-12, atol=0)


@pytest.mark.parametrize("text", CASES)
def test_second_derivatives_are_finite(text):
    y = sg.parse(text, x="[n]")
    x = y.graph.inputs["x"]
    points = np.array([-2.0, -0.5, 0.0, 0.6, 1.0, 2.5])
    (curvature,) = sg.function([x], [sg.grad(sg.grad(y.sum(), x).sum(), x)])(points)
    assert np.isfinite(curvature).all()


@pytest.mark.parametrize(
    "text, slopes",
    [
        ("maximum(log(abs(x)), -3)", at(np.abs(X) > np.exp(-3), lambda x: 1 / x)),
        ("relu(log(abs(x)))", at(np.abs(X) > 1, lambda x: 1 / x)),
        ("minimum(1/abs(x), 3)", at(np.abs(X) > 1 / 3, lambda x: -np.sign(x) / x**2)),
        (
            "clip(log(abs(x)), -1, 1)",
            at((np.abs(X) > np.exp(-1)) & (np.abs(X) < np.e), lambda x: 1 / x),
        ),
    ],
)
def test_a_losing_operand_of_infinite_slope_has_gradient_zero(text, slopes):
    """The value is read, and may be infinite; its slope is not."""
    y = sg.parse(text, x="[n]")
    x = y.graph.inputs["x"]
    with np.errstate(divide="ignore", over="ignore"):
        slope = sg.function([x], sg.grad(y.sum(), x))(X)
    np.testing.assert_allclose(slope, slopes, rtol=1e-12)


def compiled(outputs, **values):
    graph = outputs[0].graph
    f = sg.function([graph.inputs[k] for k in values], list(outputs))
    with np.errstate(all="raise", under="ignore"):
        return f(**values)


def test_through_reductions_and_broadcasting():
    """Rows that are masked, and a norm that is 0."""
    y = sg.parse("where(keep, sum(log(X), axis=1), 0).sum()", X="[n, 3]", keep="bool[n]")
    X, keep = np.array([[1.0, 2, 4], [0, -1, 2], [3, 3, 3]]), np.array([True, False, True])
    (slope,) = compiled([sg.grad(y, y.graph.inputs["X"])], X=X, keep=keep)
    np.testing.assert_allclose(slope, [[1, 0.5, 0.25], [0, 0, 0], [1 / 3] * 3])
    y = sg.parse("r = sqrt(sum(v*v))\nwhere(r > 0, v / r, 0*v).sum()", v="[3]")
    for v in (np.zeros(3), np.array([3.0, 0, 4])):
        value, slope = compiled([y, sg.grad(y, y.graph.inputs["v"])], v=v)
        assert np.isfinite(value) and np.isfinite(slope).all()


@pytest.mark.parametrize(
    "text",
    [
        "where(x > 0, sum(stack([log(x), x]), axis=0), x)",
        "where(x > 0, sum(stack([x, log(x)], axis=-1), axis=-1), x)",
        "where(x > 0, norm(stack([log(x), x]), axis=0), x)",
        "where(x[:, None] > 0, concatenate([log(x[:, None]), x[:, None]], axis=1), 1)",
        "where(x[:, None] > 0, stack([log(x), sqrt(x)], axis=1), 1)",
    ],
)
def test_through_joins(text):
    y = sg.parse(text, x="[n]")
    x = y.graph.inputs["x"]
    points = np.array([-2.0, -1.0, 0.0, 0.5, 3.0])
    value, slope = compiled([y, sg.grad(y.sum(), x)], x=points)
    assert np.isfinite(value).all() and np.isfinite(slope).all()
    safe = points[3:]
    expected = compiled([sg.grad(y.sum(), x, stabilize=False)], x=safe)[0]
    near = [
        (
            float(compiled([y.sum()], x=np.array([p + 1e-6]))[0])
            - float(compiled([y.sum()], x=np.array([p - 1e-6]))[0])
        )
        / 2e-6
        for p in safe
    ]
    np.testing.assert_allclose(slope[3:], near, rtol=1e-7)
    np.testing.assert_allclose(slope[3:], expected, rtol=1e-12)


def test_scalars_that_serve_a_whole_array():
    y = sg.parse("where(x > s, log(s) * x, 0).sum()", x="[n]", s="[]")
    x, s = y.graph.inputs["x"], y.graph.inputs["s"]
    found = compiled(sg.grad(y, [x, s]), x=np.array([-2.0, -1.0]), s=np.array(0.0))
    np.testing.assert_array_equal(found[0], [0, 0])
    assert found[1] == 0


def test_what_is_read_elsewhere_is_not_changed():
    y = sg.parse("t = log(x)\nwhere(x > 0, t, 0) + 0*exp(t)", x="[n]")
    x, t = y.graph.inputs["x"], y.graph.named["t"]
    with np.errstate(all="ignore"):
        value, log = sg.function([x], [y, t])(np.array([-1.0, 2.0]))
    assert np.isnan(log[0]) and np.isnan(value[0]) and value[1] == np.log(2)


def test_nothing_is_guarded_twice_or_without_need():
    y = sg.parse("where(x > 0, log(where(x > 0, x, 1)), 0)", x="[n]")
    assert str(sg.simplify(y)) == str(y)
    for plain in (
        "where(x > 0, x**2, x)",
        "where(x > 0, x*x + 1, tanh(x))",
        "x / where(x > 0, x, 1)",
    ):
        y = sg.parse(plain, x="[n]")
        assert sum(n.op == "where" for n in ancestors([sg.simplify(y)])) == 1


def test_as_written_the_trap_is_there():
    y = sg.parse("where(x > 0, log(x), 0)", x="[n]")
    x = y.graph.inputs["x"]
    slope = sg.grad(y.sum(), x, stabilize=False)
    assert "nan" not in str(slope)
    steps = [n.op for n in ancestors([slope])]
    assert "divide" in steps


UNARY = [
    "log({})",
    "sqrt({})",
    "1/({})",
    "exp({})",
    "({})**2",
    "arcsin({})",
    "log1p({})",
    "({})**0.5",
]
CONDITIONS = ["x > 0", "x < 1", "abs(x) < 1", "x != 0", "(x > 0) & (x < 2)"]


@st.composite
def nested(draw, depth=3):
    if depth == 0:
        return draw(st.sampled_from(["x", "x + 1", "2*x", "x - 1", "0.5"]))
    kind = draw(st.integers(0, 4))
    inner = nested(depth=depth - 1)
    if kind < 2:
        return draw(st.sampled_from(UNARY)).format(draw(inner))
    if kind == 2:
        return f"({draw(inner)}) * ({draw(inner)})"
    return f"where({draw(st.sampled_from(CONDITIONS))}, {draw(inner)}, {draw(inner)})"


def taken(text, point):
    """The value at a complex point, evaluating of every `where` the branch taken alone."""
    names = {name: getattr(np, name) for name in ("log", "sqrt", "exp", "arcsin", "log1p")}
    names |= {"abs": lambda v: abs(v.real), "where": lambda c, a, b: (a if c else b)()}
    tree = Branches().visit(ast.parse(text, mode="eval"))
    code = compile(ast.fix_missing_locations(tree), "text", "eval")
    return np.complex128(eval(code, {**names, "x": np.complex128(point + 1e-30j)}))


class Branches(ast.NodeTransformer):
    """Branches of `where` as functions; conditions see the real part of x."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if node.func.id == "where":
            nothing = ast.parse("lambda: 0", mode="eval").body.args
            node.args[1:] = [ast.Lambda(nothing, a) for a in node.args[1:]]
        return node

    def visit_Compare(self, node):
        self.generic_visit(node)
        if isinstance(node.left, ast.Name):
            node.left = ast.Attribute(node.left, "real", ast.Load())
        return node


@settings(deadline=None, max_examples=300)
@given(nested())
def test_random_nestings_agree_with_the_branches_taken(text):
    """Wherever the taken branches have a finite derivative, by complex step, it is found."""
    y = sg.parse(text + " + 0*x", x="[n]")
    x = y.graph.inputs["x"]
    points = np.array([-2.3, -0.7, 0.0, 0.4, 0.8, 1.7, 2.9])
    slope_of = sg.grad(y.sum(), x)
    with np.errstate(all="ignore"):
        slopes = sg.function([x], slope_of)(points)
        for point, slope in zip(points, slopes, strict=True):
            value = taken(text, point)
            expected = value.imag / 1e-30
            tame = abs(value) < 1e6 and abs(expected) < 1e6 and point != 0
            if tame and np.isfinite(value) and is_real(text, point):
                np.testing.assert_allclose(
                    slope, expected, rtol=1e-7, atol=1e-7, err_msg=f"{text} at {point}"
                )


def is_real(text, point):
    """Whether no taken part leaves the real numbers (a logarithm of a negative number, ...)."""
    with np.errstate(all="ignore"):
        f = sg.function(None, sg.parse(text + " + 0*x", x="[n]"))
        return bool(np.isfinite(f(np.array([point]))[0]))


def test_time_is_linear():
    def seconds(count):
        x = sg.Graph().input("x", "[4]")
        y = x
        for k in range(count):
            y = sg.where(y > 0.1 * (k % 7), sg.log(y + 1.5), y * 0.5)
        best = []
        for _ in range(2):
            start = time.process_time()
            sg.ops.guards.guard([y + 0.0])
            best.append(time.process_time() - start)
        return min(best)

    assert seconds(4000) < 8 * 2.5 * max(seconds(500), 0.005)


REDUCED = [
    "log(prod(x))",
    "log(prod(x, keepdims=True))",
    "1 / sum(1 / x)",
    "log(sum(y * exp(x)))",
    "log(sum(exp(x)))",
    "sqrt(sum(x**2))",
    "log(mean(x)) + log(prod(y, axis=0))",
    "max(exp(x) / sum(exp(x)))",
]


@pytest.mark.parametrize("text", REDUCED)
@pytest.mark.parametrize(
    "choice", ["where(x > 1, {}, x)", "where(x < 1, 0, {})", "where(k, {}, 3)"]
)
def test_a_reduction_that_one_element_reads_is_wanted_of_all(text, choice):
    """An element whose own branch is not taken is still an operand of the others'."""
    program = choice.format(text)
    given = {"x": np.array([1.9, 0.5, 2.5]), "y": np.array([0.3, 2.0, 4.0])}
    given["k"] = np.array([False, True, False])
    y = sg.parse(program, x="[n]", y="[n]", k="bool[n]")
    f = sg.function([y.graph.inputs[k] for k in given], y)
    expected = eval(program, {**vars(np), **given})
    np.testing.assert_allclose(f(**given), expected, 1e-14)


@pytest.mark.parametrize("inner", ["log(x)", "exp(x)", "x * log(x)", "x"])
def test_a_positive_divisor_is_never_0(inner):
    """It is positive wherever it is, and may be infinite where it is not wanted."""
    y = sg.parse(f"r = sqrt(({inner})**2 + 2)\nsum(where(r <= 1, log(r), x))", x="[n]")
    value, slope = compiled([y, sg.grad(y, "x")], x=np.array([0.7, 3.0, 300.0]))
    assert value == pytest.approx(303.7)
    np.testing.assert_array_equal(slope, 1)
