"""Geometric, harmonic and power means, whose products and powers are beyond all numbers."""

from __future__ import annotations

from math import inf, nan

import numpy as np

from ...graph.dims import product
from ...graph.graph import Expr
from ...ops import typing as t
from ...ops.arithmetic import absolute, sign
from ...ops.leaves import stop_gradient
from ...ops.operands import lift
from ...ops.reductions import max_, mean, min_, sum_, with_axes
from ...ops.selection import logical_and, where
from ...ops.stable import reciprocal_sum
from ...ops.statistics import prod
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading
from .shares import unwrapped


@among("prod")
@reading("prod")
def root_of_product(node: Expr, opaque: Opaque) -> Expr | None:
    """prod(x)**(1/n) is 0 or infinite where the product is; then the roots are multiplied."""
    total, *powers = node.args
    p = powers[0] if powers else 0.5
    if total.op != "prod" or total.id in opaque or not _is_root(p) or not total.type.is_floating:
        return None
    (x,), params = total.args, total.params
    size = absolute(total)
    fits = logical_and(size > float(np.finfo(total.dtype).tiny), size < inf)
    roots = prod(absolute(x) ** p, **params)
    beyond = where(prod(sign(x), **params) < 0, nan, roots)
    inside = prod(where(with_axes(fits, x, **params), x, 1.0), **params) ** p
    return where(fits, inside, beyond)


@among("power")
@reading("sum", "mean")
def scaled_power_mean(node: Expr, opaque: Opaque) -> Expr | None:
    """sum(x**p)**(1/p) overflows in its powers; by the largest x, which the root takes out, not.

    The slope is the same whatever the scale is, so the scale has none.
    """
    total, inverse = node.args
    if total.op not in ("sum", "mean") or inverse.op != "divide" or literal(inverse.args[0]) != 1:
        return None
    power, p = total.args[0], inverse.args[1]
    known = power.op == "power" and power.args[1] is p and not p.ndim and literal(p) is None
    x, params = power.args[0], total.params
    free = x.type.is_floating and not {total.id, power.id} & opaque
    if not known or not free or _is_scaled(x, opaque):
        return None
    scale = stop_gradient(_scale(x, p, **params))
    add = sum_ if total.op == "sum" else mean
    again = add((x / with_axes(scale, x, **params)) ** p, **params)
    return scale * again**inverse


def _is_scaled(x: Expr, opaque: Opaque) -> bool:
    """Whether x is what `scaled_power_mean` itself has made."""
    return x.op == "divide" and unwrapped(x.args[1], opaque).op == "stop_gradient"


def _scale(x: Expr, p: Expr, axis: t.Axes | None, keepdims: bool) -> Expr:
    """The element of x whose power is largest, or 1."""
    size = absolute(x)
    ends = [f(size, axis=axis, keepdims=keepdims) for f in (max_, min_)]
    scale = where(p > 0, *ends)
    return where(logical_and(scale > 0, scale < inf), scale, 1.0)


def _is_root(p: Expr | float) -> bool:
    """Whether an exponent is between 0 and 1, or one over a size."""
    if isinstance(p, float):
        return True
    number = literal(p)
    over_size = p.op == "divide" and literal(p.args[0]) == 1 and p.args[1].op == "dim"
    return over_size if number is None else 0 < number < 1


@among("sum", "mean")
@reading("sum", "mean")
def over_reciprocals(node: Expr, opaque: Opaque) -> Expr | None:
    """n / sum(1 / x) has slopes that are 0 times infinity where 1 / x**2 overflows."""
    top, total = node.args
    if total.op not in ("sum", "mean") or total.id in opaque or not total.type.is_floating:
        return None
    (inverse,), params = total.args, total.params
    c = literal(inverse.args[0]) if inverse.op == "divide" and inverse.id not in opaque else None
    if not c:
        return None
    x = inverse.args[1]
    y = reciprocal_sum(x, **params)
    if total.op == "mean":
        size = product(x.shape[i] for i in t.axes_of(params["axis"], x.ndim))
        top = top * lift(node.graph, size)
    return top * y if c == 1 else top / c * y


QUOTIENTS: dict[str, list[Structural]] = {"divide": [over_reciprocals]}
ROOTS: dict[str, list[Structural]] = {
    "sqrt": [root_of_product],
    "power": [root_of_product, scaled_power_mean],
}
