"""Functions that are pickled and copied, that outlive their graph, and that call one another."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest

import symgrad as sg


def regression(style, **options):
    loss = sg.parse("mean((X @ w + b - y)**2)", X="[n, 3]", w="[3]", b="[]", y="[n]")
    X, w, b, y = loss.graph.inputs.values()
    return sg.function([X, w, b, y], [loss, *sg.grad(loss, [w, b])], style=style, **options)


def by_hand(X, w, b, y):
    r = X @ w + b - y
    return [np.mean(r * r), 2 * X.T @ r / len(r), 2 * np.mean(r)]


def given(n=4):
    rng = np.random.default_rng(n)
    return rng.normal(size=(n, 3)), rng.normal(size=3), 0.5, rng.normal(size=n)


def check(f, n=4):
    values = given(n)
    for a, b in zip(f(*values), by_hand(*values), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_function_computes_the_same(style, protocol):
    f = regression(style)
    again = pickle.loads(pickle.dumps(f, protocol))
    for n in (1, 4):
        check(again, n)
    X, w, b, y = given()
    assert again(X, w, y=y, b=b)[0] == f(X, w, b, y)[0]
    assert again.source == f.source and again.name == f.name and repr(again) == repr(f)
    assert [str(x) for x in again.inputs] == [str(x) for x in f.inputs]
    twice = pickle.loads(pickle.dumps(again))
    check(twice)
    assert repr(twice) == repr(f)


def test_errors_of_a_pickled_function_are_the_same(style):
    f = pickle.loads(pickle.dumps(regression(style)))
    X, w, b, y = given()
    for error, message, args in [
        (sg.ShapeError, r"f: argument y has shape \(3,\)", (X, w, b, y[:3])),
        (sg.DTypeError, "f: argument w is complex128", (X, w + 0j, b, y)),
        (sg.GraphError, r"f: argument y missing\n  It takes \(X: float64\[n, 3\], w", (X, w, b)),
    ]:
        with pytest.raises(error, match=message):
            f(*args)
    for what in ("cost", "memory"):
        with pytest.raises(
            sg.GraphError, match=f"f has been unpickled, and does not know its {what}"
        ):
            getattr(f, what)(n=3)
    assert f.outputs == []


@pytest.mark.parametrize(
    ("make", "args", "expected"),
    [
        (lambda x: x * x, [3.0], 9.0),
        (lambda x: [sg.sin(x)], [0.5], [np.sin(0.5)]),
        (lambda x: [], [np.ones(3)], []),
        (lambda x: sg.sin(x) * sg.exp(-x) + sg.tanh(x), [np.zeros(3)], np.zeros(3)),
    ],
)
def test_one_result_and_several(style, make, args, expected):
    x = sg.Graph().input("x", "[]" if np.ndim(args[0]) == 0 else "[n]", sign="nonnegative")
    updates = {} if make(x) != [] else {x: 2 * x}
    f = sg.function([x], make(x), style=style, updates=updates)
    again = pickle.loads(pickle.dumps(f))
    found = again(*args)
    assert type(found) is (list if isinstance(expected, list) else type(f(*args)))
    np.testing.assert_allclose(found, expected)
    assert again.inputs[0].sign == "nonnegative"


def test_linear_algebra_that_fails_in_a_pickled_function(style):
    g = sg.Graph()
    A, b = g.input("A", "[n, n]"), g.input("b", "[n]")
    f = pickle.loads(pickle.dumps(sg.function([A, b], sg.solve(A, b), style=style)))
    np.testing.assert_allclose(f(2 * np.eye(2), np.ones(2)), [0.5, 0.5])
    with pytest.raises(sg.LinAlgError, match="f: NumPy can not compute this for the given values"):
        f(np.zeros((2, 2)), np.ones(2))


def test_options_of_a_pickled_function():
    check(pickle.loads(pickle.dumps(regression("fast", reuse_outputs=True))))
    check(pickle.loads(pickle.dumps(regression("fast", checkpoints=1))))
    x = sg.Graph().input("x", "[n]")
    step = pickle.loads(pickle.dumps(sg.function([x], [], updates={x: x + 1})))
    v = np.zeros(3)
    assert step(v) == [] and v.tolist() == [1, 1, 1]
    with pytest.raises(sg.DTypeError, match="f: argument x is overwritten"):
        step([1.0])
    with pytest.raises(sg.GraphError, match="elements of argument x share memory"):
        step(np.lib.stride_tricks.as_strided(v, (3,), (0,)))


def test_another_process_knows_a_pickled_function(tmp_path):
    path = tmp_path / "f.pickle"
    path.write_bytes(pickle.dumps(regression("fast")))
    code = (
        "import pickle, sys, numpy as np; f = pickle.load(open(sys.argv[1], 'rb'));"
        "print(*map(float, f(np.eye(3), np.ones(3), 0.0, np.zeros(3))[1]))"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    np.testing.assert_allclose([float(x) for x in done.stdout.split()], [2 / 3] * 3, rtol=1e-15)


def test_copies_are_the_function_itself(style):
    f = regression(style)
    assert copy.copy(f) is f and copy.deepcopy(f) is f
    held = copy.deepcopy({"step": f, "rate": [0.1]})
    assert held["step"] is f


def test_a_function_outlives_the_names_of_its_graph(style):
    loss = sg.parse("sum((X @ w)**2)", X="[n, 3]", w="[3]")
    d_w = sg.grad(loss, "w")
    f = sg.function(None, [loss, d_w], style=style)
    del loss, d_w
    gc.collect()
    X, w, *_ = given()
    value, slope = f(X, w)
    np.testing.assert_allclose(slope, 2 * X.T @ (X @ w), rtol=1e-12)
    np.testing.assert_allclose(value, np.sum((X @ w) ** 2), rtol=1e-12)
    assert f.cost(n=4).flops > 0 and f.memory(n=4).peak > 0


def test_a_graph_goes_with_its_function(style):
    f = regression(style)
    graph = weakref.ref(f.inputs[0].graph)
    pickled = pickle.dumps(f)
    del f
    gc.collect()
    assert graph() is None
    check(pickle.loads(pickled))


# Calls within calls.


def rosenbrock(style):
    x = sg.Graph().input("x", "[n]")
    y = sg.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    return sg.function([x], [y, sg.grad(y, x)], style=style)


def test_a_minimizer_within_the_callback_of_a_minimizer(style):
    optimize = pytest.importorskip("scipy.optimize")
    f, found = rosenbrock(style), []

    def inner(x):
        if len(found) < 3:
            for n in (3, len(x)):  # sizes that differ from the outer call's, and the same
                start = np.linspace(0.5, 1.5, n)
                found.append(optimize.minimize(f, start, jac=True, method="BFGS"))

    outer = optimize.minimize(f, np.full(4, -0.5), jac=True, method="BFGS", callback=inner)
    assert len(found) >= 3
    for result in (outer, *found):
        np.testing.assert_allclose(result.x, 1, atol=1e-4)


def test_a_function_in_the_objective_of_a_minimizer_that_a_function_calls(style):
    """The best rate of a step, found anew for each step of another minimizer's objective."""
    optimize = pytest.importorskip("scipy.optimize")
    f = rosenbrock(style)

    def after_a_step(x):
        value, slope = f(x)
        step = optimize.minimize_scalar(
            lambda rate: f(x - rate * slope)[0], bounds=(0, 1e-2), method="bounded"
        )
        assert value == f(x)[0] and step.fun <= value
        return step.fun

    found = optimize.minimize(after_a_step, np.array([-1.0, 1.0]), method="Nelder-Mead")
    assert found.fun < 1e-3


def test_generators_hold_results_of_their_own(style):
    f = regression(style)

    def results(n):
        values = given(n)
        while True:
            yield f(*values), by_hand(*values)

    running, held = [results(n) for n in (2, 3, 4, 3)], []
    for _ in range(4):
        held += [next(r) for r in running]
    for found, expected in held:
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
