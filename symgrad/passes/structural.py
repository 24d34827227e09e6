"""The few rewrites that are no equations: they depend on shapes, parameters or literal values."""

from __future__ import annotations

import numpy as np

from ..graph.graph import Expr
from ..ops.activations import log_softmax
from ..ops.shapes import one_hot, reshape, transpose

_LITERAL_ARITHMETIC = ("add", "subtract", "multiply", "divide", "negative")


def _folded(node: Expr) -> Expr | None:
    """Arithmetic of literals is done now, by NumPy's rules: 1/0 is inf, and nothing raises."""
    if not node.type.python or any(a.value is None for a in node.args):
        return None
    with np.errstate(all="ignore"):
        result = getattr(np, node.op)(*(a.params["value"] for a in node.args))
    return node.graph.constant(result.item())


def _transposed_twice(node: Expr) -> Expr | None:
    """Transposes in a row are one, or none."""
    (inner,) = node.args
    if inner.op != "transpose":
        return None
    first, second = (n.params["axes"] or tuple(range(n.ndim))[::-1] for n in (inner, node))
    return transpose(inner.args[0], tuple(first[i] for i in second))


def _one_hot_cast(node: Expr) -> Expr | None:
    """One-hot rows are made in the dtype they are wanted in."""
    (inner,) = node.args
    if inner.op != "one_hot":
        return None
    return one_hot(inner.args[0], inner.params["depth"], node.params["dtype"])


def _log_of_softmax(node: Expr) -> Expr | None:
    """log softmax(x) is -inf where a probability underflows; log_softmax is exact."""
    (inner,) = node.args
    return log_softmax(*inner.args, **inner.params) if inner.op == "softmax" else None


def _times_identity(node: Expr) -> Expr | None:
    """A factor that is the identity matrix leaves the other."""
    a, b = node.args
    if a.op == "eye" and b.ndim <= 2:
        return b
    return a if b.op == "eye" and a.ndim <= 2 else None


def _reshaped_twice(node: Expr) -> Expr | None:
    """Of reshapes in a row the last counts; to the shape there was, none."""
    (inner,) = node.args
    if inner.op in ("reshape", "expand_dims", "squeeze"):
        return reshape(inner.args[0], node.shape)
    return inner if inner.shape == node.shape else None


FOLDING = {name: [_folded] for name in _LITERAL_ARITHMETIC}
CANONICALIZE = {**FOLDING, "transpose": [_transposed_twice], "astype": [_one_hot_cast]}
CANONICALIZE |= {"matmul": [_times_identity], "reshape": [_reshaped_twice]}
CANONICALIZE |= {"expand_dims": [_reshaped_twice], "squeeze": [_reshaped_twice]}
STABILIZE = {"log": [_log_of_softmax]}
