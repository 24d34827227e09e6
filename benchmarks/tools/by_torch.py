"""PyTorch on the CPU, one thread: eager, and compiled by `torch.compile`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from workloads import RATE, Call, Workload

PACKAGE = "torch"
torch.set_num_threads(1)


class Dialect:
    """What the formulas use, where it is not spelled like PyTorch's."""

    relu, softplus = staticmethod(torch.relu), staticmethod(torch.nn.functional.softplus)
    cross_entropy = staticmethod(torch.nn.functional.cross_entropy)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    def take_columns(self, x: Any, places: Any) -> Any:
        """Of every row, as arrays shaped like the places."""
        return x[:, torch.tensor(places.tolist())]

    def join(self, *parts: Any) -> Any:
        """Side by side."""
        return torch.cat(parts, dim=1)


def gradient(value: Callable[..., Any], arguments: list[Any], wrt: list[Any]) -> Call:
    """Forward, and the tape backward."""

    def call() -> list[Any]:
        found = value(*arguments)
        return [found.detach(), *torch.autograd.grad(found.sum(), wrt)]

    return call


def step(value: Callable[..., Any], arguments: list[Any], wrt: list[Any]) -> Call:
    """As `gradient`, and the parameters updated in place."""
    slopes = gradient(value, arguments, wrt)

    def call() -> list[Any]:
        found, *rest = slopes()
        with torch.no_grad():
            for x, g in zip(wrt, rest, strict=True):
                x.sub_(g, alpha=RATE)
        return [found, *wrt]

    return call


def tensor(value: Any, differentiated: bool) -> Any:
    """A leaf of the tape."""
    return torch.as_tensor(value).requires_grad_(differentiated)


def valued(workload: Workload) -> Callable[..., Any]:
    """The formula in this dialect."""
    return lambda *xs: workload.formula(Dialect(), *xs)


def eager(workload: Workload) -> Call:
    """The tape, which is quicker than `torch.func` outside of the compiler."""
    value, places = valued(workload), workload.places
    if workload.kind == "hessian":
        return hessian(workload, lambda f: f)
    wanted = set(places)
    arguments = [tensor(v, i in wanted) for i, v in enumerate(workload.values)]
    bound = step if workload.kind == "step" else gradient
    return bound(value, arguments, [arguments[i] for i in places])


def compiled(workload: Workload) -> Call:
    """Value, gradients and update as one function of `torch.func`, which compiles best."""
    torch._dynamo.reset()
    if workload.kind == "hessian":
        return hessian(workload, torch.compile)
    value, places = valued(workload), tuple(workload.places)
    arguments = [torch.as_tensor(v) for v in workload.values]

    def pair(*xs: Any) -> Any:
        found = value(*xs)
        return found.sum(), found

    def results(*xs: Any) -> list[Any]:
        slopes, (_, found) = torch.func.grad_and_value(pair, places, has_aux=True)(*xs)
        if workload.kind != "step":
            return [found, *slopes]
        for i, g in zip(places, slopes, strict=True):
            xs[i].sub_(g, alpha=RATE)
        return [found, *(xs[i] for i in places)]

    f = torch.compile(results, dynamic=False)
    return lambda: f(*arguments)


def hessian(workload: Workload, way: Callable[..., Any]) -> Call:
    """`torch.func.hessian`; `way` compiles it, or leaves it."""
    arguments = [torch.as_tensor(v) for v in workload.values]
    f = way(torch.func.hessian(valued(workload), argnums=workload.places[0]))
    return lambda: [f(*arguments)]


def numbers(results: Any) -> list[Any]:
    """As NumPy arrays."""
    return [np.array(r.detach().numpy()) for r in results]


WAYS = {"PyTorch eager": eager}
if shutil.which("c++") or shutil.which("g++"):
    WAYS["PyTorch compiled"] = compiled
