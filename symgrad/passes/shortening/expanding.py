"""Operations that only differentiation needs to see whole: written out in what will be read."""

from __future__ import annotations

from collections.abc import Mapping
from math import frexp, isfinite

import numpy as np

from ...graph.graph import Expr
from ...ops.arithmetic import absolute
from ...ops.elementary import exp, expm1, hypot
from ...ops.exponents import exp_share, exp_sum, sigmoid_slope_sum, sigmoid_sum
from ...ops.lorentz import dispersion, lorentzian
from ...ops.nearby import cos_step, reciprocal_step, sin_step
from ...ops.relative import spherical_j0, spherical_j0_less
from ...ops.selection import clip, minimum, where
from ..facts.exponentials import literal
from ..facts.marks import Opaque, Structural, among, reading
from ..families.shares import share_of_all

_LONGEST = 8  # terms of a sum of exponents


def _as_product(node: Expr, opaque: Opaque) -> Expr | None:
    """x² - y² is computed as (x - y)(x + y), whose product rule would cancel in the slope."""
    x, y = node.args
    for one, other, sign in ((x, y, 1), (y, x, -1)):
        if literal(one) == 1 and _is_rounded(other):
            rest = _rest(*other.args)
            return rest * (2 - rest if sign > 0 else rest - 2)
    return (x - y) * (x + y)


def _rest(x: Expr, y: Expr) -> Expr:
    """1 - |x / y|, without the rounding of the quotient; y is finite, as inf / inf is no number."""
    if literal(y) is None:
        y = minimum(absolute(y), float(np.finfo(y.dtype).max))
    return (y - absolute(x)) / y


def _is_rounded(x: Expr) -> bool:
    """Whether it is a quotient, and by no power of 2."""
    number = literal(x.args[1]) if x.op == "divide" else 0.0
    if number is None:
        return x.args[0].shape == x.args[1].shape
    return number > 0 and isfinite(number) and frexp(number)[0] != 0.5


def _largest(node: Expr) -> float:
    """A number that can be added to others without overflow, and that hardly any is above."""
    return float(np.finfo(node.dtype).max) / 4


def _as_part(node: Expr, opaque: Opaque) -> Expr | None:
    """The quotient rule would cancel where x is far larger than y."""
    x, y = node.args
    return x / (x + y)


def _as_quotient(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_part`; where the length is 0 it is 1, as it was before."""
    x, y = node.args
    if y.op == "where" and y.args[0].op == "equal":
        length = y.args[0].args[0]
        if length.op == "hypot" and {*length.args} == {x, y.args[2]}:
            return x / where(y.args[0], y.args[1], length)
    return x / hypot(x, y)


def _as_factors(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_part`, near 0."""
    (x,) = node.args
    bell = lorentzian(x)
    return (1 - x) * bell * (bell + dispersion(x))


def _as_step(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_part`; the largest step is a finite one, as inf / inf is no number."""
    x, h = node.args
    h = h if h.value is not None else clip(h, -_largest(node), _largest(node))
    return -(h / (x + h)) / x


def _as_steps(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_part`."""
    x, h = node.args
    return reciprocal_step(x, h) * (1 / (x + h) + 1 / x)


def _as_difference(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_part`."""
    x, y = node.args
    return (x - y) / y


def _as_two_terms(node: Expr, opaque: Opaque) -> Expr | None:
    """As `_as_product`."""
    x, h = node.args
    return h * (2 * x + h)


def _as_value(node: Expr, opaque: Opaque) -> Expr | None:
    """The value alone: its rule has been applied."""
    return node.args[0]


_STEPS = {"cos_sum": ("cos", cos_step), "sin_sum": ("sin", sin_step)}


@among("spherical_j0")
@reading("multiply")
def _quotient_less_slope(node: Expr, opaque: Opaque) -> Expr | None:
    """cos(x + h) sin(h) / h - cos(x), of a central difference, is small where h is."""
    product, slope = node.args
    for turned, other in (product.args, product.args[::-1]) if product.op == "multiply" else ():
        name, step = _STEPS.get(turned.op, ("", cos_step))
        if name == slope.op and turned.args[0] is slope.args[0] and other.args[0] is turned.args[1]:
            x, h = turned.args
            near = absolute(h) < 1
            small = step(x, h) - turned * spherical_j0_less(h)
            return where(near, small, turned * spherical_j0(where(near, 1.0, h)) - slope)
    return None


def _as_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """What is no exponent is any other sum."""
    x, y = node.args
    return x + y


def _exponents(node: Expr, opaque: Opaque) -> list[Expr]:
    """The last terms of a sum of exponents, and what comes before; of any other node none."""
    terms: list[Expr] = []
    while node.op == "exponent_sum" and node.id not in opaque and len(terms) < _LONGEST:
        node, last = node.args
        terms.insert(0, last)
    return [node, *terms] if terms else []


@among("exponent_sum")
@reading("exponent_sum")
def _exp_of_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """exp(x + y) as accurate as exp(x) exp(y), which is used again where y is -exp(x)."""
    terms = _exponents(node.args[0], opaque)
    for u, v in (terms, terms[::-1]) if len(terms) == 2 else ():
        if v.op == "negative" and v.args[0].op == "exp" and v.args[0].args[0] is u:
            kept = minimum(v.args[0], 1e4)  # times its exponential 0, which inf would not be
            return kept * exp(-kept)
    return exp_sum(terms) if terms else None


@among("exponent_sum")
@reading("exponent_sum")
def _difference_with_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """As accurate as exp(x) - exp(y) exp(z); where these are close, without cancellation."""
    x, y = node.args
    sums = [_exponents(v, opaque) for v in node.args]
    if not any(sums):
        return None
    close = absolute(x - y) < 1
    one, other = (exp_sum(e) if e else exp(v) for v, e in zip(node.args, sums, strict=True))
    return where(close, other * expm1(where(close, x - y, 0.0)), one - other)


@among("exponent_sum")
@reading("exponent_sum", "negative")
def _sigmoid_of_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """As accurate as exp(x) / (exp(x) + exp(y))."""
    (x,) = node.args
    flipped = x.op == "negative"
    terms = _exponents(x.args[0] if flipped else x, opaque)
    if flipped:
        terms = [-e for e in terms]
    if len(terms) == 2:
        return exp_share(terms[0], -terms[1])
    return sigmoid_sum(terms) if terms else None


@among("exponent_sum")
@reading("sech")
def _square_of_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """sech(x)**2 is the slope of a sigmoid, as accurate as `_sigmoid_of_sum`."""
    base, power = node.args
    if base.op != "sech" or power.value is None or power.params["value"] != 2:
        return None
    (x,) = base.args
    k = 2.0
    if x.op == "multiply" and literal(x.args[0]) is not None:
        k, x = 2.0 * (literal(x.args[0]) or 0.0), x.args[1]
    terms = [e if k == 1 else k * e for e in _exponents(x, opaque)]
    return 4 * sigmoid_slope_sum(terms) if terms else None


@among("exponent_sum")
@reading("exponent_sum")
def _slope_of_sum(node: Expr, opaque: Opaque) -> Expr | None:
    """As accurate as `_sigmoid_of_sum`."""
    terms = _exponents(node.args[0], opaque)
    return sigmoid_slope_sum(terms) if terms else None


TABLE: Mapping[str, list[Structural]] = {
    "exp": [_exp_of_sum],
    "exp_share": [share_of_all],
    "exp_shares": [share_of_all],
    "sigmoid": [_sigmoid_of_sum],
    "sigmoid_slope": [_slope_of_sum],
    "exp_difference": [_difference_with_sum],
    "power": [_square_of_sum],
    "subtract": [_quotient_less_slope],
    "square_difference": [_as_product],
    "reciprocal_step": [_as_step],
    "square_step": [_as_two_terms],
    "reciprocal_square_step": [_as_steps],
    "excess": [_as_difference],
    "share": [_as_part],
    "cos_angle": [_as_quotient],
    "dispersion_slope": [_as_factors],
}

LAST: Mapping[str, list[Structural]] = {"exponent_sum": [_as_sum]}
"""Once exponentials are made of what has them."""

RULES_OF_USERS: Mapping[str, list[Structural]] = {"custom": [_as_value]}
"""Where nothing will be differentiated any more."""
