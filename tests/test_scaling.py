"""Every stage of the compiler takes time linear in the nodes; long functions come in pieces."""

from __future__ import annotations

import gc
import itertools
import random
import statistics
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import symgrad as sg
from symgrad import passes
from symgrad.autodiff import reverse
from symgrad.backends.naming import Names
from symgrad.backends.numpy import Signature, write_source
from symgrad.backends.numpy.compiling import compile_blocks
from symgrad.backends.numpy.pieces import divide
from symgrad.graph.amounts import Amount, total
from symgrad.graph.collection import resting
from symgrad.graph.dims import Dim
from symgrad.graph.walk import ancestors
from symgrad.passes.rewriting.engine import Phase
from symgrad.passes.rewriting.selection import Selection
from tests.passes.delicate import CASES

GROWTH = 1.5  # at most, of the time for a node in a graph 16 times as large
SMALL, LARGE, ROUNDS = 50, 800, 4


def chain(n):
    """Operations on one number; about as many nodes for each layer as of a network."""
    g = sg.Graph()
    x = y = g.input("x")
    for _ in range(n):
        y = sg.sin(sg.tanh(y) * x + 0.5) * sg.cos(y)
    return y, [x]


def network(n):
    g = sg.Graph()
    h = g.input("X", "[n, 4]")
    parameters = []
    for k in range(n):
        parameters += [g.input(f"W{k}", "[4, 4]"), g.input(f"b{k}", "[4]")]
        h = sg.tanh(h @ parameters[-2] + parameters[-1])
    return (h**2).mean(), parameters


def recurrence(n):
    g = sg.Graph()
    X, W, h = g.input("X", (n, 3)), g.input("W", "[3, 3]"), g.input("h", "[3]")
    loss = 0.0
    for t in range(n):
        h = sg.sigmoid(W @ h + X[t])
        loss = loss + (h**2).sum()
    return loss, [W, h]


def scalars(n):
    """Operations on any two of the last fifty numbers, most of them read more than once."""
    g, rng = sg.Graph(), random.Random(0)
    numbers = [g.input("x"), g.input("y")]
    for _ in range(4 * n):
        a, b = rng.choices(numbers[-50:], k=2)
        numbers.append(rng.choice([a * b, a + b, sg.sin(a), sg.tanh(b), a - 0.3 * b]))
    return numbers[-1], numbers[:2]


MODELS = {"chain": chain, "network": network, "recurrence": recurrence}


def seconds_per_node(make, n):
    """Of each stage, process time over the nodes that the gradient has in the end."""
    clock, found = time.process_time, {}
    times = [clock()]
    y, wrt = make(n)
    times.append(clock())
    stable = passes.stabilize([y], wrt)[0]
    outputs = [y, *reverse.grad(stable, wrt, of=y)]
    times.append(clock())
    nodes = len(y.graph)
    lean = passes.final(outputs)
    times.append(clock())
    source = write_source([Signature("f", list(y.graph.inputs.values()), lean, asked=outputs)])
    times.append(clock())
    compile(source, "<scaling>", "exec")
    times.append(clock())
    stages = ["build", "differentiate", "rewrite", "emit", "compile"]
    for stage, (start, stop) in zip(stages, itertools.pairwise(times), strict=True):
        found[stage] = (stop - start) / nodes
    return found


@pytest.mark.parametrize("name", MODELS)
def test_every_stage_is_linear(name):
    make, best = MODELS[name], {SMALL: {}, LARGE: {}}
    for _ in range(3 * ROUNDS):  # on a busy machine; the first that is quiet ends it
        for n, repeats in ((SMALL, 4), (LARGE, 1)):
            for _ in range(repeats):
                for stage, t in seconds_per_node(make, n).items():
                    best[n][stage] = min(best[n].get(stage, t), t)
        growth = {s: best[LARGE][s] / best[SMALL][s] for s in best[SMALL]}
        if max(growth.values()) <= GROWTH:
            return
    pytest.fail(f"the time for a node grows: {growth}")


def test_the_clock_sees_what_is_not_linear():
    """A stage that looks at all nodes for each node would fail the test above."""

    def slow(n):
        y, wrt = chain(n)
        for _ in range(n):
            sum(node.id for node in y.graph.nodes)
        return y, wrt

    def best(n):  # of some, as above: the collector may run in any
        return min(seconds_per_node(slow, n)["build"] for _ in range(ROUNDS))

    assert best(LARGE) > GROWTH * best(SMALL)


def test_writing_takes_no_longer_than_differentiating_and_rewriting():
    """Twice as long at most, that is: what is written is compared with what is worked out."""
    best = {}
    for _ in range(3 * ROUNDS):
        for stage, t in seconds_per_node(network, SMALL).items():
            best[stage] = min(best.get(stage, t), t)
    assert best["emit"] < 2 * (best["differentiate"] + best["rewrite"])


REWRITTEN = {**MODELS, "scalars": scalars}


def rewriting(make, n):
    """Seconds of rewriting, before and after `sg.grad`, those of `sg.grad`, and how many nodes."""
    y, wrt = make(n)
    clock, times = time.process_time, [time.process_time()]
    passes.stabilize([y], wrt)
    times.append(clock())
    outputs = [y, *sg.grad(y, wrt)]
    times.append(clock())
    passes.final(outputs)
    times.append(clock())
    before, differentiating, after = (b - a for a, b in itertools.pairwise(times))
    return before + after, differentiating, len(ancestors(outputs))


@pytest.mark.parametrize("name", REWRITTEN)
def test_rewriting_takes_no_longer_than_differentiating(name):
    found = [rewriting(REWRITTEN[name], LARGE // 2)[:2] for _ in range(2 * ROUNDS)]
    assert statistics.median(before / after for before, after in found) <= 1


@pytest.mark.parametrize("text", ["sin(2 * x) / x", "log(1 + x) / x", "x / (exp(x) - 1)"])
def test_a_slope_that_has_a_series_is_few_nodes(text):
    """Series of 10 to 20 terms: sums of a thousand such formulas are compiled, too."""
    y = sg.parse(text, x="[]")
    assert len(ancestors(passes.final([y, sg.grad(y, "x")]))) <= 30


def growth(seconds_per_node, sizes):
    """Of the time for a node, from a small graph to a large one; the small one takes part warm."""
    best = dict.fromkeys(sizes, float("inf"))
    for _ in range(2 * ROUNDS):  # the first quiet round ends it
        for n, repeats in zip(sizes, (10, 1), strict=True):
            for _ in range(repeats):
                best[n] = min(best[n], seconds_per_node(n))
        small, large = best.values()
        if large <= GROWTH * small:
            break
    return large / small


# Layers of about 1,000 nodes and of about 100,000, gradients included.
NODES = {"chain": (60, 6000), "network": (75, 7500), "recurrence": (60, 6000)}
NODES["scalars"] = (150, 14000)


@pytest.mark.parametrize("name", NODES)
def test_rewriting_is_linear_up_to_100_000_nodes(name):
    def seconds_per_node(n):
        seconds, _, nodes = rewriting(REWRITTEN[name], n)
        assert nodes >= 90_000 or n == NODES[name][0]
        return seconds / nodes

    assert growth(seconds_per_node, NODES[name]) <= GROWTH


# Of about 1,000 nodes and of about 30,000: a compilation costs ten times what rewriting does.
WHOLE = {"chain": (60, 2000), "network": (75, 2700), "recurrence": (60, 1000)}
WHOLE["scalars"] = (150, 1350)


@pytest.mark.parametrize("name", WHOLE)
def test_all_stages_together_are_linear_up_to_30_000_nodes(name):
    """From nothing to a function in the default style; a name of its own lets no cache know it."""
    numbers = itertools.count()

    def seconds_per_node(n):
        start = time.process_time()
        y, wrt = REWRITTEN[name](n)
        sg.function(None, [y, *sg.grad(y, wrt)], name=f"f{next(numbers)}")
        seconds = time.process_time() - start
        assert len(y.graph) >= 30_000 or n == WHOLE[name][0]
        return seconds / len(y.graph)

    assert growth(seconds_per_node, WHOLE[name]) <= GROWTH


def gradients(n):
    """A gradient for each of many outputs, by one input."""
    x = sg.Graph().input("x")
    outputs = [sg.sin(x * (1 + k / 7)) for k in range(n)]
    yield
    sg.function(None, [sg.grad(y, x) for y in outputs], name=f"f{time.process_time_ns()}")
    yield len(x.graph)


def losses(n):
    """As `gradients`, of sums of arrays, all in one function with what they are of."""
    g = sg.Graph()
    x, W = g.input("x", "[4]"), g.input("W", "[4, 4]")
    found = [sg.tanh((x * (1.0 + k)) @ W).sum() for k in range(n)]
    outputs = [*found, *(sg.grad(y, W) for y in found)]
    yield
    write_source([Signature("f", [x, W], passes.final(outputs), asked=outputs)])
    yield len(g)


def joined(n):
    """The gradient of a concatenation, by all of its parts."""
    g = sg.Graph()
    parts = [g.input(f"x{k}", "[3]") for k in range(n)]
    y = (sg.concatenate(parts) ** 2).sum()
    yield
    sg.grad(y, parts)
    yield len(g)


def sizes(n):
    """The text of an amount of many named dims, cut to a line."""
    amount = total([Amount.of(Dim(f"n{k}")) for k in range(n)])
    yield
    assert amount.shortened(60).endswith("...")
    yield n


MANY = {gradients: (100, 3000), losses: (30, 500), joined: (300, 15000), sizes: (1500, 6000)}


@pytest.mark.parametrize("many", MANY, ids=lambda many: many.__name__)
def test_many_of_a_kind_take_a_time_linear_in_their_number(many):
    def seconds_per_node(n):
        steps = many(n)
        next(steps)
        with resting():  # what the rounds before have left behind is not of this one
            start = time.process_time()
            nodes = next(steps)
            return (time.process_time() - start) / nodes

    assert growth(seconds_per_node, MANY[many]) <= GROWTH


class Counted(list):
    """A list that counts how often an entry is looked at."""

    looks = 0

    def __getitem__(self, i):
        self.looks += 1
        return super().__getitem__(i)

    def __iter__(self):
        for entry in super().__iter__():
            self.looks += 1
            yield entry


def test_slopes_of_units_are_told_without_a_look_at_all_derivatives():
    looks = {}
    for n in (50, 800):
        g = sg.Graph()
        x, W = g.input("x", "[4]"), g.input("W", "[4, 4]")
        losses = [sg.tanh((x * (1.0 + k)) @ W).sum() for k in range(n)]
        outputs = [*losses, *(sg.grad(y, W) for y in losses)]
        g.derivatives = Counted(g.derivatives)
        passes.final(outputs)
        looks[n] = g.derivatives.looks / n
    assert 1 <= looks[50] < looks[800] < 3 * looks[50]  # bisected: 16 times as many, 4 steps more


@pytest.mark.parametrize("layers", [1, 2, 40])
def test_the_work_of_many_alike_is_that_of_one_many_times(layers):
    g = sg.Graph()
    h = g.input("X", "[n, 4]")
    for k in range(layers):
        h = sg.tanh(h @ g.input(f"W{k}", "[4, 4]"))
    cost = sg.function(None, h).cost(n=10)
    assert cost.flops == layers * (2 * 10 * 4 * 4 + 10 * 4)
    assert cost.transcendentals == layers * 10 * 4
    assert cost.bytes == layers * 8 * ((40 + 16 + 40) + (40 + 40))


def test_the_first_gradient_loads_nothing_that_it_does_not_need():
    """Lark's tables are kept, and NumPy's own heavy modules stay where they are."""
    code = """
import sys
import numpy as np
before = {*sys.modules}
import symgrad as sg
loss = sg.parse("mean((relu(X @ W) - y)**2)", X="[n, 2]", W="[2]", y="[n]")
f = sg.function(None, [loss, sg.grad(loss, "W")])
f(np.eye(2), np.ones(2), np.ones(2))
print(*sorted({*sys.modules} - before))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "symgrad" in loaded
    heavy = {"lark", "scipy", "sympy", "matplotlib", "unittest", "ctypes", "multiprocessing"}
    assert not heavy & loaded
    assert not {n for n in done.stdout.split() if n.startswith(("numpy.f2py", "numpy.testing"))}


# Pieces.


def run(source, values):
    scope = {"__name__": "scaling"}
    exec(compile(source, "<scaling>", "exec"), scope)
    scope["f"](*values)  # what a function keeps from call to call does not matter
    return scope["f"](*values)


@pytest.mark.parametrize("fast", [False, True], ids=["readable", "fast"])
@pytest.mark.parametrize("name", MODELS)
def test_pieces_compute_the_same(name, fast, monkeypatch):
    y, wrt = MODELS[name](40)
    outputs = [y, *sg.grad(y, wrt)]
    inputs = list(y.graph.inputs.values())
    lean = passes.final(outputs)
    rng = np.random.default_rng(0)
    sizes = {"n": 5}
    values = [rng.normal(size=tuple(sizes.get(d, d) for d in x.shape)) / 2 for x in inputs]
    sources = []
    for longest, size in ((10**6, 1), (20, 8), (60, 45)):
        short = lambda *args, a=longest, b=size: divide(*args, longest=a, size=b)
        monkeypatch.setattr("symgrad.backends.numpy.module.divide", short)
        sources.append(write_source([Signature("f", inputs, lean, asked=outputs, fast=fast)]))
    whole, *others = sources
    assert "_f_part" not in whole
    for source in others:
        assert source.count("\ndef _f_part") >= 3
        for a, b in zip(run(source, values), run(whole, values), strict=True):
            assert np.array_equal(a, b)


def test_pieces_of_any_lines_compute_the_same():
    rng = np.random.default_rng(1)
    for _ in range(60):
        lines, known = [], ["x", "y"]
        for i in range(rng.integers(5, 40)):
            if rng.random() < 0.15 and len(known) > 3:
                gone = known.pop(int(rng.integers(2, len(known))))
                lines.append(f"del {gone}")
            if rng.random() < 0.1:
                lines.append("# a comment about x")
            a, b = (known[k] for k in rng.integers(0, len(known), 2))
            name = f"t{i}" if rng.random() < 0.8 else a  # some names are set again
            lines.append(f"{name} = {a} - 2 * {b}  # {name} of x")
            known += [] if name in known else [name]
        returned = [known[k] for k in rng.integers(0, len(known), 3)]
        size = int(rng.integers(2, 12))
        pieces = divide(lines, ["x", "y"], returned, "f", Names(), longest=3, size=size)
        calls = [line for p in pieces for line in p.call()]
        results = []
        for body in (lines, calls):
            block = [f"    {line}" for line in ["pass", *body, f"return {', '.join(returned)}"]]
            parts = [line for p in pieces for line in p.source()]
            scope = {}
            exec("\n".join([*parts, "def f(x, y):", *block]), scope)
            results.append(scope["f"](3, 5))
        assert results[0] == results[1]


def test_no_piece_is_much_longer_than_asked():
    lines = [f"t{i + 1} = t{i} + 1" for i in range(1000)]
    pieces = divide(lines, ["t0"], ["t1000"], "f", Names(), longest=100, size=50)
    assert max(len(p.lines) for p in pieces) <= 70
    assert all(len(p.reads) == len(p.gives) == 1 for p in pieces)


def test_blocks_say_where_an_error_is():
    """As the whole module does, whatever is compiled at once."""
    source = (
        "def f(x):\n    return 1 / x\n\n\n" * 3 + "def g(x):\n    a = [\n        f(x) for x in x]\n"
    )
    found = []
    for longest in (10**6, 5, 1):
        scope = {}
        for code in compile_blocks(source, "<blocks>", longest):
            exec(code, scope)
        with pytest.raises(ZeroDivisionError) as caught:
            scope["g"]([0])
        found.append([(t.name, t.lineno + 1) for t in caught.traceback[1:]])
    assert found[0] == found[1] == found[2]
    assert found[0][0] == ("g", 14) and found[0][-1] == ("f", 10)


# What makes the stages fast changes nothing.


class Everything(Selection):
    """All rules and passes for the operation of a node, whatever its operands are."""

    def fitting(self, node):
        rules = [(p, r) for r in self.phase.table.get(node.op, ()) for p in r.spellings]
        return self.phase.structural.get(node.op, ()), [(p, r) for p, r in rules if p.op == node.op]

    def matching(self, node, rules):
        return rules


def test_rules_and_passes_that_are_left_out_would_change_nothing(monkeypatch):
    """What each says of operands and graphs, on every delicate formula and its gradient."""

    def forms():
        found = []
        for case in CASES[::3]:
            if not case.arrays:
                y = sg.parse(case.text, dict.fromkeys(case.variables, "[n]")).sum()
                wrt = [x for x in y.graph.inputs.values() if x.type.is_floating]
                found.append(str(passes.final([y, *sg.grad(y, wrt)])[-1]))
        return found

    wanted = forms()
    monkeypatch.setattr(Phase, "among", lambda self, ops: Everything(self, frozenset(ops)))
    assert forms() == wanted


def test_the_collector_rests_and_wakes():
    assert gc.isenabled()
    with resting():
        with pytest.raises(ZeroDivisionError), resting():
            1 / 0
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with resting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_collector_rests_until_the_last_thread_is_done():
    inside, go = threading.Event(), threading.Event()

    def work():
        with resting():
            inside.set()
            go.wait(10)

    thread = threading.Thread(target=work)
    with resting():
        thread.start()
        assert inside.wait(10)
    assert not gc.isenabled()
    go.set()
    thread.join()
    assert gc.isenabled()
