"""Logarithms of positive formulas, made without the formulas themselves, which under- or overflow.

Products, quotients, powers and sums of exponentials and probabilities, beside what is proved to be
positive. Patterns of a few nodes, to a fixed depth: nothing walks the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from math import inf, log

from ...graph.graph import Expr
from ...ops.activations import log_softmax, logsumexp, sigmoid, softplus
from ...ops.compound import log_power
from ...ops.elementary import expm1, log1p, logaddexp
from ...ops.elementary import log as log_op
from ...ops.exponents import exponent_sum
from ...ops.op import rebuilt, registry
from ...ops.operands import lift
from ...ops.scans import logcumsumexp
from ...ops.selection import minimum, where
from ...ops.special import erf, erfc, log_ndtr
from ...ops.stable import log1mexp
from ..facts.exponentials import Reader, literal
from ..facts.marks import Opaque, among, reading, reading_all, settled
from ..facts.proofs import proves
from .factors import has_logarithm

_DEPTH = 5
_PRODUCTS = ("multiply", "divide")
PICKING = frozenset({"getitem", "gather", "take_along_axis", "pick"})
PICKING |= {"transpose", "reshape", "expand_dims", "squeeze", "diagonal", "flip", "roll"}
"""Operations whose result has elements of the first operand, and no others."""
_TAILS = {"ndtr": 1.0, "erfc": -1.0}
"""Functions of which f(x) and f(-x) add up to a number, and the sign of x where they are large."""
_BASES = {"log2": 2, "log10": 10}


def log_of_probability(p: Expr, opaque: Opaque, depth: int = _DEPTH) -> Expr | None:
    """The logarithm of what is made of exponentials, probabilities and positive numbers."""
    number = literal(p)
    if number is not None:
        return lift(p.graph, log(number)) if number > 0 else None
    if p.id in opaque or not depth:
        return None
    if p.op in _LEAVES:
        return _LEAVES[p.op](p)
    row = _COMPOSED.get(p.op)
    return None if row is None else row(p, opaque, depth - 1)


def _power(p: Expr, opaque: Opaque, depth: int) -> Expr | None:
    base = p.args[0]
    inner = log_of_probability(base, opaque, depth)
    k = p.args[1] if p.op == "power" else _EXPONENTS[p.op]
    if inner is None and isinstance(k, Expr) and literal(k) is None and proves(base, "positive"):
        return log_power(base, k)
    return None if inner is None else k * inner


def _picked(p: Expr, opaque: Opaque, depth: int) -> Expr | None:
    """Of some elements, or of their cumulative sums."""
    inner = log_of_probability(p.args[0], opaque, depth)
    if inner is None:
        return None
    return logcumsumexp(inner, **p.params) if p.op == "cumsum" else rebuilt(p, [inner, *p.args[1:]])


def _choice(p: Expr, opaque: Opaque, depth: int) -> Expr | None:
    """One of two probabilities, or what softmax leaves, see `rest_of_share`."""
    condition, *choices = p.args
    if condition.op == "greater" and condition.args[0].op == "softmax":
        return log_of_rest(condition.args[0]) if choices[0].op == "sum" else None
    a, b = (
        None if literal(x) is not None else log_of_probability(x, opaque, depth) for x in choices
    )
    return None if a is None or b is None else where(condition, a, b)


def log_of_rest(share: Expr) -> Expr:
    """log(1 - softmax(x)): of the share above a half by the others, as 1 less it has no digits."""
    above, axis = share > 0.5, share.params["axis"]
    logarithms = where(above, -inf, log_softmax(*share.args, **share.params))
    others = logsumexp(logarithms, axis=axis, keepdims=True)
    return where(above, others, log1p(-where(above, 0.0, share)))


def _product(p: Expr, opaque: Opaque, depth: int) -> Expr | None:
    """The sum or difference of logarithms; a factor that only is positive stands beside others."""
    a, b = _both(p, opaque, depth)
    if a is None or b is None:
        return None
    if p.op == "divide":
        return -b if literal(p.args[0]) == 1 else a - b
    return 0.5 * (a + b) if p.op == "sqrt_product" else a + b


def _sum(p: Expr, opaque: Opaque, depth: int) -> Expr | None:
    """Of two that may both underflow; or of an exponential, beside what is positive."""
    x, y = p.args
    if literal(x) == 1 and y.op in ("exp", "power") and y.id not in opaque:
        found = log_of_probability(y, opaque, depth)
        return None if found is None else softplus(found)
    if literal(x) is not None or literal(y) is not None or _is_sum_of_exponentials(p, opaque):
        return None
    a, b = (log_of_probability(f, opaque, depth) for f in (x, y))
    if a is None and b is not None and y.op == "exp":
        a = log_of_positive(x)
    if b is None and a is not None and x.op == "exp":
        b = log_of_positive(y)
    return None if a is None or b is None else logaddexp(a, b)


def _is_sum_of_exponentials(p: Expr, opaque: Opaque) -> bool:
    """Whether it is read as a whole, see `exponentials`."""
    return Reader(p, opaque).terms(p) is not None


def _both(p: Expr, opaque: Opaque, depth: int) -> tuple[Expr | None, Expr | None]:
    x, y = p.args
    a, b = (log_of_probability(f, opaque, depth) for f in (x, y))
    if a is None and b is not None and literal(y) is None:
        return log_of_positive(x), b
    if b is None and a is not None and literal(x) is None:
        return a, log_of_positive(y)
    return a, b


def log_of_positive(x: Expr) -> Expr | None:
    """The logarithm of what is proved to be positive."""
    return log_op(x) if proves(x, "positive") and x.type.is_floating else None


_LEAVES: Mapping[str, Callable[[Expr], Expr]] = {
    "exp": lambda p: p.args[0],
    "exp_sum": lambda p: reduce(exponent_sum, p.args),
    "softmax": lambda p: log_softmax(*p.args, **p.params),
    "sigmoid": lambda p: -softplus(-p.args[0]),
    "ndtr": lambda p: log_ndtr(p.args[0]),
}
_EXPONENTS = {"sqrt": 0.5, "square": 2.0}
_COMPOSED: Mapping[str, Callable[[Expr, Opaque, int], Expr | None]] = {
    **dict.fromkeys(("power", "sqrt", "square"), _power),
    **dict.fromkeys((*_PRODUCTS, "sqrt_product"), _product),
    **dict.fromkeys((*PICKING, "cumsum"), _picked),
    "where": _choice,
    "add": _sum,
}


@among(*_LEAVES)
@reading(*_COMPOSED, "ndtr", "softmax")
def log_of_composed(node: Expr, opaque: Opaque) -> Expr | None:
    """The log of a softmax, or of powers and products of shares, is -inf where these underflow."""
    p = node.args[0]
    if p.op not in _COMPOSED and p.op not in ("ndtr", "softmax"):
        return None
    numbers = p.op in _PRODUCTS and any(literal(a) is not None for a in p.args)
    if (numbers and any(a.op in _LEAVES for a in p.args)) or _is_sum_of_exponentials(p, opaque):
        return None  # there are equations of log(2 * sigmoid(x))
    return log_of_probability(p, opaque)


@among("expm1")
@reading("where")
def log_of_choice(node: Expr, opaque: Opaque) -> Expr | None:
    """log(where(c, 1 - exp(x), y)) has the rounding of 1 where exp(x) is small."""
    (p,) = node.args
    if p.op != "where" or p.id in opaque:
        return None
    condition, rest, other = p.args
    known = rest.op == "negative" and rest.id not in opaque and rest.args[0].op == "expm1"
    return where(condition, log1mexp(-rest.args[0].args[0]), log_op(other)) if known else None


@among("sigmoid")
@reading("add")
def log_of_inflated(node: Expr, opaque: Opaque) -> Expr | None:
    """log(p + (1 - p) exp(y)) of p = sigmoid(x) has the rounding of 1 where it is nearly 0."""
    (total,) = node.args
    if total.op != "add" or total.id in opaque:
        return None
    for p, rest in (total.args, total.args[::-1]):
        if p.op != "sigmoid" or rest.op != "multiply" or {p.id, rest.id} & opaque:
            continue
        form = Reader(node, opaque).form
        for q, e in (rest.args, rest.args[::-1]):
            if (
                q.op == "sigmoid"
                and q.id not in opaque
                and form(q.args[0]) == form(p.args[0]).scaled(-1.0)
            ):
                y = log_of_probability(e, opaque) if _is_probability(e) else None
                return None if y is None else _inflated(p.args[0], y)
    return None


def _is_probability(p: Expr) -> bool:
    """Whether it is at most 1."""
    return p.op in ("sigmoid", "ndtr") or (p.op == "exp" and proves(p.args[0], "nonpositive"))


def _inflated(x: Expr, y: Expr) -> Expr:
    less = sigmoid(-x) * expm1(y)
    near = less > -0.5
    u, v = where(near, 0.0, x), where(near, 0.0, y)
    return where(near, log1p(where(near, less, 0.0)), logaddexp(-softplus(-u), v - softplus(u)))


@among("sigmoid")
@reading("where")
@settled
def complement_of_choice(node: Expr, opaque: Opaque) -> Expr | None:
    """1 less one of two probabilities is one of what each lacks."""
    one, choice = node.args
    if literal(one) != 1 or choice.op != "where" or choice.id in opaque:
        return None
    condition, p, q = choice.args
    return where(condition, 1 - p, 1 - q) if p.op == q.op == "sigmoid" else None


@reading("negative")
@among("ndtr", "softmax")
def log_of_complement(node: Expr, opaque: Opaque) -> Expr | None:
    """log(1 - ndtr(x)) is -inf where ndtr(x) is 1."""
    (minus,) = node.args
    if minus.op != "negative" or not opaque.isdisjoint((minus.id, minus.args[0].id)):
        return None
    p = minus.args[0]
    return log_ndtr(-p.args[0]) if p.op == "ndtr" else log_of_rest(p) if p.op == "softmax" else None


@reading_all("erf", *_TAILS)
def difference_of_tails(node: Expr, opaque: Opaque) -> Expr | None:
    """ndtr(x) - ndtr(y) and its like are taken on the side where both are small, erf of erfc."""
    a, b = node.args
    if a.op != b.op or a.op not in ("erf", *_TAILS) or not opaque.isdisjoint((a.id, b.id)):
        return None
    (x,), (y,) = a.args, b.args
    if x.op == "where" or any(f.op in ("where", "astype") for f in x.args):  # of our making
        return None
    if a.op in _TAILS:
        tail, turned = registry[a.op], where(_TAILS[a.op] * (x + y) > 0, -1.0, 1.0)
        return turned * (tail(turned * x) - tail(turned * y))
    side = where(x + y > 0, 1.0, -1.0)
    u, v = side * x, side * y
    apart = minimum(u, v) > 1
    near = erf(where(apart, 0.0, x)) - erf(where(apart, 0.0, y))
    return where(apart, side * (erfc(v) - erfc(u)), near)


@among("ndtr")
@reading("multiply")
def log_of_tails(node: Expr, opaque: Opaque) -> Expr | None:
    """log(ndtr(x) - ndtr(y)), where both are small, see `difference_of_tails`."""
    (p,) = node.args
    if p.op != "multiply" or p.id in opaque:
        return None
    turned, gap = p.args
    if turned.op != "where" or gap.op != "subtract" or any(f.op != "ndtr" for f in gap.args):
        return None
    x, y = (f.args[0] for f in gap.args)
    return log_ndtr(where(turned > 0, x, y)) + log1mexp(turned * (log_ndtr(x) - log_ndtr(y)))


@settled
def log_of_other_base(node: Expr, opaque: Opaque) -> Expr | None:
    """log10(1 + 10**x) and its like by the natural logarithm, for which there are equations."""
    (x,) = node.args
    return log_op(x) / log(_BASES[node.op]) if x.id not in opaque and has_logarithm(x) else None


LOGARITHMS = {
    "log": [log_of_inflated, log_of_tails, log_of_choice, log_of_composed],
    "log1p": [log_of_complement],
    **{name: [log_of_other_base] for name in _BASES},
}
DIFFERENCES = {"subtract": [complement_of_choice, difference_of_tails]}
