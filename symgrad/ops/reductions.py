"""Sums, means, extremes and truths over axes."""

from __future__ import annotations

from typing import Any

from ..graph.dims import at_least, product
from ..graph.graph import Expr
from ..graph.types import BOOL
from . import batching
from . import typing as t
from .composites import lifted
from .counts import per_operand
from .op import Op, case, op
from .operands import lift
from .selection import equal, maximum, minimum, not_equal
from .shapes import expand_dims

CASES = [
    case("[4]"),
    case("[3, 4]"),
    case("[3, 4]", axis=0),
    case("[3, 4]", axis=-1, keepdims=True),
    case("[2, 3, 4]", axis=(0, 2)),
    case("[]"),
]
"""Samples of reductions, the last of a scalar."""


def with_axes(g: Expr, x: Expr, axis: t.Axes | None, keepdims: bool) -> Expr:
    """A reduction's cotangent with the reduced axes back as size 1; a scalar fits as it is."""
    if keepdims or not g.ndim or not x.ndim:
        return g
    missing = x.ndim - len(t.axes_of(axis, x.ndim)) - g.ndim
    if missing > 0:
        g = expand_dims(g, tuple(range(missing)))
    return expand_dims(g, t.axes_of(axis, x.ndim))


def count(x: Expr, axis: t.Axes | None) -> Expr:
    """How many elements are averaged, at least 1: of an empty batch there is nothing to divide."""
    size = product(x.shape[i] for i in t.axes_of(axis, x.ndim))
    return lift(x.graph, at_least(size, 1))


sum_ = op(
    "sum(x; axis=None, keepdims=False)",
    """Sum over axes.""",
    batch=batching.along_axes,
    type=t.counted,
    prepare=t.reduced_axes,
    vjp=[lambda g, y, x, axis, keepdims: with_axes(g, x, axis, keepdims)],
    lazy="operand",
    flops=per_operand(),
    latex=r"\sum {x}",
    cases=CASES,
)

mean = op(
    "mean(x; axis=None, keepdims=False)",
    """Mean over axes; the empirical expectation of Deep Learning, section 8.1.1.""",
    batch=batching.along_axes,
    type=t.averaged,
    prepare=t.reduced_axes,
    vjp=[lambda g, y, x, axis, keepdims: with_axes(g / count(x, axis), x, axis, keepdims)],
    lazy="operand",
    flops=per_operand(1, 1),
    cases=CASES,
)


def _winners(g: Expr, y: Expr, x: Expr, axis: t.Axes | None, keepdims: bool) -> Expr:
    """The cotangent to the extreme elements, in equal shares."""
    best = equal(x, with_axes(y, x, axis, keepdims))
    ties = sum_(best, axis=axis, keepdims=True)
    return with_axes(g, x, axis, keepdims) / ties * best  # the quotient is small


def _call_extreme(self: Op, x: object, axis: object = None, keepdims: object = False) -> Expr:
    """As a reduction; of two values, as Python's max and min, the larger or smaller."""
    if isinstance(axis, Expr) or (isinstance(axis, int | float) and not isinstance(x, Expr)):
        return (maximum if self == "max" else minimum)(x, axis)
    return self.append_node(x, axis, keepdims)


def _extreme(name: str, sentence: str) -> Op:
    return op(
        f"{name}(x; axis=None, keepdims=False)",
        sentence,
        batch=batching.along_axes,
        type=t.selected,
        prepare=t.reduced_axes,
        call=_call_extreme,
        vjp=[_winners],
        flops=per_operand(),
        latex=rf"\{name} {{x}}",
        cases=CASES,
        kinks="equal shares at ties",
        aliases=[f"a{name}"],
    )


max_ = _extreme("max", "Largest element over axes; of two values, the larger.")
min_ = _extreme("min", "Smallest element over axes; of two values, the smaller.")


def _truth(name: str, sentence: str) -> Op:
    return op(
        f"{name}(x; axis=None, keepdims=False)",
        sentence,
        batch=batching.reduced,
        type=lambda x, axis, keepdims: t.reduced(x, axis, keepdims).with_dtype(BOOL),
        prepare=t.reduced_axes,
        constant_derivative=True,
        flops=per_operand(),
        role="mask",
        domain="bools",
        cases=CASES,
    )


any_ = _truth("any", "Whether an element over axes is true, or not 0.")
all_ = _truth("all", "Whether all elements over axes are true, or not 0.")


def _call_count(self: Op, x: Any, axis: Any, keepdims: Any) -> Expr:
    (x,) = lifted(self, x)
    return sum_(x if x.dtype == BOOL else not_equal(x, 0), axis, keepdims)


count_nonzero = op(
    "count_nonzero(x; axis=None, keepdims=False)",
    """How many elements over axes are not 0.""",
    call=_call_count,
    constant_derivative=True,
    domain="bools",
    cases=[case("[3, 4]"), case("[3, 4]", axis=1, keepdims=True)],
)

ptp = op(
    "ptp(x; axis=None, keepdims=False)",
    """Largest less smallest element over axes.""",
    call=lambda self, x, axis, keepdims: (
        max_(x, axis=axis, keepdims=keepdims) - min_(x, axis=axis, keepdims=keepdims)
    ),
    cases=CASES[:5],
    kinks="equal shares at ties",
)
