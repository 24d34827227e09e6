"""Signs, units and factors of 2 where the other rules look for them; nothing is rounded."""

from ...graph.graph import Expr
from ...ops.arithmetic import negative, reciprocal
from ..facts.units import is_slope_of_unit
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, rule

patterns = Patterns()
x, y = patterns.any("x", "y")


def is_floating(found: Bindings, node: Expr) -> bool:
    """Whether NumPy has a negation and a reciprocal of it."""
    return found["x"].type.is_floating


def no_kept_slope(found: Bindings, node: Expr) -> bool:
    """The difference is not the slope 1 - h² of a unit, which is kept for other readers."""
    h = found["y"].args[0] if found["y"].op in ("power", "square") else node
    return h.op != "tanh" or not is_slope_of_unit(node.args[0], h.args[0])


RULES = [
    rule(x * 1, x),
    rule(x / 1, x),
    rule(-1 * x, -x, when=is_floating),
    rule(x**-1, 1 / x, when=is_floating),
    rule(reciprocal(x), 1 / x, when=is_floating),
    rule(negative(negative(x)), x),
    rule(0 - x, -x),
    rule((-x) / (-y), x / y),
    rule(x - (-y), x + y),
    rule(x + (-y), x - y),
    rule(-(x - y), y - x, when=no_kept_slope),
    rule((2 * x) / 2, x),
    rule((2 * x) / (2 * y), x / y),
]
