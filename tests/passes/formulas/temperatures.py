"""Logarithms of products of matrices and of many factors, and sums of exponentials by a scale."""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import arrays, pairs

X = np.array([[800.0, -800.0, 3.0], [-800.0, -801.0, -790.0]])
WEIGHTED = [{"X": c * X, "w": np.array([0.2, 0.3, 0.5])} for c in (1.0, 1e-3)]
arrays(
    "logsumexp by products of matrices",
    WEIGHTED,
    "sum(log(exp(X) @ w))",
    "log(exp(X) @ w)",
    "log(w @ exp(X.T))",
    "log(mean(exp(X) @ w))",
    "log(exp(X) @ w / sum(exp(X), axis=1))",
)
A = np.array([[800.0, -800.0], [3.0, -790.0], [-800.0, -800.0]])
B = np.array([[790.0, -800.0, -800.0], [-800.0, 1.0, -801.0]])
arrays(
    "logarithm of a product of matrices",
    [{"A": c * A, "B": c * B} for c in (1.0, 1e-3)],
    "log(exp(A) @ exp(B))",
    "sum(log(exp(A) @ exp(B)))",
    "log(sum(exp(A)[:, :, None] * exp(B)[None, :, :], axis=1))",
    "log(softmax(A) @ softmax(B))",
)
arrays(
    "two steps of a chain",
    [{"a": np.array([800.0, -800.0]), "K": np.array([[790.0, -800.0], [-900.0, 3.0]])}],
    "log(exp(a) @ exp(K) @ exp(K))",
    "log(exp(a) @ (exp(K) @ exp(K)))",
)
CUBE = np.arange(12.0).reshape(2, 3, 2) * 200 - 900
arrays(
    "logsumexp over several axes",
    [{"x": c * CUBE} for c in (1.0, 1e-3)],
    "log(sum(exp(x), axis=(1, 2)))",
    "log(sum(sum(exp(x), axis=2), axis=1))",
    "log(mean(mean(exp(x), axis=0), axis=0))",
    "log(sum(sum(sum(exp(x), axis=0), axis=0)))",
)
RATES = [
    [[1e-75, 1e-75], [2e-75, 1e-75]],
    [[1e-200, 1e-200], [2e-200, 1e-200]],
    [[0.5, 0.1], [0.2, 0.3]],
    [[0.0, 0.5], [0.2, 0.3]],
    [[-1e-200, -1e-150], [1e-150, 1e-200]],
]
arrays(
    "mixture of products",
    [{"w": np.array([0.25, 0.75]), "Q": np.array(q)} for q in RATES],
    "log(sum(w * prod(Q, axis=1)))",
    "log(w @ prod(Q, axis=1))",
    "log(w[0] * prod(Q[0]) + w[1] * prod(Q[1]))",
    "log(prod(Q[0]) / 3 + 0.5 * prod(Q[1])) + 0 * w[0]",
)
FAR = np.array([[-800.0, -900.0, -801.0], [-850.0, -800.0, -900.0]])
arrays(
    "log likelihood: many mixtures",
    [{"Z": z, "w": np.array([0.2, 0.3, 0.5])} for z in (FAR, X, 1e-3 * X)],
    "log(prod(sum(w * exp(Z), axis=1)))",
    "-log(prod(exp(Z) @ w / 3))",
    "log(prod(mean(w * exp(Z), axis=1)))",
)
arrays(
    "log likelihood: many mixtures, weights of any sign",
    [
        {"Z": np.array([[-800.0, -900.0], [-850.0, -800.0]]), "w": np.array([-1.0, -0.5])},
        {"Z": np.array([[-3.0, 800.0], [2.0, 800.0]]), "w": np.array([-1.0, 0.0])},
    ],
    "log(prod(exp(Z) @ w))",
    wrt=("Z",),
)
SAMPLES = [(np.linspace(-3, 3, 7), 1e-2), (np.linspace(-30, 30, 40), 0.7), (np.array([0.2]), 1.0)]
arrays(
    "log likelihood: many normal variables",
    [{"x": x, "mu": 0.3, "s": s} for x, s in SAMPLES],
    "log(prod(exp(-(x - mu) ** 2 / (2 * s ** 2)) / (s * sqrt(6.283185307179586))))",
    "log(prod(exp(-0.5 * ((x - mu) / s) ** 2) / (s * sqrt(6.283185307179586))))",
    "log(prod(1 / (2.5066282746310002 * s) * exp(-((x - mu) / s) ** 2 / 2)))",
)
arrays(
    "mixture of products of densities",
    [
        {
            "w": np.array([0.25, 0.75]),
            "m": np.array([0.3, -0.2]),
            "s": np.array([1.0, 2.0]),
            "x": np.linspace(-30, 30, 40)[:, None],
        }
    ],
    "log(sum(w * prod(exp(-((x - m) ** 2) / (2 * s ** 2)) / (s * 2.5), axis=0)))",
    "log(w @ prod(exp(-(((x - m) / s) ** 2) / 2) / (s * 2.5), axis=0))",
    wrt=("w", "m", "s"),
)
SCALES = [(100.0, 1.0), (100.0, 1e-3), (0.3, 1e-3), (-100.0, 1.0), (800.0, 3.0), (-3.0, 1e-8)]
SCALES += [(100.0, 20.0), (100.0, -1.0), (2.0, 1e-3), (0.0, 2.0)]
pairs(
    "softplus by a scale",
    SCALES,
    "log(1 + exp(y * x)) / y",
    "1 / y * log(1 + exp(x * y))",
    "log(1 + exp(-y * x)) / y",
)
pairs(
    "softplus by a temperature",
    [(100.0, 1.0), (0.3, 1e-3), (-100.0, 1.0), (800.0, 3.0), (100.0, 0.1), (-3.0, 0.1)],
    "y * log(1 + exp(x / y))",
    "y * log(1 + exp(-x / y))",
    "y * log(exp(x / y) + exp(-3 / y))",
)
LOGITS = np.array([100.0, 99.0, 3.0])
arrays(
    "logsumexp by a temperature",
    [{"z": LOGITS, "b": b} for b in (1.0, 1e-3, 0.03, 0.05, 0.1, 20.0, 1e3, -0.05)],
    "b * log(sum(exp(z / b)))",
    "log(sum(exp(z / b))) * b",
    "-b * log(sum(exp(-z / b)))",
    "b * log(mean(exp(z / b)))",
)
arrays(
    "logsumexp by a scale",
    [{"z": LOGITS, "b": b} for b in (1.0, 1e-3, 7.0, 10.0, 20.0, 1e3, -5.0)],
    "log(sum(exp(b * z))) / b",
    "-log(sum(exp(-b * z))) / b",
)
RARE = [(1e-20, 1e-20), (1e-20, 2e-20), (1e-20, 3e-22), (1e-20, 1e-20 * (1 + 1e-10))]
RARE += [(0.3, 0.3), (1e-20, 0.3), (0.3, 1e-20), (1 - 1e-12, 1 - 2e-12)]
pairs(
    "divergence of rare coins",
    RARE,
    "x * log(x / y) + (1 - x) * log((1 - x) / (1 - y))",
    "x * (log(x) - log(y)) + (1 - x) * (log(1 - x) - log(1 - y))",
    "x * log(x / y) + (1 - x) * (log1p(-x) - log1p(-y))",
)
