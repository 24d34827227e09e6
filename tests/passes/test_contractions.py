"""Code of style="fast" with fewer and larger products: right, and as exact as the data allow."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg

RNG = np.random.default_rng(0)
EXACT = np.longdouble


def stack(n, k, far=0.0, dtype=np.float64):
    """Points, matrices and means at a distance from 0."""
    x, means = far + RNG.normal(size=(n, 3)), far + RNG.normal(size=(k, 3))
    return [a.astype(dtype) for a in (x, RNG.normal(size=(k, 3, 3)), means)]


def declared(n="n", k="k", dtype="float64"):
    """Inputs of these types."""
    g = sg.Graph()
    shapes = {"x": f"[{n}, 3]", "L": f"[{k}, 3, 3]", "m": f"[{k}, 3]"}
    return [g.input(name, f"{dtype}{shape}") for name, shape in shapes.items()]


FORMS = {
    "x - m": (lambda x, L, m: sg.einsum("kij,nkj->nki", L, x[:, None, :] - m), 1, -1),
    "m - x": (lambda x, L, m: sg.einsum("kij,nkj->nki", L, m - x[:, None, :]), -1, 1),
    "x + m": (lambda x, L, m: sg.einsum("kij,nkj->nki", L, x[:, None, :] + m), 1, 1),
    "rows": (
        lambda x, L, m: sg.transpose((x - m[:, None, :]) @ sg.matrix_transpose(L), (1, 0, 2)),
        1,
        -1,
    ),
}


def exact_product(x, L, m, a, b):
    """L (a x + b m), in extended precision."""
    x, L, m = (v.astype(EXACT) for v in (x, L, m))
    return np.einsum("kij,nkj->nki", L, a * x[:, None, :] + b * m)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n, k", [(0, 2), (1, 1), (2, 0), (1, 50), (70, 1), (60, 50)])
def test_the_product_with_a_difference_is_right_for_all_sizes(form, n, k):
    inputs, (formula, a, b) = declared(), FORMS[form]
    f = sg.function(inputs, formula(*inputs))
    given = stack(n, k)
    np.testing.assert_allclose(f(*given), exact_product(*given, a, b), rtol=1e-12, atol=1e-13)
    assert "_isfinite(" in f.source  # it has been rewritten


@pytest.mark.parametrize("far", [0.0, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("form", ["x - m", "m - x", "rows"])
def test_far_from_zero_no_digits_are_lost(far, dtype, form):
    inputs, (formula, a, b) = declared(dtype=dtype), FORMS[form]
    f = sg.function(inputs, formula(*inputs))
    given = x, L, m = stack(100, 20, far, np.dtype(dtype))
    got, truth = f(*given), exact_product(*given, a, b)
    assert got.dtype == dtype
    spread = np.abs(x[:, None, :].astype(EXACT) - m).max()
    scale = np.abs(L).sum(axis=2) * spread
    assert np.all(np.abs(got - truth) <= 8 * np.finfo(dtype).eps * scale)


@pytest.mark.parametrize("far", [0.0, 1e5])
@pytest.mark.parametrize("n, k", [(0, 3), (1, 1), (3, 0), (80, 30)])
def test_slopes_by_matrices_means_and_points(far, n, k):
    inputs = x, L, m = declared()
    z = sg.einsum("kij,nkj->nki", L, x[:, None, :] - m)
    f = sg.function(inputs, sg.grad(sg.sum(z**2), inputs))
    given = stack(n, k, far)
    px, pL, pm = (v.astype(EXACT) for v in given)
    d = px[:, None, :] - pm
    pz = 2 * np.einsum("kij,nkj->nki", pL, d)
    truth = [
        np.einsum("kij,nki->nj", pL, pz),
        np.einsum("nki,nkj->kij", pz, d),
        -np.einsum("kij,nki->kj", pL, pz),
    ]
    for got, want in zip(f(*given), truth, strict=True):
        scale = np.max(np.abs(want), initial=1)
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12 * scale)
    assert "_isfinite(" in f.source


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 40])
def test_what_is_not_finite_stays_where_it_is(bad, row):
    inputs, (formula, *_) = declared(), FORMS["x - m"]
    f = sg.function(inputs, formula(*inputs))
    x, L, m = stack(80, 30)
    x[row] = bad
    m[7] = bad
    got = f(x, L, m)
    rest = np.delete(np.delete(got, row, axis=0), 7, axis=1)
    assert np.isfinite(rest).all()
    assert not np.isfinite(got[row]).any()
    assert not np.isfinite(got[:, 7]).any()


def test_small_differences_are_left_alone():
    inputs, (formula, a, b) = declared(4, 2), FORMS["x - m"]
    f = sg.function(inputs, formula(*inputs))
    given = stack(4, 2)
    assert "_isfinite(" not in f.source
    np.testing.assert_allclose(f(*given), exact_product(*given, a, b), rtol=1e-13, atol=1e-14)


SUMS = {
    "rows": (lambda a, b: sg.sum(a @ b, axis=-2), lambda c: c.sum(-2)),
    "columns": (lambda a, b: sg.sum(a @ b, axis=-1), lambda c: c.sum(-1)),
    "both": (lambda a, b: sg.sum(a @ b, axis=(-2, -1)), lambda c: c.sum((-2, -1))),
    "kept": (lambda a, b: sg.sum(a @ b, axis=-1, keepdims=True), lambda c: c.sum(-1)[..., None]),
    "turned": (
        lambda a, b: sg.sum(sg.transpose(a @ b, (2, 0, 1)), axis=0),
        lambda c: c.sum(-1),
    ),
    "turned rows": (
        lambda a, b: sg.sum(sg.transpose(a @ b, (1, 2, 0)), axis=0),
        lambda c: c.sum(-2).T,
    ),
}


@pytest.mark.parametrize("form", SUMS)
@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_sum_of_a_product_is_a_product_with_a_sum(form, n):
    ours, truth = SUMS[form]
    g = sg.Graph()
    a, b = g.input("a", "[4, 3, 2]"), g.input("b", "[4, 2, n]")
    f = sg.function([a, b], ours(a, b))
    p, q = RNG.normal(size=(4, 3, 2)), RNG.normal(size=(4, 2, n))
    np.testing.assert_allclose(f(p, q), truth(p @ q), rtol=1e-13, atol=1e-13)


def test_a_product_that_is_needed_anyway_is_summed_itself():
    g = sg.Graph()
    a, b = g.input("a", "[3, 4]"), g.input("b", "[4, 5]")
    c = a @ b
    f = sg.function([a, b], [c, sg.sum(c, axis=0)])
    p, q = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 5))
    product, total = f(p, q)
    np.testing.assert_allclose(product, p @ q, rtol=1e-14)
    np.testing.assert_allclose(total, product.sum(axis=0), rtol=1e-13)
    assert f.source.count(".dot(") <= 2
