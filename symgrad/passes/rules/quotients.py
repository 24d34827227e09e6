"""Quotients as textbooks write them, and products with reciprocals, which are 0/0 or inf/inf."""

from math import inf

from ...graph.graph import Expr
from ...ops.activations import sigmoid, softplus, softsign
from ...ops.arithmetic import absolute
from ...ops.compound import parity
from ...ops.elementary import arctan, cos, cosh, exp, expm1, hypot, log, log1p, logaddexp, sin, sinh
from ...ops.exponents import exp_share, exp_shares, exponent_sum
from ...ops.lorentz import arccot, dispersion, gudermannian, log1p_square, lorentzian, saturation
from ...ops.nearby import cos_step, cos_sum, sin_step, sin_sum, square_difference, tan_step
from ...ops.relative import (
    bernoulli_function,
    bose_einstein,
    log1prel,
    over_expm1,
    over_sinh,
    sin_rest,
    sinhc,
    sinhc_inverse,
    spherical_j0,
    spherical_j0_less,
    tanhc_inverse,
)
from ...ops.remainders import coth_less, log_sinhc
from ...ops.selection import equal, maximum, minimum, where
from ...ops.special import erfc, erfcx, gaussian
from ...ops.stable import csch, log1p_reciprocal
from ..facts.exponentials import Reader
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, mirrored, of_number, rule
from .stabilize import no_grid, no_numbers, no_numbers_no_grid, same_shape

patterns = Patterns()
w, x, y, z = patterns.any("w", "x", "y", "z")
a, b = patterns.number("a", "b")
(p,) = patterns.signed("nonnegative", "p")

low, high = where(absolute(x) < 1e5, x, 0.0), where(absolute(x) < 1e5, 1e5, absolute(x))


inside, outside = where(absolute(x) < 3, x, 0.0), where(absolute(x) < 3, 3.0, x)
off_zero = where(equal(x, 0), 1.0, x)
below = where(x < 1, x, 0.0)
beyond = where(x < 1, 1.0, x)
is_small = absolute(x) < 2


def is_unbounded(found: Bindings, node: Expr) -> bool:
    """The argument x is not what the rule itself has made."""
    return found["x"].op != "where"


def is_unlimited(found: Bindings, node: Expr) -> bool:
    """The exponent x is not limited yet."""
    return found["x"].op != "minimum"


def bose_less(u: Expr) -> Expr:
    """1 / (exp(u) - 1) - 1 / u: near 0 by Langevin's function."""
    inner, far = where(u < 4, u, 0.0), where(u < 4, 4.0, u)
    return where(u < 4, 0.5 * coth_less(0.5 * inner) - 0.5, bose_einstein(far) - 1 / far)


def softplus_over(u: Expr) -> Expr:
    """exp(u) log(1 + exp(-u)), which is log(1 + v) / v of v = exp(-u)."""
    inner, far = where(u > 0, 0.0, u), where(u > 0, u, 0.0)
    return where(u > 0, log1prel(exp(-far)), exp(inner) * softplus(-u))


def of_floats(found: Bindings, node: Expr) -> bool:
    """Integers have no negative powers."""
    return all(a.type.is_floating for a in node.args)


def unrelated(found: Bindings, node: Expr) -> bool:
    """The sum or difference of x and y is no multiple of one node, and no more is computed."""
    form = Reader(node, frozenset()).form
    return no_grid(found, node) and form(found["x"]).factors[0][0] != form(found["y"]).factors[0][0]


no_small_number = of_number("a", lambda a: abs(a) >= 1)
"""Times a number that overflows, the number a does so too."""
above_two = of_number("b", lambda b: b > 2)
"""The exponent b is above 2: the slope of a square does not overflow."""
below_minus_one = of_number("a", lambda a: a < -1)
"""The exponent a is that of no quotient, and of no root."""
above_zero = of_number("a", lambda a: 0 < a < inf)
"""The number a is a limit, as to the length of a vector."""
negative = of_number("a", lambda a: a < 0 and a != -1)
"""The exponent a is negative, and not that of a quotient."""


def as_large(found: Bindings, node: Expr) -> bool:
    """The numerator x has all elements."""
    return found["x"].shape == node.shape


QUOTIENTS = [
    rule(exp(x) * softplus(-x), softplus_over(x), at=30.0),
    rule(exp(-x) * softplus(x), softplus_over(-x), at=-30.0),
    rule(softplus(x) / exp(x), softplus_over(-x), at=-800.0),
    rule(
        log(softplus(x)),
        where(x < -40, x, log(softplus(where(x < -40, -40.0, x)))),
        at=-800.0,
        when=is_unbounded,
    ),
    rule(
        (z * exp(x) + w * exp(y)) / (exp(x) + exp(y)),
        z * exp_share(x, y) + w * exp_share(y, x),
        at={"x": 800.0, "y": 800.0, "z": 2.0, "w": 3.0},
    ),
    rule(exp_share(logaddexp(x, y), z) * exp_share(x, y), exp_shares([x, y, z]), when=same_shape),
    rule(1 - exp_share(x, y), exp_share(y, x), at={"x": 41.0, "y": 1.0}),
    rule(log(exp_share(x, y)), -softplus(y - x), at={"x": -1000.0, "y": 1.0}),
    rule(exp_share(x, 0.0), sigmoid(x)),
    rule(sigmoid(x) / sigmoid(-x), exp(x)),
    rule(x * csch(x), sinhc_inverse(x), at=1e-9),
    rule(minimum(1, a / p), a / maximum(p, a), when=above_zero),  # no division by 0
    rule(
        y * (a / maximum(p, a)),
        y / (maximum(p, a) / a),
        at={"number_a": 3.0, "p": 1e200, "y": 1e200},
        when=above_zero,
    ),
    rule(x / exp(x), x * exp(-x), at=800.0),
    rule(a / exp(y), a * exp(-y), at={"number_a": 2.0, "y": 800.0}, when=no_small_number),
    rule((x / exp(y)) * exp(y), x, at={"x": 3.0, "y": 800.0}, when=as_large),
    rule(-(x / exp(y)) * exp(y), -x, at={"x": 3.0, "y": 800.0}, when=as_large),
    rule(exp(x) / exp(y), exp(exponent_sum(x, -y)), at={"x": 1000.0, "y": 999.0}, when=unrelated),
    rule(expm1(x) * exp(-x), -expm1(-x), at=800.0),
    rule(exp(x) * exp(y), exp(exponent_sum(x, y)), at={"x": 1000.0, "y": -999.0}, when=unrelated),
    *(
        rule(density, exp(low - exp(low)), at=end, when=is_unlimited)
        for density, low, end in (
            (exp(x - exp(x)), minimum(x, 7.0), 800.0),
            (exp(-(x + exp(-x))), minimum(-x, 7.0), -800.0),
        )
    ),  # of extreme values: beyond it is 0, and so are its slopes
    rule(x * bose_einstein(x), bernoulli_function(x), at=0.0),
    rule(x * -bose_einstein(-x), bernoulli_function(-x), at=0.0),
    rule(x * -bose_einstein(x), -bernoulli_function(x), at=0.0),
    rule(exp(x**2) * erfc(x), erfcx(x), at=40.0),
    rule(
        exp(-(x**2)) / erfc(x),
        where(x > 0, 1 / erfcx(where(x > 0, x, 1.0)), exp(-(x**2)) / erfc(where(x > 0, 0.0, x))),
        at=40.0,
    ),
    rule(1 / -expm1(-x), -bose_einstein(-x), at=-800.0),
    rule(a / expm1(y), a * bose_einstein(y), at={"number_a": 2.0, "y": 800.0}),
    rule(bose_einstein(x) - 1 / x, bose_less(x), at=1e-6, when=is_unbounded),
    rule(-bose_einstein(-x) - 1 / x, -bose_less(-x), at=1e-6, when=is_unbounded),
    rule(x / expm1(y), over_expm1(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
    rule(x / -expm1(y), -over_expm1(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
    rule(over_expm1(expm1(2 * x), x), 1 + exp(x), at=0.0),
    rule(over_sinh(x * cosh(x), x), tanhc_inverse(x), at=800.0),
    rule(x / sinh(y), over_sinh(x, y), at={"x": 3.0, "y": 800.0}, when=no_numbers_no_grid),
    rule(log(sinhc(x)), log_sinhc(x), at=800.0),
    rule(log(sinhc_inverse(x)), -log_sinhc(x), at=800.0),
    rule(
        x * log1p_reciprocal(off_zero),
        where(
            x < 1,
            below * log1p_reciprocal(where(equal(below, 0), 1.0, below)),
            log1prel(1 / beyond),
        ),
        at=1e15,
        when=is_unbounded,
    ),
    rule(log1p(x) / log1p(-x), -log1prel(x) / log1prel(-x), at=1e-9),
    rule(
        (sin(x) - x * cos(x)) / x**3,
        where(
            absolute(x) < 3,
            0.5 * spherical_j0(inside / 2) ** 2 - sin_rest(inside),
            (sin(outside) / outside - cos(outside)) / outside / outside,
        ),
        at=1e-5,
    ),
    rule(x**2 * exp(x) / expm1(x) ** 2, sinhc_inverse(x / 2) ** 2, at=800.0),
    rule(bernoulli_function(x) ** 2 * exp(x), sinhc_inverse(x / 2) ** 2, at=800.0),
    rule(x**4 * exp(x) / expm1(x) ** 2, x**2 * sinhc_inverse(x / 2) ** 2, at=800.0),
    rule(1 - spherical_j0(x), spherical_j0_less(x), at=1e-5),
    rule(
        log(spherical_j0_less(x)),
        where(
            is_small,
            log(spherical_j0_less(where(is_small, x, 1.0))),
            log1p(-spherical_j0(where(is_small, 1.0, x))),
        ),
        at=1e20,
        when=is_unbounded,
    ),
    rule(2 * sin(x / 2) ** 2 / x, sin(x / 2) * spherical_j0(x / 2), at=1.1e-200),
    rule(sin_step(x, y) / y, cos_sum(x, y / 2) * spherical_j0(y / 2), at={"x": 1.0, "y": 1e-12}),
    rule(tan_step(x, y) / y, spherical_j0(y) / (cos(x) * cos_sum(x, y)), at={"x": 1.0, "y": 1e-12}),
    rule(cos_step(x, y) / y, -sin_sum(x, y / 2) * spherical_j0(y / 2), at={"x": 1.0, "y": 1e-12}),
]

POWERS = [
    rule(
        y / (1 + exp(x)) ** b,
        y * sigmoid(-x) ** b,
        at={"x": 800.0, "y": 1.0, "number_b": 3.0},
        when=above_two,
    ),
    rule(
        a / x**b, a * x ** (-b), at={"x": 1e200, "number_a": 1.0, "number_b": 3.0}, when=above_two
    ),
    rule(1 / (1 + x**2) ** a, lorentzian(x) ** a, at={"x": 1e200, "number_a": 2.0}),
    rule(
        (1 + x**2) ** a,
        lorentzian(x) ** (-a),
        at={"x": 1e200, "number_a": -2.0},
        when=below_minus_one,
    ),
    rule((1 + exp(x)) ** a, sigmoid(-x) ** (-a), at={"x": 800.0, "number_a": -3.0}, when=negative),
    rule(p**y / p**z, p ** (y - z), at={"p": 1e200, "y": 3.0, "z": 2.0}, when=of_floats),
    rule(
        x**a / x**b,
        x ** (a - b),
        at={"x": 1e200, "number_a": 3.0, "number_b": 2.0},
        when=of_floats,
    ),
    rule(
        x**y / x**z,
        where(x < 0, -x, x) ** (y - z) * (parity(off_zero, y) * parity(off_zero, z)),
        at={"x": 1e200, "y": 3.0, "z": 2.0},  # y - z, once it is rounded, does not tell the sign
        when=of_floats,
    ),
    *(
        rule(top / below, right, at={"x": 1e200, "y": 3e200} | numbers, when=no_numbers_no_grid)
        for top, whole in (
            (x**2, (x / y) ** 2),
            (-(x**2), -((x / y) ** 2)),
            (square_difference(x, y), square_difference(x / y, 1.0)),
            (square_difference(y, x), square_difference(1.0, x / y)),
        )
        for below, right, numbers in ((y**2, whole, {}), (a * y**2, whole / a, {"number_a": 2.0}))
    ),
]
"""Of large x: the slopes of the left sides are 0 times infinity."""

LORENTZIANS = [
    rule(1 / (1 + x**4), lorentzian(x**2)),
    rule(exp(-(x**4)), gaussian(x**2)),
    rule(log1p(x**4), where(absolute(x) < 1e5, log1p_square(low**2), 4 * log(high)), at=1e200),
    rule(x * lorentzian(x), dispersion(x), at=1e200),
    rule(x**2 * lorentzian(x), saturation(x), at=1e200),
    rule(x**3 * lorentzian(x), x * saturation(x), at=1e200),
    rule(x / (1 + absolute(x)), softsign(x), at=1e10),
    rule(log(x**2 + y**2), 2 * log(hypot(x, y)), at={"x": 1e200, "y": 1e200}, when=no_numbers),
    rule(log(lorentzian(x)), -log1p_square(x), at=1e200),
    rule(lorentzian(exp(x)), sigmoid(-2 * x), at=800.0),
    rule(arctan(1 / x), arccot(x), at=1e-300),
    rule(arctan(sinh(x)), gudermannian(x), at=800.0),
]

RULES = mirrored([*QUOTIENTS, *POWERS, *LORENTZIANS])
