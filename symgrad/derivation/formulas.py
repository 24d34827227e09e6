r"""The mathematics of a line: as LaTeX of the registry's rows, with products in order.

Sums over an axis of a matrix are products with the vector of ones, truth values are indicators.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isinf

from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.types import BOOL
from ..graph.walk import down_to
from ..lang.latex import (
    FACTOR,
    PRIMARY,
    SUBSCRIPT,
    SUM,
    TERM,
    Formula,
    name_latex,
    write_node,
    write_number,
)
from .products import BigSum, Product

ONES = Formula(r"\mathbf{1}")
_AT_LEAST_ONE = re.compile(r"max\((.*), 1\)", re.DOTALL)
_LONGEST = 4000  # characters of one formula


def partial(of: str, by: str) -> Formula:
    r"""A partial derivative.

    Example
    -------
    >>> print(partial("J", "W1").text)
    \frac{\partial J}{\partial W_{1}}
    """
    below = rf"\partial {name_latex(by)}"
    return Formula(rf"\frac{{\partial {name_latex(of)}}}{{{below}}}", FACTOR)


def write(expr: Expr, symbols: Mapping[int, Formula]) -> Formula:
    """An expression, with what is in ``symbols`` by its symbol.

    Shapes: scalars and arrays.
    """
    said: dict[int, Product] = {}

    def formula(node: Expr) -> Product:
        """By the symbol, or as it has been said."""
        return _atom(node, symbols[node.id]) if node.id in symbols else said[node.id]

    for node in down_to([expr], lambda n: n.id in symbols):
        said[node.id] = _said(node, [formula(a) for a in node.args])
    found = formula(expr).formula()
    return found if len(found.text) <= _LONGEST else Formula(r"\cdots")


def _atom(node: Expr, formula: Formula) -> Product:
    return Product(factors=((formula, node.ndim > 0),))


def _said(node: Expr, operands: Sequence[Product]) -> Product:
    """One node of its operands."""
    if node.value is not None and not node.shape and node.dtype != BOOL:
        value = node.value.item()
        return _atom(node, write_number(value)) if isinf(value) else Product(value)
    if node.op == "dim":
        return _atom(node, _size(node.params["size"]))
    if node.op in ("multiply", "divide", "negative"):
        return _product(node, operands)
    if node.op == "where" and (found := _choice(node, operands)):
        return found
    if node.op in ("astype", "positive") and node.args[0].dtype != BOOL:
        return operands[0]
    if node.op == "broadcast_to":
        return operands[0] if node.args[0].ndim else operands[0].times(_atom(node, ONES))
    return _atom(node, _written(node, operands))


def _product(node: Expr, operands: Sequence[Product]) -> Product:
    parts = [_as_number(a, p) for a, p in zip(node.args, operands, strict=True)]
    if node.op == "negative":
        return Product(-1.0).times(parts[0])
    first, second = parts
    if node.op == "multiply":
        return first.times(second)
    return first.times(second.inverse()) if second.above else _atom(node, _written(node, operands))


def _as_number(node: Expr, product: Product) -> Product:
    """A truth value as 0 or 1."""
    return product if node.dtype != BOOL else _indicator(node, product.formula().text)


def _indicator(node: Expr, condition: str) -> Product:
    return _atom(node, Formula(rf"\mathbf{{1}}\left[{condition}\right]"))


def _choice(node: Expr, operands: Sequence[Product]) -> Product | None:
    """A value and 0 elsewhere, as a product; a guard against dividing by 0 is not shown."""
    first, second = (_literal(a) for a in node.args[1:])
    if node.args[0].op == "equal" and first is not None and isinf(first):
        return operands[2]
    where = operands[0].formula()
    if second == 0:
        return operands[1].times(_indicator(node.args[0], where.text))
    if first == 0:
        return operands[2].times(_indicator(node.args[0], rf"\lnot {where.at(FACTOR)}"))
    return None


def _literal(node: Expr) -> float | None:
    """The number, of a scalar constant."""
    return float(node.value.item()) if node.value is not None and not node.shape else None


def _size(size: Dim | int) -> Formula:
    """A size; that a mean divides by at least 1 goes without saying."""
    inner = _AT_LEAST_ONE.fullmatch(str(size))
    text = inner[1] if inner else str(size)
    return Formula(sizes_latex(text), PRIMARY if text.isalnum() else SUM)


def sizes_latex(text: str) -> str:
    r"""Sizes, with their names as LaTeX.

    Example
    -------
    >>> print(sizes_latex("[2*rows + 1, n1]"))
    [2 \, \mathrm{rows} + 1, n_{1}]
    """
    named = re.sub(r"[^\W\d]\w*", lambda m: name_latex(m[0]), text)
    return named.replace("*", r" \, ")


def _written(node: Expr, operands: Sequence[Product]) -> Formula:
    """What is no product of numbers, by the row's LaTeX or as on the board."""
    bare = node.dtype == BOOL or node.op == "where"
    pairs = list(zip(node.args, operands, strict=True))
    products = [p if bare and a.dtype == BOOL else _as_number(a, p) for a, p in pairs]
    if node.op in ("add", "subtract"):
        return _sum(node, products)
    formulas = [p.formula() for p in products]
    special = _SPECIAL.get(str(node.op))
    found = special(node, formulas) if special else None
    return found or write_node(node, formulas)


def _sum(node: Expr, products: Sequence[Product]) -> Formula:
    """A sum of two, positive terms first."""
    first, second = products
    if node.op == "subtract":
        second = Product(-1.0).times(second)
    if (first.factors, first.divisors) == (second.factors, second.divisors):
        above = first.above * second.below + second.above * first.below
        return replace(first, above=above, below=first.below * second.below).reduced().formula()
    if first.above < 0 <= second.above:
        first, second = second, first
    minus = second.above < 0
    right = (Product(-1.0).times(second) if minus else second).formula()
    sign, level = ("-", TERM) if minus else ("+", SUM)
    end = right.text if isinstance(right, BigSum) else right.at(level)
    return Formula(f"{first.formula().at(SUM)} {sign} {end}", SUM)


def _matrix_product(node: Expr, operands: Sequence[Formula]) -> Formula | None:
    """A vector before a vector or a matrix is a row."""
    if node.args[0].ndim != 1:
        return Formula(r" \, ".join(f.at(FACTOR) for f in operands), TERM)
    return Formula(rf"{{{operands[0].at(SUBSCRIPT)}}}^\top \, {operands[1].at(FACTOR)}", TERM)


def _sum_over(node: Expr, operands: Sequence[Formula]) -> Formula | None:
    """A sum along one axis of a matrix is a product with ones."""
    (x,), axis = operands, node.params["axis"]
    if node.args[0].ndim == 2 and axis is not None and len(axis) == 1:
        text = rf"\mathbf{{1}}^\top \, {x.at(FACTOR)}" if axis == (0,) else rf"{x.at(FACTOR)} \, "
        return Formula(text if axis == (0,) else text + ONES.text, TERM)
    return _along(r"\sum", node, x.at(TERM)) or BigSum(rf"\sum {x.at(TERM)}", SUM)


def _mean_over(node: Expr, operands: Sequence[Formula]) -> Formula | None:
    found = _along(r"\operatorname{mean}", node, rf"\left({operands[0].text}\right)")
    return found and Formula(found.text)


def _along(sign: str, node: Expr, operand: str) -> Formula | None:
    """A reduction with its axes below; None if it is over all."""
    axis = node.params["axis"]
    if axis is None or len(axis) == node.args[0].ndim:
        return None
    return BigSum(rf"{sign}_{{\mathrm{{axis}}\,{', '.join(map(str, axis))}}} {operand}", SUM)


def _spread(node: Expr, operands: Sequence[Formula]) -> Formula | None:
    """A vector as all columns, or all rows, of a matrix."""
    if node.args[0].ndim != 1 or node.ndim != 2:
        return None
    (x,) = operands
    if node.shape[1] == 1:
        return Formula(rf"{x.at(FACTOR)} \, \mathbf{{1}}^\top", TERM)
    return Formula(rf"\mathbf{{1}} \, {{{x.at(SUBSCRIPT)}}}^\top", TERM)


_SPECIAL = {"matmul": _matrix_product, "sum": _sum_over, "mean": _mean_over, "expand_dims": _spread}
