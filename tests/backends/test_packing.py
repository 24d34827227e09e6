"""Equal calls of many layers that are one; results computed in memory of earlier calls."""

from __future__ import annotations

import random
import sys
import threading
from itertools import pairwise

import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.calls import call_of
from symgrad.backends.numpy.packs import parts_of
from symgrad.backends.packing import pack
from symgrad.backends.plan import Kind, allocate
from symgrad.backends.schedule import schedule
from tests.backends.traced import peak

from .test_planned import Machine

EQUAL = [6] * 9
UNEQUAL = [6, 6, 3, 6, 6, 6, 2, 2, 2, 2, 2, 5]


def network(widths, dtype="float64", shared=1, losses=1):
    """Inputs, and loss and gradients of tanh layers, of which ``shared`` have one weight."""
    g = sg.Graph()
    h = X = g.input("X", f"{dtype}[n, {widths[0]}]")
    parameters, layers = [], []
    for i, (a, b) in enumerate(pairwise(widths)):
        if i % shared == 0:
            W = g.input(f"W{i}", f"{dtype}[{a}, {b}]")
            parameters.append(W)
        c = g.input(f"b{i}", f"{dtype}[{b}]")
        parameters.append(c)
        h = sg.tanh(h @ W + c)
        layers.append(h)
    loss = sum((sg.sum(h * h) for h in layers[-losses:-1]), sg.sum(layers[-1] ** 2))
    return [X, *parameters], parameters, [loss, *sg.grad(loss, parameters)]


def by_hand(widths, arguments, shared=1, losses=1):
    """The same by a loop over layers."""
    X, *rest = arguments
    values, weights, hs = iter(rest), [], [X]
    for i in range(len(widths) - 1):
        W = next(values) if i % shared == 0 else weights[-1][0]
        weights.append((W, next(values)))
        hs.append(np.tanh(hs[-1] @ W + weights[-1][1]))
    d_h, backward = np.zeros_like(hs[-1]), []
    for i in reversed(range(len(weights))):
        if i >= len(weights) - losses:
            d_h = d_h + 2 * hs[i + 1]
        d = d_h * (1 - hs[i + 1] ** 2)
        backward.append((hs[i].T @ d, d.sum(axis=0)))
        d_h = d @ weights[i][0].T
    found = []
    for i, (d_W, d_b) in enumerate(reversed(backward)):
        if i % shared == 0:
            found.append(np.zeros_like(d_W))
            place = len(found) - 1
        found[place] = found[place] + d_W
        found.append(d_b)
    return [sum((h * h).sum() for h in hs[-losses:]), *found]


def values(inputs, n, seed=0):
    rng = np.random.default_rng(seed)
    shapes = [[n if d == "n" else d for d in x.shape] for x in inputs]
    return [
        (rng.standard_normal(s) / 2).astype(x.dtype) for s, x in zip(shapes, inputs, strict=True)
    ]


def agree(found, wanted, dtype):
    for a, b in zip(found, wanted, strict=True):
        tolerance = 64 * np.finfo(dtype).eps
        scale = np.max(np.abs(b), initial=1.0)
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * scale)


CASES = [
    (EQUAL, {}),
    (UNEQUAL, {}),
    (EQUAL, {"shared": 2}),
    (EQUAL, {"losses": 4}),
    ([1] * 7, {}),
    ([4] * 40, {"losses": 2}),
]


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("widths", "options"), CASES)
def test_deep_networks(widths, options, dtype, reuse):
    inputs, _, outputs = network(widths, dtype, **options)
    f = sg.function(inputs, outputs, reuse_outputs=reuse)
    assert "stack1" in f.source
    for seed, n in enumerate([5, 1, 0, 5, 5]):
        given = values(inputs, n, seed)
        agree(f(*given), by_hand(widths, given, **options), dtype)


@pytest.mark.parametrize("widths", [EQUAL, UNEQUAL])
def test_a_step_of_training(widths):
    inputs, parameters, (loss, *slopes) = network(widths)
    new = {p: p - 0.1 * d for p, d in zip(parameters, slopes, strict=True)}
    f = sg.function(inputs, [loss], updates=new)
    given = values(inputs, 5)
    for _ in range(3):
        value, *wanted = by_hand(widths, [v.copy() for v in given])
        wanted = [p - 0.1 * d for p, d in zip(given[1:], wanted, strict=True)]
        agree(f(*given), [value], "float64")
        agree(given[1:], wanted, "float64")


def test_what_equal_layers_share():
    inputs, _, outputs = network(EQUAL)
    body = sg.function(inputs, outputs).source
    body = body[body.index("# backward") : body.index("def _f_workspace")]
    assert body.count("_square(") == 1  # of all layers but the last, whose square the loss has
    assert body.count("_subtract(") == 2
    assert body.count("_matmul(") == 2  # gradients of weights, and sums of biases
    assert body.count(".dot(") == 3 + 7  # those of the last layer, that of X, and cotangents


@pytest.mark.parametrize("widths", [[6] * 4, [300] * 9])
def test_few_layers_and_large_ones_are_left_alone(widths):
    inputs, _, outputs = network(widths)
    assert "stack" not in sg.function(inputs, outputs).source


@pytest.mark.parametrize("how", ["checkpoints", "memory_limit"])
def test_no_memory_is_spent_where_it_is_to_be_saved(how):
    inputs, _, outputs = network(EQUAL)
    peak = sg.function(inputs, outputs).memory(n=500).peak
    limit = {"bytes": peak - 1, "n": 500}
    f = sg.function(inputs, outputs, **{how: "sqrt" if how == "checkpoints" else limit})
    assert "stack" not in f.source
    assert f.memory(n=500).peak < peak
    given = values(inputs, 5)
    agree(f(*given), by_hand(EQUAL, given), "float64")


def test_a_limit_that_is_kept_changes_nothing():
    inputs, _, outputs = network(EQUAL)
    f = sg.function(inputs, outputs)
    limit = {"bytes": f.memory(n=500).peak, "n": 500}
    assert sg.function(inputs, outputs, memory_limit=limit).source == f.source


def test_a_gradient_that_others_are_made_of():
    inputs, _, (loss, *slopes) = network(EQUAL)
    size = sum((sg.sum(d * d) for d in slopes[1:]), sg.sum(slopes[0] ** 2))
    outputs = [loss, *slopes, size, slopes[3], slopes[2].T if slopes[2].ndim == 2 else slopes[2]]
    found = sg.function(inputs, outputs)(*(given := values(inputs, 5)))
    wanted = by_hand(EQUAL, given)
    wanted += [sum((d * d).sum() for d in wanted[1:]), wanted[4], wanted[3].T]
    agree(found, wanted, "float64")
    assert not np.shares_memory(found[-2], found[4])


@pytest.mark.parametrize("n", [3, 500])
def test_memory_is_told(n):
    inputs, _, outputs = network([8] * 20)
    f = sg.function(inputs, outputs)
    f(*values(inputs, 2))
    given = values(inputs, n)
    objects = 150 * len(f.cost(n=n).lines) + 2**16
    assert f.memory(n=n).peak <= peak(f, given) <= f.memory(n=n).peak + objects


# The plan.


class PackingMachine(Machine):
    """Carries out packs as one step: all is read before anything is written."""

    def __init__(self, steps, kinds, plan, packs):
        super().__init__(steps, kinds, plan)
        self.packs = packs

    def run(self):
        truth, done = {}, set()
        for step in self.steps:
            together = self.packs[step.id].members if step.id in self.packs else [step]
            if step.id in done:
                continue
            done |= {m.id for m in together}
            for a in (a for m in together for a in m.args):
                assert self.read(a) == truth.get(a.id, a.id), "overwritten before it was read"
            for m in together:
                truth[m.id] = m.id
                if self.kinds[m.id] is Kind.VIEW:
                    truth[m.id] = truth.get(m.args[0].id, m.args[0].id)
                if self.kinds[m.id] is Kind.INTO:
                    self.memory[self.plan.buffers[m.id].slot] = m.id
            for m in together:
                assert self.read(m) == truth[m.id], "two values in one place"
        return truth


def random_layers(seed, n=3):
    """Operations on several values of a layer each, of earlier layers' values or the inputs."""
    rng = random.Random(seed)
    g = sg.Graph()
    values = [g.input(name, f"[{n}, {n}]") for name in "ABC"]
    for _ in range(rng.randint(3, 9)):
        make = rng.choice(OPERATIONS)
        near = values[-rng.randint(3, 20) :]
        values += [make(rng.choice(near), rng.choice(near)) for _ in range(rng.randint(2, 14))]
    outputs = [*rng.sample(values[3:], min(4, len(values) - 3)), values[-1]]
    return list(g.inputs.values()), [o for o in outputs if o.op != "input"]


OPERATIONS = [
    lambda a, b: sg.tanh(a),
    lambda a, b: a - b,
    lambda a, b: a * b + 1,
    lambda a, b: a @ b / 4,
    lambda a, b: a @ b.T / 4,
    lambda a, b: a.T,
    lambda a, b: sg.maximum(a, b),
    lambda a, b: a + b.sum(axis=0),
]


def planned(inputs, outputs):
    """Steps, kinds, parts, packs and plan."""
    found = schedule(inputs, outputs)
    steps = [*found.operations]
    calls = {n.id: call for n in steps if (call := call_of(n))}
    kinds = {n.id: Kind.INTO if n.id in calls else Kind.VIEW for n in steps}

    def overwritable(node):
        return list(node.args) if node.id in calls and calls[node.id].in_place else []

    def sole(node):
        return [a for a in overwritable(node) if found.uses[a.id] == 1 and a.id in calls]

    parts = parts_of([n for n in steps if n.id in calls], calls, kinds)
    packing = pack([steps], parts, {n.id for n in steps} - {*calls}, sole)
    assert sorted(n.id for n in steps) == sorted(n.id for n in found.operations)
    plan = allocate(steps, kinds, found.outputs, overwritable, packing.rows)
    return found, steps, kinds, parts, packing, plan


@pytest.mark.parametrize("seed", range(100))
def test_nothing_is_overwritten_before_it_is_read(seed):
    found, steps, kinds, parts, packing, plan = planned(*random_layers(seed))
    machine = PackingMachine(steps, kinds, plan, packing.packs)
    truth = machine.run()
    for output in found.outputs:
        assert machine.read(output) == truth[output.id], "an output was overwritten"
    for i, together in packing.packs.items():
        assert i in {m.id for m in together.members}
        assert len({parts[m.id].sort for m in together.members}) == 1


def test_random_layers_have_packs():
    """Or the test above would see none."""
    assert sum(len(planned(*random_layers(seed))[4].packs) > 0 for seed in range(100)) > 30


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("seed", range(60))
def test_random_layers(seed, n):
    inputs, outputs = random_layers(seed, n)
    outputs += sg.grad(sum((sg.sum(sg.sin(o)) for o in outputs), outputs[0].sum()), inputs)
    f = sg.function(inputs, outputs)
    readable = sg.function(inputs, outputs, style="readable")
    for _ in range(2):
        given = values(inputs, n, seed)
        for a, b in zip(f(*given), readable(*given), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * np.max(np.abs(b), initial=1))


def test_a_number_is_no_node_of_that_number():
    """Sums for biases, of which some are multiplied by a literal that equals an input's number."""
    g = sg.Graph()
    X, y, s = g.input("X", "[n, 6]"), g.input("y", "[n, 6]"), g.input("s")
    h, biases = X, []
    for i in range(12):
        biases.append(g.input(f"b{i}", "[6]"))
        h = sg.tanh(h @ g.input(f"W{i}", "[6, 6]") + biases[-1])
    slopes = sg.grad(sg.sum(h * y), biases)
    f = sg.function(None, [d * (s if i % 2 else float(s.id)) for i, d in enumerate(slopes)])
    assert " of [6]" in f.source  # in packs
    given = values(f.inputs, 4, 0)
    arguments = {x.name: v for x, v in zip(f.inputs, given, strict=True)}
    hs = [arguments["X"]]
    for i in range(12):
        hs.append(np.tanh(hs[-1] @ arguments[f"W{i}"] + arguments[f"b{i}"]))
    results, d = f(*given), arguments["y"]
    for i in reversed(range(12)):
        d = d * (1 - hs[i + 1] ** 2)
        factor = arguments["s"] if i % 2 else s.id
        np.testing.assert_allclose(results[i], factor * d.sum(axis=0), rtol=1e-12)
        d = d @ arguments[f"W{i}"].T


def test_packs_that_would_wait_for_each_other():
    """Four wait for a tanh of a sine each; the fifth sine waits for the fifth of them."""
    g = sg.Graph()
    x = g.input("x", "[3, 3]")
    weights = [g.input(f"W{i}", "[3, 3]") for i in range(9)]
    p = [x @ W for W in weights]
    tanhs = [sg.tanh(sg.sin(v)) for v in p[:4]]
    arctans = [sg.arctan(sg.cos(v)) for v in p[4:8]]
    fives = [sg.expm1(v) for v in [*tanhs, arctans[0]]]
    last = sg.sin(fives[-1] @ weights[-1])
    outputs = [sg.sum(v) for v in [*fives[:-1], *arctans[1:], last]]
    found, steps, kinds, _, packing, plan = planned(None, outputs)
    packed = {n.op for n in found.operations if n.id in packing.packs}
    assert packed == {"cos"}
    PackingMachine(steps, kinds, plan, packing.packs).run()


# Results


def large(n=200):
    """A function of results that are worth keeping: x and its square, of n rows and columns."""
    x = sg.Graph().input("x", f"[{n}, {n}]")
    return sg.function([x], [sg.tanh(x) * x, x * x + 1])


def test_memory_of_results_is_used_again_once_nobody_has_them():
    f, x = large(), np.ones((200, 200))
    places = set()
    for _ in range(5):
        first, second = f(x)
        places |= {first.ctypes.data, second.ctypes.data}
        del first, second
    assert len(places) == 2


@pytest.mark.parametrize(
    "keep", [lambda r: r, lambda r: r[3:5, ::2], lambda r: r.T, memoryview, lambda r: [{"r": r}]]
)
def test_results_that_somebody_has_are_never_overwritten(keep):
    f = large()
    kept = []
    for i in range(6):
        x = np.full((200, 200), float(i))
        kept.append([keep(r) for r in f(x)])
        f(x + 100)
    for i, pair in enumerate(kept):
        for found, wanted in zip(pair, [np.tanh(i) * i, i * i + 1.0], strict=True):
            array = found[0]["r"] if isinstance(found, list) else np.asarray(found)
            np.testing.assert_allclose(array, np.full(array.shape, wanted), rtol=1e-15)


def test_no_result_is_used_again_where_references_are_not_counted(monkeypatch):
    monkeypatch.delattr(sys, "getrefcount")
    scope = {}
    exec(large().source, scope)
    x, before = np.ones((200, 200)), set()
    for _ in range(5):
        results = scope["f"](x)
        places = {r.ctypes.data for r in results}
        assert before.isdisjoint(places)
        before = places
        np.testing.assert_allclose(results[1], x * x + 1)
        del results


def test_results_of_a_loop_that_keeps_the_last():
    f, x = large(), np.ones((200, 200))
    seen = set()
    for _ in range(8):
        results = f(x)
        seen.add(results[0].ctypes.data)
    assert len(seen) == 2
    np.testing.assert_allclose(results[1], 2 * np.ones((200, 200)))


def test_a_result_that_its_owner_has_changed_harms_no_other():
    f, x = large(), np.ones((200, 200))
    first = f(x)[0]
    first.shape = (-1,)
    first.setflags(write=False)
    del first
    again = f(x)
    assert again[0].shape == (200, 200)
    assert again[0].flags.writeable
    np.testing.assert_allclose(again[0], np.tanh(x) * x, rtol=1e-15)


def test_results_in_threads():
    f, wrong = large(), []

    def work(i):
        kept = []
        for k in range(20):
            value = float(i * 100 + k)
            kept.append((value, f(np.full((200, 200), value))[1]))
            kept = kept[-3:]
            wrong.extend(v for v, r in kept if not np.all(r == v * v + 1))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
