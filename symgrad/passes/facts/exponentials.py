"""Sums of exponentials, read off a node: Σ c exp(k u), with literal c and k.

Patterns of a few nodes, to a fixed depth: nothing walks the graph.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import frexp, log, sqrt
from typing import NamedTuple

from ...graph.graph import Expr
from ...ops.arithmetic import negative
from ...ops.exponents import exponent_sum
from ...ops.indexing import getitem

DEPTH = 6
_LONGEST = 8  # terms
_SQUARE = 3  # terms that the square of two has, or the product of 1 + exp(x) and 1 + exp(-x)


class Form(NamedTuple):
    """A linear form: nodes by their ids, and their literal factors."""

    factors: tuple[tuple[int, float], ...] = ()

    def scaled(self, k: float) -> Form:
        """k times the form."""
        return Form(tuple((i, k * c) for i, c in self.factors) if k else ())

    def plus(self, other: Form) -> Form:
        """The sum of two forms."""
        total = dict(self.factors)
        for i, c in other.factors:
            total[i] = total.get(i, 0.0) + c
        return Form(tuple(sorted((i, c) for i, c in total.items() if c)))

    def ids(self) -> set[int]:
        """The nodes that it is made of."""
        return {i for i, _ in self.factors}

    def minus(self, other: Form) -> Form:
        """The difference of two forms."""
        return self.plus(other.scaled(-1.0))


class Term(NamedTuple):
    """c exp(form)."""

    c: float
    form: Form


def literal(node: Expr) -> float | None:
    """The value of a number written in the text."""
    if node.op == "astype" and node.args[0].type.weak:  # a number that adopted a dtype
        node = node.args[0]
    if node.op != "constant" or not node.type.python or node.dtype.kind not in "if":
        return None
    return float(node.params["value"])


class Reader:
    """Reads terms and linear forms, and builds what they come to."""

    def __init__(self, node: Expr, opaque: frozenset[int]) -> None:
        self.graph = node.graph
        self.opaque = opaque
        self.seen: dict[Form, Expr] = {}  # exponents as they stand in the graph

    def form(self, node: Expr, depth: int = DEPTH) -> Form:
        """A node as a multiple of another one."""
        if node.id not in self.opaque and depth:
            if node.op == "negative":
                return self.form(node.args[0], depth - 1).scaled(-1.0)
            if node.op == "exponent_sum":
                a, b = (self.form(x, depth - 1) for x in node.args)
                return a.plus(b)
            if node.op in ("multiply", "divide", "subtract"):
                found = self._scaled(node, depth)
                if found is not None:
                    return found
        return Form(((node.id, 1.0),))

    def _scaled(self, node: Expr, depth: int) -> Form | None:
        a, b = node.args
        left, right = literal(a), literal(b)
        if node.op == "multiply" and left is not None:
            return self.form(b, depth - 1).scaled(left)
        if node.op == "multiply" and right is not None:
            return self.form(a, depth - 1).scaled(right)
        if node.op == "divide" and right:
            return self.form(a, depth - 1).scaled(1.0 / right)
        return self.form(b, depth - 1).scaled(-1.0) if node.op == "subtract" and left == 0 else None

    def terms(self, node: Expr, depth: int = DEPTH) -> list[Term] | None:
        """A node as a sum of exponentials; None where it is none, or a long one."""
        number = literal(node)
        if number is not None:
            return [Term(number, Form())]
        if not depth or node.id in self.opaque or not node.type.is_floating:
            return None
        reader = _TERMS.get(node.op)
        found = reader(self, node, depth) if reader else None
        return found if found is None or len(found) <= _LONGEST else None

    def _exp(self, node: Expr, depth: int) -> list[Term]:
        return self._of(node.args[0])

    def _exp_sum(self, node: Expr, depth: int) -> list[Term]:
        form = Form()
        for x in node.args:
            form = form.plus(self.form(x))
        return [Term(1.0, form)]

    def _expm1(self, node: Expr, depth: int) -> list[Term]:
        return [*self._exp(node, depth), Term(-1.0, Form())]

    def _hyperbolic(self, node: Expr, depth: int) -> list[Term]:
        form = self.form(node.args[0])
        back = -0.5 if node.op == "sinh" else 0.5
        return [Term(0.5, form), Term(back, form.scaled(-1.0))]

    def _difference(self, node: Expr, depth: int) -> list[Term]:
        x, y = node.args
        less = [Term(-t.c, t.form) for t in self._of(y)]
        return self._of(x) + less

    def _element(self, node: Expr, depth: int) -> list[Term] | None:
        (inner,) = node.args[:1]
        known = inner.op == "exp" and inner.id not in self.opaque and len(node.args) == 1
        return self._of(getitem(inner.args[0], node.params["index"])) if known else None

    def _of(self, x: Expr) -> list[Term]:
        """The term exp(x)."""
        form = self.form(x)
        self.seen.setdefault(form, x)
        return [Term(1.0, form)]

    def _negative(self, node: Expr, depth: int) -> list[Term] | None:
        return _times(self.terms(node.args[0], depth - 1), Term(-1.0, Form()))

    def _both(self, node: Expr, depth: int) -> tuple[list[Term], list[Term]] | None:
        a = self.terms(node.args[0], depth - 1)
        b = self.terms(node.args[1], depth - 1) if a is not None else None
        return None if a is None or b is None else (a, b)

    def _sum(self, node: Expr, depth: int) -> list[Term] | None:
        if (both := self._both(node, depth)) is None:
            return None
        a, b = both
        return a + (b if node.op == "add" else [Term(-t.c, t.form) for t in b])

    def _product(self, node: Expr, depth: int) -> list[Term] | None:
        if (both := self._both(node, depth)) is None:
            return None
        a, b = both
        found = gathered(t for factor in b for t in _times(a, factor) or ())
        return found if 1 in (len(a), len(b)) or len(found) <= _SQUARE else None

    def _power(self, node: Expr, depth: int) -> list[Term] | None:
        base, k = map(literal, node.args)
        if base is not None and base > 0:
            return [Term(1.0, self.form(node.args[1]).scaled(log(base)))]
        inner = self.terms(node.args[0], depth - 1) if k is not None else None
        if k is None or inner is None or len(inner) != 1 or inner[0].c <= 0:
            return None
        if abs(k * log(inner[0].c)) > 700:
            return None  # beyond all numbers
        return [Term(inner[0].c ** k, inner[0].form.scaled(k))]

    def _quotient(self, node: Expr, depth: int) -> list[Term] | None:
        b = self.terms(node.args[1], depth - 1)
        if b is None or len(b) != 1 or not b[0].c:
            return None
        inverse = Term(1.0 / b[0].c, b[0].form.scaled(-1.0))
        return _times(self.terms(node.args[0], depth - 1), inverse)

    def build(self, form: Form) -> Expr | None:
        """The node of a linear form; None for 0."""
        if form in self.seen:
            return self.seen[form]
        nodes = self.graph.nodes
        parts = sorted(form.factors, key=lambda p: -p[1])  # what is subtracted comes last
        total: Expr | None = None
        for i, c in parts:
            size = _multiple(abs(c), nodes[i])
            if total is None:
                whole = abs(c) == 1 or size.op == "divide"
                total = size if c > 0 else negative(size) if whole else c * nodes[i]
            else:
                total = exponent_sum(total, size if c > 0 else -size)
        return total


def _multiple(c: float, x: Expr) -> Expr:
    """c x, or x / 7 where c is 1 / 7, which is rounded."""
    if _is_inverse(c) and frexp(c)[0] != 0.5:
        return x / (1 / c)
    return x if c == 1 else c * x


def _is_inverse(c: float) -> bool:
    """Whether a number is that of a division by an integer."""
    n = 1 / c
    return n.is_integer() and 1 / n == c


def over(a: float, b: float) -> float:
    """a / b, or 7 a where b is 1 / 7, which is rounded."""
    return a * (1 / b) if _is_inverse(b) else a / b


def _times(terms: list[Term] | None, factor: Term) -> list[Term] | None:
    if terms is None:
        return None
    return [Term(t.c * factor.c, t.form.plus(factor.form)) for t in terms]


_TERMS = {
    "exp": Reader._exp,
    "exp_sum": Reader._exp_sum,
    "expm1": Reader._expm1,
    "exp_difference": Reader._difference,
    "cosh": Reader._hyperbolic,
    "sinh": Reader._hyperbolic,
    "negative": Reader._negative,
    "getitem": Reader._element,
    "add": Reader._sum,
    "subtract": Reader._sum,
    "multiply": Reader._product,
    "divide": Reader._quotient,
    "power": Reader._power,
}


def gathered(terms: Iterable[Term]) -> list[Term]:
    """Terms of one exponent added up; those that vanish are dropped."""
    total: dict[Form, float] = {}
    for t in terms:
        total[t.form] = total.get(t.form, 0.0) + t.c
    return [Term(c, form) for form, c in total.items() if c]


def root_of(terms: list[Term]) -> list[Term] | None:
    """The two terms whose square these are: of 2 + exp(x) + exp(-x), exp(x / 2) + exp(-x / 2)."""
    if len(terms) != _SQUARE or min(t.c for t in terms) <= 0:
        return None
    for i, middle in enumerate(terms):
        a, b = terms[:i] + terms[i + 1 :]
        if middle.form.scaled(2.0) == a.form.plus(b.form) and middle.c**2 == 4 * a.c * b.c:
            return [Term(sqrt(t.c), t.form.scaled(0.5)) for t in (a, b)]
    return None
