"""Truth values in an index: the places where they are true, of which the number gets a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.dims import Dim, product
from ..graph.graph import Expr
from ..graph.types import INT64, Type, show_shape
from .batching import Ranks
from .counts import per_operand
from .indices import is_array, without_ellipsis
from .op import Op, case, op
from .shapes import reshape


def _call_flatnonzero(self: Op, x: Any, size: Any = None) -> Expr:
    """The number of places gets a name of its own, unless it is given one."""
    if isinstance(x, Expr) and size is None:
        size = f"count_{x.id}"
        while size in x.graph.named:
            size += "_"
    return self.append_node(x, size)


def _named_size(x: Type, size: Any) -> dict[str, Any]:
    if not isinstance(size, str):
        raise DTypeError(f"size is a name for the number of places, not {size!r:.40}")
    return {"size": Dim(size)}


def _batched_places(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    raise ShapeError(
        f"{node.label}: each example would select its own number of elements",
        how="Keep the shape, with sg.where(mask, x, 0).",
    )


flatnonzero: Op = op(
    "flatnonzero(x; size=None)",
    """The places, of all elements in a row, that are true or not zero.

    How many there are is known when the function is called: it is a named dim, as those of inputs.
    """,
    batch=_batched_places,
    type=lambda x, size: Type(INT64, (size,)),
    call=_call_flatnonzero,
    prepare=_named_size,
    constant_derivative=True,
    flops=per_operand(),
    numpy="np.flatnonzero({x})",
    latex=r"\operatorname{{nonzero}}\left({x}\right)",
    meaning=lambda x, size=None: np.flatnonzero(x),
    domain="bools",
    cases=[case("bool[3]"), case("bool[2, 3]", size="k")],
)


def unmasked(x: Expr, entries: list[Any]) -> tuple[Expr, list[Any]]:
    """An entry for every axis, and masks as arrays of the places where they are true.

    The axes under a mask that is not known now are merged.
    """
    out: list[Any] = []
    for entry in without_ellipsis([_with_mask(e) for e in entries], x.ndim, _width):
        if isinstance(entry, _Mask):
            x, places = entry.applied(x, sum(e is not None for e in out))
            out += places
        else:
            out.append(entry)
    return x, out


def _width(entry: Any) -> int:
    """How many axes an entry of an index takes."""
    return entry.mask.ndim if isinstance(entry, _Mask) else 1


@dataclass
class _Mask:
    """An entry of an index that takes as many axes as it has: truth values, known now or not."""

    mask: Expr | np.ndarray[Any, Any]

    def applied(self, x: Expr, axis: int) -> tuple[Expr, list[Any]]:
        """The operand, its axes merged where need be, and the entries that select as the mask."""
        mask, covered = self.mask, x.shape[axis : axis + self.mask.ndim]
        if mask.shape != covered:
            raise ShapeError(
                f"a mask {show_shape(mask.shape)} does not fit its axes {show_shape(covered)}"
            )
        if not isinstance(mask, Expr):
            return x, list(np.nonzero(mask))
        merged = (*x.shape[:axis], product(covered), *x.shape[axis + mask.ndim :])
        return reshape(x, merged), [flatnonzero(mask)]


def _with_mask(entry: Any) -> Any:
    """An entry; truth values as a `_Mask`."""
    if not is_array(entry) or (isinstance(entry, list) and any(isinstance(e, Expr) for e in entry)):
        return entry
    if isinstance(entry, Expr) and entry.value is None:
        return _Mask(entry) if entry.dtype.kind == "b" else entry
    array = np.asarray(entry.value if isinstance(entry, Expr) else entry)
    return _Mask(array) if array.dtype.kind == "b" else entry
