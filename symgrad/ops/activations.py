"""Units of neural networks and their log-probabilities, each computed without overflow.

Deep Learning, sections 3.10 (sigmoid, softplus), 4.1 (softmax), 6.2.2 and 6.3 (units).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..graph.graph import Expr, operations
from . import batching
from . import typing as t
from .arithmetic import absolute
from .counts import per_operand
from .elementary import exp
from .emitted import Source
from .literals import python_number
from .op import case, op
from .reductions import with_axes
from .selection import where
from .units import is_layer

relu = op(
    "relu(x)",
    """Rectified linear unit max(0, x). Deep Learning, section 6.3.1.""",
    type=t.numeric,
    vjp=[lambda g, y, x: g * (x > 0)],
    selects=[lambda x: x > 0],
    numpy="np.maximum({x}, 0)",
    meaning="max(x, 0)",
    role="h",
    extremes={-1e308: 0.0, 1e308: 1e308},
    kinks="0 at 0, the left derivative",
)

leaky_relu = op(
    "leaky_relu(x; slope=0.01)",
    """x where positive, else slope times x. Deep Learning, section 6.3.1.""",
    type=t.floating,
    prepare=lambda x, slope: {"slope": t.number(slope, "slope")},
    vjp=[lambda g, y, x, slope: where(x > 0, g, slope * g)],
    flops=3,
    numpy="np.where({x} > 0, {x}, {slope} * {x})",
    meaning="x if x > 0 else slope * x",
    role="h",
    kinks="slope at 0, the left derivative",
    cases=[case("[3]"), case("[2, 3]", slope=0.1)],
)

sigmoid = op(
    "sigmoid(x)",
    """Logistic sigmoid 1/(1 + exp(-x)). Deep Learning, section 3.10.""",
    type=t.floating,
    # y(1 - y) reuses the forward value, as the notes' h(1 - h).
    vjp=[lambda g, y, x: g * (y * (1 - y))],
    helper=Source("sigmoid"),
    latex=r"\sigma\left({x}\right)",
    meaning="1 / (1 + exp(-x))",
    role="h",
    extremes={-1000.0: 0.0, 1000.0: 1.0},
)

softplus = op(
    "softplus(x)",
    """Smooth positive part log(1 + exp(x)). Deep Learning, section 3.10.""",
    type=t.floating,
    vjp=[lambda g, y, x: g * sigmoid(x)],
    numpy="np.logaddexp(0, {x})",
    latex=r"\zeta\left({x}\right)",
    meaning="log(1 + exp(x))",
    role="h",
    extremes={-1000.0: 0.0, 1000.0: 1000.0},
)

softsign = op(
    "softsign(x)",
    """x/(1 + |x|), whose slope does not cancel.""",
    type=t.floating,
    vjp=[lambda g, y, x: g * (1 / (1 + absolute(x))) ** 2],
    helper='''
def softsign(x):
    """x / (1 + abs(x))."""
    return x / (1 + np.abs(x))
''',
    meaning="x / (1 + abs(x))",
    role="h",
    extremes={-1e200: -1.0, 1e200: 1.0},
)


def _safe_row(node: Expr) -> list[float | None]:
    """Rows in which a mask leaves nothing have no softmax."""
    masked = any(python_number(a) == -math.inf for a in node.args[0].args)
    return [0.0 if masked else None]


def _softmax(x: Any, axis: Any = -1) -> Any:
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


def _total(g: Expr, axis: t.Axes) -> Expr:
    return operations["sum"](g, axis=axis, keepdims=True)


def _less_average(g: Expr, y: Expr, x: Expr, axis: t.Axes) -> Expr:
    """g - sum(g y); the g of a part that is nearly all goes first, as 1 - y has no digits there."""
    if x.graph.stable and not is_layer(x):
        g = g - _total(where(y > 0.5, g, 0.0), axis)
    return g - _total(g * y, axis)


def _show_axis(name: str) -> Any:
    """The call with one axis as a plain number, and the last axis left to the default."""

    def emit(node: Expr, x: str) -> str:
        axis = node.params["axis"]
        if axis == (node.ndim - 1,):
            return f"{name}({x})"
        return f"{name}({x}, axis={axis[0] if len(axis) == 1 else axis})"

    return emit


softmax = op(
    "softmax(x; axis=-1)",
    """exp(x) normalized to sum 1 along axes. Deep Learning, section 4.1.""",
    batch=batching.along_axes,
    type=t.floating,
    prepare=t.kept_axes,
    vjp=[lambda g, y, x, axis: y * _less_average(g, y, x, axis)],
    safe=_safe_row,
    flops=5,
    transcendentals=1,
    numpy=_show_axis("softmax"),
    helper='''
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along an axis, without overflow."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return e / np.sum(e, axis=axis, keepdims=True)
''',
    meaning=_softmax,
    role="p",
    cases=[case("[4]"), case("[3, 4]"), case("[3, 4]", axis=0), case("[2, 3, 4]", axis=(0, 2))],
)

log_softmax = op(
    "log_softmax(x; axis=-1)",
    """x - logsumexp(x) along axes. Deep Learning, section 6.2.2.3.""",
    batch=batching.along_axes,
    type=t.floating,
    prepare=t.kept_axes,
    vjp=[lambda g, y, x, axis: g - exp(y) * _total(g, axis)],
    safe=_safe_row,
    flops=per_operand(5, axes=2),
    transcendentals=per_operand(1, axes=1),
    numpy=_show_axis("log_softmax"),
    helper='''
def log_softmax(x, axis=-1):
    """log(softmax(x)) along an axis, without overflow."""
    s = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    total = np.sum(np.exp(s), axis=axis, keepdims=True)
    return s - np.log(np.maximum(total, 1))  # 0 of no elements
''',
    latex=r"\log\operatorname{{softmax}}\left({x}\right)",
    meaning=lambda x, axis=-1: np.log(_softmax(x, axis)),
    role="log_p",
    cases=[case("[4]"), case("[3, 4]"), case("[3, 4]", axis=0), case("[2, 3, 4]", axis=(0, 2))],
)


logsumexp = op(
    "logsumexp(x; axis=None, keepdims=False)",
    """log(sum(exp(x))) over axes. Deep Learning, section 6.2.2.3.""",
    batch=batching.along_axes,
    type=t.averaged,
    prepare=t.reduced_axes,
    vjp=[
        lambda g, y, x, axis, keepdims: (
            with_axes(g, x, axis, keepdims) * softmax(x, axis=t.axes_of(axis, x.ndim))
        )
    ],
    safe=_safe_row,
    flops=per_operand(4, 4),
    transcendentals=per_operand(1, 1),
    helper='''
def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))) over an axis, without overflow."""
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    total = np.sum(np.exp(x - top), axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):  # -inf of no elements
        total = np.log(total) + top
    return total if keepdims else np.squeeze(total, axis=axis)
''',
    meaning=lambda x, axis=None, keepdims=False: np.log(
        np.exp(x).sum(axis=axis, keepdims=keepdims)
    ),
    cases=[case("[4]"), case("[3, 4]", axis=1), case("[3, 4]", axis=0, keepdims=True)],
)
