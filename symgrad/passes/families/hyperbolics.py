"""Quotients by differences of exponentials, and products of exponentials with sigmoids and sechs.

Operands are rewritten before what reads them: of exp(-x) * (1 / (1 + exp(-x))) the second factor
is a sigmoid already.
"""

from __future__ import annotations

from math import copysign, isfinite

from ...graph.graph import Expr
from ...graph.types import broadcast
from ...ops.elementary import tanh
from ...ops.relative import bernoulli_function, bose_einstein, over_expm1, over_sinh, sinhc_inverse
from ...ops.stable import csch, sech
from ..facts.exponentials import Reader, Term, gathered, over
from ..facts.marks import Opaque, Structural, among, reading, reading_all, settled
from ..facts.products import multiple, squared
from ..facts.units import is_slope_of_unit
from .quotients import even_argument, over_square, over_sum, ratio, split, times


@among("exp", "expm1", "sinh", "exp_difference")
@reading("subtract", "expm1", "multiply", "sinh", "negative", "exp_difference")
@settled
def over_difference(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(-x) / (1 - exp(-x)) and (exp(x) + exp(-x)) / (exp(x) - exp(-x)) are inf/inf far out."""
    top, bottom = node.args
    reader = Reader(node, opaque)
    below = gathered(reader.terms(bottom) or [])
    return _over(reader, top, below)


def _over(reader: Reader, top: Expr, below: list[Term]) -> Expr | None:
    """A numerator with exponentials over a sum or difference of two."""
    if len(below) != 2:
        return None
    above = gathered(reader.terms(top) or [])
    rest, factor = split(reader, top)
    even = below[0].form == below[1].form.scaled(-1.0)
    if len(above) < 2 and not factor.form.factors and not even:
        return None
    if below[0].c != -below[1].c:
        if len(above) == 2:
            return ratio(reader, above, below)
        return over_sum(reader, rest, factor, below) if len(above) < 2 else None
    more, less = sorted(below, key=lambda t: -t.c)
    if len(above) == 2:
        return _cotangent(reader, above, more, less)
    return _occupation(reader, rest, factor, more, less) if len(above) < 2 else None


def _cotangent(reader: Reader, above: list[Term], more: Term, less: Term) -> Expr | None:
    """(exp(a) + exp(b)) / (exp(a) - exp(b)) is 1 / tanh((a - b) / 2)."""
    c = above[0].c
    if above[1].c != c or {t.form for t in above} != {more.form, less.form}:
        return None
    u = reader.build(more.form.minus(less.form).scaled(0.5))
    return None if u is None else times(None, c / more.c, 1 / tanh(u))


def _occupation(
    reader: Reader, rest: Expr | None, top: Term, more: Term, less: Term
) -> Expr | None:
    """rest exp(c) / (exp(a) - exp(b)), with c at a, at b or between."""
    gap, c = more.form.minus(less.form), top.c / more.c
    u, half = reader.build(gap), reader.build(gap.scaled(0.5))
    if u is None or half is None or not _is_kept(rest, u):
        return None
    if top.form == less.form:
        return _over_one(reader, rest, c, u)
    if top.form == more.form:
        back = reader.build(gap.scaled(-1.0))
        return None if back is None else _over_one(reader, rest, -c, back)
    if top.form.scaled(2.0) == more.form.plus(less.form):
        return times(None, c / 2, csch(half) if rest is None else over_sinh(rest, half))
    return None


def _is_kept(rest: Expr | None, u: Expr) -> bool:
    """Whether a numerator may be an operand: it is no number, and one of them has all elements."""
    if rest is None:
        return True
    shapes = rest.shape, u.shape
    return rest.type.is_floating and not rest.type.python and broadcast(*shapes) in shapes


def _over_one(reader: Reader, rest: Expr | None, c: float, u: Expr) -> Expr:
    """c rest / (exp(u) - 1)."""
    if rest is None:
        return times(None, c, bose_einstein(u))
    k, x = multiple(rest, reader.opaque)
    if reader.form(x).ids() == reader.form(u).ids():
        return times(None, abs(c * k), times(x, copysign(1.0, c * k), bose_einstein(u)))
    return times(None, c, over_expm1(rest, u))


@among("exp", "exp_sum", "expm1", "exp_difference", "sinh", "cosh")
@among("sigmoid", "sech", "csch", "bose_einstein")
@reading("sigmoid", "sech", "csch", "bose_einstein", "power", "square", "scaled", "negative")
def product_with_share(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(-x) sigmoid(x) is 0 times infinity far out; it is sigmoid(-x)."""
    if _EXPONENTIALS.isdisjoint(node.graph.ops):
        return None
    for other, factor in (node.args, node.args[::-1]):
        c, known = multiple(factor, opaque)
        root = squared(known, opaque)
        share = known if root is None else root
        if not c or share.op not in _BELOW or {known.id, share.id} & opaque:
            continue
        reader = Reader(node, opaque)
        form = reader.form(share.args[0])
        below = [Term(k / c, form.scaled(j)) for k, j in _BELOW[share.op]]
        if root is None:
            found = _over(reader, other, below)
        else:
            found = _over_its_square(reader, other, below, c)
        if found is not None:
            return found
    return None


def _over_its_square(reader: Reader, top: Expr, below: list[Term], c: float) -> Expr | None:
    """A numerator with exponentials over the square of a sum, whose terms are over c here."""
    rest, factor = split(reader, top)
    whole = [Term(t.c * c, t.form) for t in below]
    if not factor.form.factors or whole[0].c < 0 or whole[1].c < 0:
        return None
    return over_square(reader, rest, Term(factor.c * c, factor.form), whole)


@among("sigmoid")
@reading_all("sigmoid", "negative", "scaled")
def product_of_sigmoids(node: Expr, opaque: Opaque) -> Expr | None:
    """sigmoid(x) sigmoid(-x) is even in x: as a product its slope cancels near 0."""
    (j, a), (k, b) = (multiple(x, opaque) for x in node.args)
    if not (a.op == b.op == "sigmoid") or {a.id, b.id} & opaque:
        return None
    reader = Reader(node, opaque)
    u, v = (reader.form(x.args[0]) for x in (a, b))
    if not u.factors or u != v.scaled(-1.0) or is_slope_of_unit(node, a.args[0]):
        return None
    return times(None, j * k / 4, sech(even_argument(reader, u.scaled(0.5))) ** 2)


def proportional(node: Expr, opaque: Opaque) -> Expr | None:
    """c y / (exp(y) - 1) has a row of its own, whose slope does not cancel near 0."""
    reader = Reader(node, opaque)
    above, below = (reader.form(x) for x in node.args)
    if len(below.factors) != 1 or above.ids() != below.ids():
        return None
    c = over(above.factors[0][1], below.factors[0][1])
    return times(None, c, _ALONE[node.op.name](node.args[1])) if c and isfinite(c) else None


_ALONE = {"over_expm1": bernoulli_function, "over_sinh": sinhc_inverse}
_EXPONENTIALS = frozenset({"exp", "expm1", "exp_difference", "cosh", "sinh"})
_BELOW = {  # f(u) = 1 / Σ c exp(k u)
    "sigmoid": ((1.0, 0.0), (1.0, -1.0)),
    "sech": ((0.5, 1.0), (0.5, -1.0)),
    "csch": ((0.5, 1.0), (-0.5, -1.0)),
    "bose_einstein": ((1.0, 1.0), (-1.0, 0.0)),
}
QUOTIENTS: dict[str, list[Structural]] = {
    "divide": [over_difference],
    **{name: [proportional] for name in _ALONE},
}
PRODUCTS = {"multiply": [product_with_share, product_of_sigmoids]}
