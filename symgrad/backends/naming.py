"""Names in emitted code: the user's, else the role (z1, h1, d_W1); a suffix only on a clash."""

from __future__ import annotations

import builtins
import keyword
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

from ..graph.graph import Derivative, Expr, Graph
from ..graph.walk import ancestors

RESERVED = frozenset({"np", *keyword.kwlist, *keyword.softkwlist, *dir(builtins)})
_UNDERSCORES = 4  # of more names alike the text would grow with their square


class Names:
    """Hands out names that clash neither with each other nor with anything emitted code uses.

    Example
    -------
    >>> names = Names(["relu"])
    >>> names.fresh("x"), names.fresh("x"), names.fresh("np"), names.numbered("z")
    ('x', 'x_', 'np_', 'z1')
    >>> [names.fresh("y") for _ in range(6)]
    ['y', 'y_', 'y__', 'y___', 'y____1', 'y____2']
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(RESERVED) | set(taken)
        self._counts: Counter[str] = Counter()
        self.of: dict[int, str] = {}

    def fresh(self, name: str) -> str:
        """The name itself if it is free, else with underscores behind; of many, a number too."""
        for _ in range(_UNDERSCORES):
            if name not in self._taken:
                self._taken.add(name)
                return name
            name += "_"
        return self.numbered(name)

    def reserve(self, name: str) -> str:
        """The name as it is, kept from all others; a built-in of this name is hidden."""
        self._taken.add(name)
        return name

    def numbered(self, stem: str) -> str:
        """The next of z1, z2, ..."""
        while True:
            self._counts[stem] += 1
            name = f"{stem}{self._counts[stem]}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    def give(self, node: Expr, name: str) -> str:
        """Name a node."""
        self.of[node.id] = given = self.fresh(name)
        return given


class Primals:
    """For a cotangent node, the nodes it is the derivative toward."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.table: dict[int, list[tuple[Derivative, Expr]]] = {}
        self._wrt: dict[int, set[int]] = {}  # by the identity of a record: starts may be equal
        for record in graph.derivatives:
            wrt = self._wrt[id(record)] = {x.id for x in record.wrt}
            for i, g in record.cotangents.items():
                if i != record.of.id:
                    entry = (record, graph.nodes[i])
                    found = self.table.setdefault(g.id, [])
                    found.insert(0, entry) if i in wrt else found.append(entry)

    def __call__(self, node: Expr) -> list[tuple[Derivative, Expr]]:
        """Pairs (derivative, primal), those asked for first."""
        return self.table.get(node.id) or self.table.get(self.graph.root(node).id) or []

    def is_wrt(self, record: Derivative, x: Expr) -> bool:
        """Whether a derivative was asked for with respect to a node."""
        return x.id in self._wrt[id(record)]

    def order(self, record: Derivative) -> int:
        """1 for a first derivative, 2 for the derivative of something that reads one, and so on."""
        return 1 + self._read.get(record.of.id, 0)

    @cached_property
    def _read(self) -> dict[int, int]:
        """Of what is differentiated, and all that it reads: the highest derivative that it reads.

        A derivative comes behind what it is of, so one sweep tells all.
        """
        records, found = self.graph.derivatives, dict[int, int]()
        if len(records) < 2:
            return found
        made = {i: d.of.id for d in records for i in d.made()}
        for node in ancestors([d.of for d in records]):
            below = [found.get(a.id, 0) for a in node.args]
            if node.id in made:
                below.append(1 + found.get(made[node.id], 0))
            found[node.id] = max(below, default=0)
        return found
