"""Intervals that hold the true value of a formula, and of its slopes, whatever it cancels.

Each operation rounds outward (Moore, "Interval Analysis", 1966): where the interval at the end is
narrow, its digits are proven. The numbers and functions are mpmath's; the rules of differentiation
are written here once more, so that nothing of symgrad takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import nan
from typing import Any

from mpmath import libmp, workprec
from mpmath import mp as _mp

BITS = (110, 360, 1200, 2600)
"""Working precisions; the last holds 1 + 1e-308 and its square."""
_HUGE = libmp.from_man_exp(1, 1100)  # of what is larger, no exponential is computed
_TINY = libmp.from_man_exp(1, -1080)  # rounds to 0 in every float
_LARGE = libmp.from_man_exp(1, 1024)
_NARROW = libmp.from_man_exp(1, -70)

Number = Any  # mpmath's tuple: sign, mantissa, exponent, bits


class Undefined(ArithmeticError):
    """The formula has no real value there."""


class Undecided(ArithmeticError):
    """The precision does not tell whether there is a value."""


class Interval:
    """All numbers from ``lo`` to ``hi``."""

    __slots__ = ("hi", "lo")

    def __init__(self, lo: Number, hi: Number) -> None:
        self.lo, self.hi = lo, hi

    def __add__(self, other: Interval) -> Interval:
        p = _mp.prec
        return Interval(
            libmp.mpf_add(self.lo, other.lo, p, "f"), libmp.mpf_add(self.hi, other.hi, p, "c")
        )

    def __neg__(self) -> Interval:
        return Interval(libmp.mpf_neg(self.hi), libmp.mpf_neg(self.lo))

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        if ONE in (self, other):  # most slopes of variables
            return self if other is ONE else other
        return Interval(*libmp.mpi_mul((self.lo, self.hi), (other.lo, other.hi), _mp.prec))

    def __truediv__(self, other: Interval) -> Interval:
        if other.sign() == 0:
            raise Undefined if other.lo == other.hi else Undecided
        return Interval(*libmp.mpi_div((self.lo, self.hi), (other.lo, other.hi), _mp.prec))

    def sign(self) -> int:
        """1 or -1 where all numbers have it, else 0."""
        return 1 if libmp.mpf_sign(self.lo) > 0 else -1 if libmp.mpf_sign(self.hi) < 0 else 0

    def power(self, n: int) -> Interval:
        """An integer power."""
        if n < 0:
            return ONE / self.power(-n)
        return Interval(*libmp.mpi_pow_int((self.lo, self.hi), n, _mp.prec))

    def float(self) -> float | None:
        """Its number as a float: nan below and beyond all floats, None where it is too wide."""
        if libmp.fnan in (self.lo, self.hi):
            return None
        if self.lo == self.hi == libmp.fzero:
            return 0.0
        sizes = [libmp.mpf_abs(e) for e in (self.lo, self.hi)]
        if all(libmp.mpf_lt(s, _TINY) for s in sizes):
            return nan
        width = libmp.mpf_sub(self.hi, self.lo, 20, "u")
        if not self.sign() or libmp.mpf_gt(width, libmp.mpf_mul(sizes[0], _NARROW)):
            return None
        return nan if libmp.mpf_gt(sizes[0], _LARGE) else float(libmp.to_float(self.lo, rnd="n"))


def exact(value: float) -> Interval:
    """A float as it is."""
    number = libmp.from_float(value)
    return Interval(number, number)


ONE, ZERO, TWO = exact(1.0), exact(0.0), exact(2.0)


def _increasing(f: Callable[..., Number]) -> Callable[[Interval], Interval]:
    """A function of intervals; mpmath's last bits are not relied upon."""

    def on(x: Interval) -> Interval:
        if libmp.fnan in (x.lo, x.hi):
            raise Undecided
        p = _mp.prec
        lo, hi = (f(v, p, "n") for v in (x.lo, x.hi))
        margins = [libmp.mpf_shift(libmp.mpf_abs(v), 3 - p) for v in (lo, hi)]
        return Interval(
            libmp.mpf_sub(lo, margins[0], p, "f"), libmp.mpf_add(hi, margins[1], p, "c")
        )

    return on


def _beside(f: Callable[..., Number]) -> Callable[..., Number]:
    """A function of exponentials; whole numbers are taken 2**-p more, well within the margins.

    For mpmath multiplies out e**n, which takes a hundred times as long if n has hundreds of digits.
    """

    def on(x: Number, p: int, rounding: str) -> Number:
        _, mantissa, exponent, _ = x
        whole = mantissa and exponent >= 0
        return f(libmp.mpf_add(x, libmp.from_man_exp(1, -p)) if whole else x, p, rounding)

    return on


def _not_huge(x: Interval) -> None:
    if libmp.mpf_gt(libmp.mpf_abs(x.lo), _HUGE) or libmp.mpf_gt(libmp.mpf_abs(x.hi), _HUGE):
        raise Undecided


def _exp(x: Interval) -> Interval:
    _not_huge(x)
    return _increasing(_beside(libmp.mpf_exp))(x)


def _sqrt(x: Interval) -> Interval:
    if libmp.mpf_sign(x.hi) < 0:
        raise Undefined
    if libmp.mpf_sign(x.lo) < 0:
        raise Undecided
    return _increasing(libmp.mpf_sqrt)(x)


def _log(x: Interval) -> Interval:
    if libmp.mpf_sign(x.hi) <= 0:
        raise Undefined
    if libmp.mpf_sign(x.lo) <= 0:
        raise Undecided
    return _increasing(libmp.mpf_log)(x)


def _abs(x: Interval) -> Interval:
    return Interval(*libmp.mpi_abs((x.lo, x.hi), _mp.prec))


def _sinh(x: Interval) -> Interval:
    _not_huge(x)
    return _increasing(_beside(libmp.mpf_sinh))(x)


def _cosh(x: Interval) -> Interval:
    _not_huge(x)
    return _increasing(_beside(libmp.mpf_cosh))(_abs(x))


def _cos_sin(x: Interval) -> tuple[Interval, Interval]:
    """At the middle, and as far around it as x is wide: both have slopes up to 1."""
    _not_huge(x)
    p = _mp.prec
    cos, sin = libmp.mpf_cos_sin(x.lo, p, "n")
    width = libmp.mpf_add(libmp.mpf_sub(x.hi, x.lo, 20, "u"), libmp.from_man_exp(1, 2 - p), 20, "u")
    # A tiny sine is narrower: |sin x| <= |x|, and mpmath's is right to its own last bits.
    small = libmp.mpf_shift(libmp.mpf_abs(sin), 2 - p)
    exact_ = x.lo == x.hi
    return _around(cos, width), _around(sin, small if exact_ else width)


def _around(x: Number, radius: Number) -> Interval:
    p = _mp.prec
    return Interval(libmp.mpf_sub(x, radius, p, "f"), libmp.mpf_add(x, radius, p, "c"))


class Dual:
    """A value and its slopes."""

    __slots__ = ("slopes", "value")

    def __init__(self, value: Interval, slopes: Mapping[str, Interval]) -> None:
        self.value, self.slopes = value, slopes

    def _chain(self, value: Interval, slope: Callable[[], Interval]) -> Dual:
        """A function of it; the slope of the function is wanted where it varies."""
        if not self.slopes:
            return Dual(value, {})
        factor = slope()
        return Dual(value, {k: d * factor for k, d in self.slopes.items()})

    def __add__(self, other: Any) -> Dual:
        other = lift(other)
        return Dual(self.value + other.value, _added(self.slopes, other.slopes))

    def __neg__(self) -> Dual:
        return Dual(-self.value, {k: -d for k, d in self.slopes.items()})

    def __sub__(self, other: Any) -> Dual:
        return self + -lift(other)

    def __mul__(self, other: Any) -> Dual:
        other = lift(other)
        return Dual(self.value * other.value, self._slopes_times(other))

    def _slopes_times(self, other: Dual) -> dict[str, Interval]:
        """The slopes of a product."""
        one = {k: d * other.value for k, d in self.slopes.items()}
        return _added(one, {k: d * self.value for k, d in other.slopes.items()})

    def __truediv__(self, other: Any) -> Dual:
        other = lift(other)
        y = other._chain(ONE / other.value, lambda: -(ONE / other.value.power(2)))
        return Dual(self.value / other.value, self._slopes_times(y))

    def __pow__(self, n: Any) -> Dual:
        if isinstance(n, Dual):
            return exp(log(self) * n)
        if n == int(n):
            n = int(n)
            x = self.value
            return self._chain(x.power(n), lambda: exact(float(n)) * x.power(n - 1))
        power = exp(log(Dual(self.value, {})) * n).value
        return self._chain(power, lambda: exact(float(n)) * power / self.value)

    def __radd__(self, other: Any) -> Dual:
        return lift(other) + self

    def __rsub__(self, other: Any) -> Dual:
        return lift(other) - self

    def __rmul__(self, other: Any) -> Dual:
        return lift(other) * self

    def __rtruediv__(self, other: Any) -> Dual:
        return lift(other) / self

    def __rpow__(self, base: Any) -> Dual:
        return exp(log(lift(base)) * self)


def _added(one: Mapping[str, Interval], two: Mapping[str, Interval]) -> dict[str, Interval]:
    slopes = dict(one)
    for k, d in two.items():
        slopes[k] = slopes[k] + d if k in slopes else d
    return slopes


def lift(x: Any) -> Dual:
    """Numbers too."""
    return x if isinstance(x, Dual) else _number(float(x))


@cache
def _number(value: float) -> Dual:
    return Dual(exact(value), {})


def _function(
    f: Callable[[Interval], Interval], slope: Callable[[Interval, Interval], Interval]
) -> Callable[[Any], Dual]:
    """A function by its intervals, and its slope by x and f(x)."""

    def on(x: Any) -> Dual:
        x = lift(x)
        y = f(x.value)
        return x._chain(y, lambda: slope(x.value, y))

    return on


def _sign(x: Interval) -> Interval:
    if not x.sign():
        raise Undecided
    return exact(float(x.sign()))


exp = _function(_exp, lambda x, y: y)
log = _function(_log, lambda x, y: ONE / x)
sqrt = _function(_sqrt, lambda x, y: ONE / (TWO * y))


def tan(x: Any) -> Dual:
    """Sine over cosine."""
    return FUNCTIONS["sin"](x) / FUNCTIONS["cos"](x)


def hypot(x: Any, y: Any) -> Dual:
    """The length of (x, y)."""
    return sqrt(lift(x) ** 2 + lift(y) ** 2)


def _of_sign(x: Dual) -> Dual:
    """A constant 1 or -1."""
    return Dual(_sign(x.value), {})


def cbrt(x: Any) -> Dual:
    """The real root."""
    x = lift(x)
    sign = _of_sign(x)
    return sign * exp(log(sign * x) / 3)


FUNCTIONS: dict[str, Any] = {
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
    "tan": tan,
    "hypot": hypot,
    "cbrt": cbrt,
    "expm1": lambda x: exp(x) - 1,
    "log1p": lambda x: log(1 + x),
    "sin": _function(lambda x: _cos_sin(x)[1], lambda x, y: _cos_sin(x)[0]),
    "cos": _function(lambda x: _cos_sin(x)[0], lambda x, y: -_cos_sin(x)[1]),
    "arctan": _function(_increasing(libmp.mpf_atan), lambda x, y: ONE / (ONE + x.power(2))),
    "tanh": _function(_increasing(libmp.mpf_tanh), lambda x, y: ONE / _cosh(x).power(2)),
    "sinh": _function(_sinh, lambda x, y: _cosh(x)),
    "cosh": _function(_cosh, lambda x, y: _sinh(x)),
    "abs": _function(_abs, lambda x, y: _sign(x)),
}


def value_and_slopes(text: str, point: Mapping[str, float]) -> list[float | None]:
    """The value of a formula at a point, then its slopes; None or nan where there is no float."""
    found = _climb(text, point, True)
    if found[0] is None:  # a slope may be what is undefined
        found[0] = _climb(text, point, False)[0]
    return found


def _climb(text: str, point: Mapping[str, float], with_slopes: bool) -> list[float | None]:
    """More digits are taken until all that is asked for is told."""
    found: list[float | None] = [None] * (1 + len(point))
    for bits in BITS:
        with workprec(bits):
            try:
                y = _run(_compiled(text), point, with_slopes)
            except Undefined:
                break
            except Undecided:
                continue
            found = _told(y, list(point))
        if None not in found or (not with_slopes and found[0] is not None):
            break
    return found


def _told(y: Dual, names: Sequence[str]) -> list[float | None]:
    return [y.value.float(), *(y.slopes.get(k, ZERO).float() for k in names)]


_programs: dict[str, Any] = {}


def _compiled(text: str) -> Any:
    """The lines of a text as one program for Python."""
    if text not in _programs:
        *lines, last = text.splitlines()
        _programs[text] = compile("\n".join([*lines, f"_ = {last}"]), "<formula>", "exec")
    return _programs[text]


def _run(program: Any, point: Mapping[str, float], with_slopes: bool) -> Dual:
    scope: dict[str, Any] = dict(FUNCTIONS)
    for k, v in point.items():
        scope[k] = Dual(exact(v), {k: ONE} if with_slopes else {})
    exec(program, {"__builtins__": {}}, scope)
    return lift(scope["_"])
