"""Scalar formulas as users of mathematics write them, field by field, for `fpbench`."""

from __future__ import annotations

from collections.abc import Iterator

Range = tuple[float, float]
Entry = tuple[tuple[str, ...], dict[str, Range]]


def _finance() -> Iterator[Entry]:
    rate, years, price = (1e-4, 0.1), (1.0, 360.0), (50.0, 150.0)
    yield ("(1 - (1 + r) ** (-n)) / r", "((1 + r) ** n - 1) / r"), {"r": rate, "n": years}
    yield ("(1 + r / n) ** (n * t)",), {"r": rate, "n": (1.0, 365.0), "t": (0.1, 30.0)}
    yield ("(1 + r / n) ** n - 1", "n * ((1 + r) ** (1 / n) - 1)"), {"r": rate, "n": (1.0, 365.0)}
    yield ("(1 + r) * (1 + s) - 1", "(1 + r) / (1 + s) - 1"), {"r": rate, "s": rate}
    yield ("p / (1 + r) ** n", "p * (1 + r * n)"), {"p": price, "r": rate, "n": years}
    yield ("p / q - 1", "(p - q) / q", "log(p / q) / t"), {"p": price, "q": price, "t": (0.1, 9.0)}
    yield ("(p / q) ** (1 / t) - 1",), {"p": price, "q": price, "t": (0.1, 9.0)}
    yield ("p * exp(r * t) - p", "1 - exp(-r * t)"), {"p": price, "r": rate, "t": (0.01, 30.0)}
    mean = {"k": (0.01, 3.0), "t": (0.01, 30.0)}
    yield ("(1 - exp(-k * t)) / k", "(1 - exp(-k * t)) / (k * t)"), mean
    yield ("(1 - exp(-k * t)) / (k * t) - exp(-k * t)", "t - (1 - exp(-k * t)) / k"), mean
    option = {"s": price, "k": price, "r": rate, "v": (0.05, 0.6), "t": (0.01, 3.0)}
    yield ("(log(s / k) + (r + 0.5 * v * v) * t) / (v * sqrt(t))",), option
    yield ("s - k * exp(-r * t)", "exp(v * v * t) - 1"), option
    yield ("exp(2 * m + s * s) * (exp(s * s) - 1)",), {"m": (-1.0, 1.0), "s": (0.01, 2.0)}


def _quanta() -> Iterator[Entry]:
    x = {"x": (0.01, 20.0)}
    yield ("x ** 3 / (exp(x) - 1)", "1 / (x ** 5 * (exp(1 / x) - 1))"), x
    yield ("x ** 2 * exp(x) / (exp(x) - 1) ** 2", "x ** 4 * exp(x) / (exp(x) - 1) ** 2"), x
    yield ("x / 2 + x / (exp(x) - 1)", "x / (exp(x) - 1) - log(1 - exp(-x))"), x
    yield ("cosh(x) / sinh(x) - 1 / x", "x / tanh(x) - 1", "1 / sinh(x) - 1 / x"), x
    yield ("1 / x ** 2 - 1 / sinh(x) ** 2", "x * cosh(x) - sinh(x)", "log(sinh(x) / x)"), x
    yield ("log(2 * cosh(x))", "log(2 * sinh(x))", "1 / sinh(x)", "log(1 - exp(-x))"), x
    yield ("x / sinh(x)",), x
    gas = {"e": (0.1, 9.0), "m": (0.0, 0.1), "t": (0.1, 9.0)}
    yield ("1 / (exp((e - m) / t) - 1)", "t * log(1 + exp((m - e) / t))"), gas
    yield ("e / (1 + exp(e / t))", "-t * log(1 - exp(-e / t))"), gas
    yield ("(e / t) ** 2 * exp(e / t) / (1 + exp(e / t)) ** 2",), gas
    yield ("1 / (exp(x) + 1) - 1 / (exp(y) + 1)",), {"x": (-9.0, 9.0), "y": (-9.0, 9.0)}
    three = {"a": (0.0, 3.0), "b": (0.0, 3.0), "c": (0.0, 3.0), "t": (0.1, 9.0)}
    yield ("exp(-a / t) / (exp(-a / t) + exp(-b / t) + exp(-c / t))",), three
    yield ("m * (1 / tanh(m * b / t) - t / (m * b))",), {"m": (1, 9), "b": (0.01, 9), "t": (1, 9)}
    yield ("i * (exp(v / t) - 1)", "exp(-v / t) - exp(-v / i)"), dict.fromkeys("ivt", (0.1, 1.0))
    yield ("v * (a - b * exp(-v)) / (1 - exp(-v))",), {"v": (-9, 9), "a": (1, 9), "b": (1, 9)}
    yield ("4 * exp(-v / 18)",), {"v": (-50.0, 99.0)}
    molar = {"p": (1.0, 99.0), "v": (0.2, 9.0), "a": (0.1, 5.0), "b": (0.01, 0.1), "t": (200, 900)}
    yield ("(p + a / (v * v)) * (v - b)", "0.0820574 * t / (v - b) - a / (v * v)"), molar


def _waves() -> Iterator[Entry]:
    b = {"b": (1e-4, 0.99), "c": (1e-4, 0.99)}
    yield ("1 / sqrt(1 - b * b) - 1", "sqrt((1 + b) / (1 - b)) - 1", "1 - sqrt(1 - b * b)"), b
    yield ("(1 / sqrt(1 - b * b) - 1) * c", "sqrt((1 - b) / (1 + b))", "(b - c) / (1 - b * c)"), b
    yield ("sqrt(p * p + m * m) - m",), {"p": (0.001, 9.0), "m": (0.1, 9.0)}
    yield ("1 / sqrt(1 - 2 * m / r) - 1", "1 - 2 * m / r"), {"m": (1e-6, 1.0), "r": (3.0, 1e6)}
    lens = {"n": (1.3, 1.7), "r": (0.1, 2.0), "s": (0.1, 2.0), "d": (0.001, 0.1)}
    yield ("(n - 1) * (1 / r - 1 / s + (n - 1) * d / (n * r * s))",), lens
    yield ("1 / (1 / f - 1 / d)", "f * d / (d - f)"), {"f": (0.1, 0.9), "d": (1.0, 99.0)}
    yield ("((n - m) / (n + m)) ** 2",), {"n": (1.0, 2.0), "m": (1.0, 2.0)}
    yield (
        ("r - sqrt(r * r - x * x)", "x * x / (r + sqrt(r * r - x * x))"),
        {**{"r": (1.0, 99.0), "x": (0.001, 1.0)}},
    )
    yield ("1 / r ** 2 - 1 / (r + h) ** 2",), {"r": (1.0, 99.0), "h": (1e-6, 1.0)}
    yield ("q / (x - d) - q / (x + d)",), {"q": (0.1, 9.0), "x": (1.0, 9.0), "d": (1e-6, 0.1)}
    yield (
        ("sqrt(2 * g * l * (cos(x) - cos(y)))",),
        {**{"g": (9.7, 9.9), "l": (0.1, 9.0), "x": (0.0, 0.5), "y": (0.5, 1.5)}},
    )
    yield (
        ("v * log(m / n) - g * t",),
        {**{"v": (1e3, 4e3), "m": (2.0, 9.0), "n": (1.0, 2.0), "g": (9.7, 9.9), "t": (1.0, 9.0)}},
    )
    swing = {"r": (0.1, 9.0), "w": (0.1, 9.0), "l": (0.1, 9.0), "c": (0.1, 9.0), "t": (0.1, 9.0)}
    yield ("sqrt(r * r + (w * l - 1 / (w * c)) ** 2)", "1 / sqrt(1 + (w * r * c) ** 2)"), swing
    yield ("exp(-r * t) * cos(w * t)", "1 - exp(-t / (r * c))"), swing
    x = {"x": (0.001, 3.0)}
    yield ("sin(x) / x - cos(x)", "1 - sin(x) / x"), x
    yield ("1 / sin(x) - 1 / x", "(1 - cos(x)) / x", "x / sin(x)", "x / tan(x)"), x
    yield ("1 / sin(x) ** 2 - 1 / x ** 2", "tan(x) - x", "sin(x) ** 2 / x ** 2"), x
    yield ("1 / tan(x)", "tan(x / 2)", "sin(x) / (1 + cos(x))", "1 / cos(x) - 1"), x


def _geometry() -> Iterator[Entry]:
    sphere = dict.fromkeys("uvw", (-1.5, 1.5))
    hav = "s = sin((u - v) / 2) ** 2 + cos(u) * cos(v) * sin(w / 2) ** 2\n"
    yield (f"{hav}2 * arctan(sqrt(s / (1 - s)))",), sphere
    sides = {"a": (3.0, 4.0), "b": (2.0, 3.0), "c": (1.1, 2.0)}
    yield ("sqrt((a + (b + c)) * (c - (a - b)) * (c + (a - b)) * (a + (b - c))) / 4",), sides
    yield ("(a * a + b * b - c * c) / (2 * a * b)",), sides
    four = dict.fromkeys("abcd", (-5.0, 5.0))
    yield ("(a * c + b * d) / (c * c + d * d)", "(b * c - a * d) / (c * c + d * d)"), four
    yield ("a * d - b * c", "sqrt((a - c) ** 2 + (b - d) ** 2)"), four
    yield ("arctan((a - b) / (1 + a * b))", "arctan(b / a)", "hypot(a, b) - hypot(a, c)"), four
    yield ("sqrt(a * a + b * b + c * c)", "a / sqrt(a * a + b * b + c * c)"), four
    yield ("0.5 * r * r * (x - sin(x))", "2 * r * sin(x / 2)"), {"r": (1, 9), "x": (0.001, 3)}


def _densities() -> Iterator[Entry]:
    place = {"x": (-9.0, 9.0), "m": (-1.0, 1.0), "s": (0.1, 3.0)}
    yield ("z = (x - m) / s\nexp(-(z + exp(-z))) / s", "-x - exp(-x)"), place
    yield ("exp(-x) / (1 + exp(-x)) ** 2", "-x - 2 * log(1 + exp(-x))"), place
    yield ("1 / (s * (1 + ((x - m) / s) ** 2))", "-log(s) - log(1 + ((x - m) / s) ** 2)"), place
    yield ("exp(-abs(x - m) / s) / (2 * s)", "exp(-(x - m) ** 2)"), place
    life = {"x": (0.01, 9.0), "k": (0.5, 4.0), "s": (0.5, 4.0)}
    yield ("k / s * (x / s) ** (k - 1) * exp(-((x / s) ** k))", "1 - exp(-((x / s) ** k))"), life
    yield ("log(k / s) + (k - 1) * log(x / s) - (x / s) ** k",), life
    yield ("x / (s * s) * exp(-x * x / (2 * s * s))", "(k - 1) * log(x) - x / s - k * log(s)"), life
    yield ("exp(-(log(x) - k) ** 2 / (2 * s * s)) / (x * s)",), life
    yield (
        ("1 - (m / x) ** a", "a * m ** a / x ** (a + 1)"),
        {**{"m": (0.1, 1.0), "x": (1.0, 9.0), "a": (0.5, 5.0)}},
    )
    unit = {"x": (0.01, 0.99), "a": (0.5, 5.0), "b": (0.5, 5.0)}
    yield ("(a - 1) * log(x) + (b - 1) * log(1 - x)", "1 - (1 - x ** a) ** b"), unit
    yield (
        ("-(v + 1) / 2 * log(1 + x * x / v)", "(1 + x * x / v) ** (-(v + 1) / 2)"),
        {**{"v": (0.5, 99.0), "x": (-9.0, 9.0)}},
    )
    odds = {"p": (0.001, 0.999), "q": (0.001, 0.999), "k": (0.0, 30.0)}
    yield ("p * (1 - p) ** k", "log(p) + k * log(1 - p)", "log(-log(1 - p))"), odds
    yield ("log(p / (1 - p)) - log(q / (1 - q))", "p * (1 - q) / (q * (1 - p))"), odds
    yield ("1 - p * p - (1 - p) ** 2", "(sqrt(p) - sqrt(q)) ** 2", "1 - (1 - p) * (1 - q)"), odds
    yield ("p * log(2 * p / (p + q)) + q * log(2 * q / (p + q))",), odds
    normals = {"s": (0.5, 2.0), "t": (0.5, 2.0), "m": (-1.0, 1.0)}
    yield ("log(s / t) + t / s - 1", "(t * t + m * m) / (2 * s * s)"), normals
    yield ("(x ** l - 1) / l", "(1 + l * x) ** (1 / l)"), {"x": (0.1, 9.0), "l": (0.01, 2.0)}
    yield ("exp(-((1 + k * x) ** (-1 / k)))",), {"x": (-1.0, 9.0), "k": (0.01, 0.9)}
    yield (
        ("(a * a + b * b) / 2 - ((a + b) / 2) ** 2", "(a - b) ** 2 / 4"),
        {**{"a": (9.0, 11.0), "b": (9.0, 11.0)}},
    )
    yield ("2 * (sqrt(x + 0.375) - sqrt(y + 0.375))",), {"x": (0.0, 99.0), "y": (0.0, 99.0)}


def _learning() -> Iterator[Entry]:
    z = dict.fromkeys("xyz", (-20.0, 20.0))
    yield ("exp(x) / (exp(x) + exp(y) + exp(z))", "log(exp(x) + exp(y) + exp(z))"), z
    yield ("x - log(exp(x) + exp(y))", "exp(x) / (exp(x) + 2 * exp(y))", "exp(x) - exp(y + z)"), z
    yield ("exp(x - log(exp(x) + exp(y)))",), z
    yield ("log(1 + exp(y * x)) / y", "x / (1 + exp(-y * x))"), {"x": (-9, 9), "y": (0.1, 9)}
    yield ("x * tanh(log(1 + exp(x)))", "y * (exp(x) - 1)", "x / (1 + abs(x))"), z
    yield ("0.5 * x * (1 + tanh(0.7978845608 * (x + 0.044715 * x ** 3)))",), {"x": (-5.0, 5.0)}
    layer = {"w": (-3.0, 3.0), "x": (-9.0, 9.0), "b": (-1.0, 1.0)}
    yield ("1 / (1 + exp(-(w * x + b)))", "tanh(w * x + b)", "log(1 + exp(-w * x))"), layer
    yield ("p = 1 / (1 + exp(-x))\np * (1 - p)", "p = 1 / (1 + exp(-x))\n-(1 - p) ** 2 * log(p)"), z
    yield ("exp(x) / (1 + exp(x)) - exp(y) / (1 + exp(y))", "1 / (1 + exp(-x)) - 1 / 2"), z
    yield ("p = 1 / (1 + exp(-x))\np * y + (1 - p) * z", "(1 - exp(-x)) / (1 + exp(-x))"), z
    robust = {"x": (-20.0, 20.0), "d": (0.1, 9.0)}
    yield ("d * d * (sqrt(1 + (x / d) ** 2) - 1)", "log(1 + (x / d) ** 2)"), robust
    yield ("x * x / (d * d + x * x)", "x / sqrt(x * x + d)", "exp(-d * x * x)"), robust
    yield ("exp(x / t) / (exp(x / t) + exp(y / t))",), {"x": (-9, 9), "y": (-9, 9), "t": (0.1, 9)}
    yield ("m / (sqrt(v) + 1e-8)",), {"m": (-1.0, 1.0), "v": (1e-9, 1.0)}
    yield ("x * (1 - (x / 9) ** 2) ** 2",), {"x": (-9.0, 9.0)}
    yield ("exp(k * (cos(x) - 1))",), {"x": (-3.0, 3.0), "k": (0.1, 9.0)}


def _numerics() -> Iterator[Entry]:
    cubic = dict.fromkeys("abcdx", (-2.0, 2.0))
    yield ("((a * x + b) * x + c) * x + d", "a * x ** 3 + b * x ** 2 + c * x + d"), cubic
    yield ("x ** 3 - 3 * x ** 2 + 3 * x - 1", "(x - 1) * (x - 2) * (x - 3)"), {"x": (0.5, 4.0)}
    yield ("4 * x ** 3 - 3 * x", "8 * x ** 4 - 8 * x ** 2 + 1"), {"x": (-1.0, 1.0)}
    yield ("(35 * x ** 4 - 30 * x ** 2 + 3) / 8",), {"x": (-1.0, 1.0)}
    yield ("x / (1 + x * x / (3 + x * x / 5))", "1 + 1 / (1 + 1 / x)"), {"x": (0.01, 3.0)}
    yield ("a + 1 / (b + 1 / c)", "(a * b - c * d) / (b - d)"), dict.fromkeys("abcd", (0.1, 9.0))
    yield (
        ("x / 3 - y / 7", "-y / 7", "1 / 3 * x", "(x - 32) * 5 / 9"),
        dict.fromkeys("xy", (-9, 99)),
    )
    large = {"x": (1.0, 1e6)}
    yield ("(x + 0.5) * log(1 + 1 / x)", "sqrt(1 + 1 / x) - 1", "(1 + 1 / x) ** x"), large
    yield ("x * log(x) - x + 0.5 * log(6.283185307179586 * x) + 1 / (12 * x)",), large
    yield ("sqrt(x + 1) - 2 * sqrt(x) + sqrt(x - 1)", "sqrt(x ** 4 + 1) - x ** 2"), large
    yield ("(x + 1) ** 2 - x ** 2", "1 - 1 / (1 + x) ** 2"), large
    small = {"x": (-1.0, 1.0)}
    yield ("exp(x) - 1 - x - x * x / 2", "cos(x) - 1 + x * x / 2", "sin(x) - x + x ** 3 / 6"), small
    yield ("log(1 + x) - x + x * x / 2", "sqrt(1 + x) - 1 - x / 2", "tanh(x) - x"), {"x": (-0.9, 1)}
    yield ("exp(x) - exp(-x) - 2 * x", "(exp(x) - 1) / (exp(x) + 1)"), small
    step = {"x": (0.5, 3.0), "h": (1e-6, 0.1)}
    yield (
        ("(sqrt(x + h) - sqrt(x)) / h", "(1 / (x + h) - 1 / x) / h", "((x + h) ** 3 - x ** 3) / h"),
        step,
    )
    yield ("(exp(x + h) - exp(x)) / h", "(log(x + h) - log(x)) / h"), step
    yield ("(sin(x + h) - sin(x - h)) / (2 * h)", "log(x + h) - log(x - h)"), step
    two = dict.fromkeys("xyz", (0.1, 3.0))
    yield ("(y + x) / (y - x)", "2 * x / (exp(-x) - exp(x))"), two
    yield ("cosh(x) ** 2 - sinh(x) ** 2 + y", "sqrt(x * x + y * y) - z"), two


FIELDS = {
    "finance": _finance,
    "quanta": _quanta,
    "waves": _waves,
    "geometry": _geometry,
    "densities": _densities,
    "learning": _learning,
    "numerics": _numerics,
}
