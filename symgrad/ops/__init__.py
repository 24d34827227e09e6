"""Every operation: one row in one file. `registry` holds them by name."""

from . import activations, arithmetic, elementary, leaves, linear, reductions, selection, shapes
from .op import Op, op, registry

__all__ = [
    "Op",
    "activations",
    "arithmetic",
    "elementary",
    "leaves",
    "linear",
    "op",
    "reductions",
    "registry",
    "selection",
    "shapes",
]
