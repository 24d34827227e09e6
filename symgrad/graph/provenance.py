"""Where nodes come from: which derivative made them, and which nodes they are rewritten from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .marks import Marks

if TYPE_CHECKING:
    from .expression import Expr


@dataclass
class Derivative:
    """Provenance of one derivative: what was differentiated by what, and which nodes came of it.

    Attributes
    ----------
    of : Expr
        The differentiated output.
    wrt : tuple of Expr
        What it was differentiated with respect to.
    start, stop : int
        The numbers of the nodes that the call appended.
    cotangents : dict
        Of reverse mode, the book's grad_table: for the id of a node its total cotangent.
    result : Expr or None
        Of forward mode, the derivative along the tangents; of a Jacobian, all of it.
    tangents : tuple of Expr
        Of forward mode, the direction for each of ``wrt``.
    """

    of: Expr
    wrt: tuple[Expr, ...]
    start: int
    stop: int = 0
    cotangents: dict[int, Expr] = field(default_factory=dict)
    result: Expr | None = None
    tangents: tuple[Expr, ...] = ()

    def made(self) -> Iterator[int]:
        """The numbers of the derivatives among the nodes that the call appended.

        The others are what the derivatives are made of, a sigmoid for example, and may be read by
        expressions that have nothing to do with this derivative.
        """
        of_output = [] if self.result is None else [self.result]
        for node in (*self.cotangents.values(), *of_output):
            if self.start <= node.id < self.stop:
                yield node.id


class Forms:
    """What a phase of rewriting has found out: whose form is known, and which is another node."""

    def __init__(self) -> None:
        self.known = Marks()
        self.other: dict[Expr, Expr] = {}
