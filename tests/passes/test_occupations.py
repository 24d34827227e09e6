"""Quotients by differences of exponentials with any numerator, against mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import symgrad as sg

FORMULAS = {
    "x * exp(-y) / (1 - exp(-y))": ("over_expm1", lambda x, y: x / mpmath.expm1(y)),
    "x * exp(y) / (exp(y) - 1)": ("over_expm1", lambda x, y: -x / mpmath.expm1(-y)),
    "x * exp(y / 2) / (exp(y) - 1)": ("over_sinh", lambda x, y: x / (2 * mpmath.sinh(y / 2))),
    "3 * y / (exp(y) - 1) + 0 * x": ("bernoulli", lambda x, y: 3 * y / mpmath.expm1(y)),
    "y / (1 - exp(y)) + 0 * x": ("bernoulli", lambda x, y: -y / mpmath.expm1(y)),
    "-y / sinh(y) + 0 * x": ("sinhc_inverse", lambda x, y: -y / mpmath.sinh(y)),
    "x * cosh(y) / sinh(y)": ("over_sinh", lambda x, y: x / mpmath.tanh(y)),
}
POINTS = [(1.34, -30.0), (1.34, 30.0), (2.0, 1e-9), (-0.8, -700.0), (3.0, 690.0)]


@pytest.mark.parametrize("text", FORMULAS)
def test_values_and_slopes_keep_their_digits(text: str) -> None:
    row, exact = FORMULAS[text]
    z = sg.parse(text, x="[]", y="[]")
    assert row in str(sg.simplify(z))
    inputs = [z.graph.inputs[name] for name in "xy"]
    f = sg.function(inputs, [z, *sg.grad(z, inputs)])
    for point in POINTS:
        with mpmath.workdps(700):
            x, y = map(mpmath.mpf, point)
            h = mpmath.mpf(10) ** -150
            dx = (exact(x + h, y) - exact(x - h, y)) / (2 * h)
            dy = (exact(x, y + h) - exact(x, y - h)) / (2 * h)
            want = [float(v) for v in (exact(x, y), dx, dy)]
        if "cosh" in text:  # the slope of a product of two that are not small
            want, got = want[:2], f(*point)[:2]
        else:
            got = f(*point)
        np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-140)


def test_a_large_numerator_does_not_overflow() -> None:
    f = sg.function(None, sg.parse("x / sinh(y)", x="[]", y="[]"))
    np.testing.assert_allclose(f(1.7e308, 50.0), 1.7e308 / np.sinh(50.0), rtol=1e-15)
    assert f(1.7e308, -1e6) == 0


def test_terms_of_opposite_signs_have_no_share() -> None:
    f = sg.function(None, sg.parse("x * exp(y) / (exp(y) - 3)", x="[]", y="[]"))
    np.testing.assert_allclose(f(2.0, 1.0), 2 * np.exp(1.0) / (np.exp(1.0) - 3), rtol=1e-15)


def test_an_exponent_whose_factor_underflows() -> None:
    f = sg.function(None, sg.parse("1 / (exp(y / 1e200 / 1e200) + 1)", y="[]"))
    assert f(1e300) == 0.5


@pytest.mark.parametrize(("by", "x", "want"), [(1e200, 1e300, 1e-100), (1e-200, 1e-300, 1e100)])
def test_divisors_are_not_multiplied_beyond_the_range(by: float, x: float, want: float) -> None:
    f = sg.function(None, sg.parse(f"x / {by} / {by}", x="[]"))
    np.testing.assert_allclose(f(x), want, rtol=1e-15)


def test_differences_of_arctangents_at_infinity() -> None:
    f = sg.function(None, sg.parse("arctan(x + y) - arctan(x)", x="[]", y="[]"))
    assert f(np.inf, 1.0) == 0
    np.testing.assert_allclose(f(1.0, np.inf), np.pi / 4, rtol=1e-15)
