"""What fast code calls in the place of functions of NumPy gives their numbers, and their ends."""

import re

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.emitted.blockwise import _blockwise
from symgrad.backends.numpy.emitted.choices import _where
from symgrad.backends.numpy.emitted.lengths import _length
from symgrad.backends.numpy.emitted.logsums import _logcumsumexp
from symgrad.backends.numpy.emitted.order import _inverse, _order

MANY = np.random.default_rng(0).standard_normal(20_000)
ENDS = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-30, 1e-22, 1e19, 3e38, 3.0]
FAR = {"float32": ENDS, "float64": [*ENDS, 1e-300, 1e-170, 1e170, 1.7e308]}


def same_bits(a, b):
    """Whether all bits agree, those of nan and of the sign of 0 as well."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99, 1])
@pytest.mark.parametrize("size", [0, 5, 20_000])
def test_choices_are_those_of_numpy(size, share, dtype):
    rng = np.random.default_rng(1)
    mask = rng.uniform(size=size) < share
    x, y = (np.resize([*ENDS, *v], size).astype(dtype) for v in (MANY, MANY[::-1]))
    for a, b in ((x, y), (x, 0.0), (-0.0, y), (np.nan, x), (x[:1], y) if size else (x, y)):
        expected = np.where(mask, a, b)
        assert same_bits(_where(mask, a, b), expected)
        assert same_bits(_where(mask, a, b, np.empty(size, dtype)), expected)
    for place in (0, 1):  # written where an operand is, or a view of it
        given = [x.copy(), y.copy()]
        _where(mask, *given, given[place][None][0])
        assert same_bits(given[place], np.where(mask, x, y))


@pytest.mark.parametrize("size", [40, 400])
def test_choices_by_masks_in_runs(size):
    mask, x = np.tri(size) > 0, np.resize(MANY, (size, size))
    for given in (mask, mask.T, np.asfortranarray(mask)):
        for a, b in ((x, 0.0), (-np.inf, x), (x, x[::-1])):
            expected = np.where(given, a, b)
            assert same_bits(_where(given, a, b), expected)
            for out in (np.empty_like(x), x.copy()):
                assert same_bits(_where(given, a, b, out), expected)
            out = x.copy()
            given_out = [out if v is x else v for v in (a, b)]
            assert same_bits(_where(given, *given_out, out), expected)


@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize("size", [5, 80])
def test_operands_may_be_views_of_what_is_written(size, mixed):
    """NumPy's own functions copy such operands first."""
    x = np.resize(MANY, (size, size))
    mask = x > 0.1 if mixed else np.tri(size) > 0
    for view in (np.transpose, np.flipud, np.fliplr):
        for turned in (False, True):
            out = x.copy()
            given = (view(out), out)[:: -1 if turned else 1]
            expected = np.where(mask, *given)
            assert same_bits(_where(mask, *given, out), expected)
    out = np.resize(MANY, 50_000)
    expected = np.arctan2(out, out[::-1])
    np.testing.assert_array_equal(_blockwise(np.arctan2, out, out, out[::-1]), expected)


@pytest.mark.parametrize("text", ["where(M, h, h.T)", "where(M, h.T, h)", "hypot(h, h[::-1])"])
def test_functions_of_an_array_and_a_view_of_it(text):
    f = sg.parse(f"h = tanh(x)\n({text}) @ y", x="[300, 300]", y="[300]", M="bool[300, 300]")
    inputs = f.graph.inputs
    x, y = np.resize(MANY, (300, 300)), MANY[:300]
    h, mask = np.tanh(x), np.roll(x, 1) > 0
    values = {
        "where(M, h, h.T)": np.where(mask, h, h.T),
        "where(M, h.T, h)": np.where(mask, h.T, h),
    }
    expected = values.get(text, np.hypot(h, h[::-1])) @ y
    given = {"x": x, "y": y, "M": mask}
    found = sg.function(list(inputs.values()), f)(*(given[name] for name in inputs))
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_choices_of_rows_and_of_numbers():
    mask, x, y = MANY[:5000, None] > 0, MANY.reshape(5000, 4), MANY[:4]
    for a, b in ((x, y), (y, x), (x, 1), (1.0, 0.5)):
        np.testing.assert_array_equal(_where(mask, a, b), np.where(mask, a, b))
    assert _where(np.True_, 1.0, 2.0) == 1 and _where(mask, 1, 0).dtype == int


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lengths_are_those_of_numpy(dtype):
    x, y = (v.ravel().astype(dtype) for v in np.meshgrid(FAR[dtype], FAR[dtype]))
    with np.errstate(all="ignore"):
        expected = np.hypot(x, y)
        for a, b, wanted in ((x, y, expected), (MANY, MANY[::-1], np.hypot(MANY, MANY[::-1]))):
            eps = np.finfo(wanted.dtype).eps
            np.testing.assert_allclose(_length(a, b), wanted, rtol=2 * eps, atol=0)
        each = [_length(a, b) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(each, expected, rtol=2 * np.finfo(dtype).eps, atol=0)
    assert each[0].dtype == dtype


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("values", [MANY, np.round(MANY), np.where(MANY > 2, np.nan, MANY)])
def test_order_of_equal_elements_is_kept(values, axis):
    x = values[:1000].reshape(40, 25)
    order = np.argsort(x, axis, stable=True)
    np.testing.assert_array_equal(_order(x, axis), order)
    np.testing.assert_array_equal(_inverse(order, axis), np.argsort(order, axis, stable=True))


def test_gradient_of_sorting_with_ties():
    g = sg.Graph()
    x, w = g.input("x", "[n]"), g.input("w", "[n]")
    f = sg.function([x, w], sg.grad(sg.sum(sg.sort(x) * w), x))
    for values in (MANY, np.round(MANY)):
        weights = np.arange(values.size, dtype=float)
        expected = np.empty(values.size)
        expected[np.argsort(values, stable=True)] = weights
        np.testing.assert_array_equal(f(values, weights), expected)


@pytest.mark.parametrize(
    "x", [MANY, np.arange(2e4) / 10, -np.arange(2e4) / 10, np.concatenate([[0, -40], MANY - 60])]
)
def test_cumulative_sums_of_exponentials_have_all_digits(x):
    found = _logcumsumexp(x)
    with mpmath.workdps(40):
        sums, places = mpmath.mpf(0), [0, 1, 50, 5_000, len(x) - 1]
        for k, v in enumerate(x):
            sums += mpmath.exp(v)
            if k in places:
                assert found[k] == pytest.approx(float(mpmath.log(sums)), rel=2e-15, abs=0)


@pytest.mark.parametrize("end", [np.inf, -np.inf, np.nan])
def test_ends_of_cumulative_sums_of_exponentials(end):
    x = np.concatenate([[-np.inf], MANY, [end], MANY]).reshape(2, -1)
    for axis in (0, 1):
        with np.errstate(invalid="ignore"):
            expected, found = np.logaddexp.accumulate(x, axis), _logcumsumexp(x, axis)
        np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_lengths_of_vectors_neither_overflow_nor_underflow(scale):
    x = sg.Graph().input("x", "[n]")
    norm = sg.function([x], sg.norm(x))
    assert "_norm(" in norm.source
    assert norm(MANY * scale) == pytest.approx(np.linalg.norm(MANY) * scale, rel=1e-14, abs=0)
    assert norm(MANY[:0]) == 0 and np.isnan(norm(np.array([1.0, np.nan])))
    assert norm(np.array([np.inf, 1.0])) == np.inf


def recurrence(a, b):
    """The elements one by one."""
    y = list(b[:1])
    for factor, term in zip(a[1:], b[1:], strict=True):
        y.append(factor * y[-1] + term)
    return np.array(y)


@pytest.mark.parametrize("last", [3.0, np.inf, np.nan])
@pytest.mark.parametrize("size", [999, 1000, 20_000])
def test_long_recurrences(size, last):
    g = sg.Graph()
    a, b = g.input("a", "[n]"), g.input("b", "[n]")
    both = [sg.linear_recurrence(a, b, reverse=reverse) for reverse in (False, True)]
    f = sg.function([a, b], both)
    y = np.where(MANY[:size] == MANY[:size].max(), last, MANY[:size])
    for factors in (np.sin(MANY), (MANY > 0) * 1.0, np.ones(size), 1.5 * MANY):
        x = factors[:size]
        with np.errstate(all="ignore"):
            forward, backward = f(x, y)
            expected = recurrence(x, y), recurrence(np.roll(x[::-1], 1), y[::-1])[::-1]
        np.testing.assert_allclose(forward, expected[0], rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(backward, expected[1], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_code_brings_along_only_what_it_calls(style):
    x = sg.Graph().input("x_length", "[n, 4]")
    source = sg.function([x], sg.vector_norm(x, axis=1), style=style).source
    made = re.findall(r"^def (\w+)", source, re.MULTILINE)
    assert "vector_norm" in made
    assert not [name for name in made if len(re.findall(rf"\b{name}\b", source)) == 1]
