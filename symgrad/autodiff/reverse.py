"""Reverse mode: the backward pass of Deep Learning, algorithm 6.2, with nodes for numbers.

`vjp` walks the nodes from the output down, once each, and keeps the book's grad_table. Rules give
each operand its share; this engine alone broadcasts, sums over consumers and over broadcast axes,
and converts dtypes. A cotangent may stay smaller than its node (a scalar 1/n for a whole batch)
as long as NumPy broadcasts it, which is what keeps emitted code short.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import DifferentiationError, suggest
from ..graph.collection import resting
from ..graph.dims import product
from ..graph.graph import Derivative, Expr, Graph
from ..graph.types import Shape
from ..graph.walk import ancestors
from ..ops.choices import Clauses
from ..ops.guards import guarded, infinite, passing, wanted
from ..ops.op import Op, rebuilt, registry
from ..ops.operands import lift
from .parts import total


def vjp(y: Expr, wrt: Sequence[Expr], ct: Expr, of: Expr | None = None) -> list[Expr]:
    """The cotangent of each of ``wrt``, for the cotangent ``ct`` of ``y``.

    ``of`` is what the record calls the differentiated output, where ``y`` is a rewritten form.

    Shapes: ``ct`` broadcasts to ``y``; each result has its operand's shape and dtype.

    Raises
    ------
    DifferentiationError
        If an operation on the way has no derivative, or ``wrt`` holds integers.
    """
    with recorded(y if of is None else of, wrt) as record:
        results = pull([(y, ct)], wrt, record.cotangents)
        record.cotangents.update((x.id, r) for x, r in zip(wrt, results, strict=True))
    return results


@contextmanager
def recorded(of: Expr, wrt: Sequence[Expr]) -> Iterator[Derivative]:
    """Note in the graph that the nodes appended inside compute a derivative."""
    record = Derivative(of, tuple(wrt), start=len(of.graph))
    yield record
    record.stop = len(of.graph)
    of.graph.derivatives.append(record)


@resting()
def pull(
    seeds: Sequence[tuple[Expr, Expr]], wrt: Sequence[Expr], table: dict[int, Expr]
) -> list[Expr]:
    """The cotangents of ``wrt`` for several outputs, each with its own; fills the grad_table."""
    nodes = ancestors([y for y, _ in seeds])
    active = varying(wrt, nodes)
    clauses = wanted(nodes, [y for y, _ in seeds], values=False)
    large = infinite(nodes) if clauses else set()
    for i, passed in passing(nodes, active).items():
        clauses[i] = clauses.get(i, frozenset()) | passed
    shares: dict[int, list[Expr]] = {}
    for y, ct in seeds:
        shares.setdefault(y.id, []).append(_seed(ct, y))
    with _deriving(nodes[0].graph):
        for node in reversed(nodes):
            if node.id not in shares:
                continue
            g = table[node.id] = total(shares.pop(node.id))
            if node.args and node.id in active:
                safe = _safe(node, clauses[node.id], large) if node.id in clauses else None
                _propagate(node, g, active, shares, safe)
        return [_completed(table.get(x.id), x) for x in wrt]


@contextmanager
def _deriving(graph: Graph) -> Iterator[None]:
    before, graph.deriving = graph.deriving, True
    try:
        yield
    finally:
        graph.deriving = before


def _seed(ct: Expr, y: Expr) -> Expr:
    """A cotangent in the dtype of its output; a Python number adopts it by itself."""
    adopts = ct.type.weak and ct.type.is_floating
    return ct if adopts or ct.dtype == y.dtype else ct.astype(y.dtype)


def grad(y: Expr, wrt: Sequence[Expr], of: Expr | None = None) -> list[Expr]:
    """The gradient of a scalar: `vjp` with the cotangent 1.

    Raises
    ------
    DifferentiationError
        If ``y`` is no scalar, or not floating.
    """
    check_scalar(y if of is None else of)
    return vjp(y, wrt, y.graph.constant(1.0), of)


def check_scalar(y: Expr) -> None:
    """Refuse the gradient of what is no scalar.

    Raises
    ------
    DifferentiationError
    """
    if y.shape != ():
        raise DifferentiationError(
            f"a gradient is of a scalar, and {y.label} is none",
            y.graph.spans.get(y.id),
            "Reduce it with .sum() or .mean(), or use sg.vjp or sg.jacobian.",
        )


def check(y: Expr, wrt: Sequence[Expr]) -> None:
    """Refuse what can not be differentiated before anything is appended.

    Raises
    ------
    DifferentiationError, GraphError
    """
    for x in [y, *wrt]:
        y.graph.own(x)
        if not x.type.is_floating:
            what = "differentiate" if x is y else "differentiate with respect to"
            raise DifferentiationError(
                f"cannot {what} {x.label}: {x.dtype.name} values do not vary continuously",
                y.graph.spans.get(x.id),
                "Declare it as float64 or float32, or convert with .astype('float64').",
            )


def find(y: Expr, wrt: Expr | str) -> Expr:
    """An expression given by itself or by its name in the graph of ``y``.

    Raises
    ------
    DifferentiationError
        If no expression has that name.
    """
    if not isinstance(wrt, str):
        return y.graph.own(wrt)
    if wrt not in y.graph.named:
        near = suggest(wrt, y.graph.named)
        known = ", ".join(y.graph.named) or "none"
        raise DifferentiationError(
            f"no expression is called {wrt[:60]!r}",
            how=f"Did you mean {near}?" if near else f"The names of this graph: {known[:300]}.",
        )
    return y.graph.named[wrt]


def varying(wrt: Sequence[Expr], nodes: Sequence[Expr]) -> set[int]:
    """The ids of ``wrt``, and of those of the nodes that vary with it."""
    found = {x.id for x in wrt}
    for node in nodes:
        for a in node.args:
            if a.id in found:
                if node.type.is_floating and not registry[node.op].constant_derivative:
                    found.add(node.id)
                break
    return found


def _propagate(
    node: Expr,
    g: Expr,
    active: set[int],
    shares: dict[int, list[Expr]],
    safe: tuple[Expr, Sequence[Expr]] | None,
) -> None:
    """Note each operand's share of the cotangent g of a node.

    Rules are applied at ``safe`` operands where there are some: where g is 0, since 0 times an
    infinite slope is nan.
    """
    op = registry[node.op]
    if op.vjp is None:
        if op.constant_derivative:
            return
        raise _no_derivative(node)
    if not op.lazy:
        g = _completed(g, node)
    y, operands = safe or (node, node.args)
    for i, operand in enumerate(node.args):
        if operand.id not in active:
            continue
        if callable(op.vjp):
            share = op.vjp(i, g, y, **node.params)
        else:
            rule = op.vjp[i]
            share = None if rule is None else rule(g, y, *operands, **node.params)
        if share is not None:
            if not (share.type is operand.type is node.type):  # mostly it is, and fits
                share = _fitted(share, _full_shape(op, node, share, operand), operand)
            shares.setdefault(operand.id, []).append(share)


def _safe(node: Expr, clauses: Clauses, large: set[int]) -> tuple[Expr, Sequence[Expr]]:
    """The node on operands that are safe where its cotangent is 0, and these."""
    operands = guarded(node, node.args, clauses, large)
    same = all(a is b for a, b in zip(operands, node.args, strict=True))
    return node if same else rebuilt(node, operands), operands


def _full_shape(op: Op, node: Expr, share: Expr, operand: Expr) -> Shape:
    """What a share stands for, once broadcast; it may be smaller under lazy rules."""
    if op.lazy == "operand":
        return operand.shape
    return node.shape if op.lazy else share.shape


def _fitted(share: Expr, full: Shape, operand: Expr) -> Expr:
    """A share summed over the axes that broadcasting added to the operand, in its dtype."""
    target = operand.shape
    if not share.type.weak and share.dtype != operand.dtype:
        share = share.astype(operand.dtype)
    if full == target:
        return share
    return _summed(share, full, target)


def _summed(share: Expr, full: Shape, target: Shape) -> Expr:
    """Adjoint of broadcasting target to full; an axis the share lacks is a factor, not a sum."""
    lead = len(full) - len(target)
    short = len(full) - share.ndim
    new = [i for i, d in enumerate(full) if i < lead or (target[i - lead] == 1 and d != 1)]
    held = [i - short for i in new if i >= short and share.shape[i - short] == full[i]]
    factor = product(full[i] for i in new if i - short not in held)
    for axes, keepdims in _leading_first(held, lead - short):
        share = share.sum(axis=axes, keepdims=keepdims)
    extra = share.ndim - len(target)
    if extra > 0:
        share = registry["squeeze"](share, axis=tuple(range(extra)))
    return share if factor == 1 else share * lift(share.graph, factor)


def _leading_first(axes: list[int], lead: int) -> list[tuple[tuple[int, ...], bool]]:
    """The sums to take: inner axes stay as size 1, leading axes go."""
    inner = tuple(i for i in axes if i >= lead)
    outer = tuple(i for i in axes if i < lead)
    return [(a, keep) for a, keep in ((inner, True), (outer, False)) if a]


def _completed(g: Expr | None, node: Expr) -> Expr:
    """A cotangent in full: of the node's shape and dtype; zeros where nothing arrived."""
    if g is None:
        g = node.graph.constant(0.0)
    if g.type is node.type and not g.type.weak:
        return g
    if g.value is not None and (g.type.weak or g.dtype != node.dtype):
        g = node.graph.constant(g.value, node.dtype)
    elif g.dtype != node.dtype or g.type.weak:
        g = g.astype(node.dtype)
    return registry["broadcast_to"](g, node.shape)


def _no_derivative(node: Expr) -> DifferentiationError:
    return DifferentiationError(
        f"{node.op} has no derivative, and the result varies through {node.label}",
        node.graph.spans.get(node.id),
        "Stop the gradient there with sg.stop_gradient, or write the value differently.",
    )
