"""Rows that are several NumPy calls, in plainer rows: for code whose every call has its memory.

What readable code calls by one name (`log_softmax`, `np.mean`) is here the steps inside, so that
they share what they have in common and each writes where there is room. Nothing is lowered before
rewriting is over: rules know the whole names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...graph.dims import product
from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops import typing as t
from ...ops.arithmetic import square
from ...ops.elementary import exp, hypot, log, sqrt
from ...ops.op import registry
from ...ops.operands import lift
from ...ops.products import matmul
from ...ops.reductions import max_, sum_
from ...ops.selection import greater
from ...ops.shapes import expand_dims, reshape
from ..facts.marks import Opaque, Structural
from ..facts.proofs import proves
from ..rewriting.engine import Phase
from . import elementwise


def lower(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in rows that are one NumPy call each, where several were in one."""
    found = elementwise.soft_slopes(_LOWER(_GRAM(outputs)))
    rectified = {
        n.args[0].id: n for n in ancestors(found) if n.op in ("maximum", "relu") and _rectifies(n)
    }
    if not rectified:
        return found

    def masked(node: Expr, opaque: Opaque) -> Expr | None:
        """A rectified value is above zero where its operand is; the operand may be given up."""
        better = rectified.get(node.args[0].id)
        return greater(better, node.args[1]) if better is not None and _is_zero(node) else None

    return Phase("mask", (), {"greater": [masked]})(found, trace=[])


def _is_zero(node: Expr) -> bool:
    """Whether the last operand, if there are two, is the number 0."""
    other = node.args[-1].value
    return len(node.args) == 1 or (other is not None and not other.shape and other == 0)


def _rectifies(node: Expr) -> bool:
    """Whether it is above zero where its first operand is: 0 or a part of that takes its place."""
    other = node.args[-1]
    part = other.op == "multiply" and other.args[1] is node.args[0] and _is_part(other.args[0])
    return part or _is_zero(node)


def _is_part(x: Expr) -> bool:
    return x.value is not None and not x.shape and bool(0 < x.value <= 1)


def _is_filled(node: Expr, axis: Sequence[int] | None) -> bool:
    """Whether no size along the axes can be 0, so that there is a largest element."""
    sizes = [node.shape[i] for i in t.axes_of(axis, node.ndim)]
    return bool(node.ndim) and all(isinstance(d, int) and d > 0 for d in sizes)


def _centered(node: Expr) -> tuple[Expr, Expr, Expr] | None:
    """x less its maximum along the axes of a softmax, the exponential of that, and its sum."""
    (x,), axis = node.args, node.params["axis"]
    if not _is_filled(x, axis):
        return None
    shifted = x - max_(x, axis=axis, keepdims=True)
    e = exp(shifted)
    return shifted, e, sum_(e, axis=axis, keepdims=True)


def _log_softmax(node: Expr, opaque: Opaque) -> Expr | None:
    """log(softmax) by its definition."""
    found = _centered(node)
    return found[0] - log(found[2]) if found else None


def _softmax(node: Expr, opaque: Opaque) -> Expr | None:
    """Softmax by its definition."""
    found = _centered(node)
    return found[1] / found[2] if found else None


def _exponential(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(log_softmax(x)) shares the exponentials of its operand."""
    (inner,) = node.args
    if inner.op != "subtract" or inner.args[1].op != "log" or inner.args[1].args[0].op != "sum":
        return None
    (total,) = inner.args[1].args
    (e,) = total.args
    return e / total if e.op == "exp" and e.args[0] is inner.args[0] else None


def _mean(node: Expr, opaque: Opaque) -> Expr | None:
    """The sum, divided by how many there are."""
    (x,) = node.args
    if x.dtype != node.dtype or not x.ndim:
        return None
    axis, keepdims = node.params["axis"], node.params["keepdims"]
    total = None if keepdims or node.ndim else _sum_of_all(x)
    if total is None:
        total = sum_(x, axis=axis, keepdims=keepdims)
    size = product(x.shape[i] for i in t.axes_of(axis, x.ndim))
    return total / lift(x.graph, size)  # nan of nothing, as NumPy's


def _sum_of_all(x: Expr) -> Expr | None:
    """The sum of all products of two arrays of float64 is a scalar product; others are of a row."""
    found = _scalar_product(x)
    made = x.args and not registry[x.op].view  # in one piece of memory: a row is a view of it
    if found is not None or x.ndim < 2 or not made or not x.type.is_floating:
        return found
    return sum_(reshape(x, (-1,)))


def _scalar_product(x: Expr) -> Expr | None:
    """The sum of an array of products of float64, by BLAS."""
    factors = _factors(x)
    if factors is None or x.dtype.name != "float64":
        return None
    if any(f.shape != x.shape or f.dtype != x.dtype for f in factors):
        return None
    a, b = (reshape(f, (-1,)) for f in factors)
    return matmul(a, b)


def _factors(x: Expr) -> tuple[Expr, Expr] | None:
    if not x.ndim:
        return None
    if x.op == "square" or (x.op == "power" and x.args[1].value == 2):
        return x.args[0], x.args[0]
    return (x.args[0], x.args[1]) if x.op == "multiply" else None


def _variance(node: Expr, opaque: Opaque) -> Expr | None:
    """The mean square of the deviations, which its slope has too."""
    (x,), axis, ddof = node.args, node.params["axis"], node.params["ddof"]
    if x.dtype != node.dtype or not x.ndim or ddof != 0:
        return None
    size = lift(x.graph, product(x.shape[i] for i in t.axes_of(axis, x.ndim)))
    squares = square(x - sum_(x, axis=axis, keepdims=True) / size)
    keepdims = node.params["keepdims"]
    total = None if node.ndim or keepdims else _sum_of_all(squares)
    return (sum_(squares, axis=axis, keepdims=keepdims) if total is None else total) / size


def _masked(node: Expr, opaque: Opaque) -> Expr | None:
    """A mask is converted by itself: NumPy's product with it would do that piece by piece."""
    args = [x.astype(node.dtype) if x.dtype.kind == "b" and x.ndim else x for x in node.args]
    if not node.type.is_floating or args == list(node.args):
        return None
    for x, mask in (args, args[::-1]):
        if x.op == "divide" and x.args[1].type.python and mask.op == "astype":
            return x.args[0] * (mask / x.args[1])
    return args[0] * args[1]


def _of_masked(node: Expr, opaque: Opaque) -> Expr | None:
    """What is masked and divided by a number, as dropout has it: the mask is divided, once."""
    product, number = node.args
    if product.op != "multiply" or not number.type.python:
        return None
    for x, mask in (product.args, product.args[::-1]):
        if mask.op == "astype" and mask.args[0].dtype.kind == "b" and mask.shape == node.shape:
            return x * (mask / number)
    return None


def _gram(node: Expr, opaque: Opaque) -> Expr | None:
    """Xᵀ diag(s) X is BᵀB with B = sqrt(s) X, for which BLAS does half of the work."""
    a, b = node.args
    if a.op == "transpose" and b.op == "multiply" and node.ndim == 2 == a.ndim:
        scaled = _scaled(a.args[0], b, axis=0)
        return None if scaled is None else matmul(scaled.T, scaled)
    if b.op == "input" and a.op == "multiply" and a.ndim == 2 == b.ndim:
        scaled = _scaled(b.T, a, axis=1)
        return None if scaled is None else matmul(scaled, scaled.T)
    return None


def _scaled(x: Expr, factors: Expr, axis: int) -> Expr | None:
    """x times the root of what else is in the product, if that is never negative.

    It has to be the same along all of the matrix but the axis that is summed over.
    """
    for y, s in (factors.args, factors.args[::-1]):
        along = s.ndim <= 2 and (1, 1, *s.shape)[-2:][1 - axis] == 1
        if y is x and along and s.dtype == x.dtype and s.size != x.size:
            return x * _root(s) if _is_no_less_than_zero(s) else None
    return None


def _root(s: Expr) -> Expr:
    """The square root; of p (1 - p), or that divided by a size, without p's many steps.

    With p a sigmoid of z and e = exp(-|z| / 2), it is e / (1 + e²), which can not overflow.
    """
    steps, slope = list[Expr](), s
    while slope.op == "expand_dims" or _is_divided_by_size(slope):
        steps.append(slope)
        slope = slope.args[0]
    z = _operand_of_sigmoid(slope)
    if z is None:
        return sqrt(s)
    e = exp(-0.5 * abs(z))
    root = e / (1 + square(e))
    for step in reversed(steps):
        column = step.op == "expand_dims"
        root = expand_dims(root, step.params["axis"]) if column else root / sqrt(step.args[1])
    return root


def _operand_of_sigmoid(slope: Expr) -> Expr | None:
    """z of p (1 - p), where p is its sigmoid."""
    if slope.op == "sigmoid_slope":
        return slope.args[0] if slope.args[0].ndim else None
    if slope.op != "multiply":
        return None
    for p, other in (slope.args, slope.args[::-1]):
        if p.op == "sigmoid" and other.op == "subtract" and other.args[1] is p:
            return p.args[0] if other.args[0].value == 1 and p.args[0].ndim else None
    return None


def _is_divided_by_size(s: Expr) -> bool:
    return s.op == "divide" and s.args[1].op == "dim"


def _is_no_less_than_zero(s: Expr) -> bool:
    """Whether it is proved; of a quotient by a size, of what is divided."""
    return proves(s.args[0] if _is_divided_by_size(s) else s, "nonnegative")


def _outer(node: Expr, opaque: Opaque) -> Expr | None:
    """A product of a column and a row, which are views."""
    a, b = node.args
    if not node.type.is_floating or a.dtype != b.dtype or a.ndim != 1 or b.ndim != 1:
        return None
    return matmul(expand_dims(a, 1), expand_dims(b, 0))


def _length(node: Expr, opaque: Opaque) -> Expr | None:
    """The number comes last, so that lengths that are the same are one node."""
    x, y = node.args
    return hypot(y, x) if x.value is not None and y.value is None else None


TABLE: Mapping[str, list[Structural]] = {
    **elementwise.TABLE,
    "log_softmax": [_log_softmax],
    "softmax": [_softmax],
    "exp": [_exponential],
    "mean": [_mean],
    "var": [_variance],
    "sum": [
        lambda node, opaque: (
            None if node.ndim or node.params["keepdims"] else _sum_of_all(node.args[0])
        )
    ],
    "multiply": [_masked],
    "divide": [_of_masked],
    "hypot": [_length],
    "outer": [_outer],
}
_GRAM = Phase("gram", (), {"matmul": [_gram]})
_LOWER = Phase("lower", (), TABLE)
