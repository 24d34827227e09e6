"""Batching: a computation on one example becomes the computation on many, without a loop.

Each node that reads something batched is rebuilt by its row's `batch` rule, with the batch as the
leading axis; all other nodes stay as they are, and are computed once for the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import GraphError, ShapeError
from ..graph.graph import Expr
from ..graph.types import Type
from ..graph.walk import ancestors
from ..ops.batching import Ranks
from ..ops.op import BatchRule, registry
from ..ops.operands import lift
from ..ops.typing import one_axis


def _by_row(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    return registry[node.op].batch(node, args, ranks)


def batch(
    outputs: Sequence[Expr], batched: Mapping[int, Expr], rule: BatchRule = _by_row
) -> list[Expr | None]:
    """The outputs for a batch of values of some nodes.

    Parameters
    ----------
    outputs : sequence of Expr
        What one example computes.
    batched : mapping
        For the id of a node its values, stacked along a new leading axis.
    rule : function
        Makes the node of batched operands: by default as its row says.

    Returns
    -------
    list of Expr or None
        With a leading axis; None for an output that is the same for every example.
    """
    new: dict[int, Expr] = dict(batched)
    start = len(outputs[0].graph)
    for node in ancestors(outputs):
        if node.id not in new and any(a.id in new for a in node.args):
            args = [new.get(a.id, a) for a in node.args]
            ranks = [a.ndim if a.id in new else None for a in node.args]
            made = rule(node, args, ranks)
            if made.id >= start:
                made.graph.inherit(made, node)
            new[node.id] = made
    return [new.get(o.id) for o in outputs]


def vmap(fn: Callable[..., Any], in_axes: Any = 0) -> Callable[..., Any]:
    """A batched version of a function of expressions; see `symgrad.vmap`."""
    if not callable(fn):
        raise GraphError(
            f"vmap takes a function, not {type(fn).__name__}",
            how="Write sg.vmap(fn)(X), with a function of expressions.",
        )

    def batched(*args: Expr) -> Any:
        """The function, of whole batches."""
        axes = in_axes if isinstance(in_axes, tuple | list) else [in_axes] * len(args)
        if len(axes) != len(args) or all(a is None for a in axes):
            raise ShapeError(
                f"in_axes {in_axes!r} do not fit {len(args)} arguments",
                how="Give one axis, or one for each argument; at least one is not None.",
            )
        fronts = [_in_front(x, a) for x, a in zip(args, axes, strict=True)]
        sizes = {str(f.shape[0]) for f in fronts if f is not None}
        if len(sizes) > 1:
            raise ShapeError(
                f"the batches differ in size: {', '.join(sorted(sizes))}",
                how="The axes that in_axes names have one size.",
            )
        ones = [
            x if f is None else x.graph.variable(Type(x.dtype, f.shape[1:]))
            for x, f in zip(args, fronts, strict=True)
        ]
        known = {o.id: f for o, f in zip(ones, fronts, strict=True) if f is not None}
        return _mapped(fn(*ones), known)

    return batched


def _in_front(x: Expr, axis: int | None) -> Expr | None:
    """The argument with its batch axis first; None if it has none."""
    if axis is None:
        return None
    if not isinstance(x, Expr):
        raise GraphError(
            f"what vmap returns takes expressions, not {type(x).__name__}",
            how="Compile it for arrays: sg.function(None, sg.vmap(fn)(X)).",
        )
    if not x.ndim:
        raise ShapeError(f"{x.label} has no axis {axis} to run over")
    first = one_axis(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i != first]
    return registry["transpose"](x, (first, *rest))


def _mapped(result: Any, known: Mapping[int, Expr]) -> Any:
    """What the function returned, for the whole batch."""
    if isinstance(result, tuple | list):
        return type(result)(_mapped(r, known) for r in result)
    result = lift(next(iter(known.values())).graph, result)
    found = batch([result], known)[0]
    size = next(iter(known.values())).shape[0]
    return registry["broadcast_to"](result, (size, *result.shape)) if found is None else found
