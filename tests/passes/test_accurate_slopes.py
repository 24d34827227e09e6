"""Values and slopes at points that samples hit by chance only, against intervals."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from tests.passes.accuracy import bits_lost, rounded
from tests.passes.intervals import value_and_slopes

CLOSE = np.log2(1 + 8)  # ulps

POINTS = [
    # a part of a length is 0, and is multiplied by a large number
    ("z / sqrt(x * x + y * y)", "float64", {"x": 3e-299, "y": 7e15, "z": 9e139}),
    ("sqrt(x * x + y * y) / z", "float32", {"x": -6e-36, "y": -1.5e10, "z": 8e-10}),
    # a quotient is rounded before 1 is all but taken away by it
    ("sqrt(1 - x ** 2 / k ** 2)", "float64", {"x": 0.9990007834275513, "k": 0.9999999949964812}),
    ("1 - (x / k) ** 2", "float64", {"x": -0.999, "k": 1.0007}),
    ("1 - (x / k) ** 2", "float32", {"x": 1e30, "k": 1e31}),
    # x - x y**2 in a slope
    ("sqrt(a * a + (1 - a * a) * c * c)", "float64", {"a": 1.001, "c": 1.0000000001}),
    # powers that are far from 1
    ("(c ** (1 - g) - 1) / (1 - g)", "float64", {"c": 3e214, "g": 0.25}),
    ("(x ** y - 1) / y * y", "float64", {"x": 0.3208469956776183, "y": 5.143635514613151}),
    ("log(p ** s + (1 - p) ** s) / (1 - s)", "float64", {"p": 2.6e-98, "s": 1.1e264}),
    # differences over the step, which goes
    ("((x + h) ** 3 - x ** 3) / h", "float32", {"x": 0.9196569, "h": 1e-6}),
    ("(x + 1) ** 0.25 - x ** 0.25", "float64", {"x": 1e18}),
    ("sqrt((exp(2 * x) - 1) / (exp(x) - 1))", "float32", {"x": 1e-8}),
]


@pytest.mark.parametrize(("text", "dtype", "point"), POINTS)
def test_points_that_lost_their_digits(text, dtype, point):
    x = {k: np.array([v], dtype) for k, v in point.items()}
    true = value_and_slopes(rounded(text, dtype), {k: float(v[0]) for k, v in x.items()})
    y = sg.parse(text, dict.fromkeys(point, f"{dtype}[n]"))
    wrt = list(y.graph.inputs.values())
    found = sg.function(wrt, [y, *sg.grad(y.sum(), wrt)])(*x.values())
    lost = np.array([bits_lost(f, np.array([t]))[0] for f, t in zip(found, true, strict=True)])
    assert np.sum(lost <= CLOSE) >= 2  # a slope that no float has is nan
    assert not np.any(lost > CLOSE)


def test_an_infinite_whole_has_infinitely_small_parts():
    y = sg.parse("1 - (x / k) ** 2", {"x": "[n]", "k": "[n]"})
    f = sg.function(list(y.graph.inputs.values()), [y])
    (found,) = f(np.array([2.0, -np.inf]), np.array([np.inf, 3.0]))
    np.testing.assert_array_equal(found, [1.0, -np.inf])
