"""Whether two expressions mean the same: by rewriting, and by their values at random points.

An identity of polynomials that fails, fails almost everywhere, so a few random points tell
(Schwartz 1980, Zippel 1979); for analytic functions too, and piecewise, where the points meet the
pieces. Values are rounded, and how much of a difference rounding can explain is measured: the
expressions are evaluated again with every intermediate result disturbed in its last digits
(Monte Carlo arithmetic).
"""

from __future__ import annotations

import symgrad as sg

from ..errors import GraphError
from ..graph.copies import append_copies, wide_type
from ..graph.dims import names_of
from ..graph.walk import ancestors
from .trial import Trial

__all__ = ["same"]
_MOST_NODES = 5_000


def same(a: object, b: object) -> bool:
    """Whether two expressions mean the same, wherever both have a finite value.

    First both are simplified: forms that become one node are the same. Else both are evaluated in
    float64 at some dozens of random points (from several ranges, for several sizes of named dims;
    square matrices are symmetric positive definite at some), and compared entry by entry. That is
    evidence, not proof: expressions that differ only on small sets (at single points such as
    kinks, beyond ±1000, by less than rounding) pass for the same.

    Parameters
    ----------
    a, b : Expr, array or number
        At least one is an Expr. They may belong to different graphs: inputs of one name are one.

    Returns
    -------
    bool
        False if the shapes differ, or one holds truth values and the other numbers, or the values
        differ at a point by more than rounding explains.

    Raises
    ------
    GraphError
        If an input has different types in both, no point was found at which both are finite (and
        rounding leaves some digits), or the expressions are too large.

    Notes
    -----
    The domain is every point where both are finite, so ``x / x`` means 1, and ``log(a * b)`` means
    ``log(a) + log(b)``: both are finite for positive a and b alone. ``cholesky`` is only asked
    about symmetric positive definite matrices, for which alone it is meant.

    Example
    -------
    >>> x = sg.Graph().input("x")
    >>> same(sg.sin(x) ** 2 + sg.cos(x) ** 2, 1), same((x - 1) ** 2, x**2 - 2 * x + 1)
    (True, True)
    >>> same(sg.relu(x), (x + abs(x)) / 2), same(abs(x), x)
    (True, False)

    Reference
    ---------
    Schwartz, "Fast probabilistic algorithms for verification of polynomial identities", Journal
    of the ACM 27 (1980). Zippel, "Probabilistic algorithms for sparse polynomials" (1979). Parker,
    "Monte Carlo arithmetic" (1997), for the noise.
    """
    first, second = _as_expressions(a, b)
    if first.shape != second.shape or (first.dtype == bool) != (second.dtype == bool):
        return False
    graph = sg.Graph()
    pair = _copied(graph, first), _copied(graph, second)
    if pair[0] is pair[1] or sg.simplify(pair[0]) is sg.simplify(pair[1]):
        return True
    return Trial(pair).verdict()


def _as_expressions(a: object, b: object) -> tuple[sg.Expr, sg.Expr]:
    """Both as expressions; numbers and arrays become constants of the other's graph."""
    graph = next((x.graph for x in (a, b) if isinstance(x, sg.Expr)), None)
    if graph is None:
        raise GraphError(
            f"same compares expressions, not {type(a).__name__} and {type(b).__name__}",
            how="See sg.parse and sg.Graph.",
        )
    first, second = (x if isinstance(x, sg.Expr) else sg.Graph().constant(x) for x in (a, b))
    return first, second


def _copied(graph: sg.Graph, y: sg.Expr) -> sg.Expr:
    """A copy in another graph, in float64."""
    nodes = ancestors([y])
    if len(nodes) > _MOST_NODES:
        raise GraphError(
            f"{len(nodes)} operations are too many to compare", how=f"At most {_MOST_NODES}."
        )
    read = {d for n in nodes for d in _dims(n)}
    needed = {n.id for n in nodes if n.op == "input"}
    declaring = [x for x in y.graph.inputs.values() if not read.isdisjoint(names_of(x.shape))]
    inputs = {n.id: n for n in [*declaring, *(n for n in nodes if n.op == "input")]}
    new = {i: _declared(graph, inputs[i]) for i in sorted(inputs, key=lambda i: i not in needed)}
    append_copies(graph, new, nodes, wide=True)
    return new[y.id]


def _dims(node: sg.Expr) -> list[str]:
    """The named dims that a node mentions, unless inputs or its own count tell them."""
    if node.op in ("input", "flatnonzero"):
        return []
    return names_of([node.params["size"]] if node.op == "dim" else node.shape)


def _declared(graph: sg.Graph, x: sg.Expr) -> sg.Expr:
    """The input of this name, if it has this type."""
    if x.graph.inputs.get(str(x.name)) is not x:
        raise GraphError(f"a stand-in {x.type} that sg.vmap gave to its function has no values")
    known = graph.inputs.get(str(x.name))
    if known is not None and (known.type, known.sign) != (wide_type(x), x.sign):
        other = f"{x.sign} {wide_type(x)}".lstrip()
        raise GraphError(
            f"{x.name} is {known.declaration} in one expression and {other} in the other",
            how="Declare the inputs of both alike.",
        )
    return graph.input(str(x.name), wide_type(x), sign=x.sign)
