"""Logarithms of sums of exponentials step by step: for code whose every call has its memory.

The value of a likelihood is a `logsumexp` and its gradient has the `softmax` of the same array;
both have the largest element, the exponentials and their sum in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops import typing as t
from ...ops.elementary import exp, log
from ...ops.reductions import max_, sum_
from ...ops.selection import maximum, minimum
from ...ops.shapes import reshape
from ..rewriting.sweep import New, sweep

_SOFTMAXES = ("softmax", "log_softmax")


def spelled_out(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs with `logsumexp` in steps, and with each `softmax` that shares them."""
    nodes = ancestors(outputs)
    wanted = {_key(n) for n in nodes if n.op == "logsumexp" and _can_be_spelled(n)}
    if not wanted:
        return list(outputs)

    def change(node: Expr, fresh: Expr, _: New) -> Expr | None:
        """The steps of what is, or shares, a logarithm of this kind."""
        named = node.op in ("logsumexp", *_SOFTMAXES)
        return _steps(fresh) if named and _key(node) in wanted else None

    return sweep(outputs, change)


def _key(node: Expr) -> tuple[int, t.Axes]:
    """The array, and the axes that are summed up."""
    (x,) = node.args
    return x.id, t.axes_of(node.params["axis"], x.ndim)


def _can_be_spelled(node: Expr) -> bool:
    """Whether there is a largest element, of the result's type."""
    (x,) = node.args
    sizes = [x.shape[i] for i in t.axes_of(node.params["axis"], x.ndim)]
    filled = bool(x.ndim) and all(isinstance(d, int) and d > 0 for d in sizes)
    return filled and x.dtype == node.dtype and x.type.is_floating


class _Steps(NamedTuple):
    top: Expr
    shifted: Expr
    exponentials: Expr
    total: Expr


def _shared(x: Expr, axes: t.Axes) -> _Steps:
    """What all have in common; no infinite element is subtracted from itself.

    Where all elements are -inf the exponentials are 0, and inf where one is inf, as they should be.
    """
    most = float(np.finfo(x.dtype).max)
    top = minimum(maximum(max_(x, axis=axes, keepdims=True), -most), most)
    shifted = x - top
    e = exp(shifted)
    return _Steps(top, shifted, e, sum_(e, axis=axes, keepdims=True))


def _steps(node: Expr) -> Expr:
    (x,) = node.args
    found = _shared(x, t.axes_of(node.params["axis"], x.ndim))
    if node.op == "softmax":
        return found.exponentials / found.total
    if node.op == "log_softmax":
        return found.shifted - log(found.total)
    return reshape(log(found.total) + found.top, node.shape)
