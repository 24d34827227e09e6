"""Forward mode, by transposing twice.

Reverse mode is linear in its cotangent u: u ↦ (∂y/∂x)ᵀ u. Reverse mode of that map, toward u, with
the tangent as cotangent, is (∂y/∂x) t. No rule of its own is needed, u drops out of the result, and
the nodes that computed only u's part are never emitted. (Radul et al., "You only linearize once",
2023, take the other direction; the idea goes back to Townsend, 2017.)
"""

from __future__ import annotations

from collections.abc import Sequence

from ..graph.graph import Expr
from ..graph.types import Type
from .reverse import pull, recorded


def jvp(y: Expr, wrt: Sequence[Expr], tangents: Sequence[Expr], of: Expr | None = None) -> Expr:
    """The product of the Jacobian with tangents: Σ (∂y/∂x) t.

    ``of`` is what the record calls the differentiated output, where ``y`` is a rewritten form.

    Shapes: each tangent like its x; the result like ``y``.

    Raises
    ------
    DifferentiationError
        If an operation on the way has no derivative.
    """
    with recorded(y if of is None else of, wrt) as record:
        record.tangents = tuple(tangents)
        record.result = push(y, wrt, tangents)
    return record.result


def push(y: Expr, wrt: Sequence[Expr], tangents: Sequence[Expr]) -> Expr:
    """As `jvp`, without a record."""
    u = y.graph.variable(Type(y.dtype, y.shape))
    pulled = pull([(y, u)], wrt, {})
    return pull(list(zip(pulled, tangents, strict=True)), [u], {})[0]
