"""One form for what can be written in many: units dropped, literals gathered."""

from ...ops.stable import sech, sigmoid_slope
from ..rewriting.rule import Patterns, of_number, product_is_normal, rule

patterns = Patterns()
x, y = patterns.any("x", "y")
a, b = patterns.number("a", "b")


no_integer = of_number("b", lambda b: not b.is_integer())
"""The factor b may be half of another one, as the sech of a sigmoid's slope has it."""
no_odd_number = of_number("b", lambda b: b % 2 != 1)
"""The divisor b may be twice another one."""


RULES = [
    rule(x - 0, x),
    rule(x + 0, x),
    rule(x**1, x),
    rule((-x) * (-y), x * y),
    rule((a / x) * b, (a * b) / x, when=product_is_normal),
    rule(a * (b * x), (a * b) * x, when=product_is_normal),
    rule(-(a / x), (-a) / x),
    rule(a * sech(b * x) ** 2, 4 * a * sigmoid_slope(2 * b * x), when=no_integer),
    rule(a * sech(x / b) ** 2, 4 * a * sigmoid_slope(x / (b / 2)), when=no_odd_number),
]
