"""What the nodes of a function are called in its body, and what the comments say of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ...graph.graph import Derivative, Expr, hooks
from ...graph.types import show_shape
from ...ops.op import registry
from ..naming import Names, Primals
from ..schedule import Schedule
from . import text

LANDMARKS = frozenset({"h", "p", "log_p"})
"""Roles whose values readers look for."""

Primal = tuple[Derivative, Expr]
"""A derivative, and what one of its nodes is the derivative toward."""

_shape_text = lru_cache(maxsize=4096)(show_shape)


class Titles:
    """Names of nodes by the user's words and by their roles, and comments by their types.

    ``asked`` are the outputs before rewriting, which know what they are the derivative of.
    """

    def __init__(self, plan: Schedule, names: Names, asked: Sequence[Expr]) -> None:
        self.plan = plan
        self.graph = plan.graph
        self.names = names
        self.primals = Primals(plan.graph)
        self.asked = asked
        self.asked_ids = {o.id for o in asked}
        self.asked_of = {o.id: a for o, a in zip(plan.outputs, asked, strict=True)}
        self.forward = {n.id for n in plan.forward}
        self.by_root: dict[int, str] = {}
        self.summaries: dict[int, str] = {}
        self.differentiated = {d.of.id for d in plan.graph.derivatives}
        self.roles = self._roles()
        self.preactivations = {
            a.id for n in plan.operations if registry[n.op].role in LANDMARKS for a in n.args
        }

    def _roles(self) -> dict[int, str]:
        """What outputs are called that have no other name: as in docstrings."""
        first = len(self.plan.returned)
        unnamed = [
            i
            for i, a in enumerate(self.asked[:first])
            if not (a.name or self.primals(a) or self.graph.root(a).id in self.differentiated)
        ]
        many = len(unnamed) > 1
        found = {self.plan.outputs[i].id: f"result{i + 1}" * many or "result" for i in unnamed}
        new = zip(self.plan.outputs[first:], self.plan.updated, strict=True)
        return found | {o.id: f"new_{x.name}" for o, x in new}

    def _name(self, node: Expr, primal: Primal | None) -> str:
        number, root = node.id, self.graph.root(node).id
        first = self.graph.again.get(number)
        if first is not None and (name := self.names.of.get(first.id)):
            return self.names.give(node, f"{name}_again")
        own = node.name
        if own is None and number in self.asked_of:
            own = self.asked_of[number].name
        if own is None and primal is not None:
            order = self.primals.order(primal[0])
            own = f"d{order if order > 1 else ''}_{self._called(primal[1])}"
        if own is None and root in self.differentiated:
            own = "loss" if not node.shape else None
        own = own or self.roles.get(number)
        if own is not None:
            return self.names.give(node, own)
        self.names.of[number] = given = self.names.numbered(self._stem(node))
        return given

    def _stem(self, node: Expr) -> str:
        """What a node without a name is called after; z and h count layers."""
        if node.id not in self.forward:
            return "t"
        return "z" if node.id in self.preactivations else registry[node.op].role

    def _called(self, primal: Expr) -> str | None:
        """The name of a node here, or of the rewritten form of the same node."""
        return self.names.of.get(primal.id) or self.by_root.get(self.graph.root(primal).id)

    def _primal(self, node: Expr) -> Primal | None:
        """The derivative this node belongs to and its primal, if that has a name here."""
        if node.id in self.forward:
            return None
        pairs = self.primals(node)
        if not pairs and node.id in self.asked_of:
            pairs = self.primals(self.asked_of[node.id])
        if not pairs:
            return None
        if len(pairs) == 1:
            return pairs[0] if self._called(pairs[0][1]) else None
        found = [pair for pair in pairs if self._called(pair[1])]
        if len(found) < 2:
            return found[0] if found else None
        return next((pair for pair in found if pair[1].name), found[0])

    def _comment(self, node: Expr, primal: Primal | None) -> str:
        if node.id in self.graph.again:
            return "recomputed"
        if primal is None:
            return _shape_text(node.shape) if node.shape else ""
        factor = self.graph.factors.get(node.id)
        if factor is None or node.id in self.primals.table:  # then it is a derivative as it is
            return self._note(*primal)
        return f"{self._note(*primal)}, times {text.of_leaf(factor, None).text}"

    def _note(self, record: Derivative, x: Expr) -> str:
        """What a line is the derivative of."""
        y = self._called(record.of) or record.of.name
        order = self.primals.order(record)
        if y is None and order > 1:
            return f"derivative of order {order}, toward {self._called(x)}"
        return f"d {y or self._summary(record.of)} / d {self._called(x)}"

    def _summary(self, node: Expr) -> str:
        """A node that has no name, in a few words."""
        if node.id not in self.summaries:
            self.summaries[node.id] = str(hooks["summary"](node, 30))
        return self.summaries[node.id]

    def _asked_for(self, asked: Expr) -> Primal | None:
        """What an output is the gradient toward, if it was asked for as one and not by its name."""
        for made, x in self.primals(asked):
            wanted = self.primals.is_wrt(made, x) and self._called(x) is not None
            if wanted and (made.of.id in self.asked_ids or asked.name is None):
                return made, x
        return None
