"""Exponentials over their sum, however both are written: softmax."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from ...graph.graph import Expr
from ...graph.types import BOOL, Shape
from ...ops import typing as t
from ...ops.activations import logsumexp, sigmoid, softmax, softplus
from ...ops.arithmetic import add
from ...ops.elementary import logaddexp
from ...ops.exponents import exp_shares
from ...ops.leaves import stop_gradient
from ...ops.op import rebuilt
from ...ops.reductions import sum_
from ...ops.selection import logical_or, not_equal, where
from ..facts.exponentials import literal
from ..facts.marks import Opaque, among, reading
from .reduced import Total, scaled_sum
from .terms import Exponential, counted, exponential, relative


def normalized(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) / sum(exp(x)) is softmax(x), wherever the sum broadcasts along its own axes."""
    parts = quotient(node, opaque)
    if parts is None or parts[0].id in opaque:
        return None
    top, wrapped, core = parts
    if core.op == "sum" and top.op == "transpose" and top.args[0] is core.args[0]:
        return _transposed(top, wrapped, core, opaque)
    total = scaled_sum(core, opaque)
    terms = None if total is None or total.scale is not None else exponential(top, opaque)
    if total is None or terms is None:
        return None
    if terms.x.id not in opaque and wrapped is core and _is_element(terms, total):
        return _element_of_shares(terms, total, opaque)
    return _shares_along(terms, total, top, wrapped, opaque)


def _shares_along(
    terms: Exponential, total: Total, top: Expr, wrapped: Expr, opaque: Opaque
) -> Expr | None:
    """Shares of all elements, times their own weights, or where their mask holds."""
    below, weight = total.terms, terms.weight
    alike = weight is below.weight or below.weight is None
    if terms.x is not below.x or not alike or top.shape != below.x.shape:
        return None
    axes = t.axes_of(total.axis, top.ndim)
    if not axes or not aligned(wrapped, top.shape, axes):
        return None
    if below.masked() is None and counted(below.x) is not None:  # `_share` has made it
        return None
    share = _share(below, axes, opaque)
    if weight is not None and weight is not below.weight:
        share = where(weight, share, 0.0) if weight.dtype == BOOL else weight * share
    return _scaled(share, terms, below)


def _scaled(share: Expr, above: Exponential, below: Exponential) -> Expr:
    """A share, by the numbers with which exponentials stand above and below."""
    factor = above.c * below.per / (above.per * below.c)
    return share if factor == 1 else factor * share


def _is_element(terms: Exponential, total: Total) -> bool:
    """Whether the exponent above is an element of all those below."""
    x, below = terms.x, total.terms
    whole = len(t.axes_of(total.axis, below.x.ndim)) == below.x.ndim and not total.keepdims
    if x.op != "getitem" or x.args[0] is not below.x or len(x.args) > 1:
        return False
    plain = terms.weight is None and below.weight is None
    return plain and ((whole and not x.ndim) or _is_place(x.params["index"], total))


def _is_place(index: Sequence[object], total: Total) -> bool:
    """Whether an index names one place along the axis that is summed up, and leaves the others."""
    axes = t.axes_of(total.axis, total.terms.x.ndim)
    if total.keepdims or len(axes) != 1 or len(index) <= axes[0]:
        return False
    (axis,) = axes
    others = (*index[:axis], *index[axis + 1 :])
    return isinstance(index[axis], int) and all(e == (None, None, 1) for e in others)


def _element_of_shares(terms: Exponential, total: Total, opaque: Opaque) -> Expr:
    """exp(x[1]) / sum(exp(x)) is an element of softmax(x)."""
    share = _share(total.terms, t.axes_of(total.axis, total.terms.x.ndim), opaque)
    return _scaled(rebuilt(terms.x, [share, *terms.x.args[1:]]), terms, total.terms)


@among("exp")
@reading("add")
def share_beside_one(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) / (1 + sum(exp(x))) is softmax(x), times the share of the sum beside 1."""
    parts = quotient(node, opaque)
    if parts is None or parts[2].op != "add" or parts[2].id in opaque or parts[1] is not parts[2]:
        return None
    top, _, core = parts
    one, others = core.args if literal(core.args[0]) == 1 else core.args[::-1]
    if literal(one) != 1 or others.shape != core.shape:
        return None
    total = scaled_sum(others, opaque)
    if total is None or total.scale is not None or total.terms.masked() is None:
        return None
    logits = logsumexp(total.terms.masked(), axis=total.axis, keepdims=total.keepdims)
    logits = total.logarithm(logits)
    number = literal(top)
    if number is not None:
        return number * sigmoid(-logits) if number != 1 else sigmoid(-logits)
    share = normalized(top / others, opaque)
    return None if share is None else share * sigmoid(logits)


def _share(terms: Exponential, axes: t.Axes, opaque: Opaque) -> Expr:
    """Terms relative to their sum; the largest that counts is 1 before weights come in."""
    x, w = terms.masked(), terms.weight
    if x is not None:
        return softmax(_shift_free(x, axes, opaque), axis=axes)
    assert w is not None
    parts = w * relative(terms.x, w, axes)
    return parts / sum_(parts, axis=axes, keepdims=True)


def _transposed(top: Expr, wrapped: Expr, core: Expr, opaque: Opaque) -> Expr | None:
    """(exp(x).T / sum(exp(x), axis=1)).T: the sum is along the axes that the transpose moved."""
    axes = t.axes_of(core.params["axis"], top.ndim)
    order = top.params["axes"] or tuple(range(top.ndim))[::-1]
    moved = tuple(order.index(a) for a in axes)
    if not axes or core.id in opaque or not aligned(wrapped, top.shape, moved):
        return None
    terms = exponential(top.args[0], opaque)
    return None if terms is None else rebuilt(top, [_share(terms, axes, opaque)])


def quotient(node: Expr, opaque: Opaque) -> tuple[Expr, Expr, Expr] | None:
    """Numerator, denominator as it broadcasts, and its core; also of products with reciprocals."""
    if node.op == "divide":
        return node.args[0], node.args[1], unwrapped(node.args[1], opaque)
    for a, b in (node.args, node.args[::-1]):
        inverse = unwrapped(b, opaque)
        if inverse.id in opaque:
            continue
        if inverse.op == "divide" and literal(inverse.args[0]) == 1:
            core = inverse.args[1]
            return a, b if inverse is not b else core, unwrapped(core, opaque)
    return None


def unwrapped(node: Expr, opaque: Opaque) -> Expr:
    """Without operations that only insert axes of size 1: the elements keep their order."""
    for _ in range(3):
        new_axes = node.op == "getitem" and all(
            e is None or e == (None, None, 1) for e in node.params["index"]
        )
        if node.id in opaque or not (new_axes or node.op in ("expand_dims", "reshape")):
            break
        node = node.args[0]
    return node


def aligned(total: Expr, shape: Shape, axes: t.Axes) -> bool:
    """Whether the sum has size 1 along its axes and the numerator's sizes along the others."""
    kept = tuple(1 if i in axes else d for i, d in enumerate(shape))
    return (1,) * (len(shape) - total.ndim) + tuple(total.shape) == kept


def is_one_along(m: Expr, x: Expr, axes: t.Axes) -> bool:
    """Whether beside an array it is the same for all elements along axes."""
    sizes = (1,) * (x.ndim - m.ndim) + tuple(m.shape)
    return all(sizes[i] == 1 for i in axes)


def _shift_free(x: Expr, axes: t.Axes, opaque: Opaque) -> Expr:
    """What is shifted by one number c along the axes, which has no slope; c - c may be nan."""
    if x.op not in ("add", "subtract") or x.id in opaque:
        return x
    for a, m in (x.args, x.args[::-1]) if x.op == "add" else (x.args,):
        if m.op == "max" and m.args[0] is a and m.id not in opaque and aligned(m, a.shape, axes):
            return a
        known = m.op == "stop_gradient" or m.id in opaque or literal(m) is not None
        if not known and a.type == x.type and is_one_along(m, a, axes):
            return a + stop_gradient(m - m)
    return x


@reading("add", "subtract")
def shift_of_softmax(node: Expr, opaque: Opaque) -> Expr | None:
    """softmax(x - max(x)) is softmax(x)."""
    (x,) = node.args
    free = _shift_free(x, node.params["axis"], opaque)
    return softmax(free, axis=node.params["axis"]) if free is not x else None


@among("exp", "log_softmax")
@reading("log_softmax", "add", "negative")
def product_with_masked(node: Expr, opaque: Opaque) -> Expr | None:
    """p * log(p) is 0 where a mask leaves no share p, not 0 times infinity."""
    for p, logarithm in (node.args, node.args[::-1]):
        minus = logarithm.op == "negative" and logarithm.id not in opaque
        core = logarithm.args[0] if minus else logarithm
        for part in core.args if core.op == "add" and core.id not in opaque else (core,):
            some = counted(part) if part.id not in opaque else None
            if some is not None:
                some = some if _has_share(p, part, opaque) else logical_or(some, not_equal(p, 0))
                return p * where(some, logarithm, 0.0)
    return None


def _has_share(p: Expr, x: Expr, opaque: Opaque, depth: int = 4) -> bool:
    """Whether a product or quotient has exp(x) as a factor."""
    if p.op in ("exp", "softmax") or not depth:
        terms = exponential(p, opaque)
        return terms is not None and terms.x is x
    factors = {"multiply": p.args, "divide": p.args[:1], "negative": p.args}.get(p.op.name, ())
    return any(_has_share(a, x, opaque, depth - 1) for a in factors)


@among("exp_shares")
@reading("exp_shares")
def log_of_shares(node: Expr, opaque: Opaque) -> Expr | None:
    """log(exp(x) / (exp(x) + exp(y) + exp(z))) is -inf where the quotient is 0."""
    (share,) = node.args
    if share.op != "exp_shares" or share.id in opaque:
        return None
    x, *others = share.args
    return -softplus(reduce(logaddexp, [y - x for y in others]))


@among("exp_shares")
@reading("exp_shares")
def rest_of_shares(node: Expr, opaque: Opaque) -> Expr | None:
    """1 less the share of the first is the sum of the other shares."""
    one, share = node.args
    if literal(one) != 1 or share.op != "exp_shares" or share.id in opaque:
        return None
    x, *others = share.args
    rest = [[y, x, *others[:i], *others[i + 1 :]] for i, y in enumerate(others)]
    return reduce(add, map(exp_shares, rest))


@reading("logaddexp")
def share_of_all(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) over a sum of a few, whose logarithm is not rounded first."""
    x, *others = node.args
    if x.op == "logaddexp" and x.id not in opaque and len(node.args) < _MANY:
        a, b = x.args
        return exp_shares([a, b, *others]) + exp_shares([b, a, *others])
    for i, y in enumerate(others):
        if y.op == "logaddexp" and y.id not in opaque and len(node.args) < _MANY:
            return exp_shares([x, *others[:i], *y.args, *others[i + 1 :]])
    return None


_MANY = 4  # terms of a sum: each share computes all of them

QUOTIENTS = {
    "divide": [share_beside_one],
    "multiply": [share_beside_one, product_with_masked],
}
SHIFTS = {"softmax": [shift_of_softmax]}
OF_SOME = {"log": [log_of_shares], "subtract": [rest_of_shares]}
