"""What the user gives as a constant, as an array of a supported dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DTypeError
from .types import as_dtype


def as_array(value: object, dtype: object) -> np.ndarray[Any, Any]:
    """A number or numbers as a new array in the machine's byte order.

    Raises
    ------
    DTypeError
        If the value is not made of numbers of a supported dtype, or some of them are masked.
    """
    if is_masked(value):
        raise DTypeError("a masked array can not be a constant", how="Fill it first: a.filled(0).")
    if isinstance(value, int) and not isinstance(value, bool) and dtype is None:
        value = value if -(2**63) <= value < 2**63 else _as_float(value)
    try:
        array = np.array(value, dtype=None if dtype is None else as_dtype(dtype))
    except (TypeError, ValueError, OverflowError) as error:
        raise DTypeError(
            f"{value!r:.60} is not a number or an array of numbers",
            how=f"NumPy says: {error}.",
        ) from None
    array = array.astype(as_dtype(array.dtype), copy=False)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def is_masked(value: object) -> bool:
    """Whether it is an array of NumPy with a mask, which would be lost.

    NumPy imports its masked arrays, in 10 ms, as soon as they are named: they are not named here.
    """
    return hasattr(value, "filled")


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise DTypeError("an integer this large fits no dtype (float64 ends at 1.8e308)") from None
