"""Every row of the registry against its own, independent meaning: no row is without a test."""

from __future__ import annotations

import string
import warnings
from itertools import combinations_with_replacement

import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.graph import operations
from symgrad.ops.op import Op, registry
from tests.oracles import (
    SIZES,
    complex_step,
    direction,
    domain_of,
    elementwise,
    meaning,
    partial,
    run,
    sample,
    settled,
    show,
    size_of,
    unbroadcast,
)

# Made by Graph.input, Graph.constant and others; tests/graph/
LEAVES = {"input", "constant", "dim", "eye", "iota", "custom"}
COUNTED = {"flatnonzero"}  # its size is known when it is run; test_indexing.py
CASTS = {"astype"}  # their derivative is a cast
SIZED = {"cross", "delete", "diagonal", "insert", "trace"}  # which need some sizes as numbers
BARRIERS = {"stop_gradient"}  # their derivative is 0 whatever they compute
ROWS = [op for op in registry.values() if op not in LEAVES]
ELEMENTWISE = [op for op in ROWS if isinstance(op.meaning, str)]
ARRAYS = [(o, c) for o in ROWS if callable(o.meaning) and o not in COUNTED for c in o.cases]
SMOOTH = [op for op in ELEMENTWISE if op.vjp is not None]
TOLERANCE = {"float64": 1e-13, "float32": 2e-6}

SHAPES = {
    1: [("[]",), ("[1]",), ("[0]",), ("[n]",), ("[2, 1, 3]",), ("[n, 0]",)],
    2: [
        ("[]", "[]"),
        ("[n]", "[]"),
        ("[]", "[1]"),
        ("[3]", "[2, 3]"),
        ("[n, 1]", "[1, m]"),
        ("[n, 0, 2]", "[2]"),
        ("[1, 1, 1]", "[n]"),
        ("[0]", "[1]"),
    ],
    3: [
        ("[]", "[]", "[]"),
        ("[n]", "[]", "[m, 1]"),
        ("[]", "[m, n]", "[n]"),
        ("[2, 1, 1]", "[0, 1]", "[3]"),
        ("[1]", "[n, 1]", "[1, 2]"),
    ],
}


def every(rows):
    return pytest.mark.parametrize("op", rows, ids=lambda op: op.name)


def every_case(pairs):
    return pytest.mark.parametrize(
        "op, case", pairs, ids=lambda p: p.name if isinstance(p, Op) else show(p)
    )


def params_of(op):
    return [case.params for case in op.cases] or [{}]


def declare(op, shapes, dtype="float64", seed=0):
    """Inputs of an elementwise op and their values, from its domain."""
    g = sg.Graph()
    inputs, values = [], {}
    for i, shape in enumerate(shapes):
        domain = domain_of(op, i)
        x = g.input(f"x{i}", shape, {"bools": "bool"}.get(domain, dtype))
        inputs.append(x)
        values[f"x{i}"] = sample(domain, size_of(x.shape), x.dtype, seed + i)
    return inputs, values


def declare_case(op, case, dtype):
    """Inputs of one sample call and their values."""
    g = sg.Graph()
    inputs, values = [], {}
    for i, spec in enumerate(case.specs):
        x = g.input(f"x{i}", spec, dtype if spec.startswith("[") else None)
        inputs.append(x)
        values[f"x{i}"] = sample(domain_of(op, i), size_of(x.shape), x.dtype, seed=i + 3)
    return inputs, values


def close(found, expected, dtype="float64", scale=1.0):
    tolerance = TOLERANCE[dtype] * scale
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


# The rows themselves.


def test_rows_have_test_data():
    for op in ROWS:
        assert op.meaning is not None, f"give {op} a meaning: its test oracle"
        if isinstance(op.meaning, str):
            assert len(op.domain) in (1, len(op.operands)), op
        else:
            assert op.cases, f"give {op} sample calls"
        for i in range(len(op.operands)):
            sample(domain_of(op, i), (2,))


def test_rows_can_be_differentiated_or_say_why_not():
    for op in ROWS:
        made = op.call is not None and not op.numpy  # it makes nodes of other rows
        assert made or (op.vjp is not None) != op.constant_derivative, op


def test_rows_are_documented():
    for op in registry.values():
        assert op.doc.splitlines()[0].endswith(".") and op.doc[0].strip(), op
        assert op.signature.startswith(f"{op.name}("), op


def test_rows_have_latex_that_can_be_filled():
    for op in ROWS:
        assert op.latex or not op.numpy or isinstance(op.meaning, str), op
        if op.numpy and isinstance(op.latex, str):
            names = {key for _, key, _, _ in string.Formatter().parse(op.latex) if key is not None}
            assert names <= {*op.operands, *op.defaults}, op
            shown = op.latex.format(**dict.fromkeys(names, "x"))
            assert shown.count("{") == shown.count("}"), op


def test_names_are_unique_and_found_in_the_package():
    names = [name for op in registry.values() for name in (op.name, *op.aliases)]
    assert len(names) == len(set(names))
    for op in registry.values():
        for name in (op.name, *op.aliases):
            assert operations[name] is op
            assert getattr(sg, name) is op or name == "trace"  # which also traces functions
            assert name in dir(sg)


# Elementwise rows: values, shapes, dtypes.


@every(ELEMENTWISE)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_value_on_every_kind_of_shape(op, dtype):
    for shapes in SHAPES[len(op.operands)]:
        for params in params_of(op):
            inputs, values = declare(op, shapes, dtype)
            (found,) = run([op(*inputs, **params)], values)
            close(found, elementwise(meaning(op, **params), *values.values()), dtype)


@every(ELEMENTWISE)
def test_value_for_small_sizes_of_a_named_dim(op):
    inputs, values = declare(op, ["[n]"] * len(op.operands))
    for n in (0, 1):
        few = {k: v[:n] for k, v in values.items()}
        (found,) = run([op(*inputs)], few, {"n": n})
        close(found, elementwise(meaning(op), *few.values()))


@every(ELEMENTWISE)
def test_keywords_are_the_operands_names(op):
    inputs, _ = declare(op, ["[3]"] * len(op.operands))
    named = dict(zip(op.operands, inputs, strict=True))
    assert op(**named) is op(*inputs)


# Elementwise rows: derivatives.


def weights(shape):
    """Cotangents that differ from one another."""
    return 1.0 + np.arange(np.prod(shape, dtype=int)).reshape(shape) % 7 / 4


def floating(inputs):
    return [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]


@every(ELEMENTWISE)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_first_derivative_on_every_kind_of_shape(op, dtype):
    for shapes in SHAPES[len(op.operands)]:
        for params in params_of(op):
            check_first(op, params, shapes, dtype)


def check_first(op, params, shapes, dtype):
    inputs, values = declare(op, shapes, dtype, seed=7)
    y = op(*inputs, **params)
    wrt = floating(inputs)
    if not y.type.is_floating or not wrt:
        return
    ct = weights(size_of(y.shape)).astype(dtype)
    grads = sg.vjp(y, [inputs[i] for i in wrt], y.graph.input("ct", y.shape, dtype))
    found = run(grads, {**values, "ct": ct})
    for i, got in zip(wrt, found, strict=True):
        assert got.dtype == dtype
        orders = [int(j == i) for j in range(len(inputs))]
        slopes = elementwise(partial(meaning(op, **params), orders), *values.values())
        slopes = slopes * (op not in BARRIERS)
        assert not op.constant_derivative or not got.any()
        expected = unbroadcast(ct * slopes, got.shape)
        close(got, expected, dtype, scale=20)


@every(SMOOTH)
def test_second_derivative(op):
    for params in params_of(op):
        inputs, values = declare(op, ["[4]"] * len(op.operands), seed=11)
        wrt = floating(inputs)
        y = op(*inputs, **params)
        if not y.type.is_floating:
            continue
        w = weights(size_of(y.shape))
        grads = sg.grad((y * w).sum(), [inputs[i] for i in wrt])
        v = {i: weights(size_of(y.shape))[::-1] * (1 + i) for i in wrt}
        along = sum(((g * v[i]).sum() for i, g in zip(wrt, grads, strict=True)), start=0.0)
        found = run(sg.grad(along, [inputs[i] for i in wrt]), values)
        for i, got in zip(wrt, found, strict=True):
            expected = sum(w * v[j] * second(op, params, i, j, values) for j in wrt)
            close(got, expected, scale=1000)


def second(op, params, i, j, values):
    orders = [int(k == i) + int(k == j) for k in range(len(values))]
    return elementwise(partial(meaning(op, **params), orders), *values.values())


WIDE = [1e-300, 1e-20, 1e-8, 1e-3, 0.3, 0.94, 2.0, 20.0, 300.0]
WITH_ZEROS = {"sinc"}  # at integers, where π x is rounded: nothing relative holds there
INSIDE = {
    "reals": lambda x: True,
    "positive": lambda x: x > 0,
    "nonzero": lambda x: abs(x) > 1e-200,
    "unit": lambda x: abs(x) < 1,
}


@every([op for op in ELEMENTWISE if len(op.operands) == 1 and op.domain[0] in INSIDE])
def test_relative_accuracy_of_value_and_slope_over_many_magnitudes(op):
    """Values to a few units in the last place, also where they are tiny; slopes nearly so."""
    points = np.array([s * p for p in WIDE for s in (1, -1) if INSIDE[op.domain[0]](s * p)])
    x = sg.Graph().input("x", "[n]")
    y = op(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = sg.function([x], y)(points)
    f = meaning(op)
    expected = settled(f, points)
    zeros = 1e-16 if op in WITH_ZEROS else 1e-320
    np.testing.assert_allclose(found, expected, rtol=2e-14, atol=zeros)
    if op.vjp is not None:
        slopes = sg.function([x], sg.grad(y.sum(), x))(points)
        expected = settled(partial(f, [1]), points)
        np.testing.assert_allclose(slopes, expected, rtol=1e-9, atol=1e-15)


# Rows on arrays.


@every_case(ARRAYS)
def test_value_of_case(op, case):
    for dtype in TOLERANCE:
        inputs, values = declare_case(op, case, dtype)
        y = op.on(inputs, case.params)
        (found,) = run([y], values)
        close(found, op.meaning(*values.values(), **case.params), dtype)


@every_case(ARRAYS)
def test_first_derivative_of_case(op, case):
    for dtype in TOLERANCE:
        check_first_of_case(op, case, dtype)


def check_first_of_case(op, case, dtype):
    inputs, values = declare_case(op, case, dtype)
    y = op.on(inputs, case.params)
    wrt = floating(inputs)
    if op in CASTS or not y.type.is_floating or not wrt:
        return
    ct = weights(size_of(y.shape)).astype(dtype)
    found = run(sg.vjp(y, [inputs[i] for i in wrt], ct), values)
    for i, got in zip(wrt, found, strict=True):
        assert got.dtype == dtype
        plain = [v.astype(float) if v.dtype.kind == "f" else v for v in values.values()]
        expected = complex_step(lambda *a: op.meaning(*a, **case.params), plain, i, ct)
        close(got, expected, dtype, scale=10)


@every_case(ARRAYS)
def test_second_derivative_of_case(op, case):
    """The Hessian along a direction against central differences of the gradient."""
    inputs, values = declare_case(op, case, "float64")
    y = op.on(inputs, case.params)
    if op.constant_derivative or op in CASTS or not y.type.is_floating:
        return
    wrt = [x for x in inputs if x.dtype.kind == "f"]
    loss = (y * y * weights(size_of(y.shape))).sum()
    grads = sg.grad(loss, wrt)
    v = {str(x.name): direction(op, weights(values[str(x.name)].shape)) for x in wrt}
    along = sum(((g * d).sum() for g, d in zip(grads, v.values(), strict=True)), start=0.0)
    found = run(sg.grad(along, wrt), values)
    h = 1e-5
    ends = [run(grads, {**values, **{k: values[k] + s * h * v[k] for k in v}}) for s in (1, -1)]
    for got, right, left in zip(found, *ends, strict=True):
        np.testing.assert_allclose(got, (right - left) / (2 * h), rtol=1e-7, atol=1e-7)


@every_case(ARRAYS)
def test_case_with_named_dims_has_the_same_value_and_gradient(op, case):
    """Every size of an operand as a named dim, where the sample call's parameters allow it."""
    sizes, specs = {}, []
    for spec in case.specs:
        dtype, _, dims = spec.rstrip("]").partition("[")
        names = [d if d in ("", "1") else f"n{d}" for d in dims.replace(" ", "").split(",")]
        sizes |= {f"n{d}": int(d) for d in dims.replace(" ", "").split(",") if d not in ("", "1")}
        specs.append(f"{dtype}[{', '.join(names)}]")
    try:
        inputs, values = declare_named(op, specs, sizes)
        y = op.on(inputs, case.params)
    except sg.ShapeError:
        assert {"shape", "index"} & case.params.keys() or op in SIZED
        return
    wrt = floating(inputs)
    grads = sg.grad((y * 1.0).sum(), [inputs[i] for i in wrt]) if wrt else []
    value, *slopes = run([y, *grads], values, sizes)
    close(value, op.meaning(*values.values(), **case.params))
    if op in CASTS or not y.type.is_floating:
        return
    for i, got in zip(wrt, slopes, strict=True):
        expected = complex_step(lambda *a: op.meaning(*a, **case.params), [*values.values()], i, 1)
        close(got, expected, scale=10)


def declare_named(op, specs, sizes):
    g = sg.Graph()
    inputs = [g.input(f"x{i}", spec) for i, spec in enumerate(specs)]
    shapes = [size_of(x.shape, sizes) for x in inputs]
    values = {
        str(x.name): sample(domain_of(op, i), shape, x.dtype, i)
        for i, (x, shape) in enumerate(zip(inputs, shapes, strict=True))
    }
    return inputs, values


# Extremes and kinks.


@every([op for op in ROWS if op.extremes])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_extremes_are_exact_and_silent(op, dtype):
    top = np.finfo(dtype).max
    points = {x: y for x, y in op.extremes.items() if max(abs(x), abs(y)) <= float(top)}
    x = sg.Graph().input("x", dtype=dtype)
    y = op(x)
    f = sg.function([x], [y, sg.grad(y, x)])
    for at, value in points.items():
        with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
            warnings.simplefilter("error")
            found, slope = f(np.array(at, dtype))
        assert found == np.dtype(dtype).type(value)
        assert np.isfinite(slope)


KINKS = {
    "absolute": [((0.0,), (0.0,))],
    "arctan2": [((0.0, 0.0), (0.0, 0.0))],
    "cbrt": [((0.0,), (0.0,))],
    "ceil": [((2.0,), (0.0,))],
    "clip": [
        ((-1.0, -1.0, 1.0), (1.0, 0.0, 0.0)),
        ((1.0, -1.0, 1.0), (1.0, 0.0, 0.0)),
        ((-3.0, 2.0, 1.0), (0.0, 0.0, 1.0)),  # min above max: NumPy returns max
        ((1.5, 2.0, 1.0), (0.0, 0.0, 1.0)),
        ((3.0, 2.0, 1.0), (0.0, 0.0, 1.0)),
    ],
    "copysign": [((0.0, 2.0), (0.0, 0.0)), ((1.0, 0.0), (1.0, 0.0))],
    "cummax": [(([1.0, 1.0, 3.0, 3.0, 2.0],), ([2.0, 0.0, 3.0, 0.0, 0.0],))],
    "cummin": [(([3.0, 3.0, 1.0, 1.0],), ([2.0, 0.0, 2.0, 0.0],))],
    "entr": [((0.0,), (0.0,)), ((-1.0,), (0.0,))],
    "floor": [((2.0,), (0.0,))],
    "fmax": [((2.0, 2.0), (0.5, 0.5))],
    "fmin": [((2.0, 2.0), (0.5, 0.5))],
    "fmod": [((4.0, 2.0), (1.0, -2.0)), ((-4.0, 2.0), (1.0, 2.0))],
    "heaviside": [((0.0, 0.5), (0.0, 1.0)), ((1.0, 0.5), (0.0, 0.0))],
    "hypot": [((0.0, 0.0), (0.0, 0.0))],
    "floor_divide": [((4.0, 2.0), (0.0, 0.0))],
    "i0e": [((0.0,), (0.0,))],
    "leaky_relu": [((0.0,), (0.01,))],
    "log_compound": [((-1.0, 0.0), (0.0, 0.0))],
    "log_power": [((0.0, 0.0), (0.0, 0.0))],
    "matrix_norm": [(([[0.0, 0.0], [0.0, 0.0]],), ([[0.0, 0.0], [0.0, 0.0]],))],
    "max": [(([1.0, 3.0, 3.0],), ([0.0, 0.5, 0.5],)), (([2.0] * 4,), ([0.25] * 4,))],
    "maximum": [((2.0, 2.0), (0.5, 0.5)), ((0.0, -0.0), (0.5, 0.5))],
    "min": [(([1.0, 1.0, 3.0],), ([0.5, 0.5, 0.0],))],
    "minimum": [((2.0, 2.0), (0.5, 0.5))],
    "nanmax": [(([1.0, 3.0, np.nan, 3.0],), ([0.0, 0.5, 0.0, 0.5],))],
    "nanmin": [(([1.0, 1.0, np.nan],), ([0.5, 0.5, 0.0],))],
    "norm": [(([0.0, 0.0],), ([0.0, 0.0],))],
    "parity": [((0.0, 2.0), (0.0, 0.0)), ((-1.5, 2.0), (0.0, 0.0))],
    "power": [
        ((0.0, 2.5), (0.0, 0.0)),
        ((0.0, 1.0), (1.0, 0.0)),
        ((0.0, 0.5), (0.0, 0.0)),
        ((0.0, 0.0), (0.0, 0.0)),
        ((3.0, 0.0), (0.0, np.log(3.0))),
    ],
    "divergence": [((0.0, 2.0), (-1.0, 1.0))],
    "ptp": [(([1.0, 3.0, 3.0],), ([-1.0, 0.5, 0.5],)), (([2.0, 2.0],), ([0.0, 0.0],))],
    "rel_entr": [((0.0, 0.0), (0.0, 0.0)), ((0.0, 2.0), (0.0, 0.0)), ((1.0, 0.0), (0.0, 0.0))],
    "relu": [((0.0,), (0.0,)), ((-0.0,), (0.0,))],
    "remainder": [((4.0, 2.0), (1.0, -2.0)), ((-4.0, 2.0), (1.0, 2.0))],
    "rint": [((0.5,), (0.0,))],
    "sign": [((0.0,), (0.0,))],
    "sort": [(([2.0, 1.0, 2.0],), ([1.0, 1.0, 1.0],))],
    "sqrt": [((0.0,), (0.0,)), ((-0.0,), (0.0,))],
    "root_plus": [((1.0, -1.0), (0.0, 0.0)), ((0.0, 0.0), (0.0, 0.0))],
    "leg": [((2.0, 2.0), (0.0, 0.0)), ((0.0, 0.0), (0.0, 0.0))],
    "root_less": [((1.0, -1.0), (-1.0, 0.0)), ((0.0, 0.0), (-1.0, 0.0))],
    "hypot_less": [((0.0, 0.0), (-1.0, 0.0))],
    "root_less_slope": [((1.0, -1.0), (0.0, 0.0)), ((0.0, 0.0), (0.0, 0.0))],
    "leg_less": [((2.0, 2.0), (-1.0, 0.0))],
    "leg_less_slope": [((2.0, 2.0), (0.0, 0.0))],
    "sqrt1pm1": [((-1.0,), (0.0,))],
    "sqrt_difference": [((0.0, 1.0), (0.0, -0.5)), ((1.0, 0.0), (0.5, 0.0))],
    "sqrt_gap": [
        ((1.0, 0.0, 0.0), (0.5, 0.0, 0.0)),
        ((-1.0, 0.0, 1.0), (0.0, -0.5, 0.0)),
        ((2.0, 2.0, -2.0), (0.0, 0.0, 0.0)),
    ],
    "sqrt_gap_slope": [
        ((-1.0, 0.0, 1.0), (0.0, 0.5, 0.0)),
        ((0.0, -1.0, 1.0), (-0.5, 0.0, 0.0)),
    ],
    "sqrt_product": [((0.0, 1.0), (0.0, 0.0)), ((0.0, 0.0), (0.0, 0.0))],
    "root_over": [((0.0, 1.0), (0.0, 0.0))],
    "binary_entropy": [((0.0,), (1.0,)), ((1.0,), (-1.0,))],
    "std": [(([2.0, 2.0],), ([0.0, 0.0],)), (([0.1, 0.1, 0.1],), ([0.0, 0.0, 0.0],))],
    "trunc": [((2.0,), (0.0,))],
    "vector_norm": [(([0.0, 0.0],), ([0.0, 0.0],)), (([0.0, 2.0],), ([0.0, 1.0],))],
    "where": [((True, 1.0, 2.0), (1.0, 0.0)), ((False, 1.0, 2.0), (0.0, 1.0))],
    "xlog1py": [((0.0, -1.0), (0.0, 0.0)), ((0.0, 1.0), (np.log(2.0), 0.0))],
    "xlogy": [((0.0, 0.0), (0.0, 0.0)), ((0.0, -1.0), (0.0, 0.0)), ((0.0, np.e), (1.0, 0.0))],
}


def test_every_declared_kink_is_in_the_table():
    assert KINKS.keys() == {op.name for op in ROWS if op.kinks}


@pytest.mark.parametrize("name", KINKS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_derivative_at_kinks_is_the_declared_one(name, dtype):
    for point, slopes in KINKS[name]:
        g = sg.Graph()
        values = {f"x{i}": as_input(v, dtype) for i, v in enumerate(point)}
        inputs = [g.input(k, v) for k, v in values.items()]
        y = registry[name](*inputs)
        for stabilize in (True, False):
            wrt = [inputs[i] for i in floating(inputs)]
            found = run(sg.grad(y.sum(), wrt, stabilize=stabilize), values)
            for got, expected in zip(found, slopes, strict=True):
                np.testing.assert_allclose(got, expected, rtol=1e-6)


def as_input(value, dtype):
    return np.array(value) if isinstance(value, bool) else np.array(value, dtype)


PAIRS = [*combinations_with_replacement(["relu", "absolute", "maximum"], 2)]


@pytest.mark.parametrize("pair", PAIRS)
def test_kinks_of_compositions_are_finite(pair):
    x = sg.Graph().input("x", "[3]")
    y = x
    for name in pair:
        y = registry[name](y, 0.0) if name == "maximum" else registry[name](y)
    hessian_vector = sg.grad((sg.grad(y.sum(), x) * x).sum(), x)
    (found,) = run([hessian_vector], {"x": np.array([-1.0, 0.0, 1.0])})
    assert np.isfinite(found).all()


def test_sizes_are_those_of_the_oracle():
    assert SIZES["n"] != SIZES["m"]
