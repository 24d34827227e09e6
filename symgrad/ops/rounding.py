"""Rounding, and the remainders of quotients that are rounded."""

from __future__ import annotations

from operator import index
from typing import Any

from ..errors import DTypeError
from ..graph.graph import Expr
from . import typing as t
from .op import Op, case, op
from .operands import find_graph, lift


def _call_floor(self: Op, x: Any) -> Expr:
    """Integers are returned as they are."""
    return x if isinstance(x, Expr) and x.dtype.kind == "i" else self.append_node(x)


def _rounding(name: str, sentence: str, latex: str, meaning: str, *aliases: str) -> Op:
    return op(
        f"{name}(x)",
        sentence,
        type=t.floating,
        call=_call_floor,
        constant_derivative=True,
        latex=latex,
        meaning=meaning,
        kinks="0 everywhere",
        aliases=aliases,
    )


floor = _rounding("floor", "Largest integer not above x.", r"\lfloor {x} \rfloor", "floor(x)")
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
    call=_call_round,
    constant_derivative=True,
    cases=[case("[4]"), case("[2, 3]", decimals=1), case("[4]", decimals=-1), case("[]")],
    aliases=["around"],
)
floor_divide = op(
    "floor_divide(x, y)",
    """Quotient rounded down.""",
    type=t.numeric,
    constant_derivative=True,
    infix="//",
    verb="divide {0} by {1}",
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
    infix="%",
    verb="divide {0} by {1}",
    latex=r"{x} \bmod {y}",
    meaning="x - y * floor(x / y)",
    domain=("reals", "nonzero"),
    kinks="at multiples of y the derivative of the branch to the right",
    aliases=["mod"],
)
fmod = op(
    "fmod(x, y)",
    """Remainder of the quotient rounded toward 0; it has the sign of x.""",
    type=t.numeric,
    vjp=[lambda g, r, x, y: g, lambda g, r, x, y: -g * trunc(x / y)],
    verb="divide {0} by {1}",
    meaning="x - y * sign(x / y) * floor(abs(x / y))",
    domain=("reals", "nonzero"),
    kinks="at multiples of y the derivative of the branch of larger |x|",
)
