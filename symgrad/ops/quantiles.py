"""Order statistics: medians, quantiles, percentiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.dims import product
from ..graph.graph import Expr
from . import typing as t
from .composites import lifted
from .indexing import take
from .leaves import astype
from .op import Op, case, op
from .operands import lift
from .ordering import sort
from .rounding import floor
from .selection import isnan, minimum, where
from .shapes import expand_dims, reshape, transpose


def _in_a_row(x: Expr, axes: t.Axes) -> Expr:
    """The axes laid end to end as one last axis."""
    kept = [i for i in range(x.ndim) if i not in axes]
    moved = transpose(x, (*kept, *axes))
    return reshape(moved, (*(x.shape[i] for i in kept), product(x.shape[i] for i in axes)))


def _between(x: Expr, q: float) -> Expr:
    """Of sorted values, nan last, the one at the fraction q of the way, linearly in between."""
    count = x.shape[-1]
    if count == 0:
        raise ShapeError("there are no values")
    place = (lift(x.graph, count) - 1) * q if not isinstance(count, int) else (count - 1) * q
    if isinstance(place, Expr):
        below = astype(floor(place), "int64")
        low, high = take(x, below, -1), take(x, minimum(below + 1, lift(x.graph, count) - 1), -1)
        part = astype(place - floor(place), x.dtype)
        found = low + (high - low) * part
    else:
        at, rest = divmod(place, 1)
        low = x[..., int(at)]
        found = low + (x[..., int(at) + 1] - low) * rest if rest else low
    last = x[..., -1]
    return where(isnan(last), last, found)


def _call_quantile(self: Op, x: Any, q: Any, axis: Any = None, keepdims: Any = False) -> Expr:
    """Sorted, and read off."""
    (x,) = lifted(self, x)
    if not isinstance(q, int | float | np.integer | np.floating) or not 0 <= q <= 1:
        raise DTypeError(f"{self}: the fraction is one number from 0 to 1, not {q!r:.40}")
    x = x if x.type.is_floating else astype(x, "float64")
    axes = t.axes_of(axis, x.ndim)
    y = _between(sort(_in_a_row(x, axes), -1), float(q))
    return expand_dims(y, axes) if keepdims and axes else y


def _row(signature: str, doc: str, call: Callable[..., Expr], meaning: Any, **q: Any) -> Op:
    return op(
        signature,
        doc,
        call=call,
        meaning=meaning,
        cases=[
            case("[4]", **q),
            case("[5]", **q),
            case("[3, 4]", axis=0, **q),
            case("[2, 3]", axis=-1, keepdims=True, **q),
            case("[2, 3, 2]", axis=(0, 2), **q),
        ],
    )


quantile = _row(
    "quantile(x; q, axis=None, keepdims=False)",
    """The value that a fraction q of all lies below, linear between neighbors.""",
    _call_quantile,
    lambda x, q, **params: _read_off(x, q, **params),
    q=0.3,
)
median = _row(
    "median(x; axis=None, keepdims=False)",
    """The value in the middle, or the mean of the two there.""",
    lambda self, x, axis=None, keepdims=False: quantile(x, 0.5, axis, keepdims),
    np.median,
)
percentile = _row(
    "percentile(x; q, axis=None, keepdims=False)",
    """The value that q percent of all lie below, linear between neighbors.""",
    lambda self, x, q, axis=None, keepdims=False: quantile(
        x, q / 100 if isinstance(q, int | float) else q, axis, keepdims
    ),
    lambda x, q, **params: _read_off(x, q / 100, **params),
    q=70,
)


def _read_off(x: Any, q: float, axis: Any = None, keepdims: bool = False) -> Any:
    """The meaning, which NumPy has for real numbers only: a weighted sum of neighbors in order."""
    axes = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis) % x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    rows = np.sort(np.transpose(x, (*rest, *axes)).reshape(*(x.shape[i] for i in rest), -1))
    at = q * (rows.shape[-1] - 1)
    weights = np.maximum(1 - np.abs(np.arange(rows.shape[-1]) - at), 0)
    found = rows @ weights.astype(x.dtype)
    return np.expand_dims(found, axes) if keepdims else found
