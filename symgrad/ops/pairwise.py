"""Contractions, two factors at a time: the sums of products that all of `contraction` is made of.

An index is a character that runs along an axis of one factor or more. The order of the products is
the one that opt_einsum finds cheapest (D. G. A. Smith and J. Gray, 2018). Each is a `matmul` where
an index is summed, and a product by broadcasting where none is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..graph.dims import Dim, evaluate, names_of, product
from ..graph.graph import Expr
from .arithmetic import multiply
from .diagonals import diagonal
from .products import in_dtype_of, matmul, outer
from .reductions import sum_
from .shapes import expand_dims, reshape, squeeze, transpose
from .subscripts import Term

_TYPICAL = 64  # the size of named dims when the order of products is chosen


def contract(terms: Sequence[Term], output: str) -> Expr:
    """The product of the terms, summed over every index that the output does not name."""
    factors = [term.x for term in terms]
    terms = [_diagonals(term) for term in terms]
    terms = [
        _summed(term, output + _indices(terms[:i] + terms[i + 1 :])) for i, term in enumerate(terms)
    ]
    for pair in _order(terms, output):
        a, b = (terms[i] for i in sorted(pair))
        terms = [term for i, term in enumerate(terms) if i not in pair]
        kept = "".join(dict.fromkeys(output + _indices(terms)))
        terms.append(_product(a, b, _only(kept, a.indices + b.indices)))
    return in_dtype_of(_arranged(terms[0], output), *factors)


def _indices(terms: Iterable[Term]) -> str:
    return "".join(term.indices for term in terms)


def _order(terms: Sequence[Term], output: str) -> Sequence[Sequence[int]]:
    """Which terms to multiply; their product becomes the last one."""
    if len(terms) < 3:
        return [(0, 1)] if len(terms) == 2 else []
    import opt_einsum  # type: ignore[import-untyped]

    sizes = dict.fromkeys(names_of(d for term in terms for d in term.x.shape), _TYPICAL)
    shapes = [tuple(evaluate(d, sizes) for d in term.x.shape) for term in terms]
    text = f"{','.join(term.indices for term in terms)}->{output}"
    path: Sequence[Sequence[int]] = opt_einsum.contract_path(text, *shapes, shapes=True)[0]
    return path


def _diagonals(term: Term) -> Term:
    """An index that is repeated runs along a diagonal."""
    x, indices = term
    for index in dict.fromkeys(indices):
        while indices.count(index) > 1:
            i = indices.index(index)
            x = diagonal(x, 0, i, indices.index(index, i + 1))
            indices = indices.replace(index, "", 2) + index
    return Term(x, indices)


def _summed(term: Term, kept: str) -> Term:
    """The sum over the indices that nothing else reads."""
    x, indices = term
    axes = tuple(i for i, index in enumerate(indices) if index not in kept)
    return Term(sum_(x, axis=axes), _only(indices, kept)) if axes else term


def _only(indices: str, those: str) -> str:
    return "".join(i for i in indices if i in those)


def _without(indices: str, those: str) -> str:
    return "".join(i for i in indices if i not in those)


def _arranged(term: Term, wanted: str) -> Expr:
    """The term with its axes in the wanted order."""
    return transpose(term.x, tuple(map(term.indices.index, wanted)))


def _product(a: Term, b: Term, kept: str) -> Term:
    """Two terms as one, of the indices that are kept, preferably in that order."""
    summed = _without(_only(a.indices, b.indices), kept)
    if not summed:
        return _multiplied(a, b, kept)
    if sorted(a.indices) == sorted(b.indices) != [summed]:
        return _paired(a, b, kept)
    plans = [_plan(a, b, kept), _plan(b, a, kept)]
    return _matmul(min(plans, key=lambda plan: plan.transposes))


def _multiplied(a: Term, b: Term, order: str) -> Term:
    """The product where nothing is summed: by broadcasting."""
    if len(a.indices) == len(b.indices) == 1 and a.indices != b.indices:
        first, second = (a, b) if order[0] == a.indices else (b, a)
        return Term(outer(first.x, second.x), order)
    return Term(multiply(_spread(a, order), _spread(b, order)), order)


def _spread(term: Term, order: str) -> Expr:
    """A term with axes of size 1 where it lacks an index, but for leading ones."""
    x = _arranged(term, _only(order, term.indices))
    own = [i for i, index in enumerate(order) if index in term.indices]
    start = own[0] if own else len(order)
    missing = tuple(i - start for i in range(start, len(order)) if i not in own)
    return expand_dims(x, missing) if missing else x


def _paired(a: Term, b: Term, kept: str) -> Term:
    """Terms of the same indices: the sum of the products of their elements."""
    order = a.indices
    if _only(order, kept) != kept:
        order = kept + _without(order, kept)
    axes = tuple(i for i, index in enumerate(order) if index not in kept)
    return Term(sum_(multiply(_arranged(a, order), _arranged(b, order)), axis=axes), kept)


class _Plan(NamedTuple):
    """A matmul: for each axis of the operands and of the result, the indices merged in it."""

    a: Term
    b: Term
    groups: tuple[list[str], list[str], list[str]]
    transposes: int


def _plan(a: Term, b: Term, kept: str) -> _Plan:
    """The matmul of a and b, in this order, and how many transposes it takes.

    Where no index is shared but those summed, one operand may be a stack: it is not reshaped.
    """
    inner = _without(_only(a.indices, b.indices), kept)
    stack = _only(kept, _only(a.indices, b.indices))
    rows, columns = _without(_only(kept, a.indices), stack), _without(_only(kept, b.indices), stack)
    if stack or (len(rows) > 1 and len(columns) > 1):
        groups = [*stack, rows, inner], [*stack, inner, columns], [*stack, rows, columns]
    else:
        lead, last = (columns[:-1], columns[-1:]) if len(columns) > 1 else ("", columns)
        groups = [*rows, inner], [*lead, inner, *last], [*lead, *rows, *last]
    orders = ["".join(g) for g in groups]
    pairs = zip(orders, (a.indices, b.indices, kept), strict=True)
    return _Plan(a, b, groups, sum(x != y for x, y in pairs))


def _matmul(plan: _Plan) -> Term:
    """The product; merged indices apart again."""
    a, b, groups, _ = plan
    sizes = dict(zip(a.indices + b.indices, a.x.shape + b.x.shape, strict=True))
    y = matmul(_merged(a, groups[0], sizes), _merged(b, groups[1], sizes))
    none = tuple(i for i, g in enumerate(groups[2]) if not g)
    y = squeeze(y, none) if none else y
    if any(len(g) > 1 for g in groups[2]):
        y = reshape(y, tuple(sizes[i] for g in groups[2] for i in g))
    return Term(y, "".join(groups[2]))


def _merged(term: Term, groups: Sequence[str], sizes: dict[str, int | Dim]) -> Expr:
    """The term with one axis for each group of indices; of size 1 for no index."""
    x = _arranged(term, "".join(groups))
    if any(len(g) > 1 for g in groups):
        x = reshape(x, tuple(product(sizes[i] for i in g) for g in groups if g))
    none = tuple(i for i, g in enumerate(groups) if not g)
    return expand_dims(x, none) if none else x
