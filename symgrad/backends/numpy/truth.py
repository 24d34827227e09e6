"""What nodes are at a point, in float64 and with more digits, and how far results are from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ...graph.graph import Expr
from .drawing import Point, drawn, work
from .extended import Extended, Unsupported, context
from .plain import Rounded, Values, Wide, run

FAILURES = (LookupError, ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError)
"""What NumPy raises where values or sizes do not fit."""

_MOST = 30_000  # work of an evaluation with more digits
ALL_DIGITS = 1000
"""They hold the sum of the largest and the smallest of float64, and of a step still smaller."""
_MOVES = 5  # evaluations with rounding errors
_UNSTEADY, _LOST = 8, 1e4
"""Times the largest deviation of these: where digits are left, and where none is.

Of normal deviates one in 17,000 is more than 8 times the largest of five others. Where no digit is
left they may be those near a pole, distributed as Cauchy's: one in 50,000 is 10,000 times as large.
"""
_SMALL = 1e-3  # entries below this share of the largest are compared with that share


class Truth:
    """The values of nodes at one point, each computed when it is asked for."""

    def __init__(self, nodes: Sequence[Expr], point: Point) -> None:
        self.nodes = sorted({n.id: n for n in nodes}.values(), key=lambda n: n.id)
        self.point = point
        self._runs: dict[Any, list[Values]] = {}

    @cached_property
    def is_known(self) -> bool:
        """Whether the formula can be evaluated here at all."""
        try:
            return bool(self.wide)
        except FAILURES:
            return False

    @cached_property
    def wide(self) -> Values:
        """All values in float64, but those that read a stand-in."""
        return self._run(Wide(), KeyError)

    @cached_property
    def exact(self) -> Values:
        """The values that can be had with more digits; none if that is much work."""
        sizes = self.point.sizes
        if work(self.nodes, sizes) > _MOST or drawn(self.nodes, sizes) > 10 * _MOST:
            return {}
        return self._run(Extended(), KeyError, Unsupported)

    @cached_property
    def exactest(self) -> Values:
        """The same with `ALL_DIGITS`."""
        with context().workdps(ALL_DIGITS):
            return self._run(Extended(), KeyError, Unsupported) if self.exact else {}

    def rounding(self, node: Expr, dtype: Any) -> np.ndarray[Any, Any]:
        """How far off rounding errors leave each entry; inf where they leave the dtype's range.

        The formula is computed as it stands with errors in every step, and in the arguments.
        """
        plain = np.asarray(self.wide[node.id]) * 1.0
        runs = [np.asarray(run[node.id]) for run in self._rounded(dtype) if node.id in run]
        off = [np.full(plain.shape, np.nan)]
        with np.errstate(all="ignore"):
            off += [np.abs(r - plain) for r in runs if r.shape == plain.shape]
            worst = np.fmax.reduce([np.where(np.isfinite(x), x, np.nan) for x in off])
            worst *= np.where(worst > 0.1 * np.abs(plain), _LOST, _UNSTEADY)
        return np.where(np.isnan(worst), np.inf, worst)

    def _rounded(self, dtype: Any) -> list[Values]:
        """All values, with rounding errors."""
        if dtype not in self._runs:
            found = [self._run(Rounded(dtype, seed), *FAILURES) for seed in range(_MOVES)]
            self._runs[dtype] = found
        return self._runs[dtype]

    def _run(self, by: Wide, *skipped: type[Exception]) -> Values:
        known = {i: by.given(v) for i, v in self.point.values.items()}
        return run(self.nodes, known, self.point.sizes, by, skipped)


def are_finite(value: Any) -> Any:
    """Where numbers are finite; True of others."""
    array = np.asarray(value)
    return np.isfinite(array) if array.dtype.kind == "f" else np.ones(array.shape, bool)


def worst_error(found: Any, expected: Any) -> float:
    """The worst relative error; inf for another shape, or what is finite in one alone."""
    if found.shape != expected.shape:
        return float("inf")
    if found.dtype.kind != "f":
        return 0.0 if np.array_equal(found, expected) else float("inf")
    with np.errstate(all="ignore"):
        expected = expected.astype(found.dtype).astype(np.float64)
        largest = float(np.max(np.abs(expected), initial=0.0))
        off = distances(found, expected)
        error = np.where(off == 0, 0.0, off / np.maximum(np.abs(expected), _SMALL * largest))
    return float(np.max(np.where(np.isnan(error), np.inf, error), initial=0.0))


def distances(found: Any, expected: Any) -> Any:
    """How far off each entry is; inf for what is finite in one alone."""
    with np.errstate(all="ignore"):
        off = np.abs(found.astype(np.float64) - expected)
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))


def is_right(found: Any, expected: Any, limit: float) -> bool:
    """Whether each entry is, relative to itself."""
    if found.shape != expected.shape:
        return False
    return bool(np.all(distances(found, expected.astype(found.dtype)) <= limit * np.abs(expected)))


def worst_place(found: Any, expected: Any) -> tuple[int, ...]:
    """The entry that is off most; () of numbers and of another shape."""
    if found.shape != expected.shape or not found.ndim:
        return ()
    off = distances(found, expected.astype(np.float64))
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))
