"""What the graph knows of operations, and what the rooms further down give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .graph import Expr


class Operation(str):
    """What the graph knows of an op: a name that can be called on expressions."""

    __slots__ = ()

    name: str

    def __call__(self, *args: Any, **params: Any) -> Expr:
        """Append a node."""
        raise NotImplementedError

    def on(self, nodes: Sequence[Expr], params: Mapping[str, Any]) -> Expr:
        """Append a node of these operands and parameters."""
        raise NotImplementedError


operations: dict[str, Operation] = {}
"""Every operation by its name and aliases; `symgrad.ops` fills it."""

hooks: dict[str, Callable[..., Any]] = {}
"""``str``, ``repr`` and notebook pictures of expressions; the rooms further down fill it."""
