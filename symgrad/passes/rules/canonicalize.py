"""One form for what can be written in many: units dropped, literals gathered."""

from ...graph.graph import Expr
from ..rule import Bindings, Patterns, product_is_normal, rule

patterns = Patterns()
x, y = patterns.any("x", "y")
a, b = patterns.number("a", "b")


def is_floating(found: Bindings, node: Expr) -> bool:
    """Whether NumPy has a negation of it."""
    return found["x"].type.is_floating


RULES = [
    rule(x * 1, x),
    rule(x / 1, x),
    rule(x - 0, x),
    rule(x + 0, x),
    rule(-1 * x, -x, when=is_floating),
    rule(x**1, x),
    rule((-x) * (-y), x * y),
    rule((a / x) * b, (a * b) / x, when=product_is_normal),
    rule(a * (b * x), (a * b) * x, when=product_is_normal),
    rule(-(a * x), (-a) * x),
    rule((-x) * a, (-a) * x),
    rule(-(a / x), (-a) / x),
]
