"""Cosines of angles, whose products overflow or whose slopes cancel, and inverses at their ends."""

from __future__ import annotations

from ...graph.graph import Expr
from ...ops import typing as t
from ...ops.elementary import arctan, arctan2, tanh
from ...ops.nearby import cos_angle
from ...ops.norms import vector_norm
from ...ops.reductions import mean, sum_, with_axes
from ...ops.selection import equal, where
from ..facts.exponentials import literal
from ..facts.marks import Opaque, among, reading
from .shares import unwrapped


@among("hypot")
@reading("where")
def slope_of_length(node: Expr, opaque: Opaque) -> Expr | None:
    """x / |(x, y)|, a length's slope: its own slope would cancel where x is far larger than y."""
    x, guarded = node.args
    if guarded.op != "where" or guarded.args[2].op != "hypot":
        return None
    origin, one, length = guarded.args
    if origin is not equal(length, 0) or literal(one) != 1 or {guarded.id, length.id} & opaque:
        return None
    y = next((b for a, b in zip(length.args, length.args[::-1], strict=True) if a is x), None)
    whole = y is not None and x.shape == node.shape
    return cos_angle(x, where(origin, 1.0, y)) if whole else None


@among("vector_norm", "std")
@reading("vector_norm", "std", "multiply")
def cosine_of_vectors(node: Expr, opaque: Opaque) -> Expr | None:
    """u · v / (|u| |v|) overflows in its products; that of unit vectors does not.

    So does a correlation, the mean product of deviations over standard deviations.
    """
    top, bottom = node.args
    lengths = bottom.args
    if bottom.op in _LENGTHS and top.op == "divide":
        top, lengths = top.args[0], (top.args[1], bottom)
    elif bottom.op != "multiply":
        return None
    u, v = lengths
    if u.op != v.op or u.op not in _LENGTHS or {top.id, bottom.id, u.id, v.id} & opaque:
        return None
    (x,), (y,) = u.args, v.args
    summed = _axes_of_product(top, opaque)
    if summed is None or any(_axes(n) != summed or n.params.get("ord", 2) != 2 for n in lengths):
        return None
    axes, keepdims = summed
    p, q = top.args if top.op == "matmul" else top.args[0].args
    if _measured(p, u) is not x:
        p, q = q, p
    if _measured(p, u) is not x or _measured(q, v) is not y:
        return None
    total = mean if top.op == "mean" else sum_
    units = p / with_axes(u, x, axes, keepdims), q / with_axes(v, y, axes, keepdims)
    return total(units[0] * units[1], axis=axes, keepdims=keepdims)


def _measured(x: Expr, length: Expr) -> Expr:
    """What a length is that of, and of what a standard deviation has the deviations."""
    return x.args[0] if length.op == "std" and x.op == "subtract" else x


def _axes_of_product(node: Expr, opaque: Opaque) -> tuple[t.Axes, bool] | None:
    """The axes of a sum of products of two arrays, and whether they stay; None if it is none."""
    if node.op in ("sum", "mean") and node.args[0].op == "multiply":
        return None if node.args[0].id in opaque else _axes(node)
    vectors = node.op == "matmul" and node.args[0].ndim == node.args[1].ndim == 1
    return ((0,), False) if vectors else None


@among("vector_norm")
@reading("sum", "matmul")
def distance_of_directions(node: Expr, opaque: Opaque) -> Expr | None:
    """1 - u · v of unit vectors cancels where they are close; half of |u - v|² does not."""
    one, total = node.args
    found = _units(total, opaque) if literal(one) == 1 else None
    if found is None:
        return None
    u, v, axes, keepdims = found
    return 0.5 * sum_((u - v) ** 2, axis=axes, keepdims=keepdims)


@among("vector_norm")
@reading("sum", "matmul", "clip")
def angle_of_vectors(node: Expr, opaque: Opaque) -> Expr | None:
    """arccos(u · v) of unit vectors loses half of the digits of a small angle, and its slope more.

    Kahan, "How futile are mindless assessments of roundoff", 2006, section 12.
    """
    (cosine,) = node.args
    bounds = [literal(a) for a in cosine.args[1:]] if cosine.op == "clip" else []
    if bounds == [-1, 1] and cosine.id not in opaque:  # which no cosine is beyond
        cosine = cosine.args[0]
    found = _units(cosine, opaque)
    if found is None:
        return None
    u, v, axes, keepdims = found
    near, far = (vector_norm(x, axis=axes, keepdims=keepdims) for x in (u - v, u + v))
    return 2 * arctan2(near, far)


def _units(total: Expr, opaque: Opaque) -> tuple[Expr, Expr, t.Axes, bool] | None:
    """The unit vectors of whose products this is the sum, its axes, and whether they stay."""
    along = _axes_of_product(total, opaque) if total.op != "mean" else None
    if along is None or total.id in opaque:
        return None
    u, v = total.args if total.op == "matmul" else total.args[0].args
    is_whole = u.shape == v.shape and all(_is_unit(x, along[0], opaque) for x in (u, v))
    return (u, v, *along) if is_whole else None


def _is_unit(x: Expr, axes: t.Axes, opaque: Opaque) -> bool:
    """Whether x is y / |y|, the length being over the axes of the sum."""
    if x.op != "divide" or x.id in opaque:
        return False
    length = unwrapped(x.args[1], opaque)
    known = length.op == "vector_norm" and length.id not in opaque and length.params["ord"] == 2
    return known and length.args[0] is x.args[0] and _axes(length)[0] == axes


def _axes(node: Expr) -> tuple[t.Axes, bool]:
    return t.axes_of(node.params["axis"], node.args[0].ndim), node.params["keepdims"]


@reading("tanh", "sinh", "sigmoid")
def inverse_of_bounded(node: Expr, opaque: Opaque) -> Expr | None:
    """arctanh(tanh(x)) is x, and infinite where the tanh is rounded to 1."""
    (y,) = node.args
    if y.id in opaque or y.op not in (_INVERSES[node.op], "tanh"):
        return None
    (x,) = y.args
    if node.op == "arcsin":
        return 2 * arctan(tanh(x / 2))
    return x if y.op == _INVERSES[node.op] else None


_LENGTHS = ("vector_norm", "std")
_INVERSES = {"arcsin": "tanh", "arctanh": "tanh", "arcsinh": "sinh", "logit": "sigmoid"}
TABLE = {
    "divide": [slope_of_length, cosine_of_vectors],
    "subtract": [distance_of_directions],
    "arccos": [angle_of_vectors],
    **{name: [inverse_of_bounded] for name in _INVERSES},
}
