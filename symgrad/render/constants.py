"""Scalars made of constants alone: they need no node, and stand on the nodes that read them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable

from ..graph.graph import Expr
from ..ops.op import registry

_LONGEST = 20  # characters of a constant that is folded into the node that reads it
_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "astype": float,
    "divide": operator.truediv,
    "multiply": operator.mul,
    "negative": operator.neg,
    "power": operator.pow,
    "subtract": operator.sub,
}
_SIGNS = "+-*/%@"
_LOOSER = {"+": "", "-": "", "*": "+-", "/": "+-"}  # signs that bind less than one on their right


def fold(nodes: Iterable[Expr], keep: set[int]) -> dict[int, str]:
    """The texts of scalars that are made of numbers and named dims alone, by the nodes' ids.

    Parameters
    ----------
    nodes : iterable of Expr
        In topological order.
    keep : set of int
        Ids of nodes that are to be drawn all the same.

    Example
    -------
    >>> from symgrad.graph import Graph
    >>> g = Graph()
    >>> y = g.constant(2.0) * 3 + g.input("x")
    >>> fold(g.nodes, set())
    {0: '2', 1: '3', 2: '6'}
    """
    texts: dict[int, str] = {}
    values: dict[int, float] = {}
    for node in nodes:
        if node.shape or node.id in keep:
            continue
        value = _value(node, values)
        text = _text(node, texts) if value is None else number_text(value)
        if text is not None and len(text) <= _LONGEST:
            texts[node.id] = text
            if value is not None:
                values[node.id] = value
    return texts


def _value(node: Expr, values: dict[int, float]) -> float | None:
    """What a node comes to, for the reader: the emitted code computes it in its own dtype."""
    if node.value is not None:
        return node.value.item()  # type: ignore[no-any-return]
    compute = _ARITHMETIC.get(node.op.name)
    if compute is None or any(a.id not in values for a in node.args):
        return None
    try:
        return float(compute(*(float(values[a.id]) for a in node.args)))
    except (ArithmeticError, TypeError):
        return None


def _text(node: Expr, texts: dict[int, str]) -> str | None:
    if node.op.name == "dim":
        return str(node.params["size"])
    if not node.args or any(a.id not in texts for a in node.args):
        return None
    first, *rest = (texts[a.id] for a in node.args)
    if node.op.name == "astype":
        return first
    infix = registry[node.op.name].infix
    if infix is None:
        return None
    if not rest:
        return infix + enclose(first)
    return f"{enclose(first, _LOOSER.get(infix, _SIGNS))} {infix} {enclose(rest[0])}"


def number_text(value: float) -> str:
    """A number, as short as it can be said in a picture.

    Example
    -------
    >>> number_text(1.0), number_text(1 / 3), number_text(True), number_text(float("inf"))
    ('1', '0.333333', 'True', 'inf')
    """
    if not isinstance(value, float):
        return str(value)
    whole = math.isfinite(value) and value == math.floor(value) and abs(value) < 1e6
    return f"{value:.0f}" if whole else f"{value:.6g}"


def enclose(text: str, signs: str = _SIGNS) -> str:
    """A constant as an operand: in parentheses if it holds one of these signs.

    Example
    -------
    >>> enclose("max(n, 1)"), enclose("1 / n")
    ('max(n, 1)', '(1 / n)')
    """
    return f"({text})" if any(f" {sign} " in text for sign in signs) else text
