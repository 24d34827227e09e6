"""Entries of rows by their places in memory, and the slope of a cross entropy in fewer passes.

For code that plans its memory: its arrays are one piece each, whose entries NumPy takes four times
as fast by one number each as by row and column. Of a row's largest entry it finds the place faster
than the value.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...graph.dims import at_least
from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.indexing import getitem
from ...ops.indices import At
from ...ops.labels import places
from ...ops.operands import lift
from ...ops.ordering import argmax, argmin
from ...ops.shapes import reshape
from ..rewriting.sweep import New, sweep

_PLACES = {"max": argmax, "min": argmin}
_LONGEST = 512  # entries of a row; of more NumPy finds the value as fast
_OTHERWISE = frozenset({"input", "constant", "transpose"})  # in memory, perhaps


def by_place(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs, with entries of rows taken by their places in memory.

    Of what the user indexes himself, negative places count from the end of a row. One-hot rows of
    the same labels refuse them.
    """
    nodes = ancestors(outputs)
    checked = {(n.args[0].id, n.params["depth"]) for n in nodes if n.op == "one_hot"}
    if not checked and not any(n.op in _PLACES for n in nodes):
        return list(outputs)

    def change(node: Expr, fresh: Expr, new: New) -> Expr | None:
        if node.op in _PLACES:
            return _extreme(fresh)
        if node.op == "gather":
            return _chosen(fresh, checked)
        return _scaled_slope(fresh) if node.op == "divide" else None

    return sweep(outputs, change)


def _entries(x: Expr, labels: Expr) -> Expr:
    """The entries of an array's rows that labels name."""
    return getitem(reshape(x, (-1,)), places(labels, x.shape[-1]))


def _extreme(node: Expr) -> Expr | None:
    """The largest entry of each row, by its place."""
    (x,) = node.args
    last = node.params["axis"] == (x.ndim - 1,)
    if not last or x.ndim < 2 or x.op in _OTHERWISE or not x.type.is_floating:
        return None
    if isinstance(x.shape[-1], int) and x.shape[-1] > _LONGEST:
        return None
    return reshape(_entries(x, _PLACES[node.op](x, axis=-1)), node.shape)


def _chosen(node: Expr, checked: set[tuple[int, object]]) -> Expr | None:
    """x[arange(n), y] by its places, and of a difference from columns the difference of these."""
    x, *indices = node.args
    plain = len(indices) == 2 and node.params["index"] == (At(0), At(1))
    if not plain or x.ndim != 2 or x.op in _OTHERWISE:
        return None
    rows, labels = indices
    is_all = rows.op == "iota" and rows.shape == x.shape[:1] == labels.shape
    if not is_all or (labels.id, x.shape[1]) not in checked:
        return None
    if x.op == "subtract" and x.args[0].shape == x.shape and x.args[1].shape == (x.shape[0], 1):
        return _entries(x.args[0], labels) - reshape(x.args[1], labels.shape)
    return _entries(x, labels)


def _scaled_slope(node: Expr) -> Expr | None:
    """(e / s - one_hot(y)) / n as e * ((1/n) / s) - one_hot(y) * (1/n): one pass less."""
    difference, size = node.args
    if difference.op != "subtract" or size.op != "dim":
        return None
    softmax, hot = difference.args
    if hot.op != "one_hot" or softmax.op != "divide" or softmax.args[0].op != "exp":
        return None
    e, s = softmax.args
    if s.op != "sum" or s.args[0] is not e or s.shape != (*e.shape[:-1], 1):
        return None
    if not _is_shifted(e.args[0]):  # or 1 / s may underflow
        return None
    scale = 1.0 / lift(node.graph, at_least(size.params["size"], 1))
    return e * (scale / s) - hot * scale


def _is_shifted(x: Expr) -> bool:
    """Whether it is something less the largest entry of each row, so that its sum is at least 1."""
    if x.op != "subtract" or x.args[1].op != "reshape" or x.args[1].args[0].op != "gather":
        return False
    place = x.args[1].args[0].args[1]
    return place.op == "add" and place.args[0].op == "argmax"
