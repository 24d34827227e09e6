"""Sums of exponentials with any weights over their sum, by which the exponentials are divided."""

from __future__ import annotations

from ...graph.graph import Expr
from ...ops.op import rebuilt
from ...ops.reductions import with_axes
from ...ops.shapes import expand_dims
from ..facts.marks import Opaque, among, reading
from ..facts.products import squared
from .magnitudes import PICKING
from .shares import normalized, quotient
from .terms import exponential

_DEPTH = 6
_SUMS = ("sum", "mean")


@among("exp", "softmax", "power")
@among(*_SUMS, "matmul")
@reading(*_SUMS, "matmul", "multiply", "divide", "square", "power", *PICKING)
def expectation(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x) / sum(exp(x)), and sum(w * exp(x)) above it, is inf/inf far out; softmax(x) is not."""
    top, bottom, _ = quotient(node, opaque) or (node, None, None)
    if bottom is None:
        return None
    of_squares = squared(top, opaque) is not None and bottom.op in (*_SUMS, "matmul")
    found = _over(bottom, top, opaque) if of_squares else _over(top, bottom, opaque)
    return 1 / found if of_squares and found is not None else found


def _over(top: Expr, bottom: Expr, opaque: Opaque, depth: int = _DEPTH) -> Expr | None:
    """A quotient whose numerator has shares for its exponentials; None if it has none."""
    sizes = zip(top.shape[::-1], bottom.shape[::-1], strict=False)
    fits = bottom.ndim <= top.ndim and all(d in (1, n) for n, d in sizes)
    if top.id in opaque or not depth or not fits:
        return None
    if top.op in (*_SUMS, "matmul"):
        return (_product_over if top.op == "matmul" else _sum_over)(top, bottom, opaque, depth - 1)
    root, below = squared(top, opaque), squared(bottom, opaque)
    if root is not None and below is not None:
        found = _over(root, below, opaque, depth - 1)
        return None if found is None else found**2
    if below is None and exponential(top, opaque) is not None:
        share = normalized(top / bottom, opaque)
        if share is not None:
            return share
    picked = (0,) if top.op in PICKING and not bottom.ndim else ()
    for i in {"multiply": (1, 0), "divide": (0,)}.get(top.op.name, picked):
        found = _over(top.args[i], bottom, opaque, depth - 1)
        if found is not None:
            return rebuilt(top, [found if i == j else a for j, a in enumerate(top.args)])
    return None


def _sum_over(top: Expr, bottom: Expr, opaque: Opaque, depth: int) -> Expr | None:
    if bottom.ndim not in (0, top.ndim):
        return None
    root, (x,) = squared(bottom, opaque), top.args
    below = with_axes(bottom if root is None else root, x, **top.params)
    found = _over(x, below if root is None else below**2, opaque, depth)
    return None if found is None else rebuilt(top, [found])


def _product_over(top: Expr, bottom: Expr, opaque: Opaque, depth: int) -> Expr | None:
    """Of a product of matrices the rows are divided, or the columns."""
    a, b = top.args
    if bottom.ndim not in (0, top.ndim) or b.ndim > 2:
        return None
    if not bottom.ndim or b.ndim == 1 or bottom.shape[-1] == 1:
        below = expand_dims(bottom, -1) if bottom.ndim and b.ndim == 1 else bottom
        found = _over(a, below, opaque, depth)
        if found is not None:
            return found @ b
    rows = bottom.ndim < 2 if a.ndim == 1 or b.ndim == 1 else bottom.ndim and bottom.shape[-2] == 1
    found = _over(b, bottom, opaque, depth) if rows and (b.ndim == 2 or not bottom.ndim) else None
    return None if found is None else a @ found


QUOTIENTS = {"divide": [expectation], "multiply": [expectation]}
