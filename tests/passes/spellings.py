"""Other ways to write a formula: one change at one place.

Operands commute and associate, a - b is a + (-b), a quotient is a product with a reciprocal,
exp(-x) is 1 / exp(x), constants are floats: what people and programs write for one formula.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

Change = Callable[[ast.expr], Iterator[ast.expr]]


def spellings(text: str) -> list[str]:
    """The text, and all that one change makes of it, in a fixed order."""
    tree = ast.parse(text, mode="eval").body
    found = [ast.unparse(tree)]
    for i, node in enumerate(ast.walk(tree)):
        for new in _changed(node):
            whole = ast.Expression(copy.deepcopy(tree))
            target = list(ast.walk(whole.body))[i]
            made = _Put(target, copy.deepcopy(new)).visit(whole)
            found.append(ast.unparse(ast.fix_missing_locations(made)))
    return list(dict.fromkeys(found))


class _Put(ast.NodeTransformer):
    """Puts one expression in the place of another."""

    def __init__(self, target: ast.AST, new: ast.AST) -> None:
        self.target, self.new = target, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.target else self.generic_visit(node)


def _changed(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp):
        yield from _BINARY.get(type(node.op), _nothing)(node)
    elif isinstance(node, ast.UnaryOp) and _number(node) is None:
        yield from _negative(node.operand)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from _CALLS.get(node.func.id, _nothing)(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(float(node.value))


def _nothing(node: ast.expr) -> Iterator[ast.expr]:
    return iter(())


def _of(template: str, **parts: ast.expr) -> ast.expr:
    """An expression by its text, with expressions for names."""

    class Filled(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return copy.deepcopy(parts.get(node.id, node))

    made: ast.expr = Filled().visit(ast.parse(template, mode="eval").body)
    return made


def _is(node: ast.expr, op: type[ast.operator]) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, op)


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return -node.operand.value
    return node.value if isinstance(node, ast.Constant) else None


def _sum(node: ast.BinOp) -> Iterator[ast.expr]:
    a, b = node.left, node.right
    yield _of("b + a", a=a, b=b)
    yield _of("a - -b", a=a, b=b)
    if _is(a, ast.Add):
        yield _of("c + (d + b)", c=a.left, d=a.right, b=b)
    if _is(a, ast.Sub):
        yield _of("(c + b) - d", c=a.left, d=a.right, b=b)


def _difference(node: ast.BinOp) -> Iterator[ast.expr]:
    a, b = node.left, node.right
    for template in ("a + -b", "-b + a", "-(b - a)", "a + -1 * b"):
        yield _of(template, a=a, b=b)
    if _is(a, ast.Add):
        yield _of("(c - b) + d", c=a.left, d=a.right, b=b)
    if _is(a, ast.Sub):
        yield _of("(c - b) - d", c=a.left, d=a.right, b=b)


def _product(node: ast.BinOp) -> Iterator[ast.expr]:
    a, b = node.left, node.right
    yield _of("b * a", a=a, b=b)
    yield _of("1 * a * b", a=a, b=b)
    if _number(a) == 0.5:
        yield _of("b / 2", b=b)
    if _is(a, ast.Mult):
        yield _of("c * (d * b)", c=a.left, d=a.right, b=b)


def _quotient(node: ast.BinOp) -> Iterator[ast.expr]:
    a, b = node.left, node.right
    for template in ("a * (1 / b)", "1 / b * a", "1 * a / b"):
        yield _of(template, a=a, b=b)
    if _number(b) is None:
        yield _of("a * b**-1", a=a, b=b)
        yield _of("a * reciprocal(b)", a=a, b=b)
    if _number(b) in (2, 4):
        yield ast.BinOp(a, ast.Mult(), ast.Constant(1 / _number(b)))
    if _number(a) == 1:
        yield _of("b**-1", b=b)


def _power(node: ast.BinOp) -> Iterator[ast.expr]:
    if _number(node.right) == 2:
        for template in ("a * a", "square(a)", "a**2.0"):
            yield _of(template, a=node.left)


def _negative(x: ast.expr) -> Iterator[ast.expr]:
    for template in ("-1 * x", "x * -1", "0 - x"):
        yield _of(template, x=x)


def _exp(node: ast.Call) -> Iterator[ast.expr]:
    (x,) = node.args
    minus = x.operand if isinstance(x, ast.UnaryOp) else ast.UnaryOp(ast.USub(), x)
    for template in ("1 / exp(y)", "exp(y)**-1", "reciprocal(exp(y))"):
        yield _of(template, y=minus)


def _log(node: ast.Call) -> Iterator[ast.expr]:
    (x,) = node.args
    if _is(x, ast.Div):
        yield _of("log(a) - log(b)", a=x.left, b=x.right)
        yield _of("-log(b / a)", a=x.left, b=x.right)
    if _is(x, ast.Add) and _number(x.left) == 1:
        yield _of("log1p(b)", b=x.right)
    if _is(x, ast.Sub) and _number(x.left) == 1:
        yield _of("log1p(-b)", b=x.right)


def _sqrt(node: ast.Call) -> Iterator[ast.expr]:
    yield _of("x**0.5", x=node.args[0])


_BINARY = {
    **{ast.Add: _sum, ast.Sub: _difference, ast.Mult: _product},
    **{ast.Div: _quotient, ast.Pow: _power},
}
_CALLS = {"exp": _exp, "log": _log, "sqrt": _sqrt}
