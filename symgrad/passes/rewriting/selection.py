"""Which rules of a phase may change which nodes, as far as operations and kinds tell.

Most rules fit few nodes, and most graphs have few operations: the engine asks no others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from ...graph.graph import Expr
from ...graph.records import record
from ..facts.kinds import classified, classify, kind_of
from ..facts.marks import Structural, may_change, may_occur
from .matching import may_be_of, operations_of
from .rule import Rule

Changes = Sequence[Structural]
Rules = Sequence[tuple[Expr, Rule]]  # with one spelling of their left sides
NOTHING: tuple[Changes, Rules] = (), ()

_SETS = 256  # of operations, for which is kept what may change a graph that has these
_KINDS = 10_000  # for which is kept what may change their nodes


class RuleSet:
    """A set of rules that are applied together.

    Parameters
    ----------
    name : str
        What steps and messages call it.
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
        self._fitting: dict[int, tuple[Changes, Sequence[Rule]]] = {}
        self._among: dict[frozenset[str], Selection] = {}
        self._spelled: dict[tuple[Rule, int], Sequence[tuple[Expr, frozenset[str]]]] = {}

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

    def fitting(self, node: Expr) -> tuple[Changes, Sequence[Rule]]:
        """What may change nodes of its kind, as far as the operations tell."""
        found = self._fitting.get(node.kind)
        if found is None:
            if len(self._fitting) >= _KINDS:
                self._fitting.clear()
            kind = kind_of(node)
            changes = [c for c in self.structural.get(kind.op, ()) if may_change(c, kind)]
            rules = [r for r in self.table.get(kind.op, ()) if r.may_match(kind)]
            found = self._fitting[node.kind] = changes, rules
        return found

    def spelled(self, r: Rule, node: Expr) -> Sequence[tuple[Expr, frozenset[str]]]:
        """The spellings of a left side that may match nodes of its kind, and their operations."""
        found = self._spelled.get((r, node.kind))
        if found is None:
            if len(self._spelled) >= 10 * _KINDS:
                self._spelled.clear()
            found = [(p, operations_of(p)) for p in r.matching(kind_of(node))]
            self._spelled[r, node.kind] = found
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


@record
class Selection:
    """What of a phase may change a graph that has these operations only: mostly, very little.

    Attributes
    ----------
    phase : RuleSet
    present : frozenset of str
        The operations.
    """

    phase: RuleSet
    present: frozenset[str]
    found: dict[int, tuple[Changes, Rules]] = field(default_factory=dict)
    closer: dict[tuple[int, ...], Rules] = field(default_factory=dict)

    def fitting(self, node: Expr) -> tuple[Changes, Rules]:
        """What may change the node, as far as its kind tells."""
        if not node.kind:
            classify([node])
        found = self.found.get(node.kind)
        if found is None:
            if len(self.found) >= _KINDS:
                self.found.clear()
            may_fit, named = self.phase.fitting(node)
            changes = [c for c in may_fit if may_occur(c, self.present)]
            rules = [(p, r) for r in named if r.needs <= self.present for p in self._forms(r, node)]
            found = self.found[node.kind] = (changes, rules) if changes or rules else NOTHING
        return found

    def matching(self, node: Expr, rules: Rules) -> Rules:
        """Those of the rules that may match the node, as far as its operands' kinds tell."""
        key = tuple([a.kind or classified(a) for a in (node, *node.args)])
        found = self.closer.get(key)
        if found is None:
            if len(self.closer) >= _KINDS:
                self.closer.clear()
            kinds = [kind_of(a) for a in node.args]
            found = [(p, r) for p, r in rules if all(map(may_be_of, p.args, kinds))]
            self.closer[key] = found
        return found

    def _forms(self, r: Rule, node: Expr) -> list[Expr]:
        """The left side, in the spellings that may match nodes of its kind here."""
        return [p for p, ops in self.phase.spelled(r, node) if ops <= self.present]
