"""Functions that several threads, or forked processes, call and compile at the same time."""

from __future__ import annotations

import gc
import multiprocessing
import sys
import threading
import weakref

import numpy as np
import pytest

import symgrad as sg

THREADS, ROUNDS = 4, 60


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def layer():
    """The outputs of a layer, and how far they are from zero with its gradient."""
    g = sg.Graph()
    X, W = g.input("X", "[n, 3]"), g.input("W", "[3, 3]")
    h = sg.tanh(X @ W)
    loss = (h * h).sum()
    return [X, W], [h, loss, sg.grad(loss, W)]


def textbook(X, W):
    h = np.tanh(X @ W)
    return [h, np.sum(h * h), X.T @ (2 * h * (1 - h * h))]


def agree(found, expected):
    return all(np.allclose(a, b, rtol=1e-9) for a, b in zip(found, expected, strict=True))


@pytest.fixture
def restless():
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def in_threads(run):
    """What was raised in threads that ran a function of their number, once all have begun."""
    raised, start = [], threading.Barrier(THREADS, timeout=60)

    def guarded(number):
        start.wait()
        try:
            run(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_batches_of_many_sizes(restless, style):
    """More sizes than workspaces are kept for, some of them the same in several threads."""
    f = sg.function(*layer(), style=style)

    def run(number):
        for k in range(ROUNDS):
            X, W = numbers((k * (number + 1)) % 13, 3, seed=k), numbers(3, 3, seed=number)
            assert agree(f(X, W), textbook(X, W))

    assert in_threads(run) == []


def test_outputs_that_are_reused_are_reused_by_their_own_thread_alone(restless):
    f = sg.function(*layer(), reuse_outputs=True)
    halfway = threading.Barrier(THREADS, timeout=60)

    def run(number):
        W = numbers(3, 3, seed=number)
        for k in range(ROUNDS):
            first, second = (numbers(4 + k % 2, 3, seed=k + number + j) for j in range(2))
            a, b = f(first, W), f(second, W)
            halfway.wait()  # every thread holds the results of two calls
            assert agree(a, textbook(first, W)) and agree(b, textbook(second, W))

    assert in_threads(run) == []


def test_outputs_that_are_reused_may_be_the_next_arguments_in_every_thread(restless):
    g = sg.Graph()
    x = g.input("x", "[n]")
    f = sg.function([x], [sg.tanh(x) * x + x, sg.exp(-x)], reuse_outputs=True)

    def run(number):
        a = b = numbers(5, seed=number) / 9
        for _ in range(8):
            a, decay = f(a)
            expected = np.tanh(b) * b + b, np.exp(-b)
            assert agree([a, decay], expected)
            b = expected[0]

    assert in_threads(run) == []


def test_the_memory_of_a_thread_ends_with_it():
    f = sg.function(*layer(), reuse_outputs=True)
    held = []
    in_threads(lambda k: held.append(weakref.ref(f(numbers(50 + k, 3), numbers(3, 3))[0])))
    gc.collect()
    assert len(held) == THREADS and not any(ref() is not None for ref in held)


def test_points_in_blocks(restless):
    x = sg.Graph().input("x", "[n]")
    f = sg.function([x], sg.sin(x) * sg.exp(-x * x) + sg.tanh(x))

    def run(number):
        for k in range(4):
            v = numbers(20_000 * (number + 1) + k, seed=number)
            np.testing.assert_allclose(f(v), np.sin(v) * np.exp(-v * v) + np.tanh(v), rtol=1e-12)

    assert in_threads(run) == []


@pytest.mark.parametrize("style", ["fast", "readable"])
def test_every_thread_overwrites_arguments_of_its_own(restless, style):
    (X, W), (_, loss, d_W) = layer()
    step = sg.function([X, W], loss, updates={W: W - 0.01 * d_W}, style=style)

    def run(number):
        x = numbers(3 + number % 2, 3, seed=number)
        own = numbers(3, 3, seed=number)
        expected = own.copy()
        for _ in range(ROUNDS):
            step(x, own)
            expected -= 0.01 * textbook(x, expected)[2]
        assert np.allclose(own, expected, rtol=1e-9)

    assert in_threads(run) == []


def test_functions_are_compiled_at_the_same_time():
    collecting = gc.isenabled()

    def run(number):
        for k in range(3):
            f = sg.function(*layer())
            X, W = numbers(4 + k, 3), numbers(3, 3, seed=number)
            assert agree(f(X, W), textbook(X, W))

    assert in_threads(run) == []
    assert gc.isenabled() == collecting


def work(f, X, W, results):
    results.put([np.asarray(r) for r in f(X, W)])


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.parametrize("options", [{}, {"reuse_outputs": True}, {"style": "readable"}])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_processes(options):
    f, fork = sg.function(*layer(), **options), multiprocessing.get_context("fork")
    X, W = numbers(4, 3), numbers(3, 3, seed=1)
    here = f(X, W)
    results = fork.SimpleQueue()
    started = [fork.Process(target=work, args=(f, k * X, W, results)) for k in range(3)]
    for process in started:
        process.start()
    found = [results.get() for _ in started]
    for process in started:
        process.join(60)
    assert all(any(agree(r, textbook(k * X, W)) for r in found) for k in range(3))
    assert agree(here, textbook(X, W)) and agree(f(2 * X, W), textbook(2 * X, W))
