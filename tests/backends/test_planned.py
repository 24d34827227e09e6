"""Code of style="fast": memory that is planned, kept from call to call, and never seen outside."""

from __future__ import annotations

import importlib.util
import math
import random
import subprocess
import sys
import tracemalloc
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.order import put_off
from symgrad.backends.plan import Kind, allocate, typical_bytes
from symgrad.backends.schedule import schedule
from symgrad.ops.op import registry
from tests.backends.random_programs import random_program
from tests.backends.traced import peak
from tests.oracles import declare_call

from . import examples

RNG = np.random.default_rng(0)
EXAMPLES = (
    examples.xor,
    examples.softmax_regression,
    examples.sigmoid_network,
    examples.naive_softplus,
    examples.hostile_names,
)


def classifier(**options):
    """Value and gradients of a small network, compiled, and its arguments."""
    net = sg.nn.MLP([5, 7, 3], ["tanh"], loss="cross_entropy")
    f = sg.function(None, [net.loss, *net.grads.values()], **options)
    return f, lambda n, seed=0: arguments(f.inputs, n, seed)


def arguments(inputs, n, seed=0):
    """Random arrays of the inputs' types; every named dim is ``n``, every label 0 or 1."""
    rng = np.random.default_rng(seed)
    shapes = [[d if isinstance(d, int) else n for d in x.shape] for x in inputs]
    return [
        rng.integers(0, 2, s) if x.dtype.kind == "i" else rng.normal(size=s).astype(x.dtype)
        for x, s in zip(inputs, shapes, strict=True)
    ]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.__name__)
@pytest.mark.parametrize("n", [0, 1, 2, 100])
def test_both_styles_give_the_same_numbers(example, n):
    for inputs, outputs in example().values():
        fast = sg.function(inputs, outputs)
        readable = sg.function(inputs, outputs, style="readable")
        given = arguments(fast.inputs, n)
        single = not isinstance(outputs, list)
        for _ in range(2):  # the second call computes in what the first has left behind
            ours, theirs = fast(*given), readable(*given)
            for a, b in [(ours, theirs)] if single else zip(ours, theirs, strict=True):
                eps = np.finfo(b.dtype).eps
                scale = np.max(np.abs(b), initial=0)
                np.testing.assert_allclose(a, b, rtol=16 * eps, atol=64 * eps * scale)
                assert a.dtype == b.dtype and np.shape(a) == np.shape(b)


@pytest.mark.parametrize("options", [{}, {"reuse_outputs": True}, {"checkpoints": 2}], ids=str)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers beyond all floats
def test_both_styles_give_the_same_numbers_on_random_programs(options):
    """To a few ulps of the coarsest dtype, of the largest element; infinities and nan alike."""
    rng = np.random.default_rng(3)
    for seed in range(60):
        inputs, outputs, _ = random_program(seed)
        coarse = max(np.finfo(x.dtype).eps for x in inputs)
        fast = sg.function(inputs, outputs, **options)
        readable = sg.function(inputs, outputs, style="readable")
        for n in (1, 4, 4):  # the last call computes in what the one before has left behind
            shaped = [(x, [d if isinstance(d, int) else n for d in x.shape]) for x in inputs]
            given = [rng.uniform(0.2, 1.5, shape).astype(x.dtype) for x, shape in shaped]
            for a, b in zip(fast(*given), readable(*given), strict=True):
                assert a.dtype == b.dtype and np.shape(a) == np.shape(b)
                scale = np.max(np.abs(b), initial=0, where=np.isfinite(b))
                np.testing.assert_allclose(a, b, rtol=0, atol=8 * coarse * scale, err_msg=seed)


def test_results_are_the_callers_own():
    f, given = classifier()
    first = f(*given(4))
    copies = [np.array(r) for r in first]
    f(*given(4, seed=1))
    f(*given(9, seed=2))
    for a, b in zip(first, copies, strict=True):
        np.testing.assert_array_equal(a, b)


def test_outputs_are_kept_for_one_more_call_and_then_used_again():
    f, given = classifier(reuse_outputs=True)
    plain, _ = classifier()
    first = f(*given(4))
    second = f(*given(4, seed=1))
    for results, seed in ((first, 0), (second, 1)):
        for a, b in zip(results, plain(*given(4, seed=seed)), strict=True):
            np.testing.assert_array_equal(a, b)
    third = f(*given(4, seed=2))
    assert all(a is b for a, b in zip(first[1:], third[1:], strict=True))
    assert not any(a is b for a, b in zip(second[1:], third[1:], strict=True))


def test_results_may_be_the_next_arguments():
    g = sg.Graph()
    x = g.input("x", "[n]")
    y, z = sg.tanh(x) * x + x, sg.exp(-x) * x
    f = sg.function([x], [y, z], reuse_outputs=True)
    a = b = np.linspace(-1, 1, 5)
    for _ in range(6):
        a, other = f(a)
        expected = np.tanh(b) * b + b, np.exp(-b) * b
        np.testing.assert_allclose(a, expected[0], rtol=1e-15)
        np.testing.assert_allclose(other, expected[1], rtol=1e-15)
        b = expected[0]


def test_results_may_be_the_next_arguments_after_a_call_that_failed():
    g = sg.Graph()
    x, label = g.input("x", "[n]"), g.input("label", "int64[1]")
    picked = sg.pick(sg.expand_dims(x, 0), label)
    f = sg.function([x, label], [sg.tanh(x) * x + x, picked], reuse_outputs=True)
    a = b = np.linspace(-1, 1, 5)
    for i in range(12):
        if i in (4, 7, 8):
            with pytest.raises(sg.ShapeError):
                f(a, [5])
        a, _ = f(a, np.zeros(1, int))
        b = np.tanh(b) * b + b
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_outputs_that_share_memory_with_others_are_kept_too():
    """Views, parts, values of which others are made, in place too: all for one more call."""
    g = sg.Graph()
    x, W = g.input("x", "[n, 3]"), g.input("W", "[3, 3]")
    y = sg.tanh(x @ W)
    wide = sg.exp(y) * 2 + 1
    outputs = [y, y.T, wide[:, 0], sg.reshape(wide, -1), wide - y, x.T, sg.sum(y), y.T @ wide, y]
    f = sg.function([x, W], outputs, reuse_outputs=True)
    rng, last, copies = np.random.default_rng(0), [], []
    for k in range(9):
        v, w = rng.normal(size=(1 + k % 2 * 4, 3)), rng.normal(size=(3, 3))
        results = f(v, w)
        t = np.tanh(v @ w)
        u = np.exp(t) * 2 + 1
        expected = [t, t.T, u[:, 0], u.reshape(-1), u - t, v.T, t.sum(), t.T @ u, t]
        for found, wanted in zip([*last, *results], [*copies, *expected], strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-13)
        last, copies = results, [np.array(r) for r in results]


def test_sets_of_outputs_share_all_other_memory():
    x = sg.Graph().input("x", "[n, 3]")
    y = sg.tanh(x) * sg.exp(-x)
    f = sg.function([x], [y.T @ y, sg.sum(y, 0)], reuse_outputs=True)
    v = np.random.default_rng(0).normal(size=(10_000, 3))
    tracemalloc.start()
    try:
        for _ in range(3):
            results = f(v)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    t = np.tanh(v) * np.exp(-v)
    np.testing.assert_allclose(results[0], t.T @ t, rtol=1e-12)
    assert v.nbytes <= kept < f.memory(n=10_000).workspace + 2**14


@pytest.mark.parametrize("k", range(4))
def test_a_size_that_is_counted_on_the_way_is_told_before_it_is_read(k):
    """Nothing that mentions it is made beforehand, or moved before what counts it."""
    x = sg.Graph().input("x", "[n]")
    total, some = sg.sum(x) * 2, x[x > 0]
    repeated = sg.broadcast_to(total, some.shape)
    wave, ones = sg.sin(repeated + 1), sg.ones_like(some) * total
    outputs = [[repeated, sg.exp(some)], [sg.exp(some), wave], [ones, some], [wave, ones * 2, some]]
    for v in (np.array([1.0, -2.0, 3.0, 0.5]), -np.ones(3), np.ones(0)):
        chosen, t = v[v > 0], v.sum() * 2
        full = np.full(len(chosen), t)
        given = {some: chosen, repeated: full, wave: np.sin(full + 1), ones: full}
        given |= {ones * 2: full * 2, sg.exp(some): np.exp(chosen)}
        results = sg.function([x], outputs[k])(v)
        for node, found in zip(outputs[k], results, strict=True):
            np.testing.assert_allclose(found, given[node], rtol=1e-14)


def test_no_output_that_is_kept_twice_lies_in_a_larger_array():
    x = sg.Graph().input("x", "[100, 30]")
    row = sg.sum(sg.exp(x), 0)
    f = sg.function([x], [sg.sin(row) + 1, row * 2], reuse_outputs=True)
    v = np.random.default_rng(0).normal(size=(100, 30))
    total = np.exp(v).sum(0)
    for found, wanted in zip(f(v), [np.sin(total) + 1, total * 2], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    once = v.nbytes + total.nbytes * 2 + 8 * len(v)  # with the ones that sum
    assert f.memory().workspace == once + total.nbytes * 2


@pytest.mark.parametrize("options", [{}, {"reuse_outputs": True}])
def test_a_call_within_a_call(options):
    """As a signal or the end of an object may make one: at every line once."""
    f, given = classifier(**options)
    plain, _ = classifier(style="readable")
    before = f(*given(4, seed=7))
    wanted = [np.array(r) for r in before]
    lines = lines_of(lambda: f(*given(4)), lambda: None)
    assert lines > 20
    for line in range(lines):
        found = []
        call, between = (partial(calls_into, found, f, given(4, seed)) for seed in (0, 1))
        f(*given(4, seed=7))
        lines_of(call, between, line)
        for results, seed in zip(found, (1, 0), strict=True):  # the inner one ends first
            for a, b in zip(results, plain(*given(4, seed=seed)), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    if not options:
        for a, b in zip(before, wanted, strict=True):
            np.testing.assert_array_equal(a, b)


def test_copies_are_made_before_another_call_may_have_the_memory():
    """Outputs that are views of kept memory; as another thread may call, at every line once."""
    g = sg.Graph()
    x, y = g.input("x", "[n, 2]"), g.input("y", "[n, 2]")
    h = sg.tanh(x)
    joined = sg.concatenate([y, sg.ones_like(y[:, :1])], axis=1)
    views = [h.T, h.T, h[1:], joined.T, joined[:1]]
    f = sg.function([x, y], [sg.sum(h * y), sg.sum(sg.exp(joined)), *views])
    first, second = arguments([x, y], 3), arguments([x, y], 3, seed=1)
    for line in range(lines_of(lambda: f(*first), lambda: None)):
        found = []
        lines_of(partial(calls_into, found, f, first), lambda: f(*second), line)
        a, b = np.tanh(first[0]), np.hstack([first[1], np.ones((3, 1))])
        for result, wanted in zip(found[0][2:], [a.T, a.T, a[1:], b.T, b[:1]], strict=True):
            np.testing.assert_allclose(result, wanted, rtol=1e-15)
        arrays = found[0][2:]
        assert not any(np.shares_memory(p, q) for i, p in enumerate(arrays) for q in arrays[:i])


def calls_into(found, f, given):
    """A call whose results are added to a list."""
    found.append(f(*given))


def lines_of(call, between, line=-1):
    """The lines that a call runs of emitted code; before one of them something else is done."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if not frame.f_code.co_filename.startswith("<symgrad"):
            return None
        if event == "line":
            count += 1
            if count == line + 1:
                sys.settrace(None)
                between()
        return trace

    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(None)
    return count


def test_only_fast_code_has_outputs_to_reuse():
    x = sg.Graph().input("x", "[n]")
    with pytest.raises(sg.CodegenError, match="only code of style fast keeps arrays to reuse"):
        sg.function([x], [x + 1], style="readable", reuse_outputs=True)


def test_numbers_made_of_elements_are_read_before_their_array_is_overwritten():
    x = sg.Graph().input("x", "[2]")
    h = sg.tanh(x)
    f = sg.function([x], (sg.exp(x) * sg.sin(x)) * (h[0] + h[1]))
    v = np.array([0.3, 0.9])
    for _ in range(2):
        np.testing.assert_allclose(f(v), np.exp(v) * np.sin(v) * np.tanh(v).sum(), rtol=1e-14)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_memory_shared_by_arrays_of_compound_sizes(n):
    g = sg.Graph()
    x, y = g.input("x", "[n, n]"), g.input("y", "[4]")
    f = sg.function([x, y], [sg.exp(sg.tanh(y)).sum(), sg.exp(x[:, ::2].reshape((-1,))).sum()])
    assert "[: ((n + 1) // 2) * n]," in f.source
    a, b = RNG.normal(size=(n, n)), RNG.normal(size=4)
    ours = f(a, b)
    np.testing.assert_allclose(ours[0], np.exp(np.tanh(b)).sum(), rtol=1e-14)
    np.testing.assert_allclose(ours[1], np.exp(a[:, ::2]).sum(), rtol=1e-14)


def test_workspaces_of_a_few_sizes_are_kept():
    f, given = classifier()
    wanted = [np.array(r) for r in f(*given(3))]
    for n in range(1, 40):
        f(*given(n))
    kept = f._call.__globals__["_f_kept"]
    assert 1 <= len(kept) <= 8
    for a, b in zip(f(*given(3)), wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_call_makes_no_arrays_but_its_results():
    """One call after another, the memory that NumPy holds grows by nothing."""
    f, given = classifier()
    values = given(2000)
    results = f(*values)
    size = sum(r.nbytes for r in results)
    del results
    rows = 2000 * (8 + 8)  # what picking each row's entry makes: the entries, and their places
    assert peak(f, values) < size + 2 * rows + 4000


@pytest.mark.parametrize("label", [-1, 3, -(2**62), 2**62])
def test_a_label_out_of_range_is_refused_and_the_next_call_is_right(label):
    f, given = classifier()
    values = given(4)
    wanted = f(*values)
    bad = [np.array(v) for v in values]
    bad[1][2] = label
    with pytest.raises(sg.ShapeError, match="a label is not one of 0 to 2"):
        f(*bad)
    for a, b in zip(f(*values), wanted, strict=True):
        np.testing.assert_array_equal(a, b)


ROWS = [(op, case) for op in registry.values() if op.numpy for case in op.cases or (None,)]
ROWS = [(op, case) for op, case in ROWS if op not in ("input", "constant", "dim", "custom")]


@pytest.mark.parametrize(("op", "case"), ROWS, ids=lambda p: getattr(p, "name", None))
def test_rows_whose_results_share_memory_say_so(op, case):
    """What is computed in a workspace may be overwritten, so nothing may secretly look at it."""
    inputs, values = declare_call(op, case)
    if op.view or not inputs:
        return
    values = [v % 2 if v.dtype.kind == "i" else v for v in values]  # labels of two classes
    y = op.on(inputs, case.params if case else {})
    found = sg.function(inputs, y, style="readable")(*values)
    assert not any(np.shares_memory(found, v) for v in values)


# The plan


class Machine:
    """Carries out a plan with numbers in place of arrays; sees what is overwritten too early."""

    def __init__(self, steps, kinds, plan):
        self.steps, self.kinds, self.plan = steps, kinds, plan
        self.memory, self.values = {}, {}

    def read(self, node):
        """What is found where a node's value was put."""
        if self.kinds.get(node.id) is Kind.INTO:
            return self.memory[self.plan.buffers[node.id].slot]
        if self.kinds.get(node.id) is Kind.VIEW:
            return self.read(node.args[0])
        return node.id

    def run(self):
        truth = {}
        for step in self.steps:
            for a in step.args:
                assert self.read(a) == truth.get(a.id, a.id), "overwritten before it was read"
            truth[step.id] = step.id
            if self.kinds[step.id] is Kind.VIEW:
                truth[step.id] = truth.get(step.args[0].id, step.args[0].id)
            if self.kinds[step.id] is Kind.INTO:
                self.memory[self.plan.buffers[step.id].slot] = step.id
        return truth


def random_schedule(seed, length=60):
    """Elementwise operations, products and views of a few shapes, of which some are outputs."""
    rng = random.Random(seed)
    g = sg.Graph()
    square = [g.input("A", "[6, 6]"), g.input("B", "[6, 6]")]
    for _ in range(length):
        a, b = rng.choice(square), rng.choice(square)
        made = rng.choice([sg.tanh(a), a + b, a * b, a @ b, a.T, sg.exp(a), a - b])
        square.append(made)
    outputs = [x for x in rng.sample(square[2:], 4) if x.op != "input"] or [square[-1]]
    return schedule(None, outputs)


def planned(seed, order=lambda nodes, kept: nodes):
    """Steps, kinds and plan of a random schedule."""
    found = random_schedule(seed)
    steps = order(found.operations, found.outputs)
    kinds = {n.id: Kind.VIEW if n.op == "transpose" else Kind.INTO for n in steps}

    def overwritable(node):
        return [] if node.op == "matmul" else list(node.args)

    return found, steps, kinds, allocate(steps, kinds, found.outputs, overwritable)


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_overwritten_before_it_is_read(seed):
    found, steps, kinds, plan = planned(seed)
    machine = Machine(steps, kinds, plan)
    truth = machine.run()
    for output in found.outputs:
        assert machine.read(output) == truth[output.id], "an output was overwritten"


@pytest.mark.parametrize("seed", range(60))
def test_steps_that_are_put_off_still_come_before_their_readers(seed):
    def order(nodes, kept):
        return put_off(nodes, kept, typical_bytes)

    found, steps, kinds, plan = planned(seed, order)
    assert sorted(n.id for n in steps) == sorted(n.id for n in found.operations)
    machine = Machine(steps, kinds, plan)
    truth = machine.run()
    for output in found.outputs:
        assert machine.read(output) == truth[output.id]


def test_a_chain_needs_one_buffer():
    x = sg.Graph().input("x", "[n]")
    y = x
    for _ in range(10):
        y = sg.tanh(y) + 1
    steps = schedule(None, [y]).operations
    kinds = {n.id: Kind.INTO for n in steps}
    assert len(allocate(steps, kinds, [y], lambda n: n.args).slots) == 1
    assert len(allocate(steps, kinds, [y], lambda n: ()).slots) == 2


def test_slopes_are_computed_where_they_are_read():
    """Of ten layers, the square of each unit waits for its cotangent: two slopes never coexist."""
    g = sg.Graph()
    h = g.input("X", "[n, 256]")  # large layers: those of small ones are one call
    weights = [g.input(f"W{i}", "[256, 256]") for i in range(10)]
    for W in weights:
        h = sg.tanh(h @ W)
    source = sg.function(None, sg.grad(h.sum(), weights)).source
    body = source[source.index("# backward") :].splitlines()
    squares = [i for i, line in enumerate(body) if "_square(" in line]
    products = [i for i, line in enumerate(body) if ".T.dot(" in line]
    assert len(squares) == 10 and all(
        sum(a < p < b for p in products) for a, b in pairwise(squares)
    )


# Arguments that are overwritten


def regression():
    loss = sg.parse("mean((X @ w + b - y)**2)", X="[n, 3]", w="[3]", b="[]", y="[n]")
    w, b = loss.graph.inputs["w"], loss.graph.inputs["b"]
    d_w, d_b = sg.grad(loss, [w, b])
    return loss, {w: w - 0.1 * d_w, b: b - 0.1 * d_b}


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize("n", [1, 7])
def test_updates(style, n):
    loss, updates = regression()
    f = sg.function(None, loss, updates=updates, style=style)
    X, w, b, y = arguments(f.inputs, n)
    b = np.array(b)
    for _ in range(3):
        r = X @ w + b - y
        expected = np.mean(r**2), w - 0.1 * 2 / n * X.T @ r, b - 0.1 * 2 / n * r.sum()
        before = X.copy(), y.copy()
        assert f(X, w, b, y) == pytest.approx(expected[0], rel=1e-13)
        np.testing.assert_allclose(w, expected[1], rtol=1e-12)
        np.testing.assert_allclose(b, expected[2], rtol=1e-12)
        np.testing.assert_array_equal(X, before[0])
        np.testing.assert_array_equal(y, before[1])


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_all_is_read_before_anything_is_overwritten(style):
    g = sg.Graph()
    a, b, c = (g.input(name, "[3, 3]") for name in "abc")
    updates = {a: b, b: a.T, c: c + a * b}
    f = sg.function([a, b, c], [a, a + b], updates=updates, style=style)
    x, y, z = arguments(f.inputs, 3)
    old = x.copy(), y.copy(), z.copy()
    first, total = f(x, y, z)
    np.testing.assert_array_equal(first, old[0])
    np.testing.assert_array_equal(total, old[0] + old[1])
    np.testing.assert_array_equal(x, old[1])
    np.testing.assert_array_equal(y, old[0].T)
    np.testing.assert_allclose(z, old[2] + old[0] * old[1], rtol=1e-15)


@pytest.mark.parametrize("style, reuse", [("fast", False), ("fast", True), ("readable", False)])
def test_a_new_value_that_is_also_returned_and_read(style, reuse):
    """The result is an array of its own, and what reads it reads the new value."""
    g = sg.Graph()
    w, d = g.input("w", "[n]"), g.input("d", "[n]")
    new = w - 0.5 * d
    f = sg.function([w, d], [new, sg.exp(new)], updates={w: new}, style=style, reuse_outputs=reuse)
    x, y = np.arange(4.0), np.ones(4)
    for _ in range(3):
        expected = x - 0.5 * y
        found, other = f(x, y)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(x, expected)
        np.testing.assert_allclose(other, np.exp(expected), rtol=1e-15)
        assert not np.shares_memory(found, x)


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_an_argument_that_is_a_part_of_an_overwritten_one(style):
    g = sg.Graph()
    A, v, u = g.input("A", "[2, 3]"), g.input("v", "[3]"), g.input("u", "[3]")
    f = sg.function([A, v, u], [], style=style, updates={A: A * 2, v: v + u})
    a, b = np.arange(6.0).reshape(2, 3), np.ones(3)
    f(a, b, a[1])
    np.testing.assert_array_equal(b, [4, 5, 6])
    np.testing.assert_array_equal(a, [[0, 2, 4], [6, 8, 10]])


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_only_updates(style):
    x = sg.Graph().input("x", "int64[n]")
    f = sg.function([x], [], updates={"x": x + 1}, style=style)
    a = np.arange(4)
    assert f(a) == []
    assert a.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("style", ["fast", "readable"])
@pytest.mark.parametrize(
    "given", [[1.0, 2.0], np.ones(2, np.float32), np.ones(2, int), np.broadcast_to(1.0, 2)]
)
def test_what_can_not_be_overwritten_is_refused(style, given):
    x = sg.Graph().input("x", "[n]")
    f = sg.function([x], x.sum(), updates={x: 2 * x}, style=style)
    with pytest.raises(sg.DTypeError, match="f: argument x is overwritten, and so has to be a "):
        f(given)


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        (lambda x: {x: x.sum()}, r"the new value of x float64\[n\]? ?.* is float64\[\]"),
        (lambda x: {2 * x: x}, "is computed, and can not be overwritten"),
        (lambda x: [x], "updates are a mapping from inputs to their new values"),
        (lambda x: {x: 1.0}, "updates are a mapping from inputs to their new values"),
        (lambda x: {x: 2 * x, "x": 3 * x}, "an input is given two new values"),
    ],
)
def test_updates_that_make_no_sense(updates, message):
    x = sg.Graph().input("x", "[n]")
    with pytest.raises(sg.CodegenError, match=message):
        sg.function([x], x.sum(), updates=updates(x))


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_a_step_in_a_file(style, tmp_path):
    loss, updates = regression()
    path = tmp_path / "step.py"
    sg.write_module(path, style=style, step=(None, [loss], updates))
    assert "Checked against the formula as written: 12 digits" in path.read_text("utf-8")
    spec = importlib.util.spec_from_file_location("step", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    X, w, b, y = arguments([loss.graph.inputs[k] for k in "Xwby"], 5)
    b, expected = np.array(b), w - 0.1 * 2 / 5 * X.T @ (X @ w + b - y)
    (value,) = module.step(X, w, b, y)
    assert np.isfinite(value)
    np.testing.assert_allclose(w, expected, rtol=1e-12)
    with pytest.raises(TypeError, match="argument w is overwritten"):
        module.step(X, w.tolist(), b, y)


def test_constants_of_two_functions_in_one_file(tmp_path):
    x = sg.Graph().input("x", "[3]")
    one, other = x * np.array([1.0, 2.0, 3.0]), x * np.array([5.0, 6.0, 7.0])
    path = sg.write_module(tmp_path / "two.py", one=([x], [one]), other=([x], [other]))
    code = "import two, numpy as np; print(two.one(np.ones(3))[0][1], two.other(np.ones(3))[0][1])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=path.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["2.0", "6.0"]


@pytest.mark.parametrize("n", [0, 1, 4096, 4097, 10**6])
def test_sums_of_many_float32_numbers(n):
    """Short ones are products with ones; of long ones those would round too often."""
    x = sg.Graph().input("x", "float32[n]")
    f = sg.function([x], [sg.sum(x)])
    values = np.random.default_rng(n).random(n, np.float32)
    exact = math.fsum(values.tolist())
    for given in (values, values.repeat(2)[::2]):
        (found,) = f(given)
        assert found.dtype == np.float32
        assert abs(found - exact) <= (1e-6 if n <= 4096 else 2e-7) * exact


@pytest.mark.parametrize("size", [5000, 100_000])
def test_sums_of_long_rows_in_float32(size):
    """As many products with ones would round four times as often as NumPy's sums."""
    X = np.full((2, size), 0.1, np.float32)
    x = sg.Graph().input("X", f"float32[n, {size}]")
    found = sg.function([x], sg.sum(x, axis=1))(X)
    assert found.dtype == np.float32
    exact = size * np.float64(np.float32(0.1))
    np.testing.assert_allclose(found, exact, rtol=3e-7)
    v = sg.Graph().input("v", "float32[n]")
    np.testing.assert_allclose(sg.function([v], sg.sum(v))(X[0]), exact, rtol=3e-7)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (64, 64), (65, 64), (3000, 50)])
def test_sums_of_whole_arrays(dtype, shape):
    """They are summed as one row, by products with ones only where these are few."""
    x = sg.Graph().input("x", f"{dtype}[n, m]")
    f = sg.function([x], [sg.sum(sg.exp(x)), sg.sum(sg.exp(x).T), sg.sum(x)])
    assert "sum1(view1)" in f.source and "_add.reduce(x, axis=None)" in f.source
    assert f.memory(n=1000, m=1000).workspace < 1.01e6 * np.dtype(dtype).itemsize
    values = np.random.default_rng(0).random(shape).astype(dtype)
    for given in (values, np.asfortranarray(values), np.repeat(values, 2, axis=1)[::-1, ::2]):
        exact = math.fsum(np.exp(given.astype(np.float64)).ravel().tolist())
        expected = exact, exact, math.fsum(given.ravel().tolist())
        for found, wanted in zip(f(given), expected, strict=True):
            assert found.dtype == dtype
            assert abs(found - wanted) <= 8 * np.finfo(dtype).eps * wanted


def test_places_of_labels_wait_until_the_slopes_are_made():
    """Between the forward pass and the slopes of one head come the places of another."""
    g = sg.Graph()
    X, heads = g.input("X", "[n, 4]"), range(4)
    labels = [g.input(f"y{i}", "int64[n]") for i in heads]
    weights = [g.input(f"W{i}", "[4, 3]") for i in heads]
    loss = sum(
        -sg.mean(sg.sum(sg.one_hot(y, 3, "float64") * sg.log_softmax(X @ W), axis=-1))
        for y, W in zip(labels, weights, strict=True)
    )
    f = sg.function([X, *labels, *weights], [loss, *sg.grad(loss, weights)])
    assert f.source.count("] -= scale") == 4  # entries at the labels, by their places in memory
    rng = np.random.default_rng(0)
    v = rng.normal(size=(6, 4))
    y, W = rng.integers(0, 3, (4, 6)), rng.normal(size=(4, 4, 3))
    for _ in range(2):
        found, *slopes = f(v, *y, *W)
        e = np.exp(v @ W)
        p = e / e.sum(axis=-1, keepdims=True)
        hot = np.eye(3)[y]
        np.testing.assert_allclose(found, -(hot * np.log(p)).sum() / 6, rtol=1e-12)
        np.testing.assert_allclose(slopes, v.T @ (p - hot) / 6, rtol=1e-11, atol=1e-12)


# What is computed in the memory of results


def square_program(seed, length=12):
    """Large squares of fixed sizes, by NumPy and as expressions; and those that are returned."""
    rng = random.Random(seed)
    g = sg.Graph()
    arrays = [np.random.default_rng(seed).uniform(-1, 1, (96, 96)) for _ in "AB"]
    made = [(g.input(name, (96, 96)), a) for name, a in zip("AB", arrays, strict=True)]
    for _ in range(length):
        (x, p), (y, q) = rng.sample(made, 2)
        steps = [
            (sg.tanh(x), np.tanh(p)),
            (x + y, p + q),
            (0.5 * x, 0.5 * p),
            (x * y.T, p * q.T),
            (sg.sin(x @ y), np.sin(p @ q)),
            (x @ y / 96, p @ q / 96),
            (x - sg.mean(y, axis=0), p - q.mean(axis=0)),
        ]
        made.append(rng.choice(steps))
    return arrays, rng.sample(made[4:], 4)


@pytest.mark.parametrize("seed", range(40))
def test_results_are_not_overwritten_while_they_are_computed(seed):
    arrays, returned = square_program(seed)
    f = sg.function(["A", "B"], [x for x, _ in returned])
    first = f(*arrays)
    for results in (first, f(*arrays), first, f(*arrays)):
        for found, (_, truth) in zip(results, returned, strict=True):
            np.testing.assert_allclose(found, truth, rtol=1e-11, atol=1e-11)
    again = f(*[2 * a for a in arrays])
    assert not any(np.shares_memory(a, b) for a in again for b in first)


def test_a_decay_is_computed_in_the_memory_of_the_gradient():
    """The gradient is the only array as large as W that a call takes."""
    loss = sg.parse("sum(tanh(X @ W)) + 0.5*sum(W**2)", X="[n, 200]", W="[200, 300]")
    f = sg.function(["X", "W"], sg.grad(loss, loss.graph.inputs["W"]))
    rng = np.random.default_rng(0)
    X, W = rng.normal(size=(3, 200)) / 14, rng.normal(size=(200, 300))
    truth = X.T @ (1 - np.tanh(X @ W) ** 2) + W
    np.testing.assert_allclose(f(X, W), truth, rtol=1e-12)
    assert W.nbytes < f.memory(n=3).peak < 1.1 * W.nbytes
