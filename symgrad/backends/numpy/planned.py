"""The body of a function in style="fast": every array in memory that is there already.

The lines are those of the readable body as far as names, order and comments go; what a line does is
a call with an output. Buffers are made once for each set of sizes, and kept from call to call.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...graph.dims import names_of
from ...graph.graph import Expr
from ...ops.literals import number_text
from ...ops.op import registry
from ..naming import Names
from ..order import put_off
from ..plan import Kind, allocate, typical_bytes
from ..schedule import LEAVES, Schedule
from . import text
from .body import Body, Writer
from .calls import Call, Filled, Operand, aliased, call_of, less_one_hot
from .kept import Kept, sizes_text
from .release import is_large, released
from .text import Text

_INLINE_VIEWS = frozenset({"transpose", "expand_dims", "squeeze", "stop_gradient", "positive"})


_LONGEST_SCALE = 4  # operations


def write_planned(
    plan: Schedule,
    names: Names,
    asked: Sequence[Expr] = (),
    scipy: bool = False,
    reuse: bool = False,
) -> Body:
    """As `write_body`, of calls with outputs; ``workspace`` says what the function keeps.

    Arrays that have no place there are given up as soon as nothing reads them any more. ``reuse``
    says that the outputs have a place too, and so are overwritten by a later call.
    """
    writer = PlannedWriter(plan, names, asked or plan.outputs, scipy, reuse)
    body = writer.write()
    own = [n for n in plan.operations if writer.kinds[n.id] is Kind.VALUE]
    body.lines = released(body, {names.of[n.id] for n in own if is_large(n, names)})
    return body


class PlannedWriter(Writer):
    """Writes the lines of a function whose arrays are planned."""

    def __init__(
        self, plan: Schedule, names: Names, asked: Sequence[Expr], scipy: bool, reuse: bool
    ) -> None:
        super().__init__(plan, names, asked, scipy)
        self.reuse = reuse
        self._put_off(plan)
        self._known = {*plan.dims}  # sizes that are counted on the way come too late
        self.sized = _sized(plan.operations)
        self.calls = _calls(plan.operations)
        self.absorbed = self._absorb_labels()
        self.direct: dict[int, Expr] = {}
        self.returned = {o.id for o in plan.returned}
        self.kinds = {n.id: self._kind(n) for n in plan.operations}
        self._write_directly()
        self.memory = allocate(plan.operations, self.kinds, plan.outputs, self._overwritable)
        self.kept = Kept(self.body.workspace, names, plan.dims)
        self.fixed: dict[int, Text] = {}  # formulas of what only the sizes decide, not yet read

    def write(self) -> Body:
        """The body, and in ``body.workspace`` what it keeps."""
        body = super().write()
        self.kept.describe(self.memory.slots)
        beside = {*self.absorbed, *self.direct, *self.fixed}
        body.made = {i for i, kind in self.kinds.items() if kind is Kind.VALUE} - beside
        return body

    def _absorb_labels(self) -> set[int]:
        """One-hot rows that are subtracted once: from the entries at the labels 1 is subtracted."""
        found = set()
        for node in self.plan.operations:
            hot = node.args[-1] if node.op == "subtract" else node
            if hot is node or hot.op != "one_hot" or node.id in self.outputs:
                continue
            alone = self.plan.uses[hot.id] == 1 and hot.args[0].op == "input"
            if alone and node.ndim == 2 and hot.shape == node.args[0].shape:
                self.calls[node.id] = less_one_hot(node.args[0], hot.args[0])
                found.add(hot.id)
        return found

    def _put_off(self, plan: Schedule) -> None:
        """Nothing is computed long before it is read."""
        later = [*plan.outputs]
        for nodes in (plan.update, plan.backward, plan.forward):
            nodes[:] = put_off(nodes, later, typical_bytes)
            later += [a for n in nodes for a in n.args]

    def _kind(self, node: Expr) -> Kind:
        if registry[node.op].view and node.args:
            return Kind.VIEW
        free = (self.reuse or node.id not in self.returned) and node.id not in self.sized
        call = self.calls.get(node.id)
        if not (free and node.ndim and call is not None and self._is_known(call)):
            return Kind.VALUE
        return Kind.INTO if self._known.issuperset(names_of(node.shape)) else Kind.VALUE

    def _write_directly(self) -> None:
        """New values of arguments that are written where the old are, by their last operation."""
        plan, new = self.plan, self.plan.outputs[len(self.plan.returned) :]
        for x, node in zip(plan.updated, new, strict=True):
            call = self.calls.get(node.id)
            alone = plan.uses[node.id] == 1 and self.kinds.get(node.id) is Kind.INTO
            if call and alone and call.in_place and all(self._stays(a, x) for a in call.operands):
                self.direct[node.id] = x
                self.kinds[node.id] = Kind.VALUE
        for nodes in (plan.forward, plan.backward, plan.update):
            last = [n for n in nodes if n.id in self.direct]
            nodes[:] = [n for n in nodes if n.id not in self.direct]
            plan.update += last

    def _stays(self, a: Operand, x: Expr) -> bool:
        """Whether an operand is still what it was when arguments have been overwritten."""
        if not isinstance(a, Expr) or a is x:
            return True
        if a.op == "input":  # which may share memory with another that is overwritten
            return a not in self.plan.updated and (not a.ndim or len(self.plan.updated) == 1)
        return a.id in self.sized or a.op in LEAVES or self.kinds.get(a.id) is Kind.INTO

    def _overwritable(self, node: Expr) -> Sequence[Expr]:
        call = self.calls[node.id]
        return [a for a in call.operands if isinstance(a, Expr)] if call.in_place else []

    def _place(self, node: Expr) -> None:
        if node.id in self.sized and node.id not in self.outputs:
            self._carry(registry[node.op])
            args = [self.fixed.get(a.id) or self._text(a) for a in node.args]
            self.fixed[node.id] = text.of_operation(node, args, self.scipy)
        elif node.id in self.absorbed:
            self._check_labels(node)
        elif node.id in self.direct:
            name = self.names.of[self.direct[node.id].id]
            call = self.calls[node.id]
            self.writes.append(call.write([self._operand(x, node) for x in call.operands], name))
            self.texts[node.id] = Text(name)
            self.written.add(node.id)
        elif self.kinds[node.id] is Kind.INTO:
            self._place_into(node)
        elif self.kinds[node.id] is Kind.VIEW and self._is_inline_view(node):
            self.texts[node.id] = self._view(node)
        else:
            super()._place(node)

    def _text(self, node: Expr) -> Text:
        """What only the sizes decide: a number as its formula, an array made with the workspace."""
        if node.id in self.texts or node.id not in self.fixed:
            return super()._text(node)
        formula = self.fixed[node.id]
        self.texts[node.id] = formula
        if node.ndim:
            name = self._name(node)
            self.kept.array(name, node, formula.text)
            self.texts[node.id] = Text(name)
        return self.texts[node.id]

    def _check_labels(self, node: Expr) -> None:
        """Instead of one-hot rows that are subtracted in place; NumPy refuses labels too large."""
        labels = self._text(node.args[0]).text
        self.body.lines += [
            f"if {aliased('np.minimum.reduce')}({labels}, initial=0) < 0:",
            f'    raise IndexError("a label is not one of 0 to {node.params["depth"] - 1}")',
        ]

    def _place_into(self, node: Expr) -> None:
        buffer, call = self.memory.buffers[node.id], self.calls[node.id]
        label = self.names.of.get(node.id) or self._name(node)
        self.by_root.setdefault(self.graph.root(node).id, label)
        operands = [self._operand(x, node) for x in call.operands]
        name = self.kept.variables.setdefault(buffer, label)
        self.texts[node.id] = Text(name)
        about = self._comment(node)
        if call.copied and name != operands[0]:
            self.body.lines.append(f"np.copyto({name}, {operands[0]})")
        self._line(call.write(operands, name), about if name == label else f"{label}: {about}")

    def _operand(self, x: Operand, node: Expr) -> str:
        if isinstance(x, Filled):
            return self.kept.constant(x, node.dtype)
        if isinstance(x, Expr):
            if x.op == "iota" and x.id not in self.texts:
                self.fixed.setdefault(x.id, text.of_operation(x, [], self.scipy))
            if x.ndim or not (x.op == "dim" or x.id in self.sized):
                return self._text(x).text
        dtype = next((a.dtype for a in node.args if a.ndim), node.dtype)
        if isinstance(x, Expr):
            fits = dtype.kind == "f" and (x.type.weak or x.dtype == dtype)
            formula = self._text(x).text
            return self.kept.scale(formula, dtype) if fits else formula
        if dtype.kind != "f":
            return number_text(int(x) if x.is_integer() else x)
        return self.kept.number(x, dtype)

    def _expression(self, node: Expr) -> Text:
        """What has a call of its own is written as that, if no operator says the same."""
        call = self.calls.get(node.id)
        if node.op in ("reshape", "squeeze") and node.args[0].ndim:
            return self._view(node)
        if call is None or call.plain or not self._is_known(call):
            return super()._expression(node)
        return Text(call.write([self._operand(x, node) for x in call.operands]), weight=1)

    def _is_known(self, call: Call) -> bool:
        """Whether the arrays of one number that it reads can be made beforehand."""
        for x in call.operands:
            if isinstance(x, Filled) and not self._known.issuperset(names_of(x.shape)):
                return False
        return True

    def _stays_inline(self, node: Expr, op: object, expression: Text) -> bool:
        """Only numbers made of numbers: arrays may be overwritten before they are read."""
        if node.ndim or any(a.ndim or self.kinds.get(a.id) is Kind.VIEW for a in node.args):
            return False
        return super()._stays_inline(node, registry[node.op], expression)

    def _is_inline_view(self, node: Expr) -> bool:
        if node.id in self.outputs or node.id in self.plan.counted or node.name:
            return False
        cheap = node.op in _INLINE_VIEWS or self.plan.uses[node.id] == 1
        return cheap and len(node.args) == 1

    def _view(self, node: Expr) -> Text:
        """A view by indexing or method, which is cheaper than NumPy's function."""
        inner = self._text(node.args[0]).at(text.ATOM)
        if not node.args[0].ndim:  # may be a number of Python's
            return Text(super()._expression(node).text)
        if node.op == "expand_dims":
            places = ["None" if i in node.params["axis"] else ":" for i in range(node.ndim)]
            return Text(f"{inner}[{', '.join(places)}]")
        if node.op in ("reshape", "squeeze"):
            return Text(f"{inner}.reshape({sizes_text(node.shape)})")
        return Text(super()._expression(node).text)


def _calls(nodes: Sequence[Expr]) -> dict[int, Call]:
    """The calls of what is computed of arrays; numbers are computed by Python's operators."""
    arrays = (n for n in nodes if n.ndim or any(a.ndim for a in n.args))
    return {n.id: call for n in arrays if (call := call_of(n))}


def _sized(nodes: Sequence[Expr]) -> set[int]:
    """The numbers that are short formulas of sizes and literals alone."""
    weights: dict[int, int] = {}
    for node in nodes:
        known = [0 if a.op in ("dim", "constant") else weights.get(a.id, 99) for a in node.args]
        weight = 1 + sum(known)
        if weight <= _LONGEST_SCALE and (node.args or node.ndim):
            weights[node.id] = weight
    return {*weights}
