"""Roots of products and squares beyond all numbers: after other rules, which know them by name."""

from ...graph.graph import Expr
from ...ops.elementary import sqrt
from ...ops.nearby import square_difference
from ...ops.roots import leg
from ...ops.stable import sqrt_product
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, rule
from .cancellation import one_size
from .stabilize import is_known

patterns = Patterns()
x, y = patterns.any("x", "y")


def no_square_difference(found: Bindings, node: Expr) -> bool:
    """The factors are not x + y and x - y, which stand together, nor x and a number less x.

    These have a root only where neither is large.
    """
    a, b = found["x"], found["y"]
    both = {a.op, b.op} == {"add", "subtract"} and set(a.args) == set(b.args)
    share = any(
        v.op == "subtract" and v.args[1] is u and is_known(v.args[0]) for u, v in ((a, b), (b, a))
    )
    return one_size(found, node) and not both and not share


RULES = [
    rule(sqrt(square_difference(x, y)), leg(x, y), at={"x": 1e200, "y": 1.0}, when=one_size),
    rule(sqrt(x * y), sqrt_product(x, y), at={"x": 1e200, "y": 2e200}, when=no_square_difference),
]
