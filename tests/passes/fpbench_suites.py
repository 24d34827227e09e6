"""Scalar formulas of the suites of Herbie and FPBench, as these have them, for `fpbench`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.passes.fpbench_fields import Entry
from tests.passes.fpbench_trades import TRADES


def _complex_numbers() -> Iterator[Entry]:
    z = dict.fromkeys("abcd", (-9.0, 9.0))
    yield ("(a * a - b * b) * a - (a * b + a * b) * b", "a * a - b * b + c"), z
    yield ("log(sqrt(a * a + b * b)) / log(10)", "arctan(b / a) / log(10)"), z
    yield ("a * a * (b * b) - c * c * (d * d)", "a / (a * a + b * b) - c / (c * c + d * d)"), z
    yield ("exp(a) * cos(b) - exp(c) * cos(d)", "sqrt(a * a + b * b) * sqrt(c * c + d * d)"), z
    yield ("(a * c + b * d) / sqrt(c * c + d * d)",), z
    yield ("sqrt(a * a + b * b) - sqrt(c * c + d * d)", "arctan((b - d) / (a - c))"), z


def _hamming() -> Iterator[Entry]:
    x = {"x": (0.01, 3.0), "n": (2.0, 50.0), "e": (0.001, 0.5), "a": (0.1, 3.0)}
    yield ("(1 + 1 / e) * exp(-(1 - e) * x) - (1 / e - 1) * exp(-(1 + e) * x)",), x
    yield ("(x + 1) ** (1 / n) - x ** (1 / n)", "exp(a * x) - 1", "1 / (x - 1) + x / (x + 1)"), x
    yield (
        ("(n + 1) * log(n + 1) - n * log(n) - 1", "x - sqrt(x * x - e)", "(x + e) ** 5 - x ** 5"),
        x,
    )
    yield ("(x - sin(x)) / tan(x)", "tan(x + e) - tan(x)", "cos(x) * exp(10 * x * x)"), x
    yield ("x + (tan(a) - x)",), x
    yield ("log(1 + a * x) - a * x", "1 / sqrt(a * x + 1) - 1", "sqrt(a * x + 1) - 1"), x
    yield ("exp(log(a) + log(x))", "exp(log(a) - log(x))", "0.5 * log(1 + 2 * x / (1 - x))"), x
    yield ("x * sqrt(1 + 1 / (x * x)) - x", "x / (sqrt(x * x + a) + a)"), x


def _libraries() -> Iterator[Entry]:
    three = dict.fromkeys("xyz", (0.1, 9.0))
    yield (
        ("x / sqrt(x * x - y * z / 9)", "x - y * 2 * z / (z * 2 * z - y * x)", "x * 100 / (x + y)"),
        three,
    )
    yield ("x * (sin(y) / y) / z", "sin(y) * sinh(x) / x", "cosh(x) * (y / x) / z"), three
    yield (
        ("4 + (x + y * 0.75 - z) * 4 / y", "60 * (x - y) / (z - x)", "(x + y) / (1 - y / z)"),
        three,
    )
    yield (
        ("x + (y - x) * z", "x + (y - x) / z", "x * (1 - y) + z * y", "(1 - z) * x + z * y"),
        three,
    )
    yield (
        ("abs((x + 4) / y - x / y * z)", "x * y / (y + x * z) - y", "x + y * (z - x) / (z + y)"),
        three,
    )
    yield ("(x - 2) * ((x * 4.17 + 78.7) * x + y) / ((x + 43.3) * x + z)",), three
    yield (
        ("y * (1 + log(z)) - x", "(x + log(y)) * z - x", "(x - 0.5) * log(x) - x + 0.92 + y / x"),
        three,
    )
    yield (
        ("x * log(y) - y - z + log(x)", "x * exp(y * y)", "x / 2 + y * x + z", "x * y * y * y - z"),
        three,
    )
    yield ("x * cos(y) - z * sin(y)", "x * sin(y) + z * cos(y)", "x + cos(y) - z * sin(y)"), three
    beta = {"a": (0.1, 9.0), "b": (0.2, 20.0), "i": (1.0, 20.0)}
    yield (
        ("((b - a) / (a + b + 2) + 1) / 2", "(a + b + b * a + 1) / (a + b + 2) / (a + b + 2)"),
        beta,
    )
    yield ("((a + b) * (b - a) / (a + b + 2 * i) / (a + b + 2 * i + 2) + 1) / 2",), beta
    yield ("i * (a + b + i) * (b * a + i * (a + b + i)) / ((a + b + 2 * i) ** 2 - 1)",), beta
    yield (
        ("(a - 1 / 3) * (1 + 1 / sqrt(9 * (a - 1 / 3)) * b)",),
        {"a": (1.0, 9.0), "b": (-2.0, 2.0)},
    )


def _navigation() -> Iterator[Entry]:
    course = {"u": (0.1, 1.4), "v": (0.1, 1.4), "w": (0.1, 1.4), "x": (0.1, 1.4), "r": (1.0, 9.0)}
    yield ("r * sqrt(((w - x) * cos((u + v) / 2)) ** 2 + (u - v) ** 2)",), course
    yield ("cos(v) * sin(w - x) / (cos(u) + cos(v) * cos(w - x))",), course
    yield ("sin((u - v) / 2) ** 2 + cos(u) * cos(v) * sin((w - x) / 2) ** 2",), course
    yield ("cos(u) * sin(v) - sin(u) * cos(v) * cos(w - x)",), course
    yield ("sin(u) * cos(r) + cos(u) * sin(r) * cos(w)", "r * arctan(tan(u) / cos(v))"), course
    yield ("r * cos(u) * cos(v) - r", "sqrt(cos(u) ** 2 + sin(v) ** 2 * sin(u) ** 2)"), course
    yield ("sin(u) ** 2 - sin(v) ** 2 * cos(w) ** 2", "tan(u) ** 2 - tan(v) ** 2"), course


def _papers() -> Iterator[Entry]:
    lens = {"t": (0.1, 9.0), "l": (0.1, 9.0), "k": (0.1, 1.5), "o": (0.1, 0.9), "x": (1.1, 99.0)}
    yield (
        (
            "sqrt((1 - (o / x) ** 2) / (1 + 2 * (t / l) ** 2))",
            "sqrt(2) * t / sqrt((x + 1) / (x - 1) * (l * l + 2 * t * t) - l * l)",
        ),
        lens,
    )
    yield ("2 / (t ** 3 / (l * l) * sin(k) * tan(k) * (1 + (k / t) ** 2 + 1))",), lens
    yield ("2 / (t ** 3 / (l * l) * sin(k) * tan(k) * (1 + (k / t) ** 2 - 1))",), lens
    yield ("sqrt(0.5 * (1 + 1 / sqrt(1 + (2 * l / o) ** 2 * (sin(k) ** 2 + sin(t) ** 2))))",), lens
    yield ("t * sqrt(1 - (x * o / (200 * l)) ** 2 * k / 9)", "t * sqrt(x / (l * k))"), lens
    yield ("-2 * t * cos(k / 2) * sqrt(1 + (l / (2 * t * cos(k / 2))) ** 2)",), lens
    yield ("t * (exp(l) - exp(-l)) * cos(k / 2) + x", "(6.28 * x) ** ((1 - k) / 2) / sqrt(k)"), lens
    yield (
        (
            "3.14159 * k - tan(3.14159 * k) / (t * t)",
            "(t / sin(k)) / sqrt(t * t + 2 + 2 * x) - x / tan(k)",
        ),
        lens,
    )
    yield (
        (
            "4 / 3.14159 * log((exp(k) + exp(-k)) / (exp(k) - exp(-k)))",
            "t * l ** k / (1 + 10 * l + l * l)",
        ),
        lens,
    )
    yield ("(1 - 5 * o * o / 2) / (t * sqrt(2 * (1 - 3 * o * o / 3)) * (1 - o * o))",), lens
    yield (
        (
            "t - (t * exp(t) - x) / (exp(t) + t * exp(t))",
            "sqrt(2) / 4 * sqrt(1 - o * o) * (1 - o * o / 3)",
        ),
        lens,
    )
    yield (
        ("(-t + sqrt(t * t - 3 * l * k / 99)) / (3 * l)", "sqrt(2 * (t * l + l * k + k * t))"),
        lens,
    )
    yield (
        (
            "o * sin(k) / (1 + o * cos(k))",
            "(1 - tan(k) ** 2) / (1 + tan(k) ** 2)",
            "(x - 1) / x - o",
        ),
        lens,
    )
    yield (
        (
            "(2 - 1 / (1 + t)) ** 2",
            "u = 2 * t / (1 + t)\n(1 + u * u) / (2 + u * u)",
            "1 - 1 / (2 + (2 - 2 / t / (1 + 1 / t)) ** 2)",
        ),
        lens,
    )


SUITES = {
    "complex numbers": _complex_numbers,
    "Hamming": _hamming,
    "libraries": _libraries,
    "navigation": _navigation,
    "papers": _papers,
    **TRADES,
}
