"""Vectors and tables of scores, as statistics and machine learning write them."""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import arrays

ROWS = [[0.3, 1.0, -2.0], [800.0, -800.0, 1000.0], [-1000.0, -1000.0, -1001.0]]
SCORES = [{"x": np.array(r)} for r in ROWS]
MASKED = [{"x": np.array(r), "w": np.array([1.0, 0.0, 2.0])} for r in ROWS]
BOTH = [
    {"x": np.array([0.3, 1.0, -2.0]) * a, "y": np.array([1.5, -0.5, 0.25]) * b}
    for a, b in ((1.0, 1.0), (1e-200, 1.0), (1e200, 1e-200), (1e200, 1e200))
]
POSITIVES = [{"x": np.array([0.3, 2.0, 5.0]) * a} for a in (1.0, 1e-100, 1e-200, 1e200)]
arrays(
    "softmax with a temperature",
    SCORES,
    "exp(x / 0.01) / sum(exp(x / 0.01))",
    "exp(100 * x) / sum(exp(100 * x))",
    "softmax(x / 0.01)",
)
arrays(
    "entropy of softmax",
    SCORES[::2],
    "-sum(softmax(x) * log(softmax(x)))",
    "p = exp(x) / sum(exp(x))\n-sum(p * log(p))",
)
arrays(
    "logsumexp in steps",
    [{"x": np.array(ROWS), "w": np.array([1.0, -700.0, 3.0])}],
    "log(sum(exp(w + log(sum(exp(x), axis=0)))))",
)
arrays(
    "masked softmax", MASKED, "where(w > 0, exp(x), 0) / sum(where(w > 0, exp(x), 0))", wrt=("x",)
)
arrays("cosine similarity", BOTH[:3], "sum(x * y) / (sqrt(sum(x ** 2)) * sqrt(sum(y ** 2)))")
arrays("unit vector", BOTH, "x / sqrt(sum(x ** 2)) + 0 * y", wrt=("x",))
arrays("Gaussian kernel", BOTH[:2], "exp(-sum((x - y) ** 2) / 2)", "exp(-0.5 * sum((x - y) ** 2))")
arrays(
    "weighted mean",
    [{"x": np.array([0.3, 1.0, -2.0]), "w": np.array([0.0, 2.0, 1.0])}],
    "sum(w * x) / sum(w)",
)
arrays("geometric mean", POSITIVES, "exp(mean(log(x)))", "exp(sum(log(x)) / 3)")
arrays("harmonic mean of three", POSITIVES[:2], "3 / sum(1 / x)")
arrays("log likelihood", POSITIVES, "log(prod(x))", "sum(log(x))", "log(x[0] * x[1] * x[2])")
CLIPPED = [0.0, 0.0, 0.0], [0.3, 0.4, 0.5], [3.0, 40.0, 5.0], [1e200, 2e200, -1e199]
arrays(
    "clipped by its length",
    [{"x": np.array(v), "w": np.array([1.0, 2.0, -3.0])} for v in CLIPPED],
    "sum(w * (x * minimum(5 / (sqrt(sum(x ** 2)) + 1e-6), 1)))",
    wrt=("x",),
)
arrays(
    "clipped by its length, no division by 0",
    [{"x": np.array(v), "w": np.array([1.0, 2.0, -3.0])} for v in CLIPPED],
    "sum(w * x * minimum(1, 1 / sqrt(sum(x ** 2))))",
    meant="sum(w * x / maximum(1, sqrt(sum(x ** 2))))",
    wrt=("x",),
)
arrays("length", POSITIVES, "sqrt(sum(x ** 2))", "sqrt(sum(x * x) + 1)")
arrays("power mean", POSITIVES, "mean(x ** 4) ** (1 / 4)", "mean(abs(x) ** 3) ** (1 / 3)")
WEIGHTS = [{"x": np.array(r), "w": np.array([1.0, 0.0, 5.0])} for r in [*ROWS, [1e4, 2e4, 9.99e3]]]
arrays(
    "softmax with weights",
    WEIGHTS,
    "exp(x) * w / sum(exp(x) * w)",
    "e = w * exp(x)\ne / sum(e)",
    "w * exp(x) / (exp(x) @ w)",
    wrt=("x",),
)
arrays(
    "scaled sums of exponentials",
    SCORES,
    "log(3 * mean(exp(x)))",
    "log(sum(2 * exp(x)) / 2)",
    "exp(x) / (3 * mean(exp(x)))",
    "2 * exp(x) / sum(2 * exp(x))",
    "exp(x) * sum(exp(x)) ** -1",
)
arrays(
    "posterior of a mixture",
    WEIGHTS,
    "log(sum((w * exp(x)) * 0.5))",
    "log(sum(w / exp(-x)))",
    "log(w @ exp(x)) - log(sum(w))",
    wrt=("x",),
)
SHIFTED = [{"x": np.array([1.0, 2.0, 4.0]) + s} for s in (0.0, 1e5, -3e5)]
arrays(
    "sum of squared deviations",
    SHIFTED,
    "sum(x ** 2) - sum(x) ** 2 / 3",
    "sum(x ** 2) - 3 * mean(x) ** 2",
    "(sum(x ** 2) - sum(x) ** 2 / 3) / 2",
    "x @ x / 3 - mean(x) ** 2",
)
arrays(
    "norm with a factor",
    [{"x": v["x"]} for v in BOTH],
    "sqrt(4 * sum(x ** 2)) / 2",
    "sum(x * x) ** 0.5",
)
SIDES = [
    {"x": np.array([1.0, 2.0, -3.0]) * a, "m": np.array([True, False, True])}
    for a in (1.0, 1e-200, 1e200)
]
arrays(
    "norm with a mask",
    SIDES,
    "sqrt(sum(m * x ** 2))",
    "sqrt(sum(where(m, x ** 2, 0)))",
    wrt=("x",),
)
FAR_FROM_0 = [
    {"x": np.array([1.1, 2.3, 4.0, -3.7]) + s, "y": np.array([0.3, -1.0, 2.0, 0.5])}
    for s in (0.0, 1e5, 1e8)
]
arrays(
    "covariance with what is standardized",
    FAR_FROM_0,
    "sum((x - mean(x)) / std(x) * y)",
    "d = x - mean(x)\nsum(y * (d / sqrt(mean(d ** 2))))",
    "d = x - mean(x)\nsum(d / sqrt(mean(d ** 2) + 1e-5) * y)",
)
arrays(
    "variance by probabilities",
    [{"x": v["x"], "w": np.array([0.25, 0.25, 0.375, 0.125])} for v in FAR_FROM_0]
    + [{"x": np.array([1e10, 1.0, 2.0]), "w": np.array([0.0, 0.5, 0.5])}],
    "sum(w * x ** 2) - sum(w * x) ** 2",
    "w @ x ** 2 - (w @ x) ** 2",
    "sum(x * x * w) - square(sum(x * w))",
)
arrays(
    "shares that are shifted",
    [{"x": np.array([0.3, 1.0, -2.0]), "c": np.array(c)} for c in (3.0, 1e10, -1e17)],
    "softmax(c + x)",
    "exp(x - c) / sum(exp(x - c))",
)
