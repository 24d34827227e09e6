"""Cross entropies of two classes."""

from __future__ import annotations

from tests.passes.formulas.case import PROBABILITIES, each, pairs

LABELS = [
    (z, y) for z in (-1e5, -800.0, -40.0, -0.3, 0.0, 0.3, 40.0, 800.0) for y in (0.0, 1.0, 0.3)
]
pairs(
    "binary cross entropy of a logit",
    LABELS,
    "p = sigmoid(x)\n-(y * log(p) + (1 - y) * log(1 - p))",
    "p = 1 / (1 + exp(-x))\n-(y * log(p) + (1 - y) * log(1 - p))",
    "p = exp(x) / (1 + exp(x))\n-y * log(p) - (1 - y) * log(1 - p)",
    "p = 1 / (1 + exp(-x))\n-(y * log(p) + (1 - y) * log1p(-p))",
    "p = (1 + tanh(x / 2)) / 2\n-(y * log(p) + (1 - y) * log(1 - p))",
    "p = 1 / (1 + exp(-x))\n-where(y > 0.5, log(p), log(1 - p))",
    "y * log(1 + exp(-x)) + (1 - y) * log(1 + exp(x))",
    "-(y * log(sigmoid(x)) + (1 - y) * log(sigmoid(-x)))",
    wrt=("x",),
)
pairs(
    "binary cross entropy of a logit, summed up",
    [(z, y) for z, y in LABELS if abs(z) < 3 or y == (z < 0)],
    "log(1 + exp(x)) - y * x",
    "maximum(x, 0) - x * y + log(1 + exp(-abs(x)))",
    "(1 - y) * x + log(1 + exp(-x))",
    wrt=("x",),
)
SIGNS = [(z, y) for z in (-1e5, -800.0, -40.0, -0.3, 0.0, 0.3, 40.0, 800.0) for y in (-1.0, 1.0)]
pairs(
    "logistic loss of a margin",
    SIGNS,
    "log(1 + exp(-y * x))",
    "-log(sigmoid(y * x))",
    "-log(1 / (1 + exp(-x * y)))",
    wrt=("x",),
)
CERTAIN = [(p, y) for p in (1e-300, 0.3, 0.9, 1 - 1e-12) for y in (0.0, 1.0, 0.3)]
pairs(
    "binary cross entropy",
    [*CERTAIN, (1.0, 1.0), (0.0, 0.0)],
    "-(y * log(x) + (1 - y) * log(1 - x))",
    "-y * log(x) - (1 - y) * log1p(-x)",
    "-(xlogy(y, x) + xlog1py(1 - y, -x))",
    limits={(1.0, 1.0): (0.0, -1.0), (0.0, 0.0): (0.0, 1.0)},
    wrt=("x",),
)
each(
    "entropy of a coin",
    PROBABILITIES[:-1],
    "-x * log(x) - (1 - x) * log(1 - x)",
    "-(x * log(x) + (1 - x) * log1p(-x))",
    digits=800,
)
