"""einsum, tensordot, dot and others: values and slopes as NumPy's, code as one would write it."""

from __future__ import annotations

import string
from itertools import pairwise, product

import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors
from symgrad.ops.op import registry
from symgrad.ops.subscripts import Subscripts
from tests.oracles import complex_step, run, size_of


def declare(specs, dtype="float64", seed=0):
    """Inputs A, B, ... and their values."""
    g = sg.Graph()
    inputs = [g.input(string.ascii_uppercase[i], spec, dtype) for i, spec in enumerate(specs)]
    rng = np.random.default_rng(seed)
    values = {x.name: rng.normal(size=size_of(x.shape)).astype(dtype) for x in inputs}
    return inputs, values


CALLS = [
    ("ij,jk->ik", "[n, 3]", "[3, m]"),
    ("ij,kj->ik", "[n, 3]", "[m, 3]"),
    ("ij , kj", "[n, 3]", "[m, 3]"),
    ("ij,kj->ki", "[n, 3]", "[m, 3]"),
    ("ba", "[2, 3]"),
    ("Ba", "[2, 3]"),
    ("ij->", "[n, 3]"),
    ("ij->j", "[0, 3]"),
    ("ijj->ij", "[2, n, n]"),
    ("iijj->ji", "[n, n, m, m]"),
    ("iii", "[3, 3, 3]"),
    ("iii->i", "[n, n, n]"),
    ("i,i", "[n]", "[n]"),
    ("i,i->i", "[1]", "[1]"),
    ("i,j->ji", "[n]", "[m]"),
    (",i->i", "[]", "[n]"),
    (",", "[]", "[]"),
    ("", "[]"),
    ("i,jk->kij", "[n]", "[2, 3]"),
    ("ij,ij->", "[n, 3]", "[n, 3]"),
    ("ij,ji->", "[n, 3]", "[3, n]"),
    ("ij,ji->j", "[n, 3]", "[3, n]"),
    ("bij,bjk->bik", "[n, 2, 3]", "[n, 3, 4]"),
    ("bij,bjk->kib", "[n, 2, 3]", "[n, 3, 4]"),
    ("bij,bj->bi", "[n, 2, 3]", "[n, 3]"),
    ("bi,bj->bij", "[n, 2]", "[n, 3]"),
    ("bhqd,bhkd->bhqk", "[n, m, 4, 8]", "[n, m, 3, 8]"),
    ("bqhd,bkhd->bhqk", "[n, 4, m, 8]", "[n, 3, m, 8]"),
    ("ijk,k->ij", "[n, 2, 3]", "[3]"),
    ("ijk,i->jk", "[n, 2, 3]", "[n]"),
    ("ijk,jkl->li", "[2, 3, 4]", "[3, 4, 5]"),
    ("ijk,ljk->il", "[n, m, 4]", "[2, m, 4]"),
    ("iaj,jbk->iabk", "[n, 2, 3]", "[3, 4, m]"),
    ("ij,jbk->ibk", "[2, 3]", "[3, n, 4]"),
    ("i,ijk->kj", "[3]", "[3, 1, 2]"),
    ("ai,bi,ci->abc", "[2, n]", "[3, n]", "[m, n]"),
    ("ij,jk,kl,l->i", "[n, 3]", "[3, m]", "[m, 4]", "[4]"),
    ("ij,jk,ki->", "[n, 3]", "[3, m]", "[m, n]"),
    ("ij,kl,m->mik", "[2, 3]", "[n, 4]", "[m]"),
    ("a,ab,b,c,c->", "[n]", "[n, m]", "[m]", "[3]", "[3]"),
    ("...", "[n, 3]"),
    ("...i->...", "[n, 3]"),
    ("...ij->...ji", "[n, 3, 2]"),
    ("...ij,...jk->...ik", "[n, 2, 3]", "[3, 4]"),
    ("...ij,...jk", "[n, 1, 2, 3]", "[4, 3, 2]"),
    ("i...,i...->...", "[3, n]", "[3, 1]"),
    ("i...,j...->ij...", "[2, 1, 3]", "[4, n, 1]"),
    ("...,...->...", "[1]", "[n, 3, 1]"),
    ("...i,i->...", "[n, 0]", "[0]"),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_einsum_is_numpys_in_value_and_slope(call, dtype):
    subscripts, *specs = call
    inputs, values = declare(specs, dtype)
    y = sg.einsum(subscripts, *inputs)
    ct = np.random.default_rng(1).normal(size=size_of(y.shape)).astype(dtype)
    found = run([y, *sg.vjp(y, inputs, y.graph.input("ct", y.shape, dtype))], {**values, "ct": ct})
    plain = [v.astype(float) for v in values.values()]
    f = lambda *a: np.einsum(subscripts, *a)
    slopes = [complex_step(f, plain, i, ct.astype(float)) for i in range(len(plain))]
    tolerance = {"float64": 1e-12, "float32": 2e-5}[dtype]
    for got, wanted in zip(found, [f(*plain), *slopes], strict=True):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


def random_call(seed):
    """Subscripts of one to four operands and their shapes, some named, some of size 0 or 1."""
    rng = np.random.default_rng(seed)
    counts = rng.permutation([0, 1, 2, 3, 4] if seed % 5 == 0 else [1, 2, 3, 3, 4])
    sizes = dict(zip("abcde", map(int, counts), strict=True))
    groups = [
        "".join(rng.choice(list("abcde"), rng.integers(0, 4))) for _ in range(rng.integers(1, 5))
    ]
    seen = sorted(set("".join(groups)))
    output = "".join(rng.permutation(seen)[: rng.integers(0, len(seen) + 1)]) if seen else ""
    named = set(rng.choice(list("abcde"), 2))
    spec = lambda group: f"[{', '.join(c if c in named else str(sizes[c]) for c in group)}]"
    return f"{','.join(groups)}->{output}", [spec(group) for group in groups], sizes


@pytest.mark.parametrize("seed", range(120))
def test_einsum_of_random_subscripts(seed):
    """Its slope too: einsum is linear in each operand, so the slope is an einsum again."""
    subscripts, specs, sizes = random_call(seed)
    g = sg.Graph()
    inputs = [g.input(f"x{i}", spec) for i, spec in enumerate(specs)]
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=size_of(x.shape, sizes)) for x in inputs]
    y = sg.einsum(subscripts, *inputs)
    expected = np.einsum(subscripts, *values)
    grads = sg.grad((y * y).sum(), inputs)
    found = sg.function(inputs, [y, *grads])(*values)
    np.testing.assert_allclose(found[0], expected, rtol=1e-12, atol=1e-12)
    assert found[0].shape == expected.shape
    for i, (got, value) in enumerate(zip(found[1:], values, strict=True)):
        step = rng.normal(size=value.shape)
        moved = np.einsum(subscripts, *(step if j == i else v for j, v in enumerate(values)))
        np.testing.assert_allclose((got * step).sum(), 2 * (expected * moved).sum(), rtol=1e-10)


WRITTEN = [
    ("ij,jk->ik", "A @ B", "[n, 3]", "[3, m]"),
    ("ij,kj->ik", "A @ B.T", "[n, 3]", "[m, 3]"),
    ("ij,kj->ki", "B @ A.T", "[n, 3]", "[m, 3]"),
    ("ij,ik->jk", "A.T @ B", "[n, 3]", "[n, m]"),
    ("ij,j->i", "A @ B", "[n, 3]", "[3]"),
    ("ij,i->j", "B @ A", "[n, 3]", "[n]"),
    ("bij,bjk->bik", "A @ B", "[n, 2, 3]", "[n, 3, 4]"),
    ("...ij,...jk->...ik", "A @ B", "[n, 2, 3]", "[3, 4]"),
    ("ij,bjk->bik", "A @ B", "[2, 3]", "[n, 3, 4]"),
    ("i,i->", "A @ B", "[n]", "[n]"),
    ("ij,ij->", "sum(A * B)", "[n, 3]", "[n, 3]"),
    ("bi,bi->b", "sum(A * B, axis=1)", "[n, 3]", "[n, 3]"),
    ("ii->", "sum(diagonal(A))", "[n, n]"),
    ("ii->i", "diagonal(A)", "[n, n]"),
    ("i,j->ij", "outer(A, B)", "[n]", "[m]"),
    ("i,j->ji", "outer(B, A)", "[n]", "[m]"),
    ("ij,i->ij", "A * expand_dims(B, 1)", "[n, 3]", "[n]"),
    ("ij,j->ij", "A * B", "[n, 3]", "[3]"),
    ("ijk,k->ij", "A @ B", "[n, 2, 3]", "[3]"),
    ("bhqd,bhkd->bhqk", "A @ transpose(B, axes=(0, 1, 3, 2))", "[n, m, 4, 8]", "[n, m, 3, 8]"),
    ("ij,jk,kl,l->i", "A @ (B @ (C @ D))", "[n, 3]", "[3, m]", "[m, 4]", "[4]"),
    ("ij->ji", "A.T", "[n, 3]"),
    ("ij->ij", "A", "[n, 3]"),
]


@pytest.mark.parametrize("row", WRITTEN, ids=lambda row: row[0])
def test_einsum_is_written_as_one_would_by_hand(row):
    subscripts, wanted, *specs = row
    inputs, _ = declare(specs)
    assert str(sg.einsum(subscripts, *inputs)).splitlines()[-1] == wanted


def test_gradients_are_matrix_products():
    (A, B), _ = declare(["[n, 3]", "[m, 3]"])
    Y = A.graph.input("Y", "[n, m]")
    dA, dB = sg.vjp(sg.einsum("ij,kj->ik", A, B), [A, B], Y)
    assert sg.simplify(dA) is sg.simplify(Y @ B)
    assert sg.simplify(dB) in (sg.simplify((A.T @ Y).T), sg.simplify(Y.T @ A))


def test_the_order_is_the_cheapest():
    """The chain of Cormen et al., Introduction to Algorithms, section 14.2: 15,125 products."""
    sizes = [30, 35, 15, 5, 10, 20, 25]
    matrices, _ = declare([f"[{a}, {b}]" for a, b in pairwise(sizes)])
    y = sg.multi_dot(matrices)
    assert str(y).splitlines()[-1] == "A @ (B @ C) @ (D @ E @ F)"
    pairs = [n.args for n in ancestors([y]) if n.args]
    cost = [a.shape[0] * a.shape[1] * b.shape[1] for a, b in pairs]
    assert sum(cost) == 15_125


def test_named_dims_count_as_64_when_the_order_is_chosen():
    (A, B, x), _ = declare(["[n, 3]", "[3, n]", "[n, 100]"])
    assert str(sg.einsum("ij,jk,kl->il", A, B, x)).splitlines()[-1] == "A @ (B @ C)"


@pytest.mark.parametrize("dtype", ["int32", "int64", "bool", "float32"])
@pytest.mark.parametrize("text", ["ij->", "ij,ij->", "ij,ij->i", "ij,kj->ik", "ij,kl->", "ii"])
def test_dtypes_are_numpys(dtype, text):
    g = sg.Graph()
    inputs = [g.input(f"x{i}", "[3, 3]", dtype) for i in range(1 + text.count(","))]
    base = np.arange(9).reshape(3, 3)
    values = {x.name: (base % (i + 2)).astype(dtype) for i, x in enumerate(inputs)}
    (found,) = run([sg.einsum(text, *inputs)], values)
    expected = np.einsum(text, *values.values())
    assert found.dtype == expected.dtype == dtype
    np.testing.assert_array_equal(found, expected)


REFUSED = [
    ("ij,jk->ik", ["[3, 4]"], "it has indices for 2 operands, not for 1"),
    ("ij->ij", ["[3]"], "'ij' names 2 axes, and A [3] has 1"),
    ("i->i", ["[3, 4]"], "'i' names 1 axis, and A [3, 4] has 2"),
    ("ij,jk->ik", ["[3, 4]", "[5, 2]"], "index j is 4 in A and 5 in B"),
    ("ij,jk->ik", ["[3, n]", "[m, 2]"], "index j is n in A and m in B"),
    ("ij,jk->ik", ["[3, 1]", "[5, 2]"], "index j is 1 in A and 5 in B"),
    ("ii->i", ["[3, 4]"], "index i is both 3 and 4 in A"),
    ("...i,...i->...", ["[2, 3]", "[4, 3]"], "axis -1 of ... is 2 in A and 4 in B"),
    ("ij->ik", ["[3, 4]"], "index k of the output is in no operand"),
    ("ij->ii", ["[3, 4]"], "index i stands twice in the output"),
    ("i1->i", ["[3, 4]"], "'1->i' has no meaning there"),
    ("i.j", ["[3, 4]"], "'.j' has no meaning there"),
    ("ij->i->j", ["[3, 4]"], "'->j' has no meaning there"),
    ("ij>i", ["[3, 4]"], "'>i' has no meaning there"),
    ("iλ", ["[3, 4]"], "'λ' has no meaning there"),
    ("...i...", ["[3, 4]"], "...i... has two ellipses"),
    ("...i->......i", ["[3, 4]"], "the output has two ellipses"),
    ("...i->i", ["[3, 4]"], "the output lacks the axes of ..."),
    ("i,i->i,", ["[3]", "[3]"], "',' has no meaning there"),
]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row[0])
def test_bad_subscripts_are_explained(row):
    subscripts, specs, reason = row
    inputs, _ = declare(specs)
    with pytest.raises(sg.ShapeError) as caught:
        sg.einsum(subscripts, *inputs)
    assert str(caught.value).startswith(f'cannot apply einsum("{subscripts}") to A {specs[0]}')
    assert reason in str(caught.value)


def test_calls_without_subscripts_are_refused():
    (A,), _ = declare(["[3, 3]"])
    for args in [(), (A,), (A, "ii"), ("ii",), (A, [0, 0])]:
        with pytest.raises(sg.GraphError, match="the subscripts are a string"):
            sg.einsum(*args)
    with pytest.raises(sg.GraphError, match="unknown argument path"):
        sg.einsum("ii", A, path=1)


def test_very_long_subscripts_are_refused_quickly():
    (A,), _ = declare(["[3, 3]"])
    with pytest.raises(sg.ShapeError) as caught:
        sg.einsum("i" * 100_000, A)
    assert len(str(caught.value)) < 100_300


def test_einsum_in_texts_and_in_numpy_code():
    text = sg.parse('einsum("ij,j->i", A, x)', A="[n, 3]", x="[3]")
    assert str(text).splitlines()[-1] == "A @ x"
    traced = sg.trace(lambda A, x: np.einsum("ij,j->i", A, x, optimize=True), "[n, 3]", "[3]")
    assert str(traced).splitlines()[-1] == "A @ x"


def test_einsum_in_a_batch():
    A, x = declare(["[n, 2, 3]", "[n, 3]"])[0]
    y = sg.vmap(lambda a, b: sg.einsum("ij,j->i", a, b))(A, x)
    values = np.random.default_rng(0).normal(size=(4, 2, 3)), np.ones((4, 3))
    np.testing.assert_allclose(sg.function([A, x], y)(*values), np.einsum("bij,bj->bi", *values))


def test_reading_subscripts():
    (A, B), _ = declare(["[n, 3, 4]", "[3]"])
    call = Subscripts("...j, ...", [A, B])
    assert [len(term.indices) for term in call.terms] == [3, 1]
    assert call.output == call.ellipsis + "j" and len(call.ellipsis) == 2


RANKS = ["[]", "[3]", "[2, 3]", "[4, 2, 3]"]
RIGHT = ["[]", "[3]", "[3, 2]", "[5, 3, 2]", "[3, 3]", "[1, 3, 1]"]


@pytest.mark.parametrize("left, right", [*product(RANKS, RIGHT)])
@pytest.mark.parametrize("name", ["dot", "inner", "vdot"])
def test_products_of_every_rank_are_numpys(name, left, right):
    inputs, values = declare([left, right])
    f = getattr(np, name)
    try:
        expected = f(*values.values())
    except ValueError:
        with pytest.raises(sg.ShapeError, match="cannot"):
            registry[name](*inputs)
        return
    y = registry[name](*inputs)
    np.testing.assert_allclose(run([y], values)[0], expected)
    traced = sg.trace(f, *inputs)
    assert traced is y


STACKS = ["[3]", "[3, 3]", "[n, 3, 3]", "[n, 1, 3]"]


@pytest.mark.parametrize("name", ["matvec", "vecmat", "vecdot"])
@pytest.mark.parametrize("left, right", [*product(STACKS, repeat=2)])
def test_products_of_stacks_of_vectors_are_numpys(name, left, right):
    f = getattr(np, name, None)
    if f is None:
        pytest.skip("this NumPy does not have it")
    inputs, values = declare([left, right])
    try:
        expected = f(*values.values())
    except ValueError:
        with pytest.raises(sg.ShapeError, match="cannot"):
            registry[name](*inputs)
        return
    try:
        y = registry[name](*inputs)
    except sg.ShapeError as error:
        assert "sizes 3 and n" in str(error) or "sizes n and 3" in str(error)
        return
    np.testing.assert_allclose(run([y], values)[0], expected)


@pytest.mark.parametrize("shapes", [*product(["[]", "[n]", "[2, 3]", "[2, 1, 3]"], repeat=2)])
def test_kron_of_every_pair_of_ranks(shapes):
    inputs, values = declare(shapes)
    (found,) = run([sg.kron(*inputs)], values)
    np.testing.assert_allclose(found, np.kron(*values.values()))


MISTAKES = [
    (lambda A, v: sg.dot(A, np.ones((4, 5, 2))), "cannot apply dot to A [2, 3] and"),
    (lambda A, v: sg.dot(A, np.ones(4)), "cannot multiply A [2, 3] by"),
    (lambda A, v: sg.inner(A, np.ones(4)), "last sizes 3 and 4 differ"),
    (lambda A, v: sg.vdot(A, v), "6 and 3 elements do not pair up"),
    (lambda A, v: sg.vecdot(A, v, axis=5), "axis 5 is out of range: axes are 0 to 1"),
    (lambda A, v: sg.vecdot(A, v[:2]), "sizes 3 and 2 of axis -1 differ"),
    (lambda A, v: sg.matvec(v, v), "v [3] is no matrix"),
    (lambda A, v: sg.vecmat(v, A), "inner sizes 3 and 2 differ"),
    (lambda A, v: sg.cross(A, v[:2]), "vectors have 3 elements, not 2"),
    (lambda A, v: sg.cross(v, 1.0), "it is a scalar"),
    (lambda A, v: sg.tensordot(A, v, 2), "they do not have 2 axes to sum over"),
    (lambda A, v: sg.tensordot(A, v, (0, 0)), "axis 0 has size 2, and axis 0 of b 3"),
    (lambda A, v: sg.tensordot(A, A, ((0, 0), (0, 0))), "names an axis twice"),
    (lambda A, v: sg.tensordot(A, A, ((0, 1), 0)), "2 and 1 axes do not pair up"),
    (lambda A, v: sg.tensordot(A, A, (0, 1, 1)), "are no pair"),
    (lambda A, v: sg.tensordot(A, v, (7, 0)), "axis 7 is out of range"),
    (lambda A, v: sg.multi_dot([A, A]), "inner sizes 3 and 2 differ"),
    (lambda A, v: sg.multi_dot([A, v, v]), "they are not matrices"),
    (lambda A, v: sg.multi_dot([A]), "two arrays or more"),
]


@pytest.mark.parametrize("mistake", range(len(MISTAKES)))
def test_mistakes_are_named(mistake):
    call, what = MISTAKES[mistake]
    g = sg.Graph()
    with pytest.raises(sg.SymgradError) as caught:
        call(g.input("A", "[2, 3]"), g.input("v", "[3]"))
    assert what in str(caught.value)
    assert str(caught.value).count("cannot") <= 1


def test_numpys_names_in_traced_code():
    X, v = np.arange(12.0).reshape(3, 4), np.array([1.0, -2, 0.5])

    def program(X, v):
        y = np.linalg.multi_dot([v, X, X.T]) + np.tensordot(v, X, 1) @ X.T
        return y + np.cross(v, X[:, 0]) + np.kron(v, v)[:3] * np.vdot(X, X) + np.inner(v, v)

    (found,) = run([sg.trace(program, "[3, 4]", "[3]")], {"X": X, "v": v})
    np.testing.assert_allclose(found, program(X, v))
