"""Norms of vectors and matrices. Deep Learning, section 2.5."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.amounts import Amount
from ..graph.graph import Expr
from ..graph.types import FLOAT64, Type
from . import batching
from . import typing as t
from .arithmetic import absolute, sign
from .composites import lifted
from .counts import per_operand
from .op import Op, case, op
from .reductions import max_, min_, sum_, with_axes
from .selection import equal, not_equal, where

_CASES = [
    case("[4]"),
    case("[3, 4]"),
    case("[3, 4]", axis=0),
    case("[2, 3, 4]", axis=(0, 2), keepdims=True),
]


def _floating(self: Op, x: Any) -> Expr:
    """An operand as a node that is no integer and no bool."""
    (node,) = lifted(self, x)
    return node if node.type.is_floating else node.astype(FLOAT64)


def _norm_parameters(x: Type, axis: Any, keepdims: Any, ord: Any) -> dict[str, Any]:
    number = t.number(ord, "ord")
    number = int(number) if number.is_integer() else number
    return {**t.reduced_axes(x, axis, keepdims), "ord": number}


def _call_vector_norm(self: Op, x: Any, axis: Any, keepdims: Any, ord: Any) -> Expr:
    """Orders that are sums, maxima or minima of absolute values are written so."""
    x, ord = _floating(self, x), 2 if ord is None else t.number(ord, "ord")
    if ord == 0:
        return sum_(not_equal(x, 0).astype(x.dtype), axis, keepdims)
    plain = {1: sum_, inf: max_, -inf: min_}.get(ord)
    if plain is None:
        return self.append_node(x, axis, keepdims, ord)
    return plain(absolute(x), axis=axis, keepdims=keepdims)


def _toward_vector(
    g: Expr, y: Expr, x: Expr, axis: t.Axes | None, keepdims: bool, ord: float
) -> Expr:
    """x / |x|, and sign(x) (|x_i| / |x|)^(p-1) for other orders: no power is too large."""
    length = with_axes(where(equal(y, 0), 1.0, y), x, axis, keepdims)
    slope = x / length
    if ord != 2:
        ratio = absolute(x) / length
        ratio = where(equal(x, 0), 1.0, ratio) if ord < 1 else ratio
        slope = sign(x) * ratio ** (ord - 1)
    return with_axes(g, x, axis, keepdims) * slope


def _vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The meaning, with absolute values that are analytic."""
    size = x * np.sign(np.real(x))
    if np.isinf(ord):
        return (np.max if ord > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return (size != 0).sum(axis=axis, keepdims=keepdims)
    return (size**ord).sum(axis=axis, keepdims=keepdims) ** (1 / ord)


def _powers(node: Expr) -> Amount:
    """One for each element and each sum whose exponent is no multiple of 1/2."""
    exponents = node.params["ord"], 1 / node.params["ord"]
    return per_operand(*(int(not float(2 * e).is_integer()) for e in exponents))(node)


vector_norm = op(
    "vector_norm(x; axis=None, keepdims=False, ord=2)",
    """Length over axes: (Σ |x_i|^ord)^(1/ord), without overflow. Deep Learning, section 2.5.""",
    call=_call_vector_norm,
    batch=batching.reduced,
    type=lambda x, axis, keepdims, ord: t.averaged(x, axis, keepdims),
    floating=True,
    prepare=_norm_parameters,
    vjp=[_toward_vector],
    lazy="operand",
    flops=lambda node: per_operand(*((2, 5) if node.params["ord"] == 2 else (5, 4)))(node),
    transcendentals=_powers,
    helper='''
def vector_norm(x, axis=None, keepdims=False, ord=2):
    """sum(|x|**ord)**(1 / ord) over axes, scaled by a power of 2 against overflow."""
    if ord == 2:
        with np.errstate(over="ignore"):
            y = np.add.reduce(x * x, axis=axis, keepdims=keepdims)
        low = 1e-290 if x.dtype == np.float64 else 1e-30
        within = (y > low) & (y < np.inf)
        if within.all() or not x.size:  # as nearly always
            return np.sqrt(y)
        if (within | (y == 0)).all() and np.count_nonzero(x * x) == np.count_nonzero(x):
            return np.sqrt(y)
    x = np.abs(x)
    _, e = np.frexp(np.max(x, axis=axis, keepdims=True, initial=0))
    unit = np.ldexp(x.dtype.type(0.5), e)
    with np.errstate(divide="ignore"):
        y = np.sum((x / unit) ** ord, axis=axis, keepdims=True) ** (1 / ord) * unit
    return y if keepdims else np.squeeze(y, axis=axis)
''',
    latex=r"\left\lVert {x} \right\rVert_{{{ord}}}",
    meaning=_vector_norm,
    cases=[
        *_CASES,
        *(case("[2, 3]", ord=p, axis=1) for p in (1, inf, -inf, 0, 3, 2.5, 0.5, -1)),
        case("[]"),
    ],
    kinks="0 at 0",
)


def _matrix_norm(self: Op, x: Expr, axes: tuple[int, int], keepdims: Any, ord: Any) -> Expr:
    """The root of all squares, or the extreme sum of absolute values of a column or row."""
    if x.ndim < 2:
        raise ShapeError(f"{self}: {x.label} is no matrix", how="Use vector_norm.")
    row, column = (t.one_axis(a, x.ndim) for a in axes)
    if ord in (None, "fro"):
        return vector_norm(x, (row, column), keepdims)
    if isinstance(ord, str) or abs(ord) not in (1, inf):
        raise self.misused(
            f"ord {ord!r} of a matrix is made of singular values, which are not computed; "
            "there are 'fro', 1, -1, inf and -inf"
            if ord in ("nuc", 2, -2)
            else f"a matrix has no norm of ord {ord!r:.40}"
        )
    inner, outer = (row, column) if abs(ord) == 1 else (column, row)
    sums = sum_(absolute(x), inner, keepdims)
    left = outer if keepdims else outer - (inner < outer)
    return (max_ if ord > 0 else min_)(sums, axis=left, keepdims=keepdims)


matrix_norm = op(
    "matrix_norm(x; keepdims=False, ord='fro')",
    """Norm of the matrices in the last two axes: Frobenius, or by columns (1) or rows (inf).""",
    call=lambda self, x, keepdims=False, ord="fro": _matrix_norm(
        self, _floating(self, x), (-2, -1), keepdims, ord
    ),
    meaning=lambda x, keepdims=False, ord="fro": _any_norm(x, ord, (-2, -1), keepdims),
    cases=[case("[2, 3]"), case("[2, 3, 4]", ord=1), case("[3, 4]", keepdims=True, ord=inf)],
    kinks="0 at 0",
)


def _call_norm(self: Op, x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Expr:
    """Of vectors or of matrices, as the number of axes says; of all elements by default."""
    x = _floating(self, x)
    if axis is None and ord is None:
        return vector_norm(x, None, keepdims)
    axes = tuple(range(x.ndim)) if axis is None else axis
    if isinstance(axes, tuple | list) and len(axes) == 2:
        return _matrix_norm(self, x, (axes[0], axes[1]), keepdims, ord)
    if isinstance(axes, tuple | list) and len(axes) != 1:
        raise ShapeError(
            f"{self}: a norm is of one or two axes, not of {len(axes)}", how="Give axis=."
        )
    return vector_norm(x, axes, keepdims, ord)


def _any_norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The meaning, with absolute values that are analytic."""
    if (axis is None and ord is None) or ord == "fro" or x.ndim == 1 or isinstance(axis, int):
        return _vector_norm(x, axis, keepdims, 2 if ord in (None, "fro") else ord)
    rows, columns = axis or (0, 1)
    size = (x * np.sign(np.real(x))).sum(axis=rows if abs(ord) == 1 else columns, keepdims=True)
    return (np.max if ord > 0 else np.min)(size, axis=(rows, columns), keepdims=keepdims)


norm = op(
    "norm(x; ord=None, axis=None, keepdims=False)",
    """NumPy's linalg.norm: of a vector or matrix. Deep Learning, section 2.5.""",
    call=_call_norm,
    meaning=_any_norm,
    cases=[
        case("[4]"),
        case("[2, 3, 4]"),
        case("[4]", ord=1),
        case("[3, 4]", ord=-inf),
        case("[3, 4]", ord="fro", keepdims=True),
        case("[2, 3, 4]", ord=1, axis=(2, 0)),
        case("[2, 3]", ord=3, axis=1),
    ],
    kinks="0 at 0",
)
