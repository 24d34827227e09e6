"""A scene as DOT: one cluster per part, gradients beside the values, in the opposite direction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..errors import RenderError
from ..graph.graph import Expr
from . import markup, style
from .labels import changes_shape, is_ordered, operand_name, operation_text, type_text
from .scene import Part, Scene

if TYPE_CHECKING:
    import graphviz

# Where operands come in: those of values, those of gradients.
_SIDES = {"TB": "ns", "BT": "sn", "LR": "we", "RL": "ew"}
_FEW = 4  # nodes that need no legend


def to_digraph(
    scene: Scene, *, shapes: bool = True, rankdir: str = "TB", title: str | None = None
) -> graphviz.Digraph:
    """The DOT of a scene.

    Parameters
    ----------
    shapes : bool
        Show shapes: on inputs and outputs, and on edges where they change.
    rankdir : str
        Where the values flow: TB (from top to bottom), BT, LR or RL; gradients flow back.
    title : str, optional
        Stands above the picture.

    Raises
    ------
    RenderError
        If ``rankdir`` is none of these, or the package graphviz is missing.
    """
    if rankdir not in _SIDES:
        raise RenderError(
            f"{rankdir!r:.40} is no direction", how=f"The directions: {', '.join(_SIDES)}."
        )
    return _Writer(scene, shapes, rankdir).write(title)


def load_graphviz() -> Any:
    """The package graphviz.

    Raises
    ------
    RenderError
        If it is not installed.
    """
    try:
        import graphviz
    except ImportError:
        raise RenderError(
            "pictures need the package graphviz, which is not installed",
            how='Install it with: pip install "symgrad[viz]"',
        ) from None
    return graphviz


@dataclass
class _Writer:
    scene: Scene
    shapes: bool
    rankdir: str
    bearers: set[tuple[int, int]] = field(default_factory=set)  # edges labeled with a shape
    above: dict[str, dict[str, None]] = field(default_factory=dict)  # head -> tails

    def write(self, title: str | None) -> graphviz.Digraph:
        """The whole picture in Graphviz's language."""
        graph = load_graphviz().Digraph(
            "symgrad",
            graph_attr=style.GRAPH | {"rankdir": self.rankdir},
            node_attr=style.NODE,
            edge_attr=style.EDGE,
        )
        if title or not self.scene.nodes:
            graph.attr(label=markup.label(markup.escape(title or "an empty graph", 200)))
        self._add_nodes(graph)
        self.bearers = self._choose_bearers() if self.shapes else set()
        for node in self.scene.nodes:
            self._add_edges(graph, node)
        depths = _depths(self.above)
        if _span(self.above, depths) > style.LONG:
            graph.attr(**style.QUICK)
        self._add_legend(graph, depths)
        return graph

    def _add_nodes(self, graph: graphviz.Digraph) -> None:
        groups: dict[Part | None, list[Expr]] = {}
        for node in self.scene.nodes:
            groups.setdefault(self._part(node), []).append(node)
        framed = any(part and part.order for part in groups)
        for number, (part, nodes) in enumerate(groups.items()):
            frame = _frame(part) if framed and part else None
            with graph.subgraph(name=f"cluster_{number}" if frame else None) as group:
                group.attr(**(frame or {}))
                for node in nodes:
                    group.node(f"n{node.id}", markup.label(self._label(node)), **self._look(node))

    def _part(self, node: Expr) -> Part | None:
        return self.scene.parts[node.id]

    def _look(self, node: Expr) -> dict[str, str]:
        tint = _tint(self._part(node))
        look = {"color": tint.line, "fillcolor": tint.fill} | style.KINDS[self.scene.kind(node)]
        if node.id in self.scene.outputs:
            look |= style.OUTPUT
        return look | (style.BESIDE if self._ports(node) and self.rankdir in ("LR", "RL") else {})

    def _label(self, node: Expr) -> str:
        lines = [self._title(node), markup.escape(operation_text(node, self.scene.folded))]
        if self._shows_type(node):
            lines.append(markup.faint(type_text(node)))
        body, ports = markup.stack(lines), self._ports(node)
        return markup.with_ports(body, ports) if ports else body

    def _title(self, node: Expr) -> str:
        names, symbol = self.scene.names, self.scene.names.symbol(node)
        called = [markup.bold(str(name)) for name in (node.name, symbol) if name is not None]
        if not called and node.id in names.stand_ins:
            called = [markup.italic(names.stand_ins[node.id])]
        aside = markup.faint(" rewritten") if called and self.scene.is_rewritten(node) else ""
        return " = ".join(called) + aside

    def _shows_type(self, node: Expr) -> bool:
        ends = not node.args or node.id in self.scene.outputs
        return self.shapes and ends and type_text(node) != ""

    def _ports(self, node: Expr) -> dict[int, tuple[str, str]]:
        """The drawn operands, if their order matters: the operation's names for them, and sides."""
        operands = self.scene.operands(node)
        if len(operands) < 2 or not is_ordered(node):
            return {}
        return {i: (operand_name(node, i), self._side(x, node)) for i, x in operands}

    def _side(self, operand: Expr, node: Expr) -> str:
        """Where an operand comes in; of values, into a gradient too, with the flow of values."""
        part = self._part(node)
        return _SIDES[self.rankdir][_backward(part) and self._part(operand) == part]

    def _add_edges(self, graph: graphviz.Digraph, node: Expr) -> None:
        ports = self._ports(node)
        for i, operand in self.scene.operands(node):
            head = f"n{node.id}" + (f":p{i}:{ports[i][1]}" if i in ports else "")
            label = None
            if (node.id, i) in self.bearers:
                label = markup.label("&#160;" + markup.escape(type_text(operand)))
            self._add_edge(graph, operand, node, head, label)

    def _add_edge(
        self, graph: graphviz.Digraph, operand: Expr, node: Expr, head: str, label: str | None
    ) -> None:
        """An edge with the flow; within a gradient DOT sees it reversed, and draws it back."""
        tail, part = f"n{operand.id}", self._part(node)
        look = {"color": _tint(part).line}
        if self._part(operand) != part:
            look = style.ACROSS
        elif _backward(part):
            tail, head, look = head, tail, look | {"dir": "back"}
        graph.edge(tail, head, label, **look)
        tail, head = (end.partition(":")[0] for end in (tail, head))
        self.above.setdefault(head, {})[tail] = None

    def _choose_bearers(self) -> set[tuple[int, int]]:
        """For each array one of its edges, preferably inside its part, to bear the shape."""
        chosen: dict[int, tuple[bool, int, int]] = {}
        for node in self.scene.nodes:
            for i, operand in self.scene.operands(node):
                if self._shows_type(operand) or not changes_shape(operand):
                    continue
                inside = self._part(operand) == self._part(node)
                if operand.id not in chosen or inside > chosen[operand.id][0]:
                    chosen[operand.id] = inside, node.id, i
        return {(node, i) for _, node, i in chosen.values()}

    def _add_legend(self, graph: graphviz.Digraph, depths: Mapping[str, int]) -> None:
        """The kinds of nodes that occur, as small nodes of these kinds, out of the way."""
        if len(self.scene.nodes) < _FEW:
            return
        kinds = {self.scene.kind(n) for n in self.scene.nodes}
        entries = {k: look for k, look in style.KINDS.items() if k in kinds}
        entries["output"] = style.KINDS["operation"] | style.OUTPUT
        with graph.subgraph(graph_attr={"rank": "same"}) as legend:
            for kind, look in entries.items():
                legend.node(f"legend_{kind}", kind, **(look | style.LEGEND))
        first, *_ = names = [f"legend_{kind}" for kind in entries]
        for left, right in pairwise(names):
            graph.edge(left, right, style="invis", minlen="0")
        if depths:
            bottom = max(depths, key=depths.__getitem__)
            graph.edge(bottom, first, style="invis", minlen="0", weight="0")


def _depths(above: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """The length of the longest path to each node; nothing if there is no telling."""
    depths: dict[str, int] = {}
    try:
        for name in TopologicalSorter(above).static_order():
            depths[name] = 1 + max((depths[tail] for tail in above.get(name, ())), default=0)
    except CycleError:
        return {}
    return depths


def _span(above: Mapping[str, Iterable[str]], depths: Mapping[str, int]) -> int:
    """How many ranks all edges cross together; a node that reads nothing stands by its readers."""
    edges = [(tail, head) for head in depths for tail in above.get(head, ())]
    ranks = dict(depths)
    for tail in {tail: None for tail, _ in edges if tail not in above}:
        ranks[tail] = len(depths)
    for tail, head in edges:
        if tail not in above:
            ranks[tail] = min(ranks[tail], ranks[head] - 1)
    return sum(ranks[head] - ranks[tail] for tail, head in edges)


def _backward(part: Part | None) -> bool:
    return part is not None and part.backward


def _tint(part: Part | None) -> style.Tint:
    return style.TINTS[min(part.order if part else 0, len(style.TINTS) - 1)]


def _frame(part: Part) -> dict[str, str]:
    tint = _tint(part)
    return style.CLUSTER | {
        "label": markup.label(markup.bold(part.title)),
        "color": tint.line,
        "fontcolor": tint.line,
        "fillcolor": tint.ground,
    }
