"""What the code of a function does with memory: the arrays that it keeps and makes, and when.

Kept arrays are known from the plan. Of the others it is known when each is made and when nothing
holds it any more; the most that is there at a time is found by going through the steps once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from ..graph.amounts import Amount
from ..graph.dims import Dim, evaluate, product
from ..graph.graph import Expr
from ..graph.records import record
from ..graph.types import Shape
from ..ops.op import registry

ELIDED = 2**18
"""Bytes from which NumPy reuses an operand that nothing else holds."""
_COMMUTING = frozenset({"+", "*"})
_ELIDING = _COMMUTING | {"-", "/"}

Sizes = Mapping[str, int]


def largest(sizes: Iterable[int | Dim]) -> list[int | Dim]:
    """Sizes without those of which another is a multiple.

    Example
    -------
    >>> n = Dim("n")
    >>> largest([n, 12, 8 * n, 3, n + 1])
    ['8*n', 12, 'n + 1']
    """
    found: dict[object, tuple[int, int | Dim]] = {}
    for size in sizes:
        terms = size.terms if isinstance(size, Dim) else (((), size),)
        key, times = terms[0] if len(terms) == 1 else (terms, 1)
        if times > found.get(key, (-1,))[0]:
            found[key] = times, size
    return [size for _, size in found.values()]


class Held(NamedTuple):
    """Memory kept from call to call, as large as the largest of the arrays that share it.

    Of an array of more elements than ``limit``, if that is not 0, only ``beyond`` is kept.
    """

    name: str
    shapes: tuple[Shape, ...]
    itemsize: int
    limit: int = 0
    beyond: Shape = ()

    def bytes(self, sizes: Sizes) -> int:
        """How large it is."""
        return max(self._elements(s, sizes) for s in self.shapes) * self.itemsize

    def _elements(self, shape: Shape, sizes: Sizes) -> int:
        whole = evaluate(product(shape), sizes)
        return evaluate(product(self.beyond), sizes) if 0 < self.limit < whole else whole

    @property
    def formula(self) -> Amount | None:
        """The same in the named dims, where one formula says it."""
        found = largest(product(s) for s in self.shapes)
        return Amount.of(*found) * self.itemsize if len(found) == 1 and not self.limit else None


@record
class Account:
    """What the code of a function does with memory.

    Attributes
    ----------
    held : list of Held
        What it keeps.
    steps : list of Expr
        The operations, in order.
    made : set of int
        The numbers of those whose value is an array that NumPy makes.
    views : set of int
        Of those whose value lies in the memory of the first operand.
    inline : set of int
        Of those that are written inside their reader's line, and gone when it has run.
    given_up : set of int
        Of those whose variable is deleted behind the last reader.
    parted : set of int
        Of results that are returned as the parts of an array that they are, with no copy.
    results : list of Expr
        What is returned.
    within : callable
        Bytes that are there only while an operation is carried out.
    blocks : callable, optional
        The sizes of the blocks in which points are computed: all but the last, and the last.
    """

    steps: Sequence[Expr]
    results: Sequence[Expr]
    held: list[Held] = field(default_factory=list)
    made: set[int] = field(default_factory=set)
    views: set[int] = field(default_factory=set)
    inline: set[int] = field(default_factory=set)
    given_up: set[int] = field(default_factory=set)
    parted: set[int] = field(default_factory=set)
    within: Callable[[Expr, Sizes], int] = lambda node, sizes: 0
    blocks: Callable[[Sizes], Sequence[Sizes]] | None = None

    def bytes_held(self, sizes: Sizes) -> int:
        """Of the workspace."""
        return sum(self.sizes_held(sizes).values())

    def sizes_held(self, sizes: Sizes) -> dict[str, int]:
        """Bytes of each part of the workspace; of each size of blocks there is one."""
        inner = self.blocks(sizes) if self.blocks else [sizes]
        return {h.name: sum(h.bytes(s) for s in inner) for h in self.held}

    def bytes_made(self, sizes: Sizes) -> int:
        """At most, of the arrays that a call makes, its results included."""
        if self.blocks is None:
            return _Lives(self, sizes).most()
        inner = _Lives(self, self.blocks(sizes)[0], returning=False).most()
        return inner + sum(bytes_of(o, sizes) for o in self.results)


class _Lives:
    """The arrays that NumPy makes, from the step that makes each to the last that holds it."""

    def __init__(self, account: Account, sizes: Sizes, returning: bool = True) -> None:
        self.account, self.sizes = account, sizes
        self.size = {n.id: bytes_of(n, sizes) for n in account.steps if n.id in account.made}
        self.results = account.results if returning else ()
        self.line: dict[int, int] = {}  # in which line each node is computed
        self.steps = self._in_order_of_lines()
        self.memory: dict[int, int] = {}  # whose memory the value of a node is in

    def _in_order_of_lines(self) -> list[Expr]:
        """What is written inside a line is computed there."""
        place = {n.id: i for i, n in enumerate(self.account.steps)}
        line, end = self.line, len(place)
        for node in reversed(self.account.steps):
            at = line.get(node.id, end) if node.id in self.account.inline else place[node.id]
            line[node.id] = at
            for a in node.args:
                line[a.id] = min(at, line.get(a.id, end))
        return sorted(self.account.steps, key=lambda n: (line[n.id], place[n.id]))

    def most(self) -> int:
        """Bytes of the values that are there at the same time, at most."""
        last = self._last()
        dying: dict[int, list[int]] = {}
        for node, at in last.items():
            dying.setdefault(at, []).append(node)
        now = most = 0
        for place, step in enumerate(self.steps):
            if self.memory.get(step.id, -1) == step.id:
                now += self.size[step.id]
            most = max(most, now + self.account.within(step, self.sizes))
            now -= sum(self.size[i] for i in dying.get(place, ()))
        return max(most, now + self._copied())

    def _last(self) -> dict[int, int]:
        """For each memory the step after which nothing holds it; what stays to the end has none."""
        end = len(self.steps)
        readers = {a.id: i for i, step in enumerate(self.steps) for a in step.args}
        done = {self.line[step.id]: place for place, step in enumerate(self.steps)}
        last: dict[int, int] = {}
        for place, step in enumerate(self.steps):
            owner = self._owner(step, place, readers)
            if owner is None:
                continue
            self.memory[step.id] = owner
            until = readers.get(step.id, place)
            if step.id not in self.account.inline:  # a variable is deleted behind a line
                is_brief = step.id in self.account.given_up
                until = done[self.line[self.steps[until].id]] if is_brief else end
            last[owner] = max(until, last.get(owner, place))
        for o in self.results:
            if o.id in self.memory:
                last[self.memory[o.id]] = end
        return last

    def _owner(self, step: Expr, place: int, readers: dict[int, int]) -> int | None:
        if step.id in self.account.views:
            return self.memory.get(step.args[0].id)
        if step.id not in self.account.made:
            return None
        for a in step.args:
            if readers.get(a.id) == place and self._is_elided(a, step):
                return self.memory[a.id]
        return step.id

    def _is_elided(self, a: Expr, step: Expr) -> bool:
        """Whether NumPy writes the result into an operand that nothing else holds."""
        inside = a.id in self.account.inline and a.id in self.account.made
        same = (a.shape, a.dtype) == (step.shape, step.dtype)
        plain = all(b.shape in ((), a.shape) for b in step.args)
        sign = registry[step.op].infix
        known = sign in _ELIDING and (a is step.args[0] or sign in _COMMUTING)
        return inside and same and plain and known and self.size[a.id] >= ELIDED

    def _copied(self) -> int:
        """Results that are no arrays of their own: leaves, views, and what is returned twice."""
        first = {o.id: i for i, o in reversed([*enumerate(self.results)])}
        own = self.account.made | self.account.parted
        copies = [o for i, o in enumerate(self.results) if o.id not in own or first[o.id] != i]
        kept = {s.id for s in self.account.steps} - self.account.made - self.account.views
        return sum(bytes_of(o, self.sizes) for o in copies if o.id not in kept)


def bytes_of(node: Expr, sizes: Sizes) -> int:
    """Of a node's value."""
    return elements_of(node, sizes) * node.dtype.itemsize


def elements_of(node: Expr, sizes: Sizes) -> int:
    """How many numbers a node's value is."""
    return evaluate(node.size, sizes)
