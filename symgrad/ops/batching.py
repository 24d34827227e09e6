"""Batching rules shared by the rows: a node of operands that carry a leading batch axis.

``rule(node, args, ranks)``: ``args`` are the operands, batched where the entry of ``ranks`` is a
number, which is the operand's rank without the batch axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph.dims import Dim
from ..graph.graph import Expr, operations

Ranks = Sequence[int | None]


def batch_size(args: Sequence[Expr], ranks: Ranks) -> int | Dim:
    """How many examples there are."""
    return next(x.shape[0] for x, r in zip(args, ranks, strict=True) if r is not None)


def whole(args: Sequence[Expr], ranks: Ranks) -> list[Expr]:
    """All operands with the batch axis: what is the same for every example is repeated."""
    spread, size = operations["broadcast_to"], batch_size(args, ranks)
    pairs = zip(args, ranks, strict=True)
    return [spread(x, (size, *x.shape)) if r is None else x for x, r in pairs]


def aligned(x: Expr, rank: int | None, wanted: int) -> Expr:
    """A batched operand with axes of size 1 behind the batch axis, up to the wanted rank."""
    if rank is None or rank >= wanted:
        return x
    return operations["expand_dims"](x, tuple(range(1, 1 + wanted - rank)))


def elementwise(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """Broadcasting aligns the rest."""
    operands = [aligned(x, r, node.ndim) for x, r in zip(args, ranks, strict=True)]
    return operations[node.op].on(operands, node.params)


def same(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """Operations of one operand that treat leading axes alike."""
    return operations[node.op].on(args, node.params)


def along_axes(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """Reductions and other operations along axes: each axis moves up by one."""
    axis = node.params["axis"]
    axes = range(node.args[0].ndim) if axis is None else axis
    params: dict[str, Any] = {**node.params, "axis": tuple(a + 1 for a in axes)}
    return operations[node.op](*args, **params) if params["axis"] else args[0]


def reduced(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """As `along_axes`, for reductions that may change a scalar too."""
    axis = node.params["axis"]
    axes = range(node.args[0].ndim) if axis is None else axis
    return operations[node.op](*args, **{**node.params, "axis": tuple(a + 1 for a in axes)})


def shaped(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """Operations that name their result's shape, and an index into it."""
    size = args[0].shape[0]
    x = aligned(args[0], ranks[0], node.ndim) if node.op == "broadcast_to" else args[0]
    params: dict[str, Any] = {**node.params, "shape": (size, *node.shape)}
    if "index" in params:
        params["index"] = (slice(None), *params["index"])
    return operations[node.op](x, **params)


def indexed(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """Basic indexing behind the batch axis."""
    return operations["getitem"](args[0], (slice(None), *node.params["index"]))


def transposed(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """The batch axis stays in front."""
    axes = node.params["axes"]
    order = range(node.ndim)[::-1] if axes is None else axes
    return operations["transpose"](args[0], (0, *(a + 1 for a in order)))


def matrix_product(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """One product for the whole batch; a batch of vectors is a matrix, with a row for each."""
    (a, b), (i, j) = args, (x.ndim for x in node.args)
    if i == j == 1 and None not in ranks:
        return (a * b).sum(axis=-1)
    if ranks[1] is None and (i > 1 or j <= 2) and i >= j:
        return operations["matmul"](a, b)
    if (ranks == [1, None] and j == 2) or (ranks[0] is None and i == 1 and j > 1):
        return operations["matmul"](a, b)
    if ranks == [None, 1] and i <= 2:
        return operations["matmul"](b, a.T)
    return _general(node, args, ranks)


def _general(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """Vectors as matrices, stacks of one rank, and the extra axes taken out again."""
    (a, b), (i, j) = args, (x.ndim for x in node.args)
    expand, squeeze = operations["expand_dims"], operations["squeeze"]
    a = expand(a, -2) if i == 1 else a
    b = expand(b, -1) if j == 1 else b
    rank = max(i, j, 2)
    a = aligned(a, None if ranks[0] is None else max(i, 2), rank)
    b = aligned(b, None if ranks[1] is None else max(j, 2), rank)
    y = operations["matmul"](a, b)
    if i == 1 and j == 1:
        return squeeze(y, axis=(-2, -1))
    return squeeze(y, axis=-2) if i == 1 else squeeze(y, axis=-1) if j == 1 else y


def outer_product(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    """Columns times rows, by broadcasting."""
    a, b = args
    return operations["expand_dims"](a, -1) * operations["expand_dims"](b, -2)
