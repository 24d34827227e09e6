"""Hyperbolic functions in exponentials."""

from __future__ import annotations

from tests.passes.formulas.case import NONZERO, REALS, SMALL, each, signed

each(
    "tanh",
    REALS,
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
    "(exp(2 * x) - 1) / (exp(2 * x) + 1)",
    "(1 - exp(-2 * x)) / (1 + exp(-2 * x))",
    "2 * sigmoid(2 * x) - 1",
    "2 / (1 + exp(-2 * x)) - 1",
    "1 - 2 / (exp(2 * x) + 1)",
    "1 - 2 / (1 + exp(2 * x))",
    "sinh(x) / cosh(x)",
    "a = exp(x)\nb = exp(-x)\n(a - b) / (a + b)",
    "expm1(2 * x) / (exp(2 * x) + 1)",
    "tanh(x)",
)
each(
    "1 - tanh(x)**2",
    REALS,
    "1 - tanh(x) ** 2",
    "1 - tanh(x) * tanh(x)",
    "1 - square(tanh(x))",
    "(1 - tanh(x)) * (1 + tanh(x))",
    "1 / cosh(x) ** 2",
)
each(
    "sech",
    REALS,
    "1 / cosh(x)",
    "2 / (exp(x) + exp(-x))",
    "2 * exp(-x) / (1 + exp(-2 * x))",
    "2 * exp(x) / (1 + exp(2 * x))",
    "reciprocal(cosh(x))",
)
each(
    "log cosh",
    REALS,
    "log(cosh(x))",
    "log((exp(x) + exp(-x)) / 2)",
    "log(0.5 * (exp(x) + exp(-x)))",
    "log(exp(x) + exp(-x)) - log(2)",
    "x + log(1 + exp(-2 * x)) - log(2)",
    "abs(x) + log1p(exp(-2 * abs(x))) - log(2)",
    "-log(1 / cosh(x))",
)
each(
    "sinh",
    (0.0, *signed((*SMALL, 3.0, 40.0))),
    "(exp(x) - exp(-x)) / 2",
    "0.5 * (exp(x) - exp(-x))",
)
each("x times tanh of softplus", REALS, "x * tanh(log(1 + exp(x)))")
each("elu", NONZERO, "maximum(x, 0) + minimum(exp(minimum(x, 0)) - 1, 0)")
