"""What a function of style="fast" keeps from call to call: its names, and how it is made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...graph.dims import Dim, names_of, product
from ...graph.graph import Expr
from ...graph.types import Shape
from ...ops.literals import number_text
from ..account import Held, largest
from ..naming import Names
from ..packing import Stack
from ..plan import Buffer, Row
from . import text
from .body import Workspace
from .templates import LARGEST_SPREAD, LONGEST_DOT, Filled, Spread, Total

_SMALL = 2**18  # elements of an array of one number
_TURNED = {".T": "_T", "[None]": "_row", "[:, None]": "_column"}  # what such views are called


class Kept:
    """Names what is kept as it is first used, and at the end says how it is made.

    Attributes
    ----------
    variables : dict of Buffer to str
        What the arrays that are computed in are called.
    """

    def __init__(self, workspace: Workspace, names: Names, dims: Sequence[str]) -> None:
        self.workspace, self.names, self.dims = workspace, names, dims
        self.variables: dict[Buffer, str] = {}
        self.filled: dict[tuple[Filled, np.dtype[Any]], str] = {}
        self.scales: dict[tuple[str, np.dtype[Any]], str] = {}
        self.spread: dict[tuple[Shape, Shape, np.dtype[Any]], str] = {}
        self.totals: dict[tuple[Total, np.dtype[Any]], str] = {}
        self.views: dict[tuple[str, str], str] = {}
        self.parts: set[str] = set()  # the names of views, and of arrays of several values
        self.stacks: dict[int, str] = {}
        self.slices: dict[tuple[int, str], str] = {}
        self.formulas: list[str] = []  # of arrays that only the sizes decide

    def number(self, value: float, dtype: np.dtype[Any]) -> str:
        """A number as an array at module level, which costs a call less than a literal."""
        key = dtype.name, number_text(_rounded(value, dtype))
        if key not in self.workspace.numbers:
            self.workspace.numbers[key] = self.names.numbered("C")
        return self.workspace.numbers[key]

    def scale(self, formula: str, dtype: np.dtype[Any]) -> str:
        """A number that only the sizes decide, kept with the workspace of these sizes."""
        if (formula, dtype) not in self.scales:
            self.scales[formula, dtype] = self.names.numbered("scale")
        return self.scales[formula, dtype]

    def constant(self, x: Filled, dtype: np.dtype[Any]) -> str:
        """An array of one number."""
        if (x, dtype) not in self.filled:
            stem = {1.0: "ones", 0.0: "zeros"}.get(x.value, "filled")
            self.filled[x, dtype] = self.names.numbered(stem)
        return self.filled[x, dtype]

    def room(self, x: Spread) -> str:
        """An array to repeat an operand in."""
        key = x.shape, x.source.shape, x.source.dtype
        if key not in self.spread:
            self.spread[key] = self.names.numbered("spread")
        return self.spread[key]

    def total(self, x: Total, dtype: np.dtype[Any]) -> str:
        """A function that sums an array."""
        if (x, dtype) not in self.totals:
            self.totals[x, dtype] = self.names.numbered("sum")
        return self.totals[x, dtype]

    def has(self, array: str, index: str) -> bool:
        """Whether this view of an array has a name."""
        return (array, index) in self.views

    def view(self, array: str, index: str, own: str = "") -> str:
        """A view of an array that is computed in."""
        key = array, index
        if key not in self.views:
            turned = _TURNED.get(index)
            own = own or (
                self.names.fresh(array + turned) if turned else self.names.numbered("view")
            )
            self.views[key] = own
            self.parts.add(own)
        return self.views[key]

    def stack(self, number: int, index: str, stem: str = "stack") -> str:
        """An array of several values, or a view of it."""
        if number not in self.stacks:
            self.stacks[number] = self.names.numbered(stem)
        if (number, index) not in self.slices:
            own = self.names.numbered("view") if index else self.stacks[number]
            self.slices[number, index] = own
            self.parts.add(own)
        return self.slices[number, index]

    def array(self, name: str, node: Expr, formula: str) -> None:
        """An array that only the sizes decide."""
        self.workspace.arrays[name] = formula
        self.workspace.held.append(Held(name, (node.shape,), node.dtype.itemsize))
        self.formulas.append(formula)

    def describe(self, slots: Sequence[Sequence[Buffer]], stacks: Sequence[Stack] = ()) -> None:
        """Write down how everything is made, and which sizes decide it."""
        sizes = [d for slot in slots for b in slot for d in b.shape]
        sizes += [d for s in stacks for d in (s.rows, *s.shape)]
        self._describe_stacks([s for s in stacks if s.number in self.stacks])
        for slot in slots:
            self._describe_slot(slot)
        self._describe_filled()
        self._describe_spread()
        self._describe_totals()
        sizes += [d for filled, _ in self.filled for d in filled.shape]
        sizes += [d for total, _ in self.totals for d in total.shape]
        sizes += [d for shape, *_ in self.spread for d in shape]
        for (formula, kind), name in self.scales.items():
            self.workspace.arrays[name] = f"np.array({formula}, np.{kind.name})"
            self.workspace.held.append(Held(name, ((),), kind.itemsize))
        for formula in [*(f for f, _ in self.scales), *self.formulas]:
            sizes += [Dim(d) for d in self.dims if re.search(rf"\b{d}\b", formula)]
        for (array, index), name in self.views.items():
            self._describe_view(name, array, index)
        self.workspace.sizes = names_of(sizes)

    def _describe_filled(self) -> None:
        """Arrays of one number."""
        for (filled, kind), name in self.filled.items():
            self.workspace.arrays[name] = _filled_text(filled, kind)
            limit = _SMALL if filled.row and len(filled.shape) > 1 else 0
            held = Held(name, (filled.shape,), kind.itemsize, limit, filled.shape[-1:])
            self.workspace.held.append(held)

    def _describe_spread(self) -> None:
        """Arrays to repeat operands in."""
        for (shape, beyond, kind), name in self.spread.items():
            fitting = _fitting_text(shape, beyond, LARGEST_SPREAD)
            self.workspace.arrays[name] = f"np.empty({fitting}, np.{kind.name})"
            held = Held(name, (shape,), kind.itemsize, LARGEST_SPREAD, beyond)
            self.workspace.held.append(held)

    def _describe_totals(self) -> None:
        """Functions that sum, which the size decides."""
        for (x, kind), name in self.totals.items():
            ones = f"np.ones({sizes_text(x.shape)}, np.{kind.name})"
            few = f"{text.of_size(product(x.shape)).text} <= {LONGEST_DOT}"
            self.workspace.arrays[name] = f"{ones}.dot if {few} else np.add.reduce"
            self.workspace.held.append(Held(name, (x.shape,), kind.itemsize, LONGEST_DOT, (0,)))

    def _describe_stacks(self, stacks: Sequence[Stack]) -> None:
        """Arrays of several values, the rows that are read alone, and views of more."""
        space = self.workspace
        for s in stacks:
            name, shape = self.stacks[s.number], (s.rows, *s.shape)
            made = f"np.empty({sizes_text(shape)}, np.{s.dtype.name})"
            filled = s.fill is not None and _filled_text(Filled(s.fill, shape), s.dtype)
            space.lines.append(f"{name} = {filled or made}")
            space.held.append(Held(name, (shape,), s.dtype.itemsize))
        rows = {b.slot: name for b, name in self.variables.items() if isinstance(b.slot, Row)}
        parts = {s.number: s.parts for s in stacks}
        for (stack, row), name in sorted(rows.items()):
            space.arrays[name] = f"{self.stacks[stack]}{parts[stack].get(row, f'[{row}]')}"
        for (number, index), name in self.slices.items():
            space.arrays[name] = f"{self.stacks[number]}{index}"

    def _describe_view(self, name: str, array: str, index: str) -> None:
        """A view, made of an array that has a line of its own."""
        made = self.workspace.arrays[array]
        if made != array:
            self.workspace.lines.append(f"{array} = {made}")
            self.workspace.arrays[array] = array
        self.workspace.arrays[name] = f"{array}{index}"

    def _describe_slot(self, slot: Sequence[Buffer]) -> None:
        """One array, or the beginnings of memory that several share."""
        space, shared = self.workspace, len(slot) > 1
        own = self.names.numbered("memory") if shared else self.variables[slot[0]]
        space.held.append(Held(own, tuple(b.shape for b in slot), slot[0].dtype.itemsize))
        dtype = f"np.{slot[0].dtype.name}"
        if not shared:
            space.arrays[own] = f"np.empty({sizes_text(slot[0].shape)}, {dtype})"
            return
        numbers = [text.of_size(b.size).text for b in slot]
        most = [text.of_size(size).text for size in largest(b.size for b in slot)]
        length = most[0] if len(most) == 1 else f"max({', '.join(most)})"
        space.lines.append(f"{own} = np.empty({length}, {dtype})")
        for b, number in zip(slot, numbers, strict=True):
            gap = "" if number.isidentifier() or number.isdigit() else " "
            rows = "" if len(b.shape) == 1 else f".reshape{sizes_text(b.shape)}"
            space.arrays[self.variables[b]] = f"{own}[:{gap}{number}]{rows}"


def _filled_text(x: Filled, dtype: np.dtype[Any]) -> str:
    """The array; of a large one the last axis alone, which NumPy repeats by itself."""
    shape = sizes_text(x.shape)
    if x.row and len(x.shape) > 1:
        shape = _fitting_text(x.shape, x.shape[-1:], _SMALL)
    if x.value in (0.0, 1.0):
        return f"np.{'ones' if x.value else 'zeros'}({shape}, np.{dtype.name})"
    return f"np.full({shape}, {number_text(_rounded(x.value, dtype))}, np.{dtype.name})"


def _rounded(value: float, dtype: np.dtype[Any]) -> float:
    """The number, or infinity if it is beyond the dtype's range, of which NumPy would warn."""
    with np.errstate(over="ignore"):
        return value if np.isfinite(dtype.type(value)) else float(dtype.type(value))


def _fitting_text(shape: Shape, beyond: Shape, limit: int) -> str:
    """A shape, or beyond so many elements another."""
    size = product(shape)
    if isinstance(size, int):
        return sizes_text(shape if size <= limit else beyond)
    return f"{sizes_text(shape)} if {text.of_size(size).text} <= {limit} else {sizes_text(beyond)}"


def sizes_text(shape: Sequence[int | Dim]) -> str:
    """A shape as NumPy's makers take it."""
    entries = [text.of_size(d).text for d in shape]
    return entries[0] if len(entries) == 1 else f"({', '.join(entries)})"
