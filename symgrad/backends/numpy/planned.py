"""The body of a function in style="fast": every array in memory that is there already.

The lines are those of the readable body as far as names, order and comments go; what a line does is
a call with an output. Buffers are made once for each set of sizes, and kept from call to call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...graph.graph import Derivative, Expr
from ...ops.literals import number_text
from ...ops.op import registry
from ..naming import Names
from ..packing import Stack
from ..plan import Kind, Row, allocate
from ..schedule import Schedule
from . import text
from .body import Body
from .kept import Kept, sizes_text
from .labels import check_of_labels
from .placement import Placement
from .results import Result, keep_results, take_turns, worth_keeping
from .templates import Filled, Operand, Spread, Total
from .text import Text
from .titles import LANDMARKS, Primal

_INLINE_VIEWS = frozenset({"transpose", "expand_dims", "squeeze", "stop_gradient", "positive"})
_LAST_STEPS = frozenset({"add", "subtract", "multiply", "divide", "negative"})


class PlannedWriter(Placement):
    """Writes the lines of a function whose arrays are planned."""

    def __init__(
        self, plan: Schedule, names: Names, asked: Sequence[Expr], scipy: bool, reuse: bool
    ) -> None:
        super().__init__(plan, names, asked, scipy, reuse)
        self.last = max(self.asked_ids, default=0)  # what comes later is made by passes
        self.array_names: dict[int, str] = {}  # of results that are parts of one array
        self.fixed: dict[int, Text] = {}  # formulas of what only the sizes decide, not yet read
        rows = self._arranged()
        self.lasting = {r.number: r for r in worth_keeping(self._results())}
        self.within = self._within_results()
        self.kinds.update(dict.fromkeys(self.within, Kind.VALUE))
        needed, steps, overwritable = self._needed(), plan.operations, self._overwritable
        self.memory = allocate(steps, self.kinds, needed, overwritable, rows, apart=reuse)
        self.kept = Kept(self.body.workspace, names, plan.dims)

    def write(self) -> Body:
        """The body, and in ``body.workspace`` what it keeps."""
        body = super().write()
        self._copy_views()
        self.kept.describe(self.memory.slots, self._stacks())
        if self.lasting:
            called = {**self.names.of, **self.array_names}
            named = [(called[i], result) for i, result in self.lasting.items()]
            keep_results(body.workspace, self.names.fresh("results"), named)
        places = [*self._lasting_memory()] if self.reuse else []
        if places:
            take_turns(body.workspace, self.names.fresh("results"), places)
        beside = {*self.absorbed, *self.direct, *self.fixed, *self.lasting, *self.within}
        body.made = {i for i, kind in self.kinds.items() if kind is Kind.VALUE} - beside
        return body

    def _copy_views(self) -> None:
        """Copies for the caller are made before another call may have the memory."""
        returned = self.body.returned
        for i, node in enumerate(self.plan.returned):
            if self.kinds.get(node.id) is Kind.VIEW and returned[i].startswith("np.array("):
                name = self._text(node).text
                name = name if self.first[node.id] == i else self.names.fresh(name)
                self.body.lines.append(f"{name} = {returned[i]}")
                returned[i] = name

    def _arranged(self) -> Mapping[int, Row]:
        """The rows of values in stacked arrays."""
        return {}

    def _stacks(self) -> Sequence[Stack]:
        """These arrays."""
        return ()

    def _needed(self) -> Sequence[Expr]:
        """What is read until all is done."""
        return [*self.plan.outputs, *(n for n in self.plan.operations if n.id in self.reread)]

    def _lasting_memory(self) -> Iterator[str]:
        """What the arrays are called that results lie in, if they are kept."""
        for node in self.plan.returned:
            while self.kinds.get(node.id) is Kind.VIEW:
                node = node.args[0]
            buffer = self.memory.buffers.get(node.id)
            if buffer and isinstance(buffer.slot, Row):
                yield self.kept.stacks[buffer.slot.stack]
            elif buffer:
                yield self.kept.variables[buffer]

    def _results(self) -> Sequence[Result]:
        """Results that may be computed in memory of an earlier call."""
        return ()

    def _within_results(self) -> dict[int, Expr]:
        """Steps that are computed in the memory of a result, which alone reads them."""
        return {}

    def _place(self, node: Expr) -> None:
        if node.id in self.calls and registry[node.op].helper:
            self._carry(registry[node.op])
        if node.id in self.checked:
            hot = self.checked[node.id]
            self.body.lines += check_of_labels(self._text(hot.args[0]).text, hot)
        if node.id in self.sized:
            self._note_formula(node)
        if node.id in self.absorbed or (node.id in self.sized and node.id not in self.outputs):
            return
        if node.id in self.direct:
            self._overwrite_argument(node)
        elif self.kinds[node.id] is Kind.INTO or node.id in self.lasting or node.id in self.within:
            self._write_into(node)
        elif self.kinds[node.id] is Kind.VIEW and self._is_inline_view(node):
            self.texts[node.id] = self._view(node)
        else:
            super()._place(node)

    def _helper(self, name: str) -> str:
        """Helpers call what is faster for many numbers."""
        helper = super()._helper(name)
        return helper.replace("np.where(", "_where(").replace("np.hypot(", "_length(")

    def _note_formula(self, node: Expr) -> None:
        """The formula of what only the sizes decide, which may stand where workspaces are made."""
        if registry[node.op].helper:
            self._carry(registry[node.op])
        args = [self.fixed.get(a.id) or self._text(a) for a in node.args]
        self.fixed[node.id] = text.of_operation(node, args, self.scipy)

    def _overwrite_argument(self, node: Expr) -> None:
        """A call whose output is an argument, written when all else has been."""
        name, call = self.names.of[self.direct[node.id].id], self.calls[node.id]
        operands = [x.source if isinstance(x, Spread) else x for x in call.operands]
        self.writes.append(call.write([self._operand(x, node) for x in operands], name))
        self.texts[node.id] = Text(name)
        self.written.add(node.id)

    def _text(self, node: Expr) -> Text:
        """What only the sizes decide: a number as its formula, an array made with the workspace."""
        formula = self.fixed.get(node.id)
        if formula is None or node.id in self.texts:
            return super()._text(node)
        self.texts[node.id] = formula
        if node.ndim:
            name = self._name(node, self._primal(node))
            self.kept.array(name, node, formula.text)
            self.texts[node.id] = Text(name)
        return self.texts[node.id]

    def _write_into(self, node: Expr) -> None:
        """A call with an output: a result of this name or another, or the buffer of the plan."""
        buffer, call = self.memory.buffers.get(node.id), self.calls[node.id]
        primal = self._primal(node)
        label = self._label(node, primal)
        operands = [self._operand(x, node) for x in call.operands]
        name = self.kept.variables.setdefault(buffer, label) if buffer else label
        if node.id in self.within:
            result = self.within[node.id]
            name = self._label(result, self._primal(result))
        self.texts[node.id] = Text(name)
        about = self._comment(node, primal)
        if call.copied and name != operands[0]:
            self.body.lines.append(f"{name}[...] = {operands[0]}")
        flat = self.kept.view(name, ".reshape(-1)") if "{flat}" in call.into else ""
        self._line(
            call.write(operands, name, flat), about if name == label else f"{label}: {about}"
        )

    def _stem(self, node: Expr) -> str:
        """Functions that passes took apart are no layers."""
        if node.id not in self.forward or self.graph.root(node).id <= self.last:
            return super()._stem(node)
        role = registry[node.op].role
        return "t" if role in LANDMARKS else role

    def _label(self, node: Expr, primal: tuple[Derivative, Expr] | None) -> str:
        """What a value is called, which others may be called after."""
        label = self.names.of.get(node.id) or self._name(node, primal)
        self.by_root.setdefault(self.graph.root(node).id, label)
        return label

    def _comment(self, node: Expr, primal: Primal | None) -> str:
        """With the function of whose steps this is the last."""
        comment, whole = super()._comment(node, primal), self.graph.root(node)
        last = node.op in _LAST_STEPS and whole.args and whole.op not in _LAST_STEPS
        if not last or not node.ndim or primal or node.id in self.graph.factors:
            return comment
        said = self._function(whole)
        return comment if "…" in said else f"{comment}, {said}"

    def _function(self, node: Expr) -> str:
        """A function of what has a name here, or as it was written."""
        name = self._called(node.args[0]) if len(node.args) == 1 and not node.params else None
        return f"{node.op}({name})" if name else self._summary(node)

    def _operand(self, x: Operand, node: Expr) -> str:
        if isinstance(x, Filled):
            return self.kept.constant(x, node.dtype)
        if isinstance(x, Total):
            return self.kept.total(x, node.dtype)
        if isinstance(x, Spread):
            return self._repeated(x)
        if isinstance(x, Expr):
            known = self.texts.get(x.id)
            if known is not None and x.type.shape:
                return known.text
            if x.op == "iota" and known is None:
                self.fixed.setdefault(x.id, text.of_operation(x, [], self.scipy))
            if x.ndim or not (x.op == "dim" or x.id in self.sized):
                return self._text(x).text
        dtype = next((a.dtype for a in node.args if a.ndim), node.dtype)
        dtype = node.dtype if node.op == "where" else dtype
        if isinstance(x, Expr):
            fits = dtype.kind == "f" and (x.type.weak or x.dtype == dtype)
            value = self._text(x)
            if not fits:
                return value.text
            formula = self.fixed.get(x.id, value)  # a local name is unknown where workspaces begin
            return self.kept.scale(formula.text, dtype)
        if dtype.kind != "f":
            return number_text(int(x) if x.is_integer() else x)
        return self.kept.number(x, dtype)

    def _repeated(self, x: Spread) -> str:
        """The array in which an operand has been repeated."""
        name = self.kept.room(x)
        self._line(f"{name}[...] = {self._text(x.source).text}", "repeated")
        return name

    def _expression(self, node: Expr) -> Text:
        """What has a call of its own is written as that, if no operator says the same."""
        call = self.calls.get(node.id)
        if node.op in ("reshape", "squeeze") and node.args[0].ndim:
            return self._view(node)
        if call is None or call.plain or not self._is_known(call):
            return super()._expression(node)
        return Text(call.write([self._operand(x, node) for x in call.operands]), weight=1)

    def _stays_inline(self, node: Expr, op: object, expression: Text) -> bool:
        """Only numbers made of numbers: arrays may be overwritten before they are read."""
        if node.ndim or [a for a in node.args if a.ndim or a.id in self.views]:
            return False
        return super()._stays_inline(node, registry[node.op], expression)

    def _returned(self, node: Expr, place: int) -> str:
        """A part of a product, of which nobody else is given a part, as it is."""
        whole = node.args[0].id if node.args else -1
        if whole in self.parted and self.first.setdefault(node.id, place) == place:
            self.body.parted.add(node.id)
            return self.reused.get(place) or self._text(node).text
        return super()._returned(node, place)

    def _is_inline_view(self, node: Expr) -> bool:
        if node.id in self.outputs or node.id in self.plan.counted or node.name:
            return False
        kept = self.kinds.get(node.args[0].id) is Kind.INTO
        cheap = kept or node.op in _INLINE_VIEWS or self.plan.uses[node.id] == 1
        return cheap and len(node.args) == 1

    def _view(self, node: Expr) -> Text:
        """A view by indexing or method, which is cheaper than NumPy's function."""
        inner = self._text(node.args[0]).at(text.ATOM)
        if not node.args[0].ndim:  # may be a number of Python's
            return Text(super()._expression(node).text)
        if node.op == "expand_dims":
            entries = ["None" if i in node.params["axis"] else ":" for i in range(node.ndim)]
            while entries[-1] == ":":
                entries.pop()
            return Text(self._kept_view(node, inner, f"[{', '.join(entries)}]"))
        if node.op in ("reshape", "squeeze"):
            view = ".reshape(-1)" if node.ndim == 1 else f".reshape({sizes_text(node.shape)})"
            return Text(self._kept_view(node, inner, view))
        return Text(super()._expression(node).text)

    def _kept_view(self, node: Expr, array: str, index: str) -> str:
        """A view of an array that is kept is kept as well, unless NumPy makes it a copy."""
        kept = self.kinds.get(node.args[0].id) is Kind.INTO or array in self.kept.parts
        kept = kept and not (node.op == "reshape" and self._is_scattered(node.args[0]))
        if not kept:
            return f"{array}{index}"
        part = (
            node.op == "getitem" and node.id not in self.outputs and not self.kept.has(array, index)
        )
        primal = self._primal(node) if part else None
        return self.kept.view(array, index, self._label(node, primal) if primal else "")

    def _is_scattered(self, node: Expr) -> bool:
        """Whether it may be turned, or a part, which NumPy copies to reshape it."""
        while self.kinds.get(node.id) is Kind.VIEW and node.op in ("expand_dims", "squeeze"):
            node = node.args[0]
        whole = node.op in ("concatenate", "reshape")  # one that is kept is in order itself
        return self.kinds.get(node.id) is Kind.VIEW and not whole
