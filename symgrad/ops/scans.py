"""Cumulative sums, products and extremes, and linear recurrences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.graph import Expr, operations
from ..graph.types import INT64, Type, broadcast
from . import typing as t
from .batching import Ranks, aligned
from .composites import lifted
from .elementary import exp
from .indexing import along, embed, reversed_along
from .indices import at_axis
from .literals import number_text
from .op import Op, case, op
from .selection import equal, greater, less, where
from .shapes import expand_dims, reshape


def canonical_axis(x: Type, axis: Any, **params: Any) -> dict[str, Any]:
    """Canonical parameters of an operation along one axis; of a vector, None is that."""
    return {"axis": 0 if axis is None and x.ndim == 1 else t.one_axis(axis, x.ndim), **params}


def call_flat(self: Op, x: Any, axis: Any) -> Expr:
    """Along no axis: of all elements, in their order."""
    (node,) = lifted(self, x)
    if axis is None and node.ndim != 1:
        node = reshape(node, (node.size,))
    return self.append_node(node, axis)


def batch_along(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """The one axis moves up by one; operands that are not batched get a batch of size 1."""
    operands = [
        expand_dims(x, 0) if r is None and x.ndim == node.ndim else aligned(x, r, node.ndim)
        for x, r in zip(args, ranks, strict=True)
    ]
    return operations[node.op].on(operands, {**node.params, "axis": node.params["axis"] + 1})


def emitted(function: str, rest: str = "", last: bool = False) -> Callable[..., str]:
    """A call of NumPy; the axis is left out where it is the only one, or the last by default."""

    def emit(node: Expr, x: str) -> str:
        axis = node.params["axis"]
        usual = axis == node.ndim - 1 if last else node.ndim == 1
        return f"{function}({x}{'' if usual else f', axis={axis}'}{rest})"

    return emit


# Cumulative operations: element k of the result is made of the elements 0 to k.


def _scan(name: str, sentence: str, function: str, vjp: Any, **columns: Any) -> Op:
    """A row of a cumulative operation."""
    return op(
        f"{name}(x; axis=None)",
        sentence,
        call=call_flat,
        batch=batch_along,
        prepare=canonical_axis,
        vjp=[vjp],
        flops=1,
        numpy=emitted(function),
        cases=[case("[4]"), case("[3, 4]", axis=0), case("[2, 3, 4]", axis=-2), case("[2, 3]")],
        **columns,
    )


def _counted(x: Type, axis: int) -> Type:
    """Bools and short integers are added up in int64."""
    return t.floating_or(INT64, x)


cumsum: Op = _scan(
    "cumsum",
    "Cumulative sum along an axis; of all elements without one.",
    "np.cumsum",
    lambda g, y, x, axis: reversed_along(cumsum(reversed_along(g, axis), axis), axis),
    type=_counted,
    aliases=["cumulative_sum"],
)

cumprod: Op = _scan(
    "cumprod",
    "Cumulative product along an axis; of all elements without one.",
    "np.cumprod",
    # Not the quotient y / x, which has no value at zeros.
    lambda g, y, x, axis: shift(y, axis, 1.0) * linear_recurrence(x, g, axis, True),
    type=_counted,
    aliases=["cumulative_prod"],
)


def _extreme_cotangent(record: Op, least: float) -> Callable[..., Expr]:
    """To each new extreme, the cotangents of the places where it holds."""

    def rule(g: Expr, y: Expr, x: Expr, axis: int) -> Expr:
        new = record(x, shift(y, axis, least))
        return new * linear_recurrence(~new, g, axis, True)

    return rule


def _cumulative(function: Any) -> Callable[..., Any]:
    """The meaning of a scan: NumPy's function, of all elements without an axis."""
    return lambda x, axis=None: function(x.ravel() if axis is None else x, axis=axis or 0)


def _extreme_so_far(name: str, kind: str, element: str, record: Op, least: float) -> Op:
    return _scan(
        name,
        f"Cumulative {kind}, the {element} so far, along an axis; of all elements without one.",
        f"np.{kind}.accumulate",
        _extreme_cotangent(record, least),
        type=lambda x, axis: x,
        meaning=_cumulative(getattr(np, kind).accumulate),
        kinks="all to the first of equal elements",
    )


cummax = _extreme_so_far("cummax", "maximum", "largest element", greater, -np.inf)
cummin = _extreme_so_far("cummin", "minimum", "smallest element", less, np.inf)


def _log_cotangent(g: Expr, y: Expr, x: Expr, axis: int) -> Expr:
    """With the share w of the newest term, w[i] Σ g[k] (1 - w[i+1]) ... (1 - w[k]), k from i on."""
    newest = exp(x - where(equal(y, -np.inf), 0.0, y))
    return newest * linear_recurrence(1 - newest, g, axis, True)


logcumsumexp = _scan(
    "logcumsumexp",
    "log(cumsum(exp(x))) along an axis, without overflow; of all elements without one.",
    "np.logaddexp.accumulate",
    _log_cotangent,
    transcendentals=1,
    type=t.floating,
    meaning=lambda x, axis=None: np.log(np.cumsum(np.exp(x), axis)),
)


shift: Op = op(
    "shift(x; axis=-1, fill=0.0)",
    """x one place further along an axis: the first place is filled, the last element lost.""",
    batch=batch_along,
    type=t.floating,
    prepare=lambda x, axis, fill: canonical_axis(x, axis, fill=t.number(fill, "fill")),
    vjp=[lambda g, y, x, axis, fill: _unshifted(g, axis)],
    flops=0,
    numpy=lambda node, x: _shifted_text(x, **node.params),
    helper='''
def shift(x, axis, fill=0):
    """x one place further along an axis, with a number in the first place."""
    y = np.roll(x, 1, axis)
    y[(slice(None),) * axis + (slice(1),)] = fill
    return y
''',
    meaning=lambda x, axis=-1, fill=0.0: _shifted(x, axis, fill),
    cases=[case("[4]"), case("[3, 4]", axis=0, fill=1.0), case("[1, 3]", axis=0)],
)


def _unshifted(g: Expr, axis: int) -> Expr:
    """One place back, with 0 in the last place."""
    return embed(along(g, axis, slice(1, None)), g.shape, at_axis(axis, slice(None, -1)))


def _shifted_text(x: str, axis: int, fill: float) -> str:
    return f"shift({x}, {axis}{f', fill={number_text(fill)}' if fill else ''})"


def _shifted(x: Any, axis: int, fill: float) -> Any:
    first = np.full_like(x.take([0], axis), fill)
    return np.concatenate([first, np.delete(x, -1, axis)], axis)


def _direction(a: Type, b: Type, axis: Any, reverse: Any) -> dict[str, Any]:
    ndim = len(broadcast(a.shape, b.shape))
    return {"axis": t.one_axis(axis, ndim), "reverse": t.flag(reverse, "reverse")}


def _coefficient_cotangent(g: Expr, y: Expr, a: Expr, b: Expr, axis: int, reverse: bool) -> Expr:
    carried = linear_recurrence(a, g, axis, not reverse)
    return shift(carried, axis) * y if reverse else carried * shift(y, axis)


def _recurrence(a: Any, b: Any, axis: int = -1, reverse: bool = False) -> Any:
    """The meaning, by the definition: each element a sum of products."""
    a, b = np.broadcast_arrays(a, b)
    a, b = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)
    n = len(b)
    rows = [
        sum(b[j] * np.prod(a[min(j, k) + 1 : max(j, k) + 1], axis=0) for j in terms)
        for k in range(n)
        for terms in [range(k, n) if reverse else range(k + 1)]
    ]
    return np.moveaxis(np.array(rows), 0, axis)


linear_recurrence: Op = op(
    "linear_recurrence(a, b; axis=-1, reverse=False)",
    """y with y[k] = a[k] y[k-1] + b[k] along an axis; reversed, y[k] = a[k+1] y[k+1] + b[k].

    Moving averages, discounted sums and linear recurrent networks (Deep Learning, section 10.8).
    """,
    batch=batch_along,
    type=t.elementwise,
    floating=True,
    prepare=_direction,
    vjp=[
        _coefficient_cotangent,
        lambda g, y, a, b, axis, reverse: linear_recurrence(a, g, axis, not reverse),
    ],
    flops=2,
    numpy=lambda node, a, b: (
        f"linear_recurrence({a}, {b}, axis={node.params['axis']}"
        f"{', reverse=True' if node.params['reverse'] else ''})"
    ),
    helper='''
def linear_recurrence(a, b, axis, reverse=False):
    """y[k] = a[k] * y[k - 1] + b[k] along an axis; or a[k + 1] * y[k + 1] + b[k]."""
    shape = np.broadcast_shapes(np.shape(a), np.shape(b))
    y = np.broadcast_to(b, shape).astype(np.result_type(a, b))
    rows, factors = (x.swapaxes(axis, 0) for x in (y, np.broadcast_to(a, shape)))
    if reverse:
        rows, factors = rows[::-1], np.roll(factors[::-1], 1, 0)

    def carry_on(y, factors, least):
        n = len(y)
        if n < least:
            for k in range(1, n):
                y[k] += factors[k] * y[k - 1]
            return y
        first, last = (slice(i, n - n % 2, 2) for i in (0, 1))  # of pairs, each at once
        pairs = factors[last] * factors[first]
        y[last] = carry_on(y[last] + factors[last] * y[first], pairs, least)
        y[2::2] += factors[2::2] * y[1:-1:2]
        return y

    narrow = len(rows) >= 1000 and 0 < y.size < 256 * len(rows)
    if narrow and np.max(a) <= 1 and np.min(a) >= -1:
        with np.errstate(over="ignore", invalid="ignore"):  # of pairs
            total = carry_on(rows.copy(), factors, 32)
        if np.all(np.isfinite(total)):
            rows[:] = total
            return y
    carry_on(rows, factors, len(rows) + 1)
    return y
''',
    latex=r"\operatorname{{recurrence}}\left({a}, {b}\right)",
    meaning=_recurrence,
    cases=[
        case("[4]", "[4]"),
        case("[3, 4]", "[3, 4]", axis=0),
        case("[]", "[2, 3]", reverse=True),
        case("[3, 1]", "[2, 3, 4]", axis=1, reverse=True),
    ],
)
