"""Overflow that no result has: exp(-x**2) and 1 / x**2 are 0 where the square is infinite.

NumPy warns of it all the same, at the square. Where a function has such a place, and no
result that may be infinite itself, a line in front of it says that overflow is no error: a
microsecond for each call, which other functions do not pay.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...graph.graph import Expr
from ..schedule import LITERALS

SILENT = '@np.errstate(over="ignore")  # of inner values: results stay finite'

_GROWING = frozenset(
    {"square", "power", "versin_less", "cosh", "sinh", "multiply", "matmul", "prod"}
)
_EXPONENTIAL = (
    "exp exp2 expm1 exp_sum tanh sigmoid sigmoid_sum arctan arctan2 erf erfc softsign sech csch "
    "lorentzian dispersion saturation gaussian"
)
_LIMITED = "softmax log_softmax logsumexp reciprocal where minimum clip heaviside sign"
_BY_EXPONENTIALS = frozenset(_EXPONENTIAL.split())
_BOUNDED = _BY_EXPONENTIALS | frozenset(_LIMITED.split())
"""They are finite for infinite operands; the first ones also have exponentials of their own."""
_SMALL = _BOUNDED - {"where", "minimum", "clip"}
"""Their squares are not looked at; a choice may be of what is large."""


def overflows_inside(nodes: Sequence[Expr], outputs: Sequence[Expr]) -> bool:
    """Whether a square, or the like, may overflow inside of outputs that are all finite.

    Of exponentials that is said only where they are exponents, or in a bounded function: softmax
    and its like are written so that theirs do not overflow. The nodes are in topological order.
    """
    large: dict[int, frozenset[str]] = {}  # where the values may be infinite: what bears them
    ended = False
    for node in nodes:
        by = [a for a in node.args if a.id in large] if large else []
        finite = [a for a in by if node.op in large[a.id] or _divides(node, a, large[a.id])]
        ended = ended or bool(finite)
        if node.op == "exp" and not finite:
            large[node.id] = _BY_EXPONENTIALS
        elif node.op in _GROWING and _grows(node):
            large[node.id] = _BOUNDED
        elif len(by) > len(finite) and node.dtype.kind != "b":
            large[node.id] = large[by[0].id]
    return ended and not any(o.id in large for o in outputs)


def _divides(node: Expr, a: Expr, bears: frozenset[str]) -> bool:
    """Whether an infinite operand makes it 0."""
    if node.op == "softplus":
        return a.op == "negative" and a.args[0].op in ("square", "power")
    if node.op == "power":
        return bears is _BOUNDED and (_number(node.args[1]) or 0.0) < 0
    return node.op == "divide" and bears is _BOUNDED and a is node.args[1]


def _grows(node: Expr) -> bool:
    """Whether it is a power above 1 of something that may be large."""
    base = node.args[0]
    if base.op in LITERALS or base.op in _SMALL or _is_near(base):
        return False
    if node.op == "multiply":
        a, b = map(_core, node.args)
        return a is b
    if node.op == "matmul":
        return base is node.args[1]
    return node.op != "power" or (_number(node.args[1]) or 0.0) > 1


def _is_near(node: Expr) -> bool:
    """Whether it is a choice of what is near 0, for which a series stands."""
    if node.op != "where" or node.args[1].op in LITERALS:
        return False
    return node.args[0].op == "less" and node.args[0].args[0].op == "absolute"


def _core(node: Expr) -> Expr:
    """What a node is a multiple of, by a sign or one number, perhaps beside another number."""
    literals = [a.op in LITERALS for a in node.args]
    if node.op in ("multiply", "add", "subtract") and any(literals):
        return node.args[literals[0]]
    scaled = node.op == "negative" or (node.op == "divide" and literals[1])
    return node.args[0] if scaled else node


def _number(node: Expr) -> float | None:
    value = node.value
    return float(value) if value is not None and value.size == 1 else None
