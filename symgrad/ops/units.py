"""Slopes of the units of a network, which are made of the units' values.

The slope h(1 - h) of a sigmoid unit has no digits left where the unit is saturated; sech has all
of them, but is computed anew. Of a unit of a layer the value h is kept, and a slope below 1e-16 is
as good as 0: differentiation's own 1 - h stays there (docs/decisions).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Expr, operations

_LINEAR = frozenset(
    {"matmul", "dot", "vecdot", "inner", "outer", "tensordot", "einsum", "convolve"}
)
_PARTS = ("getitem", "reshape", "transpose")
_TERMS = 2  # sums within sums


def is_layer(z: Expr) -> bool:
    """Whether an expression is what the units of a layer are applied to: z = h @ W + b.

    Of a recurrent layer it is x @ W + h @ U + b, or a part of that, of attention Q @ K.T over a
    number, masked. It is one too where rewriting has made x * W of a product of one column.
    """
    root = z.graph.root(z)
    while root.op in _PARTS:
        root = root.args[0]
    near = _terms(root)
    for _ in range(_TERMS - 1):
        if not _LINEAR.isdisjoint([a.op for a in near]):
            return True
        near = [a for x in near for a in _terms(x)]
    return not _LINEAR.isdisjoint([a.op for a in near])


def _terms(x: Expr) -> Sequence[Expr]:
    """What a sum is made of, a multiple, or a choice."""
    if x.op in ("add", "subtract", "where"):
        return x.args
    if x.op in ("multiply", "divide") and any(not a.ndim for a in x.args):
        return x.args
    return (x,)


def slope_of_tanh(h: Expr, z: Expr) -> Expr:
    """1 - h² for h = tanh(z), as textbooks have it, or what stabilizing it would give."""
    if z.graph.stable and not is_layer(z):
        return operations["sech"](z) ** 2
    return 1 - h**2
