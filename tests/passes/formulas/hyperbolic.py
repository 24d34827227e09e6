"""Hyperbolic functions in exponentials."""

from __future__ import annotations

from tests.passes.formulas.case import NONZERO, REALS, SMALL, each, pairs, signed

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
each("cosh and a number", REALS, "log(2 + cosh(x))")
each("partition function of three states", REALS, "log(1 + exp(x) + exp(-x))")
each("x times tanh of softplus", REALS, "x * tanh(log(1 + exp(x)))")
each("elu", NONZERO, "maximum(x, 0) + minimum(exp(minimum(x, 0)) - 1, 0)")
AWAY = signed((1e-20, 1e-8, 1e-3, 0.3, 1.0, 3.0, 40.0, 800.0))
each(
    "coth",
    AWAY,
    "(exp(x) + exp(-x)) / (exp(x) - exp(-x))",
    "(exp(x) + exp(-x)) * (1 / (exp(x) - exp(-x)))",
)
each(
    "x/(exp(x) - 1)",
    AWAY,
    "x * exp(-x) / (1 - exp(-x))",
    "exp(-x) * x / (1 - exp(-x))",
    "x * (1 / (exp(x) - 1))",
    "-x / (1 - exp(x))",
    limits={0.0: (1.0, -0.5)},
)
each(
    "products with reciprocals",
    REALS,
    "exp(-x) * (1 / (1 + exp(-x)))",
    "(exp(x) - exp(-x)) * (1 / (exp(x) + exp(-x)))",
    "4 / (exp(x) + exp(-x)) ** 2",
    "1 / (1 + exp(x) ** -1)",
)
each(
    "sqrt(x**2 + 4) - x",
    tuple(x for x in REALS if abs(x) < 1e100),
    "(sqrt(x * x + 4) - x) / 2",
    "2 / (sqrt(x * x + 4) + x)",
)
each("inverse hyperbolic cosine", (1.5, 3.0, 40.0, 1e5, 1e200), "log(x + sqrt(x ** 2 - 1))")
each("x**3/(1 + x**2)", REALS, "x ** 3 / (1 + x ** 2)", "x ** 3 * (1 / (1 + x * x))")
each("x/exp(x)", tuple(x for x in REALS if -700 < x < 1e6), "x / exp(x)", "x * (1 / exp(x))")
QUOTIENTS = [(a, b) for a in (1e-8, 0.3, -40.0) for b in (1e-20, -1e-3, 3.0, 800.0, -800.0)]
pairs("Planck's law", QUOTIENTS, "x / (exp(y) - 1)", "x / (1 - exp(-y))", "x * (1 / (exp(y) - 1))")
pairs("x/sinh(y)", QUOTIENTS, "x / sinh(y)", "2 * x / (exp(y) - exp(-y))")
each("x/sinh(x) by one exponential", signed(SMALL[1:]), "x * exp(x) / (exp(2 * x) - 1)")
each(
    "x/sinh(x) times exponentials",
    signed(SMALL[1:]),
    "x / (exp(x / 2) - exp(-x / 2))",
    "3 * x * exp(-x) / (1 - exp(-x))",
    "2 * x * exp(x) / (exp(x) - 1)",
)
each("sinh and cosh that cancel", REALS[:-3], "sinh(x) - cosh(x)", "cosh(-x) - sinh(-x)")
pairs("growth", QUOTIENTS[:12], "x - x * exp(y)", "x - exp(y) * x", "x * exp(y) - x")
