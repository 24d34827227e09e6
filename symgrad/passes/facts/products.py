"""Nodes read as literals times others, and as squares, in any spelling."""

from __future__ import annotations

from ...graph.graph import Expr
from .exponentials import DEPTH, literal
from .marks import Opaque

_MULTIPLES = frozenset({"negative", "multiply", "divide"})


def multiple(node: Expr, opaque: Opaque) -> tuple[float, Expr]:
    """A node as a literal times another."""
    k = 1.0
    for _ in range(DEPTH):
        if node.op not in _MULTIPLES or node.id in opaque:
            break
        a, b = node.args[0], node.args[-1]
        if node.op == "negative":
            k, node = -k, a
        elif node.op == "multiply" and (c := literal(a)) is not None:
            k, node = k * c, b
        elif (c := literal(b)) is not None and (c or node.op == "multiply"):
            k, node = k * c if node.op == "multiply" else k / c, a
        else:
            break
    return k, node


def squared(node: Expr, opaque: Opaque) -> Expr | None:
    """What a node is the square of, in any spelling."""
    if node.id in opaque:
        return None
    if node.op == "square" or (node.op == "power" and literal(node.args[1]) == 2):
        return node.args[0]
    return node.args[0] if node.op == "multiply" and node.args[0] is node.args[1] else None


def scaled_square(node: Expr, opaque: Opaque) -> tuple[float, Expr] | None:
    """A node as a number times a square, however they are written: 0.5 * x * x."""
    k, core = multiple(node, opaque)
    x = squared(core, opaque)
    if x is not None:
        j, base = multiple(x, opaque)
        return k * j * j, base
    if core.op != "multiply" or core.id in opaque:
        return None
    (i, a), (j, b) = (multiple(x, opaque) for x in core.args)
    return (k * i * j, a) if a is b else None
