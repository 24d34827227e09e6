"""Slopes of what is normalized: of two terms that lose their mean, the sum loses it."""

from __future__ import annotations

from collections.abc import Mapping

from ...graph.dims import at_least, product
from ...graph.graph import Expr
from ...ops.op import rebuilt
from ...ops.typing import Axes, axes_of
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading


@among("var", "std")
@reading("add")
def _centered_once(node: Expr, opaque: Opaque) -> Expr | None:
    """c (r - mean(r)) + g - mean(g) is u - mean(u) for u = c r + g, if r is x - mean(x).

    The mean of such an r is its rounding alone, beside which g loses no digits.
    """
    both, last = node.args
    found = _averaged(last) if both.op == "add" and both.shape == node.shape else None
    for term, g in (both.args, both.args[::-1]) if found else ():
        plain = _with_mean(term, found[1]) if found and g is found[0] else None
        if plain is not None and g.shape == node.shape:
            u = rebuilt(both, [plain if a is term else a for a in both.args])
            return u - _averaging(last, u)
    return None


def _averaged(node: Expr) -> tuple[Expr, Axes] | None:
    """Of a mean, or a sum over the number of elements, what of and which axes, if it fits there."""
    total = node.args[0] if node.op == "divide" else node
    if total.op not in ("sum", "mean") or (total.op == "sum") != (node.op == "divide"):
        return None
    x, axes = total.args[0], axes_of(total.params["axis"], total.args[0].ndim)
    size = product(x.shape[i] for i in axes)
    number = literal(node.args[1]) if node.op == "divide" else size
    if node.op == "divide" and node.args[1].op == "dim":
        number = node.args[1].params["size"]
    fits = total.params["keepdims"] or axes == tuple(range(len(axes)))
    return (x, axes) if fits and number in (size, at_least(size, 1)) else None


def _averaging(node: Expr, u: Expr) -> Expr:
    """The same mean of something else."""
    if node.op == "divide":
        return rebuilt(node, [rebuilt(node.args[0], [u]), node.args[1]])
    return rebuilt(node, [u])


def _with_mean(term: Expr, axes: Axes) -> Expr | None:
    """c r for c (r - mean(r)) and r that is without its mean, where c is one number along axes."""
    for d, c in (term.args, term.args[::-1]) if term.op == "multiply" else ():
        shape = (1,) * (d.ndim - c.ndim) + tuple(c.shape)
        if d.shape == term.shape and all(shape[i] == 1 for i in axes):
            r = _deviation(d, axes)
            if r is not None and _deviation(r, axes) is not None:
                return rebuilt(term, [r if a is d else a for a in term.args])
    return None


def _deviation(d: Expr, axes: Axes) -> Expr | None:
    """What the mean along these axes is taken off."""
    if d.op == "subtract" and _averaged(d.args[1]) == (d.args[0], axes):
        return d.args[0] if d.args[0].shape == d.shape else None
    return None


TABLE: Mapping[str, list[Structural]] = {"subtract": [_centered_once]}
