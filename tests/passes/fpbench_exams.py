"""Formulas as examiners of other schools set them, in spellings that no other table has."""

from __future__ import annotations

from collections.abc import Iterator

from tests.passes.fpbench_fields import Entry


def _cancellation() -> Iterator[Entry]:
    x = {"x": (0.001, 100.0)}
    yield ("sqrt(x + 2) - sqrt(x)", "1 / (x + 2) - 1 / x", "log(x + 2) - log(x)"), x
    yield ("sqrt(4 + x) - 2", "(sqrt(9 + x) - 3) / x", "1 / sqrt(1 + x) - 1", "cbrt(1 + x) - 1"), x
    yield ("1 - 2 / (x + 2)", "x / (sqrt(1 + x) - 1)", "(x + 3) / (x + 1) - 1"), x
    yield ("sqrt(x * x + 3 * x) - x", "x * (sqrt(x * x + 1) - x)", "sqrt(x) - sqrt(x + 1 / x)"), x
    yield (
        ("1 / x - 1 / sqrt(x * x + 1)", "1 / (sqrt(x + 1) - sqrt(x))", "1 / x - 1 / (x + 1) ** 2"),
        x,
    )
    yield ("log(1 + x * x) - 2 * log(x)", "log(1 + 1 / (x * x))", "x * log(1 + 1 / x)"), x
    yield ("log(sqrt(x * x + 1) + 1) - log(x)", "x * x * log(1 + 1 / x) - x"), x
    yield ("(1 + x) * log(1 + 1 / x) - 1", "(x + 0.5) * log(1 + 1 / x) - 1"), x
    two = dict.fromkeys("xy", (0.5, 3.0))
    yield ("1 / cos(x) - 1 / cos(y)", "x / (1 + x) - y / (1 + y)", "sqrt(x * x - y * y)"), two
    yield ("x * x * x - y * y * y", "y - x * x", "sqrt(1 + x) - sqrt(1 + y)", "1 / x - y"), two
    yield ("(x + y) ** 2 - x * x - y * y", "(x - y) / (sqrt(x) - sqrt(y))", "x - y * y / x"), two
    yield ("(x - y) / (x * x - y * y)", "x / y - 1 + log(y / x)", "log(x) ** 2 - log(y) ** 2"), two
    yield ("exp(x * x) - exp(y * y)", "x * sqrt(y) - y * sqrt(x)", "1 - exp(x - y)"), two
    yield ("sqrt(1 + x / y) - 1", "1 / (1 + x * x) - 1 / (1 + y * y)", "x ** 5 - y ** 5"), two


def _circles() -> Iterator[Entry]:
    x = {"x": (0.001, 1.5)}
    yield ("sqrt(2 - 2 * cos(x))", "sqrt(2) * sqrt(1 - cos(x))"), x
    yield ("(1 - cos(x)) / (1 + cos(x))", "sqrt((1 - cos(x)) / 2)", "1 / (1 - cos(x))"), x
    yield ("1 / sin(x) - 1 / tan(x)", "sin(x) ** 2 / (1 + cos(x))", "x * x - sin(x) ** 2"), x
    yield ("cos(x) - cos(2 * x)", "2 * sin(x) - sin(2 * x)", "1 - cos(x) - x * x / 2"), x
    yield ("sin(x) * tan(x / 2)", "tan(x) - sin(x) - x ** 3 / 2", "cos(x) ** 2 - 1"), x
    yield ("(tan(x) - sin(x)) / x ** 3", "1 / (x * sin(x)) - 1 / (x * x)", "cos(x) ** 4"), x
    yield ("log(1 - sin(x))", "log(1 + tan(x))", "1 / (1 + sin(x)) - 1"), x
    yield ("cos(sin(x)) - cos(x)", "sin(tan(x)) - tan(sin(x))", "exp(sin(x)) - 1"), x
    two = dict.fromkeys("xh", (0.01, 1.0))
    yield ("cos(x + h) - cos(x - h)", "(tan(x + h) - tan(x)) / h"), two
    yield ("(cos(x + h) - cos(x)) / h", "(sin(x + h) - sin(x)) / h - cos(x)"), two
    yield ("(arctan(x + h) - arctan(x)) / h", "(exp(-x - h) - exp(-x)) / h", "sin(x) / sin(h)"), two
    yield ("(exp(h) - exp(-h)) / (2 * h) - 1", "sqrt(1 + 2 * h * cos(x) + h * h) - 1"), two


def _optics() -> Iterator[Entry]:
    ray = {"n": (1.3, 1.7), "m": (1.0, 1.3), "x": (0.001, 0.8), "d": (0.001, 0.5)}
    yield ("d * sin(x) * (1 - cos(x) / sqrt(n * n - sin(x) ** 2))", "n * d * (1 - cos(x))"), ray
    yield ("(n * n - 1) / (n * n + 2)", "((n - 1) / (n + 1)) ** 2", "4 * n * m / (n + m) ** 2"), ray
    yield ("sqrt(n * n - m * m)", "1 - (m / n) ** 2", "(n * n - m * m) / (2 * n * n)"), ray
    yield ("r = sqrt(1 - (m / n * sin(x)) ** 2)\n(n * cos(x) - m * r) / (n * cos(x) + m * r)",), ray
    yield ("1 / (1 - m * m) - 1 / (1 - n * n)", "2 * n * d * cos(x)", "d * (n - m) / n"), ray
    beam = {"w": (0.1, 2.0), "z": (0.001, 50.0), "l": (0.4, 1.6), "f": (1.0, 9.0)}
    yield ("w * sqrt(1 + (z / w) ** 2)", "z * (1 + (w / z) ** 2)", "arctan(z / w)"), beam
    yield (
        ("w * (sqrt(1 + (z / w) ** 2) - 1)", "sqrt(z * z + w * w / 4) - z", "f * z / (z - f)"),
        beam,
    )
    yield ("1 / (l ** 5 * (exp(f / (l * w)) - 1))", "z * z / (1 + sqrt(1 - z * z / 1e4))"), beam
    yield ("(sin(z) / z) ** 2", "(sin(f * z) / sin(z)) ** 2", "1 / f - 1 / (z + f)"), beam


def _orbits() -> Iterator[Entry]:
    path = {"a": (1.0, 9.0), "e": (0.001, 0.9), "m": (0.5, 2.0), "x": (0.001, 3.0), "r": (0.5, 9.0)}
    yield (
        ("sqrt(m * (2 / r - 1 / a))", "a * (1 - e * cos(x))", "a * sqrt(1 - e * e) * sin(x)"),
        path,
    )
    yield ("a * (cos(x) - e)", "x - e * sin(x) - m", "(cos(x) - e) / (1 - e * cos(x))"), path
    yield ("x - (x - e * sin(x) - m) / (1 - e * cos(x))", "a * (1 - e) - r", "m / r - m / a"), path
    yield ("sqrt(1 + 2 * a * r * r / (m * m))", "sqrt(m / r) * (sqrt(2 * a / (r + a)) - 1)"), path
    yield ("sqrt(2 * m / r) - sqrt(m / r)", "sqrt(2 * m / r + a * a) - sqrt(m / r)"), path
    yield ("(1 - sqrt(1 - e * e)) / e", "a * a / r"), path
    yield ("1 / (1 - e * e) ** 1.5 - 1", "(r / a) ** 1.5 - 1", "m * r / (m + r) - m"), path
    yield (
        ("1 / (r - e) ** 2 - 1 / r ** 2", "1 / (r - e) ** 2 + 1 / (r + e) ** 2 - 2 / r ** 2"),
        path,
    )
    yield (
        ("2 * a / r ** 3 + 3 * e / r ** 4", "a * log(1 + e / r)", "r * (1 - cos(x)) / (1 + e)"),
        path,
    )
    yield ("a * a * (1 - e * e) / (r * r) - 1", "1 - m / (2 * r) - sqrt(1 - m / r)"), path
    yield ("r + m * log(r / m - 1)", "(1 - m / r) / sqrt(1 - e * e)"), {**path, "m": (0.01, 0.4)}


def _motion() -> Iterator[Entry]:
    car = {"v": (0.1, 60.0), "u": (0.1, 60.0), "a": (0.01, 9.0), "t": (0.01, 60.0), "l": (0.1, 9.0)}
    yield ("u * t + a * t * t / 2", "(v * v - u * u) / (2 * a)", "sqrt(u * u + 2 * a * l) - u"), car
    yield ("(sqrt(u * u + 2 * a * l) - u) / a", "v - u - a * t", "l * v / (u + v)"), car
    yield ("v / (1 + v / u) - u / (1 + v / u)", "v * exp(-a * t) - u", "(v - u) / (v + u)"), car
    yield (
        ("log(1 + a * t) / a", "t - log(1 + a * t) / a", "(exp(-a * t) - 1 + a * t) / (a * a)"),
        car,
    )
    yield (
        ("l * (1 - exp(-a * t)) - u", "v * v * v / (u * u + v * v)", "sqrt(l * l + a * t) - l"),
        car,
    )
    fast = {"b": (0.001, 0.99), "c": (0.001, 0.99), "m": (0.1, 9.0), "p": (0.01, 9.0)}
    yield ("1 / sqrt((1 - b) * (1 + b)) - 1", "m * (1 / sqrt(1 - b * b) - 1)"), fast
    yield (
        ("(b + c) / (1 + b * c) - b", "log((1 + b) / (1 - b)) / 2", "b / (1 + sqrt(1 - b * b))"),
        fast,
    )
    yield (
        (
            "sqrt(1 - b * b / (c * c))",
            "sqrt(1 - b * b / (p * p))",
            "sqrt(1 - b * b) - sqrt(1 - c * c)",
            "p / sqrt(p * p + m * m)",
        ),
        fast,
    )
    yield (
        ("1 - p / sqrt(p * p + m * m)", "sqrt(p * p + m * m) - p", "m * m / (2 * p * (1 - b))"),
        fast,
    )
    yield (
        ("0.5 * log((m + p) / (m - p))", "sqrt((m - p) * (m + p))", "sqrt(m * m - 4 * p * p)"),
        fast,
    )
    flat = dict.fromkeys("xyz", (1e-3, 1e3))
    yield ("x * x / (x * x + y * y)",), flat
    yield (
        ("sqrt(x * x + y * y + z * z) - x", "x / (x * x + y * y) ** 1.5", "(x * y - z) / (x + y)"),
        flat,
    )


def _chemistry() -> Iterator[Entry]:
    mix = {"k": (1e-6, 9.0), "c": (1e-3, 9.0), "d": (1e-3, 9.0), "t": (0.01, 9.0), "n": (1.0, 4.0)}
    yield ("(sqrt(k * k + 4 * k * c) - k) / 2", "(-k + sqrt(k * k + 4 * k * c)) / 2"), mix
    yield ("((c + d + k) - sqrt((c + d + k) ** 2 - 4 * c * d)) / 2",), mix
    yield ("c ** n / (k ** n + c ** n)", "1 / (1 + (k / c) ** n)", "c * (1 + c / k) / (d + c)"), mix
    yield ("c * k / (d - k) * (exp(-k * t) - exp(-d * t))", "c * d / (k + d * (1 + c / k))"), mix
    yield (
        ("c / (1 + k * c * t)", "c - c / (1 + k * c * t)", "1 / (1 / c + k * t)", "k * c / t - d"),
        mix,
    )
    yield ("log(c / d) / (c - d)", "log(d * (c + k) / (c * (d + k)))", "c * exp(-k * t) + d"), mix
    yield ("0.025 * log(c / d)", "c * log(c) + d * log(d)", "-k * sqrt(c) / (1 + sqrt(c))"), mix
    yield ("exp(-k / t) * (1 - exp(-d / t))", "k / (1 + exp(-d / t))", "(d / c) ** n - 1"), mix
    yield ("k * c / (1 + k * c + d * t)", "c / (d + c + c * c / k)", "c * c / (1 + c * c)"), mix
    yield ("k * (1 / t - 1 / n)", "exp(k * (1 / t - 1 / n)) - 1", "t * log(1 + c) - k"), mix
    yield (
        ("log(c) - log(1 - c) + n * c", "c * log(c) + (1 - c) * log(1 - c) + k * c * (1 - c)"),
        {**mix, "c": (0.01, 0.99)},
    )


def _epidemics() -> Iterator[Entry]:
    town = {
        "b": (0.1, 2.0),
        "g": (0.05, 1.0),
        "s": (0.01, 0.99),
        "i": (1e-6, 0.5),
        "t": (0.1, 99.0),
    }
    yield ("b * s * i - g * i", "s + i - g / b * log(s)", "1 - g / b", "1 - exp(-b * i * t)"), town
    yield ("1 - s * exp(-b / g * (1 - s))", "i * exp((b - g) * t)", "i * (exp(b * t) - 1)"), town
    yield ("i / (i + (1 - i) * exp(-b * t))", "(1 - s) * (1 - (1 - i) ** t)"), town
    yield ("log(s / (1 - i))", "b * i / (g + b * i)", "(1 - exp(-b * s)) / (1 - exp(-b))"), town
    yield ("exp(-g * t) - exp(-b * t)", "b / (b - g) * (exp(-g * t) - exp(-b * t))"), town
    yield (
        ("s * b / (1 + s * (b - 1))", "(1 - g) ** t * s", "t * b * exp(-t * g)", "1 - s ** t"),
        town,
    )
    yield ("s * i / (s * i + (1 - g / 2) * (1 - i))", "log(b / g) / (b - g)"), town
    yield ("1 / (1 + (1 / i - 1) * exp(-b * t))", "s * (1 - s) * (b - g) / (1 + b * s)"), town


def _control() -> Iterator[Entry]:
    plant = {
        "w": (0.01, 50.0),
        "z": (0.01, 0.99),
        "k": (0.1, 9.0),
        "t": (0.01, 9.0),
        "a": (0.1, 9.0),
    }
    yield ("k / sqrt((1 - w * w) ** 2 + (2 * z * w) ** 2)", "w * sqrt(1 - z * z)"), plant
    yield (
        ("exp(-3.141592653589793 * z / sqrt(1 - z * z))", "arctan(2 * z * w / (1 - w * w))"),
        plant,
    )
    yield (
        ("1 - exp(-z * w * t) * cos(w * t)", "1 / sqrt(1 + w * w * t * t)", "k * t / (1 + k * t)"),
        plant,
    )
    yield ("k * (1 - exp(-t / a)) - k * t / a", "sqrt(1 + w * w) / sqrt(1 + a * a * w * w)"), plant
    yield ("w * (sqrt(z * z + 1) - z)", "z - sqrt(z * z + k)", "-k * w / (w * w + k * k)"), plant
    yield (
        ("a / (a + k) - a / (a + k + t)", "(a * t - 2) / (a * t + 2)", "(1 - a * t) / (1 + a * t)"),
        plant,
    )
    yield ("2 * tan(w * t / 200) / t", "(exp(a * t) - 1) / a * k", "k + t * t / (t + a)"), plant
    yield ("sqrt(1 - 2 * z * z + sqrt(4 * z ** 4 - 4 * z * z + 2))",), plant


def _signals() -> Iterator[Entry]:
    tone = {
        "w": (0.001, 3.1),
        "n": (1.0, 40.0),
        "r": (0.01, 0.99),
        "x": (-1.0, 1.0),
        "a": (0.5, 50.0),
    }
    yield ("sin(n * w / 2) / sin(w / 2)", "(1 - r) / sqrt(1 + r * r - 2 * r * cos(w))"), tone
    yield ("(1 - r ** n) / (1 - r)", "1 / (1 + r * r - 2 * r * cos(w))", "0.5 - 0.5 * cos(w)"), tone
    yield (
        ("0.54 - 0.46 * cos(w)", "0.42 - 0.5 * cos(w) + 0.08 * cos(2 * w)", "sin(w) / (n * w)"),
        tone,
    )
    yield (
        (
            "log(1 + a * abs(x)) / log(1 + a)",
            "tanh(a * x) / tanh(a)",
            "arctan(r * sin(w) / (1 - r * cos(w)))",
        ),
        tone,
    )
    yield ("20 * log(a) / log(10)", "10 * log(1 + a / n) / log(10)", "sqrt(1 + r * r) - r"), tone
    yield ("2595 * log(1 + n / 700) / 2.302585092994046", "700 * (exp(n / 1127) - 1)"), tone
    yield ("exp(-n * w) * (1 - exp(-w))", "1 - r * exp(-w)", "2 * (1 - cos(w)) - w * w"), tone


def _losses() -> Iterator[Entry]:
    net = {
        "z": (-20.0, 20.0),
        "y": (0.01, 0.99),
        "q": (0.01, 0.99),
        "t": (0.1, 9.0),
        "u": (-20.0, 20.0),
    }
    yield ("log(1 + exp(-z)) + (1 - y) * z", "t * log(1 + exp(z / t))"), net
    yield (
        ("1 / (1 + exp(-z)) - y", "-log(1 / (1 + exp(-(z - u))))", "log(1 + exp(u - z)) ** 2"),
        net,
    )
    yield ("(1 / (1 + exp(-z)) - y) ** 2", "-y * log(q) - (1 - y) * log(1 - q)", "1 - y * q"), net
    yield ("y * log(y / q)", "1 - 2 * y * q / (y + q)", "(1 - y) * (1 - (1 - q) ** 2)"), net
    yield ("log(cosh(z - u))", "sqrt(1 + (z - u) ** 2) - 1", "1 - exp(-(z - u) ** 2 / t)"), net
    yield (
        ("exp(-z * y) - 1", "log(1 + exp(-2 * z))", "exp(z) / (1 + exp(z)) - y", "z - u * tanh(z)"),
        net,
    )
    yield ("exp(z - u) - (z - u) - 1", "t * (exp(z / t) - 1)", "z * (1 + tanh(z)) / 2"), net
    yield (
        ("log(y) - log(q) + (q - y) / y", "y / q - log(y / q) - 1", "(sqrt(y) - sqrt(q)) ** 2 / 2"),
        net,
    )
    yield ("(1 - y ** t) / t", "-(1 - q) ** t * log(q)", "1 / (1 + exp(-z)) * exp(u)"), net
    yield ("log(exp(z) - 1)", "log(exp(z / t) + exp(u / t)) * t", "log(exp(z) + 1) - log(2)"), net
    yield (
        ("tanh(log(1 + exp(z))) - 1", "1 - 1 / (1 + exp(-z)) ** 2", "2 / (1 + exp(-2 * z)) - 1"),
        net,
    )


def _samples() -> Iterator[Entry]:
    odds = {
        "p": (0.01, 0.99),
        "q": (0.01, 0.99),
        "l": (0.1, 3.0),
        "n": (1.0, 99.0),
        "r": (-0.99, 0.99),
    }
    yield ("0.5 * log((1 + r) / (1 - r))",), odds
    yield ("r * sqrt((n + 2) / (1 - r * r))", "(1 - r * r) / sqrt(n)", "p * q - p - q + 1"), odds
    yield ("1 - p ** n - (1 - p) ** n", "p * p / (p * p + (1 - p) ** 2)"), odds
    yield ("p * log(p / q) - p + q", "1 - (1 - p * q) ** n", "log(q / p) - q + p"), odds
    yield ("(p - q) ** 2 / (p + q)", "sqrt(p * p / n + q * q / n)", "-n * log(1 - p / n)"), odds
    yield ("1 - 1 / (1 + p / (1 - p) * l)", "l * p / (1 - p + l * p)", "(1 - p) ** l * p / q"), odds
    yield (
        ("n * log(1 + l / n)", "(1 + l * l / n) ** (-0.5 * (n + 1))", "exp(-l) * (1 + l) - 1"),
        odds,
    )
    yield (
        ("exp(-l * l / 2) / l - l / (1 + l * l)", "sqrt(-2 * log(p)) * cos(6.283185307179586 * q)"),
        odds,
    )


EXAMS = {
    "cancellation": _cancellation,
    "circles": _circles,
    "optics": _optics,
    "orbits": _orbits,
    "motion": _motion,
    "chemistry": _chemistry,
    "epidemics": _epidemics,
    "control": _control,
    "signals": _signals,
    "losses": _losses,
    "samples": _samples,
}
