"""Logarithms of probabilities that are picked, summed or multiplied before the logarithm."""

from __future__ import annotations

from ..graph.graph import Expr
from ..ops import typing as t
from ..ops.activations import log_softmax, softplus
from ..ops.op import registry
from ..ops.reductions import sum_
from ..ops.stable import log_prod
from .marks import reading
from .shares import aligned, unwrapped

Opaque = frozenset[int]

_PICKING = (
    "getitem",
    "gather",
    "take_along_axis",
    "transpose",
    "reshape",
    "expand_dims",
    "squeeze",
)


def log_of_probability(p: Expr, opaque: Opaque) -> Expr | None:
    """The logarithm of a softmax, a sigmoid or an exponential, none of which is 0."""
    if p.id in opaque:
        return None
    if p.op == "softmax":
        return log_softmax(*p.args, **p.params)
    if p.op == "sigmoid":
        return -softplus(-p.args[0])
    return p.args[0] if p.op == "exp" else None


def log_of_picked(node: Expr, opaque: Opaque) -> Expr | None:
    """log(softmax(x)[i]) is -inf where the probability underflows; log_softmax(x)[i] is exact."""
    (picked,) = node.args
    if picked.op not in _PICKING or picked.id in opaque:
        return None
    logarithm = log_of_probability(picked.args[0], opaque)
    if logarithm is None:
        return None
    return registry[picked.op].build(node.graph, [logarithm, *picked.args[1:]], dict(picked.params))


def log_of_product(node: Expr, opaque: Opaque) -> Expr | None:
    """log(prod(x)) is -inf for a few hundred probabilities; the sum of their logarithms is not."""
    (x,) = node.args
    if x.op != "prod" or x.id in opaque or not x.type.is_floating:
        return None
    (factors,) = x.args
    params = {k: x.params[k] for k in ("axis", "keepdims")}
    logarithms = log_of_probability(factors, opaque)
    if logarithms is None and factors.id not in opaque and factors.op in _PICKING:
        inner = log_of_probability(factors.args[0], opaque)
        if inner is not None:
            logarithms = registry[factors.op].build(
                node.graph, [inner, *factors.args[1:]], dict(factors.params)
            )
    return log_prod(factors, **params) if logarithms is None else sum_(logarithms, **params)


@reading("logsumexp", "getitem", "expand_dims", "reshape")
def difference_from_logsumexp(node: Expr, opaque: Opaque) -> Expr | None:
    """x - logsumexp(x) is log_softmax(x), which shifts x first: far from 0 no digits are lost."""
    x, total = node.args
    core = unwrapped(total, opaque)
    if core.op != "logsumexp" or core.id in opaque or core.args[0] is not x or not x.ndim:
        return None
    axes = t.axes_of(core.params["axis"], x.ndim)
    return log_softmax(x, axis=axes) if aligned(total, x.shape, axes) else None


LOGARITHMS = {"log": [log_of_picked, log_of_product]}
DIFFERENCES = {"subtract": [difference_from_logsumexp]}
