"""Arithmetic, powers, signs and rounding."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from ..errors import DTypeError
from ..graph.amounts import Amount
from ..graph.graph import Expr, operations
from ..graph.types import BOOL, Type
from . import coefficients
from . import typing as t
from .literals import python_number
from .op import Op, op

add = op(
    "add(x, y)",
    """Sum, elementwise.""",
    type=t.arithmetic,
    vjp=[lambda g, y, a, b: g, lambda g, y, a, b: g],
    arithmetic=True,
    mirror="add",
    infix="+",
    verb="add {0} and {1}",
    latex="{x} + {y}",
    meaning="x + y",
)

subtract = op(
    "subtract(x, y)",
    """Difference, elementwise.""",
    type=t.numeric,
    vjp=[
        lambda g, y, a, b: None if a is b else g,  # x - x and x / x do not vary
        lambda g, y, a, b: None if a is b else -g,
    ],
    arithmetic=True,
    infix="-",
    verb="subtract {1} from {0}",
    latex="{x} - {y}",
    meaning="x - y",
    role="r",
)


def _gathered(gather: Callable[..., Expr | None]) -> Callable[..., Expr]:
    """Derivatives are born without factors of 1, and with their literals multiplied out."""

    def call(self: Op, x: Any, *y: Any) -> Expr:
        found = gather(x, *y) if isinstance(x, Expr) and x.graph.deriving else None
        return self.append_node(x, *y) if found is None else found

    return call


multiply = op(
    "multiply(x, y)",
    """Product, elementwise.""",
    call=_gathered(coefficients.product),
    type=t.arithmetic,
    vjp=[lambda g, y, a, b: g * b, lambda g, y, a, b: g * a],
    arithmetic=True,
    mirror="multiply",
    infix="*",
    verb="multiply {0} by {1} elementwise",
    latex=r"{x} \, {y}",
    meaning="x * y",
)

divide = op(
    "divide(x, y)",
    """Quotient, elementwise; integers give floats.""",
    call=_gathered(coefficients.quotient),
    type=t.true_division,
    vjp=[
        lambda g, y, a, b: None if a is b else g / b,
        lambda g, y, a, b: None if a is b else -g * (y / b),
    ],
    arithmetic=True,
    floating=True,
    infix="/",
    verb="divide {0} by {1}",
    latex=r"\frac{{{x}}}{{{y}}}",
    meaning="x / y",
    domain=("reals", "nonzero"),
    aliases=["true_divide"],
)

negative = op(
    "negative(x)",
    """Negation.""",
    call=_gathered(lambda x: coefficients.multiple(-1, x)),
    type=t.numeric,
    vjp=[lambda g, y, x: -g],
    arithmetic=True,
    infix="-",
    latex="-{x}",
    meaning="-x",
)


def base_cotangent(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    """b a^(b-1) g, and 0 where that is infinite but the power is not: at a = 0, for 0 < b < 1.

    With a literal exponent the scalars come first, so that they can be folded.
    """
    p: float | None = python_number(b)
    if p is not None:
        if p in (0, 1):
            return g * p
        base = operations["where"](operations["equal"](a, 0), inf, a) if 0 < p < 1 else a
        return (g * p) * (a if p == 2 else base ** (p - 1))
    where, both = operations["where"], operations["logical_and"]
    kink = both(operations["equal"](a, 0), both(b >= 0, b < 1))
    return where(kink, 0, g * b * where(kink, 1, a) ** (b - 1))


def _exponent_cotangent(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
    """y log(a) g, and 0 at a = 0, where y vanishes faster than the logarithm grows."""
    base = operations["where"](operations["equal"](a, 0), 1, a)
    return g * (y * operations["log"](base))


def _raised(x: Type, y: Type) -> Type:
    if x.dtype == BOOL:
        raise DTypeError("bools have no powers", how="Convert first: {0}.astype('float64').")
    return t.arithmetic(x, y)


def _call_power(self: Op, x: Any, y: Any) -> Expr:
    """A negative literal is a float, as what it makes of integers; NumPy refuses the two."""
    exponent = python_number(y) if isinstance(y, Expr) else y
    negative_integer = isinstance(exponent, int) and exponent < 0
    if negative_integer and isinstance(x, Expr) and x.dtype.kind == "i":
        y = float(exponent)
    return self.append_node(x, y)


def _safe_power(node: Expr) -> tuple[float | None, float | None]:
    """Whole powers of any base are finite; a base for many exponents is not enough."""
    base, exponent = node.args
    value = exponent.value
    whole = value is not None and value.size == 1 and float(value) in range(1, 9)
    several = base.value is not None or base.shape != node.shape
    return (None if whole else 1.0), (1.0 if several and exponent.type.is_floating else None)


def _logarithms(node: Expr) -> Amount:
    """One for each element, unless the exponent is a constant multiple of 1/2."""
    exponent = node.args[1].value
    if exponent is not None and exponent.size == 1 and (2 * float(exponent.item())).is_integer():
        return Amount.of(0)
    return Amount.of(node.size)


power = op(
    "power(x, y)",
    """x to the power y, elementwise.""",
    type=_raised,
    call=_call_power,
    vjp=[base_cotangent, _exponent_cotangent],
    infix="**",
    verb="raise {0} to the power {1}",
    transcendentals=_logarithms,
    latex="{x}^{{{y}}}",
    meaning="x ** y",
    domain=("positive", "reals"),
    safe=_safe_power,
    kinks="at x = 0: 0 toward y, and 0 toward x for y below 1",
    aliases=["pow"],
)


sign = op(
    "sign(x)",
    """-1, 0 or 1.""",
    type=t.numeric,
    constant_derivative=True,
    latex=r"\operatorname{{sgn}}\left({x}\right)",
    meaning="sign(x)",
    kinks="0 everywhere",
)

absolute = op(
    "absolute(x)",
    """Absolute value; absolute value rectification, Deep Learning, section 6.3.1.""",
    type=t.arithmetic,
    vjp=[lambda g, y, x: g * sign(x)],
    numpy="np.abs({x})",
    latex=r"\left|{x}\right|",
    meaning="abs(x)",
    role="h",
    kinks="0 at 0",
    aliases=["abs"],
)

square = op(
    "square(x)",
    """x times x.""",
    type=t.numeric,
    vjp=[lambda g, y, x: (g * 2) * x],
    latex="{x}^2",
    meaning="x * x",
)

reciprocal = op(
    "reciprocal(x)",
    """One over x.""",
    type=t.floating,
    vjp=[lambda g, y, x: -g * (y * y)],
    numpy="np.divide(1, {x})",
    latex=r"\frac{{1}}{{{x}}}",
    meaning="1 / x",
    domain="nonzero",
)


positive = op(
    "positive(x)",
    """x itself.""",
    type=t.numeric,
    vjp=[lambda g, y, x: g],
    view=True,
    latex="{x}",
    meaning="x",
)

copysign: Op = op(
    "copysign(x, y)",
    """Size of x with the sign of y.""",
    type=t.floating,
    vjp=[lambda g, r, x, y: g * (sign(x) * copysign(1.0, y)), None],
    meaning="abs(x) * (sign(y) if y != 0 else 1)",
    domain=("reals", "nonzero"),
    kinks="0 at x = 0; 0 toward y",
)
