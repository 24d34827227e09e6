"""Compiled functions: what they take, what they refuse, what they return."""

from __future__ import annotations

import gc
import inspect
import pickle
import re

import numpy as np
import pytest
from scipy.optimize import curve_fit

import symgrad as sg
from symgrad.backends.numpy import function as functions
from symgrad.backends.numpy.emission import Emitted


@pytest.fixture
def affine():
    g = sg.Graph()
    X, W, b = g.input("X", "[n, 2]"), g.input("W", "[2, 3]"), g.input("b", "float64[3]")
    return sg.function([X, W, b], X @ W + b, name="affine")


X, W, b = np.arange(8.0).reshape(4, 2), np.ones((2, 3)), np.array([0.0, 1.0, 2.0])


def test_positional_and_keyword_arguments(affine):
    np.testing.assert_array_equal(affine(X, W, b), X @ W + b)
    np.testing.assert_array_equal(affine(b=b, X=X, W=W), X @ W + b)
    np.testing.assert_array_equal(affine(X, b=b, W=W), X @ W + b)


@pytest.mark.parametrize("n", [0, 1, 7])
def test_every_size_of_a_named_dim(affine, n):
    assert affine(np.ones((n, 2)), W, b).shape == (n, 3)


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ((X, W), sg.GraphError, "argument b missing"),
        ((X, W, b, b), sg.GraphError, "4 arguments are too many"),
        ((X.T, W, b), sg.ShapeError, r"argument X has shape \(2, 4\), float64\[n, 2\] is wanted"),
        ((X[0], W, b), sg.ShapeError, r"argument X has shape \(2,\)"),
        ((X, W, b.astype(complex)), sg.DTypeError, "argument b is complex128"),
        ((X, W, ["a", "b", "c"]), sg.DTypeError, "argument b is"),
        ((X, [[1, 2], [3]], b), sg.DTypeError, "argument W is no array"),
        ((X, W, None), sg.DTypeError, "argument b is object"),
        ((np.ma.masked_array(X, X > 3), W, b), sg.DTypeError, "argument X is masked"),
        ((X.astype(object), W, b), sg.DTypeError, "argument X is object"),
    ],
)
def test_wrong_arguments_are_named(affine, arguments, error, message):
    with pytest.raises(error, match=message):
        affine(*arguments)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_it_shows_its_name_arguments_and_what_it_is(style):
    y = sg.parse("a * exp(-b * x)", x="[n]", a="[]", b="[]")
    f = sg.function(None, y, style=style, name="decay")
    for g in (f, pickle.loads(pickle.dumps(f))):
        assert (g.__name__, list(inspect.signature(g).parameters)) == ("decay", ["x", "a", "b"])
        assert "a : float64" in inspect.getdoc(g)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_no_argument_is_lost_to_the_rewriting(style):
    y = sg.parse("log(sum(exp(x + c))) - c", x="[n]", c="[]")  # which is logsumexp(x)
    f = sg.function(None, [y, *sg.grad(y, ["x", "c"])], style=style)
    assert list(inspect.signature(f).parameters) == ["x", "c"]
    value, d_x, d_c = f(x=[0.0, 0.0], c=1.0)
    np.testing.assert_allclose((value, *d_x, d_c), (np.log(2), 0.5, 0.5, 0.0), atol=1e-15)


def test_scipy_fits_a_curve_with_it():
    y = sg.parse("a * exp(-b * x)", x="[n]", a="[]", b="[]")
    x = np.linspace(0, 3, 30)
    found, _ = curve_fit(sg.function(None, y), x, 2 * np.exp(-0.7 * x))  # by its signature
    np.testing.assert_allclose(found, [2, 0.7], rtol=1e-6)


def test_unknown_and_repeated_names(affine):
    with pytest.raises(sg.GraphError, match="unknown argument w, did you mean W"):
        affine(X, w=W, b=b)
    with pytest.raises(sg.GraphError, match="X is given twice"):
        affine(X, W, b, X=X)


def test_a_named_dim_has_one_size():
    g = sg.Graph()
    x, y = g.input("x", "[n]"), g.input("y", "[n]")
    f = sg.function([x, y], x * y)
    with pytest.raises(sg.ShapeError, match=r"argument y has shape \(1,\).*with n = 3"):
        f(np.ones(3), np.ones(1))


@pytest.mark.parametrize(
    "value",
    [
        [[0, 1], [2, 3]],
        np.arange(4).reshape(2, 2),
        np.arange(4, dtype=np.float32).reshape(2, 2),
        np.arange(4, dtype=">f8").reshape(2, 2),
        np.arange(16.0).reshape(4, 4)[::3, ::2] * np.array([[0, 0.5], [1 / 6, 3 / 14]]),
        np.arange(4.0).reshape(2, 2).T.copy().T,
    ],
)
def test_what_converts_without_loss_is_taken(affine, value):
    np.testing.assert_allclose(affine(value, W, b), [[1, 2, 3], [5, 6, 7]])


def test_float64_arrays_are_not_taken_for_float32():
    x = sg.Graph().input("x", "float32[3]")
    f = sg.function([x], x * 2)
    assert f([0.1, 0.2, 0.3]).dtype == np.float32
    with pytest.raises(sg.DTypeError, match="x is float64, and float32"):
        f(np.ones(3))


def test_integers_do_not_take_floats():
    labels = sg.Graph().input("labels", "int64[n]")
    f = sg.function([labels], sg.one_hot(labels, 3))
    assert f([0, 2]).tolist() == [[1, 0, 0], [0, 0, 1]]
    with pytest.raises(sg.DTypeError, match="labels is float64"):
        f([0.5, 1.0])


def test_arguments_are_never_changed_nor_returned():
    g = sg.Graph()
    x = g.input("x", "[2, 3]")
    values = np.arange(6.0).reshape(2, 3)
    for expression in (
        x,
        x.T,
        x[0],
        x.reshape(6),
        sg.broadcast_to(x, (2, 2, 3)),
        sg.stop_gradient(x),
    ):
        result = sg.function([x], expression)(values)
        result[...] = -1
        np.testing.assert_array_equal(values, np.arange(6.0).reshape(2, 3))


def test_one_expression_gives_an_array_and_a_list_a_list():
    x = sg.Graph().input("x", "[n]")
    assert isinstance(sg.function([x], x + 1)([1.0]), np.ndarray)
    assert isinstance(sg.function([x], [x + 1])([1.0]), list)
    first, second = sg.function([x], [x + 1, x + 1])([1.0])
    first[0] = 7
    assert second[0] == 2


def test_constants_and_sizes_as_outputs():
    g = sg.Graph()
    x = g.input("x", "float32[n, 2]")
    f = sg.function([x], [g.constant(2.5), x.sum() / x.shape[0], g.constant(np.eye(2))])
    constant, mean, eye = f(np.ones((4, 2), np.float32))
    assert constant == 2.5 and mean == 2 and mean.dtype == np.float32
    np.testing.assert_array_equal(eye, np.eye(2))


def test_large_constants_read_back_exactly(tmp_path):
    values = np.random.default_rng(0).normal(size=(13, 7))
    values[0, :4] = np.nan, np.inf, -np.inf, -0.0
    g = sg.Graph()
    x = g.input("x", "[7]")
    f = sg.function([x], x * g.constant(values))
    np.testing.assert_array_equal(f(np.ones(7)), values)


def test_inputs_must_suffice():
    g = sg.Graph()
    x, y = g.input("x"), g.input("y")
    with pytest.raises(sg.CodegenError, match="read y, which is not among the inputs"):
        sg.function([x], x + y)
    with pytest.raises(sg.CodegenError, match="is computed, and can not be an argument"):
        sg.function([x + 1], x + 1)
    with pytest.raises(sg.CodegenError, match="given twice"):
        sg.function([x, x], x)
    with pytest.raises(sg.GraphError, match="an expression is wanted"):
        sg.function([x], [])
    with pytest.raises(sg.CodegenError, match="the size n"):
        sg.function([], sg.broadcast_to(g.constant(1.0), ("n",)))
    with pytest.raises(sg.GraphError, match="belongs to another graph"):
        sg.function([sg.Graph().input("x")], x)


def test_the_same_computation_is_compiled_once():
    x = sg.Graph().input("x", "[n]")
    assert sg.function([x], x * x) is sg.function([x], x * x)
    assert sg.function([x], x * x) is not sg.function([x], x + x)


def test_sizes_that_are_formulas():
    g = sg.Graph()
    x, y = g.input("x", "[n]"), g.input("y", "[2*n]")
    f = sg.function([x, y], y[::2] + 0 * x.sum())
    np.testing.assert_array_equal(f(np.ones(2), np.arange(4.0)), [0, 2])
    with pytest.raises(sg.ShapeError, match=r"argument y has shape \(5,\), float64\[4\]"):
        f(np.ones(2), np.arange(5.0))


def test_unknown_targets_and_styles():
    x = sg.Graph().input("x")
    with pytest.raises(sg.CodegenError, match="no target 'fortran'"):
        sg.function([x], x, target="fortran")
    with pytest.raises(sg.CodegenError, match="no style 'slow'"):
        sg.function([x], x, style="slow")


@pytest.mark.parametrize("value, spec", [([2**63] * 3, "int64[3]"), ([1e300] * 3, "float32[3]")])
def test_lists_that_do_not_fit_the_dtype(value, spec):
    x = sg.Graph().input("x", spec)
    with pytest.raises(sg.DTypeError, match="argument x is"):
        sg.function([x], x * 1)(value)


def test_inputs_by_name_and_mistakes_in_the_lists():
    y = sg.parse("sum(x * w)", x="[3]", w="[3]")
    assert sg.function(["w", "x"], y).inputs == [y.graph.inputs["w"], y.graph.inputs["x"]]
    with pytest.raises(sg.SymgradError, match="no expression is called 'v'"):
        sg.function(["v"], y)
    for wrong in (None, 3.0, []):
        with pytest.raises(sg.GraphError, match="an expression is wanted"):
            sg.function(["x", "w"], wrong)
    for wrong in (y.graph.inputs["x"], "xw"):
        with pytest.raises(sg.CodegenError, match=r"inputs are a list, not x.*\n.*None for all"):
            sg.function(wrong, y)
    leaked = []
    sg.vmap(lambda row: leaked.append(row) or row)(y.graph.input("X", "[n, 3]"))
    with pytest.raises(sg.CodegenError, match="stand-in"):
        sg.function(None, leaked[0] * 2)


@pytest.mark.parametrize(
    "text, at, expected",
    [
        ("4611686018427387904 * (4 * x)", 1.5, 1.5 * 2.0**64),
        ("-(9223372036854775807 * x) * 2", 1.0, -(2.0**64)),
        ("3000000000 * (4000000000 * x)", 0.5, 6e18),
    ],
)
def test_large_integer_literals_do_not_wrap_around(text, at, expected):
    assert sg.function(None, sg.parse(text, x="[]"))(at) == pytest.approx(expected, rel=1e-15)


def test_what_needs_no_special_function_needs_no_scipy():
    x = sg.Graph().input("x")
    assert "scipy" not in sg.function([x], sg.tanh(x), target="scipy").source


def test_special_functions_are_scipys_where_the_user_allows_it(tmp_path):
    g = sg.Graph()
    x, special = g.input("x", "float32[n]"), g.input("special", "float32[n]")
    y = (sg.erf(x) * special).sum()
    outputs = [y, *sg.grad(y, [x, special])]
    alone, scipy = (sg.function(None, outputs, target=t) for t in ("numpy", "scipy"))
    assert "scipy" not in alone.source and "def erf(" in alone.source
    assert "from scipy import special\n" in scipy.source and "special.erf(x)" in scipy.source
    assert "def erf(" not in scipy.source and "and SciPy." in scipy.source
    values = np.array([-2.0, 0.0, 0.3], "float32"), np.array([1, 2, 3], "float32")
    for a, b in zip(alone(*values), scipy(*values), strict=True):
        assert a.dtype == b.dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    path = sg.write_module(tmp_path / "m.py", target="scipy", f=([x, special], outputs))
    assert "special.erf" in path.read_text()
    with pytest.raises(sg.CodegenError, match="can not be called special"):
        sg.write_module(tmp_path / "n.py", target="scipy", special=([x], sg.erf(x)))


def test_fast_code_gives_large_arrays_up_and_readable_code_does_not(tmp_path):
    g = sg.Graph()
    x = g.input("x", "[n, 4]")
    y = x
    for k in range(12):
        y = sg.tril(sg.tanh(y * (k + 1.0))) + sg.sin(y)  # of tril NumPy makes the result
    loss = y.sum()
    outputs = [loss, y, sg.grad(loss, x)]
    fast = sg.function([x], outputs)
    plain = sg.function([x], outputs, style="readable")
    lines = fast.source.splitlines()
    released = [line.split("del ")[1].split(", ") for line in lines if line.startswith("    del ")]
    names = [name for line in released for name in line]
    assert len(names) == len(set(names)) > 12
    words = [set(re.findall(r"\w+", line.partition("#")[0])) for line in lines]
    for name in names:  # nothing reads what is given up
        mentions = [line for line, found in zip(lines, words, strict=True) if name in found]
        assert mentions[-1].startswith("    del ")
    assert "x" not in names and "    del " not in plain.source
    X = np.linspace(-1, 1, 12).reshape(3, 4)
    (found, *arrays), (total, *expected) = fast(X), plain(X)
    for a, b in zip(arrays, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    assert abs(found - total) <= X.size * np.spacing(1.0)  # numbers up to 1, in another order
    path = sg.write_module(tmp_path / "m.py", f=([x], outputs))
    assert "    del " not in path.read_text()


def test_small_functions_are_left_alone():
    x = sg.Graph().input("x", "[3, 4]")
    y = x
    for _ in range(12):
        y = sg.tanh(y) * y
    assert "    del " not in sg.function([x], [y, sg.grad(y.sum(), x)]).source


def body(source):
    """The lines that compute, without their comments."""
    code = source[source.index("# forward") : source.index("    return ")].splitlines()
    return [line.partition("  # ")[0].strip() for line in code if "=" in line]


NAIVE = "h = exp(z)\nsum(log(1 + h))"


def test_as_written_is_the_textbook_line_for_line():
    y = sg.parse(NAIVE, z="[n]")
    outputs = [y, sg.grad(y, "z", stabilize=False)]
    raw = sg.function(None, outputs, stabilize=False, style="readable")
    assert body(raw.source) == [
        "h = np.exp(z)",
        "t1 = 1 + h",
        "loss = np.sum(np.log(t1))",
        "d_h = 1.0 / t1",
        "d_z = d_h * h",
    ]
    with np.errstate(all="ignore"):
        value, slope = raw([1000.0])
    assert np.isinf(value) and np.isnan(slope)


def test_as_written_and_stable_are_two_functions_of_one_graph():
    y = sg.parse(NAIVE, z="[n]")
    outputs = [y, sg.grad(y, "z")]
    raw = sg.function(None, outputs, stabilize=False, style="readable")
    stable = sg.function(None, outputs, style="readable")
    assert sg.function(None, outputs, style="readable") is stable
    assert "np.log(1 + h)" in raw.source and "np.logaddexp(0, z)" in stable.source
    with np.errstate(all="ignore"):
        assert np.isinf(raw([1000.0])[0])
    assert stable([1000.0])[0] == 1000
    for a, b in zip(raw([0.5, -2.0]), stable([0.5, -2.0]), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_units_are_written_too_and_rules_of_the_users_own_are_not():
    @sg.custom_vjp(lambda g, y, x: 7 * g)
    def seven(x):
        return sg.exp(x) * 1

    x = sg.Graph().input("x", "[n]")
    y = (seven(x) + 0).sum()
    outputs = [y, sg.grad(y, x, stabilize=False)]
    raw = sg.function(None, outputs, stabilize=False, style="readable")
    assert "np.exp(x) * 1" in raw.source and " + 0" in raw.source
    assert raw([0.0, 1.0])[0] == 1 + np.exp(1)
    np.testing.assert_array_equal(raw([0.0, 1.0])[1], [7, 7])


def test_modules_as_written(tmp_path):
    y = sg.parse(NAIVE, z="[n]")
    pair = (None, [y, sg.grad(y, "z", stabilize=False)])
    text = sg.write_module(tmp_path / "raw.py", stabilize=False, f=pair).read_text()
    assert "d_z = d_h * h" in text and "is computed as" not in text
    assert "Checked against the formula as written: 12 digits agree" in text
    stable = sg.write_module(tmp_path / "stable.py", f=pair).read_text()
    assert "np.logaddexp(0, z)" in stable and "is computed as" in stable


def test_what_emission_has_found_out_is_given_up_before_python_compiles(monkeypatch):
    """Both take memory for each node: of large graphs only one of them is there at a time."""
    x = sg.Graph().input("x", "[n]")
    alive, sources, load = [], [], functions.load

    def watched(source, name):
        sources.append(source)
        alive.extend(o for o in gc.get_objects() if type(o) is Emitted and o.plan.graph is x.graph)
        return load(source, name)

    monkeypatch.setattr(functions, "load", watched)
    f = sg.function([x], [sg.tanh(x), sg.grad(sg.sum(sg.tanh(x)), x)])
    assert sources == [f.source]
    assert not alive
