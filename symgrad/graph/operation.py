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
    mirror: str | None = None  # what gives the same with its two operands the other way around

    def __call__(self, *args: Any, **params: Any) -> Expr:
        """Append a node."""
        raise NotImplementedError

    def on(self, nodes: Sequence[Expr], params: Mapping[str, Any]) -> Expr:
        """Append a node of these operands and parameters."""
        raise NotImplementedError

    def __reduce__(self) -> tuple[Any, ...]:
        return operation_of, (self.name,)


operations: dict[str, Operation] = {}
"""Every operation by its name and aliases; `symgrad.ops` fills it."""


def operation_of(name: str) -> Operation:
    """The operation of a name: as what it is pickled and copied."""
    return operations[name]


hooks: dict[str, Callable[..., Any]] = {}
"""``str``, ``repr`` and notebook pictures of expressions; the rooms further down fill it."""
