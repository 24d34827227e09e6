"""autograd: a tape of NumPy calls."""

from __future__ import annotations

from typing import Any

import autograd
import autograd.numpy as anp
import autograd.scipy.special as special
import numpy as np
from workloads import RATE, Call, Workload

PACKAGE = "autograd"


class Dialect:
    """What the formulas use, where it is not spelled like NumPy's."""

    logsumexp = staticmethod(special.logsumexp)

    def __getattr__(self, name: str) -> Any:
        return getattr(anp, name)

    def relu(self, x: Any) -> Any:
        """Positive part."""
        return anp.maximum(x, 0)

    def softplus(self, x: Any) -> Any:
        """Smooth positive part."""
        return anp.logaddexp(0.0, x)

    def cross_entropy(self, z: Any, y: Any) -> Any:
        """Mean, of integer labels."""
        chosen = z[np.arange(len(y)), y]
        return anp.mean(special.logsumexp(z, axis=1) - chosen)

    def take_columns(self, x: Any, places: Any) -> Any:
        """Of every row, as arrays shaped like the places."""
        return x[:, places]

    def join(self, *parts: Any) -> Any:
        """Side by side."""
        return anp.concatenate(parts, axis=1)


def bind(workload: Workload) -> Call:
    """Traced anew in every call, as autograd does."""
    arguments, places = workload.values, tuple(workload.places)

    def value(*xs: Any) -> Any:
        return workload.formula(Dialect(), *xs)

    def gradient() -> list[Any]:
        pullback, found = autograd.make_vjp(value, places)(*arguments)
        return [found, *pullback(np.ones_like(found))]

    def step() -> list[Any]:
        found, *slopes = gradient()
        for i, g in zip(places, slopes, strict=True):
            arguments[i] -= RATE * g
        return [found, *(arguments[i] for i in places)]

    def hessian() -> list[Any]:
        return [autograd.hessian(value, places[0])(*arguments)]

    return {"step": step, "hessian": hessian}.get(workload.kind, gradient)


def numbers(results: Any) -> list[Any]:
    """As NumPy arrays."""
    return [np.asarray(r) for r in results]


WAYS = {"autograd": bind}
