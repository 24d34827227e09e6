"""Memory for time: forward values that are not kept for the backward pass, but computed again.

The forward pass is cut into segments. What crosses a cut is kept (a checkpoint); other values of a
segment are given up, and computed again when the backward pass comes to them. With as many
segments as the root of the number of layers, a chain of L layers holds about 2 sqrt(L) values
(Griewank and Walther, Evaluating Derivatives, 2nd ed., 2008; Chen et al., arXiv:1604.06174). Only
operations are repeated, on equal operands: the results are the same, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt

from ..errors import CodegenError
from ..graph.amounts import Amount
from ..graph.graph import Expr
from ..ops.op import registry
from .cost import works_of
from .order import put_off
from .schedule import Schedule

Bytes = Callable[[Expr], int]
_INTENSE = 16  # operations for each element read or written: more than cheap rows have
_GROWTH = 1.5  # of the number of segments that is tried next


@dataclass(frozen=True)
class Choice:
    """Which values are given up.

    Attributes
    ----------
    segments : int
        Into how many parts the forward pass is cut; 1: what is cheap is computed again when it
        is read, wherever it is.
    products : bool
        Whether matrix products are carried out again too.
    """

    segments: int
    products: bool = True


def choices(saved: int) -> list[Choice]:
    """What is tried to fit into a limit, of rising cost; ``saved`` values are there to give up."""
    found = [Choice(1, products=False)]
    most = max(2, 2 * isqrt(saved) + 2)
    counts = sorted({round(2 * _GROWTH**i) for i in range(most) if 2 * _GROWTH**i <= most})
    for products in (False, True):
        found += [Choice(k, products) for k in counts]
    return found


def fitted(
    plan: Schedule, limit: int, peak: Callable[[Sequence[Expr]], int], size: Bytes, free: int
) -> list[Expr]:
    """The outputs, computed with no more memory than the limit, at the least cost that is found.

    Parameters
    ----------
    plan : Schedule
        The computation as it is.
    limit : int
        Bytes.
    peak : function
        Bytes that the computation of some outputs takes at most.
    size : function
        Bytes of a node's value.
    free : int
        Bytes that it takes without a limit, which may be fewer than some of what is tried.

    Raises
    ------
    CodegenError
        If nothing that is tried fits; it says what would.
    """
    found = peak(plan.outputs)
    if found <= limit:
        return plan.outputs
    reached = min(found, free)
    for choice in choices(len(saved_values(plan))):
        outputs = recomputed(plan, choice, size)
        found = peak(outputs)
        if found <= limit:
            return outputs
        reached = min(reached, found)
    raise CodegenError(
        f"memory_limit: {limit:,} bytes do not suffice; the least that is reached is {reached:,}",
        how=f"Give {reached} bytes, or smaller sizes. Results and arrays that a single "
        "step reads and writes can not be given up.",
    )


def at_checkpoints(plan: Schedule, asked: object, size: Bytes) -> list[Expr]:
    """The outputs with a number of checkpoints, or "sqrt": the root of the values kept.

    Raises
    ------
    CodegenError
        If it is neither.
    """
    number = isqrt(len(saved_values(plan))) if asked == "sqrt" else asked
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise CodegenError(
            f"checkpoints are a number or 'sqrt', not {asked!r:.40}",
            how='Give checkpoints="sqrt" for deep networks.',
        )
    return recomputed(plan, Choice(number + 1), size) if number else plan.outputs


def saved_values(plan: Schedule) -> list[Expr]:
    """The forward values that the backward pass reads."""
    late = {a.id for n in (*plan.backward, *plan.update) for a in n.args}
    return [n for n in plan.forward if n.id in late and n.ndim]


def recomputed(plan: Schedule, choice: Choice, size: Bytes) -> list[Expr]:
    """The outputs, made of values that are computed again where the choice gives them up."""
    given_up = _given_up(plan, choice, size)
    return _Rebuilt(plan, given_up).outputs() if given_up else plan.outputs


def _given_up(plan: Schedule, choice: Choice, size: Bytes) -> set[int]:
    """The numbers of the forward values that are not kept."""
    costly = set() if choice.products else _costly(plan)
    segment = _segments(plan, choice.segments, size)
    last = max(segment.values(), default=0) if choice.segments > 1 else -1
    fixed = {o.id for o in plan.outputs} | {*plan.counted} | costly
    crossing = {
        a.id
        for n in plan.forward
        for a in n.args
        if segment.get(a.id, segment[n.id]) != segment[n.id]
    }
    return {
        n.id
        for n in plan.forward
        if n.ndim and n.args and n.id not in fixed | crossing and segment[n.id] != last
    } - _bases_of_views(plan, crossing)


def _bases_of_views(plan: Schedule, kept: set[int]) -> set[int]:
    """What is kept with a view that is kept."""
    bases: set[int] = set()
    for n in reversed(plan.forward):
        if registry[n.op].view and n.args and n.id in kept | bases:
            bases.add(n.args[0].id)
    return bases


def _costly(plan: Schedule) -> set[int]:
    """Products, factorizations and what else costs much for each element that it touches."""
    typical = dict.fromkeys([*plan.dims, *map(str, plan.counted.values())], 64)
    found = set()
    for node, work in zip(plan.operations, works_of(plan), strict=True):
        flops, touched = (Amount.of(w).at(typical) for w in (work.flops, work.bytes))
        if node.op in _PRODUCTS or flops * node.dtype.itemsize > _INTENSE * max(touched, 1):
            found.add(node.id)
    return found


_PRODUCTS = frozenset({"matmul", "outer"})


def _segments(plan: Schedule, count: int, size: Bytes) -> dict[int, int]:
    """The segment of each forward node: cut where little crosses, near equal shares of bytes."""
    forward = plan.forward
    saved = {n.id for n in saved_values(plan)}
    weights = [size(n) if n.id in saved else 0 for n in forward]
    crossing = _crossing(forward, size)
    share = max(1, sum(weights)) / count
    found: dict[int, int] = {}
    segment, below = 0, 0
    window: list[int] = []
    cuts: set[int] = set()
    for i, weight in enumerate(weights):
        below += weight
        while segment < count - 1 and below > share * (segment + 1.25):
            cuts.add(min(window or [i], key=lambda j: (crossing[j], j)))
            segment, window = segment + 1, []
        if below >= share * (segment + 0.75):
            window.append(i)
    segment = 0
    for i, node in enumerate(forward):
        found[node.id] = segment
        segment += i in cuts
    return found


def _crossing(forward: Sequence[Expr], size: Bytes) -> list[int]:
    """Behind each node, the bytes of what has been computed and is read later."""
    last = {a.id: i for i, n in enumerate(forward) for a in n.args}
    dying: dict[int, list[Expr]] = {}
    for n in forward:
        if n.id in last:
            dying.setdefault(last[n.id], []).append(n)
    now, found = 0, []
    for i, n in enumerate(forward):
        now += size(n) if n.id in last else 0
        now -= sum(map(size, dying.get(i, ())))
        found.append(now)
    return found


class _Rebuilt:
    """The backward pass anew, on values that are computed again when it first reads them."""

    def __init__(self, plan: Schedule, given_up: set[int]) -> None:
        self.plan, self.given_up = plan, given_up
        self.graph = plan.graph
        self.new: dict[int, Expr] = {}  # of forward nodes and of those that read such

    def outputs(self) -> list[Expr]:
        """The outputs of the plan, computed from what is kept."""
        for node in self._in_order():
            self._rebuild(node)
        forward = {n.id for n in self.plan.forward}
        return [o if o.id in forward else self.new.get(o.id, o) for o in self.plan.outputs]

    def _in_order(self) -> list[Expr]:
        """Backward nodes; those that read forward values alone right before what reads them."""
        nodes = [*self.plan.backward, *self.plan.update]
        made = {g.id for d in self.graph.derivatives for g in d.cotangents.values()}
        bound: set[int] = set()  # cotangents, and what reads one
        for n in nodes:
            if self.graph.root(n).id in made or any(a.id in bound for a in n.args):
                bound.add(n.id)
        stay = [n for n in nodes if n.id in bound]
        return put_off(nodes, [*self.plan.outputs, *stay], lambda n: 0)

    def _rebuild(self, node: Expr) -> None:
        for a in node.args:
            if a.id in self.given_up and a.id not in self.new:
                self._repeat(a)
        args = tuple(self.new.get(a.id, a) for a in node.args)
        if self.new:  # all that follows, so that the order of the numbers is that of the steps
            new = self.graph.duplicate(node, args)
            self.graph.inherit(new, node)
            self.new[node.id] = new

    def _repeat(self, wanted: Expr) -> None:
        """Compute a value again, and before it what it reads that is not there either."""
        stack = [wanted]
        while stack:
            node = stack[-1]
            missing = [a for a in node.args if a.id in self.given_up and a.id not in self.new]
            stack += missing
            if not missing:
                stack.pop()
                if node.id not in self.new:
                    args = tuple(self.new.get(a.id, a) for a in node.args)
                    self.new[node.id] = self.graph.repeat(node, args)
