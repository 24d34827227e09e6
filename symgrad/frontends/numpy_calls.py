"""What a call of NumPy means on expressions: an operation, or a few.

NumPy functions of the registry's names need nothing here. `COMPOSED` has those that are written
with operations, under NumPy's names and parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import GraphError
from ..graph.graph import Expr, operations
from ..ops.construction import MAKERS
from . import numpy_forms as forms
from .numpy_reductions import REDUCTIONS, outer

_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
_REDUCTIONS |= {"logaddexp": "logsumexp", "logical_and": "all", "logical_or": "any"}
_SCANS = {"add": "cumsum", "multiply": "cumprod", "maximum": "cummax", "minimum": "cummin"}
_SCANS |= {"logaddexp": "logcumsumexp"}
_LINALG = {"det", "inv", "matmul", "matrix_transpose", "norm", "outer", "solve", "vecdot"}
_LINALG |= {"cholesky", "slogdet", "vector_norm", "matrix_norm"}
_LINALG |= {"cross", "matrix_power", "multi_dot", "tensordot", "trace", "diagonal"}
_IDLE: dict[str, tuple[object, ...]] = {
    "out": (None,),
    "dtype": (None,),
    "where": (True,),
    "order": ("C", "K", "A", None),
    "casting": ("same_kind", "unsafe"),
    "subok": (True, False),
    "device": ("cpu", None),
}
_REMEDIES = {
    "out": "Symbolic values are never overwritten: use the returned expression.",
    "dtype": "Convert with x.astype(dtype).",
    "casting": "Convert with x.astype(dtype).",
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
    given = _without_idle(_REDUCTIONS.get(name, name) if method == "reduce" else name, params)
    if method == "outer" and ufunc.nin == 2 and not given:
        return outer(_find(name, f"{name}.outer"), *inputs)
    if method == "reduce" and name in _REDUCTIONS:
        return _find(_REDUCTIONS[name], f"{name}.reduce")(*inputs, **{"axis": 0, **given})
    if method == "accumulate" and name in _SCANS:
        return _find(_SCANS[name], f"{name}.accumulate")(*inputs, **{"axis": 0, **given})
    if method != "__call__":
        raise _missing(f"{name}.{method}")
    return _find(name, name)(*inputs, **given)


def call_function(
    func: Any, args: Sequence[Any], params: Mapping[str, Any], like: Expr | None = None
) -> Any:
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
    given = _without_idle(name, params)
    if name in MAKERS:  # NumPy's default dtype, Python's float, is that of Python's numbers
        given = {k: v for k, v in given.items() if not (k == "dtype" and v is float)}
        return operations[name](*args, like=like, **given)
    if module == "numpy.linalg" and name in _OF_MATRICES:
        return _OF_MATRICES[name](*args, **given)
    return _find(name, name)(*args, **given)


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
    converts = name in MAKERS or name.endswith("_like") or name in REDUCTIONS
    for k in given:
        if (
            k in _REMEDIES
            and not (k == "dtype" and converts)
            and not (k == "where" and name in REDUCTIONS)
        ):
            raise GraphError(f"np.{name} takes no {k}= on symbolic values", how=_REMEDIES[k])
    return given


def _idle(name: str, value: object) -> bool:
    if name == "out" and isinstance(value, tuple):
        return all(v is None for v in value)
    return any(type(value) is type(v) and value == v for v in _IDLE.get(name, ()))


def _select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    value = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        value = operations["where"](condition, choice, value)
    return value


_OF_MATRICES: dict[str, Callable[..., Any]] = {
    "outer": lambda x1, x2: operations["outer"](x1, x2),
    "trace": lambda x, offset=0: operations["trace"](x, offset=offset, axis1=-2, axis2=-1),
    "diagonal": lambda x, offset=0: operations["diagonal"](x, offset=offset, axis1=-2, axis2=-1),
}
"""np.linalg's own meaning of names that NumPy has twice."""

COMPOSED: dict[str, Callable[..., Any]] = {
    # facts known now
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "size": lambda a, axis=None: a.size if axis is None else a.shape[axis],
    "iscomplexobj": lambda x: False,
    "isrealobj": lambda x: True,
    # the same elements
    "copy": lambda a: a,
    "real": lambda val: val,
    "conjugate": lambda x: x,
    "real_if_close": lambda a, tol=100: a,
    "imag": lambda val: operations["zeros_like"](val),
    "reshape": forms.reshaped,
    "ravel": lambda a, order="C": a.ravel(order),
    # reductions, with more parameters
    **REDUCTIONS,
    "amax": REDUCTIONS["max"],
    "amin": REDUCTIONS["min"],
    "cumulative_sum": forms.scanned("cumsum"),
    "cumulative_prod": forms.scanned("cumprod"),
    "diff": forms.diff,
    # products
    "einsum": forms.einsum,
    "outer": forms.outer,
    # selected elements
    "where": forms.where,
    "nonzero": forms.nonzero,
    "take": forms.take,
    "compress": forms.compress,
    "extract": lambda condition, arr: forms.compress(operations["ravel"](condition), arr),
    # two results
    "divmod": lambda x, y: (operations["floor_divide"](x, y), operations["remainder"](x, y)),
    "modf": lambda x: (x - operations["trunc"](x), operations["trunc"](x)),
    # tests
    "isposinf": lambda x: operations["equal"](x, float("inf")),
    "isneginf": lambda x: operations["equal"](x, float("-inf")),
    # in order: every sort is stable
    "sort": lambda a, axis=-1, kind=None, stable=None: operations["sort"](a, axis),
    "argsort": lambda a, axis=-1, kind=None, stable=None: operations["argsort"](a, axis),
    # new elements
    "clip": lambda x, min=None, max=None, a_min=None, a_max=None: operations["clip"](
        x, a_min if min is None else min, a_max if max is None else max
    ),
    "fabs": lambda x: operations["absolute"](x),
    "float_power": lambda x, y: operations["power"](x, y),
    "expit": lambda x: operations["sigmoid"](x),
    "select": _select,
}
"""By NumPy's names."""
