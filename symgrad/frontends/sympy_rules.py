"""What each of SymPy's classes becomes: the table `RULES`, by the name of the class.

Functions that SymPy and the registry call by the same name need no rule here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from ..graph.graph import Expr, operations
from .sympy_matrices import MATRICES
from .sympy_terms import Builder, Rule, Term, add, multiply, power, refusal, too_large


def _float(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """A Float of any precision, or a constant such as pi, as float64."""
    value = float(node)
    if math.isinf(value):
        raise too_large("number")
    return Term(value)


def _constant(value: float) -> Rule:
    return lambda builder, node, terms: Term(value)


def _truth(value: bool) -> Rule:
    return lambda builder, node, terms: Term(over=builder.graph.constant(value))


def _piecewise(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Nested where, from the last piece; not a number where no condition holds."""
    value = Term(math.nan)
    for pair, then, holds in reversed([*zip(node.args, terms[::2], terms[1::2], strict=True)]):
        always = type(pair.args[1]).__name__ == "BooleanTrue"
        value = then if always else Term(over=builder.call("where", holds, then, value))
    return value


def _fold(name: str) -> Rule:
    """An operation of two, between any number of operands; numbers come last."""

    def rule(builder: Builder, node: Any, terms: list[Term]) -> Term:
        ordered = sorted(terms, key=lambda t: t.number is not None)
        return Term(over=reduce(operations[name], map(builder.whole, ordered)))

    return rule


def _compose(function: Callable[..., Expr]) -> Rule:
    """An expression of the operands."""
    return lambda builder, node, terms: Term(over=function(*map(builder.whole, terms)))


def _operation(name: str) -> Rule:
    return lambda builder, node, terms: Term(over=builder.call(name, *terms))


def _log(x: Expr, base: Expr | None = None) -> Expr:
    log = operations["log"]
    return log(x) if base is None else log(x) / log(base)


def _heaviside(x: Expr, at_zero: Expr) -> Expr:
    where = operations["where"]
    return where(x > 0, 1.0, where(x < 0, 0.0, at_zero))


def _sinc(x: Expr) -> Expr:
    """SymPy's sin(x)/x, which is not NumPy's; a safe divisor keeps nan out of the derivative."""
    where, zero = operations["where"], operations["equal"](x, 0)
    divisor = where(zero, 1.0, x)
    return where(zero, 1.0, operations["sin"](divisor) / divisor)


def _of_reciprocal(name: str) -> Rule:
    return _compose(lambda x: operations[name](1 / x))


def _reciprocal_of(name: str) -> Rule:
    return lambda builder, node, terms: Term(under=builder.call(name, *terms))


def _of_order(name: str) -> Rule:
    """A function whose first argument is its order, which is to be fixed."""

    def rule(builder: Builder, node: Any, terms: list[Term]) -> Term:
        n = node.args[0]
        if not n.is_Integer or int(n) < 0:
            raise refusal(node, "The order is to be a fixed integer, 0 or more.")
        return Term(over=operations[name](builder.whole(terms[1]), n=int(n)))

    return rule


RULES: dict[str, Rule | None] = {
    "Symbol": None,  # the reader knows its value
    "Rational": lambda builder, node, terms: Term(int(node.p), int(node.q)),
    "Float": _float,
    "NumberSymbol": _float,
    "Infinity": _constant(math.inf),
    "NegativeInfinity": _constant(-math.inf),
    "NaN": _constant(math.nan),
    "BooleanTrue": _truth(True),
    "BooleanFalse": _truth(False),
    "UnevaluatedExpr": lambda builder, node, terms: terms[0],
    # arithmetic
    "Add": add,
    "Mul": multiply,
    "Pow": power,
    "Mod": _operation("remainder"),
    # choices
    "Piecewise": _piecewise,
    "ITE": _operation("where"),
    "Max": _fold("maximum"),
    "Min": _fold("minimum"),
    "StrictLessThan": _operation("less"),
    "LessThan": _operation("less_equal"),
    "StrictGreaterThan": _operation("greater"),
    "GreaterThan": _operation("greater_equal"),
    "Equality": _operation("equal"),
    "Unequality": _operation("not_equal"),
    "And": _fold("logical_and"),
    "Or": _fold("logical_or"),
    "Xor": _fold("not_equal"),
    "Not": _operation("logical_not"),
    "Implies": _compose(lambda a, b: ~a | b),
    # functions that the registry has under another name, or not
    "Abs": _operation("absolute"),
    "log": _compose(_log),
    "ceiling": _operation("ceil"),
    "frac": _compose(lambda x: x - operations["floor"](x)),
    "Heaviside": _compose(_heaviside),
    "sinc": _compose(_sinc),
    "loggamma": _operation("gammaln"),
    "polygamma": _of_order("polygamma"),
    "trigamma": _operation("polygamma"),
    "besseli": _of_order("iv"),
    "sec": _reciprocal_of("cos"),
    "csc": _reciprocal_of("sin"),
    "cot": _reciprocal_of("tan"),
    "sech": _reciprocal_of("cosh"),
    "csch": _reciprocal_of("sinh"),
    "coth": _reciprocal_of("tanh"),
    "asec": _of_reciprocal("arccos"),
    "acsc": _of_reciprocal("arcsin"),
    "acot": _of_reciprocal("arctan"),
    **MATRICES,
    "Inverse": _operation("inv"),
    "Determinant": _operation("det"),
}
"""By the name of a class of SymPy, or of its ancestor."""

PARTS: dict[str, Callable[[Any], Sequence[Any]]] = {
    **dict.fromkeys(["MatrixSymbol", "Identity", "ZeroMatrix", "OneMatrix"], lambda node: ()),
    **dict.fromkeys(
        ["MatrixElement", "MatrixSlice", "MatPow", "Inverse"], lambda node: node.args[:1]
    ),
    "Piecewise": lambda node: [part for pair in node.args for part in pair.args],
    "ElementwiseApplyFunction": lambda node: [node.expr],
    "MatrixBase": lambda node: node.flat(),
}
"""What is built before a node, where that is not its ``args``."""
