"""One node as text, from the texts of its operands: parentheses only where they are needed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from ..errors import SymgradError
from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.polynomials import is_name
from ..graph.types import BOOL, FLOAT64, INT64, Type
from ..ops.indices import At, Slice, index_text
from ..ops.op import Op
from .literals import constant_text, number_text, tuple_text
from .operators import BINARY, COMPARISON, FACTOR, LEVEL, PRIMARY, SUM, TERM, UNARY

_INFIX = {name: symbol for symbol, name in BINARY.items()}
_PREFIX = {name: symbol for symbol, name in UNARY.items()}
_LOGIC = {"logical_and": "bitwise_and", "logical_or": "bitwise_or", "logical_not": "invert"}
_PYTHON = [Type(dtype, (), True, True) for dtype in (BOOL, INT64, FLOAT64)]
_TOLD = 4  # coefficients that a reader wants to see


class Spelled(NamedTuple):
    """Text, how tightly its outermost operator binds, and how to say it where it must be a node.

    Operators fold numbers and sizes; ``constant(2)`` and ``dim(n)`` are never folded.
    """

    text: str
    level: int = PRIMARY
    node: str | None = None

    def at(self, level: int) -> str:
        """The text, in parentheses if it binds less tightly than that."""
        return self.text if self.level >= level else f"({self.text})"


def spell(node: Expr, operands: Sequence[Spelled], taken: Collection[str] = ()) -> Spelled:
    """The text of a node.

    Parameters
    ----------
    node : Expr
        Any node.
    operands : sequence of Spelled
        Its operands' texts.
    taken : collection of str
        Names that the program gives a meaning of its own.

    Example
    -------
    >>> from symgrad import Graph
    >>> x = Graph().input("x")
    >>> spell(x * 3, [Spelled("a + b", SUM), Spelled("3")]).text
    '(a + b) * 3'
    """
    name = str(node.op)
    if name in _LOGIC and all(x.dtype == BOOL for x in node.args):  # else no symbol means it
        name = _LOGIC[name]
    if name in _LEAVES:
        return _LEAVES[name](node, taken)
    if name in _INFIX or name in _PREFIX:
        operands = _unfoldable(operands)
    if name in _INFIX:
        return _infix(_INFIX[name], *operands)
    if name in _PREFIX:
        return Spelled(_PREFIX[name] + operands[0].at(FACTOR), FACTOR)
    if name == "getitem":
        return Spelled(f"{operands[0].at(PRIMARY)}[{index_text(node.params['index']) or '()'}]")
    if name == "custom":
        return operands[0]
    if name == "flatnonzero":
        return Spelled(f'flatnonzero({operands[0].text}, "{node.params["size"]}")')
    if name == "gather":
        texts = [o.text for o in operands[1:]]
        return Spelled(f"{operands[0].at(PRIMARY)}[{index_text(node.params['index'], texts)}]")
    if name == "transpose" and node.params["axes"] is None:
        return Spelled(f"{operands[0].at(PRIMARY)}.T")
    arguments = _arguments(cast(Op, node.op), [o.text for o in operands])
    return Spelled(f"{name}({', '.join([*arguments, *_parameters(node, taken)])})")


def say(node: Expr, operands: Sequence[Spelled]) -> Spelled:
    """As `spell`, for readers: a sum that rewriting has marked is a sum, a series is a word.

    The size that is counted where a mask holds has no name.
    """
    if node.op == "flatnonzero":
        return Spelled(f"flatnonzero({operands[0].text})")
    if node.op == "polynomial" and len(node.params["coefficients"]) > _TOLD:
        return Spelled(f"polynomial({operands[0].text}, …)")
    return _infix("+", *operands) if node.op == "exponent_sum" else spell(node, operands)


def _arguments(op: Op, texts: list[str]) -> list[str]:
    """The operands; of an op that takes a list, the last of them in brackets."""
    if not op.variadic:
        return texts
    fixed = len(op.operands) - 1
    return [*texts[:fixed], f"[{', '.join(texts[fixed:])}]"]


def by_name(node: Expr, name: str) -> Spelled:
    """A node that a line has named; names of numbers and sizes are folded as these are."""
    if node.op == "dim":
        return Spelled(name, PRIMARY, f"dim({name})")
    folded = node.value is not None and node.type in _PYTHON
    return Spelled(name, PRIMARY, f"constant({name})" if folded else None)


def _infix(symbol: str, left: Spelled, right: Spelled) -> Spelled:
    level = LEVEL[symbol]
    if symbol == "**":
        return Spelled(f"{left.at(PRIMARY)}**{right.at(FACTOR)}", level)
    first = left.at(level + (level == COMPARISON))
    return Spelled(f"{first} {symbol} {right.at(level + 1)}", level)


def _unfoldable(operands: Sequence[Spelled]) -> Sequence[Spelled]:
    """The first operand as a node, if all are numbers or sizes."""
    if all(o.node for o in operands):
        return [Spelled(str(operands[0].node)), *operands[1:]]
    return operands


def _constant(node: Expr, taken: Collection[str]) -> Spelled:
    if node.type not in _PYTHON:
        return Spelled(constant_text(node, taken))
    text = number_text(node.params["value"].item(), taken)
    level = SUM if " - " in text else FACTOR if text.startswith("-") else PRIMARY
    return Spelled(text, level, f"constant({text})")


def _dim(node: Expr, taken: Collection[str]) -> Spelled:
    size: Dim = node.params["size"]
    level = SUM if len(size.terms) > 1 else PRIMARY if is_name(size.terms) else TERM
    return Spelled(str(size), level, f"dim({size})")


_LEAVES: dict[str, Callable[[Expr, Collection[str]], Spelled]] = {
    "input": lambda node, _: Spelled(node.params["name"]),
    "constant": _constant,
    "dim": _dim,
    "iota": lambda node, _: Spelled(f"arange({node.params['size']})"),
}


def _parameters(node: Expr, taken: Collection[str]) -> Iterator[str]:
    """The parameters, as short as they can be: no defaults, a single axis as a number."""
    in_order = True
    for key, default in cast(Op, node.op).defaults.items():
        value = node.params[key]
        if type(default) is not object and _means_the_same(node, key, default):
            in_order = False
            continue
        if isinstance(value, tuple) and len(value) == 1 and _means_the_same(node, key, value[0]):
            value = value[0]
        in_order = in_order and type(default) is object
        text = parameter_text(value, taken)
        yield text if in_order else f"{key}={text}"


def _means_the_same(node: Expr, key: str, value: object) -> bool:
    """Whether the node's parameters with another value for one of them make the same node."""
    params, prepare = {**node.params, key: value}, cast(Op, node.op).prepare
    try:
        canonical = prepare(*(a.type for a in node.args), **params) if prepare else params
    except SymgradError:
        return False
    # Types too: to NumPy the dtype float64 equals None.
    return all(type(v) is type(canonical[k]) and v == canonical[k] for k, v in node.params.items())


def parameter_text(value: Any, taken: Collection[str] = ()) -> str:
    """A parameter's value.

    Example
    -------
    >>> parameter_text((1, None, Dim("n"), Slice((1, None, 2)), np.dtype("float32")))
    '(1, None, n, slice(1, None, 2), "float32")'
    """
    if isinstance(value, Slice):
        start, stop, step = value
        return f"slice({start}, {stop}{'' if step == 1 else f', {step}'})"
    if isinstance(value, tuple | list):
        return tuple_text(parameter_text(v, taken) for v in value)
    if isinstance(value, np.dtype):
        return f'"{value.name}"'
    if isinstance(value, str):
        return str(value) if isinstance(value, Dim) else f'"{value}"'
    if isinstance(value, At):
        return repr(value)
    return number_text(value, taken) if isinstance(value, int | float) else str(value)
