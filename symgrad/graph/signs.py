"""What a caller may promise of an input's values: their sign.

A sign is a declaration, no part of the type: every element of a *positive* input is > 0 (inf is,
nan is not), of a *nonnegative* one >= 0, and so on; of a *nonzero* one it is != 0, as nan is too.
Nothing tests it when a function runs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from ..errors import DTypeError, suggest

SIGNS = ("positive", "nonnegative", "negative", "nonpositive", "nonzero")


def split_words(words: str, dtypes: Collection[str]) -> tuple[str, str]:
    """The sign and the dtype, "" where there is none, of what stands before the brackets of a spec.

    Raises
    ------
    DTypeError
        If a word in the place of the sign is none.

    Example
    -------
    >>> split_words("positive float32", ["float32"]), split_words("float32", ["float32"])
    (('positive', 'float32'), ('', 'float32'))
    """
    first, _, second = " ".join(words.split()).partition(" ")
    if first in SIGNS:
        return first, second
    if second in SIGNS and first in dtypes:
        raise DTypeError(f"{second} stands before the dtype", how=f"Write {second} {first}.")
    if second or (len(first) > 1 and first not in dtypes and suggest(first, SIGNS)):
        check_sign(first)
    return "", first


def check_sign(sign: str, dtype: np.dtype[Any] | None = None) -> str:
    """The sign, if it is one that values of this dtype can have.

    Raises
    ------
    DTypeError
        If it is no sign, or says nothing of such values.
    """
    if sign and sign not in SIGNS:
        near = suggest(sign, SIGNS)
        raise DTypeError(
            f"{sign[:60]} is not a sign that an input can have",
            how=f"Did you mean {near}?" if near else f"Use one of {', '.join(SIGNS)}.",
        )
    if sign and dtype is not None and dtype.kind == "b":
        raise DTypeError(
            f"{dtype.name} values have no sign, so {sign} says nothing of them",
            how=f"Declare {dtype.name} alone.",
        )
    return sign


def impose(values: Any, sign: str) -> np.ndarray[Any, Any]:
    """Random values as those of an input of this sign may be.

    Example
    -------
    >>> impose([-2.0, 0.0, 3.0], "positive"), impose([-2.0, 0.0, 3.0], "nonpositive")
    (array([2., 1., 3.]), array([-2.,  0., -3.]))
    """
    array: np.ndarray[Any, Any] = np.asarray(values)
    if sign in ("positive", "negative", "nonzero"):
        array = np.where(array == 0, np.ones_like(array), array)
    if sign in ("positive", "nonnegative"):
        array = np.asarray(np.abs(array))
    if sign in ("negative", "nonpositive"):
        array = np.asarray(0 - np.abs(array))
    return array
