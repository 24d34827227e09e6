"""Compiling apart: what becomes of some outputs depends on what they read, and on nothing else.

A graph knows every node that was ever appended to it. Rewriting would find again what it has made
for other functions, in the order in which it made that; and the order of nodes is the order of
emitted code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import RLock

from .graph import Derivative, Expr, Graph
from .marks import Marks
from .walk import ancestors, marked

_lock = RLock()  # two threads that compile would give a graph back what the other one knows


@contextmanager
def apart(outputs: Sequence[Expr]) -> Iterator[None]:
    """Inside, graphs know what the outputs read and what is appended, and nothing else.

    One thread at a time is inside.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x")
    >>> y, z = x + 1, x * 2
    >>> with apart([y]):
    ...     x + 1 is y, x * 2 is z
    (True, False)
    >>> x * 2 is z
    True
    """
    with _lock, ExitStack() as stack:
        for graph in dict.fromkeys([o.graph for o in outputs]):
            stack.enter_context(_apart([o for o in outputs if o.graph is graph]))
        yield


@contextmanager
def rewriting(graph: Graph) -> Iterator[None]:
    """Note that what is appended inside are other forms of what is there.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = (g := Graph()).input("x")
    >>> with rewriting(g):
    ...     y = x + x
    >>> g.rewrites
    [range(1, 2)]
    """
    start = len(graph)
    try:
        yield
    finally:
        while graph.rewrites and graph.rewrites[-1].stop >= start:  # made inside, or just before
            start = min(start, graph.rewrites.pop().start)
        if start < len(graph):
            graph.rewrites.append(range(start, len(graph)))


@contextmanager
def _apart(outputs: Sequence[Expr]) -> Iterator[None]:
    graph, nodes = outputs[0].graph, ancestors(outputs)
    records = graph.derivatives
    graph.derivatives = _read_by(outputs, nodes, records)
    count = len(graph.derivatives)
    try:
        with graph.knowing(nodes), rewriting(graph):
            yield
    finally:
        graph.derivatives = [*records, *graph.derivatives[count:]]


def _read_by(
    outputs: Sequence[Expr], nodes: Sequence[Expr], records: Sequence[Derivative]
) -> list[Derivative]:
    """The derivatives of which some outputs read a node, or that first gave one of them.

    What is made of such a node, in a batch for example, stands for it.
    """
    graph = outputs[0].graph
    asked, marks = {n.id for o in outputs for n in (o, graph.root(o))}, Marks()
    marks.add(marked(outputs))
    marks.update([graph.root(n).id for n in nodes if n.id in graph.origins])
    read = marks.bytes(len(graph))
    found = []
    for d in records:
        given = asked.intersection(_results(d))
        asked -= given
        if given or read.find(1, d.start, d.stop) >= 0:
            found.append(d)
    return found


def _results(record: Derivative) -> list[int]:
    results = [*map(record.cotangents.get, [x.id for x in record.wrt]), record.result]
    return [r.id for r in results if r is not None]
