"""The rewrite engine: one sweep over the nodes in order, each simplified once its operands are.

Linear in nodes: a node meets the rules of its operation only, and a step limit stops rules that
chase each other. The engine copies provenance (names, what a node is the derivative of); no rule
does. A rewrite that would change shape or dtype is not made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..errors import GraphError
from ..graph.graph import Expr, Graph
from ..graph.walk import ancestors
from ..ops.op import Op, registry
from .rule import Bindings, Rule, instantiate, match, may_match

Structural = Callable[[Expr, frozenset[int]], Expr | None]
"""A pass that is no equation: the better form of a node, or None; it sees the opaque ids."""

_Changes = Sequence[Structural]
_Rules = Sequence[tuple[Expr, Rule]]  # with one spelling of their left sides

# Beyond these, rules are said to chase each other.
_STEPS = 100  # rewrites of one node
_NESTED = 30  # rewrites inside the right sides of rewrites


def reading(*ops: str) -> Callable[[Structural], Structural]:
    """Say that a pass changes no node that has none of these operations among its operands.

    The engine does not call it there, which saves most of its time.
    """

    def mark(change: Structural) -> Structural:
        vars(change)["reads"] = frozenset(ops)
        return change

    return mark


def _may_change(change: Structural, node: Expr) -> bool:
    reads: frozenset[str] | None = vars(change).get("reads")
    return reads is None or any(a.op in reads for a in node.args)


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
        self._fitting: dict[tuple[str, ...], tuple[_Changes, _Rules]] = {}

    @cached_property
    def table(self) -> dict[str, list[tuple[Expr, Rule]]]:
        """The rules with all spellings of their left sides, by the operation of these."""
        found: dict[str, list[tuple[Expr, Rule]]] = {}
        for r in self.rules:
            for left in r.spellings:
                found.setdefault(left.op, []).append((left, r))
        return found

    @cached_property
    def ops(self) -> frozenset[str]:
        """The operations that it may change."""
        return frozenset([*self.table, *self.structural])

    def fitting(self, node: Expr) -> tuple[_Changes, _Rules]:
        """What may change a node of this operation, with operands of their operations."""
        key = (node.op, *[a.op for a in node.args])
        found = self._fitting.get(key)
        if found is None:
            changes = [c for c in self.structural.get(node.op, ()) if _may_change(c, node)]
            rules = [(p, r) for p, r in self.table.get(node.op, ()) if may_match(p, node)]
            found = self._fitting[key] = changes, rules
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
class _Sweep:
    phase: Phase
    graph: Graph
    opaque: frozenset[int]
    trace: list[Step] | None
    new: dict[int, Expr] = field(default_factory=dict)
    applied: deque[Rule] = field(default_factory=lambda: deque(maxlen=2))
    depth: int = 0
    start: int = 0
    node: Expr | None = None

    def __post_init__(self) -> None:
        self.ops = self.phase.ops

    def run(self, outputs: Sequence[Expr]) -> list[Expr]:
        self.start = len(self.graph)
        if self.trace is None and not self.opaque:
            self.new = self.graph.rewritten.setdefault(self.phase.name, {})
        new = self.new
        for node in ancestors(outputs, known=new):
            result = node
            if node.args and node.id not in self.opaque:
                result = self._rewritten(node)
            new[node.id] = result
            if result is not node and result.id not in new and self._is_settled(result):
                new[result.id] = result
        return [new[o.id] for o in outputs]

    def _is_settled(self, result: Expr) -> bool:
        """Whether the operands are, through and through: then it is a form of itself."""
        new = self.new
        return not any(a.args and new.get(a.id) is not a for a in result.args)

    def _rewritten(self, node: Expr) -> Expr:
        self.node = node
        fresh, new = node, self.new
        for a in node.args:
            if new[a.id] is not a:
                fresh = self._rebuilt(node, [new[b.id] for b in node.args])
                break
        result = self.settle(fresh) if fresh.op in self.ops else fresh
        if result is node:
            return node
        if result.id >= self.start and result.id not in self.graph.origins:
            self.graph.inherit(result, node)
        return result

    def _rebuilt(self, node: Expr, args: list[Expr]) -> Expr:
        """The same operation on rewritten operands, which have the same types as before."""
        for a, b in zip(args, node.args, strict=True):
            if a.type is not b.type and a.type != b.type:
                return registry[node.op].build(self.graph, args, dict(node.params))
        return self.graph.append(node.op, tuple(args), node.params, node.type)

    def make(self, op: Op, args: list[Expr], params: dict[str, Any]) -> Expr:
        """A node of a right side, itself settled."""
        return self.settle(op.build(self.graph, args, params))

    def settle(self, node: Expr) -> Expr:
        """Apply rules to a node until none fits."""
        for _ in range(_STEPS):
            changes, rules = self.phase.fitting(node)
            if not (changes or rules) or node.id in self.opaque:
                return node
            better = self._step(node, changes, rules)
            if better is None:
                return node
            node = better
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
