"""Check gradients against numerical differentiation: central differences in float64.

A gradient that a compiler derives and a slope that is measured share nothing but the function, so
their agreement is evidence. (Deep Learning, section 11.6: compare back-propagated derivatives to
numerical derivatives.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import symgrad as sg

from .errors import GradientError, GraphError, suggest

Array = np.ndarray[Any, Any]

TOLERANCES = {"float64": 1e-6, "float32": 1e-3}
"""Relative errors that are still put down to rounding, by the dtype of the gradient."""

_STEPS = (1e-4, 1e-5, 1e-6)  # the best of several: kinks and rounding spoil some
_RANGES = ((-1.0, 1.0), (0.1, 0.9), (1.1, 2.0), (2.0, 9.0))  # tried in turn: roots are picky
_MOST = 200  # entries of one input that are compared; of larger inputs, a random choice
_SMALL = 1e-3  # entries smaller than this share of the largest are compared to the largest
_NOISE = 1e-4  # smaller slopes, relative to the value, drown in its rounding: 1e-16 / 1e-6 / 1e-6


@dataclass(frozen=True)
class Comparison:
    """The gradient to one input, compared with numerical differentiation.

    Attributes
    ----------
    name : str
        The input.
    error : float
        Worst relative error; entries near zero are compared to the largest entry.
    index : tuple of int
        The entry of the worst error, with its ``symbolic`` and ``numerical`` derivative.
    tolerance : float
        What the error may be.
    compared, size : int
        How many entries were compared, and how many there are.
    """

    name: str
    error: float
    index: tuple[int, ...]
    symbolic: float
    numerical: float
    tolerance: float
    compared: int
    size: int

    @property
    def agrees(self) -> bool:
        """Whether the error is within the tolerance."""
        return self.error <= self.tolerance

    def __str__(self) -> str:
        entry = f" at [{', '.join(map(str, self.index))}]" if self.index else ""
        return (
            f"the gradient to {self.name} is {self.symbolic:.9g}{entry}, and numerical "
            f"differentiation finds {self.numerical:.9g}: relative error {self.error:.1e}"
        )


def check_grad(
    y: sg.Expr,
    wrt: sg.Expr | str | Sequence[sg.Expr | str],
    values: Mapping[str, object] | None = None,
    *,
    seed: int = 0,
    tolerance: float | None = None,
    sizes: Mapping[str, int] | None = None,
) -> float:
    """Compare the gradient of a scalar with numerical differentiation.

    Parameters
    ----------
    y : Expr
        A floating scalar.
    wrt : Expr, name, or a sequence of them
        Floating inputs.
    values : mapping of name to array, optional
        Where to compare; inputs that are missing here get random values.
    seed : int
        Of the random values.
    tolerance : float, optional
        Largest relative error; by default 1e-6 for float64 and 1e-3 for float32.
    sizes : mapping of name to int, optional
        Named dims; by default those of ``values``, else 3, 4, 5, ...

    Returns
    -------
    float
        The worst relative error of all entries of all inputs.

    Raises
    ------
    GradientError
        If an error is above the tolerance; names the input, the entry and both derivatives.
    GraphError
        If a value, size or input is unknown, or the value of ``y`` is not finite.

    Example
    -------
    >>> g = sg.Graph()
    >>> X, w = g.input("X", "[n, 3]"), g.input("w", "[3]")
    >>> check_grad(sg.tanh(X @ w).sum(), [X, w]) < 1e-8
    True

    Reference
    ---------
    Deep Learning, section 11.6.
    """
    found = compare(y, wrt, values, seed=seed, tolerance=tolerance, sizes=sizes)
    worst = max(found, key=lambda c: c.error / c.tolerance)
    if not worst.agrees:
        raise GradientError(
            str(worst), how=f"Tolerated is {worst.tolerance:.1e}. At a kink no derivative exists."
        )
    return max(c.error for c in found)


def compare(
    y: sg.Expr,
    wrt: sg.Expr | str | Sequence[sg.Expr | str],
    values: Mapping[str, object] | None = None,
    *,
    seed: int = 0,
    tolerance: float | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[Comparison]:
    """As `check_grad`, but the `Comparison` of every input of ``wrt``, good or bad."""
    listed = _inputs(y, [wrt] if isinstance(wrt, sg.Expr | str) else wrt)
    needed = [x for x in y.graph.inputs.values() if x in _ancestors(y) or x in listed]
    symbolic = sg.function(needed, [y, *sg.grad(y, listed)])
    point, results = _point(symbolic, values or {}, sizes or {}, np.random.default_rng(seed))
    value, point = _value(y, needed, point)
    return [
        _compared(value, point, str(x.name), np.asarray(gradient), tolerance, seed)
        for x, gradient in zip(listed, results[1:], strict=True)
    ]


def _inputs(y: sg.Expr, wrt: Sequence[sg.Expr | str]) -> list[sg.Expr]:
    """The inputs to differentiate with respect to."""
    inputs = y.graph.inputs
    for x in wrt:
        name = x if isinstance(x, str) else y.graph.own(x).name
        if name not in inputs or inputs[name] is not (inputs[name] if isinstance(x, str) else x):
            raise _unknown(f"{name or 'this expression'} is no input", str(name), inputs)
    if not wrt:
        raise GraphError("there is nothing to differentiate with respect to", how="Name an input.")
    return [inputs[x] if isinstance(x, str) else x for x in wrt]


def _unknown(what: str, name: str, known: Iterable[str]) -> GraphError:
    near = suggest(name, known := list(known))
    names = f"Known are: {', '.join(known) or 'none'}."
    return GraphError(what, how=f"Did you mean {near}?" if near else names)


def _ancestors(y: sg.Expr) -> list[sg.Expr]:
    """All nodes that y reads, y included, in topological order: the graph's own."""
    needed = {y.id}
    for node in reversed(y.graph.nodes[: y.id + 1]):
        if node.id in needed:
            needed.update(a.id for a in node.args)
    return [y.graph.nodes[i] for i in sorted(needed)]


def _point(
    f: sg.Function,
    values: Mapping[str, object],
    sizes: Mapping[str, int],
    rng: np.random.Generator,
) -> tuple[dict[str, Array], list[Array]]:
    """Values of the inputs where value and gradient are finite, and the results there."""
    names = [str(x.name) for x in f.inputs]
    for name in values:
        if name not in names:
            raise _unknown(f"there is a value for {name}, which is no input here", name, names)
    known = _sizes(f.inputs, values, sizes)
    tops = _label_bounds(f)
    for bounds in _RANGES:
        drawn = {str(x.name): _draw(x, known, bounds, tops, rng) for x in f.inputs}
        with np.errstate(all="ignore"):
            results = f(**{**drawn, **values})
        if all(np.all(np.isfinite(r)) for r in results):
            break
    if not np.isfinite(results[0]):
        raise GraphError(
            f"the value is {results[0]} at the {'given' if values else 'random'} inputs, "
            "so no slope can be measured",
            how="Compare at values of the inputs for which it is finite.",
        )
    given = {n: np.asarray(v, drawn[n].dtype) for n, v in values.items()}
    return {**drawn, **given}, results


def _sizes(
    inputs: Sequence[sg.Expr], values: Mapping[str, object], sizes: Mapping[str, int]
) -> dict[str, int]:
    """A number for every named dim: the given one, the values', or the next of 3, 4, 5, ..."""
    names = list(dict.fromkeys(n for x in inputs for d in x.shape for n in _names(d)))
    for name in sizes:
        if name not in names:
            raise _unknown(f"there is a size for {name}, which is no named dim here", name, names)
    known = {}
    for x in inputs:
        shape = _shape_of(values.get(str(x.name), 0.0))
        known.update({str(d): s for d, s in zip(x.shape, shape, strict=False) if d in names})
    free = (n for n in names if n not in known and n not in sizes)
    return {**known, **sizes, **{n: i for i, n in enumerate(free, 3)}}


def _shape_of(value: Any) -> tuple[int, ...]:
    try:
        return np.shape(value)
    except ValueError:  # ragged lists: the call says what is wrong with them
        return ()


def _names(d: int | sg.Dim) -> list[str]:
    return [] if isinstance(d, int) else sorted(d.names)


def _number(d: int | sg.Dim, sizes: Mapping[str, int]) -> int:
    """What a size is, given the named dims: it is a polynomial in them."""
    if isinstance(d, int):
        return d
    return sum(c * math.prod(sizes[f] for f in factors) for factors, c in d.terms)


def _label_bounds(f: sg.Function) -> dict[int, int]:
    """For the ids of inputs that are labels, their number of classes."""
    nodes = f.inputs[0].graph.nodes if f.inputs else []
    hot = [n for n in nodes if n.op == "one_hot" and isinstance(n.params["depth"], int)]
    return {n.args[0].id: n.params["depth"] for n in hot}


def _draw(
    x: sg.Expr,
    sizes: Mapping[str, int],
    bounds: tuple[float, float],
    tops: Mapping[int, int],
    rng: np.random.Generator,
) -> Array:
    """Random values of an input; labels below the number of classes, other integers below 2."""
    shape = tuple(_number(d, sizes) for d in x.shape)
    if x.dtype.kind == "f":
        return np.asarray(rng.uniform(*bounds, shape)).astype(x.dtype)
    return np.asarray(rng.integers(0, tops.get(x.id, 2), shape)).astype(x.dtype)


def _value(
    y: sg.Expr, inputs: Sequence[sg.Expr], point: dict[str, Array]
) -> tuple[sg.Function, dict[str, Array]]:
    """The value alone as a function that computes in float64, and the point to call it at.

    What stands under ``stop_gradient`` is held at its value there, as differentiation takes it.
    """
    nodes = _ancestors(y)
    stopped = [n for n in nodes if n.op == "stop_gradient"]
    if not stopped and all(n.dtype != np.float32 for n in nodes):
        return sg.function(inputs, y), point
    graph = sg.Graph()
    new = {x.id: graph.input(str(x.name), x.shape, _wide(x.dtype)) for x in inputs}
    for n in stopped:
        new[n.id] = graph.input(_unused(f"held_{n.id}", graph), n.shape, _wide(n.dtype))
    values = sg.function(inputs, stopped)(**point) if stopped else []
    for node in nodes:
        if node.id not in new:
            new[node.id] = _wide_node(graph, node, [new[a.id] for a in node.args])
    given = list(graph.inputs.values())
    arrays = (
        np.asarray(v).astype(x.dtype)
        for x, v in zip(given, [*point.values(), *values], strict=True)
    )
    return sg.function(given, new[y.id]), dict(zip(graph.inputs, arrays, strict=True))


def _unused(name: str, graph: sg.Graph) -> str:
    while name in graph.inputs:
        name += "_"
    return name


def _wide(value: Any) -> Any:
    """float64 for float32; anything else as it is."""
    narrow = isinstance(value, np.dtype) and value == np.float32
    return np.dtype(np.float64) if narrow else value


def _wide_node(graph: sg.Graph, node: sg.Expr, args: list[sg.Expr]) -> sg.Expr:
    if node.value is not None:
        type_ = node.type.with_dtype(_wide(node.dtype), node.type.weak)
        return graph.typed_constant(node.value.astype(type_.dtype), type_)
    params = {k: _wide(v) for k, v in node.params.items()}
    return sg.ops.registry[node.op].build(graph, args, params)


def _compared(
    f: sg.Function,
    point: dict[str, Array],
    name: str,
    gradient: Array,
    tolerance: float | None,
    seed: int,
) -> Comparison:
    """One gradient against central differences, at all entries or a random choice of them."""
    allowed = TOLERANCES[gradient.dtype.name] if tolerance is None else tolerance
    chosen = np.random.default_rng(seed).permutation(gradient.size)[:_MOST]
    if not chosen.size:
        return Comparison(name, 0.0, (), math.nan, math.nan, allowed, 0, 0)
    exact = gradient.ravel()[chosen].astype(np.float64)
    with np.errstate(all="ignore"):
        pairs = zip(chosen.tolist(), exact.tolist(), strict=True)
        measured = np.array([_slope(f, point, name, i, e) for i, e in pairs])
        errors = _errors(exact, measured, float(f(**point)))
    worst = int(np.argmax(errors))
    return Comparison(
        name,
        error=float(errors[worst]),
        index=tuple(int(i) for i in np.unravel_index(chosen[worst], gradient.shape)),
        symbolic=float(exact[worst]),
        numerical=float(measured[worst]),
        tolerance=allowed,
        compared=chosen.size,
        size=gradient.size,
    )


def _slope(f: sg.Function, point: dict[str, Array], name: str, i: int, expected: float) -> float:
    """The central difference, of several steps, that is nearest to the expected derivative."""
    found = [_difference(f, point, name, i, step) for step in _STEPS]
    finite = [s for s in found if math.isfinite(s)]
    if not finite:
        return math.nan
    return min(finite, key=lambda s: abs(s - expected)) if math.isfinite(expected) else finite[0]


def _difference(f: sg.Function, point: dict[str, Array], name: str, i: int, step: float) -> float:
    x = float(point[name].flat[i])
    ends = [x + sign * step * max(1.0, abs(x)) for sign in (1, -1)]
    high, low = (float(f(**{**point, name: _moved(point[name], i, end)})) for end in ends)
    return (high - low) / (ends[0] - ends[1])


def _moved(array: Array, i: int, value: float) -> Array:
    moved = array.copy()
    moved.flat[i] = value
    return moved


def _errors(exact: Array, measured: Array, value: float) -> Array:
    """Relative errors; nan and infinity count as infinitely wrong."""
    size = np.maximum(np.abs(exact), np.abs(measured))
    largest = np.max(size[np.isfinite(size)], initial=0.0)
    floor = max(_SMALL * largest, _NOISE * abs(value), np.finfo(float).tiny)
    errors = np.abs(exact - measured) / np.maximum(size, floor)
    return np.where(np.isfinite(errors), errors, np.inf)
