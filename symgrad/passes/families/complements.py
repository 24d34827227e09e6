"""Complements of bounded functions: 1 less what is nearly 1 has few digits left."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...graph.graph import Expr
from ...ops.activations import sigmoid
from ...ops.compound import compoundm1
from ...ops.elementary import expm1, tanh
from ...ops.nearby import bounded, share
from ...ops.selection import where
from ...ops.special import erf, erfc, ndtr
from ...ops.stable import versin
from ..facts.exponentials import Form, Reader, literal
from ..facts.marks import Opaque, among, reading
from ..facts.products import multiple
from ..facts.units import is_slope_of_unit
from .quotients import times

# c + k f(u), by f and k / c: what it is c times of.
_COMPLEMENTS: Mapping[tuple[str, float], Callable[[Reader, Form], Expr]] = {
    ("tanh", 1.0): lambda r, u: 2 * sigmoid(_built(r, u, 2.0)),
    ("tanh", -1.0): lambda r, u: 2 * sigmoid(_built(r, u, -2.0)),
    ("sigmoid", -1.0): lambda r, u: sigmoid(_built(r, u, -1.0)),
    ("ndtr", -1.0): lambda r, u: ndtr(_built(r, u, -1.0)),
    ("sigmoid", -2.0): lambda r, u: tanh(_built(r, u, -0.5)),
    ("exp", -1.0): lambda r, u: -expm1(_built(r, u)),
    ("cos", -1.0): lambda r, u: versin(_built(r, u)),
    ("erf", 1.0): lambda r, u: erfc(_built(r, u, -1.0)),
    ("erf", -1.0): lambda r, u: erfc(_built(r, u)),
    ("erfc", -1.0): lambda r, u: erf(_built(r, u)),
    ("erfc", -0.5): lambda r, u: 0.5 * erfc(_built(r, u, -1.0)),
}


def _built(reader: Reader, form: Form, k: float = 1.0) -> Expr:
    node = reader.build(form.scaled(k))
    assert node is not None
    return node


@among(*(op for op, _ in _COMPLEMENTS), "share")
@reading("constant", "astype")
def complement(node: Expr, opaque: Opaque) -> Expr | None:
    """1 - sigmoid(x), 1 + tanh(x), 1 - cos(x) and multiples lose all digits where they are small.

    What is left of them is a function of its own.
    """
    a, b = node.args
    minus = -1.0 if node.op == "subtract" else 1.0
    for one, other, signs in ((a, b, (1.0, minus)), (b, a, (minus, 1.0))):
        c = (literal(one) or 0.0) * signs[0]
        if c:
            k, inner = multiple(other, opaque)
            k *= signs[1]
            of_unit = inner.op == "sigmoid" and is_slope_of_unit(node, inner.args[0])
            known = inner.id not in opaque and not of_unit
            return _complement(Reader(node, opaque), c, k, inner) if known else None
    return None


def _complement(reader: Reader, c: float, k: float, inner: Expr) -> Expr | None:
    """c + k f(u)."""
    if inner.op == "share" and k == -c:
        part, rest = inner.args
        return times(None, c, share(bounded(rest), part))
    known = _COMPLEMENTS.get((inner.op, k / c))
    if known is None:
        return None
    (u,) = inner.args
    form = reader.form(u)
    reader.seen[form] = u
    return times(None, c, known(reader, form))


_LESS_ONE: Mapping[str, Callable[..., Expr]] = {"exp": expm1, "compound": compoundm1}


@among("compound")
@reading("where")
def growth(node: Expr, opaque: Opaque) -> Expr | None:
    """(1 + r / n)**n - 1, a power of two forms by the size of r, cancels where r is small."""
    total, one = node.args
    if total.op != "where" or literal(one) != 1 or total.id in opaque:
        return None
    condition, *branches = total.args
    if any(x.op not in _LESS_ONE or x.id in opaque for x in branches):
        return None
    return where(condition, *(_LESS_ONE[x.op](*x.args) for x in branches))


TABLE = {"add": [complement], "subtract": [complement, growth]}
