"""Calls that take elements to where they are wanted: conversions, entries, parts side by side."""

from __future__ import annotations

import numpy as np

from ...graph.graph import Expr
from ...ops.indices import WHOLE, At
from .templates import Call

_COPIED = "{out}[...] = {0}"


def conversion(node: Expr) -> Call | None:
    """A copy to another dtype."""
    (x,) = node.args
    if not x.ndim or x.dtype == node.dtype or not np.can_cast(x.dtype, node.dtype, "same_kind"):
        return None
    dtype = f"np.{node.dtype.name}"
    return Call(f"{{0}}.astype({dtype})", _COPIED, node.args, plain=True)


def place_of_extreme(node: Expr) -> Call | None:
    """The method, which costs less than the function; its output would be of NumPy's own size."""
    axis = node.params["axis"]
    text = f"{{0}}.{node.op}({axis})"
    return None if axis is None or node.params["keepdims"] else Call(text, "", node.args)


def entries(node: Expr) -> Call | None:
    """Entries at places that are in memory for certain, because extremes are there; or rows."""
    x, places = node.args[0], node.args[-1]
    of_rows = x.ndim > 1 and node.params["index"] == (At(0), *[WHOLE] * (x.ndim - 1))
    if of_rows and places.ndim and np.can_cast(places.dtype, np.int64):
        return Call("{0}.take({1}, 0)", "", node.args)  # a quarter of the time of indexing
    inside = places.op == "add" and places.args[0].op in ("argmax", "argmin")
    if not (inside and x.ndim == places.ndim == node.ndim == 1):
        return None
    into = '{0}.take({1}, None, {out}, "clip")'
    return Call("{0}[{1}]", into, node.args)


def side_by_side(node: Expr) -> Call | None:
    """Computed arrays along another axis than the first."""
    axis, given = node.params["axis"], ("input", "constant", "broadcast_to")
    turned = node.ndim == 2 and any(a.op == "transpose" for a in node.args)
    if not axis or turned or any(a.op in given or a.dtype != node.dtype for a in node.args):
        return None
    parts = ", ".join(f"{{{i}}}" for i in range(len(node.args)))
    into = f"np.concatenate([{parts}], {axis}, {{out}})" if len(node.args) > 1 else _COPIED
    return Call(f"np.concatenate([{parts}], {axis})", into, node.args, plain=True)
