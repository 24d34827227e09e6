"""Inverse functions near the ends of their domains."""

from ...ops.elementary import arccos, arcsin, arcsinh, arctan, arctan2, arctanh, sqrt
from ...ops.nearby import cos_angle
from ..rewriting.rule import Patterns, rule

patterns = Patterns()
(x,) = patterns.any("x")
HALF_PI = 1.5707963267948966
rest = sqrt(x * (2 - x))  # sqrt(1 - u**2) of u = 1 - x, in which no digit of x is lost

RULES = [
    *(
        r
        for u, angle in ((1 - x, arctan2(rest, 1 - x)), (x - 1, 2 * arctan2(sqrt(2 - x), sqrt(x))))
        for r in (
            rule(arcsin(u), arctan2(u, rest), at=1e-20),
            rule(arccos(u), angle, at=1e-20),
            rule(arctanh(u), arcsinh(u / rest), at=1e-20),
        )
    ),
    rule(HALF_PI - arctan(x), arctan2(1.0, x)),
    rule(arctan(x) - HALF_PI, -arctan2(1.0, x)),
    rule(arcsin(cos_angle(x, 1.0)), arctan(x), at=1e10),
    rule(arctanh(cos_angle(x, 1.0)), arcsinh(x), at=1e10),
]
