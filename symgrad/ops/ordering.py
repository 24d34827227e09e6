"""Places of extremes, sorting, and elements taken along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.dims import product
from ..graph.graph import Expr, operations
from ..graph.types import INT64, Shape, Type, as_shape, broadcast, show_shape
from . import typing as t
from .arithmetic import negative
from .batching import Ranks, batch_size
from .counts import per_operand, sorting
from .indexing import along
from .op import Op, case, op
from .scans import batch_along, call_flat, canonical_axis, emitted
from .shapes import broadcast_to, expand_dims, reshape, shape_text


def _place(x: Type, axis: Any, keepdims: Any) -> dict[str, Any]:
    """Canonical parameters: one axis, or None for all elements."""
    axes = t.reduced_axes(x, axis, keepdims)
    if axis is not None and not isinstance(axis, int | np.integer):
        raise ShapeError(f"axis is one integer or None, not {axis!r:.40}")
    return {**axes, "axis": axes["axis"] and axes["axis"][0]}


def _batch_place(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    (x,), axis = args, node.params["axis"]
    if axis is not None:
        return operations[node.op](x, axis + 1, node.params["keepdims"])
    flat = reshape(x, (x.shape[0], product(x.shape[1:])))
    return reshape(operations[node.op](flat, 1), (x.shape[0], *node.shape))


def _arg(name: str, sentence: str) -> Op:
    """A row of the place of an extreme."""
    return op(
        f"{name}(x; axis=None, keepdims=False)",
        sentence,
        batch=_batch_place,
        type=lambda x, axis, keepdims: t.selected(
            x, None if axis is None else (axis,), keepdims
        ).with_dtype(INT64),
        prepare=_place,
        constant_derivative=True,
        flops=per_operand(),
        role="i",
        cases=[
            case("[4]"),
            case("[]"),
            case("[3, 4]"),
            case("[3, 4]", axis=0),
            case("[2, 3, 4]", axis=-1, keepdims=True),
            case("[2, 3]", keepdims=True),
        ],
    )


argmax = _arg("argmax", "Place of the largest element, the first of equal ones.")
argmin = _arg("argmin", "Place of the smallest element, the first of equal ones.")

_SORTED = [case("[4]"), case("[3, 4]", axis=0), case("[2, 3, 4]"), case("[2, 3]", axis=None)]

argsort: Op = op(
    "argsort(x; axis=-1)",
    """Places of the elements in ascending order; equal elements keep their order.""",
    call=call_flat,
    batch=batch_along,
    type=lambda x, axis: x.with_dtype(INT64),
    prepare=canonical_axis,
    constant_derivative=True,
    flops=sorting,
    numpy=emitted("np.argsort", ", stable=True", last=True),
    meaning=lambda x, axis=-1: np.argsort(x, axis, stable=True),
    role="order",
    cases=_SORTED,
)


def _inverse(order: Expr) -> Expr:
    """The inverse of a permutation; of an inverse, the permutation itself."""
    inner, axis = order.args[0], order.params["axis"]
    if inner.op == "argsort" and inner.params["axis"] == axis:
        return inner
    return argsort(order, axis)


sort = op(
    "sort(x; axis=-1)",
    """The elements in ascending order.""",
    call=call_flat,
    batch=batch_along,
    type=lambda x, axis: x,
    prepare=canonical_axis,
    vjp=[lambda g, y, x, axis: take_along_axis(g, _inverse(argsort(x, axis)), axis)],
    flops=sorting,
    numpy=emitted("np.sort", last=True),
    cases=_SORTED,
    kinks="equal elements keep their order",
)


def _taken(x: Type, indices: Type, axis: int) -> Type:
    if indices.dtype.kind != "i":
        raise DTypeError(
            f"indices are integers, not {indices.dtype.name}", how="Convert: {1}.astype('int64')."
        )
    if x.ndim != indices.ndim:
        raise ShapeError(f"{x.ndim} and {indices.ndim} axes differ in number")
    rest = broadcast(t.with_size(x.shape, axis, 1), t.with_size(indices.shape, axis, 1))
    return x.with_shape(t.with_size(rest, axis, indices.shape[axis]))


def _toward_taken(g: Expr, y: Expr, x: Expr, indices: Expr, axis: int) -> Expr:
    """By the inverse of a permutation; else what arrives at the same place is added up."""
    permutes = indices.op == "argsort" and indices.params["axis"] == axis
    if permutes and indices.shape == x.shape:
        return take_along_axis(g, _inverse(indices), axis)
    return add_along_axis(g, indices, t.with_size(y.shape, axis, x.shape[axis]), axis)


take_along_axis: Op = op(
    "take_along_axis(x, indices; axis=-1)",
    """The elements at the indices along an axis: for each row its own.""",
    batch=batch_along,
    type=_taken,
    prepare=lambda x, indices, axis: canonical_axis(x, axis),
    vjp=[_toward_taken, None],
    apart=[1],
    verb="take {1} from {0}",
    flops=0,
    picks=True,
    numpy="np.take_along_axis({x}, {indices}, axis={axis})",
    latex=r"{x}_{{{indices}}}",
    meaning=lambda x, indices, axis=-1: np.take_along_axis(
        x, np.asarray(indices).astype(int), axis
    ),
    domain=("reals", "labels"),
    cases=[
        case("[3]", "int64[5]"),
        case("[3, 4]", "int64[2, 4]", axis=0),
        case("[2, 1, 4]", "int64[1, 3, 2]"),
    ],
)


def _added(x: Type, indices: Type, shape: Shape, axis: int) -> Type:
    taken = _taken(Type(x.dtype, shape), indices, axis)
    if x.shape != taken.shape:
        raise ShapeError(f"there are places for {show_shape(taken.shape)}")
    return x.with_shape(shape)


def _batch_added(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    size = batch_size(args, ranks)
    x, indices = (expand_dims(a, 0) if r is None else a for a, r in zip(args, ranks, strict=True))
    x = broadcast_to(x, (size, *x.shape[1:]))
    return add_along_axis(x, indices, (size, *node.shape), node.params["axis"] + 1)


def _add(x: Any, indices: Any, shape: Any, axis: int = -1) -> Any:
    """The meaning: one by one."""
    out = np.zeros(shape, np.result_type(x))
    indices = np.broadcast_to(np.asarray(indices).astype(int), x.shape)
    for place in np.ndindex(x.shape):
        to = list(place)
        to[axis] = indices[place]
        out[tuple(to)] += x[place]
    return out


add_along_axis: Op = op(
    "add_along_axis(x, indices; shape, axis=-1)",
    """Zeros with x added at the indices along an axis: the adjoint of take_along_axis.""",
    batch=_batch_added,
    type=_added,
    prepare=lambda x, indices, shape, axis: {
        "shape": as_shape(shape),
        **canonical_axis(Type(x.dtype, as_shape(shape)), axis),
    },
    vjp=[lambda g, y, x, indices, shape, axis: take_along_axis(g, indices, axis), None],
    apart=[1],
    verb="add {0} at {1}",
    flops=per_operand(),
    numpy=lambda node, x, indices: (
        f"add_along_axis({x}, {indices}, {shape_text(node.shape)}, {node.params['axis']})"
    ),
    helper='''
def add_along_axis(x, indices, shape, axis):
    """Zeros of a shape, with x added at the indices along an axis."""
    out = np.zeros(shape, x.dtype)
    places = list(np.indices(x.shape, sparse=True))
    places[axis] = indices
    np.add.at(out, tuple(places), x)
    return out
''',
    latex=r"\operatorname{{scatter}}\left({x}\right)",
    meaning=_add,
    domain=("reals", "labels"),
    cases=[
        case("[5]", "int64[5]", shape=(3,)),
        case("[2, 4]", "int64[2, 4]", shape=(3, 4), axis=0),
        case("[2, 3, 2]", "int64[1, 3, 2]", shape=(2, 3, 4)),
    ],
)


def _call_argtopk(self: Op, x: Any, k: Any, axis: Any) -> Expr:
    order = argsort(negative(x), axis)
    size = order.shape[order.params["axis"]]
    if not isinstance(k, int | np.integer) or k < 0 or (isinstance(size, int) and k > size):
        raise self.misused(f"k is a number of elements, at most {size}, not {k!r:.40}")
    return along(order, order.params["axis"], slice(None, k))


argtopk = op(
    "argtopk(x; k, axis=-1)",
    """Places of the k largest elements, the largest first; equal elements keep their order.""",
    constant_derivative=True,
    call=_call_argtopk,
    meaning=lambda x, k, axis=-1: np.argsort(-x, axis).take(range(k), axis),
    cases=[case("[4]", k=2), case("[3, 4]", k=1, axis=0), case("[2, 3]", k=3)],
)


def _call_topk(self: Op, x: Any, k: Any, axis: Any) -> Expr:
    indices = argtopk(x, k, axis)
    return take_along_axis(x, indices, t.one_axis(axis, indices.ndim))


topk = op(
    "topk(x; k, axis=-1)",
    """The k largest elements along an axis, the largest first; `argtopk` has their places.""",
    call=_call_topk,
    meaning=lambda x, k, axis=-1: np.flip(np.sort(x, axis), axis).take(range(k), axis),
    cases=[case("[4]", k=2), case("[3, 4]", k=1, axis=0), case("[2, 3]", k=3)],
)
