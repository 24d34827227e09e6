"""Constants and sizes as text, and back: exact in dtype, in bits and in how they adopt dtypes."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np

from ..errors import GraphError
from ..graph.dims import Dim, at_least, at_most
from ..graph.graph import Expr, Graph
from ..graph.types import BOOL, FLOAT32, FLOAT64, INT64, Type, as_dtype, as_shape
from ..ops.construction import MOST_ELEMENTS
from ..ops.indices import At
from ..ops.operands import lift

NAMES: dict[str, object] = {
    "inf": math.inf,
    "nan": math.nan,
    "pi": math.pi,
    **{dtype: dtype for dtype in ("bool", "int32", "int64", "float32", "float64")},
}
"""What these names mean in a text that gives them no other meaning."""

_LISTED = 8  # elements that are listed even if all are the same


def constant(
    graph: Graph, value: object, dtype: object = None, shape: object = None, weak: bool = False
) -> Expr:
    """constant(value, dtype=None, shape=None): a number, or nested lists of numbers."""
    if shape is None and weak is not True:
        return graph.constant(value, dtype)
    array = np.array(value, dtype=None if dtype is None else as_dtype(dtype))
    if shape is not None:
        array = _filled(array, shape)
    return graph.typed_constant(array, Type(array.dtype, array.shape, weak is True))


def _filled(array: np.ndarray[Any, Any], shape: object) -> np.ndarray[Any, Any]:
    sizes = as_shape(shape)
    if any(isinstance(d, Dim) for d in sizes):
        raise GraphError("a constant has no named dims", how="Write broadcast_to(x, (n, 2)).")
    count = math.prod(map(int, sizes))
    if count > MOST_ELEMENTS:
        raise GraphError(f"a constant of {count} elements is too large")
    return np.broadcast_to(array, tuple(map(int, sizes))).copy()


def dim(graph: Graph, named: Any) -> Expr:
    """dim(size): the size of a named dim, as an expression."""
    if not isinstance(named, Dim):
        raise GraphError("dim takes a named size", how="Write the number itself.")
    return lift(graph, named)


def number(graph: Graph, value: Any) -> float:
    """float(value): a number, or one of "inf" and "nan"."""
    return float(value)


def index(graph: Graph, *bounds: Any) -> slice:
    """slice(start, stop, step): what x[start:stop:step] selects."""
    return slice(*bounds)


def at(graph: Graph, number: Any) -> At:
    """At(k): where an index has its k-th array, in scatter_add."""
    return At(number)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "At": at,
    "constant": constant,
    "dim": dim,
    "float": number,
    "slice": index,
}
"""What can be called in a text besides the operations."""


def number_text(value: int | float, taken: Collection[str] = ()) -> str:
    """A Python number as text; ``inf`` and ``nan`` also where these names are taken.

    Example
    -------
    >>> number_text(-0.0), number_text(math.inf), number_text(-math.inf, ["inf"])
    ('-0.0', 'inf', '-float("inf")')
    """
    if isinstance(value, int):
        return repr(value) if value != -(2**63) else f"{value + 1} - 1"
    if math.isfinite(value):
        return repr(value)
    word = "nan" if math.isnan(value) else "inf"
    sign = "-" if math.copysign(1, value) < 0 else ""
    return sign + (f'float("{word}")' if word in taken else word)


def constant_text(node: Expr, taken: Collection[str] = ()) -> str:
    """A constant as a call of `constant` that gives this very node.

    Example
    -------
    >>> g = Graph()
    >>> constant_text(g.constant([0.1, 0.2], "float32")), constant_text(g.constant(np.ones(99)))
    ('constant([0.1, 0.2], dtype="float32")', 'constant(1.0, shape=(99,))')
    """
    array: np.ndarray[Any, Any] = node.params["value"]
    shape = ""
    if array.size == 0 or (array.size > _LISTED and _is_uniform(array)):
        shape = f", shape={tuple_text(map(str, array.shape))}"
        array = np.array(array.ravel()[0] if array.size else 0, array.dtype)
    plain = array.dtype in (BOOL, INT64, FLOAT64) and (array.shape or shape)
    dtype = "" if plain else f', dtype="{array.dtype.name}"'
    weak = ", weak=True" if node.type.weak and not node.type.python else ""
    return f"constant({_nested(array, taken)}{dtype}{shape}{weak})"


def _is_uniform(array: np.ndarray[Any, Any]) -> bool:
    data = array.tobytes()
    return data == data[: array.itemsize] * array.size


def _nested(array: np.ndarray[Any, Any], taken: Collection[str]) -> str:
    if array.shape:
        return f"[{', '.join(_nested(row, taken) for row in np.asarray(array))}]"
    short = str(array) if array.dtype == FLOAT32 and np.isfinite(array) else ""
    if short and np.float32(float(short)) == array:
        return number_text(float(short))
    return number_text(array.item(), taken)


def tuple_text(entries: Iterable[str]) -> str:
    """Entries as a tuple: ``(n, 2)``, ``(n,)``."""
    listed = list(entries)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


def extreme(name: str, a: Any, b: Any) -> int | float | Dim:
    """max or min of numbers, or of a named size and a number."""
    if isinstance(a, Dim) or isinstance(b, Dim):
        size, bound = (a, b) if isinstance(a, Dim) else (b, a)
        if isinstance(bound, Dim) or not isinstance(bound, int):
            raise GraphError(f"{name} of a size takes an integer beside it")
        return at_least(size, bound) if name == "max" else at_most(size, bound)
    larger: int | float = max(a, b) if name == "max" else min(a, b)
    return larger
