"""Symbolic sizes: a dim is an ``int`` or a `Dim`, a polynomial in named dims.

A `Dim` is a string (its canonical text, ``"n"`` or ``"2*n + 1"``), so it compares and hashes like
the name the user wrote, reads as Python in emitted code, and costs a dictionary look-up.
Quantities that are no polynomial (``n//2``, ``max(n - 1, 0)``) are kept as opaque factors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from operator import index
from typing import Any, SupportsIndex

from ..errors import ShapeError
from . import polynomials
from .names import check_name
from .polynomials import Terms

_IN_EXPRESSIONS = "Compute with it in an expression: x.sum() / n, (x * n).sum()."


def _of_sizes(rule: Callable[[Any, Any], int | Dim]) -> Any:
    """The operator ``rule``, which leaves arrays and expressions to their own operators."""

    @wraps(rule)
    def method(self: Dim, other: object) -> Any:
        return NotImplemented if hasattr(other, "__array_function__") else rule(self, other)

    return method


class Dim(str):
    """A named size, or an arithmetic expression of named sizes.

    Example
    -------
    >>> n = Dim("n")
    >>> n * 2 + n, n == "n", n - n
    ('3*n', True, 0)
    """

    __array_ufunc__ = None  # NumPy's arrays and integers leave operators to those below

    terms: Terms
    names: frozenset[str]  # the named dims it is made of

    def __new__(cls, name: str) -> Dim:
        if isinstance(name, Dim):
            return name
        name = check_name(name, "dim")
        return _atom(name, frozenset([name]))

    @_of_sizes
    def __add__(self, other: object) -> int | Dim:
        return _build(polynomials.add(_terms(other), _terms(self)), _names(self, other))

    __radd__ = __add__

    @_of_sizes
    def __mul__(self, other: object) -> int | Dim:
        return _build(polynomials.multiply(_terms(self), _terms(other)), _names(self, other))

    __rmul__ = __mul__

    def __neg__(self) -> int | Dim:
        return self * -1  # type: ignore[no-any-return]

    @_of_sizes
    def __sub__(self, other: object) -> int | Dim:
        negated = polynomials.multiply(_terms(other), _terms(-1))
        return _build(polynomials.add(_terms(self), negated), _names(self, other))

    @_of_sizes
    def __rsub__(self, other: object) -> int | Dim:
        return _build(polynomials.add(_terms(-self), _terms(other)), _names(self, other))

    @_of_sizes
    def __floordiv__(self, other: object) -> int | Dim:
        return floordiv(self, other)  # type: ignore[arg-type]

    @_of_sizes
    def __rfloordiv__(self, other: object) -> int | Dim:
        return floordiv(other, self)  # type: ignore[arg-type]

    @_of_sizes
    def __truediv__(self, other: object) -> int | Dim:
        raise ShapeError(f"{self} is a named dim: it has no number yet", how=_IN_EXPRESSIONS)

    __rtruediv__ = __pow__ = __rpow__ = __mod__ = __truediv__

    def __reduce__(self) -> tuple[Any, ...]:
        return _build, (self.terms, self.names)


@cache
def _atom(text: str, names: frozenset[str]) -> Dim:
    dim = str.__new__(Dim, text)
    dim.terms = (((text,), 1),)
    dim.names = names
    return dim


def _names(*sizes: object) -> frozenset[str]:
    return frozenset().union(*(s.names for s in sizes if isinstance(s, Dim)))


def _terms(size: object) -> Terms:
    if isinstance(size, Dim):
        return size.terms
    if isinstance(size, SupportsIndex):
        return (((), index(size)),) if size else ()
    raise ShapeError(
        f"a size is an integer or a named dim, not {type(size).__name__}", how=_IN_EXPRESSIONS
    )


@cache
def _build(terms: Terms, names: frozenset[str]) -> int | Dim:
    """The dim of these terms; of ``names``, those that are left in them."""
    names = names & frozenset(re.findall(r"\w+", polynomials.show(terms)))
    if not terms:
        return 0
    if len(terms) == 1 and not terms[0][0]:
        return terms[0][1]
    if polynomials.is_name(terms):
        return _atom(terms[0][0][0], names)
    dim = str.__new__(Dim, polynomials.show(terms))
    dim.terms = terms
    dim.names = names
    return dim


def size(value: object) -> int | Dim:
    """An int or a `Dim` from whatever a user gives as one entry of a shape.

    Raises
    ------
    ShapeError
        If it is negative or no size at all.
    """
    if isinstance(value, Dim):
        return value
    if isinstance(value, str):
        return Dim(value)
    try:
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ShapeError(
            f"a size is an integer or a named dim, not {value!r:.60}",
            how='Write for example (3, 4) or "[n, 4]".',
        ) from None
    if number < 0:
        raise ShapeError(f"a size can not be negative, and {number} is")
    return int(number)


def floordiv(a: int | Dim, b: int | Dim) -> int | Dim:
    """``a // b``: exact where ``b`` divides every term, else an opaque factor.

    Example
    -------
    >>> floordiv(Dim("n") * 6, 3), floordiv(Dim("n") * 2, Dim("n")), floordiv(Dim("n"), 2)
    ('2*n', 2, '(n//2)')
    """
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    exact = divide(a, b)
    if exact is not None:
        return exact
    whole, rest = _split(a, b) if isinstance(b, int) else (0, a)
    if isinstance(rest, int) and isinstance(b, int):
        return rest // b + whole
    opaque: int | Dim = _opaque(f"{_paren(rest)}//{_paren(b)}", a, b)
    return opaque + whole


def _split(a: int | Dim, b: int) -> tuple[int | Dim, int | Dim]:
    """The part of a that b divides, divided, and the rest."""
    exact = tuple((f, c // b) for f, c in _terms(a) if c % b == 0 and f)
    rest = tuple((f, c) for f, c in _terms(a) if c % b or not f)
    return _build(exact, _names(a)), _build(rest, _names(a))


def divide(a: int | Dim, b: int | Dim) -> int | Dim | None:
    """``a / b`` where it is exact for every value of the named dims, else None."""
    if a == b:
        return 1
    terms = polynomials.divide(_terms(a), _terms(b))
    return None if terms is None else _build(terms, _names(a, b))


def at_least(a: int | Dim, bound: int | Dim) -> int | Dim:
    """``max(a, bound)``.

    Example
    -------
    >>> n = Dim("n")
    >>> at_least(n - 1, 0), at_least(n, 0), at_least(n + 2, n)
    ('max(n - 1, 0)', 'n', 'n + 2')
    """
    a = _unbounded(a, bound)
    larger = _larger(a, bound)
    if larger is not None:
        return larger
    result = _opaque(f"max({a}, {bound})", a, bound)
    _BOUNDED[str(result)] = (a, bound)
    return result


_BOUNDED: dict[str, tuple[int | Dim, int | Dim]] = {}  # the operands of max(..., ...), by its text


def _unbounded(a: int | Dim, bound: int | Dim) -> int | Dim:
    """``max(a, k) + c`` without the bound k, if the other bound is the sharper one."""
    if not isinstance(a, Dim):
        return a
    for factors, coefficient in a.terms:
        if coefficient == 1 and len(factors) == 1 and factors[0] in _BOUNDED:
            inner, k = _BOUNDED[factors[0]]
            rest = a - _atom(factors[0], _names(inner, k))
            if is_never_negative(bound - k - rest):
                whole: int | Dim = rest + inner
                return whole
    return a


def at_most(a: int | Dim, bound: int | Dim) -> int | Dim:
    """``min(a, bound)``."""
    larger = _larger(a, bound)
    if larger is None:
        return _opaque(f"min({a}, {bound})", a, bound)
    return bound if larger is a else a


def _larger(a: int | Dim, b: int | Dim) -> int | Dim | None:
    """The larger one, if that is the same for every value of the named dims."""
    return a if is_never_negative(a - b) else b if is_never_negative(b - a) else None


def is_never_negative(a: int | Dim) -> bool:
    """Whether a sum of sizes has no negative term."""
    return all(c > 0 for _, c in _terms(a))


def _opaque(text: str, *parts: int | Dim) -> Dim:
    return _atom(f"({text})" if "//" in text else text, _names(*parts))


def _paren(a: int | Dim) -> str:
    return str(a) if isinstance(a, int) or polynomials.is_name(a.terms) else f"({a})"


def product(shape: Iterable[int | Dim]) -> int | Dim:
    """Number of elements of a shape.

    Example
    -------
    >>> product((Dim("n"), 3, 2)), product(())
    ('6*n', 1)
    """
    total: int | Dim = 1
    for d in shape:
        total = d * total
    return total


def evaluate(dim: int | Dim, sizes: Mapping[str, int]) -> int:
    """The number a dim stands for, given the named dims' sizes.

    Example
    -------
    >>> evaluate(Dim("n") * 2 + 1, {"n": 4})
    9
    """
    if isinstance(dim, int):
        return dim
    total = 0
    for factors, c in dim.terms:
        for f in factors:
            c *= sizes[f] if f in sizes else _opaque_value(f, sizes)
        total += c
    return total


def _opaque_value(text: str, sizes: Mapping[str, int]) -> int:
    """Value of ``(a//b)``, ``max(a, k)`` or ``min(a, k)``: text that only this module makes."""
    scope = {"__builtins__": {}, "max": max, "min": min, **sizes}
    return int(eval(text, scope))


def names_of(shape: Iterable[int | Dim]) -> list[str]:
    """The named dims of a shape, each once, in order of appearance."""
    dims = [d for d in shape if isinstance(d, Dim)]
    if len(dims) < 2:
        return sorted(dims[0].names) if dims else []
    return list(dict.fromkeys(name for d in dims for name in sorted(d.names)))
