"""What is differentiated, in a graph of its own: nothing is added to the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import symgrad as sg

from ..graph.copies import append_copies, free_name, wide_type
from ..graph.walk import ancestors
from .comparison import Array
from .points import find_point


@dataclass
class Problem:
    """A value, the scalar made of it, and the scalar's gradients.

    Attributes
    ----------
    value, scalar : Expr
        The scalar is the value itself, or an array's product with ``cotangent``.
    given : list of Expr
        The user's inputs.
    wrt, gradients : list of Expr
        The inputs to differentiate with respect to, and the symbolic gradients.
    """

    value: sg.Expr
    scalar: sg.Expr
    given: list[sg.Expr]
    cotangent: sg.Expr | None
    wrt: list[sg.Expr]
    gradients: list[sg.Expr]

    @property
    def inputs(self) -> list[sg.Expr]:
        """All inputs, the cotangent of an array included."""
        return [*self.given, *([] if self.cotangent is None else [self.cotangent])]

    @property
    def dtype(self) -> str:
        """The shortest of the floating dtypes on the way, which says how gradients are rounded."""
        short = any(n.dtype == np.float32 for n in ancestors([self.scalar, *self.gradients]))
        return "float32" if short else "float64"

    def find_point(
        self, values: Mapping[str, object], sizes: Mapping[str, int], seed: int
    ) -> dict[str, Array]:
        """Values of all inputs where the value, and if possible the gradients, are finite."""
        rng = np.random.default_rng(seed)
        inputs, ct = self.inputs, self.cotangent
        f = sg.function(self.given, [self.value, *(self.gradients if ct is None else ())])
        point, results = find_point(f, values, sizes, rng)
        if ct is not None:
            point[str(ct.name)] = random(rng, np.shape(results[0])).astype(ct.dtype)
        return {str(x.name): point[str(x.name)] for x in inputs}

    def products(self) -> tuple[sg.Function, dict[str, str]]:
        """The Hessian's products with directions, and for each input the name of its direction."""
        graph = self.scalar.graph
        moving = {
            str(x.name): graph.input(free_name(graph, f"along_{x.name}"), x.type) for x in self.wrt
        }
        pairs = zip(self.gradients, moving.values(), strict=True)
        first, *rest = [(g * v).sum() for g, v in pairs]
        slope = sum(rest, start=first)
        inputs = [*self.inputs, *moving.values()]
        names = {name: str(v.name) for name, v in moving.items()}
        return sg.function(inputs, sg.grad(slope, self.wrt)), names


def pose(y: sg.Expr, listed: Sequence[sg.Expr]) -> Problem:
    """The problem of an expression and the inputs to differentiate with respect to."""
    read = {x.id for x in ancestors([y])}
    needed = [x for x in y.graph.inputs.values() if x.id in read or x in listed]
    (value,), given = _copied([y], needed)
    wrt = [value.graph.inputs[str(x.name)] for x in listed]
    if not value.shape:
        return Problem(value, value, given, None, wrt, sg.grad(value, wrt))
    ct = value.graph.input(free_name(value.graph, "cotangent"), value.type)
    gradients = sg.vjp(value, wrt, ct)
    assert isinstance(gradients, list)
    return Problem(value, (value * ct).sum(), given, ct, wrt, gradients)


def random(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """A direction with no small entries, of both signs."""
    return np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))


def _copied(
    outputs: Sequence[sg.Expr], inputs: Sequence[sg.Expr]
) -> tuple[list[sg.Expr], list[sg.Expr]]:
    """The outputs and the inputs in a graph of their own, with their names and places in text."""
    graph = sg.Graph()
    new = {x.id: graph.input(str(x.name), x.type, sign=x.sign) for x in inputs}
    nodes = ancestors(outputs)
    append_copies(graph, new, nodes)
    for node in nodes:
        if node.name and node.op != "input" and node.graph.named.get(node.name) is node:
            graph.name(node.name, new[node.id])
        if node.id in node.graph.spans:
            graph.spans.setdefault(new[node.id].id, node.graph.spans[node.id])
    return [new[y.id] for y in outputs], [new[x.id] for x in inputs]


def widen(
    outputs: Sequence[sg.Expr], inputs: Sequence[sg.Expr], point: dict[str, Array]
) -> tuple[sg.Function, dict[str, Array]]:
    """The outputs as a function that computes in float64, and the point to call it at.

    What stands under ``stop_gradient`` is held at its value there, as differentiation takes it.
    """
    nodes = ancestors(outputs)
    stopped = [n for n in nodes if n.op == "stop_gradient"]
    graph = sg.Graph()
    new = {x.id: graph.input(str(x.name), wide_type(x), sign=x.sign) for x in inputs}
    for n in stopped:
        new[n.id] = graph.input(free_name(graph, f"held_{n.id}"), wide_type(n))
    held = sg.function(inputs, stopped)(**point) if stopped else []
    append_copies(graph, new, nodes, wide=True)
    given = list(graph.inputs.values())
    arrays = (
        np.asarray(v).astype(x.dtype) for x, v in zip(given, [*point.values(), *held], strict=True)
    )
    wide = sg.function(given, [new[y.id] for y in outputs], style="readable")
    return wide, dict(zip(graph.inputs, arrays, strict=True))
