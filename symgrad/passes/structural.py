"""The few rewrites that are no equations: they depend on shapes, parameters or literal values."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from ..graph.graph import Expr
from ..ops.activations import log_softmax, logsumexp, softmax
from ..ops.arithmetic import multiply
from ..ops.elementary import logaddexp
from ..ops.indexing import Slice, getitem
from ..ops.matrices import trace
from ..ops.reductions import sum_
from ..ops.shapes import broadcast_to, matrix_transpose, one_hot, reshape, transpose
from .matrices import (
    inverse_of_transpose,
    log_of_determinant,
    product_with_inverse,
    solution_of_identity,
    square_of_norm,
    transposed_identity_or_outer_product,
)

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
    """A factor that is the identity matrix, or a multiple of it, leaves the other."""
    a, b = node.args
    for factor, other in ((a, b), (b, a)):
        if other.ndim > 2:
            continue
        if factor.op == "eye":
            return other
        if factor.op == "multiply" and factor.id not in opaque:
            scale, unit = sorted(factor.args, key=lambda x: x.ndim)
            if unit.op == "eye" and not scale.ndim:
                return multiply(scale, other)
    return None


def _sum_of_diagonal(node: Expr, opaque: Opaque) -> Expr | None:
    """The sum along a diagonal is a trace."""
    (x,) = node.args
    axes = node.params["axis"] or tuple(range(x.ndim))
    if x.op != "diagonal" or x.id in opaque or node.params["keepdims"] or axes != (x.ndim - 1,):
        return None
    return trace(*x.args, **x.params)


def _trace_of_product(node: Expr, opaque: Opaque) -> Expr | None:
    """tr(A B) is the sum of all elements of A * B.T: only the diagonal of the product is made."""
    (product,) = node.args
    last = (product.ndim - 2, product.ndim - 1)
    if product.op != "matmul" or product.id in opaque or not product.type.is_floating:
        return None
    a, b = product.args
    square = product.shape[-1] == product.shape[-2]
    if a.ndim != b.ndim or tuple(node.params.values()) != (0, *last) or not square:
        return None
    return sum_(multiply(a, matrix_transpose(b)), axis=last)


def _embedded_whole(node: Expr, opaque: Opaque) -> Expr | None:
    """What takes up all of the zeros, perhaps backward, is indexed: the adjoint of a flip."""
    index = node.params["index"]
    if all(isinstance(e, Slice) and e in _WHOLE for e in index):
        return getitem(broadcast_to(node.args[0], node.shape), index)
    return None


_WHOLE = ((None, None, 1), (None, None, -1))


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
CANONICALIZE = {
    **FOLDING,
    "transpose": [_transposed_twice, transposed_identity_or_outer_product],
    "astype": [_one_hot_cast],
}
CANONICALIZE |= {"matmul": [_times_identity], "reshape": [_reshaped_twice]}
CANONICALIZE |= {"expand_dims": [_reshaped_twice], "squeeze": [_reshaped_twice]}
CANONICALIZE |= {"embed": [_embedded_whole]}
# Before differentiation too: a derivative of the sum is a transpose, of the trace a product.
STABILIZE = {"sum": [_sum_of_diagonal], "trace": [_trace_of_product]}
STABILIZE |= {"log": [_log_of_softmax, _log_of_sum_of_exp], "divide": [_normalized_exp]}
CANONICALIZE |= {"solve": [solution_of_identity], "inv": [inverse_of_transpose]}
STABILIZE["log"].append(log_of_determinant)
STABILIZE |= {"matmul": [product_with_inverse]}
STABILIZE |= {"power": [square_of_norm], "square": [square_of_norm]}
