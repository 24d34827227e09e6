"""Differences over a known step, sums that hold 1, and sums of powers of 10 and 2."""

from __future__ import annotations

import numpy as np

from tests.passes.formulas.case import CASES, Case, arrays, each, pairs

SHORT = [(3.0, 1e-12), (0.7, 2.0**-40), (1e-3, 1e-19), (5.0, 0.25)]
ARRAYS = [
    {"x": np.array([3.0, 0.7, 1e-3]), "h": np.array(1e-12)},
    {"x": np.array([2.0, 9.0, 0.6]), "h": np.array(0.25)},
]
FUNCTIONS = ("1 / ({})", "({}) ** 2", "sqrt({})", "log({})", "exp({})", "sin({})")


def steps(h: str, *functions: str) -> list[str]:
    """What functions change by from x to x + h, to x from x - h, and from x - h to x + h."""
    pairs = [(f"x + {h}", "x"), ("x", f"x - {h}"), (f"x + {h}", f"x - {h}")]
    return [f"{f.format(end)} - {f.format(start)}" for f in functions for end, start in pairs]


pairs("difference over a known step", SHORT, *steps("y", *FUNCTIONS))
pairs("mirrored step", SHORT, "1 / (x - y) - 1 / x", "log(x - y) - log(x)", "(x - y) ** 2 - x ** 2")
pairs("ratio over a known step", SHORT, "log((x + y) / (x - y))", "log(x / (x - y))")
pairs("step of a power", SHORT, "(x + y) ** 0.3 - x ** 0.3")
arrays(
    "difference of arrays over one step",
    ARRAYS,
    *steps("h", *FUNCTIONS, "cos({})"),
    "tan(x + h) - tan(x)",
)
arrays(
    "slopes by differences",
    ARRAYS,
    "((x + h) ** 3 - x ** 3) / h",
    "(sqrt(x + h) - sqrt(x)) / h",
    "mean(((x + h) ** 2 - x ** 2) / h)",
    wrt=("x",),
)
arrays("cubes on both sides", ARRAYS, "((x + h) ** 3 - (x - h) ** 3) / (2 * h)")
arrays(
    "steps along a series",
    [{"x": np.array(x)} for x in ([100.0, 100.0 + 1e-10, 100.0 + 3e-10], [1e-3, 7.0, 7.0 + 1e-9])],
    "sum(diff(log(x)) ** 2)",
    "diff(sqrt(x))",
    "r = log(x)\nsqrt(sum((r[1:] - r[:-1]) ** 2))",
)
NEAR_ONE = [(1e-12, 3e-11), (0.3, 0.2), (0.5, 0.4999999), (1e-300, 1e-17), (3e-20, 0.9)]
pairs("what two shares leave", NEAR_ONE, "log(1 - x - y)", "2 * log(x) + 5 * log(1 - x - y)")
pairs("sum of 1 and two more", NEAR_ONE, "log(1 + x + y)", "log(1 + x - y)", "log(1 - x + y)")
pairs("sum of 1 and squares", NEAR_ONE, "log(1 + x ** 2 + y ** 2)", "log(1 + x * y + x ** 2)")
CASES.append(
    Case(
        "what three shares leave",
        "log(1 - x - y - z)",
        ("x", "y", "z"),
        [(1e-12, 3e-11, 2e-13), (0.3, 0.2, 0.1), (1e-30, 0.5, 0.4)],
    )
)
each("a square, written out", (1 + 1e-9, 3.0, 1e-9, -4.0), "x ** 2 - 2 * x + 1")
each(
    "a square of exponentials, written out",
    (1e-9, -1e-5, 3.0, -50.0),
    "exp(2 * x) - 2 * exp(x) + 1",
)
each("1 less a cosine of a slope", (1e-9, 0.3, -1e9), "1 - 1 / sqrt(1 + x ** 2)", digits=200)
each("halvings", (1e-13, 0.5, 900.0), "log(1 - 2 ** (-x))", digits=600)
pairs(
    "annuity by the discount",
    [(1e-11, 12.0), (1e-6, 360.0), (0.05, 30.0)],
    "v = 1 / (1 + x)\n(1 - v ** y) / x",
)
LEVELS = [{"x": np.array(x)} for x in ([400.0, 399.0, 1.0], [-400.0, -401.0, -390.0])]
arrays(
    "levels added up",
    LEVELS,
    "log10(sum(10 ** x))",
    "log2(sum(2 ** (3 * x)))",
    "10 * log10(mean(10 ** x))",
)
arrays(
    "contrast of pairs",
    [{"X": np.array([[900.0, 100.0], [800.0, -500.0]])}],
    "-mean(log(diag(exp(X)) / sum(exp(X), axis=1)))",
)
