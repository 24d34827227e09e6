"""Products with logarithms that are infinite where the other factor is 0: 0 log(0) is 0.

Those with one bare logarithm are equations, see `symgrad.passes.rules.stabilize`. Here are those
with sums and multiples of logarithms, and inner products. Where the factor is 0 and a logarithm is
not finite, its operands are replaced by values at which it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from ...graph.graph import Expr
from ...ops.op import rebuilt
from ...ops.reductions import sum_
from ...ops.selection import equal, logical_and, logical_or, where
from ...ops.special import xlog1py, xlogy
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading
from ..facts.proofs import admits, proves

_LONGEST = 10  # visits to nodes of a sum of logarithms
_FEW = 3  # moves of one logarithm


class _Pole(NamedTuple):
    """Where a logarithm is not finite, and a value of its operands where it is."""

    places: tuple[float, ...]
    safe: float


_AT_0 = _Pole((0.0,), 1.0)
_POLES: Mapping[str, _Pole] = {
    **dict.fromkeys(("log", "log2", "log10", "log_ratio", "log_product", "log_share"), _AT_0),
    **{"log1mexp": _AT_0, "log1p_reciprocal": _Pole((0.0, -1.0), 1.0)},
    **{"log1p": _Pole((-1.0,), 0.0), "logit": _Pole((0.0, 1.0), 0.5)},
    **{"xlogy": _AT_0, "xlog1py": _Pole((-1.0,), 0.0)},
}
_OPERANDS: Mapping[str, Sequence[int]] = {"log_share": (0,), "xlogy": (1,), "xlog1py": (1,)}
"""Those that have the poles, if not all have."""
_BARE = {"log": xlogy, "log1p": xlog1py}
_SUMS = frozenset({"add", "subtract", "negative", "multiply", "divide", "absolute", "square"})
_TERMS = frozenset({*_POLES, *_SUMS, "power"})
_MOVES = frozenset({"expand_dims", "reshape", "squeeze", "broadcast_to", "transpose", "getitem"})
_READ = _TERMS | _MOVES


@among(*_POLES)
@reading(*_READ)
def vanishing_product(node: Expr, opaque: Opaque) -> Expr | None:
    """p (log(p) - log(q)) is 0 where p is 0, which infinity times 0 is not."""
    for x, terms in (node.args, node.args[::-1]):
        inner = terms.args[0] if terms.op == "negative" else terms
        is_equation = inner.op == "log" or terms.op == "log1p"
        found = None if is_equation else _product(x, terms, opaque)
        if found is not None:
            return found
    return None


@among(*_POLES)
@reading(*_READ)
def vanishing_terms(node: Expr, opaque: Opaque) -> Expr | None:
    """p @ log(p), of vectors, is the sum of products that are 0 where p is 0."""
    if any(a.ndim != 1 for a in node.args):
        return None
    for x, terms in (node.args, node.args[::-1]):
        found = _product(x, terms, opaque)
        if found is not None:
            return sum_(found)
    return None


def _product(x: Expr, terms: Expr, opaque: Opaque) -> Expr | None:
    """The product, if one of the logarithms may be infinite where x is 0."""
    if terms.op not in _READ or _is_number(x) or not terms.type.is_floating:
        return None
    parts = _parts(terms, opaque)
    if not _has_logarithm(parts) or _has_logarithm(_parts(x, opaque)) or proves(x, "nonzero"):
        return None
    base = x.args[0] if x.op == "negative" else x
    # With other terms it may be a few numbers, of which a choice would make a whole array.
    alone = all(p.op in _TERMS or _is_number(p) for p in parts.values())
    new: dict[int, Expr] = {}
    for i, p in reversed(parts.items()):
        written = new[i] = terms.graph.nodes[i]
        args = [new.get(a.id, a) for a in written.args]
        if i in opaque or p.op not in _TERMS:
            continue
        if p.op in _POLES:
            safe = _finite(p, base, alone, opaque)
            new[i] = written if safe is p else safe
            if _is_of_logarithm(p):
                new[i] = rebuilt(p, [args[0], new[i].args[1]])
        elif args != list(p.args):
            new[i] = rebuilt(p, args)
    return None if new[terms.id] is terms else _times(x, parts[terms.id], new[terms.id])


def _is_number(x: Expr) -> bool:
    """Whether it is a Python number, perhaps one that adopted a dtype."""
    return x.type.python or (x.op == "astype" and x.args[0].type.python)


def _has_logarithm(parts: Mapping[int, Expr]) -> bool:
    return any(p.op in _POLES for p in parts.values())


def _parts(terms: Expr, opaque: Opaque) -> dict[int, Expr]:
    """The sums and what is summed up, by ids: each sum before its terms; nothing if there is much.

    A logarithm that is moved stands for the logarithm of what is moved.
    """
    found: dict[int, Expr] = {}
    stack, visits = [terms], 0
    while stack:
        p, visits = stack.pop(), visits + 1
        found.pop(p.id, None)  # it comes after all sums that have it
        found[p.id] = _unmoved(p, opaque) if p.op in _MOVES else p
        if visits > _LONGEST:
            return {}
        if p.id not in opaque and (p.op in _SUMS or _is_positive_power(p)):
            stack += p.args[:1] if p.op in ("divide", "power") else p.args
        elif p.id not in opaque and _is_of_logarithm(p):
            stack.append(p.args[0])
    return found


def _is_of_logarithm(p: Expr) -> bool:
    """Whether it is a product of two logarithms."""
    return p.op in ("xlogy", "xlog1py") and p.args[0].op in _POLES


def _is_positive_power(p: Expr) -> bool:
    exponent = literal(p.args[1]) if p.op == "power" else None
    return exponent is not None and exponent > 0


def _unmoved(p: Expr, opaque: Opaque) -> Expr:
    moves, inner = list[Expr](), p
    while inner.op in _MOVES and inner.id not in opaque and len(moves) < _FEW:
        moves.append(inner)
        inner = inner.args[0]
    if not moves or inner.op not in _POLES or len(inner.args) > 1 or inner.id in opaque:
        return p
    (x,) = inner.args
    for move in reversed(moves):
        x = rebuilt(move, [x, *move.args[1:]])
    return rebuilt(inner, [x])


def _finite(logarithm: Expr, base: Expr, alone: bool, opaque: Opaque) -> Expr:
    """The logarithm, with operands at which it is finite where the factor is 0."""
    quotient = logarithm.args[0]  # which is 0 / 0 by itself
    whole = logarithm.op in ("log2", "log10") and quotient.op in ("multiply", "divide")
    if whole and quotient.id not in opaque:
        found = _chosen(quotient, _AT_0, base, alone)
        return logarithm if found is quotient else rebuilt(logarithm, [found])
    return _chosen(logarithm, _POLES[logarithm.op], base, alone)


def _chosen(node: Expr, pole: _Pole, base: Expr, alone: bool) -> Expr:
    """The node, with other operands where the factor is 0 and one of them is at a pole."""
    places = _OPERANDS.get(node.op, range(len(node.args)))
    args = [node.args[i] for i in places]
    bad = [equal(a, at) for a in args for at in pole.places if admits(a, at)]
    if not bad or any(_is_chosen(a, base) for a in args):
        return node
    nowhere = equal(base, 0)
    if 0.0 not in pole.places or all(_unchosen(a) is not base for a in args):
        if not alone:
            return node
        nowhere = logical_and(nowhere, reduce(logical_or, bad))
    new = list(node.args)
    for i in places:
        new[i] = new[i] if _is_number(new[i]) else where(nowhere, pole.safe, new[i])
    return rebuilt(node, new)


def _unchosen(a: Expr) -> Expr:
    """What is another number where some factor is 0."""
    return a.args[2] if a.op == "where" and _is_number(a.args[1]) else a


def _is_chosen(a: Expr, base: Expr) -> bool:
    """Whether this was done before, and perhaps guarded since."""
    if a.op == "where" and _is_number(a.args[2]):
        a = a.args[1]
    condition = a.args[0] if a.op == "where" else a
    if condition.op == "logical_and":
        condition = condition.args[0]
    return condition.op == "equal" and condition.args[0] is base


def _times(x: Expr, logarithms: Expr, finite: Expr) -> Expr:
    """The product; of a bare logarithm, the row that is shorter."""
    inner = logarithms.args[0] if logarithms.op == "negative" else logarithms
    if inner.op not in _BARE:
        return x * finite
    y = _BARE[inner.op](x, inner.args[0])
    return y if inner is logarithms else -y


def product(a: Expr, b: Expr, opaque: Opaque) -> Expr:
    """a times b, where b may have logarithms that are infinite where a is 0, or a where b is."""
    found = _product(a, b, opaque)
    if found is None:
        found = _product(b, a, opaque)
    return a * b if found is None else found


TABLE: Mapping[str, list[Structural]] = {
    "multiply": [vanishing_product],
    "matmul": [vanishing_terms],
}
