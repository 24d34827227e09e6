"""Type rules shared by the rows: the result's type, or a ShapeError with a bare reason."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.types import BOOL, FLOAT64, INT64, Shape, Type, broadcast, promote

Axes = tuple[int, ...]


def elementwise(*types: Type, **_: Any) -> Type:
    """Broadcast shape, joined dtype."""
    first = types[0]
    if len(types) == 1 and not first.python:
        return first
    shape = first.shape
    for t in types:
        if t.shape != shape:
            shape = broadcast(*[t.shape for t in types])
            break
    for t in types:
        if t.shape == shape and _prevails(t, types):
            return t
    dtype, weak = joined(*types)
    return Type(dtype, shape, weak)


def _prevails(t: Type, types: Sequence[Type]) -> bool:
    """Whether the others are joined to the dtype of one, which is no Python number."""
    if t.python:
        return False
    adopted = not t.weak and t.dtype.kind == "f"
    for other in types:
        same = other.dtype is t.dtype and other.weak is t.weak
        if not (same or (other.weak and adopted)):
            return False
    return True


def arithmetic(*types: Type, **_: Any) -> Type:
    """As elementwise; Python numbers stay Python numbers, in NumPy and in Python alike."""
    a, b = types[0], types[-1]
    if a is b:
        return a
    if not a.weak and b.python and b.dtype.kind <= a.dtype.kind == "f":
        return a
    result = elementwise(*types)
    if not (a.python and all(t.python for t in types)):
        return result
    return Type(INT64 if result.dtype == BOOL else result.dtype, (), True, True)


def true_division(*types: Type, **_: Any) -> Type:
    """As arithmetic, floating."""
    result = arithmetic(*types)
    if result.is_floating:
        return result
    return Type(FLOAT64, result.shape, result.weak, result.python)


def numeric(*types: Type, **_: Any) -> Type:
    """As arithmetic, refusing bools where NumPy does, or answers with other dtypes."""
    if types[0].dtype.kind == "b" and all(t.dtype.kind == "b" for t in types):
        raise DTypeError("bools are no numbers", how="Convert first: {0}.astype('float64').")
    return arithmetic(*types)


def floating(*types: Type, **_: Any) -> Type:
    """As elementwise; integers become float64."""
    return floating_or(FLOAT64, elementwise(*types))


def floating_or(dtype: np.dtype[Any], x: Type) -> Type:
    """A floating type as it is, any other in this dtype."""
    return x if x.is_floating else x.with_dtype(dtype, x.weak)


def comparison(*types: Type, **_: Any) -> Type:
    """Broadcast shape, bool."""
    return Type(BOOL, broadcast(*(t.shape for t in types)))


def axes_of(axis: Any, ndim: int) -> Axes:
    """Axes as sorted non-negative numbers, each once.

    Raises
    ------
    ShapeError
        If one is out of range or given twice.

    Example
    -------
    >>> axes_of(-1, 3), axes_of(None, 2), axes_of((1, 0), 2)
    ((2,), (0, 1), (0, 1))
    """
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    axes = [one_axis(a, ndim) for a in given]
    if len(set(axes)) < len(axes):
        raise ShapeError(f"axis {axis} names an axis twice")
    return tuple(sorted(axes))


def one_axis(axis: Any, ndim: int) -> int:
    """One axis as a non-negative number."""
    try:
        number = index(axis)
    except TypeError:
        raise ShapeError(f"axis is an integer or a tuple of them, not {axis!r:.40}") from None
    if not -ndim <= number < ndim:
        axes = f"axes are 0 to {ndim - 1}" if ndim else "it is a scalar"
        raise ShapeError(f"axis {number} is out of range: {axes}")
    return number % ndim


def reduced_axes(x: Type, axis: Any = None, keepdims: Any = False) -> dict[str, Any]:
    """Canonical parameters of a reduction; None stands for all axes."""
    axes = axes_of(axis, x.ndim)
    all_or_some = None if len(axes) == x.ndim else axes
    return {"axis": all_or_some, "keepdims": flag(keepdims, "keepdims")}


def kept_axes(x: Type, axis: Any = -1) -> dict[str, Any]:
    """Canonical parameters of an operation along axes."""
    return {"axis": axes_of(axis, x.ndim)}


def reduced(x: Type, axis: Axes | None, keepdims: bool) -> Type:
    """A reduction's shape, the operand's dtype."""
    axes = axes_of(axis, x.ndim)
    if keepdims:
        shape: Shape = tuple(1 if i in axes else d for i, d in enumerate(x.shape))
    else:
        shape = tuple(d for i, d in enumerate(x.shape) if i not in axes)
    return Type(x.dtype, shape, x.weak)


def counted(x: Type, axis: Axes | None, keepdims: bool) -> Type:
    """A sum: bools and short integers are added up in int64."""
    return floating_or(INT64, reduced(x, axis, keepdims))


def averaged(x: Type, axis: Axes | None, keepdims: bool) -> Type:
    """A mean: integers become float64."""
    return floating_or(FLOAT64, reduced(x, axis, keepdims))


def selected(x: Type, axis: Axes | None, keepdims: bool) -> Type:
    """A maximum or minimum, which an empty axis does not have."""
    for i in axes_of(axis, x.ndim):
        if x.shape[i] == 0:
            raise ShapeError(f"axis {i} is empty, and has no largest or smallest element")
    return reduced(x, axis, keepdims)


def number(value: Any, name: str) -> float:
    """A parameter that is a plain number."""
    if not isinstance(value, int | float | np.integer | np.floating):
        raise DTypeError(f"{name} is a number, not {value!r:.40}")
    return float(value)


def whole(value: Any, name: str) -> int:
    """A parameter that is an integer, far enough inside int64 to be calculated with."""
    try:
        number = index(value)
    except TypeError:
        raise DTypeError(f"{name} is an integer, not {value!r:.40}") from None
    if abs(number) >= 2**62:
        raise DTypeError(f"{name} is too large an integer")
    return number


def flag(value: Any, name: str) -> bool:
    """A parameter that is True or False; 1 and 0 stand for them."""
    if not isinstance(value, bool | int | np.bool):
        raise DTypeError(f"{name} is True or False, not {value!r:.40}")
    return bool(value)


def with_size(shape: Shape, axis: int, size: Any) -> Shape:
    """A shape with another size of one axis."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def joined(*types: Type) -> tuple[np.dtype[Any], bool]:
    """The dtype of what is made of all operands, and whether it is weak."""
    return promote(*((x.dtype, x.weak) for x in types))


def leading(a: Type, b: Type) -> Shape:
    """The leading axes of two stacks of matrices, broadcast."""
    try:
        return broadcast(a.shape[:-2], b.shape[:-2])
    except ShapeError as error:
        raise ShapeError(f"of their leading axes, {error.what}") from None


def matrix_product(a: Type, b: Type) -> Type:
    """NumPy's matmul: vectors, matrices, and stacks of matrices."""
    if not a.ndim or not b.ndim:
        raise ShapeError("a scalar is no matrix", how="Multiply by a scalar with *.")
    inner_a, inner_b = a.shape[-1], b.shape[max(0, b.ndim - 2)]
    if inner_a != inner_b:
        raise ShapeError(f"inner sizes {inner_a} and {inner_b} differ", how=_remedy(a, b))
    batch = leading(a, b)
    rows = a.shape[-2:-1] if a.ndim > 1 else ()
    columns = b.shape[-1:] if b.ndim > 1 else ()
    dtype, weak = joined(a, b)
    return Type(dtype, (*batch, *rows, *columns), weak)


def _remedy(a: Type, b: Type) -> str:
    """What would fit: a transpose, or other sizes of the second factor."""
    inner = a.shape[-1]
    wanted = [*b.shape]
    wanted[max(0, b.ndim - 2)] = inner
    shape = f"{{1}}: [{', '.join(map(str, wanted))}]"
    if b.ndim == 2 and b.shape[1] == inner:
        return f"Did you mean {{0}} @ {{1}}.T, or {shape}?"
    if a.ndim == 2 and a.shape[0] == b.shape[max(0, b.ndim - 2)]:
        return f"Did you mean {{0}}.T @ {{1}}, or {shape}?"
    return f"Did you mean {shape}?"
