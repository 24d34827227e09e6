"""Expressions as SymPy says them: scalars and matrices.

What an elementwise operation is, its row says in `meaning`, which is SymPy but for Python's ``if``,
``and`` and ``<``; only what deals with shapes is told here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from ..errors import GraphError
from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.types import BOOL, show_shape
from ..graph.walk import ancestors
from ..rooms import Room
from .sympy_meanings import evaluate, number

if TYPE_CHECKING:
    import sympy
else:
    sympy = Room("sympy")

_DEEP = 100  # longer chains are built without SymPy's evaluation, which recurses through them


def to_sympy(expr: Expr) -> Any:
    """Say an expression in SymPy.

    Parameters
    ----------
    expr : Expr
        Of scalars and matrices of fixed or named dims. A scalar input becomes a Symbol, a matrix
        a MatrixSymbol, a function of the elements of a matrix ``applyfunc``.

    Returns
    -------
    sympy.Basic
        Short fractions come back as Rational, other floats as Float.

    Raises
    ------
    GraphError
        If SymPy can not say a part of it, such as broadcasting, or vectors of one axis.

    Example
    -------
    >>> from symgrad import Graph
    >>> g = Graph()
    >>> x, y = g.input("x"), g.input("y")
    >>> to_sympy(x**2 / y - 0.5)
    x**2/y - 1/2
    """
    nodes = ancestors([expr])
    values: dict[int, Any] = {}
    with sympy.evaluate(False) if _depth(nodes) > _DEEP else nullcontext():
        for node in nodes:
            values[node.id] = _say(node, [values[a.id] for a in node.args])
    return values[expr.id]


def _depth(nodes: list[Expr]) -> int:
    depths: dict[int, int] = {}
    for node in nodes:
        depths[node.id] = 1 + max((depths[a.id] for a in node.args), default=0)
    return max(depths.values())


def _say(node: Expr, args: list[Any]) -> Any:
    if node.ndim not in (0, 2) and node.op != "constant":
        raise _refusal(
            node, f"it is {show_shape(node.shape)}", "Make a vector [n] a matrix [n, 1]."
        )
    args = [_as_number(node, a, x) for a, x in zip(node.args, args, strict=True)]
    rule = _RULES.get(node.op)
    return _elementwise(node, args) if rule is None else rule(node, *args)


def _refusal(node: Expr, why: str, how: str | None = None) -> GraphError:
    return GraphError(f"SymPy can not say {node.label}: {why}", how=how)


def _as_number(node: Expr, arg: Expr, x: Any) -> Any:
    """A truth value as 1 or 0 where the node computes with it."""
    if arg.dtype != BOOL or node.op == "where" or all(a.dtype == BOOL for a in node.args):
        return x
    return sympy.Piecewise((1, x), (0, True))


def _elementwise(node: Expr, args: list[Any]) -> Any:
    """What the row says that the operation means."""
    meaning = getattr(node.op, "meaning", None)
    if not isinstance(meaning, str):
        raise _refusal(node, "it has no such function")
    params = {name: number(value) for name, value in node.params.items()}

    def function(*xs: Any) -> Any:
        names = dict(zip(node.op.operands, xs, strict=True))  # type: ignore[attr-defined]
        try:
            return evaluate(meaning, {**names, **params})
        except AttributeError:  # isnan, for example
            raise _refusal(node, "it has no such function") from None

    return _applied(node, function, args)


def _applied(node: Expr, function: Callable[..., Any], args: list[Any]) -> Any:
    """A function of scalars; with one matrix among them, of the elements of the matrix."""
    matrices = {id(x): x for a, x in zip(node.args, args, strict=True) if a.ndim}
    if not matrices:
        return function(*args)
    if len(matrices) > 1 or node.dtype == BOOL:
        raise _refusal(node, "it has no such function of matrices")
    element = sympy.Dummy("x")
    body = function(*(element if id(x) in matrices else x for x in args))
    return next(iter(matrices.values())).applyfunc(sympy.Lambda(element, body))


def _symbol(node: Expr) -> Any:
    name = node.params["name"]
    return sympy.MatrixSymbol(name, *_sizes(node)) if node.ndim else sympy.Symbol(name)


def _sizes(node: Expr) -> list[Any]:
    return [_size(node, d) for d in node.shape]


def _size(node: Expr, size: int | Dim) -> Any:
    """A size: the polynomial in its named dims."""
    if isinstance(size, int):
        return sympy.Integer(size)
    if any(not name.isidentifier() for factors, _ in size.terms for name in factors):
        raise _refusal(node, f"the size {size} is no polynomial")
    return sympy.Add(*(sympy.Mul(c, *map(sympy.Symbol, factors)) for factors, c in size.terms))


def _constant(node: Expr) -> Any:
    values = node.params["value"].tolist()
    if not node.ndim:
        return number(values)
    if node.ndim != 2:
        raise _refusal(node, f"it is {show_shape(node.shape)}")
    return sympy.ImmutableMatrix(*node.shape, [number(v) for row in values for v in row])


def _fitted(node: Expr, arg: Expr, x: Any) -> Any:
    """An operand in the shape of the node: a scalar in every element."""
    if arg.shape == node.shape:
        return x
    if arg.ndim:
        raise _refusal(node, f"it does not broadcast {show_shape(arg.shape)}")
    return x * sympy.OneMatrix(*_sizes(node))


def _multiply(node: Expr, a: Any, b: Any) -> Any:
    """Of scalars, of a scalar and a matrix, or elementwise."""
    if all(arg.ndim for arg in node.args):
        parts = (_fitted(node, arg, x) for arg, x in zip(node.args, (a, b), strict=True))
        return sympy.HadamardProduct(*parts)
    return a * b


def _power(node: Expr, a: Any, b: Any) -> Any:
    matrix = node.ndim and not node.args[1].ndim
    return sympy.HadamardPower(a, b) if matrix else _elementwise(node, [a, b])


def _where(node: Expr, condition: Any, a: Any, b: Any) -> Any:
    if node.ndim:
        return _elementwise(node, [condition, a, b])
    if node.dtype == BOOL:
        return sympy.ITE(condition, a, b)
    more = b.args if isinstance(b, sympy.Piecewise) and len(b.args) < _DEEP else [(b, True)]
    return sympy.Piecewise((a, condition), *(pair for pair in more if pair[0] is not sympy.nan))


def _sum(node: Expr, x: Any) -> Any:
    """Products with ones; the trace makes a scalar of them."""
    arg, axis = node.args[0], node.params["axis"]
    if not arg.ndim:
        return x
    rows, columns = _sizes(arg)
    if not node.ndim:
        return sympy.Trace(x * sympy.OneMatrix(columns, rows))
    axes = (0, 1) if axis is None else axis
    x = sympy.OneMatrix(1, rows) * x if 0 in axes else x
    return x * sympy.OneMatrix(columns, 1) if 1 in axes else x


def _mean(node: Expr, x: Any) -> Any:
    arg, axis = node.args[0], node.params["axis"]
    sizes = [s for i, s in enumerate(_sizes(arg)) if axis is None or i in axis]
    return _sum(node, x) / sympy.Mul(*sizes)


def _element(node: Expr, x: Any) -> Any:
    index = node.params["index"]
    if len(index) != 2 or not all(isinstance(i, int) for i in index):
        raise _refusal(node, "it has single elements of matrices only")
    return x[index]


_RULES: dict[str, Callable[..., Any]] = {
    "input": _symbol,
    "constant": _constant,
    "eye": lambda node: sympy.Identity(_sizes(node)[0]),
    "logical_xor": lambda node, a, b: sympy.Xor(a, b),
    "dim": lambda node: _size(node, node.params["size"]),
    "add": lambda node, a, b: _fitted(node, node.args[0], a) + _fitted(node, node.args[1], b),
    "subtract": lambda node, a, b: _fitted(node, node.args[0], a) - _fitted(node, node.args[1], b),
    "multiply": _multiply,
    "divide": lambda node, a, b: _multiply(
        node, a, sympy.HadamardPower(b, -1) if node.args[1].ndim else 1 / b
    ),
    "negative": lambda node, x: -x,
    "power": _power,
    "where": _where,
    "clip": lambda node, *args: _applied(
        node, lambda x, low, high: sympy.Min(sympy.Max(x, low), high), [*args]
    ),
    "polynomial": lambda node, x: _applied(
        node,
        lambda u: sum(number(c) * u**k for k, c in enumerate(node.params["coefficients"])),
        [x],
    ),
    "remainder": lambda node, a, b: _elementwise(node, [a, b]) if node.ndim else sympy.Mod(a, b),
    "matmul": lambda node, a, b: a * b,
    "transpose": lambda node, x: x.T,
    "sum": _sum,
    "mean": _mean,
    "broadcast_to": lambda node, x: _fitted(node, node.args[0], x),
    "getitem": _element,
    "astype": lambda node, x: x,
    "stop_gradient": lambda node, x: x,
}
