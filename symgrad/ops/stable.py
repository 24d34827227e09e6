"""Forms that floating point can bear of formulas that cancel or overflow as they are written.

Rewriting finds them (`symgrad.passes`); they may be called as well. Higham, "Accuracy and
Stability of Numerical Algorithms", sections 1.7 to 1.14.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.graph import Expr, operations
from ..graph.types import Type
from . import batching
from . import typing as t
from .counts import per_operand
from .elementary import exp, sin, sinh, sqrt, tanh
from .emitted import Source
from .op import Op, case, op
from .quotients import root_over, sqrt_gap_slope
from .reductions import with_axes
from .selection import equal, minimum, not_equal, where
from .shapes import broadcast_to
from .special import own_function

log1mexp = own_function(
    "log1mexp(x)",
    """log(1 - exp(-x)) for positive x. Mächler, "Accurately computing log(1 - exp(-|a|))".""",
    [lambda g, y, x: g * operations["bose_einstein"](x)],
    "log(1 - exp(-x))",
    domain="positive",
    extremes={1000.0: 0.0},
)
log_cloglog = own_function(
    "log_cloglog(x)",
    """log(1 - exp(-exp(x))), of the complementary log-log link.""",
    [lambda g, y, x: g * operations["bernoulli_function"](exp(minimum(x, 10.0)))],  # 0 beyond
    "log(1 - exp(-exp(x)))",
    extremes={1000.0: 0.0, -1000.0: -1000.0},
)
logcosh = own_function(
    "logcosh(x)",
    """log(cosh(x)), a smooth absolute value.""",
    [lambda g, y, x: g * tanh(x)],
    "log(cosh(x))",
    latex=r"\log\cosh\left({x}\right)",
    extremes={0.0: 0.0},
)
sech: Op = own_function(
    "sech(x)",
    """Hyperbolic secant 1/cosh(x). DLMF 4.28.6.""",
    [lambda g, y, x: -g * (y * tanh(x))],
    "1 / cosh(x)",
    latex=None,
    extremes={0.0: 1.0, -1000.0: 0.0, 1000.0: 0.0},
)
sigmoid_slope: Op = own_function(
    "sigmoid_slope(x)",
    """Slope of the sigmoid exp(-x)/(1 + exp(-x))², the density of the logistic distribution.""",
    [lambda g, y, x: -g * (y * tanh(0.5 * x))],
    "exp(-x) / (1 + exp(-x)) ** 2",
    latex=r"\sigma'\left({x}\right)",
    extremes={0.0: 0.25, -1000.0: 0.0, 1000.0: 0.0},
)
sigmoid_minus: Op = own_function(
    "sigmoid_minus(z, t)",
    """sigmoid(z) - t, accurate near t = 1 too: a probability less its target.""",
    [lambda g, y, z, t: g * sigmoid_slope(z), lambda g, y, z, t: -g],
    "1 / (1 + exp(-z)) - t",
    latex=r"\left(\sigma\left({z}\right) - {t}\right)",
    domain=("reals", "probability"),
)
sigmoid_cross_entropy: Op = own_function(
    "sigmoid_cross_entropy(z, t)",
    """-t log(p) - (1 - t) log(1 - p) of p = sigmoid(z). Deep Learning, section 6.2.2.2.""",
    [lambda g, y, z, t: g * sigmoid_minus(z, t), lambda g, y, z, t: -g * z],
    "log(1 + exp(z)) - t * z",
    latex=r"\left(\zeta\left({z}\right) - {t} \, {z}\right)",
    domain=("reals", "probability"),
)
csch: Op = own_function(
    "csch(x)",
    """Hyperbolic cosecant 1/sinh(x). DLMF 4.28.5.""",
    [lambda g, y, x: -g * (y / tanh(x))],
    "1 / sinh(x)",
    latex=None,
    domain="nonzero",
    extremes={-1000.0: 0.0, 1000.0: 0.0},
)
coshm1 = own_function(
    "coshm1(x)",
    """cosh(x) - 1, accurate near 0. DLMF 4.35.""",
    [lambda g, y, x: g * sinh(x)],
    "cosh(x) - 1",
    extremes={0.0: 0.0},
    safe=[0.0],
)
versin = own_function(
    "versin(x)",
    """Versed sine 1 - cos(x), accurate near 0. DLMF 4.14.""",
    [lambda g, y, x: g * sin(x)],
    "1 - cos(x)",
    extremes={0.0: 0.0},
)
log1p_reciprocal = own_function(
    "log1p_reciprocal(x)",
    """log(1 + 1/x): log(x + 1) - log(x) for positive x, without cancellation.""",
    [lambda g, y, x: g * (-1 / x / (1 + x))],
    "log(1 + 1 / x)",
    domain="positive",
)
sqrt1pm1 = own_function(
    "sqrt1pm1(x)",
    """sqrt(1 + x) - 1, accurate near 0.""",
    [lambda g, y, x: _root_slope(g, 1 + x)],
    "sqrt(1 + x) - 1",
    domain="positive",
    extremes={0.0: 0.0},
    kinks="0 at -1, where the slope is infinite",
)


def _root_slope(g: Expr, x: Expr) -> Expr:
    """As the square root's: 0 at 0."""
    root = sqrt(x)
    return g / (2 * where(not_equal(root, 0), root, np.inf))


sqrt_difference = own_function(
    "sqrt_difference(x, y)",
    """sqrt(x) - sqrt(y), accurate near x = y. Higham, section 1.8.""",
    [lambda g, r, x, y: _root_slope(g, x), lambda g, r, x, y: -_root_slope(g, y)],
    "sqrt(x) - sqrt(y)",
    domain=("positive", "positive"),
    kinks="0 at 0, where the slope is infinite",
)
sqrt_gap = own_function(
    "sqrt_gap(x, y, z)",
    """sqrt(x + z) - sqrt(y + z), accurate where z is large. Higham, section 1.8.""",
    [
        lambda g, r, x, y, z: _root_slope(g, x + z),
        lambda g, r, x, y, z: -_root_slope(g, y + z),
        lambda g, r, x, y, z: g * (0.5 * sqrt_gap_slope(x, y, z)),
    ],
    "sqrt(x + z) - sqrt(y + z)",
    domain=("positive", "positive", "positive"),
    kinks="0 where a root is 0, and its slope is infinite",
)
log_ratio = own_function(
    "log_ratio(x, y)",
    """log(x/y), accurate near x = y, whatever the size of the quotient.""",
    [lambda g, r, x, y: g / x, lambda g, r, x, y: -g / y],
    "log(x / y)",
    domain=("positive", "positive"),
)
log_product = own_function(
    "log_product(x, y)",
    """log(x y), whatever the size of the product.""",
    [lambda g, r, x, y: g / x, lambda g, r, x, y: g / y],
    "log(x * y)",
    domain=("positive", "positive"),
)
sqrt_product = own_function(
    "sqrt_product(x, y)",
    """sqrt(x y), whatever the size of the product: a geometric mean.""",
    [
        lambda g, r, x, y: g * (0.5 * root_over(r, x)),
        lambda g, r, x, y: g * (0.5 * root_over(r, y)),
    ],
    "sqrt(x * y)",
    domain=("positive", "positive"),
    kinks="0 where a factor is 0, and the slope is infinite",
)


log_powers = own_function(
    "log_powers([xs]; powers)",
    """log(x**p * y**q * ...) for whole powers, whatever the size of the product.""",
    lambda i, g, y, powers: g * (float(powers[i]) / y.args[i]),
    lambda *xs, powers: np.log(np.prod([x**p for x, p in zip(xs, powers, strict=True)], 0)),
    prepare=lambda *types, powers: {"powers": _whole_powers(types, powers)},
    numpy="log_powers({xs}, {powers})",
    latex=r"\log \prod {xs}",
    domain="positive",
    cases=[case("[4]", "[4]", powers=(3, 2)), case("[4]", "[4]", "[4]", powers=(1, 1, 1))],
)


def _whole_powers(factors: Sequence[Type], powers: Any) -> tuple[int, ...]:
    """A positive whole power for each factor."""
    found = tuple(t.whole(p, "powers") for p in powers) if isinstance(powers, list | tuple) else ()
    if len(found) != len(factors) or min(found, default=0) < 1:
        raise ShapeError("each factor has one positive power")
    return found


reciprocal_sum = op(
    "reciprocal_sum(x; axis=None, keepdims=False)",
    """1/sum(1/x): resistors in parallel, and a harmonic mean but for a factor.""",
    batch=batching.along_axes,
    type=t.averaged,
    prepare=t.reduced_axes,
    vjp=[
        lambda g, y, x, axis, keepdims: (
            with_axes(g, x, axis, keepdims) * (with_axes(y, x, axis, keepdims) / x) ** 2
        )
    ],
    lazy="operand",
    flops=per_operand(2, 1),
    helper=Source("reciprocal_sum"),
    latex=r"\left(\sum \frac{{1}}{{{x}}}\right)^{{-1}}",
    meaning=lambda x, axis=None, keepdims=False: 1 / np.sum(1 / x, axis=axis, keepdims=keepdims),
    domain="positive",
    cases=[case("[4]"), case("[3, 4]", axis=1), case("[3, 4]", axis=0, keepdims=True)],
)
log_prod = op(
    "log_prod(x; axis=None, keepdims=False)",
    """log(prod(x)), whatever the size of the product: a log-likelihood.""",
    batch=batching.along_axes,
    type=t.averaged,
    prepare=t.reduced_axes,
    vjp=[lambda g, y, x, axis, keepdims: with_axes(g, x, axis, keepdims) / x],
    lazy="operand",
    flops=per_operand(1, 6),
    transcendentals=1,
    helper=Source("log_prod"),
    latex=r"\log \prod {x}",
    meaning=lambda x, axis=None, keepdims=False: np.log(np.prod(x, axis=axis, keepdims=keepdims)),
    domain="positive",
    cases=[case("[4]"), case("[3, 4]", axis=1), case("[3, 4]", axis=0, keepdims=True)],
)


def _batched(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Both operands with the batch axis."""
    whole = batching.whole(args, ranks)
    axis = t.axes_of(node.params["axis"], node.args[0].ndim)
    keepdims = node.params["keepdims"]
    return weighted_logsumexp(*whole, axis=tuple(a + 1 for a in axis), keepdims=keepdims)


def _call_weighted(
    self: Op, x: Expr, w: Expr, axis: object = None, keepdims: object = False
) -> Expr:
    """Weights and terms in one shape."""
    shape = t.elementwise(x.type, w.type).shape
    return self.append_node(broadcast_to(x, shape), broadcast_to(w, shape), axis, keepdims)


def _share(x: Expr, w: Expr, axis: t.Axes | None) -> Expr:
    """w exp(x) as a part of the sum; 0 where the weight is 0, and x may be any size."""
    counted = where(not_equal(w, 0), x, -np.inf)
    parts = w * operations["softmax"](counted, axis=t.axes_of(axis, x.ndim))
    total = operations["sum"](parts, axis=axis, keepdims=True)
    return parts / where(equal(total, 0), 1.0, total)


weighted_logsumexp: Op = op(
    "weighted_logsumexp(x, w; axis=None, keepdims=False)",
    """log(sum(w exp(x))) over axes: SciPy's logsumexp with weights.""",
    call=_call_weighted,
    batch=_batched,
    type=lambda x, w, axis, keepdims: t.averaged(t.elementwise(x, w), axis, keepdims),
    floating=True,
    prepare=lambda x, w, axis, keepdims: t.reduced_axes(x, axis, keepdims),
    vjp=[
        lambda g, y, x, w, axis, keepdims: with_axes(g, x, axis, keepdims) * _share(x, w, axis),
        lambda g, y, x, w, axis, keepdims: (
            with_axes(g, x, axis, keepdims) * exp(x - with_axes(y, x, axis, keepdims))
        ),
    ],
    flops=per_operand(7, 4),
    transcendentals=per_operand(1, 1),
    helper=Source("weighted_logsumexp"),
    latex=r"\log \sum {w} \, e^{{{x}}}",
    meaning=lambda x, w, axis=None, keepdims=False: np.log(
        (w * np.exp(x)).sum(axis=axis, keepdims=keepdims)
    ),
    domain=("reals", "positive"),
    cases=[
        case("[4]", "[4]"),
        case("[3, 4]", "[4]", axis=1),
        case("[3, 4]", "[3, 4]", axis=0, keepdims=True),
    ],
)
