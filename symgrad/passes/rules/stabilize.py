"""Formulas as textbooks write them, in the form that floating point can bear."""

from ...ops.activations import sigmoid, softplus
from ...ops.arithmetic import reciprocal
from ...ops.elementary import exp, expm1, log, log1p
from ..rule import Patterns, rule

patterns = Patterns()
(x,) = patterns.any("x")

RULES = [
    rule(log(1 + exp(x)), softplus(x), at=1000.0),
    rule(log1p(exp(x)), softplus(x), at=1000.0),
    rule(log(sigmoid(x)), -softplus(-x), at=-1000.0),
    rule(log(1 - sigmoid(x)), -softplus(x), at=1000.0),
    rule(1 / (1 + exp(-x)), sigmoid(x), at=-1000.0),
    rule(exp(x) / (1 + exp(x)), sigmoid(x), at=1000.0),
    rule(1 / (1 + exp(x)), sigmoid(-x), at=1000.0),
    rule(reciprocal(1 + exp(x)), sigmoid(-x), at=1000.0),
    rule((1 + exp(x)) ** -1, sigmoid(-x), at=1000.0),
    rule(log(exp(x)), x, at=1000.0),
    rule(log(1 + x), log1p(x), at=1e-20),
    rule(exp(x) - 1, expm1(x), at=1e-20),
]
