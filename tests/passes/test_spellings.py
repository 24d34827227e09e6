"""One formula in all its spellings: value and gradient far out, near 0 and where it cancels."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import symgrad as sg
from tests.passes.formulas.case import NEAR, NONZERO, POSITIVE, PROBABILITIES, REALS, signed
from tests.passes.spellings import spellings
from tests.passes.truth import SMALLEST, truth

RELATIVE = 1e-10
SMALL = signed((1e-20, 1e-8, 1e-3, 0.3, 1.0, 3.0, 40.0))
AWAY = (*SMALL, 800.0, -800.0)
BELOW_ONE = tuple(p for p in PROBABILITIES if p < 0.99)
FORMULAS = {
    "1 / (1 + exp(-x))": REALS,
    "exp(x) / (1 + exp(x))": REALS,
    "(1 + tanh(x / 2)) / 2": REALS,
    "0.5 + 0.5 * tanh(0.5 * x)": REALS,
    "1 - 1 / (1 + exp(-x))": REALS,
    "exp(-x) / (1 + exp(-x))": REALS,
    "exp(-x) / (1 + exp(-x)) ** 2": REALS,
    "log(1 / (1 + exp(-x)))": REALS,
    "x - log(1 + exp(x))": REALS,
    "log(exp(x) / (1 + exp(x)))": REALS,
    "log(x / (1 - x))": BELOW_ONE,
    "-log(1 / x - 1)": BELOW_ONE,
    "log(1 + exp(x))": REALS,
    "x + log(1 + exp(-x))": REALS,
    "maximum(x, 0) + log(1 + exp(-abs(x)))": NONZERO,
    "log(1 - exp(-x))": POSITIVE,
    "log(exp(x) - 1)": POSITIVE,
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x))": REALS,
    "(exp(2 * x) - 1) / (exp(2 * x) + 1)": REALS,
    "1 - 2 / (1 + exp(2 * x))": REALS,
    "sinh(x) / cosh(x)": REALS,
    "1 - tanh(x) ** 2": REALS,
    "4 / (exp(x) + exp(-x)) ** 2": REALS,
    "1 / cosh(x) ** 2": REALS,
    "(exp(x) + exp(-x)) / (exp(x) - exp(-x))": AWAY,
    "log((exp(x) + exp(-x)) / 2)": REALS,
    "log(exp(x) + exp(-x)) - log(2)": REALS,
    "x + log(1 + exp(-2 * x)) - log(2)": REALS,
    "sqrt(x ** 2 + 1e-6)": REALS,
    "sqrt(1 + x ** 2) - 1": REALS,
    "sqrt(x ** 2 + 4) - x": REALS,
    "log(x + sqrt(x ** 2 + 1))": REALS,
    "log(x + sqrt(x ** 2 - 1))": (1.5, 3.0, 1e5, 1e200),
    "1 - cos(x)": NEAR,
    "(1 - cos(x)) / x": SMALL,
    "(1 - cos(x)) / x ** 2": SMALL,
    "sin(x) / x": SMALL,
    "x / sinh(x)": AWAY,
    "(exp(x) - 1) / x": SMALL,
    "(1 - exp(-x)) / x": SMALL,
    "x / (exp(x) - 1)": AWAY,
    "x * exp(-x) / (1 - exp(-x))": AWAY,
    "1 / (exp(x) - 1)": AWAY,
    "log(1 + x) / x": POSITIVE,
    "exp(x) - 1": NEAR,
    "sqrt(x + 1) - sqrt(x)": POSITIVE,
    "log(x + 1) - log(x)": POSITIVE,
    "1 / x - 1 / (x + 1)": POSITIVE,
    "1 - 1 / (1 + x)": POSITIVE,
    "log(1 + x ** 2)": REALS,
    "x ** 3 / (1 + x ** 2)": REALS,
    "x ** 2 / (1 + x ** 2)": REALS,
    "x / (1 + x ** 2)": REALS,
    "log(1 + x ** 4)": REALS,
    "exp(-x ** 2)": REALS,
    "1 / x ** 2": AWAY,
    "sqrt(x ** 2 - 4) / 2 - x / 2": (3.0, 1e5, 1e9, -3.0, -1e5),
    "cosh(x) - 1": NEAR,
    "x / exp(x)": tuple(x for x in REALS if -700 < x < 1e6),
    "x / (1 + exp(-x))": REALS,
    "(exp(x) - 1) / (exp(x) + 1)": REALS,
    "log(1 + exp(x)) - log(1 + exp(-x))": REALS,
    "-(0.3 * log(1 / (1 + exp(-x))) + 0.7 * log(1 - 1 / (1 + exp(-x))))": REALS,
}


@pytest.mark.parametrize("text", FORMULAS)
def test_every_spelling_is_right_to_ten_digits_and_silent(text):
    points, expected = table(text, FORMULAS[text])
    wrong = [line for s in spellings(text) for line in complaints(s, points, expected)]
    assert not wrong, "\n".join(wrong)


def table(text, points):
    """The points at which value and slope are floats, and these."""
    found = {}
    for p in points:
        true = [float(part[0]) for part in truth(text, {"x": p}, ["x"])]
        if np.all(np.abs(true) < np.finfo(float).max):
            found[p] = true
    assert len(found) > 0.6 * len(points)
    return np.array(list(found)), np.array(list(found.values())).T


def complaints(spelling, points, expected):
    """What is wrong with a spelling, in words."""
    y = sg.parse(spelling, x="[n]")
    f = sg.function(None, [y, sg.grad(y.sum(), "x")])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = np.array(f(points))
    good = np.abs(found - expected) <= RELATIVE * np.abs(expected) + SMALLEST
    for k, i in np.argwhere(~good):
        what = ("value", "slope")[k]
        yield f"{what} of {spelling} at {points[i]}: {found[k, i]}, not {expected[k, i]}"
    yield from (f"{spelling}: {w.message}" for w in caught)


def test_spellings_mean_the_same():
    """Of the generator: at an ordinary point all say one number."""
    names = {k: getattr(np, k) for k in ("exp", "log", "log1p", "tanh", "sqrt", "square", "cosh")}
    names |= {k: getattr(np, k) for k in ("sinh", "cos", "sin", "maximum", "reciprocal", "abs")}
    for text, points in FORMULAS.items():
        x = np.float64(0.3 if 0.3 in points else 1.5)
        values = [eval(s, names, {"x": x}) for s in spellings(text)]
        np.testing.assert_allclose(values, values[0], rtol=1e-12)


def test_there_are_many():
    assert sum(len(spellings(text)) for text in FORMULAS) > 800
