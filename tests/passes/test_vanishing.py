"""0 log(0) = 0, by every door: entropies and divergences where probabilities are 0."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.special

import symgrad as sg
from symgrad.graph.walk import ancestors
from symgrad.passes import stabilize
from tests.passes.spellings import spellings

P = np.array([0.0, 0.0, 0.25, 0.75, 0.3])
Q = np.array([0.2, 0.0, 0.3, 0.5, 0.3])
TOLERANCE = {"float64": 1e-13, "float32": 2e-6}


def computed(y, **values):
    """The sum and its slopes, with every warning an error."""
    f = sg.function(list(y.graph.inputs.values()), [y, *sg.grad(y.sum(), list(values))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return f(**values)


def divergence_slopes(p, q):
    """log(p / q) + 1 and -p / q; where p is 0 the first is infinite, and declared to be 0."""
    one = np.where(p == 0, 1, p), np.where(p == 0, 1, q)
    return [np.where(p == 0, 0, np.log(one[0] / one[1]) + 1), -np.where(p == 0, 0, one[0] / one[1])]


DIVERGENCES = ["p * log(p / q)", "-p * log(q / p)", "p * (log(p) - log(q))", "-(log(q / p) * p)"]
EVERY = list(dict.fromkeys(s for text in DIVERGENCES for s in spellings(text)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", EVERY)
def test_every_spelling_of_a_divergence(text, dtype):
    values = {"p": P.astype(dtype), "q": Q.astype(dtype)}
    found = computed(sg.parse(text, dict.fromkeys(values, f"{dtype}[n]")), **values)
    exact = {k: v.astype(float) for k, v in values.items()}
    expected = [scipy.special.rel_entr(exact["p"], exact["q"]), *divergence_slopes(**exact)]
    for f, e in zip(found, expected, strict=True):
        assert f.dtype == dtype
        np.testing.assert_allclose(f, e, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


ENTROPIES = ["-x * log(x)", "x * log(1 / x)", "-x * log2(x) * log(2)", "-x * log10(x) * log(10)"]
EVERY_ENTROPY = list(dict.fromkeys(s for text in ENTROPIES for s in spellings(text)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", EVERY_ENTROPY)
def test_every_spelling_of_an_entropy(text, dtype):
    x = P.astype(dtype)
    value, slope = computed(sg.parse(text, x=f"{dtype}[n]"), x=x)
    assert value.dtype == slope.dtype == dtype
    near = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    np.testing.assert_allclose(value, scipy.special.entr(x.astype(float)), **near)
    expected = np.where(x == 0, 0, -np.log(np.where(x == 0, 1, x.astype(float))) - 1)
    np.testing.assert_allclose(slope, expected, **near)


SUMS = {
    "sum(J * log(J), axis=1)": lambda J: scipy.special.xlogy(J, J).sum(axis=1),
    "mean(J * log2(J), axis=0)": lambda J: scipy.special.xlogy(J, J).mean(axis=0) / np.log(2),
    "einsum('ij,ij->i', J, log(J))": lambda J: scipy.special.xlogy(J, J).sum(axis=1),
    "einsum('ij,ij->', J, log(J))": lambda J: scipy.special.xlogy(J, J).sum(),
    "trace(J @ log(J).T)": lambda J: scipy.special.xlogy(J, J).sum(),
    "J[0] @ log(J[0])": lambda J: scipy.special.xlogy(J, J)[0].sum(),
    "vecdot(J, log(J))": lambda J: scipy.special.xlogy(J, J).sum(axis=1),
    "sum(J * abs(log(J)))": lambda J: -scipy.special.xlogy(J, J).sum(),
    "sum(J * log(J) ** 2)": lambda J: (J * np.log(np.where(J == 0, 1, J)) ** 2).sum(),
    "sum(J * (J * log(J)))": lambda J: (J * scipy.special.xlogy(J, J)).sum(),
    "sum(J * log(J).T.T)": lambda J: scipy.special.xlogy(J, J).sum(),
    "sum((1 - J) * (log1p(-J) - 1))": lambda J: (scipy.special.xlog1py(1 - J, -J) - 1 + J).sum(),
    "sum(J * log(J / (1 - J)))": lambda J: (J * np.log(np.where(J == 0, 1, J / (1 - J)))).sum(),
}


@pytest.mark.parametrize("text", SUMS)
def test_sums_over_axes_are_finite_and_silent(text):
    J = np.array([[0.0, 0.5, 0.25], [0.0, 0.0, 0.25]])
    value, slope = computed(sg.parse(text, J="[2, 3]"), J=J)
    np.testing.assert_allclose(value, SUMS[text](J), rtol=1e-13)
    assert np.isfinite(slope).all()


def test_operators_and_numpy_code():
    def entropy(p):
        return -np.dot(p, np.log(p))

    def divergence(p, q):
        return np.sum(p * (np.log(p) - np.log(q)))

    graph = sg.Graph()
    p, q = graph.input("p", "[n]"), graph.input("q", "[n]")
    expected = scipy.special.entr(P).sum(), scipy.special.rel_entr(P, Q).sum()
    for h in (-(p @ sg.log(p)), sg.trace(entropy, "[n]")):
        np.testing.assert_allclose(sg.function(None, h)(P), expected[0], rtol=1e-13)
    for kl in (-sg.sum(p * sg.log(q / p)), sg.trace(divergence, "[n]", "[n]")):
        np.testing.assert_allclose(sg.function(None, kl)(P, Q), expected[1], rtol=1e-13)


INFINITE = ["sum(p * log(p / q))", "-sum(p * log(q / p))", "p @ (log(p) - log(q))"]


@pytest.mark.parametrize("text", INFINITE)
def test_what_is_infinite_stays_so(text):
    """A probability of something that should never occur."""
    f = sg.function(None, sg.parse(text, p="[n]", q="[n]"))
    with np.errstate(all="ignore"):
        assert f(np.array([0.0, 0.5]), np.array([0.5, 0.0])) == np.inf


@pytest.mark.parametrize("text", ["p * log2(q)", "p * (log(q) - log(3))", "p * log(q / 3)"])
def test_the_slope_toward_a_factor_of_0_is_the_logarithm(text):
    p, q = np.zeros(3), np.array([0.5, 2.0, 1e-3])
    _, slope, _ = computed(sg.parse(text, p="[n]", q="[n]"), p=p, q=q)
    expected = np.log2(q) if "log2" in text else np.log(q / 3)
    np.testing.assert_allclose(slope, expected, rtol=1e-13)


def test_powers_of_two_are_exact():
    p = np.array([0.0, 0.5, 0.25, 0.25])
    assert sg.function(None, sg.parse("-sum(p * log2(p))", p="[n]"))(p) == 1.5


def test_a_logarithm_that_is_never_infinite_is_left():
    """No choices are made where a factor or a probability is declared to be positive."""
    graph = sg.Graph()
    p, q = graph.input("p", "[n]", sign="positive"), graph.input("q", "[n]", sign="positive")
    for y in (p @ sg.log2(q), p * (sg.log2(q) - 1), p * sg.log(q / p)):
        assert "where" not in {n.op for n in ancestors(stabilize([y]))}
