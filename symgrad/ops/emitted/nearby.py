"""Differences of one function at two points that may be close."""

import numpy as np

from .stable import log_product, log_ratio, sigmoid


def square_difference(x, y):
    """x**2 - y**2, without cancellation."""
    return (x - y) * (x + y)


def power_difference(x, y, n=3):
    """x**n - y**n, without cancellation."""
    if n % 2 == 0:
        x, y = np.abs(x), np.abs(y)
    total = power = x - y  # comes first: 0 times an infinite power is no number
    for _ in range(n - 1):
        power = power * y
        total = total * x + power
    same = np.sign(x) == np.sign(y)
    if np.all(same):
        return total
    # NumPy's powers of negative numbers take 30 times as long.
    p, q = (np.copysign(np.abs(v) ** n, v) for v in (x, y))
    return np.where(same, total, p - q)


def reciprocal_difference(x, y):
    """1 / x - 1 / y, without cancellation."""
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.subtract(y, x) / x / y
    ends = ~np.isfinite(gap)
    return np.where(ends, 1 / x - 1 / y, gap) if np.count_nonzero(ends) else gap


def reciprocal_step(x, h):
    """1 / (x + h) - 1 / x, without cancellation."""
    return -(h / (x + h)) / x


def pole_difference(z, x, y):
    """z / (x - y) - z / (x + y), without cancellation."""
    return np.divide(z, x - y) * (2 * share(y, x))


def square_step(x, h):
    """(x + h)**2 - x**2, without cancellation."""
    return h * (2 * x + h)


def exp_difference(x, y):
    """exp(x) - exp(y), without cancellation."""
    near = (x < y + 1) & (y < x + 1)
    a, b = np.where(near, x, 0), np.where(near, y, 0)
    return np.where(near, np.exp(b) * np.expm1(a - b), np.exp(x) - np.exp(y))


def sigmoid_difference(x, y):
    """sigmoid(x) - sigmoid(y), without cancellation: where both are large, of their complements."""
    close = np.abs(x / 2 - y / 2) < 0.5
    d = np.where(close, x, y) - y
    large = x > -y
    far = sigmoid(np.where(large, -y, x)) - sigmoid(np.where(large, -x, y))
    return np.where(close, -np.expm1(-d) * sigmoid(x) * sigmoid(-y), far)


def softplus_difference(x, y):
    """log(1 + exp(x)) - log(1 + exp(y)), without cancellation."""
    close = np.abs(x / 2 - y / 2) < 0.5
    d = np.where(close, x, y) - y
    rest = np.log1p(np.exp(-np.abs(x))) - np.log1p(np.exp(-np.abs(y)))
    far = np.maximum(x, 0) - np.maximum(y, 0) + rest
    return np.where(close, np.log1p(np.expm1(d) * sigmoid(y)), far)


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


def sec_difference(x, y):
    """1 / cos(x) - 1 / cos(y), without cancellation."""
    a, b = np.cos(x), np.cos(y)
    close = np.abs(x / 2 - y / 2) < 0.5
    return np.where(close, cos_difference(y, x) / a / b, 1 / a - 1 / b)


def sin_sum(x, y):
    """sin(x + y), turned by what the sum is rounded by."""
    s = x + y
    part = s - x
    rest = (x - (s - part)) + (y - part)
    return np.sin(s) * np.cos(rest) + np.cos(s) * np.sin(rest)


def cos_sum(x, y):
    """cos(x + y), turned by what the sum is rounded by."""
    s = x + y
    part = s - x
    rest = (x - (s - part)) + (y - part)
    return np.cos(s) * np.cos(rest) - np.sin(s) * np.sin(rest)


def sin_step(x, h):
    """sin(x + h) - sin(x), without cancellation."""
    return np.where(np.abs(h) < 1e-8, h, 2 * np.sin(h / 2)) * cos_sum(x, h / 2)


def cos_step(x, h):
    """cos(x + h) - cos(x), without cancellation."""
    return np.where(np.abs(h) < 1e-8, -h, -2 * np.sin(h / 2)) * sin_sum(x, h / 2)


def tan_step(x, h):
    """tan(x + h) - tan(x), without cancellation."""
    return np.sin(h) / (np.cos(x) * cos_sum(x, h))


def tan_difference(x, y):
    """tan(x) - tan(y), without cancellation."""
    d = np.where(np.abs(x / 2 - y / 2) < 0.5, x, y) - y
    near = np.sin(d) / (np.cos(x) * np.cos(y))
    return np.where(d == 0, np.tan(x) - np.tan(y), near)


def arctan_difference(x, y):
    """arctan(x) - arctan(y), without cancellation."""
    same = (np.signbit(x) == np.signbit(y)) & np.isfinite(x) & np.isfinite(y)
    whole = np.count_nonzero(same) == same.size
    a, b = (x, y) if whole else (np.where(same, x, 0), np.where(same, y, 0))
    size = np.maximum(np.abs(a), 1)
    near = np.arctan((a - b) / size / (1 / size + a / size * b))
    return near if whole else np.where(same, near, np.arctan(x) - np.arctan(y))


def share(x, y):
    """x / (x + y), and 1 of an infinite x."""
    far = np.isinf(x) & np.isfinite(y)
    return np.where(far, 1, x) / np.where(far, 1, x + y)


def cos_angle(x, y):
    """x / sqrt(x**2 + y**2), without overflow."""
    return x / np.hypot(x, y)


def log_share(x, y):
    """log(x / (x + y)), whatever the size of the quotient."""
    with np.errstate(over="ignore"):
        rest = y / x
    near = (rest > -0.5) & (rest < np.inf)
    if np.all(near):
        return -np.log1p(rest)
    s = x + y  # has all digits where it cancels
    apart = np.log(np.abs(x)) - np.log(np.abs(s))
    far = np.where(rest < 0, np.log(np.where(rest < 0, x / s, 1)), apart)
    return np.where(near, -np.log1p(np.where(near, rest, 0)), far)


def versin_angle(x, y):
    """1 - x / sqrt(x**2 + y**2), without cancellation."""
    near, h = x > np.abs(y), np.hypot(x, y)
    a, b = np.where(near, y, 0), np.where(near, h, 1)
    return np.where(near, a / b * (a / (b + np.where(near, x, 0))), 1 - np.where(near, 0, x / h))


def log_cos_angle(x, y):
    """log(x / sqrt(x**2 + y**2)), whatever the size of the quotient."""
    return log_ratio(x, np.hypot(x, y))


def log_square_difference(x, y):
    """log(x**2 - y**2), whatever the size of the squares."""
    near = 2 * np.abs(y) < np.abs(x)  # of 1 - y**2 nothing but 1 were left
    base = np.where(near, np.abs(x), 1)
    u = np.where(near, y, 0) / base
    far = log_product(np.where(near, 1, x - y), np.where(near, 1, x + y))
    return np.where(near, 2 * np.log(base) + np.log1p(-u * u), far)


def parallel(x, y):
    """x * y / (x + y), without overflow; of an infinite one the other."""
    s, t = 0.5 * x + 0.5 * y, 0.5 * y
    with np.errstate(invalid="ignore"):
        ratio = np.divide(t, s)
    fits = np.abs(ratio) > np.finfo(ratio.dtype).tiny
    if np.count_nonzero(fits) == fits.size:
        return x * ratio
    first = np.abs(x) < np.abs(y)
    least, most = np.where(first, x, y), 0.5 * np.where(first, y, x)
    ends = s == most
    return least * (np.where(ends, 1, most) / np.where(ends, 1, s))


def contrast(x, y):
    """(x - y) / (x + y)."""
    return (x - y) / (x + y)
