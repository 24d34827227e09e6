"""What stands on a node: the operator with its parameters and constants, in the user's notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..graph.graph import Expr
from ..graph.types import show_shape
from ..ops.indices import index_text
from ..ops.op import registry
from .constants import enclose, number_text
from .names import shorten

_COMMUTATIVE = frozenset(
    {"add", "equal", "logical_and", "logical_or", "maximum", "minimum", "multiply", "not_equal"}
)
_FEW = 4  # elements of a constant array that are shown
_SAID = {
    "astype": ("dtype",),
    "gather": ("index",),
    "getitem": ("index",),
}  # parameters in the name of the operation
_SHAPE = ("shape",)  # the edge says it


def is_ordered(node: Expr) -> bool:
    """Whether the operands of a node may not change places."""
    return len(node.args) > 1 and node.op.name not in _COMMUTATIVE


def operand_name(node: Expr, i: int) -> str:
    """What the operation calls its i-th operand; nothing where the operator's notation says it."""
    op = registry[node.op.name]
    if op.infix is not None:
        return ""
    fixed = len(op.operands) - op.variadic
    return op.operands[i] if i < fixed else str(i - fixed + 1)


def operation_text(node: Expr, folded: Mapping[int, str]) -> str:
    """The operation as it stands on the node: ``@``, ``** 2``, ``sum axis=0``, ``[1:]``."""
    if node.op.name in _WHOLE:
        return _WHOLE[node.op.name](node)
    texts = [folded.get(a.id) for a in node.args]
    infix = registry[node.op.name].infix
    if infix is not None and len(texts) == 2:
        return " ".join([*_side(texts[0]), infix, *_side(texts[1])])
    name = _operator(node)
    if any(texts):
        name += f"({', '.join(t or '·' for t in texts)})"
    return " ".join([name, *_parameters(node)])


def _operator(node: Expr) -> str:
    if node.op.name in _SHORT:
        return _SHORT[node.op.name](node)
    return registry[node.op.name].infix or node.op.name


def _side(text: str | None) -> list[str]:
    return [] if text is None else [enclose(text)]


def _parameters(node: Expr) -> list[str]:
    """The parameters that differ from the operation's defaults."""
    defaults = registry[node.op.name].defaults
    said = _SAID.get(node.op.name, _SHAPE)
    given = {k: v for k, v in node.params.items() if k not in said}
    return [_parameter(k, v) for k, v in given.items() if not _usual(v, defaults.get(k))]


def _usual(value: Any, default: Any) -> bool:
    return value == default or (isinstance(value, np.dtype) and value == np.float64)


def _parameter(name: str, value: Any) -> str:
    if value is True:
        return name
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    return f"{name}={shorten(str(value))}"


def _constant(node: Expr) -> str:
    assert node.value is not None
    if not node.shape:
        return number_text(node.value.item())
    if node.value.size > _FEW:
        return "array"
    return f"[{', '.join(number_text(v) for v in node.value.ravel().tolist())}]"


_WHOLE: dict[str, Callable[[Expr], str]] = {
    "constant": _constant,
    "dim": lambda node: str(node.params["size"]),
    "input": lambda node: "" if node.name else str(node.params["name"]),
}
_SHORT: dict[str, Callable[[Expr], str]] = {
    "astype": lambda node: node.dtype.name,
    "gather": lambda node: shorten(f"[{index_text(node.params['index'], ['·'] * 64)}]"),
    "getitem": lambda node: shorten(f"[{index_text(node.params['index'])}]"),
    "transpose": lambda node: ".T" if node.params["axes"] is None else "transpose",
}


def type_text(node: Expr) -> str:
    """Shape, and for leaves the dtype unless it is float64; nothing for a float64 scalar.

    Example
    -------
    >>> from symgrad.graph import Graph
    >>> g = Graph()
    >>> type_text(g.input("X", "[n, 2]")), type_text(g.input("y", "int64[n]"))
    ('[n, 2]', 'int64[n]')
    """
    dtype = "" if node.args or node.dtype == np.float64 else node.dtype.name
    return f"{dtype}{show_shape(node.shape) if node.shape else ''}"


def changes_shape(node: Expr) -> bool:
    """Whether an array's shape says something that its operands do not."""
    if not node.shape:
        return False
    return node.op.name == "matmul" or all(a.shape != node.shape for a in node.args)
