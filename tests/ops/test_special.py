"""Special functions: units in the last place against mpmath, special values against SciPy."""

from __future__ import annotations

import warnings
from functools import partial

import mpmath as mp
import numpy as np
import pytest
import scipy.special
import sympy

import symgrad as sg
from symgrad.frontends.sympy import from_sympy
from symgrad.graph.graph import operations
from symgrad.lang.sympy import to_sympy
from symgrad.ops.op import registry
from tests.oracles import elementwise

RNG = np.random.default_rng(0)
ROOT = 1.4616321449683623  # of digamma
FAR = 10.0 ** RNG.uniform(-300, 300, 100)
NEAR_ZERO = 10.0 ** RNG.uniform(-300, 0, 100)
STEPS = 10.0 ** RNG.uniform(-15, -1, 50)
REALS = np.r_[RNG.uniform(-6, 6, 500), RNG.uniform(-1, 1, 200), NEAR_ZERO]
UNIT = np.r_[RNG.uniform(-1, 1, 400), 1 - STEPS, NEAR_ZERO]
POSITIVE = np.r_[RNG.uniform(0, 4, 500), RNG.uniform(4, 170, 200), NEAR_ZERO]
EVERYWHERE = np.r_[RNG.uniform(-40, 40, 400), RNG.uniform(-1, 1, 100), -300.0, 300.0]

ACCURACY = {
    "erf": (3, mp.erf, np.r_[REALS, FAR]),
    "erfc": (7, mp.erfc, np.r_[REALS, RNG.uniform(6, 26, 300)]),
    "erfcx": (7, lambda x: mp.exp(x * x) * mp.erfc(x), np.r_[REALS, RNG.uniform(-26, 100, 300)]),
    "ndtr": (7, mp.ncdf, np.r_[REALS, RNG.uniform(-37, 9, 300)]),
    "log_ndtr": (7, lambda x: mp.log(mp.ncdf(x)), np.r_[REALS, RNG.uniform(-200, 0, 200), -1e4]),
    "logit": (3, lambda p: mp.log(p / (1 - p)), np.r_[np.abs(UNIT), 0.5 + STEPS]),
    "gammaln": (8, mp.loggamma, np.r_[POSITIVE, FAR, 1 + STEPS, 1 - STEPS, 2 + STEPS, 2 - STEPS]),
    "digamma": (6, mp.digamma, np.r_[POSITIVE, FAR, ROOT + STEPS, ROOT - STEPS]),
    "gamma": (8, mp.gamma, np.r_[POSITIVE, RNG.uniform(-170, 0, 200)]),
    "i0": (12, lambda x: mp.besseli(0, x), EVERYWHERE),
    "i1": (12, lambda x: mp.besseli(1, x), EVERYWHERE),
    "i0e": (12, lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), EVERYWHERE),
    "i1e": (12, lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), EVERYWHERE),
}
"""Name, bound in units of the last place, the function, and where it is compared."""


def compiled(name, dtype="float64", **params):
    x = sg.Graph().input("x", "[n]", dtype)
    return sg.function([x], registry[name](x, **params))


def representable(points, dtype):
    """The points in a dtype, without those that over- or underflow."""
    limits = np.finfo(dtype)
    points = points[(np.abs(points) < limits.max) & (np.abs(points) > limits.tiny)]
    return points.astype(dtype)


def check_units(f, exact, points, bound, dtype):
    """Compare in units in the last place, silently."""
    points = points.astype(dtype)
    expected = elementwise(exact, points)
    limits = np.finfo(dtype)
    normal = (np.abs(expected) < float(limits.max)) & (np.abs(expected) > float(limits.tiny))
    points, expected = points[normal], expected[normal]
    units = np.spacing(np.abs(expected).astype(dtype)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = f(points)
    assert found.dtype == dtype
    error = np.abs(found - expected) / units
    assert error.max() <= bound, (points[error.argmax()], error.max())


@pytest.mark.parametrize("name", ACCURACY)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_units_in_the_last_place(name, dtype):
    bound, exact, points = ACCURACY[name]
    points = representable(points, dtype)
    points = points[points < 1] if name == "logit" else points
    check_units(compiled(name, dtype), exact, points, bound, dtype)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_units_in_the_last_place_of_polygamma(n, dtype):
    points = np.r_[RNG.uniform(0.05, 40, 200), 10.0 ** RNG.uniform(-3, 4, 100)]
    check_units(compiled("polygamma", dtype, n=n), lambda x: mp.psi(n, x), points, 10, dtype)


@pytest.mark.parametrize("n", [2, 3, 5, 10])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_units_in_the_last_place_of_bessel_functions_of_higher_order(n, dtype):
    exact = lambda x: mp.besseli(n, x)
    check_units(compiled("iv", dtype, n=n), exact, EVERYWHERE, 25, dtype)


INVERSES = {
    "erfinv": ("erf", UNIT),
    "erfcinv": ("erfc", 2 * np.abs(UNIT)),
    "ndtri": ("ncdf", np.abs(UNIT)),
}


@pytest.mark.parametrize("name", INVERSES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_units_in_the_last_place_of_inverses(name, dtype):
    """A step of Newton's method at many digits leads to the exact value."""
    function = getattr(mp, INVERSES[name][0])
    plain = compiled(name)

    def exact(p):
        y = mp.mpf(float(plain(np.array([float(p)]))[0]))
        for _ in range(3):
            y -= (function(y) - p) / mp.diff(function, y)
        return y

    points = representable(INVERSES[name][1], dtype)[::3]
    points = points[np.abs(points) < (2 if name == "erfcinv" else 1)]
    check_units(plain if dtype == "float64" else compiled(name, dtype), exact, points, 8, dtype)


POINTS = [0.0, -0.0, 0.5, 1.0, 2.0, -0.5, -1.0, -1.5, -2.0, -2.5, 1e-300, -1e-300, 171.7, -200.5]
POINTS += [1e300, np.nan]


@pytest.mark.parametrize("name", [*ACCURACY, *INVERSES, "entr"])
def test_special_points_are_those_of_scipy(name):
    """Poles, borders, and everything outside of the domain."""
    reference = getattr(scipy.special, registry[name].scipy)
    with np.errstate(all="ignore"):
        found = compiled(name)(np.array(POINTS))
        np.testing.assert_allclose(found, reference(POINTS), rtol=1e-11, equal_nan=True)


LIMITS = {
    "erf": (-1, 1),
    "erfc": (2, 0),
    "erfcx": (np.inf, 0),
    "ndtr": (0, 1),
    "log_ndtr": (-np.inf, 0),
    "gammaln": (np.inf, np.inf),
    "digamma": (np.nan, np.inf),
    "gamma": (np.nan, np.inf),
    "i0": (np.inf, np.inf),
    "i1": (-np.inf, np.inf),
    "i0e": (0, 0),
    "i1e": (0, 0),
}


@pytest.mark.parametrize("name", LIMITS)
def test_infinities(name):
    f = compiled(name)
    for x, limit in zip((-np.inf, np.inf), LIMITS[name], strict=True):
        silent = np.isfinite(limit) or x > 0
        with np.errstate(all="raise" if silent else "ignore", under="ignore"):
            np.testing.assert_array_equal(f(np.array([x])), limit)


PAIRS = [(x, y) for x in (0.0, 0.5, 2.0, -1.0) for y in (0.0, 0.5, 2.0, -1.0, -2.0, np.inf)]


@pytest.mark.parametrize("name", ["xlogy", "xlog1py", "rel_entr", "kl_div"])
def test_special_pairs_are_those_of_scipy(name):
    g = sg.Graph()
    x, y = g.input("x", "[n]"), g.input("y", "[n]")
    p, q = np.array(PAIRS).T
    with np.errstate(all="ignore"):
        found = sg.function([x, y], registry[name](x, y))(p, q)
        expected = getattr(scipy.special, name)(p, q)
    np.testing.assert_allclose(found, expected, rtol=1e-15, equal_nan=True)


def test_divergence_terms_of_close_and_of_far_numbers():
    g = sg.Graph()
    x, y = g.input("x", "[n]"), g.input("y", "[n]")
    p = np.array([1.0, 1e300, 1e-300, 0.7])
    q = np.array([1 + 1e-12, 1e-300, 1e300, 0.7])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = sg.function([x, y], sg.rel_entr(x, y))(p, q)
    np.testing.assert_allclose(found, elementwise(lambda a, b: a * mp.log(a / b), p, q), rtol=1e-15)


def test_reflections_of_polygamma_have_only_absolute_errors():
    x = -RNG.uniform(0.05, 10, 200)
    x = x[np.abs(x - np.rint(x)) > 0.01]
    for n in (1, 2, 3):
        found = compiled("polygamma", n=n)(x)
        expected = elementwise(partial(mp.psi, n), x)
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-13)


# Derivatives where they are difficult.

TAILS = {
    "log_ndtr": [-1e8, -1e4, -50.0, -3.0, -0.0, 0.0, 3.0, 30.0],
    "erfcx": [0.0, 3.0, 24.0, 26.0, 1e4, 1e8],
    "i1": [0.0, 1e-20, -1e-8, 3.0, 30.0],
    "i0": [0.0, 1e-20, -1e-8, 3.0, 30.0],
    "erfinv": [0.0, 1e-20, -0.999999],
    "digamma": [1e-3, ROOT, 30.0, 1e10],
    "gammaln": [1e-3, ROOT, 30.0, 1e10],
}


def exact_derivatives(name, x):
    """The first and second derivative at many digits."""
    with mp.workdps(60):
        x = mp.mpf(x)
        if name == "log_ndtr":
            ratio = mp.npdf(x) / mp.ncdf(x) if x > -1e3 else mills(-x)
            return ratio, -ratio * (x + ratio)
        if name == "erfcx":
            y = scaled_tail(x)
            slope = 2 * x * y - 2 / mp.sqrt(mp.pi)
            return slope, 2 * y + 2 * x * slope
        if name in ("i0", "i1"):
            i0, i1, i2, i3 = (mp.besseli(n, x) for n in range(4))
            first = i1, (i0 + i2) / 2, (3 * i1 + i3) / 4
            return first[int(name[1]) :][:2]
        if name == "erfinv":
            y = mp.erfinv(x)
            slope = mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
            return slope, 2 * y * slope * slope
        k = int(name == "digamma")
        return mp.psi(k, x), mp.psi(k + 1, x)


def scaled_tail(x):
    """exp(x²) erfc(x), by its asymptotic series far out."""
    if x < 100:
        return mp.exp(x * x) * mp.erfc(x)
    terms = ((-1) ** k * mp.fac2(2 * k - 1) / (2 * x * x) ** k for k in range(12))
    return mp.fsum(terms) / (x * mp.sqrt(mp.pi))


def mills(x):
    """The density over the tail of the normal distribution."""
    return mp.sqrt(2 / mp.pi) / scaled_tail(x / mp.sqrt(2))


@pytest.mark.parametrize("name", TAILS)
def test_first_and_second_derivative_in_the_tails(name):
    x = sg.Graph().input("x", "[n]")
    slope = sg.grad(registry[name](x).sum(), x)
    curvature = sg.grad(slope.sum(), x)
    points = np.array(TAILS[name])
    expected = np.array([[float(d) for d in exact_derivatives(name, p)] for p in points]).T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = sg.function([x], [slope, curvature])(points)
    np.testing.assert_allclose(found[0], expected[0], rtol=3e-12)
    np.testing.assert_allclose(found[1], expected[1], rtol=2e-9, atol=1e-300)


@pytest.mark.parametrize("name", ["erf", "log_ndtr", "gammaln", "i0e", "ndtri", "gamma", "erfcx"])
def test_fourth_derivative(name):
    row = registry[name]
    at = 0.3
    x = y = sg.Graph().input("x")
    y = row(x)
    for _ in range(4):
        y = sg.grad(y, x)
    code = compile(str(row.meaning), name, "eval")
    with mp.workdps(60):
        function = lambda v: eval(code, vars(mp), {row.operands[0]: v})
        expected = float(mp.diff(function, mp.mpf(at), 4))
    np.testing.assert_allclose(sg.function([x], y)(at), expected, rtol=1e-10)


def test_derivatives_of_entropies_at_0_are_finite():
    """p log p of a softmax that has underflowed."""
    z = sg.Graph().input("z", "[3]")
    p = sg.softmax(z)
    for loss in (sg.entr(p).sum(), sg.xlogy(p, p).sum(), sg.rel_entr(p, 0.5).sum()):
        (found,) = sg.function([z], [sg.grad(loss, z)])(np.array([0.0, -1000.0, 3.0]))
        assert np.isfinite(found).all() and found[1] == 0


# Text, LaTeX and SymPy.


@pytest.mark.parametrize("name", [*ACCURACY, *INVERSES, "entr", "polygamma", "iv", "ive"])
def test_text_latex_and_sympy(name):
    row = registry[name]
    params = {"n": 3} if "n" in row.defaults else {}
    x = sg.Graph().input("x")
    y = row(x, **params)
    assert str(sg.parse(str(y), x="[]")) == str(y)
    assert "left(x" in sg.to_latex(y)
    back = from_sympy(to_sympy(y))
    f, g = sg.function([x], y), sg.function([back.graph.inputs["x"]], back)
    np.testing.assert_allclose(g(0.3), f(0.3), rtol=1e-13)


def test_names_of_scipy_are_read_in_traced_code():
    x = sg.Graph().input("x", "[n]")
    for name in ("erf", "gammaln", "psi", "i0e", "ndtr", "xlogy"):
        function = getattr(scipy.special, name)
        y = function(x, x) if function.nin == 2 else function(x)
        assert y.op is operations[name]


def test_sympys_derivatives_are_ours():
    s = sympy.Symbol("x", positive=True)
    for expr in (sympy.erf(s), sympy.loggamma(s), sympy.besseli(0, s), sympy.gamma(s)):
        ours = from_sympy(expr)
        x = ours.graph.inputs["x"]
        theirs = float(expr.diff(s, 2).evalf(30, subs={s: 0.7}))
        second = sg.grad(sg.grad(ours, x), x)
        np.testing.assert_allclose(sg.function([x], second)(0.7), theirs, rtol=1e-13)


def test_orders_are_whole_numbers():
    x = sg.Graph().input("x")
    assert sg.polygamma(x, n=0) is sg.digamma(x) and sg.iv(x, n=1) is sg.i1(x)
    assert sg.ive(x, 0) is sg.i0e(x) and sg.lgamma(x) is sg.gammaln(x)
    with pytest.raises(
        sg.DTypeError, match=r"cannot apply polygamma to x: .*whole number, not 1.5"
    ):
        sg.polygamma(x, 1.5)
    with pytest.raises(sg.DTypeError, match="between 0 and 30, not -1"):
        sg.iv(x, n=-1)
    with pytest.raises(sg.GraphError, match="no operation for SymPy's polygamma"):
        from_sympy(sympy.polygamma(sympy.Symbol("n"), sympy.Symbol("x")))


def test_numbers_alone_are_computed_too():
    g = sg.Graph()
    for name in (*ACCURACY, *INVERSES, "polygamma", "entr"):
        y = registry[name](g.constant(0.3))
        found = sg.function(None, y)()
        assert found.dtype == "float64" and found.shape == ()
        np.testing.assert_allclose(found, compiled(name)(np.array([0.3]))[0], rtol=1e-15)


def test_a_polynomial_beside_horner_and_its_slopes():
    x, c = sg.Graph().input("x", "[n]"), [0.5, -3.0, 0.0, 2.0]
    y = sg.polynomial(x, coefficients=c)
    slope = sg.grad(y.sum(), x)
    f = sg.function([x], [y, slope, sg.grad(slope.sum(), x)])
    at, p = np.array([-1.5, 0.0, 0.25, 3.0]), np.polynomial.Polynomial(c)
    for found, expected in zip(f(at), (p, p.deriv(), p.deriv(2)), strict=True):
        np.testing.assert_allclose(found, expected(at), rtol=1e-14)
    with pytest.raises(sg.ShapeError, match="a polynomial has at least two coefficients"):
        sg.polynomial(x, coefficients=[1.0])


def test_a_difference_of_powers_has_an_order():
    g = sg.Graph()
    x, y = g.input("x", "[n]"), g.input("y", "[n]")
    given = np.array([2.0, -1.0, -3.0]), np.array([1.0, 3.0, -2.0])
    for n in (1, 2, 5, 30):
        found = sg.function([x, y], sg.power_difference(x, y, n=n))(*given)
        np.testing.assert_allclose(found, given[0] ** n - given[1] ** n, rtol=1e-14)
    with pytest.raises(sg.DTypeError, match="the order n is between 1 and 30, not 0"):
        sg.power_difference(x, y, n=0)


def test_a_polynomial_of_float32_stays_float32():
    x = sg.Graph().input("x", "float32[3]")
    f = sg.function([x], sg.polynomial(x, coefficients=[0.1, 0.2, 0.3]))
    assert f(np.ones(3, np.float32)).dtype == "float32"
