"""Functions relative to their argument, in any scaling.

sin(2 x) / x is 2 sin(u) / u of u = 2 x: factors are read off both sides, and what is left is a row
of `symgrad.ops`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from ...graph.graph import Expr
from ...ops.arithmetic import absolute
from ...ops.elementary import cos, sin, sinh
from ...ops.relative import (
    arcsinc,
    arcsinhc,
    arctanc,
    arctanhc,
    bernoulli_function,
    erfrel,
    exprel,
    log1prel,
    log1prel_inverse,
    sinhc,
    sinhc_inverse,
    spherical_j0,
    spherical_j0_inverse,
    tanc_inverse,
    tanhc,
    tanhc_inverse,
)
from ...ops.selection import where
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading, settled
from ..facts.products import multiple, squared
from .quotients import times
from .rests import RESTS, Row

_OVER_ARGUMENT: Mapping[str, Row] = {  # f(u) / u
    **{"sin": spherical_j0, "tan": lambda u: spherical_j0(u) / cos(u)},
    **{"sinh": sinhc, "tanh": tanhc, "expm1": exprel, "log1p": log1prel, "erf": erfrel},
    **{"arcsin": arcsinc, "arctan": arctanc, "arcsinh": arcsinhc, "arctanh": arctanhc},
    "versin": lambda u: sin(u / 2) * spherical_j0(u / 2),
    "coshm1": lambda u: sinh(u / 2) * sinhc(u / 2),
}
_OVER_FUNCTION: Mapping[str, Row] = {  # u / f(u)
    **{"sin": spherical_j0_inverse, "tan": tanc_inverse},
    **{"sinh": sinhc_inverse, "tanh": tanhc_inverse},
    **{"expm1": bernoulli_function, "log1p": log1prel_inverse},
}
_OVER_POWER: Mapping[str, tuple[int, Row]] = {  # f(u) / u**n, by n
    "versin": (2, lambda u: 0.5 * spherical_j0(u / 2) ** 2),
    "coshm1": (2, lambda u: 0.5 * sinhc(u / 2) ** 2),
    **RESTS,
}
_OVER = frozenset({*_OVER_ARGUMENT, *_OVER_POWER})
_ARGUMENTS = _OVER.union(_OVER_FUNCTION)


@among(*_ARGUMENTS)
@reading(*_ARGUMENTS, "negative", "scaled", "multiply")
def relative_function(node: Expr, opaque: Opaque) -> Expr | None:
    """f(x) / x is 0/0 where x is 0, and its slope cancels near it; so is x / f(x)."""
    above, below = node.args
    found = _relative(above, below, opaque)
    j, top = multiple(above, opaque)
    if found is not None or top.op != "multiply" or top.id in opaque:
        return found
    for f, factor in (top.args, top.args[::-1]):
        is_known = literal(factor) is None and _is_over(f, opaque)
        found = _relative(f, below, opaque) if is_known else None
        if found is not None:
            return times(factor, j, found)
    return None


@among("cos")
@reading("scaled", "negative")
@settled
def multiple_of_quotient(node: Expr, opaque: Opaque) -> Expr | None:
    """3 (sin(x) - x cos(x)) / x**3 is a multiple of what has an equation."""
    j, top = multiple(node.args[0], opaque)
    if j in (0, 1) or top.op != "subtract" or top.id in opaque or top.args[0].op != "sin":
        return None
    return j * (top / node.args[1])


@among(*_ARGUMENTS)
@reading("divide")
@reading(*_ARGUMENTS, "negative", "scaled")
def relative_product(node: Expr, opaque: Opaque) -> Expr | None:
    """f(x) times y / x is 0 times infinity where x is 0; so is x times 1 / f(x)."""
    for a, b in (node.args, node.args[::-1]):
        if b.op == "divide" and b.id not in opaque and b.args[0] is not b.args[1]:
            top = literal(b.args[0])
            found = _relative(a, b.args[1], opaque) if top or _is_over(a, opaque) else None
            if found is not None:
                return times(None, top, found) if top else b.args[0] * found
    return None


def _is_over(x: Expr, opaque: Opaque) -> bool:
    """Whether it is a multiple of a function that is divided by its argument."""
    return multiple(x, opaque)[1].op in _OVER


def _relative(above: Expr, below: Expr, opaque: Opaque) -> Expr | None:
    """A quotient of a function and its argument, or the inverse, times a number."""
    (j, top), (k, bottom) = multiple(above, opaque), multiple(below, opaque)
    if not j or not k or {top.id, bottom.id} & opaque:
        return None
    if top.op in _OVER_POWER:
        n, row = _OVER_POWER[top.op]
        is_power = bottom.op == "power" and literal(bottom.args[1]) == n
        root = bottom.args[0] if is_power else squared(bottom, opaque) if n == 2 else None
        found = None if root is None else _of_ratio(top, root, opaque)
        if found is not None:
            return times(None, j / k * found**n, row(top.args[0]))
    for f, other, rows, p in ((top, bottom, _OVER_ARGUMENT, 1), (bottom, top, _OVER_FUNCTION, -1)):
        found = _of_ratio(f, other, opaque) if f.op in rows else None
        if found is not None:
            return times(None, j / k * found**p, rows[f.op](f.args[0]))
    return _chord(above, below, top, bottom, j / k, opaque) if top.op in _OVER_ARGUMENT else None


def _chord(above: Expr, below: Expr, f: Expr, v: Expr, c: float, opaque: Opaque) -> Expr | None:
    """f(x y) / x, which is y f(u) / u of u = x y; where u is large, it stays as it is written."""
    (u,) = f.args
    s, product = multiple(u, opaque)
    if product.op != "multiply" or product.id in opaque:
        return None
    (p, a), (q, b) = (multiple(x, opaque) for x in product.args)
    if v is not a and v is not b:
        return None
    near, other = absolute(u) < 1, b if v is a else a
    inside = times(other, c * s * p * q, _OVER_ARGUMENT[f.op](where(near, u, 0.0)))
    return where(near, inside, above / where(near, 1.0, below))


def _of_ratio(f: Expr, v: Expr, opaque: Opaque) -> float | None:
    """The number u / v of a function f(u)."""
    (c, x), (d, y) = _scaled(f.args[0], opaque), _scaled(v, opaque)
    ratio = c / d if d else 0.0
    return ratio if x == y and ratio and isfinite(ratio) else None


def _scaled(x: Expr, opaque: Opaque) -> tuple[float, tuple[Expr, ...]]:
    """A number times a node, or times a quotient of two: -t / a is -1 times that of t and a."""
    k, core = multiple(x, opaque)
    if core.op != "divide" or core.id in opaque:
        return k, (core,)
    (i, a), (j, b) = (multiple(y, opaque) for y in core.args)
    return (k * i / j, (a, b)) if j else (k, (core,))


QUOTIENTS: Mapping[str, list[Structural]] = {
    "divide": [relative_function, multiple_of_quotient],
    "multiply": [relative_product],
}
