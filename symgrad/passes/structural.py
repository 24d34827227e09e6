"""The few rewrites that are no equations: they depend on shapes, parameters or literal values."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from ..graph.graph import Expr
from ..ops.activations import log_softmax, logsumexp, softmax
from ..ops.elementary import logaddexp
from ..ops.shapes import one_hot, reshape, transpose

Opaque = frozenset[int]
"""Ids of nodes that no rewrite may see through: something is differentiated by them."""

_EXACT: dict[str, Callable[..., int]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "negative": operator.neg,
}
_LITERAL_ARITHMETIC = (*_EXACT, "divide")


def _folded(node: Expr, opaque: Opaque) -> Expr | None:
    """Arithmetic of literals is done now: integers exactly, floats by IEEE 754 (1/0 is inf)."""
    if not node.type.python or any(a.value is None for a in node.args):
        return None
    if node.dtype.kind == "i":
        exact = _EXACT[node.op](*(a.params["value"].item() for a in node.args))
        return node.graph.constant(exact) if -(2**63) <= exact < 2**63 else None
    with np.errstate(all="ignore"):
        result = getattr(np, node.op)(*(a.params["value"] for a in node.args))
    return node.graph.constant(result.item())


def _transposed_twice(node: Expr, opaque: Opaque) -> Expr | None:
    """Transposes in a row are one, or none."""
    (inner,) = node.args
    if inner.op != "transpose" or inner.id in opaque:
        return None
    first, second = (n.params["axes"] or tuple(range(n.ndim))[::-1] for n in (inner, node))
    return transpose(inner.args[0], tuple(first[i] for i in second))


def _one_hot_cast(node: Expr, opaque: Opaque) -> Expr | None:
    """One-hot rows are made in the dtype they are wanted in."""
    (inner,) = node.args
    if inner.op != "one_hot" or inner.id in opaque:
        return None
    return one_hot(inner.args[0], inner.params["depth"], node.params["dtype"])


def _log_of_softmax(node: Expr, opaque: Opaque) -> Expr | None:
    """log softmax(x) is -inf where a probability underflows; log_softmax is exact."""
    (inner,) = node.args
    if inner.op != "softmax" or inner.id in opaque:
        return None
    return log_softmax(*inner.args, **inner.params)


def _times_identity(node: Expr, opaque: Opaque) -> Expr | None:
    """A factor that is the identity matrix leaves the other."""
    a, b = node.args
    if a.op == "eye" and b.ndim <= 2:
        return b
    return a if b.op == "eye" and a.ndim <= 2 else None


def _reshaped_twice(node: Expr, opaque: Opaque) -> Expr | None:
    """Of reshapes in a row the last counts; to the shape there was, none."""
    (inner,) = node.args
    if inner.op in ("reshape", "expand_dims", "squeeze") and inner.id not in opaque:
        return reshape(inner.args[0], node.shape)
    return inner if inner.shape == node.shape else None


def _log_of_sum_of_exp(node: Expr, opaque: Opaque) -> Expr | None:
    """log sum exp(x) overflows from x = 710 on; logsumexp does not."""
    (total,) = node.args
    if total.id in opaque or any(a.op != "exp" or a.id in opaque for a in total.args):
        return None
    if total.op == "add":
        return logaddexp(*(a.args[0] for a in total.args))
    return logsumexp(total.args[0].args[0], **total.params) if total.op == "sum" else None


def _normalized_exp(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) / sum(exp(x)) is softmax(x), where the sum has the axes to be divided by."""
    top, total = node.args
    if (
        top.op != "exp"
        or total.op != "sum"
        or total.args[0] is not top
        or {top.id, total.id} & opaque
    ):
        return None
    axis, keepdims = total.params["axis"], total.params["keepdims"]
    if not top.ndim or not (keepdims or axis is None):
        return None
    return softmax(top.args[0], axis=tuple(range(top.ndim)) if axis is None else axis)


FOLDING = {name: [_folded] for name in _LITERAL_ARITHMETIC}
CANONICALIZE = {**FOLDING, "transpose": [_transposed_twice], "astype": [_one_hot_cast]}
CANONICALIZE |= {"matmul": [_times_identity], "reshape": [_reshaped_twice]}
CANONICALIZE |= {"expand_dims": [_reshaped_twice], "squeeze": [_reshaped_twice]}
STABILIZE = {"log": [_log_of_softmax, _log_of_sum_of_exp], "divide": [_normalized_exp]}
