"""Emitted code on complex arrays: the complex step, for code that is not all analytic.

An imaginary part of 1e-30 carries the derivative through every analytic function, exactly, for
nothing is subtracted. NumPy's ``abs`` and its like are no analytic functions of complex numbers;
here they are continued from the real line: as the branch that the real part is on.

Martins, Sturdza and Alonso, "The complex-step derivative approximation", ACM Transactions on
Mathematical Software 29 (2003).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import symgrad as sg

from .comparison import Array

_STEP = 1e-30
_FLAT = frozenset({"sign", "floor", "ceil", "trunc", "rint", "frexp"})
_ALIKE = 1e-10  # between the real part and the real value: they differ by rounding

Outputs = list[Array]


def _abs(x: Any) -> Any:
    return np.where(np.real(x) < 0, -x, x)


def _variance(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """NumPy squares absolute values; here the squares themselves are summed."""
    x = np.asarray(x)
    d = x - x.mean(axis=axis, keepdims=True)
    count = np.sum(np.ones(x.shape), axis=axis, keepdims=keepdims)
    return np.sum(d * d, axis=axis, keepdims=keepdims) / (count - ddof)


class _Float64:
    """As a dtype, complex; as a function, what keeps a real number real."""

    dtype = np.dtype(np.complex128)

    def __new__(cls, value: Any) -> Any:
        return np.complex128(value) if np.iscomplexobj(value) else np.float64(value)


class Continued:
    """Stands for ``numpy`` in emitted code that runs on complex arrays."""

    abs = absolute = staticmethod(_abs)
    hypot = staticmethod(lambda x, y: np.sqrt(x * x + y * y))
    logaddexp = staticmethod(lambda x, y: np.maximum(x, y) + np.log1p(np.exp(-_abs(x - y))))
    cbrt = staticmethod(lambda x: np.sign(np.real(x)) * _abs(x) ** (1 / 3))
    remainder = staticmethod(lambda x, y: x - y * np.floor_divide(np.real(x), np.real(y)))
    copysign = staticmethod(lambda x, y: _abs(x) * np.copysign(1, np.real(y)))
    var = staticmethod(_variance)
    ldexp = staticmethod(lambda x, e: x * np.ldexp(1.0, e))
    float64 = _Float64

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)
        if name in _FLAT:  # constant between its jumps: its derivative is 0
            return lambda x, *rest: function(np.real(x), *rest)
        return function


def continue_code(f: sg.Function) -> Callable[..., Any]:
    """The emitted function with the continued NumPy, which takes complex arrays too."""
    scope: dict[str, Any] = {"__name__": f"continued.{f.name}"}
    exec(compile(f.source, f"<continued {f.name}>", "exec"), scope)
    scope.update(np=Continued(), _checked=_unchecked)
    function: Callable[..., Any] = scope[f.name]
    return function


def _unchecked(_: str, sizes: list[str], given: Mapping[str, Any]) -> tuple[Any, ...]:
    """The arguments as they are, and the named sizes."""
    known = {
        wish: size
        for value, _, shape in given.values()
        for size, wish in zip(value.shape, shape, strict=True)
    }
    return (*(value for value, _, _ in given.values()), *(known[n] for n in sizes))


def complex_step(
    run: Callable[..., Any], point: Mapping[str, Array], name: str, direction: Array, real: Outputs
) -> Outputs | None:
    """The derivatives of all outputs along a direction of one input.

    None where the code does not run on complex arrays, or computes something else there than
    ``real``, its outputs on real ones.
    """
    moved = {**point, name: point[name] + 1j * _STEP * direction}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            found = [np.asarray(r) for r in run(**moved)]
    except (TypeError, ValueError, AttributeError, ArithmeticError, np.exceptions.ComplexWarning):
        return None
    alike = (
        np.allclose(np.real(a), b, rtol=_ALIKE, atol=_ALIKE * np.max(np.abs(b), initial=0.0))
        for a, b in zip(found, real, strict=True)
    )
    return [np.imag(r) / _STEP for r in found] if all(alike) else None
