"""Nodes, types and traversals: the house everything else stands on."""

from .dims import Dim
from .graph import Derivative, Expr, Graph
from .types import Type, as_type

__all__ = ["Derivative", "Dim", "Expr", "Graph", "Type", "as_type"]
