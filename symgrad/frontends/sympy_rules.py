"""What each of SymPy's classes becomes: the table `RULES`, by the name of the class.

Functions that SymPy and the registry call by the same name need no rule here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from ..errors import DTypeError, GraphError
from ..graph.dims import Dim
from ..graph.graph import Expr, Graph, operations
from ..graph.types import FLOAT64, Type, as_shape
from ..ops.construction import identity

Number = int | float | Fraction


class Term(NamedTuple):
    """``(p / q) * (over / under)``, kept apart so that sums can subtract and products divide."""

    p: int | float = 1
    q: int = 1
    over: Expr | None = None
    under: Expr | None = None

    @property
    def number(self) -> Number | None:
        """Its value, if it is a number."""
        if self.over is not None or self.under is not None:
            return None
        return _quotient(self.p, self.q)

    @property
    def sign(self) -> int:
        """-1 with a minus in front, else 1."""
        return -1 if self.p < 0 else 1

    @property
    def unsigned(self) -> Term:
        """The term without its minus."""
        return self._replace(p=-self.p) if self.p < 0 else self


def _quotient(p: int | float, q: int) -> Number:
    return p if q == 1 else p / q if isinstance(p, float) else Fraction(p, q)


class Builder:
    """What the rules know of the reader: it makes expressions of terms."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def whole(self, term: Term) -> Expr:
        """The term as one expression."""
        number = term.number
        if number is not None:
            return self.graph.constant(_plain(number))
        p, q = _coefficient(term.p, term.q)
        value: Expr = _scaled(p, term.over)
        return value if q == 1 and term.under is None else value / _scaled(q, term.under)

    def call(self, name: str, *terms: Term) -> Expr:
        """An operation of the registry."""
        return operations[name](*map(self.whole, terms))

    def applied(self, function: Any, x: Expr) -> Term:
        """A SymPy function of one variable, at x."""
        raise NotImplementedError


def _plain(number: Number) -> int | float:
    """An int or a float, correctly rounded."""
    try:
        return float(number) if isinstance(number, Fraction) else number
    except OverflowError:
        raise _too_large("quotient") from None


def _too_large(what: str) -> DTypeError:
    return DTypeError(f"a {what} this large fits no dtype (float64 ends at 1.8e308)")


def _coefficient(p: int | float, q: int) -> tuple[int | float, int]:
    """Numerator and denominator where floats hold both, else their quotient, rounded once."""
    exact = q == 1 or (isinstance(p, int) and max(abs(p), q) <= 2**53)
    return (p, q) if exact else (_plain(_quotient(p, q)), 1)


def _scaled(c: int | float, x: Expr | None) -> Any:
    if x is None:
        return c
    return x if c == 1 else -x if c == -1 else c * x


Rule = Callable[[Builder, Any, list[Term]], Term]


def _integer(builder: Builder, node: Any, terms: list[Term]) -> Term:
    return Term(int(node.p), int(node.q))


def _float(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """A Float of any precision, or a constant such as pi, as float64."""
    value = float(node)
    if math.isinf(value):
        raise _too_large("number")
    return Term(value)


def _constant(value: float) -> Rule:
    return lambda builder, node, terms: Term(value)


def _truth(value: bool) -> Rule:
    return lambda builder, node, terms: Term(over=builder.graph.constant(value))


def _add(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """A sum from left to right, in which negative terms are subtracted and do not come first."""
    first = next((i for i, t in enumerate(terms) if t.sign > 0), 0)
    total = builder.whole(terms[first])
    for t in terms[:first] + terms[first + 1 :]:
        x = builder.whole(t.unsigned)
        total = total - x if t.sign < 0 else total + x
    return Term(over=total)


def _multiply(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Numbers and signs gathered in front, reciprocals in the denominator."""
    over = [builder.whole(t.unsigned) for t in terms if t.over is not None]
    under = [t.under for t in terms if t.over is None and t.under is not None]
    return Term(*_gathered(terms), _product(over), _product(under))


def _gathered(terms: Iterable[Term]) -> tuple[int | float, int]:
    """The product of the numbers and the signs."""
    numbers = [_quotient(t.p, t.q) if t.over is None else t.sign for t in terms]
    try:
        product = math.prod(numbers)
    except OverflowError:
        raise _too_large("number") from None
    if isinstance(product, Fraction):
        return product.numerator, product.denominator
    return product, 1


def _product(factors: Iterable[Expr]) -> Expr | None:
    """From left to right; None if there are none."""
    product = None
    for x in factors:
        product = x if product is None else product * x
    return product


def _power(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Numeric exponents make roots and reciprocals, powers of E exponentials."""
    base, exponent = terms
    e = exponent.number
    if type(node.args[0]).__name__ == "Exp1":
        return Term(over=builder.call("exp", exponent))
    if e is None:
        return Term(over=builder.call("power", base, exponent))
    if isinstance(base.number, int) and isinstance(e, int):
        return _integer_power(node, base.number, e)
    raised = _raised(builder.whole(base), -e if e < 0 else e)
    return Term(under=raised) if e < 0 else Term(over=raised)


def _raised(x: Expr, e: Number) -> Expr:
    if e == Fraction(1, 2):
        return operations["sqrt"](x)
    if isinstance(e, float) and e.is_integer():
        e = int(e)
    return x if e == 1 else x ** _plain(e)


def _integer_power(node: Any, base: int, e: int) -> Term:
    """An integer while it is short, so that neither we nor emitted code compute for hours."""
    if base == 0 and e < 0:
        raise refusal(node, "1/0 is no real number.")
    if abs(base) > 1 and abs(e) * base.bit_length() > 4096:
        return Term(_float_power(base, e))
    power = base ** abs(e)
    return Term(power) if e >= 0 else Term(-1 if power < 0 else 1, abs(power))


def _float_power(base: int, e: int) -> float:
    try:
        return float(base) ** e
    except OverflowError:
        raise _too_large("power") from None


def _matrix_product(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Scalar factors in front, matrices multiplied from left to right."""
    pairs = list(zip(node.args, terms, strict=True))
    scalars = [t for a, t in pairs if not a.is_Matrix]
    matrices = [t for a, t in pairs if a.is_Matrix]
    product = reduce(lambda a, b: a @ b, [builder.whole(t.unsigned) for t in matrices])
    sign = Term(math.prod(t.sign for t in matrices))
    return _multiply(builder, node, [*scalars, sign, Term(over=product)])


def _matrix_power(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Products of a square matrix with itself, by repeated squaring."""
    e = node.args[1]
    if not e.is_Integer or not 0 < abs(int(e)) <= 2**16:
        raise refusal(node, "The exponent of a matrix is to be a fixed integer, and not 0.")
    x = builder.whole(terms[0])
    return Term(over=_repeated(x if e > 0 else _needed("inv", node)(x), abs(int(e))))


def _repeated(x: Expr, e: int) -> Expr:
    """The matrix product of e factors x."""
    if e == 1:
        return x
    half = _repeated(x, e // 2)
    return half @ half @ x if e % 2 else half @ half


def _needed(name: str, node: Any) -> Callable[..., Expr]:
    """An operation that the registry may not have."""
    if name not in operations:
        raise refusal(node)
    return operations[name]


def _linear(name: str) -> Rule:
    """A function of the first operand alone."""
    return lambda builder, node, terms: Term(over=_needed(name, node)(builder.whole(terms[0])))


def _transpose(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """All is real, so that an adjoint is a transpose."""
    return Term(terms[0].sign, over=builder.whole(terms[0].unsigned).T)


def _trace(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Of a product the sum of elementwise products, which needs no square matrix."""
    p, q, x, _ = terms[0] if terms[0].under is None else Term(over=builder.whole(terms[0]))
    assert x is not None
    if x.op == "matmul":
        a, b = x.args
        a, b = (a.args[0], b) if a.op == "transpose" else (a, b.T)
        return Term(p, q, (a * b).sum())
    return Term(p, q, (x * identity(builder.graph, x.shape[0])).sum())


def _identity(builder: Builder, node: Any, terms: list[Term]) -> Term:
    return Term(over=identity(builder.graph, size(node.args[0])))


def _filled(value: float) -> Rule:
    def rule(builder: Builder, node: Any, terms: list[Term]) -> Term:
        number = builder.graph.constant(value)
        return Term(over=operations["broadcast_to"](number, tuple(map(size, node.args))))

    return rule


def _explicit(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """A matrix written out: of numbers, or of scalar expressions."""
    numbers = [t.number for t in terms]
    if all(n is not None for n in numbers):
        values = np.array([float(n) for n in numbers if n is not None])
        return Term(over=_adopting(builder.graph, values.reshape(node.shape)))
    stacked = _needed("stack", node)([builder.whole(t) for t in terms])
    return Term(over=stacked.reshape(node.shape))


def _adopting(graph: Graph, values: np.ndarray[Any, Any]) -> Expr:
    """A constant that adopts the dtype of what it meets: SymPy's numbers have none."""
    return graph.typed_constant(values, Type(FLOAT64, values.shape, weak=True))


def _element(builder: Builder, node: Any, terms: list[Term]) -> Term:
    i, j = (_fixed(node, index) for index in node.args[1:])
    return Term(over=builder.whole(terms[0])[i, j])


def _slice(builder: Builder, node: Any, terms: list[Term]) -> Term:
    pairs = zip(node.args[1:], node.args[0].shape, strict=True)
    rows, columns = (_range(node, bounds, length) for bounds, length in pairs)
    return Term(over=builder.whole(terms[0])[rows, columns])


def _range(node: Any, bounds: Any, length: Any) -> slice:
    start, stop, step = bounds
    if start == 0 and stop == length:
        return slice(None, None, _fixed(node, step))
    return slice(_fixed(node, start), _fixed(node, stop), _fixed(node, step))


def _fixed(node: Any, index: Any) -> int:
    if not index.is_Integer:
        raise refusal(node, "Indices are to be fixed integers.")
    return int(index)


def size(dim: Any) -> int | Dim:
    """A size: an integer, a symbol, or a polynomial such as ``2*n + 1``."""
    if dim.is_Integer:
        return int(dim)
    return Dim(dim.name) if dim.is_Symbol else as_shape(str(dim))[0]


def _apply(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """A function of one variable, applied to every element."""
    return builder.applied(node.function, builder.whole(terms[0]))


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


def _ceiling(x: Expr) -> Expr:
    return operations["ceil"](x) if "ceil" in operations else -operations["floor"](-x)


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
    "Symbol": None,  # the reader knows their values
    "MatrixSymbol": None,
    "Rational": _integer,
    "Float": _float,
    "NumberSymbol": _float,
    "Infinity": _constant(math.inf),
    "NegativeInfinity": _constant(-math.inf),
    "NaN": _constant(math.nan),
    "BooleanTrue": _truth(True),
    "BooleanFalse": _truth(False),
    "UnevaluatedExpr": lambda builder, node, terms: terms[0],
    # arithmetic
    "Add": _add,
    "MatAdd": _add,
    "Mul": _multiply,
    "HadamardProduct": _multiply,
    "Pow": _power,
    "HadamardPower": _power,
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
    "ceiling": _compose(_ceiling),
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
    # matrices
    "MatMul": _matrix_product,
    "MatPow": _matrix_power,
    "Transpose": _transpose,
    "Adjoint": _transpose,
    "Trace": _trace,
    "Inverse": _linear("inv"),
    "Determinant": _linear("det"),
    "Identity": _identity,
    "ZeroMatrix": _filled(0.0),
    "OneMatrix": _filled(1.0),
    "MatrixBase": _explicit,
    "MatrixElement": _element,
    "MatrixSlice": _slice,
    "ElementwiseApplyFunction": _apply,
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

_REAL = "symgrad computes with real numbers."
_DO = "Carry it out first: expr.doit()."

_REMEDIES = {
    "ImaginaryUnit": _REAL,
    "ComplexInfinity": _REAL,
    **dict.fromkeys(
        ["re", "im", "arg", "conjugate"], f"{_REAL} Say so to SymPy: Symbol('x', real=True)."
    ),
    **dict.fromkeys(["Integral", "Sum", "Product", "Limit", "Subs"], _DO),
    "Derivative": f"{_DO} Or differentiate with sg.grad.",
    "AppliedUndef": "Define it first: expr.replace(f, lambda x: ...).",
    "Indexed": 'Use a MatrixSymbol, or a Symbol whose spec is an array: {"a": "[n]"}.',
    "Poly": "Use its expression: poly.as_expr().",
}
_REWRITE = "Rewrite it with operations that symgrad has; symgrad.ops.registry lists them."


def refusal(node: Any, how: str | None = None) -> GraphError:
    """The error of a part that there is no operation for."""
    names = [base.__name__ for base in type(node).__mro__]
    kind = "undefined function" if "AppliedUndef" in names else names[0]
    remedy = next((_REMEDIES[name] for name in names if name in _REMEDIES), _REWRITE)
    return GraphError(
        f"symgrad has no operation for SymPy's {kind}{_shown(node)}", how=how or remedy
    )


def _shown(node: Any) -> str:
    """The text of a small expression; SymPy would take a large one apart by recursion."""
    stack, count = [node], 0
    while stack and count < 30:
        stack.extend(getattr(stack.pop(), "args", ()))
        count += 1
    return "" if stack else f": {str(node)[:60]}"
