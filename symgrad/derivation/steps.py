"""Which values of an expression get a name on the board, and what they are called.

A step is what a teacher writes on one line: an affine map ``z1 = X W + b``, a unit ``h1 =
relu(z1)``, a loss ``J = mean((z2 - y)**2)``. A function of a function is two steps, so that the
chain rule is seen at work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..autodiff import reverse
from ..backends.naming import Names
from ..backends.schedule import LEAVES
from ..graph.graph import Expr
from ..graph.walk import ancestors
from ..ops.op import registry

_LANDMARKS = frozenset({"h", "p", "log_p"})  # roles of units
_STEMS = {"h": "h", "p": "p", "log_p": "q", "z": "z"}
_HEAVIEST = 16  # operations on one line
_PLAIN = frozenset(  # the same elements, elsewhere
    {"transpose", "reshape", "expand_dims", "squeeze", "broadcast_to", "astype", "getitem"}
)
_LINEAR = _PLAIN | {"add", "subtract", "negative", "sum", "mean", "concatenate", "stack", "custom"}
_BILINEAR = frozenset({"multiply", "matmul", "divide", "outer"})


def choose_steps(loss: Expr, wrt: Sequence[Expr]) -> list[Expr]:
    """The values that get a line, in the order of computation; the last is the loss."""
    return _Choice(loss, wrt).steps()


class _Choice:
    def __init__(self, loss: Expr, wrt: Sequence[Expr]) -> None:
        self.nodes = ancestors([loss])
        self.active = reverse.varying(wrt, self.nodes)
        self.forced = {loss.id, *(x.id for x in wrt)}
        self.reads = Counter(a.id for n in self.nodes for a in n.args)
        self.reader = {a.id: n for n in self.nodes for a in n.args}
        self.chosen: set[int] = set()
        self.weight: dict[int, int] = {}
        self.curved: set[int] = set()  # holds a nonlinear operation, on the line so far
        self.affine: set[int] = set()

    def steps(self) -> list[Expr]:
        """The nodes that get a step of their own, in order."""
        for node in self.nodes:
            if node.op in LEAVES:
                self.weight[node.id] = 0
                continue
            self._split(node)
            self._weigh(node)
            if self._is_step(node):
                self.chosen.add(node.id)
        return [n for n in self.nodes if n.id in self.chosen]

    def _inside(self, node: Expr) -> list[Expr]:
        """The operands that stand on the line of the node."""
        return [a for a in node.args if a.op not in LEAVES and a.id not in self.chosen]

    def _split(self, node: Expr) -> None:
        """Give operands lines of their own where the node is applied to them as a function."""
        curves, unit = self._curves(node), registry[node.op].role in _LANDMARKS
        for a in self._inside(node):
            if a.id not in self.active:
                continue
            if unit or (curves and a.id in self.curved) or self._is_factor(node, a):
                self.chosen.add(a.id)
        while len(inside := self._inside(node)) and self._total(node) > _HEAVIEST:
            self.chosen.add(max(inside, key=lambda a: self.weight[a.id]).id)

    def _is_factor(self, node: Expr, a: Expr) -> bool:
        """Whether an operand of a matrix product is more than an input, turned perhaps."""
        return node.op == "matmul" and not (a.op in _PLAIN and self.weight[a.id] <= 1)

    def _curves(self, node: Expr) -> bool:
        """Whether the node is no linear function of what varies."""
        if node.op in _BILINEAR:
            varying = [a.id in self.active for a in node.args]
            return all(varying) or (node.op == "divide" and varying[1])
        return node.op not in _LINEAR and node.id in self.active

    def _weigh(self, node: Expr) -> None:
        self.weight[node.id] = self._total(node)
        inside = {a.id for a in self._inside(node)}
        if self._curves(node) or inside & self.curved:
            self.curved.add(node.id)
        sums = node.op in ("add", "subtract") and inside & self.affine
        if node.id in self.active and (node.op == "matmul" or sums):
            self.affine.add(node.id)

    def _total(self, node: Expr) -> int:
        return 1 + sum(self.weight[a.id] for a in self._inside(node))

    def _is_step(self, node: Expr) -> bool:
        if node.id in self.forced or is_named(node):
            return True
        if self.reads[node.id] > 1:
            made = node.op in _PLAIN or all(a.op in ("constant", "dim") for a in node.args)
            return self.weight[node.id] > 1 or not made  # of numbers, or an input seen otherwise
        if node.id in self.affine and self.reader[node.id].op != "add":
            return True
        return registry[node.op].role in _LANDMARKS and node.id in self.active


def is_named(node: Expr) -> bool:
    """Whether the user gave it the name that it has."""
    return bool(node.name) and node.graph.named.get(str(node.name)) is node


def name_steps(steps: Sequence[Expr]) -> dict[int, str]:
    """The user's names; else z1, h1, ... by what the values are, and J for the loss."""
    graph = steps[-1].graph
    names = Names([*graph.named, *graph.dims])
    fed = {a.id for n in steps if registry[n.op].role in _LANDMARKS for a in n.args}
    called: dict[int, str] = {}
    for node in steps:
        role = registry[node.op].role
        affine = node.op in ("matmul", "add", "subtract") and node.ndim > 0
        stem = "z" if node.id in fed or affine else _STEMS.get(role, "u")
        if is_named(node):
            called[node.id] = str(node.name)
        elif node is steps[-1]:
            called[node.id] = "J" if names.fresh("J") == "J" else names.numbered("J")
        else:
            called[node.id] = names.numbered(stem)
    return called
