"""Nodes, types and traversals: the house everything else stands on.

What an operation computes, and how it is differentiated, is not known here: see `symgrad.ops`.
"""

from .dims import Dim
from .graph import Derivative, Expr, Graph
from .types import Type, as_type

__all__ = ["Derivative", "Dim", "Expr", "Graph", "Type", "as_type"]
