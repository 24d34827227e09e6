"""Sums of products over named or counted axes: einsum, tensordot, inner, dot, matrix chains.

All are written with products that NumPy is fast at; see `pairwise`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.graph import Expr
from . import typing as t
from .arithmetic import multiply
from .composites import explained, lifted
from .op import Op, case, op
from .pairwise import contract
from .products import matmul
from .subscripts import Subscripts, Term, private


def _call_einsum(self: Op, *args: Any, **params: Any) -> Expr:
    """The contraction that the subscripts describe; its order is found here, not by NumPy."""
    if "subscripts" in params:
        args = (params.pop("subscripts"), *args)
    for name in params.keys() - {"optimize"}:
        raise self.misused(f"unknown argument {name}")
    if len(args) < 2 or not isinstance(args[0], str):
        raise self.misused("the subscripts are a string, and operands follow")
    text, *operands = args
    call = Subscripts(text, lifted(self, *operands))
    return contract(call.broadcast(), call.output)


einsum = op(
    "einsum(subscripts, *operands; optimize=None)",
    """Sum of products over named axes, in Einstein's notation: ``einsum("ij,jk->ik", A, B)``.""",
    call=_call_einsum,
    meaning=lambda *operands, subscripts: np.einsum(subscripts, *operands),
    cases=[
        case("[2, 3]", "[3, 4]", subscripts="ij,jk->ik"),
        case("[2, 3]", "[4, 3]", subscripts="ij,kj"),
        case("[5, 2, 3]", "[5, 3, 4]", subscripts="bij,bjk->bik"),
        case("[3]", "[2]", subscripts="i,j->ji"),
        case("[2, 3]", "[2, 3]", subscripts="ij,ij->"),
        case("[2, 3]", "[2, 3]", subscripts="ij,ij->i"),
        case("[2, 3, 4]", "[3, 4, 5]", subscripts="ijk,jkl->li"),
        case("[2, 3]", "[3, 4]", "[4, 5]", "[5]", subscripts="ij,jk,kl,l->i"),
        case("[3, 3]", subscripts="ii"),
        case("[3, 2, 3]", subscripts="iji->ji"),
        case("[5, 2, 3]", "[3, 1]", subscripts="...ij,j...->i..."),
    ],
)


def _call_tensordot(self: Op, a: Any, b: Any, axes: Any) -> Expr:
    """Axes that are summed have one index in both."""
    a, b = lifted(self, a, b)
    with explained(self, a, b):
        pairs = _pairs(a, b, axes)
    left = [private(i) for i in range(a.ndim)]
    right = [private(a.ndim + j) for j in range(b.ndim)]
    for i, j in pairs:
        right[j] = left[i]
    output = [c for c in (*left, *right) if not (c in left and c in right)]
    return contract([Term(a, "".join(left)), Term(b, "".join(right))], "".join(output))


def _pairs(a: Expr, b: Expr, axes: Any) -> list[tuple[int, int]]:
    """The axes of a and b that are summed together."""
    if isinstance(axes, tuple | list):
        if len(axes) != 2:
            raise ShapeError(f"axes {axes} are no pair", how="Give the axes of a and those of b.")
        one, other = (axis if isinstance(axis, tuple | list) else (axis,) for axis in axes)
    else:
        count = t.whole(axes, "axes")
        if not 0 <= count <= min(a.ndim, b.ndim):
            raise ShapeError(f"they do not have {count} axes to sum over")
        one, other = tuple(range(-count, 0)), tuple(range(count))
    if len(one) != len(other):
        raise ShapeError(f"{len(one)} and {len(other)} axes do not pair up")
    for axes_, x in ((one, a), (other, b)):
        t.axes_of(axes_, x.ndim)  # refuses an axis that is named twice, or is not there
    pairs = [(i % a.ndim, j % b.ndim) for i, j in zip(one, other, strict=True)]
    for i, j in pairs:
        if a.shape[i] != b.shape[j]:
            raise ShapeError(f"axis {i} has size {a.shape[i]}, and axis {j} of b {b.shape[j]}")
    return pairs


tensordot = op(
    "tensordot(a, b; axes=2)",
    """Sum of products over pairs of axes, by default the last 2 of a and the first 2 of b.""",
    call=_call_tensordot,
    cases=[
        case("[2, 3]", "[3, 4]", axes=1),
        case("[2, 3, 4]", "[3, 4, 5]"),
        case("[2, 3]", "[4, 2]", axes=(0, 1)),
        case("[2, 3, 4]", "[4, 2, 5]", axes=((0, 2), (1, 0))),
        case("[2]", "[3]", axes=0),
        case("[2, 3]", "[2, 3]"),
    ],
)


def _call_inner(self: Op, a: Any, b: Any) -> Expr:
    """A tensordot over both last axes; of scalars, a product."""
    a, b = lifted(self, a, b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    return _over_last(self, a, b, -1, "last")


def _over_last(self: Op, a: Expr, b: Expr, axis: int, which: str) -> Expr:
    """Sums of products over the last axis of one, and an axis of the other."""
    with explained(self, a, b):
        if a.shape[-1] != b.shape[axis]:
            raise ShapeError(f"{which} sizes {a.shape[-1]} and {b.shape[axis]} differ")
    return tensordot(a, b, (-1, axis))


inner = op(
    "inner(a, b)",
    """Sum of products over the last axes of both.""",
    call=_call_inner,
    cases=[
        case("[3]", "[3]"),
        case("[2, 3]", "[3]"),
        case("[2, 3]", "[4, 3]"),
        case("[2, 3]", "[5, 4, 3]"),
        case("[]", "[3]"),
    ],
)


def _call_dot(self: Op, a: Any, b: Any) -> Expr:
    """A matmul, but for scalars and for stacks in second place."""
    a, b = lifted(self, a, b)
    if not a.ndim or not b.ndim:
        return multiply(a, b)
    if a.ndim < 2 or b.ndim < 3:
        return matmul(a, b)
    return _over_last(self, a, b, -2, "inner")


dot = op(
    "dot(a, b)",
    """NumPy's dot: matmul, but for scalars and for stacks of matrices.""",
    call=_call_dot,
    cases=[
        case("[3]", "[3]"),
        case("[2, 3]", "[3, 4]"),
        case("[5, 2, 3]", "[3]"),
        case("[3]", "[5, 3, 4]"),
        case("[2, 3]", "[5, 3, 4]"),
        case("[5, 2, 3]", "[5, 3, 4]"),
        case("[]", "[2, 3]"),
    ],
)


def _call_multi_dot(self: Op, arrays: Any) -> Expr:
    """A contraction of each index with the next; vectors may stand first and last."""
    if not isinstance(arrays, list | tuple) or len(arrays) < 2:
        raise self.misused("a list of two arrays or more is wanted")
    nodes = lifted(self, *arrays)
    ranks = [x.ndim for x in nodes]
    with explained(self, *nodes):
        if not {ranks[0], ranks[-1]} <= {1, 2} or any(rank != 2 for rank in ranks[1:-1]):
            raise ShapeError("they are not matrices, with vectors at the ends at most")
    for a, b in pairwise(nodes):
        if a.shape[-1] != b.shape[0]:
            matmul(a, b)  # refused there
    links = "".join(map(private, range(len(nodes) + 1)))
    pairs = [links[i : i + 2] for i in range(len(nodes))]
    pairs[0] = pairs[0][-ranks[0] :]
    pairs[-1] = pairs[-1][: ranks[-1]]
    ends = links[0] * (ranks[0] - 1) + links[-1] * (ranks[-1] - 1)
    return contract(list(map(Term, nodes, pairs)), ends)


multi_dot = op(
    "multi_dot([arrays])",
    """Product of a chain of matrices, in the order that takes the fewest multiplications.""",
    call=_call_multi_dot,
    meaning=lambda *arrays: np.linalg.multi_dot(arrays),
    cases=[
        case("[2, 3]", "[3, 4]"),
        case("[2, 3]", "[3, 4]", "[4, 5]"),
        case("[3]", "[3, 4]", "[4, 2]", "[2]"),
    ],
)
