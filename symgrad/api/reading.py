"""Expressions from text, from SymPy, and from functions of NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ParseError
from ..graph.collection import resting
from ..graph.graph import Expr, Graph, operations
from ..rooms import Room

if TYPE_CHECKING:
    from ..frontends import numpy as numpy_door
    from ..frontends import sympy as sympy_door
    from ..frontends import text as text_door
else:
    numpy_door = Room("symgrad.frontends.numpy")
    sympy_door = Room("symgrad.frontends.sympy")
    text_door = Room("symgrad.frontends.text")

Specs = Mapping[str, object]


def parse(
    text: str, specs: Specs | None = None, /, *, graph: Graph | None = None, **more: object
) -> Expr:
    """An expression of text, in Python's syntax; nothing in it is ever executed.

    Parameters
    ----------
    text : str
        Lines ``name = expression``, ``name: float32[n, 2]``, ``# comment``; the last is the value.
    specs, **more : mapping, specs
        Types of the inputs: ``X="[n, 2]"``.
    graph : Graph, optional
        Where to build; a new graph by default.

    Returns
    -------
    Expr
        The value of the last line; ``.graph.named`` has every named line.

    Raises
    ------
    ParseError, ShapeError, DTypeError, GraphError
        With the line, and the offending text underlined.

    Example
    -------
    >>> import symgrad as sg
    >>> y = sg.parse("sigmoid(x @ w + b)", x="[n, 3]", w="[3]", b="[]")
    >>> y.op, y.shape
    ('sigmoid', ('n',))
    """
    if isinstance(text, str) and text.strip().endswith(".sg"):
        raise ParseError(
            f"{text.strip()[-60:]!r} is the name of a file, not an expression",
            how="Read it first: sg.parse(pathlib.Path(name).read_text()).",
        )
    with resting():
        return text_door.parse(text, {**(specs or {}), **more}, graph)


def from_sympy(expr: object, specs: Specs | None = None, graph: Graph | None = None) -> Expr:
    """A SymPy expression, scalar or of matrices, as nodes of a graph; nothing in it is evaluated.

    Raises
    ------
    GraphError, ShapeError
        If it holds something that symgrad has no operation for.

    Example
    -------
    >>> import symgrad as sg
    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> print(sg.from_sympy(sympy.log(1 + sympy.exp(x))))
    x: float64[]
    log(1 + exp(x))
    """
    with resting():
        return sympy_door.from_sympy(expr, specs, graph)


def trace(
    fn: Callable[..., Any] | Expr, *specs: object, graph: Graph | None = None, **params: Any
) -> Any:
    """What a plain NumPy function computes, as an expression: it is run once, on symbols.

    Given an expression it is the operation of this name: the sum along a diagonal of a matrix.

    Parameters
    ----------
    fn : function
        Of NumPy arrays; it is given one Expr per argument. In-place operators make new values:
        code that changes an array under two names is traced as if it had copied it.
    *specs : specs
        The arguments' types.

    Example
    -------
    >>> import symgrad as sg
    >>> import numpy as np
    >>> y = sg.trace(lambda x, w: np.tanh(x @ w).sum(), "[n, 3]", "[3]")
    >>> y.op, list(y.graph.inputs)
    ('sum', ['x', 'w'])
    """
    if isinstance(fn, Expr):
        return operations["trace"](fn, *specs, **params)
    return numpy_door.trace(fn, *specs, graph=graph, **params)
