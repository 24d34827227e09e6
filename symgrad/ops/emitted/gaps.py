"""Differences of powers and logarithms, and logarithms of lengths."""

import numpy as np

from .stable import log_ratio


def log1p_difference(x, y):
    """log(1 + x) - log(1 + y), without cancellation."""
    near = np.abs(x / 2 - y / 2) < np.abs(1 + y) / 4
    inner = np.where(near, x - y, 0) / np.where(near, 1 + y, 1)
    a, b = np.where(near, 0, x), np.where(near, 0, y)
    return np.where(near, np.log1p(inner), np.log1p(a) - np.log1p(b))


def power_gap(x, y, z):
    """x**z - y**z, without cancellation."""
    near = (np.abs(x / 2 - y / 2) < np.abs(y) / 4) & (x > 0)
    u = z * log_ratio(np.where(near, x, 1), np.where(near, y, 1))
    near = near & (np.abs(u) < 1)
    power = np.power(y, z)
    return np.where(near, power * np.expm1(np.where(near, u, 0)), np.power(x, z) - power)


def log_hypot(x, y):
    """log(hypot(x, y)), near the unit circle by the square less 1."""
    r = np.hypot(x, y)
    near = (r > 0.5) & (r < 2)
    p, q = np.abs(np.where(near, x, 1)), np.abs(np.where(near, y, 0))
    a, b = np.maximum(p, q), np.minimum(p, q)
    return np.where(near, np.log1p((a - 1) * (a + 1) + b * b) / 2, np.log(np.where(near, 1, r)))
