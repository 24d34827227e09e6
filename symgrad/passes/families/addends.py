"""Numbers that are added and taken away again."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from ...graph.graph import Expr
from ...graph.types import BOOL
from ...ops.elementary import log1p
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, reading
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


SUMS: Mapping[str, list[Structural]] = {name: [less_own_number] for name in ("add", "subtract")}
