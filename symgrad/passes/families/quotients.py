"""Logarithms and quotients of sums of exponentials.

Each is read as Σ c exp(k u) first, so that a sigmoid is known in any of its spellings.
"""

from __future__ import annotations

from math import log

from ...graph.graph import Expr
from ...ops.activations import sigmoid, softplus
from ...ops.arithmetic import absolute
from ...ops.elementary import exp, expm1, log1p, logaddexp, tanh
from ...ops.exponents import exp_shares, exponent_sum
from ...ops.operands import lift
from ...ops.selection import where
from ...ops.stable import coshm1, log1mexp, logcosh, sech, sigmoid_slope
from ..facts.exponentials import Form, Reader, Term, gathered, root_of
from ..facts.marks import Opaque, among, reading_all
from ..facts.products import squared

_ONE = Term(1.0, Form())


@among("exp", "exp_sum", "expm1", "cosh", "sinh", "power")
def log_of_exponentials(node: Expr, opaque: Opaque) -> Expr | None:
    """log(exp(a) + exp(b)) overflows and log(exp(a) - exp(b)) cancels as they are written."""
    reader = Reader(node, opaque)
    terms = reader.terms(node.args[0])
    if terms is None:
        return None
    terms = gathered([*terms, _ONE] if node.op == "log1p" else terms)
    if not any(t.form.factors for t in terms):
        return None
    if all(t.c > 0 for t in terms):
        return _log_of_sum(reader, terms)
    negative = [t for t in terms if t.c < 0]
    if len(terms) != 2 or len(negative) != 1:
        return None
    (less,), (more,) = negative, [t for t in terms if t.c > 0]
    if not more.form.factors and more.c != -less.c:  # log(3 - exp(x)) neither overflows nor cancels
        u = _exponent(reader, less._replace(c=1.0))
        return log1p(less.c * expm1(u)) if more.c == 1 - less.c and isinstance(u, Expr) else None
    gap = _shifted(reader, more.form.minus(less.form), more.c / -less.c)
    return None if gap is None else _plus(_exponent(reader, more), log1mexp(gap))


def _log_of_sum(reader: Reader, terms: list[Term]) -> Expr | None:
    """Common factors stand outside, so that what is left is a known function."""
    c, root = terms[0].c, root_of(terms)
    if root is not None:
        inner = _log_of_sum(reader, root)
        return None if inner is None else 2 * inner
    if len(terms) == 2 and terms[1] == Term(c, terms[0].form.scaled(-1.0)):
        y = logcosh(even_argument(reader, terms[0].form))
        return y if c == 0.5 else _with(y, log(2 * c))
    if len(terms) == 3 and (even := _log_of_even(reader, terms)) is not None:
        return even
    if len(terms) > 1 and c != 1 and all(t.c == c for t in terms):
        inner = _log_of_sum(reader, [Term(1.0, t.form) for t in terms])
        return None if inner is None else _with(inner, log(c))
    parts = [_exponent(reader, t) for t in terms]
    total = parts[0]
    for part in parts[1:]:
        total = _log_add(total, part)
    return total if isinstance(total, Expr) else None


def _log_of_even(reader: Reader, terms: list[Term]) -> Expr | None:
    """log(d + 2 c cosh(u)), of which exponentials apart have no slope near u = 0."""
    number, a, b = sorted(terms, key=lambda t: bool(t.form.factors))
    if number.form.factors or b != Term(a.c, a.form.scaled(-1.0)):
        return None
    u, both = even_argument(reader, a.form), 2 * a.c
    near = absolute(u) < 1
    inside, far = where(near, u, 0.0), where(near, 1.0, u)
    close = log1p(both / (number.c + both) * coshm1(inside))
    beyond = logaddexp(logaddexp(far, log(number.c / a.c)), -far)
    return where(near, _with(close, log(number.c + both)), _with(beyond, log(a.c)))


def _with(x: Expr, number: float) -> Expr:
    """The sum, as it is written of a negative number."""
    total: Expr = x + number if number >= 0 else x - -number
    return total


def _log_add(a: Expr | float, b: Expr | float) -> Expr | float:
    if isinstance(a, float) and isinstance(b, Expr):
        a, b = b, a
    if isinstance(a, float):
        return 0.0  # no exponential at all
    return softplus(a) if isinstance(b, float) and b == 0 else logaddexp(a, b)


def _exponent(reader: Reader, term: Term) -> Expr | float:
    """What the term is the exponential of."""
    node = reader.build(term.form)
    shift = log(term.c)
    return shift if node is None else node + shift if shift else node


def _plus(a: Expr | float, b: Expr) -> Expr:
    return b if isinstance(a, float) and a == 0 else a + b


def _shifted(reader: Reader, form: Form, ratio: float) -> Expr | None:
    """The node of a form, plus the logarithm of a ratio."""
    node = reader.build(form)
    if node is None or ratio == 1:
        return node
    return exponent_sum(node, node.graph.constant(log(ratio)))


def even_argument(reader: Reader, form: Form) -> Expr:
    """The argument of an even function: the sign that takes no operation."""
    flipped = form.factors[0][1] < 0
    node = reader.build(form.scaled(-1.0) if flipped else form)
    assert node is not None
    return node


@among("exp", "exp_sum", "expm1", "cosh", "sinh", "power")
def quotient_of_exponentials(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) / (1 + exp(x)) and its like are sigmoid, tanh or sech, which do not overflow."""
    top, bottom = node.args
    found = _over(Reader(node, opaque), top, bottom)
    if found is not None or bottom.op != "multiply" or bottom.id in opaque:
        return found
    for factor, sum_ in (bottom.args, bottom.args[::-1]):
        found = _over(Reader(node, opaque), top, sum_)
        if found is not None:
            return found / factor
    return None


def _over(reader: Reader, top: Expr, bottom: Expr) -> Expr | None:
    """A numerator over a sum of exponentials, or over its square."""
    opaque = reader.opaque
    if bottom.op not in ("add", "multiply", "power", "square", "cosh"):
        return None
    root = squared(bottom, opaque)
    terms = gathered(reader.terms(root if root is not None else bottom) or [])
    if len(terms) < 2 or min(t.c for t in terms) <= 0:
        return None
    rest, factor = split(reader, top)
    square_of = root_of(terms) if root is None else terms
    if square_of is not None and len(square_of) == 2:
        return over_square(reader, rest, factor, square_of)
    if len(terms) > 2:
        return _over_many(reader, rest, factor, terms) if root is None else None
    found = ratio(reader, gathered(reader.terms(top) or []), terms)
    return over_sum(reader, rest, factor, terms) if found is None else found


def split(reader: Reader, top: Expr) -> tuple[Expr | None, Term]:
    """A numerator as an expression times an exponential."""
    terms = gathered(reader.terms(top) or [])
    if len(terms) == 1:
        return None, terms[0]
    if top.op == "multiply" and top.id not in reader.opaque:
        for a, b in (top.args, top.args[::-1]):
            terms = gathered(reader.terms(b) or [])
            if len(terms) == 1 and terms[0].form.factors:
                return a, terms[0]
    return top, _ONE


def times(rest: Expr | None, c: float, y: Expr) -> Expr:
    """rest c y, where there is a rest."""
    if abs(c) != 1:
        y = c * y
    elif c < 0:
        y = y.args[0] if y.op == "negative" else -y
    return y if rest is None else rest * y


def _share(reader: Reader, a: Term, b: Term) -> Expr | None:
    """a / (a + b)."""
    same_sign = a.c / b.c > 0
    node = _shifted(reader, a.form.minus(b.form), a.c / b.c) if same_sign else None
    return None if node is None else sigmoid(node)


def over_sum(reader: Reader, rest: Expr | None, top: Term, below: list[Term]) -> Expr | None:
    """rest exp(c) / (exp(a) + exp(b)), with c at a, at b or between: a sigmoid or sech."""
    a, b = below
    for this, other in ((a, b), (b, a)):
        share = _share(reader, this, other) if top.form == this.form else None
        if share is not None:
            return times(rest, top.c / this.c, share)
    gap = a.form.minus(b.form).scaled(0.5)
    if gap.factors and a.c == b.c and top.form.scaled(2.0) == a.form.plus(b.form):
        u = even_argument(reader, gap)
        return times(rest, top.c / (2 * a.c), sech(u))
    return None


def _over_many(reader: Reader, rest: Expr | None, top: Term, below: list[Term]) -> Expr | None:
    """One of the terms over all, or the exponential of a difference of logarithms."""
    for this in below:
        if this.form == top.form:
            terms = [this, *(t for t in below if t is not this)]
            exponents = [lift(reader.graph, _exponent(reader, t)) for t in terms]
            return times(rest, top.c / this.c, exp_shares(exponents))
    total, above = _log_of_sum(reader, below), _exponent(reader, top) if top.c > 0 else 0.0
    if total is None or isinstance(above, float):
        return None
    return times(rest, 1.0, exp(above - total))


def over_square(reader: Reader, rest: Expr | None, top: Term, below: list[Term]) -> Expr | None:
    """rest exp(c) / (exp(a) + exp(b))**2, with c at 2 a, at 2 b or at a + b."""
    a, b = below
    for this, other in ((a, b), (b, a)):
        share = _share(reader, this, other) if top.form == this.form.scaled(2.0) else None
        if share is not None:
            return times(rest, top.c / this.c**2, share**2)
    if top.form == a.form.plus(b.form) and a.c == b.c:
        if not top.form.factors:  # 1 / (exp(u) + exp(-u))**2
            u = even_argument(reader, a.form)
            return times(rest, top.c / (2 * a.c) ** 2, sech(u) ** 2)
        gap = even_argument(reader, a.form.minus(b.form))
        return times(rest, top.c / (a.c * b.c), sigmoid_slope(gap))
    return None


def ratio(reader: Reader, above: list[Term], below: list[Term]) -> Expr | None:
    """(exp(a) - exp(b)) / (exp(a) + exp(b)) is tanh((a - b) / 2)."""
    a, b = below
    over = {t.form: t.c for t in above}
    if len(above) != 2 or a.c != b.c or {a.form, b.form} != set(over):
        return None
    if over[a.form] != -over[b.form]:
        return None
    u = reader.build(a.form.minus(b.form).scaled(0.5))
    return None if u is None else times(None, over[a.form] / a.c, tanh(u))


@reading_all("exp")
def product_of_exponentials(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(3 * x) * exp(-2 * x) is inf times 0 far out; it is exp(x)."""
    reader = Reader(node, opaque)
    if any(e.op != "exp" or e.id in opaque for e in node.args):
        return None
    a, b = (reader.form(e.args[0]) for e in node.args)
    b = b.scaled(-1.0) if node.op == "divide" else b
    if len(a.factors) != 1 or a.ids() != b.ids() or a.factors[0][1] * b.factors[0][1] > 0:
        return None
    total, (x,) = reader.build(a.plus(b)), a.ids()
    return exp(reader.graph.nodes[x] - reader.graph.nodes[x] if total is None else total)


LOGARITHMS = {"log": [log_of_exponentials], "log1p": [log_of_exponentials]}
QUOTIENTS = {
    "divide": [quotient_of_exponentials, product_of_exponentials],
    "multiply": [product_of_exponentials],
}
