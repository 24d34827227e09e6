"""symgrad: `sg.function` of value and gradients, in its default style."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from workloads import RATE, Call, Workload

import symgrad as sg

PACKAGE = "symgrad"


class Dialect:
    """What the formulas use, where it is not spelled like symgrad's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sg, name)

    def cross_entropy(self, z: Any, y: Any) -> Any:
        """Mean, of integer labels."""
        return -sg.mean(sg.sum(sg.one_hot(y, z.shape[-1], z.dtype) * sg.log_softmax(z), axis=-1))

    def take_columns(self, x: Any, places: Any) -> Any:
        """Of every row, as arrays shaped like the places."""
        return x[:, places]

    def join(self, *parts: Any) -> Any:
        """Side by side."""
        return sg.concatenate(list(parts), axis=1)


def expressions(workload: Workload) -> tuple[list[Any], list[Any]]:
    """Inputs and outputs."""
    graph = sg.Graph()
    inputs = [graph.input(k, workload.specs.get(k, v)) for k, v in workload.arguments.items()]
    wrt = [inputs[i] for i in workload.places]
    value = workload.formula(Dialect(), *inputs)
    if workload.kind == "hessian":
        return inputs, [sg.hessian(value, x) for x in wrt]
    total = sg.sum(value) if workload.kind == "points" else value
    slopes = sg.grad(total, wrt)
    if workload.kind == "step":
        slopes = [x - RATE * g for x, g in zip(wrt, slopes, strict=True)]
    return inputs, [value, *slopes]


def compiled(workload: Workload, **options: Any) -> Any:
    """The function; a training step overwrites its parameters."""
    inputs, outputs = expressions(workload)
    if workload.kind == "step":
        wrt = [inputs[i] for i in workload.places]
        updates = dict(zip(wrt, outputs[1:], strict=True))
        return sg.function(inputs, outputs[:1], updates=updates, **options)
    return sg.function(inputs, outputs, **options)


def call(workload: Workload, **options: Any) -> Call:
    """The function with its arguments."""
    f, arguments, places = compiled(workload, **options), workload.values, workload.places
    if workload.kind == "step":
        return lambda: [*f(*arguments), *(arguments[i] for i in places)]
    return lambda: f(*arguments)


def numbers(results: Any) -> list[Any]:
    """As NumPy arrays."""
    return [np.asarray(r) for r in results]


WAYS = {
    "symgrad": call,
    "symgrad, outputs reused": partial(call, reuse_outputs=True),
    "symgrad, inputs trusted too": partial(call, reuse_outputs=True, trust_inputs=True),
}
