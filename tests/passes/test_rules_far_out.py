"""No rule takes away what was right: as written against as rewritten, wherever numbers end.

Values and slopes, in both precisions; of the finite places where they part, some are judged.
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
from symgrad.passes.rewriting.rule import Rule
from tests.oracles import exact
from tests.passes.test_every_rule import (
    CHEAPER,
    RULES,
    as_written,
    every,
    place,
    rebuilt,
    rewriting,
    truth,
)
from tests.passes.test_every_rule import variables as variables_of

SIZES = {
    "float64": (0.0, 1.0, 2.0, 3.0, 0.5, 1e-300, 1e-18, 40.0, 800.0, 1e200, np.inf),
    "float32": (0.0, 1.0, 2.0, 3.0, 0.5, 1e-38, 1e-8, 40.0, 100.0, 1e20, 1e38, np.inf),
}
FEW = {  # of three variables
    "float64": (0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1e-18, -800.0, 1e200, np.inf, -np.inf),
    "float32": (0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1e-8, -100.0, 1e38, np.inf, -np.inf),
}
BOTH_SIGNS = (0.5, -0.5, 3.0, -3.0, 2.0, -2.0, 40.0, -40.0, 0.9, -1.7)
NEAR = {"float64": 1e-11, "float32": 1e-3}
JUDGED = 6  # places of one slope, drawn anew where its rules change
DIGITS = 700  # of 1e200 ** 3 beside 1e-18
ENDS = (300, 800)  # digits of what stands for infinity
NEAR_0 = {"log": 5}  # a logarithm near 0 is a sum of others: it has the rounding of 1
VALUE = "value"
AT_INFINITY = {  # what is nan there where it is a number as written, and why
    # 0 times an infinite logarithm: to ask for 0 would cost a pass of every likelihood
    "xlogy(y, sigmoid(x)) = y * -softplus(-x)": (VALUE,),
    "xlog1py(y, -sigmoid(x)) = y * -softplus(x)": (VALUE,),
    # an infinite number times a power that is less than all numbers
    "z / compound(x, y) = z * compound(x, -y)": (VALUE,),
    # The slope holds y / (x + y), whose limit is 1. No arithmetic has it without a test: y times
    # anything of the sum is inf / inf or inf 0, 1 - x / (x + y) has lost its digits where y is
    # small, and 1 / (x / y + 1) divides by zero at y = 0, and says so. A function that tests, as
    # `portion` is, takes 1.9 times as long for 10 elements, and 1.2 times for a million.
    "x / (x + y) = share(x, y)": ("x",),
    "x / (y - x) = -share(-x, y)": ("x",),
    "-x / (y - x) = share(-x, y)": ("x",),
    # the same of y / hypot(x, y)
    "x / hypot(x, y) = cos_angle(x, y)": ("x",),
    "t1 / (t1 + y**2) = cos_angle(x, y)**2": ("x",),
}
SYMMETRIC = "cos_step(x, y) / y = -sin_sum(x, t1) * spherical_j0(t1)"
"""At x = -y its slope is a sum of opposite numbers, which are rounded apart."""

NO_LABEL = "1 - (y * sigmoid(x) + (1 - y) * sigmoid(-x)) = y * sigmoid(-x) + (1 - y) * sigmoid(x)"
"""At y = 1e38, which is no label, both sides take all digits away; where x = -1e-38, of which the
value is 1, the left side is right by chance: it is 1 at all small x."""

LEAVES_RANGE = "z / compound(x, y) = z * compound(x, -y)"
"""Known and not mended: the slope to x where x and z are huge, z times a power that is then 0."""


def grid(inputs, dtype):
    """All combinations of extreme values that have the signs of the variables."""
    sizes = SIZES[dtype]
    values = (*sizes, *(-v for v in sizes), np.nan) if len(inputs) < 3 else FEW[dtype]
    allowed = [[v for v in values if np.isnan(v) or impose(v, x.sign) == v] for x in inputs]
    columns = np.array([*product(*allowed)], dtype).T
    return dict(zip([x.name for x in inputs], columns, strict=True))


def spelled(r, numbers, dtype):
    """The left side with arrays for its variables, and literals for its numbers."""
    g = sg.Graph()
    operands = {
        x.name: g.constant(numbers[x.name])
        if x.name in numbers
        else g.input(x.name, "[n]", dtype, sign=x.sign)
        for x in variables_of(r)
    }
    return rebuilt(r.left, operands)


def true_of(r, point, name):
    """The left side's value, or its slope toward a variable; None where it has none."""
    try:
        with mpmath.workdps(DIGITS):
            if name == VALUE:
                both = [truth(r.left, point)] * 2
            else:
                both = [one_sided(r, point, name, side) for side in (1, -1)]
            real = all(isinstance(v, mpmath.mpf) and mpmath.isfinite(v) for v in both)
            return both[0] if real and mpmath.almosteq(*both, 1e-200, 1e-330) else None
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return None


def one_sided(r, point, name, side):
    def along(value):
        return truth(r.left, {**point, name: value})

    return mpmath.mpf(mpmath.diff(along, exact(point[name]), direction=side))


def is_right(r, true, name, value):
    limits = np.finfo(value.dtype)
    if abs(true) > float(limits.max):
        return value == np.inf * float(mpmath.sign(true))
    rounding = NEAR_0.get(r.left.op) if name == VALUE else None
    least = rounding * float(limits.eps) if rounding else float(limits.tiny)
    return abs(float(value) - true) <= NEAR[value.dtype.name] * abs(true) + least


def is_infinite(r, point):
    """Whether the left side grows without end as the one variable does that is infinite."""
    name, *others = [k for k, v in point.items() if np.isinf(v)]
    ends = [mpmath.sign(point[name]) * mpmath.mpf(10) ** digits for digits in ENDS]
    near, far = (true_of(r, {**point, name: end}, VALUE) for end in ends)
    return not others and None not in (near, far) and abs(far) > 2 * abs(near)


def may_be_real(r, point, *_):
    """Whether the left side is real near infinity: (-x)**0.5 is not, (-inf)**0.5 is for NumPy."""
    end = mpmath.mpf(10) ** ENDS[0]
    near = {k: mpmath.sign(v) * end if np.isinf(v) else v for k, v in point.items()}
    try:
        with mpmath.workdps(DIGITS):
            true = truth(r.left, near)
            return abs(mpmath.im(true)) <= 1e-40 * abs(true)
    except (ZeroDivisionError, ValueError, TypeError, OverflowError):
        return True


def is_lost(r, point, name, before, after):
    """Whether what was right at a finite point is not any more."""
    if str(r) == SYMMETRIC and name != VALUE and point["x"] == -point["y"]:
        return False
    if str(r) == NO_LABEL and name == VALUE and abs(point["y"]) > 1e30 and abs(point["x"]) < 1e-30:
        return False
    if str(r) == LEAVES_RANGE and name == "x" and min(abs(point["x"]), abs(point["z"])) > 1e30:
        return False
    true = true_of(r, point, name)
    right = true is not None and is_right(r, true, name, before)
    return right and not is_right(r, true, name, after)


def numbers_of(r):
    """Literals for the numbers of a rule."""
    given = place(r) if r.at is not None else dict.fromkeys([x.name for x in variables_of(r)], 2.0)
    return {k: v for k, v in given.items() if k.startswith("number_")}


@every([r for r in RULES if r not in CHEAPER])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_is_right_as_written_stays_right(r, dtype):
    numbers = numbers_of(r)
    points = grid([x for x in variables_of(r) if x.name not in numbers], dtype)
    before, after = in_both_ways(spelled(r, numbers, dtype), points)
    wrong = []
    for name, b, a in zip([VALUE, *points], before, after, strict=True):
        for i, is_wrong in suspected(name, points, b, a, ~np.isnan(before[0])):
            point = {k: float(v[i]) for k, v in points.items()} | numbers
            excused = np.inf in map(abs, point.values()) and name in AT_INFINITY.get(str(r), ())
            if not excused and is_wrong(r, point, name, b[i], a[i]):
                wrong.append((name, point, float(b[i]), float(a[i])))
    assert not wrong, f"{len(wrong)} places, as {wrong[:3]}"


def suspected(name, points, before, after, is_number):
    """Places, and what tells of each whether what was right is lost.

    What is finite and nan now is lost, unless nan was given, or there is no real number near.
    """
    columns, is_value = np.array([*points.values()]), name == VALUE
    finite = np.isfinite(columns).all(0)
    gone = ~finite & ~np.isnan(columns).any(0) & np.isnan(after) & is_number
    apart = np.flatnonzero(finite & parting(before, after))
    judged = apart if is_value and before.dtype == float else drawn(apart, after)
    infinite = drawn(np.flatnonzero(gone & np.isinf(before)), after)[:2] if is_value else []
    return [
        *((i, may_be_real) for i in np.flatnonzero(gone & np.isfinite(before))),
        *((i, lambda r, point, *_: is_infinite(r, point)) for i in infinite),
        *((i, is_lost) for i in judged),
    ]


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
        same = np.isclose(after, before, NEAR[before.dtype.name], 0, equal_nan=True)
    return ~same & ~np.isnan(before)


def drawn(places, after):
    """A few of the places by chance, by turns of those that are nan now and of the others."""
    order = np.random.default_rng(len(places)).permutation(places)
    is_nan = np.isnan(after[order])
    return [*order[is_nan][:JUDGED], *order[~is_nan][:JUDGED]]


def assumed(r, side):
    """Points at which the left is no real number, and a side is one: not that of complex numbers.

    log(x) - log(y) of two negative numbers is one of those, for i pi cancels; sqrt(x) * sqrt(y) is
    -sqrt(x * y) there, and no number in floating point.
    """
    inputs = [x for x in variables_of(r) if x.name in side.graph.inputs]
    values = BOTH_SIGNS[: {1: 10, 2: 10, 3: 6}.get(len(inputs), 4)]
    signed = [[v for v in values if impose(v, x.sign) == v] for x in inputs]
    columns = dict(zip([x.name for x in inputs], np.array([*product(*signed)]).T, strict=True))
    (found,) = as_written([side], columns)
    points = [dict(zip(columns, v, strict=True)) for v in zip(*columns.values(), strict=True)]
    pairs = zip(points, np.broadcast_to(found, len(points)), strict=True)
    return [p for p, f in pairs if not np.isnan(f) and is_assumed(r, p | numbers_of(r), f)]


def is_assumed(r, point, found):
    try:
        with mpmath.workdps(60):
            true = truth(r.left, point)
    except ZeroDivisionError:
        return False
    if not isinstance(true, mpmath.mpc):
        return False
    real = abs(true.imag) <= 1e-40 * (abs(true) + 1e-30)
    return not (real and np.isclose(found, float(true.real), 1e-9, 1e-14))


@every(RULES)
def test_no_sign_is_assumed(r):
    left = spelled(r, numbers_of(r), "float64")
    assert not assumed(r, *rewriting(r)([left]))


def test_an_assumed_sign_would_be_seen():
    texts = "sqrt(x) * sqrt(y)", "sqrt(x * y)"
    r = Rule(*(sg.parse(text, x="[]", y="[]") for text in texts))
    assert assumed(r, sg.parse("sqrt(x * y)", x="[n]", y="[n]"))
    assert not assumed(r, sg.parse("sqrt(x) * sqrt(y)", x="[n]", y="[n]"))


def test_what_is_excused_is_a_rule():
    assert {*AT_INFINITY, SYMMETRIC, NO_LABEL, LEAVES_RANGE} <= set(map(str, RULES))


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
