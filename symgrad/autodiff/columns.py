"""A linear function of many vectors at once, which are the columns: the batch axis is the last.

NumPy computes the last axis in one go. With the columns there, fixed factors and sums run over
long rows, and a matrix times all columns is one matrix product, where a leading batch axis makes
a small one for each. Rows whose `batch` rule has no counterpart here are computed with the axis in
front.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Expr, operations
from ..ops import batching
from ..ops.op import BatchRule, registry
from .batching import batch


def map_columns(linear: Expr, variable: Expr, columns: Expr) -> Expr | None:
    """The values of a function, linear in a variable, for columns in its place.

    Parameters
    ----------
    columns : Expr
        Values of the variable, stacked along a new last axis.

    Returns
    -------
    Expr or None
        With the axis of the columns last; None if the function does not depend on the variable.
    """
    return batch([linear], {variable.id: columns}, _with_columns)[0]


def _with_columns(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    return _RULES.get(registry[node.op].batch, _in_front)(node, args, ranks)


def _elementwise(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Broadcasting starts at the last axis: what is fixed is one column."""
    expand = operations["expand_dims"]
    pairs = zip(args, ranks, strict=True)
    operands = [expand(a, -1) if r is None and a.ndim else a for a, r in pairs]
    return registry[node.op].on(operands, node.params)


def _in_front(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """The row's own rule, for the batch axis in front; then back."""
    turned = [
        a if r is None else operations["transpose"](a, (a.ndim - 1, *range(a.ndim - 1)))
        for a, r in zip(args, ranks, strict=True)
    ]
    y = registry[node.op].batch(node, turned, ranks)
    return operations["transpose"](y, (*range(1, y.ndim), 0))


def _along_axes(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Axes are counted from the front, where nothing changes; all axes are named."""
    axis = node.params["axis"]
    axes = tuple(range(node.args[0].ndim)) if axis is None else axis
    return registry[node.op].on(args, {**node.params, "axis": axes}) if axes else args[0]


def _shaped(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Operations that name their result's shape."""
    return registry[node.op].on(args, {**node.params, "shape": (*node.shape, args[0].shape[-1])})


def _indexed(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    return registry[node.op].on(args, node.params)


def _transposed(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    axes = node.params["axes"] or tuple(range(node.ndim))[::-1]
    return operations["transpose"](args[0], (*axes, node.ndim))


def _matrix_product(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """A fixed vector or matrix times all columns; stacks of matrices as with the axis in front."""
    (a, b), (i, j) = args, (x.ndim for x in node.args)
    matmul = operations["matmul"]
    if ranks[0] is None:
        if j == 1:
            return matmul(a, b)
        if j == 2 and i <= 2:
            wide = operations["reshape"](b, (b.shape[0], -1))
            return operations["reshape"](matmul(a, wide), (*node.shape, b.shape[-1]))
    elif j <= 2 and ranks[1] is None:
        return matmul(b.T, a)
    return _in_front(node, args, ranks)


def _outer(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    (a, b), expand = args, operations["expand_dims"]
    if None not in ranks:
        return _in_front(node, args, ranks)
    return expand(a, (1, 2)) * b if ranks[0] is None else expand(a, 1) * expand(b, 1)


_RULES: dict[BatchRule, BatchRule] = {
    batching.elementwise: _elementwise,
    batching.along_axes: _along_axes,
    batching.shaped: _shaped,
    batching.indexed: _indexed,
    batching.transposed: _transposed,
    batching.matrix_product: _matrix_product,
    batching.outer_product: _outer,
}
"""For the rows' rules with the axis in front, those with the axis behind."""
