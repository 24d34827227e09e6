"""What JAX answers at kinks and ties, beside symgrad: the table of docs/kinks.md.

Run it where JAX is installed: .venv-bench/bin/python benchmarks/kinks.py
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import symgrad as sg

jax.config.update("jax_enable_x64", True)

# text of symgrad, the same in JAX, where
CASES: list[tuple[str, Any, dict[str, Any]]] = [
    ("relu(x)", jax.nn.relu, {"x": 0.0}),
    ("abs(x)", jnp.abs, {"x": 0.0}),
    ("maximum(x, y)", jnp.maximum, {"x": 2.0, "y": 2.0}),
    ("maximum(x, 0)", lambda x: jnp.maximum(x, 0), {"x": 0.0}),
    ("max(x)", jnp.max, {"x": [1.0, 3.0, 3.0]}),
    ("clip(x, 0, 1)", lambda x: jnp.clip(x, 0, 1), {"x": 0.0}),
    ("clip(x, 0, 1)", lambda x: jnp.clip(x, 0, 1), {"x": 1.0}),
    ("norm(x)", jnp.linalg.norm, {"x": [0.0, 0.0]}),
    ("sqrt(x)", jnp.sqrt, {"x": 0.0}),
    ("sqrt(x**2)", lambda x: jnp.sqrt(x**2), {"x": 0.0}),
    ("cbrt(x)", jnp.cbrt, {"x": 0.0}),
    ("x**0.5", lambda x: x**0.5, {"x": 0.0}),
    ("x**0", lambda x: x**0, {"x": 0.0}),
    ("x**x", lambda x: x**x, {"x": 0.0}),
    ("hypot(x, y)", jnp.hypot, {"x": 0.0, "y": 0.0}),
    ("arctan2(x, y)", jnp.arctan2, {"x": 0.0, "y": 0.0}),
    ("std(x)", jnp.std, {"x": [2.0, 2.0]}),
    ("sort(x)[0]", lambda x: jnp.sort(x)[0], {"x": [2.0, 1.0, 1.0]}),
    ("xlogy(x, y)", jax.scipy.special.xlogy, {"x": 0.0, "y": 0.0}),
    ("where(x > 0, log(x), 0)", lambda x: jnp.where(x > 0, jnp.log(x), 0), {"x": 0.0}),
]


def by_symgrad(text: str, at: dict[str, Any]) -> list[Any]:
    """The slopes toward every input."""
    g = sg.Graph()
    inputs = [g.input(k, np.asarray(v)) for k, v in at.items()]
    slopes = sg.grad(sg.parse(text, graph=g), inputs)
    return list(sg.function(inputs, slopes)(**at))


def by_jax(f: Any, at: dict[str, Any]) -> list[Any]:
    """The same, by reverse mode."""
    arrays = [jnp.asarray(v) for v in at.values()]
    return list(jax.grad(f, tuple(range(len(arrays))))(*arrays))


def shown(slopes: list[Any]) -> str:
    """One slope by itself, several with commas."""
    return ", ".join(_number(s) for s in slopes)


def _number(value: Any) -> str:
    if np.ndim(value):
        return f"[{', '.join(_number(v) for v in np.asarray(value))}]"
    return f"{float(value) + 0.0:.4g}"


def table() -> str:
    """Markdown, a row a case."""
    lines = ["| expression | where | symgrad | JAX |", "| --- | --- | --- | --- |"]
    for text, f, at in CASES:
        place = ", ".join(f"{k} = {_number(v)}" for k, v in at.items())
        lines.append(
            f"| `{text}` | {place} | {shown(by_symgrad(text, at))} | {shown(by_jax(f, at))} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(f"JAX {jax.__version__}:\n\n{table()}")
