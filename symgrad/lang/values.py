"""What operators, functions, methods and indices do to the values of a text.

A value is an `Expr`, a Python number (so that it adopts the dtype of what it meets), a named size,
or what only parameters take: tuples, lists, strings, None, slices. Functions are those of the
registry, and nothing else is ever looked up or executed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..errors import GraphError, ParseError, suggest
from ..graph.dims import Dim
from ..graph.graph import Expr, Graph, operations
from ..graph.methods import Methods
from ..ops.construction import MAKERS
from ..ops.operands import lift
from . import literals
from .operators import BINARY, UNARY, fold, narrowed

_NUMBERS = (int, float)  # bool is one, as in Python
_SIZED = (int, float, Dim)
_ATTRIBUTES: dict[str, Callable[[Expr], Any]] = {
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "real": lambda x: x,
    "shape": lambda x: x.shape,
    "ndim": lambda x: x.ndim,
    "size": lambda x: x.size,
}
_KINDS = {tuple: "a tuple", list: "a list", str: "a string", slice: "a slice", type(...): "..."}
_DEEPEST = 32  # nesting of tuples and lists; NumPy's arrays end at 64 axes
_LONGEST = 1000  # characters of a size: products of sums grow without bound


def binary(graph: Graph, symbol: str, a: Any, b: Any) -> Any:
    """``a symbol b``: numbers are folded, sizes stay sizes, all else becomes a node.

    Example
    -------
    >>> g = Graph()
    >>> binary(g, "**", 2, 3), binary(g, "+", Dim("n"), 1), binary(g, "/", Dim("n"), 2).op
    (8, 'n + 1', 'divide')
    """
    if not isinstance(a, Expr) and not isinstance(b, Expr):
        if isinstance(a, _NUMBERS) and isinstance(b, _NUMBERS):
            if symbol not in "@&|":
                return _folded(symbol, a, b)
            if symbol != "@" and isinstance(a, bool) and isinstance(b, bool):
                return a and b if symbol == "&" else a or b
        elif symbol in _SIZES and isinstance(a, int | Dim) and isinstance(b, int | Dim):
            return _size(symbol, a, b)
        a = lift(graph, a)
    a, b = (lift(graph, v) if isinstance(v, Dim) else v for v in (a, b))
    return operations[BINARY[symbol]](a, b)


def _folded(symbol: str, a: Any, b: Any) -> int | float:
    try:
        return fold(symbol, a, b)
    except ArithmeticError as error:
        raise ParseError(str(error), how="Change the numbers.") from None


_SIZES: dict[str, Callable[[Any, Any], int | Dim]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
}


def _size(symbol: str, a: int | Dim, b: int | Dim) -> int | Dim:
    result = _SIZES[symbol](a, b)
    if len(str(result)) > _LONGEST:
        raise GraphError("this size is too long an expression", how="Give it a dim of its own.")
    return result


def unary(graph: Graph, symbol: str, a: Any) -> Any:
    """``symbol a``."""
    if symbol == "-" and isinstance(a, _NUMBERS):
        return narrowed(-a)
    if symbol == "~" and isinstance(a, bool):
        return not a
    if symbol != "~" and isinstance(a, _SIZED):
        return a if symbol == "+" else -a
    node = lift(graph, a)
    return node if symbol == "+" else operations[UNARY[symbol]](node)


def sequence(items: list[Any], make: Callable[[list[Any]], Any]) -> Any:
    """A tuple or a list, not nested deeper than makes sense.

    Raises
    ------
    ParseError
        If it is.
    """
    if max(map(_depth, items), default=0) >= _DEEPEST:
        how = f"{_DEEPEST} levels are allowed."
        raise ParseError("tuples and lists are nested too deeply", how=how)
    return make(items)


def _depth(value: Any) -> int:
    """Levels of nesting; every value on the stack has few, so this recursion is shallow."""
    return 1 + max(map(_depth, value), default=0) if isinstance(value, tuple | list) else 0


def bounds(parts: Iterable[Any]) -> slice:
    """``start:stop:step``.

    Raises
    ------
    ParseError
        If one of them is no number.
    """
    entries = list(parts)
    for entry in entries:
        if isinstance(entry, Expr):
            how = "Leave it out, x[1:], or count from the end, x[:-1]."
            raise ParseError("the bounds of a slice are integers and sizes", how=how)
    return slice(*entries)


def index(graph: Graph, owner: Any, key: Any) -> Any:
    """``owner[key]``, also of a shape or another tuple."""
    if isinstance(owner, tuple | list) and isinstance(key, int | slice):
        return owner[key]
    return operations["getitem"](lift(graph, owner), key)


def attribute(graph: Graph, owner: Any, name: str) -> Any:
    """``owner.name``.

    Raises
    ------
    ParseError
        If there is no such attribute.
    """
    if name in _ATTRIBUTES:
        return _ATTRIBUTES[name](lift(graph, owner))
    if _is_method(name):
        raise ParseError(f"{name} is a method", how=f"Call it: .{name}().")
    how = f"There are {', '.join(_ATTRIBUTES)}."
    if name in operations:
        how = f"Call the function: {name}(x)."
    raise ParseError(f"there is no attribute {name[:60]}", how=how)


def _is_method(name: str) -> bool:
    return not name.startswith("_") and callable(vars(Methods).get(name))


def method(graph: Graph, name: str, owner: Any, args: Sequence[Any], params: dict[str, Any]) -> Any:
    """``owner.name(*args, **params)``, for the methods that expressions have.

    Raises
    ------
    ParseError
        If there is no such method.
    """
    if not _is_method(name):
        raise _no_method(name)
    bound = getattr(lift(graph, owner), name)
    try:
        inspect.signature(bound).bind(*args, **params)
    except TypeError as error:
        how = f"Call it as .{name}, with the parameters of {signature(name)}."
        raise ParseError(f"{name}: {error}", how=how) from None
    return bound(*args, **params)


def _no_method(name: str) -> ParseError:
    if name in operations:
        return ParseError(f"{name} is no method", how=f"Write it as a function: {name}(x).")
    near = suggest(name, filter(_is_method, vars(Methods)))
    how = f"Did you mean .{near}()?" if near else "Functions are called by their names: exp(x)."
    return ParseError(f"there is no method {name}", how=how)


def call(graph: Graph, name: str, args: list[Any], params: dict[str, Any]) -> Any:
    """``name(*args, **params)``, for what `is_function` knows."""
    if name in MAKERS:
        return MAKERS[name].within(graph, args, params)
    symbolic = any(map(_is_symbolic, (*args, *params.values())))
    if name in literals.FUNCTIONS:
        if symbolic:
            how = f"Call it as {signature(name)}."
            raise ParseError(f"{name} takes numbers, not expressions", how=how)
        return literals.FUNCTIONS[name](graph, *args, **params)
    if not symbolic:
        if name in ("max", "min") and len(args) == 2 and not params:
            return literals.extreme(name, *args)
        _lift_one(graph, name, args, params)
    return operations[name](*args, **params)


def _is_symbolic(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_is_symbolic, value))
    return isinstance(value, Expr)


def _lift_one(graph: Graph, name: str, args: list[Any], params: dict[str, Any]) -> None:
    """Make one operand a node, so that ``exp(1)`` knows its graph."""
    for i, value in enumerate(args):
        if isinstance(value, (*_SIZED, list, tuple)):
            args[i] = _lifted(graph, name, value)
            return
    for key in getattr(operations[name], "operands", ()):
        if isinstance(params.get(key), (*_SIZED, list, tuple)):
            params[key] = _lifted(graph, name, params[key])
            return


def _lifted(graph: Graph, name: str, value: Any) -> Any:
    """An operand as a node, or a list of operands as a list of nodes."""
    if isinstance(value, list | tuple) and getattr(operations[name], "variadic", False):
        return [lift(graph, v) for v in value]
    return lift(graph, value)


def is_function(name: str) -> bool:
    """Whether a text can call it."""
    return name in literals.FUNCTIONS or (name in operations and name != "input")


def unknown_function(name: str) -> tuple[str, str]:
    """What to say of a call of something else."""
    near = suggest(name, filter(is_function, [*operations, *literals.FUNCTIONS]))
    how = f"Did you mean {near}?" if near else "Only symgrad's own operations can be called."
    return f"unknown function {name[:60]}", how


def signature(name: str) -> str:
    """How a function is called."""
    if name in literals.FUNCTIONS:
        return str(literals.FUNCTIONS[name].__doc__).partition(":")[0]
    if name in MAKERS:
        return MAKERS[name].signature
    return str(getattr(operations.get(name), "signature", f"{name}(x)"))


def described(value: Any) -> str:
    """A value in a message."""
    return _KINDS.get(type(value), str(value))
