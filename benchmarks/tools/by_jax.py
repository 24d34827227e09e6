"""JAX: `jax.jit` of `jax.value_and_grad`, on JAX's own arrays."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from workloads import RATE, Call, Workload

PACKAGE = "jax"
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_cpu_enable_async_dispatch", False)  # quicker, up to twice


class Dialect:
    """What the formulas use, where it is not spelled like NumPy's."""

    relu, softplus = staticmethod(jax.nn.relu), staticmethod(jax.nn.softplus)
    logsumexp = staticmethod(jax.nn.logsumexp)

    def __getattr__(self, name: str) -> Any:
        return getattr(jnp, name)

    def cross_entropy(self, z: Any, y: Any) -> Any:
        """Mean, of integer labels."""
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))

    def take_columns(self, x: Any, places: Any) -> Any:
        """Of every row, as arrays shaped like the places."""
        return x[:, places]

    def join(self, *parts: Any) -> Any:
        """Side by side."""
        return jnp.concatenate(parts, axis=1)


def function(workload: Workload) -> Any:
    """From the arguments to the list of results."""
    places = tuple(workload.places)

    def value(*arguments: Any) -> tuple[Any, Any]:
        found = workload.formula(Dialect(), *arguments)
        return jnp.sum(found), found

    def gradient(*arguments: Any) -> list[Any]:
        (_, found), slopes = jax.value_and_grad(value, places, has_aux=True)(*arguments)
        return [found, *slopes]

    def step(*arguments: Any) -> list[Any]:
        found, *slopes = gradient(*arguments)
        new = (arguments[i] - RATE * g for i, g in zip(places, slopes, strict=True))
        return [found, *new]

    def hessian(*arguments: Any) -> list[Any]:
        return list(jax.hessian(lambda *xs: value(*xs)[0], places)(*arguments)[0])

    return {"step": step, "hessian": hessian}.get(workload.kind, gradient)


def bind(workload: Workload) -> Call:
    """The compiled function; a training step gives its parameters away and gets new ones."""
    arguments = [jnp.asarray(v) for v in workload.values]
    places = tuple(workload.places)
    if workload.kind != "step":
        f = jax.jit(function(workload))
        return lambda: jax.block_until_ready(f(*arguments))
    trained = jax.jit(function(workload), donate_argnums=places)

    def step() -> Any:
        results = jax.block_until_ready(trained(*arguments))
        for place, value in zip(places, results[1:], strict=True):
            arguments[place] = value
        return results

    return step


def numbers(results: Any) -> list[Any]:
    """As NumPy arrays."""
    return [np.asarray(r) for r in results]


WAYS = {"JAX jit": bind}
