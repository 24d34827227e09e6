"""Arrays with more elements around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DTypeError, GraphError, ShapeError
from ..graph.dims import Dim, at_least, size
from ..graph.graph import Expr, operations
from ..graph.types import Type
from . import typing as t
from .composites import explained, lifted
from .construction import iota
from .indexing import getitem, take
from .indices import Slice
from .literals import number_text
from .op import Op, case, op
from .selection import less, where
from .shapes import shape_text

Widths = tuple[tuple[int | Dim, int | Dim], ...]


def _widths(pad_width: Any, ndim: int) -> Widths:
    """Before and after each axis, from all of NumPy's forms."""
    if isinstance(pad_width, np.ndarray):
        pad_width = pad_width.tolist()
    if isinstance(pad_width, dict):
        given = {t.one_axis(a, ndim): w for a, w in pad_width.items()}
        return tuple(_pair(given.get(a, 0)) for a in range(ndim))
    if not isinstance(pad_width, tuple | list) or not any(
        isinstance(w, tuple | list) for w in pad_width
    ):
        return (_pair(pad_width),) * ndim
    if len(pad_width) not in (1, ndim):
        raise ShapeError(f"{len(pad_width)} pairs of widths do not fit {ndim} axes")
    return tuple(_pair(w) for w in pad_width) * (ndim if len(pad_width) == 1 else 1)


def _pair(width: Any) -> tuple[int | Dim, int | Dim]:
    both = width if isinstance(width, tuple | list) else (width,)
    if len(both) not in (1, 2):
        raise ShapeError(f"a width is a number or a pair of them, not {width!r:.40}")
    return size(both[0]), size(both[-1])


def _prepared(x: Type, pad_width: Any, mode: Any, constant_values: Any) -> dict[str, Any]:
    if mode != "constant":
        raise GraphError(f"a node pads with a constant, not {mode!r:.40}")
    return {
        "pad_width": _widths(pad_width, x.ndim),
        "mode": mode,
        "constant_values": _fill(x, constant_values),
    }


def _fill(x: Type, value: Any) -> float | int | bool:
    """The constant, in the operand's dtype."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "bif":
        raise DTypeError(
            f"constant_values is one number, not {value!r:.40}",
            how="Join parts of several values with sg.concatenate.",
        )
    if x.dtype.kind == "f":
        return float(array.item())
    with np.errstate(invalid="ignore"):
        filled = array.astype(x.dtype)
    if filled != array:
        raise DTypeError(f"{array.item()!r} is no {x.dtype.name}")
    number: int | bool = filled.item()
    return number


def _call_pad(
    self: Op, x: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0
) -> Expr:
    """Other modes select elements; with no width at all, the operand itself."""
    node: Expr
    (node,) = lifted(self, x)
    with explained(self, node):
        widths = _widths(pad_width, node.ndim)
        if mode not in _PLACES and mode != "constant":
            raise GraphError(
                f"symgrad does not pad in the mode {mode!r:.40}",
                how=f"There are constant, {', '.join(_PLACES)}.",
            )
        if not any(map(any, widths)):
            return node
        if mode == "constant":
            return self.append_node(node, widths, mode, constant_values)
        for axis, width in enumerate(widths):
            node = _selected(node, axis, width, mode)
    return node


def _selected(x: Expr, axis: int, width: tuple[int | Dim, int | Dim], mode: str) -> Expr:
    """An axis extended by elements of its own."""
    if not any(width):
        return x
    n = x.shape[axis]
    if n == 0:
        raise ShapeError(f"axis {axis} is empty, and can be padded with a constant only")
    before, after = width
    places = iota(x.graph, before + n + after)
    places = places - before if before else places
    return take(x, _PLACES[mode](places, n), axis=axis)


def _mirrored(places: Expr, n: int | Dim) -> Expr:
    """Forward and backward in turn: 0 1 2 2 1 0 0 1."""
    turned = places % (2 * n)
    return where(less(turned, n), turned, (2 * n - 1) - turned)


def _reflected(places: Expr, n: int | Dim) -> Expr:
    """As mirrored, without repeating the ends: 0 1 2 1 0 1."""
    last = n - 1
    if last == 0:
        return places * 0
    return last - abs(places % at_least(2 * last, 1) - last)


_PLACES: dict[str, Callable[[Expr, int | Dim], Expr]] = {
    "edge": lambda places, n: operations["clip"](places, 0, n - 1),
    "reflect": _reflected,
    "symmetric": _mirrored,
    "wrap": lambda places, n: places % n,
}


def _inside(g: Expr, y: Expr, x: Expr, pad_width: Widths, **_: Any) -> Expr:
    """The middle of the cotangent."""
    ends = ((a, -b if b else None) for a, b in pad_width)
    return getitem(g, tuple(Slice((a or None, stop, 1)) for a, stop in ends))


def _pad_text(node: Expr, x: str) -> str:
    widths: Widths = node.params["pad_width"]
    pairs = [shape_text(w) for w in widths]
    if len({*pairs}) > 1:
        width = f"({', '.join(pairs)})"
    else:
        width = pairs[0] if widths[0][0] != widths[0][1] else shape_text(widths[0][:1])[1:-2]
    value = node.params["constant_values"]
    fill = "" if value == 0 and not np.signbit(value) else f", constant_values={number_text(value)}"
    return f"np.pad({x}, {width}{fill})"


pad: Op = op(
    'pad(x; pad_width, mode="constant", constant_values=0)',
    """More elements around x: a constant, or its own by edge, reflect, symmetric or wrap.""",
    type=lambda x, pad_width, **_: x.with_shape(
        tuple(a + d + b for d, (a, b) in zip(x.shape, pad_width, strict=True))
    ),
    prepare=_prepared,
    call=_call_pad,
    batch=lambda node, args, ranks: pad(
        args[0], **{**node.params, "pad_width": ((0, 0), *node.params["pad_width"])}
    ),
    vjp=[_inside],
    flops=0,
    numpy=_pad_text,
    meaning=lambda x, pad_width, mode="constant", **params: np.pad(x, pad_width, mode, **params),
    cases=[
        case("[3]", pad_width=2),
        case("[2, 3]", pad_width=((1, 0), (0, 2))),
        case("[2, 3]", pad_width=(1, 2), constant_values=0.5),
        case("[2, 3]", pad_width=((2, 1),), mode="edge"),
        case("[3, 2]", pad_width=((4, 5), (1, 0)), mode="reflect"),
        case("[3, 1]", pad_width=2, mode="reflect"),
        case("[3]", pad_width=7, mode="symmetric"),
        case("[3, 2]", pad_width=((0, 4), (3, 0)), mode="wrap"),
    ],
)
