"""Quotients of two numbers that may be infinite, or beyond the range as a quotient."""

import numpy as np


def portion(x, y):
    """x / (x + y), and 1 of an infinite x."""
    s = x + y
    if np.isinf(s).any():
        far = np.isinf(x)
        x, s = np.where(far, 1, x), np.where(far & np.isfinite(y), 1, s)
    return x / s


def root_over(r, x):
    """r / x, and 0 where r is 0 or x is infinite."""
    with np.errstate(invalid="ignore"):
        s = r / x
    return s if np.isfinite(s).all() else np.where((r == 0) | np.isinf(x), 0, s)


def scaled_ratio(z, x, y):
    """z * x / y of abs(x) <= y, though x / y may be too small for a float, and 0 where y is 0."""
    y = np.asarray(y)
    y = np.maximum(y, 1e-45 if y.dtype == np.float32 else 5e-324)
    ratio = x / y
    small = np.abs(ratio) < 2 * np.finfo(ratio.dtype).tiny
    if np.count_nonzero(small):
        small &= x != 0
        return np.where(small, np.where(small, z, 0) / y * x, z * ratio)
    return z * ratio


def excess(x, y):
    """(x - y) / y."""
    return (x - y) / y


def pole_sum(x, y):
    """1 / (x - y) + 1 / (x + y)."""
    return 2 * np.divide(x, x - y) / (x + y)


def reciprocal_square_step(x, h):
    """1 / (x + h)**2 - 1 / x**2, without cancellation."""
    return -(h / (x + h)) / x * (1 / (x + h) + 1 / x)


def sqrt_gap_slope(x, y, z):
    """1 / sqrt(x + z) - 1 / sqrt(y + z), without cancellation, and 0 where a root is 0."""
    p, q = np.sqrt(x + z), np.sqrt(y + z)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (y - x) / (p + q) / p / q
        if not np.isfinite(slope).all():
            slope = np.where(np.isinf(y - x), 1 / p - 1 / q, slope)
            slope = np.where((p == 0) | (q == 0), 0, slope)
    return slope
