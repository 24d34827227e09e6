"""Products with logarithms, which are 0 where the factor is, and their relatives."""

import numpy as np

from .stable import log_ratio


def xlogy(x, y):
    """x * log(y), and 0 where x is 0."""
    return x * np.log(np.where(x == 0, 1, y))


def xlog1py(x, y):
    """x * log(1 + y), and 0 where x is 0."""
    return x * np.log1p(np.where(x == 0, 0, y))


def entr(x):
    """-x * log(x), 0 at 0, and -inf below."""
    return np.where(x < 0, -np.inf, -x * np.log(np.where(x > 0, x, 1)))


def rel_entr(x, y):
    """x * log(x / y), 0 where x is 0, and inf outside the domain; accurate near x = y."""
    inside = (x > 0) & (y > 0)
    if np.all(inside):
        return x * log_ratio(x, y)
    p, q = np.where(inside, x, 1), np.where(inside, y, 1)
    value = np.where(inside, p * log_ratio(p, q), np.inf)
    value = np.where((x == 0) & (y >= 0), 0, value)
    return np.where(np.isnan(x) | np.isnan(y), np.nan, value)


def logit(x):
    """log(x / (1 - x)), accurate near 1/2."""
    centered = 2 * x - 1
    with np.errstate(divide="ignore"):  # infinite at 1
        odds = np.log(np.divide(x, 1 - x))
    near = 2 * np.arctanh(np.clip(centered, -0.5, 0.5))
    return np.where(np.abs(centered) < 0.5, near, odds)


def binary_entropy(p):
    """-p * log(p) - (1 - p) * log(1 - p), and 0 at 0 and 1."""
    return -xlogy(p, p) - xlog1py(1 - p, -p)
