"""Modified Bessel functions of the first kind, of whole order; plain and scaled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.graph import Expr
from .arithmetic import sign
from .gamma import order
from .op import Op, case
from .special import special_function

i0 = special_function(
    "i0(x)",
    """Modified Bessel function of the first kind, of order 0. DLMF 10.25.2.""",
    [lambda g, y, x: g * i1(x)],
    "besseli(0, x)",
    latex=r"I_0\left({x}\right)",
    extremes={0.0: 1.0},
)
i1: Op = special_function(
    "i1(x)",
    """Modified Bessel function of the first kind, of order 1. DLMF 10.25.2.""",
    [lambda g, y, x: g * _slope(i0(x), iv(x, n=2))],
    "besseli(1, x)",
    latex=r"I_1\left({x}\right)",
    extremes={0.0: 0.0},
)
i0e = special_function(
    "i0e(x)",
    """exp(-|x|) i0(x), which does not overflow.""",
    [lambda g, y, x: g * (i1e(x) - sign(x) * y)],
    "besseli(0, x) * exp(-abs(x))",
    latex=r"e^{{-\left|{x}\right|}} I_0\left({x}\right)",
    extremes={0.0: 1.0},
    kinks="0 at 0",
)
i1e: Op = special_function(
    "i1e(x)",
    """exp(-|x|) i1(x), which does not overflow.""",
    [lambda g, y, x: g * (_slope(i0e(x), ive(x, n=2)) - sign(x) * y)],
    "besseli(1, x) * exp(-abs(x))",
    latex=r"e^{{-\left|{x}\right|}} I_1\left({x}\right)",
    extremes={0.0: 0.0},
)


def _slope(below: Expr, above: Expr) -> Expr:
    """The derivative from the neighboring orders. DLMF 10.29.1; there is nothing to cancel."""
    return 0.5 * (below + above)


def _of_order(*named: Op) -> Callable[..., Expr]:
    """A call; the functions of the orders 0 and 1 have names of their own."""

    def call(self: Op, x: Any, n: Any) -> Expr:
        has_name = isinstance(n, int | np.integer) and n in (0, 1)
        return named[n](x) if has_name else self.append_node(x, n)

    return call


iv: Op = special_function(
    "iv(x; n=0)",
    """Modified Bessel function of the first kind, of order n, up to 30. DLMF 10.25.2.""",
    [lambda g, y, x, n: g * _slope(iv(x, n=n - 1), iv(x, n=n + 1))],
    "besseli(n, x)",
    latex=r"I_{{{n}}}\left({x}\right)",
    call=_of_order(i0, i1),
    prepare=order,
    numpy="iv({x}, {n})",
    scipy=None,  # scipy.special.iv has the order first
    cases=[case("[3]", n=2), case("[3]", n=3)],
)
ive: Op = special_function(
    "ive(x; n=0)",
    """exp(-|x|) iv(x, n), which does not overflow.""",
    [lambda g, y, x, n: g * (_slope(ive(x, n=n - 1), ive(x, n=n + 1)) - sign(x) * y)],
    "besseli(n, x) * exp(-abs(x))",
    latex=r"e^{{-\left|{x}\right|}} I_{{{n}}}\left({x}\right)",
    call=_of_order(i0e, i1e),
    prepare=order,
    numpy="ive({x}, {n})",
    scipy=None,
    cases=[case("[3]", n=2), case("[3]", n=3)],
)
