"""Likelihoods of mixtures, counts and intervals: sums of exponentials with factors that underflow.

What is far from every component of a mixture, inflated at zero, or picked before it is normalized.
"""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import arrays, each, pairs

HEIGHTS = [
    {"x": 80.0, "m": [1.0, 2.0, 3.0], "s": [0.5, 1.0, 1.5], "a": [0.5, 1.0, 2.0]},
    {"x": -30.0, "m": [1.0, 2.0, 3.0], "s": [0.5, 1.0, 0.25], "a": [9.0, 2.0, 3.0]},
    {"x": 1.5, "m": [1.0, 2.0, 3.0], "s": [0.5, 1.0, 2.0], "a": [-1.0, 2.0, 3.0]},
]
TWO = [
    {"a": [800.0, 0.0, -800.0], "b": [0.0, 790.0, -3.0]},
    {"a": [1.0, 2.0, 3.0], "b": [3.0, 2.1, 1.0]},
    {"a": [-900.0, -901.0, -902.0], "b": [1.01, 2.0, 3.0]},
]
TWO_BY_DOT = [
    {"a": [800.0, 799.0, 3.0], "b": [-800.0, -801.0, -1.0]},
    {"a": [-900.0, -901.0, -2000.0], "b": [900.0, 1.0, 2.0]},
]
SCORES = [
    {"z": [1000.0, 999.0, 1.0], "w": [1.0, 2.0, 3.0]},
    {"z": [-1000.0, -999.0, -998.0], "w": [1.0, -2.0, 3.0]},
]
TRANSITIONS = [
    {"a": [800.0, 801.0], "K": [[1.0, 2.0], [3.0, 4.0]]},
    {"a": [-800.0, -900.0], "K": [[1.0, 2.0], [3.0, 90.0]]},
]
CONTRASTED = [
    {"a": 0.9, "n": [0.1, 0.2, -0.3]},
    {"a": -0.9, "n": [0.1, 0.8, -0.3]},
]
INFLATED = [(1.0, -40.0), (50.0, 3.0), (40.0, 5.0), (-40.0, 6.0), (-600.0, 2.0), (3.0, 0.5)]
BOUNDS = [(1.0, 0.0), (800.0, 799.0), (-800.0, -801.5), (40.0, -3.0), (50.0, -50.0)]
LABELS = [(40.0, 1.0), (-800.0, 1.0), (60.0, 0.0), (-50.0, 0.0), (0.3, 1.0)]

arrays(
    "log density: mixture, far from all",
    HEIGHTS,
    "w = softmax(a)\nlog(sum(w * exp(-0.5 * ((x - m) / s) ** 2) / s))",
    "d = exp(-(((x - m) / s) ** 2) / 2) / (s * 2.5066)\nlog(sum(exp(a) / sum(exp(a)) * d))",
    "w = exp(a) / sum(exp(a))\nlog(sum(w * (exp(-abs(x - m) / s) / (2 * s))))",
)
arrays(
    "log density: mixture by log scales",
    [
        {"x": 60.0, "u": [-2.0, 0.1], "a": [900.0, 2.0]},
        {"x": 0.5, "u": [0.3, 1.0], "a": [1.0, 2.0]},
    ],
    "w = softmax(a)\nlog(sum(w * (exp(-((x / exp(u)) ** 2) / 2) / exp(u))))",
)
arrays(
    "divergence from the middle",
    TWO,
    "p = softmax(a)\nq = softmax(b)\nm = 0.5 * (p + q)\nsum(p * log(p / m) + q * log(q / m))",
)
arrays(
    "overlap of distributions",
    TWO[:1] + TWO[1:2],
    "-log(sum(sqrt(softmax(a) * softmax(b))))",
    "log(sum(softmax(a) ** 0.3 * softmax(b) ** 0.7)) / (0.3 - 1)",
    "log(sum(softmax(a) ** 2 / softmax(b)))",
)
arrays("logsumexp of a product", TWO_BY_DOT, "log(exp(a) @ exp(b))", "log(sum(exp(a) * exp(b)))")
arrays(
    "forward step of a chain",
    TRANSITIONS,
    "log(exp(a) @ exp(K))[0]",
    "log(sum(exp(a) * exp(K[:, 1])))",
)
arrays(
    "softmax: expectations by products",
    SCORES,
    "exp(z) @ w / sum(exp(z))",
    "w @ exp(z) / sum(exp(z))",
)
arrays(
    "softmax: one of all, tempered",
    [{"z": [10.0, 9.0, 1.0]}, {"z": [10.0, 10.0, 1.0]}],
    "exp(z / 0.001)[0] / sum(exp(z / 0.001))",
    "exp(z / 0.01)[1] / (2 * sum(exp(z / 0.01)))",
)
arrays(
    "contrastive loss",
    CONTRASTED,
    "-log(exp(a / 0.001) / (exp(a / 0.001) + sum(exp(n / 0.001))))",
    "-log(exp(a / 0.01) / (exp(a / 0.01) + exp(n[0] / 0.01) + exp(n[1] / 0.01)))",
)
arrays(
    "normal divergence by log variances",
    [{"m": [1e-9, 1e-7, 1.0], "v": [1e-9, -1e-6, -50.0]}, {"m": [2.0, 1e-5], "v": [-1e-4, 30.0]}],
    "-0.5 * sum(1 + v - m ** 2 - exp(v))",
)
pairs(
    "log likelihood: inflated zeros",
    INFLATED,
    "p = 1 / (1 + exp(-x))\nlog(p + (1 - p) * exp(-exp(y)))",
)
pairs(
    "log likelihood: ordered categories",
    BOUNDS,
    "log(1 / (1 + exp(-x)) - 1 / (1 + exp(-y)))",
    "log(sigmoid(x - 3) - sigmoid(y - 3))",
)
each("log likelihood: a narrow category", (800.0, -800.0, 0.3), "log(sigmoid(x + 1) - sigmoid(x))")
pairs("difference of tanh", [(50.0, 51.0), (-300.0, -301.0), (1.0, 1 + 1e-10)], "tanh(x) - tanh(y)")
pairs(
    "focal loss",
    LABELS,
    "p = 1 / (1 + exp(-x))\nq = y * p + (1 - y) * (1 - p)\n-0.25 * (1 - q) ** 2 * log(q)",
    "p = 1 / (1 + exp(-x))\nq = where(y > 0, p, 1 - p)\n-((1 - q) ** 2) * log(q)",
    wrt=("x",),
)
pairs(
    "binary cross entropy",
    [(800.0, 1.0), (-800.0, 1.0), (-40.0, 0.0), (50.0, 1.0)],
    "x - x * y + log(1 + exp(-x))",
    "(1 - y) * x + log(1 + exp(-x))",
    "-(x * y - log(1 + exp(x)))",
    "-(y * x - maximum(x, 0) - log(1 + exp(-abs(x))))",
    wrt=("x",),
)
pairs(
    "powers of a probability",
    [(800.0, 3.0), (-800.0, 3.0), (-40.0, 0.5)],
    "p = 1 / (1 + exp(-x))\nlog(p ** y * (1 - p) ** 4)",
    wrt=("x",),
)
each("probit", (-40.0, -3.0, 0.3, 30.0), "log(ndtr(x))", "log(1 - ndtr(-x))", "log1p(-ndtr(-x))")
pairs(
    "probability of an interval",
    [(-11.0, -10.0), (10.0, 11.0), (-30.0, -30.5), (-1.0, 0.5)],
    "erfc(x) - erfc(y)",
    "erf(x) - erf(y)",
    "ndtr(x) - ndtr(y)",
)
each("log of a Bessel function", (0.3, 30.0, 1000.0, 1e5), "log(i0(x))", "log(2 * i0(x)) - x")
each("softplus in other bases", (-20.0, 0.3, 300.0, 1e4), "log10(1 + 10 ** x)")
each("log of a quotient", (1e-9, -1e-3, 3.0, 800.0, -800.0), "log((exp(x) - 1) / x)")
each("hyperbolic cotangent less 1", (0.3, 20.0, 300.0), "cosh(x) / sinh(x) - 1")
each("Bennett's function", (1e-9, 1e-4, 0.5, 30.0), "(1 + x) * log(1 + x) - x")
each("Bennett's function", (1e-9, 1e-4, 0.5), "(1 - x) * log(1 - x) + x")
each("Student's tail", (1e-9, 2.0, 1e180), "log(1 + x ** 2 / 3)")
pairs(
    "that not both happen",
    [(40.0, 42.0), (0.3, -3.0), (-800.0, 3.0), (30.0, 800.0)],
    "p = 1 / (1 + exp(-x))\nq = 1 / (1 + exp(-y))\nlog(1 - p * q)",
)
pairs(
    "log likelihood: detection or chance",
    [(-40.0, -41.0), (40.0, 3.0), (-600.0, -1.0), (3.0, 40.0)],
    "w = 1 / (1 + exp(-x))\np = 1 / (1 + exp(-y))\nlog(w + (1 - w) * p)",
)
arrays(
    "contrastive share",
    [{"a": 900.0, "n": [800.0, 850.0, 2.0]}, {"a": -900.0, "n": [-880.0, -881.0, -902.0]}],
    "exp(a) / (exp(a) + sum(exp(n)))",
    "log(exp(a) + sum(exp(n))) - a",
)
arrays(
    "softmax: one of each row",
    [{"Z": [[1000.0, 0.0, 999.0], [4.0, 0.0, -9.0]]}, {"Z": [[-900.0, -901.0, -910.0]]}],
    "mean(exp(Z)[:, 1] / sum(exp(Z), axis=1))",
    "sum(log(exp(Z[:, 1]) / sum(exp(Z), axis=1)))",
)
arrays(
    "softmax: expectations of columns",
    [{"z": c["z"], "V": [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]} for c in SCORES],
    "exp(z) @ V / sum(exp(z))",
)
LOGITS = [
    {"z": [[1000.0, 0.0, 999.0], [4.0, 0.0, -9.0]], "y": [1, 0]},
    {"z": [[-900.0, -901.0, -2000.0]], "y": [2]},
]
arrays(
    "softmax: picked by labels",
    [{"z": np.array(c["z"]), "y": np.array(c["y"])} for c in LOGITS],
    "-mean(log(pick(softmax(z), y)))",
    "p = exp(z) / sum(exp(z), axis=1, keepdims=True)\n-log(prod(pick(p, y)))",
    "p = softmax(z)\n-mean(log(pick(p, y)) + log(1 - pick(p, 0 * y)))",
    wrt=("z",),
)
arrays(
    "softmax: what is left",
    [{"z": np.array(z)} for z in ([50.0, 0.0, 1.0], [1000.0, -800.0, 3.0], [0.3, 0.0, 0.2])],
    "1 - max(softmax(z))",
    "sum(log(1 - softmax(z)))",
)
arrays(
    "softmax: base 2",
    [{"z": np.array([1100.0, 0.0, 1099.0])}, {"z": np.array([-1100.0, -1101.0, -1200.0])}],
    "2 ** z / sum(2 ** z)",
)
RATIOS = [
    {"x": np.array([-800.0, -802.0, 3.0]), "y": np.array([-900.0, 0.0, 3.0]), "w": -801.0},
    {"x": np.array([800.0, 799.0, 3.0]), "y": np.array([900.0, 850.0, 3.0]), "w": 0.5},
]
arrays(
    "ratio of probabilities",
    RATIOS,
    "softmax(x)[0] / softmax(x)[1] + 0 * w * y[0]",
    "softmax(x)[0] / exp(w) + 0 * y[0]",
    "sum(exp(x)) / sum(exp(y)) + 0 * w",
    "sum(exp(x)) ** 2 / sum(exp(2 * x)) + 0 * w * y[0]",
    wrt=("x",),
)
arrays(
    "cumulative sums of exponentials",
    [{"x": c["x"]} for c in RATIOS],
    "log(cumsum(exp(x)))",
    "sum(x - log(cumsum(exp(x[::-1]))[::-1]))",
)
arrays(
    "products of probabilities",
    [{"p": np.array([1e-10, 0.3]), "k": np.array([100.0, 3.0])}],
    "log(prod(p ** k))",
    wrt=("p",),
)
arrays(
    "that none happens",
    [{"p": np.array(p)} for p in ([1e-20, 1e-20, 2e-20], [0.999, 0.99999, 0.5], [1e-20, 0.3, 0.9])],
    "-log(prod(1 - p))",
    "log(1 - prod(1 - p))",
)
pairs(
    "cumulants of a coin",
    [(1e-10, 0.3), (800.0, 0.3), (-800.0, 0.3), (-50.0, 0.999999), (-1e-9, 1e-9)],
    "log(1 - y + y * exp(x))",
    "log(y * exp(x) + (1 - y))",
    "log(1 + y * (exp(x) - 1))",
    "log(1 - y * (1 - exp(x)))",
)
each(
    "2 less an exponential", (1e-10, -1e-10, -800.0, 0.3), "log(2 - exp(x))", "log(3 - 2 * exp(x))"
)
each("logarithm of 1 - x²", (1e-10, 0.3, 1 - 1e-12), "log(1 - x ** 2)", "-0.5 * log(1 - x * x)")
each("softplus over exp", (-800.0, -50.0, 0.3, 600.0), "log(1 + exp(x)) / exp(x)")
each("softplus over exp", (-800.0, -50.0, 0.3, 600.0), "exp(-x) * log(1 + exp(x))")
each("root of an exponential", (1000.0, -1000.0, 0.3), "sqrt(exp(x))", "exp(x) ** 0.5")
each("hazard of a normal variable", (-50.0, -3.0, 0.3, 10.0), "norm_pdf(x) / ndtr(x)", digits=1500)
each("hazard of a normal variable", (50.0, 3.0, -0.3), "norm_pdf(x) / (1 - ndtr(x))", digits=1500)
pairs(
    "log probability of an interval",
    [(-40.0, -41.0), (41.0, 40.0), (1.0, -1.0), (0.3, -9.0)],
    "log(ndtr(x) - ndtr(y))",
    digits=1500,
)
NORMALS = [(0.0, 1 + 1e-8), (1e-9, 1.0), (1.0, 3.0), (1e-3, 1e-200)]
pairs(
    "divergence from the standard normal",
    NORMALS,
    "0.5 * (x ** 2 + y ** 2 - 1 - log(y ** 2))",
    "-0.5 * (1 + log(y ** 2) - x ** 2 - y ** 2)",
    "-log(y) + (y ** 2 + x ** 2) / 2 - 0.5",
    "x ** 2 / 2 + 0.5 * (y ** 2 - 1) - log(y)",
)
CLOSE = [(3.0, 3.0), (3.0, 3 + 1e-9), (1.0, 5.0), (0.3, 1e-3)]
pairs("Itakura-Saito divergence", CLOSE, "x / y - log(x / y) - 1")
pairs(
    "divergence of coins",
    [(0.3, 0.3 + 1e-9), (0.5, 1 - 1e-12), (0.7, 0.7), (0.9, 1e-3)],
    "x * log(x / y) + (1 - x) * log((1 - x) / (1 - y))",
)
pairs(
    "log likelihood: Poisson, with its factorial",
    [(1000.0, 990.0), (1000.0, 10.0), (3.0, 2.0)],
    "log(exp(-x) * x ** y / gamma(y + 1))",
    wrt=("x",),
)
