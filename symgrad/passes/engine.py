"""The rewrite engine: one sweep over the nodes in order, each simplified once its operands are.

Linear in nodes: a node meets the rules of its operation only, and a step limit stops rules that
chase each other. The engine copies provenance (names, what a node is the derivative of); no rule
does. A rewrite that would change shape or dtype is not made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import GraphError
from ..graph.graph import Expr, Graph
from ..graph.walk import ancestors
from ..ops.op import Op, registry
from .rule import Bindings, Rule, instantiate, match, may_match, variants

Structural = Callable[[Expr, frozenset[int]], Expr | None]
"""A pass that is no equation: the better form of a node, or None; it sees the opaque ids."""

# Beyond these, rules are said to chase each other.
_STEPS = 100  # rewrites of one node
_NESTED = 30  # rewrites inside the right sides of rewrites


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
        self.table: dict[str, list[tuple[Expr, Rule]]] = {}
        for r in rules:
            for left in variants(r):
                self.table.setdefault(left.op, []).append((left, r))
        self.structural = structural
        self._fitting: dict[tuple[str, ...], list[tuple[Expr, Rule]]] = {}

    def fitting(self, node: Expr) -> list[tuple[Expr, Rule]]:
        """The equations whose left side has the node's operation, and its operands'."""
        if node.op not in self.table:
            return []
        key = (node.op, *(a.op for a in node.args))
        if key not in self._fitting:
            rules = self.table[node.op]
            self._fitting[key] = [(p, r) for p, r in rules if may_match(p, node)]
        return self._fitting[key]

    def __call__(
        self, outputs: Sequence[Expr], keep: Sequence[Expr] = (), trace: list[Step] | None = None
    ) -> list[Expr]:
        """The outputs rewritten; the nodes of ``keep`` stay as they are, and stay visible.

        Steps are appended to ``trace``, if it is given: all of them, also those made before.
        """
        sweep = _Sweep(self, outputs[0].graph, frozenset(x.id for x in keep), trace)
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

    def run(self, outputs: Sequence[Expr]) -> list[Expr]:
        self.start = len(self.graph)
        if not self.opaque and self.trace is None:
            self.new = self.graph.rewritten.setdefault(self.phase.name, {})
        for node in ancestors(outputs) if any(o.id not in self.new for o in outputs) else ():
            if node.id not in self.new:
                self.new[node.id] = result = self._rewritten(node)
                if all(not a.args or self.new.get(a.id) is a for a in result.args):
                    self.new.setdefault(result.id, result)  # settled through and through
        return [self.new[o.id] for o in outputs]

    def _rewritten(self, node: Expr) -> Expr:
        if node.id in self.opaque or not node.args:
            return node
        self.node = node
        args = [self.new[a.id] for a in node.args]
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        fresh = node if same else self._rebuilt(node, args)
        result = self.settle(fresh)
        if result.id >= self.start and result.id not in self.graph.origins:
            self.graph.inherit(result, node)
        return result

    def _rebuilt(self, node: Expr, args: list[Expr]) -> Expr:
        """The same operation on rewritten operands, which have the same types as before."""
        if all(a.type == b.type for a, b in zip(args, node.args, strict=True)):
            return self.graph.append(node.op, tuple(args), node.params, node.type)
        return registry[node.op].build(self.graph, args, dict(node.params))

    def make(self, op: Op, args: list[Expr], params: dict[str, Any]) -> Expr:
        """A node of a right side, itself settled."""
        return self.settle(op.build(self.graph, args, params))

    def settle(self, node: Expr) -> Expr:
        """Apply rules to a node until none fits."""
        for _ in range(_STEPS):
            if node.id in self.opaque:
                return node
            better = self._step(node)
            if better is None:
                return node
            node = better
        raise self._chase()

    def _step(self, node: Expr) -> Expr | None:
        for change in self.phase.structural.get(node.op, ()):
            better = change(node, self.opaque)
            if better is not None and better.type == node.type:
                return self._taken(change, node, better)
        for left, r in self.phase.fitting(node):
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
