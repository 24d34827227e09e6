"""Logarithms of probabilities that are picked, summed or multiplied before the logarithm."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

import numpy as np

from ...graph.graph import Expr
from ...ops import typing as t
from ...ops.activations import log_softmax, logsumexp, sigmoid, softplus
from ...ops.compound import log_power, parity
from ...ops.construction import iota
from ...ops.elementary import expm1, log1p
from ...ops.elementary import log as log_op
from ...ops.indexing import getitem
from ...ops.indices import At
from ...ops.op import rebuilt, registry
from ...ops.operands import lift
from ...ops.reductions import all_, min_, sum_, with_axes
from ...ops.selection import clip, not_equal, where
from ...ops.shapes import expand_dims, reshape
from ...ops.stable import log_prod
from ...ops.statistics import prod
from ..facts.exponentials import literal
from ..facts.marks import Opaque, among, reading, settled
from ..facts.products import multiple, squared
from .magnitudes import PICKING, log_of_probability
from .reduced import exponents
from .shares import aligned, unwrapped


def log_of_product(node: Expr, opaque: Opaque) -> Expr | None:
    """log(prod(x)) is -inf for a few hundred probabilities; the sum of their logarithms is not."""
    c, x = multiple(node.args[0], opaque)
    if x.op != "prod" or x.id in opaque or not x.type.is_floating or c <= 0:
        return None
    (factors,) = x.args
    params = {k: x.params[k] for k in ("axis", "keepdims")}
    logarithms = log_of_probability(factors, opaque)
    known, rest = (logarithms, None) if logarithms is not None else exponents(factors, opaque)
    total = None if known is None else sum_(known, **params)
    if rest is not None:
        others = _log_prod(rest, params, opaque)
        total = others if total is None else total + others
    return total if total is None or c == 1 else total + log(c)


def _log_prod(factors: Expr, params: dict[str, Any], opaque: Opaque) -> Expr:
    """Of powers by their exponents, of what each is less than 1 by that: the factors lose it."""
    if factors.id not in opaque and factors.op == "power" and literal(factors.args[1]) is None:
        signs = prod(parity(*factors.args), **params)
        return sum_(log_power(*factors.args), **params) + log_op(signs)
    rests = _rests(factors, params, opaque)
    if rests is None:
        return log_prod(factors, **params)
    likely, total, others = rests
    return where(likely, total, log_prod(others, **params))


def _rests(
    factors: Expr, params: Mapping[str, Any], opaque: Opaque
) -> tuple[Expr, Expr, Expr] | None:
    """Of 1 - p: whether no p is above 1, then the logarithm of the product; else the factors."""
    if factors.op != "subtract" or literal(factors.args[0]) != 1 or factors.id in opaque:
        return None
    p = factors.args[1]
    likely = all_(p < 1, **params)
    others = where(with_axes(likely, p, **params), 1.0, factors)
    return likely, sum_(log1p(-p), **params), others


@among("prod")
@reading("prod")
def rest_of_product(node: Expr, opaque: Opaque) -> Expr | None:
    """1 - prod(sigmoid(x)), that not all of many events happen, cancels where all but do.

    So does 1 - prod(1 - p), that one of them happens.
    """
    one, x = node.args
    if literal(one) != 1 or x.op != "prod" or x.id in opaque:
        return None
    (factors,) = x.args
    logarithms = log_of_probability(factors, opaque)
    if logarithms is not None:
        return -expm1(sum_(logarithms, **x.params))
    rests = _rests(factors, x.params, opaque)
    if rests is None:
        return None
    likely, total, others = rests
    return where(likely, -expm1(total), 1 - prod(others, **x.params))


@among("softmax")
@reading("softmax", "max", *PICKING)
def rest_of_share(node: Expr, opaque: Opaque) -> Expr | None:
    """1 - softmax(x) is the sum of the others where it is small: else it has the rounding of 1."""
    one, p = node.args
    share = p.args[0] if p.op in ("max", *PICKING) else p
    if literal(one) != 1 or share.op != "softmax" or not opaque.isdisjoint((p.id, share.id)):
        return None
    above = share > 0.5
    below = where(above, 0.0, share)
    others = sum_(below, axis=share.params["axis"], keepdims=True)
    rest = where(above, others, 1 - below)
    if p.op == "max":
        return min_(rest, **p.params)
    return rest if p is share else rebuilt(p, [rest, *p.args[1:]])


@among("softmax")
@reading("sum", "matmul")
@settled
def impurity(node: Expr, opaque: Opaque) -> Expr | None:
    """1 - sum(softmax(x)**2) cancels where one of them is nearly 1; sum(p * (1 - p)) does not."""
    one, total = node.args
    if literal(one) != 1 or total.id in opaque or total.op not in ("sum", "matmul"):
        return None
    p = squared(total.args[0] if total.op == "sum" else total, opaque)
    if total.op == "matmul" and total.args[0] is total.args[1]:
        p = total.args[0]
    if p is None or p.op != "softmax" or p.id in opaque:
        return None
    axes = t.axes_of(total.params["axis"], p.ndim) if total.op == "sum" else (0,)
    same = axes == t.axes_of(p.params["axis"], p.ndim)
    return sum_(p * (1 - p), **total.params) if same else None


_BOUNDS = ("maximum", "minimum", "clip")


def log_of_bounded(node: Expr, opaque: Opaque) -> Expr | None:
    """log(clip(p, 1e-7, 1)) of a probability is as exact as its logarithm, within the bounds."""
    (bounded,) = node.args
    if bounded.op not in _BOUNDS or bounded.id in opaque:
        return None
    p, *bounds = bounded.args if literal(bounded.args[0]) is None else bounded.args[::-1]
    numbers = [literal(b) or 0.0 for b in bounds]
    logarithm = log_of_probability(p, opaque) if min(numbers) > 0 else None
    return None if logarithm is None else registry[bounded.op](logarithm, *map(log, numbers))


@among("sigmoid")
@reading("clip")
def rest_of_bounded(node: Expr, opaque: Opaque) -> Expr | None:
    """1 - clip(sigmoid(x), a, b) is within 1 - b and 1 - a."""
    one, bounded = node.args
    if literal(one) != 1 or bounded.op != "clip" or bounded.id in opaque:
        return None
    p, *bounds = bounded.args
    least, most = map(literal, bounds)
    if p.op != "sigmoid" or p.id in opaque or least is None or most is None:
        return None
    return clip(sigmoid(-p.args[0]), 1 - most, 1 - least)


@reading("softmax", "log_softmax")
def picked_share(node: Expr, opaque: Opaque) -> Expr | None:
    """softmax(x)[k] has the rounding of 1 where it is nearly 1; by all others it has its own."""
    p, index = node.args[0], node.params["index"]
    if p.op not in ("softmax", "log_softmax") or p.id in opaque or len(node.args) > 1:
        return None
    axes = t.axes_of(p.params["axis"], p.ndim)
    if len(axes) != 1 or None in index or len(index) <= axes[0]:
        return None
    (axis,), (x,) = axes, p.args
    k, size = index[axis], p.shape[axis]
    if not isinstance(k, int):
        return None
    least = float(np.finfo(x.dtype).min) / 4  # no infinity, of which there may be nothing but
    one = expand_dims(getitem(x, (*[slice(None)] * axis, k)), axis)
    places = reshape(iota(node.graph, size), (size, *[1] * (p.ndim - axis - 1)))
    others = not_equal(places, lift(node.graph, k if k >= 0 else size + k))
    apart = where(others, x - clip(one, least, -least), least)
    total = logsumexp(apart, axis=axis, keepdims=True)
    gap = getitem(total, (*index[:axis], 0, *index[axis + 1 :]))
    return sigmoid(-gap) if p.op == "softmax" else -softplus(gap)


@among("logsumexp")
@reading("logsumexp", "getitem", "expand_dims", "reshape")
def difference_from_logsumexp(node: Expr, opaque: Opaque) -> Expr | None:
    """x - logsumexp(x) is log_softmax(x), which shifts x first: far from 0 no digits are lost."""
    a, b = node.args
    found = _less_total(a, b, opaque)
    if found is None:
        back = _less_total(b, a, opaque)
        return None if back is None else -back
    return found


def _less_total(x: Expr, total: Expr, opaque: Opaque) -> Expr | None:
    """x, or some of its elements, less logsumexp(x)."""
    core = unwrapped(total, opaque)
    if core.op != "logsumexp" or core.id in opaque:
        return None
    (whole,) = core.args
    axes = t.axes_of(core.params["axis"], whole.ndim)
    if x is whole and x.ndim and aligned(total, x.shape, axes):
        return log_softmax(x, axis=axes)
    picks = x.op in ("getitem", "gather") and x.args[0] is whole and x.id not in opaque
    of_all = len(axes) == whole.ndim and not total.ndim
    rows = axes == (1,) and not core.params["keepdims"] and one_of_each_row(x, whole)
    if not picks or not (of_all or rows):
        return None
    return rebuilt(x, [log_softmax(whole, axis=axes), *x.args[1:]])


def one_of_each_row(x: Expr, z: Expr) -> bool:
    """Whether x is z[arange(n), y] of a matrix."""
    if x.op != "gather" or z.ndim != 2 or x.params["index"] != (At(0), At(1)):
        return False
    return x.args[1].op == "iota" and x.args[1].shape == x.shape == (z.shape[0],)


LOGARITHMS = {"log": [log_of_product, log_of_bounded]}
DIFFERENCES = {
    "subtract": [
        difference_from_logsumexp,
        rest_of_product,
        rest_of_bounded,
        rest_of_share,
        impurity,
    ]
}
SHARES = {"getitem": [picked_share]}
