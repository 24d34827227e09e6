"""Formulas that are 0/0 or cancel near 0."""

from __future__ import annotations

from math import pi

from tests.passes.formulas.case import NEAR, POSITIVE, REALS, SMALL, TINY, each, signed

AWAY = signed((*SMALL, 3.0, 40.0))
each("1 - cos(x)", REALS, "1 - cos(x)", "-(cos(x) - 1)", "2 - 2 * cos(x)", "(1 - cos(x)) / 2")
each("cos(x) - 1", REALS, "cos(x) - 1", "-1 + cos(x)")
each("sin(x)/x", AWAY, "sin(x) / x", "1 / x * sin(x)", limits={0.0: (1.0, 0.0)})
each(
    "sin(pi x)/(pi x)",
    (1e-20, 0.3, -0.3, 2.5),
    f"sin({pi} * x) / ({pi} * x)",
    limits={0.0: (1.0, 0.0)},
)
each("tan(x)/x", signed((*SMALL, 1.5)), "tan(x) / x", limits={0.0: (1.0, 0.0)})
each(
    "(exp(x) - 1)/x",
    signed((*SMALL, 3.0, 40.0, 600.0)),
    "(exp(x) - 1) / x",
    "expm1(x) / x",
    limits={0.0: (1.0, 0.5)},
)
each("(1 - exp(-x))/x", signed((*SMALL, 3.0, 40.0)), "(1 - exp(-x)) / x", limits={0.0: (1.0, -0.5)})
each(
    "x/(exp(x) - 1)",
    signed((*SMALL, 3.0, 40.0, 700.0)),
    "x / (exp(x) - 1)",
    limits={0.0: (1.0, -0.5)},
)
each(
    "log(1 + x)/x",
    (*POSITIVE, *(-p for p in TINY), -0.3, -0.9),
    "log(1 + x) / x",
    "log1p(x) / x",
    limits={0.0: (1.0, -0.5)},
)
each(
    "(1 - cos(x))/x**2",
    AWAY,
    "(1 - cos(x)) / x ** 2",
    "(1 - cos(x)) / (x * x)",
    limits={0.0: (0.5, 0.0)},
    digits=2000,
)
each(
    "sin(x)/x, apart",
    AWAY,
    "exp(x) / x * sin(x)",
    "sin(x) * (cos(x) / x)",
    "1 / (1 + x * x) / x * tanh(x)",
)
each("(1 - cos(x))/x", AWAY, "(1 - cos(x)) / x", limits={0.0: (0.0, 0.5)})
each("sinh(x)/x", signed((*SMALL, 3.0, 40.0, 700.0)), "sinh(x) / x", limits={0.0: (1.0, 0.0)})
each(
    "exp(x) - 1",
    (*NEAR, -40.0, 40.0, -800.0),
    "exp(x) - 1",
    "-1 + exp(x)",
    "-(1 - exp(x))",
    "exp(x) - 1.0",
)
each(
    "log(1 + x)",
    (0.0, *POSITIVE, *(-p for p in TINY), -0.3),
    "log(1 + x)",
    "log(x + 1)",
)
each(
    "log(1 - x)",
    (0.0, *signed(TINY), 0.3, -3.0, -1e200),
    "log(1 - x)",
    "log(-x + 1)",
    "log(-(x - 1))",
)
each(
    "inverse hyperbolic tangent",
    signed((*TINY, 1e-3, 0.3, 0.9)),
    "0.5 * log((1 + x) / (1 - x))",
    "(log(1 + x) - log(1 - x)) / 2",
)
each(
    "inverse hyperbolic sine",
    REALS,
    "log(x + sqrt(x ** 2 + 1))",
    "log(x + sqrt(1 + x * x))",
)
