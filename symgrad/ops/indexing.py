"""Selecting elements, and putting them in place.

NumPy's rules: an index by slices, integers, None and Ellipsis is basic (`getitem`); one with
arrays is advanced, and is made of nodes of `gather`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.graph import Expr
from ..graph.types import Shape, Type, as_shape, show_shape
from . import batching
from .composites import explained
from .gathering import gather, split_index
from .indices import Entry, at_axis, canonical_index, index_text, indexed, is_array
from .op import Op, case, op
from .operands import find_graph, lift
from .shapes import expand_dims, reshape, shape_text, spreads
from .typing import one_axis


def _call_getitem(self: Op, x: Any, index: Any) -> Expr:
    """Of a scalar, which Python may hold as a number, there is nothing to select."""
    entries = list(index) if type(index) is tuple else [index]
    if not isinstance(x, Expr):
        return self.append_node(x, index)
    if any(map(is_array, entries)):
        with explained(self, x):
            parts = split_index(x, entries)
        return gather(*parts)
    new = all(e is None or e is Ellipsis for e in entries) and entries.count(Ellipsis) < 2
    if not x.ndim and new:
        return expand_dims(x, tuple(range(entries.count(None)))) if None in entries else x
    return self.append_node(x, index)


getitem = op(
    "getitem(x; index)",
    """Indexing: integers, slices, None, Ellipsis; with arrays it makes nodes of `gather`.""",
    batch=batching.indexed,
    type=indexed,
    prepare=canonical_index,
    call=_call_getitem,
    vjp=[lambda g, y, x, index: embed(g, x.shape, index)],
    view=True,
    verb="index {0}",
    numpy=lambda node, x: f"{x}[{index_text(node.params['index'])}]",
    latex="{x}_{{{index}}}",
    meaning=lambda x, index: x[index],
    cases=[
        case("[4]", index=2),
        case("[4]", index=slice(1, None, 2)),
        case("[3, 4]", index=(slice(None), -1)),
        case("[3, 4]", index=(None, slice(None, None, -1), slice(0, 0))),
        case("[2, 3, 4]", index=(Ellipsis, 1)),
    ],
)


def along(x: Expr, axis: int, entry: Any) -> Expr:
    """What an entry of an index selects along one axis: ``along(x, 1, slice(0, 3))``."""
    return getitem(x, at_axis(axis, entry))


def reversed_along(x: Expr, axis: int) -> Expr:
    """The elements of one axis from the last to the first."""
    return along(x, axis, slice(None, None, -1))


def _embedded(x: Type, shape: Shape, index: tuple[Entry, ...]) -> Type:
    place = indexed(Type(x.dtype, shape), index).shape
    if not spreads(x.shape, place):
        raise ShapeError(f"it does not fit the place {show_shape(place)}")
    return x.with_shape(shape)


def _put(x: Any, shape: Any, index: Any) -> Any:
    out = np.zeros(shape, np.result_type(x))
    out[index] = x
    return out


embed: Op = op(
    "embed(x; shape, index)",
    """Zeros of the given shape with x at the index: the adjoint of basic indexing.""",
    batch=batching.shaped,
    type=_embedded,
    prepare=lambda x, shape, index: {
        "shape": as_shape(shape),
        **canonical_index(Type(x.dtype, as_shape(shape)), index),
    },
    vjp=[lambda g, y, x, shape, index: getitem(g, index)],
    flops=0,
    numpy=lambda node, x: (
        f"embed({x}, {shape_text(node.shape)}, np.s_[{index_text(node.params['index'])}])"
    ),
    helper='''
def embed(x, shape, index):
    """Zeros of a shape, with x at the index."""
    out = np.zeros(shape, np.result_type(x))
    out[index] = x
    return out
''',
    meaning=_put,
    cases=[case("[2]", shape=(4,), index=slice(1, 3)), case("[]", shape=(2, 3), index=(1, 2))],
)


def _call_take(self: Op, x: Any, indices: Any, axis: Any = None) -> Expr:
    """Indexing along one axis, or of all elements in a row."""
    graph = find_graph([x, indices], self)
    x, indices = lift(graph, x), lift(graph, indices)
    if indices.dtype.kind != "i":
        raise DTypeError(f"take: indices are integers, not {indices.dtype.name}")
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    return along(x, one_axis(axis, x.ndim), indices)


take = op(
    "take(x, indices; axis=None)",
    """Elements by their numbers along an axis; without one, of all elements in a row.""",
    call=_call_take,
    domain=("reals", "labels"),
    cases=[
        case("[4]", "int64[2]", axis=0),
        case("[3, 4]", "int64[2, 2]", axis=-1),
        case("[2, 2]", "int64[3]"),
    ],
)
