"""Rewrites of linear algebra: what overflows or loses digits as it is written, and identities."""

from __future__ import annotations

from collections.abc import Callable

from ...graph.graph import Expr
from ...ops.inverses import inv, logabsdet, logdet
from ...ops.products import outer
from ...ops.reductions import sum_
from ...ops.shapes import matrix_transpose
from ...ops.systems import solve
from ..facts.marks import Opaque, among, reading


def log_of_determinant(node: Expr, opaque: Opaque) -> Expr | None:
    """det(a) overflows from n = 300 or so on; its logarithm, a sum of logarithms, does not."""
    (inner,) = node.args
    (inside,) = inner.args if inner.op == "absolute" else (inner,)
    if inside.op != "det" or {inner.id, inside.id} & opaque:
        return None
    return (logdet if inside is inner else logabsdet)(inside.args[0])


@reading("negative")
def sign_of_product(node: Expr, opaque: Opaque) -> Expr | None:
    """(-X) @ w is -(X @ w), which has fewer elements to negate, and one graph with X @ w."""
    x, y = (a.args[0] if a.op == "negative" and a.id not in opaque else a for a in node.args)
    larger = any(a is not b and b.ndim > node.ndim for a, b in zip((x, y), node.args, strict=True))
    if not larger or not node.ndim or "inv" in (x.op, y.op) or not node.type.is_floating:
        return None  # products of two vectors have rules of their own
    product = x @ y
    return product if x is not node.args[0] and y is not node.args[1] else -product


@reading("inv")
def product_with_inverse(node: Expr, opaque: Opaque) -> Expr | None:
    """Solving takes a third of the operations and has the smaller residual.

    Higham, Accuracy and Stability, section 14.1.
    """
    a, b = node.args
    if a.op == "inv" and a.id not in opaque and b.ndim in range(a.ndim + 1):
        return solve(a.args[0], b)
    if b.op != "inv" or b.id in opaque or a.ndim > b.ndim:
        return None
    transposed = matrix_transpose(b.args[0])
    if a.ndim == 1:
        return solve(transposed, a)
    return matrix_transpose(solve(transposed, matrix_transpose(a)))


def _scaled(x: Expr) -> tuple[Expr, Callable[[Expr], Expr]]:
    """What a scalar is multiplied by, and how to do the same to another; else x itself."""
    if x.op == "negative":
        return x.args[0], lambda y: -y
    if x.op == "multiply":
        for factor, rest in (x.args, x.args[::-1]):
            if rest.ndim and not factor.ndim and rest.dtype == x.dtype:
                return rest, lambda y, factor=factor: factor * y
    return x, lambda y: y


@among("eye")
def solution_of_identity(node: Expr, opaque: Opaque) -> Expr | None:
    """Solving for all unit vectors is inverting."""
    a, b = node.args
    core, scale = _scaled(b)
    if core.op != "eye" or b.id in opaque:
        return None
    return scale(inv(a) if a.id in opaque else _inverse(a))


@among("outer", "eye")
def transposed_identity_or_outer_product(node: Expr, opaque: Opaque) -> Expr | None:
    """The identity is symmetric; of an outer product the operands are swapped."""
    (inner,) = node.args
    core, scale = _scaled(inner)
    if {inner.id, core.id} & opaque:
        return None
    if core.op == "outer":
        return scale(outer(*core.args[::-1]))
    return inner if core.op == "eye" else None


@reading("vector_norm")
def square_of_norm(node: Expr, opaque: Opaque) -> Expr | None:
    """The norm has no derivative at 0; its square, a sum of squares, has all of them."""
    inner = node.args[0]
    if inner.op != "vector_norm" or inner.id in opaque or inner.params["ord"] != 2:
        return None
    if node.op == "power" and (node.args[1].value is None or node.args[1].value != 2):
        return None
    return sum_(inner.args[0] ** 2, inner.params["axis"], inner.params["keepdims"])


def _inverse(a: Expr) -> Expr:
    """The inverse; of a transpose, the transpose of the inverse."""
    if a.op == "transpose" and matrix_transpose(a.args[0]) is a:
        return matrix_transpose(inv(a.args[0]))
    return inv(a)


def inverse_of_transpose(node: Expr, opaque: Opaque) -> Expr | None:
    """One inverse serves a matrix and its transpose."""
    better = None if node.args[0].id in opaque else _inverse(node.args[0])
    return better if better is not node else None
