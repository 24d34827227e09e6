"""What a text of the language says in mathematics: Python reads it with mpmath's functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
from mpmath import mp

DIGITS = (100, 200, 1000)
SMALLEST = 1e-300  # below, float64 has fewer digits


def _each(f: Callable[..., Any], operands: int = 1) -> Any:
    """A function of mpmath numbers on scalars and on arrays of them."""
    return np.frompyfunc(f, operands, 1)


def _max(x: Any, y: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return _MATH["maximum"](x, y) if y is not None else np.max(x, axis=axis, keepdims=keepdims)


def _softmax(x: Any, axis: int = -1) -> Any:
    e = _MATH["exp"](x)
    return e / e.sum(axis=axis, keepdims=True)


def _times_log(x: Any, y: Any) -> Any:
    return x * 0 if x == 0 else x * mp.log(y)


_MATH: dict[str, Any] = {
    **{name: _each(getattr(mp, name)) for name in ("exp", "expm1", "log1p", "sqrt", "erf")},
    **{name: _each(getattr(mp, name)) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "log": _each(lambda x: mp.log(x) if x else -mp.inf),
    "log2": _each(lambda x: mp.log(x) / mp.log(2)),
    **{f"arc{name}": _each(getattr(mp, f"a{name}")) for name in ("sin", "cos", "tan")},
    **{f"arc{name}": _each(getattr(mp, f"a{name}")) for name in ("sinh", "cosh", "tanh")},
    "erfc": _each(mp.erfc),
    "ndtr": _each(lambda x: mp.erfc(-x / mp.sqrt(2)) / 2),
    "i0": _each(lambda x: mp.besseli(0, x)),
    "log10": _each(mp.log10),
    "clip": _each(lambda x, low, high: min(max(x, low), high), 3),
    "sigmoid": _each(lambda x: 1 / (1 + mp.exp(-x))),
    "relu": _each(lambda x: max(x, mp.zero)),
    "square": _each(lambda x: x * x),
    "reciprocal": _each(lambda x: 1 / x),
    "minimum": _each(min, 2),
    "maximum": _each(max, 2),
    "min": _each(min, 2),
    "max": _max,
    "logaddexp": _each(lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), 2),
    "xlogy": _each(_times_log, 2),
    "xlog1py": _each(lambda x, y: _times_log(x, 1 + y), 2),
    "abs": abs,
    "sum": np.sum,
    "mean": np.mean,
    "std": lambda x: mp.sqrt(np.mean((x - np.mean(x)) ** 2)),
    "prod": np.prod,
    "cumsum": np.cumsum,
    "diff": np.diff,
    "diag": np.diag,
    "pick": lambda x, y: x[np.arange(len(y)), y],
    "gamma": _each(mp.gamma),
    "norm_pdf": _each(lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)),
    "where": np.where,
    "reshape": np.reshape,
    "expand_dims": np.expand_dims,
    "arange": np.arange,
    "one_hot": lambda y, n: np.eye(n, dtype=int)[y],
    "softmax": _softmax,
    "logsumexp": lambda x: mp.log(np.sum(_MATH["exp"](x))),
}


def _exact(value: Any) -> Any:
    """Floats as mpmath's numbers; integers and bools stay."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return array
    found = np.frompyfunc(lambda v: mp.mpf(float(v)), 1, 1)(array)
    return found if array.ndim else mp.mpf(float(array))


def meant(text: str, values: Mapping[str, Any]) -> Any:
    """The value of a text, at the working precision; not finite where it has none."""
    scope = {**_MATH, **values}
    *lines, last = text.splitlines()
    for line in lines:
        name, _, right = line.partition(" = ")
        scope[name] = eval(right, {}, scope)
    return eval(last, {}, scope)


def _moved(values: Mapping[str, Any], name: str, place: Any, step: Any) -> dict[str, Any]:
    x = values[name]
    if not isinstance(x, np.ndarray):
        return {**values, name: x + step}
    x = x.copy()
    x[place] += step
    return {**values, name: x}


def _slope(text: str, values: Mapping[str, Any], name: str, place: Any, ct: Any) -> Any:
    """A central difference whose step is tiny beside the value, and huge beside rounding."""
    x = values[name]
    size = abs(x[place] if isinstance(x, np.ndarray) else x)
    step = mp.mpf(10) ** (-mp.dps // 3) * (size or 1)
    right, left = (np.sum(ct * meant(text, _moved(values, name, place, s))) for s in (step, -step))
    return (right - left) / (2 * step)


def _at(digits: int, text: str, given: Mapping[str, Any], wrt: Sequence[str], ct: Any) -> Any:
    with mpmath.workdps(digits):
        values = {k: _exact(v) for k, v in given.items()}
        slopes = [
            [_slope(text, values, name, place, ct) for place in np.ndindex(np.shape(given[name]))]
            for name in wrt
        ]
        found = [np.ravel(np.asarray(meant(text, values))), *slopes]
        return [[_real(v) for v in part] for part in found]


def _real(value: Any) -> Any:
    return value if isinstance(value, mpmath.mpf | int) else mp.nan


def truth(
    text: str, given: Mapping[str, Any], wrt: Sequence[str], ct: Any = 1, digits: int = DIGITS[0]
) -> list[Any]:
    """The value, flat, and the cotangents of ``wrt``: more digits are taken until they agree.

    An exact 0 may be what too few digits have left, and is only believed at the end.
    """
    before, found = None, None
    for places in DIGITS if digits == DIGITS[0] else (digits, 2 * digits):
        try:
            found = _at(places, text, given, wrt, ct)
        except ZeroDivisionError:  # too few digits left 0
            continue
        if before is not None and _agree(found, before):
            break
        before = found
    assert found is not None, f"no digits suffice for {text}"
    return [np.array([float(v) for v in part]) for part in found]


def _agree(found: Any, before: Any) -> bool:
    """Whether all numbers are the same to 14 digits, and none is 0."""
    pairs = [p for parts in zip(found, before, strict=True) for p in zip(*parts, strict=True)]
    return all(a != 0 and abs(a - b) <= 1e-14 * abs(a) for a, b in pairs)
