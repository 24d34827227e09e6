"""Inverse functions near the ends of their domains, differences near 1, moments far from 1."""

from __future__ import annotations

from tests.passes.formulas.case import (
    POSITIVE,
    REALS,
    SMALL,
    TINY,
    arrays,
    each,
    pairs,
    signed,
)

ENDS = (*TINY, 1e-3, 0.3, 1.5)
SCALES = (1.0, 1e200, 1e-200)
SQUARED = (1.0, 1e100, 1e-100)
SAMPLE, OTHER = (1.0, 2.0, 5.0), (3.0, 1.0, 2.5)
BINARY = [{"z": [0.1, -2.0], "y": [1.0, 0.0]}, {"z": [800.0, -800.0], "y": [0.0, 1.0]}]
LOGITS = [[0.1, -0.4, 1.2], [40.0, 0.0, 1.0], [-40.0, 3.0, 2.0], [700.0, 0.0, -1.0], [5.0, -1000.0]]

each("arcs of 1 - x", ENDS, "arccos(1 - x)", "arcsin(1 - x)", "arctanh(1 - x)", "arccos(x - 1)")
each("inverse of a function", signed((1e-20, 0.3, 2.0, 30.0, 300.0)), "arcsinh(sinh(x))")
each(
    "inverse of a bounded function",
    signed((*TINY, 0.3, 3.0, 40.0, 800.0)),
    "arctanh(tanh(x))",
    "arcsin(tanh(x))",
    digits=1600,
)
each("arcs of a direction", REALS, "arcsin(x / sqrt(1 + x ** 2))", "arctanh(x / sqrt(1 + x * x))")
each("logarithm of a cosine", signed((*TINY, 0.3, 1.5)), "log(cos(x))")
each("one over 1 + x, less 1", (0.0, *TINY, -1e-8, -0.5, 3.0, 1e200), "1 / (1 + x) - 1")
each("what is left of a share", POSITIVE, "x / (1 + x) - 1", "1 - x / (1 + x)")
each("one less a direction", signed((0.5, 30.0, 1e4, 1e9)), "1 - x / sqrt(1 + x ** 2)")
each("power near 1", (0.0, *signed(TINY), 0.5), "1 - (1 - x) ** 10", "1 - (1 - x) ** 2")
each("cosecant less 1/x", (1e-5, 1e-3, -1e-2, 0.5, 2.0), "1 / x - 1 / sin(x)", "1 / sin(x) - 1 / x")
each("versine over x", signed((1e-200, 1e-8, 0.3, 2.0)), "2 * sin(x / 2) ** 2 / x")
each("cube roots of neighbors", (0.5, 30.0, 1e10, 1e100), "(x + 1) ** (1 / 3) - x ** (1 / 3)")
each("roots on both sides of 1", (0.0, *signed((*TINY, 0.5))), "sqrt(1 + x) - sqrt(1 - x)")
each("quotient of logarithms", (*signed((1e-18, 1e-8, 0.5)), 0.999), "log(1 + x) / log(1 - x)")
each("softplus times exp", (0.0, 1e-18, -0.5, 30.0, 600.0), "exp(x) * log(1 + exp(-x))")
each(
    "occupation less 1/x",
    (1e-6, *signed((1e-3, 0.5, 30.0, 800.0)), 1e200),
    "1 / (exp(x) - 1) - 1 / x",
)
each("exponential and its mean", POSITIVE, "log(x) - log(1 - exp(-x))")
each(
    "entropy of a sigmoid",
    (0.0, *signed((*SMALL, 30.0, 600.0))),
    "s = 1 / (1 + exp(-x))\n-s * log(s) - (1 - s) * log(1 - s)",
    digits=800,
)
each("entropy in bits", (*TINY, 0.3, 0.9), "-x * log2(x) - (1 - x) * log2(1 - x)", digits=800)
pairs(
    "difference over a product", [(1.0, 1.5), (1e200, 2e200), (1e-200, 2e-200)], "(x - y) / (x * y)"
)
pairs("slope of a chord", [(1.0, 1e-12), (0.3, 0.1), (2.0, 1e-100)], "(sin(x + y) - sin(x)) / y")
arrays(
    "spread",
    [{"x": [c * v for v in SAMPLE]} for c in SQUARED],
    "std(x)",
    "std(x) / mean(x)",
    "mean(((x - mean(x)) / std(x)) ** 3)",
)
arrays(
    "correlation",
    [{"x": [c * v for v in SAMPLE], "y": [c * v for v in OTHER]} for c in SQUARED],
    "mean((x - mean(x)) * (y - mean(y))) / (std(x) * std(y))",
)
arrays(
    "covariance far from 0",
    [{"x": [1e8 + v for v in SAMPLE], "y": [1e8 + v for v in OTHER]}],
    "mean(x * y) - mean(x) * mean(y)",
)
arrays(
    "weighted variance far from 0",
    [{"x": [1e8 + v for v in SAMPLE], "w": [0.5, 0.25, 1.0]}],
    "sum(w * x ** 2) / sum(w) - (sum(w * x) / sum(w)) ** 2",
    "m = sum(w * x) / sum(w)\nsum(w * x * x) / sum(w) - m * m",
)
arrays(
    "cosine distance",
    [{"x": [1.0, 1e-4], "y": [1.0, 0.0]}, {"x": [1e200, 2e200], "y": [3e200, 1e200]}],
    "1 - sum(x * y) / sqrt(sum(x ** 2) * sum(y ** 2))",
)
arrays(
    "norm of order 3",
    [{"x": [c * v for v in (3.0, -4.0)]} for c in SCALES],
    "sum(abs(x) ** 3) ** (1 / 3)",
)
arrays(
    "likelihood as a product",
    BINARY,
    "s = 1 / (1 + exp(-z))\nlog(prod(s ** y * (1 - s) ** (1 - y)))",
    wrt=("z",),
)
arrays(
    "one of many events",
    [{"z": v} for v in ([0.1, -2.0], [-40.0, -41.0])],
    "1 - prod(1 - 1 / (1 + exp(-z)))",
)
arrays(
    "all classes but one", [{"z": v} for v in LOGITS], "1 - softmax(z)[0]", "log(1 - softmax(z)[0])"
)
