"""Slopes of slopes of what nearly cancels, and forms at the ends of the range."""

import mpmath
import numpy as np
import pytest

import symgrad as sg


def outputs(text, order=1, **given):
    """The value, its slopes and for order 2 the slopes of the first slope."""
    y = sg.parse(text, {k: "bool[]" if isinstance(v, bool) else "[]" for k, v in given.items()})
    xs = [x for k, x in y.graph.inputs.items() if not isinstance(given[k], bool)]
    first = sg.grad(y, xs)
    second = sg.grad(first[0], xs) if order == 2 else []
    return [float(v) for v in sg.function(None, [y, *first, *second])(**given)]


LENGTHS = {
    "hypot(x, y)": lambda x, y: mpmath.sqrt(x**2 + y**2),
    "sqrt(x ** 2 + y) - x": lambda x, y: mpmath.sqrt(x**2 + y) - x,
    "hypot(x, y) - x": lambda x, y: mpmath.sqrt(x**2 + y**2) - x,
    "sqrt(x ** 2 - y ** 2) - x": lambda x, y: mpmath.sqrt(x**2 - y**2) - x,
}


@pytest.mark.parametrize("text", LENGTHS)
@pytest.mark.parametrize(("x", "y"), [(-1e6, 1.0), (-40.0, 1.0), (3.0, 0.5), (1e6, 1.0)])
def test_slopes_of_slopes_do_not_cancel(text, x, y):
    orders = [(1, 0), (0, 1), (2, 0), (1, 1)]
    with mpmath.workdps(200):
        point = mpmath.mpf(x), mpmath.mpf(y)
        true = [mpmath.diff(LENGTHS[text], point, n) for n in orders]
    found = outputs(text, order=2, x=x, y=y)[1:]
    np.testing.assert_allclose(found, np.array(true, float), rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "given", "true"),
    [
        ("sqrt(1 - (x / y) ** 2)", {"x": 1.0, "y": np.inf}, [1, 0, 0]),
        ("1 - (x / y) ** 2", {"x": 1.0, "y": 1.7e308}, [1, 0, 0]),
        ("sqrt(hypot(x, 1) - 1)", {"x": 1e-300}, [0.5**0.5 * 1e-300, 0.5**0.5]),
        ("(x ** y - 1) / y", {"x": np.inf, "y": -800.0}, [1 / 800, 0, 1 / 640000]),
        ("sqrt(x ** 2 - b) - x", {"x": 3.0, "b": True}, [8**0.5 - 3, 3 / 8**0.5 - 1]),
        ("x / (x - b)", {"x": 3.0, "b": True}, [1.5, -0.25]),
    ],
)
def test_ends_of_the_range_and_bools(text, given, true):
    np.testing.assert_allclose(outputs(text, **given), true, rtol=1e-13)


def test_the_logarithm_far_out_is_of_what_is_left():
    true = float(mpmath.log1p(-mpmath.sin(mpmath.mpf(1e20)) / mpmath.mpf(1e20)))
    assert outputs("log(1 - sin(x) / x)", x=1e20)[0] == pytest.approx(true, rel=1e-13)
