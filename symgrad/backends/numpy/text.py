"""Nodes as NumPy expressions: precedence, literals, templates. No statement is decided here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ...graph.dims import Dim
from ...graph.graph import Expr
from ...ops.literals import number_text
from ...ops.op import Op, registry

ATOM, POWER, UNARY, PRODUCT, SUM, COMPARE = 16, 15, 14, 13, 12, 8
_LEVELS = {
    "**": POWER,
    **dict.fromkeys(("*", "/", "//", "%", "@"), PRODUCT),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), COMPARE),
}
_FIELD = re.compile(r"\{([\w*]+)\}")
_SIMPLE = re.compile(r"-?[\w.]+|-?\d[\w.]*e[+-]\d+")


class Text(NamedTuple):
    """An expression's text, how tightly it binds, and how many operations it holds."""

    text: str
    level: int = ATOM
    weight: int = 0

    def at(self, level: int) -> str:
        """The text, in parentheses if it binds less tightly than ``level``."""
        return self.text if self.level >= level else f"({self.text})"


def of_leaf(node: Expr, name: str | None) -> Text:
    """An input by its name, a size by its formula, a scalar constant as a literal."""
    if name is not None:
        return Text(name)
    if node.op == "dim":
        return of_size(node.params["size"])
    return _literal(node)


def of_size(size: int | Dim) -> Text:
    """A size as Python."""
    text = str(size).replace("*", " * ").replace("//", " // ")
    if not (isinstance(size, int) or size.terms == (((str(size),), 1),)):
        return Text(text, SUM)
    if text.startswith("("):  # the name of a quotient, which brings its brackets along
        return Text(text[1:-1], PRODUCT)
    return Text(text)


def _literal(node: Expr) -> Text:
    value = node.params["value"]
    text = number_text(value.item())
    if node.type.python:
        return Text(text, UNARY if text.startswith("-") else ATOM)
    return Text(f"np.{node.dtype.name}({text})")


def of_operation(node: Expr, args: list[Text], scipy: bool = False) -> Text:
    """An operation on operands whose texts are known, by SciPy's function where that is allowed."""
    op = registry[node.op]
    weight = 1 + sum([a.weight for a in args])
    if scipy and op.scipy:
        return Text(f"special.{op.scipy}({', '.join(a.text for a in args)})", ATOM, weight)
    if op.infix is not None and (op.arithmetic or not all(a.type.python for a in node.args)):
        return _infix(op.infix, args, weight)
    if callable(op.numpy):
        return Text(_postfix_safe(op, node, args), ATOM, weight)
    filled = _filled(op, node.params, args)
    if op.helper and node.args and all(a.type.python for a in node.args):
        filled = f"np.{node.dtype.name}({filled})"  # a helper may compute by Python's arithmetic
    return Text(filled, ATOM, weight)


def _infix(symbol: str, args: list[Text], weight: int) -> Text:
    if len(args) == 1:
        of_power = args[0].level == POWER  # as black writes it: -(x**2)
        inner = args[0].at(ATOM if of_power else UNARY)
        return Text(f"{symbol}{inner}", UNARY, weight)
    level = _LEVELS[symbol]
    if symbol == "**":
        a, b = args[0].at(ATOM), args[1].at(UNARY)
        simple = _SIMPLE.fullmatch(a) and _SIMPLE.fullmatch(b)
        return Text(f"{a}**{b}" if simple else f"{a} ** {b}", POWER, weight)
    left = args[0].at(level + 1 if level == COMPARE else level)
    return Text(f"{left} {symbol} {args[1].at(level + 1)}", level, weight)


def _postfix_safe(op: Op, node: Expr, args: list[Text]) -> str:
    """A function column may put a suffix behind its first operand; an atom bears that."""
    assert callable(op.numpy)
    plain = op.numpy(node, *(a.text for a in args))
    if args and plain.startswith(args[0].text) and args[0].level < ATOM:
        return op.numpy(node, args[0].at(ATOM), *(a.text for a in args[1:]))
    return plain


@cache
def _pieces(
    template: str, operands: tuple[str, ...]
) -> Sequence[tuple[str, int | None, str | None, bool]]:
    """Pieces of a row's template: text, the number of the operand behind it or else the field.

    Last, whether the operand stands alone: between brackets and commas.
    """
    places = {x: i for i, x in enumerate(operands)}
    fields = template_fields(template)
    return [(t, places.get(key or ""), key, t.endswith(("(", ", "))) for t, key in fields]


@cache
def template_fields(template: str) -> Sequence[tuple[str, str | None]]:
    """Pieces of a template: text, and the name of the field behind it."""
    *pieces, rest = _FIELD.split(template)
    return (*zip(pieces[::2], pieces[1::2], strict=True), (rest, None))


@cache
def repeated_operands(op: Op) -> Sequence[int]:
    """Operands that a row's template mentions twice, by their numbers."""
    if not isinstance(op.numpy, str) or op.infix is not None:
        return ()
    keys = [key for _, key in template_fields(op.numpy)]
    return [i for i, name in enumerate(op.operands) if keys.count(name) > 1]


def _filled(op: Op, params: Mapping[str, Any], args: list[Text]) -> str:
    """A template with operands, parameters, and ``{*}`` for parameters unlike their defaults."""
    if op.variadic:
        fixed = len(op.operands) - 1
        args = [*args[:fixed], Text(f"[{', '.join(a.text for a in args[fixed:])}]")]
    assert isinstance(op.numpy, str)
    out = []
    for text, place, key, alone in _pieces(op.numpy, op.operands):
        out.append(text)
        if place is not None:
            out.append(args[place].text if alone else args[place].at(ATOM))
        elif key == "*":
            out.append(_keywords(op, params))
        elif key is not None:
            out.append(value(params[key]))
    return "".join(out)


def _keywords(op: Op, params: Mapping[str, Any]) -> str:
    given = [(k, v) for k, v in params.items() if v != op.defaults[k]]
    return "".join(f", {k}={value(v)}" for k, v in given)


def value(x: Any) -> str:
    """A static parameter as source; one axis as a plain number."""
    if isinstance(x, tuple) and len(x) == 1 and isinstance(x[0], int):
        return str(x[0])
    if isinstance(x, np.dtype):
        return f"np.{x.name}"
    return number_text(x) if isinstance(x, float | bool) else str(x)
