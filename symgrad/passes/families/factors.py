"""Factors: of powers under a logarithm, where products overflow; shared by terms; cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan
from operator import add, mul, sub, truediv

from ...graph.graph import Expr
from ...ops.arithmetic import absolute, sign
from ...ops.compound import log_compound, log_power, parity
from ...ops.elementary import log
from ...ops.gamma import gammaln
from ...ops.op import rebuilt
from ...ops.roots import root_plus
from ...ops.selection import logical_and, where
from ...ops.stable import log_powers
from ..facts.exponentials import Reader, gathered, literal
from ..facts.marks import Opaque, among, reading, reading_all, settled
from ..facts.products import multiple
from ..facts.proofs import proves

_LONGEST = 8  # factors
_MOST = 10_000  # factors under a logarithm
_KNOWN = frozenset({"exp", "exp2", "exp_sum", "exp_shares", "gaussian", "lorentzian", "sech"})
_KNOWN |= {"sigmoid", "sigmoid_slope", "softmax", "ndtr", "i0", "cosh"}
_LOGARITHMS = frozenset({"sum", "prod", "divide", "sqrt"})
"""Further factors whose logarithms are known to other rules."""
Part = tuple[Expr | None, bool]
"""What is left of a factor, and whether it divides; of a term, and whether it is subtracted."""
Joining = Callable[[Expr, Expr], Expr]
_WAYS: Sequence[tuple[Joining, Joining]] = ((add, sub), (mul, truediv), (mul, truediv))


def has_logarithm(node: Expr, depth: int = 4) -> bool:
    """Whether a node is made of what has a logarithm that is computed without it."""
    if node.op in _KNOWN or not depth:
        return node.op in _KNOWN
    if node.op in ("sum", "mean"):
        x = node.args[0]
        return x.op == "exp" or (x.op == "power" and literal(x.args[0]) is not None)
    if node.op in ("multiply", "divide"):
        parts = [a for a in node.args if literal(a) is None]
        return all(has_logarithm(a, depth - 1) for a in parts)
    if node.op in ("power", "square", "sqrt", "reciprocal"):
        return has_logarithm(node.args[0], depth - 1)
    return node.op == "add" and (_is_sum_of_exponentials(node) or _is_one_and_square(node))


def _is_sum_of_exponentials(node: Expr) -> bool:
    terms = gathered(Reader(node, frozenset()).terms(node) or [])
    return all(t.c > 0 for t in terms) and any(t.form.factors for t in terms)


def _is_one_and_square(node: Expr) -> bool:
    a, b = node.args
    square = b.op == "square" or (b.op == "power" and literal(b.args[1]) == 2)
    return square and literal(a) == 1


@reading("multiply")
def log_of_powers(node: Expr, opaque: Opaque) -> Expr | None:
    """log(x * x * x) is 3 log(x), and log(x**3 * y**2) is taken of factors that are no floats."""
    if node.args[0].id in opaque:
        return None
    powers = _powers(node.args[0], opaque)
    factors = [node.graph.nodes[i] for i in powers]
    known = any(x.op in _LOGARITHMS or has_logarithm(x) for x in factors)
    if node.args[0].op != "multiply" or not powers or known:
        return None
    bases = [x for x in factors if literal(x) is None]
    if len(factors) == 1 and bases:
        ((x, p),) = zip(bases, powers.values(), strict=True)
        return p * log(x if p % 2 else absolute(x))
    if not bases or (len(bases) <= 2 and all(p == 1 for p in powers.values())):
        return None
    return log_powers(factors, powers=tuple(powers.values()))


@reading("multiply", "divide", "power", "compound", "gamma")
@settled
def log_of_factors(node: Expr, opaque: Opaque) -> Expr | None:
    """log(p * x**y / z!) is infinite long before it is large: known logarithms are split off.

    What is left stays as it is, with the signs of powers: factors may be negative in pairs.
    """
    product = node.args[0]
    products, factors = _factors(product, opaque)
    parts = dict[int, Sequence[Part]]()
    for x in factors:
        found = _with_sign(x, opaque)
        if found is None and products and _is_known(x):
            found = log(x), None
        known, sign_ = found or (None, None)
        left = None if found or literal(x) == 1 else x
        parts[x.id] = (known, False), (sign_, False), (left, False)
    if all(known is None for (known, _), *_ in parts.values()):
        return None
    for x in products:
        pairs = zip(*(parts[a.id] for a in x.args), _WAYS, strict=True)
        parts[x.id] = [_joined(a, b, x.op == "divide", *ways) for a, b, ways in pairs]
    total, (signs, below), (last, over) = parts[product.id]
    if last is None:
        last, over = signs, below
    elif signs is not None:
        last = _multiplied(last, signs, below != over, opaque)
    last = None if last is None or literal(last) == 1 else log(last)
    value, negative = _joined(total, (last, over), False, add, sub)
    return -value if value is not None and negative else value


def _joined(a: Part, b: Part, over: bool, same: Joining, apart: Joining) -> Part:
    """Both as they are written, but for what divides nothing any more."""
    (x, below), (y, other) = a, (b[0], b[1] != over)
    if x is None or y is None:
        return (y, other) if x is None else (x, below)
    if below == other:
        return same(x, y), below
    return (apart(y, x) if below else apart(x, y)), False


def _multiplied(x: Expr, sign_: Expr, over: bool, opaque: Opaque) -> Expr:
    """A product with a sign, or over it, at its first factor, which is of the same size then."""
    path = list[Expr]()
    while x.op in ("multiply", "divide") and x.id not in opaque:
        path.append(x)
        x = x.args[0]
    x = x / sign_ if over else sign_ * x
    for y in reversed(path):
        x = rebuilt(y, [x, y.args[1]])
    return x


def _factors(node: Expr, opaque: Opaque) -> tuple[list[Expr], list[Expr]]:
    """The products and quotients that a node is made of, in order, and their factors."""
    stack, products, factors = [node], list[Expr](), list[Expr]()
    seen = {node.id}
    while stack and len(seen) < _MOST:
        x = stack.pop()
        if (
            x.op not in ("multiply", "divide")
            or x.id in opaque
            or (x is not node and _is_multiple(x))
        ):
            factors.append(x)
            continue
        products.append(x)
        for a in x.args[::-1]:
            if a.id not in seen:
                seen.add(a.id)
                stack.append(a)
    return ([], []) if stack else (sorted(products, key=lambda x: x.id), factors)


def _is_multiple(x: Expr) -> bool:
    """Whether it is a number and a factor of known logarithm, which stay together."""
    return any(literal(a) is not None for a in x.args) and _is_known(x)


def _is_known(x: Expr) -> bool:
    """Whether the logarithm of a factor, which is not negative, is computed without it."""
    return has_logarithm(x) and proves(x, "nonnegative")


def _with_sign(x: Expr, opaque: Opaque) -> tuple[Expr, Expr | None] | None:
    """The logarithm of the size of a power or factorial, and its sign if that may be negative."""
    if x.id in opaque:
        return None
    if x.op == "gamma":
        return gammaln(*x.args), sign(x)
    if x.op == "compound":
        base, exponent = x.args
        return log_compound(base, exponent), parity(1 + base, exponent)
    if x.op != "power" or literal(x.args[1]) is not None:
        return None
    return log_power(*x.args), None if proves(x.args[0], "positive") else parity(*x.args)


def _powers(node: Expr, opaque: Opaque) -> dict[int, int]:
    """The factors of a product by their ids, with their powers; none if there are many."""
    stack, found = [node], dict[int, int]()
    while stack:
        if len(found) + len(stack) > _LONGEST:
            return {}
        x = stack.pop()
        if x.op == "multiply" and x.id not in opaque:
            stack += x.args[::-1]
            continue
        base, p = _power(x, opaque)
        found[base.id] = found.get(base.id, 0) + p
    return found


def _power(x: Expr, opaque: Opaque) -> tuple[Expr, int]:
    """A node as a whole power of another."""
    if x.id in opaque:
        return x, 1
    if x.op == "square":
        return x.args[0], 2
    p = literal(x.args[1]) if x.op == "power" else None
    return (x.args[0], int(p)) if p and p > 0 and p == int(min(p, 99)) else (x, 1)


@reading("root_less", "negative")
def solution_of_quadratic(node: Expr, opaque: Opaque) -> Expr | None:
    """(√(b² - 4ac) - b) / (2a) is -2c / (√(b² - 4ac) + b) of positive b: so is its slope.

    And -2c / (√(b² - 4ac) - b) is (√(b² - 4ac) + b) / (2a).
    """
    for i, side in enumerate(node.args):
        row, other = side.args[0] if side.op == "negative" else side, node.args[1 - i]
        known = row.op == "root_less" and not {side.id, row.id} & opaque
        rest = _without(row.args[1], other, opaque) if known else None
        if rest is None:
            continue
        b = row.args[0]
        taken = b > 0
        total = root_plus(b, row.args[1]) + where(taken, b, -b)
        parts = (rest, total, total, other) if i == 0 else (total, rest, other, total)
        above, below, top, bottom = parts
        taken = taken if i == 0 else logical_and(taken, total < inf)  # over inf it is 0
        found = where(taken, above / where(taken, below, 1.0), top / bottom)
        return found if side is row else -found
    return None


_ROOTS = frozenset({"sqrt", "hypot"})
_CANCELLING = frozenset(
    {"exp", "log", "sin", "cos", "tan", "arctan", "sigmoid", "cosh", "cbrt", "erfc"}
)
_CANCELLING |= {"divide", "inverse", "multiply", "power", "square", *_ROOTS}
"""Operations whose differences have equations, or with 1 have some."""


@among(*_CANCELLING)
@reading_all("scaled", "negative", "number", "astype")
@settled
def common_factor(node: Expr, opaque: Opaque) -> Expr | None:
    """2 x**2 - 2 y**2 and sqrt(y) / 2 - 0.5 x are multiples of what has equations."""
    (j, name, a), (k, other, b) = (_scaled(x, opaque) for x in node.args)
    k = -k if node.op == "subtract" else k
    if abs(j) != abs(k) or j in (0.0, 1.0, -1.0) or not node.type.is_floating:
        return None
    if _ROOTS.isdisjoint((name, other)):
        alike = name == other or "one" in (name, other)
        if j == k or not alike or _CANCELLING.isdisjoint((name, other)):
            return None
    parts = _bare(name, a), _bare(other, b)
    found = parts[0] + parts[1] if j == k else parts[0] - parts[1]
    if j != k and j < 0:
        j, found = -j, parts[1] - parts[0]
    return j * found if isinstance(found, Expr) else None


def _scaled(x: Expr, opaque: Opaque) -> tuple[float, str, Expr]:
    """A number, the operation of what it is multiplied by, and that, but of quotients as it is."""
    number = literal(x)
    if number is not None:
        return number, "one", x
    top = literal(x.args[0]) if x.op == "divide" and x.id not in opaque else None
    if top is not None:
        return top, "inverse", x
    c, core = multiple(x, opaque)
    is_root = core.op == "power" and literal(core.args[1]) == 0.5
    return c, "opaque" if core.id in opaque else "sqrt" if is_root else core.op.name, core


def _bare(name: str, x: Expr) -> Expr | float:
    """What the number is multiplied by."""
    return 1.0 if name == "one" else 1 / x.args[1] if name == "inverse" else x


def _without(product: Expr, divisor: Expr, opaque: Opaque) -> Expr | None:
    """A product without the factors of a divisor; None if it does not have them all."""
    minus = product.op == "negative" and product.id not in opaque
    left = _powers(product.args[0] if minus else product, opaque)
    scale, divided = -1.0 if minus else 1.0, False
    for i, p in _powers(divisor, opaque).items():
        number = literal(divisor.graph.nodes[i])
        if number is None:
            left[i], divided = left.get(i, 0) - p, True
        else:
            scale /= (number or nan) ** p
    if not divided or min(left.values(), default=-1) < 0:
        return None
    found = divisor.graph.constant(scale)
    for i, p in left.items():
        base = divisor.graph.nodes[i]
        found = found * base**p if p > 1 else found * base if p else found
    return found


LOGARITHMS = {"log": [log_of_factors, log_of_powers]}
QUOTIENTS = {"divide": [solution_of_quadratic]}
SUMS = {name: [common_factor] for name in ("add", "subtract")}
