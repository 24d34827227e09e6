"""What the values of a picture are called: the user's names, and what each cotangent is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count, groupby

from ..graph.graph import Derivative, Expr, Graph

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST = 24  # characters of a name in a picture


def shorten(text: str, longest: int = _LONGEST) -> str:
    """The text, cut where it is too long for a picture.

    Example
    -------
    >>> shorten("loss"), shorten("l" * 100, 8)
    ('loss', 'lllllll…')
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


@dataclass(frozen=True)
class Symbol:
    """A value, or a derivative of it.

    Example
    -------
    >>> str(Symbol("loss").by("W")), str(Symbol("y").by("x").by("x"))
    ('∂loss/∂W', '∂²y/∂x²')
    """

    of: str
    wrt: tuple[str, ...] = ()

    def by(self, name: str) -> Symbol:
        """Its derivative with respect to a name."""
        return Symbol(self.of, (*self.wrt, name))

    def __str__(self) -> str:
        if not self.wrt:
            return self.of
        below = (f"∂{name}{_raise(len(list(run)))}" for name, run in groupby(self.wrt))
        return f"∂{_raise(len(self.wrt))}{self.of}/{''.join(below)}"


def _raise(power: int) -> str:
    return str(power).translate(_RAISED) if power > 1 else ""


class Names:
    """Names of all nodes of a graph that have one.

    Attributes
    ----------
    symbols : dict
        For the id of a cotangent what it is the derivative of.
    stand_ins : dict
        For the id of what was differentiated, or differentiated by, a letter if it has no name.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.symbols: dict[int, Symbol] = {}
        self.stand_ins: dict[int, str] = {}
        for record in graph.derivatives:
            self._enter(record)

    def symbol(self, node: Expr) -> Symbol | None:
        """What a node is the derivative of, if it is a cotangent."""
        return self.symbols.get(node.id) or self.symbols.get(self.graph.root(node).id)

    def call(self, node: Expr, letter: str) -> Symbol:
        """The user's name of a node, else its symbol, else a letter that stands in for a name."""
        node = self.graph.root(node)
        if node.name is not None:
            return Symbol(shorten(node.name))
        return self.symbol(node) or Symbol(self._stand_in(node, letter))

    def _stand_in(self, node: Expr, letter: str) -> str:
        if node.id not in self.stand_ins:
            taken = {*self.graph.named, *self.stand_ins.values()}
            numbered = chain([letter], (f"{letter}{i}" for i in count(2)))
            self.stand_ins[node.id] = next(n for n in numbered if n not in taken)
        return self.stand_ins[node.id]

    def _enter(self, record: Derivative) -> None:
        """Name the cotangents of one derivative: those asked for, then those of named values."""
        of = self.call(record.of, "f")
        for x, cotangent in results_of(record):
            self._name(cotangent, of.by(str(self.call(x, "u"))))
        for i, cotangent in record.cotangents.items():
            node = self.graph.nodes[i]
            if node.name and record.start <= cotangent.id < record.stop:
                self._name(cotangent, of.by(shorten(node.name)))

    def _name(self, cotangent: Expr, symbol: Symbol) -> None:
        self.symbols.setdefault(cotangent.id, symbol)


def results_of(record: Derivative) -> list[tuple[Expr, Expr]]:
    """What was differentiated by, each with its cotangent; none in forward mode."""
    table = record.cotangents
    return [(x, table[x.id]) for x in record.wrt if x.id in table]
