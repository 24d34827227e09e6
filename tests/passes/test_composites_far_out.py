"""Random expressions where numbers end: what is right as written stays right, values and slopes."""

from __future__ import annotations

import random
import warnings

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.signs import impose
from symgrad.graph.walk import ancestors
from symgrad.ops.op import registry
from tests.oracles import exact
from tests.passes.test_every_rule import truth

USUAL = "exp log sqrt square tanh sigmoid softplus log1p expm1 sin cos absolute reciprocal"
RARE = "negative tan sinh cosh arctan arcsinh arctanh log2 exp2 cbrt erf erfc relu gaussian"
ARITHMETIC = "add subtract multiply divide"
OTHERS = "maximum minimum hypot logaddexp arctan2 xlogy"
NUMBERS = (1.0, 2.0, 0.5, -1.0, 3.0, 1e-3, 1e3, 1e-20, 1e20, 1e-200, 1e200, 0.25, 10.0, -2.0)
POWERS = (2.0, 3.0, -1.0, -2.0, 0.5, -0.5, 4.0, 1.5)
SIZES = (0.0, 1.0, 2.0, 0.5, 3.0, 1e-300, 1e-18, 1e-8, 40.0, 800.0, 1e8, 1e200)
GRID = np.array([*SIZES, *(-v for v in SIZES)])
DIGITS, NEAR, JUDGED = 700, 1e-9, 3


class Composite:
    """A random expression of up to three variables."""

    def __init__(self, seed):
        self.random, graph = random.Random(seed), sg.Graph()
        signs = ["", "", "", "positive", "nonnegative"]
        names = "xyz"[: self.random.choice([1, 1, 2, 3])]
        self.pool = [graph.input(n, "[n]", sign=self.random.choice(signs)) for n in names]
        self.y = self.made(self.random.choice([2, 3, 4, 5])) * graph.constant(1.0)
        self.inputs = [n for n in ancestors([self.y]) if n.op == "input"]

    def made(self, depth):
        pick, graph = self.random.choice, self.pool[0].graph
        if depth == 0:
            number = self.random.random() < 0.25
            return graph.constant(pick(NUMBERS)) if number else pick(self.pool)
        kind, x = self.random.random(), self.made(depth - 1)
        if kind < 0.35:
            found = registry[pick((USUAL if kind < 0.2 else RARE).split())](x)
        elif kind < 0.45:
            found = x ** pick(POWERS)
        else:
            operands = [x, self.made(self.random.randrange(depth))]
            self.random.shuffle(operands)
            if kind < 0.5:
                found = registry["where"](x > 0, *operands)
            else:
                found = registry[pick((ARITHMETIC if kind < 0.85 else OTHERS).split())](*operands)
        if found.ndim and self.random.random() < 0.5:
            self.pool.append(found)
        return found

    def points(self):
        """A column of extreme values for each input, of its sign."""
        rng = np.random.default_rng(len(self.y.graph))
        columns = [rng.permutation(np.resize(GRID, 48)) for _ in self.inputs]
        kept = np.all(
            [impose(c, x.sign) == c for c, x in zip(columns, self.inputs, strict=True)], 0
        )
        return {x.name: c[kept] for x, c in zip(self.inputs, columns, strict=True)}

    def found(self, points, stable):
        """The value and the slopes."""
        outputs = [self.y, *sg.grad(self.y.sum(), self.inputs, stabilize=stable)]
        return sg.function(self.inputs, outputs, stabilize=stable)(**points)

    def exact(self, point, toward):
        """The value, or a slope; None where there is none, or it is 0, which digits do not tell."""

        def along(value, name):
            return truth(self.y, {**point, name: value})

        with mpmath.workdps(DIGITS):
            try:
                if toward is None:
                    found = [mpmath.mpf(truth(self.y, point))] * 2
                else:
                    x = exact(point[toward])
                    sides = [
                        mpmath.diff(lambda v: along(v, toward), x, direction=d) for d in (1, -1)
                    ]
                    found = [mpmath.mpf(v) for v in sides]
            except (ZeroDivisionError, ValueError, TypeError, OverflowError, AttributeError):
                return None  # mpmath's complex numbers lack attributes of real ones
            same = mpmath.almosteq(*found, 1e-200, 1e-330)
            told = toward is None or found[0] != 0  # a slope of 0 may be what is left of terms
            return found[0] if same and mpmath.isfinite(found[0]) and told else None


def is_right(value, true):
    if abs(true) > np.finfo(float).max:
        return value == np.inf * float(mpmath.sign(true))
    return abs(value - true) <= NEAR * abs(true) + np.finfo(float).tiny


def parting(before, after):
    """A few places where both differ; those that are nan now first."""
    same = np.isclose(after, before, NEAR, 0, equal_nan=True) | np.isnan(before)
    places = np.flatnonzero(~same)
    return sorted(places, key=lambda i: not np.isnan(after[i]))[:JUDGED]


@pytest.mark.parametrize("start", range(0, 240, 20))
def test_what_is_right_as_written_stays_right(start):
    wrong = []
    for seed in range(start, start + 20):
        c = Composite(seed)
        if not c.inputs or not c.y.ndim:
            continue
        points = c.points()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            before, after = (c.found(points, stable) for stable in (False, True))
            places = [parting(b, a) for b, a in zip(before, after, strict=True)]
        for k, toward in enumerate([None, *points]):
            for i in places[k]:
                point = {name: float(v[i]) for name, v in points.items()}
                true = c.exact(point, toward)
                if true is None or not is_right(before[k][i], true):
                    continue
                if not is_right(after[k][i], true):
                    wrong.append((seed, str(c.y), toward, point, before[k][i], after[k][i]))
    assert not wrong, wrong[:3]


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("sqrt((x / y) ** 2)", lambda x, y: np.abs(x / y), lambda x, y: np.sign(x) / np.abs(y)),
        ("sqrt(x ** 2 / y ** 2)", lambda x, y: np.abs(x / y), lambda x, y: np.sign(x) / np.abs(y)),
        (
            "square(x / y) ** 1.5",
            lambda x, y: np.abs(x / y) ** 3,
            lambda x, y: 3 * (x / y) * np.abs(x / y) / y,
        ),
    ],
)
def test_the_root_of_a_square_of_a_quotient_is_its_size(style, text, value, slope):
    x, y = np.array([[-2.0, 3], [2, -3], [5, 7], [-2, -4]]).T
    z = sg.parse(text, x="[n]", y="[n]")
    found = sg.function(None, [z, sg.grad(z.sum(), "x")], style=style)(x, y)
    np.testing.assert_allclose(found, [value(x, y), slope(x, y) * np.sign(y) ** 2], rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("x / (x + y ** 2)", 0, 0),
        ("x / (x + exp(y))", 0, 0),
        ("1 - x / (x + y ** 2)", 1, 0),
        ("1 / (1 / x + 1 / y ** 2)", 3, 1),
        ("hypot(x, y ** 2) - x", np.inf, -1),
        ("x / sqrt(x ** 2 + y ** 4)", 0, 0),
    ],
)
def test_one_of_two_is_infinite(text, value, slope):
    """Slopes toward the finite one: quotients of infinities stand in for what is 0 or 1."""
    z = sg.parse(text, x="[n]", y="[n]")
    f = sg.function(None, [z, sg.grad(z.sum(), "x")])
    with np.errstate(all="ignore"):
        found = f(np.array([3.0]), np.array([1e200]))
    np.testing.assert_allclose(found, [[value], [slope]], 1e-15, 1e-307)  # 1 over the largest


def test_a_difference_and_a_quotient_with_itself_do_not_vary():
    """Their slopes are not left to the cancellation of two terms among others."""
    z = sg.parse("1 / x + (x - x) + x / x", x="[n]")
    slope = sg.function(None, sg.grad(z.sum(), "x"))(np.array([1e8, -3.0]))
    np.testing.assert_allclose(slope, [-1e-16, -1 / 9], rtol=1e-15)


SAME = {
    "arcsinh(x) / arcsinh(x)": np.ones_like,
    "arctan2(x, x)": lambda x: np.arctan2(x, x),
    "x - x": np.zeros_like,
}


@pytest.mark.parametrize("same", SAME)
@pytest.mark.parametrize("text", ["maximum(y ** 3, {}) + x", "hypot(sigmoid(x), {})", "x + {}"])
def test_what_does_not_vary_adds_no_rounding(text, same):
    """A divisor is made safe where it is not wanted: the quotient is still one with itself."""
    point, values = {"x": np.array([1e-18, -1e-18]), "y": np.array([0.5, -2.0])}, []
    for part in (same, "c"):
        z = sg.parse(text.format(part), x="[n]", y="[n]", c="[n]")
        f = sg.function(z.graph.inputs.values(), sg.grad(z.sum(), "x"))
        with np.errstate(all="ignore"):
            values.append(f(*point.values(), SAME[same](point["x"])))
    np.testing.assert_allclose(*values, rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("x / (x + y) / x", lambda x, y: -1 / (x + y) ** 2),
        ("x / hypot(x, y) / x", lambda x, y: -x / np.hypot(x, y) ** 3),
        ("t = cbrt(x)\nt / hypot(1.0, t) / t", lambda x, y: -1 / 3 / x ** (1 / 3)),
    ],
)
def test_a_share_of_the_whole_over_the_share(text, slope):
    """As it is written, two terms of the slope cancel that grow as the share gets smaller."""
    x, y = np.array([1e-18, 1e-15]), np.array([3.0, 2.0])
    z = sg.parse(text, x="[n]", y="[n]")
    found = sg.function(z.graph.inputs.values(), sg.grad(z.sum(), "x"))(x, y)
    np.testing.assert_allclose(found, slope(x, y), rtol=1e-9)


def test_a_power_of_a_number_that_is_beyond_all_compiles():
    x = sg.Graph().input("x", "[n]")
    z = 1 / (1 / (x.graph.constant(1e200) ** 2.0 + sg.exp2(x)))
    with np.errstate(all="ignore"):
        assert sg.function(None, z)(np.array([2.0])) == [np.inf]


def test_a_product_of_sigmoids_of_numbers_compiles():
    z = sg.parse("x * (sigmoid(0.0) * sigmoid(-0.0))", x="[n]")
    np.testing.assert_array_equal(sg.function(None, z)(np.array([2.0])), [0.5])


def test_a_number_that_is_named_is_known_where_workspaces_are_made():
    """A formula of numbers alone that several lines read, once as an operand of an array."""
    text = "t1 = softplus(1000.0)**4.0 - 1.0\nx * t1 + sin(x) / (t1 + t1) * cos(x)"
    z = sg.parse(text, x="[n]")
    x, size = np.array([1.0, 2.0]), 1e12 - 1
    found = sg.function(None, [z, sg.grad(z.sum(), "x")])(x)
    expected = [x * size + np.sin(x) * np.cos(x) / (2 * size), size + np.cos(2 * x) / (2 * size)]
    np.testing.assert_allclose(found, expected, rtol=1e-15)
