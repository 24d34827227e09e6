"""Powers of 1 + x, as interest is compounded, and powers less 1.

What 1 + x is rounded by is magnified by the exponent; 1 less a power near 1 has few digits left.
"""

from ...graph.graph import Expr
from ...ops.compound import box_cox, compound, compoundm1, powm1
from ...ops.elementary import log, sqrt
from ...ops.nearby import square_difference
from ...ops.selection import equal, where
from ..matching import Bindings
from ..rule import Patterns, of_number, rule
from .stabilize import is_known, no_grid

patterns = Patterns()
x, y, z = patterns.any("x", "y", "z")
(a,) = patterns.number("a")


def is_open(found: Bindings, node: Expr) -> bool:
    """The exponent y is no number, which differentiation would have as an integer or a root."""
    return not is_known(found["y"]) and found["y"].type.is_floating and node.type.is_floating


no_root = of_number("a", lambda a: a not in (-1, 0, 0.5, 1, 2) and abs(a) < float("inf"))
"""The power is no root, and has more than one or two terms."""


RULES = [
    rule((1 + x) ** y, compound(x, y), at={"x": 1e-20, "y": 1e20}, when=is_open),
    rule((1 - x) ** y, compound(-x, y), at={"x": 1e-20, "y": 1e20}, when=is_open),
    rule(z / compound(x, y), z * compound(x, -y), at={"x": 1e100, "y": 2.0, "z": 3.0}),
    rule(compound(x, y) - 1, compoundm1(x, y), at={"x": 1e-10, "y": 3.0}),
    rule(1 - compound(x, y), -compoundm1(x, y), at={"x": 1e-10, "y": 3.0}),
    rule(x**y - 1, powm1(x, y), at={"x": 3.0, "y": 1e-20}, when=is_open),
    rule(1 - x**y, -powm1(x, y), at={"x": 3.0, "y": 1e-20}, when=is_open),
    rule(powm1(x, y) / y, box_cox(x, y), at={"x": 3.0, "y": 1e-12}, when=no_grid),
    rule(where(equal(y, 0), log(x), box_cox(x, y)), box_cox(x, y)),  # log(x) has no slope to y
    rule(1 / sqrt(1 + x) - 1, compoundm1(x, -0.5), at=1e-20),
    rule(1 / sqrt(1 - x) - 1, compoundm1(-x, -0.5), at=1e-20),
    rule(1 - 1 / (1 + x) ** a, -compoundm1(x, -a), at={"x": 1e-20, "number_a": 2.0}),
    *(
        rule(left, right, at={"x": 1e-20, "number_a": 3.0}, when=no_root)
        for base, power in (
            (1 + x, compoundm1(x, a)),
            (1 - x, compoundm1(-x, a)),
            (square_difference(1.0, x), compoundm1(-(x**2), a)),
        )
        for left, right in ((base**a - 1, power), (1 - base**a, -power))
    ),
]
