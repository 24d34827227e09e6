"""Overflow that no result has: exp(-x**2) and 1 / x**2 are 0 where the square is infinite.

NumPy warns of it all the same, at the square. Where a function has such a place, and no
result that may be infinite itself, a line in front of it says that overflow is no error: a
microsecond for each call, which other functions do not pay. So it is with divisions by zero.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import dropwhile

from ...graph.graph import Expr
from ..schedule import LITERALS
from .poles import divides_inside

_GROWING = frozenset(
    {"square", "power", "versin_less", "cosh", "sinh", "multiply", "matmul", "prod"}
)
_EXPONENTIALS = frozenset({"exp", "exp2", "expm1", "expm1_less", "coshm1", "sinh_less", "power"})
_EXPONENTIAL = (
    "exp exp2 expm1 exp_sum tanh sigmoid sigmoid_sum arctan arctan2 erf erfc softsign sech csch "
    "lorentzian dispersion saturation gaussian sigmoid_slope"
)
_LIMITED = "softmax log_softmax logsumexp reciprocal where minimum clip heaviside sign"
_LOSING = frozenset({"minimum", "clip", "heaviside", "maximum", "relu"})
_BY_EXPONENTIALS = frozenset(_EXPONENTIAL.split()) | _LOSING
_BOUNDED = _BY_EXPONENTIALS | frozenset(_LIMITED.split())
"""They are finite for infinite operands; the first ones also have exponentials of their own."""
_SMALL = _BOUNDED - {"where", "minimum", "maximum", "clip", "relu"}
"""Their squares are not looked at; a choice may be of what is large."""


def silenced(nodes: Sequence[Expr], outputs: Sequence[Expr]) -> list[str]:
    """The line in front of a function of these nodes, if it has such places."""
    kinds = [("over", overflows_inside), ("divide", divides_inside)]
    found = ", ".join(f'{kind}="ignore"' for kind, inside in kinds if inside(nodes, outputs))
    return [f"@np.errstate({found})  # of inner values: results stay finite"] if found else []


def overflows_inside(nodes: Sequence[Expr], outputs: Sequence[Expr]) -> bool:
    """Whether a square, or the like, may overflow inside of outputs that are all finite.

    Of exponentials that is said only where they are exponents, or in a bounded function: softmax
    and its like are written so that theirs do not overflow. The nodes are in topological order.
    """
    large: dict[int, frozenset[str]] = {}  # where the values may be infinite: what bears them
    compared: set[int] = set()  # choices by them, and conditions of these: at a finite operand
    borne: set[int] = set()
    for node in dropwhile(lambda n: not _growth(n), nodes):  # mostly to the end
        if _is_compared(node, compared, large, borne):
            compared.add(node.id)
            borne.update(a.id for a in node.args if a.id in large)
            continue
        by = [a for a in node.args if a.id in large] if large else []
        finite = [a for a in by if _bears(node, a, large)]
        if finite:
            borne.add(node.id)
        elif compared.isdisjoint([a.id for a in node.args]) and (bears := _growth(node)):
            large[node.id] = bears
        if len(by) > len(finite) and node.id not in large and node.dtype.kind != "b":
            large[node.id] = large[by[0].id]
    return bool(borne) and not any(o.id in large for o in outputs)


def _growth(node: Expr) -> frozenset[str]:
    """What bears an overflow of the node itself; nothing, if it has none."""
    if node.op in _GROWING and _grows(node):
        return _BOUNDED
    return _BY_EXPONENTIALS if node.op in _EXPONENTIALS and _is_exponential(node) else frozenset()


_LINEAR = frozenset({"where", "add", "subtract", "negative", "multiply", "divide", "absolute"})


def _is_compared(
    node: Expr, compared: AbstractSet[int], large: Container[int], borne: Container[int]
) -> bool:
    """Whether it is a comparison with something large, or made of what one left."""
    ids = [a.id for a in node.args]
    if node.dtype.kind == "b":
        return any(i in compared or i in large or i in borne for i in ids)
    if node.op not in _LINEAR or compared.isdisjoint(ids):
        return False
    return (node.op == "where" and ids[0] in compared) or not any(i in large for i in ids)


def _bears(node: Expr, a: Expr, large: Mapping[int, frozenset[str]]) -> bool:
    """Whether a result may be finite for an infinite operand."""
    if node.op in large[a.id]:
        return node.op not in ("minimum", "maximum", "relu") or _sinks(a, large) != (
            node.op == "minimum"
        )
    return _divides(node, a, large[a.id])


def _sinks(node: Expr, large: Container[int]) -> bool:
    """Whether it is minus something large."""
    if node.op == "subtract":
        return node.args[0].id not in large
    factor = _number(node.args[0]) if node.op == "multiply" else None
    return node.op == "negative" or (factor or 0.0) < 0


def _is_exponential(node: Expr) -> bool:
    """Whether it is no power of a number, and no slope: exp(-minimum(exp(x), 10000)) or -y.

    There y is a softplus in steps, the sum of a logarithm and what is positive.
    """
    x = node.args[0].args[0] if node.args[0].op == "negative" else node
    decays = x.op == "minimum" and _core(x.args[0]).op == "exp"
    decays |= x.op in ("add", "subtract") and any(a.op == "log1p" for a in x.args)
    return not decays and (node.op != "power" or _number(node.args[1]) is None)


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
    if base.op in LITERALS or base.op in _SMALL or _is_near(base) or _is_deviation(base):
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


def _is_deviation(node: Expr) -> bool:
    """Whether it is what a mean is taken off, as in a variance."""
    mean = node.args[1] if node.op == "subtract" else node
    total = mean.args[0] if mean.op == "divide" else mean
    return total.op == "sum" and total.args[0] is node.args[0]


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
