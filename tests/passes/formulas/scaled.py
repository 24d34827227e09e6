"""Numbers inside and around: multiples, differences and quotients of what stands elsewhere bare."""

from __future__ import annotations

from tests.passes.formulas.case import (
    NEAR,
    REALS,
    SMALL,
    TINY,
    arrays,
    each,
    pairs,
    signed,
)

AROUND = signed((*SMALL, 3.0))
FAR = (1e-3, 0.3, 3.0, 1e5, 1e10, 1e200)

each(
    "multiples of exp(x) - 1 - x",
    NEAR,
    "exp(x / 3) - 1 - x / 3",
    "exp(2 * x) - 1 - 2 * x",
    "2 * exp(x) - 2 - 2 * x",
    "1 + x - exp(x)",
    "x + 1 - exp(x)",
    digits=1000,
)
each(
    "multiples of log(1 + x) - x",
    (0.0, *signed(TINY), 1e-3, 0.3, 3.0, 1e5),
    "log(1 + 2 * x) / 2 - x",
    "x / 2 - log(1 + x / 2)",
    digits=1000,
)
each(
    "multiples of x - sin(x)",
    AROUND,
    "2 * x - 2 * sin(x)",
    "2 * x - sin(2 * x)",
    "3 * tanh(x / 3) - x",
    digits=1500,
)
each("multiples of (1 - cos(x))/x**2", AROUND, "(1 - cos(3 * x)) / x ** 2", digits=2000)
each(
    "multiples of f(x)/x",
    AROUND,
    "sin(2 * x) / x",
    "sin(x) / (2 * x)",
    "x / sin(2 * x)",
    "(exp(2 * x) - 1) / x",
    "log(1 + abs(x) / 2) / abs(x)",
    "tanh(3 * x) / x",
    "sinh(x / 2) / x",
    "arctan(2 * x) / x",
    "x / (exp(x) - exp(-x))",
    digits=700,
)
each(
    "multiples of hyperbolic functions",
    REALS,
    "(3 * exp(x) - 3 * exp(-x)) / (3 * exp(x) + 3 * exp(-x))",
    "2 - 2 * tanh(x) ** 2",
)
each(
    "multiples of log of sigmoid",
    REALS,
    "log(1 - 1 / (1 + exp(2 * x)))",
    "log(0.5 * (1 + tanh(x)))",
    digits=1600,
)
each(
    "multiples of lengths",
    REALS,
    "sqrt(4 + x ** 2) - 2",
    "sqrt(9 * x ** 2)",
    "sqrt(2 + 2 * x ** 2) / sqrt(2)",
    "3 * sqrt(1 + (x / 3) ** 2) - 3",
    "(x ** 2 + 1e-12) ** 0.45",
)
each(
    "multiples of Lorentzians",
    REALS,
    "x / (4 + x ** 2)",
    "x ** 2 / (4 + x ** 2)",
    "x * x / (0.25 + x * x)",
    "x / (1 + 9 * x ** 2)",
    "log(4 + x ** 2)",
    "log(0.5 + 0.5 * x * x)",
    "1 - 1 / (1 + x ** 2)",
    "(1 - x ** 2) / (1 + x ** 2) ** 2",
)
each("logarithm of softplus", (-1e5, -800.0, -40.0, 0.5, 800.0, 1e5), "log(log(1 + exp(x)))")
each(
    "differences of multiples of reciprocals",
    FAR,
    "2 / x - 2 / (x + 1)",
    "3 / (x + 1) - 3 / (x + 2)",
)
pairs(
    "geometric mean of two",
    [(3.0, 3.0 + 1e-8), (1e200, 2e200), (1e-200, 3e-200), (40.0, 0.3), (1.0, 1e10)],
    "sqrt(x * y)",
    "(x * y) ** 0.5",
)
pairs(
    "multiples of differences of squares",
    [(3.0, 3.0 + 1e-8), (1e100, 2e100), (1e-100, 3e-100), (-2.0, 1e-20)],
    "2 * x ** 2 - 2 * y ** 2",
    "x ** 2 / 2 - y ** 2 / 2",
)
pairs(
    "one of two exponentials",
    [(40.0, 41.0), (-700.0, -701.0), (0.3, 0.2), (600.0, 30.0), (1000.0, 999.0), (-1e4, 3.0)],
    "x - log(exp(x) + exp(y))",
    "exp(x) * exp(y) / (exp(x) + exp(y)) ** 2",
)
pairs(
    "quotients of a difference and by one",
    [(1e-8, 1.0), (0.3, 2.0), (3.0, 1e-3), (1e5, 0.5), (1e10, 1.0)],
    "x / (y - x)",
    "-x / (y - x)",
    "y / (x - y)",
    "(1 - exp(-x * y)) / x",
    "(1 - exp(-x * y)) / y",
)
arrays(
    "logarithms of one more, and of quotients of sums",
    [{"x": v} for v in ([0.1, -0.4, 1.2], [1000.0, 0.0, -1000.0], [-800.0, -801.0, -900.0])],
    "log(1 + sum(exp(x)))",
    "log(sum(exp(x)) / sum(exp(-x)))",
)
arrays(
    "share of one class",
    [{"x": v} for v in ([30.0, -30.0, 0.0], [0.1, -0.4, 1.2], [-800.0, -801.0, -900.0])],
    "x[0] - log(sum(exp(x)))",
    "log(exp(-x) / sum(exp(-x)))[1]",
)
arrays(
    "geometric and harmonic mean",
    [{"p": v} for v in ([0.2, 0.5, 0.3], [1e-200, 1e-200, 1e-5], [1e200, 3e200, 1.0])],
    "prod(p) ** (1 / 3)",
    "3 / sum(1 / p)",
    "1 / mean(1 / p)",
)
arrays(
    "multiples of norms",
    [{"x": [c * v for v in (3.0, -4.0, 1.0)]} for c in (1.0, 1e200, 1e-200)],
    "sqrt(sum(x ** 2) / 3)",
    "sqrt(3 * sum(x * x))",
)
pairs(
    "Student's t with a scale",
    [(3.0, 1.0), (1e200, 3.0), (1e200, -3.0), (-1e160, 700.0), (1e-200, -690.0), (1e-8, 0.5)],
    "log(1 + x ** 2 / exp(y))",
    "log1p(x * x / exp(y))",
    "-1.5 * log(1 + square(x) / exp(y))",
)
