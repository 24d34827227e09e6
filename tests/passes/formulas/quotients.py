"""Quotients of exponentials and of their sums, with masks, weights and labels."""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import arrays, each, signed

each(
    "exponentials that cancel",
    (0.0, *signed((1e-8, 0.3, 3.0, 40.0, 800.0, 1e5))),
    "exp(x) * exp(-x)",
    "exp(x) / exp(x)",
    "exp(x) * (1 / exp(x))",
    "exp(3 * x) * exp(-3 * x)",
)
each(
    "exponentials of which one is left",
    (0.0, *signed((1e-8, 0.3, 3.0, 40.0)), 400.0),
    "exp(3 * x) * exp(-2 * x)",
    "exp(3 * x) / exp(2 * x)",
    "exp(-x) / exp(-2 * x)",
)
each(
    "Gompertz",
    (0.0, *signed((1e-8, 0.3, 3.0)), 7.0, -40.0, 800.0, 1000.0),
    "1 - exp(-exp(x))",
    "-expm1(-exp(x))",
    "exp(-2 * exp(x))",
    "1 - exp(-exp(x) / 3)",
)
each(
    "log(cosh(x)) less its size",
    signed((1e-8, 0.3, 1.0, 3.0, 40.0, 800.0)),
    "log(cosh(x)) - abs(x)",
    "log((exp(x) + exp(-x)) / 2) - abs(x)",
    "log(cosh(x)) - abs(x) + log(2)",
)

ROWS = [[800.0, -800.0, 1000.0], [1000.0, 1002.0, 1001.0], [-800.0, -801.0, -803.0], [0.3, -1, 0.7]]
X = [{"x": np.array(row)} for row in ROWS]
arrays(
    "share of one, by differences",
    [{"x": np.array(row)} for row in (*ROWS[1:], [0.0, 800.0, 1.0])],
    "1 / sum(exp(x - x[0]))",
    "reciprocal(sum(exp(x - x[0])))",
    "sum(exp(x - x[0])) ** -1",
    "3 / sum(exp(x - x[0]))",
)
arrays(
    "impurity",
    X,
    "1 - sum(softmax(x) ** 2)",
    "p = softmax(x)\n1 - p @ p",
    "e = exp(x)\n1 - sum(e ** 2) / sum(e) ** 2",
)

W, T = np.array([1.0, 2.0, -3.0]), np.array([0, 2])
TABLES = [np.array([ROWS[1], ROWS[2]]), np.array([[800.0, 802.0, 799.0], ROWS[3]])]
MASKS = {
    "m * exp(x)": np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]),
    "where(m, exp(x), 0)": np.array([[True, True, False], [True, False, True]]),
    "exp(x) * m": np.array([[0.2, 0.3, 0.5], [0.1, 0.4, 0.5]]),
}
for e, m in MASKS.items():
    masked = [{"x": table, "m": m} for table in TABLES]
    arrays(
        f"concentration of {e}",
        masked,
        f"e = {e}\nsum(e ** 2, axis=1) / sum(e, axis=1) ** 2",
        f"e = {e}\nsum(e, axis=1) ** 2 / sum(e * e, axis=1)",
        f"e = {e}\np = e / sum(e, axis=1, keepdims=True)\nmean(sum(p ** 2, axis=1))",
        wrt=("x",),
    )
    arrays(
        f"expectation by {e}",
        [{**v, "w": W} for v in masked],
        f"e = {e}\n(e @ w) / sum(e, axis=1)",
        f"e = {e}\nsum(w * e, axis=1) / e.sum(axis=1)",
        f"e = {e}\nmean(w * e, axis=1, keepdims=True) / mean(e, axis=1, keepdims=True)",
        "p = m * softmax(x)\nsum(w * p, axis=1) * (1 / sum(p, axis=1))",
        wrt=("x",),
    )
    arrays(
        f"expectation along the first axis by {e}",
        [{"x": v["x"].T, "m": m.T, "w": W} for v in masked],
        f"e = {e}\n(w @ e) / e.sum(axis=0)",
        f"e = {e}\nsum(w[:, None] * e, axis=0) / sum(e, axis=0)",
        f"e = {e}\n(e.T @ w) / e.sum(axis=0)",
        wrt=("x",),
    )
    arrays(
        f"cross entropy of labels by {e}",
        [{"x": table, "m": m[[1, 1]], "t": T} for table in TABLES],
        f"e = {e}\n-mean(log(e[arange(2), t] / sum(e, axis=1)))",
        f"e = {e}\nmean(log(sum(e, axis=1)) - log(e[arange(2), t]))",
        f"e = {e}\n-mean(log(pick(e, t) / sum(e, axis=1)))",
        f"e = {e}\np = e / sum(e, axis=1, keepdims=True)\n-mean(log(p[arange(2), t]))",
        wrt=("x",),
    )
    arrays(
        f"entropy by {e}",
        masked,
        f"e = {e}\np = e / sum(e, axis=1, keepdims=True)\n-sum(p * log(p))",
        f"e = {e}\np = e / sum(e, axis=1, keepdims=True)\nsum(-log(p) * p)",
        meant=f"e = {e}\np = e / sum(e, axis=1, keepdims=True)\n-sum(xlogy(p, p))",
        wrt=("x",),
    )
SMALL = [{"x": np.array(x), "m": np.array([1.0, 0.0, 0.5]), "w": W} for x in ROWS[3:]]
arrays(
    "slopes of weights that are 0",
    SMALL,
    "e = m * exp(x)\nsum(w * e) / sum(e)",
    "e = m * exp(x)\nw @ (e / sum(e))",
    "e = m * exp(x)\nsum(e ** 2) / sum(e) ** 2",
    "e = m * exp(x)\nlog(e[0] / sum(e))",
)
arrays(
    "sums with weights that differ",
    [{"x": np.array(x), "m": np.array([1.0, 0.0, 1.0]), "w": W} for x in ROWS[1:]],
    "log(sum(m * exp(x)) / sum(exp(x)))",
    wrt=("x",),
)
