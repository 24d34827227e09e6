"""Differences of neighbors, and areas under points."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.graph import Expr
from ..graph.types import BOOL
from . import typing as t
from .arithmetic import subtract
from .composites import lifted
from .indexing import along
from .op import Op, case, op
from .operands import find_graph, lift
from .reductions import sum_
from .selection import not_equal
from .shapes import expand_dims

_MOST_DIFFERENCES = 1000


def _call_diff(self: Op, x: Any, n: Any, axis: Any) -> Expr:
    """n times the difference of two slices."""
    (y,) = lifted(self, x)
    along_ = t.one_axis(axis, y.ndim)
    if not isinstance(n, int | np.integer) or not 0 <= n <= _MOST_DIFFERENCES:
        raise self.misused(f"n is how many times, up to {_MOST_DIFFERENCES}, not {n!r:.40}")
    minus = not_equal if y.dtype == BOOL else subtract
    for _ in range(n):
        y = minus(along(y, along_, slice(1, None)), along(y, along_, slice(None, -1)))
    return y


diff = op(
    "diff(x; n=1, axis=-1)",
    """Differences of neighbors along an axis, n times.""",
    call=_call_diff,
    cases=[case("[4]"), case("[3, 4]", axis=0), case("[2, 5]", n=2), case("[3]", n=0)],
)


def _call_trapezoid(self: Op, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Expr:
    graph = find_graph([y, x, dx], self)
    y, axis = lift(graph, y), t.one_axis(axis, lift(graph, y).ndim)
    means = (along(y, axis, slice(1, None)) + along(y, axis, slice(None, -1))) / 2
    if x is None:
        return sum_(means, axis) * dx if dx != 1 else sum_(means, axis)
    x = lift(graph, x)
    if x.ndim == 1 and axis < y.ndim - 1:
        return sum_(means * expand_dims(diff(x), tuple(range(1, y.ndim - axis))), axis)
    return sum_(means * diff(x, axis=axis if x.ndim == y.ndim else -1), axis)


trapezoid = op(
    "trapezoid(y, x=None; dx=1.0, axis=-1)",
    """Area under y along an axis, by the trapezoidal rule.""",
    call=_call_trapezoid,
    cases=[
        case("[4]"),
        case("[4]", "[4]"),
        case("[3, 4]", axis=0, dx=0.5),
        case("[2, 3, 4]", "[3]", axis=1),
        case("[3, 4]", "[3, 4]", axis=0),
    ],
)
