"""Whole Jacobians and Hessians: one product with each unit vector, batched, without a loop.

Reverse mode, a row for each element of y, where y is the smaller; forward mode, a column for each
element of x, where x is. The unit vectors are the rows of an identity matrix, which simplification
multiplies away.
"""

from __future__ import annotations

from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.types import Type
from ..ops.leaves import identity
from ..ops.op import registry
from .batching import batch
from .forward import push
from .reverse import pull, recorded


def jacobian(y: Expr, x: Expr) -> Expr:
    """∂y/∂x, of shape ``y.shape + x.shape``.

    Raises
    ------
    DifferentiationError
        If an operation on the way has no derivative.
    """
    with recorded(y, [x]):
        return _by_rows(y, x) if _rows_are_fewer(y, x) else _by_columns(y, x)


def _by_rows(y: Expr, x: Expr) -> Expr:
    u = y.graph.variable(Type(y.dtype, y.shape))
    rows = _of_units(pull([(y, u)], [x], {})[0], u)
    return registry["reshape"](rows, (*y.shape, *x.shape))


def _by_columns(y: Expr, x: Expr) -> Expr:
    t = y.graph.variable(Type(x.dtype, x.shape))
    columns = _of_units(push(y, [x], [t]), t)
    whole = registry["reshape"](columns, (*x.shape, *y.shape))
    axes = range(whole.ndim)
    return registry["transpose"](whole, (*axes[x.ndim :], *axes[: x.ndim]))


def _rows_are_fewer(y: Expr, x: Expr) -> bool:
    if isinstance(y.size, Dim) or isinstance(x.size, Dim):
        return not isinstance(y.size, Dim) or isinstance(x.size, Dim)
    return y.size <= x.size


def _of_units(linear: Expr, variable: Expr) -> Expr:
    """A linear function of a variable, for every unit vector: shape (variable.size, *shape)."""
    size = variable.size
    units = identity(linear.graph, size, variable.dtype)
    units = registry["reshape"](units, (size, *variable.shape))
    found = batch([linear], {variable.id: units})[0]
    return registry["broadcast_to"](linear, (size, *linear.shape)) if found is None else found
