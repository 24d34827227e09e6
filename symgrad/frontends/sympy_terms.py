"""What SymPy's parts are read as: terms, whose numbers and signs are kept apart, or refusals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from ..errors import DTypeError, GraphError
from ..graph.graph import Expr, Graph, operations

Number = int | float | Fraction

_REAL = "symgrad computes with real numbers."
_DO = "Carry it out first: expr.doit()."
_REMEDIES = {
    "ImaginaryUnit": _REAL,
    "ComplexInfinity": _REAL,
    **dict.fromkeys(
        ["re", "im", "arg", "conjugate"], f"{_REAL} Say so to SymPy: Symbol('x', real=True)."
    ),
    **dict.fromkeys(["Integral", "Sum", "Product", "Limit", "Subs"], _DO),
    "Derivative": f"{_DO} Or differentiate with sg.grad.",
    "AppliedUndef": "Define it first: expr.replace(f, lambda x: ...).",
    "Indexed": 'Use a MatrixSymbol, or a Symbol whose spec is an array: {"a": "[n]"}.',
    "Poly": "Use its expression: poly.as_expr().",
}
_REWRITE = "Rewrite it with operations that symgrad has; symgrad.ops.registry lists them."


class Term(NamedTuple):
    """``(p / q) * (over / under)``, kept apart so that sums can subtract and products divide."""

    p: int | float = 1
    q: int = 1
    over: Expr | None = None
    under: Expr | None = None

    @property
    def number(self) -> Number | None:
        """Its value, if it is a number."""
        if self.over is not None or self.under is not None:
            return None
        return quotient(self.p, self.q)

    @property
    def sign(self) -> int:
        """-1 with a minus in front, else 1."""
        return -1 if self.p < 0 else 1

    @property
    def unsigned(self) -> Term:
        """The term without its minus."""
        return self._replace(p=-self.p) if self.p < 0 else self


def quotient(p: int | float, q: int) -> Number:
    """p / q, exact where p is an integer."""
    return p if q == 1 else p / q if isinstance(p, float) else Fraction(p, q)


class Builder:
    """What the rules know of the reader: it makes expressions of terms."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def whole(self, term: Term) -> Expr:
        """The term as one expression."""
        number = term.number
        if number is not None:
            return self.graph.constant(plain(number))
        p, q = _coefficient(term.p, term.q)
        value: Expr = _scaled(p, term.over)
        return value if q == 1 and term.under is None else value / _scaled(q, term.under)

    def call(self, name: str, *terms: Term) -> Expr:
        """An operation of the registry."""
        return operations[name](*map(self.whole, terms))

    def applied(self, function: Any, x: Expr) -> Term:
        """A SymPy function of one variable, at x."""
        raise NotImplementedError


def plain(number: Number) -> int | float:
    """An int or a float, correctly rounded."""
    try:
        return float(number) if isinstance(number, Fraction) else number
    except OverflowError:
        raise too_large("quotient") from None


def too_large(what: str) -> DTypeError:
    """The error for a number that is beyond all floats."""
    return DTypeError(f"a {what} this large fits no dtype (float64 ends at 1.8e308)")


def _coefficient(p: int | float, q: int) -> tuple[int | float, int]:
    """Numerator and denominator where floats hold both, else their quotient, rounded once."""
    exact = q == 1 or (isinstance(p, int) and max(abs(p), q) <= 2**53)
    return (p, q) if exact else (plain(quotient(p, q)), 1)


def _scaled(c: int | float, x: Expr | None) -> Any:
    if x is None:
        return c
    return x if c == 1 else -x if c == -1 else c * x


def refusal(node: Any, how: str | None = None) -> GraphError:
    """The error of a part that there is no operation for."""
    names = [base.__name__ for base in type(node).__mro__]
    kind = "undefined function" if "AppliedUndef" in names else names[0]
    remedy = next((_REMEDIES[name] for name in names if name in _REMEDIES), _REWRITE)
    return GraphError(
        f"symgrad has no operation for SymPy's {kind}{_shown(node)}", how=how or remedy
    )


def _shown(node: Any) -> str:
    """The text of a small expression; SymPy would take a large one apart by recursion."""
    stack, count = [node], 0
    while stack and count < 30:
        stack.extend(getattr(stack.pop(), "args", ()))
        count += 1
    return "" if stack else f": {str(node)[:60]}"


Rule = Callable[[Builder, Any, list[Term]], Term]


def add(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """A sum from left to right, in which negative terms are subtracted and do not come first."""
    first = next((i for i, t in enumerate(terms) if t.sign > 0), 0)
    total = builder.whole(terms[first])
    for t in terms[:first] + terms[first + 1 :]:
        x = builder.whole(t.unsigned)
        total = total - x if t.sign < 0 else total + x
    return Term(over=total)


def multiply(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Numbers and signs gathered in front, reciprocals in the denominator."""
    over = [builder.whole(t.unsigned) for t in terms if t.over is not None]
    under = [t.under for t in terms if t.over is None and t.under is not None]
    return Term(*_gathered(terms), _product(over), _product(under))


def _gathered(terms: Iterable[Term]) -> tuple[int | float, int]:
    """The product of the numbers and the signs."""
    numbers = [quotient(t.p, t.q) if t.over is None else t.sign for t in terms]
    try:
        product = math.prod(numbers)
    except OverflowError:
        raise too_large("number") from None
    if isinstance(product, Fraction):
        return product.numerator, product.denominator
    return product, 1


def _product(factors: Iterable[Expr]) -> Expr | None:
    """From left to right; None if there are none."""
    product = None
    for x in factors:
        product = x if product is None else product * x
    return product


def power(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Numeric exponents make roots and reciprocals, powers of E exponentials."""
    base, exponent = terms
    e = exponent.number
    if type(node.args[0]).__name__ == "Exp1":
        return Term(over=builder.call("exp", exponent))
    if e is None:
        return Term(over=builder.call("power", base, exponent))
    if isinstance(base.number, int) and isinstance(e, int):
        return _integer_power(node, base.number, e)
    raised = _raised(builder.whole(base), -e if e < 0 else e)
    return Term(under=raised) if e < 0 else Term(over=raised)


def _raised(x: Expr, e: Number) -> Expr:
    if e == Fraction(1, 2):
        return operations["sqrt"](x)
    if isinstance(e, float) and e.is_integer():
        e = int(e)
    return x if e == 1 else x ** plain(e)


def _integer_power(node: Any, base: int, e: int) -> Term:
    """An integer while it is short, so that neither we nor emitted code compute for hours."""
    if base == 0 and e < 0:
        raise refusal(node, "1/0 is no real number.")
    if abs(base) > 1 and abs(e) * base.bit_length() > 4096:
        return Term(_float_power(base, e))
    power = base ** abs(e)
    return Term(power) if e >= 0 else Term(-1 if power < 0 else 1, abs(power))


def _float_power(base: int, e: int) -> float:
    try:
        return float(base) ** e
    except OverflowError:
        raise too_large("power") from None
