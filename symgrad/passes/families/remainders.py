"""Functions less the first terms of their series, in any scaling.

3 tanh(x / 3) - x is 3 (tanh(u) - u) of u = x / 3: factors are read off all terms, and what is left
is a row of `symgrad.ops`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from typing import TypeGuard

from ...graph.graph import Expr
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
from ...ops.stable import coshm1
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading
from ..facts.products import multiple, squared
from .quotients import times
from .rests import Row

Terms = list[tuple[float, Expr | None]]
"""Numbers times nodes, or numbers alone."""
_LESS: Mapping[str, tuple[Row, float, float]] = {  # f(u) - p - q u, p and q
    **{"expm1": (expm1_less, 0.0, 1.0), "exp": (expm1_less, 1.0, 1.0), "cosh": (coshm1, 1.0, 0.0)},
    **{"log1p": (log1p_less, 0.0, 1.0), "log": (log_less, -1.0, 1.0)},
    **{"sin": (sin_less, 0.0, 1.0), "tan": (tan_less, 0.0, 1.0)},
    **{"sinh": (sinh_less, 0.0, 1.0), "tanh": (tanh_less, 0.0, 1.0)},
}
_FUNCTIONS = frozenset({*_LESS, "log_ratio"})


@among(*_FUNCTIONS)
@reading(*_LESS, "scaled", "negative")
def remainder(node: Expr, opaque: Opaque) -> Expr | None:
    """x - sin(x), of any multiples in any order, cancels near 0."""
    return _remainder(_terms(node, opaque), opaque)


@among("log_ratio", *(name for name, (_, p, q) in _LESS.items() if p and q))
@reading("add", "subtract")
def remainder_of_more(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) - 1 - x cancels near 0; so does 1 + x - y - exp(x), as normal densities diverge."""
    terms = _terms(node, opaque)
    while len(terms) < 4:
        sums = [(i, c, x) for i, (c, x) in enumerate(terms) if _is_one(x, _SUMS, opaque)]
        if not sums:
            break
        i, c, x = sums[0]
        terms[i : i + 1] = _terms(x, opaque, c)
        if len(terms) == 3 and (found := _remainder(terms, opaque)) is not None:
            return found
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
SUMS: Mapping[str, list[Structural]] = {name: [remainder, remainder_of_more] for name in _SUMS}
