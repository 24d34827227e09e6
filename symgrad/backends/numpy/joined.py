"""Arrays put end to end with constants, in memory that is kept: the constants are written once.

Parts that are computed in memory are computed in their place; others are copied there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...graph.graph import Expr
from ..naming import Names
from ..packing import Stack
from ..plan import Kind, Row, typical_bytes
from ..schedule import Schedule
from . import text
from .body import Body
from .packed import PackedWriter
from .planned import PlannedWriter
from .release import is_large, released
from .text import Text

_FIXED = re.compile(r"\.T|\[[-\d:, ]*\]")  # what makes the same view in every call
_LARGEST = 2**16  # bytes at the typical size: larger memory serves several values in turn


def write_planned(
    plan: Schedule,
    names: Names,
    asked: Sequence[Expr] = (),
    scipy: bool = False,
    reuse: bool = False,
    packed: bool = True,
) -> Body:
    """As `write_body`, of calls with outputs; ``workspace`` says what the function keeps.

    Arrays that have no place there are given up as soon as nothing reads them any more. ``reuse``
    says that the outputs have a place too, and so are overwritten by a later call; ``packed`` that
    equal calls may become one and that more memory is kept.
    """
    kind = JoinedWriter if packed else PlannedWriter
    writer = kind(plan, names, asked or plan.outputs, scipy, reuse)
    body = writer.write()
    own = [n for n in plan.operations if writer.kinds[n.id] is Kind.VALUE]
    body.lines = released(body, {names.of[n.id] for n in own if is_large(n, names)})
    return body


class Join(NamedTuple):
    """The memory that an array is a part of, and where it begins there."""

    stack: Stack
    start: int


class Place(NamedTuple):
    """Of a part of an array: what is copied for it, and where to."""

    part: Expr
    source: Expr
    start: int
    view: str

    @property
    def is_turned(self) -> bool:
        """Whether the part is the transpose of what is copied."""
        return self.part.op == "transpose" and self.source is not self.part


class JoinedWriter(PackedWriter):
    """Writes the lines of a function in which such arrays are kept."""

    joins: dict[int, Join]
    in_place: dict[int, Expr]
    count: int  # of the arrays that are no part of another

    def _arranged(self) -> Mapping[int, Row]:
        """The rows of values in stacked arrays, and the parts that are computed in their place."""
        rows = dict(super()._arranged())
        self.joins, self.in_place, self.count = {}, {}, 0
        for node in reversed(self.plan.operations):  # an array before those that are parts of it
            if node.id in self.joins or (self._fits(node) and self._is_kept(node)):
                self._join(node, rows)
        return rows

    def _stacks(self) -> Sequence[Stack]:
        own = {join.stack.number: join.stack for join in self.joins.values()}
        return [*super()._stacks(), *own.values()]

    def _needed(self) -> Sequence[Expr]:
        """Nothing else is written where a part is, which is read with the others later."""
        return [*super()._needed(), *self.in_place.values()]

    def _fits(self, node: Expr, whole: Expr | None = None) -> bool:
        """Whether an array can be kept, and its parts are known; perhaps as a part of another."""
        if node.op != "concatenate" or self.kinds.get(node.id) is not Kind.VALUE:
            return False
        if node.id in self.returned or node.id in self.sized:
            return False
        axis = node.params["axis"]
        if whole is not None and (axis or whole.params["axis"]):
            return False
        known = all(a.dtype == node.dtype and isinstance(a.shape[axis], int) for a in node.args)
        fits = node.type.is_floating and typical_bytes(node) <= _LARGEST
        return known and fits and self._is_made_early(node.shape)

    def _is_kept(self, node: Expr) -> bool:
        """Whether some of an array is one constant, or all parts lie in memory or are turned."""
        fills, places = self._fills(node), _places(node)
        ready = (p.source.op == "input" or p.is_turned or self._is_own(p, node) for p in places)
        return len(fills) == 1 or (not fills and all(ready))

    def _fills(self, node: Expr) -> set[float]:
        """The constants in it."""
        parts = [b for a in node.args for b in (a.args if self._fits(a, node) else (a,))]
        return {f for p in parts if (f := _constant(p)) is not None}

    def _is_own(self, place: Place, whole: Expr) -> bool:
        """Whether a part may be computed in its place."""
        number = place.source.id
        free = self.kinds.get(number) is Kind.INTO and number not in self.reread
        return free and not place.is_turned and not whole.params["axis"]

    def _join(self, node: Expr, rows: dict[int, Row]) -> None:
        """Keep the memory of an array, and find what is computed there."""
        whole = node.id not in self.joins
        if whole:
            number, fill = len(super()._stacks()) + self.count, next(iter(self._fills(node)), None)
            stack = Stack(number, node.shape[0], node.shape[1:], node.dtype, fill, {})
            self.joins[node.id] = Join(stack, 0)
            self.count += 1
        stack, start = self.joins[node.id]
        for place in _places(node, start):
            if whole and self._fits(place.part, node):
                self.joins.setdefault(place.part.id, Join(stack, place.start))
            elif self._is_own(place, node) and place.source.id not in rows:
                rows[place.source.id] = Row(stack.number, place.start)
                stack.parts[place.start] = place.view
                self.in_place[place.source.id] = place.source

    def _expression(self, node: Expr) -> Text:
        part = self.joins and node.op == "getitem" and node.args[0].ndim
        return self._view(node) if part else super()._expression(node)

    def _view(self, node: Expr) -> Text:
        """A view of what is kept is kept as well, if it is the same in every call."""
        found = super()._view(node)
        inner = self._text(node.args[0]).at(text.ATOM)
        index = found.text.removeprefix(inner)
        fixed = self.joins and node.ndim and found.text.startswith(inner)
        if fixed and _FIXED.fullmatch(index):
            return Text(self._kept_view(node, inner, index))
        return found

    def write(self) -> Body:
        """The body, and in ``body.workspace`` what it keeps and reads by name."""
        body = super().write()
        if self.joins:
            body.made = (body.made or set()) - self.joins.keys()
            code = [line.partition("  # ")[0] for line in body.lines]
            said = {*re.findall(r"\w+", "\n".join([*code, *body.returned]))}
            for name in self.kept.parts - said:  # others are views of it
                body.workspace.arrays.pop(name, None)
        return body

    def _place(self, node: Expr) -> None:
        join = self.joins.get(node.id)
        if join is None:
            super()._place(node)
            return
        stack, start = join
        stop = start + node.shape[0]
        part = f"[{start or ''}:{stop}]" if (start, stop) != (0, stack.rows) else ""
        self.texts[node.id] = Text(self.kept.stack(stack.number, part, "joined"))
        whole = self.kept.stacks[stack.number]
        places = [*_places(node, start)]
        about = f"{whole}: {', '.join(self._said(p, stack) for p in places)}"
        for place in places:
            if not self._is_there(place, stack):
                name = self.kept.stack(stack.number, place.view)
                index = "..." if place.source.ndim else "()"  # which NumPy is faster at
                self._line(f"{name}[{index}] = {self._text(place.source).text}", about)
                about = f"part of {whole}"

    def _is_there(self, place: Place, stack: Stack) -> bool:
        """Whether a part is a constant, or computed in its place."""
        inner = self.joins.get(place.part.id)
        there = stack.parts.get(place.start) and place.source.id in self.in_place
        within = inner is not None and inner == (stack, place.start)
        return within or bool(there) or _constant(place.part) is not None

    def _said(self, place: Place, stack: Stack) -> str:
        """What a part is called, or its parts, or the number that all of it is."""
        number = _constant(place.part)
        if number is not None:
            return f"{number:g}"
        if self.joins.get(place.part.id) == (stack, place.start):
            return ", ".join(self._said(p, stack) for p in _places(place.part, place.start))
        return self._text(place.source).text


def _constant(x: Expr) -> float | None:
    """The number that all elements are, unless arrays are made of it by no name."""
    value = x.args[0].value if x.op == "broadcast_to" else x.value
    number = float(value.flat[0]) if value is not None and value.size == 1 else math.nan
    return number if math.isfinite(number) and str(number) != "-0.0" else None


def _places(node: Expr, start: int = 0) -> Iterator[Place]:
    """What the parts are copied from, and where to, if the first begins there.

    NumPy is faster at copying to equal shapes.
    """
    axis = node.params["axis"]
    for part in node.args:
        stop = start + part.shape[axis]
        whole = f"[{':, ' * axis}{start or ''}:{stop}]"
        if part.op == "expand_dims" and part.params["axis"] == (0,):
            source = part.args[0]
            row = f"[{start}]" if source.ndim else f"[{start}, ...]"
            yield Place(part, source, start, whole if axis else row)
        elif part.op == "transpose" and part.ndim == 2:
            yield Place(part, part.args[0], start, f"{whole}.T")
        else:
            yield Place(part, part, start, whole)
        start = stop
