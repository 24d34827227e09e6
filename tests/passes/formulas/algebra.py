"""Roots, squares, powers, products, and differences of each."""

from __future__ import annotations

from tests.passes.formulas.case import NONZERO, POSITIVE, REALS, SMALL, TINY, each, pairs, signed

each(
    "absolute value",
    NONZERO,
    "sqrt(x ** 2)",
    "sqrt(x * x)",
    "sqrt(square(x))",
    "(x ** 2) ** 0.5",
    limits={0.0: (0.0, 0.0)},
)
each(
    "smooth absolute value",
    REALS,
    "sqrt(x ** 2 + 1e-12)",
    "sqrt(1e-6 + x * x)",
    "sqrt(x ** 2 + 1)",
    "sqrt(1 + x ** 2) - 1",
)
each("sqrt(x + 1) - sqrt(x)", POSITIVE, "sqrt(x + 1) - sqrt(x)", "sqrt(1 + x) - sqrt(x)")
each(
    "sqrt(1 + x) - 1",
    (*POSITIVE, *(-p for p in TINY)),
    "sqrt(1 + x) - 1",
    "sqrt(x + 1) - 1",
    limits={0.0: (0.0, 0.5)},
)
each(
    "log(x + 1) - log(x)",
    POSITIVE,
    "log(x + 1) - log(x)",
    "log(1 + x) - log(x)",
    "log((x + 1) / x)",
    "log(1 + 1 / x)",
)
each("1/x - 1/(x + 1)", POSITIVE, "1 / x - 1 / (x + 1)", "1 / x - 1 / (1 + x)")
each("1/(x + 1) - 1/x", POSITIVE, "1 / (x + 1) - 1 / x")
each("x/(1 + x)", (0.0, *POSITIVE), "x / (1 + x)")
each(
    "log of a power",
    POSITIVE,
    "log(x ** 3)",
    "log(x ** 0.5)",
    "log(sqrt(x))",
    "log(x ** -2)",
    "log(1 / x)",
)
each("log of a square", NONZERO, "log(x ** 2)", "log(x * x)", "log(square(x))")
each("root by logarithms", POSITIVE, "exp(0.5 * log(x))")
each(
    "powers of any base",
    signed((*SMALL, 3.0, 40.0)),
    "x ** 2",
    "x ** 3",
    "x ** 3.0",
    "x * x * x",
    "abs(x) ** 2.5",
    limits={0.0: (0.0, 0.0)},
)
each("power 0", REALS, "x ** 0", "x ** 0.0")
each("negative powers", signed((1e-8, 0.3, 3.0, 1e5)), "x ** -1", "x ** -2", "1 / x ** 3")
each("root at 0", POSITIVE, "x ** 0.5", "sqrt(x)", limits={0.0: (0.0, 0.0)})
pairs(
    "power of 0 and of others",
    [(0.0, 2.0), (0.0, 1.5), (1e-200, 1.5), (2.0, -3.0), (1e200, 0.5), (3.0, 0.0)],
    "x ** y",
    limits={(0.0, 2.0): (0.0, 0.0, 0.0), (0.0, 1.5): (0.0, 0.0, 0.0)},
)
GRID = [(a, b) for a in (3e-200, 3e-20, 0.7, 2.0, 1e5, 1e200) for b in (2e-200, 0.7, 1.5, 1e200)]
pairs(
    "length",
    [*GRID, (-3.0, 4.0), (-1e200, 1e-3)],
    "sqrt(x ** 2 + y ** 2)",
    "sqrt(x * x + y * y)",
    "(x ** 2 + y ** 2) ** 0.5",
    "sqrt(square(x) + square(y))",
)
pairs(
    "length at 0",
    [(0.0, 0.0), (0.0, 2.0), (1e-300, 0.0)],
    "sqrt(x ** 2 + y ** 2)",
    limits={(0.0, 0.0): (0.0, 0.0, 0.0)},
)
pairs("log of a product", GRID, "log(x * y)", "log(x) + log(y)")
pairs("log of a quotient", GRID, "log(x / y)", "log(x) - log(y)")
pairs(
    "product by logarithms",
    [(a, b) for a, b in GRID if 1e-300 < a * b < 1e300],
    "exp(log(x) + log(y))",
)
CLOSE = [
    (1.0 + 1e-9, 1.0),
    (3e8, 3e8 + 1),
    (1e200, 1e200 * (1 + 1e-12)),
    (2.0, -2.0 - 1e-12),
    (1e-170, 2e-170),
    (5.0, 3.0),
]
pairs(
    "difference of squares",
    [c for c in CLOSE if abs(c[0]) < 1e150],
    "x ** 2 - y ** 2",
    "x * x - y * y",
    "square(x) - square(y)",
)
pairs(
    "difference of squares, by one of them",
    [*CLOSE, (3.0, 1e-9), (-1e200, 1e180)],
    "(x * x - y * y) / (x * x)",
    "(y ** 2 - x ** 2) / x ** 2",
    "(x ** 2 - y ** 2) / (2 * x ** 2)",
)
UNEQUAL = [(a, b) for a, b in CLOSE if b > 0]
pairs("difference of roots", UNEQUAL, "sqrt(x) - sqrt(y)")
pairs("difference of logarithms", UNEQUAL, "log(x) - log(y)", "log(x / y)")
pairs(
    "quotient of exponentials",
    [(800.0, 799.0), (-1000.0, -1001.0), (1e5, 1e5), (2.0, 1.0), (-1e5, 1e5)],
    "exp(x) / exp(y)",
    "exp(x) * exp(-y)",
)
pairs(
    "log of two exponentials",
    [(800.0, -800.0), (1e5, 1e5), (-1e5, -1e5 - 1), (0.0, 0.0), (40.0, 1.0)],
    "log(exp(x) + exp(y))",
    "x + log(1 + exp(y - x))",
    "maximum(x, y) + log1p(exp(-abs(x - y)))",
)
pairs(
    "softmax of two",
    [(800.0, -800.0), (1e5, 1e5), (-1e5, -1e5 - 1), (0.0, 0.0), (40.0, 1.0)],
    "exp(x) / (exp(x) + exp(y))",
    "1 / (1 + exp(y - x))",
)
pairs(
    "x log(y)",
    [(0.0, 0.0), (0.0, 2.0), (1e-300, 1e-300), (2.0, 3.0), (1e200, 2.0)],
    "x * log(y)",
    "log(y) * x",
    limits={(0.0, 0.0): (0.0, 0.0, 0.0)},
)
each("x log(x)", POSITIVE[:-1], "x * log(x)", "-x * log(x)", "log(x) * x", limits={0.0: (0.0, 0.0)})
