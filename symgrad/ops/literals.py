"""Python numbers: which nodes stand for one in emitted code, and as what it is written there."""

from __future__ import annotations

from typing import Any

from ..graph.graph import Expr


def python_number(x: Expr) -> Any:
    """The Python number that a node stands for; None for all other nodes.

    Example
    -------
    >>> from symgrad.graph.graph import Graph
    >>> g = Graph()
    >>> python_number(g.constant(2.0)), python_number(g.constant([2.0, 3.0]))
    (2.0, None)
    """
    value = x.value if x.type.python else None
    return None if value is None else value.item()


def as_written(x: Expr) -> Expr:
    """A number that adopted a dtype as it was before: less 1, it would be rounded twice."""
    return x.args[0] if x.op == "astype" and x.args[0].type.python else x


def number_text(value: Any) -> str:
    """A Python number as NumPy code.

    Example
    -------
    >>> number_text(0.1), number_text(float("-inf")), number_text(1e20)
    ('0.1', '-np.inf', '1e20')
    """
    text = repr(value).replace("inf", "np.inf").replace("nan", "np.nan")
    return text.replace("e+", "e")
