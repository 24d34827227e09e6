"""NumPy's reductions and ufunc methods, with the parameters that expressions do not have.

``dtype=`` converts first, ``where=`` replaces what is left out, ``initial=`` takes part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import GraphError
from ..graph.graph import Expr, operations
from ..ops.operands import find_graph, lift

_NEUTRAL: dict[str, Any] = {"sum": 0, "prod": 1, "any": False, "all": True}
_JOINED = {"sum": "add", "prod": "multiply", "max": "maximum", "min": "minimum"}
_ORDER = {
    **dict.fromkeys(("sum", "prod"), ("axis", "dtype", "out", "keepdims", "initial", "where")),
    "mean": ("axis", "dtype", "out", "keepdims"),
    **dict.fromkeys(("max", "min"), ("axis", "out", "keepdims", "initial", "where")),
    **dict.fromkeys(("any", "all"), ("axis", "out", "keepdims")),
    **dict.fromkeys(("var", "std"), ("axis", "dtype", "out", "ddof", "keepdims")),
    **dict.fromkeys(("cumsum", "cumprod"), ("axis", "dtype", "out")),
}


def reduction(name: str) -> Callable[..., Expr]:
    """The reduction with NumPy's order of parameters.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x", "[3]")
    >>> print(reduction("sum")(x, None, "float32", initial=1))
    x: float64[3]
    sum(astype(x, "float32")) + 1
    """

    def call(a: Any, *args: Any, **params: Any) -> Expr:
        """The reduction, with NumPy's parameters in NumPy's order."""
        if len(args) > len(_ORDER[name]):
            raise operations[name].misused(f"{len(args) + 1} arguments given")  # type: ignore[attr-defined]
        given = dict(zip(_ORDER[name], args, strict=False)) | params
        if given.pop("out", None) is not None:
            raise GraphError(
                f"{name} takes no out=: symbolic values are never overwritten",
                how="Use the returned expression.",
            )
        return _reduced(name, lift(find_graph([a], name), a), given)

    call.__name__ = name
    return call


def _reduced(name: str, x: Expr, given: dict[str, Any]) -> Expr:
    dtype, where = given.pop("dtype", None), given.pop("where", True)
    initial = given.pop("initial", None)
    x = x if dtype is None else operations["astype"](x, dtype)
    if where is not True:
        if name == "mean":
            return _mean_where(x, where, given)
        left_out = _NEUTRAL.get(name, initial)
        if left_out is None:
            raise GraphError(
                f"{name} takes where= together with initial= only",
                how="Choose between values with np.where(condition, a, b).",
            )
        x = operations["where"](where, x, left_out)
    y = operations[name](x, **given)
    return y if initial is None else operations[_JOINED[name]](y, initial)


def _mean_where(x: Expr, where: Any, given: dict[str, Any]) -> Expr:
    """The sum of what counts, over how many count."""
    kept = operations["broadcast_to"](lift(x.graph, where), x.shape)
    total = operations["sum"](operations["where"](kept, x, 0), **given)
    return total / operations["sum"](kept, **given)


REDUCTIONS = {name: reduction(name) for name in _ORDER}
"""By NumPy's names."""


def outer(fn: Callable[..., Any], a: Any, b: Any) -> Any:
    """A ufunc of all pairs: an element of a, and one of b."""
    graph = find_graph([a, b], "outer")
    a, b = lift(graph, a), lift(graph, b)
    return fn(operations["expand_dims"](a, tuple(range(a.ndim, a.ndim + b.ndim))), b)
