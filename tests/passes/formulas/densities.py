"""Logarithms of densities, mixtures and likelihoods as products of powers and exponentials."""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import CASES, POSITIVE, REALS, Case, arrays, each, pairs

FINITE = tuple(x for x in REALS if abs(x) <= 800)
ABOVE = tuple(x for x in POSITIVE if x <= 800)
BY_SCALE = [(1.0, 2.0), (800.0, 0.5), (-800.0, 1.0), (1e-18, 1.0), (1e200, 3e200), (3.0, 1e-100)]


def triples(family: str, points: list[tuple[float, ...]], *texts: str) -> None:
    """Spellings of one function of x, y and z."""
    for text in texts:
        CASES.append(Case(family, text, ("x", "y", "z"), points))


each(
    "log density: logistic",
    FINITE,
    "log(sigmoid(x) * (1 - sigmoid(x)))",
    "log(exp(-x) / (1 + exp(-x)) ** 2)",
    "log(1 / ((1 + exp(x)) * (1 + exp(-x))))",
    "-log(2 + exp(x) + exp(-x))",
    digits=1500,
)
pairs(
    "log density: logistic",
    BY_SCALE[:4],
    "log(exp(-x / y) / (y * (1 + exp(-x / y)) ** 2))",
    "log(sigmoid(x / y) * (1 - sigmoid(x / y)) / y)",
    digits=4000,
)
pairs(
    "log density: normal",
    BY_SCALE,
    "log(exp(-(x ** 2) / (2 * y ** 2)) / sqrt(2 * 3.141592653589793 * y ** 2))",
    "log(1 / (y * sqrt(2 * 3.141592653589793)) * exp(-(x ** 2) / (2 * y ** 2)))",
    "log(exp(-0.5 * (x / y) ** 2) / (y * sqrt(2 * 3.141592653589793)))",
)
pairs(
    "log density: Laplace",
    BY_SCALE,
    "log(exp(-abs(x) / y) / (2 * y))",
    "log(0.5 / y * exp(-abs(x / y)))",
)
pairs("log density: Cauchy", BY_SCALE, "log(1 / (3.141592653589793 * y * (1 + (x / y) ** 2)))")
each("log density: Cauchy", REALS, "log(1 / (3.141592653589793 * (1 + x ** 2)))")
pairs(
    "log likelihood: Poisson",
    [(3.0, 2.5), (30.0, 800.0), (1e4, 9e3), (200.0, 1000.0)],
    "log(exp(-y) * y ** x)",
)
triples(
    "log density: beta",
    [(0.3, 2.0, 3.0), (1e-300, 5.5, 0.5), (1 - 1e-12, 2.0, 500.0), (1e-18, 1.5, 7.0)],
    "log(x ** (y - 1) * (1 - x) ** (z - 1))",
    "log((1 - x) ** (z - 1)) + log(x ** (y - 1))",
)
triples(
    "log likelihood: binomial",
    [(0.2, 3.0, 10.0), (0.01, 300.0, 1000.0), (0.5, 1e4, 3e4), (1 - 1e-9, 1000.0, 1001.0)],
    "log(x ** y * (1 - x) ** (z - y))",
)
triples(
    "log density: Weibull",
    [(1.0, 2.0, 3.0), (1e-200, 5.0, 1.0), (1e3, 3.0, 1.5), (20.0, 3.0, 0.1)],
    "log(y / z * (x / z) ** (y - 1) * exp(-((x / z) ** y)))",
)
triples(
    "log density: mixture of two",
    [(1.0, 2.0, 0.3), (100.0, 1.0, 0.5), (1000.0, 3.0, 1e-18), (-800.0, 30.0, 0.9)],
    "log(z * exp(-((x - y) ** 2)) + (1 - z) * exp(-((x + y) ** 2)))",
)
WEIGHTED = [
    {"x": np.array([1.0, 2.0]), "m": np.array([0.0, 1.0]), "a": np.array([0.3, 0.1])},
    {"x": np.array([100.0, -1000.0]), "m": np.array([3.0, 1e-9]), "a": np.array([800.0, 0.0])},
]
arrays(
    "log density: mixture with softmax weights",
    WEIGHTED,
    "w = exp(a) / sum(exp(a))\nsum(log(sum(w * exp(-((x[:, None] - m) ** 2) / 2), axis=1)))",
)
each("sigmoid: powers", FINITE, "1 / (1 + exp(-x)) ** 3", "(1 + exp(-x)) ** -3")
each("sigmoid: other bases", FINITE, "1 / (1 + 2 ** -x)", "2 ** x / (1 + 2 ** x)")
each("softplus: inverse", FINITE, "log(exp(log(1 + exp(x))) - 1)", digits=1500)
each(
    "log tanh",
    ABOVE,
    "log(tanh(x))",
    "log((1 - exp(-2 * x)) / (1 + exp(-2 * x)))",
    digits=2000,
)
each("sinh", FINITE[:-2], "exp(x) / 2 - exp(-x) / 2", "0.5 * exp(x) - 0.5 * exp(-x)")
each("sinh: absolute", [x for x in FINITE if x], "sqrt(cosh(x) ** 2 - 1)", digits=2000)
each(
    "bounded exponentials",
    [x for x in FINITE if x],
    "maximum(x, 0) + minimum(exp(x) - 1, 0)",
    "minimum(1, exp(-x)) * x",
)
pairs(
    "quotient of powers",
    [(1e200, 3.0), (1e-200, 4.0), (2.0, 2.5), (800.0, 200.0)],
    "x ** y / x ** (y - 1)",
)
SCORES = [
    {"z": np.array([0.1, -0.4, 1.2])},
    {"z": np.array([1000.0, 0.0, -1000.0])},
    {"z": np.array([-800.0, -801.0, -900.0])},
]
arrays(
    "softmax: expectations",
    SCORES,
    "sum(exp(z) * z) / sum(exp(z))",
    "sum(z ** 2 * exp(z / 0.1)) / sum(exp(z / 0.1))",
)
arrays("softmax: one of all", SCORES, "log(exp(z[0]) / sum(exp(z)))", "log(sum(exp(z))) - z[1]")
arrays("logsumexp: other bases", SCORES, "log(sum(10 ** z)) / log(10)")
arrays(
    "attention",
    [
        {"S": np.array([[0.5, -1.0], [900.0, 899.0]]), "V": np.array([[1.0, 2.0], [3.0, 5.0]])},
        {"S": np.array([[-800.0, -801.0]]), "V": np.array([[1.0], [3.0]])},
    ],
    "exp(S) @ V / sum(exp(S), axis=1, keepdims=True)",
)
arrays(
    "cross entropy: labels",
    [{"Z": np.array([[1e4, 1e4 - 1, 0.0], [-900.0, 0.0, 30.0]]), "y": np.array([0, 2])}],
    "mean(log(sum(exp(Z), axis=1)) - Z[arange(2), y])",
    wrt=("Z",),
)
