"""Where a value is wanted at all: the condition of a choice, carried down to what it chooses from.

Each step down turns a mask that broadcasts to a node into one that broadcasts to its operand: true
where it is true for some of what the operand's element serves.
"""

from __future__ import annotations

from collections.abc import Collection

from ..graph.graph import Expr, operations
from . import typing as t
from .batching import elementwise
from .op import registry
from .reductions import with_axes

_JOINS = frozenset({"stack", "concatenate"})
_MOVES = frozenset({"reshape", "expand_dims", "squeeze", "transpose", "getitem", "embed", "roll"})
"""Their adjoints move elements about, those of a mask too."""
_COPIES = frozenset({"gather", "scatter_add", "take_along_axis", "add_along_axis", "tile"})
_COPIES |= {"repeat", "diagonal", "pick", "pad"}
"""Their adjoints add up elements: not those of a mask, but ones where it is true."""
_ALONG = frozenset({"softmax", "log_softmax", "cumsum", "cumprod", "cummax", "cummin", "sort"})
_ALONG |= {"logcumsumexp", "shift", "linear_recurrence"}
"""All along an axis depends on all there."""
_KNOWN = _MOVES | _COPIES | _ALONG | {"tril", "triu", "broadcast_to"}
_FACTORS = frozenset({"matmul", "outer", "linear_recurrence", "cross"})
MATRICES = frozenset({"inv", "cholesky", "logdet", "logabsdet", "solve"})
"""NumPy raises an error for a singular matrix among many."""
CARRIED = _KNOWN | {"any", "astype", "not_equal"}
_MOST = 4  # literals of a clause, clauses of a node


class Literal:
    """That a selector takes its i-th operand; below other axes, a ``step`` from another literal."""

    __slots__ = ("_mask", "by", "choice", "i", "number", "selector", "step")

    def __init__(
        self, number: int, selector: Expr, i: int, step: tuple[Literal, Expr, int] | None
    ) -> None:
        self.number, self.selector, self.i, self.step = number, selector, i, step
        self.by = _chooses_by(selector)
        self.choice = self.by.id
        self._mask: Expr | None = None

    def __hash__(self) -> int:
        return self.number  # sets are in one order in all processes

    def mask(self) -> Expr:
        """Where it holds, for the operand below the last step."""
        way = [self]
        while way[-1]._mask is None and way[-1].step:
            way.append(way[-1].step[0])
        for literal in reversed(way):
            mask = literal._mask = literal._made() if literal._mask is None else literal._mask
        return mask

    def _made(self) -> Expr:
        if self.step:
            before, node, i = self.step
            return fitted(_below(fitted(before.mask(), node), node, i), node.args[i])
        rule = registry[self.selector.op].selects[self.i]
        assert rule is not None
        mask: Expr = rule(*self.selector.args, **self.selector.params)
        return mask


Clause = frozenset[Literal]
"""One of them holds: what a node serves by several readers is wanted where one wants it."""
Clauses = frozenset[Clause]
"""All of them hold."""


class Ways:
    """The literals of a graph, each there once: they are compared by identity.

    All choices by one condition are one, unless they are ``apart``.
    """

    def __init__(self, apart: bool = False) -> None:
        self._apart = apart
        self._found: dict[tuple[int, ...], Literal] = {}

    def literal(
        self, selector: Expr, i: int, step: tuple[Literal, Expr, int] | None = None
    ) -> Literal:
        """The one for a branch of a choice, or of what is below another by one operand."""
        one = selector if self._apart else _chooses_by(selector)
        key = (step[0].number, step[1].id, step[2]) if step else (one.id, i)
        if key not in self._found:
            self._found[key] = Literal(len(self._found), selector, i, step)
            self._found[key].choice = one.id
        return self._found[key]

    def chosen(self, clauses: Clauses, selector: Expr, i: int) -> Clauses:
        """The clauses, and that a choice takes its i-th operand."""
        here = frozenset([frozenset([self.literal(selector, i)])])
        return clauses | here if len(clauses) < _MOST else clauses

    def passed_on(self, node: Expr, i: int, clauses: Clauses) -> Clauses:
        """The clauses of a node that hold for its i-th operand too."""
        if registry[node.op].batch is elementwise or (
            _mixes_columns(node, i) and all(_is_of_rows(x) for c in clauses for x in c)
        ):
            return clauses
        known = node.op in _FACTORS or (node.op in _KNOWN | MATRICES and not i)
        steps = _takes_axes(node) or node.op in _JOINS
        return frozenset(
            frozenset([self._below(x, node, i) for x in clause])
            for clause in clauses
            if all(steps or not x.by.ndim or (known and x.by is not x.selector) for x in clause)
        )

    def _below(self, x: Literal, node: Expr, i: int) -> Literal:
        return self.literal(x.selector, x.i, (x, node, i)) if x.by.ndim else x


def _mixes_columns(node: Expr, i: int) -> bool:
    return node.op == "matmul" and not i and node.args[0].ndim > 1 < node.args[1].ndim


def _is_of_rows(x: Literal) -> bool:
    """Whether its mask says one thing of all that is in a row."""
    return _mixes_columns(*x.step[1:]) if x.step else x.by.shape[-1:] == (1,)


def _chooses_by(selector: Expr) -> Expr:
    return selector.args[0] if selector.op == "where" else selector


def met(one: Clauses, other: Clauses, across: bool = True) -> Clauses:
    """What holds where one of two readers wants a node: of one choice, or ``across`` choices."""
    if one is other or one == other:
        return one
    left, right = ({_choices(c): c for c in clauses} for clauses in (one, other))
    found = {k: left[k] | right[k] for k in left.keys() & right.keys()}
    for k in left.keys() - right.keys() if across else ():
        found |= {k | j: left[k] | right[j] for j in right.keys() - left.keys()}
    kept = [
        c
        for k, c in found.items()
        if len(c) <= _MOST and not _always_holds(c) and not any(map(k.__gt__, found))
    ]
    # fewer are as right, and guard less
    return frozenset(sorted(kept, key=_in_order)[:_MOST] if len(kept) > _MOST else kept)


def _choices(clause: Clause) -> frozenset[tuple[int, int]]:
    return frozenset([(x.choice, x.i) for x in clause])


def _always_holds(clause: Clause) -> bool:
    """Whether one operand or another of one choice is taken."""
    return len({x.by for x in clause}) < len({(x.by, x.i) for x in clause})


def _in_order(clause: Clause) -> tuple[int, list[int]]:
    return len(clause), sorted(x.number for x in clause)


def _takes_axes(node: Expr) -> bool:
    """Whether it reduces its operand: with keepdims it takes axes away."""
    row = registry[node.op]
    return "keepdims" in row.defaults and not row.constant_derivative


def _below(mask: Expr, node: Expr, i: int) -> Expr:
    """A mask that broadcasts to a node, for its i-th operand."""
    if not mask.ndim or node.op in ("tril", "triu", "broadcast_to"):
        return mask
    if _takes_axes(node):
        return with_axes(mask, node.args[0], node.params["axis"], node.params["keepdims"])
    if node.op in _JOINS:
        return _before_join(mask, node)
    if node.op in _ALONG:
        axes = t.axes_of(node.params["axis"], node.ndim)
        return _any_along(mask, [a - node.ndim for a in axes])
    if node.op in MATRICES:
        return _of_matrix(mask, node)
    return _of_factor(mask, node, i) if node.op in _FACTORS else _adjoint(mask, node)


def _before_join(mask: Expr, node: Expr) -> Expr:
    """A mask for each operand of a join: true where one of them is wanted."""
    axis = node.params["axis"] - (node.ndim - mask.ndim)
    if axis < 0:
        return mask
    return operations["any"](mask, axis=axis, keepdims=node.op == "concatenate")


def _any_along(mask: Expr, axes: list[int]) -> Expr:
    """Whether it is true for some element along axes, which are counted from the last."""
    axes = [a for a in axes if -a <= mask.ndim and mask.shape[a] != 1]
    return operations["any"](mask, axis=tuple(axes), keepdims=True) if axes else mask


def _of_factor(mask: Expr, node: Expr, i: int) -> Expr:
    """A mask for the rows of the first matrix, or the columns of the second."""
    if node.op == "cross":
        return _any_along(mask, [-1])
    if node.op == "outer":
        return mask if i else operations["any"](mask, axis=-1)
    if node.args[i].ndim == 1:
        return operations["any"](mask)
    if node.args[1 - i].ndim == 1:
        return operations["expand_dims"](mask, mask.ndim - i)
    return _any_along(mask, [i - 1 - 2 * i])


def _of_matrix(mask: Expr, node: Expr) -> Expr:
    """A mask for matrices whole, of which the node is numbers, vectors or matrices."""
    axes = min(2, node.ndim + 2 - node.args[0].ndim)
    mask = _any_along(mask, [-1, -2][:axes])
    new = tuple(range(mask.ndim, mask.ndim + 2 - axes))
    return operations["expand_dims"](mask, new) if new else mask


def _adjoint(mask: Expr, node: Expr) -> Expr:
    """The adjoint of what is linear, with coefficients 0 and 1, of a mask."""
    vjp = registry[node.op].vjp
    assert vjp is not None
    if mask.shape != node.shape:
        mask = operations["broadcast_to"](mask, node.shape)
    g = mask.astype(node.dtype) if node.op in _COPIES else mask
    if callable(vjp):
        share = vjp(0, g, node, **node.params)
    else:
        assert vjp[0] is not None
        share = vjp[0](g, node, *node.args, **node.params)
    assert share is not None
    return operations["not_equal"](share, 0) if node.op in _COPIES else share


def origin(mask: Expr, way: Collection[str]) -> tuple[Expr, bool]:
    """What a mask was before operations of these names, and whether it is that negated."""
    negated = False
    while mask.op == "logical_not" or mask.op in way:
        negated ^= mask.op == "logical_not"
        mask = mask.args[0]
    return mask, negated


def fitted(mask: Expr, node: Expr) -> Expr:
    """A mask that broadcasts to a node: true where it is true for some of what the node serves."""
    extra = mask.ndim - node.ndim
    if extra > 0:
        mask = operations["any"](mask, axis=tuple(range(extra)))
    lead = node.ndim - mask.ndim
    single = tuple(i for i, d in enumerate(mask.shape) if d != 1 and node.shape[lead + i] == 1)
    return operations["any"](mask, axis=single, keepdims=True) if single else mask
