"""Picked entries by plain indexing, where the labels are checked anyway."""

from __future__ import annotations

from collections.abc import Sequence

from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.construction import iota
from ...ops.indexing import getitem
from ..facts.marks import Structural
from ..rewriting.engine import Phase


def indexed(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs with ``log_p[arange(n), y]`` for ``pick(log_p, y)``.

    Indexing counts negative labels from the end. One-hot rows of the same labels, which a loss's
    gradient needs, refuse them; where there are none, `pick` itself does.
    """
    if "pick" not in outputs[0].graph.ops:
        return list(outputs)
    nodes = ancestors(outputs)
    checked = {(n.args[0].id, n.params["depth"]) for n in nodes if n.op == "one_hot"}
    picks = [n for n in nodes if n.op == "pick" and n.args[0].ndim == 2]
    if not any((n.args[1].id, n.args[0].shape[-1]) in checked for n in picks):
        return list(outputs)

    def entries(node: Expr, opaque: frozenset[int]) -> Expr | None:
        """The entries at row and label."""
        x, labels = node.args
        if x.ndim != 2 or (labels.id, x.shape[-1]) not in checked:
            return None
        return getitem(x, (iota(x.graph, x.shape[0]), labels))

    change: Structural = entries
    return Phase("specialize", (), {"pick": [change]})(outputs, trace=[])
