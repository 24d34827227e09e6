"""Costs against tests/flops.py, which runs emitted code on arrays that count, and closed forms.

Every row of the registry is compared, its sizes as named dims where the row lets them.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.batching import elementwise
from symgrad.ops.op import Case, registry
from tests.flops import EACH_ALIKE, FUNCTIONS_ALONE, count
from tests.oracles import domain_of, sample

LEAVES = {"input", "constant", "dim"}
MADE = {"eye", "iota", "custom"}  # they have no operands, or a rule for one
BY_LEADING_TERMS = {"cofactor", "embed_diagonal", "linear_recurrence", "solve_triangular"}
"""Rows that count less, or a little more, than their code; each has a test of its own."""
ELEMENTWISE_SPECS = {
    1: [("[3]",), ("[]",), ("[2, 1]",)],
    2: [("[3]", "[3]"), ("[3]", "[2, 1]"), ("[]", "[2]")],
    3: [("[3]", "[2, 1]", "[]"), ("[3]", "[3]", "[3]")],
}
SCALES = [0, 1, 2, 11]


def calls_of(op):
    """Sample calls: the row's own, or operands that broadcast."""
    specs = ELEMENTWISE_SPECS.get(len(op.operands), [])
    return op.cases or [Case(s) for s in specs]


ROWS = [op for op in registry.values() if op.numpy and op not in LEAVES]
CALLS = [(op, c) for op in ROWS if op not in MADE for c in calls_of(op)]
EXACT = [(op, c) for op, c in CALLS if op not in BY_LEADING_TERMS]


def named(case):
    """The sample call with sizes above 1 as named dims."""
    specs = [re.sub(r"\b([2-9])\b(?=[^\[]*\])", r"d\1", s) for s in case.specs]
    return Case(tuple(specs), case.params)


def build(op, case):
    """The row on inputs of a sample call, and of which domain they are."""
    g = sg.Graph()
    inputs = []
    for i, spec in enumerate(case.specs):
        dtype = "bool" if domain_of(op, i) == "bools" and spec.startswith("[") else None
        inputs.append(g.input(f"x{i}", spec, dtype))
    y = op.on(inputs, case.params)
    return y, {x.name: domain_of(op, i) for i, x in enumerate(inputs)}


def prepared(op, case):
    """The node with named sizes; with numbers, where the row or its parameters need them."""
    try:
        return build(op, named(case))
    except sg.SymgradError:
        return build(op, case)


def drawn(x, domain, sizes):
    shape = tuple(int(eval(str(d), {}, dict(sizes))) for d in x.shape)
    values = sample(domain, shape, x.dtype, 7)
    square = len(shape) > 1 and domain in ("positive_definite", "invertible")
    return values + shape[-1] * np.eye(*shape[-2:]) if square else values


def compiled(y):
    return sg.function(None, [y], style="readable", stabilize=False)


def counts(f, node_op, domains, sizes, convention):
    """What running the emitted code counts."""
    op = registry[node_op]
    whole = [op.name] if op.helper and op.batch is elementwise else []
    values = [drawn(x, domains[x.name], sizes) for x in f.inputs]
    return count(f.source, "f", values, convention, whole).total


def sizes_of(f, scale):
    names = sorted({d for x in f.inputs for d in map(str, x.shape) if d.isidentifier()})
    return {d: (scale * int(d[1:])) if scale != 1 else 1 for d in names}


def test_rows_have_a_count():
    for op in ROWS:
        assert op.flops is not None, f"give {op} flops: how many operations its code takes"
        assert calls_of(op) or op in MADE, op


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # means of nothing
@pytest.mark.parametrize("op, case", EXACT, ids=[f"{o}-{i}" for i, (o, _) in enumerate(EXACT)])
def test_row_counts_what_its_code_computes(op, case):
    y, domains = prepared(op, case)
    f = compiled(y)
    compared = 0
    for scale in SCALES:
        sizes = sizes_of(f, scale)
        try:
            found = counts(f, op.name, domains, sizes, EACH_ALIKE)
            functions = counts(f, op.name, domains, sizes, FUNCTIONS_ALONE)
        except (ValueError, IndexError, np.linalg.LinAlgError):
            continue  # indices and extremes of nothing
        compared += 1
        cost = f.cost(**sizes)
        assert cost.flops == pytest.approx(found, abs=0.5), sizes
        assert cost.transcendentals == functions, sizes
    assert compared


def both(op, sizes, specs, **params):
    """What the formula says, and what running the code counts."""
    y, domains = build(registry[op], Case(specs, params))
    f = compiled(y)
    return f.cost(**sizes).flops, counts(f, op, domains, sizes, EACH_ALIKE)


def test_cofactors_count_their_inverse_and_determinant():
    cost, found = both("cofactor", {"n": 60}, ("[n, n]",))
    assert cost == pytest.approx(found, rel=1e-3)
    assert cost == round(8 / 3 * 60**3 + 5 * 60**2)


def test_indices_are_not_counted():
    cost, found = both("embed_diagonal", {}, ("[2]",), shape=(2, 3))
    assert cost == 0 and found == 2 * 2


def test_recurrences_count_the_first_element_like_the_others():
    cost, found = both("linear_recurrence", {"n": 9}, ("[n, 4]", "[n, 4]"), axis=0)
    assert cost == 2 * 9 * 4 and found == 2 * 8 * 4


def test_triangular_solutions_count_what_blocks_come_near_to():
    ratios = []
    for n in (320, 1280):
        cost, found = both("solve_triangular", {"n": n}, ("[n, n]", "[n, 100]"))
        assert cost == 100 * n * n
        ratios.append(found / cost)
    assert 1 < ratios[1] < ratios[0] and ratios[1] < 1.2


FAST = {
    "narrow layers": "mean((relu(A[:, :2] @ P + c) @ q - y)**2)",
    "wide layers": "mean((tanh(tanh(A @ V + b) @ W + b) @ w - y)**2)",
    "sigmoid": "mean((sigmoid(A @ V + b) @ w - y)**2)",
    "logistic": "z = A @ v\nmean(softplus(z) - y * z)",
    "attention": "sum((softmax(A @ V @ A.T) @ A)**2)",
    "distances": "-sum(logsumexp(-sum((A[:, None, :] - V.T[None])**2, axis=2), axis=1))",
    "statistics": "var(A) + sum(std(A, axis=0))",
    "scan": "sum(cumsum(y)**2)",
}
SPECS = dict(A="[n, 40]", P="[2, 3]", c="[3]", q="[3]", V="[40, 40]", W="[40, 40]", b="[40]")
SPECS |= dict(v="[40]", w="[40]", y="[n]")


@pytest.mark.parametrize("name", FAST)
def test_fast_code_computes_about_what_it_is_told_to(name):
    """Sums along rows are products with ones there, which count twice; all else is the same."""
    named = {x: s for x, s in SPECS.items() if re.search(rf"\b{x}\b", FAST[name])}
    loss = sg.parse(FAST[name], **named)
    f = sg.function(None, [loss, *sg.grad(loss, list(named))])
    rng = np.random.default_rng(4)
    shapes = [[d if isinstance(d, int) else 100 for d in x.shape] for x in f.inputs]
    found = count(f.source, "f", [rng.uniform(0.1, 1, s) for s in shapes], EACH_ALIKE).total
    told = f.cost(n=100).flops
    assert told <= found + 1 <= 1.2 * told
