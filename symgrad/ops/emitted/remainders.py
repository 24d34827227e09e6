"""Functions less the first terms of their series: near 0 the rest of it, by Horner's scheme."""

import numpy as np

from .stable import log_ratio


def expm1_less(x):
    """exp(x) - 1 - x, without cancellation."""
    near, u = np.abs(x) < 1, np.clip(x, -1.0, 1.0)
    s, factorial = np.zeros_like(u), 6402373705728000
    for k in range(18, 1, -1):
        s *= u
        s += 1 / factorial
        factorial //= k
    return np.where(near, u * u * s, np.expm1(x) - x)


def log1p_less(x):
    """log(1 + x) - x, without cancellation."""
    near, u = np.abs(x) < 0.4, np.clip(x, -0.4, 0.4)
    r = u / (2 + u)
    square, s = r * r, np.zeros_like(u)
    for k in range(25, 1, -2):
        s *= square
        s += 2 / k
    return np.where(near, r * (square * s - u), np.log1p(x) - x)


def log_less(x):
    """log(x) - (x - 1), without cancellation."""
    near = np.abs(x - 1) < 0.4
    return np.where(near, log1p_less(np.where(near, x - 1, 0)), np.log(x) - (x - 1))


def log_ratio_less(x, y):
    """log(x / y) - (x - y) / y, without cancellation."""
    d = x - y
    near = np.abs(d) < 0.4 * np.abs(y)
    close = log1p_less(np.where(near, d, 0) / np.where(near, y, 1))
    a, b = np.where(near, 1, x), np.where(near, 1, y)
    return np.where(near, close, log_ratio(a, b) - (a / b - 1))


def divergence(x, y):
    """x * log(x / y) - x + y, without cancellation, and y where x is 0."""
    d = y - x
    near = np.abs(d) < 0.4 * x
    close = -x * log1p_less(np.where(near, d, 0) / np.where(near, x, 1))
    none = x == 0
    apart = x * log_ratio(np.where(none, 1, x), np.where(none, 1, y)) + d
    return np.where(near, close, apart)


def sin_less(x):
    """sin(x) - x, without cancellation."""
    near = np.abs(x) < 1
    u = np.square(np.where(near, x, 0))
    s = np.ones_like(u)
    for k in range(18, 3, -2):
        s = 1 - s * u / (k * (k + 1))
    return np.where(near, -x * u * s / 6, np.sin(x) - x)


def versin_less(x):
    """1 - cos(x) - x**2 / 2, without cancellation."""
    return 2 * sin_less(x / 2) * (x / 2 + np.sin(x / 2))


def sinh_less(x):
    """sinh(x) - x, without cancellation."""
    near = np.abs(x) < 1
    u = np.square(np.where(near, x, 0))
    s = np.ones_like(u)
    for k in range(18, 3, -2):
        s = 1 + s * u / (k * (k + 1))
    return np.where(near, x * u * s / 6, np.sinh(np.where(near, 0, x)) - np.where(near, 0, x))


def cot_less(x):
    """1 / tan(x) - 1 / x, and 0 at 0: a continued fraction near 0."""
    near = np.abs(x) < 1
    u, a = np.where(near, x, 0), np.where(near, 1, x)
    c = 19 - u * u / 21
    for k in range(17, 1, -2):
        c = k - u * u / c
    return np.where(near, -u / c, 1 / np.tan(a) - 1 / a)


def coth_less(x):
    """1 / tanh(x) - 1 / x, and 0 at 0: a continued fraction near 0."""
    near = np.abs(x) < 1
    u, a = np.where(near, x, 0), np.where(near, 1, x)
    c = 19 + u * u / 21
    for k in range(17, 1, -2):
        c = k + u * u / c
    return np.where(near, u / c, 1 / np.tanh(a) - 1 / a)


def tan_less(x):
    """tan(x) - x, without cancellation: tan(x) is x / (1 + x * cot_less(x))."""
    near = np.abs(x) < 1
    u = np.where(near, x, 0)
    f = u * cot_less(u)
    return np.where(near, -u * f / (1 + f), np.tan(x) - x)


def tanh_less(x):
    """tanh(x) - x, without cancellation: tanh(x) is x / (1 + x * coth_less(x))."""
    near = np.abs(x) < 1
    u = np.where(near, x, 0)
    f = u * coth_less(u)
    return np.where(near, -u * f / (1 + f), np.tanh(x) - x)


def log_sinhc(x):
    """log(sinh(x) / x), and 0 at 0, without overflow."""
    a = np.abs(x)
    near = a < 1
    u, v = np.where(near & (a > 0), a, 1), np.where(near, 1, a)
    inner = np.log1p(sinh_less(u) / u)
    log = np.log(np.minimum(v, 1e38))
    outer = v - (log + 0.6931471805599453) + np.log1p(-np.exp(-2 * v))
    return np.where(near, np.where(a > 0, inner, 0), outer)
