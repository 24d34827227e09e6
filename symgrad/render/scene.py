"""What a picture shows: the nodes to draw, their parts, kinds, and the constants folded away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

from ..errors import RenderError
from ..graph.graph import Derivative, Expr, Graph
from ..graph.walk import ancestors, consumers, read_forward
from .constants import fold
from .names import Names, results_of

What = Expr | Graph | Sequence[Expr]


@dataclass(frozen=True)
class Part:
    """A group of nodes: the values, or one gradient of them."""

    title: str
    order: int  # of the derivative: 0 for the values
    backward: bool = False  # it flows against the values, from the outputs to the inputs


FORWARD = Part("forward", 0)


@dataclass
class Scene:
    """What is drawn of a graph.

    Attributes
    ----------
    nodes : list of Expr
        The nodes to draw, in topological order.
    outputs : set of int
        The ids of those that the picture was asked for.
    folded : dict
        For the ids of constants that are not drawn, their text.
    """

    graph: Graph
    names: Names
    nodes: list[Expr]
    outputs: set[int]
    folded: dict[int, str]

    @cached_property
    def parts(self) -> dict[int, Part | None]:
        """The part of each node; None for what is computed from gradients outside of any."""
        return _assign(self.graph, self.names)

    @cached_property
    def parameters(self) -> set[int]:
        """The ids of all that a derivative was taken with respect to."""
        return {x.id for record in self.graph.derivatives for x in record.wrt}

    @cached_property
    def _drawn(self) -> set[int]:
        return {n.id for n in self.nodes}

    def is_rewritten(self, node: Expr) -> bool:
        """Whether a node is another form of one that is drawn too, and has its name."""
        root = self.graph.root(node)
        return root is not node and root.id in self._drawn

    def kind(self, node: Expr) -> str:
        """One of the rows of `symgrad.render.style.KINDS`."""
        if node.op.name == "input":
            return "parameter" if node.id in self.parameters else "input"
        return "constant" if node.op.name in ("constant", "dim") else "operation"

    def operands(self, node: Expr) -> list[tuple[int, Expr]]:
        """The operands of a node that are drawn, with their positions."""
        return [(i, a) for i, a in enumerate(node.args) if a.id not in self.folded]


def build_scene(what: What) -> Scene:
    """The scene of an expression, of several of one graph, or of all of a graph.

    Raises
    ------
    RenderError
        If there is nothing to draw.
    GraphError
        If it is no expression, or of several graphs.
    """
    graph, nodes, asked = _gather(what)
    names = Names(graph)
    folded = fold(nodes, asked | {n.id for n in nodes if n.name or names.symbol(n)})
    if isinstance(what, Graph):
        read = consumers(nodes)
        asked |= {n.id for n in nodes if n.args and n.id not in read and n.id not in folded}
    if len(folded) == len(nodes):
        folded = {}
    return Scene(graph, names, [n for n in nodes if n.id not in folded], asked, folded)


def _gather(what: What) -> tuple[Graph, list[Expr], set[int]]:
    """The graph, the nodes that matter, and the ids of those asked for."""
    if isinstance(what, Graph):
        own = _own(what)
        records = [r for r in what.derivatives if r.start == r.stop or own[r.start]]
        ends = {n.id: n for r in records for n in (r.of, *[c for _, c in results_of(r)])}
        for r in records:
            if r.cotangents:  # of what it has made, only its results are ends
                own[r.start : r.stop] = bytes(r.stop - r.start)
        roots = compress(what.nodes, own)
        return what, _lasting([*roots, *what.named.values(), *ends.values()]), {*ends}
    if isinstance(what, Expr):
        what = [what]
    if isinstance(what, str) or not isinstance(what, Iterable):
        raise RenderError(
            f"a picture is of an expression, a list of them or a graph, not {type(what).__name__}"
        )
    listed = list(what)
    if not listed:
        raise RenderError("an empty list has no picture", how="Give at least one expression.")
    first = next((x for x in listed if isinstance(x, Expr)), None)
    graph = first.graph if first is not None else Graph()
    outputs = [graph.own(x) for x in listed]
    return graph, ancestors(outputs), {x.id for x in outputs}


def _own(graph: Graph) -> bytearray:
    """A byte for each node: 0 where rewriting has made it, and may have left it."""
    own = bytearray(b"\1") * len(graph)
    for r in graph.rewrites:
        own[r.start : r.stop] = bytes(len(r))
    return own


def _lasting(roots: Sequence[Expr]) -> list[Expr]:
    """What the roots read but a variable, and what reads one: transformations leave it behind."""
    left: set[int] = set()
    nodes = ancestors(roots)
    for node in nodes:
        graph = node.graph
        variable = node.op.name == "input" and graph.inputs.get(node.params["name"]) is not node
        if variable or any(a.id in left for a in node.args):
            left.add(node.id)
    return [n for n in nodes if n.id not in left]


def _assign(graph: Graph, names: Names) -> dict[int, Part | None]:
    owners = _owners(graph)
    ranks: list[tuple[int, int]] = []  # order of derivative, and how often the flow was turned
    parts: dict[int, Part | None] = {}
    for node in graph.nodes:
        record = owners.get(graph.root(node).id)
        rank = max((ranks[a.id] for a in node.args), default=(0, 0))
        if record is not None:
            order, turns = ranks[record.of.id]
            rank = (order + 1, turns + bool(record.cotangents))
            parts[node.id] = Part(_title(record, names), rank[0], rank[1] % 2 == 1)
        else:
            parts[node.id] = FORWARD if rank[0] == 0 else None
        ranks.append(rank)
    return parts


def _owners(graph: Graph) -> dict[int, Derivative]:
    """The derivative that appended a node; the inner one, where one was taken inside another."""
    owners, forward = dict[int, Derivative](), read_forward(graph.derivatives)
    for record in graph.derivatives:
        for i in range(record.start, record.stop):
            if i not in forward:
                owners.setdefault(i, record)
    return owners


def _title(record: Derivative, names: Names) -> str:
    what = "derivative"
    if record.cotangents:
        what = "vjp" if record.of.shape else "gradient"
    return f"{what} of {names.call(record.of, 'f')}"
