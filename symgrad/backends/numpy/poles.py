"""Division by zero that no result has: maximum(log(x), -100) is -100 where the logarithm is -inf.

A *pole* is a node that may be infinite because something is divided by zero, with its sign there
if that is known, else 0. A maximum drops it where it is -inf, and a comparison always does.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence

from ...graph.graph import Expr
from ...ops.guards import fails, is_positive
from ...ops.literals import python_number
from ..schedule import LITERALS

_SIGNS = {**dict.fromkeys(("log", "log2", "log10", "log1p", "logsumexp"), -1), "gammaln": 1}
_SIGNS |= {"log1mexp": -1, "log_square_difference": -1}
_OTHERS = {"exp", "exp2", "expm1", "sinh", "cosh", "coshm1", "tan", "softmax", "log_softmax"}
_OTHERS |= {"sqrt", "cbrt", "sqrt_product", "root_plus", "leg"}
_OTHERS |= {"copysign", "arcsin", "arccos", "arccosh"}
"""They fail, but not by dividing."""
_EVEN = {"square", "absolute", "sqrt", "vector_norm"}
_KEEPING = {"add", "sum", "mean", "max", "min", "where", "maximum", "minimum", "getitem", "stack"}
_KEEPING |= {"expand_dims", "reshape", "squeeze", "transpose", "broadcast_to", "astype"}
_DROPPED = {"maximum": -1, "relu": -1, "minimum": 1}
_DROPPING = {*_DROPPED, "clip", "heaviside"}
_MAKING = {"add", "subtract", "negative", "multiply", "divide", "square", "power", "absolute"}


def divides_inside(nodes: Sequence[Expr], outputs: Sequence[Expr]) -> bool:
    """Whether inner values may be divided by zero, and no output is infinite for that.

    The nodes are in topological order. What is chosen by comparing a pole stays away from it.
    """
    if not any(n.dtype.kind == "b" or n.op in _DROPPING for n in nodes):
        return False
    poles: dict[int, int] = {}
    bases: set[int] = set()  # what the poles are of
    compared: set[int] = set()  # true only where a pole is none
    chosen: set[int] = set()
    dropped = False
    for node in nodes:
        by = [a for a in node.args if a.id in poles] if poles else []
        if node.dtype.kind == "b" or node.op == "heaviside":
            dropped = dropped or bool(by)
            if _excludes(node, poles, compared):
                compared.add(node.id)
        elif compared and _is_chosen(node, compared, bases, chosen):
            chosen.add(node.id)
        elif by and _drops(node, {poles[a.id] for a in by}):
            dropped = True
        elif by:
            poles[node.id] = _sign(node, by, poles)
        elif _divides(node, chosen):
            poles[node.id] = _sign_of_pole(node)
            bases.update(a.id for a in node.args)
    return dropped and not any(y.id in poles for y in outputs)


def _excludes(node: Expr, poles: Mapping[int, int], compared: Container[int]) -> bool:
    """Whether it is true only where a pole that it compares is finite."""
    found = [a.id in compared for a in node.args]
    if node.op in ("greater", "greater_equal", "less", "less_equal"):
        below, above = node.args if node.op.startswith("less") else node.args[::-1]
        if above.op == "relu" and python_number(below) == 0:
            above = above.args[0]
        return poles.get(below.id) == 1 or poles.get(above.id) == -1
    return any(found) if node.op == "logical_and" else node.op == "logical_or" and all(found)


def _is_chosen(
    node: Expr, compared: Container[int], bases: Collection[int], chosen: Container[int]
) -> bool:
    """Whether it is a pole's operand where a comparison took the pole, or made of such ones."""
    args = node.args
    more: Collection[int] = ()
    if node.op == "where" and args[0].id in compared:
        more = bases if python_number(args[2]) else more
        args = args[1:]
    elif node.op not in _MAKING:
        return False
    of = [a.id for a in args if python_number(a) is None]
    return bool(of) and all(i in chosen or i in more for i in of)


def _drops(node: Expr, signs: set[int]) -> bool:
    return node.op == "clip" or signs == {_DROPPED.get(node.op)}


def _sign(node: Expr, by: Sequence[Expr], poles: Mapping[int, int]) -> int:
    """The sign of what is made of poles."""
    signs = {poles[a.id] for a in by}
    if len(signs) > 1 or (len(by) > 1 and node.op == "subtract"):
        return 0
    sign = signs.pop()
    if node.op in _KEEPING:
        return sign
    if node.op == "negative" or (node.op == "subtract" and by[0] is node.args[1]):
        return -sign
    if node.op == "subtract":
        return sign
    factor = next((v for v in map(python_number, node.args) if v), 0)
    return sign * (1 if factor > 0 else -1) if node.op == "multiply" and factor else 0


def _divides(node: Expr, chosen: Container[int]) -> bool:
    """Whether something may be divided by zero here."""
    if not fails(node.op) or node.op in _OTHERS:
        return False
    if node.op == "divide":
        by = node.args[1]
        return by.op not in LITERALS and by.id not in chosen and not is_positive(by)
    if node.op == "power" and (python_number(node.args[1]) or -1) > 0:
        return False
    return node.args[0].id not in chosen


def _sign_of_pole(node: Expr) -> int:
    if node.op == "divide":
        one = python_number(node.args[0]) or 0
        return ((one > 0) - (one < 0)) * _is_even(node.args[1])
    if node.op == "power":
        return int(_is_even(node))
    return _SIGNS.get(node.op, 0)


def _is_even(node: Expr) -> bool:
    """Whether it is never negative."""
    if node.op != "power":
        return node.op in _EVEN
    exponent = python_number(node.args[1])
    return exponent is not None and exponent % 2 != 1
