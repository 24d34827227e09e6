"""Equal calls of many layers as one, of stacked arrays, for style="fast"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ...graph.graph import Expr
from ...graph.types import show_shape
from ..cliques import FEWEST
from ..packing import Pack, Stack, pack
from ..plan import Kind, Row, typical_bytes
from .body import Body
from .kept import sizes_text
from .packs import packable, parts_of, rows_text
from .planned import PlannedWriter
from .results import Result
from .templates import Operand, Spread
from .text import Text

_LARGEST = 2**14  # bytes, at the typical size, of what is computed where it is put end to end


class PackedWriter(PlannedWriter):
    """Writes the lines of a function in which equal steps are one, and results are kept."""

    def _arranged(self) -> Mapping[int, Row]:
        """The rows of values in stacked arrays; the steps are brought into the order of packs.

        Only where products are equal, as in layers, equal steps are looked for.
        """
        plan = self.plan
        self.beside = {*self.direct, *self.absorbed, *self.reread, *self.sized}
        products = [n.shape for n in plan.operations if n.op == "matmul"]
        many = len(products) >= FEWEST and max(Counter(products).values()) >= FEWEST
        layered = many and not plan.counted  # what reads a counted size may not be moved
        free = [n for n in plan.operations if self._is_free(n)] if layered else []
        parts = parts_of(free, self.calls, self.kinds)
        sections = [plan.forward, plan.backward, plan.update]
        joins = [n for n in plan.operations if layered and self._is_gatherable(n)]
        self.packing = pack(sections, parts, self.views, self._replaceable, joins)
        self.kinds.update(dict.fromkeys(self.packing.gathered, Kind.VIEW))
        return self.packing.rows

    def _is_gatherable(self, node: Expr) -> bool:
        """Whether an array is of small parts of one shape, each in memory that may be a row."""
        if node.op != "concatenate" or node.params["axis"] or node.id in self.beside:
            return False
        parts = {*node.args}
        if node.id in self.returned or not FEWEST <= len(node.args) == len(parts):
            return False
        in_memory = all(
            self.kinds.get(a.id) is Kind.INTO and a.id not in self.beside for a in parts
        )
        kinds = {(a.shape, a.dtype) for a in parts}
        return in_memory and len(kinds) == 1 and typical_bytes(node.args[0]) <= _LARGEST

    def _needed(self) -> Sequence[Expr]:
        """Nothing else is written where parts are, which are read together later."""
        gathered = [n for n in self.plan.operations if n.id in self.packing.gathered]
        return [*super()._needed(), *(a for n in gathered for a in n.args)]

    def _is_free(self, node: Expr) -> bool:
        """Whether a step writes memory that is kept, or a new array whose size is known."""
        if self.kinds[node.id] is Kind.INTO:
            return True
        if node.id not in self.returned or node.id not in self.calls or not node.ndim:
            return False
        if node.id in self.beside:
            return False
        return self._is_made_early(node.shape) and self._is_known(self.calls[node.id])

    def _replaceable(self, node: Expr) -> Sequence[Expr]:
        """The operands that a step in memory alone reads, and may overwrite."""
        return self._own_operands(node) if self.kinds.get(node.id) is Kind.INTO else ()

    def _own_operands(self, node: Expr) -> Sequence[Expr]:
        """The operands in memory that a step alone reads, and may overwrite."""
        kinds, uses = self.kinds, self.plan.uses
        own = [a for a in self._overwritable(node) if uses[a.id] == 1]
        kind = node.shape, node.dtype
        return [a for a in own if kinds.get(a.id) is Kind.INTO and (a.shape, a.dtype) == kind]

    def _stacks(self) -> Sequence[Stack]:
        return self.packing.stacks

    def _new_arrays(self) -> Iterator[Pack]:
        """The packs whose result is a new array."""
        for number, found in self.packing.packs.items():
            if number == found.members[0].id and self.kinds[number] is Kind.VALUE:
                yield found

    def _results(self) -> Sequence[Result]:
        """What may be computed in memory of an earlier call: all results of a pack together."""
        if self.reuse:
            return ()
        new = {o.id: o for o in self.plan.returned if self.kinds.get(o.id) is Kind.VALUE}
        known = [o for i, o in new.items() if self._is_free(o) and self.calls[i].into]
        alone = [Result(o.id, o.shape, o.dtype) for o in known if o.id not in self.packing.packs]
        pairs = [(p.members[0], len(p.members)) for p in self._new_arrays()]
        return alone + [Result(n.id, (count, *n.shape), n.dtype) for n, count in pairs]

    def _within_results(self) -> dict[int, Expr]:
        """Of each result what it may overwrite, of that again, as long as it is no row."""
        found: dict[int, Expr] = {}
        for result in self.plan.returned:
            lasting = result.id in self.lasting and result.id not in self.packing.packs
            node = result if lasting else None
            while node is not None:
                free = (a for a in self._own_operands(node) if self._is_alone(a))
                node = next(free, None)
                if node is not None:
                    found[node.id] = result
        return found

    def _is_alone(self, node: Expr) -> bool:
        """Whether a step is none of several that one call computes."""
        return node.id not in self.packing.rows and "{flat}" not in self.calls[node.id].into

    def write(self) -> Body:
        """The body, and in ``body.workspace`` what it keeps."""
        body = super().write()
        for together in self._new_arrays():
            members = {m.id for m in together.members}
            body.parts |= members
            if body.made is not None and together.members[0].id in self.lasting:
                body.made -= members
        return body

    def _place(self, node: Expr) -> None:
        found = self.packing.packs.get(node.id)
        if node.id in self.packing.gathered:
            stack, rows = self.packing.gathered[node.id]
            shape = f".reshape({sizes_text(node.shape)})"
            self.texts[node.id] = Text(self._rows(stack, rows, shape))
        elif found is None:
            super()._place(node)
        elif node is found.members[0]:
            self._write_pack(found)

    def _write_pack(self, together: Pack) -> None:
        """One call for all steps of a pack."""
        first = together.members[0]
        stacked = self.kinds[first.id] is Kind.INTO
        said = packable(first, self.calls[first.id], self.kinds)
        assert said is not None
        labels = [self._label(m, self._primal(m)) for m in together.members]
        columns = iter(together.columns)
        operands = [
            self._packed_operand(x, base, first, columns)
            for x, base in zip(self.calls[first.id].operands, said.rows, strict=True)
        ]
        out = self._rows(*next(columns)) if stacked else self.names.numbered("stack")
        code = self.calls[first.id]._replace(text=said.text, into=said.into)
        about = f"{labels[0]}, ... {labels[-1]}: {len(labels)} of {show_shape(first.shape)}"
        if stacked or first.id in self.lasting:
            self._line(code.write(operands, out), about)
        else:
            self._line(f"{out} = {code.write(operands)}", about)
        if not stacked:
            self.array_names[first.id] = out
            self.texts.update((m.id, Text(f"{out}[{i}]")) for i, m in enumerate(together.members))

    def _packed_operand(
        self, x: Operand, base: Expr | None, first: Expr, columns: Iterator[tuple[Stack, range]]
    ) -> str:
        """An operand of all members: the rows of the next column, or what they have in common."""
        x = x.source if isinstance(x, Spread) else x
        if base is None:
            return self._operand(x, first)
        return self._rows(*next(columns), ".swapaxes(1, 2)" if x is not base else "")

    def _rows(self, stack: Stack, rows: range, turned: str = "") -> str:
        assert isinstance(stack.rows, int)
        return self.kept.stack(stack.number, rows_text(rows, stack.rows) + turned)

    def _text(self, node: Expr) -> Text:
        """A row that is read alone has a name."""
        if node.id in self.packing.packs and node.id not in self.texts:
            buffer = self.memory.buffers[node.id]
            name = self.kept.variables.setdefault(buffer, self.names.of[node.id])
            self.texts[node.id] = Text(name)
        return super()._text(node)
