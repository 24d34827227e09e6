"""Formulas across families: rounded sums with their own number, probabilities within bounds."""

from __future__ import annotations

from tests.passes.formulas.case import SMALL, TINY, arrays, each, pairs, signed

FAR = (1e-3, 0.3, 3.0, 1e5, 1e10)
CLOSE = [(1e-9, 0.0), (0.3, 0.2), (-40.0, -40.5), (30.0, 30.0 + 1e-9), (800.0, -3.0)]
LABELS = [(30.0, 1.0), (-30.0, 0.0), (0.3, 0.7), (12.0, 0.0), (-3.0, 1.0), (1e-8, 0.25)]
EXPONENTS = [(1000.0, 999.0), (-700.0, -701.0), (0.3, -2.0), (1e4, -1e4)]
RATES = [{"p": p} for p in ([1e-18, 1e-18], [0.2, 0.5], [1e-200, 1e-5], [0.0, 1e-9])]
OFFSETS = [{"x": [c + v for v in (1.0, 2.0, 5.0)]} for c in (0.0, 1e6, 1e8)]
TAILS = [{"z": z} for z in ([30.0, -30.0, 0.0], [0.1, -0.4, 1.2], [0.0, 20.0, 2.0])]

each("sum less its number", signed(TINY), "x + 1 - 1", "x - 3 + 3", "log(2 * x + 2) - log(2)")
each("sum less its number", signed((*TINY, 0.3)), "log(3 + x) - log(3)", "log(x + 2.5) - log(2.5)")
each(
    "softplus less log 2",
    signed((*SMALL, 40.0, 800.0)),
    "log(1 + exp(x)) - log(2)",
    "log((1 + exp(x)) / 2)",
)
each("softplus from its double", (-40.0, -3.0, 0.3, 30.0), "log(2 + 2 * exp(x)) - log(2)")
each("log cosh", signed((1e-20, *SMALL[2:], 40.0)), "log((1 + exp(-2 * x)) / 2) + x")
each("neighbors of a logarithm", FAR, "log(x + 1) - log(x + 2)", "x * log(1 + 1 / x)")
each("neighbors of a logarithm", FAR, "log(x + 3) - log(x + 2)", "x * (log(x + 1) - log(x))")
each("neighbors of a reciprocal", FAR, "1 / x - 2 / (2 * x + 1)")
each("root less its leading term", FAR, "sqrt(x ** 2 + x) - x", "sqrt(x ** 2 + 3 * x) - x")
each("circle of hyperbolas", signed((0.3, 30.0, 800.0)), "cosh(x) ** 2 - sinh(x) ** 2", digits=1600)
each("bounded logarithm", (-20.0, 0.3, 30.0), "log(maximum(1 / (1 + exp(-x)), 1e-12))")
pairs("difference of softplus", CLOSE, "log(1 + exp(x)) - log(1 + exp(y))")
pairs(
    "cross entropy of a logit",
    LABELS,
    "log(1 + exp(x)) - x * y",
    "log(1 + exp(x)) - y * x",
    "maximum(x, 0) - x * y + log(1 + exp(-abs(x)))",
)
pairs("square written out", [(1.0, 1.0 + 1e-9), (3.0, -2.0)], "x * x - 2 * x * y + y * y")
pairs("mean of two by exponentials", EXPONENTS, "(x * exp(x) + y * exp(y)) / (exp(x) + exp(y))")
arrays("that one happens", RATES, "1 - prod(1 - p)")
arrays("that one happens", RATES, "log(1 - prod(1 - p))")
arrays(
    "moments, their slopes",
    OFFSETS,
    "mean(x ** 2) - mean(x) ** 2",
    "2 * mean(x ** 2) - 2 * mean(x) ** 2",
    "sqrt(sum(x ** 2) / 3 - (sum(x) / 3) ** 2)",
)
arrays("softmax, nearly all in one", TAILS, "p = exp(z) / sum(exp(z))\nsum(p ** 2)")
arrays("rest of one of three", TAILS, "1 - exp(z[0]) / (exp(z[0]) + exp(z[1]) + exp(z[2]))")
arrays(
    "log of a mixture by other exponentials",
    [
        {"x": [c, c - 1, 3.0], "w": [1.0, 2.0, 3.0], "y": [c + 1, c - 0.5, 2.0]}
        for c in (0.3, 800.0, -800.0)
    ],
    "log(sum(w * exp(x)) / sum(exp(y)))",
)
