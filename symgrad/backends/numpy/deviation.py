"""How far results are from what is right, entry by entry."""

from __future__ import annotations

from typing import Any

import numpy as np

_SMALL = 1e-3  # entries below this share of the largest are compared with that share


def are_finite(value: Any) -> Any:
    """Where numbers are finite; True of others."""
    array = np.asarray(value)
    return np.isfinite(array) if array.dtype.kind == "f" else np.ones(array.shape, bool)


def worst_error(found: Any, expected: Any) -> float:
    """The worst relative error; inf for another shape, or what is finite in one alone."""
    if found.shape != expected.shape:
        return float("inf")
    if found.dtype.kind != "f":
        return 0.0 if np.array_equal(found, expected) else float("inf")
    with np.errstate(all="ignore"):
        expected = expected.astype(found.dtype).astype(np.float64)
        largest = float(np.max(np.abs(expected), initial=0.0))
        off = distances(found, expected)
        error = np.where(off == 0, 0.0, off / np.maximum(np.abs(expected), _SMALL * largest))
    return float(np.max(np.where(np.isnan(error), np.inf, error), initial=0.0))


def distances(found: Any, expected: Any) -> Any:
    """How far off each entry is; inf for what is finite in one alone."""
    with np.errstate(all="ignore"):
        off = np.abs(found.astype(np.float64) - expected)
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    return np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))


def is_right(found: Any, expected: Any, limit: float) -> bool:
    """Whether each entry is, relative to itself."""
    if found.shape != expected.shape:
        return False
    return bool(np.all(distances(found, expected.astype(found.dtype)) <= limit * np.abs(expected)))


def worst_place(found: Any, expected: Any) -> tuple[int, ...]:
    """The entry that is off most; () of numbers and of another shape."""
    if found.shape != expected.shape or not found.ndim:
        return ()
    off = distances(found, expected.astype(np.float64))
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))
