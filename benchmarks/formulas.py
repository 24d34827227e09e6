"""Textbook formulas at delicate points: whose value and gradient are right?

Each formula is written naively, once, and given to symgrad and to the peers that are installed
(autograd and JAX come with the `bench` extra). The reference is mpmath with 60 digits.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

import symgrad as sg

Formula = Callable[[Any, Any], Any]

CASES: list[tuple[str, Formula, float]] = [
    ("log(1 + exp(x))", lambda m, x: m.log(1 + m.exp(x)), 1000.0),
    ("log(1 + exp(x))", lambda m, x: m.log(1 + m.exp(x)), -800.0),
    ("1 / (1 + exp(-x))", lambda m, x: 1 / (1 + m.exp(-x)), -750.0),
    ("exp(x) / (1 + exp(x))", lambda m, x: m.exp(x) / (1 + m.exp(x)), 1000.0),
    ("log(1 / (1 + exp(-x)))", lambda m, x: m.log(1 / (1 + m.exp(-x))), -1000.0),
    ("log(1 - 1 / (1 + exp(-x)))", lambda m, x: m.log(1 - 1 / (1 + m.exp(-x))), 1000.0),
    ("log(1 + x)", lambda m, x: m.log(1 + x), 1e-18),
    ("exp(x) - 1", lambda m, x: m.exp(x) - 1, 1e-18),
    ("x**2", lambda m, x: x**2, 3.0),
]
"""A control that everybody gets right stands last."""


def reference(f: Formula, x: float) -> tuple[float, float]:
    """Value and derivative with 60 digits, more where numbers grow large."""
    with mpmath.workdps(1000):
        point = mpmath.mpf(x)
        return float(f(mpmath, point)), float(mpmath.diff(lambda t: f(mpmath, t), point))


def by_symgrad(f: Formula, x: float) -> tuple[float, float]:
    """Value and derivative of the compiled function."""
    v = sg.Graph().input("x")
    y = f(sg, v)
    value, slope = sg.function([v], [y, sg.grad(y, v)])(x)
    return float(value), float(slope)


def by_autograd(f: Formula, x: float) -> tuple[float, float]:
    """autograd's value and derivative."""
    autograd, numpy = importlib.import_module("autograd"), importlib.import_module("autograd.numpy")
    return float(f(numpy, x)), float(autograd.grad(lambda t: f(numpy, t))(x))


def by_jax(f: Formula, x: float) -> tuple[float, float]:
    """JAX's value and derivative, compiled, in float64."""
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    numpy = importlib.import_module("jax.numpy")
    value, slope = jax.jit(jax.value_and_grad(lambda t: f(numpy, t)))(x)
    return float(value), float(slope)


def installed(name: str) -> bool:
    """Whether a peer can be imported."""
    return importlib.util.find_spec(name) is not None


def right(found: tuple[float, float], wanted: tuple[float, float]) -> bool:
    """Whether value and derivative agree to 1e-10."""
    return bool(np.allclose(found, wanted, rtol=1e-10, atol=0))


def table() -> str:
    """Markdown: a row a case, a column a tool."""
    tools = {"symgrad": by_symgrad}
    tools |= {n: t for n, t in (("autograd", by_autograd), ("jax", by_jax)) if installed(n)}
    lines = [f"| formula | x | {' | '.join(tools)} |", "|---|--:|" + "---|" * len(tools)]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for text, f, x in CASES:
            wanted = reference(f, x)
            marks = ["right" if right(tool(f, x), wanted) else "wrong" for tool in tools.values()]
            lines.append(f"| `{text}` | {x:g} | {' | '.join(marks)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
