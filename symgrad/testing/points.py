"""Where derivatives are compared: given values, and random ones for the other inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import symgrad as sg

from ..errors import GraphError, suggest
from ..graph.dims import names_of
from ..graph.samples import RANGES, draw
from .comparison import Array


def find_point(
    f: sg.Function, values: Mapping[str, object], sizes: Mapping[str, int], rng: np.random.Generator
) -> tuple[dict[str, Array], list[Array]]:
    """Values of the inputs where all outputs are finite, and the outputs there.

    The first output, which is the value, must be finite.
    """
    names = [str(x.name) for x in f.inputs]
    for name in values:
        if name not in names:
            raise unknown(f"there is a value for {name}, which is no input here", name, names)
    known = _sizes(f.inputs, values, sizes)
    tops = sg.ops.labels.numbers_of_classes(f.inputs[0].graph.nodes if f.inputs else [])
    for bounds in RANGES:
        drawn = {str(x.name): draw(rng, x, known, bounds, (0, tops.get(x.id, 2))) for x in f.inputs}
        with np.errstate(all="ignore"):
            results = f(**{**drawn, **values})
        if all(np.all(np.isfinite(r)) for r in results):
            break
    _check_finite(results[0], "given" if values else "random")
    given = {n: np.asarray(v, drawn[n].dtype) for n, v in values.items()}
    return {**drawn, **given}, results


def _check_finite(value: Array, inputs: str) -> None:
    wrong = value[~np.isfinite(value)]
    if wrong.size:
        raise GraphError(
            f"the value is {wrong[0]} at the {inputs} inputs, so no slope can be measured",
            how="Compare at values of the inputs for which it is finite.",
        )


def unknown(what: str, name: str, known: Iterable[str]) -> GraphError:
    """The error of a name that does not exist."""
    near = suggest(name, known := list(known))
    names = f"Known are: {', '.join(known) or 'none'}."
    return GraphError(what, how=f"Did you mean {near}?" if near else names)


def _sizes(
    inputs: Sequence[sg.Expr], values: Mapping[str, object], sizes: Mapping[str, int]
) -> dict[str, int]:
    """A number for every named dim: the given one, the values', or the next of 3, 4, 5, ..."""
    names = names_of(d for x in inputs for d in x.shape)
    for name in sizes:
        if name not in names:
            raise unknown(f"there is a size for {name}, which is no named dim here", name, names)
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
