"""Reshape, transpose, broadcasting, and axes of size 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import divide, product
from ..graph.graph import Expr
from ..graph.types import FLOAT64, Shape, Type, as_shape, show_shape
from . import batching
from . import typing as t
from .literals import number_text
from .op import Op, case, op


def shape_text(shape: Shape) -> str:
    """A shape as Python: ``(2 * n, 2)``, ``(n,)``."""
    sizes = [str(d).replace("*", " * ").replace("//", " // ") for d in shape]
    return f"({', '.join(sizes)}{',' if len(shape) == 1 else ''})"


def _resolved(x: Type, shape: Any) -> dict[str, Any]:
    """The full shape, with the one -1 worked out."""
    shape = shape.tolist() if isinstance(shape, np.ndarray) else shape
    entries = list(shape) if isinstance(shape, tuple | list) else [shape]
    free = [i for i, d in enumerate(entries) if isinstance(d, int | np.integer) and d == -1]
    if len(free) > 1:
        raise ShapeError("only one size can be -1")
    for i in free:
        known = product(as_shape(entries[:i] + entries[i + 1 :]))
        rest = None if known == 0 else divide(x.size, known)
        if rest is None:
            raise ShapeError(f"{x.size} elements do not divide by {known}")
        entries[i] = rest
    return {"shape": as_shape(entries)}


def _reshaped(x: Type, shape: Shape) -> Type:
    if product(shape) != x.size:
        raise ShapeError(f"{x.size} elements do not fill {show_shape(shape)}")
    return x.with_shape(shape)


def _call_reshape(self: Op, x: Any, shape: Any = None) -> Expr:
    """An operand of that shape already is returned as it is."""
    node = self.append_node(x, shape)
    return node.args[0] if node.shape == node.args[0].shape else node


reshape: Op = op(
    "reshape(x; shape)",
    """The same elements, in the same order, in another shape; one size may be -1.""",
    call=_call_reshape,
    batch=batching.shaped,
    type=_reshaped,
    prepare=_resolved,
    vjp=[lambda g, y, x, shape: reshape(g, x.shape)],
    view=True,
    numpy=lambda node, x: f"np.reshape({x}, {shape_text(node.shape)})",
    cases=[case("[6]", shape=(2, 3)), case("[2, 6]", shape=(-1,)), case("[]", shape=(1, 1))],
)

ravel = op(
    "ravel(x)",
    """All elements in a row.""",
    call=lambda self, x: reshape(x, (-1,)),
    cases=[case("[2, 3]"), case("[3]"), case("[]")],
    aliases=["flatten"],
)

expand_dims = op(
    "expand_dims(x; axis)",
    """New axes of size 1 at the given places of the result.""",
    batch=batching.along_axes,
    type=lambda x, axis: x.with_shape(_with_ones(x.shape, axis)),
    prepare=lambda x, axis: {"axis": _places(x, axis)},
    vjp=[lambda g, y, x, axis: reshape(g, x.shape)],
    view=True,
    numpy=lambda node, x: f"np.expand_dims({x}, {_one_or_tuple(node.params['axis'])})",
    latex="{x}",
    cases=[case("[3]", axis=0), case("[3]", axis=-1), case("[2, 3]", axis=(0, 2))],
)


def _places(x: Type, axis: Any) -> t.Axes:
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return t.axes_of(axes, x.ndim + len(axes))


def _with_ones(shape: Shape, axes: t.Axes) -> Shape:
    rest = iter(shape)
    return tuple(1 if i in axes else next(rest) for i in range(len(shape) + len(axes)))


def _one_or_tuple(axes: t.Axes) -> str:
    return str(axes[0]) if len(axes) == 1 else str(axes)


squeeze = op(
    "squeeze(x; axis=None)",
    """Without the axes of size 1, all or those given.""",
    batch=batching.along_axes,
    type=lambda x, axis: x.with_shape(tuple(d for i, d in enumerate(x.shape) if i not in axis)),
    prepare=lambda x, axis: {"axis": _ones(x, axis)},
    vjp=[lambda g, y, x, axis: reshape(g, x.shape)],
    view=True,
    numpy=lambda node, x: f"np.squeeze({x}, {_one_or_tuple(node.params['axis'])})",
    latex="{x}",
    cases=[case("[1, 3]"), case("[3, 1, 1]", axis=1)],
)


def _ones(x: Type, axis: Any) -> t.Axes:
    if axis is None:
        return tuple(i for i, d in enumerate(x.shape) if d == 1)
    axes = t.axes_of(axis, x.ndim)
    for i in axes:
        if x.shape[i] != 1:
            raise ShapeError(f"axis {i} has size {x.shape[i]}, not 1")
    return axes


def _call_transpose(self: Op, x: Any, axes: Any = None) -> Expr:
    """A scalar, a vector and the identity order are returned as they are."""
    if isinstance(x, Expr):
        params = _order(x.type, axes)
        same = None if x.ndim < 2 else tuple(range(x.ndim))
        return x if params["axes"] == same else self.build(x.graph, [x], params)
    return self.append_node(x, axes)


def _order(x: Type, axes: Any) -> dict[str, Any]:
    """Canonical order; None stands for reversed."""
    if axes is None:
        return {"axes": None}
    order = tuple(
        t.one_axis(a, x.ndim) for a in (axes if isinstance(axes, tuple | list) else [axes])
    )
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(f"axes {axes} do not name each of {x.ndim} axes once")
    return {"axes": None if order == tuple(range(x.ndim))[::-1] else order}


transpose: Op = op(
    "transpose(x; axes=None)",
    """Axes in the given order, reversed by default.""",
    batch=batching.transposed,
    type=lambda x, axes: x.with_shape(
        x.shape[::-1] if axes is None else tuple(x.shape[i] for i in axes)
    ),
    prepare=_order,
    call=_call_transpose,
    vjp=[lambda g, y, x, axes: transpose(g, axes and tuple(np.argsort(axes).tolist()))],
    view=True,
    numpy=lambda node, x: (
        f"{x}.T" if node.params["axes"] is None else f"np.transpose({x}, {node.params['axes']})"
    ),
    latex=r"{{{x}}}^\top",
    cases=[case("[2, 3]"), case("[2, 3, 4]", axes=(2, 0, 1)), case("[2, 3, 4]"), case("[3]")],
    aliases=["permute_dims"],
)


def _call_matrix_transpose(self: Op, x: Any) -> Expr:
    """The transpose of the last two axes, as a node of `transpose`."""
    if not isinstance(x, Expr):
        return transpose(x)  # refused there
    if x.ndim < 2:
        raise ShapeError(f"{x.label} has no last two axes")
    return transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2) if x.ndim > 2 else None)


matrix_transpose = op(
    "matrix_transpose(x)",
    """The last two axes swapped.""",
    call=_call_matrix_transpose,
    meaning=lambda x: np.swapaxes(x, -1, -2),
    cases=[case("[2, 3]"), case("[2, 3, 4]")],
)


def _broadcastable(x: Type, shape: Shape) -> Type:
    if not spreads(x.shape, shape):
        raise ShapeError(f"it can not be broadcast to {show_shape(shape)}")
    return x.with_shape(shape)


def spreads(small: Shape, large: Shape) -> bool:
    """Whether broadcasting makes the large shape of the small one."""
    lead = len(large) - len(small)
    return lead >= 0 and all(d in (1, large[lead + i]) for i, d in enumerate(small))


def _filled(node: Expr, x: str) -> str:
    """NumPy's constructor where the operand is a literal, else a read-only view."""
    value, shape = node.args[0].value, shape_text(node.shape)
    if value is None or value.shape:
        return f"np.broadcast_to({x}, {shape})"
    dtype = "" if node.dtype == FLOAT64 else f", dtype=np.{node.dtype.name}"
    if value == 0 and not np.signbit(value):
        return f"np.zeros({shape}{dtype})"
    if value == 1:
        return f"np.ones({shape}{dtype})"
    plain = number_text(value.item()) if node.dtype.kind == "f" else x
    return f"np.full({shape}, {plain}{dtype})"


def _call_broadcast_to(self: Op, x: Any, shape: Any = None) -> Expr:
    """An operand of that shape already is returned as it is."""
    if isinstance(x, Expr) and shape is not None and x.shape == as_shape(shape):
        return x
    return self.append_node(x, shape)


broadcast_to = op(
    "broadcast_to(x; shape)",
    """Repeated along new axes and axes of size 1.""",
    batch=batching.shaped,
    type=_broadcastable,
    prepare=lambda x, shape: {"shape": as_shape(shape)},
    call=_call_broadcast_to,
    vjp=[lambda g, y, x, shape: g],
    lazy=True,
    view=True,
    numpy=_filled,
    latex="{x}",
    cases=[case("[3]", shape=(2, 3)), case("[]", shape=(4,)), case("[2, 1]", shape=(2, 3))],
)
