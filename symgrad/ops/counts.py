"""How many operations a row's NumPy code takes: what its columns ``flops`` may say.

A number says how many there are for each element of the result. A function of the node says it of
operations that are not elementwise. All are counted alike, those of integers and truths too.
"""

from __future__ import annotations

from collections.abc import Callable

from ..graph.amounts import Amount, log2
from ..graph.dims import product
from ..graph.graph import Expr

Count = int | Callable[[Expr], Amount]


def per_operand(operand: int = 1, result: int = 0, axes: int = 0) -> Callable[[Expr], Amount]:
    """So many for each element of the first operand, of the result, of what its axes leave."""

    def count(node: Expr) -> Amount:
        x = node.args[0]
        amount = Amount.of(x.size) * operand + Amount.of(node.size) * result
        return amount + Amount.of(_left(x, node.params["axis"])) * axes if axes else amount

    return count


def _left(x: Expr, axis: object) -> Amount:
    """How many elements are left of an operand that is reduced over axes."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    return Amount.of(
        product(d for i, d in enumerate(x.shape) if axis is not None and i not in axes)
    )


def matrices(thirds: int, result: int = 0) -> Callable[[Expr], Amount]:
    """For each n×n matrix so many n³/3, the leading term, and so many for each number returned.

    Golub and Van Loan, Matrix Computations, 4th edition, sections 3.2 and 4.2.
    """

    def count(node: Expr) -> Amount:
        from fractions import Fraction  # slow to import

        a, cubes = node.args[0], Fraction(thirds, 3)
        return Amount.of(a.size) * a.shape[-1] * cubes + Amount.of(node.size) * result

    return count


def matrix_product(node: Expr) -> Amount:
    """A multiplication and an addition for each element of the result and of the sum."""
    return Amount.of(node.size) * node.args[0].shape[-1] * 2


def solution(node: Expr) -> Amount:
    """A factorization of each matrix, and two substitutions for each right-hand side."""
    a, b = node.args
    stack = product(node.shape[: -1 if b.ndim == 1 else -2])
    n = a.shape[-1]
    from fractions import Fraction

    return Amount.of(stack) * n * n * n * Fraction(2, 3) + substitution(node) * 2


def substitution(node: Expr) -> Amount:
    """n² for each right-hand side."""
    return Amount.of(node.size) * node.args[0].shape[-1]


def sorting(node: Expr) -> Amount:
    """Comparisons: n log2(n) for n elements along the axis."""
    return Amount.of(node.size) * log2(node.shape[node.params["axis"]])
