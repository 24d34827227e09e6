"""Numbers that are added and taken away again, and steps from element to element."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from math import log
from operator import add

from ...graph.graph import Expr
from ...graph.types import BOOL
from ...ops.elementary import log as log_op
from ...ops.elementary import log1p
from ...ops.op import rebuilt
from ...ops.selection import where
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, reading, reading_all, settled
from ..facts.units import is_derived


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
    x = x.astype("int64") if x.dtype == BOOL else x  # bools are no numbers
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


@reading_all("getitem")
@settled
def step_of_function(node: Expr, opaque: Opaque) -> Expr | None:
    """log(x)[1:] - log(x)[:-1] is log(x[1:]) - log(x[:-1]), for which there are equations."""
    a, b = node.args
    if a.op != "getitem" or b.op != "getitem" or {a.id, b.id, a.args[0].id} & opaque:
        return None
    f = a.args[0]
    if f is not b.args[0] or f.op not in _STEPPED:
        return None
    p, q = (rebuilt(f, [rebuilt(part, [f.args[0], *part.args[1:]])]) for part in (a, b))
    return p - q


def log_beside_one(total: Expr, rest: Expr) -> Expr:
    """log(total), where total is 1 + rest: near 1 from the rest, of which 1 + x has no digits."""
    near = rest > -0.5
    return where(near, log1p(where(near, rest, 1.0)), log_op(where(near, 1.0, total)))


@reading("subtract")
@settled
def log_of_last_share(node: Expr, opaque: Opaque) -> Expr | None:
    """log(1 - p - q), see `log_beside_one`."""
    (total,) = node.args
    terms = list[Expr]()
    one = total
    while one.op == "subtract" and one.id not in opaque and len(terms) < _MANY:
        one, term = one.args
        terms.append(term)
    if len(terms) < 2 or literal(one) != 1 or any(literal(x) is not None for x in terms):
        return None
    return log_beside_one(total, -reduce(add, reversed(terms)))


_MANY = 8
_STEPPED = ("log", "log1p", "sqrt", "exp", "reciprocal", "square")
SUMS: Mapping[str, list[Structural]] = {
    "add": [less_own_number],
    "subtract": [less_own_number, step_of_function],
    "log": [log_of_last_share],
}
