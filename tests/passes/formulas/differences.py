"""Interest, arcs less their argument, distances, and differences at two points that are close."""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import CASES, SMALL, Case, Point, arrays, each, pairs, signed

CLOSE = [(1.0, 1.0 + 2.0**-40), (1e8, 1e8 + 1), (2.0, 3.0), (0.5, 0.25)]
RATES = [(1e-14, 12.0), (1e-10, 360.0), (1e-6, 10.0), (0.004, 360.0), (0.05, -30.0), (3.0, 2.0)]
OFTEN = [(0.05, 1e12), (0.05, 12.0), (1e-9, 365.0), (3.0, 2.0), (1.0, 1e17)]


def triples(family: str, points: list[Point], *texts: str) -> None:
    """Spellings of one function of x, y and z."""
    CASES.extend(Case(family, text, ("x", "y", "z"), points) for text in texts)


pairs(
    "annuity",
    RATES,
    "((1 + x) ** y - 1) / x",
    "(1 - (1 + x) ** -y) / x",
    "x / (1 - (1 + x) ** (-y))",
    "x / ((1 + x) ** y - 1)",
)
triples("payment", [(*p, 1e5) for p in RATES], "z * x / (1 - (1 + x) ** (-y))")
pairs("compounding", OFTEN, "(1 + x / y) ** y", "(1 - x / y) ** y", "y * log(1 + x / y)")
triples("compounding for years", [(*p, 1.5) for p in OFTEN], "(1 + x / y) ** (y * z)")
each("compounding at the rate 1", (3.0, 1e9, 1e17), "(1 + 1 / x) ** x")
pairs(
    "power transform of 1 + x", [(1.0, 1e-12), (1e-12, 0.5), (3.0, 2.0)], "((1 + x) ** y - 1) / y"
)
each(
    "arc less its argument",
    signed((1e-9, 1e-4, 0.3, 0.9)),
    "arcsin(x) - x",
    "x - arctan(x)",
    "arcsinh(x) - x",
    "arctanh(x) - x",
)
each(
    "spherical Bessel function of order 1",
    (1e-80, 1e-9, 1e-3, 2.0, 5.0),
    "(sin(x) - x * cos(x)) / x ** 2",
    digits=400,
)
each("j0 less cosine", (1e-9, 1e-4, 0.1, 1.0), "sin(x) / x - cos(x)", digits=200)
each("slope of exprel", (1e-9, 1e-3, 3.0, -50.0), "(x * exp(x) - exp(x) + 1) / x ** 2", digits=200)
each("log((exp(x) - 1)/x)", signed((1e-12, 1e-5, 2.0, 800.0)), "log((exp(x) - 1) / x)", digits=800)
each("arsinh, negative", (1e-9, 0.5, 1e9, -1e200), "log(sqrt(1 + x ** 2) - x)", digits=900)
each("arsech", (1e-200, 0.5, 1 - 2.0**-50), "log((1 + sqrt(1 - x ** 2)) / x)")
each("artanh or arcoth", (*SMALL[1:5], 3.0, 1e10), "log(abs((1 + x) / (1 - x))) / 2")
each("length less its leg", signed((1e-5, 0.5, 1e9)), "abs(x) - sqrt(x * x + 1)")
each("half of a monic quadratic", (3.0, 1e8, 1e10), "x / 2 - sqrt(x ** 2 / 4 - 2)")
triples(
    "conjugate solution of a quadratic",
    [(1.0, -1e8, 1.0), (1e-10, 3.0, 2.0), (1.0, -3.0, 2.0), (1.0, 1e8, 1.0)],
    "2 * z / (-y - sqrt(y ** 2 - 4 * x * z))",
    "(2 * z) / (-y + sqrt(y * y - 4 * x * z))",
)
pairs(
    "difference at close points",
    CLOSE,
    "1 / x ** 2 - 1 / y ** 2",
    "x ** (1 / 3) - y ** (1 / 3)",
    "log(1 + x) - log(1 + y)",
)
pairs("saturated", [(1.0, 1.0 + 2.0**-40), (30.0, 31.0), (-400.0, -400.5)], "tanh(x) - tanh(y)")
pairs(
    "roots beside a point",
    [(1.0, 1e-12), (1e10, 1e-3), (3.0, 2.0)],
    "sqrt(x + y) - sqrt(x - y)",
    "(sqrt(x + y) - sqrt(x)) / y",
)
pairs(
    "logarithm of a length near 1",
    [(1.0, 1e-9), (1.0 + 2.0**-40, 1e-10), (3e200, 4e200), (1e-200, 1e-199)],
    "log(sqrt(x ** 2 + y ** 2))",
    "0.5 * log(x * x + y * y)",
)
pairs("lens", [(50.0, 1e12), (50.0, 50.0 + 2.0**-30), (1e-200, 3e-200)], "1 / (1 / x - 1 / y)")
triples(
    "spherical law of cosines",
    [(0.5, 0.5 + 1e-7, 1e-7), (0.5, -0.3, 1.0), (0.5, 0.5 + 2.0**-20, 2.0**-21)],
    "arccos(sin(x) * sin(y) + cos(x) * cos(y) * cos(z))",
)
arrays(
    "power mean",
    [
        {"x": np.array(x), "p": np.array(p)}
        for x, p in (
            ([1e100, 2e100, 1e99], 5.0),
            ([1e-120, 2e-120, 3e-121], 4.0),
            ([1.0, 2.0, 3.0], -2.0),
        )
    ],
    "sum(abs(x) ** p) ** (1 / p)",
    "mean(x ** p) ** (1 / p)",
)
NEAR_EACH_OTHER = [
    {"x": np.array(x), "y": np.array(y)}
    for x, y in (
        ([1e8, 1e8 + 1, 1e8], [1e8 + 1, 1e8 - 1, 1e8 + 3]),
        ([1.0, 2.0, 3.0], [1.0 + 2.0**-40, 2.0 - 2.0**-41, 3.0 + 2.0**-42]),
    )
]
arrays(
    "distance, multiplied out",
    NEAR_EACH_OTHER,
    "x @ x + y @ y - 2 * (x @ y)",
    "sum(x ** 2) - 2 * sum(x * y) + sum(y ** 2)",
    "sqrt(mean(x ** 2) + mean(y * y) - 2 * mean(y * x))",
)
