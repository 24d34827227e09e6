"""Comparisons, logic, and the choice between values."""

from __future__ import annotations

import math
from typing import Any

from ..errors import DTypeError
from ..graph.graph import Expr
from ..graph.types import BOOL, Type, broadcast
from . import typing as t
from .composites import explained, lifted
from .literals import python_number
from .op import Op, op

_MIRRORS = {
    **{"less": "greater", "greater": "less"},
    **{"less_equal": "greater_equal", "greater_equal": "less_equal"},
}


def _truth(signature: str, sentence: str, meaning: str, **columns: Any) -> Op:
    """A row of truth values, elementwise."""
    given: dict[str, Any] = {"constant_derivative": True, "role": "mask", **columns}
    return op(signature, sentence, type=t.comparison, meaning=meaning, **given)


def _comparison(name: str, infix: str, latex: str, sentence: str) -> Op:
    return _truth(
        f"{name}(x, y)",
        sentence,
        f"x {infix} y",
        mirror=_MIRRORS.get(name, name),
        infix=infix,
        verb="compare {0} with {1}",
        latex=f"{{x}} {latex} {{y}}",
    )


less = _comparison("less", "<", "<", "Whether x is below y, elementwise.")
less_equal = _comparison("less_equal", "<=", r"\le", "Whether x is at most y, elementwise.")
greater = _comparison("greater", ">", ">", "Whether x is above y, elementwise.")
greater_equal = _comparison("greater_equal", ">=", r"\ge", "Whether x is at least y, elementwise.")
equal = _comparison("equal", "==", "=", "Whether x and y are equal, elementwise.")
not_equal = _comparison("not_equal", "!=", r"\ne", "Whether x and y differ, elementwise.")


def _logic(signature: str, sentence: str, latex: str, meaning: str) -> Op:
    name, _, operands = signature.partition("(")
    mirror = name if operands == "x, y)" else None
    return _truth(signature, sentence, meaning, mirror=mirror, latex=latex, domain="bools")


logical_and = _logic("logical_and(x, y)", "Whether both hold.", r"{x} \land {y}", "x and y")
logical_or = _logic("logical_or(x, y)", "Whether one holds.", r"{x} \lor {y}", "x or y")
logical_not = _logic("logical_not(x)", "Whether it does not hold.", r"\lnot {x}", "not x")


def _chosen(condition: Type, x: Type, y: Type) -> Type:
    if condition.dtype != BOOL:
        raise DTypeError(
            f"a condition is bool, not {condition.dtype.name}", how="Compare: {0} != 0."
        )
    values = t.elementwise(x, y)
    return values.with_shape(broadcast(condition.shape, values.shape))


where: Op = op(
    "where(condition, x, y)",
    """x where the condition holds, else y, elementwise.""",
    type=_chosen,
    apart=[0],
    vjp=[None, lambda g, y, c, a, b: where(c, g, 0), lambda g, y, c, a, b: where(c, 0, g)],
    selects=[None, lambda c, a, b: c, lambda c, a, b: logical_not(c)],
    latex=r"\begin{{cases}}{x} & {condition}\\{y} & \text{{else}}\end{{cases}}",
    meaning="x if condition else y",
    domain=("bools", "reals", "reals"),
    kinks="the derivative of the branch taken",
)


def _share(a: Expr, b: Expr) -> Expr:
    """1 where a wins, 1/2 at ties, 0 where it loses."""
    if python_number(b) == 0:
        return heaviside(a, 0.5)
    if _is_finite(a) or _is_finite(b):  # so a - b is 0 only where they are equal
        return heaviside(a - b, 0.5)
    return where(a > b, 1.0, where(a < b, 0.0, 0.5))


def _rest(a: Expr, b: Expr) -> Expr:
    """What `_share` leaves to the other."""
    simple = _is_finite(a) or _is_finite(b)
    return _share(b, a) if simple else 1.0 - _share(a, b)


def _is_finite(x: Expr) -> bool:
    """Whether an operand is a number, and finite."""
    return (value := python_number(x)) is not None and math.isfinite(value)


def _one_of_two(name: str, sentence: str, own: str, **columns: Any) -> Op:
    """A row of maximum or minimum, which numbers call ``own``."""
    return op(
        f"{name}(x, y)",
        sentence,
        type=t.elementwise,
        verb="compare {0} with {1}",
        latex=rf"\{own}\left({{x}}, {{y}}\right)",
        meaning=f"{own}(x, y)",
        role="h",
        **columns,
    )


_AT_TIES = "1/2 to each at ties"
maximum = _one_of_two(
    "maximum",
    """The larger of two, elementwise; maxout units, Deep Learning, section 6.3.1.""",
    "max",
    vjp=[lambda g, y, a, b: g * _share(a, b), lambda g, y, a, b: g * _rest(a, b)],
    selects=[lambda a, b: a >= b, lambda a, b: b >= a],
    kinks=_AT_TIES,
)
minimum = _one_of_two(
    "minimum",
    """The smaller of two, elementwise.""",
    "min",
    vjp=[lambda g, y, a, b: g * _share(b, a), lambda g, y, a, b: g * _rest(b, a)],
    selects=[lambda a, b: a <= b, lambda a, b: b <= a],
    kinks=_AT_TIES,
)


def _call_clip(self: Op, x: Any, min: Any = None, max: Any = None) -> Expr:
    """One bound alone is a maximum or a minimum."""
    if min is None and max is None:
        raise self.misused("a bound is missing")
    if max is None:
        return maximum(x, min)
    if min is None:
        return minimum(x, max)
    return self.append_node(x, min, max)


def _clipped(node: Expr, x: str, min: str, max: str) -> str:
    """np.clip, which does not let a Python number in first place adopt the bounds' dtype."""
    x = f"np.{node.dtype.name}({x})" if node.args[0].type.python else x
    return f"np.clip({x}, {min}, {max})"


clip = op(
    "clip(x, min=None, max=None)",
    """x bounded below and above; hard tanh, Deep Learning, section 6.3.3.""",
    type=t.elementwise,
    vjp=[
        lambda g, y, x, a, b: g * logical_and(x >= a, x <= b),
        # Where min is above max, NumPy returns max.
        lambda g, y, x, a, b: g * logical_and(x < a, a <= b),
        lambda g, y, x, a, b: g * logical_or(x > b, a > b),
    ],
    selects=[lambda x, a, b: logical_and(x >= a, x <= b)],
    call=_call_clip,
    flops=2,
    numpy=_clipped,
    meaning="min(max(x, lo), hi)",
    domain=("reals", "low", "high"),
    role="h",
    kinks="1 toward x at both bounds",
)


isnan = _truth("isnan(x)", "Whether x is not a number.", "isnan(x)")
isinf = _truth("isinf(x)", "Whether x is infinite.", "isinf(x)")
isfinite = _truth("isfinite(x)", "Whether x is a finite number.", "isfinite(x)")
signbit = _truth("signbit(x)", "Whether x has a minus sign, as -0.0 has too.", "x < 0")
logical_xor = _logic(
    "logical_xor(x, y)", "Whether just one holds.", r"{x} \oplus {y}", "bool(x) != bool(y)"
)


def _of_bits(signature: str, logic: Op, *aliases: str) -> Op:
    """What NumPy computes bit by bit; of truth values it is logic, and only these are taken."""

    def call(self: Op, *values: Any) -> Expr:
        nodes = lifted(self, *values)
        with explained(self, *nodes):
            if any(x.dtype != BOOL for x in nodes):
                how = "Give truth values: x != 0."
                raise DTypeError("symgrad has no arithmetic of bits", how=how)
        return logic(*nodes)

    return op(
        signature,
        f"{logic.doc} Of truth values alone.",
        call=call,
        constant_derivative=True,
        meaning=logic.meaning,
        domain="bools",
        aliases=aliases,
    )


bitwise_and = _of_bits("bitwise_and(x, y)", logical_and)
bitwise_or = _of_bits("bitwise_or(x, y)", logical_or)
bitwise_xor = _of_bits("bitwise_xor(x, y)", logical_xor)
invert = _of_bits("invert(x)", logical_not, "bitwise_invert", "bitwise_not")


def _won(y: Expr, a: Expr, b: Expr) -> Expr:
    """1 where the result is a, 1/2 at ties; 0 where a is nan."""
    return where(equal(a, b), 0.5, equal(y, a).astype(y.dtype))


_WON: Any = [lambda g, y, a, b: g * _won(y, a, b), lambda g, y, a, b: g * _won(y, b, a)]
_BEATS_NAN = "of two, elementwise; a number beats nan."
fmax = _one_of_two("fmax", f"The larger {_BEATS_NAN}", "max", vjp=_WON, kinks=_AT_TIES)
fmin = _one_of_two("fmin", f"The smaller {_BEATS_NAN}", "min", vjp=_WON, kinks=_AT_TIES)

heaviside: Op = op(
    "heaviside(x, y)",
    """0 below zero, 1 above, y at zero.""",
    type=t.floating,
    vjp=[None, lambda g, r, x, y: g * equal(x, 0)],
    latex=r"H\left({x}\right)",
    meaning="y if x == 0 else (1 if x > 0 else 0)",
    kinks="0 toward x everywhere",
)
