"""What `Function.memory` tells of arrays that are made within operations, beside tracemalloc."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.temporaries import LIKE_OPERAND, LIKE_RESULT
from symgrad.ops.batching import elementwise
from symgrad.ops.op import registry
from tests.backends.traced import peak
from tests.oracles import declare_call

EXAMPLES = 20_000
BUFFERS = 2**17  # NumPy's own, for conversions and sums over broken strides
LARGEST = 2**25  # bytes of a result that is still computed here
UNEVEN = {  # what depends on the axis, on an order, on signs, or on how NumPy gathers
    *("argmax", "argmin", "argsort", "sort", "take_along_axis", "tile", "trace", "pick"),
    *("cofactor", "cross", "log_prod", "linear_recurrence", "vector_norm", "weighted_logsumexp"),
    *("softmax", "log_softmax", "polygamma", "power_difference"),
}


def measured(f, given):
    """Bytes at most in a call that is not the first."""
    f(*given)
    return peak(f, given)


ROWS = [
    (op, case)
    for op in registry.values()
    if op.numpy and not op.view
    for case in (op.cases or (None,))[:2]
    if op not in ("input", "constant", "dim", "custom")
]


@pytest.mark.parametrize(("op", "case"), ROWS, ids=lambda p: getattr(p, "name", None))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_of_every_row_no_more_is_told_than_is_measured_and_hardly_less(op, case):
    """A row of which less is told has a helper that is to be named in temporaries.py."""
    params = case.params if case else {}
    inputs, values = declare_call(op, case, (EXAMPLES,))
    try:
        y = op.on(inputs, params)
    except sg.SymgradError:
        return  # it takes no batches
    if y.op != op or any(a.op != "input" for a in y.args) or not isinstance(y.size, int):
        return
    largest = max([x.size * x.dtype.itemsize for x in (y, *inputs)], default=0)
    if largest > LARGEST:
        return
    given = [v % 2 if v.dtype.kind == "i" else v for v in values]
    f = sg.function(inputs, [y], style="readable", stabilize=False)
    told, found = f.memory().peak, measured(f, given)
    assert told <= found + 1000
    if op not in UNEVEN:
        assert found <= told + 0.2 * largest + BUFFERS


def test_the_names_are_those_of_rows():
    assert {*LIKE_RESULT, *LIKE_OPERAND} <= registry.keys()
    assert {op for op in LIKE_OPERAND if registry[op].batch is elementwise} == set()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize(
    "formula",
    [
        lambda x, z: sg.erf(x) + z,
        lambda x, z: sg.gammaln(x) * sg.tanh(z),
        lambda x, z: sg.var(x, axis=0) + sg.logsumexp(z, axis=0),
        lambda x, z: sg.softmax(x) * sg.log_softmax(z),
        lambda x, z: sg.erf(sg.tanh(x)) * sg.erfc(sg.tanh(z)),
        lambda x, z: sg.einsum("ij,ij->i", sg.sech(x), sg.sinc(z)),
    ],
)
def test_within_larger_programs(formula, style, dtype):
    g = sg.Graph()
    x, z = g.input("x", f"{dtype}[n, 6]"), g.input("z", f"{dtype}[n, 6]")
    f = sg.function([x, z], [formula(x, z)], style=style)
    rng = np.random.default_rng(0)
    n = 30_000
    given = [rng.normal(size=(n, 6)).astype(dtype) for _ in range(2)]
    kept = f.memory(n=n).workspace
    told, found = f.memory(n=n).made, measured(f, given)
    array = n * 6 * np.dtype(dtype).itemsize
    assert found <= told + kept + 0.5 * array + BUFFERS
    assert told <= found + 1000


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("name", ["solve", "inv", "cholesky", "det", "logdet"])
def test_linear_algebra(name, style):
    """Of batches; LAPACK's own memory, of one matrix, is not NumPy's."""
    g = sg.Graph()
    A, b = g.input("A", "[n, 4, 4]"), g.input("b", "[n, 4, 1]")
    y = getattr(sg, name)(*((A, b) if name == "solve" else (A,)))
    f = sg.function([A, b], [y], style=style)
    n = 10_000
    given = [np.eye(4) * 3 + np.zeros((n, 4, 4)), np.ones((n, 4, 1))]
    told, found = f.memory(n=n).made, measured(f, given)
    kept = f.memory(n=n).workspace
    assert told <= found + kept + 1000
    assert found <= told + kept + 0.2 * given[0].nbytes + BUFFERS
