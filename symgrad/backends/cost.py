"""What a computation costs: operations and bytes, as formulas in its named dims and as numbers.

The counts are those of the rows, whatever the target. Bytes are those of the arrays that each
operation reads and writes, one by one; views, sizes and literals count nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ..graph.amounts import Amount, total
from ..graph.dims import Dim
from ..graph.graph import Expr, hooks
from ..ops.counts import Count
from ..ops.op import registry
from .schedule import LITERALS, Schedule
from .sizes import checked_sizes

Number = int | Amount
QUANTITIES = ("flops", "transcendentals", "bytes")
_NOTHING = Amount.of(0)
_WIDTH = 48  # of formulas and operations in tables


@dataclass(frozen=True)
class Work:
    """Operations, calls of functions among them, and bytes read and written.

    Attributes
    ----------
    flops : int or Amount
        Each addition, multiplication, comparison, choice, root or call of a function, of each
        element, counts 1; a number, or the formula where sizes are open.
    transcendentals : int or Amount
        How many of these are functions beyond arithmetic and roots, such as exp.
    bytes : int or Amount
        Read and written.
    """

    flops: Number
    transcendentals: Number
    bytes: Number


@dataclass(frozen=True)
class Line(Work):
    """The work of one operation."""

    operation: str
    type: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.type}, {self.flops} flops, {self.bytes} bytes"


class Cost:
    """What one call of a function costs; see `Function.cost`.

    Attributes
    ----------
    formulas : Work
        The amounts as formulas in the named dims.
    sizes : dict
        What the named dims are; sizes counted on the way as large as they can be.

    Example
    -------
    >>> import symgrad as sg
    >>> f = sg.function(None, sg.parse("tanh(X @ W)", X="[n, 3]", W="[3, 2]"))
    >>> f.cost().flops, f.cost().transcendentals
    (14*n, 2*n)
    >>> f.cost(n=10).flops, f.cost(n=10).bytes
    (140, 768)
    """

    def __init__(self, name: str, plan: Schedule, sizes: Mapping[str, object]) -> None:
        self.name = name
        self._plan = plan
        self._works = works_of(plan)
        self.formulas = added(self._works)
        self.sizes = checked_sizes(f"{name}.cost", plan, sizes)

    @property
    def flops(self) -> Number:
        """Operations: a number, or the formula where no sizes are given."""
        return self._number(self.formulas.flops)

    @property
    def transcendentals(self) -> Number:
        """How many of the operations are functions beyond arithmetic and roots."""
        return self._number(self.formulas.transcendentals)

    @property
    def bytes(self) -> Number:
        """Bytes that the operations read and write."""
        return self._number(self.formulas.bytes)

    @property
    def recomputed(self) -> Number:
        """Of the operations, those that are carried out once more to save memory."""
        return self._number(added(works_again(self._plan, self._works)).flops)

    @cached_property
    def lines(self) -> list[Line]:
        """The work of each operation, in order."""
        return [
            Line(
                **{q: self._number(getattr(work, q)) for q in QUANTITIES},
                operation=str(hooks["summary"](node, _WIDTH)),
                type=str(node.type),
            )
            for node, work in zip(self._plan.operations, self._works, strict=True)
        ]

    def _number(self, amount: Number) -> Number:
        amount = Amount.of(amount)
        return round(amount.at(self.sizes)) if amount.names <= self.sizes.keys() else amount

    def table(self) -> str:
        """The work of each operation that has some, as a table in plain text."""
        rows = [
            (x.operation, x.type, _shown(x.flops), _shown(x.transcendentals), _shown(x.bytes))
            for x in self.lines
            if x.flops or x.bytes
        ]
        whole = [_shown(n) for n in (self.flops, self.transcendentals, self.bytes)]
        return aligned([("operation", "type", *QUANTITIES), *rows, ("in all", "", *whole)])

    def __str__(self) -> str:
        sizes = ", ".join(f"{k}={v}" for k, v in self.sizes.items())
        rows = []
        for q in QUANTITIES:
            number, formula = getattr(self, q), getattr(self.formulas, q)
            known = isinstance(number, int)
            whole = formula.names == frozenset()
            rows.append((q, _shown(number), f"= {_shown(formula)}" if known and not whole else ""))
        if self.recomputed:
            rows.append(("recomputed", f"{_shown(self.recomputed)}", "of the flops"))
        return "\n".join([f"{self.name}({sizes})", aligned(rows), *self._bounds()])

    __repr__ = __str__

    def _bounds(self) -> list[str]:
        """Sizes that are known only when the function has been run."""
        nodes = self._plan.graph.nodes
        return [
            f"{d} is counted when the function runs: at most {nodes[number].args[0].size}"
            for number, d in self._plan.counted.items()
            if d not in self._plan.dims
        ]


def _shown(number: Number) -> str:
    return f"{number:,}" if isinstance(number, int) else number.shortened(_WIDTH)


def aligned(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as lines with columns of even width."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(x.ljust(w) for x, w in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)


def added(works: Iterable[Work]) -> Work:
    """All work together."""
    listed = list(works)
    each = {id(w): w for w in listed}
    counts = Counter(map(id, listed))
    return Work(
        *(total(Amount.of(getattr(each[i], q)) * n for i, n in counts.items()) for q in QUANTITIES)
    )


def works_of(plan: Schedule) -> list[Work]:
    """The work of each operation of a schedule, in order and in time linear in their number."""
    reads: dict[int, Amount] = {}
    alike: dict[object, tuple[Work, Amount | None]] = {}
    return [_shared(node, reads, alike) for node in plan.operations]


def works_again(plan: Schedule, works: Iterable[Work]) -> list[Work]:
    """Of the work of all operations that of what is computed once more to save memory."""
    again = plan.graph.again
    return [w for n, w in zip(plan.operations, works, strict=True) if n.id in again]


def _shared(
    node: Expr, reads: dict[int, Amount], alike: dict[object, tuple[Work, Amount | None]]
) -> Work:
    """The work of a node, found once for all of its operation, types and parameters."""
    traits = [node.op, node.type, *node.params.values()]
    for a in node.args:
        traits += (a.type, id(reads.get(a.id)), a.op in LITERALS)
    key = tuple(traits)
    try:
        found = alike.get(key)
    except TypeError:  # a parameter that has no hash
        return _work(node, reads)
    if found is None:
        found = alike[key] = _work(node, reads), reads.get(node.id)
    if found[1] is not None:
        reads[node.id] = found[1]
    return found[0]


def _work(node: Expr, reads: dict[int, Amount]) -> Work:
    row = registry[node.op]
    if node.type.python:  # Python's arithmetic on sizes
        return Work(_NOTHING, _NOTHING, _NOTHING)
    moved = _NOTHING if row.view else _moved(node, row.picks, reads)
    if row.view:
        of = node.args[0]  # of which it reads each element, or repeats them, or else reads a part
        whole = node.op == "broadcast_to" or node.size == of.size
        reads[node.id] = _read(of, reads) if whole else _bytes(node)
    return Work(_counted(row.flops or 0, node), _counted(row.transcendentals, node), moved)


def _counted(count: Count, node: Expr) -> Amount:
    return count(node) if callable(count) else _times(node.size, count)


@lru_cache(maxsize=4096)
def _times(elements: int | Dim, each: int) -> Amount:
    return Amount.of(elements) * each


def _moved(node: Expr, picks: bool, reads: dict[int, Amount]) -> Amount:
    """Bytes that are read of the operands and written."""
    parts = [_read(a, reads) for a in node.args]
    if picks:
        parts[0] = _times(node.size, node.args[0].dtype.itemsize)
    return total([*parts, _bytes(node)])


def _read(node: Expr, reads: dict[int, Amount]) -> Amount:
    literal = node.op == "dim" or (node.op == "constant" and not node.shape)
    if literal or node.type.python:
        return _NOTHING
    return reads[node.id] if node.id in reads else _bytes(node)


def _bytes(node: Expr) -> Amount:
    return _times(node.size, node.dtype.itemsize)
