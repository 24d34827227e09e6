"""Linear systems, inverses, determinants, Cholesky factors: NumPy, SciPy, autograd, minors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.linalg

import symgrad as sg
from symgrad.graph.walk import ancestors
from tests.oracles import declare

RNG = np.random.default_rng(5)


def well_conditioned(*shape, dtype="float64"):
    return (RNG.uniform(-1, 1, shape) + 2 * np.eye(shape[-1])).astype(dtype)


def positive(n, dtype="float64"):
    a = RNG.normal(size=(n, n))
    return (a @ a.T / n + np.eye(n)).astype(dtype)


def compute(expr, *values):
    """The value of an expression by emitted code; no warning is printed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return sg.function([*expr.graph.inputs.values()], expr)(*values)


def count(expr, op):
    return sum(n.op == op for n in ancestors([sg.simplify(expr)]))


# Linear systems.


@pytest.mark.parametrize(
    "a, b",
    [
        ((3, 3), (3,)),
        ((3, 3), (3, 2)),
        ((2, 3, 3), (3,)),
        ((2, 3, 3), (2, 3, 1)),
        ((3, 3), (4, 3, 2)),
        ((4, 1, 3, 3), (2, 3, 1)),
        ((0, 0), (0,)),
        ((0, 0), (0, 2)),
        ((2, 2), (2, 0)),
        ((0, 2, 2), (2, 1)),
        ((3, 3), (3, 3)),  # a matrix, never a stack of vectors
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_solve_has_numpys_shapes_and_dtypes(a, b, dtype):
    A, B = declare(A=np.zeros(a, dtype), B=np.zeros(b, dtype))
    values = well_conditioned(*a, dtype=dtype), RNG.normal(size=b).astype(dtype)
    expected = np.linalg.solve(*values)
    for solver in (sg.solve, sg.solve_triangular):
        y = solver(A, B)
        found = compute(y, *values)
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype) == (y.shape, y.dtype)
    found = compute(sg.solve(A, B), *values)
    np.testing.assert_allclose(found, expected, rtol=1e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_named_dims_of_any_size(n):
    A, b = declare(A="[n, n]", b="[n]")
    values = positive(n) if n else np.zeros((0, 0)), RNG.normal(size=n)
    y = sg.solve(A, b) @ b + sg.logdet(A) + sg.det(A) + sg.inv(A).sum()
    y = y + sg.solve_triangular(sg.cholesky(A), b, lower=True).sum()
    f = sg.function([A, b], [y, *sg.grad(y, [A, b])])
    value, d_A, d_b = f(*values)
    assert value.shape == () and d_A.shape == (n, n) and d_b.shape == (n,)
    inverse = np.linalg.inv(values[0])
    expected = values[1] @ inverse @ values[1] + np.log(np.linalg.det(values[0]))
    expected += np.linalg.det(values[0]) + inverse.sum()
    expected += np.linalg.solve(np.linalg.cholesky(values[0]), values[1]).sum()
    np.testing.assert_allclose(value, expected)


FLAGS = [
    dict(lower=lower, trans=trans, unit_diagonal=unit)
    for lower in (False, True)
    for trans in (False, True)
    for unit in (False, True)
]


@pytest.mark.parametrize("flags", FLAGS, ids=str)
@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 150])
def test_triangular_systems_are_scipys_and_read_one_triangle(flags, n):
    """As accurate as substitution, on matrices whose other triangle is no number at all."""
    A, b, B = declare(A="[n, n]", b="[n]", B="[n, 2]")
    a = RNG.uniform(-1, 1, (n, n)) / n + 2 * np.eye(n)
    values = RNG.normal(size=n), RNG.normal(size=(n, 2))
    expected = [scipy.linalg.solve_triangular(a, v, **flags) for v in values]
    a[np.triu_indices(n, 1) if flags["lower"] else np.tril_indices(n, -1)] = np.nan
    if flags["unit_diagonal"]:
        np.fill_diagonal(a, np.nan)
    for x, v, e in zip((b, B), values, expected, strict=True):
        f = sg.function([A, x], sg.solve_triangular(A, x, **flags))
        np.testing.assert_allclose(f(a, v), e, rtol=1e-13, atol=1e-13)


def test_a_triangular_solve_is_as_accurate_as_substitution():
    """Of an ill-conditioned triangle the solution is right all the same: Higham, (8.3)."""
    n = 60
    U = np.triu(-np.ones((n, n)), 1) + np.eye(n)  # its inverse has elements of 2**58
    A, b = declare(A="[n, n]", b="[n]")
    x = RNG.integers(1, 9, n).astype(float)
    for a, lower in ((U, False), (U[::-1, ::-1].copy(), True)):
        right = np.array([sum(int(p * q) for p, q in zip(row, x, strict=True)) for row in a], float)
        found = sg.function([A, b], sg.solve_triangular(A, b, lower=lower))(a, right)
        np.testing.assert_array_equal(found, x)


@pytest.mark.parametrize("flag", [0, 1, "N", "T", np.True_])
def test_scipys_spellings_of_trans(flag):
    A, b = declare(A="[3, 3]", b="[3]")
    assert sg.solve_triangular(A, b, flag).params["trans"] is (flag in (1, "T"))


def test_a_batch_of_vectors_takes_one_factorization():
    A, B = declare(A="[3, 3]", B="[n, 3]")
    y = sg.vmap(lambda b: sg.solve(A, b))(B)
    f = sg.function([A, B], y)
    assert f.source.count("np.linalg.solve(A, B.T)") == 1
    values = well_conditioned(3, 3), RNG.normal(size=(5, 3))
    np.testing.assert_allclose(f(*values), values[1] @ np.linalg.inv(values[0]).T)


# Gradients, against autograd, whose rules were written by others.


def autograd_pairs():
    anp = pytest.importorskip("autograd.numpy")
    from autograd.scipy.linalg import solve_triangular

    low = dict(lower=True)
    return {
        "solve": (lambda a, b: sg.solve(a, b), lambda a, b: anp.linalg.solve(a, b)),
        "inv": (lambda a, b: sg.inv(a) @ b @ b.T, lambda a, b: anp.linalg.inv(a) @ b @ b.T),
        "det": (lambda a, b: sg.det(a) * b, lambda a, b: anp.linalg.det(a) * b),
        "logabsdet": (
            lambda a, b: sg.logabsdet(a) * b,
            lambda a, b: anp.linalg.slogdet(a)[1] * b,
        ),
        "cholesky": (
            lambda a, b: sg.cholesky(a @ a.T) @ b,
            lambda a, b: anp.linalg.cholesky(anp.dot(a, a.T)) @ b,
        ),
        "triangular": (
            lambda a, b: sg.solve_triangular(a, b, **low),
            lambda a, b: solve_triangular(a, b, **low),
        ),
    }


@pytest.mark.parametrize("name", ["solve", "inv", "det", "logabsdet", "cholesky", "triangular"])
def test_gradients_and_hessian_products_are_autograds(name):
    autograd = pytest.importorskip("autograd")
    ours, theirs = autograd_pairs()[name]
    A, B = declare(A="[4, 4]", B="[4, 2]")
    values = well_conditioned(4, 4), RNG.normal(size=(4, 2))
    y = (sg.tanh(ours(A, B)) ** 2).sum()
    loss = lambda a, b: _square_of_tanh(theirs(a, b)).sum()
    for i, x in enumerate((A, B)):
        found = sg.function([A, B], sg.grad(y, x))(*values)
        np.testing.assert_allclose(found, autograd.grad(loss, i)(*values), rtol=1e-8, atol=1e-11)
    if name == "triangular":
        return  # autograd has no second derivative of it
    v = RNG.normal(size=(4, 4))
    mirror = autograd.grad(lambda a: (autograd.grad(loss)(a, values[1]) * v).sum())(values[0])
    found = sg.function([A, B], sg.hvp(y, A, v))(*values)
    np.testing.assert_allclose(found, mirror, rtol=1e-7, atol=1e-9)


def _square_of_tanh(x):
    import autograd.numpy as anp

    return anp.tanh(x) ** 2


# Determinants.


def cofactors_by_minors(a):
    n = len(a)
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    minors = [
        [np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(n)] for i in range(n)
    ]
    return signs * np.reshape(minors, (n, n))


@pytest.mark.parametrize("n, rank", [(n, r) for n in range(1, 6) for r in range(n + 1)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradient_of_det_is_right_at_every_rank(n, rank, dtype):
    """The adjugate, transposed: of rank 1 where a has rank n - 1, and 0 below that."""
    a = (RNG.normal(size=(n, rank)) @ RNG.normal(size=(rank, n))).astype(dtype)
    (A,) = declare(A=a)
    found = compute(sg.grad(sg.det(A), A), a)
    assert found.dtype == dtype
    scale = np.linalg.norm(a) ** max(n - 1, 0) + 1
    tolerance = (1e-13 if dtype == "float64" else 1e-5) * scale
    np.testing.assert_allclose(found, cofactors_by_minors(a.astype(float)), atol=tolerance)


def test_gradient_of_det_where_a_matrix_of_zeros_and_ones_is_singular():
    (A,) = declare(A="[3, 3]")
    a = np.diag([2.0, 3.0, 0.0])
    np.testing.assert_allclose(compute(sg.grad(sg.det(A), A), a), np.diag([0.0, 0.0, 6.0]))
    np.testing.assert_array_equal(compute(sg.grad(sg.det(A), A), 0 * a), 0 * a)


def test_gradient_of_det_of_large_and_of_far_scaled_matrices():
    (A,) = declare(A="[n, n]")
    for a in (RNG.normal(size=(120, 120)), np.diag(np.logspace(200, -200, 9)) + 0):
        expected = np.linalg.det(a) * np.linalg.inv(a).T
        found = compute(sg.grad(sg.det(A), A), a)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10 * abs(expected).max())


@pytest.mark.parametrize("n", [1, 2, 4])
def test_hessian_of_det(n):
    """det(a) (a⁻ᵀ_ij a⁻ᵀ_kl - a⁻ᵀ_il a⁻ᵀ_kj), Magnus and Neudecker, chapter 10."""
    (A,) = declare(A=f"[{n}, {n}]")
    a = well_conditioned(n, n)
    t = np.linalg.inv(a).T
    expected = np.einsum("ij,kl->ijkl", t, t) - np.einsum("il,kj->ijkl", t, t)
    found = sg.function([A], sg.hessian(sg.det(A), A))(a)
    np.testing.assert_allclose(found, np.linalg.det(a) * expected, rtol=1e-11, atol=1e-11)


def test_logarithms_of_determinants_do_not_overflow():
    (A,) = declare(A="[n, n]")
    big, small = 10 * np.eye(400), np.eye(400) / 10
    for y in (sg.log(sg.det(A)), sg.logdet(A), sg.logabsdet(A), sg.log(abs(sg.det(A)))):
        f = sg.function([A], [y, sg.grad(y, A)])
        for a, sign in ((big, 1), (small, -1)):
            value, slope = f(a)
            np.testing.assert_allclose(value, sign * 400 * np.log(10))
            np.testing.assert_allclose(slope, np.linalg.inv(a))


def test_logdet_of_negative_and_of_zero_determinants_is_the_logarithms():
    (A,) = declare(A="[2, 2]")
    f = sg.function([A], [sg.log(sg.det(A)), sg.logabsdet(A), sg.slogdet_sign(A)])
    found = f(np.diag([1.0, -2.0]))
    np.testing.assert_allclose(found, [np.nan, np.log(2), -1])
    np.testing.assert_allclose(f(np.zeros((2, 2))), [-np.inf, -np.inf, 0])


def test_slogdet_is_a_pair_as_numpys():
    (A,) = declare(A="[2, 3, 3]")
    pair = sg.slogdet(A)
    assert pair._fields == np.linalg.slogdet(np.eye(2))._fields
    a = RNG.normal(size=(2, 3, 3))
    for found, expected in zip(sg.function([A], [*pair])(a), np.linalg.slogdet(a), strict=True):
        np.testing.assert_allclose(found, expected)


def test_text_takes_one_of_the_pair():
    y = sg.parse("slogdet(A)[1]", A="[n, n]")
    assert y.op == "logabsdet"


# Cholesky factors.


def test_cholesky_reads_one_triangle_as_numpy_does():
    (A,) = declare(A="[4, 4]")
    a = positive(4)
    mixed = a + np.triu(RNG.normal(size=(4, 4)), 1)
    for upper, value in ((False, mixed), (True, mixed.T)):
        found = sg.function([A], sg.cholesky(A, upper=upper))(value)
        np.testing.assert_array_equal(found, np.linalg.cholesky(value, upper=upper))
        np.testing.assert_allclose(found.T @ found if upper else found @ found.T, a)


@pytest.mark.parametrize("upper", [False, True])
def test_gradient_toward_a_symmetric_matrix_is_symmetric(upper):
    """2 Σ log L_ii is log det(a): the gradient is the inverse, as that of logdet is."""
    (A,) = declare(A="[n, n]")
    half = 2 * sg.logdet(sg.cholesky(A, upper=upper))
    a = positive(5)
    found = sg.function([A], sg.grad(half, A))(a)
    np.testing.assert_allclose(found, np.linalg.inv(a), rtol=1e-11)
    np.testing.assert_allclose(found, found.T, rtol=1e-12)


def test_gradient_of_cholesky_is_the_slope_along_symmetric_directions():
    (A,) = declare(A="[4, 4]")
    w = RNG.normal(size=(4, 4))
    a, v = positive(4), positive(4)
    y = (sg.cholesky(A) * w).sum()
    slope = (sg.function([A], sg.grad(y, A))(a) * v).sum()
    h = 1e-6
    ends = [(np.linalg.cholesky(a + s * h * v) * w).sum() for s in (1, -1)]
    np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * h), rtol=1e-8)


@pytest.mark.parametrize("upper", [False, True])
def test_cholesky_solve_is_scipys(upper):
    A, B = declare(A="[n, n]", B="[n, 3]")
    y = sg.cholesky_solve(B, sg.cholesky(A, upper=upper), upper=upper)
    values = positive(6), RNG.normal(size=(6, 3))
    expected = scipy.linalg.cho_solve(scipy.linalg.cho_factor(values[0]), values[1])
    np.testing.assert_allclose(compute(y, *values), expected, rtol=1e-11)


# Rewrites.


def test_an_inverse_that_is_only_multiplied_by_is_a_solution():
    A, b, B, C = declare(A="[n, n]", b="[n]", B="[n, 2]", C="[2, n]")
    solve = sg.solve
    for y, expected in (
        (sg.inv(A) @ b, solve(A, b)),
        (sg.inv(A) @ B, solve(A, B)),
        (b @ sg.inv(A), solve(A.T, b)),
        (C @ sg.inv(A), solve(A.T, C.T).T),
    ):
        assert sg.simplify(y) is expected
    values = well_conditioned(3, 3), RNG.normal(size=3)
    found = sg.function([A, b], b @ sg.inv(A) @ b)(*values)
    np.testing.assert_allclose(found, values[1] @ np.linalg.inv(values[0]) @ values[1])


def test_one_inverse_for_many_matrices_is_not_factored_again_for_each():
    A, B = declare(A="[3, 3]", B="[n, 3, 3]")
    for y in (sg.inv(A) @ B, B @ sg.inv(A)):
        assert sg.simplify(y) is y


def test_stacks_of_inverses():
    A, B, b = declare(A="[2, 3, 3]", B="[2, 4, 3]", b="[3]")
    values = well_conditioned(2, 3, 3), RNG.normal(size=(2, 4, 3)), RNG.normal(size=3)
    inverse = np.linalg.inv(values[0])
    f = sg.function([A, B, b], [B @ sg.inv(A), sg.inv(A) @ b, b @ sg.inv(A)])
    expected = values[1] @ inverse, inverse @ values[2], values[2] @ inverse
    for found, e in zip(f(*values), expected, strict=True):
        np.testing.assert_allclose(found, e)


def test_an_inverse_that_is_differentiated_by_stays():
    A, b = declare(A="[3, 3]", b="[3]")
    P = sg.inv(A).named("P")
    found = sg.function([A, b], sg.grad(b @ P @ b, P))
    values = well_conditioned(3, 3), RNG.normal(size=3)
    np.testing.assert_allclose(found(*values), np.outer(values[1], values[1]))
    y = sg.det(A).named("y")
    np.testing.assert_allclose(
        sg.function([A], sg.grad(sg.log(y), y))(values[0]), 1 / np.linalg.det(values[0])
    )


def test_closed_forms_appear():
    A, b = declare(A="[3, 3]", b="[3]")
    assert sg.simplify(sg.jacobian(sg.solve(A, b), b)) is sg.inv(A)
    assert sg.simplify(sg.grad(sg.log(sg.det(A)), A)) is sg.inv(A).T
    assert sg.simplify(sg.inv(A.T)) is sg.inv(A).T


def test_the_square_of_a_norm_has_all_derivatives_at_zero():
    """Of the norm itself there is no Hessian at 0; of its square it is 2 I."""
    x, X = declare(x="[3]", X="[2, 2]")
    for y in (sg.norm(x) ** 2, sg.square(sg.norm(x)), sg.norm(x) ** 2.0):
        f = sg.function([x], [y, sg.grad(y, x), sg.hessian(y, x)])
        for found, expected in zip(f(np.zeros(3)), (0, 0, 2 * np.eye(3)), strict=True):
            np.testing.assert_array_equal(found, np.broadcast_to(expected, found.shape))
    rows = sg.norm(X, axis=1, keepdims=True) ** 2
    assert sg.simplify(rows) is (X**2).sum(axis=1, keepdims=True)
    for y in (sg.norm(x) ** 3, sg.norm(x, 3) ** 2):
        assert sg.simplify(y) is y


def test_transposes_of_identities_and_outer_products_go():
    A, a, b = declare(A="[3, 3]", a="[3]", b="[3]")
    assert sg.simplify((-sg.outer(a, b)).T) is sg.simplify(-sg.outer(b, a))
    assert sg.simplify(sg.solve(A, sg.jacobian(-2.0 * a, a).T)) is -2.0 * sg.inv(A)


def test_derivatives_of_solutions_are_solutions():
    A, b = declare(A="[n, n]", b="[n]")
    dA, db = sg.grad(b @ sg.inv(A) @ b, [A, b])
    both = dA.sum() + db.sum()
    assert count(both, "inv") == 0 and count(both, "solve") == 2


# NumPy code.


def test_numpys_own_names_are_traced():
    def f(A, b):
        sign, logabsdet = np.linalg.slogdet(A)
        value = np.linalg.solve(A, b) @ b + np.linalg.det(A) + sign * logabsdet
        return value + np.linalg.inv(A).sum() + np.linalg.cholesky(A, upper=True).sum()

    y = sg.trace(f, "[n, n]", "[n]")
    values = positive(4), RNG.normal(size=4)
    np.testing.assert_allclose(compute(y, *values), f(*values))


# Mistakes.


@pytest.mark.parametrize(
    "text, message",
    [
        ("inv(B)", r"cannot invert B \[n, 3\]: it is not square: its last two sizes n and 3"),
        ("det(b)", r"cannot apply det to b \[n\]: it is no matrix"),
        ("logdet(B)", r"cannot apply logdet to B \[n, 3\]: it is not square"),
        ("cholesky(B)", r"cannot factor B \[n, 3\]: it is not square"),
        ("solve(A, c)", r"cannot solve A \[n, n\] x = c \[m\]: the matrix has n rows"),
        ("solve(A, B.T)", "the matrix has n rows, and the right side 3"),
        ("solve(A, 2)", "the right side is a scalar"),
        ("solve_triangular(B, b)", "not square"),
        ("solve(S, T)", "of their leading axes, sizes 2 and 4 of axis -1 differ"),
        ("solve(S, V)", r"the matrix has 3 rows, and the right side 2\n.*\n.*\n.*\[\.\.\., None\]"),
    ],
)
def test_shapes_that_do_not_fit_are_named_when_the_graph_is_built(text, message):
    declared = dict(A="[n, n]", B="[n, 3]", b="[n]", c="[m]", S="[2, 3, 3]", T="[4, 3, 1]")
    with pytest.raises(sg.ShapeError, match=message):
        sg.parse(text, declared | dict(V="[2, 3]"))


def test_flags_are_flags():
    A, b = declare(A="[3, 3]", b="[3]")
    with pytest.raises(sg.DTypeError, match="lower is True or False, not 'yes'"):
        sg.solve_triangular(A, b, lower="yes")


@pytest.mark.parametrize(
    "text, message",
    [
        (
            "solve(A, b)",
            r"f: NumPy can not compute solve\(A, b\) .*: Singular matrix\n.*no inverse",
        ),
        ("inv(A)", r"inv\(A\) for the given values: Singular matrix"),
        (
            "inv(A) @ log(1 + exp(b))",
            r"compute inv\(A\) @ log\(1 \+ exp\(b\)\) for the given values",
        ),
        ("solve_triangular(A, b)", r"solve_triangular\(A, b\) for the given values: Singular"),
        ("cholesky(A - 1)", r"cholesky\(A - 1\) for .*: Matrix is not positive definite\n.*eigen"),
    ],
)
def test_matrices_without_inverse_or_factor_are_named_when_the_code_runs(text, message):
    y = sg.parse(text, A="[n, n]", b="[n]")
    f = sg.function([y.graph.inputs[n] for n in "Ab" if n in y.graph.inputs], y)
    values = [np.zeros((2, 2)), np.ones(2)][: len(f.inputs)]
    with pytest.raises(np.linalg.LinAlgError, match=message) as caught:
        f(*values)
    assert isinstance(caught.value, sg.SymgradError)
    assert not isinstance(caught.value, sg.ShapeError)
