"""What SymPy's matrices and their operations become: the table `MATRICES`."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np

from ..graph.dims import Dim
from ..graph.graph import operations
from ..graph.types import FLOAT64, Type, as_shape
from ..ops.construction import identity
from .sympy_terms import Builder, Rule, Term, add, multiply, power, refusal


def _matrix_product(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """Scalar factors in front, matrices multiplied from left to right."""
    pairs = list(zip(node.args, terms, strict=True))
    scalars = [t for a, t in pairs if not a.is_Matrix]
    matrices = [t for a, t in pairs if a.is_Matrix]
    product = reduce(lambda a, b: a @ b, [builder.whole(t.unsigned) for t in matrices])
    sign = Term(math.prod(t.sign for t in matrices))
    return multiply(builder, node, [*scalars, sign, Term(over=product)])


def _matrix_power(builder: Builder, node: Any, terms: list[Term]) -> Term:
    e = node.args[1]
    if not e.is_Integer or not 0 < abs(int(e)) <= 2**16:
        raise refusal(node, "The exponent of a matrix is to be a fixed integer, and not 0.")
    return Term(over=operations["matrix_power"](builder.whole(terms[0]), int(e)))


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


def _filled(value: float) -> Rule:
    def rule(builder: Builder, node: Any, terms: list[Term]) -> Term:
        number = builder.graph.constant(value)
        return Term(over=operations["broadcast_to"](number, tuple(map(size, node.args))))

    return rule


def _explicit(builder: Builder, node: Any, terms: list[Term]) -> Term:
    """A matrix written out: of numbers, or of scalar expressions."""
    numbers = [t.number for t in terms]
    if all(n is not None for n in numbers):
        values = np.array([float(n) for n in numbers if n is not None]).reshape(node.shape)
        adopting = Type(FLOAT64, values.shape, weak=True)  # SymPy's numbers have no dtype
        return Term(over=builder.graph.typed_constant(values, adopting))
    stacked = operations["stack"]([builder.whole(t) for t in terms])
    return Term(over=stacked.reshape(node.shape))


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


MATRICES: dict[str, Rule | None] = {
    "MatrixSymbol": None,  # the reader knows its value
    "MatAdd": add,
    "HadamardProduct": multiply,
    "HadamardPower": power,
    "MatMul": _matrix_product,
    "MatPow": _matrix_power,
    "Transpose": _transpose,
    "Adjoint": _transpose,
    "Trace": _trace,
    "Identity": lambda builder, node, _: Term(over=identity(builder.graph, size(node.args[0]))),
    "ZeroMatrix": _filled(0.0),
    "OneMatrix": _filled(1.0),
    "MatrixBase": _explicit,
    "MatrixElement": _element,
    "MatrixSlice": _slice,
    "ElementwiseApplyFunction": lambda builder, node, terms: builder.applied(
        node.function, builder.whole(terms[0])
    ),
}
