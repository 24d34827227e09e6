"""How much a function's text computes: NumPy calls, and operators on arrays."""

from __future__ import annotations

import ast
from typing import NamedTuple

SIZES = {"n", "m", "k"}
FREE = {
    "_checked",
    "len",
    "max",
    "array",
    "float64",
}  # arguments, sizes, numbers, the copy returned


class Count(NamedTuple):
    """Calls of functions and methods, and operators with an array among the operands."""

    calls: int
    operators: int

    @property
    def total(self) -> int:
        """Both."""
        return self.calls + self.operators


def count(source: str, name: str) -> Count:
    """Counts of one function of a file; its helpers count as the one call that they are."""
    function = next(
        n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name
    )
    nodes = [n for statement in function.body for n in ast.walk(statement)]
    calls = [n for n in nodes if isinstance(n, ast.Call) and _called(n) not in FREE]
    operators = [
        n
        for n in nodes
        if isinstance(n, ast.BinOp | ast.Compare)
        or (isinstance(n, ast.UnaryOp) and not isinstance(n.op, ast.Not))
    ]
    return Count(len(calls), sum(not _is_number(n) for n in operators))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_number(node: ast.AST) -> bool:
    """Whether Python computes it from literals and sizes alone."""
    if isinstance(node, ast.Call):
        return _called(node) == "max"
    if isinstance(node, ast.Name):
        return node.id in SIZES
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    return (
        _is_number(node.operand)
        if isinstance(node, ast.UnaryOp)
        else isinstance(node, ast.Constant)
    )
