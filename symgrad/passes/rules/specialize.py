"""Cheaper forms of what is final: powers of arrays as products.

NumPy computes x**2 as a product, and every other power by logarithm and exponential: of 100,000
float64, x**3 takes 14 ns for each, x**2 * x half a nanosecond. Derivatives and other rules read
powers, so they stay until nothing else will look at them. A square of a square has twice the
rounding of the first; one product more has one rounding more.
"""

from ...graph.graph import Expr
from ...ops.stable import sech, sigmoid_slope
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, rule

patterns = Patterns()
(x,) = patterns.any("x")


def is_array(found: Bindings, node: Expr) -> bool:
    """Whether it is made of many numbers: of one, a second call costs more than it saves."""
    return node.ndim > 0 and node.type.is_floating


RULES = [
    rule(x**3, x**2 * x, when=is_array),
    rule(x**4, x**2 * x * x, when=is_array),
    rule(x**5, x**2 * x * x * x, when=is_array),
    rule(x**6, x**2 * x * x * x * x, when=is_array),
    rule(x**8, (x**2 * x * x) ** 2, when=is_array),
    rule(x**-2, 1 / x / x, when=is_array),  # not 1 / x**2, which overflows before its inverse
    rule(x**-3, 1 / x / x**2, when=is_array),  # where x**2 overflows, both are 0
]
"""Of more operations, which take less time."""

ROUNDED = [rule(sech(x) ** 2, 4 * sigmoid_slope(2 * x), when=is_array)]
"""Rounded less often: a square doubles the error of what is squared, 2 ulps are 4."""
