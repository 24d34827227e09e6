"""Moved axes, turned and shifted elements, diagonals, triangles, powers: as NumPy has them."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.graph import operations
from symgrad.graph.walk import ancestors
from tests.oracles import complex_step, run, size_of

trace = operations["trace"]


def declare(*specs, dtype="float64"):
    """Inputs A, B, ... and their values."""
    g = sg.Graph()
    inputs = [g.input("ABCD"[i], spec, dtype) for i, spec in enumerate(specs)]
    rng = np.random.default_rng(0)
    return inputs, {x.name: rng.normal(size=size_of(x.shape)).astype(dtype) for x in inputs}


def shown(y):
    return str(y).splitlines()[-1]


SPECS = ["[3, 3]", "[2, 4]", "[0, 3]", "[1, 1]", "[n, n]", "[n, 3]", "[n, m, 2]", "[2, 3, 3, 2]"]
CALLS = {
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, -1),
    "moveaxis of two": lambda xp, x: xp.moveaxis(x, [0, 1], [-1, -2]),
    "swapaxes": lambda xp, x: xp.swapaxes(x, -1, 0),
    "flip": lambda xp, x: xp.flip(x),
    "flip along one axis": lambda xp, x: xp.flip(x, -1),
    "fliplr": lambda xp, x: xp.fliplr(x),
    "flipud": lambda xp, x: xp.flipud(x),
    "rot90": lambda xp, x: xp.rot90(x),
    "rot90 back": lambda xp, x: xp.rot90(x, -1, (1, 0)),
    "rot90 twice": lambda xp, x: xp.rot90(x, 2),
    "rot90 by nothing": lambda xp, x: xp.rot90(x, 8),
    "roll": lambda xp, x: xp.roll(x, 2),
    "roll of several shifts": lambda xp, x: xp.roll(x, (2, -1)),
    "roll along an axis": lambda xp, x: xp.roll(x, -7, 1),
    "roll along two axes": lambda xp, x: xp.roll(x, (4, 1), (0, 1)),
    "roll by one shift along two": lambda xp, x: xp.roll(x, 1, axis=(0, 1)),
    "roll twice along one": lambda xp, x: xp.roll(x, (1, 2), (1, -1 + (x.ndim < 3) * 0)),
    "roll by nothing": lambda xp, x: xp.roll(x, (1, -1), (0, 0)),
    "diagonal": lambda xp, x: xp.diagonal(x),
    "diagonal above": lambda xp, x: xp.diagonal(x, 1),
    "diagonal below": lambda xp, x: xp.diagonal(x, offset=-2),
    "diagonal of last axes": lambda xp, x: xp.diagonal(x, 1, -1, -2),
    "trace": lambda xp, x: np.trace(x),
    "trace above": lambda xp, x: np.trace(x, 1, 1, 0),
    "tril": lambda xp, x: xp.tril(x),
    "triu": lambda xp, x: xp.triu(x, 1),
    "tril far": lambda xp, x: xp.tril(x, -9),
    "atleast": lambda xp, x: xp.atleast_3d(x),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("spec", SPECS)
def test_values_and_slopes_are_numpys(name, spec):
    (x,), values = declare(spec)
    call = CALLS[name]
    try:
        y = call(sg, x)
    except sg.ShapeError as error:
        assert "is not known" in str(error)  # a diagonal of two named dims
        return
    expected = call(np, *values.values())
    ct = np.random.default_rng(1).normal(size=expected.shape)
    found, slope = run([y, sg.vjp(y, x, x.graph.input("ct", y.shape))], {**values, "ct": ct})
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(
        slope, complex_step(lambda a: call(np, a), [*values.values()], 0, ct)
    )


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("sizes", [(0, 0), (1, 1), (1, 4), (0, 2), (3, 1)])
def test_every_size_of_named_dims(name, sizes):
    """One compiled function is right for all of them; diagonals are of squares."""
    square = "diagonal" in name or "trace" in name
    (x,), _ = declare("[n, n]" if square else "[n, m]")
    value = np.random.default_rng(0).normal(size=sizes[:1] * 2 if square else sizes)
    y = CALLS[name](sg, x)
    slope = sg.grad((y * y).sum(), x)
    found = sg.function([x], [y, slope])(value)
    expected = CALLS[name](np, value)
    assert found[0].shape == expected.shape
    np.testing.assert_allclose(found[0], expected)
    ct = 2 * expected
    np.testing.assert_allclose(
        found[1], complex_step(lambda a: CALLS[name](np, a), [value], 0, ct), atol=1e-12
    )


@pytest.mark.parametrize("dtype", ["float32", "int64", "int32", "bool"])
@pytest.mark.parametrize("name", CALLS)
def test_dtypes_are_numpys(name, dtype):
    (x,), values = declare("[3, 3]", dtype=dtype)
    (found,) = run([CALLS[name](sg, x)], values)
    expected = CALLS[name](np, *values.values())
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("spec", ["[]", "[3]", "[n]", "[2, 3]", "[2, n, 3]", "[1, 2, 3, 4]"])
@pytest.mark.parametrize("name", ["atleast_1d", "atleast_2d", "atleast_3d"])
def test_ranks_are_numpys(name, spec):
    (x,), values = declare(spec)
    np.testing.assert_array_equal(
        run([operations[name](x)], values)[0], getattr(np, name)(*values.values())
    )


WRITTEN = [
    (lambda A: sg.flip(A), "A[::-1, ::-1]"),
    (lambda A: sg.flipud(A), "A[::-1]"),
    (lambda A: sg.rot90(A), "A[:, ::-1].T"),
    (lambda A: sg.swapaxes(A, 0, 1), "A.T"),
    (lambda A: sg.moveaxis(A, 0, 0), "A"),
    (lambda A: sg.roll(A, 3, axis=0), "A"),
    (lambda A: sg.roll(A, 2, axis=0), "roll(A, -1, axis=0)"),
    (lambda A: sg.diag(A), "diagonal(A)"),
    (lambda A: sg.matrix_power(A, 1), "A"),
    (lambda A: sg.matrix_power(A, 3), "A @ (A @ A)"),
]


@pytest.mark.parametrize("row", range(len(WRITTEN)))
def test_they_are_written_with_few_operations(row):
    (A,), _ = declare("[3, 3]")
    call, text = WRITTEN[row]
    assert shown(call(A)) == text


MISTAKES = [
    (lambda A: sg.moveaxis(A, 2, 0), "cannot apply moveaxis to A [2, 3]: axis 2 is out of range"),
    (lambda A: sg.moveaxis(A, (0, 1), 0), "axes (0, 1) and 0 do not pair up"),
    (lambda A: sg.swapaxes(A, 0, 5), "axis 5 is out of range: axes are 0 to 1"),
    (lambda A: sg.flip(A, (0, 0)), "axis (0, 0) names an axis twice"),
    (lambda A: sg.fliplr(A[0]), "it has 1 axis, not 2"),
    (lambda A: sg.flipud(A[0, 0]), "it has 0 axes, not 1"),
    (lambda A: sg.rot90(A, axes=(0, 0)), "axes (0, 0) name an axis twice"),
    (lambda A: sg.rot90(A, axes=1), "axes 1 are not two axes"),
    (lambda A: sg.rot90(A, 0.5), "k is an integer, not 0.5"),
    (lambda A: sg.roll(A, 1.5), "shift is an integer, not 1.5"),
    (lambda A: sg.roll(A, 1, axis=2), "cannot apply roll to A [2, 3]: axis 2 is out of range"),
    (lambda A: sg.roll(A, (1, 2, 3), (0, 1)), "do not pair up"),
    (lambda A: sg.diagonal(A[0]), "only matrices and stacks of them have diagonals"),
    (lambda A: sg.diagonal(A, axis1=1), "not of axis 1 twice"),
    (lambda A: sg.diagonal(A, "1"), "offset is an integer, not '1'"),
    (lambda A: sg.diag(A[None]), "it is neither a vector nor a matrix"),
    (lambda A: trace(A, axis2=3), "cannot apply trace to A [2, 3]: axis 3 is out of range"),
    (lambda A: sg.tril(A, 0.5), "k is an integer, not 0.5"),
    (lambda A: sg.tril(A[0, 0]), "it is no matrix"),
    (lambda A: sg.matrix_power(A, 2), "it is no square matrix"),
    (lambda A: sg.matrix_power(A[:, :2], 1.0), "n is an integer, not 1.0"),
    (lambda A: sg.matrix_power(A[:, :2], 10**30), "n is too large an integer"),
    (lambda A: sg.tril(A, -(10**400)), "k is too large an integer"),
    (lambda A: sg.vander(A[0], 10**12), "1000000000000 is no number of powers"),
    (lambda A: sg.vander(A), "it is no vector"),
    (lambda A: sg.vander(A[0], -1), "-1 is no number of powers"),
    (lambda A: sg.embed_diagonal(A[0], (4, 4)), "it does not fit a diagonal [4]"),
]


@pytest.mark.parametrize("mistake", range(len(MISTAKES)))
def test_mistakes_are_named(mistake):
    call, what = MISTAKES[mistake]
    (A,), _ = declare("[2, 3]")
    with pytest.raises(sg.SymgradError) as caught:
        call(A)
    assert what in str(caught.value)
    assert str(caught.value).count("cannot apply") <= 1


def test_what_is_not_known_of_named_dims():
    (A, v), _ = declare("[n, m]", "[n]")
    with pytest.raises(sg.ShapeError, match="the shorter of n and m is not known"):
        sg.diagonal(A)
    with pytest.raises(sg.ShapeError, match="how many powers, n, is not known"):
        sg.vander(v)
    assert sg.diagonal(v[:, None] * np.ones(3)).shape == ("min(n, 3)",)


def test_vander_and_powers_of_matrices():
    (x, A), values = declare("[n]", "[2, 3, 3]")
    x0, A0 = values.values()
    found = run([sg.vander(x, 4), sg.vander(x, 3, increasing=True)], values)
    np.testing.assert_allclose(found[0], np.vander(x0, 4))
    np.testing.assert_allclose(found[1], np.vander(x0, 3, increasing=True))
    for n in (0, 1, 2, 7, 10):
        np.testing.assert_allclose(
            run([sg.matrix_power(A, n)], values)[0], np.linalg.matrix_power(A0, n)
        )
    (slope,) = run([sg.grad(sg.vander(x, 3).sum(), x)], values)
    np.testing.assert_allclose(slope, 2 * x0 + 1)
    zero = sg.function([x], sg.grad(sg.vander(x, 3).sum(), x))(np.zeros(2))
    np.testing.assert_array_equal(zero, [1, 1])


@pytest.mark.skipif("inv" not in operations, reason="there is no inverse")
def test_negative_powers_are_of_the_inverse():
    (A,), values = declare("[3, 3]")
    expected = np.linalg.matrix_power(values["A"], -3)
    np.testing.assert_allclose(run([sg.matrix_power(A, -3)], values)[0], expected, rtol=1e-9)


def test_float32_stays():
    (x, A), values = declare("[3]", "[3, 3]", dtype="float32")
    y = sg.diag(x) @ sg.matrix_power(A, 2) + sg.tril(A) + sg.vander(x) + sg.roll(A, 1) * trace(A)
    loss = (y + sg.diagonal(A, 1).sum() + np.eye(3)).sum()
    found = run([sg.vander(x), sg.matrix_power(A, 0), *sg.grad(loss, [x, A])], values)
    assert all(f.dtype == "float32" for f in found)


# Closed forms.


def closed(build, *specs):
    """What the gradients toward the inputs simplify to."""
    inputs, _ = declare(*specs)
    return [shown(sg.simplify(d)) for d in sg.grad(build(*inputs), inputs)]


def test_the_trace_of_a_product_is_never_formed():
    """Petersen and Pedersen, The Matrix Cookbook, section 2.5."""
    assert closed(lambda A, B: trace(A @ B), "[n, m]", "[m, n]") == ["B.T", "A.T"]
    assert closed(lambda A, B: trace(A @ B + A), "[n, n]", "[n, n]")[1] == "A.T"
    first, _, last = closed(lambda A, B, C: trace(A @ B @ C), "[n, m]", "[m, 3]", "[3, n]")
    assert first == "C.T @ B.T" and last == "(A @ B).T"
    (A, B), _ = declare("[n, m]", "[m, n]")
    y = trace(A @ B)
    outputs = [sg.simplify(e) for e in (y, *sg.grad(y, [A, B]))]
    assert not {"matmul", "eye", "trace"} & {n.op for n in ancestors(outputs)}
    assert shown(sg.simplify(sg.einsum("ij,ji", A, B))) == shown(sg.simplify(trace(A @ B)))


def test_a_trace_of_a_sum_multiplies_by_no_identity():
    (A, B, C), _ = declare("[n, m]", "[m, n]", "[n, n]")
    d = sg.function([A, B, C], sg.grad(3 * trace(A @ B + C) ** 2, A))
    assert "eye(" not in d.source
    values = [
        np.random.default_rng(i).normal(size=s) for i, s in enumerate([(2, 3), (3, 2), (2, 2)])
    ]
    total = np.trace(values[0] @ values[1] + values[2])
    np.testing.assert_allclose(d(*values), 6 * total * values[1].T)


def test_traces_of_stacks_and_of_products_that_are_differentiated_by():
    (A, B), values = declare("[2, 3, 4]", "[2, 4, 3]")
    y = trace(A @ B, axis1=1, axis2=2)
    expected = np.trace(values["A"] @ values["B"], axis1=1, axis2=2)
    found, slope = run([y, sg.grad(y.sum(), A)], values)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(slope, np.swapaxes(values["B"], 1, 2))
    (A, B), values = declare("[2, 3]", "[3, 2]")
    P = A @ B
    np.testing.assert_array_equal(run([sg.grad(trace(P), P)], values)[0], np.eye(2))
    (A, B), values = declare("[2, 3]", "[3, 4]")  # no square: the product is needed
    np.testing.assert_allclose(run([trace(A @ B)], values)[0], np.trace(values["A"] @ values["B"]))


def test_the_sum_along_a_diagonal_is_a_trace():
    (A,), _ = declare("[n, n]")
    assert shown(sg.simplify(sg.diagonal(A).sum())) == "trace(A)"
    assert shown(sg.simplify(sg.einsum("ii", A))) == "trace(A)"
    assert shown(sg.simplify(sg.diagonal(A, 1).sum(axis=0))) == "trace(A, offset=1)"


def test_the_adjoint_of_a_flip_is_a_flip():
    (A,), _ = declare("[n, 3]")
    (d,) = [shown(sg.simplify(sg.grad((sg.flip(A, 0) * np.ones((1, 3))).sum(), A)))]
    assert "embed" not in d
    y = sg.vjp(sg.flip(A), A, A)
    assert shown(sg.simplify(y)) == "A[::-1, ::-1]"


def test_the_adjoint_of_a_diagonal():
    """<diagonal(X), g> = <X, embed_diagonal(g)>, for every shape, offset and pair of axes."""
    rng = np.random.default_rng(0)
    for shape, offset, axes in [
        ((3, 4), 1, (0, 1)),
        ((4, 2), -1, (0, 1)),
        ((2, 4, 3), 2, (1, 0)),
        ((2, 4, 3), -1, (2, 0)),
        ((2, 3), 5, (0, 1)),
    ]:
        X = rng.normal(size=shape)
        g = rng.normal(size=np.diagonal(X, offset, *axes).shape)
        x = sg.Graph().input("x", g.shape)
        E = sg.function([x], sg.embed_diagonal(x, shape, offset, *axes))(g)
        assert E.shape == shape
        np.testing.assert_allclose((np.diagonal(X, offset, *axes) * g).sum(), (X * E).sum())


def test_numpys_names_in_traced_code():
    X = np.arange(9.0).reshape(3, 3)

    def program(X):
        y = np.roll(np.flip(X, 0), 1, axis=1) + np.rot90(X) * np.trace(X) + np.tril(X, -1)
        y = y + np.diag(np.diagonal(X)) + np.linalg.matrix_power(X, 2) + np.vander(X[0])
        return np.swapaxes(y, 0, 1) + np.moveaxis(np.triu(X), 0, 1) + np.atleast_3d(X)[..., 0]

    (found,) = run([sg.trace(program, "[3, 3]")], {"X": X})
    np.testing.assert_allclose(found, program(X))
