"""Products and sums of stacks of matrices as one product of all rows under one another.

NumPy takes a product of a stack matrix by matrix, and a sum over the last of many axes, or over all
but it, without BLAS. Of arrays in one piece of memory the rows are a view.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...graph.dims import product
from ...graph.graph import Expr
from ...graph.types import Shape
from ...graph.walk import ancestors
from ...ops import typing as t
from ...ops.joining import concatenate
from ...ops.op import registry
from ...ops.products import matmul
from ...ops.reductions import sum_
from ...ops.shapes import reshape
from ..rewriting.sweep import New, sweep
from .transposes import order_of

_OPS = frozenset({"matmul", "sum", "reshape"})
_BLAS = (4, 8)  # bytes of a number


def in_rows(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with stacks of matrices as matrices."""
    if _OPS.isdisjoint(outputs[0].graph.ops):
        return list(outputs)
    if not any(len(n.type.shape) > 2 for n in ancestors(outputs)):
        return list(outputs)

    def change(node: Expr, fresh: Expr, _: New) -> Expr | None:
        if not node.type.is_floating or node.dtype.itemsize not in _BLAS:
            return None
        if any(a.dtype != node.dtype or not a.ndim for a in node.args):
            return None
        if node.op == "reshape":
            (x,) = fresh.args
            return _reshaped(x, fresh.shape) if x.op == "reshape" else None
        if node.op == "matmul":
            return _product(fresh)
        return _sum(fresh) if node.op == "sum" else None

    return sweep(outputs, change)


def _base(x: Expr) -> Expr:
    """What it is a reshape of, or else itself."""
    while x.op == "reshape":
        (x,) = x.args
    return x


def _rows(x: Expr) -> Expr:
    """All rows of a stack under one another; what lies scattered is copied to where it has room."""
    shape, x = (product(x.shape[:-1]), x.shape[-1]), _base(x)
    scattered = x.args and registry[x.op].view and x.ndim > 2
    return reshape(concatenate([x], axis=-1) if scattered else x, shape)


def _reshaped(x: Expr, shape: Shape) -> Expr:
    """In one step what two would do."""
    x = _base(x)
    return x if x.shape == shape else reshape(x, shape)


def _product(node: Expr) -> Expr | None:
    """A stack times one matrix; one that is transposed would be copied."""
    a, b = node.args
    if a.ndim < 3 or b.ndim != 2 or a.op == "transpose":
        return None
    return _reshaped(matmul(_rows(a), b), node.shape)


def _sum(node: Expr) -> Expr | None:
    """The sum of a stack of products, or over the axes before the last, or over the last."""
    (x,) = node.args
    axes = t.axes_of(node.params["axis"], x.ndim)
    if x.ndim < 3 or not node.ndim:
        return None
    if x.op == "matmul" and axes == tuple(range(x.ndim - 2)):
        total = _sum_of_products(*x.args)
    elif not _is_made(x):
        return None
    elif axes == tuple(range(x.ndim - 1)):
        total = sum_(_rows(x), axis=0)
    elif axes == (x.ndim - 1,):
        total = sum_(_rows(x), axis=1)
    else:
        return None
    return None if total is None else _reshaped(total, node.shape)


def _is_made(x: Expr) -> bool:
    """Whether it lies in one piece of memory for certain."""
    x = _base(x)
    return bool(x.args) and not registry[x.op].view


def _sum_of_products(a: Expr, b: Expr) -> Expr | None:
    """The sum of aᵀ b of all matrices of two stacks."""
    if a.op != "transpose" or order_of(a) != (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2):
        return None
    (x,) = a.args
    return matmul(_rows(x).T, _rows(b)) if x.shape[:-1] == b.shape[:-1] else None
