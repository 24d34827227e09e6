"""Where the arrays of a computation live: liveness, steps in place, and memory that serves several.

Every step of a schedule writes a buffer that is known beforehand, is a view of what it reads, or
makes a value of its own. A buffer is an array of a slot, and the buffers of one slot hold values
that are never needed at the same time (linear scan, as compilers allocate registers: Poletto and
Sarkar, ACM TOPLAS 21, 1999).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..graph.dims import Dim, evaluate, names_of, product
from ..graph.graph import Expr
from ..graph.records import record
from ..graph.types import Shape, Type


class Kind(Enum):
    """Where the value of a step is put."""

    INTO = "into"  # a buffer, or the memory of an operand that nothing else reads
    VIEW = "view"  # the memory of the first operand
    VALUE = "value"  # an array or a number that NumPy makes


class Row(NamedTuple):
    """A row of an array of several values, which is no slot: it is never given up."""

    stack: int
    row: int


class Buffer(NamedTuple):
    """An array of a slot: the slot's memory, or the beginning of it, in a shape; or a row."""

    slot: int | Row
    shape: Shape
    dtype: np.dtype[Any]

    def __hash__(self) -> int:
        return hash(self[:2])  # dtypes are slow

    @property
    def size(self) -> int | Dim:
        """Number of elements."""
        return _elements(self.shape)


@lru_cache(maxsize=4096)
def _elements(shape: Shape) -> int | Dim:
    return product(shape)


@record
class Plan:
    """What `allocate` found.

    Attributes
    ----------
    buffers : dict of int to Buffer
        Where the value of a node is put, by its number.
    slots : list of list of Buffer
        The arrays that share a slot's memory, each once.
    """

    buffers: dict[int, Buffer] = field(default_factory=dict)
    slots: list[list[Buffer]] = field(default_factory=list)


_RESHAPES = ("reshape", "expand_dims", "squeeze")
_TYPICAL = 64  # of named dims, to compare sizes with


def allocate(
    steps: Sequence[Expr],
    kinds: dict[int, Kind],
    kept: Iterable[Expr],
    overwritable: Callable[[Expr], Sequence[Expr]],
    rows: Mapping[int, Row] | None = None,
    apart: bool = False,
) -> Plan:
    """Give every value that is written into memory its buffer.

    Parameters
    ----------
    steps : sequence of Expr
        The operations in the order in which they are carried out.
    kinds : dict
        The kind of every step, by its number.
    kept : iterable of Expr
        What is needed when all is done.
    overwritable : function
        The operands that a step may overwrite while it reads them.
    rows : mapping of int to Row, optional
        The rows of the values that have one.
    apart : bool
        Whether what is needed when all is done shares its memory with nothing else.
    """
    if Kind.INTO not in kinds.values():
        return Plan()
    return _Allocator(steps, kinds, kept, overwritable, rows or {}, apart).run()


@record
class _Allocator:
    steps: Sequence[Expr]
    kinds: dict[int, Kind]
    kept: Iterable[Expr]
    overwritable: Callable[[Expr], Sequence[Expr]]
    rows: Mapping[int, Row]
    apart: bool

    def __post_init__(self) -> None:
        self.plan = Plan()
        self.capacity: list[int] = []  # bytes of the slots, at the typical size
        self.free: dict[np.dtype[Any], list[tuple[int, int, int]]] = {}  # (capacity, shape, slot)
        self.shapes: dict[Shape, int] = {}  # the number of each
        self.buffers: dict[Buffer, Buffer] = {}
        self.memory: dict[int, int] = {}  # of views, the node whose memory they are in
        self.last = self._last_reads()
        self.dying: dict[int, list[int]] = {}  # what each step is the last to read
        for memory, place in self.last.items():
            if self.kinds.get(memory) is Kind.INTO:
                self.dying.setdefault(place, []).append(memory)

    def _last_reads(self) -> dict[int, int]:
        """For every memory, the step that reads it last."""
        last: dict[int, int] = {}
        memory = self.memory
        for place, step in enumerate(self.steps):
            if self.kinds[step.id] is Kind.VIEW:
                memory[step.id] = self._memory(step.args[0])
            for a in step.args:
                last[memory.get(a.id, a.id)] = place
        for x in self.kept:
            last[self._memory(x)] = len(self.steps)
        return last

    def _memory(self, node: Expr) -> int:
        return self.memory.get(node.id, node.id)

    def run(self) -> Plan:
        """The buffers of all steps, in one pass over them."""
        for place, step in enumerate(self.steps):
            taken = None
            if step.id in self.rows:
                row = self.rows[step.id]
                self.plan.buffers[step.id] = Buffer(row, step.shape, step.dtype)
            elif self.kinds[step.id] is Kind.INTO:
                taken = self._overwritten(step, place)
                self.plan.buffers[step.id] = self._in_place(step, taken) or self._fresh(step)
            if place in self.dying:
                self._release(self.dying[place], taken)
        return self.plan

    def _overwritten(self, step: Expr, place: int) -> int | None:
        """The memory of an operand of the same type that this step is the last to read."""
        for a in self.overwritable(step):
            memory = self._memory(a)
            if self.last.get(memory) != place:
                continue
            found = self.plan.buffers.get(self._reshaped(a).id)
            fits = found and (a.shape, found.dtype) == (step.shape, step.dtype)
            if found and fits and self._suits(found, step):
                return memory
        return None

    def _suits(self, found: Buffer, step: Expr) -> bool:
        """Whether a step may take over a row, or the whole memory of a slot."""
        if isinstance(found.slot, Row):
            return found.shape == step.shape
        return not self._is_apart(step) or self.capacity[found.slot] == typical_bytes(step)

    def _reshaped(self, node: Expr) -> Expr:
        """What is reshaped: all of its memory, in order."""
        while self.kinds.get(node.id) is Kind.VIEW and node.op in _RESHAPES:
            node = node.args[0]
        return node

    def _in_place(self, step: Expr, taken: int | None) -> Buffer | None:
        if taken is None:
            return None
        found = self.plan.buffers[taken]
        if found.shape == step.shape:
            return found
        return self._noted(Buffer(found.slot, step.shape, found.dtype))

    def _fresh(self, step: Expr) -> Buffer:
        """A buffer in the smallest free slot that is large enough, or in the largest, or a new.

        Of equal ones in one that held this shape: whatever the sizes are, it need not grow.
        """
        needed, shape = typical_bytes(step), self._number(step.shape)
        free = self.free.setdefault(step.dtype, [])
        if free and not self._is_apart(step):
            i = bisect_left(free, (needed, shape, -1))
            if i == len(free) or free[i][:2] != (needed, shape):
                i = min(bisect_left(free, (needed, -1, -1)), len(free) - 1)
            capacity, _, slot = free.pop(i)
            self.capacity[slot] = max(capacity, needed)
        else:
            slot = len(self.capacity)
            self.capacity.append(needed)
            self.plan.slots.append([])
        return self._noted(Buffer(slot, step.shape, step.dtype))

    def _is_apart(self, step: Expr) -> bool:
        """Whether a step writes what is needed when all is done, and is kept alone, and twice."""
        return self.apart and self.last.get(step.id) == len(self.steps)

    def _noted(self, buffer: Buffer) -> Buffer:
        """The buffer, each of a slot once."""
        if isinstance(buffer.slot, Row):
            return buffer
        known = self.buffers.setdefault(buffer, buffer)
        if known is buffer:
            self.plan.slots[buffer.slot].append(buffer)
        return known

    def _release(self, dying: Sequence[int], taken: int | None) -> None:
        """Free the slots of what is not read any more."""
        for memory in dying:
            buffer = self.plan.buffers[memory]
            if memory != taken and not isinstance(buffer.slot, Row):
                slot, shape = buffer.slot, self._number(buffer.shape)
                insort(self.free[buffer.dtype], (self.capacity[slot], shape, slot))

    def _number(self, shape: Shape) -> int:
        return self.shapes.setdefault(shape, len(self.shapes))


def typical_bytes(node: Expr) -> int:
    """Bytes of a node's value at sizes that are neither small nor large."""
    return _typical(node.type)


@lru_cache(maxsize=4096)
def _typical(type_: Type) -> int:
    sizes = dict.fromkeys(names_of([type_.size]), _TYPICAL)
    return evaluate(type_.size, sizes) * type_.dtype.itemsize
