"""Whole Jacobians and Hessians: one product with each unit vector, batched, without a loop.

Reverse mode, a row for each element of y, where y is the smaller; forward mode, a column for each
element of x, where x is. The unit vectors are the rows, or columns, of an identity matrix, which
simplification multiplies away.
"""

from __future__ import annotations

from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.types import Type
from ..graph.walk import ancestors
from ..ops.construction import identity
from ..ops.literals import python_number
from ..ops.op import rebuilt, registry
from .batching import batch
from .columns import map_columns
from .forward import push
from .reverse import pull, recorded

_MANY = 16
"""From so many unit vectors on, they are columns: NumPy's loops along the last axis are long."""


def jacobian(y: Expr, x: Expr, of: Expr | None = None) -> Expr:
    """∂y/∂x, of shape ``y.shape + x.shape``.

    ``of`` is what the record calls the differentiated output, where ``y`` is a rewritten form.

    Raises
    ------
    DifferentiationError
        If an operation on the way has no derivative.
    """
    with recorded(y if of is None else of, [x]) as record:
        record.result = _by_rows(y, x) if _rows_are_fewer(y, x) else _by_columns(y, x)
    return record.result


def _by_rows(y: Expr, x: Expr) -> Expr:
    u = y.graph.variable(Type(y.dtype, y.shape))
    rows = _rows(pull([(y, u)], [x], {})[0], u)
    return registry["reshape"](rows, (*y.shape, *x.shape))


def _by_columns(y: Expr, x: Expr) -> Expr:
    t = y.graph.variable(Type(x.dtype, x.shape))
    linear = push(y, [x], [t])
    if _are_many(x):
        return registry["reshape"](_columns(linear, t), (*y.shape, *x.shape))
    whole = registry["reshape"](_rows(linear, t), (*x.shape, *y.shape))
    axes = range(whole.ndim)
    return registry["transpose"](whole, (*axes[x.ndim :], *axes[: x.ndim]))


def _rows_are_fewer(y: Expr, x: Expr) -> bool:
    if isinstance(y.size, Dim) or isinstance(x.size, Dim):
        return not isinstance(y.size, Dim)
    return y.size < x.size or (y.size == x.size and not _are_many(x))


def _are_many(x: Expr) -> bool:
    return isinstance(x.size, Dim) or x.size >= _MANY


def _rows(linear: Expr, variable: Expr) -> Expr:
    """A linear function of a variable, for every unit vector: shape (variable.size, *shape)."""
    size = variable.size
    units = identity(linear.graph, size, variable.dtype)
    units = registry["reshape"](units, (size, *variable.shape))
    found = batch([_gathered(linear, variable)], {variable.id: units})[0]
    return registry["broadcast_to"](linear, (size, *linear.shape)) if found is None else found


def _columns(linear: Expr, variable: Expr) -> Expr:
    """As `_rows`, of shape (*shape, variable.size)."""
    size = variable.size
    units = identity(linear.graph, size, variable.dtype)
    units = registry["reshape"](units, (*variable.shape, size))
    found = map_columns(_gathered(linear, variable), variable, units)
    if found is not None:
        return found
    return registry["broadcast_to"](registry["expand_dims"](linear, -1), (*linear.shape, size))


def _gathered(linear: Expr, variable: Expr) -> Expr:
    """The same function, of each product the fixed factors multiplied first: (t a) b is t (a b).

    So they are multiplied once, not for every unit vector.
    """
    new = {variable.id: variable}
    products: dict[int, tuple[Expr, Expr]] = {}  # a node as what varies, times what does not
    for node in ancestors([linear]):
        if node.id in new or not any(a.id in new for a in node.args):
            continue
        args = [new.get(a.id, a) for a in node.args]
        product = _as_product(node, args, [a.id in new for a in node.args], products)
        if product is None or product[0] in args:
            made = node if args == list(node.args) else rebuilt(node, args)
        else:
            made = product[0] * product[1]
        if product is not None:
            products[made.id] = product
        new[node.id] = made
    return new.get(linear.id, linear)


def _as_product(
    node: Expr, args: list[Expr], varies: list[bool], products: dict[int, tuple[Expr, Expr]]
) -> tuple[Expr, Expr] | None:
    """A node as what varies, times what does not, where it is such a product."""
    if node.op not in ("multiply", "divide", "negative") or varies.count(True) > 1:
        return None
    at = varies.index(True)
    varying, factor = products.get(args[at].id, (args[at], None))
    if node.op == "negative":
        minus = node.graph.constant(-1.0)
        return varying, minus if factor is None else _times(minus, factor, node)
    if node.op == "divide":
        return varying, (1.0 if factor is None else factor) / args[1]
    other = args[1 - at]
    return varying, other if factor is None else _times(factor, other, node)


def _times(factor: Expr, other: Expr, node: Expr) -> Expr:
    """Their product, in a node's dtype even if it is of a mask; of -1, the negative."""
    if other.dtype.kind == "b":
        other = other.astype(node.dtype)
    return -other if python_number(factor) == -1 else factor * other
