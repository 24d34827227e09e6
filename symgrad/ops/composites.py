"""What rows without nodes of their own share: operands as nodes, and errors in the user's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import GraphError, ShapeError, SymgradError
from ..graph.graph import Expr
from .op import Op, op
from .operands import find_graph, lift


def lifted(self: Op, *values: Any) -> list[Expr]:
    """Operands as nodes of their one graph."""
    graph = find_graph(values, self)
    return [lift(graph, v) for v in values]


def lifted_list(entries: Any, what: str) -> list[Expr]:
    """The entries of a list as nodes of their one graph; lists among them are arrays."""
    if not isinstance(entries, list | tuple | np.ndarray | Expr):
        raise GraphError(f"{what} takes a list of arrays, not {type(entries).__name__}")
    graph = find_graph(list(entries), what)
    return [lift(graph, e) for e in entries]


@contextmanager
def explained(self: Op, *nodes: Expr) -> Iterator[None]:
    """Bare reasons raised inside, with the user's names for the operands of a row without nodes."""
    try:
        yield
    except SymgradError as error:
        raise self.explained(error, nodes) from None


def arranged(
    signature: str, doc: str, build: Callable[..., Expr], *cases: Any, ndim: int = 0, **columns: Any
) -> Op:
    """A row of one operand, of at least so many axes, that is written with other rows."""

    def call(self: Op, x: Any, **params: Any) -> Expr:
        (x,) = lifted(self, x)
        with explained(self, x):
            if x.ndim < ndim:
                raise ShapeError(f"it has {x.ndim} ax{'i' if x.ndim == 1 else 'e'}s, not {ndim}")
            return build(x, **params)

    return op(signature, doc, call=call, cases=cases, **columns)
