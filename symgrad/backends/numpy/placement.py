"""How every step of a function in style="fast" is computed, and where its value is put."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...graph.dims import names_of
from ...graph.graph import Expr
from ...graph.types import Shape
from ...ops.indices import WHOLE, Entry, Slice
from ...ops.op import registry
from ..naming import Names
from ..order import bring_forward, put_off
from ..plan import Kind, typical_bytes
from ..schedule import LEAVES, LITERALS, Schedule
from .body import Writer
from .calls import call_of
from .labels import absorbed_labels
from .templates import Call, Filled, Operand, Spread, Total

_LONGEST_SCALE = 4  # operations
_MOST_ROWS = 2**6  # of an array whose parts are returned: they keep all of it alive
_KEPT = (Filled, Spread, Total)  # operands that are arrays of their own


class Placement(Writer):
    """Knows of every step its call and the kind of its place, before a line is written.

    Attributes
    ----------
    calls : dict of int to Call
        The calls of steps that have one, by their numbers.
    kinds : dict of int to Kind
        Where the value of every step is put.
    sized : set of int
        What only the sizes decide.
    direct : dict of int to Expr
        The arguments that steps overwrite with their values.
    """

    def __init__(
        self, plan: Schedule, names: Names, asked: Sequence[Expr], scipy: bool, reuse: bool
    ) -> None:
        super().__init__(plan, names, asked, scipy)
        self.reuse = reuse
        self._known = {*plan.dims}  # sizes that are counted on the way come too late
        self._made_early: dict[Shape, bool] = {}
        self.returned = {o.id for o in plan.returned}
        self.parted = _parted(plan.returned)
        self.returned |= self.parted
        self._reorder(plan)
        self._find_calls(plan)
        self._find_kinds(plan)

    def _reorder(self, plan: Schedule) -> None:
        """Nothing is computed long before it is read, nor lies there long to be read once.

        What reads a size that is counted on the way comes after it, which no operand says.
        """
        later = [*plan.outputs]
        for nodes in () if plan.counted else (plan.update, plan.backward, plan.forward):
            nodes[:] = bring_forward(nodes, later, typical_bytes, self.returned)
            nodes[:] = put_off(nodes, later, typical_bytes)
            later += [a for n in nodes for a in n.args]

    def _find_calls(self, plan: Schedule) -> None:
        """How every step is computed."""
        self.sized = _sized([n for n in plan.operations if not plan.counted or self._is_told(n)])
        self.calls = _calls(plan.operations, self.scipy)
        labels = absorbed_labels(plan, self.outputs)
        self.absorbed, self.reread, self.checked = labels.absorbed, labels.reread, labels.checked
        self.calls.update(labels.calls)

    def _find_kinds(self, plan: Schedule) -> None:
        """Where the value of every step is put."""
        self.direct: dict[int, Expr] = {}
        self.kinds = {n.id: self._kind(n) for n in plan.operations}
        self._write_directly()
        self.views = {i for i, kind in self.kinds.items() if kind is Kind.VIEW}

    def _kind(self, node: Expr) -> Kind:
        number, shape = node.id, node.type.shape
        if registry[node.op].view and node.args:
            return Kind.VIEW
        call = self.calls.get(number) if shape else None
        free = (self.reuse or number not in self.returned) and number not in self.sized
        if call is None or not free or not self._is_known(call):
            return Kind.VALUE
        if number in self.absorbed or not call.into:
            return Kind.VALUE
        return Kind.INTO if self._is_made_early(shape) else Kind.VALUE

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
        if isinstance(a, Spread):
            return self._stays(a.source, x)
        if not isinstance(a, Expr) or a is x:
            return True
        while self.kinds.get(a.id) is Kind.VIEW:
            a = a.args[0]
        if a.op == "input":  # which may share memory with another that is overwritten
            return len(self.plan.updated) == 1 and a not in self.plan.updated
        return a.id in self.sized or a.op in LEAVES or self.kinds.get(a.id) is Kind.INTO

    def _overwritable(self, node: Expr) -> Sequence[Expr]:
        call = self.calls[node.id]
        return [a for a in call.operands if isinstance(a, Expr)] if call.in_place else []

    def _is_known(self, call: Call) -> bool:
        """Whether the arrays of one number that it reads can be made beforehand."""
        for x in call.operands:
            if isinstance(x, _KEPT) and not self._is_made_early(x.shape):
                return False
        return True

    def _is_made_early(self, shape: Shape) -> bool:
        """Whether an array of a shape can be made before the first operation."""
        found = self._made_early.get(shape)
        if found is None:
            found = self._made_early[shape] = self._known.issuperset(names_of(shape))
        return found

    def _is_told(self, node: Expr) -> bool:
        """Whether the sizes that a node mentions are known before the first operation."""
        sizes = [a.params["size"] for a in node.args if a.op == "dim"]
        return self._is_made_early((*node.shape, *sizes))


def _parted(returned: Sequence[Expr]) -> set[int]:
    """The numbers of products of which parts are returned that have no elements in common."""
    parts, others = dict[Expr, list[Expr]](), set[int]()
    for o in {o.id: o for o in returned}.values():
        if o.op == "getitem" and o.args[0].op == "matmul":
            parts.setdefault(o.args[0], []).append(o)
            continue
        while o.args and registry[o.op].view:
            o = o.args[0]
        others.add(o.id)
    return {x.id for x, own in parts.items() if x.id not in others and _are_apart(x, own)}


def _are_apart(x: Expr, parts: Sequence[Expr]) -> bool:
    """Whether all are different elements of a small array, and most of it or of very few."""
    sizes = [d if isinstance(d, int) and d <= _MOST_ROWS else 1 for d in x.shape]
    taken = np.zeros(sizes, int)
    for index in (p.params["index"] for p in parts):
        for d, size, entry in zip(x.shape, sizes, index, strict=False):
            if d != size and entry != WHOLE:
                return False
        if not all(map(_is_fixed, index)):
            return False
        taken[tuple(slice(*e) if isinstance(e, Slice) else e for e in index)] += 1
    apart = x.shape[0] == sizes[0] and taken.max(initial=0) < 2
    return apart and (2 * taken.sum() >= taken.size or taken.size <= _MOST_ROWS)


def _is_fixed(entry: Entry) -> bool:
    """Whether an entry of an index is the same in every call, and no new axis."""
    if isinstance(entry, Slice):
        return all(isinstance(e, int | None) for e in entry)
    return type(entry) is int


def _calls(nodes: Sequence[Expr], scipy: bool) -> dict[int, Call]:
    """The calls of what is computed of arrays; numbers are computed by Python's operators."""
    arrays = [n for n in nodes if n.ndim or [a for a in n.args if a.ndim]]
    arrays = [n for n in arrays if not registry[n.op].scipy] if scipy else arrays
    return {n.id: call for n in arrays if (call := call_of(n))}


def _sized(nodes: Sequence[Expr]) -> set[int]:
    """The numbers that are short formulas of sizes and literals alone."""
    weights: dict[int, int] = {}
    for node in nodes:
        weight = 1
        for a in node.args:
            if a.op not in LITERALS:
                weight += weights.get(a.id, _LONGEST_SCALE)
        if weight <= _LONGEST_SCALE and (node.args or node.ndim):
            weights[node.id] = weight
    return {*weights}
