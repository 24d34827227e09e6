"""Products, averages, variances, and reductions that leave out nan."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import at_least, product
from ..graph.graph import Expr
from ..graph.types import Type
from . import batching
from . import typing as t
from .composites import lifted
from .counts import per_operand
from .indexing import reversed_along
from .op import Op, case, op
from .operands import lift
from .reductions import CASES, all_, max_, mean, min_, sum_, with_axes
from .scans import cumprod, shift
from .selection import equal, isnan, logical_not, where
from .shapes import expand_dims, reshape, transpose

# Products.


def _others(x: Expr, axis: int) -> Expr:
    """For each element, the product of all others along an axis; no division, which fails at 0."""
    before = cumprod(shift(x, axis, 1.0), axis)
    behind = cumprod(shift(reversed_along(x, axis), axis, 1.0), axis)
    return before * reversed_along(behind, axis)


def _others_over(x: Expr, axes: t.Axes) -> Expr:
    """The same over several axes, laid end to end as one last axis."""
    if len(axes) == 1:
        return _others(x, axes[0])
    kept = [i for i in range(x.ndim) if i not in axes]
    order = (*kept, *axes)
    moved = transpose(x, order)
    flat = reshape(moved, (*(x.shape[i] for i in kept), product(x.shape[i] for i in axes)))
    others = reshape(_others(flat, len(kept)), moved.shape)
    return transpose(others, tuple(order.index(i) for i in range(x.ndim)))


def _toward_factors(g: Expr, y: Expr, x: Expr, axis: t.Axes | None, keepdims: bool) -> Expr:
    axes = t.axes_of(axis, x.ndim)
    return with_axes(g, x, axis, keepdims) * _others_over(x, axes) if axes else g


prod = op(
    "prod(x; axis=None, keepdims=False)",
    """Product over axes.""",
    batch=batching.along_axes,
    type=t.counted,
    prepare=t.reduced_axes,
    vjp=[_toward_factors],
    lazy="operand",
    flops=per_operand(),
    cases=CASES,
)


# Moments.


def _call_average(
    self: Op, x: Any, axis: Any = None, weights: Any = None, keepdims: Any = False
) -> Expr:
    """With weights, a sum of products over a sum."""
    if weights is None:
        return mean(x, axis, keepdims)
    x, w = lifted(self, x, weights)
    if w.shape == x.shape:
        return sum_(x * w, axis, keepdims) / sum_(w, axis, keepdims)
    return sum_(x * _weights_along(x, w, axis), axis, keepdims) / sum_(w)


def _weights_along(x: Expr, w: Expr, axis: Any) -> Expr:
    """Weights of the axes averaged over, in the order given, with axes of size 1 between."""
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    axes = () if axis is None else tuple(t.one_axis(a, x.ndim) for a in axes)
    if w.shape != tuple(x.shape[i] for i in axes):
        raise ShapeError(
            f"the weights of {x.label} are {w.label}",
            how="Give weights of the same shape, or of the shape of the axes averaged over.",
        )
    w = transpose(w, tuple(axes.index(i) for i in sorted(axes)))
    return expand_dims(w, tuple(i for i in range(x.ndim) if i not in axes))


average = op(
    "average(x; axis=None, weights=None, keepdims=False)",
    """Mean over axes, weighted.""",
    call=_call_average,
    meaning=lambda x, **params: np.average(x, **params),
    cases=[case("[4]"), case("[2, 3]", axis=1, keepdims=True)],
)


def _moment_parameters(
    x: Type, axis: Any, ddof: Any, keepdims: Any, correction: Any
) -> dict[str, Any]:
    number = t.number(ddof, "ddof")
    given = {**t.reduced_axes(x, axis, keepdims), "correction": None}
    return {**given, "ddof": int(number) if number.is_integer() else number}


def _call_moment(self: Op, x: Any, axis: Any, ddof: Any, keepdims: Any, correction: Any) -> Expr:
    """The array API's name of ddof is taken too."""
    if correction is not None and ddof:
        raise self.misused("ddof and correction are two names of one number")
    return self.append_node(x, axis, ddof if correction is None else correction, keepdims)


def _degrees(x: Expr, axis: t.Axes | None, ddof: float) -> Expr:
    """What the squares are divided by; at least 1, so that code may divide by it."""
    size = product(x.shape[i] for i in t.axes_of(axis, x.ndim))
    if isinstance(ddof, int):
        return lift(x.graph, at_least(size - ddof, 1))
    return lift(x.graph, size) - ddof


def _toward_variance(
    g: Expr, y: Expr, x: Expr, axis: t.Axes | None, ddof: float, keepdims: bool, **_: Any
) -> Expr:
    return _of_deviations(g * (2.0 / _degrees(x, axis, ddof)), x, axis, keepdims)


def _toward_deviation(
    g: Expr, y: Expr, x: Expr, axis: t.Axes | None, ddof: float, keepdims: bool, **_: Any
) -> Expr:
    scale = g / (where(equal(y, 0), 1.0, y) * _degrees(x, axis, ddof))
    return _of_deviations(scale, x, axis, keepdims)


def _of_deviations(scale: Expr, x: Expr, axis: t.Axes | None, keepdims: bool) -> Expr:
    """A multiple of x less its mean, whose rounding is taken off: equal elements get 0."""
    deviation = x - mean(x, axis, keepdims=True)
    deviation = deviation - mean(deviation, axis, keepdims=True)
    return with_axes(scale, x, axis, keepdims) * deviation


def _variance(
    x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False, correction: Any = None
) -> Any:
    """The meaning, without the absolute values that NumPy takes of complex numbers."""
    d = x - x.mean(axis=axis, keepdims=True)
    count = np.ones(x.shape).sum(axis=axis, keepdims=keepdims)
    return (d * d).sum(axis=axis, keepdims=keepdims) / (
        count - (ddof if correction is None else correction)
    )


def _moment(name: str, sentence: str, vjp: Any, meaning: Any, **columns: Any) -> Op:
    return op(
        f"{name}(x; axis=None, ddof=0, keepdims=False, correction=None)",
        sentence,
        call=_call_moment,
        batch=batching.reduced,
        type=lambda x, axis, keepdims, **_: t.averaged(x, axis, keepdims),
        floating=True,
        prepare=_moment_parameters,
        vjp=[vjp],
        lazy="operand",
        meaning=meaning,
        cases=[*CASES[:-1], case("[2, 4]", axis=1, ddof=1), case("[3]", correction=0.5)],
        **columns,
    )


var = _moment(
    "var",
    "Variance over axes, the squares divided by their number less ddof.",
    _toward_variance,
    _variance,
    flops=per_operand(4, 2),
)
std = _moment(
    "std",
    "Standard deviation over axes: the root of the variance.",
    _toward_deviation,
    lambda x, **params: np.sqrt(_variance(x, **params)),
    flops=per_operand(4, 7),
    helper='''
def std(x, axis=None, ddof=0, keepdims=False):
    """np.std(x), as a scaled norm where the squares are beyond all numbers."""
    total = np.add.reduce(x, axis=axis, keepdims=True)
    n = x.size // max(total.size, 1)
    free = max(n - ddof, 0)
    squares = x - total / n
    with np.errstate(over="ignore"):
        squares *= squares
        y = np.add.reduce(squares, axis=axis, keepdims=keepdims)
    low = 1e-290 if x.dtype == np.float64 else 1e-30
    if ((y > low) & (y < np.inf)).all() or x.size <= y.size:
        return np.sqrt(y / free)
    return vector_norm(x - total / n, axis, keepdims) / free**0.5
''',
    kinks="0 where all elements are equal",
)


# Without nan.


def _cleaned(self: Op, x: Any, fill: float = 0.0) -> Expr:
    """The operand with a number in the place of nan; integers have none."""
    (node,) = lifted(self, x)
    return where(isnan(node), fill, node) if node.type.is_floating else node


def _call_nanmean(self: Op, x: Any, axis: Any, keepdims: Any) -> Expr:
    """The sum over the number of numbers."""
    (node,) = lifted(self, x)
    if not node.type.is_floating:
        return mean(node, axis, keepdims)
    count = sum_(logical_not(isnan(node)), axis, keepdims)
    return sum_(_cleaned(self, node), axis, keepdims) / count


def _call_nanmax(self: Op, x: Any, axis: Any, keepdims: Any) -> Expr:
    """The extreme of the numbers; nan where there is none."""
    reduce, fill = (max_, -inf) if self == "nanmax" else (min_, inf)
    y = reduce(_cleaned(self, x, fill), axis=axis, keepdims=keepdims)
    if not y.type.is_floating:
        return y
    return where(all_(isnan(x), axis=axis, keepdims=keepdims), nan, y)


def _nan_losing(name: str, sentence: str, call: Any, meaning: Any, **columns: Any) -> Op:
    return op(
        f"{name}(x; axis=None, keepdims=False)",
        sentence,
        call=call,
        meaning=meaning,
        cases=[case("[4]"), case("[3, 4]", axis=0), case("[3, 4]", axis=1, keepdims=True)],
        **columns,
    )


nansum = _nan_losing(
    "nansum",
    "Sum over axes, of what is not nan.",
    lambda self, x, axis, keepdims: sum_(_cleaned(self, x), axis, keepdims),
    np.nansum,
)
nanmean = _nan_losing("nanmean", "Mean over axes, of what is not nan.", _call_nanmean, np.nanmean)
nanmax = _nan_losing(
    "nanmax",
    "Largest element over axes that is not nan.",
    _call_nanmax,
    np.max,
    kinks="equal shares at ties",
)
nanmin = _nan_losing(
    "nanmin",
    "Smallest element over axes that is not nan.",
    _call_nanmax,
    np.min,
    kinks="equal shares at ties",
)
