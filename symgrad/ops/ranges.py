"""Arrays made of nothing: arange, linspace, eye, identity, tri."""

from __future__ import annotations

from math import ceil, isfinite
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import Dim, at_least, floordiv
from ..graph.graph import Expr, Graph
from ..graph.types import Type, as_dtype
from . import construction
from .construction import check_count, check_numbers, iota, maker, shown, sizes_in
from .op import Op
from .operands import lift
from .selection import equal, greater_equal, where
from .shapes import expand_dims
from .typing import whole


@maker
def arange(graph: Graph, start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Expr:
    """Numbers from start by steps, below stop; of named sizes, integers only."""
    start, stop = (0, start) if stop is None else (start, stop)
    check_numbers(graph, start=start, stop=stop, step=step)
    if step == 0:
        raise ShapeError("the step of a range can not be 0")
    if any(isinstance(v, float | np.floating) for v in (start, stop, step)):
        return _floats(graph, start, stop, step, dtype)
    if isinstance(step, Dim):
        raise ShapeError(f"the step of a range is an integer, not {step}")
    step = whole(step, "step")
    length = stop - start if step > 0 else start - stop
    y = iota(graph, at_least(floordiv(length + (abs(step) - 1), abs(step)), 0))
    y = y if step == 1 else y * step
    y = y if isinstance(start, int | np.integer) and start == 0 else y + start
    return y if dtype is None or y.dtype == as_dtype(dtype) else y.astype(dtype)


def _floats(graph: Graph, start: Any, stop: Any, step: Any, dtype: Any) -> Expr:
    """A range of floats, as a constant."""
    if any(isinstance(v, Dim) for v in (start, stop, step)):
        raise ShapeError(
            "a range up to a named size is of integers", how="Scale it: arange(n) * 0.1."
        )
    count = (stop - start) / step
    if not isfinite(count):
        raise ShapeError(f"a range from {start} to {stop} by {step} has no end")
    check_count(ceil(count), "arange")
    return _constant(graph, np.arange(start, stop, step), dtype)


def _constant(graph: Graph, array: Any, dtype: Any = None) -> Expr:
    """A constant; of floats and no dtype, it adopts that of what it meets."""
    if dtype is not None:
        return graph.constant(array.astype(as_dtype(dtype)))
    return graph.typed_constant(array, Type(array.dtype, array.shape, array.dtype.kind == "f"))


@maker
def linspace(
    graph: Graph, start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None
) -> Expr:
    """So many numbers from start to stop, at equal distances; the ends may be expressions."""
    if not isinstance(num, int | np.integer) or num < 0:
        raise ShapeError(f"num is how many numbers, known now, not {shown(num)}")
    check_count(int(num), "linspace")
    if not isinstance(start, Expr) and not isinstance(stop, Expr):
        check_numbers(graph, start=start, stop=stop)
        if not isinstance(start, Dim) and not isinstance(stop, Dim):
            return _constant(graph, np.linspace(start, stop, int(num), bool(endpoint)), dtype)
    start, stop = lift(graph, start), lift(graph, stop)
    share = _constant(graph, np.linspace(0.0, 1.0, int(num), bool(endpoint)))
    share = expand_dims(share, tuple(range(1, 1 + max(start.ndim, stop.ndim))))
    y: Expr = start * (1.0 - share) + stop * share
    return y if dtype is None else y.astype(dtype)


# Matrices.


def _banded(graph: Graph, rows: Any, columns: Any, k: Any, dtype: Any, holds: Op) -> Expr:
    """1 where a comparison of i + k and j holds."""
    n, m = sizes_in(graph, (rows, rows if columns is None else columns))
    i, j = expand_dims(iota(graph, n), 1), iota(graph, m)
    k = whole(k, "k")
    mask = holds(i + k if k else i, j)
    return where(mask, 1.0, 0.0) if dtype is None else mask.astype(dtype)


@maker
def eye(graph: Graph, N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Expr:
    """The identity matrix, or a diagonal of ones, k above the main one, of N rows and M columns."""
    (size,) = sizes_in(graph, (N,))
    if whole(k, "k") == 0 and (M is None or sizes_in(graph, (M,)) == (size,)):
        return construction.identity(graph, size, dtype)
    return _banded(graph, N, M, k, dtype, equal)


@maker
def tri(graph: Graph, N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Expr:
    """Ones on and below a diagonal, k above the main one, of N rows and M columns."""
    return _banded(graph, N, M, k, dtype, greater_equal)


@maker
def identity(graph: Graph, n: Any, dtype: Any = None) -> Expr:
    """The identity matrix of n rows and columns."""
    (size,) = sizes_in(graph, (n,))
    return construction.identity(graph, size, dtype)
