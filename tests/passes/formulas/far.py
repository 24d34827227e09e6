"""Powers that overflow inside of what is finite, solutions of quadratics, and cosines."""

from __future__ import annotations

from tests.passes.formulas.case import CASES, REALS, Case, arrays, each, pairs, signed

HUGE = [(1.0, 1e200, 1.0), (1.0, -1e200, 1.0), (2.0, 5.0, 3.0), (3.0, -4e170, -2.0)]
FAR = signed((1e-8, 0.3, 3.0, 40.0, 1e5, 1e200))
TRIPLES = [(1e5, 3.0), (1e8, 1.0), (-1e8, 1.0), (4.0, 3.0), (-4.0, 3.0), (3.0, -2.0)]
VECTORS = [[1.0, 2.0, -2.0], [2.0, 3.0, 0.5]]

each(
    "Gaussian",
    REALS,
    "exp(-x ** 2)",
    "exp(-x * x)",
    "exp(-square(x))",
    "exp(-x ** 2 / 2)",
    "exp(-0.5 * (x / 3) ** 2)",
    "1 / exp(x ** 2)",
    "exp(-x ** 4)",
)
each("inverse power", FAR, "1 / x ** 2", "1 / (x * x)", "x ** -2", "1 / x ** 3", "2 / x ** 4")
each("tanh or arctan of a square", REALS, "tanh(x ** 2)", "arctan(x ** 2)")
each(
    "Lorentzian and its like",
    REALS,
    "1 / (1 + x ** 2)",
    "1 / (1 + x * x) ** 2",
    "(1 + x ** 2) ** -1.5",
    "1 / (3 + x ** 2)",
    "1 / (1 + x ** 4)",
    "x / (1 + x ** 2)",
    "2 * x / (1 + x * x)",
    "x * x / (1 + x ** 2)",
    "x ** 2 / (1 + square(x))",
    "x ** 2 / (1 + x ** 2) ** 2",
    "log(1 + x ** 4)",
)
each(
    "half of a quadratic formula",
    signed((3.0, 1e5, 1e9)),
    "sqrt(x ** 2 - 4) / 2 - x / 2",
    "x / 2 + sqrt(x * x - 4) / 2",
    "-x / 2 - sqrt(x ** 2 - 4) / 2",
    "0.5 * sqrt(x ** 2 + 4) - 0.5 * x",
)
pairs(
    "quadratic formula",
    TRIPLES,
    "(-x + sqrt(x ** 2 - 4 * 2 * y)) / (2 * 2)",
    "-x / (2 * y) + sqrt(x ** 2 - 4 * y) / (2 * y)",
    "(-x - sqrt(x * x - 4 * y)) / (2 * y)",
)
pairs(
    "difference of cubes and fourth powers",
    [(2.0, 2.00001), (3.0, -2.0), (1e50, 0.9e50)],
    "x ** 3 - y ** 3",
    "x ** 4 - y ** 4",
)
pairs(
    "entropy in bits, far from even",
    [(0.5, 1e-300), (1e-300, 0.5), (0.3, 0.4)],
    "log2(x / y)",
    "x * log2(x / y)",
)
pairs(
    "product of two logarithms",
    [(0.3, 0.4), (1e-300, 0.5), (3.0, 1e-300)],
    "x * log(x) * log(y)",
    "x * (log(x) * log(y))",
)
arrays(
    "cosine similarity",
    [
        {name: [c * v for v in vector] for name, vector in zip("uv", VECTORS, strict=True)}
        for c in (1.0, 1e200, 1e-200)
    ],
    "sum(u * v) / (sqrt(sum(u ** 2)) * sqrt(sum(v ** 2)))",
    "sum(u * v) / sqrt(sum(u * u)) / sqrt(sum(v * v))",
)
arrays(
    "log of a multiple of a product",
    [{"x": [0.5, 0.25]}, {"x": [1e-200, 1e-200]}],
    "log(2 * prod(x))",
    "log(prod(x) / 3)",
)
pairs(
    "leg of a right triangle",
    [(1e200, 0.5e200), (-1e200, 3.0), (5.0, 3.0), (1e300, -1e299)],
    "sqrt(x ** 2 - y ** 2)",
    "sqrt(x * x - y * y)",
    "sqrt((x - y) * (x + y))",
)
pairs(
    "length by a quotient",
    [(1e-200, 1.0), (1.0, 1e200), (-3.0, 4.0), (1e200, 1e-200)],
    "sqrt(1 + (y / x) ** 2) * abs(x)",
)
each(
    "root of a power",
    (1e-200, 0.3, 3.0, 1e200),
    "sqrt(x ** 3)",
    "(x ** 3) ** (1 / 3)",
    "(x ** 9) ** (1 / 9)",
    "(x ** 5) ** 0.2",
)
each(
    "root of an even power",
    signed((1e-200, 0.3, 3.0, 1e200)),
    "(x ** 4) ** (1 / 4)",
    "(x ** 10) ** 0.1",
    "(x ** 12) ** (1 / 12)",
    "(x ** 2) ** 0.75",
)
each(
    "leg of a hyperbola",
    signed((1.5, 1e5, 1e200)),
    "sqrt(x ** 2 - 1)",
    "sqrt(x * x - 1)",
    "1 / sqrt(square(x) - 1)",
)
pairs(
    "angle of a slope",
    [(1.0, 2.0), (1e200, 3e200), (-1e200, 1e200), (1e-200, -3e-200), (1e200, 1.0), (1e-5, -1e200)],
    "arctan(y / x)",
    "2 * arctan(-y / x)",
    "arctan(y * (1 / x)) / 2",
)
for text in (
    "(-b + sqrt(b ** 2 - 4 * a * c)) / (2 * a)",
    "(-b - sqrt(b ** 2 - 4 * a * c)) / (2 * a)",
    "(-b + sqrt(b * b - 4 * a * c)) / (2 * a)",
    "-b / (2 * a) + sqrt(b ** 2 - 4 * a * c) / (2 * a)",
    "-b / (2 * a) - sqrt(b ** 2 - 4 * a * c) / (2 * a)",
):
    CASES.append(Case("quadratic far out", text, ("a", "b", "c"), HUGE))
BELOW = [*HUGE, (1.0, -3.0, 2.0), (1.0, 1e8, 1.0), (1.0, -1e8, 1.0), (1e-12, 3.0, 1.0)]
for text in (
    "2 * c / (-b - sqrt(b ** 2 - 4 * a * c))",
    "(2 * c) / (-b + sqrt(b * b - 4 * (a * c)))",
    "-2 * c / (b + sqrt(b ** 2 - 4 * a * c))",
    "-2 * c / (b - sqrt(b ** 2 - 4 * a * c))",
):
    CASES.append(Case("quadratic by its other root", text, ("a", "b", "c"), BELOW, digits=1000))
