"""Counting of floating-point operations: emitted code is run on arrays that count.

Nothing here asks symgrad. The weights are those of the Livermore kernels (McMahon, UCRL-53745,
1986, the only convention for them that is widely printed): per element of the result, 1 for an
addition, subtraction, multiplication, comparison or choice (`np.where`), 4 for a division or a
square root, 8 for a transcendental function. A reduction counts its operand's elements, a matrix
product of m×k and k×n counts 2 m k n, a factorization its leading terms (Golub and Van Loan,
Matrix Computations, 4th edition, sections 3.2, 4.2, 5.2, 8.3, 8.6). Moving data counts nothing:
reshapes, transposes, indexing, broadcasting, joining, casts, filling with a constant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2, prod
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Convention:
    """What counts how much: ufuncs by name, powers by exponent, other functions by formula."""

    weights: Mapping[str, float]
    usual: float
    powers: Mapping[float, float]
    formulas: Mapping[str, Callable[..., float]]


FREE = {"positive", "_ones_like", "isnan", "isinf", "isfinite", "signbit"}
SINGLE = """
    add subtract multiply negative absolute fabs sign square maximum minimum fmax fmin copysign
    heaviside floor ceil trunc rint conjugate less less_equal greater greater_equal equal not_equal
    logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_xor invert
    deg2rad rad2deg degrees radians
"""
WEIGHTS = {
    **dict.fromkeys(SINGLE.split(), 1),
    **dict.fromkeys(FREE, 0),
    **dict.fromkeys(["divide", "reciprocal", "sqrt", "remainder", "fmod", "floor_divide"], 4),
    "clip": 2,
    "hypot": 7,  # two squares, a sum, a root
    "power": 17,  # exp(y log(x))
    "float_power": 17,
    "logaddexp": 20,  # max + log1p(exp(-|x - y|))
    "logaddexp2": 20,
}
TRANSCENDENTAL = 8
SUMMED = "sum mean max min amax amin prod var std any all clip round diff average ptp nansum"
MOVED = """
    reshape transpose swapaxes moveaxis squeeze expand_dims ravel broadcast_to broadcast_arrays
    concatenate stack hstack vstack flip fliplr flipud roll repeat tile pad take take_along_axis
    put_along_axis diagonal diag tril triu split zeros_like ones_like full_like empty_like copyto
    ndim shape size copy result_type can_cast atleast_1d atleast_2d searchsorted put delete insert
    matrix_transpose isclose bincount may_share_memory
"""
THROUGH = {*SUMMED.split(), *MOVED.split()}
"""Functions that call ufuncs, which are counted one by one, or that move data."""
POWERS = {0: 0, 1: 0, 2: 1, -1: 4, 0.5: 4}
"""Exponents for which NumPy's power, or the reader, needs no logarithm."""


@dataclass
class Tally:
    """What was computed: operations by name of the function, and how often it was called."""

    flops: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> float:
        """All operations together."""
        return sum(self.flops.values())

    def add(self, name: str, flops: float) -> None:
        """Note one call."""
        self.flops[name] += flops
        self.calls[name] += 1


_tally = Tally()
_convention: Convention


class Counted(np.ndarray):
    """An array all of whose arithmetic is noted in the current tally."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Compute on plain arrays, and note it."""
        plain = [_plain(x) for x in inputs]
        keywords = {k: _plain(v) for k, v in keywords.items()}
        result = getattr(ufunc, method)(*plain, **keywords)
        _tally.add(ufunc.__name__, _of_ufunc(ufunc, method, plain, result))
        return _wrapped(result)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        """By formula, or as the sum of the ufuncs that NumPy's own implementation calls."""
        formula = _convention.formulas.get(function.__name__)
        if formula is None:
            assert function.__name__ in THROUGH, f"tests/flops.py does not know {function}"
            return _wrapped(super().__array_function__(function, types, args, keywords))
        plain = [_plain(x) for x in args]
        keywords = {k: _plain(v) for k, v in keywords.items()}
        result = function(*plain, **keywords)
        _tally.add(function.__name__, formula(result, *plain, **keywords))
        return _wrapped(result)

    def dot(self, other: Any, *out: Any) -> Any:
        """By NumPy's function, which asks us."""
        return np.dot(self, other, *out)

    def argmax(self, axis: Any = None) -> Any:
        """By NumPy's function, too."""
        return np.argmax(self, axis)


def _plain(x: Any) -> Any:
    if isinstance(x, tuple | list):
        return type(x)(_plain(v) for v in x)
    return np.asarray(x) if isinstance(x, Counted) else x


def _wrapped(x: Any) -> Any:
    if isinstance(x, tuple | list):
        wrapped = [_wrapped(v) for v in x]
        return type(x)(*wrapped) if hasattr(x, "_fields") else type(x)(wrapped)
    return np.asarray(x).view(Counted) if isinstance(x, np.ndarray | np.generic) else x


def _of_ufunc(ufunc: Any, method: str, inputs: list[Any], result: Any) -> float:
    name = ufunc.__name__
    if name in ("matmul", "vecdot", "matvec", "vecmat"):
        each = _convention.weights.get(name, 1)
        return each * 2 * np.size(result) * np.shape(inputs[0])[-1]
    weight = _convention.weights.get(name, _convention.usual)
    if name == "power" and np.ndim(inputs[1]) == 0:
        weight = _convention.powers.get(float(inputs[1]), weight)
    if method == "__call__":
        return weight * np.size(result[0] if isinstance(result, tuple) else result)
    return weight * np.size(inputs[2] if method == "at" else inputs[0])


def _product(result: Any, a: Any, b: Any, *_: Any, **__: Any) -> float:
    return 2 * np.size(result) * np.shape(a)[-1] if np.ndim(a) and np.ndim(b) else np.size(result)


def _contraction(result: Any, subscripts: str, *operands: Any, **_: Any) -> float:
    """All multiplications and additions of a sum over the product of the operands."""
    arrays = [np.asarray(x) for x in operands]
    if len(arrays) > 2:
        path = np.einsum_path(subscripts, *arrays, optimize="optimal")[1]
        line = next(x for x in path.splitlines() if "Optimized FLOP" in x)
        return float(line.split(":")[1])
    terms = subscripts.replace(" ", "").split("->")[0].replace("...", "").split(",")
    sizes: dict[str, int] = {}
    for term, x in zip(terms, arrays, strict=True):
        sizes |= zip(term, x.shape[x.ndim - len(term) :], strict=True)
    broadcast = max(prod(x.shape[: x.ndim - len(t)]) for t, x in zip(terms, arrays, strict=True))
    visited = prod(sizes.values()) * broadcast
    return visited * (len(arrays) - 1) + (visited if visited > np.size(result) else 0)


def _matrices(cost: Callable[[int, int], float]) -> Callable[..., float]:
    """The cost of one m×n matrix, for each of a stack."""

    def formula(result: Any, a: Any, **_: Any) -> float:
        m, n = np.shape(a)[-2:]
        return prod(np.shape(a)[:-2]) * cost(m, n)

    return formula


def _solve(result: Any, a: Any, b: Any) -> float:
    n, stack = np.shape(a)[-1], prod(np.shape(result)[: -1 if np.ndim(b) == 1 else -2])
    return stack * 2 / 3 * n**3 + 2 * n * np.size(result)


def _sorting(result: Any, x: Any, axis: int = -1, **_: Any) -> float:
    return np.size(x) * log2(max(1, np.shape(x)[axis]))


def _each(weight: float) -> Callable[..., float]:
    return lambda result, x, *_, **__: weight * np.size(x)


FORMULAS: Mapping[str, Callable[..., float]] = {
    "dot": _product,
    "inner": _product,
    "outer": lambda result, *_, **__: np.size(result),
    "kron": lambda result, *_: np.size(result),
    "cross": lambda result, *_, **__: 3 * np.size(result),
    "tensordot": lambda result, a, b, axes=2: (
        2 * (np.size(a) * np.size(b) * np.size(result)) ** 0.5
    ),
    "vdot": lambda result, a, b: 2 * np.size(a),
    "einsum": _contraction,
    "convolve": lambda result, a, b, *_: 2 * np.size(a) * np.size(b),
    "where": lambda result, *_: np.size(result),
    "cumsum": _each(1),
    "cumprod": _each(1),
    "sinc": _each(1 + 8 + 4),
    "trace": lambda result, x, **axes: np.diagonal(x, **axes).size,
    "sort": _sorting,
    "argsort": _sorting,
    "argmax": _each(1),
    "argmin": _each(1),
    "flatnonzero": _each(1),
    "count_nonzero": _each(1),
    "tril": _each(0),
    "triu": _each(0),
    "norm": lambda result, x, *_, **__: 2 * np.size(x) + 4 * np.size(result),
    "det": _matrices(lambda m, n: 2 / 3 * n**3),
    "slogdet": _matrices(lambda m, n: 2 / 3 * n**3),
    "inv": _matrices(lambda m, n: 2 * n**3),
    "solve": _solve,
    "cholesky": _matrices(lambda m, n: n**3 / 3),
    "qr": _matrices(lambda m, n: 4 * (m * n**2 - n**3 / 3)),
    "eigh": _matrices(lambda m, n: 9 * n**3),
    "eigvalsh": _matrices(lambda m, n: 4 / 3 * n**3),
    "svd": _matrices(lambda m, n: 6 * max(m, n) * min(m, n) ** 2 + 20 * min(m, n) ** 3),
    "pinv": _matrices(lambda m, n: 8 * max(m, n) * min(m, n) ** 2 + 20 * min(m, n) ** 3),
}


LIVERMORE = Convention(WEIGHTS, TRANSCENDENTAL, POWERS, FORMULAS)
EACH_ALIKE = Convention(
    {"positive": 0, "_ones_like": 0, "clip": 2}, 1, {}, {**FORMULAS, "sinc": _each(1)}
)
"""Each call of a ufunc counts 1 for each element."""
_ARITHMETIC = {*WEIGHTS, "matmul", "frexp", "ldexp"} - {"power", "logaddexp", "logaddexp2"}
FUNCTIONS_ALONE = Convention(
    dict.fromkeys(_ARITHMETIC, 0),
    1,
    dict.fromkeys(np.arange(-20, 20) / 2, 0),
    {**dict.fromkeys(FORMULAS, _each(0)), "sinc": _each(1)},
)
"""Calls of functions beyond arithmetic and roots."""


class _NumPy:
    """NumPy, whose new arrays count too."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if name in ("zeros", "ones", "full", "eye", "arange", "array", "empty"):
            return lambda *args, **keywords: _wrapped(found(*args, **keywords))
        return found


def count(
    source: str,
    name: str,
    values: Sequence[Any],
    convention: Convention = LIVERMORE,
    whole: Sequence[str] = (),
) -> Tally:
    """What a function of an emitted file computes for these arguments.

    The functions of the file that ``whole`` names count as one ufunc each.
    """
    global _tally, _convention
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(source, name, "exec"), scope)
    scope |= {"np": _NumPy(), "_checked": _arguments, "_Array": None}
    scope |= {helper: _as_one(helper, scope[helper]) for helper in whole}
    _tally, _convention = Tally(), convention
    with np.errstate(all="ignore"):
        scope[name](*values)
    return _tally


def _as_one(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that counts once for each element of its result, whatever it calls."""

    def call(*args: Any) -> Any:
        global _tally
        outside, _tally = _tally, Tally()
        result = np.asarray(function(*args))
        counts, _tally = _tally.total > 0, outside
        _tally.add(name, counts * result.size)
        return _wrapped(result)

    return call


def _arguments(function: str, sizes: list[str], given: Mapping[str, Any]) -> tuple[Any, ...]:
    """The arguments as counting arrays, and the sizes of named dims."""
    arrays, found = [], {}
    for value, dtype, shape in given.values():
        array = np.asarray(value, dtype)
        found |= dict(zip(shape, array.shape, strict=True))
        arrays.append(_wrapped(array))
    return (*arrays, *(found[n] for n in sizes))
