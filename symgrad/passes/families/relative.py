"""Functions relative to their argument, and less the first terms of their series, in any scaling.

sin(2 x) / x is 2 sin(u) / u of u = 2 x, and 3 tanh(x / 3) - x is 3 (tanh(u) - u) of u = x / 3:
factors are read off both sides, and what is left is a row of `symgrad.ops`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import TypeGuard

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
from ...ops.remainders import (
    expm1_less,
    log1p_less,
    log_less,
    log_ratio_less,
    sin_less,
    sinh_less,
    tan_less,
    tanh_less,
)
from ...ops.selection import where
from ...ops.stable import coshm1
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading, settled
from ..facts.products import multiple, squared
from .quotients import times
from .rests import RESTS, Row

Terms = list[tuple[float, Expr | None]]
"""Numbers times nodes, or numbers alone."""
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
_LESS: Mapping[str, tuple[Row, float, float]] = {  # f(u) - p - q u, p and q
    **{"expm1": (expm1_less, 0.0, 1.0), "exp": (expm1_less, 1.0, 1.0), "cosh": (coshm1, 1.0, 0.0)},
    **{"log1p": (log1p_less, 0.0, 1.0), "log": (log_less, -1.0, 1.0)},
    **{"sin": (sin_less, 0.0, 1.0), "tan": (tan_less, 0.0, 1.0)},
    **{"sinh": (sinh_less, 0.0, 1.0), "tanh": (tanh_less, 0.0, 1.0)},
}
_FUNCTIONS = frozenset({*_LESS, "log_ratio"})
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
        is_known = multiple(f, opaque)[1].op in _OVER and literal(factor) is None
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
    """f(x) times 1 / x is 0 times infinity where x is 0; so is x times 1 / f(x)."""
    for a, b in (node.args, node.args[::-1]):
        if b.op == "divide" and literal(b.args[0]) == 1 and b.id not in opaque:
            return _relative(a, b.args[1], opaque)
    return None


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


@among(*_FUNCTIONS)
@reading(*_LESS, "scaled", "negative")
def remainder(node: Expr, opaque: Opaque) -> Expr | None:
    """x - sin(x), of any multiples in any order, cancels near 0."""
    return _remainder(_terms(node, opaque), opaque)


@among("log_ratio", *(name for name, (_, p, q) in _LESS.items() if p and q))
@reading("add", "subtract")
@reading("number", "shifted", "astype")
def remainder_of_three(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) - 1 - x, of any multiples in any order, cancels near 0."""
    terms = _terms(node, opaque)
    sums = [(i, c, x) for i, (c, x) in enumerate(terms) if _is_one(x, _SUMS, opaque)]
    if len(sums) != 1:
        return None
    i, c, x = sums[0]
    return _remainder([*_terms(x, opaque, c), terms[1 - i]], opaque)


@among("log_ratio", *(name for name, (_, p, q) in _LESS.items() if p and q))
@reading("add", "subtract")
def remainder_of_four(node: Expr, opaque: Opaque) -> Expr | None:
    """1 + x - y - exp(x), as normal densities diverge: as of three, whatever y is."""
    terms = _terms(node, opaque)
    while len(terms) < 4:
        sums = [(i, c, x) for i, (c, x) in enumerate(terms) if _is_one(x, _SUMS, opaque)]
        if not sums:
            break
        i, c, x = sums[0]
        terms[i : i + 1] = _terms(x, opaque, c)
    if not any(_is_one(x, _FUNCTIONS, opaque) for _, x in terms):
        return None
    for i, (c, y) in enumerate(terms):
        found = _remainder(terms[:i] + terms[i + 1 :], opaque)
        if found is not None:
            other = abs(c) if y is None else times(None, abs(c), y)
            return found + other if c > 0 else found - other
    return None


def _is_one(x: Expr | None, ops: Container[str], opaque: Opaque) -> TypeGuard[Expr]:
    return x is not None and x.op in ops and x.id not in opaque


def _terms(total: Expr, opaque: Opaque, c: float = 1.0) -> Terms:
    """The terms of a sum or difference, times c."""
    a, b = total.args
    return [_term(c, a, opaque), _term(-c if total.op == "subtract" else c, b, opaque)]


def _remainder(terms: Terms, opaque: Opaque) -> Expr | None:
    """The row of a function less what it is like near 0, if these terms are that."""
    for i, (j, f) in enumerate(terms):
        if _is_one(f, _FUNCTIONS, opaque):
            found = _less(terms[:i] + terms[i + 1 :], j, f, opaque)
            if found is not None:
                return found
    return None


def _less(others: Terms, j: float, f: Expr, opaque: Opaque) -> Expr | None:
    """j f(u), less what it is like near 0, if the other terms are that."""
    if f.op == "log_ratio":
        return _less_of_ratio(others, j, f, opaque)
    row, p, q = _LESS[f.op]
    (u,) = f.args
    c, v = multiple(u, opaque)
    if _rest(others, lambda x: x is v, opaque) == (-j * q * c, -j * p):
        return times(None, j, row(u))
    return _less_of_square(others, j, u, opaque) if f.op == "log" else None


def _less_of_ratio(others: Terms, j: float, f: Expr, opaque: Opaque) -> Expr | None:
    """j (log(x / y) - x / y + 1)."""
    for k, over in ((j, f.args), (-j, f.args[::-1])):
        if _rest(others, partial(_is_quotient, over), opaque) == (-k, k):
            return times(None, k, log_ratio_less(*over))
    return None


def _is_quotient(over: Sequence[Expr], x: Expr) -> bool:
    return x.op == "divide" and x.args == over


def _less_of_square(others: Terms, j: float, u: Expr, opaque: Opaque) -> Expr | None:
    """j log(u) - j (u² - 1) / 2, also of u = |x|."""
    roots = (u, *u.args) if u.op == "absolute" else (u,)
    if _rest(others, lambda x: squared(x, opaque) in roots, opaque) != (-j / 2, j / 2):
        return None
    return times(None, j, log_less(u)) + times(None, -j / 2, (u - 1) ** 2)


def _term(c: float, x: Expr, opaque: Opaque) -> tuple[float, Expr | None]:
    """A number times a node as a number times another, or as a number alone."""
    number = literal(x)
    if number is not None:
        return c * number, None
    k, core = multiple(x, opaque)
    return c * k, core


def _rest(
    others: Terms, is_argument: Callable[[Expr], bool], opaque: Opaque
) -> tuple[float, float] | None:
    """The factor of the argument in the other terms, and the number; None if there is more."""
    linear = constant = 0.0
    for k, x in others:
        if x is None:
            constant += k
        elif x.op == "square_difference" and literal(x.args[1]) == 1 and x.id not in opaque:
            if not is_argument(x.args[0] ** 2):
                return None
            linear, constant = linear + k, constant - k
        elif is_argument(x):
            linear += k
        else:
            return None
    return linear, constant


_SUMS = ("add", "subtract")
QUOTIENTS: Mapping[str, list[Structural]] = {
    "divide": [relative_function, multiple_of_quotient],
    "multiply": [relative_product],
}
SUMS: Mapping[str, list[Structural]] = {
    name: [remainder, remainder_of_three, remainder_of_four] for name in _SUMS
}
