"""The workloads of benchmarks/: symgrad and the tuned versions compute what the textbook does."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
if not FOLDER.is_dir():
    pytest.skip("the benchmarks are not here", allow_module_level=True)
sys.path.insert(0, str(FOLDER))
try:
    import building
    from contenders import calls_of, contenders, error, verify, within
    from rounds import Spread, Times, in_turns, measure
    from tables import Result, against, ratios
    from workloads import WORKLOADS, expression
finally:
    sys.path.remove(str(FOLDER))

SMALL = [n for n in WORKLOADS if n not in {"points", "wide", "mnist"}]


@pytest.fixture(autouse=True)
def _imports(monkeypatch):
    """The tools are imported when they are asked for."""
    monkeypatch.syspath_prepend(FOLDER)


@pytest.mark.parametrize("name", SMALL)
def test_symgrad_and_tuned_agree_with_the_textbook(name):
    workload, complaints = WORKLOADS[name](), []
    found = contenders(workload, ["symgrad"], report=complaints.append)
    assert "symgrad" in found, complaints
    assert not [c for c in complaints if "reused" not in c]
    assert ("tuned" in found) == (workload.tuned is not None)


def test_many_points_with_a_short_last_block():
    workload = expression.make_many(expression.BLOCK + 7)
    assert {"tuned", "symgrad"} <= set(contenders(workload, ["symgrad"]))


@pytest.mark.parametrize("name", [n for n in SMALL if WORKLOADS[n]().kind == "gradient"])
def test_the_textbook_slopes_are_those_of_its_value(name):
    workload = WORKLOADS[name]()
    rng, step = np.random.default_rng(1), 1e-8
    arguments = [np.asarray(v, float) if np.asarray(v).dtype.kind == "f" else v
                 for v in workload.values]  # fmt: skip
    _, *slopes = workload.textbook(*arguments)
    moves = [rng.normal(size=np.shape(g)) for g in slopes]
    ends = []
    for sign in (1, -1):
        moved = list(arguments)
        for place, move in zip(workload.places, moves, strict=True):
            moved[place] = arguments[place] + sign * step * move
        ends.append(workload.textbook(*moved)[0])
    expected = sum(np.sum(g * move) for g, move in zip(slopes, moves, strict=True))
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(expected, rel=1e-5)


BUILT = [("network", 3), ("chain", 40), ("network", 10_000), ("chain", 31_250)]


@pytest.mark.parametrize("make, size", BUILT)
def test_what_is_built_has_right_slopes(make, size):
    """By the complex step along a random direction."""
    from tools import by_symgrad

    workload = getattr(building, make)(size)
    value, *slopes = next(iter(by_symgrad.WAYS.values()))(workload)()
    rng = np.random.default_rng(2)
    moves = {name: rng.normal(size=np.shape(workload.arguments[name])) for name in workload.wrt}
    moved = {n: v + 1e-30j * moves.get(n, 0) for n, v in workload.arguments.items()}
    found = workload.formula(np, *moved.values())
    assert value == pytest.approx(found.real, rel=1e-13)
    slope = sum(np.sum(g * move) for g, move in zip(slopes, moves.values(), strict=True))
    assert slope == pytest.approx(found.imag / 1e-30, rel=1e-11)


def test_the_largest_chain_has_a_million_nodes():
    from tools import by_symgrad

    inputs, _ = by_symgrad.expressions(building.chain(building.MILLION // 250))
    assert len(inputs[0].graph) >= 1_000_000 // 250


def test_wrong_numbers_are_refused():
    workload = WORKLOADS["xor"]()
    truth = workload.truth(calls_of(workload))
    wrong = [truth[0], *(g * 1.001 for g in truth[1:])]
    assert verify(workload, lambda: truth, list, truth) == ""
    assert "wrong by 1.0e-03" in verify(workload, lambda: wrong, list, truth)
    assert "4 results" in verify(workload, lambda: truth[1:], list, truth)
    assert error(np.ones(2), np.ones(3)) == float("inf")


def test_contenders_are_timed_in_turns():
    done = []
    calls = {name: lambda name=name: done.append(name) for name in "abc"}
    spent = in_turns(calls, {"a": 12, "b": 1, "c": 5}, lambda: float(len(done)))
    assert spent == {"a": 12, "b": 1, "c": 5}
    assert "".join(done) == "aaacaaacaaaacaaacaaaabc"  # the first of several is not timed


def test_rounds_and_tables():
    times = measure({"products": lambda: None, "symgrad": lambda: sum(range(2000))}, 3, 1e-3)
    assert all(len(found) == 3 for found in times.seconds.values())
    assert times.median("symgrad") > times.median("products")
    fixed = Times({"products": [1.0, 2.0, 4.0], "symgrad": [2.0, 5.0, 12.0], "tuned": [2.0] * 3})
    assert str(Spread.of(fixed.ratios("symgrad", "products"))) == "2.50 (2.25 to 2.75)"
    shown = ratios({"xor": Result("XOR", fixed)})
    assert shown.splitlines()[-1] == "| XOR | 2 s (products) | 1.00 | 2.50 |"
    assert against({"xor": Result("XOR", fixed)}).endswith("| XOR | 2.50 (1.75 to 4.25) |")
    peers = Times({**fixed.seconds, "JAX jit": [4.0, 5.0, 6.0], "CasADi": [1.0] * 3})
    head, _, line = against({"xor": Result("XOR", peers)}).splitlines()
    assert head == "| workload | symgrad / tuned | symgrad / JAX jit | symgrad / CasADi |"
    assert line == "| XOR | 2.50 (1.75 to 4.25) | 1.00 (0.75 to 1.50) | 5.00 (3.50 to 8.50) |"


def test_what_takes_too_long_is_stopped():
    with pytest.raises(TimeoutError, match="1 s"), within(1):
        while True:
            pass
