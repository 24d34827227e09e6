"""Logarithms of products and quotients of exponentials, probabilities and powers: densities.

Such a product is 0 or infinite long before its logarithm is large. Factors whose logarithms are
known are split off; what is left stays one product, for its factors may be negative in pairs.
"""

from ...graph.graph import Expr
from ...ops.arithmetic import sign
from ...ops.compound import compound, log_compound, log_power, parity
from ...ops.elementary import log
from ...ops.gamma import gamma, gammaln
from ..facts.exponentials import literal
from ..families.factors import has_logarithm
from ..rewriting.matching import Bindings
from ..rewriting.rule import Patterns, rule

patterns = Patterns()
x, y, z, base = patterns.any("x", "y", "z", "base")
(p,) = patterns.signed("nonnegative", "p")
(above,) = patterns.signed("positive", "above")


def of_known_logarithm(found: Bindings, node: Expr) -> bool:
    """The logarithm of the factor p is computed without it."""
    return has_logarithm(found["p"])


def of_any_power(found: Bindings, node: Expr) -> bool:
    """The exponent z is no number, so that the base is not negative."""
    return literal(found["z"]) is None


POWERS = (
    (above**z, log_power(above, z), None, {"above": 1e-10, "z": 50.0}, of_any_power),
    (base**z, log_power(base, z), parity(base, z), {"base": 1e-10, "z": 50.0}, of_any_power),
    (
        compound(base, z),
        log_compound(base, z),
        parity(1 + base, z),
        {"base": -0.9, "z": 1000.0},
        None,
    ),
)
"""Powers, their logarithms, and their signs, which stay where they were: pairs may be negative."""
FACTORS = ((p, log(p), None, {"p": 1e-300}, of_known_logarithm), *POWERS)
DIVISORS = FACTORS[:-1]  # x / compound(base, z) is a product by then

factorial = gamma(1 + z)

RULES = [
    rule(log(factorial), gammaln(1 + z) + log(sign(factorial)), at=200.0),
    rule(
        log(factorial / parity(x, y)),
        gammaln(1 + z) + log(sign(factorial) / parity(x, y)),
        at={"x": 2.0, "y": 3.0, "z": 200.0},
    ),
    rule(log(1 / x), -log(x), at=1e-300),
    *(
        rule(log(f), log_f if sign is None else log_f + log(sign), at=at, when=when)
        for f, log_f, sign, at, when in POWERS
    ),
    *(
        rule(left, right, at=at | tiny, when=when)
        for f, log_f, sign, tiny, when in FACTORS
        for signed, divided in ((x, x) if sign is None else (sign * x, x / sign),)
        for left, right, at in (
            (log(f * x), log_f + log(signed), {"x": 1e-30}),
            (log(f / x), log_f - log(divided), {"x": 1e30}),
            (log((f * x) * y), log_f + log(signed * y), {"x": 1e-30, "y": 5.0}),
            (log((f * x) / y), log_f + log(signed / y), {"x": 1e-30, "y": 5.0}),
            (log((f / x) * y), log_f + log(y / divided), {"x": 1e30, "y": 5.0}),
            (log(x / (f * y)), log(divided / y) - log_f, {"x": 1e30, "y": 5.0}),
        )
    ),
    *(
        rule(left, right, at=at | tiny, when=when)
        for f, log_f, sign, tiny, when in DIVISORS
        for divided in (x if sign is None else x / sign,)
        for left, right, at in (
            (log(x / f), log(divided) - log_f, {"x": 1e30}),
            (log((x / f) * y), log(divided * y) - log_f, {"x": 1e30, "y": 5.0}),
        )
    ),
]
