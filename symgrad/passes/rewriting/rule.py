"""A rewrite rule is one line: an equation between expressions, as data.

Both sides are expressions of a private pattern graph. Its inputs are the variables: they stand for
any expression, for a literal number where they are made by `number`, and for what is proved to be
positive, nonnegative, ... where they are made by `signed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product

import numpy as np

from ...graph.graph import Expr, Graph
from ...graph.walk import ancestors
from ...ops.op import rebuilt, registry
from ..facts.kinds import Kind, Operand
from .matching import (
    Bindings,
    literal_of,
    match,
    may_match,
    may_stand_for,
    one_set,
    operations_of,
)

COMMUTATIVE = frozenset(
    {"add", "multiply", "maximum", "minimum", "equal", "not_equal", "hypot", "logaddexp"}
)
Condition = Callable[[Bindings, Expr], bool]


@dataclass(frozen=True, eq=False)
class Rule:
    """left = right, wherever left occurs.

    Attributes
    ----------
    left, right : Expr
        Patterns.
    at : float or mapping, optional
        A value of the variable, or of each variable by its name, for which the left side fails
        in floating point: the reason.
    when : function, optional
        ``when(found, node)``: whether it holds for what the variables stand for, at this node.
    """

    left: Expr
    right: Expr
    at: float | Mapping[str, float] | None = None
    when: Condition | None = None

    @property
    def spellings(self) -> list[Expr]:
        """The left side as it may be written: hundreds of ways, and of a kind mostly one."""
        return _forms(self.left, self._operands, self.at is not None)

    @cached_property
    def _operands(self) -> list[list[Expr]]:
        """Those of the left side, as they may be written."""
        found: dict[int, list[Expr]] = {}
        for n in ancestors(self.left.args):
            found[n.id] = _forms(n, [found[a.id] for a in n.args], self.at is not None)
        return [found[a.id] for a in self.left.args]

    @property
    def heads(self) -> frozenset[str]:
        """The operations that its spellings may end in."""
        return self._written(self.left)

    @cached_property
    def _inner(self) -> list[frozenset[str]]:
        """For each operand that is an operation, those it may be written as."""
        return [_written_or_cast(p.op, self.at is not None) for p in self.left.args if p.args]

    def _written(self, pattern: Expr) -> frozenset[str]:
        return _written(pattern.op, self.at is not None)

    @cached_property
    def needs(self) -> frozenset[str]:
        """The operations that stand in each of its spellings."""
        named = operations_of(self.left)
        return one_set(named.difference(_WRITTEN)) if self.at is not None else named

    def may_match(self, kind: Kind) -> bool:
        """Whether a spelling may match nodes of a kind, as far as the operations tell."""
        if kind.op == self.left.op and kind.op not in COMMUTATIVE:  # each operand at its place
            return all(map(self._may_be, self.left.args, kind.operands))
        operands = [a.op for a in kind.operands]
        is_product = kind.op == "multiply" and self.left.op == "divide"
        if is_product and not self._may_be_product(kind.operands):
            return False
        wrapped = kind.op != self.left.op and not _WRAPPERS.isdisjoint(operands)
        return wrapped or not any(ops.isdisjoint(operands) for ops in self._inner)

    def _may_be_product(self, factors: Sequence[Operand]) -> bool:
        """Whether a quotient may be written as this product: of its top and an inverse."""
        top, bottom = self.left.args
        inverses = _NUMBERS if bottom.op == "constant" else _INVERSES
        ways = (factors, factors[::-1])
        return any(b.op in inverses and self._may_be(top, a) for a, b in ways)

    def _may_be(self, pattern: Expr, operand: Operand) -> bool:
        """Whether an operand may be written as a node is; leaves are written in one way."""
        if not pattern.args:
            return may_stand_for(pattern, operand)
        return operand.op == "astype" or operand.op in self._written(pattern)

    def matching(self, kind: Kind) -> list[Expr]:
        """The spellings that may match nodes of a kind; mostly none, and then none is made."""
        if not self.may_match(kind):
            return []
        if kind.op == self.left.op:
            return list(dict.fromkeys(self._of(kind.operands)))
        return [p for p in self.spellings if p.op == kind.op and may_match(p, kind)]

    def _of(self, operands: Sequence[Operand]) -> Iterator[Expr]:
        """The spellings in the operation of the left side that may match these operands."""
        for way in (1, -1) if self.left.op in COMMUTATIVE else (1,):
            pairs = zip(self._operands, operands[::way], strict=True)
            fitting = [[p for p in forms if may_stand_for(p, o)] for forms, o in pairs]
            for args in product(*fitting):
                yield rebuilt(self.left, args[::way])

    @cached_property
    def _text(self) -> str:
        return f"{_show(self.left)} = {_show(self.right)}"

    def __str__(self) -> str:
        return self._text


def _show(pattern: Expr) -> str:
    return str(pattern).strip().splitlines()[-1]


class Patterns:
    """The graph of the patterns of one table, and its variables."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.graph.ordered = True

    def any(self, *names: str) -> list[Expr]:
        """Variables that stand for any expression."""
        return [self.graph.input(name) for name in names]

    def signed(self, sign: str, *names: str) -> list[Expr]:
        """Variables that stand for expressions whose values are proved to be of this sign."""
        return [self.graph.input(name, sign=sign) for name in names]

    def number(self, *names: str) -> list[Expr]:
        """Variables that stand for a literal number."""
        return [self.graph.input(f"number_{name}") for name in names]


def rule(
    left: Expr,
    right: object,
    *,
    at: float | Mapping[str, float] | None = None,
    when: Condition | None = None,
) -> Rule:
    """An equation; a number may stand on the right."""
    node = right if isinstance(right, Expr) else left.graph.constant(right)
    return Rule(left, node, at, when)


def mirrored(rules: Sequence[Rule]) -> list[Rule]:
    """The rules, and after that of a difference a - b the one of b - a, unless it is among them."""
    given = {r.left for r in rules}
    found = list[Rule]()
    for r in rules:
        found.append(r)
        other = r.left.args[1] - r.left.args[0] if r.left.op == "subtract" else r.left
        if other not in given and not match(r.left, other, frozenset(), {}):
            right = r.right.args[0] if r.right.op == "negative" else -r.right
            found.append(replace(r, left=other, right=right))
    return found


def of_number(name: str, holds: Callable[[float], bool]) -> Condition:
    """The condition that a literal number of the pattern, given by its name, fulfills."""
    return lambda found, node: holds(float(found[f"number_{name}"].params["value"]))


def product_is_normal(found: Bindings, node: Expr) -> bool:
    """Whether the literals a and b multiply without leaving the range of the node's dtype."""
    a, b = (found[f"number_{name}"].params["value"].item() for name in "ab")
    whole = isinstance(a, int) and isinstance(b, int)
    if not node.type.is_floating or (whole and abs(a * b) >= 2**63):
        return False
    limits, sizes = np.finfo(node.dtype), [abs(float(v)) for v in (a, b)]
    sizes.append(sizes[0] * sizes[1])
    return all(v == 0 or limits.tiny <= v <= limits.max for v in sizes) and (
        sizes[2] > 0 or 0 in sizes[:2]
    )


def _forms(n: Expr, operands: Sequence[list[Expr]], fails: bool) -> list[Expr]:
    """A pattern in all its spellings, of operands in theirs.

    Operands of commutative operations stand in every order. A formula that fails in floating
    point is wanted however it is written: squares, roots, quotients and signs in every form.
    """
    if not n.args:
        return [n]
    made = [rebuilt(n, args) for args in product(*operands)]
    if fails:
        made += [m for n in made for m in _spellings(n)]
    flipped = [rebuilt(m, m.args[::-1]) for m in made if m.op in COMMUTATIVE]
    return list(dict.fromkeys([*made, *flipped]))


_WRITTEN = {  # the operations in which the other ways to write one end, ...
    **{"divide": ("multiply", "reciprocal", "power"), "multiply": ("divide",)},
    **{"subtract": ("add",), "power": ("multiply", "square"), "sqrt": ("power",)},
}
_WRAPPERS = frozenset({"divide", "reciprocal", "negative"})  # ... and those they put on operands
_INVERSES = frozenset({"divide", "reciprocal", "astype"})  # what 1 / x may be in products
_NUMBERS = frozenset({"constant", "astype"})


@cache
def _written(op: str, fails: bool) -> frozenset[str]:
    """The operations that an operation may be written as: sets that thousands of rules share."""
    return frozenset([op, *(_WRITTEN.get(op, ()) if fails else ())])


@cache
def _written_or_cast(op: str, fails: bool) -> frozenset[str]:
    return _written(op, fails) | {"astype"}


def _spellings(n: Expr) -> list[Expr]:
    """Other ways to write the last operation of a pattern, see `_WRITTEN`."""
    make = {"divide": _quotients, "multiply": _products, "subtract": _differences}.get(n.op)
    if n.op == "power" and literal_of(n.args[1]) == 2:
        return [n.args[0] * n.args[0], registry["square"](n.args[0])]
    if n.op == "sqrt":
        return [n.args[0] ** 0.5]
    return make(*n.args) if make else []


def _quotients(a: Expr, b: Expr) -> list[Expr]:
    if literal_of(a) == 1:
        return [registry["reciprocal"](b), b**-1]
    c = literal_of(b)
    if c:
        return [y for y in (a * (1 / c), (1 / c) * a) if np.frexp(c)[0] == 0.5]
    inverses = [1 / b, registry["reciprocal"](b)] if b.op != "constant" else []
    return [y for inverse in inverses for y in (a * inverse, inverse * a)]


def _products(a: Expr, b: Expr) -> list[Expr]:
    c = literal_of(a)
    return [b / (1 / c)] if c and np.frexp(abs(c))[0] == 0.5 and abs(c) < 1 else []


def _differences(a: Expr, b: Expr) -> list[Expr]:
    c = literal_of(b)
    if c is not None:
        return [a + (-c), -c + a]
    return [a + (-b), -b + a] if literal_of(a) is not None else []
