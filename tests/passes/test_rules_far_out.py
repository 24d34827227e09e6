"""No rule takes away what was right: as written against as rewritten, wherever numbers end.

Ordinary points and those that rules name are in `test_every_rule`. Here are zeros of both signs,
tiny and huge numbers, infinities and nan, in all variables at once.
"""

from __future__ import annotations

import warnings
from itertools import product

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.signs import impose
from tests.passes.test_every_rule import CHEAPER, RULES, as_written, every, place, rebuilt, truth
from tests.passes.test_every_rule import variables as variables_of

SIZES = (0.0, 1.0, 2.0, 3.0, 0.5, 1e-300, 1e-18, 40.0, 800.0, 1e200, np.inf)
MANY = (*SIZES, *(-v for v in SIZES), np.nan)
FEW = (0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1e-18, -800.0, 1e200, np.inf, -np.inf)  # of three variables
MANTISSA = 2.0**53  # beyond, a difference of exponents does not tell even ones from odd ones
DIGITS = 700  # of 1e200 ** 3 beside 1e-18
NEAR = 1e-11
NEAR_0 = {"log": 1e-15}  # a logarithm near 0 is a sum of others: it has the rounding of 1
AT_INFINITY = {  # nan there, where what is written has a limit; see docs/delicate.md
    "x**y / x**z = x**(y - z)",
    "log(compound(base, z)) = log_compound(base, z) + log(parity(1 + base, z))",
    "xlogy(y, sigmoid(x)) = y * -softplus(-x)",
    "xlog1py(y, -sigmoid(x)) = y * -softplus(x)",
    "binary_entropy(sigmoid(x)) = sigmoid_cross_entropy(t1, sigmoid(t1))",
    "1 - cos_angle(x, y) = where(t3, y / t1 * (y / (t1 + where(t3, x, t2))), "
    "1 + cos_angle(where(t3, 1.0, t2), y))",
    "share(x, y) - 1 = -share(y, x)",
    "1 - share(x, y) = share(y, x)",
    "z / (x - y) - z / (x + y) = 2 * (z / (x - y)) * (y / (x + y))",
}


def grid(r, inputs):
    """All combinations of extreme values that have the signs of the variables."""
    values = MANY if len(inputs) < 3 else FEW
    allowed = [[v for v in values if np.isnan(v) or impose(v, x.sign) == v] for x in inputs]
    return np.array([*product(*allowed)], float).T


def spelled(r, numbers):
    """The left side with arrays for its variables, and literals for its numbers."""
    g = sg.Graph()
    operands = {
        x.name: g.constant(numbers[x.name])
        if x.name in numbers
        else g.input(x.name, "[n]", sign=x.sign)
        for x in variables_of(r)
    }
    return rebuilt(r.left, operands)


def is_right(r, point, value):
    """Whether the value is the left side's there; None where that is no real number."""
    try:
        with mpmath.workdps(DIGITS):
            exact = truth(r.left, point)
            if not isinstance(exact, mpmath.mpf) or not mpmath.isfinite(exact):
                return None
            if abs(exact) > np.finfo(float).max:
                return bool(value == np.inf * float(mpmath.sign(exact)))
            least = NEAR_0.get(r.left.op, np.finfo(float).tiny)
            return bool(abs(value - exact) <= NEAR * abs(exact) + least)
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return None


def lost(r, point, before, after):
    """Whether what was right is not any more; of infinite points, whether a number is nan now."""
    if not all(map(np.isfinite, point.values())):
        return np.isfinite(before) and np.isnan(after) and str(r) not in AT_INFINITY
    uneven = str(r) == "x**y / x**z = x**(y - z)" and max(map(abs, point.values())) > MANTISSA
    return is_right(r, point, before) and not is_right(r, point, after) and not uneven


@every([r for r in RULES if r not in CHEAPER])
def test_what_is_right_as_written_stays_right(r):
    names = [x.name for x in variables_of(r)]
    given = place(r) if r.at is not None else dict.fromkeys(names, 2.0)
    numbers = {k: v for k, v in given.items() if k.startswith("number_")}
    inputs = [x for x in variables_of(r) if x.name not in numbers]
    left, values = spelled(r, numbers), grid(r, inputs)
    points = dict(zip([x.name for x in inputs], values, strict=True))
    (before,) = as_written([left], points)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        after = sg.function([left.graph.inputs[k] for k in points], left)(**points)
        differ = ~(np.isclose(after, before, NEAR, 0, equal_nan=True) | np.isnan(before))
    wrong = []
    for i in np.flatnonzero(differ):
        point = {k: float(v[i]) for k, v in points.items()} | numbers
        if lost(r, point, float(before[i]), float(after[i])):
            wrong.append((point, float(before[i]), float(after[i])))
    assert not wrong, f"{len(wrong)} places, as {wrong[:3]}"


@pytest.mark.parametrize("spec", ["[n]", "float32[n]"])
def test_signs_of_powers_under_a_logarithm(spec):
    """Pairs of negative powers; each row says what the text is by hand."""
    y = sg.parse("log(x ** k * (1 - x) ** m)", x=spec, k=spec, m=spec)
    f = sg.function(None, [y, sg.grad(y.sum(), "x")])
    x, k, m = np.array([[-3.0, 2, 3], [3, 2, 2], [3, 1, 3], [1, np.inf, 0], [2, 0, 2]]).T
    with np.errstate(all="ignore"):
        value, slope = f(**{n: np.array(v, y.dtype) for n, v in zip("xkm", (x, k, m), strict=True)})
    assert value.dtype == slope.dtype == y.dtype
    expected = [np.log(9 * 64.0), np.log(36.0), np.nan, 0.0, 0.0]
    np.testing.assert_allclose(value, expected, 3e-7 if y.dtype == "float32" else 1e-15)
    np.testing.assert_allclose(slope[[0, 1, 4]], [-2 / 3 - 3 / 4, 2 / 3 + 2 / 2, 2.0], 1e-6)


def test_the_slope_of_a_double_exponential_ends_at_0():
    y = sg.parse("exp(-exp(x))", x="[n]")
    slope = sg.function(None, sg.grad(y.sum(), "x"))(np.array([0.0, 5.0, 800.0, np.inf, -800.0]))
    np.testing.assert_allclose(slope, [-np.exp(-1), -np.exp(5 - np.exp(5)), 0, 0, 0], 1e-13)
