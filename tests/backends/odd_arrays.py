"""Odd arrays and numbers that callers may give, and a fingerprint that shows any change of them."""

from __future__ import annotations

import array
import hashlib
import sys

import numpy as np

SWAPPED = ">" if sys.byteorder == "little" else "<"
NAN, INF = float("nan"), float("inf")


def is_array(value):
    return isinstance(value, np.ndarray)


def fingerprint(value):
    """Bytes, shape, strides and flags of an array, and of the memory it is a view of."""
    if not is_array(value):
        return repr(value)
    memory = value if value.base is None or not is_array(value.base) else value.base
    text = f"{value.shape}{value.strides}{value.dtype.str}{value.flags}".encode()
    return hashlib.sha256(text + memory.tobytes()).hexdigest()


class Doubling(np.ndarray):
    """A subclass whose operators mean something else."""

    def __matmul__(self, other):
        return 2 * np.asarray(self) @ other

    __mul__ = __add__ = __sub__ = __pow__ = __matmul__


class Holder:
    """Anything that turns into an array."""

    def __init__(self, values):
        self.held = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.held, dtype)


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def unaligned(x):
    """The same numbers at odd addresses."""
    memory = np.zeros(x.nbytes + 1, np.uint8)
    found = memory[1:].view(x.dtype).reshape(x.shape)
    found[...] = x
    assert not found.flags.aligned
    return found


def strided(x):
    """The same numbers, with others between them, backwards."""
    memory = np.full(tuple(2 * s for s in x.shape), 99.0, x.dtype)
    found = memory[tuple(slice(None, None, -2) for _ in x.shape)]
    found[...] = x
    return found


def field(x):
    """The same numbers as a field of records."""
    records = np.zeros(x.shape, [("a", np.int8), ("b", x.dtype)])
    records["b"] = x
    return records["b"]


ODD = {
    "plain": lambda x: x,
    "column-major": np.asfortranarray,
    "non-contiguous": strided,
    "read-only": read_only,
    "byte-swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "unaligned": unaligned,
    "field of records": field,
    "list": lambda x: x.tolist(),
    "tuple": lambda x: tuple(x.tolist()),
    "list of arrays": lambda x: list(x.astype(x.dtype)),
    "float16": lambda x: x.astype(np.float16),
    "ints": lambda x: np.rint(x).astype(np.int64),
    "short ints": lambda x: np.rint(x).astype(np.int8),
    "unsigned": lambda x: np.abs(np.rint(x)).astype(np.uint64),
    "list of ints": lambda x: np.rint(x).astype(int).tolist(),
    "booleans": lambda x: x > 0,
    "subclass": lambda x: x.copy().view(Doubling),
    "record array": lambda x: x.copy().view(np.recarray),
    "has __array__": Holder,
    "memoryview": lambda x: memoryview(x.copy()),
    "dtype with metadata": lambda x: x.astype(np.dtype(x.dtype.str, metadata={"unit": "m"})),
    "infinite": lambda x: np.where(x == x.max(), INF, x).astype(x.dtype),
    "not a number": lambda x: np.where(x == x.max(), NAN, x).astype(x.dtype),
    "subnormal": lambda x: (x * np.finfo(x.dtype).tiny / 8).astype(x.dtype),
    "negative zero": lambda x: x * 0 - 0,
}


NUMBERS = {
    "0-d": np.array(0.25),
    "NumPy's": np.float64(0.25),
    "Python's": 0.25,
    "an int": 3,
    "a large int": 2**62,
    "a bool": True,
    "NumPy's int": np.int32(-2),
    "NumPy's bool": np.True_,
    "short": np.float32(0.1),
    "shortest": np.float16(0.1),
    "0-d ints": np.array(7),
    "swapped": np.array(0.25, SWAPPED + "f8"),
    "read-only": read_only(np.array(0.5)),
    "of a subclass": np.array(0.5).view(Doubling),
    "one of many": np.arange(3.0)[1:2].reshape(()),
    "negative zero": -0.0,
    "infinite": INF,
    "infinite 0-d": np.array(-INF),
    "not a number": NAN,
    "NumPy's not a number": np.float64(NAN),
}


LABELS = np.array([2, 0, 1, 2])


INTS = {
    "int64": LABELS,
    "int32": LABELS.astype(np.int32),
    "uint8": LABELS.astype(np.uint8),
    "swapped": LABELS.astype(SWAPPED + "i8"),
    "unaligned": unaligned(LABELS),
    "read-only": read_only(LABELS),
    "strided": strided(LABELS),
    "list": LABELS.tolist(),
    "array": array.array("q", LABELS),
    "booleans": LABELS > 1,
}
