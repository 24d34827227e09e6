"""No rule takes away what was right: as written against as rewritten, wherever numbers end.

Values and slopes; of the places where slopes part, a few are judged. Ordinary points and those that
rules name are in `test_every_rule`. Here are zeros of both signs, tiny and huge numbers, infinities
and nan, in all variables at once.
"""

from __future__ import annotations

import warnings
from itertools import product

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.signs import impose
from tests.oracles import exact
from tests.passes.test_every_rule import CHEAPER, RULES, every, place, rebuilt, truth
from tests.passes.test_every_rule import variables as variables_of

SIZES = (0.0, 1.0, 2.0, 3.0, 0.5, 1e-300, 1e-18, 40.0, 800.0, 1e200, np.inf)
MANY = (*SIZES, *(-v for v in SIZES), np.nan)
FEW = (0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1e-18, -800.0, 1e200, np.inf, -np.inf)  # of three variables
JUDGED = 6  # places of one slope, drawn anew where its rules change
DIGITS = 700  # of 1e200 ** 3 beside 1e-18
NEAR = 1e-11
NEAR_0 = {"log": 1e-15}  # a logarithm near 0 is a sum of others: it has the rounding of 1
AT_INFINITY = {  # nan there, where what is written is a number, and why
    # (-inf)**0.5 is inf for NumPy, and no real number
    "x**y / x**z = where(x < 0, -x, x)**(y - z) * (parity(t1, y) * parity(t1, z))",
    # 0 times an infinite logarithm: to ask for 0 would cost a pass of every likelihood
    "xlogy(y, sigmoid(x)) = y * -softplus(-x)",
    "xlog1py(y, -sigmoid(x)) = y * -softplus(x)",
    # a quotient by an infinite sum: a bound of what is divided would cost a pass
    "z / (x - y) - z / (x + y) = 2 * (z / (x - y)) * (y / (x + y))",
}
FLAT_AT_INFINITY = {  # slopes that are nan there, and why
    # as their values are; the logarithms of sigmoid have slopes
    *(r for r in AT_INFINITY if not r.startswith("xlog")),
    # quotients of infinite differences: to bound them would cost a pass of every likelihood
    "x * log_ratio(where(t1, 1.0, x), where(t1, 1.0, y)) - x + y = divergence(x, y)",
    "x * log_ratio(where(t1, 1.0, x), where(t1, 1.0, y)) - (x - y) = divergence(x, y)",
    "x / y - 1 - log_ratio(x, y) = -log_ratio_less(x, y)",
    "log_ratio(x, y) + y / x - 1 = -log_ratio_less(y, x)",
    # quotients by infinite sums: a bound of each operand would stand in everybody's code
    "x / (x + y) = share(x, y)",
    "x / (y - x) = -share(-x, y)",
    "-x / (y - x) = share(-x, y)",
    "log_ratio(x, x + y) = log_share(x, y)",
    "log_ratio(x + y, x) = -log_share(x, y)",
    "x * share(y, x) = parallel(x, y)",
    "1 / (1 / x + 1 / y) = parallel(x, y)",
    "2 / (1 / x + 1 / y) = 2 * parallel(x, y)",
    "x / hypot(x, y) = cos_angle(x, y)",
    "t1 / (t1 + y**2) = cos_angle(x, y)**2",
    # 0 times an infinite product or sum of roots
    "sqrt(x * y) = sqrt_product(x, y)",
    "sqrt(x + y) - sqrt(x) = sqrt_step(x, y)",
    "sqrt(x + z) - sqrt(y + z) = (x - y) / where(t1 == 0, 1.0, t1)",
    "cbrt(x + number_a) - cbrt(x) = number_a / (t1**2 + t1 * t2 + t2**2)",
    "(x + number_a)**0.3333333333333333 - x**0.3333333333333333 = "
    "number_a / (t1**2 + t1 * t2 + t2**2)",
    "sqrt(x**2 - y) - x = where(t1, -y / t2, t2)",
    "sqrt(x**2 - y) + x = where(t1, -y / t2, t2)",
    "x - sqrt(x**2 - y) = where(t1, y / t2, -t2)",
    "-x - sqrt(x**2 - y) = where(t1, y / t2, -t2)",
    "sqrt(x**2 + y) - x = where(t1, y / t2, t2)",
    # a quotient of infinite squares
    "arctan(x + number_a) - arctan(x) = arctan2(number_a, 1 + x * (x + number_a))",
}
SYMMETRIC = "cos_step(x, y) / y = -sin_sum(x, t1) * spherical_j0(t1)"
"""At x = -y its slope is a sum of opposite numbers, which are rounded apart."""


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
    """Whether what was right is not any more; of infinite points, whether a number is nan now.

    Of nan, no number is expected: 1**nan is 1 for NumPy.
    """
    if not all(map(np.isfinite, point.values())):
        given = not any(map(np.isnan, point.values()))
        return given and np.isfinite(before) and np.isnan(after) and str(r) not in AT_INFINITY
    return is_right(r, point, before) and not is_right(r, point, after)


def is_right_slope(r, point, name, value):
    """As `is_right`, of the slope toward a variable; None where the sides have different ones."""
    try:
        with mpmath.workdps(DIGITS):
            one, other = (one_sided(r, point, name, side) for side in (1, -1))
            if not (mpmath.isfinite(one) and mpmath.almosteq(one, other, 1e-200, 1e-330)):
                return None
            if abs(one) > np.finfo(float).max:
                return bool(value == np.inf * float(mpmath.sign(one)))
            return bool(abs(value - one) <= NEAR * abs(one) + np.finfo(float).tiny)
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return None


def one_sided(r, point, name, side):
    def along(value):
        return truth(r.left, {**point, name: value})

    return mpmath.mpf(mpmath.diff(along, exact(point[name]), direction=side))


def lost_slope(r, point, name, before, after):
    """As `lost`, of a slope."""
    if not all(map(np.isfinite, point.values())):
        given = not any(map(np.isnan, point.values()))
        return given and np.isfinite(before) and np.isnan(after) and str(r) not in FLAT_AT_INFINITY
    if str(r) == SYMMETRIC and point["x"] == -point["y"]:
        return False
    return is_right_slope(r, point, name, before) and not is_right_slope(r, point, name, after)


@every([r for r in RULES if r not in CHEAPER])
def test_what_is_right_as_written_stays_right(r):
    names = [x.name for x in variables_of(r)]
    given = place(r) if r.at is not None else dict.fromkeys(names, 2.0)
    numbers = {k: v for k, v in given.items() if k.startswith("number_")}
    inputs = [x for x in variables_of(r) if x.name not in numbers]
    left, values = spelled(r, numbers), grid(r, inputs)
    points = dict(zip([x.name for x in inputs], values, strict=True))
    before, after = in_both_ways(left, points)
    wrong = []
    for i in parting(before[0], after[0]):
        point = {k: float(v[i]) for k, v in points.items()} | numbers
        if lost(r, point, float(before[0][i]), float(after[0][i])):
            wrong.append((point, float(before[0][i]), float(after[0][i])))
    for name, b, a in zip(points, before[1:], after[1:], strict=True):
        for i in drawn(parting(b, a), a):
            point = {k: float(v[i]) for k, v in points.items()} | numbers
            if lost_slope(r, point, name, float(b[i]), float(a[i])):
                wrong.append((name, point, float(b[i]), float(a[i])))
    assert not wrong, f"{len(wrong)} places, as {wrong[:3]}"


def in_both_ways(left, points):
    """Its value and slopes by emitted code, as written and as rewritten."""
    inputs = [left.graph.inputs[k] for k in points]
    found = []
    for stable in (False, True):
        outputs = [left, *sg.grad(left.sum(), inputs, stabilize=stable)]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found.append(sg.function(inputs, outputs, stabilize=stable)(**points))
    return found


def parting(before, after):
    """Where both differ, and what is written is a number or infinite."""
    with np.errstate(all="ignore"):
        same = np.isclose(after, before, NEAR, 0, equal_nan=True)
    return np.flatnonzero(~same & ~np.isnan(before))


def drawn(places, after):
    """A few of the places by chance, by turns of those that are nan now and of the others."""
    order = np.random.default_rng(len(places)).permutation(places)
    is_nan = np.isnan(after[order])
    return [*order[is_nan][:JUDGED], *order[~is_nan][:JUDGED]]


def test_what_is_excused_is_a_rule():
    assert {*AT_INFINITY, *FLAT_AT_INFINITY, SYMMETRIC} <= set(map(str, RULES))


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
