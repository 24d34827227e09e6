"""Why a formula was rewritten: a point at which it fails as it was written, found by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from ...errors import SymgradError
from ...graph.dims import evaluate, names_of
from ...graph.graph import Expr, Graph, hooks
from ...graph.types import Type
from ...graph.walk import down_to
from ...ops.batching import elementwise
from ...ops.op import registry
from ..facts.proofs import admits

Compile = Callable[[Sequence[Expr], Sequence[Expr]], Callable[..., Sequence[Any]]]
"""Makes a function of inputs, given by their names, that computes outputs as they stand."""

_NEAR = 60  # nodes of a formula that are looked at
_FEW = (0.0, 1000.0, -1000.0, 1e-20, 1e200, 1.0 + 1e-9, 1.0, -1e-200)
_MANY = (*_FEW, 40.0, -40.0, 1e-9, 1e-5, -0.5, 2000.0, -1e20, 1e20, 1e-200, 0.5 + 1e-9, 400.0)
_MOST = 400  # points tried
_PLACES = 2  # of a named dim
_APART = 1e-8  # relative: more than rounding
_MODERATE = -3.7


@dataclass(frozen=True)
class Failure:
    """Two forms of one formula where the first fails: at which operands, and both values."""

    operands: tuple[tuple[Expr, float], ...]
    before: float
    after: float
    mixed: bool = False  # whether every other element of arrays is 0
    known: bool = True  # whether there are inputs that give the operands these values

    def __str__(self) -> str:
        return ", ".join(
            f"{x.name or summary(x)} = "
            + (f"[{_exact(v)}, 0, ...]" if self.mixed and x.ndim else _exact(v))
            for x, v in self.operands
        )

    def sizes(self, forms: Sequence[Expr]) -> list[str]:
        """Of the named dims, where sums or products are on the way to the forms."""
        given = {x.id for x, _ in self.operands}
        inside = down_to(forms, lambda n: n.id in given or not n.args)
        if all(registry[n.op].batch is elementwise for n in inside):
            return []
        return [f"{n} = {_PLACES}" for n in names_of(d for x, _ in self.operands for d in x.shape)]


def _exact(value: float) -> str:
    """A number in few digits if they tell it; 3 and 3.000000000001 are two points."""
    text = f"{value:.10g}"
    return text if float(text) == value else repr(value)


def summary(node: Expr, width: int = 72) -> str:
    """An expression in one short line, in the user's names."""
    return str(hooks["summary"](node, width))


def failure(
    before: Expr, after: Expr, compiled: Compile, at: Sequence[float] = ()
) -> Failure | None:
    """Where the first form overflows or loses digits and the second does not; None if not found.

    ``at`` are values to try first. A point of inputs is looked for before one of inner terms.
    """
    free, inner = _operands(before, after, True), _operands(before, after)
    found = _found(before, after, free, compiled, at)
    if found is None and inner != free:
        found = _found(before, after, inner, compiled, at)
        found = found and replace(found, known=False)
    return found


def _found(
    before: Expr,
    after: Expr,
    operands: Sequence[Expr] | None,
    compiled: Compile,
    at: Sequence[float],
) -> Failure | None:
    """A failure at values of some operands."""
    if operands is None:
        return None
    floating = [x for x in operands if x.type.is_floating]
    try:
        f, shapes = _as_function(before, after, operands, compiled)
        both = {False, any(x.ndim for x in floating)}
        found = (_first(f, operands, floating, shapes, at, mixed) for mixed in sorted(both))
        return next(filter(None, found), None)
    except (SymgradError, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return None


def _first(
    f: Callable[..., Sequence[Any]],
    operands: Sequence[Expr],
    floating: Sequence[Expr],
    shapes: Mapping[int, tuple[int, ...]],
    at: Sequence[float],
    mixed: bool,
) -> Failure | None:
    """The first point with a value that is not finite, else the first with another value."""
    best = None
    largest = min((float(np.finfo(x.dtype).max) for x in floating), default=0.0)
    for values in _points(len(floating), at):
        if max(map(abs, values), default=0.0) > largest:
            continue
        if not all(admits(x, v) for x, v in zip(floating, values, strict=True)):
            continue
        if mixed and not all(admits(x, 0.0) for x in floating):
            continue
        point = {x.id: v for x, v in zip(floating, values, strict=True)}
        both = partial(_both, f, operands, shapes, mixed)
        found = _worse(*both(point))
        if found is None or (np.isnan(found[0]) and _is_outside(both, point)):
            continue
        failed = Failure(tuple((x, point[x.id]) for x in floating), *found, mixed)
        if not np.isfinite(failed.before):
            return failed
        best = best or failed
    return best


def _both(
    f: Callable[..., Sequence[Any]],
    operands: Sequence[Expr],
    shapes: Mapping[int, tuple[int, ...]],
    mixed: bool,
    point: Mapping[int, float],
) -> list[np.ndarray[Any, Any]]:
    """The values of both forms at a point."""
    given = {f"v{x.id}": _filled(x, point, shapes, mixed) for x in operands}
    with np.errstate(all="ignore"):
        return [np.ravel(np.asarray(r, float)) for r in f(**given)]


def _is_outside(both: Callable[[Mapping[int, float]], Any], point: Mapping[int, float]) -> bool:
    """Whether the first form has no value for any size of negative operands, as log(x) has none."""
    near = {i: _MODERATE if v < 0 else v for i, v in point.items()}
    return near != point and bool(np.isnan(both(near)[0]).any())


def _filled(
    x: Expr, point: Mapping[int, float], shapes: Mapping[int, tuple[int, ...]], mixed: bool
) -> np.ndarray[Any, Any]:
    values = np.full(shapes[x.id], point.get(x.id, 1), x.dtype)
    if mixed:
        values.reshape(-1)[1::2] = 0
    return values


def _worse(old: Any, new: Any) -> tuple[float, float] | None:
    """An entry at which the old form is not finite, or far off, and the new one is finite."""
    broken = ~np.isfinite(old) & np.isfinite(new)
    with np.errstate(all="ignore"):
        off = np.abs(old - new) > _APART * np.maximum(np.abs(old), np.abs(new))
    for wrong in (broken, off & np.isfinite(old) & np.isfinite(new)):
        if np.any(wrong):
            i = int(np.argmax(wrong))
            return float(old[i]), float(new[i])
    return None


def _points(count: int, at: Sequence[float]) -> Iterator[tuple[float, ...]]:
    if count == len(at):
        yield tuple(at)
    if count == 1:
        yield from ((v,) for v in (*at, *_MANY))
    elif count == 2:
        yield from list(product((*at, *_FEW), repeat=2))[:_MOST]
    elif count:
        yield from ((v,) * count for v in (*at, *_FEW))


def _near(node: Expr) -> dict[int, Expr]:
    """The nodes next below a node, breadth first."""
    found, level = {node.id: node}, [node]
    while level and len(found) < _NEAR:
        level = list({a.id: a for n in level for a in n.args if a.id not in found}.values())
        found.update((a.id, a) for a in level)
    return found


def _operands(before: Expr, after: Expr, free: bool = False) -> list[Expr] | None:
    """What both forms are made of: the topmost nodes that both read, none of which reads another.

    Signs and transposes are no operands; what they are of is. ``free`` ones take any values: they
    are inputs, but for one.
    """
    shared, inside = set(_near(after)), {before.id}
    for _ in range(_NEAR):
        cut = _cut(before, shared, inside)
        if cut is None:
            return None
        reading = [
            x
            for x in cut
            if x.op in ("negative", "transpose")
            or not _near(x).keys().isdisjoint(y.id for y in cut if y is not x)
            or (free and not _is_free(x))
        ]
        made = [x for x in cut if x.op != "input"]
        if free and not reading and len(made) > 1:
            reading = made
        if not reading:
            return cut
        inside.update(x.id for x in reading)
    return None


def _is_free(node: Expr) -> bool:
    """Whether it is an input, or has the user's name and some input that moves it anywhere."""
    if node.name is None or node.op not in ("add", "subtract", "multiply", "matmul"):
        return node.op == "input"
    a, b = node.args
    return any(x.op == "input" and x.id not in _near(y) for x, y in ((a, b), (b, a)))


def _cut(before: Expr, shared: set[int], inside: set[int]) -> list[Expr] | None:
    """The topmost shared nodes and inputs below a node, those of ``inside`` passed through."""
    found: dict[int, Expr] = {}
    stack, seen = [before], set[int]()
    while stack:
        node = stack.pop()
        if node.id in seen or node.op in ("constant", "dim"):
            continue
        seen.add(node.id)
        if len(seen) > _NEAR:
            return None
        if node.op == "input" or (node.id in shared and node.id not in inside):
            found[node.id] = node
        else:
            stack.extend(node.args)
    return sorted(found.values(), key=lambda x: x.id)


def _as_function(
    before: Expr, after: Expr, operands: Sequence[Expr], compiled: Compile
) -> tuple[Callable[..., Sequence[Any]], dict[int, tuple[int, ...]]]:
    """Both forms as a function of their operands, and the operands' shapes in numbers."""
    graph = Graph()
    new = {x.id: graph.input(f"v{x.id}", Type(x.dtype, x.shape)) for x in operands}
    for node in down_to([before, after], lambda n: n.id in new):
        new[node.id] = _copied(node, graph, new)
    sizes = dict.fromkeys(names_of(d for x in operands for d in x.shape), _PLACES)
    shapes = {x.id: tuple(evaluate(d, sizes) for d in x.shape) for x in operands}
    inputs = [new[x.id] for x in operands]
    return compiled(inputs, [new[before.id], new[after.id]]), shapes


def _copied(node: Expr, graph: Graph, new: Mapping[int, Expr]) -> Expr:
    if node.value is not None:
        return graph.typed_constant(np.array(node.value), node.type)
    return registry[node.op].build(graph, [new[a.id] for a in node.args], dict(node.params))
