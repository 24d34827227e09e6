"""Arrays put end to end with constants, in memory that is kept: the constants are written once.

What the first part is computed as is computed in its place; other parts are copied there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

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


class JoinedWriter(PackedWriter):
    """Writes the lines of a function in which such arrays are kept."""

    joins: dict[int, Stack]

    def _arranged(self) -> Mapping[int, Row]:
        """The rows of values in stacked arrays, and the parts that are computed in their place."""
        rows = dict(super()._arranged())
        self.joins = {}
        for node in self.plan.operations:
            if node.op == "concatenate" and self.kinds[node.id] is Kind.VALUE:
                self._join(node, rows)
        return rows

    def _stacks(self) -> Sequence[Stack]:
        return [*super()._stacks(), *self.joins.values()]

    def _join(self, node: Expr, rows: dict[int, Row]) -> None:
        """Keep the memory of an array, if some of it is one constant, or all of it arguments."""
        fills = {_constant(a) for a in node.args} - {None}
        given = all(_source(a).op == "input" for a in node.args)
        if node.id in self.returned or node.id in self.sized or not self._fits(node):
            return
        if len(fills) > 1 or not (fills or given):
            return
        number = len(self._stacks())
        first, inside = next(_places(node))
        stack = Stack(number, node.shape[0], node.shape[1:], node.dtype, next(iter(fills), None))
        own = self.kinds.get(first.id) is Kind.INTO
        own = own and first.id not in rows and first.id not in self.reread
        if own and not node.params["axis"] and first.shape == node.args[0].shape:
            rows[first.id] = Row(number, 0)
            stack.part = inside
            self.kinds[node.id] = Kind.VIEW  # of the memory of its first part
        self.joins[node.id] = stack

    def _fits(self, node: Expr) -> bool:
        """Whether an array can be kept, and its parts are known."""
        axis = node.params["axis"]
        known = all(a.dtype == node.dtype and isinstance(a.shape[axis], int) for a in node.args)
        fits = node.type.is_floating and typical_bytes(node) <= _LARGEST
        return known and fits and self._is_made_early(node.shape)

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
        stack = self.joins.get(node.id)
        if stack is None:
            super()._place(node)
            return
        name = self.kept.stack(stack.number, "", "joined")
        self.texts[node.id] = Text(name)
        about = f"{name}: {', '.join(self._said(part) for part, _ in _places(node))}"
        for part, index in _places(node):
            if index != stack.part and _constant(part) is None:
                place = self.kept.stack(stack.number, index)
                self._line(f"{place}[...] = {self._text(part).text}", about)
                about = f"part of {name}"

    def _said(self, part: Expr) -> str:
        """What a part is called, or the number that all of it is."""
        number = _constant(part)
        return self._text(part).text if number is None else f"{number:g}"


def _constant(x: Expr) -> float | None:
    """The number that all elements are, unless arrays are made of it by no name."""
    value = x.args[0].value if x.op == "broadcast_to" else x.value
    number = float(value.flat[0]) if value is not None and value.size == 1 else math.nan
    return number if math.isfinite(number) and str(number) != "-0.0" else None


def _source(x: Expr) -> Expr:
    """What is copied for a part: without a first axis of size 1."""
    return x.args[0] if x.op == "expand_dims" and x.params["axis"] == (0,) else x


def _places(node: Expr) -> Iterator[tuple[Expr, str]]:
    """What the parts are copied from, and where to: NumPy is faster at copying to equal shapes."""
    axis, start = node.params["axis"], 0
    for part in node.args:
        stop, source = start + part.shape[axis], _source(part)
        row = f"[{start}]" if source.ndim else f"[{start}, ...]"
        whole = f"[{':, ' * axis}{start or ''}:{stop}]"
        yield source, row if source is not part and not axis else whole
        start = stop
