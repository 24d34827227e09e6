# mypy: ignore-errors
# fmt: off: black's width
"""Differences of one function at two points that may be close."""

import numpy as np


def square_difference(x, y):
    """x**2 - y**2, without cancellation."""
    return (x - y) * (x + y)


def cube_difference(x, y):
    """x**3 - y**3, without cancellation."""
    return (x - y) * (x * x + x * y + y * y)


def quartic_difference(x, y):
    """x**4 - y**4, without cancellation."""
    return (x - y) * (x + y) * (x * x + y * y)


def reciprocal_difference(x, y):
    """1 / x - 1 / y, without cancellation."""
    near = np.abs(x / 2 - y / 2) < np.abs(y) / 4
    a, b = np.where(near, x, 1), np.where(near, y, 1)
    return np.where(near, (b - a) / a / b, 1 / x - 1 / y)


def reciprocal_step(x, h):
    """1 / (x + h) - 1 / x, without cancellation."""
    return -(h / (x + h)) / x


def exp_difference(x, y):
    """exp(x) - exp(y), without cancellation."""
    d = np.where(np.abs(x / 2 - y / 2) < 0.5, x, y) - y
    return np.where(d == 0, np.exp(x) - np.exp(y), np.exp(y) * np.expm1(d))


def sin_difference(x, y):
    """sin(x) - sin(y), without cancellation."""
    d = np.where(np.abs(x / 2 - y / 2) < 0.5, x, y) - y
    near = np.cos(y) * np.sin(d) - 2 * np.sin(y) * np.square(np.sin(d / 2))
    return np.where(d == 0, np.sin(x) - np.sin(y), near)


def cos_difference(x, y):
    """cos(x) - cos(y), without cancellation."""
    d = np.where(np.abs(x / 2 - y / 2) < 0.5, x, y) - y
    near = -np.sin(y) * np.sin(d) - 2 * np.cos(y) * np.square(np.sin(d / 2))
    return np.where(d == 0, np.cos(x) - np.cos(y), near)


def tan_difference(x, y):
    """tan(x) - tan(y), without cancellation."""
    d = np.where(np.abs(x / 2 - y / 2) < 0.5, x, y) - y
    near = np.sin(d) / (np.cos(x) * np.cos(y))
    return np.where(d == 0, np.tan(x) - np.tan(y), near)


def arctan_difference(x, y):
    """arctan(x) - arctan(y), without cancellation."""
    same = np.sign(x) * np.sign(y) > 0
    a, b = np.where(same, x, 0), np.where(same, y, 0)
    size = np.maximum(np.abs(a), 1)
    near = np.arctan((a - b) / size / (1 / size + a / size * b))
    return np.where(same, near, np.arctan(x) - np.arctan(y))


def share(x, y):
    """x / (x + y)."""
    return x / (x + y)


def cos_angle(x, y):
    """x / sqrt(x**2 + y**2), without overflow."""
    return x / np.hypot(x, y)
