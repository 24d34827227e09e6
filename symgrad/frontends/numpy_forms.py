"""NumPy's ways to call an operation that expressions do not have: orders, modes, ends.

Each is a function with NumPy's parameters that makes nodes of operations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import GraphError
from ..graph.graph import Expr, operations
from ..ops.indexing import along
from ..ops.operands import find_graph, lift
from .numpy_reductions import REDUCTIONS


def reshaped(
    a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None
) -> Expr:
    """By rows, or by columns (order="F")."""
    y: Expr = a.reshape(newshape if shape is None else shape, order=order)
    return y


def scanned(name: str) -> Callable[..., Expr]:
    """The array API's cumulative sum and product."""

    def call(
        x: Any, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False
    ) -> Expr:
        """As NumPy's, along one axis; ``include_initial`` puts a 0, or a 1, in front."""
        if axis is None and x.ndim > 1:
            raise GraphError(
                f"np.cumulative_{name.removeprefix('cum')} goes along one axis",
                how="Give axis=, or flatten first: x.ravel().",
            )
        axis = 0 if axis is None else axis
        y: Expr = REDUCTIONS[name](x, axis, dtype)
        if not include_initial:
            return y
        first = operations["zeros_like" if name == "cumsum" else "ones_like"]
        return operations["concatenate"]([first(operations["take"](y, [0], axis)), y], axis=axis)

    return call


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Expr:
    """Differences of neighbors, of order ``n``, with ends of the user's own."""
    graph = find_graph([x for x in (a, prepend, append) if x is not None], "diff")
    a = lift(graph, a)
    ends = [None if e is None else _end(lift(graph, e), a, axis) for e in (prepend, append)]
    parts = [x for x in (ends[0], a, ends[1]) if x is not None]
    whole = operations["concatenate"](parts, axis=axis) if len(parts) > 1 else a
    return operations["diff"](whole, n=n, axis=axis)


def _end(value: Expr, a: Expr, axis: int) -> Expr:
    """A number as one slice."""
    if value.ndim:
        return value
    shape = [*a.shape]
    shape[axis] = 1
    return operations["broadcast_to"](operations["astype"](value, a.dtype), tuple(shape))


def einsum(*args: Any, **params: Any) -> Expr:
    """With lists of numbers for subscripts too: einsum(A, [0, 1], B, [1, 2], [0, 2])."""
    if not args or isinstance(args[0], str):
        return operations["einsum"](*args, **params)
    operands, lists = list(args[: len(args) // 2 * 2 : 2]), [*args[1::2], *args[len(args) :]]
    output = "" if len(args) % 2 == 0 else f"->{_letters(args[-1])}"
    text = ",".join(map(_letters, lists[: len(operands)])) + output
    return operations["einsum"](text, *operands, **params)


def _letters(subscripts: Any) -> str:
    """A list of small numbers, and perhaps an Ellipsis, as letters."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "".join("..." if s is Ellipsis else letters[s] for s in subscripts)


def nonzero(a: Expr) -> tuple[Expr, ...]:
    """The places of what is not zero, an array for each axis."""
    out: list[Expr] = []
    places = operations["flatnonzero"](a)
    for size in reversed(a.shape):
        out.append(places if len(out) == a.ndim - 1 else places % lift(a.graph, size))
        places = places // lift(a.graph, size)
    return tuple(out[::-1])


def where(condition: Any, *values: Any) -> Any:
    """A choice between two values; of a condition alone, the places where it holds."""
    return operations["where"](condition, *values) if values else nonzero(condition)


def take(a: Any, indices: Any, axis: Any = None, mode: str = "raise") -> Expr:
    """Entries at places; with mode "wrap" or "clip", places beyond the ends are brought back."""
    if mode == "raise":
        return operations["take"](a, indices, axis=axis)
    graph = find_graph([a, indices], "take")
    a, indices = lift(graph, a), lift(graph, indices)
    size = lift(graph, a.size if axis is None else a.shape[axis])
    if mode == "wrap":
        return operations["take"](a, indices % size, axis=axis)
    return operations["take"](a, operations["clip"](indices, 0, size - 1), axis=axis)


def compress(condition: Any, a: Any, axis: Any = None) -> Expr:
    """What a mask along one axis selects."""
    a, axis = (operations["ravel"](a), 0) if axis is None else (a, axis % a.ndim)
    return along(a, axis, condition)


def outer(a: Any, b: Any) -> Expr:
    """Of all elements of either operand in a row."""
    graph = find_graph([a, b], "outer")
    return operations["outer"](*(operations["ravel"](lift(graph, x)) for x in (a, b)))
