"""The rewrite engine: one sweep over the nodes in order, each simplified once its operands are.

Linear in nodes: a node meets the rules of its operation only, and a step limit stops rules that
chase each other. The engine copies provenance (names, what a node is the derivative of); no rule
does. A rewrite that would change shape or dtype is not made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..errors import GraphError
from ..graph.graph import Expr, Forms, Graph
from ..graph.walk import ancestors
from ..ops.op import Op, registry
from .kinds import Kind, kind_of, kinds_of, number_of
from .marks import Structural, may_change, may_occur
from .rule import Bindings, Rule, instantiate, match, operations_of

_Changes = Sequence[Structural]
_Rules = Sequence[tuple[Expr, Rule]]  # with one spelling of their left sides
_NOTHING: tuple[_Changes, _Rules] = (), ()

# Beyond these, rules are said to chase each other.
_STEPS = 100  # rewrites of one node
_NESTED = 30  # rewrites inside the right sides of rewrites

_SETS = 256  # of operations, for which is kept what may change a graph that has these


@dataclass(frozen=True)
class Step:
    """One rewrite; unpacks as (rule, before, after).

    Attributes
    ----------
    rule : str
        The equation, or the name of a pass that is none.
    before, after : Expr
        What it saw, which has rewritten operands, and what it made.
    why : Rule or function
        The rule itself.
    node : Expr
        The node of the swept expression that was being rewritten.
    phase : str
        The name of the phase.
    nested : bool
        Whether it was made inside the right side of another rewrite.
    """

    rule: str
    before: Expr
    after: Expr
    why: Rule | Structural
    node: Expr
    phase: str
    nested: bool = False

    def __iter__(self) -> Iterator[object]:
        return iter((self.rule, self.before, self.after))


class Phase:
    """A set of rules that are applied together.

    Parameters
    ----------
    rules : iterable of Rule
        Equations.
    structural : mapping
        Passes that are no equations, by operation.
    """

    def __init__(
        self, name: str, rules: Iterable[Rule], structural: Mapping[str, Sequence[Structural]]
    ) -> None:
        self.name = name
        self.rules = tuple(rules)
        self.structural = structural
        self._fitting: dict[Kind, tuple[_Changes, _Rules]] = {}
        self._among: dict[frozenset[str], Selection] = {}

    @cached_property
    def table(self) -> dict[str, list[Rule]]:
        """The rules by the operations that their left sides may end in."""
        found: dict[str, list[Rule]] = {}
        for r in self.rules:
            for op in r.heads:
                found.setdefault(op, []).append(r)
        return found

    @cached_property
    def ops(self) -> frozenset[str]:
        """The operations that it may change."""
        return frozenset([*self.table, *self.structural])

    def fitting(self, kind: Kind) -> tuple[_Changes, _Rules]:
        """What may change nodes of a kind."""
        found = self._fitting.get(kind)
        if found is None:
            changes = [c for c in self.structural.get(kind.op, ()) if may_change(c, kind)]
            rules = [(p, r) for r in self.table.get(kind.op, ()) for p in r.matching(kind)]
            found = self._fitting[kind] = changes, rules
        return found

    def among(self, ops: Collection[str]) -> Selection:
        """What of the phase may change a graph that has these operations only."""
        present = frozenset(ops)
        found = self._among.get(present)
        if found is None:
            if len(self._among) >= _SETS:
                self._among.clear()
            found = self._among[present] = Selection(self, present)
        return found

    def __call__(
        self, outputs: Sequence[Expr], keep: Sequence[Expr] = (), trace: list[Step] | None = None
    ) -> list[Expr]:
        """The outputs rewritten; the nodes of ``keep`` stay as they are, and stay visible.

        Steps are appended to ``trace``, if it is given: all of them, also those made before.
        """
        opaque = frozenset(x.id for x in keep if x.op != "input")  # nothing sees through those
        sweep = _Sweep(self, outputs[0].graph, opaque, trace)
        return sweep.run(outputs)


@dataclass
class Selection:
    """What of a phase may change a graph that has these operations only: mostly, very little.

    Attributes
    ----------
    phase : Phase
    present : frozenset of str
        The operations.
    """

    phase: Phase
    present: frozenset[str]
    found: dict[int, tuple[_Changes, _Rules]] = field(default_factory=dict)

    def fitting(self, node: Expr) -> tuple[_Changes, _Rules]:
        """What may change the node, as far as its kind tells."""
        number = number_of(node)
        found = self.found.get(number)
        if found is None:
            changes, rules = self.phase.fitting(kind_of(node))
            changes = [c for c in changes if may_occur(c, self.present)]
            rules = [(p, r) for p, r in rules if operations_of(p) <= self.present]
            found = self.found[number] = (changes, rules) if changes or rules else _NOTHING
        return found


@dataclass
class _Sweep:
    phase: Phase
    graph: Graph
    opaque: frozenset[int]
    trace: list[Step] | None
    forms: Forms = field(default_factory=Forms)
    applied: deque[Rule] = field(default_factory=lambda: deque(maxlen=2))
    depth: int = 0
    start: int = 0
    node: Expr | None = None

    def __post_init__(self) -> None:
        self.selection = self.phase.among(self.graph.ops)

    def run(self, outputs: Sequence[Expr]) -> list[Expr]:
        self.start = len(self.graph)
        if self.trace is None and not self.opaque:
            self.forms = self.graph.rewritten.setdefault(self.phase.name, Forms())
        if not self.phase.ops.isdisjoint(self.graph.ops):
            try:
                self._sweep(ancestors(outputs, self.forms.known))
            except BaseException:  # what is known after half a sweep is not true
                self.graph.rewritten.pop(self.phase.name, None)
                raise
        return [self.forms.other.get(o.id, o) for o in outputs]

    def _sweep(self, nodes: Sequence[Expr]) -> None:
        other, kinds = self.forms.other, kinds_of(self.graph, nodes)
        self.forms.known.update([node.id for node in nodes])
        for node in nodes:
            result = self._rebuilt(node) if other else node
            fitting = self.selection.found.get(kinds[node.id]) if result is node else None
            if fitting is _NOTHING:
                continue  # most nodes, whatever the phase
            if node.id not in self.opaque:
                self.node = node
                result = self.settle(result, fitting)
                if result is not node:
                    self._put(result, node)

    def _put(self, result: Expr, node: Expr) -> None:
        """Let a form stand for a node; it is a form of itself if its operands are."""
        known, other = self.forms.known, self.forms.other
        other[node.id] = result
        if result.id < self.start:
            return
        if result.id not in self.graph.origins:
            self.graph.inherit(result, node)
        for a in result.args:
            later = node.id < a.id < self.start  # its own form is not known yet
            if a.args and (later or a.id not in known or a.id in other):
                return
        known.add(result.id)

    def _rebuilt(self, node: Expr) -> Expr:
        """The same operation on rewritten operands, which have the same types as before."""
        other = self.forms.other
        for a in node.args:
            if a.id in other:
                break
        else:
            return node
        args = [other.get(a.id, a) for a in node.args]
        for a, b in zip(args, node.args, strict=True):
            if a.type is not b.type:
                return registry[node.op].build(self.graph, args, dict(node.params))
        return self.graph.append(node.op, tuple(args), node.params, node.type)

    def make(self, op: Op, args: list[Expr], params: dict[str, Any]) -> Expr:
        """A node of a right side, itself settled."""
        return self.settle(op.build(self.graph, args, params))

    def settle(self, node: Expr, fitting: tuple[_Changes, _Rules] | None = None) -> Expr:
        """Apply rules to a node until none fits; ``fitting`` are those for its kind, if known."""
        for _ in range(_STEPS):
            changes, rules = fitting or self.selection.fitting(node)
            if not (changes or rules) or node.id in self.opaque:
                return node
            better = self._step(node, changes, rules)
            if better is None:
                return node
            if len(self.graph.ops) != len(self.selection.present):
                self.selection = self.phase.among(self.graph.ops)
            node, fitting = better, None
        raise self._chase()

    def _step(self, node: Expr, changes: _Changes, rules: _Rules) -> Expr | None:
        for change in changes:
            better = change(node, self.opaque)
            if better is not None and better.type == node.type:
                return self._taken(change, node, better)
        for left, r in rules:
            found: Bindings = {}
            if match(left, node, self.opaque, found) and (r.when is None or r.when(found, node)):
                better = self._right_side(r, found)
                if _fits(better, node):
                    return self._taken(r, node, better)
        return None

    def _right_side(self, r: Rule, found: Bindings) -> Expr:
        """The right side, built of nodes that are settled themselves: rules may nest a little."""
        self.applied.append(r)
        self.depth += 1
        if self.depth > _NESTED:
            raise self._chase()
        better = instantiate(r.right, found, self.graph, self.make)
        self.depth -= 1
        return better

    def _taken(self, why: Rule | Structural, before: Expr, after: Expr) -> Expr:
        if self.trace is not None:
            name = str(why) if isinstance(why, Rule) else why.__name__.strip("_")
            node = self.node if self.node is not None else before
            self.trace.append(Step(name, before, after, why, node, self.phase.name, self.depth > 0))
        return after

    def _chase(self) -> GraphError:
        one, other = self.applied
        return GraphError(
            f"two rules chase each other: {one} and {other}", how="Turn one of them around."
        )


def _fits(better: Expr, node: Expr) -> bool:
    a, b = better.type, node.type
    return a.shape == b.shape and a.dtype == b.dtype and a.weak == b.weak and better is not node
