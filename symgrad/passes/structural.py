"""What no equation says, by operation: tables of the families, and a few rewrites of none of them.

Of one operation what stands first is tried first.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..graph.graph import Expr
from ..ops.arithmetic import multiply
from ..ops.diagonals import trace
from ..ops.indexing import getitem
from ..ops.indices import Slice
from ..ops.labels import one_hot
from ..ops.reductions import sum_
from ..ops.shapes import broadcast_to, matrix_transpose, reshape, transpose
from .facts.exponentials import literal
from .facts.marks import Opaque, among, reading, reading_all
from .families import (
    addends,
    angles,
    complements,
    entropies,
    expectations,
    factors,
    hyperbolics,
    lorentz,
    magnitudes,
    means,
    mixtures,
    probabilities,
    quotients,
    reduced,
    relative,
    remainders,
    roots,
    shares,
    signed,
    vanishing,
    variances,
)
from .families.matrices import (
    inverse_of_transpose,
    log_of_determinant,
    product_with_inverse,
    sign_of_product,
    solution_of_identity,
    square_of_norm,
    transposed_identity_or_outer_product,
)

_EXACT: dict[str, Callable[..., int]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "negative": operator.neg,
}
_LITERAL_ARITHMETIC = (*_EXACT, "divide")


@reading_all("number")
def _folded(node: Expr, opaque: Opaque) -> Expr | None:
    """Arithmetic of literals is done now: integers exactly, floats by IEEE 754 (1/0 is inf)."""
    if not node.type.python or any(a.value is None for a in node.args):
        return None
    if node.dtype.kind == "i":
        exact = _EXACT[node.op](*(a.params["value"].item() for a in node.args))
        return node.graph.constant(exact) if -(2**63) <= exact < 2**63 else None
    with np.errstate(all="ignore"):
        result = getattr(np, node.op)(*(a.params["value"] for a in node.args))
    return node.graph.constant(result.item())


@reading("minus")
def _less_negative_number(node: Expr, opaque: Opaque) -> Expr | None:
    """x - (-1) is x + 1, which other rules look for."""
    x, y = node.args
    number = literal(y) if y.value is not None and y.type.python else None
    if number is None or number >= 0 or x.value is not None:
        return None
    positive: float = -y.params["value"].item()
    return x + positive


@reading("number")
def _whole_power(node: Expr, opaque: Opaque) -> Expr | None:
    """x**2.0 is x**2, which other rules look for."""
    x, p = node.args
    number = literal(p) if p.op == "constant" and p.dtype.kind == "f" else None
    if number is None or not x.type.is_floating or x.type.python:
        return None
    return x ** int(number) if -99 <= number <= 99 and number == int(number) else None


@reading("transpose")
def _transposed_twice(node: Expr, opaque: Opaque) -> Expr | None:
    """Transposes in a row are one, or none."""
    (inner,) = node.args
    if inner.op != "transpose" or inner.id in opaque:
        return None
    first, second = (n.params["axes"] or tuple(range(n.ndim))[::-1] for n in (inner, node))
    return transpose(inner.args[0], tuple(first[i] for i in second))


@reading("one_hot")
def _one_hot_cast(node: Expr, opaque: Opaque) -> Expr | None:
    """One-hot rows are made in the dtype they are wanted in."""
    (inner,) = node.args
    if inner.op != "one_hot" or inner.id in opaque:
        return None
    return one_hot(inner.args[0], inner.params["depth"], node.params["dtype"])


@among("eye")
@reading("eye", "multiply")
def _times_identity(node: Expr, opaque: Opaque) -> Expr | None:
    """A factor that is the identity matrix, or a multiple of it, leaves the other."""
    a, b = node.args
    for factor, other in ((a, b), (b, a)):
        if other.ndim > 2:
            continue
        if factor.op == "eye":
            return other
        if factor.op == "multiply" and factor.id not in opaque:
            scale, unit = sorted(factor.args, key=lambda x: x.ndim)
            if unit.op == "eye" and not scale.ndim:
                return multiply(scale, other)
    return None


@reading("diagonal")
def _sum_of_diagonal(node: Expr, opaque: Opaque) -> Expr | None:
    """The sum along a diagonal is a trace."""
    (x,) = node.args
    axes = node.params["axis"] or tuple(range(x.ndim))
    if x.op != "diagonal" or x.id in opaque or node.params["keepdims"] or axes != (x.ndim - 1,):
        return None
    return trace(*x.args, **x.params)


@reading("matmul")
def _trace_of_product(node: Expr, opaque: Opaque) -> Expr | None:
    """tr(A B) is the sum of all elements of A * B.T: only the diagonal of the product is made."""
    (product,) = node.args
    last = (product.ndim - 2, product.ndim - 1)
    if product.op != "matmul" or product.id in opaque or not product.type.is_floating:
        return None
    a, b = product.args
    square = product.shape[-1] == product.shape[-2]
    if a.ndim != b.ndim or tuple(node.params.values()) != (0, *last) or not square:
        return None
    return sum_(vanishing.product(a, matrix_transpose(b), opaque), axis=last)


def _embedded_whole(node: Expr, opaque: Opaque) -> Expr | None:
    """What takes up all of the zeros, perhaps backward, is indexed: the adjoint of a flip."""
    index = node.params["index"]
    if all(isinstance(e, Slice) and e in _WHOLE for e in index):
        return getitem(broadcast_to(node.args[0], node.shape), index)
    if all(e is None or e == _WHOLE[0] for e in index):  # the adjoint of x[:, None]
        return reshape(broadcast_to(node.args[0], getitem(node, index).shape), node.shape)
    return None


_WHOLE = ((None, None, 1), (None, None, -1))


def _reshaped_twice(node: Expr, opaque: Opaque) -> Expr | None:
    """Of reshapes in a row the last counts; to the shape there was, none."""
    (inner,) = node.args
    if inner.op in ("reshape", "expand_dims", "squeeze") and inner.id not in opaque:
        return reshape(inner.args[0], node.shape)
    return inner if inner.shape == node.shape else None


Rewrite = Callable[[Expr, Opaque], Expr | None]
Table = Mapping[str, Sequence[Rewrite]]


def joined(*tables: Table) -> dict[str, list[Rewrite]]:
    """Tables as one: of each operation, what the first tables have comes first."""
    found: dict[str, list[Rewrite]] = {}
    for table in tables:
        for name, changes in table.items():
            found.setdefault(name, []).extend(changes)
    return found


FOLDING = {name: [_folded] for name in _LITERAL_ARITHMETIC}
CANONICALIZE: Table = {
    **FOLDING,
    "transpose": [_transposed_twice, transposed_identity_or_outer_product],
    "astype": [_one_hot_cast],
    "matmul": [_times_identity],
    "reshape": [_reshaped_twice],
    "expand_dims": [_reshaped_twice],
    "squeeze": [_reshaped_twice],
    "embed": [_embedded_whole],
    "solve": [solution_of_identity],
    "inv": [inverse_of_transpose],
}
STABILIZE: Table = joined(
    {
        # Before differentiation too: of a sum it is a transpose, of a trace a product.
        "sum": [_sum_of_diagonal],
        "trace": [_trace_of_product],
        "log": [log_of_determinant],
        "subtract": [_less_negative_number],
        "matmul": [product_with_inverse, sign_of_product],
        "power": [_whole_power, square_of_norm],
        "square": [square_of_norm],
    },
    # What reads sums of exponentials comes first: it sees more than the equations of `rules/` do.
    probabilities.LOGARITHMS,
    probabilities.DIFFERENCES,
    probabilities.SHARES,
    magnitudes.LOGARITHMS,
    mixtures.LOGARITHMS,
    reduced.LOGARITHMS,
    reduced.TEMPERED,
    shares.QUOTIENTS,
    expectations.QUOTIENTS,
    shares.SHIFTS,
    shares.OF_SOME,
    quotients.LOGARITHMS,
    quotients.QUOTIENTS,
    mixtures.QUOTIENTS,
    hyperbolics.QUOTIENTS,
    hyperbolics.PRODUCTS,
    complements.TABLE,
    magnitudes.DIFFERENCES,
    means.QUOTIENTS,
    lorentz.QUOTIENTS,
    lorentz.LOGARITHMS,
    relative.QUOTIENTS,
    addends.SUMS,
    remainders.SUMS,
    roots.ROOTS,
    angles.TABLE,
    variances.VARIANCES,
    signed.TABLE,
    factors.LOGARITHMS,
    factors.QUOTIENTS,
    factors.SUMS,
    entropies.SUMS,
    entropies.CHOICES,
    vanishing.TABLE,
)
