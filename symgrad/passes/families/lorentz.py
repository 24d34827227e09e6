"""Quotients by c + k x² and its logarithm, for any positive numbers: x² overflows before they do.

Of u = x √(k / c) they are the functions of 1 + u² of `symgrad.ops.lorentz`.
"""

from __future__ import annotations

from math import isfinite, log, sqrt

from ...graph.graph import Expr
from ...ops.elementary import hypot
from ...ops.elementary import log as log_op
from ...ops.elementary import sqrt as root
from ...ops.lorentz import dispersion, log1p_square, lorentzian, saturation
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, reading
from ..facts.products import multiple, scaled_square, squared
from ..facts.proofs import proves
from .quotients import times


def _shifted_square(node: Expr, opaque: Opaque) -> tuple[float, float, Expr] | None:
    """The numbers c and k, and x, of a node c + k x²."""
    if node.op != "add" or node.id in opaque or not node.type.is_floating:
        return None
    for one, other in (node.args, node.args[::-1]):
        c = literal(one) or 0.0
        k, core = multiple(other, opaque)
        x = squared(core, opaque)  # (k x)**2 is the square of k x, as derivatives have it
        found = scaled_square(other, opaque) if x is None else (k, x)
        if c > 0 and found is not None and found[0] > 0 and isfinite(found[0] / c):
            return c, *found
    return None


@reading("add")
def power_over_square(node: Expr, opaque: Opaque) -> Expr | None:
    """x / (c + x**2) is 0 as it is written where x**2 overflows, and its powers are inf/inf."""
    top, bottom = node.args
    below = _shifted_square(bottom, opaque)
    if below is None:
        return None
    (c, k, x), (j, above) = below, multiple(top, opaque)
    if literal(top) is not None:
        return lorentzian(x) if literal(top) == c == k == 1 else None
    u = times(None, sqrt(k / c), x)
    square, (m, base) = scaled_square(top, opaque), multiple(x, opaque)
    if above is x or (above is base and m):
        m = 1.0 if above is x else m
        return times(None, j / (sqrt(c * k) * m), dispersion(u))
    if square is not None and square[1] is base and m:
        return times(None, square[0] / (k * m * m), saturation(u))
    cube = above.op == "power" and above.args[0] is x and literal(above.args[1]) == 3
    return times(x, j / k, saturation(u)) if cube and above.id not in opaque else None


@reading("add")
def log_of_square(node: Expr, opaque: Opaque) -> Expr | None:
    """log(c + x**2) is infinite where x**2 overflows."""
    below = _shifted_square(node.args[0], opaque)
    if below is None:
        return None
    c, k, x = below
    if c < 1:  # two logarithms would cancel
        return 2 * log_op(hypot(times(None, sqrt(k), x), sqrt(c)))
    y = log1p_square(times(None, sqrt(k / c), x))
    return y if c == 1 else y + log(c)


@reading("square", "power", "multiply", "scaled", "divide")
def log1p_of_square(node: Expr, opaque: Opaque) -> Expr | None:
    """log1p(k x**2) is infinite where x**2 overflows; k may be 1 / y of no negative y."""
    square, *below = node.args
    if square.op == "divide" and square.id not in opaque and proves(square.args[1], "nonnegative"):
        square, *below = square.args
    found = scaled_square(square, opaque)
    if found is None or found[0] <= 0:
        return None
    x = times(None, sqrt(found[0]), found[1])
    return log1p_square(x / root(below[0]) if below else x)


QUOTIENTS: dict[str, list[Structural]] = {"divide": [power_over_square]}
LOGARITHMS: dict[str, list[Structural]] = {"log": [log_of_square], "log1p": [log1p_of_square]}
