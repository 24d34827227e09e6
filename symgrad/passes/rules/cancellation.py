"""Differences whose digits cancel, and quotients whose slopes do.

The right sides keep their digits in the value, and in the slopes that differentiation makes of
them. What is more particular comes first. Hamming, "Numerical Methods for Scientists and
Engineers", chapter 3; Higham, "Accuracy and Stability of Numerical Algorithms", sections 1.7, 1.8.
"""

from dataclasses import replace
from math import pi

from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.arithmetic import absolute, square
from ...ops.elementary import (
    arccosh,
    arcsinh,
    arctan,
    arctan2,
    cbrt,
    cos,
    cosh,
    exp,
    hypot,
    log,
    sin,
    sqrt,
    tan,
)
from ...ops.exponents import exp_step, exponent_sum
from ...ops.lorentz import saturation
from ...ops.nearby import (
    arctan_difference,
    contrast,
    cos_angle,
    cos_difference,
    cos_step,
    cube_difference,
    exp_difference,
    log_share,
    parallel,
    quartic_difference,
    reciprocal_difference,
    reciprocal_step,
    share,
    sin_difference,
    sin_step,
    square_difference,
    square_step,
    tan_difference,
    tan_step,
)
from ...ops.remainders import divergence
from ...ops.selection import equal, where
from ...ops.stable import (
    coshm1,
    log_product,
    log_ratio,
    sqrt1pm1,
    sqrt_difference,
    sqrt_step,
    versin,
)
from ..matching import Bindings
from ..proofs import proves
from ..rule import Patterns, Rule, rule
from .stabilize import is_known, no_grid, no_kept_unit, no_numbers, positive, same_shape

patterns = Patterns()
x, y = patterns.any("x", "y")
(a,) = patterns.number("a")
SQRT2 = 1.4142135623730951


def one_size(found: Bindings, node: Expr) -> bool:
    """Neither is a number, and no more is computed than before."""
    return no_numbers(found, node) and same_shape(found, node)


def of_one_size(found: Bindings, node: Expr) -> bool:
    """The numerator x is no number, and no more is computed than before."""
    return no_grid(found, node) and not is_known(found["x"])


def no_arcsinh(found: Bindings, node: Expr) -> bool:
    """The logarithm of x + √(1 + x²) is known to another rule."""
    return abs(float(found["number_a"].params["value"])) != 1


def far(root: Expr) -> Expr:
    """root + |x|, which does not cancel; at x = 0 with the slope of root - x."""
    return root + where(x > 0, x, -x)


def near(root: Expr) -> Expr:
    """root + |x|; at x = 0 with the slope of root + x."""
    return root + where(x < 0, -x, x)


def cube_roots(u: Expr, v: Expr) -> Expr:
    """u - v, where a = u³ - v³."""
    return a / (u**2 + u * v + v**2)


def unless_kept_apart(r: Rule) -> Rule:
    """The rule, unless the sign of x is proved to be one with which nothing cancels."""
    compared = {n.op.name for n in ancestors([r.right])} & {"greater", "less"}
    wrong = "nonpositive" if "greater" in compared else "nonnegative"

    def may_cancel(found: Bindings, node: Expr) -> bool:
        return not proves(found["x"], wrong) and (r.when is None or r.when(found, node))

    return replace(r, when=may_cancel) if compared else r


less_root, more_root = sqrt(x**2 - y), sqrt(x**2 + y)
root_less_1, root_of_rest = (
    sqrt(square_difference(x, 1.0)),
    sqrt(square_difference(1.0, x)),
)
both = sqrt(x + a) + sqrt(x)
h, to_number = hypot(x, y), hypot(x, a)

ROOTS = [
    rule(sqrt(1 + x) - 1, sqrt1pm1(x), at=1e-20),
    rule(sqrt(1 - x) - 1, sqrt1pm1(-x), at=1e-20),
    rule(1 - sqrt(1 + x), -sqrt1pm1(x), at=1e-20),
    rule(1 - sqrt(1 - x), -sqrt1pm1(-x), at=1e-20),
    rule(1 - root_of_rest, x**2 / (1 + root_of_rest), at=1e-10),
    rule(1 / root_of_rest - 1, x**2 / (root_of_rest * (1 + root_of_rest)), at=1e-10),
    rule(sqrt1pm1(x) / x, 1 / (1 + sqrt(1 + x)), at=1e-20),
    rule(sqrt(x + a) - sqrt(x), a / both, at={"x": 1e40, "number_a": 2.0}, when=positive),
    rule(sqrt(x) - sqrt(x + a), -a / both, at={"x": 1e40, "number_a": 2.0}, when=positive),
    rule(sqrt(1 + x) - sqrt(1 - x), 2 * x / (sqrt(1 + x) + sqrt(1 - x)), at=1e-20),
    rule(sqrt(x + y) - sqrt(x), sqrt_step(x, y), at={"x": 1e20, "y": 1e-3}, when=one_size),
    rule(sqrt(x) - sqrt(y), sqrt_difference(x, y), at={"x": 3.0 + 1e-12, "y": 3.0}),
    rule(cbrt(x + a) - cbrt(x), cube_roots(cbrt(x + a), cbrt(x)), at={"x": 1e20, "number_a": 2.0}),
    rule(
        1 / sqrt(x) - 1 / sqrt(x + a),
        a / sqrt(x) / sqrt(x + a) / both,
        at={"x": 1e20, "number_a": 2.0},
        when=positive,
    ),
]

LENGTHS = [
    rule(
        less_root - x,
        where(x > 0, -y / far(less_root), far(less_root)),
        at={"x": 1e9, "y": 4.0},
    ),
    rule(
        x - less_root,
        where(x > 0, y / far(less_root), -far(less_root)),
        at={"x": 1e9, "y": 4.0},
    ),
    rule(
        -x - less_root,
        where(x < 0, y / near(less_root), -near(less_root)),
        at={"x": -1e9, "y": 4.0},
    ),
    rule(
        more_root - x,
        where(x > 0, y / far(more_root), far(more_root)),
        at={"x": 1e9, "y": 4.0},
    ),
    rule(root_less_1 - x, where(x > 0, -1 / far(root_less_1), far(root_less_1)), at=1e9),
    rule(x - root_less_1, where(x > 0, 1 / far(root_less_1), -far(root_less_1)), at=1e9),
    rule(
        to_number - x,
        where(x > 0, a * (a / far(to_number)), far(to_number)),
        at={"x": 1e9, "number_a": 2.0},
    ),
    rule(
        x - to_number,
        where(x > 0, -a * (a / far(to_number)), -far(to_number)),
        at={"x": 1e9, "number_a": 2.0},
    ),
    rule(
        to_number + x,
        where(x < 0, a * (a / near(to_number)), near(to_number)),
        at={"x": -1e9, "number_a": 2.0},
        when=no_arcsinh,
    ),
    rule(h - x, where(x > 0, y * (y / far(h)), far(h)), at={"x": 1e9, "y": 4.0}, when=one_size),
    rule(h + x, where(x < 0, y * (y / near(h)), near(h)), at={"x": -1e9, "y": 4.0}, when=one_size),
    rule(x / h, cos_angle(x, y), at={"x": 1e10, "y": 3.0}, when=of_one_size),
    rule(
        1 - cos_angle(x, y),
        where(x > 0, y / h * (y / far(h)), far(h) / h),
        at={"x": 1e9, "y": 4.0},
    ),
]

RECIPROCALS = [
    rule(1 / x - 1 / (x + a), (a / x) / (x + a), at={"x": 1e20, "number_a": 2.0}),
    rule(1 / (x + a) - 1 / x, (-a / x) / (x + a), at={"x": 1e20, "number_a": 2.0}),
    rule(1 / (x - a) - 1 / (x + a), (2 * a / (x - a)) / (x + a), at={"x": 1e20, "number_a": 2.0}),
    rule(
        (1 / (x + a) - 2 / x) + 1 / (x - a),
        2 * (a / (x - a)) * (a / (x + a)) / x,
        at={"x": 1e10, "number_a": 2.0},
    ),
    rule(1 / (x + y) - 1 / x, reciprocal_step(x, y), at={"x": 1e20, "y": 2.0}, when=same_shape),
    rule(1 / x - 1 / (x + y), -reciprocal_step(x, y), at={"x": 1e20, "y": 2.0}, when=same_shape),
    rule(1 / x - 1 / y, reciprocal_difference(x, y), at={"x": 3 + 1e-12, "y": 3}, when=one_size),
    rule(x / (x + y), share(x, y), at={"x": 1e20, "y": 3.0}, when=of_one_size),
    rule(1 - 1 / (1 + x), share(x, 1.0), at=1e-20),
    rule(1 / (1 - x) - 1, -share(-x, 1.0), at=1e-20),
    rule(x * y / (x + y), parallel(x, y), at={"x": 1e200, "y": 1e180}, when=one_size),
    rule(x * share(y, x), parallel(x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(1 / (1 / x + 1 / y), parallel(x, y), at={"x": 1e-200, "y": 3.0}, when=one_size),
    rule(2 / (1 / x + 1 / y), 2 * parallel(x, y), at={"x": 1e-200, "y": 3.0}, when=one_size),
    rule((2 * x) * y / (x + y), 2 * parallel(x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(2 * (x * y) / (x + y), 2 * parallel(x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule((x - y) / (x + y), contrast(x, y), at={"x": 1e20, "y": 3.0}, when=one_size),
    rule(y - (1 + x) * y, -(x * y), at={"x": 1e-10, "y": 1.0}),
    *(rule(share(s, 1.0), saturation(x)) for s in (x**2, x * x, square(x))),
    rule(share(x, 1.0) - (x - 1) / x, 1 / x / (x + 1), at=1e10),
]

SQUARES = [
    rule(x - x**2, x * (1 - x), at=1 - 1.2345e-8),
    rule((1 - x) - x, 1 - 2 * x, at=0.5 - 2**-54),
    rule((2 + x) + x, 2 * (1 + x), at=2**-53 - 1),
    rule((1 + x) ** 2 - 1, x * (2 + x), at=1e-20),
    rule((x + y) ** 2 - x**2, square_step(x, y), at={"x": 1e10, "y": 1e-10}, when=same_shape),
    rule(square_difference(1.0, sqrt(x)), 1 - x, at=1 - 1.2345e-12),
    rule(1 - cos(x) ** 2, sin(x) ** 2, at=1e-9),
    rule(1 - sin(x) ** 2, cos(x) ** 2, at=pi / 2 - 1e-9),
    rule(cos(x) ** 2 - sin(x) ** 2, cos(2 * x), at=pi / 4),
    rule(x**2 - 1, square_difference(x, 1.0), at=1 + 1.2345e-8),
    rule(1 - x**2, square_difference(1.0, x), at=1 + 1.2345e-8, when=no_kept_unit),
    rule((1 - x) * (1 + x), square_difference(1.0, x), at=1e-20),
    rule(x**3 - y**3, cube_difference(x, y), at={"x": 3 + 1.2345e-8, "y": 3}, when=one_size),
    rule(x**4 - y**4, quartic_difference(x, y), at={"x": 3 + 1.2345e-8, "y": 3}, when=one_size),
    rule(-square_difference(x, y), square_difference(y, x)),
    rule(x**2 - y**2, square_difference(x, y), at={"x": 3 + 1.2345e-8, "y": 3}, when=same_shape),
    rule((x - y) * (x + y), square_difference(x, y), at={"x": 1.0, "y": 1e-22}, when=same_shape),
]

off_zero, beside = where(equal(x, 0), 1.0, x), where(equal(x, 0), 1.0, y)
CLOSE = {"x": 3 + 1.2345e-8, "y": 3.0}

FUNCTIONS = [
    rule((x * log_ratio(off_zero, beside) - x) + y, divergence(x, y), at=CLOSE, when=same_shape),
    rule(x * log_ratio(off_zero, beside) - (x - y), divergence(x, y), at=CLOSE, when=same_shape),
    rule(log(square_difference(x, y)), log_product(x - y, x + y), at={"x": 1e200, "y": 1.0}),
    rule(log(share(x, y)), log_share(x, y), at={"x": 1e20, "y": 3.0}),
    rule(log_ratio(x, x + y), log_share(x, y), at={"x": 1e20, "y": 3.0}),
    rule(log_ratio(x + y, x), -log_share(x, y), at={"x": 1e20, "y": 3.0}),
    rule(log(cos_angle(x, y)), log_ratio(x, h)),
    rule(exp(x) + exp(-x), 2 * cosh(x), at=1e-20),
    rule((exp(x) - 2) + exp(-x), 2 * coshm1(x), at=1e-10),
    rule(cosh(x) - 1, coshm1(x), at=1e-10),
    rule(tan(x) - sin(x), tan(x) * versin(x), at=1e-10),
    rule(versin(x) / sin(x), tan(x / 2), at=1e-200),
    rule(sqrt(versin(x)), SQRT2 * absolute(sin(x / 2)), at=1e-200),
    rule(arccosh(1 + x**2), 2 * arcsinh(absolute(x) / SQRT2), at=1e-10),
    rule(arccosh(1 + x), 2 * arcsinh(sqrt(x / 2)), at=1e-20),
    *(
        r
        for s in (x + y, exponent_sum(x, y))
        for r in (
            rule(exp(s) - exp(x), exp_step(x, y), at={"x": 1.0, "y": 1e-20}, when=one_size),
            rule(exp(x) - exp(s), -exp_step(x, y), at={"x": 1.0, "y": 1e-20}, when=one_size),
        )
    ),
    *(
        r
        for f, step in ((sin, sin_step), (cos, cos_step), (tan, tan_step))
        for r in (
            rule(f(x + y) - f(x), step(x, y), at={"x": 1.0, "y": 1e-20}),
            rule(f(x) - f(x + y), -step(x, y), at={"x": 1.0, "y": 1e-20}),
        )
    ),
    rule(
        arctan(x + a) - arctan(x),
        arctan2(a, 1 + x * (x + a)),
        at={"x": 1e10, "number_a": 2.0},
    ),
    *(
        rule(f(x) - f(y), difference(x, y), at={"x": 1.7 + 1.2345e-12, "y": 1.7}, when=one_size)
        for f, difference in (
            (exp, exp_difference),
            (sin, sin_difference),
            (cos, cos_difference),
            (tan, tan_difference),
            (arctan, arctan_difference),
        )
    ),
]

RULES = [*ROOTS, *map(unless_kept_apart, LENGTHS), *RECIPROCALS, *SQUARES, *FUNCTIONS]
