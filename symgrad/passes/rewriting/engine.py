"""The rewrite engine: one sweep over the nodes in order, each simplified once its operands are.

Linear in nodes: a node meets the rules of its operation only, and a step limit stops rules that
chase each other. The engine copies provenance (names, what a node is the derivative of); no rule
does. A rewrite that would change shape or dtype is not made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import GraphError
from ...graph.graph import Expr, Forms, Graph
from ...graph.records import record
from ...graph.walk import ancestors, few, marked
from ...ops.op import Op, rebuilt
from ..facts.kinds import classify
from ..facts.marks import Structural, is_settled
from .matching import Bindings, instantiate, match
from .rule import Rule
from .selection import NOTHING, RuleSet

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


class Phase(RuleSet):
    """A set of rules that is applied to all that some outputs read."""

    def __call__(
        self, outputs: Sequence[Expr], keep: Sequence[Expr] = (), trace: list[Step] | None = None
    ) -> list[Expr]:
        """The outputs rewritten; the nodes of ``keep`` stay as they are, and stay visible.

        Steps are appended to ``trace``, if it is given: all of them, also those made before.
        """
        opaque = frozenset(x.id for x in keep if x.op != "input")  # nothing sees through those
        sweep = _Sweep(self, outputs[0].graph, opaque, trace)
        return sweep.run(outputs)


@record
class _Sweep:
    phase: Phase
    graph: Graph
    opaque: frozenset[int]
    trace: list[Step] | None
    forms: Forms = field(default_factory=Forms)
    applied: deque[Rule | Structural] = field(default_factory=lambda: deque(maxlen=2))
    within: list[tuple[Rule, int]] = field(default_factory=list)
    depth: int = 0
    start: int = 0
    node: Expr | None = None

    def __post_init__(self) -> None:
        self.selection = self.phase.among(self.graph.ops)

    def run(self, outputs: Sequence[Expr]) -> list[Expr]:
        """The outputs in their forms, of which those found before are known."""
        self.start = len(self.graph)
        if self.trace is None and not self.opaque:
            self.forms = self.graph.rewritten.setdefault(self.phase.name, Forms())
        asked = self._forms_of(outputs)
        if not self.phase.ops.isdisjoint(self.graph.ops):
            try:
                read = marked(asked)
                self._sweep(ancestors(asked, self.forms.known), read)
            except BaseException:  # what is known after half a sweep is not true
                self.graph.rewritten.pop(self.phase.name, None)
                raise
        return self._forms_of(asked)

    def _forms_of(self, nodes: Sequence[Expr]) -> list[Expr]:
        return [self.forms.other.get(x, x) for x in nodes]

    def _sweep(self, nodes: Sequence[Expr], read: bytes) -> None:
        classify(nodes)
        other, made = self.forms.other, list[Expr]()
        changed = other.keys()
        fittings = self.selection.found
        for node in nodes:
            result = node
            if other and not changed.isdisjoint(node.args):
                result = self._rebuilt(node)
                self._inherit(result, node)
            if fittings.get(result.kind) is not NOTHING:  # for most kinds it is
                self.node = node
                better = self._step(result)
                result = result if better is None else self.settle(better)
                fittings = self.selection.found
            if result is not node and node.id not in self.opaque:
                other[node] = result
                made.append(result)
                self._inherit(result, node)
        if few(nodes, read):
            self.forms.known.update([n.id for n in nodes])
        else:
            self.forms.known.add(read)
        self._settled(made)

    def _inherit(self, new: Expr, old: Expr) -> None:
        if new.id >= self.start and new.id not in self.graph.origins:
            self.graph.inherit(new, old)

    def _settled(self, made: Sequence[Expr]) -> None:
        """What was made is its own form, if all that it reads is."""
        known, other = self.forms.known.bytes(len(self.graph)), self.forms.other
        for result in made:
            for a in result.args:
                if a.args and (a in other or not known[a.id]):
                    break
            else:
                known[result.id] = 1

    def _rebuilt(self, node: Expr) -> Expr:
        """The same operation on rewritten operands, which have the same types as before."""
        if node.id in self.opaque:
            return node
        other = self.forms.other
        args = tuple([other.get(a, a) for a in node.args])
        for i, a in enumerate(node.args):
            if a.type is not args[i].type:
                return rebuilt(node, args)
        new = self.graph.append(node.op, args, node.params, node.type)
        if not new.kind:
            classify([new])
        return new

    def make(self, op: Op, args: list[Expr], params: dict[str, Any]) -> Expr:
        """A node of a right side, itself settled."""
        node = op.build(self.graph, args, params)
        self._select()
        return self.settle(node)

    def _select(self) -> None:
        """What may change the graph, where it has an operation more than before."""
        if len(self.graph.ops) != len(self.selection.present):
            self.selection = self.phase.among(self.graph.ops)

    def settle(self, node: Expr) -> Expr:
        """Apply rules to a node until none fits."""
        for _ in range(_STEPS):
            better = self._step(node)
            if better is None:
                return node
            node = better
        raise self._chase()

    def _step(self, node: Expr) -> Expr | None:
        if node.id in self.opaque:
            return None
        known = self.selection.found.get(node.kind)
        changes, rules = known or self.selection.fitting(node)
        for change in changes:
            start = len(self.graph.nodes)
            better = change(node, self.opaque)
            if better is not None and better is not node and better.type == node.type:
                better = self._inside(better, start) if is_settled(change) else better
                return self._taken(change, node, better)
        for left, r in self.selection.matching(node, rules) if rules else ():
            found: Bindings = {}
            if match(left, node, self.opaque, found) and (r.when is None or r.when(found, node)):
                better = self._right_side(r, found, node)
                if _fits(better, node):
                    return self._taken(r, node, better)
        return None

    def _inside(self, made: Expr, start: int) -> Expr:
        """What a pass made, each new node that it reads settled, as those of right sides are."""
        new = dict[int, Expr]()
        self.depth += 1
        self._select()
        for n in list(self.graph.nodes[start:]):
            args = [new[a.id] if a.id in new else self.forms.other.get(a, a) for a in n.args]
            same = all(a is b for a, b in zip(args, n.args, strict=True))
            node = n if same else rebuilt(n, args)
            new[n.id] = node if n is made else self.settle(node)
        self.depth -= 1
        return new.get(made.id, made)

    def _right_side(self, r: Rule, found: Bindings, node: Expr) -> Expr:
        """The right side, built of nodes that are settled themselves: rules may nest a little.

        Where the node is met in it, it stays: of where(x > 0, new, node) for negative x.
        """
        if self.within[-1:] == [(r, node.id)]:
            return node
        self.within.append((r, node.id))
        self.applied.append(r)
        self.depth += 1
        if self.depth > _NESTED:
            raise self._chase()
        better = instantiate(r.right, found, self.graph, self.make)
        self.depth -= 1
        self.within.pop()
        return better

    def _taken(self, why: Rule | Structural, before: Expr, after: Expr) -> Expr:
        if not isinstance(why, Rule):  # rules are noted before their right sides are made
            self.applied.append(why)
        if self.trace is not None:
            name = _name_of(why)
            node = self.node if self.node is not None else before
            self.trace.append(Step(name, before, after, why, node, self.phase.name, self.depth > 0))
        self._select()
        return after

    def _chase(self) -> GraphError:
        one, other = map(_name_of, self.applied)
        return GraphError(
            f"two rules chase each other: {one} and {other}", how="Turn one of them around."
        )


def _name_of(why: Rule | Structural) -> str:
    return str(why) if isinstance(why, Rule) else why.__name__.strip("_")


def _fits(better: Expr, node: Expr) -> bool:
    a, b = better.type, node.type
    return a.shape == b.shape and a.dtype == b.dtype and a.weak == b.weak and better is not node
