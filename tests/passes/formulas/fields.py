"""Windows, rates, angles, distances and densities, as each field writes them."""

from __future__ import annotations

from tests.passes.formulas.case import CASES, Case, Point, arrays, each, pairs


def scalars(family: str, variables: str, points: list[Point], *texts: str) -> None:
    """Spellings of one function of several numbers."""
    CASES.extend(Case(family, text, tuple(variables.split()), points) for text in texts)


each(
    "what is left of a series",
    (1e-9, 1e-5, 1e-3, -1e-3, 0.09, 0.3, 0.5, 1.2, -0.7),
    "(x - 1 + exp(-x)) / x ** 2",
    "2 * (exp(-x) - 1 + x) / x ** 2",
    "(x - log(1 + x)) / x ** 2",
    "(log(1 + 2 * x) - 2 * x) / x ** 2",
    "(tan(x) - x) / x ** 3",
    "(x - tanh(x)) / x ** 3",
    "(sinh(x) - x) / x ** 3",
    "sin(x) / x ** 2 - cos(x) / x",
    "3 * (sin(x) - x * cos(x)) / x ** 3",
    "(1 - exp(-x)) / x - exp(-x)",
    digits=200,
)
each("heat capacity", (1e-9, 0.5, -3.0, 500.0, -500.0), "(x / (exp(x) - 1)) ** 2 * exp(x)")
each("half an angle", (1e-9, 1.0, 3.1415926, -3.1415926), "sin(x) / (1 + cos(x))")
each("divergence from 1", (1.000000001, 0.9999, 2.0, 1e-9), "x * log(x) - x + 1")
each("second difference", (3.0, 1e6, 1e10), "1 / (x - 1) - 2 / x + 1 / (x + 1)")
each("root plus x", (-1e170, -1e9, -1e-9, 3.0), "sqrt(x ** 2 + 1) + x")
NEARLY = [(1.0, 1.0000001), (1e15 + 1, 1e15), (2.0, 3.0)]
pairs("divergence in two terms", NEARLY, "x * log(x) - x * log(y)")
pairs("sine of a difference", NEARLY[::2], "sin(x) * cos(y) - cos(x) * sin(y)")
pairs(
    "steps to both sides",
    [(1.0, 1e-10), (1e5, 1e-6), (-0.3, 1e-3), (2.0, 1.0)],
    "(x + y) ** 2 - (x - y) ** 2",
    "((x + y) ** 2 - x ** 2) / y",
    "sin(x + y) - sin(x - y)",
    "cos(x + y) - cos(x - y)",
)
pairs(
    "loading of a yield curve",
    [(1e-9, 2.0), (1e-6, 2.0), (3.0, 2.0), (-1e-3, 0.7)],
    "(1 - exp(-x / y)) / (x / y)",
    "(1 - exp(-x / y)) / (x / y) - exp(-x / y)",
)
pairs("amplitude of a function", [(1e-9, 2.0), (1e-4, 3.0), (2.0, -1.0)], "y * sin(x) / x")
pairs(
    "logistic density",
    [(-900.0, 2.0), (600.0, 3.0), (0.3, 1.5)],
    "exp(-x) / (y * (1 + exp(-x)) ** 2)",
)
scalars(
    "installment",
    "p r m",
    [(1e3, 1e-12, 360.0), (1e5, 1e-6, 240.0), (1e3, 0.01, 12.0)],
    "p * r * (1 + r) ** m / ((1 + r) ** m - 1)",
)
pairs(
    "effective rate",
    [(1e-12, 12.0), (1e-7, 365.0), (0.05, 12.0), (30.0, 2.0)],
    "(1 + x / y) ** y - 1",
)
TRIANGLES = [(1.0, 1.0, 1e-7), (1e5, 1e5, 1e-2), (3.0, 4.0, 5.5), (4.0, 1.5, 3.0)]
scalars(
    "angle of a triangle", "a b c", TRIANGLES, "arccos((a ** 2 + b ** 2 - c ** 2) / (2 * a * b))"
)
scalars("side of a triangle", "a b c", TRIANGLES, "sqrt(a ** 2 + b ** 2 - 2 * a * b * cos(c))")
VECTORS = [
    {"x": [1.0, 0.0, 0.0], "y": [1.0, 1e-6, 1e-7]},
    {"x": [1.0, 2.0, 3.0], "y": [3.0, -1.0, 1.0]},
    {"x": [0.0, 3e200, 0.0], "y": [2e-200, 1e-200, 0.0]},
]
arrays(
    "angle of vectors",
    VECTORS,
    "arccos(sum(x * y) / (sqrt(sum(x ** 2)) * sqrt(sum(y ** 2))))",
    "arccos(clip((x @ y) / sqrt((x @ x) * (y @ y)), -1, 1))",
    "u = x / sqrt(x @ x)\nv = y / sqrt(y @ y)\narccos(u @ v)",
)
