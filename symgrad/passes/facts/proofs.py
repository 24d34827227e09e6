"""What is known of the signs of a node's values, proved from declared signs.

A proof is about what emitted code computes: whatever the inputs are, infinities included and nan
where nothing is declared, as long as they keep to their declarations, no element of the value is of
a class that is not in the node's set. Rounding, underflow and overflow are in the tables; what no
table knows may be anything. Each node of a graph is looked at once, when a rule first asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import or_

import numpy as np

from ...graph.dims import Dim, at_least, product
from ...graph.graph import Expr
from ...ops import typing as t
from .classes import (
    ALL,
    FLAT,
    HIGHEST,
    LOWEST,
    NAN,
    NEGATIVE,
    POSITIVE,
    UNARY,
    ZERO,
    binary,
    named,
    of_array,
    repeated,
    unary,
)
from .exponentials import literal

_DECLARED = {
    "": ALL,
    "positive": named("+>"),
    "nonnegative": named("0+>"),
    "negative": named("<-"),
    "nonpositive": named("<-0"),
    "nonzero": named("N<-+>"),
}
_WITHIN = {**_DECLARED, "nonnegative": named("N.0+>"), "nonpositive": named("N<-.0")}


def proves(node: Expr, sign: str) -> bool:
    """Whether all values of a node are of a sign; those that may be 0, or are not 0, may be nan.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x", "positive float64[n]")
    >>> proves(1 + x, "positive"), proves(x / 2, "positive"), proves(x / 2, "nonnegative")
    (True, False, True)
    """
    return not classes_of(node) & ~_WITHIN[sign]


def has_kink(node: Expr) -> bool:
    """Whether an absolute value of the node may have a slope of its own where the node is 0."""
    return bool(classes_of(node) & ZERO)


def admits(node: Expr, value: float) -> bool:
    """Whether a node may have a value."""
    wanted = FLAT | ZERO if value == 0 else of_array(np.array(value), narrow=False)
    return bool(classes_of(node) & wanted)


def classes_of(node: Expr) -> int:
    """The classes of values that a node may have, a bit for each; see `classes`."""
    graph, proved = node.graph, node.graph.proved
    stack = [] if node.id in proved else [node]
    while stack:
        top = stack[-1]
        row = (_ROWS if top.type.is_floating else _EXACT).get(top.op)
        missing = [] if row is None else [a for a in top.args if a.id not in proved]
        if missing:
            stack += missing
            continue
        stack.pop()
        found = _by_dtype(top) if row is None else row(top, [proved[a.id] for a in top.args])
        found = _narrowed(found) if row is not None and _is_narrow(top) else found
        proved[top.id] = found & ~FLAT | ZERO if found & FLAT and top.id in graph.held else found
    return proved[node.id]


@contextmanager
def held(nodes: Iterable[Expr]) -> Iterator[None]:
    """While something is differentiated by these nodes, their zeros are no flat ones."""
    inner = [n for n in nodes if n.op != "input"]
    if not inner:
        yield
        return
    graph = inner[0].graph
    before = graph.proved, graph.held
    graph.proved, graph.held = {}, frozenset([n.id for n in inner])
    try:
        yield
    finally:
        graph.proved, graph.held = before


def _by_dtype(node: Expr) -> int:
    """What is known of a value from its dtype; integers wrap around."""
    kind = node.dtype.kind
    return ALL if kind == "f" else named(".+") if kind == "b" else named("-0+")


def _is_narrow(node: Expr) -> bool:
    """Whether a number may adopt float32; constants have been looked at for that."""
    return node.type.weak and node.type.is_floating and bool(node.args)


def _narrowed(classes: int) -> int:
    """What float32 makes of float64 numbers."""
    found = classes
    if classes & POSITIVE:
        found |= FLAT | HIGHEST
    return found | FLAT | LOWEST if classes & NEGATIVE else found


def _is_positive(size: int | Dim) -> bool:
    return at_least(size, 1) == size


def _binary(node: Expr, given: Sequence[int]) -> int:
    a, b = given
    if node.args[0] is node.args[1] and node.op == "multiply":
        return unary("square", a)
    top = literal(node.args[0]) if node.op == "divide" else None
    if top is not None and abs(top) >= 1:  # no quotient of it underflows
        return binary("divide", a, b) & ~(0 if b & (LOWEST | HIGHEST) else FLAT)
    return binary(node.op, a, b)


def _difference(node: Expr, given: Sequence[int]) -> int:
    """1 less what is never above 1 is not negative."""
    found, top = _binary(node, given), literal(node.args[0])
    bounded = top is not None and top >= 1 and node.args[1].op in _AT_MOST_ONE
    return found & ~named("<-") if bounded else found


def _power(node: Expr, given: Sequence[int]) -> int:
    base, exponent = given
    p = literal(node.args[1])
    if p is None or p != p:
        return binary("power", base, exponent)
    if p in (0, 1):
        return base if p else POSITIVE
    above, below = base & named("N.0+>"), unary("negative", base & named("<-"))
    if p % 2 == 0:
        return _positive_power(above | below, p)
    if p % 1:
        return _positive_power(above | below, p) | NAN * bool(below)
    poles = LOWEST * bool(p < 0 and base & (FLAT | ZERO))
    return _positive_power(above, p) | unary("negative", _positive_power(below, p)) | poles


def _positive_power(base: int, p: float) -> int:
    """A literal power of what is not negative; at 0 the slope is 0, or there is a pole."""
    found = base & NAN
    if base & (FLAT | ZERO):
        found |= FLAT if p > 0 else HIGHEST
    if base & HIGHEST:
        found |= HIGHEST if p > 0 else FLAT
    return found | (named(".+>") if base & POSITIVE else 0)


def _first(node: Expr, given: Sequence[int]) -> int:
    return given[0]


def _cast(node: Expr, given: Sequence[int]) -> int:
    (x,) = node.args
    if not node.type.is_floating:
        return given[0] if x.dtype.kind == "b" else _by_dtype(node)
    narrows = x.type.is_floating and node.dtype.itemsize < x.dtype.itemsize and not x.type.weak
    return _narrowed(given[0]) if narrows else given[0]


def _where(node: Expr, given: Sequence[int]) -> int:
    """Both branches; of where(x > 0, x, c) and where(x == 0, c, x) the zeros of x are left out."""
    condition, a, b = node.args
    _, first, second = given
    if condition.op in ("greater", "equal") and literal(condition.args[1]) == 0:
        (x, _), over = condition.args, condition.op == "greater"
        first &= named("+>") if over and a is x else ALL
        second &= ALL if over or b is not x else ~(FLAT | ZERO)
    return first | second


def _is_empty(node: Expr) -> bool:
    """Whether a reduction may be one of no elements."""
    (x,) = node.args
    axes = t.axes_of(node.params.get("axis"), x.ndim)
    return not _is_positive(product(x.shape[i] for i in axes))


def _sum_of_products(node: Expr, given: Sequence[int]) -> int:
    first, *rest = given
    if len(node.args) == 2 and node.args[0] is node.args[1] and node.args[0].ndim == 1:
        return repeated("add", unary("square", first)) | FLAT
    for other in rest:
        first = binary("multiply", first, other)
    return repeated("add", first) | FLAT


def _clipped(node: Expr, given: Sequence[int]) -> int:
    x, *bounds = given
    if len(bounds) != 2:
        return ALL
    return binary("minimum", binary("maximum", x, bounds[0]), bounds[1])


_COUNT = named(".+")
_AT_MOST_ONE = frozenset({"sigmoid", "softmax", "tanh", "sech", "sin", "cos"})
Row = Callable[[Expr, Sequence[int]], int]
_EXACT: dict[str, Row] = {  # of integers and truth values too
    "input": lambda node, _: _DECLARED[node.sign] & _by_dtype(node),
    "constant": lambda node, _: of_array(node.params["value"], narrow=node.type.weak),
    "dim": lambda node, _: POSITIVE if _is_positive(node.params["size"]) else _COUNT,
    **dict.fromkeys(
        ("argmax", "argmin", "argsort", "argtopk", "iota", "one_hot", "eye"), lambda *_: _COUNT
    ),
    **{"where": _where, "astype": _cast},
    **dict.fromkeys(("broadcast_to", "reshape", "transpose", "expand_dims", "squeeze"), _first),
    **dict.fromkeys(("getitem", "gather", "take_along_axis", "diagonal"), _first),
    **dict.fromkeys(("flip", "roll", "repeat", "tile", "sort", "topk", "max", "min"), _first),
    **dict.fromkeys(("concatenate", "stack"), lambda _, given: reduce(or_, given)),
    **dict.fromkeys(("embed", "embed_diagonal"), lambda _, given: given[0] | FLAT),
    **dict.fromkeys(("maximum", "minimum"), _binary),
}
_ROWS: dict[str, Row] = {
    **_EXACT,
    **dict.fromkeys(UNARY, lambda node, given: unary(node.op, given[0])),
    **dict.fromkeys(("add", "multiply", "divide", "hypot"), _binary),
    "subtract": _difference,
    **dict.fromkeys(
        ("scatter_add", "add_along_axis"), lambda _, given: repeated("add", given[0]) | FLAT
    ),
    **dict.fromkeys(("vector_norm", "matrix_norm", "var", "std"), lambda *_: named("N.+>")),
    **dict.fromkeys(("matmul", "dot", "vecdot", "inner", "tensordot", "einsum"), _sum_of_products),
    "sum": lambda node, given: repeated("add", given[0]) | FLAT * _is_empty(node),
    "mean": lambda node, given: (
        binary("divide", repeated("add", given[0]), POSITIVE) | NAN * _is_empty(node)
    ),
    "prod": lambda node, given: repeated("multiply", given[0]) | POSITIVE * _is_empty(node),
    "outer": lambda _, given: binary("multiply", *given),
    "softmax": lambda _, given: _COUNT | NAN * bool(given[0] & named("N<>")),
    "shift": lambda node, given: given[0] | of_array(node.params["fill"], narrow=True),
    **{"power": _power, "clip": _clipped},
}
