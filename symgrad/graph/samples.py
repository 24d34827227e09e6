"""Random values of inputs: of their types and signs."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from .dims import evaluate
from .graph import Expr
from .signs import impose

RANGES = ((-1.0, 1.0), (0.1, 0.9), (1.1, 2.0), (2.0, 9.0))
"""Of floats, to be tried in turn: roots, logarithms and inverse functions are picky."""
_AXES, _ENTRIES = 64, 2**59  # of NumPy's arrays; beyond, it raises a ValueError


def draw(
    rng: np.random.Generator,
    x: Expr,
    sizes: Mapping[str, int],
    floats: tuple[float, float],
    integers: tuple[int, int],
    definite: bool = False,
) -> np.ndarray[Any, Any]:
    """A random value of an input, for sizes of the named dims.

    Parameters
    ----------
    floats, integers : pair of numbers
        From where to where; the upper end is excluded.
    definite : bool
        Whether square matrices are symmetric positive definite.

    Raises
    ------
    MemoryError
        If it is too large, for NumPy too.
    """
    shape = tuple(evaluate(d, sizes) for d in x.shape)
    if len(shape) > _AXES or prod(shape) > _ENTRIES:
        raise MemoryError(f"{x.label} is larger than an array can be")
    if x.dtype.kind != "f":
        return impose(rng.integers(*integers, shape), x.sign).astype(x.dtype)
    value = np.asarray(rng.uniform(*floats, shape))
    if definite and len(shape) > 1 and shape[-1] == shape[-2]:
        value = value @ np.swapaxes(value, -1, -2) + np.eye(shape[-1])
    return impose(value, x.sign).astype(x.dtype)
