"""Logarithms of sums of a few exponentials with factors, written out term by term."""

from __future__ import annotations

from functools import reduce

from ...graph.graph import Expr
from ...ops.activations import sigmoid
from ...ops.elementary import exp, logaddexp
from ...ops.joining import stack
from ...ops.operands import lift
from ...ops.shapes import broadcast_to
from ...ops.stable import weighted_logsumexp
from ..facts.exponentials import literal
from ..facts.marks import Opaque, among, reading
from .magnitudes import PICKING, log_of_positive, log_of_probability
from .quotients import times
from .reduced import any_exponential, logarithm, scaled_sum
from .terms import Exponential, exponential

_LONGEST = 5  # terms
_SUMS = frozenset({"sum", "mean", "matmul"})


@among("exp", "softmax", "sigmoid", "prod")
@reading("add")
def log_of_mixture(node: Expr, opaque: Opaque) -> Expr | None:
    """log(p exp(a) + q exp(b)) is -inf where both densities of a mixture underflow."""
    terms = _mixed(node.args[0], opaque)
    if not terms:
        return None
    if all(term.weight is None for term in terms):
        whole = all(a.op not in _SUMS for a in node.args[0].args)
        return None if whole else reduce(logaddexp, (term.exponent() for term in terms))
    exponents, weights = (
        [broadcast_to(lift(node.graph, x), node.shape) for x in listed]
        for listed in ([term.x for term in terms], [term.factor() for term in terms])
    )
    return weighted_logsumexp(stack(exponents), stack(weights), axis=0)


def _mixed(node: Expr, opaque: Opaque) -> list[Exponential]:
    """The terms of a sum; none if there are many, or one is no exponential with a real factor."""
    nodes = [node]
    while any(x.op == "add" and x.id not in opaque for x in nodes) and len(nodes) < _LONGEST:
        nodes = [a for x in nodes for a in (x.args if x.op == "add" else (x,))]
    terms = [any_exponential(x, opaque) or _whole_sum(x, opaque) for x in nodes]
    found = [term for term in terms if term is not None and term.x.type.is_floating]
    real = all(term.weight is None or term.weight.type.is_floating for term in found)
    return found if real and 1 < len(found) == len(nodes) else []


def _whole_sum(node: Expr, opaque: Opaque) -> Exponential | None:
    """A sum of exponentials as one term."""
    known = logarithm(node, opaque)
    return None if known is None else Exponential(known)


@among("exp", "exp_sum", "softmax")
def known_share(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) / (exp(x) + y) is nan where the exponentials overflow."""
    known = [None if literal(x) is not None else _any_logarithm(x, opaque) for x in node.args]
    if known == [None, None]:
        return None
    a, b = (log_of_positive(x) if y is None else y for x, y in zip(node.args, known, strict=True))
    return None if a is None or b is None else sigmoid(a - b)


@among("exp", "softmax")
@reading("divide")
def log_of_normalized(node: Expr, opaque: Opaque) -> Expr | None:
    """log(sum(w * exp(x)) / sum(exp(y))) is nan where either overflows."""
    p = node.args[0]
    if p.op != "divide" or p.id in opaque or all(a.op not in _SUMS for a in p.args):
        return None
    a, b = (logarithm(x, opaque) if x.op in _SUMS else _picked(x, opaque) for x in p.args)
    return None if a is None or b is None else a - b


@among("exp", "softmax", "power")
@reading(*PICKING)
def log_of_picked(node: Expr, opaque: Opaque) -> Expr | None:
    """log((w * exp(x))[0]) overflows; log(w[0]) + x[0] does not."""
    return _picked(node.args[0], opaque)


def _picked(node: Expr, opaque: Opaque) -> Expr | None:
    terms = exponential(node, opaque) if node.op in PICKING else None
    return None if terms is None else terms.logarithm()


@among("exp", "softmax")
@reading("softmax", "sigmoid", *PICKING, *_SUMS, "power", "square")
def ratio_of_known(node: Expr, opaque: Opaque) -> Expr | None:
    """sum(exp(x))**2 / sum(exp(y)) and softmax(x)[i] / exp(y) are nan where both parts overflow."""
    cores = [x.args[0] if x.op in PICKING else x for x in node.args]
    if any(literal(x) is not None for x in node.args) or all(x.op == "exp" for x in cores):
        return None
    a, b = (_any_logarithm(x, opaque) for x in node.args)
    return None if a is None or b is None else exp(a - b)


def _any_logarithm(node: Expr, opaque: Opaque) -> Expr | None:
    """Of what is positive: weights may be negative."""
    known = log_of_probability(node, opaque)
    if known is not None or node.id in opaque:
        return known
    base, *powers = node.args if node.op in ("power", "square") else (node,)
    k = literal(powers[0]) if powers else 2.0 if node.op == "square" else 1.0
    total = scaled_sum(base, opaque)
    if k is None or total is None or total.scale is not None or total.terms.masked() is None:
        return None
    found = logarithm(base, opaque)
    return found if found is None or k == 1 else k * found


@among("exp", "power")
@reading("sum", "mean")
def inverse_of_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """1 / sum(exp(x)) overflows inside where it is 0."""
    top, total = node.args
    c = literal(top)
    if c is None or total.op not in ("sum", "mean") or total.id in opaque:
        return None
    terms = exponential(total.args[0], opaque)
    if terms is None or terms.masked() is None or terms.x.op == "log_softmax":
        return None
    found = logarithm(total, opaque)
    return None if found is None else times(None, c, exp(-found))


LOGARITHMS = {
    "log": [log_of_mixture, log_of_normalized, log_of_picked],
    "share": [known_share],
}
QUOTIENTS = {"divide": [ratio_of_known]}
INVERSES = {"divide": [inverse_of_sum]}
