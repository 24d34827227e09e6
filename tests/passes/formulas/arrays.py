"""Softmax, sums of exponentials, cross entropies, variances, norms."""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import arrays

ROWS = [
    [0.3, 1.0, -2.0],
    [800.0, -800.0, 1000.0],
    [-1000.0, -1000.0, -1001.0],
    [1e4, 1e4, 9.99e3],
    [1e200, 0.0, -1e200],
]
LOGITS = [{"x": np.array(r)} for r in ROWS]
WEIGHTED = [{"x": np.array(r), "w": np.array([1.0, 2.0, 5.0])} for r in ROWS[:4]]
TABLE = np.array(ROWS[:4])
arrays(
    "softmax",
    LOGITS,
    "exp(x) / sum(exp(x))",
    "e = exp(x)\ne / sum(e)",
    "exp(x - max(x)) / sum(exp(x - max(x)))",
    "e = exp(x - max(x))\ne / e.sum()",
    "exp(x) * (1 / sum(exp(x)))",
    "exp(x - log(sum(exp(x))))",
    "exp(x) / exp(log(sum(exp(x))))",
    "exp(x) / (exp(x[0]) + exp(x[1]) + exp(x[2]))",
    "softmax(x)",
    "softmax(x - max(x))",
)
arrays(
    "softmax of rows",
    [{"x": TABLE}],
    "exp(x) / sum(exp(x), axis=1, keepdims=True)",
    "exp(x) / exp(x).sum(axis=-1, keepdims=True)",
    "exp(x) / reshape(sum(exp(x), axis=1), (4, 1))",
    "exp(x) / expand_dims(sum(exp(x), axis=1), 1)",
    "exp(x) / sum(exp(x), axis=1)[:, None]",
    "e = exp(x - max(x, axis=1, keepdims=True))\ne / sum(e, axis=1, keepdims=True)",
    "(exp(x).T / sum(exp(x), axis=1)).T",
)
arrays(
    "softmax of columns",
    [{"x": TABLE.T}],
    "exp(x) / sum(exp(x), axis=0)",
    "exp(x) / sum(exp(x), axis=0, keepdims=True)",
    "e = exp(x - max(x, axis=0))\ne / sum(e, axis=0)",
    "(exp(x.T) / sum(exp(x.T), axis=1, keepdims=True)).T",
)
arrays(
    "log softmax",
    LOGITS,
    "x - log(sum(exp(x)))",
    "log(exp(x) / sum(exp(x)))",
    "log(softmax(x))",
    "-log(sum(exp(x))) + x",
    "s = x - max(x)\ns - log(sum(exp(s)))",
    "log(exp(x)) - log(sum(exp(x)))",
    "x - logsumexp(x)",
    "log(exp(x - max(x)) / sum(exp(x - max(x))))",
)
arrays(
    "log softmax of rows",
    [{"x": TABLE}],
    "x - log(sum(exp(x), axis=1, keepdims=True))",
    "x - log(sum(exp(x), axis=1))[:, None]",
    "log(exp(x) / sum(exp(x), axis=1, keepdims=True))",
    "x - log(exp(x).sum(axis=-1, keepdims=True))",
)
arrays(
    "logsumexp",
    LOGITS,
    "log(sum(exp(x)))",
    "log(sum(exp(x), axis=0))",
    "max(x) + log(sum(exp(x - max(x))))",
    "log(sum(exp(x - max(x)))) + max(x)",
    "log(exp(x[0]) + exp(x[1]) + exp(x[2]))",
    "log(mean(exp(x)))",
    "log(sum(exp(x)) / 3)",
    "log(exp(x).mean())",
    "log(mean(exp(x))) + 1.0986122886681098",
    "-log(sum(exp(-(-x))))",
)
arrays(
    "logsumexp of rows",
    [{"x": TABLE}],
    "log(sum(exp(x), axis=1))",
    "log(mean(exp(x), axis=1))",
    "log(sum(exp(x), axis=1, keepdims=True))",
    "m = max(x, axis=1, keepdims=True)\nm[:, 0] + log(sum(exp(x - m), axis=1))",
)
arrays(
    "logsumexp with weights",
    WEIGHTED,
    "log(sum(w * exp(x)))",
    "log(sum(exp(x) * w))",
    "log(w @ exp(x))",
    "log(exp(x) @ w)",
    "log(sum(w * exp(x)) / sum(w))",
    "log(sum(exp(log(w) + x)))",
    "log(0.5 * sum(w * exp(x)))",
    wrt=("x",),
)
MASK = [{"x": np.array(r), "m": np.array([True, False, True])} for r in ROWS]
arrays(
    "logsumexp with a mask",
    MASK,
    "log(sum(where(m, exp(x), 0)))",
    "log(sum(m * exp(x)))",
    wrt=("x",),
)
arrays(
    "softmax with a mask",
    MASK,
    "e = where(m, exp(x), 0)\ne / sum(e)",
    "e = m * exp(x)\ne / sum(e)",
    wrt=("x",),
)
LABELED = [
    {"x": np.array([[800.0, -800.0, 1000.0], [0.3, 1.0, -2.0]]), "y": np.array(y)}
    for y in ([0, 2], [1, 0])
]
HOT = [{"x": v["x"], "y": np.eye(3)[v["y"]]} for v in LABELED]
SMOOTH = [{"x": v["x"], "y": 0.9 * v["y"] + 0.1 / 3} for v in HOT]
arrays(
    "cross entropy of labels",
    LABELED,
    "p = exp(x) / sum(exp(x), axis=1, keepdims=True)\n-mean(log(p)[arange(2), y])",
    "p = exp(x) / sum(exp(x), axis=1, keepdims=True)\n-mean(log(p[arange(2), y]))",
    "-mean(log(softmax(x)[arange(2), y]))",
    "-mean(log(softmax(x))[arange(2), y])",
    "-sum(one_hot(y, 3) * log(softmax(x))) / 2",
    "mean(log(sum(exp(x), axis=1)) - x[arange(2), y])",
    "-log(prod(softmax(x)[arange(2), y])) / 2",
    wrt=("x",),
)
for name, given in (("one-hot", HOT), ("smoothed", SMOOTH)):
    arrays(
        f"cross entropy of {name} labels",
        given,
        "-mean(sum(y * log(softmax(x)), axis=1))",
        "p = exp(x) / sum(exp(x), axis=1, keepdims=True)\n-sum(y * log(p)) / 2",
        "e = exp(x - max(x, axis=1, keepdims=True))\np = e / e.sum(axis=1, keepdims=True)\n"
        "-sum(y * log(p)) / 2",
        "-sum(log(softmax(x)) * y, axis=1).mean()",
        wrt=("x",),
    )
arrays(
    "cross entropy of one-hot labels",
    HOT,
    "-mean(log(sum(y * softmax(x), axis=1)))",
    wrt=("x",),
)
Q = np.array([0.0, 0.25, 0.75])
FULL = [{"x": np.array([800.0, -800.0, 1000.0]), "y": Q}, {"x": np.array([0.3, 1.0, -2.0]), "y": Q}]
arrays(
    "divergence from a softmax",
    FULL,
    "sum(y * (log(y) - log(softmax(x))))",
    "sum(y * log(y / softmax(x)))",
    "p = exp(x) / sum(exp(x))\nsum(y * log(y)) - sum(y * log(p))",
    "sum(xlogy(y, y) - y * log(softmax(x)))",
    meant="p = exp(x) / sum(exp(x))\nsum(xlogy(y, y) - y * log(p))",
    wrt=("x",),
)
arrays(
    "entropy of a softmax",
    [
        {"x": np.array([800.0, -800.0, 790.0])},
        {"x": np.array([0.3, 1.0, -2.0])},
        {"x": np.array([1e5, 0.0, -1e5])},
    ],
    "p = softmax(x)\n-sum(p * log(p))",
    "p = exp(x) / sum(exp(x))\n-sum(p * log(p))",
)
arrays(
    "entropy",
    [{"x": np.array([0.0, 0.25, 0.75])}, {"x": np.array([1.0, 0.0, 0.0])}],
    "-sum(x * log(x))",
    "sum(x * log(1 / x))",
    "-sum(log(x) * x)",
    "sum(-x * log(x))",
    meant="-sum(xlogy(x, x))",
    wrt=(),
)
MANY = [{"x": np.linspace(1e-4, 1e-3, 100)}, {"x": np.full(70, 1e5)}, {"x": np.array([0.3, 0.7])}]
arrays(
    "log of many probabilities",
    MANY,
    "log(prod(x))",
    "-log(prod(x))",
    "log(prod(x)) / 2",
    "log(x.prod())",
    "sum(log(x))",
)
arrays("geometric mean", [MANY[0], MANY[2]], "exp(mean(log(x)))")
arrays(
    "probability of none",
    [{"x": np.full(50, 1e-20)}, {"x": np.array([0.3, 0.7])}],
    "sum(log(1 - x))",
)
SHIFTED = [{"x": np.array([1.0, 2.0, 4.0]) + s} for s in (0.0, 1e5, -3e5)]
arrays(
    "variance",
    SHIFTED,
    "mean(x ** 2) - mean(x) ** 2",
    "mean(x * x) - mean(x) * mean(x)",
    "sum(x ** 2) / 3 - (sum(x) / 3) ** 2",
    "mean(square(x)) - square(mean(x))",
    "mean((x - mean(x)) ** 2)",
    "sqrt(mean(x ** 2) - mean(x) ** 2)",
)
arrays(
    "variance of rows",
    [{"x": np.array([[1.0, 2.0, 4.0], [5.0, 7.0, 1.0]]) + 1e5}],
    "mean(x ** 2, axis=1) - mean(x, axis=1) ** 2",
)
BLOCKS = [
    {"x": np.array([3e200, 4e200])},
    {"x": np.array([3e-200, 4e-200])},
    {"x": np.array([3.0, 4.0])},
    {"x": np.array([0.0, 1e-170])},
]
arrays(
    "norm",
    BLOCKS,
    "sqrt(sum(x ** 2))",
    "sqrt(sum(x * x))",
    "sum(x ** 2) ** 0.5",
    "sqrt(x @ x)",
    "sqrt(sum(square(x)))",
)
arrays("normalized vector", BLOCKS, "x / sqrt(sum(x ** 2))", "x / sqrt(x @ x)")
ORDERS = [
    {"a": 1.0, "b": 1e9, "c": 1.0},
    {"a": 1.0, "b": -3.0, "c": 2.0},
    {"a": 2.0, "b": 1e5, "c": 1e-6},
]
arrays(
    "root of a quadratic",
    ORDERS,
    "(-b + sqrt(b ** 2 - 4 * a * c)) / (2 * a)",
    "(-b - sqrt(b ** 2 - 4 * a * c)) / (2 * a)",
)
