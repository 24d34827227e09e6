"""What every target needs to know before it writes a line: which nodes, in which order and section.

The order is the graph's own. Forward nodes come first; a node is backward if reverse mode made it,
or serves one that it made; what else reads gradients (a training step's update) comes last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field

from ..errors import CodegenError
from ..graph.dims import Dim, names_of
from ..graph.graph import Expr, Graph
from ..graph.records import record
from ..graph.walk import ancestors, read_forward


@record
class Schedule:
    """The computation of some outputs from some inputs.

    Attributes
    ----------
    inputs, outputs : list of Expr
        As the user gave them.
    forward, backward, update : list of Expr
        The operations to carry out, in order; inputs, constants and sizes are not among them.
    uses : Counter
        For a node's id, how often it is read (as an output included).
    dims : list of str
        The named dims that the inputs determine.
    counted : dict
        The named dims that are counted on the way, by the number of the node that tells them.
    updated : list of Expr
        The inputs that are overwritten at the end: by the last of the outputs, in order.
    """

    inputs: list[Expr]
    outputs: list[Expr]
    forward: list[Expr] = field(default_factory=list)
    backward: list[Expr] = field(default_factory=list)
    update: list[Expr] = field(default_factory=list)
    uses: Counter[int] = field(default_factory=Counter)
    dims: list[str] = field(default_factory=list)
    counted: dict[int, str] = field(default_factory=dict)
    updated: list[Expr] = field(default_factory=list)

    @property
    def operations(self) -> list[Expr]:
        """All of them, in order."""
        return [*self.forward, *self.backward, *self.update]

    @property
    def returned(self) -> list[Expr]:
        """The outputs that are returned."""
        return self.outputs[: len(self.outputs) - len(self.updated)]

    @property
    def graph(self) -> Graph:
        """The graph of the outputs."""
        return self.outputs[0].graph


LEAVES = frozenset({"input", "constant", "dim"})
LITERALS = frozenset({"constant", "dim"})


def schedule(
    inputs: Sequence[Expr] | None,
    outputs: Sequence[Expr],
    updated: Sequence[Expr] = (),
    asked: Sequence[Expr] = (),
) -> Schedule:
    """Order the computation, checking that the inputs suffice.

    Without inputs these are what is needed by the outputs, and by them as they were `asked` for:
    no argument comes and goes with the rewriting.

    Raises
    ------
    CodegenError
        If an input that the outputs read, or a named dim that they need, is not given.
    """
    more = [n for n in ancestors(asked) if n.op == "input"] if inputs is None and asked else []
    nodes = ancestors(outputs)
    needed = [n for n in nodes if n.op == "input"]
    needed = sorted({*needed, *updated, *more}, key=lambda x: x.id)
    if inputs is None:
        needed = _with_sizes(needed, nodes)
    plan = Schedule(_given(inputs, needed, outputs[0].graph), list(outputs))
    plan.updated = list(updated)
    plan.dims = _known_dims(plan.inputs)
    plan.counted = {n.id: n.params["size"] for n in nodes if n.op == "flatnonzero"}
    _check_dims(nodes, plan)
    plan.uses.update([a.id for n in nodes for a in n.args])
    plan.uses.update(o.id for o in outputs)
    _divide([n for n in nodes if n.op not in LEAVES], plan)
    return plan


def _divide(nodes: list[Expr], plan: Schedule) -> None:
    """Put every operation in its section."""
    made = _made(nodes, plan.graph)
    served = bytearray(made)
    literal = {n.id for n in nodes if made[n.id] and _is_literal(n)}
    for number in literal:
        made[number] = 0
    before, behind = _split(nodes, made, plan.graph)
    late = _read_backward_only(before, literal, plan)
    for node in reversed(behind):
        if served[node.id]:
            for a in node.args:
                served[a.id] = 1
    plan.forward = [n for n in before if n.id not in late]
    if late:
        behind = sorted([*behind, *(n for n in before if n.id in late)], key=lambda n: n.id)
    for number in late:
        served[number] = 1
    plan.backward = [n for n in behind if served[n.id]]
    plan.update = [n for n in behind if not served[n.id]]


def _is_literal(node: Expr) -> bool:
    """Whether it is made of literals alone, or an argument seen otherwise."""
    for a in node.args:
        if a.op not in LITERALS and (a.op, node.op) != ("input", "transpose"):
            return False
    return bool(node.args)


def _split(nodes: list[Expr], made: bytearray, graph: Graph) -> tuple[list[Expr], list[Expr]]:
    """What comes before all that is made, and what is made, repeats something or reads such."""
    repeated = [n.id for n in nodes if n.id in graph.again] if graph.again else []
    again = min(repeated, default=len(graph))
    before, behind, after = list[Expr](), list[Expr](), made
    for node in nodes:
        number = node.id
        if after[number] or number >= again or 1 in [after[a.id] for a in node.args]:
            after[number] = 1
            behind.append(node)
        else:
            before.append(node)
    return before, behind


def _read_backward_only(before: list[Expr], literal: set[int], plan: Schedule) -> set[int]:
    """Nodes that rewriting a derivative has made, of forward values, for the derivative alone.

    What is made of literals there is also a forward value, if one reads it.
    """
    graph = plan.graph
    start = min((d.start for d in graph.derivatives), default=len(graph))
    candidates = {n.id for n in before if n.id in literal or _is_new(n, start)}
    if not candidates:
        return candidates
    late: set[int] = set()
    read_forward = {o.id for o in plan.outputs} - literal
    for node in reversed(before):
        if node.id in candidates and node.id not in read_forward:
            late.add(node.id)
        else:
            for a in node.args:
                read_forward.add(a.id)
    return late


def _is_new(node: Expr, start: int) -> bool:
    """Whether it was made since a number, and stands for no other node."""
    return node.id >= start and node.graph.root(node) is node and node.name is None


def _given(inputs: Sequence[Expr] | None, needed: list[Expr], graph: Graph) -> list[Expr]:
    for x in needed:
        if graph.inputs.get(str(x.name)) is not x:
            raise CodegenError(
                f"the outputs read a stand-in {x.type} that sg.vmap gave to its function",
                how="Return what depends on it from that function, and use vmap's result.",
            )
    if inputs is None:
        return needed
    given = []
    for x in inputs:
        if graph.own(x).op != "input":
            raise CodegenError(
                f"{x.label} is computed, and can not be an argument",
                how="Give inputs of the graph; to start from this value, declare an input for it.",
            )
        given.append(x)
    repeated = [x.name for x, count in Counter(given).items() if count > 1]
    if repeated:
        raise CodegenError(f"the input {repeated[0]} is given twice")
    known = {x.id for x in given}
    missing = [str(x.name) for x in needed if x.id not in known]
    if missing:
        raise CodegenError(
            f"the outputs read {', '.join(missing)}, which is not among the inputs",
            how=f"Add {', '.join(missing)}, or give inputs=None for all that is needed.",
        )
    return given


def _with_sizes(needed: list[Expr], nodes: list[Expr]) -> list[Expr]:
    """The inputs that are read, and the first that tell the other sizes, as declared."""
    counted = {n.params["size"] for n in nodes if n.op == "flatnonzero"}
    named = {d for n in _of_each_size(nodes) for d in names_of(_sizes(n))}
    missing = named - counted - {*_known_dims(needed)}
    more = []
    for x in nodes[0].graph.inputs.values():
        if missing and not missing.isdisjoint(_known_dims([x])):
            missing -= {*_known_dims([x])}
            more.append(x)
    return sorted({x.id: x for x in [*needed, *more]}.values(), key=lambda x: x.id)


def _sizes(node: Expr) -> Sequence[int | Dim]:
    """The sizes that the text of a node may mention."""
    return [node.params["size"]] if node.op == "dim" else node.shape


def _known_dims(inputs: Sequence[Expr]) -> list[str]:
    """Named dims that stand alone as the size of some axis."""
    shapes = [t.shape for t in dict.fromkeys(x.type for x in inputs)]  # of many inputs, few
    return list(dict.fromkeys(d for shape in shapes for d in shape if d in names_of([d])))


def _check_dims(nodes: list[Expr], plan: Schedule) -> None:
    known = {*plan.dims, *plan.counted.values()}
    sized = [*plan.inputs, *(n for n in nodes if n.op not in LEAVES or n.op == "dim")]
    for node in _of_each_size(sized):
        for name in names_of(_sizes(node)):
            if name not in known:
                raise CodegenError(
                    f"the size {name} can not be told from the inputs",
                    how=f"Add an input that has {name} as an axis.",
                )


def _of_each_size(nodes: Iterable[Expr]) -> Iterable[Expr]:
    """A node of each type, and of what is a size each; a graph has every type once."""
    return {id(n if n.op == "dim" else n.type): n for n in nodes}.values()


def _made(nodes: list[Expr], graph: Graph) -> bytearray:
    """A byte for each node: 1 where reverse mode made it, or its first form.

    Records are apart, so the nearest start to the left decides, by its stop.
    """
    found, records = bytearray(len(graph)), sorted(graph.derivatives, key=lambda d: d.start)
    if not records:
        return found
    starts, stops, origins = [d.start for d in records], [d.stop for d in records], graph.origins
    forward = read_forward(records) if len(records) > 1 else set[int]()
    for node in nodes:
        number = origins.get(node.id, node).id
        i = bisect_right(starts, number) - 1
        if i >= 0 and number < stops[i] and number not in forward:
            found[node.id] = 1
    return found
