"""Roots and quotients beyond all numbers: after other rules, which know them by name."""

from math import pi

from ...graph.graph import Expr
from ...ops.arithmetic import absolute, copysign
from ...ops.elementary import arctan, sqrt
from ...ops.nearby import square_difference
from ...ops.roots import leg
from ...ops.selection import where
from ...ops.stable import sqrt_product
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, rule
from .cancellation import of_one_size, one_size
from .quotients import is_unbounded
from .stabilize import is_known, no_grid

patterns = Patterns()
x, y = patterns.any("x", "y")


def of_denominator(found: Bindings, node: Expr) -> bool:
    """The denominator x is no number, and not what the rule itself has made."""
    return no_grid(found, node) and not is_known(found["x"]) and is_unbounded(found, node)


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


near = absolute(y) < absolute(x)
inverse = x / where(near, 1.0, y)

RULES = [
    rule(
        arctan(y / x),
        where(near, arctan(y / where(near, x, 1.0)), copysign(pi / 2, inverse) - arctan(inverse)),
        at={"x": 1e-200, "y": 1e200},
        when=of_denominator,
    ),
    rule(sqrt(square_difference(x, y)), leg(x, y), at={"x": 1e200, "y": 1.0}, when=of_one_size),
    rule(sqrt(x * y), sqrt_product(x, y), at={"x": 1e200, "y": 2e200}, when=no_square_difference),
]
