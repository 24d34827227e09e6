"""Where an untaken branch may be evaluated safely: under which conditions a node is wanted at all.

``where(x > 0, log(x), 0)`` computes ``log(x)`` everywhere and drops it where x <= 0. The value is
right and the derivative is not: 0 * (1 / 0) is nan. So an operation that fails somewhere gets,
where no reader wants it, an operand at which it does not fail. (The "double where" that users of
other tools have to write by hand.)

A *literal* says that a node ``selector`` takes its i-th operand, a *clause* that one of some
literals holds; a node is wanted only where all its clauses hold: where one of its readers is. One
pass, linear in the nodes. (What a literal becomes on its way down through matrix products, sums
and indices: see choices.py.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce

from ..graph.dims import at_least
from ..graph.graph import Expr, operations
from ..graph.walk import ancestors
from .batching import elementwise
from .choices import CARRIED, MATRICES, Clauses, Literal, Ways, fitted, met, origin
from .construction import identity
from .literals import python_number
from .op import Op, rebuilt, registry

_LINEAR = {"add", "subtract", "negative", "absolute", "where", "maximum", "minimum", "clip", "relu"}
"""In pieces: slopes of others are made of operands, and 0 times an infinite one is nan."""
_FINITE = {"sqrt", "sqrt_product", "root_plus", "leg", "cbrt", "copysign"}
"""Their slopes at 0 are told by convention."""
_STEEP = {"arcsin", "arccos", "arccosh", "arcsinc"}  # they are finite where their slopes are not
_NONNEGATIVE = {"absolute", "square", "std", "var", "vector_norm"}  # of finite slopes
_KEEPING = {"expand_dims", "sqrt"}
_TESTS = {"isnan", "isinf", "isfinite"}
_ALWAYS: Clauses = frozenset()


def wanted(nodes: Sequence[Expr], outputs: Collection[Expr], values: bool) -> dict[int, Clauses]:
    """For the ids of nodes that fail somewhere and are not wanted everywhere, their clauses.

    Parameters
    ----------
    nodes : sequence of Expr
        In topological order.
    outputs : collection of Expr
        What is wanted everywhere.
    values : bool
        Whether values are wanted, or derivatives only: maximum reads the values of both operands,
        and passes its derivative on to the larger.
    """
    ops = {node.op for node in nodes}
    selecting = {op for op in ops if _selects(op, values)}
    failing = {op for op in ops if fails(op)}
    asked = not values and not ops.isdisjoint(_TESTS)
    if not selecting or not (failing or asked):
        return {}  # nothing is chosen, so all is wanted; or nothing has to be guarded
    if not values and (failing - _FINITE or asked):
        failing |= {op for op in ops if _multiplies(op)}
    return {n.id: here for n, here in _held(nodes, outputs, selecting, values) if n.op in failing}


def passing(nodes: Sequence[Expr], active: Collection[int]) -> dict[int, Clauses]:
    """For the ids of arcs, whose slopes are infinite at finite values, where operands vary.

    Beyond its bounds the slope of arccos(clip(x, -1, 1)) is 0 times an infinite one.
    """
    ops = {node.op for node in nodes}
    if ops.isdisjoint(_STEEP) or ops.isdisjoint(op for op in ops if _selects(op, values=False)):
        return {}
    found: dict[int, Clauses] = {}
    ways = Ways()
    for node in nodes:
        row = _row(node)
        if node.id not in active or row.batch is not elementwise:
            continue
        of = [
            ways.chosen(here, node, i) if row.selects[i : i + 1] else here
            for i, a in enumerate(node.args)
            if a.id in active and _carries(node.op, i)
            for here in [found.get(a.id, _ALWAYS)]
        ]
        found[node.id] = reduce(met, of) if of else _ALWAYS
    return {n.id: found[n.id] for n in nodes if n.op in _STEEP and found.get(n.id)}


def _held(
    nodes: Sequence[Expr], outputs: Iterable[Expr], selecting: Collection[str], values: bool
) -> Iterator[tuple[Expr, Clauses]]:
    """The nodes that are not wanted everywhere, the last first, with their clauses."""
    found: dict[int, Clauses] = {}
    always = bytearray(len(nodes[0].graph))  # 1: wanted everywhere
    ways = Ways(apart=values)
    lone = _alone(nodes) if values else set()
    for y in outputs:
        always[y.id] = 1
    for node in reversed(nodes):
        if not always[node.id] and node.id not in found:
            continue  # only compared: no derivative comes here
        here = _ALWAYS if always[node.id] else found[node.id]
        if here:
            yield node, here
        selects = registry[node.op].selects if node.op in selecting else ()
        for i, a in enumerate(node.args):
            if not always[a.id] and (values or _carries(node.op, i)):
                new = ways.passed_on(node, i, here) if here else here
                if i < len(selects) and selects[i]:
                    new = ways.chosen(new, node, i)
                found[a.id] = both = met(found.get(a.id, new), new, a.id not in lone)
                always[a.id] = not both


def _alone(nodes: Sequence[Expr]) -> set[int]:
    """The ids of what gets no guard by several choices.

    That of what conditions are made of would change them; quotients by quotients cancel first.
    """
    found = {node.args[0].id for node in nodes if node.op == "where"}
    for node in reversed(nodes):
        if node.id in found:
            found.update(a.id for a in node.args)
    return found.union(n.id for n in nodes if n.op == "divide" == n.args[1].op)


def _carries(op: str, i: int) -> bool:
    """Whether the derivative goes on to an operand: it does not to that of a comparison."""
    vjp = registry[op].vjp
    return callable(vjp) or (vjp is not None and vjp[i] is not None)


def _selects(op: str, values: bool) -> bool:
    """Whether an operation chooses among its operands."""
    return op == "where" if values else any(registry[op].selects)


def fails(op: str) -> bool:
    """Whether an operation may have no value, or no slope, at some operands."""
    safe = registry[op].safe
    return callable(safe) or op in MATRICES or any(s is not None for s in safe)


def _row(node: Expr) -> Op:
    return registry[node.op]


def infinite(nodes: Sequence[Expr]) -> set[int]:
    """The ids of nodes that may be infinite at finite operands, and of comparisons with them.

    And of what is asked whether it is finite: data that lack numbers, and all that is made of them.
    """
    found = set[int]()
    for node in reversed(nodes) if not _TESTS.isdisjoint(nodes[0].graph.ops) else ():
        if node.op in _TESTS or (node.id in found and _row(node).batch is elementwise):
            found.update(a.id for a in node.args)
    for node in nodes:
        carries = _row(node).batch is elementwise
        if _may_be_infinite(node) or (carries and any(a.id in found for a in node.args)):
            found.add(node.id)
    return found


def _may_be_infinite(node: Expr) -> bool:
    """Whether its value, or its slope, may be infinite: seen in what a maximum drops."""
    if node.op not in ("power", "divide"):
        return fails(node.op) and node.op not in _FINITE
    one, other = map(python_number, node.args)
    if node.op == "power":
        return other is None or other < 0
    return one is not None and not is_positive(node.args[1])


def _multiplies(op: str) -> bool:
    return registry[op].batch is elementwise and op not in _LINEAR


def guarded(
    node: Expr, args: Sequence[Expr], clauses: Clauses, large: Collection[int] = ()
) -> list[Expr]:
    """The operands of a node, safe where it is not wanted; the factors in ``large`` too.

    Those are guarded where they lose a comparison: other choices compute no large values in vain.
    """
    safe = _safe_operands(node)
    factors = [a.id for a in args if a.id in large] if large and _multiplies(node.op) else ()
    if not factors and safe.count(None) == len(safe):
        return list(args)
    clauses = Ways().passed_on(node, 0, clauses)
    losing = frozenset(c for c in clauses if any(x.by is x.selector or x.by.id in large for x in c))
    factors = factors if losing else ()
    new = [
        (_guard(a, losing, 0.0) if a.id in factors else a)
        if s is None or a.value is not None
        else a
        if s == 1.0 and is_positive(a) and a.id not in factors
        else _guard(a, clauses, s)
        for a, s in zip(args, [*safe, *[None] * len(args)], strict=False)
    ]
    guards = {a.id: b for a, b in zip(args, new, strict=True) if a is not b}
    return [guards.get(a.id, b) if a is b else b for a, b in zip(args, new, strict=True)]  # x / x


def is_positive(a: Expr) -> bool:
    """Whether it is what is not negative and a positive number, or made of that: no place fails."""
    while a.op in _KEEPING:
        a = a.args[0]
    if a.op == "dim":
        return bool(at_least(a.params["size"], 1) == a.params["size"])
    numbers = [python_number(x) for x in a.args]
    return a.op in ("add", "hypot") and any(
        number is not None and number > 0 and (a.op == "hypot" or _is_nonnegative(other))
        for number, other in zip(numbers, a.args[::-1], strict=True)
    )


def _is_nonnegative(a: Expr) -> bool:
    while a.op in _KEEPING | {"sum", "mean"}:
        a = a.args[0]
    return a.op in _NONNEGATIVE


def _safe_operands(node: Expr) -> Sequence[float | Expr | None]:
    """What an operand may be where it is not wanted, if it may not be all that it is."""
    if node.op in MATRICES:
        a = node.args[0]
        return [identity(node.graph, a.shape[-1], a.dtype), *[None] * len(node.args[1:])]
    safe = _row(node).safe
    return safe(node) if callable(safe) else safe


def _guard(a: Expr, clauses: Clauses, safe: float | Expr) -> Expr:
    """The operand where it is wanted, else the safe value."""
    in_order = (sorted(c, key=_place) for c in clauses)
    for ways in sorted(in_order, key=lambda c: [*map(_place, c)]):
        mask = reduce(operations["logical_or"], {fitted(x.mask(), a): None for x in ways})
        alone = len({(x.by, x.i) for x in ways}) == 1
        way = CARRIED | {"logical_or"} if alone and any(x.step for x in ways) else frozenset[str]()
        if _is_guarded(a, mask, safe, way):
            continue
        negated = mask.op == "logical_not"
        choice = (mask.args[0], safe, a) if negated else (mask, a, safe)
        a = operations["where"](*choice)
    return a


def _place(x: Literal) -> tuple[int, int, int]:
    return x.selector.id, x.i, x.number


def _is_guarded(a: Expr, mask: Expr, safe: float | Expr, way: Collection[str]) -> bool:
    """Whether an operand is a choice of this mask and this safe value already.

    A mask that was carried down is known by its origin: rewriting may have changed the ``way``.
    """
    known = origin(mask, way)
    while a.op == "where":
        first = a.args[2] is safe or a.args[2].value is not None
        inner, other = a.args[1:] if first else a.args[:0:-1]
        if other is not safe and python_number(other) != safe:
            return False
        condition, negated = origin(a.args[0], way)
        if (condition, negated == first) == known:
            return True
        a = inner
    return False


def guard(outputs: Sequence[Expr], keep: Sequence[Expr] = ()) -> list[Expr]:
    """The outputs with safe operands in branches that `where` does not take."""
    if "where" not in outputs[0].graph.ops:
        return list(outputs)
    nodes = ancestors(outputs)
    clauses = wanted(nodes, {*outputs, *keep}, values=True)
    kept, new = set(keep), dict[Expr, Expr]()
    for node in nodes:
        if node.id in clauses or (new and not new.keys().isdisjoint(node.args)):
            made = node if node in kept else _rebuilt(node, new, clauses)
            if made is not node:
                new[node] = made
    return [new.get(y, y) for y in outputs]


def _rebuilt(node: Expr, new: Mapping[Expr, Expr], clauses: Mapping[int, Clauses]) -> Expr:
    args = [new.get(a, a) for a in node.args]
    safe = tuple(guarded(node, args, clauses.get(node.id, _ALWAYS)))
    if safe == node.args:
        return node
    made = rebuilt(node, safe)
    if made is not node and made.id not in node.graph.origins:
        node.graph.inherit(made, node)
    return made
