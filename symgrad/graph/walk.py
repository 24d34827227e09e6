"""All traversals of the graph. Node order is topological, so each is a loop; nothing recurses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from operator import is_not

from .graph import Derivative, Expr
from .marks import Marks

_BLOCK = 256  # nodes


def ancestors(outputs: Iterable[Expr], known: Marks | None = None) -> list[Expr]:
    """All nodes that the outputs read, outputs included, in topological order.

    Nodes whose ids are ``known`` are left out. The graph remembers the last answer: passes that
    follow one another ask for the same.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x")
    >>> [node.op.name for node in ancestors([(x + 1) * x])]
    ['input', 'constant', 'add', 'multiply']
    """
    asked = list(outputs)
    if not asked:
        return []
    graph = asked[0].graph
    before, found, marks = graph.walked
    if len(before) != len(asked) or any(map(is_not, before, asked)):
        found, marks = _ancestors(asked)
        graph.walked = asked, found, marks
    if not known:
        return list(found)
    if few(found, marks):
        seen = known.bytes(len(marks))
        return [n for n in found if not seen[n.id]]
    return list(compress(graph.nodes, known.missing(marks)))


def marked(outputs: Sequence[Expr]) -> bytes:
    """As `ancestors`, but a byte for each node up to the last of them: 1 where it is one."""
    ancestors(outputs)
    return outputs[0].graph.walked[2]


def few(nodes: Sequence[Expr], marks: bytes) -> bool:
    """Whether a look at each of the nodes takes less time than one at all marks."""
    return len(nodes) < len(marks) // _BLOCK


def _ancestors(outputs: Sequence[Expr]) -> tuple[list[Expr], bytes]:
    """From the last output down: a mark for each node that is read.

    Blocks without a mark are leaped over; in others `compress` finds the marked, also those that
    are marked as it goes: it takes half the time of a search for each.
    """
    nodes, found = outputs[0].graph.nodes, list[Expr]()
    last = max(o.id for o in outputs)
    marks = bytearray(last + 1)
    view = memoryview(marks)
    for o in outputs:
        marks[o.id] = 1
    while last >= 0:
        block = slice(max(0, last - _BLOCK), last + 1)
        for node in compress(reversed(nodes[block]), reversed(view[block])):
            found.append(node)
            for a in node.args:
                marks[a.id] = 1
        last = marks.rfind(1, 0, block.start)
    found.reverse()
    return found, bytes(marks)


def read_forward(records: Sequence[Derivative]) -> set[int]:
    """What is differentiated and made of no derivative, and all that it reads.

    A second loss may read what the gradient of the first is made of, a sigmoid for example.
    """
    made, derived = {i for d in records for i in d.made()}, set[int]()
    for node in ancestors([d.of for d in records]):
        if node.id in made or not derived.isdisjoint([a.id for a in node.args]):
            derived.add(node.id)
    losses = [d.of for d in records if d.of.id not in derived]
    return {n.id for n in ancestors(losses)} if losses else set()


def down_to(outputs: Iterable[Expr], known: Callable[[Expr], object]) -> list[Expr]:
    """What the outputs are made of, in topological order, down to what is known and left out."""
    found: dict[int, Expr] = {}
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node.id not in found and not known(node):
            found[node.id] = node
            stack += node.args
    return [found[i] for i in sorted(found)]


def between(wrt: Iterable[Expr], outputs: Iterable[Expr]) -> list[Expr]:
    """The nodes on a path from ``wrt`` to ``outputs``, in topological order."""
    reached = {x.id for x in wrt}
    path = []
    for node in ancestors(outputs):
        if node.id in reached or any(a.id in reached for a in node.args):
            reached.add(node.id)
            path.append(node)
    return path


def consumers(nodes: Iterable[Expr]) -> dict[int, list[Expr]]:
    """For the id of every operand, the nodes that read it (once per reading)."""
    table: dict[int, list[Expr]] = {}
    for node in nodes:
        for a in node.args:
            table.setdefault(a.id, []).append(node)
    return table
