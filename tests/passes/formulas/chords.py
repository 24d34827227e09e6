"""Divided differences where their arguments meet, and what is put by hand where they do."""

from __future__ import annotations

from tests.passes.formulas.case import NEAR, REALS, TINY, arrays, each, pairs, signed

MEETING = [(1.0, 1 + 1e-9), (3.0, 3 + 1e-14), (5.0, 2.0), (1e-20, 1.0), (7.0, 1e-3), (2.0, 700.0)]
LOGITS = [
    {"x": [0.1, -0.2, 0.3, 2.0]},
    {"x": [1000.0, -1000.0, 0.0, 1.0]},
    {"x": [-1000.0, -1001.0, -1000.0, -1002.0]},
    {"x": [5.0, 5.0, -3.0, 2.0]},
]

pairs(
    "divided differences",
    MEETING,
    "(x ** 2 - y ** 2) / (x - y)",
    "(sqrt(x) - sqrt(y)) / (x - y)",
    "(log(x) - log(y)) / (x - y)",
    "(x - y) / (log(x) - log(y))",
    "(exp(x) - exp(y)) / (x - y)",
)
pairs(
    "divided differences where x is y",
    [(3.0, 3.0)],
    "(x ** 2 - y ** 2) / (x - y)",
    limits={(3.0, 3.0): (6.0, 1.0, 1.0)},
)
each(
    "log(x)/(x - 1)",
    (1e-200, 1e-3, 0.4, 1 - 1e-9, 1 + 1e-12, 1.7, 1e5, 1e200),
    "log(x) / (x - 1)",
    "(x - 1) / log(x)",
)
each(
    "(exp(x) - 1 - x)/x**2",
    signed((*TINY, 1e-3, 0.3, 1.5, 30.0, 600.0)),
    "(exp(x) - 1 - x) / x ** 2",
    limits={0.0: (0.5, 1 / 6)},
    digits=1000,
)
each(
    "what is put at 0",
    NEAR[1:],
    "where(x == 0, 1, (exp(x) - 1) / x)",
    limits={0.0: (1.0, 0.5)},
    digits=700,
)
each(
    "x / tanh(x)",
    (0.3, -2.0, 30.0, 800.0, -1000.0),
    "x * cosh(x) / sinh(x)",
    limits={0.0: (1.0, 0.0)},
    digits=2000,
)
pairs(
    "Box and Cox",
    [(x, y) for x in (1e-200, 0.5, 1.0, 1 + 1e-9, 30.0) for y in (1e-20, 1e-8, -1e-3, 1.0, -2.0)],
    "(x ** y - 1) / y",
    "where(y == 0, log(x), (x ** y - 1) / y)",
    digits=400,
)
each("(2**x - 1)/x", signed((1e-20, 1e-8, 0.3, 30.0)), "(2 ** x - 1) / x")
each("roots of 1 + x less 1", signed((*TINY, 0.3)), "(1 + x) ** (1 / 3) - 1", digits=400)
each(
    "powers of 1 - x and 1 - x² less 1",
    signed((*TINY, 0.3)),
    "1 / (1 - x) ** 1.5 - 1",
    "1 - 1 / (1 - x) ** 2",
    "1 / (1 - x * x) ** 1.5 - 1",
    "1 / (1 - x ** 2) ** 2 - 1",
    "1 / (1 - x ** 2) - 1",
    digits=1_000,
)
each(
    "softplus beside its asymptotes",
    REALS,
    "log(1 + exp(x)) - maximum(x, 0)",
    "log(1 + exp(-3 * x)) + log(1 + exp(3 * x))",
    digits=500,
)
each(
    "sigmoid in two branches",
    REALS,
    "where(x >= 0, 1 / (1 + exp(-abs(x))), exp(-abs(x)) / (1 + exp(-abs(x))))",
    limits={0.0: (0.5, 0.25)},
    digits=500,
)
each(
    "1 - exp(-x) as a product",
    (1e-20, -0.3, 18.0, 800.0),
    "(exp(x) - 1) * exp(-x)",
    digits=800,
)
each(
    "log(1 - tanh(x))",
    (1e-20, -1e-20, -1e-8, 0.3, -0.7, 3.0, -40.0, 300.0, -1000.0),
    "log(1 - tanh(x))",
    digits=500,
)
pairs(
    "errors of a probability",
    [(40.0, 1.0), (-40.0, 0.0), (2.0, 0.3), (800.0, 1.0)],
    "1 / (1 + exp(-x)) - y",
    "(1 / (1 + exp(-x)) - y) ** 2",
    wrt=("x",),
    digits=500,
)
pairs(
    "roots of quadratic equations",
    [(1e9, 4.0), (-1e9, 4.0), (3.0, 1e-20), (-3.0, 1e-20)],
    "-x / 2 + sqrt((x / 2) ** 2 - y)",
    "-x / 2 - sqrt(x ** 2 / 4 - y)",
    "x - sqrt(x ** 2 + y)",
)
arrays(
    "one exponential over all",
    LOGITS,
    "exp(x[1]) / sum(exp(x))",
    "1 / (1 + sum(exp(x)))",
    "exp(x[3]) / (1 + sum(exp(x)))",
    digits=1000,
)
arrays("products of softplus", LOGITS, "log(prod(1 + exp(x)))", digits=1000)
arrays(
    "densities in a product",
    LOGITS,
    "log(prod(exp(-x ** 2 / 2) / sqrt(6.283185307179586)))",
    digits=1000,
)
arrays(
    "logarithms of lengths",
    [{"x": [1e200, -1e200, 3.0]}, {"x": [1e-200, 2e-200, 0.0]}, {"x": [3.0, 4.0, 0.5]}],
    "log(sum(x ** 2))",
    "log(x @ x)",
)
