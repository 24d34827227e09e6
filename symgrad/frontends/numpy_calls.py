"""What a call of NumPy means on expressions: an operation, or a few.

NumPy functions of the registry's names need nothing here. `COMPOSED` has those that are written
with operations, under NumPy's names and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import DTypeError, GraphError
from ..graph.graph import Expr, operations
from ..graph.types import BOOL, as_dtype
from ..ops.op import find_graph, lift
from ..ops.typing import one_axis

_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
_LINALG = {"det", "inv", "matmul", "matrix_transpose", "norm", "outer", "solve", "vecdot"}
_IDLE: dict[str, tuple[object, ...]] = {
    "out": (None,),
    "dtype": (None,),
    "where": (True,),
    "order": ("C", "K", "A", None),
    "casting": ("same_kind", "unsafe"),
    "subok": (True, False),
}
_REMEDIES = {
    "out": "Symbolic values are never overwritten: use the returned expression.",
    "dtype": "Convert with x.astype(dtype).",
    "where": "Choose between values with np.where(condition, a, b).",
}


def call_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """What ``__array_ufunc__`` asks for.

    Example
    -------
    >>> import numpy as np
    >>> from symgrad import Graph
    >>> call_ufunc(np.add, "reduce", [Graph().input("x", "[2, 3]")], {}).shape
    (3,)
    """
    name = ufunc.__name__
    given = _without_idle(name, params)
    if method == "reduce" and name in _REDUCTIONS:
        return _find(_REDUCTIONS[name], f"{name}.reduce")(*inputs, **{"axis": 0, **given})
    if method != "__call__":
        raise _missing(f"{name}.{method}")
    return _find(name, name)(*inputs, **given)


def call_function(func: Any, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """What ``__array_function__`` asks for.

    Example
    -------
    >>> import numpy as np
    >>> from symgrad import Graph
    >>> call_function(np.zeros_like, [Graph().input("x", "[n]")], {}).shape
    ('n',)
    """
    name, module = func.__name__, func.__module__ or "numpy"
    if module != "numpy" and not (module == "numpy.linalg" and name in _LINALG):
        raise _missing(f"{module.removeprefix('numpy.')}.{name}")
    return _find(name, name)(*args, **_without_idle(name, params))


def _find(name: str, called: str) -> Callable[..., Any]:
    if name in COMPOSED:
        return COMPOSED[name]
    if name not in operations:
        raise _missing(called)
    return operations[name]


def _missing(name: str) -> GraphError:
    return GraphError(
        f"symgrad has no operation for numpy.{name}",
        how="Write it with operations that symgrad has: symgrad.ops.registry lists them.",
    )


def _without_idle(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments without those that say nothing, and an error for those we can not obey."""
    given = {k: v for k, v in params.items() if not _idle(k, v)}
    for k in given:
        if k in _REMEDIES and not (k == "dtype" and name.endswith("_like")):
            raise GraphError(f"np.{name} takes no {k}= on symbolic values", how=_REMEDIES[k])
    return given


def _idle(name: str, value: object) -> bool:
    if name == "out" and isinstance(value, tuple):
        return all(v is None for v in value)
    return any(type(value) is type(v) and value == v for v in _IDLE.get(name, ()))


def _like(x: Expr, value: Any, dtype: object = None) -> Expr:
    number = x.graph.constant(value, dtype=as_dtype(dtype or x.dtype))
    return operations["broadcast_to"](number, x.shape)


def _swapped(x: Expr, axis1: int, axis2: int) -> Expr:
    order = list(range(x.ndim))
    i, j = one_axis(axis1, x.ndim), one_axis(axis2, x.ndim)
    order[i], order[j] = order[j], order[i]
    return x.transpose(order)


def _moved(x: Expr, source: int, destination: int) -> Expr:
    order = list(range(x.ndim))
    order.insert(one_axis(destination, x.ndim), order.pop(one_axis(source, x.ndim)))
    return x.transpose(order)


def _variance(x: Expr, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Expr:
    squares = operations["square"](x - x.mean(axis=axis, keepdims=True))
    if not ddof:
        return squares.mean(axis=axis, keepdims=keepdims)
    ones = _like(x, 1).sum(axis=axis, keepdims=keepdims)
    return squares.sum(axis=axis, keepdims=keepdims) / (ones - ddof)


def _norm(x: Expr, ord: object = None, axis: Any = None, keepdims: bool = False) -> Expr:
    """The root of the sum of squares, of vectors and of matrices; no other norm."""
    of_vectors = isinstance(axis, int) or (axis is None and x.ndim == 1)
    if ord not in (None, 2 if of_vectors else "fro"):
        raise _missing(f"linalg.norm(ord={ord!r})")
    return operations["sqrt"](operations["square"](x).sum(axis=axis, keepdims=keepdims))


def _dot(a: Any, b: Any) -> Expr:
    """NumPy's dot is matmul, but for scalars and for stacks of matrices."""
    x, y = _lifted(a, b)
    if not x.ndim or not y.ndim:
        return x * y
    if y.ndim > 2:
        raise _missing("dot of arrays of more than two axes")
    return operations["matmul"](x, y)


def _inner(a: Any, b: Any) -> Expr:
    x, y = _lifted(a, b)
    return _dot(x, y.T)


def _select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    value = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        value = operations["where"](condition, choice, value)
    return value


def _clipped(
    x: Any, min: Any = None, max: Any = None, a_min: Any = None, a_max: Any = None
) -> Expr:
    return operations["clip"](x, a_min if min is None else min, a_max if max is None else max)


def _of_truths(name: str) -> Callable[..., Expr]:
    """Logic, where NumPy has arithmetic of bits."""

    def call(*args: Any) -> Expr:
        if any(x.dtype != BOOL for x in _lifted(*args)):
            raise DTypeError("symgrad has no arithmetic of bits", how="Give truth values: x != 0.")
        return operations[name](*args)

    return call


def _lifted(*args: Any) -> list[Expr]:
    graph = find_graph(args)
    return [lift(graph, a) for a in args]


def _joined(name: str, axis: int) -> Callable[[Iterable[Any]], Any]:
    """vstack and hstack; vectors are rows of the one, and are put end to end by the other."""

    def call(arrays: Iterable[Any]) -> Any:
        parts = _lifted(*arrays)
        if all(x.ndim == 1 for x in parts):
            parts = parts if axis else [x[None] for x in parts]
            return _find("concatenate", name)(parts, axis=0)
        return _find("concatenate", name)(parts, axis=axis)

    return call


COMPOSED: dict[str, Callable[..., Any]] = {
    # facts known now
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "size": lambda a: a.size,
    "iscomplexobj": lambda x: False,
    # the same elements
    "copy": lambda a: a,
    "real": lambda val: val,
    "ravel": lambda a: a.reshape(-1),
    "swapaxes": _swapped,
    "moveaxis": _moved,
    "vstack": _joined("vstack", 0),
    "hstack": _joined("hstack", 1),
    # new elements
    "zeros_like": lambda a, dtype=None: _like(a, 0, dtype),
    "ones_like": lambda a, dtype=None: _like(a, 1, dtype),
    "empty_like": lambda prototype, dtype=None: _like(prototype, 0, dtype),
    "full_like": _like,
    "clip": _clipped,
    "fabs": lambda x: operations["absolute"](x),
    "float_power": lambda x, y: operations["power"](x, y),
    "expit": lambda x: operations["sigmoid"](x),
    "select": _select,
    "bitwise_and": _of_truths("logical_and"),
    "bitwise_or": _of_truths("logical_or"),
    "bitwise_xor": _of_truths("not_equal"),
    "invert": _of_truths("logical_not"),
    # fewer elements
    "var": _variance,
    "std": lambda a, **params: operations["sqrt"](_variance(a, **params)),
    "ptp": lambda a, axis=None: a.max(axis=axis) - a.min(axis=axis),
    "norm": _norm,
    "dot": _dot,
    "vdot": lambda a, b: _dot(*(x.reshape(-1) for x in _lifted(a, b))),
    "inner": _inner,
}
"""By NumPy's names."""
