"""Scalar formulas as trades compute them, in the style of Herbie's suites, for `fpbench`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.passes.fpbench_fields import Entry


def _lengths() -> Iterator[Entry]:
    flat = {"x": (0.1, 9.0), "y": (0.1, 9.0), "z": (0.1, 9.0), "k": (9.0, 20.0)}
    yield (
        ("sqrt(x * x + y * y) / z", "z / sqrt(x * x + y * y)", "sqrt(x ** 2 - sin(x) ** 2) - x"),
        flat,
    )
    yield (
        (
            "(x ** y - 1) / y * y",
            "x * (1 - x / k)",
            "1 - x / k",
            "x * z / (x + y)",
            "x * (1 - x / k) / k",
        ),
        flat,
    )
    yield (
        ("sqrt(1 - x ** 2 / k ** 2)", "sqrt(1 - x * x / (k * k)) - 1", "(x - y) / sqrt(x * y)"),
        flat,
    )


def _rendering() -> Iterator[Entry]:
    ray = {
        "u": (0.001, 0.24),
        "v": (0.05, 2.0),
        "s": (0.1, 5.0),
        "a": (0.05, 0.99),
        "c": (-0.99, 0.99),
    }
    yield ("sqrt(-log(1 - u)) * cos(6.283185 * v)", "sqrt(u / (1 - u)) * cos(6.283185 * v)"), ray
    yield (
        (
            "(a * a - 1) / (3.14159 * log(a * a) * (1 + (a * a - 1) * c * c))",
            "s * log(1 / (1 - 4 * u))",
        ),
        ray,
    )
    yield (
        (
            "v * log(u + (1 - u) * exp(-2 / v)) + 1",
            "exp((c * a - u) / v - 1 / v + 0.6931 + log(1 / (2 * v)))",
        ),
        ray,
    )
    profile = "0.25 * exp(-v / s) / (6.283185 * s * v)"
    yield (f"{profile} + 0.75 * exp(-v / (3 * s)) / (6 * 3.14159 * s * v)",), ray
    low, high = "1 / (1 + exp(3.14 / s))", "1 / (1 + exp(-3.14 / s))"
    yield (f"-s * log(1 / (u * ({high} - {low}) + {low}) - 1)",), ray
    yield (
        (
            "1 / (1 + (1 / c - 1 - a * a) / c / v)",
            "3 * s * log(1 / (1 - (u - 0.1) / 0.75))",
            "sqrt(1 - a * a * c * c)",
        ),
        ray,
    )
    yield (
        ("sin(3.14159 * v) / (3.14159 * v) * (sin(s * v) / (s * v))", "a + (1 - a) * (1 - c) ** 5"),
        ray,
    )
    yield (
        ("(1 - a * a) / (1 + a * a + 2 * a * c) ** 1.5", "a * a / (c * c * (a * a - 1) + 1) ** 2"),
        ray,
    )
    yield (
        (
            "2 * c / (c + sqrt(a * a + (1 - a * a) * c * c))",
            "(sqrt(1 + a * a * (1 / (c * c) - 1)) - 1) / 2",
        ),
        ray,
    )


def _economics() -> Iterator[Entry]:
    firm = {
        "c": (0.1, 9.0),
        "g": (0.5, 5.0),
        "b": (0.01, 0.3),
        "k": (0.1, 9.0),
        "l": (0.1, 9.0),
        "a": (0.1, 0.9),
    }
    yield (
        (
            "(c ** (1 - g) - 1) / (1 - g)",
            "(1 - exp(-g * c)) / g",
            "log(c) - log(1 + b)",
            "c ** (-g) * (1 + b)",
        ),
        firm,
    )
    yield (
        (
            "k ** a * l ** (1 - a)",
            "(a * k ** b + (1 - a) * l ** b) ** (1 / b)",
            "a * (k / l) ** (a - 1) - b",
        ),
        firm,
    )
    yield (
        (
            "log(k / l) / log(1 + b)",
            "(k - l) / ((k + l) / 2)",
            "b * (1 + b) ** k / ((1 + b) ** k - 1)",
        ),
        firm,
    )
    yield (
        (
            "exp(-b * k) - exp(-(b + 0.01) * k)",
            "(1 - exp(-b * k)) / (b * k) - exp(-b * k)",
            "1 / (1 + b) - 1 / (1 + b + a)",
        ),
        firm,
    )
    yield (
        (
            "(1 + a) * (1 + b) - 1",
            "(1 + a) / (1 + b) - 1",
            "c * (1 - (1 + b) ** (-k))",
            "k * l / (k + l) - l",
        ),
        firm,
    )
    yield ("log((1 + a) / (1 + b))", "sqrt((1 + a) * (1 + b)) - 1", "a * log(a) + b * log(b)"), firm


def _statistics() -> Iterator[Entry]:
    data = {
        "p": (0.01, 0.99),
        "q": (0.01, 0.99),
        "n": (1.0, 50.0),
        "m": (1.0, 50.0),
        "s": (0.1, 5.0),
        "t": (0.1, 5.0),
    }
    yield (
        (
            "(m - n) / sqrt(s * s + t * t)",
            "log(p ** s + (1 - p) ** s) / (1 - s)",
            "sqrt(s * s / n + t * t / m)",
        ),
        data,
    )
    yield (
        (
            "(s / n + t / m) ** 2 / (s * s / n + t * t / m)",
            "((n - 1) * s + (m - 1) * t) / (n + m - 2)",
        ),
        data,
    )
    yield ("p * (1 - q) / (q * (1 - p)) - 1", "(p - q) / (1 - q)"), data
    yield (
        (
            "n * log(p) + m * log(1 - p)",
            "(1 - p) ** n * p",
            "1 - (1 - p) ** n * (1 - q) ** m",
            "-log(1 - p * q)",
        ),
        data,
    )
    yield (
        (
            "s * t / (s * s + t * t - s * t)",
            "sqrt(1 - p * p) * sqrt(1 - q * q)",
            "(p - q) / sqrt(1 - q * q)",
        ),
        data,
    )
    yield (
        (
            "(p * q - s) / (p + q - 2 * s)",
            "exp(-s * t) * (1 - exp(-p * t))",
            "(1 + t * t / n) ** (-(n + 1) / 2)",
        ),
        data,
    )
    yield (
        (
            "n / (n + m) * (1 - n / (n + m))",
            "m * n / ((m + n) ** 2 * (m + n + 1))",
            "(s ** p - 1) / p * p",
        ),
        data,
    )
    yield (
        (
            "exp(-t) * t ** s",
            "s ** p * exp(-s) / (1 + s)",
            "1 / (1 + exp(-s * (t - m)))",
            "(1 - q) / (1 - p * q) - 1",
        ),
        data,
    )


def _circuits() -> Iterator[Entry]:
    board = {
        "r": (0.1, 99.0),
        "l": (0.01, 2.0),
        "c": (0.01, 2.0),
        "w": (0.1, 50.0),
        "v": (0.01, 1.0),
        "t": (0.01, 5.0),
    }
    yield ("z = w * l - 1 / (w * c)\nr / sqrt(r * r + z * z)", "w * l - 1 / (w * c)"), board
    yield (
        (
            "1e-9 * (exp(v / 0.0257) - 1)",
            "v * (1 - exp(-t / (r * c)))",
            "v / r * exp(-t * r / l)",
            "r - r * r / (r + w)",
        ),
        board,
    )
    yield (
        (
            "1 / sqrt(l * c) * sqrt(1 - r * r * c / (40000 * l))",
            "sqrt(1 / (l * c) - (r / (200 * l)) ** 2)",
        ),
        board,
    )
    yield (
        (
            "arctan((w * l - 1 / (w * c)) / r)",
            "20 * log(sqrt(1 + (w * r * c) ** 2)) / log(10)",
            "v * tanh(w * t / 2)",
        ),
        board,
    )
    yield (
        (
            "r * (1 + 0.004 * (t - 2))",
            "exp(-w * t) * (cos(w * t) - 1)",
            "(v - t) / r - 1e-9 * exp(t)",
            "v * r / (r + w) - v",
        ),
        board,
    )
    yield (
        (
            "(r * w + 1) / (r * w - 1)",
            "1 / (1 / r + 1 / w + 1 / v)",
            "x = r * c * w\nx / (1 + x * x)",
            "r * c - l / r",
        ),
        board,
    )


TRADES = {
    "lengths": _lengths,
    "rendering": _rendering,
    "economics": _economics,
    "tests of samples": _statistics,
    "circuits": _circuits,
}
