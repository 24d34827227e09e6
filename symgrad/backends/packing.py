"""Packing: equal steps that wait for nothing of one another become one call, on stacked arrays.

What such steps read is written, where it is computed, into the rows of one array, so that nothing
is copied. Deep networks of equal layers have most: slopes, gradients of weights, sums of biases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

import numpy as np

from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.records import record
from ..graph.types import Shape
from .cliques import FEWEST, Part, cliques
from .plan import Row


@record
class Stack:
    """An array of equal values, along a first axis of its own.

    Or else one that may be made of a number, ``fill``, and has ``parts`` in which values are put.
    """

    number: int
    rows: int | Dim
    shape: Shape
    dtype: np.dtype[Any]
    fill: float | None = None
    parts: dict[int, str] = field(default_factory=dict)


@record
class Pack:
    """Steps that are one call: for each operand, and the result if it is stacked, their rows."""

    members: list[Expr]
    columns: list[tuple[Stack, range]]


@record
class Packing:
    """All packs of a plan, by the numbers of their members, and the rows of values.

    ``gathered`` are arrays put end to end that are rows of one stack as they are.
    """

    packs: dict[int, Pack] = field(default_factory=dict)
    stacks: list[Stack] = field(default_factory=list)
    rows: dict[int, Row] = field(default_factory=dict)
    gathered: dict[int, tuple[Stack, range]] = field(default_factory=dict)


Overwrites = Callable[[Expr], Sequence[Expr]]


def pack(
    sections: Sequence[list[Expr]],
    parts: Mapping[int, Part],
    views: set[int],
    overwrites: Overwrites,
    joins: Sequence[Expr] = (),
) -> Packing:
    """Find packs, and bring the steps of each section into an order in which each is one step.

    Parameters
    ----------
    sections : sequence of lists of Expr
        The steps, in order; the lists are changed.
    parts : mapping of int to Part
        Of the steps that may be packed, by their numbers.
    views : set of int
        The steps that compute nothing.
    overwrites : function
        The operands that a step alone reads, and may overwrite.
    joins : sequence of Expr
        The arrays put end to end whose parts, all of one shape, may have rows.
    """
    together = [c for nodes in sections for c in cliques(nodes, parts, views)]
    together.sort(key=len, reverse=True)
    joins = sorted(joins, key=lambda n: len(n.args), reverse=True)
    if not together and not joins:
        return Packing()
    stacker = _Stacker(sections, parts, overwrites)
    apart = stacker.stack_all(together, joins)
    if apart:  # once more, where their parts have rows before any pack
        stacker = _Stacker(sections, parts, overwrites)
        stacker.gather_all(apart)
        stacker.stack_all(together, joins)
    for nodes in sections:
        nodes[:] = _ordered(nodes, stacker.found.packs)
    return stacker.found


@record
class _Stacker:
    """Gives the operands and results of packs their rows."""

    sections: Sequence[list[Expr]]
    parts: Mapping[int, Part]
    overwrites: Overwrites
    found: Packing = field(default_factory=Packing)

    def __post_init__(self) -> None:
        self.place = {n.id: i for i, n in enumerate(n for nodes in self.sections for n in nodes)}

    def stack_all(self, together: Sequence[list[Expr]], joins: Sequence[Expr]) -> list[Expr]:
        """Make all packs, then gather what is put end to end; what of that can not be gathered."""
        for members in together:
            self.stack(members)
        return self.gather_all(joins)

    def gather_all(self, joins: Sequence[Expr]) -> list[Expr]:
        """Those of the arrays put end to end whose parts lie elsewhere."""
        return [n for n in joins if not self.gather(n)]

    def stack(self, members: list[Expr]) -> None:
        """Make a pack of the steps, or of those whose operands fit into stacks together."""
        columns = self._fitting(self._columns(members))
        members = columns[-1]
        if len(members) < FEWEST:
            return
        columns = columns if self.parts[members[0].id].stacked else columns[:-1]
        given = (self._known(c) or self._overwritten(c) for c in columns)
        rows = next((g for g in given if g), None)
        order = [r.row for r in rows] if rows else [self.place[n.id] for n in columns[0]]
        places = sorted(range(len(members)), key=order.__getitem__)
        columns = [[c[i] for i in places] for c in columns]
        known = [self._known(c) for c in columns]
        if any(rows and _steps(rows) is None for rows in known) or _repeat(columns, known):
            return
        pack = Pack([members[i] for i in places], [self._column(c) for c in columns])
        self.found.packs.update((m.id, pack) for m in members)

    def gather(self, node: Expr) -> bool:
        """Let parts that are put end to end be rows next to one another, if none lies apart."""
        if node.id in self.found.gathered:
            return True
        lie = [n.id in self.found.rows for n in node.args]
        rows = self._known(node.args) or self._overwritten(node.args)
        if (any(lie) and not all(lie)) or (rows and not _are_adjacent(rows)):
            return False
        self.found.gathered[node.id] = self._column(node.args)
        return True

    def _columns(self, members: list[Expr]) -> list[list[Expr]]:
        """For each operand the values of all members; and the members."""
        reads = zip(*(self.parts[m.id].reads for m in members), strict=True)
        return [*map(list, reads), members]

    def _fitting(self, columns: list[list[Expr]]) -> list[list[Expr]]:
        """Without members of which a value lies elsewhere than most, or nowhere while most do."""
        for k in range(len(columns)):
            rows = [self.found.rows.get(n.id) for n in columns[k]]
            counts = Counter(r.stack for r in rows if r)
            if counts:
                most = max(counts, key=counts.__getitem__)
                fits = [i for i, r in enumerate(rows) if r and r.stack == most]
                columns = [[c[i] for i in fits] for c in columns]
        return columns

    def _known(self, column: Sequence[Expr]) -> list[Row] | None:
        known = self.found.rows
        if not all(n.id in known for n in column):
            return None
        return [known[n.id] for n in column]

    def _overwritten(self, column: Sequence[Expr]) -> list[Row] | None:
        """The rows of operands that all may be written over, if they are of one stack."""
        known, rows = self.found.rows, list[Row]()
        for n in column:
            row = next((known[a.id] for a in self.overwrites(n) if a.id in known), None)
            if row is None or row.stack != (rows or [row])[0].stack:
                return None
            rows.append(row)
        return rows if len({*rows}) == len(rows) else None

    def _column(self, column: Sequence[Expr]) -> tuple[Stack, range]:
        """The rows of values: those they have, those they overwrite, or a stack of their own."""
        rows = self._known(column) or self._overwritten(column)
        if rows is None or _steps(rows) is None:
            stack = Stack(len(self.found.stacks), len(column), column[0].shape, column[0].dtype)
            self.found.stacks.append(stack)
            rows = [Row(stack.number, i) for i in range(len(column))]
        self.found.rows.update((n.id, r) for n, r in zip(column, rows, strict=True))
        steps = _steps(rows)
        assert steps is not None
        return self.found.stacks[rows[0].stack], steps


def _steps(rows: Sequence[Row]) -> range | None:
    """The rows as a range, if they are equally far apart."""
    first, second = rows[0].row, rows[1].row
    steps = range(first, first + (second - first) * len(rows), second - first or 1)
    return steps if [r.row for r in rows] == [*steps] else None


def _are_adjacent(rows: Sequence[Row]) -> bool:
    """Whether each row is the next one of one stack."""
    return rows == [Row(rows[0].stack, rows[0].row + i) for i in range(len(rows))]


def _repeat(columns: Sequence[Sequence[Expr]], known: Sequence[object]) -> bool:
    """Whether a value would need two rows of a new stack, or of two new stacks."""
    new = [n.id for c, rows in zip(columns, known, strict=True) if not rows for n in c]
    return len({*new}) < len(new)


def _ordered(nodes: list[Expr], packs: dict[int, Pack]) -> list[Expr]:
    """The steps, those of a pack one after another; packs that wait for themselves are given up."""
    if not any(n.id in packs for n in nodes):
        return nodes
    done = _carried_out(nodes, packs)
    if len(done) < len(nodes):
        known = {n.id for n in done}
        for n in nodes:
            if n.id not in known:
                packs.pop(n.id, None)
        done = _carried_out(nodes, packs)
    return done


def _carried_out(nodes: Sequence[Expr], packs: Mapping[int, Pack]) -> list[Expr]:
    """The steps in an order in which packs are carried out as soon as they can be."""
    unit = {n.id: packs[n.id].members[0].id if n.id in packs else n.id for n in nodes}
    readers: dict[int, list[int]] = {}
    waits = dict.fromkeys(unit.values(), 0)
    for n in nodes:
        for a in n.args:
            if a.id in unit:
                readers.setdefault(a.id, []).append(unit[n.id])
                waits[unit[n.id]] += 1
    steps = {n.id: [n] for n in nodes} | {p.members[0].id: p.members for p in packs.values()}
    free = [u for u in waits if u in packs and not waits[u]]
    reached, done = {*free}, list[Expr]()
    for n in nodes:
        if unit[n.id] not in reached and n.id not in packs:
            reached.add(n.id)
            free += [n.id] if not waits[n.id] else []
        while free:
            for step in steps[free.pop()]:
                done.append(step)
                for u in readers.get(step.id, ()):
                    waits[u] -= 1
                    if not waits[u] and (u in packs or u in reached):
                        free.append(u)
    return done
