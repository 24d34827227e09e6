"""Plain evaluation with many digits: arrays of mpmath's numbers, which neither over- nor underflow.

Elementwise rows are computed by their meaning, others by NumPy on arrays of objects: by their
meaning where they bring a helper, else by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from ...graph.dims import Dim, evaluate
from ...graph.graph import Expr
from ...ops.batching import elementwise
from ...ops.op import Op, registry
from .plain import Value, Wide

DIGITS = 60
_METHODS = {  # NumPy's names, by which it looks for methods of objects
    **{name: name for name in ("exp", "expm1", "log1p", "sqrt", "sin", "cos", "tan", "cbrt")},
    **{name: name for name in ("sinh", "cosh", "tanh", "log", "log10", "sign")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
_PLAIN = frozenset({"add", "subtract", "multiply", "negative"})  # as objects do it
_DATA = frozenset({"where", "astype", "stop_gradient", "custom"})  # elementwise, and no arithmetic


class Unsupported(Exception):
    """An operation that can not be computed with more digits."""


@cache
def context() -> Any:
    """A context of mpmath of our own, whose numbers have the methods that NumPy calls."""
    from mpmath.ctx_mp import MPContext  # type: ignore[import-untyped]

    ctx = MPContext()
    ctx.dps = DIGITS
    for name, own in _METHODS.items():
        setattr(ctx.mpf, name, _method(getattr(ctx, own)))
    ctx.mpf.hypot = lambda x, y: ctx.hypot(x, y)
    ctx.mpf.arctan2 = lambda y, x: ctx.atan2(y, x)
    return ctx


def _method(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: _real(function(x))


def _real(value: Any) -> Any:
    """A number that is real; nan for one that is not."""
    ctx = context()
    if isinstance(value, bool | int | ctx.mpf):
        return value
    if isinstance(value, ctx.mpc):
        return value.real if value.imag == 0 else ctx.nan
    return ctx.mpf(value)


class _Object:
    """As a dtype, object; as a function, what keeps a number as it is."""

    dtype = np.dtype(object)

    def __new__(cls, value: Any) -> Any:
        return value


def _each(function: Callable[..., Any], operands: int = 1) -> Callable[..., Any]:
    made: Callable[..., Any] = np.frompyfunc(function, operands, 1)
    return made


def _told(name: str) -> Callable[[Any], Any]:
    """``isnan`` and its like, of numbers of any kind."""

    def function(x: Any) -> Any:
        ask = getattr(context(), name)
        return np.asarray(_each(lambda v: bool(ask(v)))(x), dtype=bool)

    return function


class ExtendedNumpy:
    """Stands for ``numpy`` in the rows' texts on arrays of objects."""

    float64 = float32 = _Object
    isnan, isinf, isfinite = (staticmethod(_told(n)) for n in ("isnan", "isinf", "isfinite"))
    maximum = fmax = staticmethod(_each(max, 2))
    minimum = fmin = staticmethod(_each(min, 2))

    def __getattr__(self, name: str) -> Any:
        if name in ("linalg", "random", "fft"):
            raise Unsupported(name)
        return getattr(np, name)


class Extended(Wide):
    """Arithmetic with `DIGITS` digits."""

    numpy = ExtendedNumpy()

    def leaf(self, value: Any) -> Value:
        array = np.asarray(value)
        return self._objects(array) if array.dtype.kind == "f" else array

    def compute(self, node: Expr, args: list[Value], sizes: Mapping[str, int]) -> Value:
        """An operation on the operands' values.

        Raises
        ------
        Unsupported
        """
        row = registry[node.op]
        try:
            value = self._computed(row, node, args, sizes)
        except Unsupported:
            raise
        except Exception as error:
            raise Unsupported(str(node.op)) from error
        array = np.asarray(value)
        if node.type.is_floating:
            return array if _is_exact(array) else self._objects(array)
        return array.astype(node.dtype) if array.dtype == object else value

    def _computed(self, row: Op, node: Expr, args: list[Value], sizes: Mapping[str, int]) -> Value:
        if row.name in _PLAIN:
            return getattr(np, row.name)(*args)
        if row.batch is elementwise and isinstance(row.meaning, str) and row.name not in _DATA:
            return _each(_meaning(row, tuple(node.params.items())), len(args))(*args)
        if row.name in _ALGEBRA:
            return _ALGEBRA[row.name](*args, **node.params)
        if callable(row.meaning) and row.helper and "index" not in node.params:
            params = {k: _in_numbers(v, sizes) for k, v in node.params.items()}
            return row.meaning(*args, **params)
        return self.by_text(node, args, sizes)

    def _objects(self, array: Any) -> Value:
        with np.errstate(all="ignore"):
            return np.asarray(_each(lambda v: context().mpf(_plain(v)))(array), dtype=object)


def _plain(v: Any) -> Any:
    return v.item() if isinstance(v, np.generic | np.ndarray) else v


def _is_exact(array: Any) -> bool:
    """Whether all entries are numbers of the context already."""
    if array.dtype != object:
        return False
    mpf = context().mpf
    return all(isinstance(v, mpf) for v in array.flat)


def _in_numbers(value: Any, sizes: Mapping[str, int]) -> Any:
    """A parameter with the sizes of named dims."""
    if type(value) is tuple:
        return tuple(_in_numbers(v, sizes) for v in value)
    return evaluate(value, sizes) if isinstance(value, Dim) else value


@cache
def _scope() -> dict[str, Any]:
    ctx = context()
    return {name: getattr(ctx, name) for name in dir(ctx) if not name.startswith("_")}


@cache
def _meaning(row: Op, params: tuple[tuple[str, Any], ...]) -> Callable[..., Any]:
    """An elementwise row's meaning, of numbers; nan where it has none."""
    names = [{"min": "lo", "max": "hi"}.get(name, name) for name in row.operands]
    code = compile(str(row.meaning), row.name, "eval")
    scope = {**_scope(), **dict(params)}

    def meant(*values: Any) -> Any:
        try:
            return _real(eval(code, scope, dict(zip(names, map(_plain, values), strict=True))))
        except (ArithmeticError, ValueError):
            return context().nan

    return meant


def _eliminated(a: Any, b: Any) -> tuple[Any, Any]:
    """Gaussian elimination with pivots: the determinant, and the solution of a x = b."""
    a, b, n, det = a.copy(), b.copy(), len(a), context().mpf(1)
    for k in range(n):
        pivot = k + int(np.argmax(np.abs(a[k:, k])))
        if pivot != k:
            a[[k, pivot]], b[[k, pivot]], det = a[[pivot, k]], b[[pivot, k]], -det
        det *= a[k, k]
        rest = [i for i in range(n) if i != k]
        factors = a[rest, k] / a[k, k]
        a[rest] -= factors[:, None] * a[k]
        b[rest] -= factors[:, None] * b[k]
    return det, b / np.diagonal(a)[:, None] if n else b


def _stacked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one matrix, for a stack of them."""

    def stacked(a: Any) -> Any:
        flat = [function(m) for m in a.reshape(-1, *a.shape[-2:])]
        found = np.array(flat, dtype=object)
        return found.reshape(a.shape[:-2] + found.shape[1:])

    return stacked


def _identity(n: int) -> Any:
    return np.eye(n, dtype=object) * context().mpf(1)


def _solve(a: Any, b: Any) -> Any:
    columns = b[:, None] if b.ndim == 1 else b
    if a.ndim > 2 or columns.ndim > 2:
        raise Unsupported("solve")
    return _eliminated(a, columns)[1].reshape(b.shape)


_det = _stacked(lambda a: _eliminated(a, _identity(len(a)))[0])
_ALGEBRA: dict[str, Callable[..., Any]] = {
    "solve": _solve,
    "inv": _stacked(lambda a: _eliminated(a, _identity(len(a)))[1]),
    "det": _det,
    "logdet": lambda a: np.log(np.asarray(_det(a), object)),
    "logabsdet": lambda a: np.log(np.abs(np.asarray(_det(a), object))),
    "slogdet_sign": lambda a: np.sign(np.asarray(_det(a), object)),
}


def as_floats(value: Value) -> np.ndarray[Any, Any]:
    """Values rounded to float64; inf beyond its range."""
    array = np.asarray(value)
    if array.dtype != object:
        return array
    with np.errstate(all="ignore"):
        return np.asarray(_each(_rounded)(array), dtype=np.float64)


def _rounded(v: Any) -> float:
    try:
        return float(v)
    except OverflowError:
        return float("inf") if v > 0 else float("-inf")
