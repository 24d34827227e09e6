"""Signs and factors of 2 where the other rules look for them; nothing is rounded."""

from ...ops.arithmetic import negative
from ..rule import Patterns, rule

patterns = Patterns()
x, y = patterns.any("x", "y")
(a,) = patterns.number("a")

RULES = [
    rule(negative(negative(x)), x),
    rule(0 - x, -x),
    rule(x - (-y), x + y),
    rule(x + (-y), x - y),
    rule(-(x - a), a - x),
    rule((2 * x) / 2, x),
    rule(0.5 * (2 * x), x),
    rule((2 * x) / (2 * y), x / y),
]
