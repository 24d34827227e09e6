"""Products of stacks of matrices with fewer operations: for code that plans its memory.

L (x - μ), of one x for all matrices of a stack and one μ for all columns, is one product
(L, -Lμ) (x, 1)ᵀ of all matrices under one another, and x - μ is never made. The sum of a product
over rows or columns is the product with a sum.

What is gained would be lost again where x and μ have a large part in common: digits of L x - L μ
cancel. So one of the points is subtracted from both first, whose differences have the size of the
data's spread, and not of its distance from 0. The error of an element is then a few ulps of
|L| (|x - c| + |μ - c|), where c is that point: of the largest difference in the array.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from ...graph.dims import evaluate, names_of, product
from ...graph.graph import Expr
from ...graph.types import Shape
from ...graph.walk import ancestors
from ...ops import typing as t
from ...ops.indexing import getitem
from ...ops.joining import concatenate
from ...ops.products import matmul
from ...ops.reductions import sum_
from ...ops.selection import isfinite, where
from ...ops.shapes import broadcast_to, expand_dims, matrix_transpose, reshape
from ..families.shares import unwrapped
from ..rewriting.engine import Phase
from .transposes import arranged, order_of

TYPICAL = 64  # of named dims, to compare sizes with
_GAIN = 4  # times as large a difference must be as what it is made of
_SMALLEST = 2**13  # elements of a difference that is worth it


class Difference(NamedTuple):
    """A stack of matrices: plus or minus one that all share, plus or minus one row for each.

    Attributes
    ----------
    shared : Expr
        ``[long, short]``.
    own : Expr
        ``[*stack, short]``: the rows.
    negative : bool
        Whether the shared matrix is subtracted from the rows.
    plus : bool
        Whether they are added.
    """

    shared: Expr
    own: Expr
    negative: bool
    plus: bool

    def extended(self) -> Expr:
        """``[long, short + 1]``: the shared matrix less the center, and a column of ones."""
        rows = self.shared.shape[0]
        one = self.shared.graph.constant(1.0, self.shared.dtype)
        return concatenate([self.shared - self.center(), broadcast_to(one, (rows, 1))], axis=1)

    def center(self) -> Expr:
        """A row of the shared matrix, 0 where it is not finite or where there is none."""
        first = sum_(self.shared[:1], axis=0)
        return where(isfinite(first), first, 0)

    def offset(self) -> Expr:
        """What each matrix adds to the shared one, less the center or that again."""
        if self.plus:
            return self.own + self.center()
        return self.center() - self.own if not self.negative else self.own - self.center()


def contracted(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with the products in this form."""
    nodes = ancestors(outputs)
    found = list(outputs)
    if any(n.op == "sum" and _under_transpose(n.args[0])[0].op == "matmul" for n in nodes):
        readers = Counter(a.id for n in nodes for a in n.args)
        readers.update(o.id for o in outputs)
        found = _changed(found, "sum", partial(_sum_before_product, readers))
    if any(n.op == "matmul" and n.ndim > 2 for n in nodes):
        found = _in_one(found)
    return found


def _in_one(outputs: Sequence[Expr]) -> list[Expr]:
    """Stacks of products as one product, and the sums that it finds beside."""
    sums: dict[int, Expr] = {}
    found = _changed(outputs, "matmul", partial(_contraction, sums))
    return _changed(found, "sum", partial(_column, sums)) if sums else found


def _changed(outputs: Sequence[Expr], op: str, better: Callable[[Expr], Expr | None]) -> list[Expr]:
    def change(node: Expr, opaque: frozenset[int]) -> Expr | None:
        return better(node)

    return Phase("contract", (), {op: [change]})(outputs, trace=[])


def _sum_before_product(readers: Counter[int], node: Expr) -> Expr | None:
    """The sum of a product over its rows or columns: one of a matrix and a sum."""
    x, order = _under_transpose(node.args[0])
    if x.op != "matmul" or readers[x.id] > 1 or readers[node.args[0].id] > 1:
        return None
    a, b = x.args
    axes = {order[i] - x.ndim for i in t.axes_of(node.params["axis"], x.ndim)}
    floats = node.type.is_floating and a.dtype == b.dtype == node.dtype
    if min(a.ndim, b.ndim) < 2 or not axes or axes - {-1, -2} or not floats:
        return None
    if -2 in axes:
        a = sum_(a, axis=-2, keepdims=True)
    if -1 in axes:
        b = sum_(b, axis=-1, keepdims=True)
    return _in_shape(arranged(matmul(a, b), order), node.shape)


def _under_transpose(x: Expr) -> tuple[Expr, t.Axes]:
    """What is transposed, and the order of its axes."""
    return (x.args[0], order_of(x)) if x.op == "transpose" else (x, tuple(range(x.ndim)))


def _contraction(sums: dict[int, Expr], node: Expr) -> Expr | None:
    """A stack of products with a difference, as one product."""
    a, b = node.args
    if a.ndim != b.ndim or node.ndim < 3 or a.shape[:-2] != b.shape[:-2]:
        return None
    if not node.type.is_floating or a.dtype != b.dtype:
        return None
    found = _product(a, b, sums)
    if found is None:
        turned = _product(matrix_transpose(b), matrix_transpose(a), sums)
        found = None if turned is None else matrix_transpose(turned)
    return found


def _product(a: Expr, b: Expr, sums: dict[int, Expr]) -> Expr | None:
    """a @ b, where b is a difference."""
    for long, form in ((-1, _of_rows), (-2, _of_sums)):
        found = _difference(b, long)
        copied = [a] if long == -1 else []
        if found is not None and _is_worth(b, [*copied, found.shared, found.own]):
            return form(a, found, sums)
    return None


def _is_worth(difference: Expr, parts: Sequence[Expr]) -> bool:
    """Whether it is large, and far larger than what is copied instead."""
    least = max(_SMALLEST, _GAIN * sum(typical_size(x) for x in parts))
    return typical_size(difference) >= least


def typical_size(x: Expr) -> int:
    """Number of elements, at sizes of the named dims that are neither small nor large.

    Example
    -------
    >>> from symgrad.graph.graph import Graph
    >>> typical_size(Graph().input("x", "[n, 3]"))
    192
    """
    return evaluate(x.size, dict.fromkeys(names_of([x.size]), TYPICAL))


def _of_rows(a: Expr, d: Difference, sums: dict[int, Expr]) -> Expr:
    """(a, a offset) (shared, 1)ᵀ of all matrices under one another."""
    bias = matmul(a, expand_dims(d.offset(), -1))
    left = concatenate([-a if d.negative else a, bias], axis=-1)
    rows = product(left.shape[:-1])
    y = matmul(reshape(left, (rows, left.shape[-1])), d.extended().T)
    return reshape(y, (*a.shape[:-1], d.shared.shape[0]))


def _of_sums(a: Expr, d: Difference, sums: dict[int, Expr]) -> Expr:
    """a (shared, 1) of all matrices under one another; the sums of a times the offset."""
    g = matmul(reshape(a, (product(a.shape[:-1]), a.shape[-1])), d.extended())
    g = reshape(g, (*a.shape[:-1], g.shape[-1]))
    width = d.shared.shape[1]
    index = (slice(None),) * (a.ndim - 1)
    sums[a.id] = total = getitem(g, (*index, slice(width, None)))
    main = getitem(g, (*index, slice(None, width)))
    offset = total * expand_dims(d.offset(), -2)
    return offset - main if d.negative else main + offset


def _column(sums: dict[int, Expr], node: Expr) -> Expr | None:
    """A sum that a product has found beside."""
    (x,) = node.args
    axes = t.axes_of(node.params["axis"], x.ndim)
    if x.id not in sums or axes != (x.ndim - 1,):
        return None
    return reshape(sums[x.id], node.shape)


def _difference(x: Expr, long: int) -> Difference | None:
    """A stack of matrices read as one, where rows for each are repeated along the long axis."""
    inner, order = _under_transpose(x)
    if inner.op not in ("subtract", "add") or any(a.dtype != x.dtype for a in inner.args):
        return None
    plus, short = inner.op == "add", -3 - long
    for i in (0, 1):
        shared, own = (arranged(inner.args[k], order) for k in (i, 1 - i))
        if _is_shared(shared, x) and _is_own(own, x, long):
            matrix = _in_shape(shared, tuple(x.shape[-2:]))
            rows = _in_shape(own, (*x.shape[:-2], x.shape[short]))
            if long != -2:
                matrix = matrix.args[0] if matrix.op == "transpose" else matrix.T
            return Difference(matrix, rows, i == 1 and not plus, plus)
    return None


def _is_shared(a: Expr, x: Expr) -> bool:
    """Whether it is the same in all matrices of the stack, and has all their elements."""
    return all(d == 1 for d in a.shape[:-2]) and a.shape[-2:] == x.shape[-2:]


def _is_own(a: Expr, x: Expr, long: int) -> bool:
    """Whether it has one row for every matrix of the stack."""
    wanted = [*x.shape]
    wanted[long] = 1
    return a.shape == tuple(wanted) and x.shape[long] != 1


def _in_shape(x: Expr, shape: Shape) -> Expr:
    return reshape(unwrapped(x, frozenset()), shape)
