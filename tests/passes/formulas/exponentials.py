"""Exponentials, logarithms, the sigmoid and its kin."""

from __future__ import annotations

from tests.passes.formulas.case import POSITIVE, PROBABILITIES, REALS, SMALL, each, signed

each(
    "sigmoid",
    REALS,
    "1 / (1 + exp(-x))",
    "1.0 / (exp(-x) + 1.0)",
    "exp(x) / (1 + exp(x))",
    "exp(x) / (exp(x) + 1)",
    "(1 + tanh(x / 2)) / 2",
    "0.5 * (1 + tanh(0.5 * x))",
    "0.5 * tanh(x / 2) + 0.5",
    "0.5 + 0.5 * tanh(x * 0.5)",
    "1 - 1 / (1 + exp(x))",
    "1 - sigmoid(-x)",
    "(1 + exp(-x)) ** -1",
    "reciprocal(1 + exp(-x))",
    "reciprocal(exp(-x) + 1)",
    "exp(x) * (1 / (1 + exp(x)))",
    "1 / (1 + 1 / exp(x))",
    "1 / (1 + exp(0 - x))",
    "e = exp(x)\ne / (e + 1)",
    "exp(x / 2) / (exp(x / 2) + exp(-x / 2))",
    "exp(-log(1 + exp(-x)))",
    "exp(-log1p(exp(-x)))",
    "exp(x - log(1 + exp(x)))",
    "sigmoid(x)",
)
each(
    "complement of sigmoid",
    REALS,
    "1 - 1 / (1 + exp(-x))",
    "1 - sigmoid(x)",
    "exp(-x) / (1 + exp(-x))",
    "1 / (1 + exp(x))",
    "1 - exp(x) / (1 + exp(x))",
    "(1 - tanh(x / 2)) / 2",
    "0.5 - 0.5 * tanh(0.5 * x)",
    "exp(-log(1 + exp(x)))",
)
each(
    "complement of a clipped sigmoid",
    (-3.0, 0.3, 3.0, 10.0, 20.0, 40.0),
    "1 - clip(sigmoid(x), 0.5 ** 30, 1 - 0.5 ** 30)",
)
each(
    "slope of sigmoid",
    REALS,
    "exp(-x) / (1 + exp(-x)) ** 2",
    "exp(x) / (1 + exp(x)) ** 2",
    "sigmoid(x) * (1 - sigmoid(x))",
    "s = 1 / (1 + exp(-x))\ns * (1 - s)",
    "s = 1 / (1 + exp(-x))\ns - s ** 2",
)
each(
    "log of sigmoid",
    REALS,
    "log(1 / (1 + exp(-x)))",
    "log(sigmoid(x))",
    "-log(1 + exp(-x))",
    "-log1p(exp(-x))",
    "x - log(1 + exp(x))",
    "log(exp(x) / (1 + exp(x)))",
    "log(1 - sigmoid(-x))",
    "log((1 + tanh(x / 2)) / 2)",
    "minimum(x, 0) - log1p(exp(-abs(x)))",
    "log1p(-sigmoid(-x))",
)
each(
    "log of the complement",
    REALS,
    "log(1 - 1 / (1 + exp(-x)))",
    "log(1 - sigmoid(x))",
    "log(1 / (1 + exp(x)))",
    "-x - log(1 + exp(-x))",
    "log(sigmoid(-x))",
    "log1p(-sigmoid(x))",
)
each(
    "softplus",
    REALS,
    "log(1 + exp(x))",
    "log(exp(x) + 1)",
    "log1p(exp(x))",
    "log(exp(x) + 1.0)",
    "-log(sigmoid(-x))",
    "-log(1 - sigmoid(x))",
    "x + log(1 + exp(-x))",
    "log(1 + exp(-x)) + x",
    "x - log(sigmoid(x))",
    "maximum(x, 0) + log1p(exp(-abs(x)))",
    "relu(x) + log(1 + exp(-abs(x)))",
    "-log(1 / (1 + exp(x)))",
    "logaddexp(0, x)",
)
each(
    "softplus with a sharpness",
    REALS,
    "log(1 + exp(3 * x)) / 3",
    "log(exp(0.5 * x) + 1) / 0.5",
    "0.25 * log1p(exp(4 * x))",
    "log2(1 + 2 ** x)",
)
each(
    "log(1 - exp(x))",
    tuple(-p for p in POSITIVE if p < 1e200),
    "log(1 - exp(x))",
    "log1p(-exp(x))",
    "log(-expm1(x))",
    "log(1 - 1 / exp(-x))",
)
each("log(exp(x) - 1)", POSITIVE, "log(exp(x) - 1)", "log(expm1(x))", "x + log(1 - exp(-x))")
each(
    "logit",
    PROBABILITIES,
    "log(x / (1 - x))",
    "log(x) - log(1 - x)",
    "-log(1 / x - 1)",
    "-log((1 - x) / x)",
    "log(x) - log1p(-x)",
    "2 * arctanh(2 * x - 1)",
)
each(
    "logit of sigmoid",
    tuple(p for p in REALS if abs(p) < 1e5),
    "s = 1 / (1 + exp(-x))\nlog(s / (1 - s))",
    "log(exp(x))",
)
each(
    "x times sigmoid",
    REALS,
    "x * sigmoid(x)",
    "x / (1 + exp(-x))",
    "x * (1 / (1 + exp(-x)))",
    "x * exp(x) / (1 + exp(x))",
)
each(
    "gelu",
    (0.0, *signed((*SMALL, 3.0, 8.0, 30.0))),
    "0.5 * x * (1 + erf(x / sqrt(2)))",
    "x * 0.5 * (1 + erf(x * 0.7071067811865476))",
    "0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x ** 3)))",
)
each(
    "normal tail",
    (0.0, *signed((*SMALL, 3.0, 8.0, 30.0))),
    "0.5 * (1 - erf(x / sqrt(2)))",
    "1 - erf(x)",
    "1 - ndtr(x)",
    "log(0.5 * (1 + erf(x / sqrt(2))))",
)
