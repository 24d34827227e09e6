"""Arrays made of nothing: zeros, ones, full, arange, and their _like forms."""

from __future__ import annotations

from typing import Any

from ..errors import GraphError
from ..graph.dims import Dim
from ..graph.graph import Expr, Graph
from ..graph.types import INT64, Type
from .op import op
from .shapes import shape_text


def _refuse_call(*_: Any) -> Any:
    raise GraphError("iota is made by arange")


_iota = op(
    "iota(;size)",
    """The integers from 0 up to a size, that excluded.""",
    type=lambda size: Type(INT64, (size,)),
    call=_refuse_call,
    numpy=lambda node: f"np.arange({shape_text(node.shape)[1:-2]})",
    latex=lambda node: rf"\left(0, \ldots, {node.shape[0]} - 1\right)",
)


def iota(graph: Graph, size: int | Dim) -> Expr:
    """The integers below a size, as a node of a graph."""
    return _iota.build(graph, [], {"size": size})
