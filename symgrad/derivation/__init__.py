"""The chain rule for the user's own expression, step by step, as a teacher writes it.

It explains derivatives, and makes none of its own: they are those of `symgrad.autodiff`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..api.compilation import function
from ..autodiff import reverse
from ..backends.schedule import LEAVES
from ..errors import GraphError
from ..graph.graph import Expr
from ..graph.walk import ancestors
from .board import Board, Cotangent, Line, Share
from .document import Derivation

__all__ = ["Cotangent", "Derivation", "Line", "Share", "derive"]


def derive(
    loss: Expr,
    wrt: Expr | str | Sequence[Expr | str],
    *,
    values: Mapping[str, object] | None = None,
    limit: int = 400,
) -> Derivation:
    """The chain rule, step by step: first the values by name, then their cotangents.

    The expression is differentiated as it is written (`grad` takes its stable form). Cotangents
    come in the order of Deep Learning, algorithm 6.4: each from those of the values that read it,
    with the local derivative and the rule. Nothing is added to the graph.

    Parameters
    ----------
    loss : Expr
        A floating scalar.
    wrt : Expr, name, or a sequence of them
        What to differentiate with respect to.
    values : mapping of name to array, optional
        Values of all inputs that are read: each step then shows its numbers.
    limit : int
        The most nodes that the expression may have: a derivation is to be read.

    Returns
    -------
    Derivation
        With ``to_markdown()``, ``to_html()``, ``to_latex()``; ``print`` shows plain text.

    Raises
    ------
    DifferentiationError
        As `grad`.
    GraphError
        If the expression is too large, or computes nothing.

    Example
    -------
    >>> from symgrad import parse
    >>> print(derive(parse("sum((X @ w)**2)", X="[n, 3]", w="[3]"), "w"))
    Derivatives of J with respect to w
    <BLANKLINE>
    Forward
        z₁ = X w   [n]
        J  = ∑ z₁²
    <BLANKLINE>
    Backward
    <BLANKLINE>
    Each ∂J/∂v has the shape of v. G ↦ says what a rule makes of a cotangent.
    <BLANKLINE>
    1. From J back to z₁ by sum (every term gets the cotangent of the sum), power (the exponent \
comes down, and the power falls by one).
        ∂J/∂z₁ = 2 z₁   [n]
    <BLANKLINE>
    2. From z₁ back to w by matmul (of a product A B, A gets G Bᵀ and B gets Aᵀ G): G ↦ Xᵀ G.
        ∂J/∂w = Xᵀ ∂J/∂z₁   [3]
    <BLANKLINE>
    Gradients
        ∂J/∂w = Xᵀ ∂J/∂z₁   [3]
    """
    listed = _checked(loss, wrt)
    count = len(ancestors([loss]))
    if count > limit:
        raise GraphError(
            f"the expression has {count} nodes, and a derivation of more than {limit} is not read",
            how=f"Derive a part of it, or give limit={count}.",
        )
    board = Board(loss, listed)
    return Derivation(board, {} if values is None else _numbers(board, values))


def _checked(loss: Any, wrt: Any) -> list[Expr]:
    """What to differentiate with respect to, if it can be."""
    if not isinstance(loss, Expr):
        raise GraphError(
            f"an expression is wanted here, not {type(loss).__name__}",
            how="See sg.parse and sg.Graph.",
        )
    many = not isinstance(wrt, Expr | str)
    listed = list(dict.fromkeys(reverse.find(loss, x) for x in (wrt if many else [wrt])))
    reverse.check(loss, listed)
    reverse.check_scalar(loss)
    if not listed:
        how = "Name an input that the expression reads."
        raise GraphError("there is nothing to differentiate with respect to", how=how)
    if loss.op in LEAVES:
        raise GraphError(f"{loss.label} computes nothing, so there are no steps")
    return listed


def _numbers(board: Board, values: Mapping[str, object]) -> dict[int, np.ndarray[Any, Any]]:
    """The value of every line, at given inputs."""
    lines = [*board.forward, *board.backward, *board.gradients]
    compiled = function(None, [line.expr for line in lines], name="derive")
    with np.errstate(all="ignore"):  # what is infinite is shown so
        found = compiled(**values)
    return {line.expr.id: np.asarray(v) for line, v in zip(lines, found, strict=True)}
