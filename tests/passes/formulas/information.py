"""Entropies and divergences of probabilities that may be 0: 0 log(0) is 0, and 0 log(0/0) too."""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import arrays

NEVER = np.array([0.0, 0.25, 0.75])
SURE = np.array([0.0, 0.0, 1.0])
PAIRS = [
    {"p": NEVER, "q": np.array([0.2, 0.3, 0.5])},
    {"p": SURE, "q": np.array([0.0, 0.3, 0.7])},
    {"p": np.array([0.2, 0.3, 0.5]), "q": np.array([1e-300, 0.5, 0.5])},
]
DIVERGENCES = (
    "sum(p * log(p / q))",
    "-sum(p * log(q / p))",
    "sum(p * (log(p) - log(q)))",
    "-sum(p * (log(q) - log(p)))",
    "sum(log(p / q) * p)",
    "sum(p * log(p)) - sum(p * log(q))",
    "p @ log(p / q)",
    "-p @ log(q / p)",
    "p @ (log(p) - log(q))",
    "-p @ log(q) + p @ log(p)",
    "sum(p * -log(q / p))",
)
arrays(
    "Kullback-Leibler",
    PAIRS,
    *DIVERGENCES,
    "sum(where(p > 0, p * log(p / q), 0))",
    meant="sum(xlogy(p, p) - xlogy(p, q))",
    wrt=("q",),
)
arrays(
    "Kullback-Leibler in bits",
    PAIRS[:2],
    "sum(p * log2(p / q))",
    "-sum(p * log2(q / p))",
    "sum(p * (log2(p) - log2(q)))",
    "sum(p * log(p / q)) / log(2)",
    meant="sum(xlogy(p, p) - xlogy(p, q)) / log(2)",
    wrt=("q",),
)
POSITIVE = [
    {"p": np.array([1e-300, 0.25, 0.75]), "q": np.array([0.2, 0.3, 0.5])},
    {"p": np.array([0.2, 0.3, 0.5]), "q": np.array([0.1, 0.3, 0.6])},
]
arrays("Kullback-Leibler of positive probabilities", POSITIVE, *DIVERGENCES)
arrays(
    "entropy in bits",
    [{"x": NEVER}, {"x": SURE}],
    "-sum(x * log2(x))",
    "sum(x * log2(1 / x))",
    "sum(x * -log2(x))",
    "-x @ log2(x)",
    "-sum(x * log(x)) / log(2)",
    meant="-sum(xlogy(x, x)) / log(2)",
    wrt=(),
)
arrays(
    "entropy by an inner product",
    [{"x": NEVER}, {"x": SURE}],
    "-x @ log(x)",
    "-(x @ log(x))",
    "x @ -log(x)",
    "x @ log(1 / x)",
    "-log(x) @ x",
    meant="-sum(xlogy(x, x))",
    wrt=(),
)
arrays(
    "perplexity",
    [{"x": NEVER}, {"x": SURE}],
    "exp(-sum(x * log(x)))",
    "2 ** -sum(x * log2(x))",
    "exp(-x @ log(x))",
    "prod(x ** -x)",
    meant="exp(-sum(xlogy(x, x)))",
    wrt=(),
)
TOGETHER = [
    {"J": np.array([[0.1, 0.2, 0.0], [0.0, 0.3, 0.4], [0.0, 0.0, 0.0]])},
    {"J": np.array([[0.0, 0.5], [0.5, 0.0]])},
]
ROWS = "p = sum(J, axis=1, keepdims=True)\nq = sum(J, axis=0, keepdims=True)\n"
MARGINALS = "p = sum(J, axis=1)\nq = sum(J, axis=0)\n"
arrays(
    "mutual information",
    TOGETHER,
    f"{ROWS}sum(J * log(J / (p * q)))",
    f"{ROWS}-sum(J * log(p * q / J))",
    f"{ROWS}sum(J * (log(J) - log(p) - log(q)))",
    f"{ROWS}sum(J * (log(J) - log(p * q)))",
    f"{MARGINALS}sum(J * log(J / (p[:, None] * q)))",
    f"{MARGINALS}sum(J * (log(J) - log(p)[:, None] - log(q)))",
    f"{MARGINALS}sum(J * log(J)) - p @ log(p) - q @ log(q)",
    meant=f"{MARGINALS}sum(xlogy(J, J)) - sum(xlogy(p, p)) - sum(xlogy(q, q))",
    wrt=(),
)
arrays(
    "Jensen-Shannon",
    PAIRS,
    "m = (p + q) / 2\nsum(p * log(p / m) + q * log(q / m)) / 2",
    "m = 0.5 * (p + q)\n0.5 * sum(p * (log(p) - log(m))) + 0.5 * sum(q * (log(q) - log(m)))",
    "m = (p + q) / 2\n-(p @ log(m / p) + q @ log(m / q)) / 2",
    "sum(p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))) / 2",
    meant="m = (p + q) / 2\nsum(xlogy(p, p) + xlogy(q, q) - xlogy(p + q, m)) / 2",
    wrt=(),
)
COINS = [
    {"p": np.array([0.0, 1.0, 0.25]), "q": np.array([0.0, 1.0, 0.5])},
    {"p": np.array([0.0, 1.0, 0.25]), "q": np.array([0.3, 0.9, 0.5])},
]
arrays(
    "Kullback-Leibler of coins",
    COINS,
    "sum(p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)))",
    "-sum(p * log(q / p) + (1 - p) * log((1 - q) / (1 - p)))",
    "sum(p * (log(p) - log(q)) + (1 - p) * (log1p(-p) - log1p(-q)))",
    meant="sum(xlogy(p, p) - xlogy(p, q) + xlogy(1 - p, 1 - p) - xlogy(1 - p, 1 - q))",
    wrt=(),
)
arrays(
    "cross entropy with zeros",
    COINS[:1],
    "-p @ log(q) - (1 - p) @ log(1 - q)",
    "-p @ log(q) - (1 - p) @ log1p(-q)",
    "-sum(log(q + 0) * p + (1 - p) * log(1 - q))",
    meant="-sum(xlogy(p, q) + xlogy(1 - p, 1 - q))",
    wrt=(),
)
