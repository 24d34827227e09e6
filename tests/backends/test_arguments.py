"""Odd and wrong arguments, in both styles: right results or a clear error, nothing changed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import symgrad as sg
from tests.backends.odd_arrays import (
    INTS,
    LABELS,
    NAN,
    NUMBERS,
    ODD,
    fingerprint,
    is_array,
    strided,
)

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

RNG = np.random.default_rng(5)


def compiled(style, outputs, **types):
    """A function of declared inputs; ``outputs`` makes expressions of them."""
    g = sg.Graph()
    inputs = {name: g.input(name, spec) for name, spec in types.items()}
    return sg.function(list(inputs), outputs(**inputs), style=style)


class Affine:
    """Least squares: a function of a matrix, two vectors and a number, and its oracle."""

    def __init__(self, style, dtype):
        self.dtype = np.dtype(dtype)
        self.f = compiled(
            style, self.outputs, X=f"{dtype}[n, 3]", w=f"{dtype}[3]", y=f"{dtype}[n]", b=dtype
        )

    @staticmethod
    def outputs(X, w, y, b):
        loss = ((X @ w + b - y) ** 2).sum()
        return [loss, *sg.grad(loss, [w, b]), X.T, X, w[::-1]]

    def expected(self, X, w, y, b):
        X, w, y, b = (np.array(np.asarray(v), self.dtype) for v in (X, w, y, b))
        r = X @ w + b - y
        return [np.sum(r**2), 2 * (X.T @ r), 2 * np.sum(r), X.T, X, w[::-1]]

    def values(self, n=4):
        draws = RNG.integers(-9, 9, (n, 3)), RNG.integers(-9, 9, 3), RNG.integers(-9, 9, n)
        given = [np.array(d / 4, self.dtype) for d in draws]
        return dict(zip("Xwy", given, strict=True), b=self.dtype.type(0.75))

    def compare(self, **values):
        before = {k: fingerprint(v) for k, v in values.items()}
        found = self.f(**values)
        assert {k: fingerprint(v) for k, v in values.items()} == before
        rtol = 1e-12 if self.dtype == np.float64 else 1e-5
        for a, b in zip(found, self.expected(**values), strict=True):
            assert a.dtype == self.dtype and type(a) in (np.ndarray, self.dtype.type)
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol, strict=True)
            assert not any(np.shares_memory(a, v) for v in values.values() if is_array(v))
        return found


@pytest.fixture(scope="module")
def affine(style):
    return Affine(style, "float64")


@pytest.fixture(scope="module")
def short(style):
    return Affine(style, "float32")


@pytest.mark.parametrize("name", "Xwy")
@pytest.mark.parametrize("odd", ODD)
def test_odd_arrays_give_right_results(affine, short, odd, name):
    for case in (affine, short):
        values = case.values()
        values[name] = ODD[odd](values[name])
        with np.errstate(invalid="ignore" if odd == "infinite" else "warn"):
            case.compare(**values)


@pytest.mark.parametrize("odd", ["non-contiguous", "byte-swapped", "column-major", "read-only"])
def test_all_arguments_odd_at_once(affine, odd):
    values = affine.values(7)
    affine.compare(**{k: ODD[odd](v) if is_array(v) else v for k, v in values.items()})


def test_matrices_multiply_as_arrays(affine):
    values = affine.values(3)
    square = np.arange(9.0).reshape(3, 3).view(np.matrix)
    found = affine.compare(**{**values, "X": square})
    assert type(found[3]) is type(found[4]) is np.ndarray


@pytest.mark.parametrize("n", [0, 1, 2, 50])
def test_batches_of_any_size(affine, short, n):
    affine.compare(**affine.values(n))
    short.compare(**short.values(n))


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers(affine, number):
    with np.errstate(invalid="ignore" if "infinite" in number else "warn"):
        affine.compare(**{**affine.values(), "b": NUMBERS[number]})


@pytest.mark.parametrize(
    "number", [0.1, 3, True, np.float32(0.1), np.float16(2), np.array(2, "f4")]
)
def test_numbers_of_single_precision(short, number):
    short.compare(**{**short.values(), "b": number})


X4, V3, V4 = np.ones((4, 3)), np.ones(3), np.ones(4)
MASKED = np.ma.masked_array(X4, X4 > 3)
WRONG = [
    ("X", MASKED, sg.DTypeError, r"X is masked; fill it first: X\.filled\(0\)"),
    ("y", np.ma.masked_array(V4), sg.DTypeError, "y is masked"),
    ("b", np.ma.masked, sg.DTypeError, "b is masked"),
    ("X", X4.astype(object), sg.DTypeError, r"X is object, and float64\[n, 3\] is wanted"),
    ("w", [None, 1.0, 2.0], sg.DTypeError, "w is object"),
    ("w", [1.0, 2.0, "3"], sg.DTypeError, "w is str"),
    ("w", np.array(["1", "2", "3"]), sg.DTypeError, "w is str"),
    ("w", V3.astype(complex), sg.DTypeError, "w is complex128"),
    ("w", V3.astype(np.longdouble), sg.DTypeError, "w is (longdouble|float128|float96)"),
    ("w", V3.astype("datetime64[s]"), sg.DTypeError, "w is datetime64"),
    ("w", V3.astype("timedelta64[s]"), sg.DTypeError, "w is timedelta64"),
    ("w", np.zeros(3, [("a", "f8")]), sg.DTypeError, "w is void"),
    ("X", [[1.0, 2.0], [3.0]], sg.DTypeError, r"X is no array of float64"),
    ("X", {1.0, 2.0}, sg.DTypeError, "X is object"),
    ("X", (x for x in X4), sg.DTypeError, "X is object"),
    ("y", None, sg.DTypeError, "y is object"),
    ("b", None, sg.DTypeError, "b is object"),
    ("b", "0.5", sg.DTypeError, "b is str"),
    ("b", 1j, sg.DTypeError, "b is complex128"),
    ("b", Fraction(1, 2), sg.DTypeError, "b is object"),
    ("b", Decimal("0.5"), sg.DTypeError, "b is object"),
    ("b", np.array(0.5, object), sg.DTypeError, "b is object"),
    ("b", 2**80, sg.DTypeError, "b is object"),
    ("b", [0.5], sg.ShapeError, r"b has shape \(1,\), float64\[\] is wanted"),
    ("b", V4, sg.ShapeError, r"b has shape \(4,\)"),
    ("w", 0.5, sg.ShapeError, r"w has shape \(\), float64\[3\] is wanted"),
    ("w", np.float64(0.5), sg.ShapeError, r"w has shape \(\)"),
    ("w", np.array(0.5), sg.ShapeError, r"w has shape \(\)"),
    ("w", V4, sg.ShapeError, r"w has shape \(4,\)"),
    ("w", np.ones(1), sg.ShapeError, r"w has shape \(1,\)"),
    ("w", np.ones((3, 1)), sg.ShapeError, r"w has shape \(3, 1\)"),
    ("X", X4.T, sg.ShapeError, r"X has shape \(3, 4\), float64\[n, 3\] is wanted"),
    ("X", X4[None], sg.ShapeError, r"X has shape \(1, 4, 3\)"),
    ("X", X4[0], sg.ShapeError, r"X has shape \(3,\)"),
    ("X", np.array(1.0), sg.ShapeError, r"X has shape \(\)"),
    ("X", np.ones((4, 1)), sg.ShapeError, r"X has shape \(4, 1\)"),
    ("X", np.ones((5, 3)), sg.ShapeError, r"y has shape \(4,\), float64\[n\].* with n = 5"),
    ("X", np.ones((1, 3)), sg.ShapeError, r"y has shape \(4,\), float64\[n\].* with n = 1"),
    ("y", np.ones(1), sg.ShapeError, r"y has shape \(1,\), float64\[n\].* with n = 4"),
    ("y", np.ones(0), sg.ShapeError, r"y has shape \(0,\), float64\[n\].* with n = 4"),
    ("y", np.array(1.0), sg.ShapeError, r"y has shape \(\)"),
]


@pytest.mark.parametrize("name, value, error, message", WRONG, ids=range(len(WRONG)))
def test_wrong_arguments_are_named_and_the_next_call_is_right(affine, name, value, error, message):
    values = affine.values()
    before = fingerprint(value) if is_array(value) and value.dtype != object else None
    with pytest.raises(error, match=f"f: argument {message}"):
        affine.f(**{**values, name: value})
    assert before is None or fingerprint(value) == before
    affine.compare(**values)


@pytest.mark.parametrize(
    "name, value",
    [("X", X4), ("w", V3), ("b", np.float64(1)), ("b", np.array(1.0)), ("w", V3.astype(">f8"))],
)
def test_no_digits_are_dropped_in_silence(short, name, value):
    with pytest.raises(sg.DTypeError, match=rf"argument {name} is float64, and float32\["):
        short.f(**{**short.values(), name: value})


@pytest.mark.parametrize("value", [1e300, -(10**39), [1e300, 0, 0]])
def test_what_overflows_single_precision_is_refused(short, value):
    name = "w" if isinstance(value, list) else "b"
    with pytest.raises(sg.DTypeError, match=f"argument {name} is"):
        short.f(**{**short.values(), name: value})


@pytest.fixture(scope="module")
def chosen(style):
    """Entries of a table by int64 labels, of which a boolean mask keeps some, times an int32."""
    return compiled(
        style,
        lambda table, labels, mask, k: [sg.where(mask, table[labels] * k, -1), labels, mask, k],
        **{"table": "[3]", "labels": "int64[n]", "mask": "bool[n]", "k": "int32"},
    )


@pytest.mark.parametrize("k", [3, np.int32(3), np.array(3, np.int32), np.int8(3), np.True_, False])
@pytest.mark.parametrize("ints", INTS)
def test_labels_masks_and_integers(chosen, ints, k):
    table, mask = np.array([0.5, 1.5, 2.5]), strided(LABELS > 0)
    given = INTS[ints]
    before = [fingerprint(v) for v in (given, mask)]
    found = chosen(table, given, mask, k)
    labels = np.asarray(given).astype(np.int64)
    expected = [np.where(mask, table[labels] * int(k), -1.0), labels, mask, np.array(int(k), "i4")]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b, strict=True)
        assert not any(np.shares_memory(a, v) for v in (given, mask, k) if is_array(v))
    assert [fingerprint(v) for v in (given, mask)] == before


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("labels", LABELS * 1.0, "labels is float64, and int64"),
        ("labels", [2.0, 0.0, 1.0, 2.0], "labels is float64"),
        ("labels", LABELS.astype(np.uint64), "labels is uint64"),
        ("labels", [2**63, 0, 1, 2], "labels is"),
        ("labels", LABELS.astype(object), "labels is object"),
        ("labels", np.ma.masked_array(LABELS), "labels is masked"),
        ("mask", LABELS, "mask is int64, and bool"),
        ("mask", [1, 0, 1, 0], "mask is int64"),
        ("mask", V4, "mask is float64"),
        ("k", 1.0, "k is float64, and int32"),
        ("k", np.int64(1), "k is int64"),
        ("k", 2**40, "k is int64"),
        ("k", NAN, "k is float64"),
    ],
)
def test_wrong_labels_masks_and_integers(chosen, name, value, message):
    good = {"table": V3, "labels": LABELS, "mask": LABELS > 0, "k": 1}
    with pytest.raises(sg.DTypeError, match=f"argument {message}"):
        chosen(**{**good, name: value})
    assert chosen(**good)[0].tolist() == [1, -1, 1, 1]


TRUSTED = {
    "mean((tanh(X @ W + c) @ w - y)**2)": {
        "X": "[n, 3]",
        "W": "[3, 2]",
        "c": "[2]",
        "w": "[2]",
        "y": "[n]",
    },
    "sum(x * y.T) + sum(z)": {"x": "[n, m]", "y": "[m, n]", "z": "[2*n]"},
    "sum(x[1:] * x[:-1])": {"x": "[len]"},
    "sin(x) * exp(y) / (1 + x**2)": {"x": "[n]", "y": "[n]"},
    "sin(x) * exp(y) / (1 + x**2) ": {"x": "[]", "y": "[]"},
    "mean(p + 0 * sum(q))": {"p": "[2]", "q": "[3]"},
}


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("text", TRUSTED)
def test_trusted_arguments_are_not_checked_and_give_the_same(text, style):
    value = sg.parse(text, **TRUSTED[text])
    wrt = list(value.graph.inputs.values())
    outputs = [value, *sg.grad(sg.sum(value), wrt)]
    checked = sg.function(wrt, outputs, style=style)
    f = sg.function(wrt, outputs, style=style, trust_inputs=True)
    assert "_checked" in checked.source and "_checked" not in f.source
    rng = np.random.default_rng(0)
    for n, m in ((4, 3), (2, 5), (4, 3)):
        sizes = {"n": n, "m": m, "len": n, "2*n": 2 * n}
        shapes = [[sizes.get(str(d), d) for d in x.shape] for x in wrt]
        given = [np.array(rng.normal(size=s)) for s in shapes]
        for a, b in zip(f(*given), checked(*given), strict=True):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(sg.SymgradError, match=r"argument \w+ missing"):
        f(*given[1:])


def test_a_trusting_step_overwrites_its_arguments():
    g = sg.Graph()
    x, w = g.input("x", "[n, 2]"), g.input("w", "[2]")
    loss = sg.mean((x @ w) ** 2)
    f = sg.function([x, w], loss, updates={w: w - 0.1 * sg.grad(loss, w)}, trust_inputs=True)
    X, W = np.array([[1.0, 2], [3, 4]]), np.array([1.0, -1])
    wanted = W - 0.1 * X.T @ (X @ W)
    assert f(X, W) == 1.0
    np.testing.assert_allclose(W, wanted, rtol=1e-15)
    assert "_in_place" not in f.source and "_apart" not in f.source
