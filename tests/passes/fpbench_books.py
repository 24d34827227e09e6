"""Scalar formulas of textbooks, in spellings that no other table has, for `fpbench`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.passes.fpbench_exams import EXAMS
from tests.passes.fpbench_fields import Entry


def _series() -> Iterator[Entry]:
    x = {"x": (0.001, 3.0)}
    yield ("(x - sin(x)) / x ** 3", "(sin(x) - x * cos(x)) / x ** 3", "(tan(x) - x) / x ** 3"), x
    yield ("(exp(x) - 1 - x) / x ** 2", "(cosh(x) - 1) / x ** 2", "log(1 + x) / x - 1"), x
    yield ("(1 + x) * log(1 + x) - x", "x * log(x) - (x - 1)", "(exp(x) - 1) / x - 1"), x
    yield ("log(sin(x) / x)", "log(x / (exp(x) - 1))", "exp(x) - exp(2 * x)", "x - arctan(x)"), x
    yield ("exp(2 * x) - 2 * exp(x) + 1", "1 - x / tan(x)", "exp(-x) - 1 + x"), x
    yield ("log(x + sqrt(1 + x * x)) - x", "1 - (1 - exp(-x)) / x"), x
    yield ("x ** 1.5 - (x - 0.001) ** 1.5", "exp(-x) * (1 + x + x * x / 2)"), x
    yield ("1 - exp(-x) * (1 + x)",), x
    yield ("x - log(exp(x) - 1)", "log(exp(x) - exp(-x))", "log((1 + exp(x)) / 2)"), x
    two = dict.fromkeys("xy", (0.5, 3.0))
    yield ("(x ** 2 - y ** 2) / (x - y)", "x ** 1.5 - y ** 1.5", "1 / x ** 3 - 1 / y ** 3"), two
    yield ("(log(x) - log(y)) / (x - y)", "(x - y) / (log(x) - log(y))", "(x - y) ** 3"), two
    yield ("(exp(x) - exp(y)) / (x - y)", "(sin(x) - sin(y)) / (x - y)", "cbrt(x) - cbrt(y)"), two
    yield ("tanh(x) - tanh(y)", "1 / tanh(x) - 1 / tanh(y)", "cosh(x) - cosh(y)"), two
    yield ("sinh(x) - sinh(y)", "1 / sqrt(x) - 1 / sqrt(y)", "log(1 - exp(x - 3 - y))"), two
    yield ("log(exp(x) + exp(y)) - log(2)", "exp(x) * exp(y) - 1", "exp(x) * exp(-y) - 1"), two
    yield ("x * exp(y) - y * exp(x)", "(x + y) / 2 - sqrt(x * y)", "x ** y - y ** x"), two
    yield ("x ** 3 + y ** 3", "(x / y) ** 2 - 1", "1 - (y / x) ** 2"), two
    yield ("-0.5 * x + sqrt(x * x / 4 - 0.1 * y)", "x / 2 - sqrt(x * x / 4 - y / 50)"), two
    yield ("t / (t + 1)", "(2 - 2 / (1 + 1 / t)) / 2", "(1 + t) / (2 + t)"), {"t": (0.0, 999.0)}


def _geodesy() -> Iterator[Entry]:
    place = {"x": (-1.5, 1.5), "e": (0.01, 0.3), "a": (6.3, 6.4)}
    yield ("a / sqrt(1 - e * e * sin(x) ** 2)", "a * (1 - sqrt(1 - e * e))"), place
    yield ("a * (1 - e * e) / (1 - e * e * sin(x) ** 2) ** 1.5", "x - e * sin(x)"), place
    yield ("arctan((1 - e) ** 2 * tan(x))",), place
    yield ("arctan((1 - e) * tan(x)) - x", "0.5 * log((1 + sin(x)) / (1 - sin(x)))"), place
    yield ("arctan(sinh(x))", "e * sinh(x) - x", "log(tan(0.7853981633974483 + x / 2))"), place
    yield ("2 * arctan(exp(x)) - 1.5707963267948966",), place
    yield ("arctan(sqrt((1 + e) / (1 - e)) * tan(x / 2))", "1 / cos(x) + tan(x)"), place
    yield ("a * (1 - e * e) / (1 + e * cos(x))", "e * cos(x) / (1 + e * cos(x))"), place
    yield ("9.78 * (1 + 0.00193 * sin(x) ** 2) / sqrt(1 - 0.00669 * sin(x) ** 2)",), place
    sphere = dict.fromkeys("uvw", (0.1, 1.4))
    yield ("sin(u) * sin(v) + cos(u) * cos(v) * cos(w)",), sphere
    azimuth = "arctan(cos(v) * sin(w) / (cos(u) * sin(v) - sin(u) * cos(v) * cos(w)))"
    yield (azimuth,), sphere
    high = {"r": (6e6, 7e6), "h": (1.0, 1e5)}
    yield ("sqrt((r + h) ** 2 - r ** 2)", "1 - r / (r + h)", "sqrt(2 * r * h + h * h)"), high
    yield ("(r / (r + h)) ** 2 - 1", "arctan(sqrt(h * (2 * r + h)) / r)"), high
    yield ("1 - b / a", "r * h / (r + h)"), {**high, "a": (6.37, 6.38), "b": (6.35, 6.36)}


def _mechanics() -> Iterator[Entry]:
    fast = {"p": (0.001, 9.0), "m": (0.1, 9.0), "q": (0.001, 9.0), "v": (-0.99, 0.99)}
    fast |= {"x": (-9.0, 9.0), "t": (0.0, 9.0)}
    yield ("sqrt((p + m) ** 2 - m ** 2)", "sqrt(p * p + m * m) - sqrt(q * q + m * m)"), fast
    yield ("(x - v * t) / sqrt(1 - v * v)", "m * v / sqrt(1 - v * v)", "1 - v * cos(x)"), fast
    yield ("p / (1 + p / m * (1 - cos(x)))", "p - p / (1 + p / m * (1 - cos(x)))"), fast
    yield ("log(2 * m * v * v / (q * (1 - v * v))) - v * v", "sqrt(1 + (p / m) ** 2) - 1"), fast
    yield ("1 / sqrt(1 - v ** 2) - 1 - v ** 2 / 2", "p * p / (sqrt(p * p + m * m) + m)"), fast
    light = {"n": (1.0, 1.6), "x": (0.0, 0.7), "y": (0.0, 1.5), "f": (0.1, 99.0)}
    yield ("((n * cos(x) - cos(y)) / (n * cos(x) + cos(y))) ** 2",), light
    yield ("sqrt(n * n - sin(x) ** 2) - cos(x)", "1 / (1 + f * sin(x / 2) ** 2)"), light
    pair = {"a": (1.0, 9.0), "b": (0.1, 3.0), "c": (0.1, 3.0), "r": (0.5, 5.0)}
    yield ("a * exp(-b * r) / r", "a * exp(-b * r) - c / r ** 6", "c / r ** 2 - a / r"), pair
    yield ("a * (exp(-2 * b * (r - c)) - 2 * exp(-b * (r - c)))",), pair
    yield ("b * r / (1 + b * r)", "a / (1 + (a - b) / b * exp(-c * r))"), pair
    yield ("a * exp(-b * exp(-c * r))",), pair
    yield ("1 - exp(-c * r) - c * r * exp(-c * r)", "a * (1 - exp(-c * (r - b)))"), pair
    fall = {"g": (9.7, 9.9), "v": (0.1, 50.0), "h": (0.01, 50.0), "t": (0.01, 9.0)}
    yield ("v * tanh(g * t / v)", "v * v / g * log(cosh(g * t / v))"), fall
    yield ("sqrt(v * v + 2 * g * h) - v", "(v + sqrt(v * v + 2 * g * h)) / g"), fall
    yield ("h * (1 - exp(-g * t / h))", "v * t - v * v / g * log(1 + g * t / v)"), fall
    gas = {"m": (1.1, 9.0), "k": (1.1, 1.7)}
    yield ("1 + 2 * k / (k + 1) * (m * m - 1)", "sqrt((m * m - 1) / (k * m * m + 1))"), gas
    yield ("(k + 1) * m * m / ((k - 1) * m * m + 2)",), gas


def _cells() -> Iterator[Entry]:
    cell = {"v": (-99.0, 50.0), "a": (0.1, 0.9), "e": (-90.0, 60.0)}
    yield ("0.1 * (25 - v) / (exp((25 - v) / 10) - 1)", "0.07 * exp(-(v + 65) / 20)"), cell
    yield ("0.01 * (v - e) / (1 - exp((e - v) / 10))", "1 / (1 + exp((e - v) / 7))"), cell
    yield ("exp(a * v / 25) - exp(-(1 - a) * v / 25)", "(v - e) / 25"), cell
    yield ("v * (1 - exp((e - v) / 25)) / (1 - exp(-v / 25))",), cell
    x = {"x": (0.01, 20.0)}
    yield ("1 / (1 - exp(-x)) - 1 / x", "x / (1 - exp(-x))", "log(x) - log(exp(x) - 1)"), x
    yield ("x ** 2 / (exp(x) - 1 + x)", "1 / (exp(x) - 2 * exp(-x))", "1 / (x * (1 + x))"), x
    yield ("(exp(x) + exp(-x)) / (exp(x) - exp(-x)) - 1", "1 - tanh(x) / x"), x
    yield ("1 - x * exp(-x) / (1 - exp(-x))", "x ** 3 * exp(-x) / (1 - exp(-x))"), x
    yield ("tanh(x) / x", "3 * (x / tanh(x) - 1)", "1 - 3 / x ** 2 * (x / tanh(x) - 1)"), x


def _markets() -> Iterator[Entry]:
    option = {"s": (50.0, 150.0), "k": (50.0, 150.0), "v": (0.05, 0.6), "t": (0.01, 3.0)}
    option |= {"r": (1e-4, 0.1), "q": (1e-4, 0.1)}
    yield ("log(s / k) / (v * sqrt(t)) + v * sqrt(t) / 2", "s * (1 - exp(-q * t))"), option
    yield ("(log(s / k) + (r - q - v * v / 2) * t) / (v * sqrt(t))",), option
    yield ("s * exp(-q * t) - k * exp(-r * t)", "(exp(r * t) - 1) / (exp(r) - 1)"), option
    yield ("log(1 + r) / log(1 + q)", "-log(1 - q * r) / log(1 + r)"), option
    yield ("(1 + r) ** t - (1 + q) ** t",), option
    yield ("(1 + r) ** t - 1 - r * t",), option
    bond = {"c": (1.0, 9.0), "r": (0.05, 0.1), "g": (0.001, 0.04), "n": (1.0, 60.0)}
    yield ("c / (r - g) * (1 - ((1 + g) / (1 + r)) ** n)",), bond
    yield ("c * (1 - (1 + r) ** (-n)) / r + 100 * (1 + r) ** (-n)",), bond
    yield ("(1 + r) / r - n / ((1 + r) ** n - 1)", "n * log(1 + r) - n * log(1 + g)"), bond
    yield ("(1 + r) * ((1 + r) ** n - 1) / r", "log(c * r / (c * r - g)) / log(1 + r)"), bond


def _inference() -> Iterator[Entry]:
    normal = {"s": (0.5, 2.0), "t": (0.5, 2.0), "m": (-1.0, 1.0), "n": (-1.0, 1.0)}
    yield ("log(s / t) + (t * t + m * m) / (2 * s * s) - 0.5", "exp(m + s * s / 2)"), normal
    yield ("log(t / s) + (s ** 2 + (m - n) ** 2) / (2 * t ** 2) - 0.5",), normal
    yield ("(m * t * t + n * s * s) / (s * s + t * t)", "1 / sqrt(1 / s ** 2 + 1 / t ** 2)"), normal
    overlap = "sqrt(2 * s * t / (s * s + t * t)) * exp(-0.25 * (m - n) ** 2 / (s * s + t * t))"
    yield (f"1 - {overlap}", "0.5 * (s / t - 1 - log(s / t))", "s - t - t * log(s / t)"), normal
    rate = {"y": (0.1, 9.0), "m": (0.1, 9.0), "k": (0.5, 9.0)}
    yield ("2 * (y * log(y / m) - (y - m))", "2 * ((y - m) / m - log(y / m))"), rate
    yield ("y * log(m / (m + k)) + k * log(k / (m + k))", "(y - m) ** 2 / (m * m * y)"), rate
    yield ("sqrt(k / (6.283185 * y ** 3)) * exp(-k * (y - m) ** 2 / (2 * m * m * y))",), rate
    yield ("1 / (1 + (y / m) ** (-k))", "1 - (1 + y / m) ** (-k)", "(y - m) / sqrt(m)"), rate
    yield ("k / m * (1 + y / m) ** (-k - 1)", "2 * (sqrt(y) - sqrt(m))", "m + m * m / k"), rate
    yield ("y * log(y) - y * log(m)", "3 * (y ** (2 / 3) - m ** (2 / 3)) / 2 / m ** (1 / 6)"), rate
    odds = {"p": (0.01, 0.99), "q": (0.01, 0.99), "l": (0.1, 2.0), "n": (1.0, 99.0)}
    odds |= {"z": (0.1, 3.0)}
    wilson = "p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))"
    yield (f"({wilson}) / (1 + z * z / n)", "1 - sqrt(p * q) - sqrt((1 - p) * (1 - q))"), odds
    yield ("(p ** l - (1 - p) ** l) / l", "(1 - p ** l - (1 - p) ** l) / (l - 1)"), odds
    yield ("1 - p * p - q * q", "p * log(p) + (1 - p) * log(1 - p) + log(2)"), odds
    yield ("-log(1 - exp(-p * n))", "(p - q) / sqrt(p * (1 - p) / n + q * (1 - q) / n)"), odds
    yield ("1 - (1 - p) ** n - n * p * (1 - p) ** (n - 1)", "p / (p + (1 - p) * exp(z))"), odds
    yield ("log(1 - p) - log(1 - q)", "sqrt(p / (1 - p)) - sqrt(q / (1 - q))"), odds
    yield ("p - p ** 2", "1 / (1 / p - 1)", "(1 - p) / p * q", "p * (1 - q) - q * (1 - p)"), odds
    yield ("(1 - p) * (1 - q) / (1 - p * q)", "p * log(q) + (1 - p) * log(1 - q)"), odds
    wide = {"x": (-3.0, 3.0), "k": (0.1, 9.0), "r": (0.01, 0.99)}
    yield ("k * (1 - cos(x))", "(1 - r * r) / (1 + r * r - 2 * r * cos(x))"), wide
    yield ("0.5 + arctan(x) / 3.141592653589793", "(1 + k * abs(x)) * exp(-k * abs(x))"), wide
    yield ("log(1 + exp(x)) - r * x", "1 - (1 - (x / 9) ** 2) ** 3", "x / (1 + abs(x) / k)"), wide
    yield ("sqrt(k * k + x * x) - k", "k * (sqrt(1 + (x / k) ** 2) - 1)", "k * tanh(x / k)"), wide
    yield ("k * k * log(1 + (x / k) ** 2) / 2", "k * log(cosh(x / k))"), wide


def _plane() -> Iterator[Entry]:
    z = {"x": (-3.0, 3.0), "y": (-3.0, 3.0)}
    yield ("exp(x) * cos(y) - 1", "sin(x) * cosh(y)", "cos(x) * sinh(y)"), z
    yield ("0.5 * log((x - 1) ** 2 + y * y)", "x * x - y * y - 2 * x"), z
    yield ("sin(2 * x) / (cos(2 * x) + cosh(2 * y))", "0.5 * log(x * x + y * y)"), z
    yield ("(x * x + y * y - 1) / ((x + 1) ** 2 + y * y)", "sin(x) ** 2 - sin(y) ** 2"), z
    yield ("tan(y - x) - tan(-x)", "cos(x - y) - cos(x + y)", "sin(x + y) * sin(x - y)"), z
    yield ("(sin(x) + sin(y)) / (cos(x) + cos(y))", "1 / (1 + tan(x) ** 2)"), z
    yield ("(1 - sin(x)) / cos(x)", "sin(x) / (1 - cos(x))", "sin(3 * x) / sin(x)"), z
    yield ("x / (x * x + y * y)",), z
    three = dict.fromkeys("xyz", (0.1, 3.0))
    yield ("x * y / z - y", "x / y - x / z", "1 / (x * y) - 1 / (x * z)", "x ** y / x ** z"), three
    yield ("sqrt(x / y) - sqrt(z / y)", "log(x * y / z)", "sqrt(x) * sqrt(y) / z"), three
    yield ("x * exp(-y * z) + z * (1 - exp(-y * z))", "log(x) + log(y) - log(z)"), three
    yield ("(x * y) ** z", "(x + y) / (x + z)", "hypot(x, y) + hypot(y, z) - hypot(x, z)"), three
    yield ("x * 3 / 7 + y / 0.3", "0.7 * x / 1.3", "(z / 3) * 0.1 / 7"), three
    large = dict.fromkeys("xyz", (-20.0, 20.0))
    yield ("exp(x) - exp(y) * exp(z)", "exp(x) / exp(y) - exp(z)"), large
    yield ("exp(x) * exp(y) / (1 + exp(x) * exp(z))",), large


BOOKS = {
    "series": _series,
    "geodesy": _geodesy,
    "mechanics": _mechanics,
    "cells": _cells,
    "markets": _markets,
    "inference": _inference,
    "plane": _plane,
    **EXAMS,
}
