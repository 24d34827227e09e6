"""Functions of an argument over a scale that is itself differentiated by: their slopes cancel.

y f(x / y) has nearly the same value for all large y: what is left of the slope toward y are the
higher terms of f. So are interest over its rate and powers over their exponent. Where nothing
cancels the text stays as it is. (f(x y) / y is read by `symgrad.passes.families.relative`.)
"""

from collections.abc import Callable

from ...graph.graph import Expr
from ...ops.activations import softplus
from ...ops.arithmetic import absolute
from ...ops.compound import compound, compoundm1, powm1
from ...ops.elementary import exp, log1p, logaddexp
from ...ops.relative import bernoulli_function, exprel, log1prel, log1prel_inverse
from ...ops.selection import logical_and, where
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, rule
from .stabilize import is_known, no_grid

patterns = Patterns()
x, y, z = patterns.any("x", "y", "z")
Function = Callable[[Expr], Expr]


def of_whole_scale(found: Bindings, node: Expr) -> bool:
    """The scale y is no number, and x is not what the rule itself has made."""
    return not is_known(found["y"]) and found["x"].op != "where"


def is_unmade(found: Bindings, node: Expr) -> bool:
    """As `of_whole_scale`, and no more is computed than before."""
    return of_whole_scale(found, node) and no_grid(found, node)


def is_rate(found: Bindings, node: Expr) -> bool:
    """The rate x is no number, and not what the rule itself has made."""
    return not is_known(found["x"]) and found["x"].op != "where"


def signed(sign: int, node: Expr) -> Expr:
    """The node or its negative."""
    return node if sign > 0 else -node


small = absolute(x) < 0.5
near = logical_and(small, absolute(y * log1p(where(small, x, 0.0))) < 0.25)
x_near, y_near = where(near, x, 0.0), where(near, y, 1.0)
x_far, y_far = where(near, 1.0, x), where(near, 1.0, y)
growth = log1p(x_near)
over_rate = y_near * exprel(y_near * growth) * log1prel(x_near)
"""((1 + x)**y - 1) / x near 0."""
discounted = y_near * exprel(-y_near * growth) * log1prel(x_near)
"""(1 - (1 + x)**-y) / x near 0."""
under_rate = bernoulli_function(y_near * growth) * log1prel_inverse(x_near) / y_near
calm = logical_and(x > -0.5, absolute(y * log1p(where(x > -0.5, x, 0.0))) < 0.25)
of_exponent = log1p(where(calm, x, 0.0)) * exprel(where(calm, y, 0.0) * log1p(where(calm, x, 0.0)))
"""((1 + x)**y - 1) / y where that cancels."""
y_calm = where(calm, 1.0, y)
less = absolute(x) < absolute(y)
inner, outer = where(less, x, 0.0), where(less, y, x)


def compounding(u: Expr, power: Expr, times: Expr | float) -> Expr:
    """(1 + u / y)**power of power = y times: where u is small by its logarithm over u."""
    less = logical_and(absolute(u) < absolute(y), absolute(u * times) < 4)
    inner, outer = where(less, u, 0.0), where(less, 0.0, u)
    calm = exp(inner * times * log1prel(inner / where(less, y, 1.0)))
    return where(less, calm, compound(outer / where(less, 1.0, y), power))


QUOTIENTS: list[tuple[Callable[[Expr, Expr], Expr], Expr, dict[str, float]]] = [
    (lambda u, v: v / u, over_rate, {"x": 1.2345e-13, "y": 12.0}),
    (lambda u, v: u / v, under_rate, {"x": 1.2345e-13, "y": 12.0}),
    (lambda u, v: z * u / v, z * under_rate, {"x": 1.2345e-9, "y": 2.5, "z": 3.0}),
]
"""Of a rate and the growth that it brings: what they are, and what that is near 0."""

INTEREST = [
    *(
        rule(compound(part, power), compounding(u, power, times), at=at, when=of_whole_scale)
        for part, u in ((x / y, x), (-(x / y), -x))
        for power, times, at in (
            (y, 1.0, {"x": 0.05, "y": 1e12}),
            (y * z, z, {"x": 0.05, "y": 1e12, "z": 3.0}),
        )
    ),
    *(
        rule(
            form(x, signed(sign, compoundm1(x, y))),
            signed(sign, where(near, close, form(x_far, compoundm1(x_far, y_far)))),
            at=at,
            when=is_rate,
        )
        for sign in (1, -1)
        for form, close, at in QUOTIENTS
    ),
    rule(
        z * x * compound(x, y) / compoundm1(x, y),
        where(
            near,
            z * under_rate * compound(x_near, y_near),
            z * x_far * compound(x_far, y_far) / compoundm1(x_far, y_far),
        ),
        at={"x": 1.2345e-9, "y": 2.5, "z": 3.0},
        when=is_rate,
    ),
    *(
        rule(
            signed(sign, powm1(1 / (1 + x), y)) / x,
            signed(-sign, where(near, discounted, -powm1(1 / (1 + x_far), y_far) / x_far)),
            at={"x": 1.2345e-13, "y": 12.0},
            when=is_rate,
        )
        for sign in (1, -1)
    ),
    rule(
        compoundm1(x, y) / y,
        where(calm, of_exponent, compoundm1(where(calm, 0.0, x), y_calm) / y_calm),
        at={"x": 3.0, "y": 1e-12},
        when=is_unmade,
    ),
]


def tempered(u: Expr, x: Expr, z: Expr | float, over: Function) -> Expr:
    """The larger of x and z, and what is less than the scale and of one sign with its slope."""
    return where(u > 1, x, z) + over(softplus(where(u > 1, -u, u)))


SCALES: list[tuple[Function, list[tuple[Expr, Expr]]]] = [
    (lambda u: y * u, [(x / y, x), (x / -y, -x), (-(x / y), -x)]),
    (lambda u: u / y, [(x * y, x), (x * -y, -x), (-(x * y), -x)]),
]
TEMPERATURES = [
    *(
        rule(
            over(softplus(u)),
            tempered(u, part, 0.0, over),
            at={"x": 800.0 if part is x else -800.0, "y": 3.0},
            when=of_whole_scale,
        )
        for over, arguments in SCALES
        for u, part in arguments
    ),
    rule(
        y * logaddexp(x / y, z / y),
        tempered((x - z) / y, x, z, lambda u: y * u),
        at={"x": 800.0, "y": 3.0, "z": 700.0},
        when=of_whole_scale,
    ),
]

RULES = [
    *INTEREST,
    *TEMPERATURES,
    rule(
        y * log1p(x / y),
        where(less, inner * log1prel(inner / where(less, y, 1.0)), y * log1p(outer / y)),
        at={"x": 0.05, "y": 1e12},
        when=is_unmade,
    ),
]
