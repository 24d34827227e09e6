"""Declared signs: what is proved from them, and the rules that rest on the proofs."""

from __future__ import annotations

import runpy
import warnings
from itertools import product

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy import Signature, compile_function
from symgrad.graph.signs import SIGNS, impose
from symgrad.graph.walk import ancestors
from symgrad.passes.facts import proofs
from symgrad.passes.facts.classes import ALL, FLAT, UNARY, ZERO, binary, named, split, unary
from symgrad.passes.facts.proofs import classes_of, proves

KEEPS = {
    "positive": lambda x: x > 0,
    "nonnegative": lambda x: x >= 0,
    "negative": lambda x: x < 0,
    "nonpositive": lambda x: x <= 0,
    "nonzero": lambda x: x != 0,
}


def magnitudes(dtype):
    """From the least subnormal to the largest number."""
    f = np.finfo(dtype)
    ordinary = [1e-30, 1e-20, 1e-5, 0.1, 0.5, 1 - f.eps, 1, 1 + f.eps, 2, 3, 10, 40, 90, 700, 1e5]
    ends = [f.smallest_subnormal, f.tiny, np.sqrt(f.tiny), np.sqrt(f.max) * 0.9, f.max]
    return np.array([*ordinary, *ends], dtype)


def representatives(letter, dtype="float64"):
    """Values of a class."""
    size = magnitudes(dtype)
    values = {"N": [np.nan], "<": [-np.inf], ">": [np.inf], "-": -size, "+": size}
    return np.array(values.get(letter, [0.0, -0.0]), dtype)


def seen(values):
    """The letters of the classes that values are of; zeros as 0."""
    x = np.asarray(values, float)
    tests = {"N": np.isnan(x), "<": x == -np.inf, "-": (x < 0) & (x > -np.inf), "0": x == 0}
    tests |= {"+": (x > 0) & (x < np.inf), ">": x == np.inf}
    return {letter for letter, holds in tests.items() if holds.any()}


def letters(classes):
    return {"0" if letter == "." else letter for letter in split(classes)}


def as_written(outputs, *arrays):
    """The outputs by emitted code, with no rule applied."""
    graph = outputs[0].graph
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        f = compile_function(Signature("f", list(graph.inputs.values()), outputs))
        return f(*arrays)


# What is proved


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", UNARY)
def test_the_table_of_functions_covers_what_they_compute(name, dtype):
    x = sg.Graph().input("x", "[n]", dtype)
    y = getattr(sg, name)(x)
    for letter in "N<-0+>":
        (values,) = as_written([y], representatives(letter, dtype))
        assert seen(values) <= letters(unary(name, named(letter))), letter
        assert values.dtype == dtype


@pytest.mark.parametrize("name", UNARY)
def test_the_table_of_functions_claims_no_class_in_vain(name):
    """A table of all classes would be right, and of no use."""
    x = sg.Graph().input("x", "[n]")
    everything = np.concatenate([representatives(letter) for letter in "N<-0+>"])
    more = np.concatenate([np.linspace(-3, 3, 61), everything])
    (values,) = as_written([getattr(sg, name)(x)], more)
    assert letters(unary(name, ALL)) - seen(values) <= set()


@pytest.mark.parametrize("name", UNARY)
def test_a_flat_zero_of_a_function_has_no_slope(name):
    """Where the table says that the value is a flat 0 at 0, the derivative there is 0."""
    x = sg.Graph().input("x", "[n]")
    y = getattr(sg, name)(x)
    if unary(name, ZERO) & FLAT:
        (slope,) = as_written([sg.grad(y.sum(), x, stabilize=False)], np.array([0.0]))
        assert slope == 0


BINARY = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "hypot", "power"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", BINARY)
def test_the_table_of_operations_covers_what_they_compute(name, dtype):
    g = sg.Graph()
    x, y = g.input("x", "[n, 1]", dtype), g.input("y", "[m]", dtype)
    made = getattr(sg, name)(x, y)
    for one, other in product("N<-0+>", repeat=2):
        a, b = representatives(one, dtype)[:, None], representatives(other, dtype)
        (values,) = as_written([made], a, b)
        for zero, nought in product((one, one.replace("0", ".")), (other, other.replace("0", "."))):
            claimed = binary(name, named(zero), named(nought))
            assert seen(values) <= letters(claimed), (zero, nought)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("p", [2, -2, 3, -3, 0.5, -0.5, 1.5, 1, 0, 4.0, 1e-3, -1, 1 / 3, 1e5])
def test_powers_with_a_literal_exponent(p, dtype):
    for sign in ("", *SIGNS):
        y = sg.Graph().input("x", "[n]", dtype, sign=sign) ** p
        values = np.concatenate([representatives(letter, dtype) for letter in "N<-0+>"])
        values = values[KEEPS[sign](values)] if sign else values
        assert seen(as_written([y], values)[0]) <= letters(classes_of(y)), sign


ARRAYS = [
    "sum(x)", "sum(x, axis=0)", "mean(x)", "mean(x, axis=1)", "prod(x)", "max(x)", "min(x, axis=0)",
    "var(x)", "std(x, axis=1)", "norm(x)", "norm(x, ord=1)", "softmax(x)", "x.T", "x[0]",
    "x[1:, 0]",
    "reshape(x, (3, n))", "x.T @ x", "x[:, 0] @ x[:, 0]", "dot(x[:, 0], x[:, 1])", "x @ x.T",
    "einsum('ij,ij->i', x, x)", "outer(x[0], x[0])", "concatenate([x, -x])", "stack([x, x * x])",
    "trace(x.T @ x)", "clip(x, 0, 2)", "clip(x, 0.5, 2)", "clip(x, -1, 1)", "where(x > 1, x, 1.0)",
    "where(x > 0, x, 1.0)", "where(equal(x, 0), 1.0, x)", "cumsum(x, axis=0)", "sort(x, axis=0)",
    "tril(x)", "flip(x)", "x * x", "x + x", "x - x", "x * -x", "1 / x", "0.5 / x",
    "2 / (1 + exp(x))",
    "1e-300 * x", "1e300 * x", "x + 1e-30", "abs(x) + 1", "maximum(x, 0.1)", "minimum(x, -1)",
    "exp(-x**2)", "sqrt(x**2 + 1)", "log(1 + x**2)", "relu(x) - relu(-x)", "abs(sin(x))",
    "x**2 / n",
    "n / (1 + x**2)", "take_along_axis(x, argsort(x, axis=0), axis=0)",
    "sigmoid(x) * (1 - sigmoid(x))",
    "tile(x, 2)", "repeat(x, 2)", "roll(x, 1)", "pad(x, 1)", "floor(x) + 1", "hypot(x, 1.0)",
    "logaddexp(x, 0.0)", "logsumexp(x)", "sum(x > 0)", "(x > 0) * x", "x**x", "abs(x)**0.3",
    "median(x)", "quantile(x, 0.3)", "diff(x, axis=0)", "inner(x[0], x[0])", "tensordot(x, x)",
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", ARRAYS)
def test_no_value_is_of_a_class_that_is_proved_impossible(text, dtype):
    rng = np.random.default_rng(0)
    for sign in ("", *SIGNS):
        y = sg.parse(f"x: {sign} {dtype}[n, 3]\n{text}")
        nodes = [n for n in ancestors([y]) if n.op not in ("input", "constant", "dim")]
        values = np.concatenate([representatives(letter, dtype) for letter in "N<-0+>"])
        allowed = values[KEEPS[sign](values)] if sign else values
        modest = allowed[(np.abs(allowed) < 1e4) & (np.abs(allowed) > 1e-6)]
        draws = [rng.choice(some, (rows, 3)) for some in (allowed, modest) for rows in (4, 1, 0)]
        for x in draws:
            if x.size == 0 and any(word in text for word in ("max", "min", "x[0]", "median")):
                continue
            if x.size == 0 and "quantile" in text:
                continue
            for node, found in zip(nodes, as_written(nodes, x), strict=True):
                assert seen(found) <= letters(classes_of(node)), (sign, node.op, x)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_integers_wrap_around_and_prove_little(dtype):
    x = sg.Graph().input("x", f"positive {dtype}[n]")
    assert proves(x, "positive") and proves(x[0], "positive") and not proves(x * x, "nonnegative")
    most = np.array([np.iinfo(dtype).max], dtype)
    for y in (x * x, x + 1, x[:1], sg.maximum(x, 0), -x, abs(x), sg.sum(x), x / 2, sg.sqrt(x)):
        assert seen(as_written([y], most)[0]) <= letters(classes_of(y))


def test_a_proof_is_linear_and_does_not_recurse():
    x = sg.Graph().input("x", "positive float64[n]")
    y = x
    for _ in range(20_000):
        y = sg.sqrt(y) + 1
    assert proves(y, "positive") and len(x.graph.proved) <= len(x.graph)


def test_what_is_proved_of_a_refused_line_is_forgotten():
    """A node number is used again after an error."""
    g = sg.Graph()
    x = g.input("x", "positive float64[n]")
    with pytest.raises(sg.SymgradError), g.transaction():
        assert proves(x + 1, "positive")
        g.input("not a name")
    assert not proves(x - 1, "nonnegative")


# The rules

CURED = {  # beside what it is cured to, x, and the value there to many digits
    "sqrt(x**2)": (1e200, lambda x: x),
    "sqrt(x)**2": (3.0, lambda x: x),
    "sqrt(x) * sqrt(x)": (7.0, lambda x: x),
    "exp(log(x))": (1e300, lambda x: x),
    "(x**4)**0.25": (1e100, lambda x: x),
    "(x**200)**0.005": (1e3, lambda x: x),
    "(x**3)**0.5": (1e150, lambda x: x ** mpmath.mpf(1.5)),
    "sqrt(x**3)": (1e150, lambda x: x ** mpmath.mpf(1.5)),
    "log(x**2)": (1e200, lambda x: 2 * mpmath.log(x)),
    "log(x**k)": (1e200, lambda x: mpmath.log(x) * 3),
    "log(abs(x))": (1e-200, mpmath.log),
    "hypot(x, 1.0) - x": (1e9, lambda x: mpmath.sqrt(x**2 + 1) - x),
    "sqrt(x**2 + 1) - x": (1e9, lambda x: mpmath.sqrt(x**2 + 1) - x),
}


@pytest.mark.parametrize("text", CURED)
def test_formulas_of_positive_values_are_right_far_out(text):
    far, meaning = CURED[text]
    y = sg.parse(f"x: positive float64[n]\nk: float64\n{text}")
    x, k = y.graph.inputs.values()
    f = sg.function([x, k], [y, sg.grad(sg.sum(y), x)])
    points = np.array([far, 1 / far, 1.7, 0.3])
    values, slopes = f(points, 3.0)
    with mpmath.workdps(400):
        exact = [meaning(mpmath.mpf(p)) for p in points]
        rises = [mpmath.diff(meaning, mpmath.mpf(p), h=mpmath.mpf(p) * 1e-100) for p in points]
    np.testing.assert_allclose(values, np.array(exact, float), rtol=1e-13)
    np.testing.assert_allclose(slopes, np.array(rises, float), rtol=1e-9)


SHORT = {
    ("sqrt(x**2)", "positive"): "x",
    ("abs(x)", "positive"): "x",
    ("abs(x)", "negative"): "-x",
    ("relu(x)", "positive"): "x",
    ("maximum(x, 0)", "positive"): "x",
    ("minimum(x, 0)", "negative"): "x",
    ("sign(x)", "positive"): "ones",
    ("sign(x)", "negative"): "minus ones",
    ("x / abs(x)", "positive"): "ones",
    ("x / abs(x)", "negative"): "minus ones",
    ("x / x", "positive"): "ones",
    ("where(x > 0, x, 5 * x)", "positive"): "x",
    ("where(x <= 0, 5 * x, x)", "positive"): "x",
    ("where(0 >= x, x, 5 * x)", "nonpositive"): "x",
    ("where(x == 0, 5 * x, x)", "nonzero"): "x",
    ("where(x < 0, 5 * x, x)", "nonnegative"): "x",
    ("abs(exp(x))", ""): "exp(x)",
    ("abs(x**2)", ""): "x**2",
    ("relu(sigmoid(x))", ""): "sigmoid(x)",
    ("maximum(softplus(x), 0)", ""): "softplus(x)",
    ("abs(1 + x**2)", ""): "1 + x**2",
    ("abs(abs(x))", ""): "absolute(x)",
    ("relu(relu(x))", ""): "relu(x)",
    ("sqrt(exp(x))**2", ""): "exp(x)",
    ("abs(sqrt(x))", "nonnegative"): "sqrt(x)",
    ("y * log(x)", "positive"): "y * log(x)",
    ("log(x**y)", "positive"): "log_power(x, y)",  # y * log(x) is nan at x = 1, y = inf
}


@pytest.mark.parametrize(("text", "sign"), SHORT)
def test_what_a_sign_makes_shorter(text, sign):
    y = sg.parse(f"x: {sign} float64[n]\ny: float64[n]\n{text}")
    wanted = SHORT[text, sign]
    if "ones" in wanted:
        value = -1.0 if "minus" in wanted else 1.0
        short = sg.simplify(y)
        assert short.op == "broadcast_to" and short.args[0].value == value
        assert short.type == y.type
    else:
        assert str(sg.simplify(y)).splitlines()[-1] == wanted


@pytest.mark.parametrize("text", ["(x**4)**0.25", "(x**6)**(1 / 6)"])
def test_an_even_root_of_an_even_power_is_the_distance_from_0(text):
    """Of any number: not of those alone whose power is in range."""
    x = np.array([-2.0, -0.5, -0.0, 0.7, 3.0, -1e-100, 1e200, -np.inf, np.nan])
    found = sg.function(None, sg.parse(f"x: float64[n]\n{text}"))(x)
    np.testing.assert_array_equal(found, np.abs(x))


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(x**2)", "abs(x)", "relu(x)", "maximum(x, 0)", "sign(x)", "x / abs(x)", "log(abs(x))",
        "sqrt(x)**2", "where(x > 0, x, -x)", "y * log(abs(x))", "abs(x * y)",
        "abs(x - 1)", "x / x", "abs(sum(x))", "sqrt(sum(x)**2)", "abs(maximum(x, 0))",
    ],
)  # fmt: skip
def test_without_a_sign_nothing_is_taken_for_granted(text):
    """With any value of the inputs, the value is that of the formula as it is written."""
    y = sg.parse(f"x: float64[n]\ny: float64[n]\n{text}")
    x = np.array([-2.0, -0.5, 0.0, 0.7, 3.0, -1e-100, np.inf, np.nan])
    k = np.linspace(-1, 1, 8)
    with np.errstate(all="ignore"):
        found = sg.function(None, y)(x, k) if "y" in y.graph.inputs and "y" in text else None
        found = sg.function([y.graph.inputs["x"]], y)(x) if found is None else found
        (before,) = as_written([y], x, k)
    np.testing.assert_allclose(found, before, rtol=1e-15)


KINKS = {  # a formula, its value and the declared slope at 0
    "abs(x)": (0, 0),
    "relu(x)": (0, 0),
    "maximum(x, 0)": (0, 0.5),
    "sqrt(x**2)": (0, 0),
    "sqrt(x)**2": (0, 0),
    "abs(maximum(x, 0))": (0, 0),
    "relu(abs(x))": (0, 0),
    "abs(x**2)": (0, 0),
    "abs(sqrt(x))": (0, 0),
    "abs(clip(x, 0, 1))": (0, 0),
    "abs(2 * x)": (0, 0),
    "abs(x + x)": (0, 0),
    "abs(where(x > 1, x, 2 * x))": (0, 0),
}


@pytest.mark.parametrize("sign", ["", "nonnegative"])
@pytest.mark.parametrize("text", KINKS)
def test_a_declared_sign_leaves_the_convention_at_a_kink(text, sign):
    """Before differentiation |x| stays where x may be 0; only its value is x."""
    y = sg.parse(f"x: {sign} float64[n]\n{text}")
    f = sg.function(None, [y, sg.grad(sg.sum(y), "x")])
    value, slope = f(np.array([0.0]))
    assert (value[0], slope[0]) == KINKS[text]


def test_a_zero_is_no_flat_one_for_what_is_differentiated_by():
    """|h| at h = x**2 = 0: flat toward x, and a kink toward h."""
    y = sg.parse("x: float64[n]\nh = x**2\nabs(h)")
    h = y.graph.named["h"]
    by_h, by_x = sg.grad(sg.sum(y), h), sg.grad(sg.sum(y), "x")
    f = sg.function([y.graph.inputs["x"]], [by_h, by_x])
    assert [float(v[0]) for v in f(np.array([0.0]))] == [0, 0]
    assert [float(v[0]) for v in f(np.array([2.0]))] == [1, 4]


def test_values_of_nonnegative_inputs_are_not_taken_twice():
    y = sg.parse("x: nonnegative float64[n]\nsqrt(x**2)")
    assert "np.abs" not in sg.function(None, y).source.split("return")[0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", sorted({text for text, _ in SHORT} | CURED.keys()))
def test_a_promise_that_is_kept_changes_no_value_that_was_right(text, dtype):
    """Beside the same formula without the promise, with values, slopes and all signs."""
    for sign in SIGNS:
        y, z = (
            sg.parse(f"x: {s} {dtype}[n]\ny: {dtype}[n]\nk: {dtype}\n{text}") for s in (sign, "")
        )
        x = impose(np.array([1.3, 0.8, 1.1, 0.9, 2.0, -1.7], dtype), sign)
        given = {"x": x, "y": np.linspace(0.5, 2, len(x), dtype=dtype), "k": np.array(2, dtype)}
        results = []
        for formula in (y, z):
            inputs = list(formula.graph.inputs.values())
            outputs = [formula, sg.grad(sg.sum(formula), "x")]
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                results.append(sg.function(inputs, outputs)(**given))
        for promised, plain in zip(*results, strict=True):
            right = np.isfinite(plain)
            assert promised.dtype == dtype and promised.shape == plain.shape
            tolerance = 3e-6 if dtype == "float32" else 1e-14
            np.testing.assert_allclose(promised[right], plain[right], rtol=tolerance)


# Declaring


def test_a_sign_is_part_of_the_declaration_and_not_of_the_type():
    g = sg.Graph()
    x, y = g.input("x", "positive float64[n]"), g.input("y", "[n]")
    assert (x.sign, y.sign, x.type == y.type) == ("positive", "", True)
    assert g.input("x", "[n]", sign="positive") is x
    with pytest.raises(sg.GraphError, match=r"x is already an input positive float64\[n\]"):
        g.input("x", "[n]")
    with pytest.raises(sg.GraphError, match="x is already an input"):
        g.input("x", "negative [n]")


@pytest.mark.parametrize("sign", SIGNS)
def test_a_declared_program_reads_back(sign):
    for spec in (f"{sign} float64[n, 2]", f"{sign} float32[]", f"{sign} int64[n]"):
        y = sg.parse(f"x: {spec}\nx + 1")
        assert str(y).splitlines()[0] == f"x: {spec}"
        again = sg.parse(str(y)).graph.inputs["x"]
        assert (again.sign, again.type) == (sign, y.graph.inputs["x"].type)
    assert sg.parse(f"x: {sign}[n]\nx").declaration == f"{sign} float64[n]"
    assert sg.parse(f"x: {sign}\nx").declaration == f"{sign} float64[]"
    assert sg.parse("x + 1", x=f"{sign} [n]").graph.inputs["x"].sign == sign


WRONG = {
    "postive float64[n]": "postive is not a sign that an input can have\n  Did you mean positive?",
    "postive[n]": "postive is not a sign that an input can have\n  Did you mean positive?",
    "big float64[n]": "big is not a sign that an input can have\n  Use one of positive, nonneg",
    "float64 positive[n]": "positive stands before the dtype\n  Write positive float64.",
    "positive bool[n]": "bool values have no sign, so positive says nothing of them\n  Declare",
    "positive complex128[n]": "complex128 is not a dtype symgrad computes with",
    "nonnegative uint8[n]": "uint8 is not a dtype symgrad computes with",
}


@pytest.mark.parametrize("spec", WRONG)
def test_what_is_no_sign_is_refused(spec):
    with pytest.raises(sg.DTypeError) as error:
        sg.Graph().input("x", spec)
    assert str(error.value).startswith(WRONG[spec])
    with pytest.raises(sg.DTypeError) as error:
        sg.parse(f"x: {spec}\nx")
    assert error.value.line == 1 and str(error.value).startswith(WRONG[spec].split("\n")[0])


def test_two_signs_of_one_input_are_refused():
    with pytest.raises(sg.DTypeError, match="disagree"):
        sg.Graph().input("x", "positive [n]", sign="negative")


@pytest.mark.parametrize("sign", SIGNS)
def test_random_values_keep_the_promise(sign):
    values = impose(np.array([-2.0, -0.0, 0.0, 3.0]), sign)
    assert KEEPS[sign](values).all() and values.dtype == "float64"
    assert KEEPS[sign](impose(np.array([-2, 0, 3]), sign)).all()


def test_sympy_and_numpy_doors_take_signs():
    sympy = pytest.importorskip("sympy")
    x, y = sympy.Symbol("x", positive=True), sympy.Symbol("y", nonpositive=True)
    inputs = sg.from_sympy(x * sympy.sin(y)).graph.inputs
    assert [inputs[name].sign for name in "xy"] == ["positive", "nonpositive"]
    traced = sg.trace(lambda a: np.sqrt(a**2), "positive float32[n]")
    assert traced.graph.inputs["a"].declaration == "positive float32[n]"


# What is told and what is drawn


def test_the_promise_stands_in_emitted_files_and_holds_in_their_proof(tmp_path):
    y = sg.parse("x: positive float64[n]\nm: negative int64[n]\nmean(log(x) * sqrt(x) / sqrt(-m))")
    path = sg.write_module(tmp_path / "promised.py", f=(None, [y, sg.grad(y, "x")]))
    text = path.read_text()
    assert "x : float64[n], positive\n" in text and "m : int64[n], negative\n" in text
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(path), run_name="__main__")
    assert end.value.code == 0


def test_checks_draw_values_of_the_sign():
    """log and sqrt fail for most values of other signs."""
    y = sg.parse("x: positive float64[n]\nw: negative float64[n]\nsum(log(x) * sqrt(-w) * sqrt(x))")
    for seed in range(5):
        assert sg.check_grad(y, ["x", "w"], seed=seed) < 1e-6
    assert sg.same(sg.parse("x: positive [n]\nsqrt(x**2)"), sg.parse("x: positive [n]\nx"))
    assert not sg.same(sg.parse("x: nonzero [n]\nsqrt(x**2)"), sg.parse("x: nonzero [n]\nx"))
    with pytest.raises(sg.GraphError, match="alike"):
        sg.same(sg.parse("x: positive [n]\nx"), sg.parse("x: [n]\nx"))


def test_every_row_of_the_proofs_is_an_operation():
    assert proofs._ROWS.keys() <= sg.ops.registry.keys()
