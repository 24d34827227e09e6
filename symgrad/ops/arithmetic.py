"""Arithmetic, powers, signs and rounding."""

from __future__ import annotations

from math import inf
from operator import index
from typing import Any

import numpy as np

from ..errors import DTypeError
from ..graph.amounts import Amount
from ..graph.graph import Expr, operations
from ..graph.types import BOOL, Type
from . import coefficients
from . import typing as t
from .literals import python_number
from .op import Op, case, op
from .operands import find_graph, lift

add = op(
    "add(x, y)",
    """Sum, elementwise.""",
    type=t.arithmetic,
    vjp=[lambda g, y, a, b: g, lambda g, y, a, b: g],
    lazy=True,
    arithmetic=True,
    infix="+",
    verb="add {0} and {1}",
    numpy="np.add({x}, {y})",
    latex="{x} + {y}",
    meaning="x + y",
)

subtract = op(
    "subtract(x, y)",
    """Difference, elementwise.""",
    type=t.numeric,
    vjp=[lambda g, y, a, b: g, lambda g, y, a, b: -g],
    lazy=True,
    arithmetic=True,
    infix="-",
    verb="subtract {1} from {0}",
    numpy="np.subtract({x}, {y})",
    latex="{x} - {y}",
    meaning="x - y",
    role="r",
)


def _call_multiply(self: Op, x: Any, y: Any) -> Expr:
    """Derivatives are born without factors of 1, and with their literals multiplied out."""
    found = coefficients.product(x, y) if _is_derived(x) else None
    return self.append_node(x, y) if found is None else found


def _call_divide(self: Op, x: Any, y: Any) -> Expr:
    found = coefficients.quotient(x, y) if _is_derived(x) else None
    return self.append_node(x, y) if found is None else found


def _call_negative(self: Op, x: Any) -> Expr:
    found = coefficients.multiple(-1, x) if _is_derived(x) else None
    return self.append_node(x) if found is None else found


def _is_derived(x: Any) -> bool:
    return isinstance(x, Expr) and x.graph.deriving


multiply = op(
    "multiply(x, y)",
    """Product, elementwise.""",
    call=_call_multiply,
    type=t.arithmetic,
    vjp=[lambda g, y, a, b: g * b, lambda g, y, a, b: g * a],
    lazy=True,
    arithmetic=True,
    infix="*",
    verb="multiply {0} by {1} elementwise",
    numpy="np.multiply({x}, {y})",
    latex=r"{x} \, {y}",
    meaning="x * y",
)

divide = op(
    "divide(x, y)",
    """Quotient, elementwise; integers give floats.""",
    call=_call_divide,
    type=t.true_division,
    vjp=[lambda g, y, a, b: g / b, lambda g, y, a, b: -g * (y / b)],
    lazy=True,
    arithmetic=True,
    floating=True,
    infix="/",
    verb="divide {0} by {1}",
    numpy="np.divide({x}, {y})",
    latex=r"\frac{{{x}}}{{{y}}}",
    meaning="x / y",
    domain=("reals", "nonzero"),
    aliases=["true_divide"],
)

negative = op(
    "negative(x)",
    """Negation.""",
    call=_call_negative,
    type=t.numeric,
    vjp=[lambda g, y, x: -g],
    lazy=True,
    arithmetic=True,
    infix="-",
    numpy="np.negative({x})",
    latex="-{x}",
    meaning="-x",
)


def _base_cotangent(g: Expr, y: Expr, a: Expr, b: Expr) -> Expr:
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


def _safe_base(node: Expr) -> tuple[float | None, None]:
    """Whole powers of any base are finite."""
    exponent = node.args[1].value
    whole = exponent is not None and exponent.size == 1 and float(exponent) in range(1, 9)
    return (None if whole else 1.0), None


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
    vjp=[_base_cotangent, _exponent_cotangent],
    lazy=True,
    infix="**",
    verb="raise {0} to the power {1}",
    transcendentals=_logarithms,
    numpy="np.power({x}, {y})",
    latex="{x}^{{{y}}}",
    meaning="x ** y",
    domain=("positive", "reals"),
    safe=_safe_base,
    kinks="at x = 0: 0 toward y, and 0 toward x for y below 1",
    aliases=["pow"],
)


def _call_floor(self: Op, x: Any) -> Expr:
    """Integers are returned as they are."""
    return x if isinstance(x, Expr) and x.dtype.kind == "i" else self.append_node(x)


floor = op(
    "floor(x)",
    """Largest integer not above x.""",
    type=t.floating,
    call=_call_floor,
    constant_derivative=True,
    floating=True,
    numpy="np.floor({x})",
    latex=r"\lfloor {x} \rfloor",
    meaning="floor(x)",
    kinks="0 everywhere",
)

floor_divide = op(
    "floor_divide(x, y)",
    """Quotient rounded down.""",
    type=t.numeric,
    constant_derivative=True,
    infix="//",
    verb="divide {0} by {1}",
    numpy="np.floor_divide({x}, {y})",
    latex=r"\lfloor {x} / {y} \rfloor",
    meaning="floor(x / y)",
    domain=("reals", "nonzero"),
    kinks="0 everywhere",
)

remainder = op(
    "remainder(x, y)",
    """Remainder of the quotient rounded down; it has the sign of y.""",
    type=t.numeric,
    # The quotient of the branch that the value is on: floor(1 / 0.1) is 10, 1 // 0.1 is 9.
    vjp=[lambda g, y, a, b: g, lambda g, y, a, b: -g * (a // b)],
    lazy=True,
    infix="%",
    verb="divide {0} by {1}",
    numpy="np.remainder({x}, {y})",
    latex=r"{x} \bmod {y}",
    meaning="x - y * floor(x / y)",
    domain=("reals", "nonzero"),
    kinks="at multiples of y the derivative of the branch to the right",
    aliases=["mod"],
)

sign = op(
    "sign(x)",
    """-1, 0 or 1.""",
    type=t.numeric,
    constant_derivative=True,
    numpy="np.sign({x})",
    latex=r"\operatorname{{sgn}}\left({x}\right)",
    meaning="sign(x)",
    kinks="0 everywhere",
)

absolute = op(
    "absolute(x)",
    """Absolute value; absolute value rectification, Deep Learning, section 6.3.1.""",
    type=t.arithmetic,
    vjp=[lambda g, y, x: g * sign(x)],
    lazy=True,
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
    lazy=True,
    numpy="np.square({x})",
    latex="{x}^2",
    meaning="x * x",
)

reciprocal = op(
    "reciprocal(x)",
    """One over x.""",
    type=t.floating,
    vjp=[lambda g, y, x: -g * (y * y)],
    lazy=True,
    floating=True,
    numpy="np.divide(1, {x})",
    latex=r"\frac{{1}}{{{x}}}",
    meaning="1 / x",
    domain="nonzero",
)


def _rounding(name: str, sentence: str, latex: str, meaning: str, *aliases: str) -> Op:
    return op(
        f"{name}(x)",
        sentence,
        type=t.floating,
        call=_call_floor,
        constant_derivative=True,
        floating=True,
        numpy=f"np.{name}({{x}})",
        latex=latex,
        meaning=meaning,
        kinks="0 everywhere",
        aliases=aliases,
    )


ceil = _rounding("ceil", "Smallest integer not below x.", r"\lceil {x} \rceil", "ceil(x)")
trunc = _rounding(
    "trunc",
    "x without its fraction.",
    r"\operatorname{{trunc}}\left({x}\right)",
    "sign(x) * floor(abs(x))",
    "fix",
)
rint = _rounding(
    "rint",
    "Nearest integer, the even one of two.",
    r"\operatorname{{round}}\left({x}\right)",
    "nint(x)",
)


def _call_round(self: Op, x: Any, decimals: Any) -> Expr:
    """As NumPy rounds: scaled, to the nearest integer, and back; integers stay."""
    node = lift(find_graph([x], self), x)
    try:
        places = index(decimals)
    except TypeError:
        raise DTypeError(f"round: decimals is an integer, not {decimals!r:.40}") from None
    if places >= 0 and not node.type.is_floating:
        return node
    scale = 10.0 ** abs(places)
    if places >= 0:
        return rint(node * scale) / scale if places else rint(node)
    y: Expr = rint(node / scale) * scale
    return y if node.type.is_floating else y.astype(node.dtype)


round_ = op(
    "round(x; decimals=0)",
    """Rounded to so many decimals, the even one of two.""",
    type=t.elementwise,
    call=_call_round,
    constant_derivative=True,
    numpy="",
    meaning=np.round,
    cases=[case("[4]"), case("[2, 3]", decimals=1), case("[4]", decimals=-1), case("[]")],
    aliases=["around"],
)

positive = op(
    "positive(x)",
    """x itself.""",
    type=t.numeric,
    vjp=[lambda g, y, x: g],
    lazy=True,
    view=True,
    numpy="np.positive({x})",
    latex="{x}",
    meaning="x",
)

fmod = op(
    "fmod(x, y)",
    """Remainder of the quotient rounded toward 0; it has the sign of x.""",
    type=t.numeric,
    vjp=[lambda g, r, x, y: g, lambda g, r, x, y: -g * trunc(x / y)],
    lazy=True,
    verb="divide {0} by {1}",
    numpy="np.fmod({x}, {y})",
    meaning="x - y * sign(x / y) * floor(abs(x / y))",
    domain=("reals", "nonzero"),
    kinks="at multiples of y the derivative of the branch of larger |x|",
)

copysign: Op = op(
    "copysign(x, y)",
    """Size of x with the sign of y.""",
    type=t.floating,
    floating=True,
    vjp=[lambda g, r, x, y: g * (sign(x) * copysign(1.0, y)), None],
    lazy=True,
    numpy="np.copysign({x}, {y})",
    meaning="abs(x) * (sign(y) if y != 0 else 1)",
    domain=("reals", "nonzero"),
    kinks="0 at x = 0; 0 toward y",
)
