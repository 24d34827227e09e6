"""Products of whole powers under a logarithm, which over- and underflow as they are written."""

from __future__ import annotations

from ..graph.graph import Expr
from ..ops.arithmetic import absolute
from ..ops.elementary import log
from ..ops.stable import log_powers
from .exponentials import literal
from .marks import reading

Opaque = frozenset[int]
_LONGEST = 8  # factors
_LOGARITHMS = frozenset({"exp", "exp2", "sigmoid", "softmax", "sum", "prod", "divide", "sqrt"})
"""Factors whose logarithms are known to other rules."""


@reading("multiply")
def log_of_powers(node: Expr, opaque: Opaque) -> Expr | None:
    """log(x * x * x) is 3 log(x), and log(x**3 * y**2) is taken of factors that are no floats."""
    if node.args[0].id in opaque:
        return None
    powers = _powers(node.args[0], opaque)
    factors = [node.graph.nodes[i] for i in powers]
    if node.args[0].op != "multiply" or not powers or any(x.op in _LOGARITHMS for x in factors):
        return None
    bases = [x for x in factors if literal(x) is None]
    if len(factors) == 1 and bases:
        ((x, p),) = zip(bases, powers.values(), strict=True)
        return p * log(x if p % 2 else absolute(x))
    if not bases or (len(bases) <= 2 and all(p == 1 for p in powers.values())):
        return None
    return log_powers(factors, powers=tuple(powers.values()))


def _powers(node: Expr, opaque: Opaque) -> dict[int, int]:
    """The factors of a product by their ids, with their powers; none if there are many."""
    stack, found = [node], dict[int, int]()
    while stack:
        if len(found) + len(stack) > _LONGEST:
            return {}
        x = stack.pop()
        if x.op == "multiply" and x.id not in opaque:
            stack += x.args[::-1]
            continue
        base, p = _power(x, opaque)
        found[base.id] = found.get(base.id, 0) + p
    return found


def _power(x: Expr, opaque: Opaque) -> tuple[Expr, int]:
    """A node as a whole power of another."""
    if x.id in opaque:
        return x, 1
    if x.op == "square":
        return x.args[0], 2
    p = literal(x.args[1]) if x.op == "power" else None
    return (x.args[0], int(p)) if p and p > 0 and p == int(min(p, 99)) else (x, 1)


LOGARITHMS = {"log": [log_of_powers]}
