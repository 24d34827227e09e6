"""Functions relative to their argument, and less the first terms of their series, in any scaling.

sin(2 x) / x is 2 sin(u) / u of u = 2 x, and 3 tanh(x / 3) - x is 3 (tanh(u) - u) of u = x / 3:
factors are read off both sides, and what is left is a row of `symgrad.ops`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, log

from ..graph.graph import Expr
from ..ops.arithmetic import absolute
from ..ops.elementary import cos, log1p, sin, sinh
from ..ops.relative import (
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
from ..ops.remainders import (
    expm1_less,
    log1p_less,
    log_less,
    sin_less,
    sinh_less,
    tan_less,
    tanh_less,
)
from ..ops.selection import where
from ..ops.stable import coshm1
from .exponentials import literal
from .marks import Opaque, Structural, among, reading
from .products import multiple, squared
from .quotients import times
from .units import is_derived

Row = Callable[[Expr], Expr]
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
_OVER_SQUARE: Mapping[str, Row] = {  # f(u) / u²
    "versin": lambda u: 0.5 * spherical_j0(u / 2) ** 2,
    "coshm1": lambda u: 0.5 * sinhc(u / 2) ** 2,
}
_LESS: Mapping[str, tuple[Row, float, float]] = {  # f(u) - p - q u, p and q
    **{"expm1": (expm1_less, 0.0, 1.0), "exp": (expm1_less, 1.0, 1.0), "cosh": (coshm1, 1.0, 0.0)},
    **{"log1p": (log1p_less, 0.0, 1.0), "log": (log_less, -1.0, 1.0)},
    **{"sin": (sin_less, 0.0, 1.0), "tan": (tan_less, 0.0, 1.0)},
    **{"sinh": (sinh_less, 0.0, 1.0), "tanh": (tanh_less, 0.0, 1.0)},
}
_ARGUMENTS = frozenset({*_OVER_ARGUMENT, *_OVER_FUNCTION})


@among(*_ARGUMENTS)
@reading(*_ARGUMENTS, "negative", "scaled")
def relative_function(node: Expr, opaque: Opaque) -> Expr | None:
    """f(x) / x is 0/0 where x is 0, and its slope cancels near it; so is x / f(x)."""
    top, bottom = node.args
    return _relative(top, bottom, opaque)


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
    if top.op in _OVER_SQUARE:
        root = squared(bottom, opaque)
        found = None if root is None else _of_ratio(top, root, opaque)
        if found is not None:
            return times(None, j / k * found**2, _OVER_SQUARE[top.op](top.args[0]))
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
    (c, x), (d, y) = multiple(f.args[0], opaque), multiple(v, opaque)
    ratio = c / d if d else 0.0
    return ratio if x is y and ratio and isfinite(ratio) else None


@among(*_LESS)
@reading(*_LESS, "scaled", "negative")
def remainder(node: Expr, opaque: Opaque) -> Expr | None:
    """x - sin(x), of any multiples in any order, cancels near 0."""
    return _remainder(_terms(node), opaque)


@among(*(name for name, (_, p, q) in _LESS.items() if p and q))
@reading("add", "subtract")
@reading("number", "shifted", "astype")
def remainder_of_three(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) - 1 - x, of any multiples in any order, cancels near 0."""
    terms = _terms(node)
    sums = [i for i, (_, x) in enumerate(terms) if x.op in _SUMS and x.id not in opaque]
    if len(sums) != 1:
        return None
    (c, x), other = terms[sums[0]], terms[1 - sums[0]]
    return _remainder([*_terms(x, c), other], opaque)


@among(*(name for name, (_, p, q) in _LESS.items() if p and q))
@reading("add", "subtract")
def remainder_of_four(node: Expr, opaque: Opaque) -> Expr | None:
    """1 + x - y - exp(x), as normal densities diverge: as of three, whatever y is."""
    terms = _terms(node)
    while len(terms) < 4:
        sums = [i for i, (_, x) in enumerate(terms) if x.op in _SUMS and x.id not in opaque]
        if not sums:
            return None
        c, x = terms.pop(sums[0])
        terms[sums[0] : sums[0]] = _terms(x, c)
    for i, (c, y) in enumerate(terms):
        found = _remainder(terms[:i] + terms[i + 1 :], opaque)
        if found is not None:
            return found + y if c > 0 else found - y
    return None


def _terms(total: Expr, c: float = 1.0) -> list[tuple[float, Expr]]:
    """The terms of a sum or difference, times c."""
    a, b = total.args
    return [(c, a), (-c if total.op == "subtract" else c, b)]


def _remainder(terms: list[tuple[float, Expr]], opaque: Opaque) -> Expr | None:
    """The row of a function less what it is like near 0, if these terms are that."""
    for i, (c, x) in enumerate(terms):
        j, f = _term(c, x, opaque)
        known = _LESS.get(f.op) if f is not None and f.id not in opaque else None
        others = terms[:i] + terms[i + 1 :]
        if f is not None and known and _is_rest(others, j, f, opaque):
            return times(None, j, known[0](f.args[0]))
    return None


def _term(c: float, x: Expr, opaque: Opaque) -> tuple[float, Expr | None]:
    """A number times a node as a number times another, or as a number alone."""
    number = literal(x)
    if number is not None:
        return c * number, None
    k, core = multiple(x, opaque)
    return c * k, core


def _is_rest(others: list[tuple[float, Expr]], j: float, f: Expr, opaque: Opaque) -> bool:
    """Whether the other terms are what j f(u) is to lose: -j p - j q u."""
    _, p, q = _LESS[f.op]
    c, v = multiple(f.args[0], opaque)
    linear = constant = 0.0
    for term in others:
        k, x = _term(*term, opaque)
        if x is not None and x is not v:
            return False
        linear, constant = (linear + k, constant) if x is v else (linear, constant + k)
    return constant == -j * p and linear == -j * q * c


@reading("constant", "astype", "log")
def less_own_number(node: Expr, opaque: Opaque) -> Expr | None:
    """(x + 3) - 3 is x, and log(x + 3) - log(3) is log(1 + x / 3), of what a sum has rounded."""
    minus = node.op == "subtract"
    for i in (0, 1):
        total, other, turned = node.args[i], node.args[1 - i], minus and i == 1
        number = _number(other)
        if number is None or {total.id, other.id} & opaque:
            continue
        number = number if minus else -number
        rest, sign, c = _with_number(total)
        if c == number:  # the slope of x**(y + 1) has the rounding of y + 1 twice, or none
            return None if is_derived(node) else _signed(rest, -sign if turned else sign)
        rest, sign, c = _with_number(total.args[0]) if total.op == "log" else (total, 1, None)
        if c and c > 0 and log(c) == number and total.args[0].id not in opaque:
            less = log1p(_signed(rest, sign) / c)
            return -less if turned else less
    return None


def _signed(x: Expr, sign: int) -> Expr:
    return x if sign > 0 else -x


def _number(x: Expr) -> float | None:
    """A number, or the logarithm of one."""
    inner = literal(x.args[0]) if x.op == "log" else None
    return log(inner) if inner and inner > 0 else literal(x)


def _with_number(x: Expr) -> tuple[Expr, int, float | None]:
    """Of a sum with a number: the other term, its sign, and the number."""
    if x.op in ("add", "subtract"):
        a, b = x.args
        sign = 1 if x.op == "add" else -1
        for rest, its, c, of_c in ((a, 1, literal(b), sign), (b, sign, literal(a), 1)):
            if c:
                return rest, its, of_c * c
    return x, 1, None


_SUMS = ("add", "subtract")
QUOTIENTS: Mapping[str, list[Structural]] = {
    "divide": [relative_function],
    "multiply": [relative_product],
}
SUMS: Mapping[str, list[Structural]] = {
    name: [less_own_number, remainder, remainder_of_three, remainder_of_four] for name in _SUMS
}
