"""One form for what can be written in many: units dropped, literals gathered."""

from ...ops.stable import sech, sigmoid_slope
from ..rule import Patterns, product_is_normal, rule

patterns = Patterns()
x, y = patterns.any("x", "y")
a, b = patterns.number("a", "b")

RULES = [
    rule(x - 0, x),
    rule(x + 0, x),
    rule(x**1, x),
    rule((-x) * (-y), x * y),
    rule((a / x) * b, (a * b) / x, when=product_is_normal),
    rule(a * (b * x), (a * b) * x, when=product_is_normal),
    rule(-(a * x), (-a) * x),
    rule((-x) * a, (-a) * x),
    rule(-(a / x), (-a) / x),
    rule(0.25 * sech(0.5 * x) ** 2, sigmoid_slope(x)),
    rule(-0.25 * sech(0.5 * x) ** 2, -sigmoid_slope(x)),
]
