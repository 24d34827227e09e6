"""What holds for values whose sign is known: declared by the user, or proved from declarations.

Where a zero is possible that is no flat one, an absolute value has a kink of its own, with slope 0;
so before differentiation it stays.
"""

from ...graph.graph import Expr
from ...ops.activations import relu
from ...ops.arithmetic import absolute, square
from ...ops.elementary import exp, exp2, log, log2, sqrt
from ...ops.selection import maximum, minimum
from ..facts.proofs import has_kink
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, rule

patterns = Patterns()
(p,) = patterns.signed("positive", "p")
(u,) = patterns.signed("nonnegative", "u")
(v,) = patterns.signed("nonpositive", "v")
(y,) = patterns.any("y")


def no_kink(found: Bindings, node: Expr) -> bool:
    """What is said of nonnegative and nonpositive values holds for derivatives too."""
    return not has_kink(next(iter(found.values())))


_SIZES = [
    (absolute(u), u),
    (absolute(v), -v),
    (relu(u), u),
    (maximum(u, 0), u),
    (minimum(v, 0), v),
    (sqrt(u) ** 2, u),
    (square(sqrt(u)), u),
    (sqrt(u) * sqrt(u), u),
]

RULES = [
    *(rule(left, right, when=no_kink) for left, right in _SIZES),
    rule(exp(log(u)), u, at=0.0),
    rule(exp2(log2(u)), u, at=0.0),
]
"""Before differentiation."""

VALUES = [rule(left, right) for left, right in _SIZES]
"""Where nothing is differentiated any more."""
