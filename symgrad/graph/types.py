"""The type of a node, dtype and shape with named dims, and the rules that join types.

NumPy's promotion with two deviations, both so that float32 never silently becomes float64: a
*weak* type (made of Python numbers alone) adopts the other operand's dtype, as JAX has it, and
an integer array that meets a floating one adopts the floating dtype, as PyTorch has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from .dims import Dim, product, size
from .signs import check_sign, split_words

Shape = tuple[int | Dim, ...]

DTYPES = {d: np.dtype(d) for d in ("bool", "int32", "int64", "float32", "float64")}
"""All that symgrad computes with, by name."""
BOOL, INT32, INT64, FLOAT32, FLOAT64 = DTYPES.values()
_KNOWN: dict[Any, np.dtype[Any]] = {**DTYPES, **{d: d for d in DTYPES.values()}}
_WORD = r"[^\W\d]\w*"
_SPEC = re.compile(rf"\s*(?:(?P<words>{_WORD}(?:\s+{_WORD})?)\s*)?(?:\[(?P<dims>[^\[\]]*)\])?\s*")


_LONGEST = 1000  # characters of a spec: products of many dims take quadratic time
_TYPES: dict[tuple[np.dtype[Any], Shape, bool, bool], Type] = {}  # each once, never given up


@dataclass(frozen=True, init=False, eq=False)
class Type:
    """dtype and shape of a node.

    ``weak`` says that it is made of Python numbers alone, ``python`` that emitted code holds it as
    a Python number, so that NumPy itself lets it adopt the dtype of what it meets. Equal types are
    one object, so that comparing them, and looking up what is known of them, costs next to nothing.

    Example
    -------
    >>> print(as_type("float32[n, 784]"), as_type("[n, 2]"), as_type("float64"))
    float32[n, 784] float64[n, 2] float64[]
    """

    dtype: np.dtype[Any]
    shape: Shape = ()
    weak: bool = False
    python: bool = False

    def __new__(
        cls, dtype: np.dtype[Any], shape: Shape = (), weak: bool = False, python: bool = False
    ) -> Type:
        key = (dtype, shape, weak, python)
        found = _TYPES.get(key)
        if found is None:
            found = super().__new__(cls)
            sizes = tuple(d if type(d) is int else size(d) for d in shape)
            columns = {"dtype": _KNOWN.get(dtype, dtype), "shape": sizes}
            vars(found).update(columns, weak=bool(weak), python=bool(python))
            found = _TYPES.setdefault(key, found)  # another thread may have been faster
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return Type, (self.dtype, self.shape, self.weak, self.python)

    @cached_property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @cached_property
    def is_floating(self) -> bool:
        """Whether derivatives with respect to it make sense."""
        return self.dtype.kind == "f"

    @cached_property
    def size(self) -> int | Dim:
        """Number of elements."""
        return product(self.shape)

    def with_shape(self, shape: Shape) -> Type:
        """The same dtype in another shape."""
        return self if shape == self.shape else Type(self.dtype, shape, self.weak, False)

    def with_dtype(self, dtype: np.dtype[Any], weak: bool = False) -> Type:
        """The same shape in another dtype."""
        same = dtype == self.dtype and weak == self.weak
        return self if same else Type(dtype, self.shape, weak)

    @cached_property
    def dtype_name(self) -> str:
        """What NumPy calls the dtype."""
        return self.dtype.name

    @cached_property
    def text(self) -> str:
        """As a spec says it, with the dtype: ``float64[n, 2]``."""
        return f"{self.dtype_name}{show_shape(self.shape)}"

    def __str__(self) -> str:
        return self.text


def show_shape(shape: Sequence[int | Dim]) -> str:
    """A shape as the user writes it.

    Example
    -------
    >>> show_shape((Dim("n"), 2)), show_shape(())
    ('[n, 2]', '[]')
    """
    return f"[{', '.join(map(str, shape))}]"


def as_dtype(dtype: object) -> np.dtype[Any]:
    """One of the supported dtypes, by name or as NumPy spells it.

    Raises
    ------
    DTypeError
        If it is not bool, int32, int64, float32 or float64.
    """
    if isinstance(dtype, str | np.dtype) and dtype in _KNOWN:
        return _KNOWN[dtype]
    name = dtype if isinstance(dtype, str) else None
    if name != "a":  # NumPy's old name of bytes, which warns
        with suppress(TypeError, ValueError):
            name = np.dtype(dtype).name  # type: ignore[call-overload]
    if name not in DTYPES:
        raise DTypeError(
            f"{(name or repr(dtype))[:60]} is not a dtype symgrad computes with",
            how=f"Use one of {', '.join(DTYPES)}.",
        )
    return DTYPES[name]


def as_type(spec: object = (), dtype: object = None) -> Type:
    """The type a spec stands for.

    Parameters
    ----------
    spec : Type, str, sequence of dims, int, or array
        ``"float32[n, 784]"``, ``"[n, 2]"``, ``"float64"``, ``("n", 2)``, or an example array. A
        sign, as in ``"positive float64[n]"``, is no part of the type.
    dtype : dtype, optional
        Where the spec names none; float64 by default.

    Raises
    ------
    ShapeError, DTypeError
        If the spec can not be read.
    """
    return read_spec(spec, dtype)[0]


def read_spec(spec: object, dtype: object = None, sign: str = "") -> tuple[Type, str]:
    """The type that a spec stands for, and the sign that it declares, "" where it does not.

    Raises
    ------
    ShapeError, DTypeError
        As `as_type`, and if the sign is none, or another than ``sign``.

    Example
    -------
    >>> type_, sign = read_spec("positive float32[n]")
    >>> str(type_), sign, read_spec("[n]")[1]
    ('float32[n]', 'positive', '')
    """
    type_, declared = _type_and_sign(spec, dtype)
    if sign and declared and sign != declared:
        raise DTypeError(f"the spec {str(spec)[:60]!r} and sign={sign!r:.60} disagree")
    return type_, check_sign(sign or declared, type_.dtype)


def _type_and_sign(spec: object, dtype: object) -> tuple[Type, str]:
    if isinstance(spec, Type):
        return (spec if dtype is None else spec.with_dtype(as_dtype(dtype))), ""
    if isinstance(spec, str) and not isinstance(spec, Dim):
        return _read_known(spec) if dtype is None else _read(spec, dtype)
    if isinstance(spec, np.ndarray | np.generic):
        return Type(as_dtype(dtype or spec.dtype), spec.shape), ""
    return Type(as_dtype(dtype or "float64"), as_shape(spec)), ""


def _read(spec: str, dtype: object) -> tuple[Type, str]:
    found = _SPEC.fullmatch(spec) if len(spec) <= _LONGEST else None
    if found is None or not spec.strip():
        raise ShapeError(
            f"{spec[:60]!r} is not a spec", how='Write for example "float32[n, 784]" or "[n, 2]".'
        )
    (sign, named), dims = split_words(found["words"] or "", DTYPES), found["dims"]
    if named and len(named) == 1:  # one of NumPy's character codes: "n" is an int64
        raise DTypeError(
            f"{named} is not a dtype symgrad computes with",
            how=f'A shape stands in brackets: "[{named}]".',
        )
    if named and dtype is not None and as_dtype(named) != as_dtype(dtype):
        raise DTypeError(f"the spec {spec!r} and dtype={as_dtype(dtype).name} disagree")
    entries = [d.strip() for d in (dims or "").split(",")]
    if entries[-1] == "":
        entries.pop()
    shape = tuple(_read_dim(d, spec) for d in entries)
    return Type(as_dtype(named or dtype or "float64"), shape), sign


@lru_cache(maxsize=4096)
def _read_known(spec: str) -> tuple[Type, str]:
    """The same, remembered: the layers of a network are alike."""
    return _read(spec, None)


def _read_dim(text: str, spec: str) -> int | Dim:
    if re.fullmatch(r"-?\d{1,18}", text):
        return size(int(text))
    total: int | Dim = 0
    for term in re.split(r"\s*\+\s*", text):
        factors = [f.strip() for f in term.split("*")]
        if not all(factors):
            raise ShapeError(
                f"{spec[:60]!r} is not a spec: {text[:40]!r} is no size",
                how='A dim is an integer or a name: "[n, 2]".',
            )
        total = total + product([size(int(f) if f.isdecimal() else f) for f in factors])
    return total


def as_shape(shape: object) -> Shape:
    """A tuple of dims from what users give for a shape: a sequence, one dim or a string of dims."""
    if isinstance(shape, str) and not isinstance(shape, Dim):
        return _read(shape if "[" in shape else f"[{shape}]", None)[0].shape
    if isinstance(shape, np.ndarray):
        return as_shape(shape.tolist())
    if isinstance(shape, Set | Mapping):
        raise ShapeError(
            f"a {type(shape).__name__} has no axes in order", how='Write (3, 4) or "[n, 4]".'
        )
    if isinstance(shape, Iterable) and not isinstance(shape, Dim):
        return tuple(map(size, shape))
    return (size(shape),)


@cache
def broadcast(*shapes: Shape) -> Shape:
    """The common shape by NumPy's rules; a named dim fits itself and 1, nothing else.

    Raises
    ------
    ShapeError
        If two sizes of one axis differ.

    Example
    -------
    >>> broadcast((Dim("n"), 2), (2,), (1, 1))
    ('n', 2)
    """
    ndim = max(map(len, shapes), default=0)
    out: list[int | Dim] = []
    for axis in range(-ndim, 0):
        sizes = dict.fromkeys(s[axis] for s in shapes if -axis <= len(s) and s[axis] != 1)
        if len(sizes) > 1:
            a, b, *_ = sizes
            raise ShapeError(f"sizes {a} and {b} of axis {axis} differ")
        out.append(next(iter(sizes), 1))
    return tuple(out)


@cache
def promote(*types: tuple[np.dtype[Any], bool]) -> tuple[np.dtype[Any], bool]:
    """dtype and weakness of an operation on operands of these (dtype, weak) pairs."""
    strong = [d for d, weak in types if not weak]
    if not strong:
        return np.result_type(*(d for d, _ in types)), True
    floating = [d for d in strong if d.kind == "f"]
    dtype = np.result_type(*(floating or strong))
    for weak in (d for d, is_weak in types if is_weak):
        dtype = _adopt(dtype, weak)
    return dtype, False


_KINDS = "bif"


def _adopt(dtype: np.dtype[Any], weak: np.dtype[Any]) -> np.dtype[Any]:
    """A Python number of dtype ``weak`` beside an array of ``dtype`` (NEP 50)."""
    if _KINDS.index(weak.kind) <= _KINDS.index(dtype.kind):
        return dtype
    return weak
