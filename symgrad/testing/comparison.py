"""What a comparison of derivatives found, and how errors are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

COMPLEX = "complex step"
CENTRAL = "central differences"

TOLERANCES = {
    ("float64", COMPLEX): 1e-9,
    ("float64", CENTRAL): 1e-6,
    ("float32", COMPLEX): 1e-3,
    ("float32", CENTRAL): 1e-3,
}
"""Relative errors that are put down to rounding, by the shortest dtype and the method.

Second derivatives may err by ten times as much.
"""

_SMALL = 1e-3  # entries smaller than this share of the largest are compared to the largest
# Slopes below this share of the value are compared to that share. Differences drown there in the
# value's rounding, 1e-16 / 1e-6 / 1e-6; of a complex step, nothing but rounding is so small.
_NOISE = {CENTRAL: 1e-4, COMPLEX: 1e-6}


@dataclass(frozen=True)
class Comparison:
    """The derivative to one input, compared with numerical differentiation.

    Attributes
    ----------
    name : str
        The input.
    error : float
        Worst relative error; entries near zero are compared to the largest entry.
    index : tuple of int
        The entry of the worst error, with its ``symbolic`` and ``numerical`` derivative.
    tolerance : float
        What the error may be.
    compared, size : int
        How many entries were compared, and how many there are.
    method : str
        "complex step" or "central differences".
    order : int
        1, or 2 for the derivative of the gradient toward ``name`` along a direction.
    along : str
        For order 2: the input that the direction moves, with the entry if it moves just one.
    """

    name: str
    error: float
    index: tuple[int, ...]
    symbolic: float
    numerical: float
    tolerance: float
    compared: int
    size: int
    method: str = CENTRAL
    order: int = 1
    along: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the error is within the tolerance."""
        return self.error <= self.tolerance

    def __str__(self) -> str:
        what = "gradient" if self.order == 1 else "second derivative"
        along = f" along {self.along}" if self.along else ""
        entry = f" at {bracketed(self.index)}" if self.index else ""
        return (
            f"the {what} to {self.name}{along} is {self.symbolic:.9g}{entry}, and "
            f"numerical differentiation finds {self.numerical:.9g} ({self.method}): "
            f"relative error {self.error:.1e}"
        )


def bracketed(index: tuple[int, ...]) -> str:
    """An index as it is written behind a name."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def allowed(dtype: str, method: str, order: int, tolerance: float | None) -> float:
    """The tolerance that holds: the given one, or that of the dtype and the method."""
    if tolerance is not None:
        return tolerance
    return TOLERANCES[dtype, method] * (1 if order == 1 else 10)


def errors(exact: Array, measured: Array, method: str, scale: float = 0.0) -> Array:
    """Relative errors of entries; nan and infinity count as infinitely wrong.

    ``scale`` is the size of what was differentiated, whose rounding the slopes carry.
    """
    size = np.maximum(np.abs(exact), np.abs(measured))
    largest = np.max(size[np.isfinite(size)], initial=0.0)
    floor = max(_SMALL * largest, _NOISE[method] * scale, np.finfo(float).tiny)
    with np.errstate(all="ignore"):
        found = np.abs(exact - measured) / np.maximum(size, floor)
    return np.where(np.isfinite(found), found, np.inf)
