"""Operations that only differentiation needs to see whole: written out in what will be read."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph.graph import Expr
from ..ops.elementary import hypot
from .marks import Structural

Opaque = frozenset[int]


def _as_product(node: Expr, opaque: Opaque) -> Expr | None:
    """x² - y² is computed as (x - y)(x + y), whose product rule would cancel in the slope."""
    x, y = node.args
    return (x - y) * (x + y)


def _as_three_terms(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_product`."""
    x, y = node.args
    return (x - y) * (x**2 + x * y + y**2)


def _as_three_factors(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_product`."""
    x, y = node.args
    return (x - y) * (x + y) * (x**2 + y**2)


def _as_part(node: Expr, opaque: Opaque) -> Expr | None:
    """The quotient rule would cancel where x is far larger than y."""
    x, y = node.args
    return x / (x + y)


def _as_quotient(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_part`."""
    x, y = node.args
    return x / hypot(x, y)


def _as_step(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_part`."""
    x, h = node.args
    return -(h / (x + h)) / x


TABLE: Mapping[str, list[Structural]] = {
    "square_difference": [_as_product],
    "cube_difference": [_as_three_terms],
    "quartic_difference": [_as_three_factors],
    "reciprocal_step": [_as_step],
    "share": [_as_part],
    "cos_angle": [_as_quotient],
}
