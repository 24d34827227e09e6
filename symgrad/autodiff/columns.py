"""A linear function of many vectors at once, which are the columns: the batch axis is the last.

NumPy computes the last axis in one go. With the columns there, fixed factors and sums run over
long rows, and a matrix times all columns is one matrix product, where a leading batch axis makes
a small one for each. Rows whose `batch` rule has no counterpart here are computed with the axis in
front.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..graph.graph import Expr, operations
from ..graph.walk import ancestors
from ..ops import batching
from ..ops.op import BatchRule, registry

Rule = Callable[[Expr, Sequence[Expr], Sequence[bool]], Expr]


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
    new, start = {variable.id: columns}, len(linear.graph)
    for node in ancestors([linear]):
        if node.id not in new and any(a.id in new for a in node.args):
            args = [new.get(a.id, a) for a in node.args]
            varies = [a.id in new for a in node.args]
            made = _RULES.get(registry[node.op].batch, _in_front)(node, args, varies)
            if made.id >= start:
                made.graph.inherit(made, node)
            new[node.id] = made
    return new.get(linear.id)


def _elementwise(node: Expr, args: Sequence[Expr], varies: Sequence[bool]) -> Expr:
    """Broadcasting starts at the last axis: what is fixed is one column."""
    expand = operations["expand_dims"]
    operands = [a if v or not a.ndim else expand(a, -1) for a, v in zip(args, varies, strict=True)]
    return registry[node.op].on(operands, node.params)


def _in_front(node: Expr, args: Sequence[Expr], varies: Sequence[bool]) -> Expr:
    """The row's own rule, for the batch axis in front; then back."""
    ranks = [x.ndim if v else None for x, v in zip(node.args, varies, strict=True)]
    turned = [
        operations["transpose"](a, (a.ndim - 1, *range(a.ndim - 1))) if v else a
        for a, v in zip(args, varies, strict=True)
    ]
    y = registry[node.op].batch(node, turned, ranks)
    return operations["transpose"](y, (*range(1, y.ndim), 0))


def _along_axes(node: Expr, args: Sequence[Expr], varies: Sequence[bool]) -> Expr:
    """Axes are counted from the front, where nothing changes; all axes are named."""
    axis = node.params["axis"]
    axes = tuple(range(node.args[0].ndim)) if axis is None else axis
    return registry[node.op].on(args, {**node.params, "axis": axes}) if axes else args[0]


def _shaped(node: Expr, args: Sequence[Expr], varies: Sequence[bool]) -> Expr:
    """Operations that name their result's shape."""
    return registry[node.op].on(args, {**node.params, "shape": (*node.shape, args[0].shape[-1])})


def _indexed(node: Expr, args: Sequence[Expr], varies: Sequence[bool]) -> Expr:
    return registry[node.op].on(args, node.params)


def _transposed(node: Expr, args: Sequence[Expr], varies: Sequence[bool]) -> Expr:
    axes = node.params["axes"] or tuple(range(node.ndim))[::-1]
    return operations["transpose"](args[0], (*axes, node.ndim))


def _matrix_product(node: Expr, args: Sequence[Expr], varies: Sequence[bool]) -> Expr:
    """A fixed vector or matrix times all columns; stacks of matrices as with the axis in front."""
    (a, b), (i, j) = args, (x.ndim for x in node.args)
    matmul = operations["matmul"]
    if list(varies) == [False, True]:
        if j == 1:
            return matmul(a, b)
        if j == 2 and i <= 2:
            wide = operations["reshape"](b, (b.shape[0], -1))
            return operations["reshape"](matmul(a, wide), (*node.shape, b.shape[-1]))
    elif j <= 2 and not varies[1]:
        return matmul(b.T, a)
    return _in_front(node, args, varies)


def _outer(node: Expr, args: Sequence[Expr], varies: Sequence[bool]) -> Expr:
    (a, b), expand = args, operations["expand_dims"]
    if all(varies):
        return _in_front(node, args, varies)
    return expand(a, 1) * expand(b, 1) if varies[0] else expand(a, (1, 2)) * b


_RULES: dict[BatchRule, Rule] = {
    batching.elementwise: _elementwise,
    batching.along_axes: _along_axes,
    batching.shaped: _shaped,
    batching.indexed: _indexed,
    batching.transposed: _transposed,
    batching.matrix_product: _matrix_product,
    batching.outer_product: _outer,
}
"""For the rows' rules with the axis in front, those with the axis behind."""
