"""Softmax of a few scalars written out, its logarithm and its complement, far out and at home."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest

import symgrad as sg

POINTS = [(0.3, -1.2, 2.0, 0.1), (1000.0, 3.0, -900.0, 0.0), (-40.5, 2.5, 31.25, 30.0)]
TOTAL = "(exp(x) + exp(y) + exp(z) + exp(w))"
SHARE = f"exp(x) / {TOTAL}"


def exact(text, point):
    """The value and the slope to x, with digits enough for e**1000 beside 1."""
    with mpmath.workdps(1000):
        scope = {"exp": mpmath.exp, "log": mpmath.log, **dict(zip("xyzw", point, strict=True))}
        scope |= {k: mpmath.mpf(scope[k]) for k in "xyzw"}
        es = [mpmath.exp(scope[k]) for k in "xyzw"]
        p = es[0] / sum(es)
        slopes = {"log": 1 - p, "1 -": -p * (1 - p)}
        return float(eval(text, scope)), float(slopes.get(text[:3], p * (1 - p)))


@pytest.mark.parametrize("text", [SHARE, f"log({SHARE})", f"1 - {SHARE}"])
def test_value_and_slope_have_all_digits(text):
    y = sg.parse(text, dict.fromkeys("xyzw", "[n]"))
    f = sg.function(None, [y, sg.grad(y.sum(), "x")])
    columns = dict(zip("xyzw", np.array(POINTS).T, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = np.array(f(**columns))
    expected = np.array([exact(text, p) for p in POINTS]).T
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("k", [2, 3])
def test_the_slopes_of_a_long_sum_are_shares(k):
    """The logarithm of what is left of a sum is not rounded before it is an exponent."""
    names = "xyz"[:k]
    y = sg.parse(f"log({' + '.join(f'exp({c})' for c in names)})", dict.fromkeys(names, "[n]"))
    f = sg.function(None, sg.grad(y.sum(), list(names)))
    values = np.array([[20.1, 35.7], [19.9, -40.3], [-17.3, 36.1]])[:k]
    with mpmath.workdps(60):
        es = [[mpmath.exp(mpmath.mpf(float(v))) for v in row] for row in values]
        expected = [[float(e / sum(r[j] for r in es)) for j, e in enumerate(row)] for row in es]
    np.testing.assert_allclose(np.array(f(*values)), expected, rtol=1e-15)
