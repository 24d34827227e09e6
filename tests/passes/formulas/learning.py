"""Losses, activations and links of statistics and machine learning."""

from __future__ import annotations

from tests.passes.formulas.case import POSITIVE, REALS, SMALL, TINY, each, pairs, signed

FAR = tuple(x for x in REALS if abs(x) <= 1e5)
MODERATE = (0.0, *signed((*SMALL, 3.0, 40.0, 600.0)))
each(
    "activations",
    tuple(x for x in REALS if abs(x) < 1e100),
    "x * sigmoid(1.702 * x)",
    "x / (1 + exp(-1.702 * x))",
    "x * tanh(log(1 + exp(x)))",
    "clip(0.2 * x + 0.5, 0, 1)",
    "tanh(x) ** 2",
    "log(1 + abs(x))",
)
each(
    "softsign",
    REALS,
    "x / (1 + abs(x))",
    "x / (abs(x) + 1)",
)
each(
    "elu and selu",
    signed((*SMALL, 40.0, 600.0)),
    "where(x > 0, x, exp(x) - 1)",
    "where(x > 0, 1.0507 * x, 1.7580942 * (exp(x) - 1))",
    "maximum(0, x) + minimum(0, 2 * (exp(x / 2) - 1))",
)
each(
    "margins",
    FAR,
    "log(1 + exp(-x))",
    "maximum(0, 1 - x) ** 2",
    "exp(-log(1 + exp(x)))",
    "log(1 + exp(-x)) ** 2",
)
each(
    "robust losses",
    REALS,
    "log(1 + x ** 2)",
    "log1p(x * x)",
    "0.5 * log(1 + square(x))",
    "log(1 + x ** 2 / 3)",
    "-2 * log(1 + x ** 2 / 3)",
    "-log(1 + x ** 2) - log(3.141592653589793)",
    "x ** 2 / (1 + x ** 2)",
    "sqrt(1 + x ** 2) - 1",
    "log((exp(x) + exp(-x)) / 2)",
    "log(2 * cosh(x))",
    "log(exp(x) + exp(-x))",
    "arctan(x)",
)
each("Cauchy kernel", REALS, "1 / (1 + x ** 2)", "1 / (x * x + 1)")
each("x/(1 + x**2)", REALS, "x / (1 + x ** 2)", "x / (1 + x * x)", "x / (square(x) + 1)")
each(
    "complementary log-log",
    (0.0, *signed((*SMALL, 3.0)), -40.0, -800.0),
    "log(1 - exp(-exp(x)))",
    "-log(1 - exp(-exp(x)))",
    "log1p(-exp(-exp(x)))",
)
each("Gumbel density", (0.0, *signed((*SMALL, 3.0)), 40.0, 800.0), "-x - exp(-x)", "exp(-exp(-x))")
each(
    "Gumbel density itself",
    (0.0, *signed((*SMALL, 3.0, 40.0, 800.0))),
    "exp(-(x + exp(-x)))",
    "exp(x - exp(x))",
)
each("Gumbel density, scaled", signed((0.3, 3.0, 40.0, 800.0)), "exp(-(x + exp(-x))) / 3")
each(
    "hazards and survival",
    tuple(x for x in POSITIVE if x < 1e100),
    "1 - exp(-x)",
    "-(x ** 1.5)",
    "log(1.5) + 0.5 * log(x) - x ** 1.5",
    "1 - exp(-(x ** 1.5))",
    "exp(-(x ** 1.5))",
    "x * exp(-x)",
    "log(x ** 2.5 * exp(-x))",
)
each(
    "Bose-Einstein and Planck",
    signed((*SMALL, 3.0, 40.0, 800.0, 1e5)),
    "1 / (exp(x) - 1)",
    "1 / expm1(x)",
    "reciprocal(exp(x) - 1)",
    "exp(x) / (exp(x) - 1)",
    "1 / (1 - exp(-x))",
)
each("Fermi-Dirac", REALS, "1 / (exp(x) + 1)", "1 / (1 + exp(x))")
each(
    "1/sinh",
    signed((1e-8, 1e-3, 0.3, 1.0, 3.0, 40.0, 800.0, 1e5)),
    "1 / sinh(x)",
    "2 / (exp(x) - exp(-x))",
    "3 / sinh(x)",
)
each(
    "Kullback-Leibler of Gaussians",
    (1e-300, 1e-20, 1e-3, 0.3, 1 - 1e-9, 1.0, 1 + 1e-9, 3.0, 1e5, 1e200),
    "x - 1 - log(x)",
    "x - log(x) - 1",
    "0.5 * (x - 1 - log(x))",
    "log(x) - x + 1",
    "log(x) - (x - 1)",
)
each(
    "exp(x) - 1 - x",
    (0.0, *signed((*SMALL, 3.0, 40.0))),
    "exp(x) - 1 - x",
    "exp(x) - x - 1",
    digits=700,
)
each(
    "log(1 + x) - x",
    (0.0, *POSITIVE, *(-p for p in TINY), -0.3, -0.9),
    "log(1 + x) - x",
    digits=700,
)
each(
    "x - log(1 + x)",
    (0.0, *POSITIVE, *(-p for p in TINY), -0.3, -0.9),
    "x - log(1 + x)",
    digits=700,
)
each("x - sin(x)", REALS, "x - sin(x)", "sin(x) - x", digits=1000)
each("sinh(x) - x", (0.0, *signed((*SMALL, 3.0, 40.0))), "sinh(x) - x", digits=1000)
each("cosh(x) - sinh(x)", (0.0, *signed((*SMALL, 3.0, 40.0))), "cosh(x) - sinh(x)")
each(
    "x/(1 - exp(-x))",
    signed((*SMALL, 3.0, 40.0, 800.0, 1e5)),
    "x / (1 - exp(-x))",
    limits={0.0: (1.0, 0.5)},
)
AWAY = signed((*SMALL, 3.0, 40.0, 1e5))
each("tanh(x)/x", AWAY, "tanh(x) / x", limits={0.0: (1.0, 0.0)})
each("x/tanh(x)", AWAY, "x / tanh(x)", limits={0.0: (1.0, 0.0)})
each("arctan(x)/x", AWAY, "arctan(x) / x", limits={0.0: (1.0, 0.0)})
each("arcsinh(x)/x", AWAY, "arcsinh(x) / x", limits={0.0: (1.0, 0.0)})
each("erf(x)/x", signed((*SMALL, 3.0, 40.0)), "erf(x) / x", "1 / x * erf(x)")
INSIDE = signed((*TINY, 1e-3, 0.3, 0.9))
each("arcsin(x)/x", INSIDE, "arcsin(x) / x", limits={0.0: (1.0, 0.0)})
each("arctanh(x)/x", INSIDE, "arctanh(x) / x", limits={0.0: (1.0, 0.0)})
each("x/sin(x)", signed((*SMALL, 3.0)), "x / sin(x)", limits={0.0: (1.0, 0.0)})
each("x/tan(x)", signed((*SMALL, 1.5)), "x / tan(x)", limits={0.0: (1.0, 0.0)})
each("x/sinh(x)", signed((*SMALL, 3.0, 40.0, 600.0, 1e5)), "x / sinh(x)", limits={0.0: (1.0, 0.0)})
each(
    "x/log(1 + x)",
    (*POSITIVE, *(-p for p in TINY), -0.3, -0.9),
    "x / log(1 + x)",
    "x / log1p(x)",
    limits={0.0: (1.0, 0.5)},
)
each("log(1 - x)/x", (*TINY, 1e-3, 0.3, 0.9, -3.0, -1e5), "log(1 - x) / x")
each("1/(1 - x) - 1", (0.0, *signed(TINY), 1e-3, 0.3, 0.9, -3.0, -1e5), "1 / (1 - x) - 1")
each("inverse cotangent", signed((1e-300, *SMALL, 3.0, 1e5, 1e200)), "arctan(1 / x)")
each("Gudermannian", tuple(x for x in REALS if abs(x) != 1e200), "arctan(sinh(x))")
each(
    "normal tails",
    (0.0, *signed((*SMALL, 3.0, 8.0)), 30.0, 800.0, 1e5),
    "log(erfc(x))",
    "log(1 - erf(x))",
)
each("scaled tail", (0.0, *signed((*SMALL, 3.0)), 8.0, 40.0, 1e5), "exp(x ** 2) * erfc(x)")
each("hazard of the normal tail", (0.0, *SMALL, 3.0, 40.0, 1e5), "exp(-(x ** 2)) / erfc(x)")
each(
    "angle of 1 + x**2",
    signed((*SMALL, 3.0, 40.0, 1e5)),
    "arccosh(1 + x ** 2)",
    "arccosh(1 + x * x)",
)
each("angle of 1 + x", (*SMALL, 3.0, 40.0, 1e5, 1e200), "arccosh(1 + x)")
each(
    "log of a product of one",
    POSITIVE,
    "log(x * x * x)",
    "log(x * x ** 2)",
    "log(x ** 3)",
    "log(x * x * x * x)",
)
each("log of even powers", signed((*SMALL, 3.0, 1e5, 1e200)), "log(x * x * x * x)")
each("Matern kernel", (0.0, *SMALL, 3.0, 40.0, 700.0), "(1 + x) * exp(-x)")
SIZES = (1e-200, 1e-8, 0.3, 1.0, 40.0, 1e5, 1e200)
GRID = [(a, b) for a in SIZES for b in (1e-200, 0.3, 1.5, 2.0, 1e5)]
pairs("log of powers", GRID, "log(x * x * y)", "log(x ** 3 * y ** 2)")
pairs(
    "log of a sum of squares",
    [(a, b) for a, b in GRID if a > 1e-5 or b < 1e-5],
    "log(x ** 2 + y ** 2)",
    "0.5 * log(x * x + y * y)",
)
pairs("relative difference", [p for p in GRID if p[0] != p[1]], "(x - y) / (x + y)")
pairs("parallel", GRID, "x * y / (x + y)", "1 / (1 / x + 1 / y)")
pairs(
    "harmonic mean",
    GRID,
    "2 * x * y / (x + y)",
    "2 / (1 / x + 1 / y)",
    "2 * (x * y) / (x + y)",
)
COUNTS = [(a, b) for a in (1e-8, 0.3, 1.0, 3.0, 1e5) for b in (1e-8, 0.3, 3.0, 3.0 + 1e-8, 1e5)]
pairs(
    "Poisson deviance",
    COUNTS,
    "x * log(x / y) - x + y",
    "x * log(x / y) - (x - y)",
    "2 * (x * log(x / y) - (x - y))",
)
SCORES = [(a, b) for a in (-800.0, -3.0, 1e-8, 0.3, 20.0, 800.0) for b in (0.0, 0.3, 1.0)]
pairs(
    "Poisson likelihood",
    [(a, b) for a, b in SCORES if a < 100 and a != 1e-8],
    "exp(x) - y * x",
)
pairs("exponential loss", [(a, b) for a, b in SCORES if abs(a) < 600], "exp(-y * x)")
pairs(
    "focal loss",
    [(a, b) for a, b in SCORES if b in (0.0, 1.0)],
    "-(1 - 1 / (1 + exp(-x))) ** 2 * log(1 / (1 + exp(-x)))",
    "-y * (1 - sigmoid(x)) ** 2 * log(sigmoid(x))",
    wrt=("x",),
)
pairs(
    "residuals",
    [(1e5, 1.0), (0.3, 0.1), (1e200, 1.0), (-800.0, 3.0), (2.0, 2.0), (1.0, 1.0 + 1e-8)],
    "log(cosh(x - y))",
    "sqrt(1 + (x - y) ** 2) - 1",
    "log(1 + (x - y) ** 2)",
    "(x - y) ** 2 / (1 + (x - y) ** 2)",
    "abs(x - y)",
)
pairs(
    "Huber loss",
    [(1e5, 1.0), (0.3, 0.1), (-800.0, 3.0), (2.0, 2.0), (1.0, 1.0 + 1e-8)],
    "where(abs(x - y) < 1, 0.5 * (x - y) ** 2, abs(x - y) - 0.5)",
)
