"""Elementwise rows in calls that write where there is room, and share what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.arithmetic import copysign
from ...ops.elementary import exp, expm1, log, log1p, sqrt
from ...ops.exponents import exp_sum
from ...ops.selection import equal, greater, greater_equal, logical_and, maximum, minimum, where
from ..facts.marks import Opaque, Structural
from ..rewriting.engine import Phase

_FEW = 64  # elements up to which `np.logaddexp` takes less time than the calls it is made of


def _of_arrays(write: Callable[..., Expr], few: int = 0) -> Structural:
    """What is written otherwise where the first operand is an array of the result's dtype.

    Arrays that are known to have ``few`` elements, or less, stay as they are.
    """

    def change(node: Expr, opaque: Opaque) -> Expr | None:
        x, size = node.args[0], node.size
        short = isinstance(size, int) and size <= few
        return write(*node.args) if x.ndim and x.dtype == node.dtype and not short else None

    return change


def _decay(x: Expr) -> Expr:
    """The exponential of what is never positive, which all about sigmoids of x and -x shares."""
    return exp(-abs(x.args[0] if x.op == "negative" else x))


def _sigmoid(x: Expr) -> Expr:
    """1 or the decay, of their sum: no exponential overflows."""
    return maximum(_decay(x), greater_equal(x, 0)) / (1 + _decay(x))


def _softplus(x: Expr) -> Expr:
    """The positive part and a logarithm of the decay: a tenth of the time of `np.logaddexp`."""
    if x.op == "negative":
        return log1p(_decay(x)) - minimum(x.args[0], 0)
    return maximum(x, 0) + log1p(_decay(x))


def soft_slopes(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, where slopes of softplus are told by its value: nothing else need be kept."""
    if "log1p" not in outputs[0].graph.ops:
        return list(outputs)
    known = {n.id for n in ancestors(outputs)}

    def slope(node: Expr, opaque: Opaque) -> Expr | None:
        """1 - exp(-y) of y = log(1 + exp(x)) is the sigmoid of x."""
        top = node.args[0]
        if top.op != "maximum" or top.args[1].op != "greater_equal":
            return None
        x = top.args[1].args[0]
        y = _softplus(x) if node is _sigmoid(x) else node
        return -expm1(-y) if y is not node and y.id in known else None

    return Phase("slope", (), {"divide": [slope]})(outputs, trace=[])


def _logaddexp(x: Expr, y: Expr) -> Expr:
    """The larger one, and a logarithm; no infinite element is subtracted from itself."""
    most = float(np.finfo(x.dtype).max)
    top = maximum(x, y)
    return top + log1p(exp(minimum(x, y) - minimum(maximum(top, -most), most)))


def _halves(node: Expr, opaque: Opaque) -> Expr | None:
    """Powers of halves by a root, which a power and its slope have in common."""
    x, exponent = node.args
    value = None if exponent.ndim or exponent.value is None else float(exponent.value)
    return _HALVES[value](x) if value in _HALVES and x.ndim and x.dtype == node.dtype else None


_HALVES: Mapping[float | None, Callable[[Expr], Expr]] = {
    1.5: lambda x: x * sqrt(x),
    -0.5: lambda x: 1 / abs(sqrt(x)),  # infinite at -0.0 too
    -1.5: lambda x: 1 / x / sqrt(x),
}


def _exp_share(x: Expr, y: Expr) -> Expr:
    """1 or the exponential of minus the distance, which both shares have in common."""
    a, b = (x, y) if x.id < y.id else (y, x)
    e = exp_sum([minimum(a, b), -maximum(a, b)])
    return maximum(e, greater_equal(x, y)) / (1 + e)


def _equality(node: Expr, opaque: Opaque) -> Expr | None:
    """x == y and x <= y is x == y: guards of 0 * log(0) ask for both."""
    a, b = node.args
    return a if a.op == "equal" and b.op == "less_equal" and a.args == b.args else None


def _gap(z: Expr, t: Expr) -> Expr:
    """1 - t where z is positive, else -t; 0.5 with z's sign is faster to get than a mask."""
    return (copysign(0.5, z) + 0.5) - t


def _sigmoid_slope(x: Expr) -> Expr:
    """The square of 1 + exp(-|x|) would double what that is rounded by."""
    return _decay(x) / (1 + _decay(x) * (2 + _decay(x)))


def _leaky_relu(node: Expr, opaque: Opaque) -> Expr | None:
    """The larger of x and less of it: no choice is made for each element.

    Not of slope 0, as 0 * inf is nan.
    """
    (x,), slope = node.args, node.params["slope"]
    return maximum(x, slope * x) if 0 < slope <= 1 and x.ndim and x.dtype == node.dtype else None


def _part(node: Expr, opaque: Opaque) -> Expr | None:
    """x, or where a condition does not hold a part of it, is x times 1 or that part."""
    condition, x, other = node.args
    part = other.args[0].value if other.op == "multiply" and other.args[1] is x else None
    if part is None or part.shape or not (0 <= part <= 1 and x.shape == node.shape):
        return None
    fits = x.ndim and x.dtype == node.dtype and condition.shape == node.shape
    return x * maximum(condition.astype(node.dtype), other.args[0]) if fits else None


TABLE: Mapping[str, list[Structural]] = {
    "leaky_relu": [_leaky_relu],
    "where": [_part],
    "power": [_halves],
    "logical_and": [_equality],
    "xlogy": [_of_arrays(lambda x, y: x * log(where(equal(x, 0), 1.0, y)))],
    "softplus": [_of_arrays(_softplus, _FEW)],
    "logaddexp": [_of_arrays(_logaddexp, _FEW)],
    "exp_share": [_of_arrays(_exp_share, _FEW)],
    "sigmoid": [_of_arrays(_sigmoid)],
    "sigmoid_slope": [_of_arrays(_sigmoid_slope)],
    # where both are near 1, by their complements
    "sigmoid_minus": [
        _of_arrays(
            lambda z, t: where(
                logical_and(greater(z, 0), greater(t, 0.5)),
                (1 - t) - _decay(z) / (1 + _decay(z)),
                _sigmoid(z) - t,
            )
        )
    ],
    "sigmoid_cross_entropy": [_of_arrays(lambda z, t: _gap(z, t) * z + log1p(_decay(z)))],
}
