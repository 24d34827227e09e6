"""1,000 steps of recurrent networks, unrolled, against back-propagation through time by hand.

Deep Learning, sections 10.2.2 (back-propagation through time) and 10.10.2 (gated units).
"""

from __future__ import annotations

import time

import numpy as np
import pytest

import symgrad as sg

STEPS, WIDTH, INPUTS = 1000, 8, 3
SECONDS = 20.0  # of one processor; all stages take 2 (gated: 6) of them
TOLERANCE = {"float64": 1e-10, "float32": 2e-4}


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def plain(xp, h, x, W, U, b):
    return xp.tanh(W @ h + U @ x + b)


def gated(xp, h, x, W, U, b):
    """A gated recurrent unit: the gates' and the candidate's weights are stacked in W, U and b."""
    u = 1 / (1 + xp.exp(-(W[0] @ h + U[0] @ x + b[0])))
    r = 1 / (1 + xp.exp(-(W[1] @ h + U[1] @ x + b[1])))
    c = xp.tanh(W[2] @ (r * h) + U[2] @ x + b[2])
    return u * h + (1 - u) * c


def unrolled(xp, step, X, Y, h, *parameters):
    """Half the mean squared distance of the states to targets."""
    loss = 0.0
    for t in range(STEPS):
        h = step(xp, h, X[t], *parameters)
        loss = loss + ((h - Y[t]) ** 2).sum()
    return loss / (2 * STEPS)


def back_through_plain(X, Y, h, W, U, b):
    """The loss and its gradients toward h, W, U and b."""
    states = [h]
    for x in X:
        states.append(np.tanh(W @ states[-1] + U @ x + b))
    d_h, grads = np.zeros_like(h), [np.zeros_like(p) for p in (W, U, b)]
    for t in reversed(range(STEPS)):
        d_h = d_h + (states[t + 1] - Y[t]) / STEPS
        d_a = d_h * (1 - states[t + 1] ** 2)
        for total, share in zip(
            grads, (np.outer(d_a, states[t]), np.outer(d_a, X[t]), d_a), strict=True
        ):
            total += share
        d_h = W.T @ d_a
    return [np.sum((np.array(states[1:]) - Y) ** 2) / (2 * STEPS), d_h, *grads]


def back_through_gated(X, Y, h, W, U, b):
    """The loss and its gradients toward h, W, U and b."""
    states, gates = [h], []
    for x in X:
        h = states[-1]
        u, r = (sigmoid(W[k] @ h + U[k] @ x + b[k]) for k in (0, 1))
        c = np.tanh(W[2] @ (r * h) + U[2] @ x + b[2])
        gates.append((u, r, c))
        states.append(u * h + (1 - u) * c)
    d_h, grads = np.zeros_like(h), [np.zeros_like(p) for p in (W, U, b)]
    for t in reversed(range(STEPS)):
        h, (u, r, c) = states[t], gates[t]
        d_h = d_h + (states[t + 1] - Y[t]) / STEPS
        d_c = d_h * (1 - u) * (1 - c**2)
        d_rh = W[2].T @ d_c
        d_u, d_r = d_h * (h - c) * u * (1 - u), d_rh * h * r * (1 - r)
        for k, (d_a, read) in enumerate([(d_u, h), (d_r, h), (d_c, r * h)]):
            grads[0][k] += np.outer(d_a, read)
            grads[1][k] += np.outer(d_a, X[t])
            grads[2][k] += d_a
        d_h = d_h * u + d_rh * r + W[0].T @ d_u + W[1].T @ d_r
    return [np.sum((np.array(states[1:]) - Y) ** 2) / (2 * STEPS), d_h, *grads]


def arguments(stack):
    """X, Y, the first state, W, U and b, the weights of a radius below 1."""
    rng = np.random.default_rng(0)
    W = rng.normal(size=(*stack, WIDTH, WIDTH)) / np.sqrt(WIDTH) * 0.8
    U = rng.normal(size=(*stack, WIDTH, INPUTS))
    b = rng.normal(size=(*stack, WIDTH)) * 0.1
    X, Y = rng.normal(size=(STEPS, INPUTS)), rng.uniform(-1, 1, (STEPS, WIDTH))
    return [X, Y, rng.normal(size=WIDTH), W, U, b]


NETWORKS = {"plain": (plain, back_through_plain, ()), "gated": (gated, back_through_gated, (3,))}


def by_expressions(step, inputs):
    return unrolled(sg, step, *inputs)


def by_tracing(step, inputs):
    types = [x.type for x in inputs]
    return sg.trace(lambda *arrays: unrolled(np, step, *arrays), *types)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, build, dtype",
    [
        ("plain", by_expressions, "float64"),
        ("plain", by_expressions, "float32"),
        ("plain", by_tracing, "float64"),
        ("gated", by_expressions, "float64"),
        ("gated", by_tracing, "float32"),
    ],
)
def test_a_thousand_steps(name, build, dtype, record_property):
    step, by_hand, stack = NETWORKS[name]
    values = [v.astype(dtype) for v in arguments(stack)]
    start = time.process_time()
    g = sg.Graph()
    inputs = [g.input(n, v) for n, v in zip(("X", "Y", "h", "W", "U", "b"), values, strict=True)]
    loss = build(step, inputs)
    wrt = list(loss.graph.inputs.values())
    f = sg.function(wrt, [loss, *sg.grad(loss, wrt[2:])])
    found = f(*values)
    seconds = time.process_time() - start
    record_property("seconds", seconds)
    assert seconds < SECONDS
    expected = by_hand(*(v.astype(float) for v in values))
    for got, wanted in zip(found, expected, strict=True):
        assert got.dtype == dtype
        error = np.max(np.abs(got - wanted)) / np.max(np.abs(wanted))
        assert error < TOLERANCE[dtype]


def test_the_gradient_by_hand_is_the_difference_quotient():
    """The oracle itself, along a direction."""
    for step, by_hand, stack in NETWORKS.values():
        values = arguments(stack)
        rng = np.random.default_rng(1)
        directions = [rng.normal(size=v.shape) for v in values[2:]]
        _, *grads = by_hand(*values)
        along = sum(np.sum(g * d) for g, d in zip(grads, directions, strict=True))
        ends = [
            unrolled(
                np,
                step,
                *values[:2],
                *(v + s * 1e-6 * d for v, d in zip(values[2:], directions, strict=True)),
            )
            for s in (1, -1)
        ]
        assert along == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)
