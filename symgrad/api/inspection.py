"""What an expression becomes, and how it looks: rewritten, explained, drawn, typeset."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from .. import checks
from .. import render as _room  # noqa: F401  (before symgrad.render becomes the function)
from ..graph.graph import Expr, Graph
from ..graph.separation import rewriting
from ..rooms import Room

if TYPE_CHECKING:
    from pathlib import Path

    from .. import passes
    from ..backends import numpy as numpy_backend
    from ..frontends import sympy as sympy_door
    from ..lang import latex
    from ..passes.explanations.explaining import Explanation
    from ..passes.rewriting.engine import Step
    from ..render import picture
else:
    passes = Room("symgrad.passes")
    numpy_backend = Room("symgrad.backends.numpy")
    sympy_door = Room("symgrad.frontends.sympy")
    latex = Room("symgrad.lang.latex")
    picture = Room("symgrad.render.picture")


@overload
def simplify(expr: Expr, *, trace: Literal[False] = False) -> Expr: ...
@overload
def simplify(expr: Expr, *, trace: Literal[True]) -> tuple[Expr, list[Step]]: ...
def simplify(expr: Expr, *, trace: bool = False) -> Expr | tuple[Expr, list[Step]]:
    """The cheapest, most readable form that the rules reach, with the same values.

    Parameters
    ----------
    trace : bool
        Return the pair of the form and the steps to it: each is (rule, before, after).

    Example
    -------
    >>> import symgrad as sg
    >>> x = sg.Graph().input("x")
    >>> sg.simplify(x * 1) is x
    True
    >>> _, [(rule, before, after)] = sg.simplify(x * 1, trace=True)
    >>> print(rule)
    x * 1 = x
    """
    steps: list[Step] | None = [] if trace else None
    outputs = checks.expressions([expr])
    with rewriting(outputs[0].graph):
        form = passes.simplify(outputs, steps)[0]
    return form if steps is None else (form, steps)


def explain(expr: Expr | Sequence[Expr]) -> Explanation:
    """What is computed otherwise than it was written: by which rule, why, and where.

    Reasons are measured: the value of both forms at a point at which the one that was written
    fails. What was differentiated in its stable form is included.

    Parameters
    ----------
    expr : Expr, or a sequence

    Returns
    -------
    Explanation
        Prints as text; has ``to_markdown()``, and shows itself in notebooks.

    Example
    -------
    >>> import symgrad as sg
    >>> print(sg.explain(sg.parse("log(sigmoid(z))", z="[]")))
    For floating point
      log(sigmoid(z)) is computed as -softplus(-z)
        rule: log(sigmoid(x)) = -softplus(-x)
        because log(sigmoid(z)) is -inf at z = -1000; -softplus(-z) is -1000
    """
    outputs = checks.expressions(list(expr) if checks.are_many(expr) else [expr])
    with rewriting(outputs[0].graph):
        return passes.explain(outputs, numpy_backend.compile_as_written)


def render(
    what: Expr | Sequence[Expr] | Graph, path: str | os.PathLike[str], **options: Any
) -> Path:
    """Draw a computational graph: .png, .svg, .pdf or .dot, by the path's ending.

    Raises
    ------
    RenderError
        If the ending is unknown, the graph too large, or Graphviz missing.
    """
    return picture.render(what, path, **options)


def to_latex(expr: Expr) -> str:
    r"""LaTeX of an expression.

    Example
    -------
    >>> import symgrad as sg
    >>> print(sg.to_latex(sg.parse("x / 2", x="[]")))
    \frac{x}{2}
    """
    return latex.to_latex(checks.expressions([expr])[0])


def to_sympy(expr: Expr) -> Any:
    """The SymPy form of a scalar or matrix expression.

    Raises
    ------
    GraphError
        If SymPy can not say it.

    Example
    -------
    >>> import symgrad as sg
    >>> sg.to_sympy(sg.parse("sin(x)**2", x="[]"))
    sin(x)**2
    """
    return sympy_door.to_sympy(checks.expressions([expr])[0])
