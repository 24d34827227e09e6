"""Fast functions of numbers alone: Python's floats and ``math``, and NumPy where these refuse."""

from __future__ import annotations

import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.numbers import FORMS, MATH
from symgrad.ops.op import registry

TINY, HUGE = np.finfo(float).tiny, np.finfo(float).max
EXTREMES = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, TINY, -TINY, HUGE, -HUGE]
EXTREMES += [1.0, -1.0, 0.5, -0.5, 2.0, 1e16, -1e22, 709.9, 711.0, -744.0, -750.0, 1024.0, -1075.0]
EXTREMES += [np.nextafter(1, 0), np.nextafter(1, 2), 1e-8, -1e-200, 1e200]
RANDOM = np.random.default_rng(0)
POINTS = [*EXTREMES, *RANDOM.normal(size=60), *10 ** RANDOM.uniform(-300, 300, 40)]
PAIRS = [(a, b) for a in EXTREMES for b in EXTREMES] + [*zip(POINTS, POINTS[::-1], strict=True)]
OPERATORS = ["add", "subtract", "multiply", "divide", "negative", "floor_divide", "remainder"]
OPERATORS += ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"]
CONDITIONS = {*OPERATORS[-6:], "isnan", "isinf", "isfinite"}
ORACLES = {
    "power": lambda x, y: x**y,
    "relu": lambda x: np.maximum(x, 0.0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "polynomial": lambda x: x + 0.0,  # with its default coefficients
    "sigmoid": lambda x: float(1 / (1 + mp.exp(-mp.mpf(float(x))))),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "sigmoid_minus": lambda z, t: np.where(z > 0, (1 - t) - tail(z), tail(z) - t),
    "sigmoid_cross_entropy": lambda z, t: (1 - t if z > 0 else -t) * z + np.log1p(np.exp(-abs(z))),
    "erf": lambda x: float(mp.erf(min(max(float(x), -99.0), 99.0))) if x == x else x,
    "erfc": lambda x: float(mp.erfc(min(max(float(x), -99.0), 99.0))) if x == x else x,
}


def tail(z):
    """The sigmoid of -|z|."""
    return float(1 / (1 + mp.exp(abs(mp.mpf(float(z))))))


def numbers(count=1, spec="float64"):
    """So many inputs of a new graph."""
    g = sg.Graph()
    return [g.input(name, spec) for name in "xyzuvw"[:count]]


def slow_name(f):
    """The function that a fast one of numbers leaves the rest to."""
    return next((n for n in f._call.__globals__ if n.endswith("_by_numpy")), None)


def count_slow(f):
    """Count how often a function gives up: the list grows."""
    scope, name, calls = f._call.__globals__, slow_name(f), []
    slow = scope[name]
    scope[name] = lambda *args: calls.append(args) or slow(*args)
    return calls


def assert_same(found, expected, ulps=4):
    """The same number but for rounding; the same kind of zero, infinity, or none."""
    a, b = float(found), float(expected)
    if np.isfinite(b) and b:
        assert abs(a - b) <= ulps * np.spacing(abs(b)), (a, b)
    else:
        assert np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize("name", sorted({*MATH, *FORMS, *OPERATORS} - {"where"}))
def test_every_row_gives_what_numpy_gives(name):
    """Also where the second operand is a number that is known beforehand."""
    row = registry[name]
    inputs = numbers(len(row.operands))
    f = sg.function(inputs, row(*inputs), stabilize=False)
    assert slow_name(f)
    oracle = ORACLES.get(name) or getattr(np, name)
    with np.errstate(all="ignore"):
        for args in PAIRS if len(inputs) == 2 else [(p,) for p in POINTS]:
            found, expected = f(*args), oracle(*map(np.float64, args))
            assert type(found) is (np.bool_ if name in CONDITIONS else np.float64)
            assert_same(found, expected)
        if len(inputs) == 2:
            beside = sg.function(inputs[:1], row(inputs[0], 0.75), stabilize=False)
            for p in POINTS:
                assert_same(beside(p), oracle(np.float64(p), np.float64(0.75)))


def test_a_choice_computes_what_it_needs():
    x, y = numbers(2)
    f = sg.function([x, y], sg.where((x > 0) & ~(y > 1), sg.log(x), sg.exp(y)) * 2.0)
    calls = count_slow(f)
    for a, b in [(2.0, 0.5), (2.0, 3.0), (-1.0, 0.5), (np.nan, 0.25)]:
        expected = 2 * (np.log(a) if a > 0 and not b > 1 else np.exp(b))
        assert_same(f(a, b), expected)
    assert not calls


@pytest.mark.parametrize(
    ("formula", "point"),
    [
        (lambda x: sg.log(x), 0.0),
        (lambda x: sg.log(x), -1.0),
        (lambda x: 1 / x, 0.0),
        (lambda x: sg.exp(x) + 1, 1000.0),
        (lambda x: x**0.5, -2.0),
        (lambda x: x**-1.5, 0.0),
        (lambda x: sg.sqrt(x) * 0.5, -2.0),
        (lambda x: sg.sin(x), np.inf),
        (lambda x: (x * 1e200) ** 7, 1e100),
    ],
)
def test_what_python_refuses_is_numpys(formula, point):
    """The number beside it is right all the same, and no number is complex."""
    (x,) = numbers()
    f = sg.function([x], [sg.cos(x * 0.25) if np.isfinite(point) else sg.arctan(x), formula(x)])
    calls = count_slow(f)
    with np.errstate(all="ignore"):
        beside, found = f(point)
        expected = with_numpy(formula)(np.float64(point))
    assert len(calls) == 1
    assert type(found) is type(beside) is np.float64
    assert np.array_equal(found, expected, equal_nan=True)
    assert_same(beside, np.cos(point * 0.25) if np.isfinite(point) else np.arctan(point))


def with_numpy(formula):
    """The same formula, of NumPy's numbers."""
    return type(formula)(formula.__code__, {"sg": np})


def test_nothing_is_given_up_where_the_value_is_finite():
    x, y = numbers(2)
    f = sg.function([x, y], sg.grad(sg.sin(x * y) * sg.exp(-(x**2)) / sg.sqrt(1 + y * y), [x, y]))
    calls = count_slow(f)
    for a, b in np.random.default_rng(1).normal(size=(50, 2)):
        da, db = (
            mp.diff(lambda s, t: mp.sin(s * t) * mp.exp(-s * s) / mp.sqrt(1 + t * t), (a, b), n)
            for n in ((1, 0), (0, 1))
        )
        np.testing.assert_allclose(f(a, b), [float(da), float(db)], rtol=1e-12, atol=1e-15)
    assert not calls


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_nested_derivatives(order):
    (x,) = numbers()
    y = sg.exp(sg.sin(x)) * sg.log(1 + x * x) + sg.arctan(x) ** 3
    for _ in range(order):
        y = sg.grad(y, x)
    f = sg.function([x], y)
    assert "math." in f.source
    with mp.workdps(50):
        for p in (-2.0, 0.3, 1.7):
            exact = mp.diff(
                lambda t: mp.exp(mp.sin(t)) * mp.log(1 + t * t) + mp.atan(t) ** 3, p, order
            )
            assert float(f(p)) == pytest.approx(float(exact), rel=1e-12)


def test_arguments_of_any_kind_give_the_same_type():
    x, y = numbers(2)
    f = sg.function([x, y], [sg.exp(x) * y, x, sg.exp(x) * y])
    for kind in (float, np.float64, np.array, np.float32, lambda v: np.float64(v).reshape(())):
        first, same, again = f(kind(0.5), kind(2.0))
        assert float(first) == float(again) == 2 * np.exp(0.5)
        assert type(first) is np.float64
        assert type(same) is np.ndarray and same.dtype == np.float64 and same == 0.5
    assert f(1, 2)[0] == pytest.approx(2 * np.e)
    assert f(np.int64(1), True)[0] == pytest.approx(np.e)
    with pytest.raises(sg.DTypeError):
        f(1j, 2.0)
    with pytest.raises(sg.ShapeError):
        f([1.0], 2.0)


def test_an_argument_is_left_as_it_is():
    (x,) = numbers()
    f = sg.function([x], sg.log(x) + 1)
    given = np.array(2.0)
    assert float(f(given)) == pytest.approx(np.log(2) + 1)
    with np.errstate(divide="ignore"):
        assert f(np.array(0.0)) == -np.inf
    assert given == 2.0


@pytest.mark.parametrize("spec", ["float32", "int64", "[n]"])
def test_other_types_are_left_to_numpy(spec):
    x, y = numbers(2, spec)
    f = sg.function([x, y], sg.sin(x) * y)
    assert slow_name(f) is None and "math." not in f.source
    given = (np.ones(3),) * 2 if spec == "[n]" else (np.dtype(spec).type(1),) * 2
    found = f(*given)
    assert found.dtype == ("float32" if spec == "float32" else "float64")
    np.testing.assert_allclose(found, np.sin(1.0), rtol=1e-6)


def test_a_long_function_is_not_written_twice():
    (x,) = numbers()
    y = x
    for k in range(700):
        y = sg.sin(y) * (1.0 + k / 7) + x
    f = sg.function([x], y, stabilize=False)
    assert slow_name(f) is None
    expected = 0.5
    for k in range(700):
        expected = np.sin(expected) * (1.0 + k / 7) + 0.5
    assert f(0.5) == pytest.approx(expected, rel=1e-12)


def test_names(tmp_path):
    g = sg.Graph()
    x = g.input("math", "float64")
    f = sg.function([x], sg.sin(x), name="g")
    assert f(math=0.5) == np.sin(0.5)
    with pytest.raises(sg.CodegenError, match="can not be called math"):
        sg.write_module(tmp_path / "m.py", style="fast", math=([x], sg.sin(x)))


def test_the_module_stands_alone(tmp_path):
    x, y = numbers(2)
    loss = sg.exp(sg.sin(x) / y) * sg.maximum(x, 0.0) * sg.where(y < x, x, -y)
    path = tmp_path / "numbers.py"
    outputs = [loss, *sg.grad(loss, [x, y])]
    sg.write_module(path, style="fast", f=([x, y], outputs), _f_by_numpy=([x], sg.cos(x)))
    for tool in (["black", "--check", "-q"], ["ruff", "check", "--isolated", "-q"]):
        subprocess.run([sys.executable, "-m", *tool, str(path)], check=True)
    scope = {"__name__": "emitted"}
    exec(path.read_text(), scope)
    found = scope["f"](0.7, 0.4)
    assert found[0] == pytest.approx(np.exp(np.sin(0.7) / 0.4) * 0.49, rel=1e-14)
    assert scope["_f_by_numpy"](0.5) == np.cos(0.5)
    with np.errstate(all="ignore"):
        assert np.isinf(scope["f"](0.7, 0.0)[0])


def test_helpers_are_given_numpys_numbers():
    (x,) = numbers()
    f = sg.function([x], sg.xlogy(x, x) + sg.sin(x) * sg.cos(x) + sg.tanh(x) + sg.floor(x))
    assert "float(" in f.source and "math." in f.source
    for p in (0.0, 0.5, 3.25):
        log = p * np.log(p) if p else 0.0
        expected = log + np.sin(p) * np.cos(p) + np.tanh(p) + np.floor(p)
        assert_same(f(p), expected, 8)
