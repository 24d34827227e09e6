"""The gamma function, its logarithm, and the derivatives of that."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from ..errors import DTypeError
from ..graph.types import Type
from .op import Op, case, op
from .special import special_function

gammaln = special_function(
    "gammaln(x)",
    """Logarithm of the absolute value of the gamma function. DLMF 5.2.1.""",
    [lambda g, y, x: g * digamma(x)],
    "loggamma(x)",
    latex=r"\log\Gamma\left({x}\right)",
    domain="gamma",
    extremes={1.0: 0.0, 2.0: 0.0},
    aliases=["lgamma"],
)
gamma = special_function(
    "gamma(x)",
    """Gamma function; gamma(n + 1) is n factorial. DLMF 5.2.1.""",
    [lambda g, y, x: g * (y * digamma(x))],
    "gamma(x)",
    latex=r"\Gamma\left({x}\right)",
    domain="gamma",
)
digamma: Op = special_function(
    "digamma(x)",
    """Derivative of gammaln. DLMF 5.2.2.""",
    [lambda g, y, x: g * polygamma(x, n=1)],
    "psi(0, x)",
    latex=r"\psi\left({x}\right)",
    domain="gamma",
    aliases=["psi"],
)


def order(x: Type, n: Any, least: int = 0) -> dict[str, Any]:
    """An order: a whole number, small enough for the sums that are used."""
    try:
        n = index(n)
    except TypeError:
        raise DTypeError(f"the order n is a whole number, not {n!r:.40}") from None
    if not least <= n <= 30:
        raise DTypeError(f"the order n is between {least} and 30, not {n}")
    return {"n": n}


polygamma: Op = special_function(
    "polygamma(x; n=1)",
    """Derivative of order n of digamma; n=1 is the trigamma function. DLMF 5.15.1.""",
    [lambda g, y, x, n: g * polygamma(x, n=n + 1)],
    "psi(n, x)",
    latex=r"\psi^{{({n})}}\left({x}\right)",
    call=lambda self, x, n: (  # of order 0 it is digamma
        digamma(x) if isinstance(n, int | np.integer) and n == 0 else self.append_node(x, n)
    ),
    prepare=order,
    numpy="polygamma({x}, {n})",
    scipy=None,  # scipy.special.polygamma has the order first
    domain="gamma",
    cases=[case("[3]"), case("[3]", n=2), case("[3]", n=3)],
)


betaln = op(
    "betaln(a, b)",
    """Logarithm of the beta function. DLMF 5.12.1.""",
    call=lambda self, a, b: gammaln(a) + gammaln(b) - gammaln(a + b),
    meaning="loggamma(a) + loggamma(b) - loggamma(a + b)",
    domain="gamma",
)
