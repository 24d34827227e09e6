"""A rewrite rule is one line: an equation between expressions, as data.

Both sides are expressions of a private pattern graph. Its inputs are the variables: they stand for
any expression, for a literal number where they are made by `number`, and for what is proved to be
positive, nonnegative, ... where they are made by `signed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import Any

import numpy as np

from ..graph.graph import Expr, Graph
from ..graph.walk import ancestors
from ..ops.op import registry
from .kinds import ASKED, Kind, Operand
from .proofs import proves

COMMUTATIVE = frozenset(
    {"add", "multiply", "maximum", "minimum", "equal", "not_equal", "hypot", "logaddexp"}
)
Bindings = dict[str, Expr]
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

    @cached_property
    def spellings(self) -> list[Expr]:
        """The left side as it may be written, see `variants`."""
        return variants(self)

    @cached_property
    def heads(self) -> frozenset[str]:
        """The operations that its spellings may end in."""
        return self._written(self.left)

    @cached_property
    def _inner(self) -> list[frozenset[str]]:
        """For each operand that is an operation, those it may be written as."""
        return [self._written(p) | {"astype"} for p in self.left.args if p.args]

    def _written(self, pattern: Expr) -> frozenset[str]:
        others = _WRITTEN.get(pattern.op, ()) if self.at is not None else ()
        return frozenset([pattern.op, *others])

    def matching(self, kind: Kind) -> list[Expr]:
        """The spellings that may match nodes of a kind; mostly none, and then none is made."""
        operands = [a.op for a in kind.operands]
        wrapped = kind.op != self.left.op and not _WRAPPERS.isdisjoint(operands)
        if not wrapped and any(ops.isdisjoint(operands) for ops in self._inner):
            return []
        return [p for p in self.spellings if p.op == kind.op and may_match(p, kind)]

    def __str__(self) -> str:
        return f"{_show(self.left)} = {_show(self.right)}"


def _show(pattern: Expr) -> str:
    return str(pattern).strip().splitlines()[-1]


class Patterns:
    """The graph of the patterns of one table, and its variables."""

    def __init__(self) -> None:
        self.graph = Graph()

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


def variants(r: Rule) -> list[Expr]:
    """The left side in all its spellings.

    Operands of commutative operations stand in every order. A formula that fails in floating
    point is wanted however it is written: squares, roots, quotients and signs in every form.
    """
    found: dict[int, list[Expr]] = {}
    for n in ancestors([r.left]):
        made = [n] if not n.args else []
        for args in product(*(found[a.id] for a in n.args)) if n.args else ():
            made.append(registry[n.op].build(n.graph, list(args), dict(n.params)))
        if r.at is not None:
            made += [m for n in made for m in _spellings(n)]
        flipped = [_flipped(m) for m in made if m.op in COMMUTATIVE]
        found[n.id] = list(dict.fromkeys([*made, *flipped]))
    return found[r.left.id]


def _flipped(n: Expr) -> Expr:
    return registry[n.op].build(n.graph, list(n.args[::-1]), dict(n.params))


_WRITTEN = {  # the operations in which the other ways to write one end, ...
    **{"divide": ("multiply", "reciprocal", "power"), "multiply": ("divide",)},
    **{"subtract": ("add",), "power": ("multiply", "square"), "sqrt": ("power",)},
}
_WRAPPERS = frozenset({"divide", "reciprocal", "negative"})  # ... and those they put on operands


def _spellings(n: Expr) -> list[Expr]:
    """Other ways to write the last operation of a pattern, see `_WRITTEN`."""
    make = {"divide": _quotients, "multiply": _products, "subtract": _differences}.get(n.op)
    if n.op == "power" and _literal(n.args[1]) == 2:
        return [n.args[0] * n.args[0], registry["square"](n.args[0])]
    if n.op == "sqrt":
        return [n.args[0] ** 0.5]
    return make(*n.args) if make else []


def _quotients(a: Expr, b: Expr) -> list[Expr]:
    if _literal(a) == 1:
        return [registry["reciprocal"](b), b**-1]
    c = _literal(b)
    if c:
        return [y for y in (a * (1 / c), (1 / c) * a) if np.frexp(c)[0] == 0.5]
    inverses = [1 / b, registry["reciprocal"](b)] if b.op != "constant" else []
    return [y for inverse in inverses for y in (a * inverse, inverse * a)]


def _products(a: Expr, b: Expr) -> list[Expr]:
    c = _literal(a)
    return [b / (1 / c)] if c and np.frexp(abs(c))[0] == 0.5 and abs(c) < 1 else []


def _differences(a: Expr, b: Expr) -> list[Expr]:
    c = _literal(b)
    if c is not None:
        return [a + (-c), -c + a]
    return [a + (-b), -b + a] if _literal(a) is not None else []


def _literal(n: Expr) -> float | None:
    """The value of a number in a pattern."""
    return None if n.value is None else float(n.params["value"])


def may_match(pattern: Expr, kind: Kind) -> bool:
    """Whether the operands of a node are what the pattern names, as far as its kind tells."""
    return all(map(_may_stand_for, pattern.args, kind.operands))


def _may_stand_for(pattern: Expr, operand: Operand) -> bool:
    if pattern.op == "input":
        return operand.op == "constant" or not _is_of_numbers(pattern)
    if operand.op != pattern.op:
        return operand.op == "astype"  # of a number that adopted a dtype
    if operand.op in ("multiply", "divide"):
        twice = pattern.args[0] is pattern.args[1]
        return operand.twice if twice else operand.scaled or not any(map(_is_literal, pattern.args))
    number = _literal(pattern.args[1] if pattern.op == "power" else pattern)
    if operand.number is None:
        return not (operand.op == "constant" and operand.python and number in ASKED)
    return number is None or number == operand.number


def _is_literal(pattern: Expr) -> bool:
    return pattern.op == "constant" or (pattern.op == "input" and _is_of_numbers(pattern))


@cache
def operations_of(pattern: Expr) -> frozenset[str]:
    """The operations that a pattern names."""
    return frozenset(n.op for n in _in_order(pattern) if n.args)


_INPUT, _CONSTANT = registry["input"], registry["constant"]


def _is_of_numbers(variable: Expr) -> bool:
    name: str = variable.params["name"]
    return name.startswith("number_")


def match(pattern: Expr, node: Expr, opaque: frozenset[int], found: Bindings) -> bool:
    """Whether the node has the pattern's form; variables are bound in ``found``.

    Recursion is over the pattern, a handful of nodes, never over the graph.
    """
    op = pattern.op
    if op is _INPUT:
        return _bind(pattern, node, found)
    if node.op is not op:
        if node.op != "astype" or not node.args[0].type.weak:
            return False
        node = node.args[0]  # a number that adopted a dtype
    if op is _CONSTANT:
        return _same_number(pattern, node)
    if node.op is not op or node.id in opaque or node.params != pattern.params:
        return False
    for p, a in zip(pattern.args, node.args, strict=True):  # noqa: SIM110  (twice as fast as all)
        if not match(p, a, opaque, found):
            return False
    return True


def _bind(pattern: Expr, node: Expr, found: Bindings) -> bool:
    name = pattern.params["name"]
    if _is_of_numbers(pattern) and not _is_number(node):
        return False
    if "sign" in pattern.params and not proves(node, pattern.params["sign"]):
        return False
    return found.setdefault(name, node) is node


def _is_number(node: Expr) -> bool:
    return node.op == "constant" and node.type.python and node.dtype.kind != "b"


def _same_number(pattern: Expr, node: Expr) -> bool:
    value = node.value
    return bool(
        value is not None
        and not value.shape
        and value.dtype.kind != "b"
        and value.item() == pattern.params["value"].item()
    )


@cache
def _in_order(pattern: Expr) -> list[Expr]:
    """The nodes of a pattern, of which there are few."""
    return ancestors([pattern])


Make = Callable[[Any, list[Expr], dict[str, Any]], Expr]


def instantiate(pattern: Expr, found: Bindings, graph: Graph, make: Make) -> Expr:
    """The right side with the variables replaced."""
    new: dict[int, Expr] = {}
    for n in _in_order(pattern):
        if n.op == "input":
            new[n.id] = found[n.params["name"]]
        elif n.op == "constant":
            new[n.id] = graph.constant(n.params["value"].item())
        else:
            args = [new[a.id] for a in n.args]
            new[n.id] = make(registry[n.op], args, dict(n.params))
    return new[pattern.id]
