"""A scalar expression of 200 operations, float64: at one point, and over 10⁶ points."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from .workload import Array, Workload

STEPS, POINTS, BLOCK = 20, 10**6, 2**14


def formula(m: Any, x: Any, y: Any) -> Any:
    """Ten operations a step: a root in each, and exp and sin in turn."""
    u, v = x, y
    for i in range(STEPS):
        a = u * x + v
        u = a / m.sqrt(1 + a * a)
        v = 0.5 * (v + (m.sin if i % 2 else m.exp)(u * y))
    return u


def textbook(x: Any, y: Any) -> list[Any]:
    """Each step forward, each step backward; at one point or at many."""
    u, v, tape = x, y, []
    for i in range(STEPS):
        a, before = u * x + v, u
        root = np.sqrt(1 + a**2)
        u = a / root
        w = u * y
        v = 0.5 * (v + (np.sin(w) if i % 2 else np.exp(w)))
        tape.append((before, u, root, w))
    value, du, dv, dx, dy = u, np.ones_like(x), np.zeros_like(x), 0.0, 0.0
    for i, (before, after, root, w) in reversed(list(enumerate(tape))):
        dv = 0.5 * dv
        dw = dv * (np.cos(w) if i % 2 else np.exp(w))
        dy = dy + dw * after
        da = (du + dw * y) / root**3
        dx = dx + da * before
        du, dv = da * x, dv + da
    return [value, dx + du, dy + dv]


def by_scalars(m: ModuleType) -> Callable[..., Callable[..., list[Any]]]:
    """On Python's floats, which are cheaper than NumPy's, with the functions of a module."""
    sin, cos, exp, sqrt = m.sin, m.cos, m.exp, math.sqrt

    def call(x: Any, y: Any) -> list[Any]:
        u, v, tape = (x := float(x)), (y := float(y)), []
        for i in range(STEPS):
            a, before = u * x + v, u
            s = 1 / sqrt(1 + a * a)
            u = a * s
            w = u * y
            f, slope = (float(sin(w)), float(cos(w))) if i % 2 else (e := float(exp(w)), e)
            v = 0.5 * (v + f)
            tape.append((before, u, s * s * s, slope))
        value, du, dv, dx, dy = u, 1.0, 0.0, 0.0, 0.0
        for before, after, cube, slope in reversed(tape):
            dv *= 0.5
            dw = dv * slope
            dy += dw * after
            da = (du + dw * y) * cube
            dx += da * before
            du, dv = da * x, dv + da
        return [value, dx + du, dy + dv]

    return lambda *_: call


def in_blocks(x: Array, y: Array) -> Callable[..., list[Any]]:
    """Blocks of points that stay in cache, every intermediate in a buffer."""
    size = min(BLOCK, len(x))
    steps = Steps(size)
    results = [np.empty_like(x) for _ in range(3)]

    def call(x: Array, y: Array) -> list[Any]:
        for start in range(0, len(x), size):
            part = slice(start, start + size)
            steps.run(x[part], y[part], *(r[part] for r in results))
        return results

    return call


class Steps:
    """The buffers of a block of points: each step keeps u, its slope 1/root³, and f'(w)/2."""

    def __init__(self, size: int) -> None:
        self.us, self.cubes, self.slopes = np.empty((3, STEPS + 1, size))
        self.work, self.one = np.empty((4, size)), np.ones(size)

    def run(self, x: Array, y: Array, value: Array, dx: Array, dy: Array) -> None:
        """Value and slopes of one block, which may be short."""
        n = len(x)
        us, cubes, slopes, one = self.us[:, :n], self.cubes[:, :n], self.slopes[:, :n], self.one[:n]
        v, du, dv, term = self.work[:, :n]
        us[0], v[...] = x, y
        for i in range(STEPS):
            forward(i % 2, x, y, us[i], us[i + 1], v, cubes[i], slopes[i], one, term)
        value[...], du[...], dv[...], dx[...], dy[...] = us[-1], 1, 0, 0, 0
        for i in reversed(range(STEPS)):
            backward(x, y, us[i], us[i + 1], cubes[i], slopes[i], du, dv, dx, dy, term)
        np.add(dx, du, dx)
        np.add(dy, dv, dy)


def forward(
    odd: int, x: Array, y: Array, u: Array, after: Array, v: Array,
    cube: Array, slope: Array, one: Array, term: Array,
) -> None:  # fmt: skip
    """One step."""
    np.multiply(u, x, after)
    np.add(after, v, after)
    np.multiply(after, after, cube)
    np.add(cube, one, cube)
    np.sqrt(cube, cube)
    np.divide(one, cube, cube)
    np.multiply(after, cube, after)
    np.multiply(cube, cube, slope)
    np.multiply(cube, slope, cube)
    np.multiply(after, y, slope)
    if odd:
        half(v, np.sin(slope, term))
        np.cos(slope, slope)
    else:
        np.exp(slope, slope)
        half(v, slope)


def half(v: Array, f: Array) -> None:
    """(v + f) / 2, in v."""
    np.add(v, f, v)
    np.multiply(v, 0.5, v)


def backward(
    x: Array, y: Array, u: Array, after: Array, cube: Array, slope: Array,
    du: Array, dv: Array, dx: Array, dy: Array, term: Array,
) -> None:  # fmt: skip
    """One step back."""
    np.multiply(dv, 0.5, dv)
    np.multiply(dv, slope, slope)
    np.multiply(slope, after, term)
    np.add(dy, term, dy)
    np.multiply(slope, y, slope)
    np.add(du, slope, du)
    np.multiply(du, cube, du)
    np.multiply(du, u, term)
    np.add(dx, term, dx)
    np.add(dv, du, dv)
    np.multiply(du, x, du)


def make_one() -> Workload:
    """At one point."""
    return Workload(
        name="scalar",
        title=f"{10 * STEPS} scalar operations at one point, float64",
        arguments={"x": np.float64(0.6), "y": np.float64(-0.4)},
        wrt=("x", "y"),
        formula=formula,
        textbook=textbook,
        tuned=by_scalars(np),
        extras={"math": by_scalars(math)},
    )


def make_many(points: int = POINTS) -> Workload:
    """Over many points."""
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, points))
    return Workload(
        name="points",
        title=f"{10 * STEPS} operations over {points:,} points, float64",
        arguments={"x": x, "y": y},
        wrt=("x", "y"),
        formula=formula,
        textbook=textbook,
        tuned=in_blocks,
        kind="points",
        specs={"x": "[n]", "y": "[n]"},
    )
