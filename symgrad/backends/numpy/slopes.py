"""Derivatives in a graph against measured slopes of what was differentiated, as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from ...errors import CodegenError
from ...graph.graph import Derivative, Expr, hooks
from ...graph.walk import ancestors, between
from .extended import Extended
from .measurement import Along, Budget, Gradients, Jacobian, Slope
from .plain import Values, Wide
from .truth import FAILURES, Truth, worst_error

_ALL_WORK = 60_000  # of all slopes at one point, with many digits
_ALL_WIDE = 10**7  # and in float64
HOW = "This is a defect of symgrad: please report it. certify=False writes the file all the same."


def check(asked: Sequence[Expr], truth: Truth) -> None:
    """Compare the derivatives that the outputs read with slopes, along one random direction each.

    All inputs that a value was differentiated by move at once; one by one if a gradient is wrong.

    Raises
    ------
    CodegenError
        If a derivative is none.
    """
    budget: Budget = {Extended: _ALL_WORK, Wide: _ALL_WIDE}
    read: set[int] = set()
    for record in records(asked, read):
        for slope in _slopes(record, read, truth):
            if slope.agrees(budget):
                continue
            for part in _parts(slope):
                if not part.agrees(budget):
                    raise _refused(part)


def records(asked: Sequence[Expr], read: set[int]) -> list[Derivative]:
    """The derivatives that the outputs read, and those that were differentiated on the way.

    The ids of all that they read are added to ``read``.
    """
    _read_also(asked, read)
    found = []
    for record in reversed(asked[0].graph.derivatives):
        if any(n.id in read for n in _made(record)):
            _read_also([record.of], read)
            found.append(record)
    return found[::-1]


def differentiated(asked: Sequence[Expr]) -> list[Expr]:
    """What is to be known for `check`, besides the outputs."""
    reverse = [r for r in asked[0].graph.derivatives if r.cotangents]
    seeds = [n for r in reverse for n in (r.of, next(iter(r.cotangents.values())))]
    forward = [r for r in records(asked, set()) if r.result is not None]
    return seeds + [n for r in forward for n in (r.of, *r.tangents)]


def _made(record: Derivative) -> list[Expr]:
    """The derivatives themselves."""
    if record.result is not None:
        return [record.result]
    return [g for x in record.wrt if (g := record.cotangents.get(x.id)) is not None]


def _read_also(exprs: Sequence[Expr], read: set[int]) -> None:
    """Add what the expressions read to ``read``; a node in it is not entered again."""
    pending = list(exprs)
    while pending:
        node = pending.pop()
        if node.id not in read:
            read.add(node.id)
            pending += node.args


def _slopes(record: Derivative, read: set[int], truth: Truth) -> Iterator[Slope]:
    """What is to be compared of a record."""
    if record.result is not None:
        made = Along if record.tangents else Jacobian
        yield made(record, record.result, truth)
        return
    found = [(x, record.cotangents.get(x.id)) for x in record.wrt]
    pairs = [(x, g) for x, g in found if g is not None and g.id in read and g is not record.of]
    moving = [(x, g) for x, g in pairs if x.op == "input"]
    for group in [moving, *([pair] for pair in pairs if pair not in moving)]:
        if group:
            yield Gradients(record, group, truth)


def _parts(slope: Slope) -> list[Slope]:
    """A gradient toward several inputs, one by one."""
    if not isinstance(slope, Gradients):
        return [slope]
    pairs = zip(slope.moving, slope.gradients, strict=True)
    return [Gradients(slope.record, [pair], slope.truth) for pair in pairs]


def _refused(slope: Slope) -> CodegenError:
    y, x = (n.name or str(hooks["summary"](n, 40)) for n in (slope.record.of, slope.moving[0]))
    what = f"the Jacobian of {y} to {x} is wrong: along a random direction it"
    if isinstance(slope, Along):
        what = f"the derivative of {y} along its tangents is wrong: it"
    parted = ""
    if isinstance(slope, Gradients):
        what = f"the gradient of {y} to {x} is wrong: along a random direction it"
        with suppress(*FAILURES):
            parted = next(_culprits(slope), "")
    return CodegenError(
        f"{what} is {slope.found:.9g}, and the formula as written has the slope "
        f"{slope.slope:.9g}{parted}",
        how=HOW,
    )


def _culprits(slope: Gradients) -> Iterator[str]:
    """What was rewritten wrongly, else whose rule is wrong, from the output down."""
    record, graph = slope.record, slope.seed.graph
    stable = graph.nodes[next(iter(record.cotangents))]
    path = {n.id for n in between(slope.moving, [stable])}
    nodes = ancestors([stable, *record.cotangents.values()])
    truth = Truth([*nodes, *ancestors([record.of])], slope.truth.point)
    yield from rewritten(stable, truth.wide)
    for i in sorted(path & record.cotangents.keys() - {stable.id}, reverse=True):
        node, g = graph.nodes[i], record.cotangents[i]
        part = Derivative(stable, (node,), 0, 0, {stable.id: slope.seed, i: g})
        if not Gradients(part, [(node, g)], truth).agrees({Extended: 0, Wide: _ALL_WIDE}):
            readers = [n.op for n in ancestors([stable]) if node in n.args]
            rules = " or ".join(dict.fromkeys(readers))
            yield f"; they part at {said(node)}, by the derivative rule of {rules}"


def rewritten(form: Expr, values: Values) -> Iterator[str]:
    """Where a rewritten node has another value than what it stands for, the first first."""
    for node in ancestors([form]):
        root = node.graph.root(node)
        if root is node or not {root.id, node.id} <= values.keys():
            continue
        if not worst_error(np.asarray(values[node.id]), np.asarray(values[root.id])) <= 1e-6:
            yield f"; they part at {said(root)}, which is computed as {said(node)}"


def said(node: Expr) -> str:
    """A node in a message: its name, and what that stands for."""
    shown = str(hooks["summary"](node, 60))
    return f"{node.name} = {shown}" if node.name and node.args else shown
