"""Scalar formulas in the style of the FPBench suite, with the ranges of their variables.

Each text is a program of symgrad's language, and Python too. Sources: Hamming, "Numerical Methods
for Scientists and Engineers", chapter 3; Higham, "Accuracy and Stability of Numerical Algorithms",
chapter 1; and formulas of physics, control and statistics that suites of the field keep.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.passes.fpbench_books import BOOKS
from tests.passes.fpbench_fields import FIELDS, Range
from tests.passes.fpbench_suites import SUITES


@dataclass(frozen=True)
class Formula:
    """One formula.

    Attributes
    ----------
    family : str
        Where it comes from.
    text : str
        The formula, in symgrad's language and in Python's.
    ranges : tuple of pairs
        Of each variable, by its name: where its user computes it.
    """

    family: str
    text: str
    ranges: tuple[tuple[str, Range], ...]

    def __str__(self) -> str:
        return self.text.replace("\n", "; ")


FORMULAS: list[Formula] = []


def _enter(family: str, *texts: str, **ranges: Range) -> None:
    """Formulas of some of these variables."""
    for text in texts:
        used = {k: r for k, r in ranges.items() if re.search(rf"\b{k}\b", text)}
        FORMULAS.append(Formula(family, text, tuple(used.items())))


def _roots_and_quotients() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("roots and quotients", *texts, **ranges)

    of("sqrt(x + 1) - sqrt(x)", "1 / sqrt(x) - 1 / sqrt(x + 1)", x=(0.01, 1e9))
    of("1 / (x + 1) - 1 / x", "1 / x - 1 / (x + 1)", x=(0.01, 1e9))
    of("1 / (x + 1) - 2 / x + 1 / (x - 1)", x=(1.5, 1e9))
    of("1 / (x - 1) - 1 / (x + 1)", "x / (x + 1) - (x - 1) / x", x=(1.5, 1e9))
    of("cbrt(x + 1) - cbrt(x)", x=(0.01, 1e9))
    of("(x + 1) ** (1 / 3) - x ** (1 / 3)", "(x + 1) ** 0.25 - x ** 0.25", x=(0.01, 1e9))
    of("1 / sqrt(x ** 2 + 1)", "x / sqrt(x ** 2 + 1)", "sqrt(x ** 2 + 1) - 1", x=(-1e9, 1e9))
    of("sqrt(x ** 2 + 1) - x", "1 - x / sqrt(x ** 2 + 1)", x=(0.01, 1e9))
    of("x - sqrt(x ** 2 - 1)", "sqrt(x - 1) * sqrt(x + 1)", "sqrt(x ** 2 - 1)", x=(1.0, 1e9))
    of("sqrt(1 + x) - sqrt(1 - x)", "(sqrt(1 + x) - 1) / x", x=(-0.99, 0.99))
    of("1 / sqrt(1 - x ** 2)", "sqrt(1 - x ** 2)", "1 - sqrt(1 - x ** 2)", x=(-0.99, 0.99))
    of("x / (1 + x)", "1 - 1 / (1 + x)", "(1 - x) / (1 + x)", x=(0.0, 1e6))
    of("(1 + x) ** 2 - 1", "(1 + x) ** 3 - x ** 3", "((1 + x) - 1) / x", x=(-1.0, 1.0))
    of("x ** 2 - y ** 2", "x * x - y * y", "x ** 3 - y ** 3", x=(-100.0, 100.0), y=(-100.0, 100.0))
    of("x ** 4 - y ** 4", "(x + y) ** 2 - x ** 2", x=(-100.0, 100.0), y=(-1.0, 1.0))
    of("sqrt(x + y) - sqrt(x)", "1 / (x + y) - 1 / x", x=(1.0, 1e6), y=(1e-6, 1.0))
    of("1 / x - 1 / y", "sqrt(x) - sqrt(y)", "(x - y) / (x + y)", x=(1.0, 10.0), y=(1.0, 10.0))
    of("x / y - y / x", "1 / x ** 2 - 1 / y ** 2", x=(1.0, 10.0), y=(1.0, 10.0))


def _exponentials() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("exponentials and logarithms", *texts, **ranges)

    of("exp(x) - 1", "(exp(x) - 1) / x", "exp(x) - exp(-x)", "exp(x) / (exp(x) - 1)", x=(-1.0, 1.0))
    of("(exp(x) - 2) + exp(-x)", "(exp(x) - exp(-x)) / (2 * x)", "exp(2 * x) - 1", x=(-1.0, 1.0))
    of("exp(x) - 1 - x", "1 / x - 1 / (exp(x) - 1)", "1 - exp(-x ** 2)", x=(-1.0, 1.0))
    of("(exp(x) - 1) ** 2", "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", x=(-20.0, 20.0))
    of("log(x + 1) - log(x)", "log(1 + 1 / x)", "(x + 1) * log(x + 1) - x * log(x)", x=(0.01, 1e9))
    of("(x + 1) * log(x + 1) - x * log(x) - 1", "log(x) - log(x - 1)", x=(1.5, 1e9))
    of("log(1 + x)", "log(1 - x) / log(1 + x)", "log((1 - x) / (1 + x))", x=(-0.9, 0.9))
    of("log(1 + x) - x", "log(1 + x) / x", "x - log(1 + x)", x=(-0.9, 0.9))
    of("log(x + sqrt(x ** 2 + 1))", x=(-100.0, 100.0))
    of("log(x + sqrt(x ** 2 - 1))", "log(x + sqrt(x - 1) * sqrt(x + 1))", x=(1.0, 1e6))
    of("0.5 * log((1 + x) / (1 - x))", x=(-0.9, 0.9))
    of("log(1 + exp(x))", "1 / (1 + exp(-x))", "exp(x) / (1 + exp(x)) ** 2", x=(-50.0, 50.0))
    of("1 - 1 / (1 + exp(-x))", "log(1 + exp(x)) - x", "x / (1 + exp(-x))", x=(-50.0, 50.0))
    of("log(exp(x) + exp(y))", "exp(x) / (exp(x) + exp(y))", x=(-50.0, 50.0), y=(-50.0, 50.0))
    of("log(x) - log(y)", "log(x / y)", "x * log(x / y) - x + y", x=(1.0, 3.0), y=(1.0, 3.0))
    of("exp(x + y) - exp(x)", "exp(x) - exp(y)", x=(-2.0, 2.0), y=(-2.0, 2.0))
    of("(1 + x) ** y - 1", "(1 + x / y) ** y", x=(0.0, 0.3), y=(1.0, 400.0))
    of("(exp(x * y) - 1) / y", "x ** y - 1", "(x ** y - 1) / y", x=(0.1, 4.0), y=(-1.0, 1.0))
    of("100 * ((1 + x / y) ** y - 1) / (x / y)", x=(0.01, 0.3), y=(1.0, 400.0))


def _trigonometry() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("trigonometry", *texts, **ranges)

    of("1 - cos(x)", "(1 - cos(x)) / x ** 2", "(1 - cos(x)) / sin(x)", "sin(x) / x", x=(-3.0, 3.0))
    of("x - sin(x)", "(x - sin(x)) / (x - tan(x))", "1 / x - 1 / tan(x)", x=(-1.5, 1.5))
    of("sin(x) - x * cos(x)", "1 - cos(x) ** 2", "sqrt(1 - cos(x))", x=(-1.5, 1.5))
    of("cos(x) ** 2 - sin(x) ** 2", "2 * sin(x) * cos(x)", "tan(x) - sin(x)", x=(-3.0, 3.0))
    of("arctan(x + 1) - arctan(x)", x=(0.01, 1e9))
    of("sin(x + y) - sin(x)", "cos(x + y) - cos(x)", "tan(x + y) - tan(x)", x=(0, 1.5), y=(0, 0.1))
    of("cos(x) - cos(y)", "sin(x) - sin(y)", "arctan(x) - arctan(y)", x=(0.0, 3.0), y=(0.0, 3.0))
    of("sqrt(x ** 2 + y ** 2 - 2 * x * y * cos(z))", x=(1.0, 9.0), y=(1.0, 9.0), z=(0.1, 3.0))
    of("sqrt(x ** 2 + y ** 2)", "sqrt(x ** 2 + y ** 2) - x", x=(-9.0, 9.0), y=(-9.0, 9.0))
    of("x / sqrt(x ** 2 + y ** 2)", "(x * x - y * y) / (x * x + y * y)", x=(-9, 9), y=(-9, 9))
    of("2 * arctan(y / (sqrt(x ** 2 + y ** 2) + x))", x=(0.1, 9.0), y=(-9.0, 9.0))
    of("cosh(x) - 1", "sinh(x) - x", "1 - tanh(x)", "1 - tanh(x) ** 2", x=(-2.0, 2.0))
    of("log(cosh(x))", "1 / cosh(x)", "sinh(x) / x", "cosh(x) - sinh(x)", x=(-20.0, 20.0))
    of("0.5 * sin(x) * (exp(-y) - exp(y))", x=(-3.0, 3.0), y=(-1.0, 1.0))
    of("0.5 * cos(x) * (exp(-y) + exp(y))", x=(-3.0, 3.0), y=(-1.0, 1.0))


def _equations() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("roots of equations", *texts, **ranges)

    of("(-b + sqrt(b * b - 4 * a * c)) / (2 * a)", a=(1, 4), b=(100, 1e6), c=(1, 4))
    of("(-b - sqrt(b * b - 4 * a * c)) / (2 * a)", a=(1, 4), b=(100, 1e6), c=(1, 4))
    of("2 * c / (-b - sqrt(b * b - 4 * a * c))", a=(1, 4), b=(100, 1e6), c=(1, 4))
    of("(-b + sqrt(b * b - a * c)) / a", a=(1, 4), b=(100, 1e6), c=(1, 4))
    of("sqrt(x ** 2 + y) - x", "x - sqrt(x ** 2 - y)", x=(10.0, 1e6), y=(0.1, 10.0))
    of("sqrt(0.5 * (sqrt(x * x + y * y) + x))", x=(-1e3, 1e3), y=(-1, 1))
    of("sqrt(0.5 * (sqrt(x * x + y * y) - x))", x=(-1e3, 1e3), y=(-1, 1))
    of("0.5 * sqrt(2 * (sqrt(x * x + y * y) + x))", x=(-1e3, 1e3), y=(-1, 1))
    of("x ** 3 / (x ** 2 - 1)", "x ** 2 / (sqrt(x ** 2 + 1) + 1)", x=(1.5, 1e3))
    of("s = (a + b + c) / 2\nsqrt(s * (s - a) * (s - b) * (s - c))", a=(3, 4), b=(3, 4), c=(1, 6))
    of("x - (x ** 2 - y) / (2 * x)", "0.5 * (x + y / x)", x=(1.0, 10.0), y=(1.0, 10.0))


def _polynomials() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("polynomials", *texts, **ranges)

    of("x - x ** 3 / 6 + x ** 5 / 120 - x ** 7 / 5040", x=(-1.57, 1.57))
    of("0.954929658551372 * x - 0.12900613773279798 * (x * x * x)", x=(-2.0, 2.0))
    of("1 + 0.5 * x - 0.125 * x * x + 0.0625 * x ** 3 - 0.0390625 * x ** 4", x=(0.0, 1.0))
    of("x - x ** 2", "x * (1 - x)", "1 - x ** 2", "-(x ** 3) / 6", x=(0.0, 1.0))
    of("(1 - x) ** 3 / 6", "(3 * x ** 3 - 6 * x ** 2 + 4) / 6", x=(0.0, 1.0))
    of("(-3 * x ** 3 + 3 * x ** 2 + 3 * x + 1) / 6", x=(0.0, 1.0))
    of("x ** 4 - 4 * x ** 3 + 6 * x ** 2 - 4 * x + 1", "(x - 1) ** 4", x=(0.5, 2.0))
    of("((x - 3) * x + 3) * x - 1", "x * x - 2 * x + 1", "x / 2 + x / 3 - x / 6", x=(0.5, 2.0))
    of("(x ** 2 + y - 11) ** 2 + (x + y ** 2 - 7) ** 2", x=(-5.0, 5.0), y=(-5.0, 5.0))
    of("(1 - x) ** 2 + 100 * (y - x ** 2) ** 2", x=(-2.0, 2.0), y=(-2.0, 2.0))
    of("(x + y) ** 2 - 4 * x * y", "(x + y) * (x - y) + y * y", x=(-2.0, 2.0), y=(-2.0, 2.0))
    of("9 * x ** 4 - y ** 4 + 2 * y ** 2", x=(0.0, 2.0), y=(0.0, 3.0))
    xyz = dict.fromkeys("xyz", (-15.0, 15.0))
    of("-x * y - 2 * y * z - x - z", **xyz)
    of("2 * x * y * z + 3 * z * z - y * x * y * z + 3 * z * z - y", **xyz)
    of(
        "u * y + v * z - u * v - y * z + x * (-x + u + v - w + y + z)",
        **dict.fromkeys("uvwxyz", (4.0, 6.36)),
    )


def _physics() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("physics", *texts, **ranges)

    sound = "s = 331.4 + 0.6 * t\n-s * v / (s + u) ** 2"
    of(sound, u=(-100.0, 100.0), v=(20.0, 20000.0), t=(-30.0, 50.0))
    load = "(0.125 * {} * (w * w * r * r)) / (1 - v)"
    of(
        f"3 + 2 / (r * r) - {load.format('(3 - 2 * v)')} - 4.5",
        f"6 * v - {load.format('4 * v')} - 2.5",
        f"3 - 2 / (r * r) - {load.format('(1 + 2 * v)')} - 0.5",
        v=(-4.5, -0.3),
        w=(0.4, 0.9),
        r=(3.8, 7.8),
    )
    of("4 * x / (1 + x / 1.11)", "4 * x * x / (1 + (x / 1.11) ** 2)", x=(0.1, 0.3))
    gas = "(p + 0.401 * (n / v) ** 2) * (v - 4.27e-5 * n) - 1.3806503e-23 * n * 300"
    of(gas, p=(3.5e7, 4e7), n=(900.0, 1100.0), v=(0.1, 0.5))
    jet = "t = 3 * x * x + 2 * y - x\nd = x * x + 1\nq = t / d\n"
    of(
        f"{jet}x + ((2 * x * q * (q - 3) + x * x * (4 * q - 6)) * d + 3 * x * x * q + x ** 3 + x"
        " + 3 * ((3 * x * x - 2 * y - x) / d))",
        x=(-5.0, 5.0),
        y=(-20.0, 5.0),
    )
    of("m / sqrt(1 - (v / c) ** 2)", m=(0.1, 10.0), v=(1e3, 2e8), c=(2.9e8, 3e8))
    of("m * c ** 2 * (1 / sqrt(1 - (v / c) ** 2) - 1)", m=(0.1, 10.0), v=(1.0, 2e8), c=(2.9e8, 3e8))
    of("1 / (exp(h / t) - 1)", "h ** 3 / (exp(h / t) - 1)", h=(1e-3, 10.0), t=(0.1, 100.0))
    of("(u + v) / (1 + u * v)", u=(-0.9, 0.9), v=(-0.9, 0.9))
    of("e * sin(x) - x + m", "1 / (1 - e * cos(x))", e=(0.0, 0.9), x=(0.0, 3.1), m=(0.0, 3.1))
    of("g * m * (1 / r - 1 / (r + h))", g=(1.0, 10.0), m=(1.0, 10.0), r=(6e6, 7e6), h=(1.0, 1e4))
    of("a * b / (a + b)", "1 / (1 / a + 1 / b)", a=(1e-3, 1e3), b=(1e-3, 1e3))
    of("sqrt(2 * g * h) * tanh(t * sqrt(g / (2 * h)))", g=(9.0, 10.0), h=(1.0, 9.0), t=(0.01, 9.0))


def _statistics() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("probabilities", *texts, **ranges)

    of(
        "log(p / (1 - p))",
        "-p * log(p) - (1 - p) * log(1 - p)",
        "sqrt(p * (1 - p))",
        p=(0.01, 0.99),
    )
    of("p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))", p=(0.01, 0.99), q=(0.01, 0.99))
    of("-y * log(1 / (1 + exp(-x))) - (1 - y) * log(1 - 1 / (1 + exp(-x)))", x=(-9, 9), y=(0, 1))
    of("1 - (1 - p) ** n", "n * log(1 - p)", p=(1e-6, 0.5), n=(1.0, 100.0))
    of("p * q / (p * q + (1 - p) * (1 - q))", "p + q - p * q", p=(0.01, 0.99), q=(0.01, 0.99))
    of("exp(-((x - m) ** 2) / (2 * s ** 2)) / s", x=(-3, 3), m=(-3, 3), s=(0.1, 3))
    of("-0.5 * ((x - m) / s) ** 2 - log(s)", x=(-3, 3), m=(-3, 3), s=(0.1, 3))
    of("1 - exp(-x)", "1 - exp(-((x / k) ** 2))", "k * exp(-k * x)", x=(1e-6, 5.0), k=(0.5, 3.0))
    of("exp(-exp(-x))", "1 - exp(-exp(x))", "log(-log(x))", x=(0.01, 0.99))


def _suites() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("suites", *texts, **ranges)

    of("sqrt(x + y * y)", "sin(x * y)", "x + y - (x * x * y + 2)", x=(0.1, 10.0), y=(-5.0, 5.0))
    of("x / (x + 1.5)", "(x - 1) / (x * x - 1)", "1 / (x - sqrt(x))", x=(1.001, 999.0))
    of("x * y / (x + y * z)", "x / (x + y)", x=(1.0, 4.0), y=(1.0, 4.0), z=(1.0, 9.0))
    of("(exp(x) - 1) / log(exp(x))", "sqrt((exp(2 * x) - 1) / (exp(x) - 1))", x=(0.01, 0.5))
    of("a * (b * c - d * d) - d * (d * c - d * b)", **dict.fromkeys("abcd", (-10.0, 10.0)))
    of(
        "u * v * (v + w - u - x) + u * w * (u + w + y - v) + x * y",
        **dict.fromkeys("uvwxy", (4, 6)),
    )
    of("x ** 2 * y ** 2 + x ** 2 - y", "x + y - 0.5 * (x * y) ** 2", x=(-1, 1), y=(-1, 1))
    rump = "333.75 * y ** 6 + x ** 2 * (11 * x ** 2 * y ** 2 - y ** 6 - 121 * y ** 4 - 2)"
    of(f"{rump} + 5.5 * y ** 8 + x / (2 * y)", x=(1.0, 4.0), y=(1.0, 4.0))
    of("(a * a + b * b) ** 2 + 4 * (a * a * (1 - a) + b * b * (3 + a)) - 1", a=(-2, 2), b=(-2, 2))
    of("1 / (x + 1) - 1 / (x - 1)", "x / (x + 1) - (x + 1) / (x - 1)", x=(1.5, 1e9))
    of(
        "e * (exp((a + b) * e) - 1) / ((exp(a * e) - 1) * (exp(b * e) - 1))",
        **dict.fromkeys("abe", (0.01, 2.0)),
    )
    of("exp(x + y) - exp(y)", "exp(x) - exp(x + y)", x=(-2.0, 2.0), y=(-0.5, 0.5))
    of("cos(2 * x) / (x * x * y * y)", "sqrt(1 + cos(x))", x=(0.1, 1.5), y=(0.1, 3.0))
    of("1 / (sqrt(x + 1) + sqrt(x))", "sqrt(x * x + x) - x", "x * sqrt(x)", x=(0.01, 1e6))
    of("sqrt(0.5 * (1 + x / sqrt(4 * p * p + x * x)))", x=(-9.0, 9.0), p=(0.1, 9.0))
    of("x * y / (x * x + y * y)", "2 * x * y / (x + y)", "log(x + y) - log(x)", x=(1, 9), y=(1, 9))
    of("(a * x + b) / (c * x + 1)", "a / (b + c / x)", **dict.fromkeys("abcx", (0.1, 4.0)))
    of("x * exp(-x)", "exp(x) * exp(-exp(x))", "log(x) / x", "x * log(x) - x", x=(0.1, 4.0))
    of("exp(x) * exp(y)", "exp(x) / exp(y)", "1 / (1 + exp(x - y))", x=(-30, 30), y=(-30, 30))
    of("1 / (1 + 2 * exp(-x))", x=(-30, 30))
    xyz = dict.fromkeys("xyz", (-20.0, 20.0))
    of("exp(x + y) / (exp(x + y) + exp(z))", "exp(x) * exp(y) * exp(z)", **xyz)
    of("1 / (1 + exp(y) / exp(x))", "(exp(x) - exp(y)) / (exp(x) + exp(y))", **xyz)
    of("log(exp(x) / (exp(x) + exp(y)))", **xyz)
    of("x * tanh(x)", "x - tanh(x)", "(1 + tanh(x / 2)) / 2", x=(-3.0, 3.0))
    of("x ** 2 * y + y ** 2 * x", "(x + y) ** 3", "(x * y) ** 3", x=(0.1, 2.0), y=(0.1, 2.0))
    of("hypot(x, y) - y", "hypot(x, 2) - hypot(y, 2)", "1 / hypot(x, y)", x=(0.1, 9), y=(0.1, 9))
    of("sin(x) * cos(y) + cos(x) * sin(y)", "sin(x) - sin(x + y)", x=(0.1, 1.5), y=(0.1, 1.5))


def _laws() -> None:
    def of(*texts: str, **ranges: Range) -> None:
        _enter("laws", *texts, **ranges)

    of("4 * e * ((s / r) ** 12 - (s / r) ** 6)", e=(0.1, 3.0), s=(1.0, 3.0), r=(0.9, 9.0))
    of("d * (1 - exp(-a * (r - s))) ** 2", d=(0.1, 5.0), a=(0.5, 2.0), r=(0.5, 5.0), s=(0.9, 1.5))
    of("r * t * log(a / b)", a=(0.1, 9.0), b=(0.1, 9.0), r=(8.3, 8.4), t=(200.0, 900.0))
    of("a * exp(-e / (r * t))", a=(0.1, 9.0), e=(1e3, 1e5), r=(8.3, 8.4), t=(200.0, 900.0))
    of("(n - 1) * (1 / r - 1 / s)", n=(1.3, 1.7), r=(0.1, 1.0), s=(1.0, 2.0))
    of("sqrt(g * (2 / r - 1 / a))", g=(1.0, 9.0), r=(1.0, 2.0), a=(1.0, 3.0))
    of("1 / (exp((e - m) / t) + 1)", e=(0.0, 9.0), m=(0.0, 9.0), t=(0.1, 3.0))
    of("1 / tanh(x) - 1 / x", "2 * sin(x / 2) ** 2", x=(0.01, 9.0))
    of("l + h * (1 - cos(x))", l=(0.1, 1.0), h=(0.01, 0.1), x=(0.01, 3.0))
    of("a / ((x - m) ** 2 + 0.25 * a * a)", a=(0.1, 2.0), x=(0.1, 9.0), m=(0.1, 9.0))
    of("v * x / (k + x)", "x * v / (k + x + x * x / s)", **dict.fromkeys("vxks", (0.1, 9.0)))
    of("r * x * (1 - x / k)", r=(0.1, 2.0), x=(0.1, 9.0), k=(10.0, 20.0))
    of("sin(y / 2) ** 2 + cos(u) * cos(v) * sin(w / 2) ** 2", **dict.fromkeys("uvwy", (0.0, 1.5)))
    of("p * r / (1 - (1 + r) ** (-n))", p=(1e3, 1e5), r=(0.001, 0.1), n=(1.0, 360.0))
    of("v * t - 0.5 * g * t * t", "v * v * sin(2 * t) / g", v=(1, 50), t=(0.1, 1.5), g=(9.7, 9.9))
    of("sqrt((1 + b) / (1 - b))", "(b + c) / (1 + b * c)", b=(-0.9, 0.9), c=(-0.9, 0.9))
    of("a / (a + b)", "a * b / ((a + b) ** 2 * (a + b + 1))", a=(0.1, 9.0), b=(0.1, 9.0))
    of("exp(-x / s) / (s * (1 + exp(-x / s)) ** 2)", "log(s) + abs(x) / s", x=(-9, 9), s=(0.1, 4))
    of("-log(1 - p)", "(1 - p) ** 5", "p / (1 - p)", "log(p) - log(1 - p)", p=(0.01, 0.99))
    of("l ** 2 * exp(-l) / 2", "k * log(l) - l", l=(0.1, 9.0), k=(0.0, 9.0))
    of("sqrt(abs((a * a - b * b) / (a * a)))", a=(2.0, 3.0), b=(0.1, 2.0))


for _family in (
    _roots_and_quotients,
    _exponentials,
    _trigonometry,
    _equations,
    _polynomials,
    _physics,
    _statistics,
    _suites,
    _laws,
):
    _family()
for _name, _entries in (FIELDS | BOOKS | SUITES).items():
    for _texts, _ranges in _entries():
        _enter(_name, *_texts, **_ranges)
